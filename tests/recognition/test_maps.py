"""Past years on today's map and on the map of then; declared poverty; the ranking of the level below."""

import datetime
from decimal import Decimal

import pytest

from recognition.choices import LearningModel
from recognition.domain.all_models import all_models
from recognition.domain.dashboards import dashboard, places_in_rank
from recognition.domain.declared import check_figures
from recognition.domain.maps import children_today, differs, lines_then
from recognition.domain.poverty import poverty_of
from recognition.domain.tallies import Figures, figures_for
from recognition.models import DeclaredFigure, Target
from tests.factories.recognition import YEAR, load_shipped_rulebooks
from tests.factories.units import (
    CommuneFactory,
    HamletFactory,
    ProvinceFactory,
    make_clan,
    make_household,
    make_officer,
)
from tests.recognition.test_dashboard import get, words
from tests.recognition.test_tallies import REFORM, merged_wards, register
from units.choices import Role
from units.models import Succession

pytestmark = pytest.mark.django_db
FAMILY = LearningModel.FAMILY


def test_places_as_they_stood_keep_their_own_lines(client):
    old, new = merged_wards()
    hamlet = HamletFactory(parent=new)
    for n in range(4):
        household = make_household(hamlet, f"Hộ mới {n}", opened_on=datetime.date(2025, 7, 1))
        if n == 0:
            register(household, 2025, "RECOGNISED")

    lines = lines_then(new, range(2023, 2026), FAMILY)

    told = {line.name: {year: one.recognised_of_total for year, one in line.figures.items()} for line in lines}
    assert told["Phường Hòa Hưng"] == {2025: Decimal("25.00")}
    assert told["Phường 12 (Quận 10)"][2024] == told["Phường 13 (Quận 10)"][2024] == Decimal("100.00")
    assert "Phường 14 (Quận 10)" not in told  # went over only in part
    assert 2025 not in told["Phường 12 (Quận 10)"]
    # Today's map carries the whole predecessors into the place.
    assert figures_for(new, 2024, FAMILY).recognised == 3

    user = make_officer(Role.LEADER, new.province)
    then = get(client, user, f"/theo-doi/{new.pk}/?nam=2025&ban-do-nam=nam-do")
    assert "Phường 12 (Quận 10)" in then and "Bản đồ từng năm" in then
    assert "Phường 12 (Quận 10)" not in get(client, user, f"/theo-doi/{new.pk}/?nam=2025")
    former = words(get(client, user, f"/theo-doi/{new.pk}/?nam=2024"))
    assert "Các đơn vị tiền thân" in former and "Phường 13 Quận 10" in former
    today = words(get(client, user, f"/theo-doi/{new.pk}/?nam=2024&ban-do=hom-nay"))
    assert "Các đơn vị tiền thân" not in today and hamlet.name in today and "Phường 13 Quận 10" not in today


def test_rows_of_a_past_year_on_both_maps(client):
    load_shipped_rulebooks()
    province = ProvinceFactory(name="Tỉnh Mẫu", valid_from=None)
    last = datetime.date(2025, 6, 30)
    old = [CommuneFactory(name=f"Xã {n}", parent=province, valid_from=None, valid_to=last) for n in (1, 2)]
    new = CommuneFactory(name="Xã Mới", parent=province, valid_from=REFORM)
    for one in old:
        Succession.objects.create(from_place=one, to_place=new, effective_on=REFORM)
        register(make_household(HamletFactory(parent=one), "Hộ"), 2024, "RECOGNISED")

    assert differs(province, 2024) and not differs(province, 2025)
    assert [(row.place.name, row.figures.recognised) for row in dashboard(province, 2024, FAMILY).children] == [
        ("Xã 1", 1),
        ("Xã 2", 1),
    ]
    assert [(row.place.name, row.figures.recognised) for row in children_today(province, 2024, FAMILY)] == [
        ("Xã Mới", 2)
    ]

    user = make_officer(Role.LEADER, province)
    today = get(client, user, f"/theo-doi/{province.pk}/?nam=2024&ban-do=hom-nay")
    assert f'<a href="/theo-doi/{new.pk}/?nam=2024&amp;mo-hinh=FAMILY">Xã Mới</a>' in today
    assert "Bản đồ hôm nay" in today and "Bản đồ năm 2024" in today
    assert "Bản đồ năm" not in get(client, user, f"/theo-doi/{province.pk}/?nam=2025")


def test_all_models_and_the_ranking_of_the_level_below(client):
    load_shipped_rulebooks()
    province = ProvinceFactory()
    wards = [CommuneFactory(parent=province, name=f"Phường {n}") for n in (1, 2, 3)]
    hamlets = [HamletFactory(parent=ward) for ward in wards]
    for hamlet, recognised in zip(hamlets, (1, 2, 2), strict=True):
        for n in range(2):
            household = make_household(hamlet, f"Hộ {n}")
            register(household, YEAR, "RECOGNISED" if n < recognised else "REGISTERED")
            if hamlet == hamlets[0]:
                register(household, YEAR - 1, "RECOGNISED")
    make_clan(wards[0])
    Target.objects.create(model=FAMILY, measure="recognised_of_total", year=YEAR, percent=75)

    rows = {one.model: one for one in all_models(province, YEAR)}
    assert (rows[FAMILY].figures.total, rows[FAMILY].figures.recognised, rows[LearningModel.CLAN].figures.total) == (
        6,
        5,
        1,
    )
    assert (rows[FAMILY].gap, rows[FAMILY].change) == (Decimal("8.33"), Decimal("50.00"))
    assert rows[LearningModel.UNIT].figures == Figures() and rows[LearningModel.UNIT].gap is None
    assert [one.figures for one in all_models(hamlets[0], YEAR)][0] == figures_for(hamlets[0], YEAR, FAMILY)
    assert LearningModel.COMMUNITY_COMMUNE not in {one.model for one in all_models(hamlets[0], YEAR)}

    data = dashboard(province, YEAR, FAMILY)
    names = {row.place.pk: row.place.name for row in data.children}
    assert {names[pk]: at for pk, at in places_in_rank(data.children).items()} == {
        "Phường 1": 3, "Phường 2": 1, "Phường 3": 1,
    }  # fmt: skip
    page = words(get(client, make_officer(Role.LEADER, province), f"/theo-doi/{province.pk}/?nam={YEAR}"))
    assert "2 nơi đạt chỉ tiêu, 1 nơi chưa đạt." in page.replace(" nơi", " nơi").replace("  ", " ")
    assert "3 xuống 2 Phường 1 2 2 1" in page and "50,00 −25,00 −50,00" in page
    clans = words(get(client, make_officer(Role.LEADER, province), f"/theo-doi/{wards[0].pk}/?nam={YEAR}&mo-hinh=CLAN"))
    assert "Tổng số dòng họ 1" in clans


def test_poor_households_are_shown_as_declared_with_their_source(client):
    province = ProvinceFactory()
    ward = CommuneFactory(parent=province, name="Phường Mẫu")
    declare = {"place": ward, "model": FAMILY, "group": "poor", "measure": "count"}
    declare |= {"source": "so-lieu-mau", "period": "2023", "published_on": datetime.date(2023, 12, 31)}
    DeclaredFigure.objects.create(year=2020, value=30, printed_percent=Decimal("2.50"), **declare)
    DeclaredFigure.objects.create(year=2022, value=5, **declare)
    DeclaredFigure.objects.create(year=2023, value=1, **declare)

    found = poverty_of(ward, 2022, Figures(total=400))

    assert [(one.year, one.households, one.percent, one.is_printed) for one in found] == [
        (2020, 30, Decimal("2.50"), True),
        (2022, 5, Decimal("1.25"), False),
    ]
    leader = make_officer(Role.LEADER, province)
    page = get(client, leader, f"/theo-doi/{ward.pk}/?nam=2022")
    assert "Hộ nghèo bên cạnh Gia đình học tập" in page and 'href="/so-lieu-khai-bao/so-lieu-mau/"' in page
    assert "Hộ nghèo" in words(get(client, leader, "/so-lieu-khai-bao/so-lieu-mau/"))
    assert check_figures(list(DeclaredFigure.objects.select_related("place"))) == []  # no rule takes them for families
    assert dashboard(ward, 2022, FAMILY).figures == Figures()
    assert "Hộ nghèo bên cạnh" not in get(
        client, make_officer(Role.LEADER, province), f"/theo-doi/{province.pk}/?nam=2022"
    )
