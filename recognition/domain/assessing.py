"""Entering scores: self-assessment, review meeting and inspection, for one dossier or a whole hamlet at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.language import official_language
from recognition.attendance import Person, judge
from recognition.choices import Action, Attending, LearningModel, Stage
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.kept_lists import keep_minutes
from recognition.domain.measures import freezing
from recognition.domain.transitions import Column, Outcome, move
from recognition.models import Assessment, MeetingAttendee, Registration, ReviewMeeting, Rulebook
from recognition.rules import acting_scope
from recognition.scoring import (
    Result,
    ScoreError,
    check_share_points,
    evaluate,
    evaluate_total,
    points_text,
    with_share_points,
)
from units.models import Organisation, Place, User

STAGE_ACTION = {Stage.SELF: Action.SELF_ASSESS, Stage.REVIEW: Action.REVIEW, Stage.INSPECTION: Action.INSPECT}
STAGE_COLUMN = {Stage.SELF: "self_half", Stage.REVIEW: "review_half", Stage.INSPECTION: "inspection_half"}


WRITTEN = (
    *("scores", "total_half", "passed", "rank", "level", "reasons", "votes_for", "votes_against", "remarks"),
    "conditions",
)
REPLACED = ", ".join(f"{name} = EXCLUDED.{name}" for name in (*WRITTEN, "at", "by_id", "by_name"))


@dataclass(frozen=True)
class Entry:
    """Scores of one dossier as typed: per criterion (`scores`, `na`) or only the `total`."""

    registration_id: int
    state: str
    scores: Mapping[str, Decimal | float | None] | None = None
    na: frozenset[str] = frozenset()
    total: Decimal | float | None = None
    votes_for: int | None = None
    votes_against: int | None = None
    remarks: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[str, bool] | None = None  # answers to declared knock-outs; None: as answered before


class EntriesRefused(RecognitionError):
    """Typed points that cannot be accepted: registration id → {criterion code: sentence}. Nothing was saved."""

    def __init__(self, faults: dict[int, dict[str, str]]):
        self.faults = faults
        first = next(iter(next(iter(faults.values())).values()))
        super().__init__(first)


@transaction.atomic
def record_scores(
    *, actor: User, stage: str, entries: Sequence[Entry], constants: Mapping[str, object] | None = None
) -> Outcome:
    """Check and save scores of one stage and move the dossiers on. The same few statements for any number of rows.

    Raises EntriesRefused (nothing saved) when any points are missing or out of bounds; rows that somebody else moved
    meanwhile are left untouched and explained in the outcome. A new self-score starts the dossier again: what a
    meeting or a team said before stays in the history only.
    """
    if not entries:
        return Outcome()
    entries = list({entry.registration_id: entry for entry in entries}.values())
    judged = _evaluate(entries)
    results = judged.results
    ids = [entry.registration_id for entry in entries]
    totals = [int(results[pk].total * 2) for pk in ids]
    columns = {STAGE_COLUMN[Stage(stage)]: Column("smallint", totals)}
    if stage != Stage.SELF:  # the self-score alone decides nothing
        columns["passed"] = Column("boolean", [results[pk].passed for pk in ids])
        columns["rank"] = Column("text", [results[pk].rank or "" for pk in ids])
        columns["level"] = Column("smallint", [results[pk].level for pk in ids])
    cleared = (
        {"passed": None, "rank": "", "level": None, "review_half": None, "inspection_half": None}
        if stage == Stage.SELF
        else {}
    )
    outcome = move(
        actor=actor,
        action=STAGE_ACTION[Stage(stage)],
        shown={entry.registration_id: entry.state for entry in entries},
        columns=columns,
        constants={**cleared, **(constants or {})},
    )
    done = set(outcome.done)
    if stage == Stage.SELF:
        Assessment.objects.filter(registration_id__among=outcome.done).exclude(stage=Stage.SELF).delete()
    _save_assessments(actor, stage, [entry for entry in entries if entry.registration_id in done], judged)
    freezing.keep({pk: one.fresh for pk, one in judged.basis.items() if pk in done}, judged.rulebooks)
    return outcome


@dataclass
class Judged:
    """Points of many dossiers as judged: results, what else they rest on, and their rulebooks."""

    results: dict[int, Result]
    basis: dict[int, freezing.Basis]
    rulebooks: dict[int, Rulebook]


def _evaluate(entries: Sequence[Entry]) -> Judged:
    """Results by registration. Raises EntriesRefused with every fault of every row.

    The reasons of a result are kept with the record, so they are Vietnamese; faults are told in the person's language.
    """
    try:
        with official_language():
            return _judge(entries)
    except (EntriesRefused, NotPermitted):
        return _judge(entries)


def _judge(entries: Sequence[Entry]) -> Judged:
    rows = {
        row.pk: row
        for row in Registration.objects.filter(pk__among=[entry.registration_id for entry in entries]).only(
            "pk", "rulebook_id", "registrant_id", "model", "hamlet_id", "commune_id", "state", "proposal_id"
        )
    }
    types = dict(
        Organisation.objects.filter(
            pk__among=[row.registrant_id for row in rows.values() if row.model == LearningModel.UNIT]
        ).values_list("pk", "type")
    )
    rulebooks = Rulebook.objects.in_bulk({row.rulebook_id for row in rows.values()})
    areas = dict(Place.objects.filter(pk__in={row.commune_id for row in rows.values()}).values_list("pk", "area_class"))
    basis = freezing.basis_for(rows.values(), rulebooks, {entry.registration_id: entry.conditions for entry in entries})
    results, faults = {}, {}
    for entry in entries:
        row = rows.get(entry.registration_id)
        if row is None:
            raise NotPermitted(_("Không tìm thấy hồ sơ này trong phạm vi của bạn."))
        spec = rulebooks[row.rulebook_id].spec
        area = areas.get(row.commune_id, "NORMAL")
        kind = types.get(row.registrant_id, "")
        beside = {"measures": basis.get(row.pk, freezing.NOTHING).measures, "organisation_type": kind}
        try:
            if entry.scores is None:
                results[row.pk] = evaluate_total(spec, entry.total, area, **beside)
            else:
                scores = with_share_points(spec, entry.scores, entry.na, beside["measures"], kind)
                results[row.pk] = evaluate(spec, scores, area=area, na=entry.na, **beside)
                if results[row.pk].missing:
                    raise ScoreError(_missing(spec, results[row.pk].missing))
                check_share_points(spec, scores, entry.na, beside["measures"], kind)
        except ScoreError as error:
            faults[row.pk] = error.faults
    if faults:
        raise EntriesRefused(faults)
    return Judged(results, basis, {pk: rulebooks[row.rulebook_id] for pk, row in rows.items()})


def _missing(spec, codes: Sequence[str]) -> dict[str, str]:
    """One sentence per criterion without points: a stage is done only when every criterion has been judged."""
    return {
        code: _("Mục %(code)s chưa chấm; hãy nhập số từ 0 đến %(max)s.")
        % {"code": code, "max": points_text(spec.by_code[code].maximum)}
        for code in codes
    }


def _save_assessments(actor: User, stage: str, entries: list[Entry], judged: Judged) -> None:
    """One statement: insert the assessments of a stage or replace what was entered before."""
    if not entries:
        return
    results, basis = judged.results, judged.basis
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO recognition_assessment AS a (registration_id, stage, scores, total_half, passed, rank, level,"
            " reasons, votes_for, votes_against, remarks, conditions, at, by_id, by_name)"
            " SELECT g.id, %s, g.scores::smallint[], g.total, g.passed, g.rank, g.level,"
            " ARRAY(SELECT jsonb_array_elements_text(g.reasons::jsonb)), g.votes_for, g.votes_against,"
            " g.remarks::jsonb, g.conditions::jsonb, %s, %s, %s"
            " FROM unnest(%s::bigint[], %s::text[], %s::smallint[], %s::boolean[], %s::text[], %s::smallint[],"
            " %s::text[], %s::smallint[], %s::smallint[], %s::text[], %s::text[]) AS g(id, scores, total, passed, rank,"
            " level, reasons, votes_for, votes_against, remarks, conditions) ORDER BY g.id"
            f" ON CONFLICT (registration_id, stage) DO UPDATE SET {REPLACED}",
            [
                str(stage),
                timezone.now(),
                actor.pk,
                actor.full_name,
                [entry.registration_id for entry in entries],
                [_pg_array(results[entry.registration_id].halves) for entry in entries],
                [int(results[entry.registration_id].total * 2) for entry in entries],
                [results[entry.registration_id].passed for entry in entries],
                [results[entry.registration_id].rank or "" for entry in entries],
                [results[entry.registration_id].level for entry in entries],
                [json.dumps(results[entry.registration_id].reasons, ensure_ascii=False) for entry in entries],
                [entry.votes_for for entry in entries],
                [entry.votes_against for entry in entries],
                [json.dumps(dict(entry.remarks), ensure_ascii=False) for entry in entries],
                [json.dumps(basis.get(entry.registration_id, freezing.NOTHING).conditions) for entry in entries],
            ],
        )


def _pg_array(values: Sequence[int | None]) -> str:
    """Array literal: one row's half points travel as text, because rows may differ in length."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


@transaction.atomic
def hold_meeting(
    *,
    actor: User,
    meeting: ReviewMeeting,
    entries: Sequence[Entry],
    attendees: Mapping[str, Sequence[Person]] | None = None,
) -> Outcome:
    """Save a review meeting with its minutes data, who came (`attendees`: Attending → people), and the agreed score and
    votes of each family.

    Raises NotPermitted outside the person's postings, EntriesRefused for points out of bounds or more votes than
    people present, RecognitionError when families are of another hamlet or year, lists and numbers of those present do
    not fit, or nothing could be saved.
    """
    _check_listed(actor, meeting, entries)
    attendees = {standing: list((attendees or {}).get(standing, ())) for standing in Attending.values}
    check_attendees(meeting, attendees)
    for entry in entries:
        votes = (entry.votes_for or 0) + (entry.votes_against or 0)
        if votes > meeting.present:
            raise EntriesRefused(
                {
                    entry.registration_id: {
                        "votes": _("Có %(votes)d phiếu nhưng chỉ %(present)d người có mặt.")
                        % {"votes": votes, "present": meeting.present}
                    }
                }
            )
    meeting.created_by = actor
    meeting.created_by_name = actor.full_name
    meeting.full_clean(exclude=["created_by"])
    meeting.save()
    MeetingAttendee.objects.bulk_create(attendee_rows(meeting, attendees))
    outcome = record_scores(actor=actor, stage=Stage.REVIEW, entries=entries, constants={"meeting_id": meeting.pk})
    if not outcome.done:
        raise RecognitionError(
            outcome.skipped[0][1] if outcome.skipped else _("Cuộc họp chưa xét gia đình nào nên chưa lưu.")
        )
    here = Registration.objects.within(meeting.place).filter(year=meeting.year, model=meeting.model)
    keep_minutes([meeting], here)
    return outcome


def attendee_rows(meeting: ReviewMeeting, people: Mapping[str, Sequence[Person]]) -> list[MeetingAttendee]:
    """Who came and who was excused, in the order of the lists, not saved."""
    named = [(standing, one) for standing in Attending.values for one in people[standing]]
    return [
        MeetingAttendee(meeting=meeting, position=position, standing=standing, name=one.name, role=one.role)
        for position, (standing, one) in enumerate(named, start=1)
    ]


def check_attendees(meeting: ReviewMeeting, attendees: Mapping[str, Sequence[Person]]) -> None:
    """Lists and numbers of those present fit each other, or RecognitionError says why not."""
    sentence = judge(
        here=[*attendees[Attending.LOCAL], *attendees[Attending.GUEST]],
        excused=attendees[Attending.EXCUSED],
        leading=(meeting.chair, meeting.secretary, meeting.front_representative),
        present=meeting.present,
        invited=meeting.invited,
    )
    # Numbers that cannot be are the minutes' own matter, told by `full_clean`.
    if sentence and any(attendees.values()):
        raise RecognitionError(sentence)


def _check_listed(actor: User, meeting: ReviewMeeting, entries: Sequence[Entry]) -> None:
    """The meeting is the person's to record, and every family on its list belongs to it."""
    if not entries:
        raise RecognitionError(_("Cuộc họp chưa xét gia đình nào nên chưa lưu."))
    listed = Registration.objects.filter(pk__among=[entry.registration_id for entry in entries])
    place = meeting.place
    others = listed.exclude(**{place.fact_column: place.pk}, year=meeting.year, model=meeting.model)
    if others.exists():
        raise RecognitionError(
            _("Danh sách có hồ sơ không thuộc %(place)s hoặc không phải năm %(year)d.")
            % {"place": place.name, "year": meeting.year}
        )
    rulebook = Rulebook.objects.filter(registrations__in=listed).order_by("pk").first()
    if rulebook is None or not acting_scope(actor, rulebook, Action.REVIEW, meeting.year).covers(place):
        raise NotPermitted(_("Bạn không được phân công ghi biên bản họp của %(place)s.") % {"place": place.name})
