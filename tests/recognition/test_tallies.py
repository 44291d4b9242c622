"""Figures read from tallies equal the records, at every level, through mergers, and under concurrent work."""

import datetime
import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pghistory
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from recognition.choices import LearningModel, State
from recognition.domain import integrity
from recognition.domain.dashboards import dashboard
from recognition.domain.extents import extent_of
from recognition.domain.tallies import Figures, children_figures, figures_by_place, figures_for, share, yearly
from recognition.models import Registration, Rulebook, Tally
from tests.factories.recognition import YEAR, load_shipped_rulebooks, make_community, make_registrations, make_ward
from tests.factories.units import CommuneFactory, DistrictFactory, HamletFactory, ProvinceFactory, make_household
from units.models import RegisterTally, Stay, Succession

FAMILY, COMMUNE = LearningModel.FAMILY, LearningModel.COMMUNITY_COMMUNE
LAST_DAY, REFORM = datetime.date(2025, 6, 30), datetime.date(2025, 7, 1)


def register(household, year, state="REGISTERED", **more):
    """A bare dossier: these tests count rows, the chain has its own."""
    places = {f"{name}_id": getattr(household, f"{name}_id") for name in ("hamlet", "commune", "district", "province")}
    return Registration.objects.create(
        registrant=household,
        model=more.pop("model", FAMILY),
        year=year,
        state=state,
        state_at=datetime.datetime(year, 12, 1, tzinfo=datetime.UTC),
        state_note="Lý do" if state in ("RETURNED", "REFUSED") else "",
        passed=True if state == "RECOGNISED" else None,
        rulebook=Rulebook.objects.get(code="FAMILY-448"),
        **places,
        **more,
    )


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(74087, 123461, "60.01"), (1, 800, "0.13"), (2, 3, "66.67"), (0, 5, "0.00"), (5, 0, None), (None, 5, None)],
)
def test_share_rounds_half_up_and_nothing_has_no_share(part, whole, expected):
    assert share(part, whole) == (None if expected is None else Decimal(expected))


@pytest.mark.django_db
def test_figures_follow_the_chain():
    ward = make_ward()
    make_registrations(ward, 2, state=State.RECOGNISED, names=["Lê An", "Lê Bình"])
    make_registrations(ward, 1, state=State.REVIEWED, names=["Lê Chi"])
    make_registrations(ward, 1, state=State.RETURNED, names=["Lê Dũng"])
    make_registrations(ward, 1, state=State.WITHDRAWN, names=["Lê Em"])
    make_household(ward.hamlet, "Lê Giang")

    figures = figures_for(ward.place, YEAR, FAMILY)

    assert (figures.total, figures.registered, figures.withdrawn) == (6, 4, 1)
    assert (figures.assessed, figures.reviewed, figures.recognised) == (4, 3, 2)
    assert {state: count for state, count in figures.waiting.items() if count} == {"REVIEWED": 1, "RETURNED": 1}
    assert figures.open == 2
    assert figures.registered_of_total == Decimal("66.67")
    assert figures.recognised_of_registered == Decimal("50.00")
    assert figures.recognised_of_total == Decimal("33.33")
    assert figures_for(ward.hamlet, YEAR, FAMILY) == figures
    assert figures_for(ward.place.province, YEAR, FAMILY) == figures
    assert figures_for(None, YEAR, FAMILY) == figures


@pytest.mark.django_db
def test_total_counts_who_stood_there_on_31_december():
    load_shipped_rulebooks()
    hamlet = HamletFactory()
    make_household(hamlet, "Có mặt cả ba năm", opened_on=datetime.date(2024, 5, 1))
    gone = make_household(hamlet, "Đi trong năm 2025", opened_on=datetime.date(2024, 12, 31))
    Stay.objects.filter(registrant=gone).update(until=datetime.date(2025, 12, 31))
    late = make_household(hamlet, "Đi đầu năm 2026", opened_on=datetime.date(2025, 12, 31))
    Stay.objects.filter(registrant=late).update(until=datetime.date(2026, 1, 1))

    totals = {year: figures.total for year, figures in yearly(hamlet, range(2023, 2027), FAMILY).items()}

    assert totals == {2023: 0, 2024: 2, 2025: 2, 2026: 1}


@pytest.mark.django_db
def test_three_tiers_add_up_at_every_level():
    load_shipped_rulebooks()
    province = ProvinceFactory(valid_from=None, valid_to=LAST_DAY)
    districts = [DistrictFactory(parent=province, name=f"Quận {n}") for n in (1, 2)]
    hamlets = []
    for position, district in enumerate(districts):
        for number in range(2):
            commune = CommuneFactory(parent=district, name=f"Phường {number}", valid_from=None, valid_to=LAST_DAY)
            hamlet = HamletFactory(parent=commune)
            hamlets.append(hamlet)
            for n in range(position + number + 1):
                register(make_household(hamlet, f"Hộ {n}"), 2024, "RECOGNISED" if n == 0 else "REGISTERED")

    def counts(rows):
        return [(row.place.name, row.figures.total, row.figures.recognised) for row in rows]

    assert counts(children_figures(None, 2024, FAMILY)) == [(province.name, 8, 4)]
    assert counts(children_figures(province, 2024, FAMILY)) == [("Quận 1", 3, 2), ("Quận 2", 5, 2)]
    assert counts(children_figures(districts[1], 2024, FAMILY)) == [("Phường 0", 2, 1), ("Phường 1", 3, 1)]
    assert counts(children_figures(hamlets[3].commune, 2024, FAMILY)) == [(hamlets[3].name, 3, 1)]
    assert children_figures(hamlets[3], 2024, FAMILY) == []
    assert figures_for(province, 2024, FAMILY) == sum(
        (row.figures for row in children_figures(province, 2024, FAMILY)), Figures()
    )


def merged_wards():
    """Two wards of 2024 that became one on 01/07/2025, and a third that gave only a part of itself."""
    load_shipped_rulebooks()
    district = DistrictFactory(name="Quận 10")
    old = [
        CommuneFactory(name=f"Phường {n}", parent=district, valid_from=None, valid_to=LAST_DAY) for n in (12, 13, 14)
    ]
    new = CommuneFactory(name="Phường Hòa Hưng", valid_from=REFORM)
    for place, partial in zip(old, (False, False, True), strict=True):
        Succession.objects.create(from_place=place, to_place=new, effective_on=REFORM, partial=partial)
    for number, place in enumerate(old, start=1):
        hamlet = HamletFactory(parent=place, valid_to=LAST_DAY)
        for n in range(number):
            register(make_household(hamlet, f"Hộ {n}"), 2024, "RECOGNISED")
    return old, new


@pytest.mark.django_db
def test_year_before_a_place_existed_sums_whole_predecessors():
    old, new = merged_wards()

    figures = figures_for(new, 2024, FAMILY)

    assert (figures.total, figures.recognised) == (3, 3)  # 1 + 2; the part of Phường 14 is not guessed
    assert extent_of(new, 2024).notices() == [
        "Năm 2024 Phường Hòa Hưng chưa thành lập; số liệu là tổng các đơn vị tiền thân: "
        "Phường 12 (Quận 10), Phường 13 (Quận 10).",
        "Không tính các đơn vị chỉ nhập một phần vào Phường Hòa Hưng: Phường 14 (Quận 10).",
    ]
    rows = children_figures(new, 2024, FAMILY)
    assert [(row.place.name, row.place.parent_name, row.figures.total) for row in rows] == [
        ("Phường 12", "Quận 10", 1),
        ("Phường 13", "Quận 10", 2),
    ]
    assert extent_of(new, 2026).notices() == []
    assert extent_of(old[0], 2025).notices() == [
        "Phường 12 không còn từ ngày 01/07/2025. Đơn vị kế thừa: Phường Hòa Hưng."
    ]


@pytest.mark.django_db
def test_year_of_the_merger_counts_work_before_and_after_it_once():
    old, new = merged_wards()
    moved = make_household(HamletFactory(parent=old[0], valid_to=LAST_DAY), "Lê Văn Chuyển")
    register(moved, 2025)
    hamlet = HamletFactory(parent=new, valid_from=REFORM)
    Stay.objects.filter(registrant=moved).update(until=REFORM)
    Stay.objects.create(registrant=moved, kind=moved.kind, since=REFORM, **hamlet.fact_ids)
    register(make_household(hamlet, "Lê Thị Mới", opened_on=REFORM), 2025)

    figures = figures_for(new, 2025, FAMILY)

    assert figures.registered == 2
    assert figures.total == 5  # 3 never moved, 1 moved, 1 new
    before = yearly(new, range(2023, 2027), FAMILY)
    assert {year: row.registered for year, row in before.items()} == {2023: 0, 2024: 3, 2025: 2, 2026: 0}
    assert [(row.place.is_former, row.figures.registered) for row in children_figures(new, 2025, FAMILY)].count(
        (True, 1)
    ) == 1


@pytest.mark.django_db
def test_last_year_of_a_merged_row_comes_from_its_predecessors():
    _old, new = merged_wards()

    rows = children_figures(new.province, 2025, FAMILY, with_previous=True)

    assert [(row.place.name, row.previous.recognised) for row in rows if not row.place.is_former] == [
        ("Phường Hòa Hưng", 3)
    ]
    assert figures_by_place("commune", [new.pk], 2024, FAMILY)[new.pk] == figures_for(new, 2024, FAMILY)


@pytest.mark.django_db
def test_communities_are_the_places_themselves():
    load_shipped_rulebooks()
    district = DistrictFactory()
    wards = [CommuneFactory(parent=district, valid_from=None, valid_to=LAST_DAY) for _n in range(3)]
    community = make_community(wards[0])
    Registration.objects.create(
        registrant=community,
        model=COMMUNE,
        year=2017,
        state="INSPECTED",
        rank="GOOD",
        inspection_half=180,
        state_at=datetime.datetime(2017, 12, 20, tzinfo=datetime.UTC),
        rulebook=Rulebook.objects.get(code="COMMUNE-TT44"),
        **wards[0].fact_ids,
    )

    figures = figures_for(district, 2017, COMMUNE)

    assert (figures.total, figures.registered, figures.inspected) == (3, 1, 1)
    assert figures.ranks == {"GOOD": 1, "FAIR": 0, "AVERAGE": 0, "NOT_MET": 0}
    assert [row.figures.total for row in children_figures(district, 2017, COMMUNE)] == [1, 1, 1]
    assert children_figures(wards[0], 2017, COMMUNE) == []  # hamlets have no commune communities
    assert figures_for(HamletFactory(parent=wards[0]), 2017, COMMUNE).total == 0


@pytest.mark.django_db
@pytest.mark.parametrize("children", [1, 4])
def test_figures_cost_the_same_statements_for_any_number_of_places(django_assert_num_queries, children):
    load_shipped_rulebooks()
    commune = CommuneFactory()
    for _n in range(children):
        register(make_household(HamletFactory(parent=commune)), 2026)

    with django_assert_num_queries(1):
        figures_for(commune, 2026, FAMILY)
    with django_assert_num_queries(1):
        children_figures(commune, 2026, FAMILY)
    with django_assert_num_queries(2):
        children_figures(commune, 2026, FAMILY, with_previous=True)
    with django_assert_num_queries(1):
        figures_for(None, 2026, FAMILY)
    with django_assert_num_queries(19):
        dashboard(commune, 2026, FAMILY)


@pytest.mark.django_db
@pytest.mark.parametrize("pooled", [False, True])
def test_figures_inside_a_history_context_and_behind_a_pool(settings, pooled):
    """Prepared statements live on a connection: a pool that hands connections round keeps none."""
    hamlet = HamletFactory()
    make_household(hamlet)
    connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = pooled
    try:
        with pghistory.context(user_name="Lê Thị An"):
            totals = [figures_for(place, 2026, FAMILY).total for place in (hamlet, hamlet.commune, None) * 2]
    finally:
        connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = False

    assert totals == [1] * 6
    assert figures_for(hamlet, 2026, FAMILY).total == 1


@pytest.mark.django_db
def test_tally_command_prints_people_text(capsys):
    ward = make_ward()
    make_registrations(ward, 2, state=State.RECOGNISED, names=["Lê An", "Lê Bình"])
    make_registrations(ward, 1, state=State.SELF_ASSESSED, names=["Lê Chi"])

    call_command("tally", place=ward.place.code, year=YEAR, model="FAMILY")

    assert capsys.readouterr().out.splitlines() == [
        "Phường Hòa Hưng · Gia đình học tập · năm 2025",
        "  Tổng số: 3",
        "  Đăng ký: 3",
        "  Đã tự đánh giá: 3",
        "  Đã bình xét: 2",
        "  Đã kiểm tra: 0",
        "  Được công nhận: 2",
        "  Không công nhận: 0",
        "  Trả lại bổ sung: 0",
        "  Đã rút: 0",
        "  Đăng ký/tổng: 100,00%",
        "  Công nhận/đăng ký: 66,67%",
        "  Công nhận/tổng: 66,67%",
        "  Đang chờ: Đã tự đánh giá 1",
    ]


@pytest.mark.django_db
def test_tally_command_resolves_a_code_on_a_day(capsys):
    load_shipped_rulebooks()
    old = CommuneFactory(code="27163", name="Phường 15", parent=DistrictFactory(), valid_from=None, valid_to=LAST_DAY)
    CommuneFactory(code="27163", name="Phường Hòa Hưng", valid_from=REFORM)
    register(make_household(HamletFactory(parent=old)), 2024)

    call_command("tally", "--json", place="27163", year=2024, model="FAMILY")
    assert '"name": "Phường 15"' in (out := capsys.readouterr().out) and '"registered": 1' in out
    call_command("tally", "--json", place="27163", on=REFORM, year=2024, model="FAMILY")
    assert '"name": "Phường Hòa Hưng"' in capsys.readouterr().out
    with pytest.raises(CommandError, match="không có địa bàn nào mang mã 99999"):
        call_command("tally", place="99999", year=2024, model="FAMILY")


@pytest.mark.django_db(transaction=True)
def test_tallies_stay_exact_under_concurrent_work():
    """Eight writers, mixed single and bulk changes over shared places: no deadlock, and every counter right."""
    load_shipped_rulebooks()
    province = ProvinceFactory()
    hamlets = [HamletFactory(parent=CommuneFactory(parent=province)) for _n in range(3)]
    hamlets += [HamletFactory(parent=hamlets[0].parent)]
    households = [make_household(hamlets[n % 4], f"Hộ {n}") for n in range(24)]
    for household in households:
        for year in (2025, 2026):
            register(household, year)

    def work(seed: int) -> list[str]:
        rng = random.Random(seed)
        errors = []
        for _step in range(40):
            try:
                with transaction.atomic():
                    _one_change(rng, households, hamlets)
            except Exception as error:  # a deadlock in any thread must reach the assertion
                errors.append(repr(error))
        connection.close()
        return errors

    with ThreadPoolExecutor(8) as pool:
        errors = [error for found in pool.map(work, range(8)) for error in found]

    assert errors == []
    assert integrity.tallies() == []
    assert integrity.register_tallies() == []
    assert Tally.objects.filter(level="commune").count() > 0 and RegisterTally.objects.count() > 0
    assert figures_for(province, 2026, FAMILY).registered == Registration.objects.live().filter(year=2026).count()


def _one_change(rng, households, hamlets) -> None:
    kind = rng.randrange(4)
    rows = Registration.objects.order_by("pk")
    if kind == 0:  # one dossier moves on
        row = rows.select_for_update().filter(pk=rng.choice(rows.values_list("pk", flat=True))).first()
        if row:  # else somebody was faster and took it out
            row.state, row.self_half = rng.choice(["SELF_ASSESSED", "REVIEWED", "PROPOSED"]), rng.randrange(200)
            row.save()
    elif kind == 1:  # a bulk change over several places, rows locked in order as the verbs do
        chosen = list(rows.filter(year=rng.choice([2025, 2026])).values_list("pk", flat=True))
        chosen = sorted(rng.sample(chosen, 8))
        list(Registration.objects.select_for_update().filter(pk__in=chosen).order_by("pk"))
        Registration.objects.filter(pk__in=chosen).update(state=rng.choice(["REGISTERED", "WITHDRAWN"]))
    elif kind == 2:  # a household moves
        stay = Stay.objects.select_for_update().get(registrant=rng.choice(households), until=None)
        Stay.objects.filter(pk=stay.pk).update(**rng.choice(hamlets).fact_ids)
    else:  # a dossier is taken out altogether
        year = rng.choice([2025, 2026])
        row = rows.select_for_update(skip_locked=True).filter(year=year).first()
        if row and rows.filter(year=year).count() > 12:
            Registration.objects.filter(pk=row.pk).delete()
