"""Dossiers of the yearly work. A state is reached by walking the real verbs, never by writing it."""

from __future__ import annotations

import copy
import datetime
from dataclasses import dataclass
from functools import cache, cached_property

from recognition.choices import LearningModel, Stage, State
from recognition.domain import assessing, deciding, proposing, registering
from recognition.domain.assessing import Entry
from recognition.domain.rulebooks import load_rulebooks
from recognition.models import Inspection, InspectionMember, Proposal, Registration, ReviewMeeting, Rulebook
from recognition.rulebook_checks import RULEBOOK_DIR, read_all
from tests.factories.units import (
    CommuneFactory,
    DistrictFactory,
    HamletFactory,
    ProvinceFactory,
    make_clan,
    make_household,
    make_officer,
)
from units.choices import RegistrantKind, Role
from units.models import ClanMembership, Community, Place, Registrant, Stay, User

YEAR = 2025


def load_shipped_rulebooks() -> None:
    """The rulebooks that ship with the product. Into an empty table they go in one statement, as they were written
    by the verb the first time (nearly every test of the chain begins so).
    """
    if _as_loaded and not Rulebook.objects.exists():
        Rulebook.objects.bulk_create([copy.copy(row) for row in _as_loaded])
        return
    empty = not Rulebook.objects.exists()
    load_rulebooks(specs=shipped_specs())
    if empty:
        _as_loaded[:] = Rulebook.objects.order_by("pk")
        for row in _as_loaded:
            row.pk, row._state.adding = None, True


_as_loaded: list[Rulebook] = []


@cache
def shipped_specs() -> list:
    """Read once a run: the files do not change while tests run, and checking them takes longer than most tests."""
    return read_all(RULEBOOK_DIR)


def make_community(place: Place, *, opened_on=datetime.date(2010, 1, 1)) -> Registrant:
    """The community of a place as a registrant, with its stay."""
    registrant = Registrant.objects.create(
        kind=RegistrantKind.COMMUNITY, name=f"Cộng đồng {place.name}", opened_on=opened_on, **place.fact_ids
    )
    Community.objects.create(registrant=registrant, place=place)
    Stay.objects.create(registrant=registrant, kind=registrant.kind, since=opened_on, **place.fact_ids)
    return registrant


@dataclass
class Ward:
    """A ward with one hamlet and its people, for the family model."""

    place: Place
    hamlet: Place
    hamlet_officer: User
    officer: User
    chair: User
    decider: User


def make_ward(name: str = "Phường Hòa Hưng", *, province: Place | None = None) -> Ward:
    """A ward where every step of the family chain has its person. Loads the rulebooks."""
    load_shipped_rulebooks()
    place = CommuneFactory(name=name, **({"parent": province} if province else {}))
    hamlet = HamletFactory(parent=place, name="Khu phố 1")
    return Ward(
        place,
        hamlet,
        make_officer(Role.HAMLET_OFFICER, hamlet, name="Trần Văn Ba"),
        make_officer(Role.WARD_OFFICER, place, name="Lê Thị An"),
        make_officer(Role.WARD_CHAIR, place, name="Phạm Thị Chi"),
        make_officer(Role.DECIDER, place, name="Nguyễn Thị Đào"),
    )


def make_registration(
    ward: Ward, *, state: str = State.REGISTERED, name: str = "Nguyễn Văn An", year: int = YEAR, total=90
) -> Registration:
    """One family of the ward's hamlet, walked to `state`."""
    return make_registrations(ward, 1, state=state, names=[name], year=year, total=total)[0]


def make_registrations(
    ward: Ward, count: int, *, state: str = State.REGISTERED, names: list[str] | None = None, year: int = YEAR, total=90
) -> list[Registration]:
    """Families of the ward's hamlet, walked to `state` together, in the order of their names."""
    names = names or [f"Nguyễn Văn {_letters(n)}" for n in range(count)]
    registrants = [make_household(ward.hamlet, name, address=f"{n + 1} Tô Hiến Thành") for n, name in enumerate(names)]
    registering.register_many(
        actor=ward.hamlet_officer, registrant_ids=[row.pk for row in registrants], model=LearningModel.FAMILY, year=year
    )
    ids = list(
        Registration.objects.live()
        .filter(registrant__in=registrants, model=LearningModel.FAMILY, year=year)
        .order_by("registrant_id")
        .values_list("pk", flat=True)
    )
    walk(ward, ids, state=state, year=year, total=total)
    rows = Registration.objects.in_bulk(ids)
    return [rows[pk] for pk in ids]


def make_learning_clan(ward: Ward, *, year: int = YEAR) -> Registrant:
    """A clan whose one family is recognised, so its required share is reached."""
    (family,) = make_registrations(ward, 1, state=State.RECOGNISED, names=["Nguyễn Văn Tộc"], year=year)
    clan = make_clan(ward.hamlet)
    ClanMembership.objects.create(
        clan_id=clan.pk, household_id=family.registrant_id, since=datetime.date(year - 5, 1, 1)
    )
    return clan


def walk(ward: Ward, ids: list[int], *, state: str, year: int = YEAR, total=90) -> None:
    """Take registered families on to `state` by the verbs their people use."""
    if state == State.REGISTERED:
        return
    if state == State.WITHDRAWN:
        registering.withdraw(
            actor=ward.hamlet_officer, shown=dict.fromkeys(ids, State.REGISTERED), reason="Gia đình đổi ý"
        )
        return
    entries = [Entry(pk, State.REGISTERED, total=total) for pk in ids]
    assessing.record_scores(actor=ward.hamlet_officer, stage=Stage.SELF, entries=entries)
    if state == State.SELF_ASSESSED:
        return
    if state == State.RETURNED:
        registering.send_back(
            actor=ward.officer, shown=dict.fromkeys(ids, State.SELF_ASSESSED), reason="Thiếu chữ ký chủ hộ"
        )
        return
    hold_meeting(ward, ids, year=year, total=total)
    if state == State.REVIEWED:
        return
    proposal = propose(ward, ids, year=year)
    if state == State.PROPOSED:
        return
    decision = deciding.prepare(
        actor=ward.decider,
        proposal=proposal,
        signed_on=proposal.signed_on,
        signer="Nguyễn Thị Đào",
        signer_title="Chủ tịch",
    )
    shown = dict.fromkeys(ids, State.PROPOSED)
    if state == State.RECOGNISED:
        deciding.issue(actor=ward.decider, decision=decision, recognise=shown)
    elif state == State.REFUSED:
        deciding.issue(
            actor=ward.decider,
            decision=decision,
            recognise={},
            refuse=shown,
            refusal_reasons=dict.fromkeys(ids, "Vi phạm quy ước khu phố"),
        )
    else:
        raise ValueError(state)


def hold_meeting(ward: Ward, ids: list[int], *, year: int = YEAR, total=90, present: int = 40) -> ReviewMeeting:
    """A review meeting that agrees on `total` for every family."""
    meeting = meeting_of(ward, year=year, present=present)
    entries = [Entry(pk, State.SELF_ASSESSED, total=total, votes_for=present, votes_against=0) for pk in ids]
    assessing.hold_meeting(actor=ward.hamlet_officer, meeting=meeting, entries=entries)
    return meeting


def meeting_of(ward: Ward, *, year: int = YEAR, present: int = 40) -> ReviewMeeting:
    """Minutes data, not saved."""
    return ReviewMeeting(
        place=ward.hamlet,
        model=LearningModel.FAMILY,
        year=year,
        held_on=datetime.date(year, 11, 15),
        venue="Nhà văn hóa khu phố 1",
        chair="Trần Văn Ba",
        secretary="Lý Thị Thu",
        invited=50,
        present=present,
    )


def letter_of(ward: Ward, *, year: int = YEAR) -> Proposal:
    """Letter data, not saved."""
    return Proposal(
        place=ward.place,
        model=LearningModel.FAMILY,
        year=year,
        signed_on=datetime.date(year, 12, 1),
        signer="Phạm Thị Chi",
        signer_title="Chủ tịch Hội Khuyến học",
    )


def propose(ward: Ward, ids: list[int], *, year: int = YEAR) -> Proposal:
    """A proposal letter with the given reviewed families."""
    proposal = letter_of(ward, year=year)
    proposing.propose(actor=ward.officer, proposal=proposal, shown=dict.fromkeys(ids, State.REVIEWED))
    return proposal


@dataclass
class District:
    """A district of 2017 with wards that score themselves under Circular 44, and its people."""

    place: Place
    wards: list[Place]
    communities: list[Registrant]
    officers: list[User]
    inspector: User
    decider: User

    @cached_property
    def team(self) -> Inspection:
        """The inspection team of 2017, with the inspector as its head."""
        return make_team(self)


def make_district(count: int = 2) -> District:
    """Wards of a district before the reform of 2025, each with an officer. Loads the rulebooks."""
    load_shipped_rulebooks()
    last = datetime.date(2025, 6, 30)
    province = ProvinceFactory(name="Thành phố Hồ Chí Minh", valid_from=None, valid_to=last)
    place = DistrictFactory(name="Quận 10", parent=province)
    wards = [CommuneFactory(name=f"Phường {n + 1}", parent=place, valid_from=None, valid_to=last) for n in range(count)]
    return District(
        place,
        wards,
        [make_community(ward) for ward in wards],
        [make_officer(Role.WARD_OFFICER, ward, name=f"Cán bộ {ward.name}") for ward in wards],
        make_officer(Role.INSPECTOR, place, name="Hoàng Văn Bình"),
        make_officer(Role.DECIDER, place, name="Vũ Văn Quyết"),
    )


def make_team(district: District, *, year: int = 2017) -> Inspection:
    """A team of the district whose head is the inspector."""
    team = Inspection.objects.create(
        place=district.place,
        model=LearningModel.COMMUNITY_COMMUNE,
        year=year,
        decision_number="15/QĐ-UBND",
        decision_on=datetime.date(year, 12, 1),
        starts_on=datetime.date(year, 12, 5),
        ends_on=datetime.date(year, 12, 20),
        created_by_name=district.inspector.full_name,
    )
    InspectionMember.objects.create(inspection=team, user=district.inspector, name="Hoàng Văn Bình", is_lead=True)
    return team


def make_ward_dossier(
    district: District, index: int = 0, *, state: str = State.PROPOSED, year: int = 2017
) -> Registration:
    """A ward's own dossier under Circular 44, walked to REGISTERED, SELF_ASSESSED or PROPOSED."""
    officer, ward = district.officers[index], district.wards[index]
    row = registering.register(
        actor=officer, registrant=district.communities[index], model=LearningModel.COMMUNITY_COMMUNE, year=year
    )
    if state != State.REGISTERED:
        scores = full_scores(row)
        assessing.record_scores(
            actor=officer, stage=Stage.SELF, entries=[Entry(row.pk, State.REGISTERED, scores=scores)]
        )
    if state == State.PROPOSED:
        letter = Proposal(
            place=ward,
            model=LearningModel.COMMUNITY_COMMUNE,
            year=year,
            signed_on=datetime.date(year, 12, 3),
            signer="Nguyễn Văn Phú",
            signer_title="Chủ tịch",
        )
        proposing.propose(actor=officer, proposal=letter, shown={row.pk: State.SELF_ASSESSED})
    row.refresh_from_db()
    return row


def full_scores(row: Registration, *, less: float = 0) -> dict[str, float]:
    """The maximum of every criterion; `less` is taken off the first."""
    spec = row.rulebook.spec
    scores = {leaf.code: float(leaf.maximum) for leaf in spec.leaves}
    scores[spec.leaves[0].code] -= less
    return scores


def _letters(number: int) -> str:
    """A distinct given name for a number."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(97 + rest) + name
    return name.title()


def add_inspector(district: District, name: str = "Đặng Thị Hai") -> User:
    """A second inspector in the district's team."""
    user = make_officer(Role.INSPECTOR, district.place, name=name)
    InspectionMember.objects.create(inspection=district.team, user=user, name=name)
    return user


def make_family_team(ward: Ward, *, year: int = YEAR) -> Inspection:
    """A team of the ward for families, headed by its chair, who entered no score."""
    team = Inspection.objects.create(
        place=ward.place,
        model=LearningModel.FAMILY,
        year=year,
        starts_on=datetime.date(year, 11, 1),
        ends_on=datetime.date(year, 12, 20),
        created_by_name=ward.chair.full_name,
    )
    InspectionMember.objects.create(inspection=team, user=ward.chair, name=ward.chair.full_name, is_lead=True)
    return team
