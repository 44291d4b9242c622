"""A registrant leaves the register and comes back; the citizens counted at it go along."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.moments import moment
from units.choices import CloseReason, RegistrantKind
from units.domain import history
from units.domain.close_reasons import check_places_gone
from units.domain.errors import RegisterError
from units.domain.places_held import held, hold_wards_of
from units.domain.registrants import HOSTS, check_may_correct, day_text, people_of
from units.models import Citizen, Place, Registrant, Stay, User


@transaction.atomic
def close_registrant(
    *,
    actor: User | None,
    registrant: Registrant,
    reason: str,
    closed_on: datetime.date,
    today: datetime.date | None = None,
) -> Registrant:
    """Take a registrant out of the register from `closed_on` on; it is no longer counted at that year's end.

    The citizens counted at a household or organisation leave with it.
    Raises NotAllowed, RegisterError (already out, bad date or reason).
    """
    hold_wards_of([registrant.pk])
    row = Registrant.objects.select_for_update(of=("self",)).get(pk=registrant.pk)
    check_may_correct(actor=actor, registrant=row)
    if not row.is_open:
        raise RegisterError(_already_out(row))
    if reason not in CloseReason.values:
        raise RegisterError(_("Hãy chọn lý do đưa ra khỏi sổ."), field="reason")
    check_places_gone([row], reason, closed_on)
    stay = row.stays.filter(until__isnull=True).first()
    earliest = stay.since if stay else row.opened_on
    if closed_on < earliest:
        raise RegisterError(
            _("Ngày ra khỏi sổ không được trước ngày %(day)s là ngày vào sổ.") % {"day": day_text(earliest)},
            field="closed_on",
        )
    if closed_on > (today or timezone.localdate()):
        raise RegisterError(_("Ngày ra khỏi sổ không được sau hôm nay."), field="closed_on")
    row.closed_on, row.close_reason = closed_on, reason
    row.save(update_fields=["closed_on", "close_reason"])
    row.stays.filter(until__isnull=True).update(until=closed_on)
    people = list(people_of(row).filter(closed_on__isnull=True).values_list("pk", flat=True))
    if people:
        people_leave(people, reason, closed_on)
    return row


def people_leave(people: Collection[int], reason: str, closed_on: datetime.date) -> None:
    """Citizens leave with the household or organisation that counts them. Whoever came there later than that day was
    never counted there, and leaves on the day they came."""
    came = Stay.objects.filter(registrant=OuterRef("pk"), until__isnull=True).values("since")
    out = Greatest(F("opened_on"), Subquery(came), Value(closed_on))
    Registrant.objects.filter(pk__in=people).update(closed_on=out, close_reason=reason)
    last = Greatest(F("since"), Value(closed_on))
    Stay.objects.filter(registrant__in=people, until__isnull=True).update(until=last)


def who_left_with(people: QuerySet, reason: str, closed_on: datetime.date) -> QuerySet:
    """Those of `people` whom `people_leave` took out on that day and who are still out as it left them."""
    newest = Stay.objects.filter(registrant=OuterRef("pk")).order_by("-since", "-id").values("since")[:1]
    out = Greatest(F("opened_on"), Subquery(newest), Value(closed_on))
    return people.filter(Q(closed_on=closed_on) | Q(closed_on=out), close_reason=reason)


def _already_out(row: Registrant) -> str:
    """What somebody is told who is second to take one out, perhaps by a moment: since when it is out, why, and who did
    it when, so that two people who gave different reasons find each other."""
    author, at = history.newest_author((Registrant, row.pk))
    told = {"name": row.name, "day": day_text(row.closed_on), "reason": row.get_close_reason_display()}
    if at is None:
        return _("“%(name)s” đã được đưa ra khỏi sổ ngày %(day)s (%(reason)s), không cần làm lại.") % told
    return _(
        "“%(name)s” đã được đưa ra khỏi sổ ngày %(day)s (%(reason)s), %(author)s ghi lúc %(at)s; không cần làm lại."
    ) % (told | {"author": author, "at": moment(at)})


@transaction.atomic
def reopen_registrant(*, actor: User | None, registrant: Registrant, today: datetime.date | None = None) -> Registrant:
    """Take a registrant back into the register.

    Closed this year: the closing is undone, as if it had not been. Closed in an earlier year: it counts again from
    today, so the totals of the years in between stay as they were. Citizens who left with a household or organisation
    come back with it, except those entered elsewhere meanwhile. Raises NotAllowed, RegisterError.
    """
    today = today or timezone.localdate()
    places = _places_to_stand(registrant)  # before its own row, as everybody locks them: wards, then hamlets
    hold_wards_of([], *places)
    for place in places:
        held(place)
    row = Registrant.objects.select_for_update(of=("self",)).get(pk=registrant.pk)
    check_may_correct(actor=actor, registrant=row)
    if row.is_open:
        raise RegisterError(_("“%(name)s” đang ở trong sổ, không cần mở lại.") % {"name": row.name})
    host = _host_of(row)
    place = held(host.place if host else row.place)  # a household may have moved while its citizen was out
    if not place.existed_on(today):
        ended = {"place": place.name, "day": day_text(place.valid_to + datetime.timedelta(days=1)), "name": row.name}
        if row.kind == RegistrantKind.COMMUNITY:
            text = _("%(place)s không còn từ ngày %(day)s, nên cộng đồng của nơi này không mở lại được.")
        else:
            text = _("%(place)s không còn từ ngày %(day)s. Hãy thêm “%(name)s” vào khu phố, thôn hiện nay.")
        raise RegisterError(text % ended)
    last = row.stays.order_by("-since", "-id").first()
    undone = bool(last and last.until == row.closed_on and last.until.year == today.year and place == row.place)
    back = [row]
    if row.kind in HOSTS:
        again = Citizen.objects.filter(active=True).exclude(id_hash="").values("id_hash")
        people = who_left_with(people_of(row), row.close_reason, row.closed_on)
        back += people.exclude(citizen__id_hash__in=again)
    keys = [one.pk for one in back]
    if undone:
        newest = Stay.objects.filter(registrant__in=keys).order_by("registrant", "-since", "-id").distinct("registrant")
        Stay.objects.filter(pk__in=newest.values("pk")).update(until=None)
    else:
        Stay.objects.bulk_create(Stay(registrant=one, kind=one.kind, since=today, **place.fact_ids) for one in back)
    Registrant.objects.filter(pk__in=keys).update(closed_on=None, close_reason="", **place.fact_ids)
    row.closed_on, row.close_reason = None, ""
    return row


def _places_to_stand(registrant: Registrant) -> list[Place]:
    """Where a closed registrant may stand when it is opened again: its place, and that of whoever counts it now."""
    places = {registrant.place}
    if registrant.kind == RegistrantKind.CITIZEN:
        hosts = Citizen.objects.filter(pk=registrant.pk).values_list("household", "organisation")
        rows = Registrant.objects.filter(pk__in=[pk for pair in hosts for pk in pair if pk])
        places |= {row.place for row in rows.select_related("hamlet", "commune")}
    return sorted(places, key=lambda place: place.pk)


def _host_of(registrant: Registrant) -> Registrant | None:
    """Where a closed citizen would be counted again; None for other kinds.

    Raises RegisterError when that place is closed, or when the ID number stands in the register again.
    """
    if registrant.kind != RegistrantKind.CITIZEN:
        return None
    profile = Citizen.objects.select_related("household__registrant", "organisation__registrant").get(pk=registrant.pk)
    host = (profile.household or profile.organisation).registrant
    if not host.is_open:
        raise RegisterError(
            _("“%(host)s”, nơi tính người này, đã ra khỏi sổ. Hãy mở lại nơi đó, hoặc thêm người này ở nơi khác.")
            % {"host": host.name}
        )
    same = Citizen.objects.filter(active=True, id_hash=profile.id_hash).select_related("registrant__commune")
    there = same.first() if profile.id_hash else None
    if there:
        raise RegisterError(
            _("Người này nay đã có trong sổ của %(place)s, nên không mở lại ở đây.")
            % {"place": there.registrant.commune}
        )
    return host
