"""Every state × action × role of every shipped rulebook, at every level of government of its time.

Who may follows from a plain reading of each rulebook's procedure (`rulebook_reading`), which is held in place by the
rows written out below for the rulebooks of today. The question that draws the buttons (`may`) and the verb that writes
(`move`) must both give exactly that.
"""

import datetime

import pytest
from django.db import transaction

from recognition.choices import Action, LearningModel, RulebookOrigin, State
from recognition.domain.rulebooks import load_rulebooks
from recognition.domain.transitions import move
from recognition.models import Registration, Rulebook
from recognition.rules import may
from tests.factories.recognition import load_shipped_rulebooks, shipped_specs
from tests.factories.units import CommuneFactory, DistrictFactory, HamletFactory, ProvinceFactory, make_officer
from tests.recognition import rulebook_reading as reading
from tests.recognition.rulebook_samples import variant_of, variant_spec
from tests.recognition.test_workflow import TABLES
from units.choices import RegistrantKind, Role
from units.models import Registrant, User

REFORM = datetime.date(2025, 7, 1)
STATES = [str(state) for state in State.values]
ACTIONS = [action for action in Action.values if action != Action.REGISTER]  # nothing is registered from a state

# name → (role, place); "other …" stand beside the dossier's own places, "… above" hold a ward's role one level up.
CAST = {
    "chi hội": (Role.HAMLET_OFFICER, "hamlet"),
    "chi hội khác": (Role.HAMLET_OFFICER, "other_hamlet"),
    "cán bộ phường": (Role.WARD_OFFICER, "commune"),
    "cán bộ phường khác": (Role.WARD_OFFICER, "other_commune"),
    "chủ tịch hội phường": (Role.WARD_CHAIR, "commune"),
    "người ký phường": (Role.DECIDER, "commune"),
    "người ký phường khác": (Role.DECIDER, "other_commune"),
    "kiểm tra phường": (Role.INSPECTOR, "commune"),
    "cán bộ huyện": (Role.WARD_OFFICER, "district"),
    "kiểm tra huyện": (Role.INSPECTOR, "district"),
    "người ký huyện": (Role.DECIDER, "district"),
    "kiểm tra tỉnh": (Role.INSPECTOR, "province"),
    "người ký tỉnh": (Role.DECIDER, "province"),
    "lãnh đạo tỉnh": (Role.LEADER, "province"),
    "lãnh đạo cả nước": (Role.LEADER, None),
    "quản trị": (Role.ADMINISTRATOR, None),
}
WARD_STAFF = {"cán bộ phường", "chủ tịch hội phường", "cán bộ huyện"}
REGISTER_KEEPERS = {"chi hội", "cán bộ phường", "cán bộ huyện"}
EVERY_DECISION = (Action.RECOGNISE, Action.REFUSE)


def by_meeting(*, keepers=REGISTER_KEEPERS, reviewers=REGISTER_KEEPERS, inspectors=frozenset()):
    """Families, clans, citizens, organisations of QĐ 448 and hamlets: decided in the ward."""
    deciders = {"người ký phường"}
    later = WARD_STAFF | deciders | inspectors
    return {
        Action.SELF_ASSESS: keepers,
        Action.REVIEW: reviewers,
        Action.INSPECT: inspectors,
        Action.PROPOSE: WARD_STAFF,
        **dict.fromkeys(EVERY_DECISION, deciders),
        Action.WITHDRAW: keepers,
        Action.RETURN: {
            "SELF_ASSESSED": later,
            "REVIEWED": later,
            "INSPECTED": WARD_STAFF | deciders,
            "PROPOSED": deciders,
        },
    }


def by_inspection(*, keepers, proposers, inspectors, deciders):
    """Communes, districts, provinces and organisations of the circulars: inspected and decided above."""
    above = inspectors | deciders
    return {
        Action.SELF_ASSESS: keepers,
        Action.REVIEW: set(),
        Action.INSPECT: inspectors,
        Action.PROPOSE: proposers,
        **dict.fromkeys(EVERY_DECISION, deciders),
        Action.WITHDRAW: keepers,
        Action.RETURN: {"SELF_ASSESSED": proposers | above, "PROPOSED": above, "INSPECTED": deciders},
    }


IN_DISTRICT = {"inspectors": {"kiểm tra huyện", "kiểm tra tỉnh"}, "deciders": {"người ký huyện"}}
IN_PROVINCE = {"inspectors": {"kiểm tra tỉnh"}, "deciders": {"người ký tỉnh"}}
UNKNOWN = {"inspectors": set(), "deciders": set()}  # nobody knows who does it since 1 July 2025
COMMUNE_STAFF = {"keepers": WARD_STAFF, "proposers": WARD_STAFF}
# Nobody of a hamlet: an organisation belongs to its commune, even where a hamlet's name stands in its address.
OF_A_SCHOOL = {"keepers": {"cán bộ phường", "cán bộ huyện"}, "proposers": WARD_STAFF}
DISTRICT_STAFF = {"keepers": {"cán bộ huyện", "lãnh đạo tỉnh"}, "proposers": {"cán bộ huyện", "lãnh đạo tỉnh"}}
PROVINCE_STAFF = {"keepers": {"lãnh đạo tỉnh"}, "proposers": {"lãnh đạo tỉnh"}}
HAMLET_CHECK = frozenset(WARD_STAFF | {"kiểm tra phường", "kiểm tra huyện", "kiểm tra tỉnh"})

# (rulebook, year, its own level) → who may; three-tier years first, then two-tier ones.
RIGHTS = {
    ("FAMILY-448", 2021): ("hamlet", by_meeting()),
    ("FAMILY-2022", 2024): ("hamlet", by_meeting()),
    ("CLAN-448", 2024): ("hamlet", by_meeting()),
    ("CITIZEN-324", 2024): ("hamlet", by_meeting()),
    ("UNIT-448", 2019): ("commune", by_meeting(keepers={"cán bộ phường", "cán bộ huyện"}, reviewers=WARD_STAFF)),
    ("HAMLET-448", 2024): ("hamlet", by_meeting(inspectors=HAMLET_CHECK)),
    ("COMMUNE-TT44", 2017): ("commune", by_inspection(**COMMUNE_STAFF, **IN_DISTRICT)),
    ("COMMUNE-TT25", 2024): ("commune", by_inspection(**COMMUNE_STAFF, **IN_DISTRICT)),
    ("DISTRICT-TT25", 2024): ("district", by_inspection(**DISTRICT_STAFF, **IN_PROVINCE)),
    ("PROVINCE-TT25", 2024): ("province", by_inspection(**PROVINCE_STAFF, **UNKNOWN)),
    ("UNIT-TT22", 2021): ("commune", by_inspection(**OF_A_SCHOOL, **IN_PROVINCE)),
    ("UNIT-TT22-DISTRICT", 2021): ("commune", by_inspection(**OF_A_SCHOOL, **IN_DISTRICT)),
    ("UNIT-TT24", 2024): ("commune", by_inspection(**OF_A_SCHOOL, **IN_PROVINCE)),
    ("UNIT-TT24-DISTRICT", 2024): ("commune", by_inspection(**OF_A_SCHOOL, **IN_DISTRICT)),
    ("FAMILY-2022", 2026): ("hamlet", by_meeting()),
    ("CLAN-448", 2026): ("hamlet", by_meeting()),
    ("CITIZEN-324", 2026): ("hamlet", by_meeting()),
    ("HAMLET-448", 2026): ("hamlet", by_meeting(inspectors=HAMLET_CHECK)),
    ("COMMUNE-TT25", 2026): ("commune", by_inspection(**COMMUNE_STAFF, **UNKNOWN)),
    ("COMMUNE-TT25-79", 2026): ("commune", by_inspection(**COMMUNE_STAFF, **IN_PROVINCE)),
    ("PROVINCE-TT25", 2026): ("province", by_inspection(**PROVINCE_STAFF, **UNKNOWN)),
    ("UNIT-TT24", 2026): ("commune", by_inspection(**OF_A_SCHOOL, **IN_PROVINCE)),
}
CONTENTS = {spec.code: spec.content for spec in shipped_specs()}
CONTENTS["COMMUNE-TT25-79"] = variant_of(CONTENTS["COMMUNE-TT25"])  # and the variant of a province
# Those of the rows, and whatever else lies in the folder, in a year with districts and one without.
CASES = [*RIGHTS]
for one in sorted(CONTENTS.keys() - {code for code, _year in RIGHTS}):
    CASES += [(one, year) for year in reading.years_of(CONTENTS[one])]
KINDS = {
    LearningModel.FAMILY: RegistrantKind.HOUSEHOLD,
    LearningModel.CLAN: RegistrantKind.CLAN,
    LearningModel.CITIZEN: RegistrantKind.CITIZEN,
    LearningModel.UNIT: RegistrantKind.ORGANISATION,
}


class World:
    """One dossier per rulebook, year and state, and somebody in every role at every place."""

    def __init__(self):
        load_shipped_rulebooks()
        general = Rulebook.objects.get(code="COMMUNE-TT25")
        load_rulebooks(specs=[variant_spec(general.content, "79")], origin=RulebookOrigin.ASSOCIATION, retire=False)
        province = ProvinceFactory(code="79")
        district = DistrictFactory(parent=province, valid_to=REFORM - datetime.timedelta(days=1))
        commune, other_commune = (CommuneFactory(parent=district) for _ in range(2))
        hamlet, other_hamlet = (HamletFactory(parent=commune) for _ in range(2))
        self.places = {
            "province": province,
            "district": district,
            "commune": commune,
            "other_commune": other_commune,
            "hamlet": hamlet,
            "other_hamlet": other_hamlet,
            None: None,
        }
        self.people = {name: make_officer(role, self.places[place], name=name) for name, (role, place) in CAST.items()}
        self.rows = self._dossiers()

    def _dossiers(self) -> dict[int, tuple[str, int, str]]:
        """Written as they stand: a state is where the walk begins here, not what it reaches."""
        books = {book.code: book for book in Rulebook.objects.all()}
        drafts, keys = [], []
        for code, year in CASES:
            ids = dict(self.places[reading.OWN_LEVEL[CONTENTS[code]["model"]]].fact_ids)
            if year >= REFORM.year + 1:
                ids["district_id"] = None
            kind = KINDS.get(books[code].model, RegistrantKind.COMMUNITY)
            for state in STATES:
                person = Registrant(
                    kind=kind, name=f"{code} {state}", bigrams=[], opened_on=datetime.date(2010, 1, 1), **ids
                )
                drafts.append((person, books[code], year, state, ids))
                keys.append((code, year, state))
        Registrant.objects.bulk_create(draft[0] for draft in drafts)
        rows = Registration.objects.bulk_create(
            Registration(
                registrant=person,
                model=book.model,
                year=year,
                rulebook=book,
                state=state,
                state_at=datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
                state_note="Lý do",
                passed=True,
                **ids,
            )
            for person, book, year, state, ids in drafts
        )
        return {row.pk: key for row, key in zip(rows, keys, strict=True)}

    def expected(self, name: str, action: str) -> set[tuple[str, int, str]]:
        return {
            (code, year, state) for code, year, state in self.rows.values() if may_read(code, year, state, name, action)
        }


def may_read(code: str, year: int, state: str, name: str, action: str) -> bool:
    """May this person of the cast act, as the rulebook's file says?"""
    role, place = CAST[name]
    content = CONTENTS[code]
    return place in reading.places_of(content, year) and reading.may_act(content, year, action, state, role, place)


def test_the_reading_says_what_is_written_out_by_hand():
    for (code, year), (level, rights) in RIGHTS.items():
        assert reading.OWN_LEVEL[CONTENTS[code]["model"]] == level
        for action in ACTIONS:
            for state in STATES:
                who = rights[action].get(state, set()) if isinstance(rights[action], dict) else rights[action]
                if year > REFORM.year:  # districts ended on 1 July 2025: their people reach nothing of the years since
                    who = {name for name in who if CAST[name][1] != "district"}
                written = who if state in TABLES[code.removesuffix("-79")][action] else set()
                read = {name for name in CAST if may_read(code, year, state, name, action)}
                assert read == written, (code, year, action, state)


@pytest.mark.django_db
def test_question_and_verb_say_the_same_as_the_tables():
    world = World()
    rows = list(Registration.objects.filter(pk__in=world.rows).select_related("rulebook"))
    shown = {row.pk: row.state for row in rows}
    faults = []
    for name in CAST:
        person = User.objects.get(pk=world.people[name].pk)
        for action in ACTIONS:
            expected = world.expected(name, action)
            asked = {world.rows[row.pk] for row in rows if may(person, action, row)}
            with transaction.atomic():
                outcome = move(actor=person, action=action, shown=shown, note="Lý do")
                transaction.set_rollback(True)
            moved = {world.rows[pk] for pk in outcome.done}
            faults += [f"{name} {action}: may {_words(asked, expected)}"] if asked != expected else []
            faults += [f"{name} {action}: move {_words(moved, expected)}"] if moved != expected else []
            assert len(outcome.done) + len(outcome.skipped) == len(rows)

    assert not faults, "\n".join(faults)


def _words(found: set, expected: set) -> str:
    return f"too much {sorted(found - expected)}, too little {sorted(expected - found)}"


def test_every_rulebook_of_the_folder_is_walked():
    assert {code for code, _year in CASES} == set(CONTENTS)
