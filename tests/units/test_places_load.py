"""The official places, loaded once from the real files (setUpTestData), and what is known about them."""

import csv
import datetime
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.test import TestCase

from units.domain import gazetteer
from units.domain.errors import RegisterError
from units.domain.place_search import place_label, search, with_names_above
from units.domain.places import lineage, place_on
from units.models import Place, Succession

END_OF_2024 = datetime.date(2024, 12, 31)


def load_json() -> dict:
    out = StringIO()
    call_command("load_places", "--json", stdout=out)
    return json.loads(out.getvalue())


def found(text: str, count: int = 3) -> list[str]:
    return [place_label(place) for place in with_names_above(search(Place.objects.all(), text))[:count]]


class TestOfficialPlaces(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.first = load_json()

    def test_counts(self):
        assert self.first["places"] == {"added": 14_169, "changed": 0, "unchanged": 0}
        assert self.first["successions"] == {"added": 10_618, "changed": 0, "unchanged": 0}
        assert self.first["provisional"] == 4
        by_level = Place.objects.filter(provisional=False).values_list("level", "valid_to").annotate(Count("pk"))
        last_day = datetime.date(2025, 6, 30)
        assert {(level, valid_to): count for level, valid_to, count in by_level} == {
            ("province", last_day): 63,
            ("district", last_day): 696,
            ("commune", last_day): 10_051,
            ("province", None): 34,
            ("commune", None): 3_321,
        }
        assert Succession.objects.filter(partial=True).count() == 1_103

    def test_second_load_changes_nothing_and_writes_no_history(self):
        events = Place.pgh_event_model.objects.count(), Succession.pgh_event_model.objects.count()

        second = load_json()

        assert events == (14_169, 10_618)
        assert second["places"] == {"added": 0, "changed": 0, "unchanged": 14_169}
        assert second["successions"] == {"added": 0, "changed": 0, "unchanged": 10_618}
        assert (Place.pgh_event_model.objects.count(), Succession.pgh_event_model.objects.count()) == events

    def test_history_names_the_loader(self):
        event = Place.pgh_event_model.objects.select_related("pgh_context").first()

        assert event.pgh_context.metadata["user_name"] == "Lệnh load_places"

    def test_set_based_columns_are_what_saving_would_derive(self):
        sample = ["27163", "79", "771", "771-P03", "00004"]
        for place in Place.objects.filter(code__in=sample).select_related("parent__parent"):
            loaded = (place.search_name, place.sort_key, place.province_id, place.district_id, place.commune_id)
            place.derive()
            derived = (place.search_name, place.sort_key, place.province_id, place.district_id, place.commune_id)
            assert loaded == derived

    def test_a_reload_repairs_a_name_but_never_reopens_a_place_or_touches_notes(self):
        ward = Place.objects.coded("27163")
        Place.objects.filter(pk=ward.pk).update(
            name="Phường Sai", note="Ghi chú của phường", valid_to=datetime.date(2030, 1, 1)
        )
        hamlet = Place.objects.create(code="27163-01", level="hamlet", kind="khu phố", name="Khu phố 1", parent=ward)
        Place.objects.filter(pk=hamlet.pk).update(search_name="khu pho 1 phuong sai thanh pho ho chi minh")

        again = load_json()

        ward.refresh_from_db()
        hamlet.refresh_from_db()
        assert again["places"] == {"added": 0, "changed": 1, "unchanged": 14_168}
        assert (ward.name, ward.note, ward.valid_to) == (
            "Phường Hòa Hưng",
            "Ghi chú của phường",
            datetime.date(2030, 1, 1),
        )
        assert hamlet.search_name == "khu pho 1 phuong hoa hung thanh pho ho chi minh"

    def test_predecessors_of_hoa_hung(self):
        ward = Place.objects.coded("27163")

        assert [(str(former.place), former.partial) for former in lineage(ward, END_OF_2024)] == [
            ("Phường 12", False),
            ("Phường 13", False),
            ("Phường 14", True),
            ("Phường 15", False),
        ]
        assert [former.place for former in lineage(ward, datetime.date(2026, 1, 1))] == [ward]

    def test_lineage_follows_several_reforms(self):
        ward = Place.objects.coded("27163")
        old = Place.objects.get(code="27172", level="commune")
        older = Place.objects.create(
            code="X1",
            level="commune",
            kind="phường",
            name="Phường Xưa",
            parent=old.parent,
            valid_to=datetime.date(2019, 12, 31),
        )
        Place.objects.filter(pk=old.pk).update(valid_from=datetime.date(2020, 1, 1))
        Succession.objects.create(from_place=older, to_place=old, effective_on=datetime.date(2020, 1, 1), partial=True)

        names = [(str(former.place), former.partial) for former in lineage(ward, datetime.date(2019, 6, 1))]

        assert ("Phường Xưa", True) in names
        assert "Phường 12" not in dict(names)

    def test_district_10_of_2017_had_fifteen_wards(self):
        district = place_on("771", datetime.date(2017, 12, 31))

        wards = Place.objects.on(datetime.date(2017, 12, 31)).filter(parent=district).order_by("sort_key")

        assert [ward.name for ward in wards] == [f"Phường {number}" for number in range(1, 16)]
        assert [ward.code for ward in wards if ward.provisional] == ["771-P03", "771-P05", "771-P07", "771-P11"]
        assert all("chưa rõ phường nào" in ward.note for ward in wards if ward.provisional)
        on_2021 = Place.objects.on(datetime.date(2021, 1, 1)).filter(parent=district)
        on_2025 = Place.objects.on(datetime.date(2025, 1, 1)).filter(parent=district)
        assert (on_2021.count(), on_2025.count()) == (14, 11)

    def test_a_code_is_no_identity_through_time(self):
        assert place_on("27163", datetime.date(2024, 12, 31)).name == "Phường 15"
        assert place_on("27163", datetime.date(2025, 12, 31)).name == "Phường Hòa Hưng"
        with pytest.raises(RegisterError) as refusal:
            place_on("27166", datetime.date(2025, 12, 31))
        assert refusal.value.message == (
            "Ngày 31/12/2025 không có địa bàn nào mang mã 27166. Hãy kiểm tra lại mã hoặc ngày."
        )

    def test_search_finds_hoa_hung_first(self):
        expected = ["Phường Hòa Hưng, Thành phố Hồ Chí Minh", "Xã Hòa Hưng, Tỉnh An Giang"]

        assert found("hoa hung", 2) == expected
        assert found("Hòa Hưng", 2) == expected
        assert found("HOÀ  HƯNG", 2) == expected
        assert found("hoa hung hcm", 1) == expected[:1]
        assert found("hoà hưn", 1) == expected[:1]

    def test_search_marks_former_places_and_reads_short_forms(self):
        assert found("p15 q10") == ["Phường 15, Quận 10, Thành phố Hồ Chí Minh (cũ, đến 30/06/2025)"]
        assert found("q10", 1) == ["Quận 10, Thành phố Hồ Chí Minh (cũ, đến 30/06/2025)"]
        assert found("hcm", 1) == ["Thành phố Hồ Chí Minh"]
        assert found("27163") == [
            "Phường Hòa Hưng, Thành phố Hồ Chí Minh",
            "Phường 15, Quận 10, Thành phố Hồ Chí Minh (cũ, đến 30/06/2025)",
        ]
        assert found("quan 1 hcm", 1) == ["Quận 1, Thành phố Hồ Chí Minh (cũ, đến 30/06/2025)"]
        assert found("khong co noi nay") == []
        assert found("  ") == []

    def test_typed_marks_decide_between_equals(self):
        assert found("Bình Thạnh", 1) == ["Phường Bình Thạnh, Thành phố Hồ Chí Minh"]
        assert all("Bình Thành" in label for label in found("Bình Thành", 3))


@pytest.mark.django_db
def test_a_list_that_does_not_fit_together_loads_nothing(tmp_path):
    units, successions, supplement = (tmp_path / name for name in ("units.csv", "successions.csv", "supplement.csv"))
    head = ["code", "level", "kind", "name", "parent_code", "valid_from", "valid_to"]
    write(
        units,
        head,
        [["01", "province", "tỉnh", "Tỉnh A", "", "", ""], ["00001", "commune", "xã", "Xã B", "99", "", ""]],
    )
    write(successions, ["level", "from_code", "to_code", "effective_on", "partial"], [])
    write(supplement, [*head, "note"], [])

    with pytest.raises(gazetteer.GazetteerError) as refusal:
        gazetteer.load(units=units, successions=successions, supplement=supplement)

    assert refusal.value.message == "Không tìm thấy địa bàn cấp trên của: 00001 (Xã B). Chưa nạp gì."
    assert not Place.objects.exists()


@pytest.mark.django_db
def test_the_command_says_the_refusal_and_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(gazetteer, "DATA", tmp_path)
    (tmp_path / "gazetteer").mkdir()
    head = ["code", "level", "kind", "name", "parent_code", "valid_from", "valid_to"]
    write(tmp_path / "gazetteer" / "units.csv", head, [["01", "province", "tỉnh", "Tỉnh A", "", "", ""]])
    write(
        tmp_path / "gazetteer" / "successions.csv",
        ["level", "from_code", "to_code", "effective_on", "partial"],
        [["province", "01", "02", "2025-07-01", "no"]],
    )
    write(tmp_path / "places_supplement.csv", [*head, "note"], [])

    with pytest.raises(CommandError, match=r"^Không tìm thấy địa bàn cũ hoặc mới của: 01 \(02\)\. Chưa nạp gì\.$"):
        call_command("load_places")


def write(path, head, rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
