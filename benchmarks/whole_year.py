"""A ward's whole year in bulk: registered, self-scored, reviewed, proposed, decided, certificates numbered.

The work is the verbs people use, one after the other; the floor leaves the same rows behind in copies of the tables
with the same columns, checks and indexes, but no triggers and no foreign keys.
"""

from __future__ import annotations

import datetime

from django.db import connection, transaction
from django.utils import timezone

from benchmarks import compare
from recognition.choices import LearningModel, Stage, State
from recognition.domain.assessing import Entry, hold_meeting, record_scores
from recognition.domain.deciding import issue, prepare
from recognition.domain.generating import generate, plan
from recognition.domain.proposing import propose
from recognition.domain.registering import register_many
from recognition.domain.rulebooks import rulebook_for
from recognition.models import Certificate, Proposal, Registration, ReviewMeeting
from units.choices import Role
from units.models import Place, Posting, Registrant, User

SIZES = {"small": 2_000, "full": 10_000}
TARGET = 4  # our own bound: foreign keys (2.2× for the decision alone), and every sheet judged by its rulebook
REPEATS = 5
FAMILY = LearningModel.FAMILY
FACTS = ("registration", "assessment", "award", "certificate")
EMPTIED = "recognition_registration, recognition_tally, recognition_reviewmeeting, recognition_proposal"


def run(scale: str) -> list[dict]:
    """One result: the whole chain for a ward of 2,000 or 10,000 families."""
    count = SIZES[scale]
    generate(plan(scale="ward", years=1, seed=1, households=count))
    year, floor = Year(count), Floor()
    year.start()
    year.walk()
    floor.learn(year)
    return [
        compare(
            f"register to certificate, {count:,} families",
            work=year.walk,
            floor=floor.walk,
            before_work=year.start,
            before_floor=floor.start,
            target=TARGET,
            repeats=REPEATS,
            note=f"{len(year.hamlets)} meetings; floor: the same rows by plain SQL, no foreign keys",
        )
    ]


class Year:
    """The families of one ward, and the people who take them through the year."""

    def __init__(self, count: int):
        self.year = timezone.localdate().year
        self.ids = list(Registrant.objects.households().filter(closed_on=None).values_list("pk", flat=True)[:count])
        self.ward = Place.objects.get(pk=Registrant.objects.get(pk=self.ids[0]).commune_id)
        since = datetime.date(2020, 1, 1)
        people = []
        for name, role in (("bench-officer", Role.WARD_OFFICER), ("bench-decider", Role.DECIDER)):
            user = User.objects.create(username=name, full_name="Phạm Quốc Đạo")
            Posting.objects.create(user=user, role=role, place=self.ward, starts_on=since)
            people.append(user)
        self.officer, self.decider = people
        spec = rulebook_for(FAMILY, self.year, self.ward.province.code).spec
        self.scores = {leaf.code: float(leaf.maximum) - 1 for leaf in spec.leaves}
        self.hamlets = list(Place.objects.filter(pk__in=Registrant.objects.filter(pk__in=self.ids).values("hamlet_id")))

    def start(self) -> None:
        """A year nobody has begun."""
        events = ", ".join(f"recognition_{name}event" for name in FACTS)
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {EMPTIED}, {events} CASCADE")
            # As far as the database knows there are no dossiers: the worst it can believe when a season begins.
            cursor.execute(f"ANALYZE {EMPTIED}")

    def walk(self) -> None:
        """Every step of a year, from register to certificate, by the verbs."""
        day = datetime.date(self.year, 11, 15)
        outcome = register_many(actor=self.officer, registrant_ids=self.ids, model=FAMILY, year=self.year)
        assert len(outcome.done) == len(self.ids), outcome.skipped[:3]
        rows = list(Registration.objects.values_list("pk", "hamlet_id"))
        entries = [Entry(pk, str(State.REGISTERED), scores=self.scores) for pk, _hamlet in rows]
        record_scores(actor=self.officer, stage=Stage.SELF, entries=entries)
        for hamlet in self.hamlets:
            meeting = ReviewMeeting(
                place=hamlet,
                model=FAMILY,
                year=self.year,
                held_on=day,
                venue="Nhà văn hóa",
                chair="Lê Thị Mai",
                secretary="Phan Thị Hạnh",
                invited=80,
                present=60,
            )
            listed = [pk for pk, hamlet_id in rows if hamlet_id == hamlet.pk]
            agreed = [Entry(pk, str(State.SELF_ASSESSED), scores=self.scores, votes_for=60) for pk in listed]
            hold_meeting(actor=self.officer, meeting=meeting, entries=agreed)
        letter = Proposal(
            place=self.ward,
            model=FAMILY,
            year=self.year,
            signed_on=day,
            signer="Trần Thị Chi",
            signer_title="Chủ tịch Hội",
        )
        propose(actor=self.officer, proposal=letter, shown={pk: str(State.REVIEWED) for pk, _hamlet in rows})
        decision = prepare(
            actor=self.decider, proposal=letter, signed_on=day, signer="Phạm Quốc Đạo", signer_title="Chủ tịch"
        )
        issue(actor=self.decider, decision=decision, recognise={pk: str(State.PROPOSED) for pk, _hamlet in rows})
        assert Certificate.objects.count() == len(self.ids)


class Floor:
    """The rows a walked year left behind, written again step by step with the least SQL."""

    def learn(self, year: Year) -> None:
        """Keep what the walk wrote, and make bare tables to write it to."""
        with connection.cursor() as cursor:
            for name in FACTS:
                for table in (f"recognition_{name}", f"recognition_{name}event"):
                    cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
                cursor.execute(f"CREATE TABLE kept_{name} AS TABLE recognition_{name}")
                cursor.execute(f"ANALYZE kept_{name}")
            self.columns = {name: self._columns(cursor, f"recognition_{name}", generated=False) for name in FACTS}
            self.audits = {name: self._audit(cursor, name) for name in FACTS}

    def _columns(self, cursor, table: str, *, generated: bool) -> str:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND column_name NOT LIKE 'pgh\\_%%' AND (%s OR is_generated = 'NEVER') ORDER BY ordinal_position",
            [table, generated],
        )
        return ", ".join(column for (column,) in cursor.fetchall())

    def _audit(self, cursor, name: str) -> str:
        columns = self._columns(cursor, f"recognition_{name}event", generated=True)
        return (
            f"INSERT INTO bare_recognition_{name}event ({columns}, pgh_obj_id, pgh_label, pgh_created_at)"
            f" SELECT {columns}, id, 'update', now() FROM changed"
        )

    def start(self) -> None:
        """Bare tables, empty."""
        tables = ", ".join(f"bare_recognition_{name}, bare_recognition_{name}event" for name in FACTS)
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {tables}")

    def _insert(self, cursor, name: str, where: str = "TRUE") -> None:
        columns = self.columns[name]
        cursor.execute(
            f"WITH changed AS (INSERT INTO bare_recognition_{name} ({columns}) SELECT {columns} FROM kept_{name}"
            f" WHERE {where} RETURNING *) {self.audits[name]}"
        )

    def _step(self, cursor, state: str, more: str = "") -> None:
        cursor.execute(
            f"WITH changed AS (UPDATE bare_recognition_registration r SET state = %s, state_at = now(){more}"
            f" FROM kept_registration k WHERE k.id = r.id RETURNING r.*) {self.audits['registration']}",
            [state],
        )

    def walk(self) -> None:
        """The same steps as bare SQL."""
        with connection.cursor() as cursor:
            for step in (self._register, self._score, self._meet, self._propose, self._decide):
                with transaction.atomic():
                    step(cursor)

    def _register(self, cursor) -> None:
        columns = self.columns["registration"]
        kept = columns.replace("state,", "'REGISTERED',", 1)
        cursor.execute(
            f"WITH changed AS (INSERT INTO bare_recognition_registration ({columns}) SELECT {kept}"
            f" FROM kept_registration RETURNING *) {self.audits['registration']}"
        )

    def _score(self, cursor) -> None:
        self._step(cursor, "SELF_ASSESSED", ", self_half = k.self_half")
        self._insert(cursor, "assessment", "stage = 'SELF'")

    def _meet(self, cursor) -> None:
        self._step(cursor, "REVIEWED", ", review_half = k.review_half, passed = k.passed, meeting_id = k.meeting_id")
        self._insert(cursor, "assessment", "stage = 'REVIEW'")

    def _propose(self, cursor) -> None:
        self._step(cursor, "PROPOSED", ", proposal_id = k.proposal_id")

    def _decide(self, cursor) -> None:
        self._step(cursor, "RECOGNISED")
        self._insert(cursor, "award")
        self._insert(cursor, "certificate")
