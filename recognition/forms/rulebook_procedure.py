"""Forms of a rulebook's procedure: steps, who does them and decides, and how long what comes of it holds."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import WholeNumberField
from recognition.choices import Step
from recognition.forms.rulebook_fields import PartForm, text
from units.choices import Level, Role

LEVELS = [("", _("Chưa rõ")), *Level.choices]
USED_ROLES = [choice for choice in Role.choices if choice[0] not in (Role.LEADER, Role.ADMINISTRATOR)]


class StepForm(PartForm):
    """One step of the procedure."""

    KEPT_EMPTY = ("roles",)
    ROWS = (("deadline_day", "deadline_month", "deadline_offset", "within_days"),)
    step = forms.ChoiceField(label=_("Bước"), choices=Step.choices)
    roles = forms.MultipleChoiceField(
        label=_("Người thực hiện"), choices=USED_ROLES, required=False, widget=forms.CheckboxSelectMultiple
    )
    differs_from = forms.MultipleChoiceField(
        label=_("Phải khác người đã làm bước"),
        choices=Step.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    optional = forms.BooleanField(label=_("Có thể bỏ qua"), required=False)
    bulk = forms.BooleanField(label=_("Làm cho nhiều hồ sơ một lúc"), required=False)
    help = text(_("Hướng dẫn"), 1000, rows=3)
    deadline_day = WholeNumberField(label=_("Hạn: ngày"), required=False, min_value=1, max_value=31)
    deadline_month = WholeNumberField(label=_("Tháng"), required=False, min_value=1, max_value=12)
    deadline_offset = forms.TypedChoiceField(
        label=_("Của năm"),
        coerce=int,
        empty_value=0,
        choices=[(0, _("năm đánh giá")), (1, _("năm sau")), (2, _("hai năm sau"))],
        required=False,
    )
    within_days = WholeNumberField(
        label=_("Hoặc số ngày làm việc"),
        required=False,
        min_value=1,
        max_value=250,
        help_text=_("Từ khi xong bước trước."),
    )
    FACTS = {"fact": _("Nguồn của bước"), "time_fact": _("Nguồn của hạn")}

    def __init__(self, *args, taken=(), **kwargs):
        self.taken = set(taken)
        super().__init__(*args, **kwargs)

    def _read(self):
        values = super()._read()
        deadline, within = self.item.get("deadline") or {}, self.item.get("within") or {}
        fact = deadline.get("fact") or within.get("fact") or {}
        return values | {
            "deadline_day": deadline.get("day"),
            "deadline_month": deadline.get("month"),
            "deadline_offset": deadline.get("year_offset", 0),
            "within_days": within.get("working_days"),
            "time_fact_mark": fact.get("mark", ""),
            "time_fact_sources": ", ".join(fact.get("sources") or ()),
            "time_fact_note": fact.get("note", ""),
        }

    def clean_step(self):
        if self.cleaned_data["step"] != self.item.get("step") and self.cleaned_data["step"] in self.taken:
            raise forms.ValidationError(_("Quy trình đã có bước này."))
        return self.cleaned_data["step"]

    def clean(self):
        data = super().clean()
        pair = {"deadline_day", "deadline_month"}
        if not pair & self.errors.keys() and bool(data.get("deadline_day")) != bool(data.get("deadline_month")):
            self.add_error("deadline_day", _now("Hạn phải có cả ngày và tháng, hoặc để trống cả hai."))
        return data

    def write(self):
        """The part as the rulebook's content keeps it."""
        item = super().write()
        day, month, offset, days, fact = (
            item.pop(name, None)
            for name in ("deadline_day", "deadline_month", "deadline_offset", "within_days", "time_fact")
        )
        deadline = {"month": month, "day": day, "year_offset": offset or 0, "fact": fact or {}} if day else None
        old_within = self.item.get("within") or {}
        within = (
            {"working_days": days, "fact": fact if not day else old_within.get("fact", fact) or {}} if days else None
        )
        self._put(item, "deadline", deadline)
        self._put(item, "within", within)
        return item


class SpanForm(PartForm):
    """Days between two dates; "from" and "to" are no names Python knows."""

    locals()["from"] = forms.DateField(label=_("Từ ngày"), required=False)
    locals()["to"] = forms.DateField(label=_("Đến ngày"), required=False)


class PlaceForm(SpanForm):
    """The level that performs a step in a stretch of days."""

    FACTS = {}
    ROWS = (("level", "from", "to"),)
    level = forms.ChoiceField(label=_("Cấp thực hiện"), choices=LEVELS, required=False)
    note = text(_("Ghi chú (bắt buộc nếu chưa rõ cấp)"), 300)


class AuthorityRowForm(SpanForm):
    """Who decides in a stretch of days."""

    ROWS = (("authority", "symbol"), ("level", "from", "to"))
    field_order = ("authority", "symbol", "level", "from", "to")
    authority = text(_("Người quyết định"), 200, help_text=_("Để trống nếu chưa rõ, và ghi chú lý do."))
    symbol = text(_("Chữ trong số quyết định"), 20, help_text=_("Ví dụ QĐ-UBND"))
    level = forms.ChoiceField(label=_("Cấp"), choices=LEVELS, required=False)


class YearsForm(PartForm):
    """How long a recognition holds."""

    years = WholeNumberField(label=_("Hiệu lực (năm)"), min_value=1, max_value=20)


class UpgradeForm(PartForm):
    """When a higher level may follow."""

    MAIN = "months"
    months = WholeNumberField(label=_("Lên mức độ 2 sớm nhất sau (tháng)"), min_value=1, max_value=120, required=False)
    early = forms.ChoiceField(
        label=_("Đề nghị sớm hơn thì"),
        choices=[("block", _("Không công nhận mức độ 2")), ("warn", _("Chỉ nhắc người quyết định"))],
        required=False,
        help_text=_("Nơi chưa từng được công nhận mà đạt thẳng mức độ 2 thì không phải chờ."),
    )

    def write(self):
        """The part as the rulebook's content keeps it."""
        item = super().write()
        if item and item.get("early") == "block" and "early" not in self.item:
            item.pop("early")  # it is what holds without the word; a copy does not differ by it
        return item and {"from_level": 1, "to_level": 2} | item


class ObjectionForm(PartForm):
    """How long a list stands open."""

    MAIN = "days"
    ROWS = (("days", "answer_days"),)
    days = WholeNumberField(label=_("Niêm yết (ngày làm việc)"), min_value=1, max_value=90, required=False)
    answer_days = WholeNumberField(label=_("Trả lời trong (ngày làm việc)"), min_value=1, max_value=90, required=False)


class RevocationForm(PartForm):
    """A ground on which a recognition is taken back."""

    title = text(_("Căn cứ thu hồi"), 300, required=True)
