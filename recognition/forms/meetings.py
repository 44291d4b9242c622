"""Form of a review meeting: minutes data, and one line per family."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from crispy_forms.layout import HTML, Column, Fieldset, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.fields import WholeNumberField
from portal.lib.layouts import inside_form
from portal.lib.text import clean
from recognition.attendance import Person, read_people, written
from recognition.choices import Attending
from recognition.forms.assessing import (
    GridCell,
    GridColumn,
    answer_text,
    condition_columns,
    not_a_number,
    read_answer,
    read_points,
)
from recognition.models import ReviewMeeting
from recognition.scoring import ScoreError, evaluate_total, points_text


def _people(label, help_text) -> forms.CharField:
    """A list of names, one a line."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=60_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )


class MeetingForm(forms.ModelForm):
    """Minutes data of a review meeting (biên bản họp bình xét)."""

    local = _people(
        gettext_lazy("Người của địa bàn có mặt"),
        gettext_lazy(
            "Mỗi dòng một người, ví dụ: Lê Văn An, Tổ trưởng tổ 3. Dán được cả hai cột từ Excel. "
            "Không phải ghi lại chủ trì, thư ký, đại diện Mặt trận."
        ),
    )
    guests = _people(
        gettext_lazy("Khách mời có mặt"), gettext_lazy("Ví dụ: Phạm Thị Nga, Phó Chủ tịch Hội Khuyến học phường")
    )
    excused = _people(gettext_lazy("Vắng mặt có lý do"), gettext_lazy("Ví dụ: Trần Văn Sáu, đi viện"))
    LISTS = {"local": Attending.LOCAL, "guests": Attending.GUEST, "excused": Attending.EXCUSED}

    class Meta:
        model = ReviewMeeting
        fields = [
            "held_on",
            "starts_at",
            "ends_at",
            "venue",
            "chair",
            "secretary",
            "front_representative",
            "invited",
            "present",
            "opinions",
        ]
        field_classes = {"invited": WholeNumberField, "present": WholeNumberField}
        widgets = {
            "starts_at": forms.TimeInput(attrs={"placeholder": "19:00"}),
            "ends_at": forms.TimeInput(attrs={"placeholder": "21:00"}),
            "opinions": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "held_on": gettext_lazy("Ví dụ: 15/11/2026"),
            "present": gettext_lazy("Số phiếu của mỗi hồ sơ không được nhiều hơn số này."),
        }

    def __init__(self, *args, place, year, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.place, self.instance.year = place, year
        self.helper = inside_form(
            Row(
                Column("held_on", css_class="col-md-4"),
                Column("starts_at", css_class="col-6 col-md-4"),
                Column("ends_at", css_class="col-6 col-md-4"),
            ),
            "venue",
            Row(Column("chair", css_class="col-md-6"), Column("secretary", css_class="col-md-6")),
            "front_representative",
            Row(Column("invited", css_class="col-6 col-md-3"), Column("present", css_class="col-6 col-md-3")),
            Fieldset(
                _("Ai dự họp"),
                HTML(
                    '<p class="hint">{}</p>'.format(
                        _("Ghi tên để biên bản có danh sách người dự. Chưa có danh sách thì để trống.")
                    )
                ),
                Row(Column("local", css_class="col-lg-6"), Column("guests", css_class="col-lg-6")),
                "excused",
            ),
            Fieldset("", "opinions"),
        )

    def clean_held_on(self) -> datetime.date:
        """Minutes tell of what was: not after today, and in the year of the review or the one after it."""
        day = self.cleaned_data["held_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Ngày họp không được sau hôm nay; biên bản ghi lại cuộc họp đã diễn ra."))
        if not self.instance.year <= day.year <= self.instance.year + 1:
            raise forms.ValidationError(
                _("Ngày họp phải trong năm xét %(year)d hoặc đầu năm sau.") % {"year": self.instance.year}
            )
        return day

    @classmethod
    def initial_of(cls, before: ReviewMeeting) -> dict:
        """Where and by whom as at another meeting; day, hours, excuses and what was said are of that meeting alone."""
        same = ("venue", "chair", "secretary", "front_representative", "invited", "present")
        people = list(before.attendees.all())
        lists = {
            name: written(one for one in people if one.standing == standing)
            for name, standing in cls.LISTS.items()
            if standing != Attending.EXCUSED
        }
        return {name: getattr(before, name) for name in same} | lists

    def _clean_people(self, name: str) -> list[Person]:
        people, faults = read_people(self.cleaned_data[name] or "")
        if faults:
            raise forms.ValidationError(faults)
        return people

    def clean_local(self):
        """Lines as people; what cannot be read is named by its line."""
        return self._clean_people("local")

    def clean_guests(self):
        """As the people of the place."""
        return self._clean_people("guests")

    def clean_excused(self):
        """As the people of the place; what follows the name is role and reason."""
        return self._clean_people("excused")

    def attendees(self) -> dict[str, list[Person]]:
        """Who came and who was excused, as read."""
        return {standing: self.cleaned_data.get(name) or [] for name, standing in self.LISTS.items()}

    def clean(self):
        """A meeting ends after it began."""
        data = super().clean()
        start, end = data.get("starts_at"), data.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("Giờ kết thúc phải sau giờ bắt đầu."))
        return data


class CorrectionForm(MeetingForm):
    """Saved minutes again, with the reason of the correction."""

    reason = forms.CharField(
        label=gettext_lazy("Lý do sửa"),
        max_length=300,
        help_text=gettext_lazy("Ví dụ: ghi thiếu người dự; gõ nhầm giờ họp. Lý do được ghi ở cuối biên bản."),
    )

    def __init__(self, *args, instance, **kwargs):
        people = list(instance.attendees.all())
        lists = {
            name: written(one for one in people if one.standing == standing) for name, standing in self.LISTS.items()
        }
        super().__init__(*args, instance=instance, initial=lists, **kwargs)
        self.helper.layout.append("reason")


@dataclass
class MeetingLine:
    """One family on the meeting's list: ticked, agreed points, votes as typed, and what is wrong with them."""

    registration: object
    chosen: bool
    points: str
    votes_for: str = ""
    votes_against: str = ""
    error: str = ""
    wrong: str = ""  # name of the wrong cell: points, for, against, answers
    answers: list[GridCell] = field(default_factory=list)  # one per declared condition of the rulebook

    @property
    def pk(self) -> int:
        """Key of the dossier."""
        return self.registration.pk

    def read(self, spec, area: str, present: int | None, *, own_sheet: bool = False) -> dict | None:
        """own_sheet: a self-score criterion by criterion is kept, so its total needs no judging on its own.

        {"total", "votes_for", "votes_against", "conditions"}, or None with `error` set. Empty votes: everybody agreed.
        """
        try:
            total = read_points(self.points)
        except ValueError:
            return self._refuse("points", not_a_number(self.points, spec.maximum))
        if total is None:
            return self._refuse("points", _("Chưa ghi điểm thống nhất."))
        half = self.registration.self_half
        try:
            if not (own_sheet and half is not None and total == Decimal(half) / 2):
                evaluate_total(spec, total, area)
        except ScoreError as error:
            return self._refuse("points", " ".join(error.faults.values()))
        votes = {}
        for name, text in (("for", self.votes_for), ("against", self.votes_against)):
            text = clean(text)
            if text and not (text.isdecimal() and len(text) < 5):
                return self._refuse(name, _("Số phiếu phải là số nguyên từ 0."))
            votes[name] = int(text) if text else None
        if present is not None:
            against = votes["against"] or 0
            agreed = max(present - against, 0) if votes["for"] is None else votes["for"]
            if agreed + against > present:
                return self._refuse(
                    "for",
                    _("Có %(votes)d phiếu nhưng chỉ %(present)d người có mặt.")
                    % {"votes": agreed + against, "present": present},
                )
            votes = {"for": agreed, "against": against}
        conditions: dict[str, bool] = {}
        for cell, column in zip(self.answers, condition_columns(spec), strict=True):
            read_answer(cell, column, conditions)
        if faults := [cell.error for cell in self.answers if cell.error]:
            return self._refuse("answers", " ".join(faults))
        return {
            "total": total,
            "votes_for": votes["for"],
            "votes_against": votes["against"],
            "conditions": conditions,
        }

    def _refuse(self, name: str, text: str) -> None:
        self.wrong, self.error = name, text


def meeting_lines(rows, data=None, *, columns: Sequence[GridColumn] = (), kept=None) -> list[MeetingLine]:
    """Lines as first shown (agreed = self-scored points, answers as declared before) or as typed.

    `columns`: the declared conditions asked; `kept`: dossier → answers by condition.
    """
    lines = []
    for row in rows:
        known = (kept or {}).get(row.pk, {})
        answers = [
            GridCell(
                f"k-{row.pk}-{n}", answer_text(known.get(column.condition)), f"{row.registrant.name}, {column.key}"
            )
            for n, column in enumerate(columns)
        ]
        for cell in answers if data is not None else ():
            cell.text = data.get(cell.name, cell.text)[:12]
        agreed = "" if row.self_half is None else points_text(Decimal(row.self_half) / 2)
        if data is None:
            lines.append(MeetingLine(row, True, agreed, answers=answers))
            continue
        lines.append(
            MeetingLine(
                row,
                f"x-{row.pk}" in data,
                data.get(f"d-{row.pk}", agreed)[:20],
                data.get(f"y-{row.pk}", "")[:10],
                data.get(f"n-{row.pk}", "")[:10],
                answers=answers,
            )
        )
    return lines
