"""Forms of commendations: criterion, list, name, letter, decision, form of commendation."""

from __future__ import annotations

from crispy_forms.layout import Column, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import WholeNumberField, YearField
from portal.lib.layouts import inside_form, name_nothing
from recognition.choices import HAMLET_MODELS, LearningModel
from recognition.domain.honours.lists import Draft
from recognition.forms.registering import ReasonField
from recognition.honour_choices import IN_REGISTER, CommendationKind, CriterionRule, Honouree, ListState, Occasion
from recognition.models import CommendationForm

MODELS = (*HAMLET_MODELS, LearningModel.COMMUNITY_COMMUNE)
EARLIEST_YEAR = 2000


def _row(*names) -> Row:
    width = {1: "col-12", 2: "col-12 col-md-6", 3: "col-12 col-md-4"}[len(names)]
    return Row(*(Column(name, css_class=width) for name in names))


def year_field(label, **options) -> YearField:
    """A year people type."""
    return YearField(label=label, min_value=EARLIEST_YEAR, max_value=2100, **options)


class CriterionForm(forms.Form):
    """How many years of which title; everything has a default, so a bare address shows a list."""

    model = forms.ChoiceField(
        label=_("Danh hiệu"), required=False, choices=[(m.value, m.label) for m in map(LearningModel, MODELS)]
    )
    rule = forms.ChoiceField(label=_("Tiêu chuẩn"), required=False, choices=CriterionRule.choices)
    k = WholeNumberField(label=_("Số năm (k)"), required=False, min_value=1, max_value=10)
    first = year_field(_("Giai đoạn từ năm"), required=False)
    last = year_field(_("Đến năm"), required=False)
    short = forms.BooleanField(label=_("Hiện cả đối tượng thiếu năm vì bị thu hồi"), required=False, initial=True)

    def __init__(self, data=None, *args, year: int, models=MODELS, **kwargs):
        # An address with a year only (the switch at the top) asks for nothing: it gets the defaults.
        super().__init__(data if data and "model" in data else None, *args, **kwargs)
        self.fields["model"].choices = [(m, LearningModel(m).label) for m in models]
        defaults = {"model": models[0], "rule": CriterionRule.RUNNING, "k": 3, "first": year - 4, "last": year}
        for name, value in defaults.items():
            self.fields[name].initial = value


class NewListForm(forms.Form):
    """What a list asks for."""

    form = forms.ModelChoiceField(label=_("Hình thức khen"), queryset=None, empty_label=None)
    occasion = forms.ChoiceField(label=_("Dịp khen"), choices=Occasion.choices)
    title = forms.CharField(
        label=_("Nội dung khen"),
        max_length=300,
        help_text=_("In trên quyết định và giấy khen. Ví dụ: Thành tích trong phong trào khuyến học, khuyến tài"),
    )

    def __init__(self, *args, forms_of_place, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["form"].queryset = forms_of_place
        self.fields["form"].label_from_instance = lambda one: f"{one.name} ({one.giver})"
        self.helper = inside_form(_row("form", "occasion"), "title")

    def draft(self, *, year_from: int, year_to: int, criterion=None) -> Draft:
        """What was typed as the verb takes it, with the years and criterion it was chosen by."""
        data = self.cleaned_data
        return Draft(data["form"], data["occasion"], data["title"], year_from, year_to, criterion)


class ByNameListForm(NewListForm):
    """A list whose names are typed."""

    year_from = year_field(_("Từ năm"))
    year_to = year_field(_("Đến năm"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = inside_form(_row("form", "occasion"), "title", _row("year_from", "year_to"))

    def clean(self):
        """A period of one to ten years, as the table's own constraint says."""
        data = super().clean()
        first, last = data.get("year_from"), data.get("year_to")
        if first and last and not 0 <= last - first <= 9:
            self.add_error("year_to", _("Giai đoạn phải từ 1 đến 10 năm, năm đầu trước năm cuối."))
        return data


class NameForm(forms.Form):
    """Somebody by name and position."""

    honouree = forms.ChoiceField(label=_("Đối tượng"), choices=Honouree.choices)
    officer = forms.ModelChoiceField(
        label=_("Cán bộ của Hội"),
        queryset=None,
        required=False,
        empty_label="—",
        help_text=_("Chọn cán bộ, hoặc để trống và gõ tên."),
    )
    name = forms.CharField(label=_("Tên"), required=False, max_length=200)
    position = forms.CharField(
        label=_("Chức vụ, đơn vị"), required=False, max_length=200, help_text=_("Ví dụ: Chi hội trưởng khu phố 2")
    )
    achievement = forms.CharField(label=_("Thành tích"), required=False, max_length=500)

    def __init__(self, *args, officers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["officer"].queryset = officers.order_by("full_name", "pk")
        self.helper = inside_form(_row("honouree", "officer"), _row("name", "position"), "achievement")

    def clean(self):
        """An officer chosen from the list gives the name; otherwise one is typed."""
        data = super().clean()
        officer = data.get("officer")
        if officer is not None:
            data["name"], data["honouree"] = officer.full_name, Honouree.INDIVIDUAL
        elif not (data.get("name") or "").strip():
            self.add_error("name", _("Hãy ghi tên hoặc chọn cán bộ."))
        return data


class SignatureForm(forms.Form):
    """Date and signature of a letter."""

    signed_on = forms.DateField(label=_("Ngày ký"), help_text=_("Ví dụ: 15/12/2026"), initial=timezone.localdate)
    signer_title = forms.CharField(label=_("Chức vụ người ký"), max_length=150, initial="Chủ tịch")
    signer = forms.CharField(label=_("Họ và tên người ký"), max_length=150)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = inside_form(_row("signed_on", "signer_title", "signer"))


class CommendationDecisionForm(SignatureForm):
    """What a decision says besides its list. `received`: the paper of a body outside the portal is written down."""

    number = WholeNumberField(
        label=_("Số quyết định"),
        required=False,
        min_value=1,
        max_value=99_999,
        help_text=_("Để trống thì hệ thống lấy số tiếp theo trong năm."),
        error_messages={"invalid": _("Hãy chỉ ghi phần số, ví dụ 12; phần chữ của số hiệu máy tự ghi.")},
    )
    received = forms.CharField(
        label=_("Số, ký hiệu của quyết định"), max_length=60, help_text=_("Ghi đúng như văn bản nhận được.")
    )
    grounds = forms.CharField(
        label=_("Căn cứ"), widget=forms.Textarea(attrs={"rows": 4}), help_text=_("Mỗi căn cứ một dòng.")
    )

    def __init__(self, *args, received: bool, **kwargs):
        super().__init__(*args, **kwargs)
        gone, kept = ("number", "received") if received else ("received", "number")
        del self.fields[gone]
        self.helper = inside_form(_row("signed_on", kept), _row("signer_title", "signer"), "grounds")

    def clean_grounds(self) -> list[str]:
        """One legal ground a line."""
        return [line.strip() for line in self.cleaned_data["grounds"].splitlines() if line.strip()]


class RevokeCommendationForm(forms.Form):
    """Why a commendation is taken back."""

    on = forms.DateField(label=_("Ngày thu hồi"), initial=timezone.localdate)
    reason = ReasonField(label=_("Lý do thu hồi"))


class ReplaceCommendationForm(forms.Form):
    """What the new paper prints, and why."""

    name = forms.CharField(label=_("Tên in"), max_length=200)
    position = forms.CharField(
        label=_("Chức vụ, đơn vị"), max_length=200, required=False, help_text=_("Để trống thì in tên địa bàn.")
    )
    reason = ReasonField(label=_("Lý do"), help_text=_("Ví dụ: in sai tên, giấy bị mất, giấy bị hỏng."))


class CommendationFormForm(forms.ModelForm):
    """A form of commendation."""

    class Meta:
        model = CommendationForm
        fields = [
            "kind",
            "name",
            "body",
            "level",
            "for_collective",
            "for_individual",
            "families_as",
            "legal_basis",
            "source",
            "provisional",
            "valid_from",
            "valid_to",
        ]
        help_texts = {
            "families_as": _("Chưa đọc được văn bản nói gia đình là tập thể hay cá nhân; chọn theo quy chế nơi mình."),
            "legal_basis": _("Tên, số, ngày của luật, nghị định hoặc quy chế; in vào căn cứ của quyết định."),
            "source": _("Thông tin này lấy từ đâu, ai đối chiếu."),
            "provisional": _("Bỏ đánh dấu khi đã đối chiếu với văn bản gốc."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        name_nothing(self, "kind", "body")
        self.helper = inside_form(
            _row("kind", "name"),
            _row("body", "level"),
            _row("for_collective", "for_individual"),
            "families_as",
            "legal_basis",
            "source",
            "provisional",
            _row("valid_from", "valid_to"),
        )

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() | {"place"}


class RollFilterForm(forms.Form):
    """Lists by how far they are."""

    state = forms.ChoiceField(label=_("Tình trạng"), required=False, choices=[("", _("Tất cả")), *ListState.choices])


class RegisterFilterForm(forms.Form):
    """Find commendations."""

    q = forms.CharField(
        label=_("Tên hoặc số vào sổ"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Ví dụ: nguyen van an hoặc 0012")}),
    )
    kind = forms.ChoiceField(label=_("Loại"), required=False, choices=[("", _("Tất cả")), *CommendationKind.choices])
    honouree = forms.ChoiceField(label=_("Đối tượng"), required=False, choices=[("", _("Tất cả")), *Honouree.choices])
    year = year_field(_("Năm quyết định"), required=False)
    state = forms.ChoiceField(
        label=_("Tình trạng"),
        required=False,
        choices=[
            ("", _("Tất cả")),
            *((one.value, one.label) for one in IN_REGISTER),
        ],
    )
