"""The families' sheet of a list of clans: one household, one clan; reasons row by row; out and in; undo."""

import datetime
from io import StringIO

import openpyxl
import pytest
from django.core.management import call_command
from django.urls import reverse

from tests.clock import today
from tests.factories.units import (
    CommuneFactory,
    HamletFactory,
    ProvinceFactory,
    make_clan,
    make_household,
    make_officer,
)
from tests.units.import_files import xlsx
from units.choices import RegistrantKind, Role, RowVerdict
from units.domain import clans, importing
from units.models import ClanMembership, Place, Registrant

pytestmark = pytest.mark.django_db
CLAN_HEAD = ["Tên dòng họ", "Nhà thờ họ"]
HEAD = ["STT", "Dòng họ", "Chủ hộ", "Địa chỉ", "Khu phố"]


@pytest.fixture
def ward():
    ward = CommuneFactory(code="27163", name="Phường Hòa Hưng")
    one, two = (HamletFactory(parent=ward, name=f"Khu phố {number}") for number in (1, 2))
    for place, name, address in (
        (one, "Lê Văn An", "1 Hòa Hưng"),
        (one, "Lê Văn Bình", "2 Hòa Hưng"),
        (two, "Lê Văn Bình", "3 Hòa Hưng"),
        (two, "Trần Tư", "4 Hòa Hưng"),
        (two, "Lê Năm", ""),
    ):
        make_household(place, name, address=address)
    return ward


def home(name: str, address: str) -> Registrant:
    return Registrant.objects.get(name=name, household__address=address)


def at_once(place: Place, data: bytes):
    return importing.import_at_once(
        actor=None,
        place=place,
        year=today().year,
        register=False,
        file_name="ds.xlsx",
        data=data,
        kind=RegistrantKind.CLAN,
    )


def figures(outcome) -> tuple:
    names = ("added", "changed", "unchanged", "duplicates", "refused", "parts", "parts_unchanged")
    return tuple(outcome.counts[name] for name in names)


def families() -> set:
    now = ClanMembership.objects.filter(until__isnull=True)
    return set(now.values_list("clan__registrant__name", "household__registrant__name", "household__address"))


def test_clans_and_their_families_in_one_workbook_with_reasons_row_by_row(ward, client, tmp_path):
    other = make_clan(ward, "Họ Trần")
    clans.add_families(
        actor=None, clan=other, households=[home("Trần Tư", "4 Hòa Hưng").pk], since=datetime.date(2024, 1, 1)
    )
    book = xlsx(
        [CLAN_HEAD, ["Họ Lê", "9 Hòa Hưng"], ["Họ Trần", None]],
        title="Dòng họ",
        more={
            "Gia đình": [
                HEAD,
                [1, "Họ Lê", "Lê Văn An", None, None],  # 2 the list brings the clan
                [2, "ho le", "LE VAN BINH", "3 Hòa Hưng", "KP 2"],  # 3 told apart by hamlet and address
                [3, "Họ Lê", "Lê Văn Bình", None, None],  # 4 two of this name
                [4, "Họ Lê", "Trần Tư", None, None],  # 5 in another clan
                [5, "Họ Trần", "Lê Văn An", None, None],  # 6 twice in the file, for two clans
                [6, "Họ Lê", "Lê Văn An", None, None],  # 7 twice in the file, for one clan
                [7, "Họ Võ", "Lê Năm", None, None],  # 8 no such clan
                [8, "Họ Lê", "Ngô Sáu", None, None],  # 9 no such household
                [9, "Họ Trần", "Trần Tư", None, None],  # 10 there already
                [10, "Họ Trần", "Lê Năm", None, "KP 9"],  # 11 no such hamlet
            ]
        },
    )
    outcome = at_once(ward, book)

    assert figures(outcome) == (3, 0, 2, 0, 7, 2, 1)
    reasons = {row["row"]: row["reason"] for row in outcome.refused}
    assert reasons.pop(11).startswith("Phường Hòa Hưng không có “KP 9”.")
    assert reasons == {
        4: "Có 2 nơi mang tên “Lê Văn Bình”. Hãy ghi thêm khu phố và địa chỉ của hộ.",
        5: "Hộ “Trần Tư” đang thuộc Họ Trần. Mỗi hộ chỉ thuộc một dòng họ; hãy cho hộ rời dòng họ đó trước.",
        6: "Hộ “Lê Văn An” đã ghi cho “Họ Lê” ở dòng 2. Mỗi hộ chỉ thuộc một dòng họ.",
        7: "Hộ “Lê Văn An” đã ghi cho “Họ Lê” ở dòng 2. Mỗi hộ chỉ thuộc một dòng họ.",
        8: "Không có dòng họ “Họ Võ” trong sổ của nơi này và trong tệp.",
        9: "Không có hộ nào mang tên chủ hộ “Ngô Sáu” ở nơi này. Hãy nhập hộ trước, hoặc ghi đúng tên.",
    }
    brought = {("Họ Lê", "Lê Văn An", "1 Hòa Hưng"), ("Họ Lê", "Lê Văn Bình", "3 Hòa Hưng")}
    kept = {("Họ Trần", "Trần Tư", "4 Hòa Hưng")}
    assert families() == brought | kept
    assert set(ClanMembership.objects.exclude(clan=other.pk).values_list("since", flat=True)) == {today()}

    # On the page: clans and families are counted apart, a family leads to its household.
    client.force_login(make_officer(Role.WARD_OFFICER, ward))
    page = " ".join(client.get(reverse("units:import-detail", args=[outcome.batch.pk])).content.decode().split())
    assert "Thêm mới 1 dòng họ, thay đổi 0 dòng họ, không đổi 1 dòng họ. Đưa 2 gia đình vào các dòng họ." in page
    assert reverse("units:household-detail", args=[home("Lê Văn An", "1 Hòa Hưng").pk]) in page
    assert "Nhà thờ họ" in page and "Địa chỉ của hộ" in page

    # Out and in again changes nothing, by the hidden key of each household.
    out = tmp_path / "clan.xlsx"
    call_command("export_register", place="27163", kind="clan", out=out, stdout=StringIO())
    sheet = openpyxl.load_workbook(out)["Gia đình"]
    assert sheet.column_dimensions["A"].hidden and sheet.max_row == 4
    assert figures(at_once(ward, out.read_bytes())) == (0, 0, 5, 0, 0, 0, 3)

    # Undone whole: the families leave, the clan is out of the register, what was there stays.
    importing.undo(actor=None, batch=outcome.batch)
    assert families() == kept
    assert not Registrant.objects.open().filter(name="Họ Lê").exists()
    assert figures(at_once(ward, book)) == (3, 0, 2, 0, 7, 2, 1)


def test_a_family_taken_elsewhere_after_the_preview_is_refused_and_a_changed_one_stops_the_undo(ward):
    mine, other = make_clan(ward, "Họ Lê"), make_clan(ward, "Họ Trần")
    body = [HEAD, [1, "Họ Lê", "Lê Văn An", None, None], [2, "Họ Lê", "Lê Năm", None, None]]
    batch = importing.check(
        batch=importing.receive(
            actor=None,
            place=ward,
            year=today().year,
            register=False,
            file_name="ds.xlsx",
            data=xlsx(body),
            kind=RegistrantKind.CLAN,
        )
    )
    taken = home("Lê Năm", "")
    clans.add_families(actor=None, clan=other, households=[taken.pk], since=today())
    importing.request_confirmation(actor=None, batch=batch)
    batch = importing.confirm(actor=None, batch=batch)
    rows = {row.row_no: (row.verdict, " ".join(row.reasons)) for row in batch.rows.all()}
    assert rows == {
        2: (RowVerdict.ADDED, ""),
        3: (
            RowVerdict.REFUSED,
            "Sổ bộ đã thay đổi sau khi xem trước: Hộ “Lê Năm” đang thuộc Họ Trần. Mỗi hộ chỉ thuộc một dòng họ;"
            " hãy cho hộ rời dòng họ đó trước.",
        ),
    }
    clans.end_family(actor=None, clan=mine, household=home("Lê Văn An", "1 Hòa Hưng").pk)
    with pytest.raises(importing.ImportRefused, match=r"1 dòng đã được sửa .*Họ Lê \(dòng 2\)"):
        importing.undo(actor=None, batch=batch)


def test_families_of_other_wards_are_named_by_ward_hamlet_and_head(ward, client, tmp_path):
    """Found once: taken. None or several: said plainly. Of the household no more is told than name, hamlet, ward."""
    near = CommuneFactory(name="Phường Vườn Lài", parent=ward.province)
    far = CommuneFactory(name="Xã Vườn Lài", parent=ProvinceFactory(name="Tỉnh Bến Tre"))
    one, two = HamletFactory(parent=near, name="Khu phố 1"), HamletFactory(parent=near, name="Khu phố 2")
    make_household(one, "Lê Xa", address="17 Lý Thái Tổ", phone="0903000111")
    for address in ("1 Bà Hạt", "2 Bà Hạt"):
        make_household(two, "Lê Đôi", address=address)
    taken = make_household(one, "Lê Khác")
    make_household(HamletFactory(parent=far, name="Ấp 3"), "Lê Bến Tre")
    clans.add_families(
        actor=None, clan=make_clan(near, "Họ Lạ"), households=[taken.pk], since=datetime.date(2024, 1, 1)
    )
    make_clan(ward, "Họ Lê")
    book = xlsx(
        [
            [*HEAD, "Phường, xã của hộ"],
            [1, "Họ Lê", "Lê Xa", None, "KP 1", "P. Vườn Lài"],  # 2 the one in the own province
            [2, "Họ Lê", "LE BEN TRE", None, "ap 3", "Xã Vườn Lài, Bến Tre"],  # 3 another province
            [3, "Họ Lê", "Lê Văn An", None, "KP 1", "Phường Hòa Hưng"],  # 4 the own ward, said so
            [4, "Họ Lê", "Lê Đôi", None, "KP 2", "Vườn Lài"],  # 5 two of this name there
            [5, "Họ Lê", "Lê Không", None, "KP 1", "Vườn Lài"],  # 6 nobody
            [6, "Họ Lê", "Lê Khác", None, "KP 1", "Vườn Lài"],  # 7 in a clan over there
            [7, "Họ Lê", "Lê Xa", None, None, "Vườn Lài"],  # 8 no hamlet
            [8, "Họ Lê", "Lê Xa", None, "KP 1", "Phường Mây"],  # 9 no such ward
            [9, "Họ Lê", "Lê Xa", None, "KP 7", "Vườn Lài"],  # 10 no such hamlet there
            [10, "Họ Lê", "Lê Đôi", "2 bà hạt", "KP 2", "Vườn Lài"],  # 11 told apart by the address
        ]
    )
    outcome = at_once(ward, book)

    reasons = {row["row"]: row["reason"] for row in outcome.refused}
    assert reasons == {
        5: "Có 2 hộ mang tên chủ hộ “Lê Đôi” ở khu phố, thôn đó của Phường Vườn Lài. Hãy ghi đúng địa chỉ của hộ.",
        6: "Không có hộ nào mang tên chủ hộ “Lê Không” ở khu phố, thôn đó của Phường Vườn Lài. Hãy xem lại tên, nơi ở.",
        7: "Hộ “Lê Khác” đang thuộc một dòng họ khác. Hãy đề nghị Phường Vườn Lài cho hộ rời dòng họ đó trước.",
        8: "Hộ ở phường, xã khác thì phải ghi cả khu phố, thôn của hộ.",
        9: f"Không có phường, xã nào tên “Phường Mây” vào ngày {today():%d/%m/%Y}. Hãy ghi tên hiện nay.",
        10: "Phường Vườn Lài không có “KP 7”. Gần giống nhất: Khu phố 2, Khu phố 1.",
    }
    mine = {row[1:] for row in families() if row[0] == "Họ Lê"}
    assert mine == {
        ("Lê Xa", "17 Lý Thái Tổ"),
        ("Lê Bến Tre", ""),
        ("Lê Văn An", "1 Hòa Hưng"),
        ("Lê Đôi", "2 Bà Hạt"),
    }
    assert figures(at_once(ward, book))[3:] == (0, 6, 0, 4)

    officer = make_officer(Role.WARD_OFFICER, ward)
    client.force_login(officer)
    clan = Registrant.objects.get(name="Họ Lê")
    page = client.get(reverse("units:clan-detail", args=[clan.pk])).content.decode()
    assert "Lê Xa" in page and "Khu phố 1, Phường Vườn Lài" in page
    stranger = home("Lê Xa", "17 Lý Thái Tổ")
    assert "17 Lý Thái Tổ" not in page and reverse("units:household-detail", args=[stranger.pk]) not in page

    # Out without the address of strangers, and in again: nothing changes.
    out = tmp_path / "clan.xlsx"
    call_command("export_register", place="27163", kind="clan", out=out, stdout=StringIO())
    cells = [[cell.value for cell in row][2:] for row in openpyxl.load_workbook(out)["Gia đình"].iter_rows(min_row=2)]
    assert ["Họ Lê", "Lê Xa", None, "Khu phố 1", f"Phường Vườn Lài, {ward.province.name}"] in cells
    assert figures(at_once(ward, out.read_bytes())) == (0, 0, 5, 0, 0, 0, 4)

    importing.undo(actor=None, batch=outcome.batch)
    assert {row[0] for row in families()} == {"Họ Lạ"}
