"""Verbs of the register of clans and of their families. What every kind shares stands in registrants.py."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from units.choices import Level, RegistrantKind
from units.domain.errors import RegisterError
from units.domain.places_held import hold_wards_of
from units.domain.registrants import Book, check_may_correct, day_text, same_name
from units.models import Clan, ClanMembership, Registrant, User

NAMED_AT_MOST = 5


def _check(registrant: Registrant, profile: Clan) -> None:
    if profile.committee_head and not profile.has_committee:
        raise RegisterError(_("Có trưởng ban thì dòng họ phải có ban khuyến học."), field="has_committee")


BOOK = Book(
    kind=RegistrantKind.CLAN,
    profile=Clan,
    fields=("hall_address", "has_committee", "committee_head", "phone", "fund"),
    noun=gettext_lazy("dòng họ"),
    name_label=gettext_lazy("tên dòng họ"),
    levels=(Level.COMMUNE, Level.HAMLET),
    wrong_level=gettext_lazy("Dòng họ phải thuộc một phường, xã hoặc một khu phố, thôn."),
    check=_check,
    alike=lambda registrant, profile: same_name(registrant),
)


def families_now(clan: Registrant):
    """Memberships that hold today, of households still in the register."""
    return ClanMembership.objects.filter(
        clan=clan.pk, until__isnull=True, household__registrant__closed_on__isnull=True
    )


@transaction.atomic
def add_families(
    *, actor: User | None, clan: Registrant, households: Collection[int], since: datetime.date
) -> list[ClanMembership]:
    """Take households into a clan from a day on; all of them or none.

    Households may live anywhere the person may read. One that is in this clan already is left as it is; one in another
    clan is refused by that clan's name. Raises NotAllowed, RegisterError.
    """
    hold_wards_of([clan.pk, *households])
    row = Registrant.objects.select_for_update(of=("self",)).get(pk=clan.pk)
    check_may_correct(actor=actor, registrant=row)
    if not row.is_open:
        raise RegisterError(_("“%(name)s” đã ra khỏi sổ. Hãy mở lại dòng họ trước.") % {"name": row.name})
    if since > timezone.localdate():
        raise RegisterError(_("Ngày vào dòng họ không được sau hôm nay."), field="since")
    seen = Registrant.objects.all() if actor is None else Registrant.objects.visible_to(actor)
    # Locked in one order, so two clans that ask for the same households wait for each other and never deadlock.
    found = list(seen.households().open().filter(pk__in=set(households)).select_for_update(of=("self",)).order_by("pk"))
    if len(found) < len(set(households)) or not found:
        raise RegisterError(_("Có hộ không còn trong sổ hoặc ngoài địa bàn của bạn. Hãy tìm và chọn lại."))
    release(one.pk for one in found)
    current = ClanMembership.objects.filter(household__in=[one.pk for one in found], until__isnull=True)
    clan_of = {one.household_id: one.clan for one in current.select_related("clan__registrant")}
    elsewhere = [(one.name, clan_of[one.pk]) for one in found if one.pk in clan_of and clan_of[one.pk].pk != row.pk]
    if elsewhere:
        raise RegisterError(_refusal(elsewhere))
    fresh = [one for one in found if one.pk not in clan_of]
    before = ClanMembership.objects.filter(household__in=[one.pk for one in fresh], until__gt=since)
    late = before.select_related("household__registrant", "clan__registrant").order_by("-until").first()
    if late:
        raise RegisterError(
            _("Hộ “%(name)s” còn thuộc %(clan)s đến ngày %(day)s. Hãy chọn ngày vào từ ngày đó trở đi.")
            % {"name": late.household, "clan": late.clan, "day": day_text(late.until)},
            field="since",
        )
    return ClanMembership.objects.bulk_create(
        ClanMembership(clan_id=row.pk, household_id=one.pk, since=since) for one in fresh
    )


def release(households: Iterable[int]) -> None:
    """Households of a clan that left the register are free for another: they left it with the clan at the latest."""
    held = ClanMembership.objects.filter(household__in=list(households), until__isnull=True)
    rows = list(held.filter(clan__registrant__closed_on__isnull=False).select_related("clan__registrant"))
    for one in rows:
        one.until = max(one.since, one.clan.registrant.closed_on)
    ClanMembership.objects.bulk_update(rows, ["until"], batch_size=2000)


def _refusal(elsewhere: list[tuple[str, Clan]]) -> str:
    named = ", ".join(
        _("“%(name)s” (%(clan)s)") % {"name": name, "clan": clan} for name, clan in elsewhere[:NAMED_AT_MOST]
    )
    more = len(elsewhere) - NAMED_AT_MOST
    if more > 0:
        named += " " + ngettext("và %(count)s hộ nữa", "và %(count)s hộ nữa", more) % {"count": more}
    return _("Mỗi hộ chỉ thuộc một dòng họ. Đang thuộc dòng họ khác: %(named)s. Hãy cho hộ rời dòng họ đó trước.") % {
        "named": named
    }


@transaction.atomic
def end_family(
    *, actor: User | None, clan: Registrant, household: int, until: datetime.date | None = None
) -> ClanMembership:
    """A household leaves a clan from `until` (today when None) on; what was stays known.

    Raises NotAllowed, RegisterError.
    """
    row = Registrant.objects.select_for_update(of=("self",)).get(pk=clan.pk)
    check_may_correct(actor=actor, registrant=row)
    member = (
        ClanMembership.objects.filter(Q(clan=row.pk, household=household, until__isnull=True))
        .select_related("household__registrant")
        .select_for_update(of=("self",))
        .first()
    )
    if member is None:
        raise RegisterError(_("Hộ này không còn trong dòng họ."))
    until = until or timezone.localdate()
    if until < member.since:
        raise RegisterError(
            _("Ngày rời dòng họ không được trước ngày vào (%(day)s).") % {"day": day_text(member.since)}, field="until"
        )
    if until > timezone.localdate():
        raise RegisterError(_("Ngày rời dòng họ không được sau hôm nay."), field="until")
    member.until = until
    member.save(update_fields=["until"])
    return member
