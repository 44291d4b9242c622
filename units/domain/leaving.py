"""Registrants a list does not name leave the register together, all or none, and come back together."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.moments import moment
from units import rules
from units.domain.close_reasons import check_places_gone, reasons_for
from units.domain.closing import people_leave, who_left_with
from units.domain.errors import NotAllowed, RegisterError
from units.domain.places_held import hold_wards_of
from units.domain.registrants import HOSTS, day_text
from units.models import Citizen, ImportBatch, Place, Registrant, Stay, User

NAMED = 5
_STALE = gettext_lazy("Có đối tượng vừa ra khỏi sổ hoặc không còn ở đây. Hãy tải lại trang; chưa có gì thay đổi.")


@transaction.atomic
def take_out(
    *, actor: User | None, batch: ImportBatch, chosen: Collection[int], reason: str, closed_on: datetime.date
) -> list[Registrant]:
    """Take registrants of a list's kind out of the register from a day on, all of them or none; the citizens counted
    at them leave with them. The list remembers it. A number of statements that does not depend on how many.

    Raises NotAllowed, RegisterError.
    """
    if reason not in reasons_for(batch.kind):
        raise RegisterError(_("Hãy chọn lý do đưa ra khỏi sổ."), field="reason")
    if closed_on > timezone.localdate():
        raise RegisterError(_("Ngày ra khỏi sổ không được sau hôm nay."), field="closed_on")
    kept = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    wanted = set(chosen)
    hold_wards_of(wanted)
    rows = Registrant.objects.filter(kind=kept.kind, pk__in=wanted).open()
    list(rows.select_for_update().order_by("pk"))
    found = list(rows.select_related("hamlet", "commune").order_by("pk"))
    if not found or len(found) < len(wanted):
        raise RegisterError(_STALE)
    _check_keeper(actor, found)
    check_places_gone(found, reason, closed_on)
    stays = dict(Stay.objects.filter(registrant__in=wanted, until__isnull=True).values_list("registrant", "since"))
    late = [row for row in found if stays.get(row.pk, row.opened_on) > closed_on]
    if late:
        text = _("Ngày ra khỏi sổ không được trước ngày vào sổ: %(named)s.")
        told = _few(f"{row.name} ({day_text(stays.get(row.pk, row.opened_on))})" for row in late)
        raise RegisterError(text % {"named": told}, field="closed_on")
    people = []
    if kept.kind in HOSTS:
        inside = Registrant.objects.filter(**{f"citizen__{kept.kind.lower()}__in": wanted}).open()
        people = list(inside.order_by("pk").values_list("pk", flat=True))
    Registrant.objects.filter(pk__in=wanted).update(closed_on=closed_on, close_reason=reason)
    Stay.objects.filter(registrant__in=wanted, until__isnull=True).update(until=closed_on)
    people_leave(people, reason, closed_on)
    kept.taken_out.append(
        {
            "keys": sorted(wanted),
            "people": people,
            "reason": reason,
            "closed_on": closed_on.isoformat(),
            "by": actor.full_name if actor else _("Dòng lệnh"),
            "at": timezone.now().isoformat(),
        }
    )
    kept.save(update_fields=["taken_out"])
    return found


@transaction.atomic
def bring_back(
    *, actor: User | None, batch: ImportBatch, position: int, today: datetime.date | None = None
) -> list[Registrant]:
    """Undo one taking out: whoever is still out as it left them comes back, as `reopen_registrant` brings one back.

    Out since this year: as if they had never left. Since an earlier year: counted again from today. Citizens entered
    elsewhere meanwhile stay out. All or none; returns them without the citizens. Raises NotAllowed, RegisterError.
    """
    today = today or timezone.localdate()
    # What was taken out once stays said. The places before the list, as whoever undoes the list comes to them.
    said = ImportBatch.objects.values_list("taken_out", flat=True).get(pk=batch.pk)
    keys = (
        [pk for one in said[position : position + 1] for pk in (*one["keys"], *one["people"])] if position >= 0 else []
    )
    there = _places_held(keys)
    kept = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if not 0 <= position < len(kept.taken_out):
        raise RegisterError(_("Danh sách này không có lần đưa ra khỏi sổ đó. Hãy tải lại trang; chưa có gì thay đổi."))
    done = kept.taken_out[position]
    if "back_at" in done:
        raise RegisterError(
            _("Lần đưa ra khỏi sổ này đã được %(by)s hoàn tác lúc %(at)s, không cần làm lại.")
            % {"by": done["back_by"], "at": moment(datetime.datetime.fromisoformat(done["back_at"]))}
        )
    day = datetime.date.fromisoformat(done["closed_on"])
    every = Registrant.objects.filter(pk__in=keys)
    list(every.select_for_update().order_by("pk"))
    rows = list(who_left_with(every, done["reason"], day).order_by("pk"))
    own = set(done["keys"])
    back = [row for row in rows if row.pk in own]
    if not back:
        raise RegisterError(_("Không còn ai để đưa trở lại: những đối tượng này đã được mở lại hoặc sửa sau đó."))
    _check_keeper(actor, back)
    rows = _countable(rows, own)
    places = {row.pk: row.hamlet_id or row.commune_id for row in rows}
    if not there.keys() >= set(places.values()):  # who counts them moved in this very moment
        raise RegisterError(_STALE)
    ended = {place.pk: place for place in there.values() if not place.existed_on(today)}
    gone = [row for row in back if places[row.pk] in ended]
    if gone:
        text = _("Không đưa trở lại được vì khu phố, thôn không còn: %(named)s. Hãy mở lại từng đối tượng khác.")
        raise RegisterError(text % {"named": _few(f"{one.name} ({ended[places[one.pk]].name})" for one in gone)})
    _reopen(rows, today)
    done |= {"back_at": timezone.now().isoformat(), "back_by": actor.full_name if actor else _("Dòng lệnh")}
    kept.save(update_fields=["taken_out"])
    return back


def _places_held(keys: list[int]) -> dict[int, Place]:
    """Where registrants, and whoever counts them, stand; locked before they are, as everybody locks them."""
    profiles = Citizen.objects.filter(pk__in=keys).values_list("household", "organisation")
    everybody = {*keys, *(host for pair in profiles for host in pair if host)}
    hold_wards_of(everybody)
    stand = Registrant.objects.filter(pk__in=everybody).values_list("hamlet", "commune")
    rows = Place.objects.select_for_update(no_key=True).filter(pk__in={hamlet or ward for hamlet, ward in stand})
    return {place.pk: place for place in rows.order_by("pk")}


def _countable(rows: list[Registrant], own: set[int]) -> list[Registrant]:
    """Without citizens counted elsewhere meanwhile. Raises RegisterError where such a one was taken out by name, or
    where the household or organisation that counted them is out."""
    profiles = Citizen.objects.select_related("household__registrant", "organisation__registrant")
    people = profiles.in_bulk([row.pk for row in rows])
    hashes = {one.id_hash for one in people.values() if one.id_hash}
    again = set(Citizen.objects.filter(active=True, id_hash__in=hashes).values_list("id_hash", flat=True))
    hosts = {pk: (one.household or one.organisation).registrant for pk, one in people.items()}
    again = {pk for pk, one in people.items() if one.id_hash in again}
    homeless = [row for row in rows if row.pk in own and row.pk in hosts and not hosts[row.pk].is_open]
    if homeless:
        text = _("Không đưa trở lại được vì nơi tính đã ra khỏi sổ: %(named)s.")
        raise RegisterError(text % {"named": _few(f"{row.name} ({hosts[row.pk].name})" for row in homeless)})
    twice = [row for row in rows if row.pk in own & again]
    if twice:
        text = _("Không đưa trở lại được vì nay đã có trong sổ ở nơi khác: %(named)s.")
        raise RegisterError(text % {"named": _few(row.name for row in twice)})
    for row in rows:
        if row.pk in own and row.pk in hosts:  # a household may have moved while its citizen was out
            host = hosts[row.pk]
            row.hamlet_id, row.commune_id = host.hamlet_id, host.commune_id
            row.district_id, row.province_id = host.district_id, host.province_id
    # Citizens who left with somebody come back with them, not without.
    back = own & {row.pk for row in rows}
    return [row for row in rows if row.pk not in again and (row.pk in own or hosts[row.pk].pk in back)]


def _reopen(rows: list[Registrant], today: datetime.date) -> None:
    keys = [row.pk for row in rows]
    newest = Stay.objects.filter(registrant__in=keys).order_by("registrant", "-since", "-id").distinct("registrant")
    last = {stay.registrant_id: stay for stay in newest}
    undone, fresh = [], []
    for row in rows:
        stay = last.get(row.pk)
        same = stay and (stay.hamlet_id, stay.commune_id) == (row.hamlet_id, row.commune_id)
        if same and stay.until == row.closed_on and stay.until.year == today.year:
            undone.append(stay.pk)
        else:
            fresh.append(row)
    Stay.objects.filter(pk__in=undone).update(until=None)
    Stay.objects.bulk_create(
        Stay(
            registrant=row,
            kind=row.kind,
            since=today,
            hamlet_id=row.hamlet_id,
            commune_id=row.commune_id,
            district_id=row.district_id,
            province_id=row.province_id,
        )
        for row in fresh
    )
    for row in rows:
        row.closed_on, row.close_reason = None, ""
    columns = ["closed_on", "close_reason", "hamlet", "commune", "district", "province"]
    Registrant.objects.bulk_update(rows, columns, batch_size=2000)


def _check_keeper(actor: User | None, rows: list[Registrant]) -> None:
    if actor is not None and not all(rules.may_correct(actor, row) for row in rows):
        raise NotAllowed(_("Có đối tượng ngoài địa bàn bạn giữ sổ; chưa có gì thay đổi."))


def _few(names) -> str:
    names = list(names)
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
