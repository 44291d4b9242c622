"""One year of learning families of the demo ward, up to a stage."""

from __future__ import annotations

import datetime
import random
from decimal import Decimal

from django.db.models import Q

from portal.lib.moments import as_of
from recognition.attendance import Person
from recognition.choices import Attending, LearningModel, Stage, State
from recognition.domain.assessing import Entry, hold_meeting, record_scores
from recognition.domain.deciding import issue, prepare
from recognition.domain.proposing import propose
from recognition.domain.registering import counting_day, register_many, send_back, withdraw
from recognition.models import Proposal, Registration, ReviewMeeting
from units.choices import RegistrantKind
from units.models import Place, Stay, User

STAGES = ("none", "registered", "assessed", "reviewed", "proposed", "decided")
# "mixed": how far each of the twelve hamlets is in the running year; the fourth one has no list yet.
MIXED = (
    "assessed",
    "registered",
    "decided",
    "none",
    "proposed",
    "decided",
    "decided",
    "reviewed",
    "registered",
    "assessed",
    "decided",
    "none",
)
# Who comes to the meetings of the demo, beside the families of the hamlet.
LOCAL = (
    Person("Lê Văn Thuận", "Trưởng khu phố"),
    Person("Bùi Thị Xuân", "Chi hội trưởng Chi hội Phụ nữ"),
    Person("Hoàng Văn Định", "Chi hội trưởng Chi hội Cựu chiến binh"),
    Person("Võ Thị Ngọc", "Tổ trưởng tổ dân phố"),
)
GUESTS = (Person("Trịnh Thị Kim Oanh", "Phó Chủ tịch Hội Khuyến học phường"),)
EXCUSED = (Person("Đỗ Văn Khôi", "Bí thư Chi đoàn, đi công tác"),)
SHARE_REGISTERED = {2024: 0.80, 2025: 0.86, 2026: 0.90}
MODEL = LearningModel.FAMILY


def build_year(rng: random.Random, users: dict[str, User], *, year: int, hamlets: list[Place], stage: str) -> dict:
    """Take the families of `hamlets` through `year` as far as `stage` says; counts by outcome."""
    goals = MIXED if stage == "mixed" else [stage] * len(hamlets)
    day = counting_day(year)
    for index, (hamlet, goal) in enumerate(zip(hamlets, goals, strict=True)):
        if goal != "none":
            _one_hamlet(rng, users, year, hamlet, goal, day, index)
    for ward_id in dict.fromkeys(hamlet.commune_id for hamlet in hamlets):
        ward = Place.objects.get(pk=ward_id)
        for goal in ("decided", "proposed"):
            chosen = [
                hamlet.pk
                for hamlet, reached in zip(hamlets, goals, strict=True)
                if reached == goal and hamlet.commune_id == ward_id
            ]
            _propose_and_decide(users, year, ward, chosen, decide=goal == "decided")
    if stage == "mixed":
        _loose_ends(users, year, hamlets)
    rows = Registration.objects.filter(year=year, model=MODEL, hamlet__in=hamlets)
    return {state: rows.filter(state=state).count() for state in State.values}


def _one_hamlet(rng, users, year, hamlet, goal, day, index: int) -> None:
    officer = users["phuong"]
    standing = (
        Stay.objects.filter(Q(until__isnull=True) | Q(until__gt=day), hamlet=hamlet, since__lte=day)
        .filter(kind=RegistrantKind.HOUSEHOLD)
        .order_by("registrant_id")
        .values_list("registrant_id", flat=True)
    )
    registered = [pk for pk in standing if rng.random() < SHARE_REGISTERED[year]]
    # Hamlets hand in one after another, so the days a dossier has waited differ as in life.
    with as_of(datetime.date(year, 3, 2) + datetime.timedelta(days=2 * index)):
        register_many(actor=officer, registrant_ids=registered, model=MODEL, year=year)
    if goal == "registered":
        return
    rows = list(
        Registration.objects.filter(hamlet=hamlet, year=year, model=MODEL).select_related("rulebook").order_by("pk")
    )
    entries = [_self_entry(rng, row, per_criterion=index < 2) for row in rows]
    with as_of(datetime.date(year, 10, 15) + datetime.timedelta(days=index)):
        record_scores(actor=officer, stage=Stage.SELF, entries=entries)
    if goal == "assessed":
        return
    _meeting(rng, officer, year, hamlet)


def _self_entry(rng, row: Registration, *, per_criterion: bool) -> Entry:
    """Most families score between 78 and 97; a few are below the pass mark."""
    target = min(max(rng.gauss(88, 6), 55), 98)
    if not per_criterion:
        return Entry(row.pk, row.state, total=Decimal(round(target * 2)) / 2)
    scores = {}
    for leaf in row.rulebook.spec.leaves:
        share = min(max(rng.gauss(target / 100, 0.08), 0.3), 1)
        scores[leaf.code] = Decimal(round(float(leaf.maximum) * share * 2)) / 2
    return Entry(row.pk, row.state, scores=scores)


def _meeting(rng, officer: User, year: int, hamlet: Place) -> None:
    """One review meeting in November: most scores are kept, some are lowered."""
    present = rng.randint(38, 72)
    meeting = ReviewMeeting(
        place=hamlet,
        model=MODEL,
        year=year,
        held_on=datetime.date(year, 11, rng.randint(3, 18)),
        starts_at=datetime.time(19, 0),
        ends_at=datetime.time(21, 15),
        venue=f"Văn phòng {hamlet.name}",
        chair="Lê Thị Mai",
        secretary="Phan Thị Hạnh",
        front_representative="Đinh Văn Lộc",
        invited=present + rng.randint(0, 15),
        present=present,
        opinions=(
            "Các hộ thống nhất với kết quả tự chấm điểm; "
            "một số hộ được đề nghị bổ sung minh chứng về việc học của người lớn."
        ),
    )
    entries = []
    for pk, state, half in (
        Registration.objects.filter(hamlet=hamlet, year=year, model=MODEL)
        .order_by("pk")
        .values_list("pk", "state", "self_half")
    ):
        agreed = max(half - rng.choice((0, 0, 0, 0, 1, 2, 4, 8)), 80)
        against = rng.choice((0, 0, 0, 0, 1, 2))
        entries.append(Entry(pk, state, total=Decimal(agreed) / 2, votes_for=present - against, votes_against=against))
    if entries:
        with as_of(meeting.held_on, meeting.ends_at):
            excused = EXCUSED[: meeting.invited - present]
            attendees = {Attending.LOCAL: LOCAL, Attending.GUEST: GUESTS, Attending.EXCUSED: excused}
            hold_meeting(actor=officer, meeting=meeting, entries=entries, attendees=attendees)


def _propose_and_decide(users, year, ward: Place, hamlet_ids: list[int], *, decide: bool) -> None:
    rows = Registration.objects.filter(hamlet__in=hamlet_ids, year=year, model=MODEL, state=State.REVIEWED)
    passed = dict(rows.filter(passed=True).order_by("pk").values_list("pk", "state"))
    if not passed:
        return
    proposal = Proposal(
        place=ward,
        model=MODEL,
        year=year,
        signed_on=min(datetime.date(year, 11, 20), counting_day(year)),
        signer="Trần Thị Chi",
        signer_title="Chủ tịch Hội",
    )
    with as_of(proposal.signed_on):
        propose(actor=users["phuong"], proposal=proposal, shown=passed)
    if not decide:
        return
    draft = prepare(
        actor=users["quyetdinh"],
        proposal=proposal,
        signed_on=min(datetime.date(year, 11, 21), counting_day(year)),
        signer="Phạm Quốc Đạo",
        signer_title="Chủ tịch",
    )
    with as_of(draft.signed_on):
        issue(actor=users["quyetdinh"], decision=draft, recognise=dict.fromkeys(passed, State.PROPOSED))


def _loose_ends(users, year, hamlets: list[Place]) -> None:
    """A few families withdrew, a few dossiers were sent back: real years have those too."""
    registered = Registration.objects.filter(hamlet=hamlets[8], year=year, model=MODEL, state=State.REGISTERED)
    with as_of(datetime.date(year, 6, 8)):
        withdraw(
            actor=users["phuong"],
            shown=dict(registered.order_by("pk").values_list("pk", "state")[:3]),
            reason="Gia đình chuyển nơi ở, xin rút đăng ký.",
        )
    reviewed = Registration.objects.filter(hamlet=hamlets[7], year=year, model=MODEL, state=State.REVIEWED)
    with as_of(datetime.date(year, 11, 20)):
        send_back(
            actor=users["chutich"],
            shown=dict(reviewed.order_by("pk").values_list("pk", "state")[:5]),
            reason="Chưa có minh chứng học tập của người lớn, đề nghị bổ sung.",
        )
