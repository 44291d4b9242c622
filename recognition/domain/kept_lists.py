"""Lists of letters and minutes as of their day: written with the paper, read back whenever it is printed again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields

from django.db.models import Count, F, Func, IntegerField, JSONField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from recognition.choices import MODEL_KIND, LearningModel, Stage
from recognition.models import Assessment, KeptList, Proposal, Registration, ReviewMeeting
from recognition.models.registrations import ADDRESS
from units.choices import RegistrantKind

_PLACES = ("hamlet__name", "commune__name", "district__name", "province__name")


@dataclass(frozen=True)
class Listed:
    """One dossier on a paper's list, in the words and points of the paper's day. Points are half points.

    Kept field by field in this order: what is added stands at the end and has a default.
    """

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


def keep_letters(letters: Sequence[Proposal], among: QuerySet[Registration]) -> None:
    """Write down the lists of letters of one model that have just been sent, their dossiers being `among` these.

    Two queries, whatever the number of letters and rows.
    """
    if not letters:
        return
    lists = _of_letters(letters, among)
    KeptList.objects.bulk_create(KeptList(proposal=one, rows=lists[one.pk]) for one in letters)


def keep_minutes(meetings: Sequence[ReviewMeeting], among: QuerySet[Registration]) -> None:
    """Write down the results of meetings of one model that have just been recorded. Three queries for all of them."""
    if not meetings:
        return
    lists = _of_meetings(meetings, among)
    KeptList.objects.bulk_create(KeptList(meeting=one, rows=lists[one.pk]) for one in meetings)


def is_kept(paper: Proposal | ReviewMeeting) -> bool:
    """Was its list written down with it? Lists are kept since November 2026; papers of before show what is left."""
    return _kept(paper) is not None


def letter_list(letter: Proposal) -> list[Listed]:
    """The list of a letter as it was sent; of one from before lists were kept: what is left of it."""
    kept = _kept(letter)
    rows = _of_letters([letter], Registration.objects.all())[letter.pk] if kept is None else kept.rows
    return [Listed(*row) for row in rows]


_PASSED = f"strict $[*] ? (@[{[one.name for one in fields(Listed)].index('passed')}] == true)"


def with_counts(papers: QuerySet) -> QuerySet:
    """Letters or meetings, each with how many their list has (`listed`), of meetings also how many `passed`: a page of
    many tells what the papers say. Of papers from before lists were kept: what is left of them."""
    paper = "meeting" if papers.model is ReviewMeeting else "proposal"
    left = Registration.objects.filter(**{paper: OuterRef("pk")}).order_by().values(paper)
    kept = F("kept_list__rows")
    counts = {"listed": Coalesce(_length(kept), left.annotate(n=Count("pk")).values("n"), 0)}
    if paper == "meeting":
        passed = Func(kept, Value(_PASSED), function="jsonb_path_query_array", output_field=JSONField())
        still = left.annotate(n=Count("pk", filter=Q(passed=True))).values("n")
        counts["passed"] = Coalesce(_length(passed), still, 0)
    return papers.annotate(**counts)


def _length(rows) -> Func:
    return Func(rows, function="jsonb_array_length", output_field=IntegerField())


def addresses_then(letter: Proposal | None) -> dict[int, str]:
    """Dossier → address as the letter listed it; nothing without a letter, or for one from before lists were kept."""
    kept = _kept(letter) if letter else None
    return {one.registration_id: one.address for one in (Listed(*row) for row in kept.rows)} if kept else {}


def minutes_list(meeting: ReviewMeeting) -> list[Listed]:
    """The results of a meeting as they were recorded; of one from before lists were kept: what is left of them."""
    kept = _kept(meeting)
    rows = _of_meetings([meeting], Registration.objects.all())[meeting.pk] if kept is None else kept.rows
    return [Listed(*row) for row in rows]


def left_since(rows: Sequence[Listed], dossiers: QuerySet[Registration], **paper) -> list[Registration]:
    """Dossiers of a list that belong to its paper (`proposal=…` or `meeting=…`) no more: returned since then."""
    listed = dossiers.filter(pk__among=[one.registration_id for one in rows]).exclude(**paper)
    return list(listed.select_related("registrant", "hamlet", "commune").order_by("registrant__sort_key", "pk"))


def _kept(paper: Proposal | ReviewMeeting) -> KeptList | None:
    """Asked once for each paper: the row, or that there is none, stays with the object."""
    return getattr(paper, "kept_list", None)


def _of_letters(letters: Sequence[Proposal], among: QuerySet[Registration]) -> dict[int, list[tuple]]:
    dossiers = among.filter(proposal__in=letters).order_by("hamlet__sort_key", "registrant__sort_key", "pk")
    return _listed(dossiers, "proposal_id", letters[0].model, {})


def _of_meetings(meetings: Sequence[ReviewMeeting], among: QuerySet[Registration]) -> dict[int, list[tuple]]:
    """What is read along of the meetings' own sheets: votes, result, and its reasons."""
    dossiers = among.filter(meeting__in=meetings)
    sheets = Assessment.objects.filter(registration__in=dossiers, stage=Stage.REVIEW)
    said = {
        pk: (votes_for, votes_against, passed, "" if passed else " ".join(reasons))
        for pk, votes_for, votes_against, passed, reasons in sheets.values_list(
            "registration_id", "votes_for", "votes_against", "passed", "reasons"
        )
    }
    return _listed(dossiers.order_by("registrant__sort_key", "pk"), "meeting_id", meetings[0].model, said)


def _listed(dossiers: QuerySet[Registration], paper: str, model: str, said: dict[int, tuple]) -> dict[int, list[tuple]]:
    """Paper → the fields of `Listed` for each dossier: one query for names and addresses, no model object for each."""
    kind = MODEL_KIND[LearningModel(model)]
    is_place = kind == RegistrantKind.COMMUNITY
    own = (paper, "pk", "registrant__name", "self_half", "review_half", "late_reason")
    streets = [f"registrant__{path}" for path in ADDRESS[kind]]
    found: dict[int, list[tuple]] = defaultdict(list)
    for key, pk, name, self_half, review_half, late, *rest in dossiers.values_list(*own, *_PLACES, *streets):
        place = next(filter(None, rest[: len(_PLACES)]), "")
        address = ", ".join(filter(None, rest[len(_PLACES) :]))
        points = (self_half, review_half)
        found[key].append((pk, place if is_place else name, address, place, *points, late, *said.get(pk, ())))
    return found
