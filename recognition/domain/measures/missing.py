"""Who is missing for a hamlet, ward or clan to reach its mark: which families lack what, how many more it takes.

The list is the one the share counts, without those it counted, so that "còn thiếu" and the share never disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.numbers import number
from recognition.choices import LearningModel, Step
from recognition.domain.measures import computing
from recognition.domain.measures.definitions import DEFINITIONS
from recognition.domain.rulebooks import rulebook_for
from recognition.domain.transitions import scope_condition
from recognition.models import Rulebook
from recognition.rulebook_spec import RulebookSpec
from recognition.scoring import NOT_APPLICABLE, points_text
from recognition.shares import Share
from recognition.workflow import next_steps
from units.choices import AreaClass, Level
from units.models import Place, Registrant, User
from units.rules import scope_of

FAMILY_SHARE = {Level.HAMLET: "hamlet_family_share", Level.COMMUNE: "commune_family_share"}
# The measures of a ward a programme asks for (D-11, D-12), in the order people name them.
PROGRAMME = (
    ("commune_family_share", gettext_lazy("Gia đình học tập trên tổng số hộ")),
    ("commune_clan_share", gettext_lazy("Dòng họ học tập trên số dòng họ")),
    ("commune_hamlet_share", gettext_lazy("Cộng đồng học tập trên số khu phố, thôn")),
    ("commune_unit_share", gettext_lazy("Đơn vị học tập trên số đơn vị trong sổ")),
    ("commune_citizen_share", gettext_lazy("Công dân học tập trên số công dân trong sổ")),
    ("commune_family_adult_share", gettext_lazy("Công dân học tập trên số người lớn của Gia đình học tập")),
    ("commune_unit_staff_share", gettext_lazy("Công dân học tập trên số người của Đơn vị học tập")),
    ("commune_digital_citizen_share", gettext_lazy("Công dân học tập có kỹ năng số")),  # D-12
)
MOST_ROWS = 20_000
CRITERIA_NAMED = 4


class Lack(models.TextChoices):
    """What a family still lacks, in the order one would help them."""

    WAITING = "WAITING", gettext_lazy("Đạt điểm, đang chờ bước sau")
    RETURNED = "RETURNED", gettext_lazy("Bị trả lại, chờ bổ sung")
    NOT_ASSESSED = "NOT_ASSESSED", gettext_lazy("Đã đăng ký, chưa chấm điểm")
    BELOW = "BELOW", gettext_lazy("Chưa đạt mức điểm")
    NOT_REGISTERED = "NOT_REGISTERED", gettext_lazy("Chưa đăng ký")
    REFUSED = "REFUSED", gettext_lazy("Không được công nhận hoặc bị thu hồi")


# The same in a column heading.
SHORT = {
    Lack.WAITING: gettext_lazy("Chờ bước sau"),
    Lack.RETURNED: gettext_lazy("Bị trả lại"),
    Lack.NOT_ASSESSED: gettext_lazy("Chưa chấm"),
    Lack.BELOW: gettext_lazy("Chưa đủ điểm"),
    Lack.NOT_REGISTERED: gettext_lazy("Chưa đăng ký"),
    Lack.REFUSED: gettext_lazy("Không công nhận"),
}
_BUCKET = (
    "CASE WHEN d.id IS NULL THEN 'NOT_REGISTERED' WHEN d.state = 'REGISTERED' THEN 'NOT_ASSESSED'"
    " WHEN d.state = 'RETURNED' THEN 'RETURNED' WHEN d.state IN ('REFUSED', 'RECOGNISED') THEN 'REFUSED'"
    " WHEN coalesce(d.passed, a.passed) IS FALSE THEN 'BELOW' ELSE 'WAITING' END"
)
_LATEST = (
    " LEFT JOIN recognition_registration d ON d.id = x.dossier_id"
    " LEFT JOIN LATERAL (SELECT s.passed, s.scores FROM recognition_assessment s WHERE s.registration_id = d.id"
    " ORDER BY array_position(ARRAY['INSPECTION', 'REVIEW', 'SELF'], s.stage::text) LIMIT 1) a ON true"
)


@dataclass(frozen=True)
class Family:
    """One family that is not counted: who, where it stands, and what is missing in words."""

    registrant_id: int
    name: str
    address: str
    hamlet: str
    dossier_id: int | None
    state: str
    lack: str
    note: str

    @property
    def lack_label(self) -> str:
        return str(Lack(self.lack).label)


@dataclass(frozen=True)
class Mark:
    """The share a subject must reach, where it stands, and how many more it takes."""

    share: Share
    required: Decimal | None
    provisional: bool
    note: str
    rulebook: Rulebook | None

    @property
    def lacking(self) -> int:
        return self.share.lacking(self.required) if self.required is not None else 0

    @property
    def met(self) -> bool:
        return self.required is not None and self.share.meets(self.required)

    def with_more(self, count: int) -> Share:
        """The share if `count` more were recognised."""
        return Share(self.share.numerator + count, self.share.denominator)


@dataclass
class HamletRow:
    """One hamlet of a ward: its share, and how many families lack what."""

    place: Place
    mark: Mark
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def cells(self) -> list[int]:
        return [self.counts.get(lack, 0) for lack in Lack.values]

    @property
    def labelled(self) -> list[tuple[str, int, str]]:
        """(heading, count, anchor of that list on the hamlet's page) of each column."""
        return [(label, self.counts.get(lack, 0), lack.lower()) for lack, label in SHORT.items()]


def mark_of(model: str, measure: str, place: Place, year: int, share: Share | None, area: str) -> Mark:
    """The required share of the rulebook that holds for the year, beside where it stands."""
    rulebook = rulebook_for(model, year, place.province or place)
    derived = None
    if rulebook is not None:
        derived = next((one for one in rulebook.spec.derived if one.measure == measure), None)
    return Mark(
        share=share or Share(0, None),
        required=derived.required.get(area) if derived else None,
        provisional=bool(derived and derived.fact.provisional),
        note=derived.fact.note if derived else "",
        rulebook=rulebook,
    )


def area_class_of(place: Place) -> str:
    """Area class that decides the mark: that of the commune."""
    commune = place if place.level == Level.COMMUNE else place.commune
    return commune.area_class if commune else AreaClass.NORMAL


def hamlet_mark(place: Place, year: int) -> Mark:
    """Where a hamlet stands against its share of learning families (D-03)."""
    measure = FAMILY_SHARE[Level.HAMLET]
    one = computing.count(measure, computing.places([place.pk], year)).get(place.pk)
    share = one.share if one else None
    return mark_of(LearningModel.COMMUNITY_HAMLET, measure, place, year, share, area_class_of(place))


def clan_mark(clan: Registrant, year: int) -> tuple[Mark, str]:
    """Where a clan stands against its share of learning families (D-02), and within which area it is counted."""
    measure = "clan_family_share"
    blank = mark_of(LearningModel.CLAN, measure, clan.commune, year, None, area_class_of(clan.commune))
    derived = (
        next((one for one in blank.rulebook.spec.derived if one.measure == measure), None) if blank.rulebook else None
    )
    within = derived.within if derived else "commune"
    one = computing.count(measure, computing.registrant_in(clan.pk, year, clan.commune), within=within).get(clan.pk)
    share = one.share if one else Share(0, None)
    return Mark(share, blank.required, blank.provisional, blank.note, blank.rulebook), within


def families(user: User, measure: str, subjects: computing.Subjects, *, within: str = "commune") -> list[Family]:
    """Everybody the share does not count, with what they lack, in the order of hamlets and names. Two statements.

    Names stay inside the reader's postings: a family elsewhere stands without a name.
    """
    sql = DEFINITIONS[measure].members(subjects.sql, everywhere=within == computing.EVERYWHERE)
    shown, shown_params = scope_condition(scope_of(user), "g")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT x.registrant_id, g.name, concat_ws(', ', nullif(f.address, ''), nullif(f.group_name, '')),"
            f" coalesce(h.name, ''), d.id, coalesce(d.state, ''), {_BUCKET}, {shown}, d.rulebook_id, a.scores,"
            " coalesce(d.inspection_half, d.review_half, d.self_half), coalesce(d.state_note, '')"
            f" FROM ({sql}) x JOIN units_registrant g ON g.id = x.registrant_id"
            " LEFT JOIN units_household f ON f.registrant_id = g.id LEFT JOIN units_place h ON h.id = g.hamlet_id"
            f"{_LATEST} WHERE NOT x.counted ORDER BY h.sort_key, g.sort_key, g.id LIMIT %s",
            [*shown_params, *subjects.params, timezone.localdate(), MOST_ROWS],
        )
        rows = cursor.fetchall()
    specs = {pk: one.spec for pk, one in Rulebook.objects.in_bulk({row[8] for row in rows if row[8]}).items()}
    found = []
    for pk, name, address, hamlet, dossier, state, lack, visible, rulebook, scores, half, reason in rows:
        if not visible:
            name, address, dossier, reason = "", "", None, ""
        note = _note(lack, state, specs.get(rulebook), scores, half, reason)
        found.append(Family(pk, name, address, hamlet, dossier, state, lack, note))
    return found


def _note(lack: str, state: str, spec: RulebookSpec | None, scores, half: int | None, reason: str) -> str:
    """What is missing, in words."""
    if spec is None:
        return ""
    if lack == Lack.BELOW:
        return below_note(spec, scores, half)
    if lack == Lack.WAITING:
        steps = next_steps(spec, state)
        return _("chờ bước “%(step)s”") % {"step": Step(steps[0]).label} if steps else ""
    return reason if lack in (Lack.RETURNED, Lack.REFUSED) else ""


def below_note(spec: RulebookSpec, scores, half: int | None) -> str:
    """ "72 điểm; thiếu nhiều ở mục 2.2 (4/10), 3.1 (6/10)": the total and the items that lost most."""
    if spec.by_levels:
        short = [leaf.code for leaf, got in zip(spec.leaves, scores or (), strict=False) if got == 0]
        return _("chưa đạt chỉ tiêu %(codes)s") % {"codes": ", ".join(short)} if short else ""
    total = "" if half is None else _("%(points)s điểm") % {"points": points_text(Decimal(half) / 2)}
    if not scores or len(scores) != len(spec.leaves):
        return _("%(total)s (chỉ nhập tổng điểm)") % {"total": total} if total else ""
    lost = [
        (leaf.maximum - Decimal(got) / 2, leaf.code, Decimal(got) / 2, leaf.maximum)
        for leaf, got in zip(spec.leaves, scores, strict=True)
        if got is not None and got != NOT_APPLICABLE and Decimal(got) / 2 < leaf.maximum
    ]
    lost.sort(key=lambda one: -one[0])  # stable: equal losses in the order of the sheet
    items = ", ".join(
        f"{code} ({points_text(got)}/{points_text(most)})" for _lost, code, got, most in lost[:CRITERIA_NAMED]
    )
    return _("%(total)s; thiếu nhiều ở mục %(items)s") % {"total": total, "items": items} if items else total


def hamlet_rows(ward: Place, year: int) -> list[HamletRow]:
    """Every hamlet of a ward with its mark and counts of what its families lack. Four statements, however many."""
    day = timezone.localdate().replace(month=12, day=31, year=year)
    hamlets = list(
        Place.objects.below(ward)
        .filter(level=Level.HAMLET)
        .on(min(day, timezone.localdate()))
        .order_by("sort_key", "pk")
    )
    if not hamlets:
        return []
    measure = FAMILY_SHARE[Level.HAMLET]
    subjects = computing.places([one.pk for one in hamlets], year)
    shares = computing.count(measure, subjects)
    counts: dict[int, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT x.subject, {_BUCKET} AS lack, count(*)"
            f" FROM ({DEFINITIONS[measure].members(subjects.sql)}) x{_LATEST} WHERE NOT x.counted GROUP BY 1, 2",
            [*subjects.params, timezone.localdate()],
        )
        for place, lack, count in cursor.fetchall():
            counts.setdefault(place, {})[lack] = count
    blank = mark_of(LearningModel.COMMUNITY_HAMLET, measure, ward, year, None, area_class_of(ward))
    return [
        HamletRow(
            one,
            Mark(
                shares[one.pk].share if one.pk in shares else Share(0, None),
                blank.required,
                blank.provisional,
                blank.note,
                blank.rulebook,
            ),
            counts.get(one.pk, {}),
        )
        for one in hamlets
    ]


def programme(ward: Place, year: int) -> list[tuple[str, str, computing.Computed | None]]:
    """The shares of a ward a programme asks for (D-11, D-12): (measure, title, count)."""
    subjects = computing.places([ward.pk], year)
    return [(measure, str(title), computing.count(measure, subjects).get(ward.pk)) for measure, title in PROGRAMME]


def summary(mark: Mark, noun: str) -> str:
    """ "Mới 41/120 hộ (34,2%), cần 60%: còn thiếu 31 hộ.": the state of a mark in one sentence."""
    if not mark.share.known:
        return _("Không có mẫu số: chưa có %(noun)s nào để tính.") % {"noun": noun}
    names = {
        "share": f"{number(mark.share.numerator)}/{number(mark.share.denominator)}",
        "percent": mark.share.percent_text(mark.required),
        "noun": noun,
    }
    if mark.required is None:
        return _("%(share)s %(noun)s (%(percent)s); chưa rõ mức yêu cầu.") % names
    names |= {"required": number(mark.required), "lacking": number(mark.lacking)}
    if mark.met:
        return _("%(share)s %(noun)s (%(percent)s), đạt mức %(required)s%%.") % names
    return _("Mới %(share)s %(noun)s (%(percent)s), cần %(required)s%%: còn thiếu %(lacking)s %(noun)s.") % names
