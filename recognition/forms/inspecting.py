"""Forms of inspections: the team, and the visit."""

from __future__ import annotations

import datetime

from crispy_forms.layout import Column, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.fields import WholeNumberField
from portal.lib.layouts import inside_form
from portal.lib.text import clean
from recognition.choices import ActionState, SampleFrame, SampleResult
from recognition.domain.inspecting import Member
from recognition.domain.sampling import MOST
from recognition.forms.registering import ReasonField
from recognition.models import Inspection, SampledRegistrant
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
        self.helper = inside_form(
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
        self.helper = inside_form(
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

    def values(self) -> dict:
        """The visit as `record_visit` takes it."""
        return {name: self.cleaned_data[name] for name in ("visited_on", "window_from", "window_to", "findings")}

    @staticmethod
    def initial_of(visit, year: int) -> dict:
        """What is kept of a visit; a new one looks at the whole year."""
        return {
            "visited_on": visit.visited_on,
            "window_from": visit.window_from or datetime.date(year, 1, 1),
            "window_to": visit.window_to or datetime.date(year, 12, 31),
            "findings": visit.findings,
        }

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


class WholeVisitForm(VisitForm):
    """The same on the page of the visit, where the inspected side writes its opinion itself when it signs."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["opinion"]
        self.helper.layout.pop()
        self.fields["findings"].help_text = _("Nhận xét chung; nhận xét từng tiêu chí ghi ở phiếu chấm.")


class SampleForm(forms.Form):
    """How many to draw from which list, and with which seed."""

    frame = forms.ChoiceField(label=gettext_lazy("Danh sách để bốc"), choices=SampleFrame.choices)
    size = WholeNumberField(label=gettext_lazy("Số cần đến"), min_value=1, max_value=MOST)
    seed = forms.CharField(
        label=gettext_lazy("Số hạt giống"),
        required=False,
        max_length=20,
        help_text=gettext_lazy(
            "Để trống thì máy tự chọn. Ai có số này và danh sách đều bốc lại ra đúng những tên này."
        ),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class ReplaceForm(forms.Form):
    """Why somebody drawn cannot be visited."""

    reason = ReasonField()


class ActionForm(forms.Form):
    """Something the inspected side must put right."""

    code = forms.ChoiceField(label=gettext_lazy("Tiêu chí"), required=False)
    text = forms.CharField(label=gettext_lazy("Việc phải làm"), max_length=500)
    due_on = forms.DateField(label=gettext_lazy("Hạn"), help_text=gettext_lazy("Ví dụ: 28/02/2018"))
    responsible = forms.CharField(label=gettext_lazy("Người chịu trách nhiệm"), max_length=150)

    def __init__(self, *args, spec=None, **kwargs):
        super().__init__(*args, **kwargs)
        leaves = spec.leaves if spec else ()
        self.fields["code"].choices = [
            ("", _("Chung, không riêng tiêu chí nào")),
            *((leaf.code, f"{leaf.code}. {leaf.title}"[:90]) for leaf in leaves),
        ]


class SettleForm(forms.Form):
    """How an action point ended."""

    state = forms.ChoiceField(choices=ActionState.choices)
    state_note = forms.CharField(required=False, max_length=500)


class PlaceSignForm(forms.Form):
    """The inspected side agrees, or says why not."""

    agrees = forms.ChoiceField(
        label=gettext_lazy("Kết quả kiểm tra"),
        choices=[("yes", gettext_lazy("Thống nhất với biên bản")), ("no", gettext_lazy("Không thống nhất, có ý kiến"))],
        widget=forms.RadioSelect,
    )
    opinion = forms.CharField(
        label=gettext_lazy("Ý kiến của nơi được kiểm tra"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    checksum = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def clean(self):
        data = super().clean()
        if data.get("agrees") == "no" and not clean(data.get("opinion") or ""):
            self.add_error("opinion", _("Không thống nhất thì phải ghi ý kiến."))
        return data


class PlanForm(forms.Form):
    """A day for each place of the plan: fields d-<place id>."""

    def __init__(self, *args, rows, inspection, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows, self.inspection = rows, inspection
        for row in rows:
            visit = row.visit
            self.fields[f"d-{row.place.pk}"] = forms.DateField(
                label=row.place.name,
                required=False,
                initial=visit.planned_on if visit else None,
                disabled=bool(visit and visit.state != "PLANNED"),
                widget=forms.DateInput(
                    attrs={"class": "form-control", "placeholder": "18/12/2026", "inputmode": "numeric"}
                ),
            )

    def clean(self):
        data = super().clean()
        start, end = self.inspection.starts_on, self.inspection.ends_on
        for row in self.rows:
            day = data.get(f"d-{row.place.pk}")
            if day and not self.fields[f"d-{row.place.pk}"].disabled and not start <= day <= end:
                self.add_error(
                    f"d-{row.place.pk}",
                    _("Ngày phải trong thời gian của đoàn: %(start)s – %(end)s.")
                    % {"start": f"{start:%d/%m/%Y}", "end": f"{end:%d/%m/%Y}"},
                )
        return data

    def dates(self) -> dict[int, datetime.date | None]:
        """Place id → day, of the places that may still be moved."""
        return {
            row.place.pk: self.cleaned_data[f"d-{row.place.pk}"]
            for row in self.rows
            if not self.fields[f"d-{row.place.pk}"].disabled
        }

    def lines(self) -> list[tuple]:
        """Each row of the plan beside its box for the day."""
        return [(row, self[f"d-{row.place.pk}"]) for row in self.rows]


class DutiesForm(forms.Form):
    """Who looks at which criterion: fields c-<n>, because codes contain dots."""

    def __init__(self, *args, spec, members, duties, **kwargs):
        super().__init__(*args, **kwargs)
        self.spec = spec
        choices = [("", _("Cả đoàn")), *((member.pk, member.name) for member in members)]
        for n, criterion in enumerate(spec.criteria):
            self.fields[f"c-{n}"] = forms.TypedChoiceField(
                label=f"{criterion.code}. {criterion.title}",
                choices=choices,
                coerce=int,
                empty_value=None,
                required=False,
                initial=duties[criterion.code].pk if criterion.code in duties else "",
            )

    def values(self) -> dict[str, int | None]:
        """Top criterion code → member id, as `split_criteria` takes it."""
        return {criterion.code: self.cleaned_data[f"c-{n}"] for n, criterion in enumerate(self.spec.criteria)}


class DrawnRow:
    """Somebody drawn, as the page draws them: the kept result, or what was typed and refused."""

    def __init__(self, row: SampledRegistrant, data=None, error: str = ""):
        self.row, self.error = row, error
        self.replaced = hasattr(row, "replaced_by")
        self.result = data.get("result", "")[:10] if data else row.result
        self.note = data.get("note", "")[:500] if data else row.note
        self.version = row.version
        self.sheet = None
        # Nothing is left to do there: the line is folded, so that many of them are no long page.
        self.is_done = row.result in (SampleResult.CONFIRMED, SampleResult.DIFFERS) and not data and not error

    @property
    def choices(self) -> list[tuple]:
        return [(value, label, value == self.result) for value, label in SampleResult.choices]
