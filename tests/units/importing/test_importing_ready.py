"""A list written in one go leaves what the same list shown first and then confirmed leaves."""

from django.utils import timezone

from tests.factories.units import CommuneFactory, HamletFactory, make_household
from tests.units.import_files import xlsx
from tests.units.importing.steps import at_once, confirmed, previewed
from units.models import RegisterTally, Registrant

HEAD = ["STT", "Họ tên chủ hộ", "Địa chỉ", "Tổ", "Khu phố", "Nhân khẩu", "Ghi chú", "Đăng ký"]
LETTERS = "ABCDEGHIKL"


def a_list() -> list[list]:
    """More than one block: plain lines, odd ones, lines that are refused and a household that is there already."""
    rows = [
        [n, f"Trần {LETTERS[n % 10]}a {LETTERS[n // 10 % 10]}u", f"{n}/2 Bắc Hải", "Tổ 3", "Khu phố 1", 4, "", "x"]
        for n in range(1, 1100)
    ]
    rows[3][1] = "Trần 5"
    rows[5][2] = 12  # a house number Excel took for a number
    rows[7][5] = True
    rows[9][7] = "có lẽ"
    rows[11][1:3], rows[11][5] = ["Lê Thị Đã Có", "1 Hòa Hưng"], 5
    rows[13][1:3] = rows[14][1:3]
    rows[15][2], rows[16][6] = "3 \\ 4 Bắc Hải", "Nhà \\ mới"
    rows[1050][2] = ""
    return rows


def written(place) -> list[tuple]:
    """Everything an import puts into the three tables, but for keys."""
    own = ("name", "search_name", "bigrams", "sort_key", "kind", "opened_on", "closed_on", "close_reason", "note")
    profile = ("address", "address_key", "group_name", "members", "adults", "pupils", "poverty", "phone")
    stay = ("hamlet", "commune", "district", "province", "kind", "since", "until")
    names = (*own, *(f"household__{one}" for one in profile), *(f"stays__{one}" for one in stay))
    names = (*names, "hamlet", "commune", "district", "province")
    rows = Registrant.objects.filter(commune=place).exclude(import_batch=None)
    hamlet = place.children.get(name="Khu phố 1")
    alike = {
        hamlet.pk: "hamlet",
        place.pk: "commune",
        place.province_id: "province",
        place.district_id: "district",
        None: None,
    }
    return sorted(
        (tuple(str(alike.get(value, value)) if isinstance(value, int) else str(value) for value in row))
        for row in rows.values_list(*names)
    )


def test_both_ways_write_the_same(ward):
    wards = [ward, CommuneFactory(name="Phường Diên Hồng", parent=ward.parent)]
    HamletFactory(parent=wards[1], name="Khu phố 1")
    for place in wards:
        make_household(place.children.get(name="Khu phố 1"), "Lê Thị Đã Có", address="1 Hòa Hưng", members=3)
    data = xlsx([HEAD, *a_list()])

    counts = at_once(wards[0], data).batch.counts

    assert confirmed(previewed(wards[1], data)).counts == counts
    figures = {
        "added": 1093,
        "changed": 1,
        "unchanged": 0,
        "duplicates": 1,
        "refused": 4,
        "wanted": 1094,
        "registered": 0,
    }
    assert counts == figures | {"registered": 0}
    here, there = (written(place) for place in wards)
    assert len(here) == 1093
    assert here == there
    tallies = RegisterTally.objects.filter(kind="HOUSEHOLD", year=timezone.localdate().year)
    came = [tallies.get(place=place).came for place in wards]
    assert came[0] == came[1] >= 1093


def test_every_line_odd(ward):
    """House numbers in a column of their own make every line one that is read alone; nobody runs out of keys."""
    head = ["STT", "Họ tên chủ hộ", "Số nhà", "Đường", "Khu phố", "Nhân khẩu"]
    rows = [[n, f"Trần Văn {c}u", n if n % 2 else f"{n}/2", "Bắc Hải", "Khu phố 1", 4] for n, c in enumerate("ABCD", 1)]

    assert previewed(ward, xlsx([head, *rows])).counts["added"] == 4
    assert at_once(ward, xlsx([head, *rows])).batch.counts["added"] == 4
    addresses = Registrant.objects.filter(commune=ward).order_by("name").values_list("household__address", flat=True)
    assert list(addresses) == ["1 Bắc Hải", "2/2 Bắc Hải", "3 Bắc Hải", "4/2 Bắc Hải"]
