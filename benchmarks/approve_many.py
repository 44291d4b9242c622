"""Approving many at once (target T4): the verb with history and tallies against one UPDATE with an audit row each.

The floor works on copies of the tables with the same columns, checks and indexes, but no triggers and no foreign keys.
"""

from __future__ import annotations

import datetime

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks import compare
from recognition.choices import Action, State
from recognition.domain.deciding import issue
from recognition.domain.generating import generate, plan
from recognition.domain.transitions import move
from recognition.models import Award, Certificate, Decision, Proposal, Registration
from units.choices import Role
from units.models import Place, Posting, User

SIZES = {"small": 2_000, "full": 10_000}
TARGET = 1.3
ISSUE_TARGET = 3  # our own bound: awards and certificates carry ten foreign keys, checked row by row
REPEATS = 9


def run(scale: str) -> list[dict]:
    """Results for approving, and for issuing a whole decision with awards and certificates."""
    count = SIZES[scale]
    generate(plan(scale="ward", years=1, seed=1, households=count * 3))
    bench = Bench(count)
    floor = Floor(bench)
    bench.statements(1)  # the person's postings are read once per request
    few, many = bench.statements(count // 10), bench.statements(count)
    return [
        compare(
            f"approve {count:,}",
            work=bench.approve,
            floor=floor.approve,
            before_work=bench.start,
            before_floor=floor.start,
            target=TARGET,
            repeats=REPEATS,
            note=f"{many} statements, {few} for a tenth of the rows",
        ),
        compare(
            f"issue a decision for {count:,}",
            work=bench.issue,
            floor=floor.issue,
            before_work=bench.start,
            before_floor=floor.start,
            target=ISSUE_TARGET,
            repeats=REPEATS,
            note="with awards and numbered certificates; floor without their foreign keys",
        ),
    ]


class Bench:
    """`count` proposed dossiers of one ward and the person who decides on them."""

    def __init__(self, count: int):
        rows = Registration.objects.live().filter(self_half__isnull=False, award__isnull=True)
        self.ids = list(rows.order_by("pk").values_list("pk", flat=True)[:count])
        assert len(self.ids) == count, f"only {len(self.ids)} dossiers"
        self.year = Registration.objects.get(pk=self.ids[0]).year
        self.ward = Place.objects.get(pk=Registration.objects.get(pk=self.ids[0]).commune_id)
        self.decider = User.objects.create(username="bench", full_name="Phạm Quốc Đạo")
        Posting.objects.create(
            user=self.decider, role=Role.DECIDER, place=self.ward, starts_on=datetime.date(2020, 1, 1)
        )
        today = timezone.localdate()
        self.proposal = Proposal.objects.create(
            place=self.ward,
            to_place=self.ward,
            model="FAMILY",
            year=self.year,
            number=9999,
            symbol="TTr-HKH",
            signed_on=today,
            signer="Trần Thị Chi",
            signer_title="Chủ tịch Hội",
            created_by_name="bench",
        )
        self.shown = dict.fromkeys(self.ids, str(State.PROPOSED))

    def start(self) -> None:
        """As on the morning of the decision: everything proposed, nothing decided, no dead rows in the way."""
        with connection.cursor() as cursor:
            Certificate.objects.filter(award__registration__in=self.ids).delete()
            Award.objects.filter(registration__in=self.ids).delete()
            cursor.execute(
                "UPDATE recognition_registration SET state = 'PROPOSED', state_note = '', passed = TRUE,"
                " proposal_id = %s, state_by_id = NULL, state_by_name = '' WHERE id = ANY(%s)",
                [self.proposal.pk, self.ids],
            )
            cursor.execute("VACUUM recognition_registration, recognition_tally, recognition_award")
        Proposal.objects.filter(pk=self.proposal.pk).update(state="SENT")
        self.decision = Decision.objects.create(
            place=self.ward,
            authority="Ủy ban nhân dân cấp xã",
            model="FAMILY",
            year=self.year,
            proposal=self.proposal,
            symbol="QĐ-UBND",
            signed_on=timezone.localdate(),
            signer="Phạm Quốc Đạo",
            signer_title="Chủ tịch",
        )

    def approve(self, count: int | None = None) -> None:
        """Approve `count` of the dossiers, or all, by the verb."""
        shown = self.shown if count is None else dict(list(self.shown.items())[:count])
        outcome = move(actor=self.decider, action=Action.RECOGNISE, shown=shown, only_passed=True)
        assert len(outcome.done) == len(shown), outcome.skipped[:3]

    def issue(self) -> None:
        """Issue the decision for all of them by the verb."""
        issued = issue(actor=self.decider, decision=self.decision, recognise=self.shown)
        assert issued.recognised == len(self.ids)

    def statements(self, count: int) -> int:
        """How many SQL statements approving `count` takes."""
        self.start()
        with CaptureQueriesContext(connection) as captured:
            self.approve(count)
        return len(captured)


class Floor:
    """The same rows in bare tables, and the least SQL that leaves the same rows behind."""

    TABLES = ("registration", "award", "certificate")

    def __init__(self, bench: Bench):
        self.bench = bench
        with connection.cursor() as cursor:
            for name in self.TABLES:
                for table in (f"recognition_{name}", f"recognition_{name}event"):
                    cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
            bench.start()
            # without the generated column, which fills itself
            names = ", ".join(one.column for one in Registration._meta.concrete_fields if not one.generated)
            cursor.execute(
                f"INSERT INTO bare_recognition_registration ({names}) SELECT {names} FROM recognition_registration"
            )
            cursor.execute("ANALYZE bare_recognition_registration")
            self.audits = {name: self._audit(cursor, name) for name in self.TABLES}

    def _audit(self, cursor, name: str) -> str:
        """SQL that writes one audit row with all columns for each row of `changed`."""
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND column_name NOT LIKE 'pgh\\_%%' ORDER BY ordinal_position",
            [f"recognition_{name}event"],
        )
        columns = ", ".join(column for (column,) in cursor.fetchall())
        return (
            f"INSERT INTO bare_recognition_{name}event ({columns}, pgh_obj_id, pgh_label, pgh_created_at)"
            f" SELECT {columns}, id, 'update', now() FROM changed"
        )

    def start(self) -> None:
        """The bare tables as they stand before anybody approves."""
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE bare_recognition_award, bare_recognition_certificate")
            cursor.execute(
                "UPDATE bare_recognition_registration SET state = 'PROPOSED', state_by_id = NULL, state_by_name = ''"
                " WHERE id = ANY(%s)",
                [self.bench.ids],
            )
            cursor.execute("VACUUM bare_recognition_registration")

    def approve(self) -> None:
        """The least SQL that approves all."""
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH changed AS (UPDATE bare_recognition_registration SET state = 'RECOGNISED', state_at = now(),"
                " state_by_id = %s, state_by_name = %s, state_note = '' WHERE id = ANY(%s) AND state = 'PROPOSED'"
                f" RETURNING *) {self.audits['registration']}",
                [self.bench.decider.pk, self.bench.decider.full_name, self.bench.ids],
            )
            assert cursor.rowcount == len(self.bench.ids)

    def issue(self) -> None:
        """The least SQL that decides about all, certificates included."""
        with transaction.atomic(), connection.cursor() as cursor:
            self.approve()
            cursor.execute(
                "WITH changed AS (INSERT INTO bare_recognition_award (registration_id, decision_id, registrant_id,"
                " model, year, rank, total_half, hamlet_id, commune_id, district_id, province_id, valid_from, status,"
                " status_reason) SELECT id, 1, registrant_id, model, year, rank, review_half, hamlet_id, commune_id,"
                " district_id, province_id, current_date, 'VALID', '' FROM bare_recognition_registration"
                f" WHERE id = ANY(%s) RETURNING *) {self.audits['award']}",
                [self.bench.ids],
            )
            cursor.execute(
                "WITH changed AS (INSERT INTO bare_recognition_certificate (award_id, place_id, number_year, number,"
                " token, printed_name, printed_address, issued_on) SELECT a.id, a.commune_id, a.year, row_number()"
                " OVER (), md5(a.id::text), g.name, h.address, current_date FROM bare_recognition_award a"
                " JOIN units_registrant g ON g.id = a.registrant_id JOIN units_household h ON h.registrant_id = g.id"
                f" RETURNING *) {self.audits['certificate']}"
            )
