"""Declared figures: loaded as printed, every known misprint found, standing in only where no records exist."""

import datetime
import json
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from recognition.choices import LearningModel
from recognition.domain.declared import (
    check_figures,
    declared_within,
    load_figures,
    with_declared,
)
from recognition.domain.tallies import children_figures, figures_for
from recognition.domain.targets import check_all_targets, target_for
from recognition.figure_files import FiguresError
from recognition.models import DeclaredFigure
from tests.factories.recognition import load_shipped_rulebooks
from tests.factories.units import (
    CommuneFactory,
    DistrictFactory,
    HamletFactory,
    ProvinceFactory,
    make_household,
    make_officer,
)
from tests.recognition.test_tallies import register
from units.choices import AreaClass, Role

FAMILY = LearningModel.FAMILY
LAST_DAY = datetime.date(2025, 6, 30)
OLD = {"valid_from": None, "valid_to": LAST_DAY}


@pytest.fixture
def places(db):
    """The places the source articles speak of."""
    city = ProvinceFactory(code="79", name="Thành phố Hồ Chí Minh", **OLD)
    ProvinceFactory(code="74", name="Tỉnh Bình Dương", **OLD)
    south = ProvinceFactory(code="60", name="Tỉnh Bình Thuận", **OLD)
    found = {
        code: DistrictFactory(code=code, name=name, parent=city)
        for code, name in (("761", "Quận 12"), ("771", "Quận 10"), ("786", "Huyện Nhà Bè"))
    }
    district = DistrictFactory(code="595", name="Huyện Tuy Phong", parent=south)
    town = CommuneFactory(code="22969", name="Thị trấn Liên Hương", kind="thị trấn", parent=district, **OLD)
    return {**found, "79": city, "22969": town}


def findings(source):
    return sorted((one.rule, one.level) for one in check_figures(list(DeclaredFigure.objects.filter(source=source))))


def test_figures_are_kept_as_printed(places):
    result = load_figures()

    assert (result.figures, result.targets) == (27, 25)
    assert [one.message for one in result.findings] == ["“Gia đình hiếu học” được hiểu là “Gia đình học tập”."]
    row = DeclaredFigure.objects.get(source="002", group="staff", measure="recognised")
    assert (row.value, row.printed_percent, row.place) == (338, Decimal("99.54"), places["786"])
    old_name = DeclaredFigure.objects.get(source="001", year=2019)
    assert (old_name.model, old_name.model_printed, old_name.published_on) == ("FAMILY", "Gia đình hiếu học", None)
    assert old_name.place == places["22969"]


def test_loading_twice_changes_nothing(places):
    def everything():
        models = ("declaredfigure", "target", "declaredfigureevent", "targetevent")
        return [list(apps.get_model("recognition", name).objects.order_by("pk").values()) for name in models]

    load_figures()
    before = everything()

    load_figures()

    assert everything() == before
    assert [len(rows) for rows in before] == [27, 25, 27, 25]


def test_every_known_error_of_the_articles_is_found(places):
    load_figures()

    assert findings("000") == [("R-20", "warn"), ("R-25", "notice"), ("R-26", "warn")]
    assert findings("001") == [("R-01", "error"), ("R-25", "notice"), ("R-26", "error"), ("R-26", "warn")]
    assert findings("002") == [
        ("R-02", "error"),
        ("R-02", "error"),
        ("R-03", "error"),
        ("R-03", "notice"),
        ("R-03", "notice"),
        ("R-03", "notice"),
    ]
    assert findings("004") == [("R-05", "error")]
    assert [one.message for one in check_all_targets()] == [
        "Tỉnh Bình Dương: không có chỉ tiêu Dòng họ học tập (chỉ tiêu cả nước năm 2025 là 65%)."
    ]


def test_findings_of_the_pilot_in_words(places):
    load_figures()

    messages = [one.text for one in check_figures(list(DeclaredFigure.objects.filter(source="002")))]

    assert (
        "Công dân học tập 2022, đăng ký: 71 + 440 = 511, khác số tổng 551. Có thể in nhầm một chữ số: 551 → 511."
        in messages
    )
    assert (
        "Công dân học tập 2022, Cán bộ, công chức, viên chức: 338/440 = 76,82%, nguồn in 99,54%. "
        "Có thể in nhầm một chữ số: 338 → 438." in messages
    )


def test_missing_place_says_file_row_and_what_to_do(db):
    with pytest.raises(FiguresError) as stopped:
        load_figures()

    assert str(stopped.value) == (
        "articles.csv, dòng 2: không có địa bàn mang mã 761 (Quận 12) vào ngày 31/12/2019. "
        "Hãy chạy lệnh load_places trước."
    )
    assert DeclaredFigure.objects.count() == 0


def test_place_of_another_name_is_refused(places):
    places["761"].name = "Quận Mười Hai"
    places["761"].save()

    with pytest.raises(CommandError, match="mã 761 là Quận Mười Hai, không phải Quận 12"):
        call_command("load_figures")
    assert DeclaredFigure.objects.count() == 0


def test_command_reports_in_json(places, capsys):
    call_command("load_figures", "--json")

    result = json.loads(capsys.readouterr().out)
    assert (result["figures"], result["targets"], result["findings"][0]["rule"]) == (27, 25, "R-25")


def test_district_without_records_shows_declared_figures(places, capsys):
    load_figures()
    district = places["761"]

    figures = with_declared(figures_for(district, 2019, FAMILY), declared_within(district, 2019, FAMILY))

    assert (figures.total, figures.recognised, figures.recognised_of_total) == (123461, 74087, Decimal("60.01"))
    assert figures.shown("registered") is None  # the source does not say
    assert figures.declared == ("000",)
    call_command("tally", "--json", place="761", year=2019, model="FAMILY")
    out = json.loads(capsys.readouterr().out)
    assert (out["total"], out["registered"], out["recognised"], out["declared"]) == (123461, None, 74087, ["000"])
    assert out["percent"] == {
        "registered_of_total": None,
        "recognised_of_registered": None,
        "recognised_of_total": 60.01,
    }


def test_declared_figures_join_the_sum_above_once(places):
    load_figures()
    load_shipped_rulebooks()
    ward = CommuneFactory(parent=places["771"], **OLD)
    register(make_household(HamletFactory(parent=ward), opened_on=datetime.date(2018, 1, 1)), 2019, "RECOGNISED")
    city = places["79"]

    figures = with_declared(figures_for(city, 2019, FAMILY), declared_within(city, 2019, FAMILY))

    assert (figures.total, figures.recognised) == (123462, 74088)
    rows = {row.place.name: row.figures.total for row in children_figures(city, 2019, FAMILY)}
    assert rows == {"Huyện Nhà Bè": 0, "Quận 10": 1, "Quận 12": 0}


def test_records_win_over_declared_figures(places):
    load_figures()
    load_shipped_rulebooks()
    ward = CommuneFactory(parent=places["761"], **OLD)
    register(make_household(HamletFactory(parent=ward), opened_on=datetime.date(2018, 1, 1)), 2019)

    assert declared_within(places["761"], 2019, FAMILY) == []
    assert declared_within(places["79"], 2019, FAMILY) == []


def test_half_a_figure_never_joins_a_sum(places):
    load_figures()
    town = places["22969"]

    own = with_declared(figures_for(town, 2019, FAMILY), declared_within(town, 2019, FAMILY))

    assert (own.registered, own.shown("total"), own.recognised_of_total) == (5557, None, None)
    assert declared_within(town.province, 2019, FAMILY) == []  # registrations without households


def test_target_is_the_next_one_of_the_nearest_scope(places):
    load_figures()
    district = places["761"]

    assert _target(target_for(district, 2019, FAMILY)) == ("70.00", 2020, "Cả nước", False)
    assert _target(target_for(district, 2021, FAMILY)) == ("70.00", 2025, "Cả nước", False)
    assert _target(target_for(district, 2026, FAMILY)) == ("70.00", 2025, "Cả nước", True)
    assert target_for(district, 2026, LearningModel.COMMUNITY_COMMUNE) is None
    local = ProvinceFactory._meta.model.objects.get(code="74")
    assert _target(target_for(local, 2026, FAMILY)) == ("80.00", 2030, "Tỉnh Bình Dương", False)


def test_difficult_places_have_their_own_target(places):
    load_figures()
    town = places["22969"]
    town.area_class = AreaClass.DIFFICULT

    assert _target(target_for(town, 2019, FAMILY)) == ("60.00", 2020, "Cả nước", False)
    assert _target(target_for(town, 2024, FAMILY)) == ("70.00", 2025, "Cả nước", False)  # no other is set


def _target(target):
    return str(target.percent), target.year, target.scope, target.is_past


def test_pages_show_figures_as_printed_with_findings(places, client):
    load_figures()
    client.force_login(make_officer(Role.WARD_OFFICER, CommuneFactory()))

    listing = client.get("/so-lieu-khai-bao/").content.decode()
    detail = client.get("/so-lieu-khai-bao/002/").content.decode()

    for source in ("000", "001", "002", "004"):
        assert f"Bài {source}" in listing
    assert "3 chỗ sai" in listing and "không có chỉ tiêu Dòng họ học tập" in listing
    assert "99,54%" in detail and "76,82%" in detail and "(338/440)" in detail
    assert "338/440 ... 99.54%" in detail  # the printed words stay as they were
    assert detail.count("<h1") == 1
    assert "Gia đình hiếu học" in client.get("/so-lieu-khai-bao/001/").content.decode()
