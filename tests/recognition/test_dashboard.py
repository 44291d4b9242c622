"""Dashboards: how far, who is behind, what waits for whom; every number leads to what it counts."""

import re

import pytest
from django.utils import timezone

from portal.lib.numbers import signed
from recognition.choices import LearningModel, State
from recognition.domain.dashboards import dashboard, ranked
from recognition.domain.reporting import build_report
from recognition.models import Registration, Target
from recognition.views.dashboard_tiles import rows, summary
from tests.factories.recognition import YEAR, make_district, make_registrations, make_ward, make_ward_dossier
from tests.factories.units import CommuneFactory, HamletFactory, make_household, make_officer
from tests.recognition.test_declared import places  # noqa: F401  (fixture)
from tests.recognition.test_tallies import merged_wards, register
from units.choices import AreaClass, Role
from units.models import Place

pytestmark = pytest.mark.django_db
FAMILY = LearningModel.FAMILY


@pytest.fixture
def ward():
    found = make_ward()
    make_registrations(found, 2, state=State.RECOGNISED, names=["Lê An", "Lê Bình"])
    make_registrations(found, 1, state=State.SELF_ASSESSED, names=["Lê Chi"])
    make_registrations(found, 3, state=State.REVIEWED, names=["Lê Dũng", "Lê Em", "Lê Giang"])
    make_registrations(found, 1, state=State.RETURNED, names=["Lê Hoa"])
    second = HamletFactory(parent=found.place, name="Khu phố 2")
    for n in range(4):
        household = make_household(second, f"Trần {n}")
        if n == 0:
            register(household, YEAR, "RECOGNISED")
    return found


def get(client, user, url: str) -> str:
    client.force_login(user)
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_waiting_says_what_comes_next_and_who_does_it(ward):
    data = dashboard(ward.place, YEAR, FAMILY)

    assert [(one.label, one.count, one.who) for one in data.waiting if one.count] == [
        ("Chờ họp bình xét", 1, "Cán bộ chi hội khu phố, thôn, Cán bộ Hội Khuyến học phường, xã"),
        ("Chờ trình đề nghị", 3, "Cán bộ Hội Khuyến học phường, xã, Chủ tịch Hội Khuyến học phường, xã"),
        ("Chờ bổ sung", 1, "Cán bộ chi hội khu phố, thôn, Cán bộ Hội Khuyến học phường, xã"),
    ]


def test_tiles_and_table_show_the_same_figures(ward, client):
    page = words(get(client, ward.officer, f"/theo-doi/?nam={YEAR}"))

    assert "Tổng số hộ 11" in page
    assert "Đã đăng ký 8" in page and "72,73% tổng số" in page
    assert "Được công nhận 3" in page and "37,50% số đăng ký" in page
    assert "Tỷ lệ công nhận trên tổng số 27,27 %" in page
    assert "Đang chờ xử lý 5" in page


def test_who_is_behind_comes_first(ward):
    rows = ranked(dashboard(ward.place, YEAR, FAMILY).children, "ty-le")

    assert [(row.place.name, str(row.figures.recognised_of_total)) for row in rows] == [
        ("Khu phố 2", "25.00"),
        ("Khu phố 1", "28.57"),
    ]
    best_first = ranked(dashboard(ward.place, YEAR, FAMILY).children, "-ty-le")
    assert [row.place.name for row in best_first] == ["Khu phố 1", "Khu phố 2"]


def test_a_place_in_a_difficult_area_is_measured_by_its_own_target_here_as_in_the_table(ward, client):
    share = {"model": "FAMILY", "measure": "recognised_of_total", "year": YEAR, "legal_basis": "QĐ 1"}
    Target.objects.create(**share, percent=28)
    Target.objects.create(**share, percent=20, area_class=AreaClass.DIFFICULT)
    Place.objects.filter(parent=ward.place, name="Khu phố 2").update(area_class=AreaClass.DIFFICULT)

    data = dashboard(ward.place, YEAR, FAMILY)
    shown = {row["place"].name: (row["gap"], row["behind"]) for row in rows(data, "ten")}
    table = {row.values["name"]: row.values["against_target"] for row in build_report("TK-01", ward.place, YEAR).rows}

    assert shown == {"Khu phố 1": ("+0,57", False), "Khu phố 2": ("+5,00", False)}  # behind the 28 of everywhere else
    assert {name: signed(gap, 2) for name, gap in table.items()} == {
        name: gap for name, (gap, _behind) in shown.items()
    }
    assert "2 nơi đạt chỉ tiêu, 0 nơi chưa đạt" in words(get(client, ward.officer, f"/theo-doi/?nam={YEAR}"))
    Target.objects.filter(area_class=AreaClass.DIFFICULT).update(percent="25.01")
    assert summary(dashboard(ward.place, YEAR, FAMILY)) == {"ahead": 1, "behind": 1, "unknown": 0}


def test_places_without_a_rate_stand_last_in_both_directions(ward):
    HamletFactory(parent=ward.place, name="Khu phố 3")
    rows = dashboard(ward.place, YEAR, FAMILY).children

    assert ranked(rows, "ty-le")[-1].place.name == "Khu phố 3"
    assert ranked(rows, "-ty-le")[-1].place.name == "Khu phố 3"


def test_numbers_lead_to_the_lists_they_count(ward, client):
    page = get(client, ward.officer, f"/theo-doi/{ward.place.pk}/?nam={YEAR}")

    lists = f"place={ward.place.pk}&amp;nam={YEAR}&amp;model=FAMILY"
    assert f"{lists}&amp;state=RECOGNISED" in page
    assert f"{lists}&amp;state=REVIEWED" in page
    # a register shows today: it is the total of the running year alone
    assert f'href="/theo-doi/{ward.place.pk}/so/total/?nam={YEAR}' in page and "/ho-gia-dinh/dia-ban/" not in page
    register_of = f'href="/ho-gia-dinh/dia-ban/{ward.place.pk}/"'
    assert register_of in get(client, ward.officer, f"/theo-doi/{ward.place.pk}/?nam={timezone.localdate().year}")
    assert f'href="/theo-doi/{ward.hamlet.pk}/?nam={YEAR}' in page  # the next level is one click away
    assert f'href="/bao-cao/TK-01/{ward.place.pk}/?nam={YEAR}"' in page


def test_lists_behind_the_numbers_hold_as_many_rows(ward, client):
    page = get(client, ward.officer, f"/theo-doi/{ward.place.pk}/?nam={YEAR}")
    links = re.findall(r'href="([^"]*state=(\w+))"[^>]*>(?:[^<]*)<', page)
    counts = {"RECOGNISED": 3, "SELF_ASSESSED": 1, "REVIEWED": 3, "RETURNED": 1}

    assert {state for _url, state in links} == set(counts)
    for url, state in links:
        listing = client.get(url.replace("&amp;", "&")).context["listing"]
        assert (state, len(listing.rows)) == (state, counts[state])


def test_from_one_household_back_to_the_nation(ward, client):
    """Every page on the way up has its link: dossier, list, dashboard of the hamlet, ward, province, nation."""
    row = Registration.objects.filter(state=State.RECOGNISED, registrant__name="Lê An").get()

    dossier = get(client, ward.officer, f"/ho-so/{row.pk}/")
    back = re.search(r'<p class="back-link"><a href="([^"]+)"', dossier)[1].replace("&amp;", "&")
    assert back == f"/ho-so/?place={ward.hamlet.pk}&nam={YEAR}&model=FAMILY"
    listed = get(client, ward.officer, back)
    dashboards = f"?nam={YEAR}&amp;mo-hinh=FAMILY"
    assert f'href="/theo-doi/{ward.hamlet.pk}/{dashboards}"' in listed
    page = get(client, ward.officer, f"/theo-doi/{ward.hamlet.pk}/?nam={YEAR}&mo-hinh=FAMILY")
    for above in (ward.place.pk, ward.place.province_id, "ca-nuoc"):
        assert f'href="/theo-doi/{above}/{dashboards}"' in page


def test_stranger_sees_totals_without_links_to_names(ward, client):
    stranger = make_officer(Role.WARD_OFFICER, CommuneFactory())

    page = get(client, stranger, f"/theo-doi/{ward.place.pk}/?nam={YEAR}")

    assert "Tổng số hộ 11" in words(page)
    assert "state=" not in page and f"/ho-gia-dinh/dia-ban/{ward.place.pk}/" not in page
    assert "Lê An" not in page and "Trần" not in page


def test_own_place_is_the_default_and_nation_for_those_without(ward, client):
    assert "<h1>Phường Hòa Hưng" in get(client, ward.officer, "/theo-doi/")
    assert "<h1>Cả nước" in get(client, make_officer(Role.ADMINISTRATOR, None), "/theo-doi/")
    assert "<h1>Khu phố 1" in get(client, ward.hamlet_officer, "/theo-doi/")


@pytest.mark.parametrize("hamlets", [1, 3])
def test_page_costs_the_same_statements_for_any_number_of_rows(client, django_assert_max_num_queries, hamlets):
    ward = make_ward()
    for _n in range(hamlets):
        register(make_household(HamletFactory(parent=ward.place)), YEAR)
    client.force_login(ward.officer)
    client.get(f"/theo-doi/?nam={YEAR}")

    with django_assert_max_num_queries(24):
        client.get(f"/theo-doi/?nam={YEAR}")


def test_year_before_the_place_existed_says_so(client):
    _old, new = merged_wards()
    user = make_officer(Role.LEADER, new.province)

    page = words(get(client, user, f"/theo-doi/{new.pk}/?nam=2024"))

    assert "số liệu là tổng các đơn vị tiền thân: Phường 12 (Quận 10), Phường 13 (Quận 10)." in page
    assert "Không tính các đơn vị chỉ nhập một phần vào Phường Hòa Hưng: Phường 14 (Quận 10)." in page
    assert "Các đơn vị tiền thân" in page and "Tổng số hộ 3" in page


def test_place_that_ended_points_to_its_successor(client):
    old, new = merged_wards()

    page = get(client, make_officer(Role.LEADER, new.province), f"/theo-doi/{old[0].pk}/?nam=2026")

    assert "Phường 12 không còn từ ngày 01/07/2025. Đơn vị kế thừa: Phường Hòa Hưng." in words(page)
    assert f'href="/theo-doi/{new.pk}/"' in page


def test_communities_show_ranks_and_r05(client):
    district = make_district(2)
    assert district.team.pk
    make_ward_dossier(district, 0)
    user = make_officer(Role.LEADER, district.place)

    page = words(get(client, user, f"/theo-doi/{district.place.pk}/?nam=2017&mo-hinh=COMMUNITY_COMMUNE"))

    assert "Tổng số phường, xã 2" in page and "Đã đăng ký 1" in page
    assert "còn 1 đơn vị chưa xếp loại mà không ghi lý do: Phường 1." in page and "(R-05)" in page


def test_funnel_counts_as_proposed_what_the_team_scored_after_the_proposal():
    district = make_district(1)
    row = make_ward_dossier(district, 0)
    Registration.objects.filter(pk=row.pk).update(state=State.INSPECTED)

    steps = {one.step: one for one in dashboard(district.place, 2017, LearningModel.COMMUNITY_COMMUNE).funnel}

    assert (steps["propose"].figure, steps["propose"].reached) == ("proposed_or_inspected", 1)
    assert list(steps).index("propose") < list(steps).index("inspect")


def test_declared_figures_are_marked(places, client):  # noqa: F811
    from recognition.domain.declared import load_figures

    load_figures()

    page = get(client, make_officer(Role.LEADER, places["79"]), f"/theo-doi/{places['761'].pk}/?nam=2019")

    text = words(page)
    assert "Tổng số hộ 123.461" in text and "Được công nhận 74.087" in text and "60,01 %" in text
    assert "Số liệu khai báo" in text and 'href="/so-lieu-khai-bao/000/"' in page
    above = words(get(client, make_officer(Role.LEADER, places["79"]), f"/theo-doi/{places['79'].pk}/?nam=2019"))
    assert "Quận 12 Khai báo 123.461 – 74.087" in above


def test_charts_have_their_tables_and_nothing_inline(ward, client):
    page = get(client, ward.officer, f"/theo-doi/?nam={YEAR}")

    assert page.count('class="chart"') == page.count("Xem bảng số liệu") >= 1
    assert "style=" not in page
    assert not [
        tag for tag in re.findall(r"<script[^>]*>", page) if "src=" not in tag and "application/json" not in tag
    ]


def test_home_shows_the_figures_of_the_own_place(ward, client):
    page = words(get(client, ward.officer, f"/?nam={YEAR}"))

    assert "hộ đăng ký Gia đình học tập 8" in page
    assert "hộ được công nhận 3" in page
    assert "tỷ lệ công nhận trên tổng số hộ 27,27 %" in page
