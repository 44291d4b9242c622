"""Take a reform back exactly, while nothing was built on it."""

from __future__ import annotations

from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.numbers import number
from units import rules
from units.domain.errors import NotAllowed, RegisterError
from units.domain.places_held import lock_wards
from units.domain.reforms import hooks
from units.domain.reforms.applying import PLACE_COLUMNS
from units.domain.reforms.plans import check_no_import
from units.domain.reforms.renaming import day, give_back, postings_of
from units.models import ChangeKind, Place, PlaceChange, Posting, RegisterTally, Stay, Succession, User


def may_undo(actor: User, change: PlaceChange) -> bool:
    """Whoever may make such a change may take it back: every commune it reached is theirs."""
    reached = [row.place for row in change.to_communes.select_related("place")]
    if change.kind != ChangeKind.CARRY:
        reached.append(change.place)
    return bool(reached) and all(rules.may_manage_hamlets(actor, place) for place in reached)


def standing_in_the_way(change: PlaceChange) -> str:
    """Why a change cannot be undone any more, as a sentence; empty when it can."""
    if change.undone_at:
        return _("Việc này đã được hoàn tác.")
    created = [row["id"] for row in change.created]
    reached = Q(pk__in=created) | Q(pk__in=change.moves.values("to_place"))
    counted = (
        (_("%(count)s đối tượng đã chuyển đi, ra khỏi sổ hoặc trở lại sổ sau đó"), _moved_on(change)),
        (_("%(count)s công dân đã được tính ở hộ hoặc đơn vị khác sau đó"), _counted_elsewhere(change)),
        (_("%(count)s đối tượng mới vào sổ ở nơi mới"), _newcomers(change, created)),
        (_("%(count)s hồ sơ đăng ký đã lập ở nơi mới"), sum(hook(change) for hook in hooks.built_on)),
        (_("%(count)s hồ sơ đã được quyết định ở nơi mới"), sum(hook(change) for hook in hooks.decided_on)),
        (_("%(count)s lần sắp xếp sau đó ở nơi mới"), _later_successions(change, reached)),
        (_("%(count)s người được phân công ở nơi mới"), _posted_since(change, created)),
    )
    faults = [text % {"count": number(count)} for text, count in counted if count]
    if faults:
        return _("Không hoàn tác được: có %(what)s.") % {"what": "; ".join(faults)}
    return ""


def _moved_on(change: PlaceChange) -> int:
    """Registrants of the change that no longer stand as it left them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM units_placechangemove m JOIN units_registrant r ON r.id = m.registrant_id"
            " LEFT JOIN units_stay s ON s.registrant_id = r.id AND s.until IS NULL WHERE m.change_id = %s"
            " AND CASE WHEN m.to_place_id IS NULL THEN r.closed_on IS NULL"
            " ELSE s.id IS DISTINCT FROM coalesce(m.new_stay, m.old_stay)"
            " OR coalesce(s.hamlet_id, s.commune_id) IS DISTINCT FROM m.to_place_id END",
            [change.pk],
        )
        return cursor.fetchone()[0]


def _counted_elsewhere(change: PlaceChange) -> int:
    """Citizens who stand as the change left them, but would stand apart from the household or organisation that counts
    them now: they joined another one since, or others joined it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH m AS MATERIALIZED (SELECT * FROM units_placechangemove WHERE change_id = %s), people AS ("
            " SELECT c.* FROM m JOIN units_citizen c ON c.registrant_id = m.registrant_id"
            " UNION SELECT c.* FROM m JOIN units_citizen c ON c.household_id = m.registrant_id"
            " UNION SELECT c.* FROM m JOIN units_citizen c ON c.organisation_id = m.registrant_id)"
            " SELECT count(*) FROM people c JOIN units_registrant g ON g.id = c.registrant_id AND g.closed_on IS NULL"
            " JOIN units_registrant h ON h.id = coalesce(c.household_id, c.organisation_id)"
            " LEFT JOIN m AS own ON own.registrant_id = g.id LEFT JOIN m AS host ON host.registrant_id = h.id"
            " WHERE (h.hamlet_id, h.commune_id) IS NOT DISTINCT FROM (g.hamlet_id, g.commune_id)"
            " AND coalesce(own.from_place_id, g.hamlet_id, g.commune_id)"
            " <> coalesce(host.from_place_id, h.hamlet_id, h.commune_id)",
            [change.pk],
        )
        return cursor.fetchone()[0]


def _posted_since(change: PlaceChange, created: list[int]) -> int:
    """Postings in the created hamlets that the change did not bring along, or that were altered since."""
    made = {key: last for one in postings_of(change) for key, last in zip(one["made"], one["ended"], strict=True)}
    rows = Posting.objects.filter(place__in=created).values_list("pk", "ends_on")
    return sum(1 for pk, ends_on in rows if pk not in made or day(made[pk][1]) != ends_on)


def _newcomers(change: PlaceChange, created: list[int]) -> int:
    """People who came to the created hamlets by other ways."""
    moved = change.moves.values("registrant")
    return Stay.objects.filter(hamlet__in=created).exclude(registrant__in=moved).values("registrant").distinct().count()


def _later_successions(change: PlaceChange, reached: Q) -> int:
    places = Place.objects.filter(reached).values("pk")
    later = Succession.objects.filter(
        Q(from_place__in=places) | Q(to_place__in=[row["id"] for row in change.created]),
        pk__gt=max(change.successions, default=0),
    )
    return later.exclude(pk__in=change.successions).count()


@transaction.atomic
def undo_change(*, actor: User | None, change: PlaceChange) -> PlaceChange:
    """Everybody back where they stood, ended places open again, created ones gone. All or nothing.

    Raises NotAllowed; RegisterError with the reason once something was built on it.
    """
    change = PlaceChange.objects.select_for_update(of=("self",)).select_related("place").get(pk=change.pk)
    if actor is not None and not may_undo(actor, change):
        raise NotAllowed(_("Chỉ cán bộ các phường, xã liên quan và người quản trị được hoàn tác việc này."))
    communes = {change.place_id, *change.to_communes.values_list("place_id", flat=True)}
    lock_wards(communes)
    created = [row["id"] for row in change.created]
    closed = {row["id"]: row["valid_to"] for row in change.closed}
    list(Place.objects.select_for_update().filter(pk__in=[*communes, *created, *closed]).order_by("pk"))
    check_no_import(list(Place.objects.filter(pk__in=communes)))
    reason = standing_in_the_way(change)
    if reason:
        raise RegisterError(reason)
    _move_back(change)
    give_back(change)
    Succession.objects.filter(pk__in=change.successions).delete()
    try:
        with transaction.atomic():
            # Sums of a place nobody ever stood in any more are all nought.
            RegisterTally.objects.filter(place__in=created, came=0, gone=0).delete()
            Place.objects.filter(pk__in=created).delete()
            days = [day(last) for last in closed.values()]
            for last in set(days):  # one day, or none, for all hamlets of a commune
                ids = [pk for pk, then in zip(closed, days, strict=True) if then == last]
                Place.objects.filter(pk__in=ids).update(valid_to=last)
    except ProtectedError:
        raise RegisterError(_("Không hoàn tác được: đã có số liệu khác ghi ở khu phố, thôn mới.")) from None
    except IntegrityError:
        raise RegisterError(
            _("Không hoàn tác được: nay đã có khu phố, thôn khác mang tên cũ. Hãy đổi tên nơi đó trước.")
        ) from None
    change.undone_at = timezone.now()
    change.undone_by_name = actor.full_name if actor else _("Dòng lệnh")
    change.save(update_fields=["undone_at", "undone_by_name"])
    return change


def _move_back(change: PlaceChange) -> None:
    moves = " FROM units_placechangemove m JOIN units_place p ON p.id = m.from_place_id WHERE m.change_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM units_stay s USING units_placechangemove m WHERE m.change_id = %s AND s.id = m.new_stay",
            [change.pk],
        )
        cursor.execute(
            f"UPDATE units_stay s SET until = NULL, {PLACE_COLUMNS}{moves} AND s.id = m.old_stay", [change.pk]
        )
        cursor.execute(
            f"UPDATE units_registrant r SET closed_on = NULL, close_reason = '', {PLACE_COLUMNS}{moves}"
            " AND r.id = m.registrant_id",
            [change.pk],
        )
