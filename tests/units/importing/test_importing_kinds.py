"""Lists of organisations, clans, citizens and communities: counts, reasons row by row, twice, round trip, undo."""

import datetime
import io
from collections import Counter
from io import StringIO

import openpyxl
import pytest
from django.core.management import call_command

from tests.clock import this_year, today
from tests.factories.units import CommuneFactory, HamletFactory, make_citizen, make_clan, make_household
from tests.factories.units import make_organisation as make_org
from tests.units.import_files import xlsx
from tests.units.importing.steps import LISTS, hamlet
from units.choices import CloseReason, ImportState, RegistrantKind, RowVerdict
from units.domain import closing, importing
from units.domain.citizens import id_hash
from units.domain.communities import add_community
from units.domain.organisations import record_year
from units.import_workbooks import refused_workbook
from units.models import Citizen, ImportBatch, ImportRow, OrganisationYear, Registrant, Stay

pytestmark = pytest.mark.django_db
CITIZENS = LISTS / "cong-dan-hoc-tap.xlsx"
CLAN, ORG, CITIZEN, COMMUNITY = (
    RegistrantKind.CLAN,
    RegistrantKind.ORGANISATION,
    RegistrantKind.CITIZEN,
    RegistrantKind.COMMUNITY,
)
WORKING = 147  # of the 300 citizens of the real list
SCHOOLS = {
    "Trường Mầm non 15A": "KINDERGARTEN",
    "Trường THCS Nguyễn Văn Tố": "LOWER_SECONDARY",
    "Trường Tiểu học Lê Thị Riêng": "PRIMARY",
    "UBND phường Hòa Hưng": "AGENCY",
}


@pytest.fixture
def ward():
    ward = CommuneFactory(code="27163", name="Phường Hòa Hưng")
    for number in range(1, 7):
        HamletFactory(parent=ward, name=f"Khu phố {number}")
    return ward


def at_once(kind, place, *rows, data: bytes = b"", year: int | None = None, **options):
    return importing.import_at_once(
        actor=None,
        place=place,
        year=year or this_year(),
        register=True,
        file_name="ds.xlsx",
        data=data or xlsx(list(rows)),
        kind=kind,
        **options,
    )


def previewed(kind, place, *rows) -> ImportBatch:
    batch = importing.receive(
        actor=None,
        place=place,
        year=this_year(),
        register=True,
        file_name="ds.xlsx",
        data=xlsx(list(rows)),
        kind=kind,
    )
    return importing.check(batch=batch)


def confirmed(batch: ImportBatch) -> ImportBatch:
    importing.request_confirmation(actor=None, batch=batch)
    return importing.confirm(actor=None, batch=batch)


def figures(outcome) -> tuple:
    return tuple(outcome.counts[name] for name in ("added", "changed", "unchanged", "duplicates", "refused"))


def told(rows: list[dict]) -> dict:
    return {row["row"]: row["reason"] for row in rows}


def exported(kind: str, tmp_path) -> bytes:
    out = tmp_path / f"{kind}.xlsx"
    call_command("export_register", place="27163", kind=kind, out=out, stdout=StringIO())
    return out.read_bytes()


def edited(data: bytes, tmp_path, **cells) -> bytes:
    """The workbook with cells rewritten by address."""
    path = tmp_path / "edited.xlsx"
    path.write_bytes(data)
    book = openpyxl.load_workbook(path)
    for address, value in cells.items():
        book.active[address] = value
    book.save(path)
    return path.read_bytes()


def everything() -> list:
    models = (Registrant, Citizen, OrganisationYear, Stay)
    return [list(model.objects.order_by("pk").values()) for model in models]


# --- Organisations

ORG_HEAD = ["STT", "Tên đơn vị", "Loại hình", "Địa chỉ", "Có chi hội", "Chi hội trưởng", "Người lao động", "Người học"]


def test_organisations_with_their_numbers_of_the_year(ward):
    outcome = at_once(
        ORG,
        ward,
        ORG_HEAD,
        [1, "Trường THCS Nguyễn Văn Tố", "THCS", "12 Hòa Hưng", "x", "Lê Thị An", 62, "1.204"],
        [2, "Công ty Ánh Dương", "Doanh nghiệp", None, None, None, None, None],
        [3, "Trường Mầm non 15A", "nhà trẻ công", None, None, None, 20, 100],
        [4, "Trường Tiểu học Lê Thị Riêng", "Trường tiểu học", None, None, "Võ Văn Ba", 20, 100],
        [5, "Trường Hoa Mai", "Trường mầm non", None, None, None, None, 80],
        [6, "", "Cơ quan", None, None, None, 3, None],
        [7, "truong thcs nguyen van to", "THCS", None, "x", None, 62, None],
        [8, "Nhà sách", None, None, None, None, None, None],
        [9, "Trạm y tế", "Cơ quan", None, None, None, "năm", None],
    )
    assert figures(outcome) == (2, 0, 0, 0, 7)
    assert told(outcome.refused) == {
        4: "Cột Loại hình ghi “nhà trẻ công”. Hãy ghi một trong: Cơ quan; Trường mầm non; Trường tiểu học; Trường trung"
        " học cơ sở; Trường trung học phổ thông; Cơ sở giáo dục thường xuyên; Cơ sở giáo dục nghề nghiệp; Cao đẳng,"
        " đại học; Doanh nghiệp, hợp tác xã; Lực lượng vũ trang; Cơ sở tôn giáo; Khác.",
        5: "Có chi hội trưởng thì đơn vị phải có chi hội khuyến học.",
        6: f"Có số người học năm {this_year()} thì phải ghi cả số cán bộ, người lao động.",
        7: "Thiếu tên đơn vị.",
        8: "Trùng với dòng 2 trong tệp (Trường THCS Nguyễn Văn Tố).",
        9: "Thiếu loại hình.",
        10: "Cột Cán bộ, người lao động ghi “năm”, phải là một số từ 0 trở lên.",
    }
    school = Registrant.objects.get(name="Trường THCS Nguyễn Văn Tố")
    assert (school.organisation.type, school.organisation.branch_chair, school.commune, school.hamlet) == (
        "LOWER_SECONDARY",
        "Lê Thị An",
        ward,
        None,
    )
    year = OrganisationYear.objects.get()
    assert (year.organisation_id, year.year, year.staff, year.learners) == (school.pk, this_year(), 62, 1204)
    assert Stay.objects.get(registrant=school).since == today()


def test_a_year_that_has_not_come_takes_no_numbers(ward):
    rows = [["Tên đơn vị", "Loại hình", "Người lao động"], ["Trạm y tế", "Cơ quan", 3]]
    outcome = at_once(ORG, ward, *rows, year=this_year() + 1)
    assert told(outcome.refused) == {2: f"Năm {this_year() + 1} chưa đến."}
    with pytest.raises(importing.ImportRefused, match="Năm 1999 không hợp lệ"):
        at_once(ORG, ward, *rows, year=1999)


def headings_with_years(this: int) -> list[tuple]:
    """Headings, the numbers below them, what is read, and the headings that are left out."""
    return [
        (  # a year, as a number or in words, over the names of the columns
            [
                [None, None, this - 1, None, f"Năm {this}"],
                ["Tên đơn vị", "Loại hình", "Số học viên", "Số CBGV", "HS", "Số CBGV"],
            ],
            [90, 9, 100, 10],
            {this - 1: (9, 90), this: (10, 100)},
            [],
        ),
        (  # one year only, and not the one of the list
            [["Tên đơn vị", "Loại hình", str(this - 1)], [None, None, "Số học viên", "Số CBGV"]],
            [90, 9],
            {this - 1: (9, 90)},
            [],
        ),
        (  # the name of the column over its years
            [["Tên đơn vị", "Loại hình", "CBGV", None, "Người học"], [None, None, this - 1, this, this]],
            [9, 10, 100],
            {this - 1: (9, None), this: (10, 100)},
            [],
        ),
        (  # a school year is of two years, and one to come of none: neither is put under the list's year
            [
                ["Tên đơn vị", "Loại hình", f"Năm học {this - 1}-{this}", None, f"Năm {this + 1}", "Số CBGV"],
                [None, None, "Số học viên", "HS", "Số CBGV", None],
            ],
            [90, 91, 9, 10],
            {this: (10, None)},
            [
                f"Năm học {this - 1}-{this} – Số học viên",
                f"Năm học {this - 1}-{this} – HS",
                f"Năm {this + 1} – Số CBGV",
            ],
        ),
        (
            [["Tên đơn vị", "Loại hình", "Số CBGV", f"Số học viên {this - 1}-{this}"]],
            [10, 90],
            {this: (10, None)},
            [f"Số học viên {this - 1}-{this}"],
        ),
    ]


@pytest.mark.parametrize("case", range(5))
def test_numbers_belong_to_the_year_their_heading_names(ward, case):
    heads, numbers, expected, left = headings_with_years(this_year())[case]
    batch = previewed(ORG, ward, *heads, ["Trường Hoa Mai", "Trường mầm non", *numbers])

    assert (batch.counts["added"], batch.mapping["unknown"]) == (1, left)
    told = [one["text"] for one in batch.notices if "phải là của một năm" in one["text"]]
    assert told == [
        f"Cột “{heading}”: số liệu phải là của một năm từ 2010 đến {this_year()}, nên cột này không được dùng. "
        f"Hãy ghi một năm vào tiêu đề, ví dụ “Người học {this_year()}”."
        for heading in left
    ]
    confirmed(batch)
    rows = OrganisationYear.objects.values_list("year", "staff", "learners")
    assert {year: (staff, learners) for year, staff, learners in rows} == expected


def test_download_edit_upload_changes_the_same_organisation_and_an_undo_gives_everything_back(ward, tmp_path):
    school = make_org(ward, "Trường Hoa Mai", has_branch=True, branch_chair="Lê Thị An")
    make_org(hamlet(ward, 2), "Chùa Hòa Hưng", type="RELIGIOUS", phone="028 3111-222")
    record_year(actor=None, organisation=school, year=this_year(), staff=20, learners=300)
    before = everything()
    data = exported("organisation", tmp_path)
    again = at_once(ORG, ward, data=data)
    assert (figures(again), again.refused) == ((0, 0, 2, 0, 0), [])
    assert everything() == before

    heads = [cell.value for cell in openpyxl.load_workbook(tmp_path / "organisation.xlsx").active[1]]
    rows = list(openpyxl.load_workbook(tmp_path / "organisation.xlsx").active.iter_rows(values_only=True))
    number = next(n for n, row in enumerate(rows, start=1) if row[0] == school.pk)

    def at(heading):
        return f"{openpyxl.utils.get_column_letter(heads.index(heading) + 1)}{number}"

    changes = {
        at("Tên đơn vị"): "Trường Mầm non Hoa Mai",
        at("Chi hội trưởng"): "Võ Văn Ba",
        at(f"Người học {this_year()}"): 310,
        at(f"Cán bộ, người lao động {this_year() - 1}"): 18,
    }
    outcome = at_once(ORG, ward, data=edited(data, tmp_path, **changes))
    assert figures(outcome) == (0, 1, 1, 0, 0)
    school.refresh_from_db()
    assert (school.name, school.search_name, school.organisation.branch_chair) == (
        "Trường Mầm non Hoa Mai",
        "truong mam non hoa mai",
        "Võ Văn Ba",
    )
    assert list(school.organisation.years.order_by("year").values_list("year", "staff", "learners")) == [
        (this_year() - 1, 18, None),
        (this_year(), 20, 310),
    ]
    importing.undo(actor=None, batch=outcome.batch)
    assert everything() == before


# --- Clans


def test_clans_with_committee_and_fund(ward):
    make_clan(hamlet(ward, 1), "Họ Lê")
    left = make_clan(ward, "Họ Phan", opened_on=datetime.date(2024, 1, 1))
    closing.close_registrant(
        actor=None, registrant=left, reason=CloseReason.DISSOLVED, closed_on=datetime.date(2025, 8, 1)
    )
    head = ["Tên dòng họ", "Khu phố", "Nhà thờ họ", "Có ban khuyến học", "Trưởng ban khuyến học", "Quỹ (đồng)"]
    outcome = at_once(
        CLAN,
        ward,
        head,
        ["Họ Nguyễn Hữu", "KP 2", "5 Hòa Hưng", "x", "Nguyễn Hữu Tâm", "12.500.000 đ"],
        ["Họ Trần", "KP 9", None, None, None, None],
        ["Họ Lê", "KP 3", None, None, None, None],
        ["Họ Phan", None, None, None, None, None],
        ["Họ Võ", None, None, None, "Võ Văn Ba", None],
        ["Họ Bùi", None, None, None, None, "-5"],
        ["Họ Lê", "KP 1", None, None, None, 7_000_000],
        ["@SUM(A1)", None, None, None, None, None],
    )
    assert figures(outcome) == (1, 1, 0, 2, 4)
    assert told(outcome.duplicates) == {
        4: "Trong phường, xã đã có “Họ Lê” ở Khu phố 1.",
        5: "“Họ Phan” đã ra khỏi sổ ngày 01/08/2025. Nếu vẫn là nơi đó, hãy mở lại trong sổ.",
    }
    reasons = told(outcome.refused)
    assert reasons[3].startswith("Phường Hòa Hưng không có “KP 9”.")
    assert reasons[9] == "Cột Tên dòng họ là một công thức (“@SUM(A1)”). Hãy ghi bằng chữ."
    assert reasons[6] == "Có trưởng ban thì dòng họ phải có ban khuyến học."
    assert reasons[7] == "Cột Quỹ khuyến học ghi “-5”, phải là một số từ 0 trở lên."
    clan = Registrant.objects.select_related("clan").get(name="Họ Nguyễn Hữu")
    assert (clan.hamlet, clan.clan.fund, clan.clan.committee_head) == (hamlet(ward, 2), 12_500_000, "Nguyễn Hữu Tâm")
    assert Registrant.objects.get(name="Họ Lê").clan.fund == 7_000_000


def test_two_of_one_name_come_back_as_the_two_they_are(ward, tmp_path):
    for _number in range(2):
        make_org(hamlet(ward, 1), "Trường Hoa Mai")
        make_clan(hamlet(ward, 1), "Họ Lê")
    for kind in (ORG, CLAN):
        data = exported(kind.lower(), tmp_path)
        outcome = at_once(kind, ward, data=data)
        assert (figures(outcome), outcome.refused) == ((0, 0, 2, 0, 0), [])

        # A row without a key that says the same repeats them, wherever it stands.
        head = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(data)).active[1]]
        column = openpyxl.utils.get_column_letter(1 + next(n for n, text in enumerate(head) if "Tên" in text))
        name = "Trường Hoa Mai" if kind == ORG else "Họ Lê"
        book = openpyxl.load_workbook(io.BytesIO(data))
        book.active.insert_rows(2)
        book.active[f"{column}2"] = name
        hamlet_at = next(n for n, text in enumerate(head) if "Khu phố" in text) + 1
        book.active.cell(2, hamlet_at).value = "Khu phố 1"
        target = io.BytesIO()
        book.save(target)
        again = at_once(kind, ward, data=target.getvalue())
        assert (figures(again), told(again.refused)) == ((0, 0, 2, 0, 1), {2: f"Trùng với dòng 3 trong tệp ({name})."})


def test_a_clan_list_out_and_in_changes_nothing_and_a_tick_taken_away_counts(ward, tmp_path):
    make_clan(ward, "Họ Nguyễn Hữu", has_committee=True, fund=0)
    make_clan(hamlet(ward, 4), "-Họ @ Lê", hall_address="=HYPERLINK")
    data = exported("clan", tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / "clan.xlsx").active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}  # no formula anywhere
    outcome = at_once(CLAN, ward, ["Tên dòng họ", "Có ban khuyến học"], ["Họ Nguyễn Hữu", None])
    assert figures(outcome) == (0, 1, 0, 0, 0)
    assert Registrant.objects.get(name="Họ Nguyễn Hữu").clan.has_committee is False
    importing.undo(actor=None, batch=outcome.batch)
    again = at_once(CLAN, ward, data=data)
    assert again.counts["changed"] == again.counts["added"] == 0
    assert Registrant.objects.get(name="Họ Nguyễn Hữu").clan.has_committee is True


# --- Citizens


def test_the_real_list_of_citizens(ward):
    """Who works somewhere is counted there; who only has a hamlet is refused until the household is named."""
    for name, kind in SCHOOLS.items():
        make_org(ward, name, type=kind)
    sheet = openpyxl.load_workbook(CITIZENS).active
    people = list(sheet.iter_rows(min_row=2, values_only=True))
    working = [row for row in people if row[6]]
    outcome = at_once(CITIZEN, ward, data=CITIZENS.read_bytes())

    assert (len(people), len(working)) == (300, WORKING)
    assert figures(outcome) == (len(working), 0, 0, 0, 300 - len(working))
    where = Counter(Citizen.objects.values_list("organisation__registrant__name", flat=True))
    assert where == Counter(row[6] for row in working)
    assert Counter(Citizen.objects.values_list("birth_year", flat=True)) == Counter(row[2] for row in working)
    nowhere = "Không rõ tính ở hộ hay đơn vị nào. Hãy ghi tên chủ hộ (cột “Chủ hộ”) hoặc đơn vị."
    resident = "Cột Nhóm ghi “Người dân”. Hãy ghi một trong: "
    reasons = told(outcome.refused)
    for number, row in enumerate(people, start=2):
        if row[6]:
            assert number not in reasons
        elif row[7] == "Người dân":
            assert reasons[number].startswith(resident) and reasons[number].endswith(nowhere)
        else:
            assert reasons[number] == nowhere
    numbers = {row[4] for row in people}
    assert set(Citizen.objects.values_list("id_hash", flat=True)) == {id_hash(row[4]) for row in working}

    again = at_once(CITIZEN, ward, data=CITIZENS.read_bytes())
    assert figures(again) == (0, 0, len(working), 0, 300 - len(working))
    # The numbers themselves are nowhere: not in the rows, the batch, its notices or the refused workbook.
    batch = outcome.batch
    batch.refresh_from_db()
    stored = repr(list(ImportRow.objects.values())) + repr([batch.file_bytes, batch.notices, batch.mapping])
    path = refused_workbook(batch)
    assert not [number for number in numbers if number in stored or number.encode() in path]
    cells = [
        str(value)
        for row in openpyxl.load_workbook(_file(path)).active.iter_rows(values_only=True)
        for value in row
        if value is not None
    ]
    assert not numbers & set(cells)
    assert sum(cell.startswith("••••••••") for cell in cells) == 300 - len(working)


def _file(data: bytes):
    return io.BytesIO(data)


HEAD = ["Họ và tên", "Năm sinh", "Giới tính", "Nhóm", "Số CCCD", "Chủ hộ", "Địa chỉ", "Khu phố", "Đơn vị"]


def test_citizens_at_home_and_at_work_and_what_is_refused(ward):
    home = make_household(hamlet(ward, 1), "Trần Văn Tâm", address="1 Hòa Hưng")
    make_household(hamlet(ward, 1), "Lê Văn An", address="2 Hòa Hưng")
    twin = make_household(hamlet(ward, 1), "Lê Văn An", address="3 Hòa Hưng")
    school = make_org(ward, "Trường Hoa Mai")
    known = make_citizen(school, "Võ Thị Tư", birth_year=1980, id_hash=id_hash("079180000001"), id_last4="0001")
    other = CommuneFactory(name="Phường Diên Hồng")
    make_citizen(make_org(other, "Trạm"), "Xa Lạ", id_hash=id_hash("079180000002"), id_last4="0002")
    make_citizen(home, "Trần Thị Năm", birth_year=1990)
    outcome = at_once(
        CITIZEN,
        ward,
        HEAD,
        ["Trần Thị Hoa", "12/03/1985", "Nữ", 2, "079 185 000 003", "Trần Văn Tâm", None, "KP 1", None],  # 2 added
        ["Lê Văn Bé", 2001, "nam", "Nhóm 4", None, "Lê Văn An", "3 Hòa Hưng", "KP 1", None],  # 3 added at the twin
        ["Lê Văn Út", 2003, "nam", 4, None, "Lê Văn An", None, "KP 1", None],  # 4 two households
        ["Võ Thị Tư", 1980, "Nữ", 3, "079180000001", None, None, None, "Trường Hoa Mai"],  # 5 changed: group
        ["Ngô Văn Sáu", 1980, "Nam", 3, "079180000001", None, None, None, "Trường Hoa Mai"],  # 6 another's number
        ["Ngô Văn Bảy", 1980, "Nam", 3, "079180000002", None, None, None, "Trường Hoa Mai"],  # 7 another ward's
        ["Ngô Văn Tám", 1899, "Nam", 3, None, None, None, None, "Trường Hoa Mai"],  # 8 year
        ["Ngô Văn Chín", this_year() + 1, "Nam", 3, None, None, None, None, "Trường Hoa Mai"],  # 9 year
        ["Ngô Văn Mười", 1970, "Nam", 3, None, "Trần Văn Tâm", None, "KP 1", "Trường Hoa Mai"],  # 10 both
        ["Ngô Văn Một", 1970, "Nam", 3, None, None, None, None, "Trường Không Có"],  # 11 unknown host
        ["Ngô Văn Hai", 1970, "Nam", 3, "12345", None, None, None, "Trường Hoa Mai"],  # 12 number
        ["Trần Thị Hoa", 1985, "Nữ", 2, "079185000003", None, None, None, "Trường Hoa Mai"],  # 13 twice, two places
        ["Trần Thị Năm", 1990, "Nữ", 2, None, None, None, None, "Trường Hoa Mai"],  # 14 duplicate: counted at home
        ["Ngô Văn Ba", 1970, "Nam", 3, None, "Trần Văn Tâm", None, "KP 8", None],  # 15 unknown hamlet
        ["Ngô Văn Tư", 1970, "Nam", 3, "••••••••1234", None, None, None, "Trường Hoa Mai"],  # 16 hidden number
    )
    assert figures(outcome) == (2, 1, 0, 1, 11)
    reasons = told(outcome.refused)
    assert reasons.pop(15).startswith("Phường Hòa Hưng không có “KP 8”.")
    assert reasons == {
        4: "Có 2 nơi mang tên “Lê Văn An”. Hãy ghi thêm khu phố và địa chỉ của hộ.",
        6: "Số căn cước này đang ghi cho “Võ Thị Tư” trong sổ. Hãy xem lại số hoặc họ tên.",
        7: f"Người có số căn cước này đã có trong sổ của {other}. Mỗi người chỉ tính một lần.",
        8: f"Năm sinh ghi “1899”. Hãy ghi bốn chữ số, từ 1900 đến {this_year()}.",
        9: f"Năm sinh ghi “{this_year() + 1}”. Hãy ghi bốn chữ số, từ 1900 đến {this_year()}.",
        10: "Mỗi người được tính một nơi: ở hộ hoặc ở đơn vị. Dòng này ghi cả hai.",
        11: "Không có đơn vị “Trường Không Có” trong sổ của nơi này. Hãy nhập đơn vị trước, hoặc ghi đúng tên.",
        12: "Số căn cước gồm đúng 12 chữ số; chưa rõ thì để trống.",
        13: "Trùng với dòng 2 trong tệp (Trần Thị Hoa).",
        16: "Số căn cước đã được che, hệ thống không giữ. Hãy ghi lại đủ 12 chữ số, hoặc để trống nếu chưa rõ.",
    }
    assert told(outcome.duplicates) == {14: "Trong sổ đã có người cùng tên, cùng năm sinh, tính ở “Trần Văn Tâm”."}
    hoa = Registrant.objects.select_related("citizen").get(name="Trần Thị Hoa")
    assert (hoa.citizen.household_id, hoa.hamlet, hoa.citizen.birth_year, hoa.citizen.id_last4) == (
        home.pk,
        hamlet(ward, 1),
        1985,
        "0003",
    )
    assert Citizen.objects.get(registrant__name="Lê Văn Bé").household_id == twin.pk
    assert Citizen.objects.get(pk=known.pk).group == 3


def test_a_list_of_citizens_out_and_in_changes_nothing(ward, tmp_path):
    home = make_household(hamlet(ward, 1), "Lê Văn An", address="2 Hòa Hưng")
    make_household(hamlet(ward, 1), "Lê Văn An", address="3 Hòa Hưng")
    make_citizen(home, "Lê Thị Bé", birth_year=2001, id_hash=id_hash("079180000001"), id_last4="0001")
    make_citizen(make_org(ward, "Trường Hoa Mai"), "Võ Thị Tư", birth_year=1980)
    before = everything()
    outcome = at_once(CITIZEN, ward, data=exported("citizen", tmp_path))
    assert (figures(outcome), outcome.refused) == ((0, 0, 2, 0, 0), [])
    assert everything() == before
    # Edited so that somebody would be counted in another household: nothing moves by a list.
    sheet = openpyxl.load_workbook(tmp_path / "citizen.xlsx").active
    host = next(cell.column_letter for cell in sheet[1] if cell.value == "Hộ gia đình hoặc đơn vị")
    row = next(number for number in (2, 3) if sheet[f"{host}{number}"].value == "Lê Văn An")
    moved = at_once(
        CITIZEN, ward, data=edited((tmp_path / "citizen.xlsx").read_bytes(), tmp_path, **{f"{host}{row}": "Trần Ba"})
    )
    assert told(moved.refused) == {
        row: "Người này đang được tính ở “Lê Văn An”. Nếu đã chuyển, hãy chuyển trong sổ thay vì nhập lại."
    }


# --- Communities


def test_communities_of_the_ward_and_back(ward):
    add_community(actor=None, place=hamlet(ward, 1))
    rows = [
        ["Khu phố", "Ghi chú"],
        ["KP 1", "Điểm sáng"],
        ["Khu phố 2", None],
        ["Phường Hòa Hưng", None],
        ["Khu phố 2", None],
        ["Khu phố 12", None],
    ]
    first = at_once(COMMUNITY, ward, *rows)
    assert figures(first) == (2, 1, 0, 0, 2)
    assert told(first.refused)[5] == "Trùng với dòng 3 trong tệp (Khu phố 2)."
    assert set(Registrant.objects.filter(kind=COMMUNITY).values_list("name", "note")) == {
        ("Khu phố 1", "Điểm sáng"),
        ("Khu phố 2", ""),
        ("Phường Hòa Hưng", ""),
    }
    assert figures(at_once(COMMUNITY, ward, *rows)) == (0, 0, 3, 0, 2)
    importing.undo(actor=None, batch=first.batch)
    assert set(Registrant.objects.open().filter(kind=COMMUNITY).values_list("name", "note")) == {("Khu phố 1", "")}
    assert figures(at_once(COMMUNITY, ward, *rows)) == (2, 1, 0, 0, 2)
    assert Registrant.objects.filter(kind=COMMUNITY).count() == 3


# --- Preview, meanwhile, undo


def test_what_changed_between_preview_and_confirmation_is_not_overwritten(ward):
    changed = make_org(ward, "Trạm y tế", type="AGENCY", address="1 Hòa Hưng")
    gone = make_org(ward, "Công ty Ánh Dương", type="ENTERPRISE", address="2 Hòa Hưng")
    batch = previewed(
        ORG,
        ward,
        ["Tên đơn vị", "Loại hình", "Địa chỉ"],
        ["Trạm y tế", "Cơ quan", "9 Hòa Hưng"],
        ["Công ty Ánh Dương", "Doanh nghiệp", "8 Hòa Hưng"],
        ["Trường Hoa Mai", "Trường mầm non", None],
        ["Chùa Hòa Hưng", "Tôn giáo", None],
    )
    assert (batch.state, batch.counts["added"], batch.counts["changed"]) == (ImportState.PREVIEW, 2, 2)
    changed.organisation.address = "5 Hòa Hưng"
    changed.organisation.save()
    closing.close_registrant(actor=None, registrant=gone, reason=CloseReason.DISSOLVED, closed_on=today())
    make_org(ward, "Trường Hoa Mai", type="KINDERGARTEN")
    batch = confirmed(batch)
    rows = {row.row_no: (row.verdict, " ".join(row.reasons)) for row in batch.rows.all()}
    assert rows == {
        2: (
            RowVerdict.REFUSED,
            "Dòng này đã được người khác sửa trong sổ sau khi xem trước. Hãy tải tệp lên lại.",
        ),
        3: (
            RowVerdict.REFUSED,
            "Sổ bộ đã thay đổi sau khi xem trước: “Công ty Ánh Dương” đã ra khỏi sổ ngày"
            f" {today():%d/%m/%Y}. Hãy mở lại trong sổ trước.",
        ),
        4: (RowVerdict.UNCHANGED, ""),
        5: (RowVerdict.ADDED, ""),
    }
    assert Registrant.objects.filter(name="Trường Hoa Mai").count() == 1
    assert Registrant.objects.get(name="Trạm y tế").organisation.address == "5 Hòa Hưng"


def test_an_undo_is_refused_whole_when_a_row_was_used_and_otherwise_leaves_the_list_free_to_come_again(ward):
    rows = [["Tên đơn vị", "Loại hình"], ["Trường Hoa Mai", "Trường mầm non"], ["Trạm y tế", "Cơ quan"]]
    batch = confirmed(previewed(ORG, ward, *rows))
    citizen = make_citizen(Registrant.objects.get(name="Trường Hoa Mai"))
    with pytest.raises(importing.ImportRefused, match=r"1 dòng đã được sửa hoặc dùng tiếp .*Trường Hoa Mai \(dòng 2\)"):
        importing.undo(actor=None, batch=batch)
    assert Registrant.objects.open().filter(kind=ORG).count() == 2
    Stay.objects.filter(registrant=citizen).delete()
    citizen.citizen.delete()
    citizen.delete()
    importing.undo(actor=None, batch=batch)
    assert Registrant.objects.open().filter(kind=ORG).count() == 0
    assert confirmed(previewed(ORG, ward, *rows)).counts["added"] == 2


def test_a_probable_duplicate_is_added_when_a_person_says_so(ward):
    make_clan(hamlet(ward, 1), "Họ Lê")
    batch = previewed(CLAN, ward, ["Tên dòng họ", "Khu phố"], ["Họ Lê", "Khu phố 2"])
    row = batch.rows.get(verdict=RowVerdict.DUPLICATE)
    importing.decide_duplicate(actor=None, batch=batch, rows=[row.pk], add=True)
    assert confirmed(batch).counts["added"] == 1
    assert list(Registrant.objects.filter(name="Họ Lê").order_by("pk").values_list("hamlet__name", flat=True)) == [
        "Khu phố 1",
        "Khu phố 2",
    ]


def test_a_list_without_the_kind_s_name_column_says_so(ward):
    with pytest.raises(importing.ImportRefused, match="Không thấy cột “Tên dòng họ” của danh sách dòng họ"):
        at_once(CLAN, ward, ["STT", "Ghi chú", "Điện thoại"], [1, "a", "0901234567"])
