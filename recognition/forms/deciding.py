"""Forms of decisions: what the paper says, and what becomes of each dossier."""

import datetime

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import WholeNumberField
from recognition.domain.deciding import DAYS_AHEAD


class DecisionForm(forms.Form):
    """Number, date, signer and legal grounds of a decision (NĐ 30/2020, Phụ lục I)."""

    signed_on = forms.DateField(label=_("Ngày ký quyết định"), help_text=_("Ví dụ: 15/12/2026"))
    number = WholeNumberField(
        label=_("Số quyết định"),
        required=False,
        min_value=1,
        max_value=99_999,
        help_text=_("Để trống thì hệ thống lấy số tiếp theo trong năm."),
        error_messages={"invalid": _("Hãy chỉ ghi phần số, ví dụ 12; phần chữ của số hiệu máy tự ghi.")},
    )
    signer_title = forms.CharField(label=_("Chức vụ người ký"), max_length=150)
    signer = forms.CharField(label=_("Họ và tên người ký"), max_length=150)
    grounds = forms.CharField(
        label=_("Căn cứ"), widget=forms.Textarea(attrs={"rows": 5}), help_text=_("Mỗi căn cứ một dòng.")
    )

    def __init__(self, *args, proposal=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.proposal = proposal
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            Row(Column("signed_on", css_class="col-md-6"), Column("number", css_class="col-md-6")),
            Row(Column("signer_title", css_class="col-md-6"), Column("signer", css_class="col-md-6")),
            "grounds",
        )

    def clean_signed_on(self) -> datetime.date:
        """Not before the letter it answers, not more than a month ahead."""
        day = self.cleaned_data["signed_on"]
        if day > timezone.localdate() + datetime.timedelta(days=DAYS_AHEAD):
            raise forms.ValidationError(_("Ngày ký không được muộn hơn một tháng kể từ hôm nay."))
        if self.proposal and day < self.proposal.signed_on:
            raise forms.ValidationError(
                _("Ngày quyết định (%(decision)s) không được trước ngày tờ trình (%(proposal)s).")
                % {
                    "decision": day.strftime("%d/%m/%Y"),
                    "proposal": self.proposal.signed_on.strftime("%d/%m/%Y"),
                }
            )
        return day

    def clean_grounds(self) -> list[str]:
        """One legal ground a line."""
        return [line.strip() for line in self.cleaned_data["grounds"].splitlines() if line.strip()]


RECOGNISE, REFUSE, LEAVE = "recognise", "refuse", "leave"
CHOICES = [(RECOGNISE, _("Công nhận")), (REFUSE, _("Không công nhận")), (LEAVE, _("Để lại, chưa quyết định"))]


class DecisionRows:
    """What the chair chose for each dossier of the list, read from the posted page.

    Each row posts its id and what was shown of it (`row`: id:state@moment), a choice and, for a refusal, a reason.
    """

    def __init__(self, data=None):
        self.states: dict[int, str] = {}
        self.choices: dict[int, str] = {}
        self.reasons: dict[int, str] = {}
        self.errors: dict[int, str] = {}
        for item in data.getlist("row") if data is not None else []:
            pk, _colon, state = item.partition(":")
            if pk.isdecimal() and len(pk) < 19:
                number = int(pk)
                self.states[number] = state[:40]
                choice = data.get(f"choice-{pk}", LEAVE)
                self.choices[number] = choice if choice in (RECOGNISE, REFUSE) else LEAVE
                self.reasons[number] = data.get(f"reason-{pk}", "").strip()[:500]

    def chosen(self, choice: str) -> dict[int, str]:
        """Registration id → state shown, of the rows with this choice."""
        return {pk: self.states[pk] for pk, value in self.choices.items() if value == choice}

    def is_valid(self) -> bool:
        """Every refusal needs a reason; something must be decided."""
        self.errors = {
            pk: str(_("Cần ghi lý do không công nhận.")) for pk in self.chosen(REFUSE) if not self.reasons[pk]
        }
        return not self.errors and bool(self.chosen(RECOGNISE) or self.chosen(REFUSE))

    def hidden_fields(self) -> list[tuple[str, str]]:
        """The same choices as hidden fields for the page that asks to check again."""
        fields = []
        for pk, state in self.states.items():
            fields.append(("row", f"{pk}:{state}"))
            if self.choices[pk] != LEAVE:
                fields.append((f"choice-{pk}", self.choices[pk]))
            if self.choices[pk] == REFUSE:
                fields.append((f"reason-{pk}", self.reasons[pk]))
        return fields
