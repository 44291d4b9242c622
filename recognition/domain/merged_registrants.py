"""What the yearly work knows about registrants entered twice: dossiers at work, dossiers made since a merge, and who
was confirmed as an organisation's own.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import pghistory
from django.apps import apps
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from portal.lib.language import official_language
from recognition.choices import LearningModel, State
from recognition.domain.errors import RecognitionError
from recognition.domain.registering import withdraw
from recognition.domain.transitions import shown_now
from recognition.models import Affiliation, Registration
from units.choices import CloseReason, RegistrantKind
from units.models import Citizen, RegistrantMerge

CARRIED, ENDED_BY = "affiliations_made", "affiliations_ended"  # in the merge's memberships
SIDES = {RegistrantKind.CITIZEN: "citizen_id", RegistrantKind.ORGANISATION: "organisation_id"}
ENDED = (State.WITHDRAWN, State.RECOGNISED, State.REFUSED)


def _open(registrant):
    return Registration.objects.filter(registrant=registrant.pk).exclude(state__in=ENDED).order_by("year", "model")


def open_dossiers(registrant) -> list[str]:
    """Dossiers that have not ended, each as "Gia đình học tập, năm 2026"."""
    return [
        _("%(model)s, năm %(year)d") % {"model": LearningModel(row.model).label, "year": row.year}
        for row in _open(registrant)
    ]


def withdraw_open(*, actor, registrant, reason: str) -> int:
    """Withdraw them; all or none. Raises RecognitionError with the first reason why one cannot be."""
    rows = list(_open(registrant).values_list("pk", flat=True))
    outcome = withdraw(actor=actor, shown=shown_now(rows), reason=reason)
    if outcome.skipped:
        raise RecognitionError(_("Không rút được hồ sơ: %(why)s") % {"why": outcome.skipped[0][1]})
    return len(outcome.done)


def built_on(merge) -> int:
    """Dossiers registered for the kept registrant after the merge, withdrawn ones aside."""
    events = apps.get_model("recognition", "RegistrationEvent")
    # Not by when its history was written: that is when its transaction began, perhaps to wait for this merge.
    made = events.objects.filter(pgh_label="insert", state_at__gt=merge.done_at, registrant=merge.kept_id)
    return Registration.objects.live().filter(pk__in=made.values("pgh_obj_id")).count()


def carry_affiliations(merge: RegistrantMerge, on: datetime.date) -> dict[str, list[int]]:
    """Whoever was confirmed as an organisation's own stays so when one of the two is merged: it ends on one side and
    begins on the other the same day. Where the kept one is the organisation's already, or somebody ended that later,
    nothing begins."""
    side = SIDES.get(merge.kind)
    if side is None:
        return {}
    rows = list(Affiliation.objects.select_for_update().filter(**{side: merge.other_id}, until=None).order_by("pk"))
    if not rows:
        return {}
    moved = [
        {"citizen_id": row.citizen_id, "organisation_id": row.organisation_id} | {side: merge.kept_id} for row in rows
    ]
    pairs = {(one["citizen_id"], one["organisation_id"]) for one in moved}
    people, places = {citizen for citizen, _where in pairs}, {where for _who, where in pairs}
    there = set(
        Affiliation.objects.filter(Q(until=None) | Q(until__gt=on), citizen__in=people, organisation__in=places)
        .exclude(pk__in=[row.pk for row in rows])
        .values_list("citizen_id", "organisation_id")
    ) | set(Citizen.objects.filter(pk__in=people, organisation__in=places).values_list("pk", "organisation_id"))
    for row in rows:
        row.until = max(row.since, on)
    Affiliation.objects.bulk_update(rows, ["until"])
    made = Affiliation.objects.bulk_create(
        Affiliation(**keys, learner=row.learner, since=on, by=merge.actor, by_name=merge.actor_name)
        for row, keys in zip(rows, moved, strict=True)
        if (keys["citizen_id"], keys["organisation_id"]) not in there
    )
    return {ENDED_BY: [row.pk for row in rows], CARRIED: [row.pk for row in made]}


def affiliations_changed(merge: RegistrantMerge) -> int:
    """Carried confirmations somebody ended since."""
    made = merge.memberships.get(CARRIED, [])
    return len(made) - Affiliation.objects.filter(pk__in=made, until=None).count() if made else 0


def give_affiliations_back(merge: RegistrantMerge) -> None:
    """As before the merge. What was carried is ended on the day it began: it counts on no day, and stays on record."""
    Affiliation.objects.filter(pk__in=merge.memberships.get(CARRIED, []), until=None).update(until=F("since"))
    Affiliation.objects.filter(pk__in=merge.memberships.get(ENDED_BY, [])).update(until=None)


@dataclass(frozen=True)
class Mended:
    """Confirmations ended at whoever was merged away, and those begun at the kept one."""

    ended: int = 0
    carried: int = 0


@transaction.atomic
def mend_affiliations() -> Mended:
    """Confirmations left open on a registrant merged before merging carried them over: they go the same way now, from
    the day of the merge on, and an undo of that merge brings them back. Running it again changes nothing.
    """
    ended = carried = 0
    with official_language():  # kept in the history
        note = _("Chuyển xác nhận người của đơn vị còn để ở bên đã gộp")
    with pghistory.context(note=note):
        # A kept one may have been merged itself later: each merge hands on what the one before it brought.
        for merge in _merges_of(_left_open()):
            done = carry_affiliations(merge, merge.done_on)
            if not done:
                continue
            for name, keys in done.items():
                merge.memberships[name] = [*merge.memberships.get(name, []), *keys]
            merge.save(update_fields=["memberships"])
            ended, carried = ended + len(done[ENDED_BY]), carried + len(done[CARRIED])
    return Mended(ended, carried)


def _standing():
    """Merges that were not undone, whose other one was not opened again by hand."""
    return RegistrantMerge.objects.filter(undone_at=None, other__close_reason=CloseReason.DUPLICATE)


def _left_open() -> set[int]:
    """Registrants merged away that still are one side of an open confirmation."""
    gone = _standing().values("other")
    rows = Affiliation.objects.filter(Q(citizen__in=gone) | Q(organisation__in=gone), until=None)
    return {pk for pair in rows.values_list("citizen_id", "organisation_id") for pk in pair}


def _merges_of(registrants: set[int]) -> list[RegistrantMerge]:
    """Merges that took them away, and those that took away whoever they were merged into; oldest first, locked."""
    wanted, found = registrants, {}
    while wanted:  # as many rounds as one registrant was merged on
        new = _standing().select_for_update(of=("self",)).filter(other__in=wanted).exclude(pk__in=found)
        new = {merge.pk: merge for merge in new}
        found |= new
        wanted = {merge.kept_id for merge in new.values()}
    return [found[pk] for pk in sorted(found)]
