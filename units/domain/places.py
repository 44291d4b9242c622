"""Places through time, and the verbs that keep hamlets. `actor` None is whoever holds the server's command line."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from portal.lib.text import clean, fold, natural_key
from units import rules
from units.choices import AreaClass, HamletKind, Level
from units.domain.errors import NotAllowed, RegisterError
from units.models import Place, Registrant, User

MAX_HAMLETS_AT_ONCE = 300
NAME_LENGTH = 100

# --- Through time


@dataclass(frozen=True)
class FormerPlace:
    """A place of an earlier day that went into a later one. `partial`: only a part of it did."""

    place: Place
    partial: bool


_LINEAGE = """
WITH RECURSIVE back (place_id, partial, on_day) AS (
  SELECT %(place)s::bigint, false, 'infinity'::date
  UNION
  SELECT s.from_place_id, b.partial OR s.partial, s.effective_on
  FROM back b JOIN units_succession s ON s.to_place_id = b.place_id
  WHERE s.effective_on > %(day)s AND s.effective_on <= b.on_day
)
SELECT b.place_id, bool_and(b.partial) FROM back b JOIN units_place p ON p.id = b.place_id
WHERE coalesce(p.valid_from, '-infinity') <= %(day)s AND coalesce(p.valid_to, 'infinity') >= %(day)s
GROUP BY b.place_id
"""


def lineage(place: Place, day: datetime.date) -> list[FormerPlace]:
    """The places that existed on `day` and went wholly or partly into `place`, through any number of reforms.

    Same level as `place`; the place itself where it already existed. For comparing years across the reform of 07/2025.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LINEAGE, {"place": place.pk, "day": day})
        partial = dict(cursor.fetchall())
    places = Place.objects.filter(pk__in=partial).select_related("province", "district", "commune")
    return [FormerPlace(found, partial[found.pk]) for found in places.order_by("sort_key", "search_name", "pk")]


def place_on(code: str, day: datetime.date) -> Place:
    """The place that bore `code` on `day`. Raises RegisterError when there was none."""
    try:
        return Place.objects.select_related("province", "district", "commune", "parent").coded(code, on=day)
    except Place.DoesNotExist:
        raise RegisterError(
            _("Ngày %(day)s không có địa bàn nào mang mã %(code)s. Hãy kiểm tra lại mã hoặc ngày.")
            % {"day": f"{day:%d/%m/%Y}", "code": code},
            field="place",
        ) from None


# --- Hamlets


@dataclass(frozen=True)
class HamletDraft:
    """A hamlet somebody wants to add. `row`: line of the list it stood on."""

    name: str
    kind: str
    row: int = 0


@dataclass(frozen=True)
class HamletPlan:
    """What would become of a draft: the name as it will be stored, or why it cannot be added."""

    row: int
    name: str
    kind: str
    problem: str = ""


def create_hamlet(
    *,
    actor: User | None,
    commune: Place,
    name: str,
    kind: str = HamletKind.KHU_PHO,
    area_class: str = AreaClass.NORMAL,
    note: str = "",
    valid_from: datetime.date | None = None,
) -> Place:
    """Add one hamlet to a commune. It exists as long as the commune does, or since `valid_from`.

    Raises NotAllowed, and RegisterError when the commune already has one of that name.
    """
    created = create_hamlets(
        actor=actor,
        commune=commune,
        drafts=[HamletDraft(name, kind)],
        area_class=area_class,
        note=note,
        since=valid_from,
    )
    return created[0]


@transaction.atomic
def create_hamlets(
    *,
    actor: User | None,
    commune: Place,
    drafts: Iterable[HamletDraft],
    area_class: str = AreaClass.NORMAL,
    note: str = "",
    since: datetime.date | None = None,
) -> list[Place]:
    """Add many hamlets at once, all or nothing. Codes go on from the commune's last one ("27163-07").

    Raises NotAllowed, and RegisterError with the first problem `plan_hamlets` finds.
    """
    _check_keeper(actor, commune)
    # Two people adding hamlets at once must not get the same code.
    Place.objects.select_for_update(no_key=True).get(pk=commune.pk)
    plans = plan_hamlets(commune, drafts)
    if not plans:
        raise RegisterError(_("Chưa có tên khu phố, thôn nào."), field="name")
    for plan in plans:
        if plan.problem:
            raise RegisterError(plan.problem, field="name")
    hamlets = []
    for number, plan in enumerate(plans, start=_last_number(commune) + 1):
        hamlet = Place(
            code=f"{commune.code}-{number:02d}",
            level=Level.HAMLET,
            kind=plan.kind,
            name=plan.name,
            parent=commune,
            area_class=area_class,
            note=clean(note),
            valid_from=since or commune.valid_from,
            valid_to=commune.valid_to,
        )
        hamlet.derive()
        hamlets.append(hamlet)
    return Place.objects.bulk_create(hamlets)


def plan_hamlets(commune: Place, drafts: Iterable[HamletDraft]) -> list[HamletPlan]:
    """What adding these hamlets would do, row by row, without writing. One query."""
    taken = {natural_key(name): name for name in _siblings(commune).values_list("name", flat=True)}
    plans: list[HamletPlan] = []
    seen: dict[str, int] = {}
    for position, draft in enumerate(drafts, start=1):
        row = draft.row or position
        name, kind = hamlet_name(draft.name, draft.kind), draft.kind
        key = natural_key(name)
        problem = _name_problem(name, kind)
        if not problem and key in taken:
            problem = _duplicate_sentence(commune, taken[key])
        if not problem and key in seen:
            problem = _("%(name)s đã có ở dòng %(row)d của danh sách này.") % {"name": name, "row": seen[key]}
        if not problem and len(plans) >= MAX_HAMLETS_AT_ONCE:
            problem = _("Mỗi lần thêm được nhiều nhất %(most)d khu phố, thôn.") % {"most": MAX_HAMLETS_AT_ONCE}
        seen.setdefault(key, row)
        plans.append(HamletPlan(row, name, kind, problem))
    return plans


@transaction.atomic
def correct_hamlet(
    *, actor: User | None, hamlet: Place, name: str, kind: str, area_class: str = AreaClass.NORMAL, note: str = ""
) -> Place:
    """Correct a hamlet's name, kind, area class or note; the code stays. The old words remain in its history.

    Raises NotAllowed, and RegisterError when the commune already has another one of that name.
    """
    _check_keeper(actor, hamlet.parent)
    Place.objects.select_for_update(no_key=True).get(pk=hamlet.parent_id)
    hamlet = Place.objects.select_related("parent__province", "parent__district").get(pk=hamlet.pk)
    name = hamlet_name(name, kind)
    problem = _name_problem(name, kind)
    same = [other for other in _siblings(hamlet.parent).exclude(pk=hamlet.pk) if other.sort_key == natural_key(name)]
    if not problem and same:
        problem = _duplicate_sentence(hamlet.parent, same[0].name)
    if problem:
        raise RegisterError(problem, field="name")
    hamlet.name, hamlet.kind, hamlet.area_class, hamlet.note = name, kind, area_class, clean(note)
    hamlet.save()
    for community in Registrant.objects.filter(community__place=hamlet).exclude(name=name):  # at most one
        community.name = name
        community.save()
    return hamlet


def hamlet_name(name: str, kind: str) -> str:
    """The name as it is stored: "3" of kind khu phố is "Khu phố 3", "khu phố 3" too; other names keep their letters."""
    name = clean(name)
    if name.isdecimal() and len(name) <= NAME_LENGTH:
        name = f"{kind} {int(name)}"
    return name[:1].upper() + name[1:]


def guess_kind(name: str, default: str = HamletKind.KHU_PHO) -> str:
    """The kind a name begins with ("Ấp Bàu Sim" → ấp), otherwise `default`."""
    folded = f"{clean(name).lower()} "
    return next((kind for kind in HamletKind.values if folded.startswith(f"{kind} ")), default)


def read_kind(text: str) -> str:
    """The kind somebody wrote, forgiving about case and marks; empty when it is none."""
    folded = fold(text)
    return next((kind for kind in HamletKind.values if fold(kind) == folded), "")


def refresh_search(places) -> int:
    """Rewrite the search text of `places` (hamlets) after a name above them changed. Two statements."""
    stale = []
    for place in places.select_related("parent__parent__parent"):
        before = place.search_name
        place.derive()
        if place.search_name != before:
            stale.append(place)
    Place.objects.bulk_update(stale, ["search_name"], batch_size=2000)
    return len(stale)


def _siblings(commune: Place):
    """Hamlets a new one of the commune would stand beside."""
    return Place.objects.filter(parent=commune, level=Level.HAMLET).exclude(valid_to__lt=F("parent__valid_to"))


def _last_number(commune: Place) -> int:
    """The highest running number among the codes of a commune's hamlets."""
    prefix = f"{commune.code}-"
    codes = Place.objects.filter(level=Level.HAMLET, code__startswith=prefix).values_list("code", flat=True)
    return max((int(tail) for code in codes if (tail := code.removeprefix(prefix)).isdecimal()), default=0)


def _check_keeper(actor: User | None, commune: Place) -> None:
    if commune.level != Level.COMMUNE:
        raise RegisterError(_("Khu phố, thôn chỉ thuộc phường, xã."), field="commune")
    if actor is not None and not rules.may_manage_hamlets(actor, commune):
        raise NotAllowed(
            _("Chỉ cán bộ Hội Khuyến học của %(place)s và người quản trị được thêm, sửa khu phố, thôn ở đây.")
            % {"place": commune.name}
        )


def _name_problem(name: str, kind: str) -> str:
    if not name:
        return _("Cần ghi tên khu phố, thôn.")
    if len(name) > NAME_LENGTH:
        return _("Tên dài quá %(most)d ký tự: %(name)s…") % {"most": NAME_LENGTH, "name": name[:40]}
    if not fold(name):
        return _("Tên phải có chữ hoặc số: %(name)s") % {"name": name}
    if kind not in HamletKind.values:
        return _("Chưa rõ loại của %(name)s: khu phố, tổ dân phố, thôn, ấp, bản…") % {"name": name}
    return ""


def _duplicate_sentence(commune: Place, name: str) -> str:
    return _("%(commune)s đã có %(name)s. Hãy đặt tên khác hoặc sửa địa bàn đã có.") % {
        "commune": commune.name,
        "name": name,
    }
