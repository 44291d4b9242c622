"""What a reform would do: who goes where, counted before anything is written. The same SQL then does it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.numbers import number
from units import rules
from units.choices import ImportState, Level, RegistrantKind
from units.domain.errors import NotAllowed, RegisterError
from units.domain.reforms import hooks
from units.domain.registrants import day_text
from units.models import ChangeKind, ImportBatch, Place, Posting, Registrant, User

NAMED = 10  # of those nobody assigned, told by name
WARD_LEVEL = 0  # stands for "in no hamlet" where a hamlet's key is expected


@dataclass(frozen=True)
class Target:
    """Where people go: a place that exists, or a hamlet to be created in `commune`."""

    commune: Place
    name: str = ""
    kind: str = ""
    area_class: str = ""
    existing: Place | None = None

    @property
    def label(self) -> str:
        return self.existing.name if self.existing else self.name


@dataclass
class Plan:
    """A reform before it is carried out.

    Targets are known by their position. `by_hamlet`: hamlet key (WARD_LEVEL: whoever of `ward` stands in no hamlet) →
    target; `by_group`: (hamlet key, "tổ") → target of its households; `by_registrant`: key → target. The narrower one
    wins; whoever has none stays. Citizens go where their household or organisation goes.
    """

    kind: str
    place: Place
    on: datetime.date
    sources: list[Place]
    targets: list[Target]
    by_hamlet: dict[int, int] = field(default_factory=dict)
    by_group: dict[tuple[int, str], int] = field(default_factory=dict)
    by_registrant: dict[int, int] = field(default_factory=dict)
    ward: Place | None = None
    closes: bool = True


@dataclass(frozen=True)
class Flow:
    """How many registrants of a kind go from a hamlet (None: the ward itself) to a target (None: nowhere yet)."""

    hamlet_id: int | None
    kind: str
    target: int | None
    count: int


@dataclass(frozen=True)
class Preview:
    """A plan counted. `communities` end with their place; `postings` stay until an administrator changes them.
    `waiting`: names of the first few nobody has assigned."""

    plan: Plan
    flows: list[Flow]
    communities: int
    open_work: int
    postings: list[Posting]
    waiting: list[str] = field(default_factory=list)

    def total(self, kind: str = "") -> int:
        """Registrants that move, of one kind or all."""
        return sum(flow.count for flow in self.flows if flow.target is not None and kind in ("", flow.kind))

    @property
    def unassigned(self) -> int:
        """Households and others nobody has assigned (their citizens not counted)."""
        return sum(flow.count for flow in self.flows if flow.target is None and flow.kind != RegistrantKind.CITIZEN)

    @property
    def counts(self) -> dict[str, int]:
        """Registrants that move, by kind; communities closed."""
        kinds = [kind for kind in RegistrantKind.values if kind != RegistrantKind.COMMUNITY]
        return {kind: self.total(kind) for kind in kinds} | {RegistrantKind.COMMUNITY.value: self.communities}

    @property
    def fingerprint(self) -> str:
        """Changes when what was shown is no longer what would happen."""
        return "-".join(str(part) for part in (*self.counts.values(), self.unassigned, len(self.plan.targets)))


# Everybody in the sources with the position of the target they go to (NULL: not assigned).
ASSIGNED = """
WITH subject AS (
  SELECT r.id, r.kind, r.hamlet_id, r.commune_id, coalesce(h.group_name, '') AS grp
  FROM units_registrant r LEFT JOIN units_household h ON h.registrant_id = r.id
  WHERE r.closed_on IS NULL AND r.kind IN ('HOUSEHOLD', 'CLAN', 'ORGANISATION')
    AND (r.hamlet_id = ANY(%(sources)s) OR r.commune_id = %(ward)s AND r.hamlet_id IS NULL)
), host AS (
  SELECT s.id, s.kind, s.hamlet_id, s.commune_id, coalesce(o.target, g.target, d.target) AS target
  FROM subject s
  LEFT JOIN unnest(%(own_ids)s::bigint[], %(own_targets)s::int[]) AS o (id, target) ON o.id = s.id
  LEFT JOIN unnest(%(group_hamlets)s::bigint[], %(group_names)s::text[], %(group_targets)s::int[])
    AS g (hamlet_id, name, target) ON s.kind = 'HOUSEHOLD' AND g.hamlet_id = s.hamlet_id AND g.name = s.grp
  LEFT JOIN unnest(%(hamlets)s::bigint[], %(hamlet_targets)s::int[]) AS d (id, target)
    ON d.id = coalesce(s.hamlet_id, 0)
), assigned AS (
  SELECT id, kind, hamlet_id, commune_id, target FROM host
  UNION ALL
  SELECT r.id, r.kind, r.hamlet_id, r.commune_id, host.target
  FROM host JOIN units_citizen c ON c.household_id = host.id
  JOIN units_registrant r ON r.id = c.registrant_id AND r.closed_on IS NULL
  UNION ALL
  SELECT r.id, r.kind, r.hamlet_id, r.commune_id, host.target
  FROM host JOIN units_citizen c ON c.organisation_id = host.id
  JOIN units_registrant r ON r.id = c.registrant_id AND r.closed_on IS NULL
)
"""


def assignment(plan: Plan) -> dict:
    """Parameters of ASSIGNED."""
    return {
        "sources": [place.pk for place in plan.sources],
        "ward": plan.ward.pk if plan.ward else None,
        "own_ids": list(plan.by_registrant),
        "own_targets": list(plan.by_registrant.values()),
        "group_hamlets": [hamlet for hamlet, _name in plan.by_group],
        "group_names": [name for _hamlet, name in plan.by_group],
        "group_targets": list(plan.by_group.values()),
        "hamlets": list(plan.by_hamlet),
        "hamlet_targets": list(plan.by_hamlet.values()),
    }


def preview(plan: Plan) -> Preview:
    """Count a plan without writing; the number of statements does not depend on how many move."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{ASSIGNED} SELECT hamlet_id, kind, target, count(*) FROM assigned GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            assignment(plan),
        )
        flows = [Flow(*row) for row in cursor.fetchall()]
        waiting = []
        if any(flow.target is None for flow in flows):
            cursor.execute(
                f"{ASSIGNED} SELECT r.name FROM host JOIN units_registrant r ON r.id = host.id"
                " WHERE host.target IS NULL ORDER BY r.sort_key, r.id LIMIT %(most)s",
                assignment(plan) | {"most": NAMED},
            )
            waiting = [name for (name,) in cursor.fetchall()]
    ending = [*plan.sources, *([plan.ward] if plan.ward else [])]
    return Preview(
        plan=plan,
        flows=flows,
        communities=communities_of(plan).count() if plan.closes else 0,
        open_work=sum(hook(ending) for hook in hooks.open_work),
        postings=list(
            Posting.objects.in_force()
            .filter(place__in=ending)
            .select_related("user", "place")
            .order_by("place__sort_key", "user__full_name", "pk")
        ),
        waiting=waiting,
    )


def communities_of(plan: Plan):
    """Communities still in the register of the places that end."""
    places = Q(community__place__in=[place.pk for place in plan.sources])
    if plan.ward:
        places |= Q(community__place=plan.ward)
    return Registrant.objects.filter(places, kind=RegistrantKind.COMMUNITY, closed_on__isnull=True)


# --- What every reform asks first


def check_keeper(actor: User | None, *communes: Place) -> None:
    """Raises NotAllowed unless the person keeps the hamlets of every commune. None is the command line."""
    for commune in communes:
        if actor is not None and not rules.may_manage_hamlets(actor, commune):
            raise NotAllowed(
                _("Chỉ cán bộ Hội Khuyến học của %(place)s và người quản trị được sắp xếp khu phố, thôn ở đây.")
                % {"place": commune.name}
            )


def check_day(on: datetime.date, *, today: datetime.date | None = None) -> None:
    """Raises RegisterError for a day to come, or of an earlier year: its lists of 31 December stay as they are."""
    today = today or timezone.localdate()
    if on > today:
        raise RegisterError(
            _("Ngày có hiệu lực không được sau hôm nay. Hãy làm việc này từ ngày %(day)s.") % {"day": day_text(on)},
            field="on",
        )
    if on.year < today.year:
        raise RegisterError(
            _("Ngày có hiệu lực phải trong năm %(year)d; danh sách của các năm trước giữ nguyên.")
            % {"year": today.year},
            field="on",
        )


def check_sources(sources: list[Place], on: datetime.date) -> None:
    """Raises RegisterError when one is no hamlet, or does not exist on the day before and on the day."""
    for place in sources:
        if place.level != Level.HAMLET:
            raise RegisterError(_("%(place)s không phải khu phố, thôn.") % {"place": place.name})
        if place.is_legacy:
            raise RegisterError(
                _("%(place)s đã kết thúc ngày %(day)s.") % {"place": place.name, "day": day_text(place.valid_to)}
            )
        if place.valid_from and place.valid_from >= on:
            raise RegisterError(
                _("%(place)s có từ ngày %(day)s; ngày có hiệu lực phải sau ngày đó.")
                % {"place": place.name, "day": day_text(place.valid_from)},
                field="on",
            )


def check_no_import(places: list[Place]) -> None:
    """Raises RegisterError while a list is being written into one of the communes."""
    ids = {place.fact_ids["commune_id"] for place in places}
    running = ImportBatch.objects.filter(
        Q(place__in=ids) | Q(place__commune__in=ids), state=ImportState.CONFIRMING
    ).first()
    if running:
        raise RegisterError(
            _("Danh sách %(file)s đang được ghi vào sổ ở đây. Hãy đợi xong rồi làm lại; chưa có gì thay đổi.")
            % {"file": running.file_name}
        )


def check_assigned(shown: Preview) -> None:
    """Raises RegisterError with the count when somebody would be left in a place that ends."""
    if not shown.unassigned:
        return
    if shown.plan.kind == ChangeKind.CLOSE:
        raise RegisterError(
            _("%(place)s còn %(count)s hộ, đơn vị hoặc dòng họ trong sổ. Hãy nhập nơi này vào khu phố, thôn khác.")
            % {"place": shown.plan.sources[0].name, "count": number(shown.unassigned)}
        )
    raise RegisterError(
        _("Còn %(count)s hộ, đơn vị hoặc dòng họ chưa được phân về đâu (%(names)s). Hãy phân hết rồi làm lại.")
        % {
            "count": number(shown.unassigned),
            "names": ", ".join(shown.waiting) + ("…" if shown.unassigned > len(shown.waiting) else ""),
        }
    )


KINDS_THAT_ASK_ALL = (ChangeKind.CLOSE, ChangeKind.MERGE, ChangeKind.SPLIT, ChangeKind.MOVE, ChangeKind.RENAME)
