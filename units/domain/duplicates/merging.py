"""Make two registrants one, choosing field by field, and take it back exactly while nothing was built on it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import pghistory
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.language import official_language
from portal.lib.numbers import number
from units import rules
from units.choices import CloseReason, RegistrantKind
from units.domain import citizens, clans, closing, organisations, register, registrants
from units.domain.duplicates import hooks
from units.domain.errors import ChangedMeanwhile, NotAllowed, RegisterError
from units.domain.lives import stand_elsewhere
from units.domain.places_held import hold_wards_of
from units.domain.registrants import Book, check_may_correct, day_text, people_of
from units.models import Citizen, ClanMembership, Place, Registrant, RegistrantMerge, Stay, User

BOOKS: dict[str, Book] = {book.kind: book for book in (register.BOOK, citizens.BOOK, clans.BOOK, organisations.BOOK)}
# Values that go together: the other one's digits belong to its hash.
TOGETHER = {"id_last4": ("id_hash", "id_last4")}


def fields_of(kind: str) -> list[str]:
    """Fields a person chooses between, as forms show them: the keyed hash goes with its four digits."""
    return ["name", *(one for one in BOOKS[kind].fields if one != "id_hash"), "note"]


def values_of(registrant: Registrant) -> dict:
    """What a registrant holds by field, the place aside."""
    book = BOOKS[registrant.kind]
    profile = book.profile.objects.get(pk=registrant.pk)
    found = {name: getattr(profile, name) for name in book.fields}
    return {"name": registrant.name, "note": registrant.note} | found


def version_of(first: Registrant, second: Registrant) -> str:
    """What both stand at; read it before the page that is drawn from them."""
    book = BOOKS[first.kind]
    return "+".join(book.version(pk) for pk in sorted((first.pk, second.pk)))


@transaction.atomic
def merge_duplicates(
    *,
    actor: User | None,
    kept: Registrant,
    other: Registrant,
    take: Mapping[str, bool] | None = None,
    withdraw: bool = False,
    version: str = "",
    on: datetime.date | None = None,
) -> RegistrantMerge:
    """`other` turns out to be `kept` entered twice: it leaves the register today, what belongs to it goes to `kept`.

    `take`: fields whose value comes from `other`. Citizens counted at it and families of a clan go along; its awards
    and the years it was counted stay as they are. An open dossier of `other` is refused by name, or withdrawn first
    when `withdraw` says so. Raises NotAllowed, RegisterError, ChangedMeanwhile.
    """
    on = on or timezone.localdate()
    kept, other, book = _both(actor, kept, other)
    if version and version != version_of(kept, other):
        raise ChangedMeanwhile(
            _("Người khác vừa sửa một trong hai, nên chưa gộp. Hãy xem lại rồi làm lại."), differences=[], version=""
        )
    withdrawn = _dossiers_out_of_the_way(actor, kept, other, withdraw=withdraw)
    mine, theirs = values_of(kept), values_of(other)
    chosen = {
        name: theirs[name]
        for shown, wanted in (take or {}).items()
        if wanted and shown in fields_of(kept.kind)
        for name in TOGETHER.get(shown, (shown,))
    }
    merge = RegistrantMerge(
        kind=kept.kind,
        kept=kept,
        other=other,
        done_on=on,
        actor=actor,
        actor_name=actor.full_name if actor else _("Dòng lệnh"),
        before=mine,
        after=mine | chosen,
        withdrawn=withdrawn,
    )
    with official_language():  # kept in the history
        note = _("Gộp hai lần nhập trùng: “%(other)s” gộp vào “%(kept)s”") % {"other": other.name, "kept": kept.name}
    with pghistory.context(note=note):
        _move_people(merge, on)
        _move_memberships(merge, on)
        for hook in hooks.carry_over:
            merge.memberships |= hook(merge, on)
        open_stay = list(Stay.objects.filter(registrant=other, until__isnull=True).values_list("pk", flat=True))
        closing.close_registrant(actor=actor, registrant=other, reason=CloseReason.DUPLICATE, closed_on=on)
        merge.stays["other"] = open_stay
        if chosen:  # after the closing: an ID number stands once among the open ones
            registrants.correct(actor=actor, book=book, registrant=kept, **chosen)
        merge.save()
    return merge


def _both(actor: User | None, kept: Registrant, other: Registrant) -> tuple[Registrant, Registrant, Book]:
    """Both rows locked in one order, checked to be mergeable by this person."""
    if kept.pk == other.pk or kept.kind != other.kind or kept.kind not in BOOKS:
        raise RegisterError(_("Hãy chọn hai đối tượng khác nhau, cùng loại."))
    book = BOOKS[kept.kind]
    # Profiles first, registrants after, as the verbs of a household's life do: nobody waits in a ring.
    # Locked first and read with their places afterwards: see registrants.locked.
    keys = (kept.pk, other.pk)
    hold_wards_of(keys)
    list(book.profile.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    list(Registrant.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    rows = Registrant.objects.select_related("hamlet", "commune").in_bulk(keys)
    kept, other = rows[kept.pk], rows[other.pk]
    for row in (kept, other):
        check_may_correct(actor=actor, registrant=row)
    for row in (kept, other):
        if not row.is_open:
            raise RegisterError(
                _("“%(name)s” đã ra khỏi sổ ngày %(day)s.") % {"name": row.name, "day": day_text(row.closed_on)}
            )
    if kept.commune_id != other.commune_id:
        raise RegisterError(_("Chỉ gộp được hai đối tượng của cùng một phường, xã."))
    return kept, other, book


def _dossiers_out_of_the_way(actor: User | None, kept: Registrant, other: Registrant, *, withdraw: bool) -> int:
    """Open dossiers of the one that goes: withdrawn when asked, otherwise refused by name."""
    found = hooks.dossiers_of(other)
    if not found:
        return 0
    if not withdraw:
        raise RegisterError(
            _(
                "“%(other)s” còn hồ sơ đang làm: %(dossiers)s. Hãy rút hồ sơ đó trước, đánh dấu “Rút hồ sơ đang làm”,"
                " hoặc giữ lại “%(other)s” thay cho “%(kept)s”."
            )
            % {"other": other.name, "kept": kept.name, "dossiers": "; ".join(found)},
            field="withdraw",
        )
    if actor is None:
        raise RegisterError(_("Rút hồ sơ phải do cán bộ có tài khoản thực hiện."), field="withdraw")
    with official_language():  # kept in the history
        reason = _("Nhập trùng, đã gộp vào “%(name)s”") % {"name": kept.name[:100]}
    return sum(hook(actor=actor, registrant=other, reason=reason) for hook in hooks.withdraw_open)


def _side(kind: str) -> str:
    return "household" if kind == RegistrantKind.HOUSEHOLD else "organisation"


def _move_people(merge: RegistrantMerge, on: datetime.date) -> None:
    """Citizens counted at the other household or organisation are counted at the kept one, where it stands."""
    kept, other = merge.kept, merge.other
    keys = sorted(people_of(other).filter(closed_on__isnull=True).values_list("pk", flat=True))
    if not keys:
        return
    # Locked, so none can leave between being counted and being moved.
    list(Registrant.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    Citizen.objects.filter(pk__in=keys).update(**{_side(kept.kind): kept.pk})
    merge.people = keys
    if kept.place != other.place:
        open_stays = Stay.objects.filter(registrant__in=keys, until__isnull=True)
        merge.stays["people_closed"] = sorted(open_stays.values_list("pk", flat=True))
        stand_elsewhere(keys, kept.place, on)
        merge.stays["people_opened"] = sorted(open_stays.all().values_list("pk", flat=True))


def _move_memberships(merge: RegistrantMerge, on: datetime.date) -> None:
    """Families of a merged clan, and the clan of a merged household: they end on one side and begin on the other."""
    kept, other = merge.kept, merge.other
    if other.kind == RegistrantKind.CLAN:
        mine = {"clan": other.pk}
        moved = {"clan_id": kept.pk}
    elif other.kind == RegistrantKind.HOUSEHOLD:
        mine = {"household": other.pk}
        moved = {"household_id": kept.pk}
    else:
        return
    rows = list(ClanMembership.objects.select_for_update().filter(**mine, until__isnull=True).order_by("pk"))
    if not rows:
        return
    has_clan = ClanMembership.objects.filter(household=kept.pk, until__isnull=True).exists()
    for row in rows:
        row.until = max(row.since, on)
    ClanMembership.objects.bulk_update(rows, ["until"])
    made = []
    if other.kind == RegistrantKind.CLAN or not has_clan:
        keys = [{"clan_id": row.clan_id, "household_id": row.household_id} | moved for row in rows]
        made = ClanMembership.objects.bulk_create(ClanMembership(since=on, **key) for key in keys)
    merge.memberships = {"ended": [row.pk for row in rows], "made": [row.pk for row in made]}


# --- Undo


def may_undo(actor: User, merge: RegistrantMerge) -> bool:
    """Whoever keeps the register both stand in may take a merge back."""
    return rules.may_correct(actor, merge.kept) and rules.may_correct(actor, merge.other)


def standing_in_the_way(merge: RegistrantMerge) -> str:
    """Why a merge cannot be undone any more, as a sentence; empty when it can."""
    if merge.undone_at:
        return _("Việc gộp này đã được hoàn tác.")
    kept, other = merge.kept, merge.other
    if not kept.is_open:
        return _("Không hoàn tác được: “%(name)s” đã ra khỏi sổ sau khi gộp.") % {"name": kept.name}
    if other.closed_on != merge.done_on or other.close_reason != CloseReason.DUPLICATE:
        return _("Không hoàn tác được: “%(name)s” đã được mở lại hoặc thay đổi sau khi gộp.") % {"name": other.name}
    if values_of(kept) != merge.after:
        return _("Không hoàn tác được: “%(name)s” đã được sửa sau khi gộp.") % {"name": kept.name}
    if not other.place.existed_on(timezone.localdate()):
        return _("Không hoàn tác được: %(place)s không còn.") % {"place": other.place.name}
    pair = (kept.pk, other.pk)
    later = RegistrantMerge.objects.filter(Q(kept__in=pair) | Q(other__in=pair), pk__gt=merge.pk)
    if later.filter(undone_at__isnull=True).exists():
        return _("Không hoàn tác được: có lần gộp khác sau đó. Hãy hoàn tác lần gộp đó trước.")
    still = people_of(kept).filter(pk__in=merge.people, closed_on__isnull=True)
    opened = merge.stays.get("people_opened")
    moved_on = len(merge.people) - still.count()
    if not moved_on and opened is not None:
        moved_on = len(opened) - Stay.objects.filter(pk__in=opened, until__isnull=True).count()
    elif not moved_on:  # they stood together with the one they came from, and must still
        there = Stay.objects.filter(registrant__in=merge.people, until__isnull=True, **other.place.fact_ids)
        moved_on = len(merge.people) - there.count()
    made, ended = merge.memberships.get("made", []), merge.memberships.get("ended", [])
    left = len(made) - ClanMembership.objects.filter(pk__in=made, until__isnull=True).count()
    clanned = 0
    if not left and ended:
        households = ClanMembership.objects.filter(pk__in=ended).values("household")
        again = ClanMembership.objects.filter(household__in=households, until__isnull=True)
        clanned = again.exclude(pk__in=made).count()
    counted = (
        (_("%(count)s công dân đã chuyển đi hoặc ra khỏi sổ sau đó"), moved_on),
        (_("%(count)s gia đình đã đổi dòng họ sau đó"), left + clanned),
        (_("%(count)s xác nhận người của đơn vị đã đổi sau đó"), sum(hook(merge) for hook in hooks.changed_since)),
        (_("%(count)s hồ sơ đăng ký đã lập sau đó"), sum(hook(merge) for hook in hooks.built_on)),
    )
    faults = [text % {"count": number(count)} for text, count in counted if count]
    return _("Không hoàn tác được: có %(what)s.") % {"what": "; ".join(faults)} if faults else ""


@transaction.atomic
def undo_merge(*, actor: User | None, merge: RegistrantMerge) -> RegistrantMerge:
    """Both registrants as they were before: values, citizens, families, stays. Withdrawn dossiers stay withdrawn.

    Raises NotAllowed; RegisterError with the reason once something was built on it.
    """
    keys = (merge.kept_id, merge.other_id)
    hold_wards_of(keys)
    list(BOOKS[merge.kind].profile.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    list(Registrant.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    merge = (
        RegistrantMerge.objects.select_for_update(of=("self",))
        .select_related("kept__hamlet", "kept__commune", "other__hamlet", "other__commune")
        .get(pk=merge.pk)
    )
    if actor is not None and not may_undo(actor, merge):
        raise NotAllowed(_("Bạn không giữ sổ của địa bàn này."))
    list(Registrant.objects.select_for_update().filter(pk__in=merge.people).order_by("pk"))
    reason = standing_in_the_way(merge)
    if reason:
        raise RegisterError(reason)
    kept, other = merge.kept, merge.other
    with official_language():  # kept in the history
        note = _("Hoàn tác việc gộp “%(other)s” vào “%(kept)s”") % {"other": other.name, "kept": kept.name}
    with pghistory.context(note=note):
        changed = {name: value for name, value in merge.before.items() if merge.after[name] != value}
        if changed:
            registrants.correct(actor=actor, book=BOOKS[merge.kind], registrant=kept, **changed)
        Registrant.objects.filter(pk=other.pk).update(closed_on=None, close_reason="")
        _stays_again(merge.stays.get("other", []))
        if merge.people:
            Citizen.objects.filter(pk__in=merge.people).update(**{_side(merge.kind): other.pk})
            if "people_opened" in merge.stays:
                _people_back(merge, other.place)
        ClanMembership.objects.filter(pk__in=merge.memberships.get("made", [])).delete()
        ClanMembership.objects.filter(pk__in=merge.memberships.get("ended", [])).update(until=None)
        for hook in hooks.give_back:
            hook(merge)
        merge.undone_at = timezone.now()
        merge.undone_by_name = actor.full_name if actor else _("Dòng lệnh")
        merge.save(update_fields=["undone_at", "undone_by_name"])
    return merge


def _stays_again(keys: list[int]) -> None:
    Stay.objects.filter(pk__in=keys).update(until=None)


def _people_back(merge: RegistrantMerge, place: Place) -> None:
    Stay.objects.filter(pk__in=merge.stays["people_opened"]).delete()
    _stays_again(merge.stays["people_closed"])
    Registrant.objects.filter(pk__in=merge.people).update(**place.fact_ids)
