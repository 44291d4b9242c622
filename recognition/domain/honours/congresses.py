"""Congresses and honours conferences: seats shared out, delegates named within them, suggestions from what is known."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.language import in_official_language
from portal.lib.text import clean, fold
from recognition.choices import LearningModel
from recognition.domain.association import officers_of
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.extents import child_level, extent_of
from recognition.domain.honours.forms import may_keep_lists
from recognition.domain.tallies import figures_by_place
from recognition.domain.twice import refuse_second
from recognition.honour_choices import CommendationState, DelegateKind, Honouree
from recognition.models import Commendation, Congress, CongressQuota, Delegate
from units.choices import Level, RegistrantKind, Role
from units.models import Place, Posting, User
from units.rules import role_scope

MOST_SUGGESTED = 60


@dataclass(frozen=True)
class Suggestion:
    """Somebody who could be sent, and why."""

    name: str
    position: str
    basis: str
    kind: str
    commendation: Commendation | None = None
    user: User | None = None


def may_organise(user: User, place: Place) -> bool:
    """May the person prepare congresses of `place`?"""
    return may_keep_lists(user, place)


def may_name(user: User, congress: Congress, place: Place) -> bool:
    """May the person name delegates of `place`? The organiser, and the place's own association or branch."""
    if may_organise(user, congress.place):
        return True
    if place.level == Level.HAMLET:
        return place.pk in role_scope(user, (Role.HAMLET_OFFICER,)).places.get(Level.HAMLET, ())
    return may_keep_lists(user, place)


def sending_places(congress: Congress) -> list[Place]:
    """The places that can send delegates: the organiser, and every place of the level below that day. One query."""
    level = child_level(congress.place)
    below = Q(level=level, **{congress.place.fact_column: congress.place_id}) if level else Q(pk__in=[])
    rows = Place.objects.on(congress.held_on).filter(below | Q(pk=congress.place_id))
    return sorted(rows, key=lambda one: (one.pk != congress.place_id, one.sort_key, one.pk))


@transaction.atomic
def save_congress(*, actor: User, congress: Congress) -> Congress:
    """Enter or correct a congress. Raises NotPermitted, RecognitionError."""
    if not may_organise(actor, congress.place):
        raise NotPermitted(
            _("Bạn không được phân công chuẩn bị đại hội, hội nghị của %(place)s.") % {"place": congress.place.name}
        )
    congress.title, congress.venue = clean(congress.title), clean(congress.venue)
    congress.created_by_name = congress.created_by_name or actor.full_name
    try:
        congress.full_clean()
    except ValidationError as error:
        raise RecognitionError(next(iter(error.messages))) from error
    same = {name: getattr(congress, name) for name in ("place", "kind", "held_on", "title", "venue")}
    refuse_second(
        Congress.objects.filter(**same).exclude(pk=congress.pk),
        _("Đại hội, hội nghị này đã có trong danh sách: cùng ngày, cùng tên, cùng địa điểm."),
        place=congress.place,
    )
    congress.save()
    return congress


def share_out(weights: Mapping[int, int], seats: int) -> dict[int, int]:
    """Seats in proportion to weights by largest remainders (Hamilton); ties go to the heavier, then to the first."""
    whole = sum(weights.values())
    if not whole or seats < 1:
        return dict.fromkeys(weights, 0)
    shares = {key: divmod(weight * seats, whole) for key, weight in weights.items()}
    found = {key: one[0] for key, one in shares.items()}
    order = sorted(weights, key=lambda key: (-shares[key][1], -weights[key], list(weights).index(key)))
    for key in order[: seats - sum(found.values())]:
        found[key] += 1
    return found


def suggested_seats(congress: Congress, seats: int) -> dict[int, int]:
    """A sharing-out by families recognised in the last year of the congress's period: place id → seats."""
    below = [one.pk for one in sending_places(congress) if one.pk != congress.place_id]
    if not below:
        return {}
    figures = figures_by_place(child_level(congress.place), below, congress.year_to, LearningModel.FAMILY)
    return share_out({pk: figures[pk].recognised for pk in below}, seats)


@transaction.atomic
def set_quotas(*, actor: User, congress: Congress, seats: Mapping[tuple[int, str], int]) -> int:
    """Write how many delegates of a kind each place sends: (place id, kind) → seats. Returns how many were written.

    Raises NotPermitted; RecognitionError for a place that cannot send, and for fewer seats than delegates named.
    """
    if not may_organise(actor, congress.place):
        raise NotPermitted(
            _("Bạn không được phân công chuẩn bị đại hội, hội nghị của %(place)s.") % {"place": congress.place.name}
        )
    Congress.objects.select_for_update().get(pk=congress.pk)
    places = {one.pk: one for one in sending_places(congress)}
    named = {
        (row["place_id"], row["kind"]): row["n"]
        for row in _active(congress).values("place_id", "kind").annotate(n=Count("pk")).order_by()
    }
    rows = []
    for (pk, kind), count in seats.items():
        if pk not in places or kind not in DelegateKind.values:
            raise RecognitionError(_("Có đơn vị không thuộc nơi tổ chức."))
        if not 0 <= count <= 2000:
            raise RecognitionError(_("Số đại biểu phải từ 0 đến 2.000."))
        if count < named.get((pk, kind), 0):
            raise RecognitionError(
                _("%(place)s đã cử %(named)d %(kind)s, không giảm xuống %(seats)d được.")
                % {
                    "place": places[pk].name,
                    "named": named[pk, kind],
                    "kind": DelegateKind(kind).label.lower(),
                    "seats": count,
                }
            )
        rows.append(CongressQuota(congress=congress, place_id=pk, kind=kind, seats=count))
    CongressQuota.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["congress", "place", "kind"], update_fields=["seats"]
    )
    return len(rows)


def _active(congress: Congress):
    return Delegate.objects.filter(congress=congress, removed_reason="")


def delegates_of(congress: Congress):
    """Delegates in force, in the order of the printed list."""
    return _active(congress).select_related("place").order_by("place__sort_key", "place_id", "kind", "pk")


@transaction.atomic
def add_delegate(
    *,
    actor: User,
    congress: Congress,
    place: Place,
    kind: str,
    name: str,
    position: str = "",
    basis: str = "",
    commendation: Commendation | None = None,
    user: User | None = None,
) -> Delegate:
    """Name a delegate while a seat is free. Two people at once get the last seat once.

    Raises NotPermitted; RecognitionError without a seat, after the day, or for somebody already named.
    """
    if not may_name(actor, congress, place):
        raise NotPermitted(_("Bạn không được phân công cử đại biểu của %(place)s.") % {"place": place.name})
    if congress.held_on < timezone.localdate() - datetime.timedelta(days=31):
        raise RecognitionError(_("Đại hội, hội nghị đã qua hơn một tháng nên không cử thêm được."))
    quota = CongressQuota.objects.select_for_update().filter(congress=congress, place=place, kind=kind).first()
    label = DelegateKind(kind).label.lower() if kind in DelegateKind.values else kind
    taken = _active(congress).filter(place=place, kind=kind).count()
    if quota is None or taken >= quota.seats:
        raise RecognitionError(
            _("%(place)s được phân bổ %(seats)d %(kind)s và đã cử đủ.")
            % {"place": place.name, "seats": quota.seats if quota else 0, "kind": label}
        )
    row = Delegate(
        congress=congress,
        place=place,
        kind=kind,
        name=clean(name)[:150],
        search_name=fold(clean(name))[:150],
        position=clean(position)[:200],
        basis=clean(basis)[:300],
        commendation=commendation,
        user=user,
        created_by_name=actor.full_name,
    )
    try:
        row.full_clean()
    except ValidationError as error:
        raise RecognitionError(next(iter(error.messages))) from error
    row.save()
    return row


@transaction.atomic
def remove_delegate(*, actor: User, delegate: Delegate, reason: str) -> Delegate:
    """Take a delegate off; the seat is free again, the record stays. Raises NotPermitted, RecognitionError."""
    row = (
        Delegate.objects.select_for_update(of=("self",)).select_related("congress__place", "place").get(pk=delegate.pk)
    )
    if not may_name(actor, row.congress, row.place):
        raise NotPermitted(_("Bạn không được phân công cử đại biểu của %(place)s.") % {"place": row.place.name})
    if row.removed_reason:
        raise RecognitionError(_("Đại biểu này đã thôi được cử từ trước."))
    row.removed_reason = clean(reason)[:300]
    if not row.removed_reason:
        raise RecognitionError(_("Hãy ghi lý do thôi cử."))
    row.save(update_fields=["removed_reason"])
    return row


def _represents(one: Commendation) -> str:
    """In which quality somebody commended would come: by position, for a family, or for a collective."""
    if one.registrant_id and one.registrant.kind == RegistrantKind.HOUSEHOLD:
        return _("Đại diện gia đình được khen")
    return one.position if one.honouree == Honouree.INDIVIDUAL else _("Đại diện tập thể được khen")


@in_official_language
def suggestions(congress: Congress, place: Place) -> list[Suggestion]:
    """Who could go for `place`: commended in the period, then officers of the association. Not those named already."""
    named = Delegate.objects.filter(congress=congress, removed_reason="", commendation=OuterRef("pk"))
    given = (
        Commendation.objects.filter(
            ~Exists(named),
            state=CommendationState.GIVEN,
            roll__decision__number_year__range=(congress.year_from, congress.held_on.year),
            **{f"{place.fact_column}__in": extent_of(place, congress.year_to).ids},
        )
        .select_related("roll__form", "roll__decision", "registrant")
        .order_by("-roll__decision__number_year", "honouree", "book_number")[:MOST_SUGGESTED]
    )
    found = [
        Suggestion(
            one.name,
            _represents(one),
            f"{one.roll.form.name}, {one.roll.decision} ({one.roll.decision.number_year})",
            DelegateKind.HONOURED,
            commendation=one,
        )
        for one in given
    ]
    officers = officers_of(place).exclude(pk__in=_active(congress).filter(user__isnull=False).values("user_id"))
    roles: dict[int, str] = {}
    for posting in Posting.objects.in_force().filter(user__in=officers).select_related("place").order_by("pk"):
        roles.setdefault(posting.user_id, f"{posting.get_role_display()}, {posting.place}")
    for one in officers.order_by("full_name", "pk")[:MOST_SUGGESTED]:
        found.append(
            Suggestion(one.full_name, roles.get(one.pk, ""), _("Cán bộ của Hội"), DelegateKind.OFFICIAL, user=one)
        )
    return found
