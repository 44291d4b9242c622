"""Builds the demonstration, the same for the same seed (only the certificates' secret tokens differ)."""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence

import pghistory
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from recognition.domain.demo.accounts import create_accounts
from recognition.domain.demo.district import build_district_2017
from recognition.domain.demo.documents import send_documents
from recognition.domain.demo.families import STAGES, build_year
from recognition.domain.demo.honours import build_conference, build_honours
from recognition.domain.demo.inspections import build_family_check
from recognition.domain.demo.names import household
from recognition.domain.demo.office import build_office
from recognition.domain.demo.others import add_communities, add_others
from recognition.domain.demo.quan_10 import carry_quan_10, enter_quan_10
from recognition.domain.demo.yearly import build_models
from recognition.domain.errors import RecognitionError
from recognition.domain.reminders import write_due
from recognition.models import Season
from units.domain.bulk import add_households, carry_register
from units.domain.places import HamletDraft, create_hamlets
from units.models import Place, Registrant, Succession, User

REFORM = datetime.date(2025, 7, 1)
BEFORE = datetime.date(2025, 6, 30)
DISTRICT_END = datetime.date(2017, 12, 31)
DEMO_USER = "phuong"
HAMLETS = 12
# The twelve hamlets as they were numbered in the three wards that went wholly into Hòa Hưng (invented division).
OLD_WARDS = (("27163", 5), ("27166", 4), ("27172", 3))
EMPTY_HAMLET = 4  # its list is still in Excel, for the visitor to import
HOUSEHOLDS = 3000
YEARS = (2024, 2025, 2026)
OTHERS_SEED = 3  # of its own, so that the households do not change when a clan is added


def is_built() -> bool:
    """Is the demonstration there already?"""
    return User.objects.filter(username=DEMO_USER).exists()


@transaction.atomic
def build(
    *, seed: int = 2026, stage: str = "mixed", households: int = HOUSEHOLDS, years: Sequence[int] = YEARS
) -> dict:
    """Build everything. `stage`: how far the families of 2026 are (see STAGES); "mixed" shows every stage at once.
    `years`: those with dossiers of every model, the last of YEARS among them.

    Raises RecognitionError when places or rulebooks are not loaded.
    """
    rng = random.Random(seed)
    with pghistory.context(user=None, user_name="Dữ liệu trình diễn", note="Dựng bản trình diễn"):
        ward, district, province = _official_places()
        for year in (2017, *YEARS):
            Season.objects.get_or_create(
                year=year,
                defaults={"opens_on": datetime.date(year, 1, 1), "closes_on": datetime.date(year, 12, 31)},
            )
        users = create_accounts(
            {"ward": ward, "district": district, "province": province, "nation": None, "hamlet": ward}
        )
        hamlets = _hamlets(users, ward)
        second = hamlets[1]
        users["chihoi"].postings.update(place=second)
        old = _old_hamlets(users, hamlets)
        _people(rng, users["phuong"], hamlets, old, households)
        add_communities(users["phuong"], [Place.objects.coded(code, on=BEFORE) for code, _count in OLD_WARDS] + [ward])
        results, others = {}, random.Random(OTHERS_SEED)
        enter_quan_10(random.Random(OTHERS_SEED), users, before=BEFORE)
        carry_quan_10(before=BEFORE)
        for year in years:
            places = [hamlet for hamlet, _new in old] if year == 2024 else hamlets
            results[year] = build_year(
                rng, users, year=year, hamlets=places, stage=stage if year == 2026 else "decided"
            )
            wards = list(dict.fromkeys(place.parent for place in places))
            mixed = year == 2026 and stage == "mixed"
            if stage != "none" or year < 2026:
                results[f"models_{year}"] = build_models(others, users, year=year, wards=wards, mixed=mixed)
        if stage == "mixed":
            build_family_check(users, ward, YEARS[-1])
            build_honours(users, ward, YEARS[-1])
            build_conference(users, ward, hamlets, YEARS[-1])
            send_documents(users, ward, province, YEARS[-1])
            build_office(users, ward, YEARS[-1])
        results["district"] = build_district_2017(rng, users, district)
        write_due(timezone.localdate())
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # the first pages and checks are planned for what is there now
        results["households"] = Registrant.objects.households().filter(commune=ward).count()
    return results


def _official_places() -> tuple[Place, Place, Place]:
    try:
        ward = Place.objects.coded("27163", on=REFORM)
        province = Place.objects.coded("79", on=REFORM)
        district = Place.objects.coded("771", on=DISTRICT_END)
    except Place.DoesNotExist:
        raise RecognitionError(_("Chưa nạp địa bàn. Hãy chạy: manage.py load_places")) from None
    return ward, district, province


def _hamlets(users: dict[str, User], ward: Place) -> list[Place]:
    drafts = [HamletDraft(f"Khu phố {number}", "khu phố") for number in range(1, HAMLETS + 1)]
    return create_hamlets(actor=users["quantri"], commune=ward, drafts=drafts)


def _old_hamlets(users: dict[str, User], hamlets: list[Place]) -> list[tuple[Place, Place]]:
    """The hamlets of the old wards, each with the one it became on 1 July 2025."""
    pairs, position = [], 0
    for code, count in OLD_WARDS:
        ward = Place.objects.coded(code, on=BEFORE)
        drafts = [HamletDraft(f"Khu phố {number}", "khu phố") for number in range(1, count + 1)]
        for old in create_hamlets(actor=users["quantri"], commune=ward, drafts=drafts):
            pairs.append((old, hamlets[position]))
            position += 1
    Succession.objects.bulk_create(
        Succession(from_place=old, to_place=new, effective_on=REFORM, decree="Dữ liệu trình diễn") for old, new in pairs
    )
    return pairs


def _people(rng, actor: User, hamlets: list[Place], old: list[tuple[Place, Place]], total: int) -> None:
    """Households that lived in the old wards, with clans, organisations and citizens, all carried over; and some that
    came later."""
    share = total // (HAMLETS - 1)
    rest = total - share * (HAMLETS - 1)
    carried, entered = {}, []
    for index, (before, hamlet) in enumerate(old):
        if index == EMPTY_HAMLET - 1:
            continue
        count = share + (rest if index == 0 else 0)
        newcomers = count // 20
        first_group = index * 8 + 1
        drafts = [
            household(
                rng,
                rng.randint(first_group, first_group + 7),
                datetime.date(rng.randint(2010, 2023), rng.randint(1, 12), 1),
            )
            for _count in range(count - newcomers)
        ]
        entered += add_households(actor=actor, hamlet=before, drafts=drafts)
        carried[before] = hamlet
        late = [
            household(
                rng,
                rng.randint(first_group, first_group + 7),
                datetime.date(rng.choice((2025, 2026)), rng.randint(7, 9), 15),
            )
            for _count in range(newcomers)
        ]
        add_households(actor=actor, hamlet=hamlet, drafts=late)
    add_others(random.Random(OTHERS_SEED), actor, list(carried), entered)
    carry_register(actor=actor, moves=carried, on=REFORM)


__all__ = ["STAGES", "build", "is_built"]
