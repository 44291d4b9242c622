"""Taking one household of another ward into a clan. Whoever keeps the clan names it as a list of families does, by
hamlet and head, and reads no more of it than that (docs/decisions/0011)."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.text import clean, fold
from units.choices import RegistrantKind
from units.domain.clans import release
from units.domain.errors import RegisterError
from units.domain.importing.kinds import elsewhere
from units.domain.importing.kinds.spec import Line
from units.domain.places_held import hold_wards_of
from units.domain.registrants import check_may_correct, day_text
from units.models import ClanMembership, Place, Registrant, User


@transaction.atomic
def add_named_family(
    *, actor: User | None, clan: Registrant, hamlet: Place, head: str, since: datetime.date, address: str = ""
) -> ClanMembership:
    """Take the one household with this head in `hamlet`, anywhere, into a clan from a day on. One that is in the clan
    already stays as it is. Raises NotAllowed, RegisterError (none or several found, another clan, a wrong day)."""
    hold_wards_of([clan.pk], hamlet)
    row = Registrant.objects.select_for_update(of=("self",)).get(pk=clan.pk)
    check_may_correct(actor=actor, registrant=row)
    if not row.is_open:
        raise RegisterError(_("“%(name)s” đã ra khỏi sổ. Hãy mở lại dòng họ trước.") % {"name": row.name})
    if since > timezone.localdate():
        raise RegisterError(_("Ngày vào dòng họ không được sau hôm nay."), field="since")
    named = {"household": clean(head), "address": clean(address), "ward": hamlet.commune.name}
    line = Line("", 0, [], hamlet_id=hamlet.pk, values=named)
    there = Registrant.objects.filter(kind=RegistrantKind.HOUSEHOLD, hamlet=hamlet, search_name=fold(head)).open()
    homes = there.select_related("household").select_for_update(of=("self",)).order_by("pk")
    reason, home = elsewhere.household_of(line, list(homes))
    if home is None:
        raise RegisterError(reason, field="head")
    release([home.pk])
    stays = ClanMembership.objects.filter(household=home.pk).select_related("clan__registrant").order_by("-until")
    now = next((one for one in stays if one.until is None), None)
    if now and now.clan_id == row.pk:
        return now
    if now:  # whose family it is over there is not ours to know
        text = _("Hộ “%(name)s” đang thuộc một dòng họ khác. Hãy đề nghị %(ward)s cho hộ rời dòng họ đó trước.")
        raise RegisterError(text % {"name": home.name, "ward": named["ward"]}, field="head")
    last = next((one for one in stays if one.until > since), None)
    if last:
        other = last.clan if last.clan_id == row.pk else _("một dòng họ khác")
        text = _("Hộ “%(name)s” còn thuộc %(clan)s đến ngày %(day)s. Hãy chọn ngày vào từ ngày đó trở đi.")
        raise RegisterError(text % {"name": home.name, "clan": other, "day": day_text(last.until)}, field="since")
    return ClanMembership.objects.create(clan_id=row.pk, household_id=home.pk, since=since)
