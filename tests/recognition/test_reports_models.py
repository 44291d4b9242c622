"""TK-02 … TK-05 and TK-08: what each row counts, and that rows, totals and kept tallies agree to the digit."""

import datetime
import io

import openpyxl
import pytest
from django.utils import timezone

from recognition.choices import LearningModel
from recognition.domain.reporting import TABLES, build_report
from recognition.domain.tallies import figures_for
from recognition.exports import report_xlsx
from recognition.models import Assessment, AssociationYear, Award, Decision, DeclaredFigure, Target
from recognition.views import figure_links
from tests.factories.recognition import YEAR, make_community, make_ward
from tests.factories.units import (
    HamletFactory,
    make_citizen,
    make_clan,
    make_household,
    make_officer,
    make_organisation,
)
from tests.recognition.test_reports import table
from tests.recognition.test_tallies import register
from units.choices import OrganisationType, Role, Sex
from units.models import ClanMembership

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    return make_ward()


def join(clan, household, *, since=datetime.date(2020, 1, 1), until=None):
    ClanMembership.objects.create(clan=clan.clan, household=household.household, since=since, until=until)


def rows_of(report, *keys):
    return [tuple(row.values[key] for key in keys) for row in report.rows]


def test_clans_count_their_families_wherever_they_live_and_the_year_they_were_recognised(ward, make_award):
    other = HamletFactory(parent=ward.place, name="Khu phố 2")
    clan = make_clan(ward.hamlet, "Họ Trần", has_committee=True, fund=36_300_000)
    of_ward = make_clan(ward.place, "Họ Lê", fund=5)
    near, far = make_household(ward.hamlet, "Hộ gần"), make_household(other, "Hộ xa")
    gone = make_household(other, "Hộ đã ra khỏi họ")
    join(clan, near)
    join(clan, far)
    join(clan, gone, until=datetime.date(YEAR, 12, 31))
    make_award(near, YEAR)
    make_award(far, YEAR, status="REVOKED", status_reason="Khai sai")
    register(clan, YEAR, "RECOGNISED", model=LearningModel.CLAN)
    register(of_ward, YEAR, "REGISTERED", model=LearningModel.CLAN)

    report = build_report("TK-02", ward.place, YEAR)

    keys = ("name", "total", "registered", "recognised", "families", "families_recognised", "fund")
    assert rows_of(report, *keys) == [
        (ward.hamlet.name, 1, 1, 1, 2, 1, 36_300_000),
        ("Khu phố 2", 0, 0, 0, None, None, None),
        ("Không thuộc riêng nơi nào ở trên", 1, 1, 0, 0, 0, 5),
    ]
    assert [report.total.values[key] for key in keys[1:]] == [2, 2, 1, 2, 1, 36_300_005]
    assert report.findings == ()


@pytest.fixture
def make_award(ward):
    """An award of a household for a year, with the least that an award needs."""

    def make(household, year, **more):
        dossier = register(household, year, "RECOGNISED")
        decision = Decision.objects.create(
            place=ward.place,
            authority="Chủ tịch UBND phường",
            model=LearningModel.FAMILY,
            year=year,
            symbol="QĐ-UBND",
            signed_on=datetime.date(year, 12, 20),
            signer="Đào",
            signer_title="Chủ tịch",
        )
        places = {name: getattr(dossier, name) for name in ("hamlet", "commune", "district", "province")}
        return Award.objects.create(
            registration=dossier,
            decision=decision,
            registrant=household,
            model=LearningModel.FAMILY,
            year=year,
            valid_from=decision.signed_on,
            **places,
            **more,
        )

    return make


def test_hamlet_communities_stand_beside_their_learning_families(ward, make_award):
    second = HamletFactory(parent=ward.place, name="Khu phố 2")
    households = [make_household(ward.hamlet, f"Hộ {n}") for n in range(3)]
    make_household(second, "Hộ nghèo", poverty="POOR")
    for household in households[:2]:
        make_award(household, YEAR)
    register(make_community(ward.hamlet), YEAR, "RECOGNISED", model=LearningModel.COMMUNITY_HAMLET)

    past = build_report("TK-03", ward.place, YEAR)
    now = build_report("TK-03", ward.place, timezone.localdate().year)

    assert [[row[1], *row[2:5], *row[7:10]] for row in table(past)] == [
        [ward.hamlet.name, "1", "1", "1", "66,67", "–", "–"],
        ["Khu phố 2", "1", "0", "0", "0,00", "–", "–"],
    ]
    assert "năm đã qua để dấu gạch" in past.notes[-1]
    assert rows_of(now, "name", "poor") == [(ward.hamlet.name, 0), ("Khu phố 2", 1)]
    assert now.total.values["poor"] == 1
    assert now.notes[-1] == "Hộ nghèo cuối kỳ ở nơi chưa khai: theo sổ bộ hôm nay."

    # The review of each December: of a hamlet, and of the ward as a whole where its hamlets say nothing.
    for place, year, value in ((second, YEAR - 1, 4), (ward.hamlet, YEAR - 1, 3), (ward.place, YEAR, 5)):
        DeclaredFigure.objects.create(
            source="BC 9", place=place, year=year, model="FAMILY", group="poor", measure="count", value=value
        )
    told = build_report("TK-03", ward.place, YEAR)
    assert rows_of(told, "name", "poor_first", "poor") == [(ward.hamlet.name, 3, None), ("Khu phố 2", 4, None)]
    assert (told.total.values["poor_first"], told.total.values["poor"]) == (7, 5)
    assert "số khai báo của năm 2024 và năm 2025" in told.notes[-1]
    book = openpyxl.load_workbook(io.BytesIO(report_xlsx(told))).active
    assert [cell.value for cell in book[9]][-2:] == ["=SUM(I7:I8)", 5]


def test_organisations_by_type_add_up_to_the_tally(ward):
    school = make_organisation(ward.hamlet, "Trường A")
    second = make_organisation(ward.place, "Trường B")
    make_organisation(ward.place, "Công ty C", type=OrganisationType.ENTERPRISE)
    register(school, YEAR, "RECOGNISED", model=LearningModel.UNIT, rank="GOOD")
    register(second, YEAR, "REFUSED", model=LearningModel.UNIT)
    third = make_organisation(ward.place, "Trường D")
    register(third, YEAR, "RECOGNISED", model=LearningModel.UNIT, level=2)

    report = build_report("TK-04", ward.place, YEAR)

    found = {
        row[0]: row[1:]
        for row in rows_of(report, "name", "total", "registered", "recognised", "good", "level_1", "level_2")
    }
    assert found["Trường tiểu học"] == (3, 3, 2, 1, 0, 1)
    assert found["Doanh nghiệp, hợp tác xã"] == (1, 0, 0, 0, 0, 0)
    assert len(report.rows) == len(OrganisationType)
    kept = figures_for(ward.place, YEAR, LearningModel.UNIT)
    total = report.total.values
    assert (total["total"], total["registered"], total["recognised"]) == (4, 3, 2)
    assert (kept.total, kept.registered, kept.recognised) == (4, 3, 2)
    assert report.findings == ()


def test_citizens_by_group_and_by_where_they_are_counted(ward):
    household = make_household(ward.hamlet)
    school = make_organisation(ward.place)
    at_home = make_citizen(household, "Nguyễn Văn Nam", sex=Sex.MALE, group=1)
    make_citizen(household, "Nguyễn Thị Nữ", sex=Sex.FEMALE, group=1)
    at_work = make_citizen(school, "Trần Thị Cô", sex=Sex.FEMALE, group=3)
    register(at_home, YEAR, "SELF_ASSESSED", model=LearningModel.CITIZEN, self_half=170)
    register(at_work, YEAR, "RECOGNISED", model=LearningModel.CITIZEN, self_half=180)

    report = build_report("TK-05", ward.place, YEAR)

    rows = rows_of(report, "where", "total", "women", "registered", "assessed", "recognised")
    assert rows[0] == ("Khu dân cư", 2, 1, 1, 1, 0)
    assert rows[6] == ("Đơn vị", 1, 1, 1, 1, 1)
    assert sum(row[1] for row in rows) == report.total.values["total"] == 3
    assert [report.total.values[key] for key in ("registered", "assessed", "recognised")] == [2, 2, 1]
    assert report.findings == ()
    assert not Assessment.objects.exists()  # nothing but the kept counts was needed


def test_the_association_sums_wards_and_names_those_that_are_silent(ward):
    AssociationYear.objects.create(place=ward.place, year=YEAR, members=278, population=1000, source="BC 01")

    report = build_report("TK-08", ward.place.province, YEAR)

    assert rows_of(report, "name", "members", "member_share", "reported", "fund") == [
        (ward.place.name, 278, report.rows[0].values["member_share"], "1/1", None)
    ]
    assert str(report.rows[0].values["member_share"]) == "27.80"
    assert report.total.values["members"] == 278


def test_targets_of_the_place_and_of_the_nation_beside_what_was_reached(ward):
    for place, percent, basis in ((None, 70, "QĐ 387/QĐ-TTg"), (ward.place.province, 80, "KH 12/KH-UBND")):
        Target.objects.create(
            place=place,
            model=LearningModel.UNIT,
            measure="recognised_of_total",
            year=YEAR,
            percent=percent,
            legal_basis=basis,
        )
    register(make_organisation(ward.place), YEAR, "RECOGNISED", model=LearningModel.UNIT)
    for number in range(3):
        make_organisation(ward.place, f"Trường {number}")

    report = build_report("TK-07", ward.place, YEAR)

    assert table(report)[3] == [
        "4",
        "Đơn vị học tập",
        "4",
        "1",
        "25,00",
        "70,00",
        "80,00",
        str(YEAR),
        "−55,00",
        f"KH 12/KH-UBND ({ward.place.province})",
    ]
    assert table(report)[0][4:9] == ["–", "–", "–", "–", "–"]


def test_excel_sums_are_live_and_equal_what_is_shown(ward):
    register(make_organisation(ward.place), YEAR, "RECOGNISED", model=LearningModel.UNIT, rank="FAIR")

    sheet = openpyxl.load_workbook(io.BytesIO(report_xlsx(build_report("TK-04", ward.place, YEAR)))).active

    last = max(cell.row for cell in sheet["B"] if cell.value == "Tổng cộng")
    assert str(sheet.cell(last, 3).value).startswith("=SUM(C7:")
    assert str(sheet.cell(last, 6).value).startswith("=IF(N(D")


@pytest.mark.parametrize("code", list(TABLES))
def test_every_table_opens_for_every_level_and_costs_the_same_when_it_grows(
    client, ward, code, django_assert_max_num_queries
):
    client.force_login(make_officer(Role.LEADER, None))
    for place in (ward.hamlet, ward.place, ward.place.province, None):
        address = figure_links.report(code, place.pk if place else None, YEAR)
        client.get(address)
        with django_assert_max_num_queries(30):
            assert client.get(address).status_code == 200
