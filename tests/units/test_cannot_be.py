"""What the register cannot be, asked for on screen and by command: told in exact words, nothing written."""

import datetime
import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from tests.bad_files import page_words
from tests.factories.units import (
    CommuneFactory,
    HamletFactory,
    make_citizen,
    make_clan,
    make_household,
    make_officer,
)
from tests.units.import_files import xlsx
from units.choices import Role
from units.domain import citizens, clans
from units.models import Citizen, ClanMembership, PlaceChange, Succession

pytestmark = pytest.mark.django_db
START = datetime.date(2025, 7, 1)
NUMBER = "079185001234"


@pytest.fixture(autouse=True)
def november(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: datetime.date(2026, 11, 20))


@pytest.fixture
def ward():
    return CommuneFactory(code="27163", name="Phường Hòa Hưng", valid_from=START)


@pytest.fixture
def one(ward):
    return HamletFactory(code="27163-01", name="Khu phố 1", parent=ward)


@pytest.fixture
def two(ward):
    return HamletFactory(code="27163-02", name="Khu phố 2", parent=ward, valid_from=datetime.date(2026, 6, 1))


@pytest.fixture
def page(client, ward):
    client.force_login(make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An"))
    return client


def command(tmp_path, name, data, *args):
    """All a command prints to a file, its refusal too."""
    path = tmp_path / "ds.xlsx"
    path.write_bytes(data)
    out = io.StringIO()
    try:
        call_command(name, str(path), *args, stdout=out)
    except CommandError as error:
        return [*out.getvalue().splitlines(), str(error)]
    return out.getvalue().splitlines()


def merging(tmp_path, *rows):
    head = ["level", "from_code", "to_code", "effective_on", "partial"]
    return command(tmp_path, "merge_places", xlsx([head, *([*row, "no"] for row in rows)]))


def test_places_that_succeed_each_other_in_a_circle(page, ward, one, two, tmp_path):
    url = reverse("units:hamlet-merge", args=[ward.pk])
    itself = page.post(url, {"hamlets": [one.pk], "into": one.pk, "on": "01/09/2026"})
    assert "Hãy chọn các khu phố, thôn được nhập." in page_words(itself.content.decode())
    data = {"hamlets": [one.pk], "into": two.pk, "on": "01/09/2026"}
    shown = page.post(url, data)
    page.post(url, data | {"seen": shown.context["shown"].fingerprint})
    assert Succession.objects.get().to_place == two

    back = page.post(url, {"hamlets": [two.pk], "into": one.pk, "on": "01/10/2026"})
    assert back.context["form"].errors == {
        "into": ["Nơi đã chọn vừa kết thúc hoặc không thuộc phường, xã này. Hãy mở lại trang rồi chọn lại."]
    }
    # A list may name a day on which both stood: what the portal knows already closes the circle.
    assert merging(tmp_path, ["hamlet", "27163-02", "27163-01", "2026-07-01"]) == [
        "Dòng 2: Khu phố 2 → Khu phố 1 đi thành vòng: từ Khu phố 1 lại về Khu phố 2.",
        "1 dòng có lỗi; chưa ghi gì.",
    ]
    assert (Succession.objects.count(), PlaceChange.objects.count()) == (1, 1)


def test_a_successor_that_does_not_stand_on_the_day(page, ward, one, two, tmp_path):
    early = page.post(
        reverse("units:hamlet-merge", args=[ward.pk]), {"hamlets": [one.pk], "into": two.pk, "on": "01/05/2026"}
    )
    assert "Hãy chọn nơi nhập vào là khu phố, thôn của Phường Hòa Hưng còn vào ngày đó." in page_words(
        early.content.decode()
    )
    assert merging(
        tmp_path,
        ["hamlet", "27163-01", "27163-02", "2026-05-01"],
        ["hamlet", "27163-02", "27163-01", "2026-05-01"],
        ["commune", "27163", "27163", "2025-07-01"],
        ["hamlet", "27163-01", "27163-02", "2026-12-01"],
    ) == [
        "Dòng 2: Ngày 01/05/2026 không có khu phố, thôn, ấp nào mang mã 27163-02.",
        "Dòng 3: Ngày 30/04/2026 không có khu phố, thôn, ấp nào mang mã 27163-02.",
        "Dòng 4: Ngày 30/06/2025 không có phường, xã, đặc khu nào mang mã 27163.",
        "Dòng 5: Ngày 01/12/2026 chưa đến.",
        "4 dòng có lỗi; chưa ghi gì.",
    ]
    assert (Succession.objects.count(), PlaceChange.objects.count()) == (0, 0)


def test_a_citizen_in_two_households(page, ward, one, tmp_path):
    home, other = make_household(one, "Nguyễn Văn Hòa"), make_household(one, "Lê Văn Bình")
    make_citizen(home, "Trần Thị Hoa", birth_year=1985, id_hash=citizens.id_hash(NUMBER), id_last4="1234")
    entry = {"name": "Trần Thị Hoa", "birth_year": "1985", "sex": "FEMALE", "group": "2", "opened_on": "01/10/2026"}
    url = f"{reverse('units:citizen-create')}?ho={other.pk}"

    refused = page.post(url, entry | {"id_number": NUMBER})
    assert refused.context["form"].errors["id_number"] == [
        "Người có số căn cước này đã có trong sổ của Phường Hòa Hưng. Mỗi người chỉ tính một lần: nơi cũ đưa người này"
        " ra khỏi sổ rồi mới thêm được."
    ]
    asked = page.post(url, entry)
    assert "Trần Thị Hoa" in page_words(asked.content.decode()) and Citizen.objects.count() == 1

    head = ["Họ và tên", "Năm sinh", "Giới tính", "Nhóm", "Số căn cước", "Chủ hộ", "Khu phố"]
    told = command(
        tmp_path,
        "import_register",
        xlsx(
            [
                head,
                ["Trần Thị Hoa", 1985, "Nữ", 2, NUMBER, "Lê Văn Bình", "Khu phố 1"],
                ["Trần Thị Hoa", 1985, "Nữ", 2, None, "Lê Văn Bình", "Khu phố 1"],
                ["Võ Ba", 1990, "Nam", 2, "079185001235", "Lê Văn Bình", "Khu phố 1"],
                ["Võ Ba", 1990, "Nam", 2, "079185001235", "Nguyễn Văn Hòa", "Khu phố 1"],
            ]
        ),
        *("--place", "27163", "--year", "2026", "--kind", "citizen"),
    )
    assert told[-4:] == [
        "Thêm mới 1, thay đổi 0, không đổi 0, có thể trùng 1, từ chối 2, đăng ký 0.",
        "Có thể trùng, chưa thêm – Danh sách, dòng 3: Trong sổ đã có người cùng tên, cùng năm sinh, tính ở “Nguyễn Văn "
        "Hòa”.",
        "Từ chối – Danh sách, dòng 2: Người này đang được tính ở “Nguyễn Văn Hòa”. Nếu đã chuyển, hãy chuyển trong "
        "sổ thay vì nhập lại.",
        "Từ chối – Danh sách, dòng 5: Trùng với dòng 4 trong tệp (Võ Ba).",
    ]
    assert Citizen.objects.count() == 2


def test_a_household_in_two_clans(page, ward, one, tmp_path):
    home = make_household(one, "Nguyễn Hữu Hòa")
    first, second = make_clan(ward, "Họ Nguyễn Hữu"), make_clan(ward, "Họ Nguyễn Phước")
    clans.add_families(actor=None, clan=first, households=[home.pk], since=datetime.date(2026, 5, 1))
    words = "Mỗi hộ chỉ thuộc một dòng họ. Đang thuộc dòng họ khác: “Nguyễn Hữu Hòa” (Họ Nguyễn Hữu). Hãy cho hộ rời"

    url = f"{reverse('units:clan-families', args=[second.pk])}?q=nguyen+huu"
    refused = page.post(url, {"households": [home.pk], "since": "01/06/2026"})
    assert f"{words} dòng họ đó trước." in page_words(refused.content.decode()), page_words(refused.content.decode())

    told = command(
        tmp_path,
        "import_register",
        xlsx(
            [["Tên dòng họ", "Địa chỉ nhà thờ"], ["Họ Nguyễn Phước", None]],
            title="Dòng họ",
            more={"Gia đình": [["STT", "Dòng họ", "Chủ hộ"], [1, "Họ Nguyễn Phước", "Nguyễn Hữu Hòa"]]},
        ),
        *("--place", "27163", "--year", "2026", "--kind", "clan"),
    )
    assert told[-1] == (
        "Từ chối – Gia đình, dòng 2: Hộ “Nguyễn Hữu Hòa” đang thuộc Họ Nguyễn Hữu. Mỗi hộ chỉ thuộc một dòng họ; hãy "
        "cho hộ rời dòng họ đó trước."
    )
    assert list(ClanMembership.objects.values_list("clan", flat=True)) == [first.pk]
