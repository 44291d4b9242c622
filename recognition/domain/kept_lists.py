"""Lists of letters and minutes as of their day: written with the paper, read back whenever it is printed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from django.db.models import QuerySet

from recognition.choices import Stage
from recognition.models import Assessment, KeptList, Proposal, Registration, ReviewMeeting
from units.choices import RegistrantKind

_PLACES = ("hamlet__name", "commune__name", "district__name", "province__name")
_HOUSEHOLD = ("registrant__household__address", "registrant__household__group_name")
_OF_CITIZEN = ("registrant__citizen__household__address", "registrant__citizen__household__group_name")
_ONE_LINE = ("registrant__organisation__address", "registrant__clan__hall_address")


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
    return KeptList.objects.create(proposal=letter, rows=[astuple(one) for one in _of_letter(letter)])


def keep_minutes(meeting: ReviewMeeting) -> KeptList:
    """Write down the results of a meeting that has just been recorded."""
    return KeptList.objects.create(meeting=meeting, rows=[astuple(one) for one in _of_meeting(meeting)])


def letter_list(letter: Proposal) -> list[Listed]:
    """The list of a letter as it was sent; of one from before lists were kept: what is left of it."""
    kept = KeptList.objects.filter(proposal=letter).first()
    return _of_letter(letter) if kept is None else [Listed(*row) for row in kept.rows]


def addresses_then(letter: Proposal | None) -> dict[int, str]:
    """Dossier → address as the letter listed it; nothing without a letter, or for one from before lists were kept."""
    kept = KeptList.objects.filter(proposal=letter).first() if letter else None
    return {one.registration_id: one.address for one in (Listed(*row) for row in kept.rows)} if kept else {}


def minutes_list(meeting: ReviewMeeting) -> list[Listed]:
    """The results of a meeting as they were recorded; of one from before lists were kept: what is left of them."""
    kept = KeptList.objects.filter(meeting=meeting).first()
    return _of_meeting(meeting) if kept is None else [Listed(*row) for row in kept.rows]


def left_since(rows: Sequence[Listed], dossiers: QuerySet[Registration], **paper) -> list[Registration]:
    """Dossiers of a list that belong to its paper (`proposal=…` or `meeting=…`) no more: returned since then."""
    listed = dossiers.filter(pk__in=[one.registration_id for one in rows]).exclude(**paper)
    return list(listed.select_related("registrant", "hamlet", "commune").order_by("registrant__sort_key", "pk"))


def _of_letter(letter: Proposal) -> list[Listed]:
    return _listed(
        Registration.objects.filter(proposal=letter).order_by("hamlet__sort_key", "registrant__sort_key", "pk"), {}
    )


def _of_meeting(meeting: ReviewMeeting) -> list[Listed]:
    """What is read along of the meeting's own sheets: votes, result, and its reasons."""
    sheets = Assessment.objects.filter(registration__meeting=meeting, stage=Stage.REVIEW)
    said = {
        pk: (votes_for, votes_against, passed, "" if passed else " ".join(reasons))
        for pk, votes_for, votes_against, passed, reasons in sheets.values_list(
            "registration_id", "votes_for", "votes_against", "passed", "reasons"
        )
    }
    return _listed(Registration.objects.filter(meeting=meeting).order_by("registrant__sort_key", "pk"), said)


def _listed(dossiers: QuerySet[Registration], said: dict[int, tuple]) -> list[Listed]:
    """One query for names and addresses of any kind of registrant, without building a model object for each."""
    own = ("pk", "registrant__kind", "registrant__name", "self_half", "review_half", "late_reason")
    found = []
    for pk, kind, name, self_half, review_half, late, *rest in dossiers.values_list(
        *own, *_PLACES, *_HOUSEHOLD, *_OF_CITIZEN, *_ONE_LINE
    ):
        places, street = rest[: len(_PLACES)], rest[len(_PLACES) :]
        place = next(filter(None, places), "")
        found.append(
            Listed(
                *(pk, place if kind == RegistrantKind.COMMUNITY else name, ", ".join(filter(None, street)), place),
                *(self_half, review_half, late),
                *said.get(pk, ()),
            )
        )
    return found
