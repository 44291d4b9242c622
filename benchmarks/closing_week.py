"""Closing week: hundreds of wards sign and send at once, the level above accepts and adds up meanwhile.

Sixteen processes, each with a connection of its own, take what comes: a ward's chair signs (and once more, as by a
double click), the leader above accepts it, and after every tenth signature somebody looks at who has not sent and at
the province's families. The floor is the same work done by one process, one thing after another, shared among the
processors there are: what it would cost if nobody ever waited for anybody. After every round nothing may be lost or
doubled, and the wards' signed totals must add up to the province's.
"""

from __future__ import annotations

import datetime
import multiprocessing
import os
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait

from django.db import connection, connections
from django.utils import timezone

from benchmarks import compare
from recognition.choices import YearReportState
from recognition.domain import closing
from recognition.domain.errors import RecognitionError
from recognition.domain.generating import generate, plan
from recognition.domain.reporting import build_report
from recognition.domain.reports_below import places_below
from recognition.models import YearReport
from units.choices import Level, Role
from units.models import Place, Posting, User

SIZES = {"small": (40, 3_000), "full": (300, 40_000)}  # wards, households among those of the province
AT_ONCE = 16
LOOK_EVERY = 10
TARGET = 1.5  # our own bound: locks, shared tables and a server busy with sixteen cost at most half as much again
REPEATS = {"small": 2, "full": 1}
SIGNED, REFUSED, ACCEPTED, LOOKED = "signed", "refused", "accepted", "looked"


def run(scale: str) -> list[dict]:
    """One result: the week of 40 or 300 wards."""
    count, households = SIZES[scale]
    generate(plan(scale="province", years=2, seed=1, households=households))
    week = Week(count)
    row = compare(
        f"closing week, {count} wards at once",
        work=week.at_once,
        floor=week.in_turn,
        before_work=week.clear,
        before_floor=week.clear,
        target=TARGET,
        repeats=REPEATS[scale],
        note=f"{AT_ONCE} processes, each ward sent twice; nothing lost, no deadlock, totals exact; "
        "floor: the same, one after another, shared among the processors",
    )
    processors = min(os.cpu_count() or 1, AT_ONCE)
    return [row | {"floor_seconds": row["floor_seconds"] / processors, "ratio": row["ratio"] * processors}]


class Week:
    """The wards, their chairs, and the leaders of their provinces."""

    def __init__(self, count: int):
        self.year = timezone.localdate().year - 1
        day = datetime.date(self.year, 12, 31)
        standing = Place.objects.on(day).filter(level=Level.COMMUNE)
        # Those with records first, then wards of the provinces after it.
        self.province = Place.objects.on(day).get(code="79")
        own = list(standing.filter(province=self.province).order_by("pk").values_list("pk", flat=True)[:count])
        others = standing.exclude(province=self.province).order_by("pk").values_list("pk", flat=True)
        self.wards = [*own, *others[: count - len(own)]]
        provinces = set(standing.filter(pk__in=self.wards).values_list("province_id", flat=True))
        self.chairs = self._people("chair", self.wards, Role.WARD_CHAIR)
        self.leaders = self._people("leader", sorted(provinces), Role.LEADER)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def _people(self, word: str, places: list[int], role: str) -> dict[int, int]:
        users = User.objects.bulk_create(
            User(username=f"bench-{word}-{pk}", full_name=f"Trần Thị {word}") for pk in places
        )
        since = datetime.date(2020, 1, 1)
        Posting.objects.bulk_create(
            Posting(user=user, role=role, place_id=pk, starts_on=since) for user, pk in zip(users, places, strict=True)
        )
        return {pk: user.pk for pk, user in zip(places, users, strict=True)}

    def clear(self) -> None:
        """A year nobody has closed."""
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE recognition_yearreport, recognition_yearreportevent CASCADE")

    def in_turn(self) -> None:
        """One thing after another; nobody waits."""
        done = Counter()
        for number, pk in enumerate(self.wards, start=1):
            done[sign(pk, self.chairs[pk], self.year)] += 1
            done[sign(pk, self.chairs[pk], self.year)] += 1
            done[accept(pk, self.leaders, self.year)] += 1
            if number % LOOK_EVERY == 0:
                done[look(self.province.pk, self.year)] += 1
        self.check(done)

    def at_once(self) -> None:
        """Everybody in the same minutes."""
        done = Counter()
        connections.close_all()  # nobody inherits an open connection
        with ProcessPoolExecutor(AT_ONCE, mp_context=multiprocessing.get_context("fork")) as pool:
            waiting: dict[Future, int] = {}
            for pk in self.wards:
                for _click in range(2):
                    waiting[pool.submit(sign, pk, self.chairs[pk], self.year)] = pk
            while waiting:
                finished, _others = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    pk, outcome = waiting.pop(future), future.result()  # a deadlock or any other failure ends the run
                    done[outcome] += 1
                    if outcome == SIGNED:
                        waiting[pool.submit(accept, pk, self.leaders, self.year)] = pk
                        if done[SIGNED] % LOOK_EVERY == 0:
                            waiting[pool.submit(look, self.province.pk, self.year)] = pk
        self.check(done)

    def check(self, done: Counter) -> None:
        """Nothing lost, nothing twice, every seal intact, and the signed totals are those of the level above."""
        count = len(self.wards)
        wanted = {SIGNED: count, REFUSED: count, ACCEPTED: count, LOOKED: count // LOOK_EVERY}
        assert dict(done) == {key: value for key, value in wanted.items() if value}, done
        reports = list(YearReport.objects.select_related("place"))
        assert {(one.place_id, one.version, one.state) for one in reports} == {
            (pk, 1, YearReportState.ACCEPTED) for pk in self.wards
        }
        assert all(closing.is_intact(one) for one in reports)
        sent = [one for one in places_below(self.province, self.year) if one.report is not None]
        assert len(sent) == sum(one.place.province_id == self.province.pk for one in reports)
        whole = build_report("TK-01", self.province, self.year)
        printed = {row.place_id: row.values for row in whole.rows}
        for one in reports:
            if one.place.province_id == self.province.pk:
                signed = closing.thaw(one.tables["TK-01"], one.place).total.values
                for key in ("total", "registered", "recognised"):
                    assert signed[key] == printed[one.place_id][key], (one.place, key)


# --- What one person does, in whichever process


def sign(ward: int, chair: int, year: int) -> str:
    """The chair looks at everything, explains the warnings, signs; refused when it was signed before."""
    place = Place.objects.select_related("province", "district", "commune", "parent").get(pk=ward)
    actor = User.objects.get(pk=chair)
    prepared = closing.prepare(place, year)
    reasons = {key: "Đã đối chiếu danh sách" for key, _one in prepared.warnings}
    try:
        closing.sign_and_send(
            actor=actor, place=place, year=year, signer_title="Chủ tịch", explanations=reasons, prepared=prepared
        )
    except closing.FindingsOpen:
        raise
    except RecognitionError:
        return REFUSED
    return SIGNED


def accept(ward: int, leaders: dict[int, int], year: int) -> str:
    """The leader of the ward's province takes its report."""
    report = YearReport.objects.select_related("place").get(place_id=ward, year=year)
    closing.answer(actor=User.objects.get(pk=leaders[report.place.province_id]), report=report, accepted=True)
    return ACCEPTED


def look(province: int, year: int) -> str:
    """Who has not sent, and the families of the province as they stand."""
    place = Place.objects.get(pk=province)
    places_below(place, year)
    build_report("TK-01", place, year)
    return LOOKED
