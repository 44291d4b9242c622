"""The demo ward's organisations, clans, citizens and communities. Every name is invented; nobody real."""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence

from recognition.domain.demo.names import address, person
from units.choices import WITH_LEARNERS, CitizenGroup, ManagingLevel, OrganisationType, Sex
from units.domain import citizens, clans, organisations
from units.domain.bulk import RegistrantDraft, add_registrants
from units.domain.communities import ensure_communities
from units.models import Place, Registrant, User

COMMUNITY_SINCE = datetime.date(2016, 1, 1)
YEARS = (2024, 2025, 2026)
# (type, name, staff, has a learning branch); one line per type at least.
ORGANISATIONS = (
    (OrganisationType.AGENCY, "Đội Quản lý trật tự Bằng Lăng", 24, False),
    (OrganisationType.AGENCY, "Trạm Khuyến nông Bằng Lăng", 12, True),
    (OrganisationType.KINDERGARTEN, "Trường Mầm non Hoa Nắng", 32, True),
    (OrganisationType.KINDERGARTEN, "Trường Mầm non Mây Trắng", 28, True),
    (OrganisationType.PRIMARY, "Trường Tiểu học Bằng Lăng", 54, True),
    (OrganisationType.PRIMARY, "Trường Tiểu học Sao Khuê", 61, True),
    (OrganisationType.LOWER_SECONDARY, "Trường THCS Bằng Lăng", 72, True),
    (OrganisationType.UPPER_SECONDARY, "Trường THPT Sao Khuê", 95, True),
    (OrganisationType.CONTINUING, "Trung tâm Học tập cộng đồng Bằng Lăng", 9, True),
    (OrganisationType.VOCATIONAL, "Trường Trung cấp nghề Ánh Ban Mai", 48, True),
    (OrganisationType.UNIVERSITY, "Trường Cao đẳng Ánh Ban Mai", 130, True),
    (OrganisationType.ENTERPRISE, "Công ty TNHH May Lá Xanh", 210, True),
    (OrganisationType.ENTERPRISE, "Hợp tác xã Vận tải Bánh Xe Vàng", 45, False),
    (OrganisationType.ENTERPRISE, "Công ty Cổ phần Nhà in Giấy Trắng", 66, False),
    (OrganisationType.ARMED_FORCES, "Đại đội Cảnh vệ Bằng Lăng", 80, True),
    (OrganisationType.RELIGIOUS, "Tịnh xá Liên Hoa Nắng", 18, False),
    (OrganisationType.OTHER, "Câu lạc bộ Đọc sách Giấy Trắng", 15, True),
)
# Recognised by the province, under rules of their own.
OF_THE_PROVINCE = (OrganisationType.UPPER_SECONDARY, OrganisationType.UNIVERSITY, OrganisationType.ARMED_FORCES)
CLANS = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Phan", "Võ", "Đặng", "Bùi", "Đỗ")
BRANCHES = ("Hữu", "Đức", "Công", "Quang", "Thế")
FAMILIES = 9  # of a clan, at most
CITIZENS = 260  # at most; every twelfth household has one


def add_others(rng: random.Random, actor: User, hamlets: Sequence[Place], households: Sequence[Registrant]) -> None:
    """Organisations, clans with families in several hamlets, and citizens of both kinds of host, in the old hamlets
    (`hamlets`) that hold `households`. Whoever stands in a hamlet is carried over with it."""
    where = {hamlet.pk: hamlet for hamlet in hamlets}
    offices = _organisations(rng, actor, hamlets)
    _clans(rng, actor, hamlets, households)
    homes = rng.sample(list(households), min(CITIZENS, len(households) // 12))
    hosts = homes + offices[: max(2, len(homes) // 3)] * 2
    drafts = [_citizen(rng, where[host.hamlet_id], host, number) for number, host in enumerate(hosts, start=1)]
    add_registrants(actor=actor, book=citizens.BOOK, drafts=drafts)


def add_communities(actor: User, wards: Sequence[Place]) -> int:
    """Every ward and its hamlets as communities; those of an ended ward enter closed from the day after its last."""
    return sum(
        len(ensure_communities(actor=actor, commune=ward, opened_on=COMMUNITY_SINCE if ward.is_legacy else None))
        for ward in wards
    )


def _organisations(rng, actor: User, hamlets: Sequence[Place]) -> list[Registrant]:
    drafts = [
        RegistrantDraft(
            rng.choice(hamlets),
            name,
            datetime.date(rng.randint(2012, 2021), 9, 5),
            {
                "type": kind,
                "managed_by": ManagingLevel.PROVINCE if kind in OF_THE_PROVINCE else ManagingLevel.COMMUNE,
                "address": address(rng),
                "has_branch": branch,
                "branch_chair": person(rng) if branch else "",
                "contact": person(rng),
            },
        )
        for kind, name, _staff, branch in ORGANISATIONS
    ]
    offices = add_registrants(actor=actor, book=organisations.BOOK, drafts=drafts)
    for office, (kind, _name, staff, _branch) in zip(offices, ORGANISATIONS, strict=True):
        learners = staff * rng.randint(11, 19) if kind in WITH_LEARNERS else None
        for year in YEARS:
            organisations.record_year(
                actor=actor,
                organisation=office,
                year=year,
                staff=staff + rng.randint(-2, 3),
                learners=None if learners is None else learners + rng.randint(-30, 30),
            )
    return offices


def _clans(rng, actor: User, hamlets: Sequence[Place], households: Sequence[Registrant]) -> None:
    """Families of one surname; each household belongs to one clan at most."""
    by_surname: dict[str, list[Registrant]] = {}
    for one in households:
        by_surname.setdefault(one.name.split()[0], []).append(one)
    drafts = []
    for surname in CLANS:
        committee = rng.random() < 0.8
        drafts.append(
            RegistrantDraft(
                rng.choice(hamlets),
                f"Họ {surname} {rng.choice(BRANCHES)}",
                datetime.date(rng.randint(2012, 2021), 2, 10),
                {
                    "hall_address": address(rng),
                    "has_committee": committee,
                    "committee_head": f"{surname} {person(rng).split(' ', 1)[1]}" if committee else "",
                    "fund": rng.randint(5, 90) * 1_000_000,
                },
            )
        )
    for surname, clan in zip(CLANS, add_registrants(actor=actor, book=clans.BOOK, drafts=drafts), strict=True):
        families = by_surname.get(surname, [])
        chosen = rng.sample(families, min(FAMILIES, len(families)))
        if chosen:
            keys = [one.pk for one in chosen]
            clans.add_families(actor=actor, clan=clan, households=keys, since=datetime.date(2023, 12, 31))


def _citizen(rng, place: Place, host: Registrant, number: int) -> RegistrantDraft:
    """A citizen at home or at work. The ID numbers begin with 000, which no province issues."""
    side = citizens.SIDES[host.kind]
    digits = f"000{number:09d}" if number % 3 else ""
    return RegistrantDraft(
        place,
        person(rng),
        max(host.opened_on, datetime.date(2022, 3, 1)),
        {
            f"{side}_id": host.pk,
            "birth_year": rng.randint(1952, 2005),
            "sex": rng.choice(Sex.values),
            "group": rng.choice(CitizenGroup.values),
            "id_hash": citizens.id_hash(digits) if digits else "",
            "id_last4": digits[-4:],
        },
    )
