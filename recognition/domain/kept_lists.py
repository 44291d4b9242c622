"""Lists of letters and minutes as of their day: written with the paper, read back whenever it is printed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from recognition.choices import MODEL_KIND, LearningModel, Stage
from recognition.models import Assessment, KeptList, Proposal, Registration, ReviewMeeting
from recognition.models.registrations import ADDRESS
from units.choices import RegistrantKind

_PLACES = ("hamlet__name", "commune__name", "district__name", "province__name")


@dataclass(frozen=True)
class Listed:
    """One dossier on a paper's list, in the words and points of the paper's day. Points are half points."""

    registration_id: int
    name: str
    address: str
    place: str
    self_half: int | None = None
    review_half: int | None = None
    late_reason: str = ""
    votes_for: int | None = None
    votes_against: int | None = None
    passed: bool | None = None
    why: str = ""  # of the minutes: why it was not proposed

    @property
    def agreed_half(self) -> int | None:
        """Points of the meeting where one was held, else those the family gave itself."""
        return self.self_half if self.review_half is None else self.review_half


def keep_letter(letter: Proposal) -> KeptList:
    """Write down the list of a letter that has just been sent. Three queries, whatever the number of rows."""
    return KeptList.objects.create(proposal=letter, rows=_of_letter(letter))


def keep_minutes(meeting: ReviewMeeting) -> KeptList:
    """Write down the results of a meeting that has just been recorded: its dossiers stand where it was held."""
    here = Registration.objects.within(meeting.place).filter(year=meeting.year, model=meeting.model, meeting=meeting)
    return KeptList.objects.create(meeting=meeting, rows=_of_meeting(meeting, here))


def letter_list(letter: Proposal) -> list[Listed]:
    """The list of a letter as it was sent; of one from before lists were kept: what is left of it."""
    kept = KeptList.objects.filter(proposal=letter).first()
    return [Listed(*row) for row in (_of_letter(letter) if kept is None else kept.rows)]


def addresses_then(letter: Proposal | None) -> dict[int, str]:
    """Dossier → address as the letter listed it; nothing without a letter, or for one from before lists were kept."""
    kept = KeptList.objects.filter(proposal=letter).first() if letter else None
    return {one.registration_id: one.address for one in (Listed(*row) for row in kept.rows)} if kept else {}


def minutes_list(meeting: ReviewMeeting) -> list[Listed]:
    """The results of a meeting as they were recorded; of one from before lists were kept: what is left of them."""
    kept = KeptList.objects.filter(meeting=meeting).first()
    rows = _of_meeting(meeting, Registration.objects.filter(meeting=meeting)) if kept is None else kept.rows
    return [Listed(*row) for row in rows]


def left_since(rows: Sequence[Listed], dossiers: QuerySet[Registration], **paper) -> list[Registration]:
    """Dossiers of a list that belong to its paper (`proposal=…` or `meeting=…`) no more: returned since then."""
    listed = dossiers.filter(pk__in=[one.registration_id for one in rows]).exclude(**paper)
    return list(listed.select_related("registrant", "hamlet", "commune").order_by("registrant__sort_key", "pk"))


def _of_letter(letter: Proposal) -> list[tuple]:
    dossiers = Registration.objects.filter(proposal=letter)
    return _listed(dossiers.order_by("hamlet__sort_key", "registrant__sort_key", "pk"), letter.model, {})


def _of_meeting(meeting: ReviewMeeting, dossiers: QuerySet[Registration]) -> list[tuple]:
    """What is read along of the meeting's own sheets: votes, result, and its reasons."""
    sheets = Assessment.objects.filter(registration__in=dossiers, stage=Stage.REVIEW)
    said = {
        pk: (votes_for, votes_against, passed, "" if passed else " ".join(reasons))
        for pk, votes_for, votes_against, passed, reasons in sheets.values_list(
            "registration_id", "votes_for", "votes_against", "passed", "reasons"
        )
    }
    return _listed(dossiers.order_by("registrant__sort_key", "pk"), meeting.model, said)


def _listed(dossiers: QuerySet[Registration], model: str, said: dict[int, tuple]) -> list[tuple]:
    """The fields of `Listed` for each dossier: one query for names and addresses, no model object for each."""
    kind = MODEL_KIND[LearningModel(model)]
    is_place = kind == RegistrantKind.COMMUNITY
    own = ("pk", "registrant__name", "self_half", "review_half", "late_reason")
    streets = [f"registrant__{path}" for path in ADDRESS[kind]]
    found = []
    for pk, name, self_half, review_half, late, *rest in dossiers.values_list(*own, *_PLACES, *streets):
        place = next(filter(None, rest[: len(_PLACES)]), "")
        address = ", ".join(filter(None, rest[len(_PLACES) :]))
        found.append((pk, place if is_place else name, address, place, self_half, review_half, late, *said.get(pk, ())))
    return found
