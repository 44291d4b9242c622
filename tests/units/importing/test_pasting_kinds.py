"""The paste grid of the other kinds: columns of their own lists, faults at row and column, saved, taken back."""

import pytest
from django.urls import reverse

from portal import jobs
from portal.jobs.models import Job
from portal.lib.text import clean
from tests.clock import this_year
from tests.factories.units import CommuneFactory, HamletFactory, make_clan, make_household, make_officer
from units.choices import RegistrantKind, Role, RowVerdict
from units.domain.importing import pasting
from units.domain.importing.grids import FAMILY, GRIDS
from units.domain.importing.headings import LONGEST, field_of, find_header
from units.models import Citizen, ClanMembership, ImportBatch, OrganisationYear, Registrant


# By grid: copied cells with a faulty second row, its faults by column, the mended cells.
def pasted_of(this: int) -> dict:
    """What is copied for each kind, the faults found in its second row, and what mends them."""
    return {
        RegistrantKind.CLAN: (
            "Tên dòng họ\tKhu phố\tBan khuyến học\tQuỹ khuyến học\tTộc phả\n"
            "Nguyễn Bá\tKP 1\tx\t2.500.000\t\nTrần Đình\tKP 9\tx\tnhiều\tcó\n",
            {
                "hamlet": "Phường Hòa Hưng không có “KP 9”. Gần giống nhất: Khu phố 2, Khu phố 1.",
                "fund": "Cột Quỹ khuyến học ghi “nhiều”, phải là một số từ 0 trở lên.",
            },
            {"hamlet": "KP 2", "fund": "5000000"},
        ),
        FAMILY: (
            "Dòng họ\tChủ hộ\tĐịa chỉ\nLê Văn\tLê Văn Tư\t3 Hòa Hưng\nLê Văn\t\t4 Hòa Hưng\n",
            {"household": "Thiếu chủ hộ."},
            {"household": "Lê Văn Năm"},
        ),
        RegistrantKind.ORGANISATION: (
            f"Tên đơn vị\tLoại hình\tCán bộ, người lao động {this}\tHọc sinh {this}\n"
            "Trường Tiểu học Hòa Hưng\tTiểu học\t40\t900\nCông ty May\tXưởng\t\t\n",
            {"type": "Cột Loại hình ghi “Xưởng”."},
            {"type": "Doanh nghiệp", "staff": "12"},
        ),
        RegistrantKind.CITIZEN: (
            "Họ và tên\tNăm sinh\tGiới tính\tNhóm\tCCCD\tChủ hộ\n"
            "Lê Thị Hoa\t1980\tNữ\t1\t079180000001\tLê Văn Tư\nLê Văn Bảy\t1790\tnam\t2\t12\tLê Văn Sáu\n",
            {
                "birth_year": f"Năm sinh ghi “1790”. Hãy ghi bốn chữ số, từ 1900 đến {this}.",
                "id_number": "Số căn cước gồm đúng 12 chữ số; chưa rõ thì để trống.",
            },
            {"birth_year": "1990", "id_number": "", "host": "Lê Văn Năm"},
        ),
        RegistrantKind.COMMUNITY: (
            "Cộng đồng\tGhi chú\nKhu phố 1\tđiểm sáng\nKhu phố 7\t\n",
            {"name": "Phường Hòa Hưng không có “Khu phố 7”. Gần giống nhất: Khu phố 2, Khu phố 1."},
            {"name": "Phường Hòa Hưng"},
        ),
    }


@pytest.fixture
def ward(db):
    ward = CommuneFactory(name="Phường Hòa Hưng")
    first, _second = (HamletFactory(parent=ward, name=f"Khu phố {number}") for number in (1, 2))
    for name, address in (("Lê Văn Tư", "3 Hòa Hưng"), ("Lê Văn Năm", "4 Hòa Hưng")):
        make_household(first, name, address=address)
    make_clan(ward, "Lê Văn")
    return ward


def posted(place, rows, action="luu") -> dict:
    cells = {f"c-{n}-{k}": text for n, line in enumerate(rows) for k, text in enumerate(line)}
    return {"place": place.pk, "year": this_year(), "dong": len(rows), "viec": action, **cells}


@pytest.mark.parametrize("grid", GRIDS.values(), ids=list(GRIDS))
def test_every_heading_of_a_grid_is_read_as_its_column(grid):
    """The paste becomes a workbook under these words, so each must mean its own field to the list."""
    found = find_header([["STT", *grid.columns.values()], ["1"]], **grid.rules(this_year()))
    assert [name.removesuffix(f"_{this_year()}") for name in found.columns] == ["number", *grid.fields]
    assert len({grid.label(name) for name in grid.fields}) == len(grid.fields)


def test_numbers_of_a_year_are_known_by_their_headings_and_a_long_note_is_none():
    rules = GRIDS["ORGANISATION"].rules(this_year())
    told = {
        f"Số người học năm {this_year()}": f"learners_{this_year()}",
        f"{this_year()}: học sinh": f"learners_{this_year()}",
        f"Năm học {this_year() - 1}: cán bộ, giáo viên": f"staff_{this_year() - 1}",
        "Sinh viên": "learners",
        "Người lao động": "staff",
        f"Doanh thu {this_year()}": None,
    }
    assert {heading: field_of(heading, **rules) for heading in told} == told

    note = f"học sinh và người lao động năm {this_year()} " + "x" * 200
    assert [field_of(note[:length], **rules) for length in (LONGEST, LONGEST + 1)] == [f"learners_{this_year()}", None]
    found = find_header([["Tên đơn vị", "Loại hình", note], ["Trường A", "Tiểu học", note]], **rules)
    assert (found.columns, found.unknown) == ({"name": 0, "type": 1}, [clean(note)])
    years = [rule.pattern for name, rule in rules["rules"] if name.startswith(("learners", "staff"))]
    assert years and all(pattern.startswith("^") for pattern in years)  # asked once, not from every letter of a note


def test_each_kind_is_checked_mended_saved_and_taken_back(client, ward):
    client.force_login(make_officer(Role.WARD_OFFICER, ward))
    before = set(Registrant.objects.open().values_list("pk", flat=True))
    for key, (copied, faults, mended) in pasted_of(this_year()).items():
        grid, page = GRIDS[key], f"{reverse('units:import-paste')}?loai={key}"
        check = f"{reverse('units:import-paste-check')}?loai={key}"

        rows = client.post(check, {"dan": copied, "year": this_year()}).json()["pasted"]
        found = client.post(check, posted(ward, rows)).json()["rows"]
        assert [one["label"] for one in found] == ["Thêm mới", "Từ chối"], key
        assert found[1]["cells"].keys() == faults.keys(), key
        assert all(found[1]["cells"][name].startswith(text) for name, text in faults.items()), found[1]["cells"]

        if key == RegistrantKind.CITIZEN:  # what the page does with a faulty row is the same for all
            refused = client.post(page, posted(ward, rows))
            assert refused.status_code == 422 and "Chưa ghi gì: 1 dòng cần sửa" in refused.content.decode()
        for name, text in mended.items():
            rows[1][grid.fields.index(name)] = text
        batches = ImportBatch.objects.count()
        done = client.post(page, posted(ward, rows))
        batch = ImportBatch.objects.latest("pk")
        assert done.url == reverse("units:import-detail", args=[batch.pk]), key
        assert (ImportBatch.objects.count(), batch.kind, batch.counts["added"]) == (batches + 1, grid.kind, 2), key
        if key == FAMILY:
            assert ClanMembership.objects.filter(until=None).count() == 2
        elif key == RegistrantKind.ORGANISATION:
            assert sorted(OrganisationYear.objects.values_list("staff", "learners")) == [(12, None), (40, 900)]
        elif key == RegistrantKind.CITIZEN:
            assert sorted(Citizen.objects.values_list("id_last4", "birth_year")) == [("", 1990), ("0001", 1980)]
            assert not ImportBatch.objects.exclude(file_bytes=None).filter(pk=batch.pk).exists()

        again = client.post(page, posted(ward, rows))  # the same rows twice change nothing
        second = ImportBatch.objects.latest("pk")
        assert again.status_code == 302
        assert (second.counts["added"], second.counts["changed"], second.counts["unchanged"]) == (0, 0, 2), key

        client.post(reverse("units:import-undo", args=[batch.pk]))
        jobs.run_now(Job.objects.latest("pk"))
        assert set(Registrant.objects.open().values_list("pk", flat=True)) == before, key
        assert not ClanMembership.objects.filter(until=None).exists()


def test_what_one_row_cannot_tell_stands_at_the_name_and_good_rows_go_alone(client, ward):
    """A namesake is offered as another one; a column nobody filled in changes nothing in the register."""
    officer = make_officer(Role.WARD_OFFICER, ward)
    known = make_clan(ward, "Phạm Công", has_committee=True, committee_head="Phạm Văn Hai")
    grid = GRIDS[RegistrantKind.CLAN]
    rows = [["Phạm Công"] + [""] * 7, ["Lê Văn", "", "KP 1"] + [""] * 5]
    found = pasting.preview(actor=officer, place=ward, year=this_year(), rows=rows, grid=grid)
    assert [one.verdict for one in found] == [RowVerdict.UNCHANGED, RowVerdict.UNCHANGED]
    rows[1][0] = "12345"
    saved = pasting.save(
        actor=officer, place=ward, year=this_year(), register=False, rows=rows, grid=grid, good_only=True
    )
    assert [one.cells for one in saved.left] == [{"name": "Cột Tên dòng họ ghi “12345”, không phải tên."}]
    known.clan.refresh_from_db()
    assert (known.clan.has_committee, known.clan.committee_head) == (True, "Phạm Văn Hai")


def test_a_family_s_fault_stands_at_the_clan_or_at_the_household(ward):
    officer, grid = make_officer(Role.WARD_OFFICER, ward), GRIDS[FAMILY]
    rows = [
        ["Lê Lạ", "Lê Văn Tư", "", "", ""],
        ["Lê Văn", "Lê Văn Ai", "", "", ""],
        ["Lê Văn", "Lê Ai", "", "KP 1", "Mây"],
    ]
    found = pasting.preview(actor=officer, place=ward, year=this_year(), rows=rows, grid=grid)
    assert [list(one.cells) for one in found] == [["name"], ["household"], ["ward"]]


def test_no_page_offers_to_keep_id_numbers(client, ward):
    client.force_login(make_officer(Role.WARD_OFFICER, ward))
    text = client.get(f"{reverse('units:import-paste')}?loai=CITIZEN").content.decode()
    column = GRIDS[RegistrantKind.CITIZEN].fields.index("id_number")
    assert text.count("data-no-keep") == 11  # the box, and one cell in each of ten rows
    assert f'data-no-keep><input class="paste-input" name="c-0-{column}"' in text
