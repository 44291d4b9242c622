"""What waits at desks beside dossiers: objections, minutes, action points, yearly reports, lists, documents."""

from __future__ import annotations

import datetime
from dataclasses import replace

from django.db.models import Count, F, Min, Q
from django.utils import timezone

from recognition.choices import ActionState, VisitState, WorkKind, YearReportState
from recognition.domain.closing import SIGNERS
from recognition.domain.desks import Desk, Pile, Piles
from recognition.domain.work import Work
from recognition.domain.work_entries import entries_of
from recognition.domain.work_honours import honours_of
from recognition.models import (
    ActionPoint,
    CriterionFeedback,
    DocumentReceipt,
    InspectionVisit,
    Objection,
    RulebookDraft,
    YearReport,
)
from recognition.rules import staff_roles
from units.choices import REGISTER_KEEPERS, ImportState, Level, Role
from units.models import ImportBatch
from units.rules import Scope

REPORTS_FROM = (12, 1)  # a year's report is asked for from this day of the year on
_COLUMNS = ("hamlet_id", "commune_id", "district_id", "province_id")


def papers_of(desks: list[Desk], year: int, today: datetime.date) -> list[Work]:
    """Everything of a year that waits at the desks and is no dossier. A fixed number of statements."""
    found = _objections(desks, year) + _visits(desks, year) + _reports(desks, year, today)
    found += _imports(desks, year) + _documents(desks, year) + _feedback(desks, year) + _drafts(desks, year)
    return found + honours_of(desks, year) + entries_of(desks, year)


def _inside(desks: list[Desk], prefix: str, *, own: bool = False) -> Q:
    """Filter for rows inside any of the desks' places."""
    scope = Scope(everything=any(desk.place is None for desk in desks))
    for desk in desks:
        if desk.place:
            scope.places.setdefault(desk.place.level, set()).update(desk.members)
    return scope.q(prefix=prefix, own=own)


def _objections(desks: list[Desk], year: int) -> list[Work]:
    """Objections whose answer is this person's; the clock counts working days."""
    mine = [desk for desk in desks if desk.place and desk.holds(Role.WARD_CHAIR, Role.DECIDER)]
    if not mine:
        return []
    columns = [f"registration__{name}" for name in _COLUMNS]
    rows = (
        Objection.objects.filter(_inside(mine, "registration__"), outcome="", registration__year=year)
        .values_list(*columns)
        .annotate(Count("pk"), Min("received_on"), Min("due_on"))
    )
    piles = Piles()
    for *places, count, oldest, due in rows:
        piles.add(places, count, oldest, due)
    return _from_piles(mine, piles, WorkKind.OBJECTION, year, provisional=True)


def _from_piles(desks, piles: Piles, kind: str, year: int, **more) -> list[Work]:
    lines = []
    for desk in desks:
        pile = piles.at(desk)
        if pile.count:
            lines.append(
                Work(desk.user_id, kind, desk.place, year, pile.count, oldest=pile.oldest, due=pile.due, **more)
            )
    return lines


def _visits(desks: list[Desk], year: int) -> list[Work]:
    """Minutes that wait for the signature of the inspected place, and what it still has to put right."""
    mine = {}
    for desk in desks:
        staff = (Role.HAMLET_OFFICER,) if desk.level == Level.HAMLET else (Role.WARD_CHAIR, Role.WARD_OFFICER)
        if desk.place and desk.holds(*staff):
            for pk in desk.members:
                mine.setdefault(pk, []).append(desk)
    if not mine:
        return []
    found = []
    minutes = InspectionVisit.objects.filter(place__in=mine, state=VisitState.TEAM_SIGNED, inspection__year=year)
    for team_id, place_id, signed_at in minutes.order_by("pk").values_list(
        "inspection_id", "place_id", "team_signed_at"
    ):
        since = timezone.localdate(signed_at)
        found += [
            Work(desk.user_id, WorkKind.MINUTES, desk.place, year, 1, oldest=since, target=team_id, inspected=place_id)
            for desk in mine[place_id]
        ]
    actions = (
        ActionPoint.objects.filter(state=ActionState.OPEN, visit__place__in=mine, visit__inspection__year=year)
        .values("visit__inspection_id", "visit__place_id")
        .annotate(count=Count("pk"), oldest=Min("created_at"), due=Min("due_on"))
        .order_by("due")
    )
    for row in actions:
        line = Work(
            0,
            WorkKind.ACTION_POINT,
            None,
            year,
            row["count"],
            oldest=timezone.localdate(row["oldest"]),
            due=row["due"],
            target=row["visit__inspection_id"],
        )
        found += [replace(line, user_id=desk.user_id, place=desk.place) for desk in mine[row["visit__place_id"]]]
    return found


def _reports(desks: list[Desk], year: int, today: datetime.date) -> list[Work]:
    """Yearly reports this person signs and has not sent, and those from below that wait for an answer."""
    signers = [desk for desk in desks if desk.holds(*SIGNERS.get(desk.level, ()))]
    readers = [desk for desk in desks if desk.holds(Role.LEADER) and desk.level not in (Level.COMMUNE, Level.HAMLET)]
    if not signers and not readers:
        return []
    newest = (
        YearReport.objects.filter(_inside(signers + readers, "place__", own=True), year=year)
        .order_by("place_id", "-version")
        .distinct("place_id")
        .values_list("place_id", "state", "signed_at", "answered_at", "place__district_id", "place__province_id")
    )
    states, piles = {}, Piles()
    for place_id, state, signed_at, answered_at, district_id, province_id in newest:
        states[place_id] = state, answered_at
        if state == YearReportState.SENT:
            piles.add({district_id, province_id} - {place_id}, 1, timezone.localdate(signed_at))
    found = _from_piles(readers, piles, WorkKind.REPORT_ANSWER, year)
    asked = datetime.date(year, *REPORTS_FROM)
    for desk in signers:
        state, answered_at = states.get(desk.place.pk if desk.place else None, ("", None))
        stood = desk.place is None or desk.place.existed_on(min(datetime.date(year, 12, 31), today))
        if state == YearReportState.RETURNED or (not state and today >= asked and stood):
            since = timezone.localdate(answered_at) if state else asked
            found.append(Work(desk.user_id, WorkKind.REPORT, desk.place, year, 1, state=state, oldest=since))
    return found


def _imports(desks: list[Desk], year: int) -> list[Work]:
    """Uploaded lists that were checked and wait for the yes or no of whoever keeps the register."""
    mine = [desk for desk in desks if desk.place and desk.holds(*REGISTER_KEEPERS)]
    if not mine:
        return []
    rows = (
        ImportBatch.objects.filter(_inside(mine, "place__", own=True), state=ImportState.PREVIEW)
        .values("place_id")
        .annotate(
            commune=F("place__commune_id"),
            district=F("place__district_id"),
            province=F("place__province_id"),
            count=Count("pk"),
        )
    )
    piles = Piles()
    for row in rows:
        piles.add([row["place_id"], row["commune"], row["district"], row["province"]], row["count"])
    return _from_piles(mine, piles, WorkKind.IMPORT, year)


def _documents(desks: list[Desk], year: int) -> list[Work]:
    """Documents from above this place has not opened, and those it must still answer."""
    mine = [desk for desk in desks if desk.place and desk.holds(*staff_roles(desk.level))]
    if not mine:
        return []
    members = {pk for desk in mine for pk in desk.members}
    rows = (
        DocumentReceipt.objects.filter(place__in=members, document__withdrawn_at=None, document__year=year)
        .annotate(fresh=Q(opened_at=None), silent=Q(document__reply_wanted=True, replied_at=None))
        .filter(Q(fresh=True) | Q(silent=True))
        .values_list("place_id", "fresh", "silent")
        .annotate(Count("pk"), Min("document__sent_at"), Min("document__due_on"))
        .order_by("place_id")
    )
    piles = {WorkKind.DOCUMENT: Piles(), WorkKind.REPLY: Piles()}
    for place_id, fresh, silent, count, sent_at, due in rows:
        since = timezone.localdate(sent_at)
        if fresh:
            piles[WorkKind.DOCUMENT].add([place_id], count, since, None if silent else due)
        if silent:
            piles[WorkKind.REPLY].add([place_id], count, since, due)
    return [line for kind, found in piles.items() for line in _from_piles(mine, found, kind, year)]


def _feedback(desks: list[Desk], year: int) -> list[Work]:
    """Questions about criteria for whoever keeps the rulebook: the centre, and a province for its own."""
    mine = [desk for desk in desks if desk.level in (None, Level.PROVINCE) and desk.holds(Role.LEADER)]
    if not mine:
        return []
    rows = list(
        CriterionFeedback.objects.waiting()
        .order_by()
        .values_list("rulebook__province_codes")
        .annotate(Count("pk"), Min("at"))
    )
    found = []
    for desk in mine:
        pile = Pile()
        for codes, count, at in rows:
            if desk.place is None or desk.place.code in codes:
                pile.add(count, timezone.localdate(at))
        if pile.count:
            found.append(Work(desk.user_id, WorkKind.FEEDBACK, desk.place, year, pile.count, oldest=pile.oldest))
    return found


def _drafts(desks: list[Desk], year: int) -> list[Work]:
    """Drafts of rulebooks whose writers ask this person, who wrote nothing in them, to put them into use."""
    mine = [
        desk for desk in desks if desk.level in (None, Level.PROVINCE) and desk.holds(Role.LEADER, Role.ADMINISTRATOR)
    ]
    if not mine:
        return []
    rows = RulebookDraft.objects.filter(offered_at__isnull=False).order_by("offered_at")
    rows = list(rows.values_list("pk", "province_id", "editors", "offered_at"))
    found = []
    for desk in mine:
        own = [
            (pk, timezone.localdate(at))
            for pk, province_id, editors, at in rows
            if desk.user_id not in editors and (desk.place is None or province_id in desk.members)
        ]
        if own:
            target = own[0][0] if len(own) == 1 else None
            line = Work(desk.user_id, WorkKind.RULEBOOK, desk.place, year, len(own), oldest=own[0][1], target=target)
            found.append(line)
    return found
