"""Forms of inspections: the team, and the visit."""

from __future__ import annotations

import datetime

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.text import clean
from recognition.domain.inspecting import Member
from recognition.models import Inspection
from units.models import User

OTHER_NAMES = 10


class TeamForm(forms.ModelForm):
    """Decision, dates and members of an inspection team."""

    lead = forms.ModelChoiceField(label=gettext_lazy("Trưởng đoàn"), queryset=User.objects.none(), empty_label=None)
    staff = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Thành viên có tài khoản"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Chỉ thành viên có tài khoản mới ghi được kết quả kiểm tra."),
    )
    others = forms.CharField(
        label=gettext_lazy("Thành viên khác"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Mỗi người một dòng, có thể kèm chức vụ."),
    )

    class Meta:
        model = Inspection
        fields = ["decision_number", "decision_on", "starts_on", "ends_on", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args, inspectors, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["lead"].queryset = self.fields["staff"].queryset = inspectors
        self.helper = FormHelper()
        self.helper.form_tag, self.helper.disable_csrf = False, True
        self.helper.layout = Layout(
            Row(Column("decision_number", css_class="col-md-6"), Column("decision_on", css_class="col-md-6")),
            Row(Column("starts_on", css_class="col-md-6"), Column("ends_on", css_class="col-md-6")),
            "lead",
            "staff",
            "others",
            "note",
        )

    def clean(self):
        data = super().clean()
        start, end = data.get("starts_on"), data.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", _("Ngày kết thúc phải sau ngày bắt đầu."))
        if start and start.year < self.instance.year:
            self.add_error("starts_on", _("Không kiểm tra trước năm đánh giá %(year)d.") % {"year": self.instance.year})
        lines = [clean(line) for line in (data.get("others") or "").splitlines() if clean(line)]
        if len(lines) > OTHER_NAMES or any(len(line) > 150 for line in lines):
            self.add_error("others", _("Ghi tối đa 10 người, mỗi dòng không quá 150 ký tự."))
        return data

    def members(self) -> list[Member]:
        """The team as the verb takes it, head first."""
        data = self.cleaned_data
        lead = data["lead"]
        found = [Member(lead.full_name, lead, is_lead=True)]
        found += [Member(user.full_name, user) for user in data["staff"] if user != lead]
        found += [Member(clean(line)) for line in data["others"].splitlines() if clean(line)]
        return found


class VisitForm(forms.Form):
    """When the team came, which data it looked at, what it found and what the ward says to it."""

    visited_on = forms.DateField(label=gettext_lazy("Ngày kiểm tra"), help_text=gettext_lazy("Ví dụ: 18/12/2017"))
    window_from = forms.DateField(label=gettext_lazy("Số liệu từ ngày"))
    window_to = forms.DateField(label=gettext_lazy("Số liệu đến ngày"))
    findings = forms.CharField(
        label=gettext_lazy("Nhận xét của đoàn"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    opinion = forms.CharField(
        label=gettext_lazy("Ý kiến của địa phương được kiểm tra"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args, year: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.year = year
        self.helper = FormHelper()
        self.helper.form_tag, self.helper.disable_csrf = False, True
        self.helper.layout = Layout(
            Row(
                Column("visited_on", css_class="col-md-4"),
                Column("window_from", css_class="col-6 col-md-4"),
                Column("window_to", css_class="col-6 col-md-4"),
            ),
            "findings",
            "opinion",
        )

    def clean(self):
        """R-10: the data looked at lie inside the assessed year."""
        data = super().clean()
        start, end, visit = data.get("window_from"), data.get("window_to"), data.get("visited_on")
        for name, day in (("window_from", start), ("window_to", end)):
            if day and day.year != self.year:
                self.add_error(
                    name,
                    _("Số liệu phải trong năm đánh giá, từ 01/01/%(year)d đến 31/12/%(year)d.") % {"year": self.year},
                )
        if start and end and end < start:
            self.add_error("window_to", _("Ngày cuối phải sau ngày đầu."))
        if visit and visit > timezone.localdate():
            self.add_error("visited_on", _("Ngày kiểm tra không được sau hôm nay."))
        if visit and visit.year < self.year:
            self.add_error("visited_on", _("Không kiểm tra trước năm đánh giá %(year)d.") % {"year": self.year})
        return data

    def remarks(self) -> dict[str, str]:
        """The visit as it is kept beside the criteria's remarks."""
        data = self.cleaned_data
        kept = {
            "visited_on": data["visited_on"].isoformat(),
            "window": f"{data['window_from']:%d/%m/%Y}–{data['window_to']:%d/%m/%Y}",
            "findings": clean(data["findings"]),
            "opinion": clean(data["opinion"]),
        }
        return {key: value for key, value in kept.items() if value}

    @staticmethod
    def initial_from(remarks: dict, year: int) -> dict:
        """What was kept, for correcting; a new visit looks at the whole year."""
        start, _dash, end = remarks.get("window", "").partition("–")
        return {
            "visited_on": _day(remarks.get("visited_on", ""), "%Y-%m-%d"),
            "window_from": _day(start, "%d/%m/%Y") or datetime.date(year, 1, 1),
            "window_to": _day(end, "%d/%m/%Y") or datetime.date(year, 12, 31),
            "findings": remarks.get("findings", ""),
            "opinion": remarks.get("opinion", ""),
        }


def _day(text: str, pattern: str) -> datetime.date | None:
    try:
        return datetime.datetime.strptime(text, pattern).date()
    except ValueError:
        return None
