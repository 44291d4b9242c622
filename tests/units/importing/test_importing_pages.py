"""The import pages for every kind: template, upload, preview in the kind's own words, list to file and back."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal import jobs
from portal.jobs.models import Job
from portal.lib import phones
from portal.lib.text import clean
from tests.factories.units import CommuneFactory, HamletFactory, make_citizen, make_clan, make_household, make_officer
from tests.factories.units import make_organisation as make_org
from tests.units.importing.steps import hamlet
from units.choices import OrganisationType, RegistrantKind, Role
from units.domain.communities import ensure_communities
from units.models import ImportBatch, Organisation, OrganisationYear, Registrant

CLAN, ORG = RegistrantKind.CLAN, RegistrantKind.ORGANISATION
CITIZEN, COMMUNITY, HOUSEHOLD = RegistrantKind.CITIZEN, RegistrantKind.COMMUNITY, RegistrantKind.HOUSEHOLD


@pytest.fixture
def ward(db, client):
    """A ward with two hamlets, a household and a school; its officer is signed in."""
    place = CommuneFactory(name="Phường Hòa Hưng")
    for number in (1, 2):
        HamletFactory(parent=place, name=f"Khu phố {number}")
    make_household(hamlet(place, 1), "Lê Văn An", address="2 Hòa Hưng")
    make_org(place, "Trường Hoa Mai")
    client.force_login(make_officer(Role.WARD_OFFICER, place))
    return place


def text(client, name: str, *args, **query) -> str:
    response = client.get(reverse(f"units:{name}", args=args), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def upload(client, kind, place, data: bytes) -> ImportBatch:
    """Through the page, and let the worker read it."""
    file = SimpleUploadedFile("ds.xlsx", data)
    response = client.post(
        f"{reverse('units:import-create')}?loai={kind}", {"place": place.pk, "year": 2026, "file": file}
    )
    assert response.status_code == 302, response.content.decode()
    jobs.run_now(Job.objects.latest("pk"))
    return ImportBatch.objects.latest("pk")


def act(client, batch, name: str) -> ImportBatch:
    client.post(reverse(f"units:import-{name}", args=[batch.pk]))
    jobs.run_now(Job.objects.latest("pk"))
    batch.refresh_from_db()
    return batch


def figures(batch) -> tuple:
    return tuple(batch.counts[name] for name in ("added", "changed", "unchanged", "duplicates", "refused"))


def template(client, kind):
    response = client.get(reverse("units:import-template"), {"loai": kind})
    return openpyxl.load_workbook(io.BytesIO(response.content))


def saved(book) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def offered(book) -> dict[str, list[str]]:
    """What each column with a drop-down offers, by its heading."""
    sheet, found = book.worksheets[0], {}
    for rule in sheet.data_validations.dataValidation:
        column = str(rule.sqref).split(":")[0].rstrip("0123456789")
        name, cells = rule.formula1.rsplit("!", 1)
        assert book[name.strip("'")].sheet_state == "hidden"
        found[sheet[f"{column}1"].value] = [cell.value for (cell,) in book[name.strip("'")][cells.replace("$", "")]]
    return found


FILLED = {
    CLAN: ([1, "Họ Nguyễn Hữu", "5 Hòa Hưng", "Khu phố 2", "x", "Nguyễn Hữu Tâm", None, 12500000], "Tên dòng họ"),
    ORG: ([1, "Trạm y tế", "Cơ quan", None, "1 Hòa Hưng", "Khu phố 1", "x", "Lê Ba"], "Tên đơn vị"),
    CITIZEN: ([1, "Võ Thị Tư", 1980, "Nữ", "3", None, None, None, None, "Trường Hoa Mai"], "Họ và tên"),
    COMMUNITY: (None, "Cộng đồng"),
}
NOUNS = {CLAN: "dòng họ", ORG: "đơn vị", CITIZEN: "công dân", COMMUNITY: "cộng đồng"}


@pytest.mark.parametrize("kind", list(FILLED))
def test_a_template_filled_in_goes_through_the_page_in_the_kind_s_own_words(client, ward, kind):
    row, label = FILLED[kind]
    noun, added = NOUNS[kind], 3 if kind == COMMUNITY else 1
    book = template(client, kind)
    lists = offered(book)
    if kind == COMMUNITY:
        names = [line[1] for line in book.worksheets[0].iter_rows(min_row=2, values_only=True)]
        assert names == lists["Cộng đồng"] == ["Phường Hòa Hưng", "Khu phố 1", "Khu phố 2"]
    else:
        assert lists["Khu phố, thôn"] == ["Khu phố 1", "Khu phố 2"]
        book.worksheets[0].append(row)
    if kind == CITIZEN:
        assert lists["Đơn vị"] == ["Trường Hoa Mai"] and lists["Giới tính"] == ["Nam", "Nữ"]
    if kind == ORG:
        assert lists["Loại hình"] == [str(label) for label in OrganisationType.labels]

    batch = upload(client, kind, ward, saved(book))
    assert (batch.kind, batch.register, figures(batch)) == (kind, False, (added, 0, 0, 0, 0))
    page = text(client, "import-detail", batch.pk)
    assert f"Thêm mới <strong>{added}</strong> {noun}" in page and f'<th scope="col">{label}</th>' in page
    if kind == CLAN:
        assert "12.500.000" in page and "Nguyễn Hữu Tâm" in page
    done = text(client, "import-detail", act(client, batch, "confirm").pk)
    assert f"Thêm mới {added} {noun}, thay đổi 0 {noun}, không đổi 0 {noun}." in done
    assert f"Xem danh sách {noun}" in done and " hộ " not in done.split("</header>")[-1].split("<main")[-1]
    history = text(client, "import-list")
    assert f'data-label="Loại">{RegistrantKind(kind).label}</td>' in history
    assert Registrant.objects.filter(kind=kind, import_batch_id=batch.pk).open().count() == added
    act(client, batch, "undo")
    assert not Registrant.objects.filter(kind=kind, import_batch_id=batch.pk).open().exists()


def exported(client, slug: str, ward) -> bytes:
    return b"".join(client.get(reverse(f"units:{slug}-export", args=[ward.pk])).streaming_content)


# By kind: its address, the length of its list, and every column that may be edited: a new value, and what it changes.
EDITS = {
    HOUSEHOLD: (
        "household",
        3,
        {
            "Họ và tên chủ hộ": ("Lê Văn Anh", {"name"}),
            "Địa chỉ": ("22 Hòa Hưng", {"address"}),
            "Tổ": ("9", {"group_name"}),
            "Số nhân khẩu": (7, {"members"}),
            "Người lớn": (1, {"adults"}),
            "Học sinh": (1, {"pupils"}),
            "Diện hộ": ("Cận nghèo", {"poverty"}),
            "Điện thoại": ("0903 555 666", {"phone"}),
            "Ghi chú": ("đã đổi", {"note"}),
        },
    ),
    CLAN: (
        "clan",
        2,
        {
            "Tên dòng họ": ("Họ Lê Hữu", {"name"}),
            "Nhà thờ họ": ("9 Hòa Hưng", {"hall_address"}),
            "Trưởng ban khuyến học": ("Lê Tám", {"committee_head"}),
            "Điện thoại": ("0903 555 666", {"phone"}),
            "Quỹ khuyến học (đồng)": (7_000_000, {"fund"}),
            "Ghi chú": ("đã đổi", {"note"}),
        },
    ),
    ORG: (
        "organisation",
        2,
        {
            "Tên đơn vị": ("Trường Hoa Mai 2", {"name"}),
            "Loại hình": ("Trung học cơ sở", {"type"}),
            "Cấp quản lý": ("Tỉnh, thành phố quản lý", {"managed_by"}),
            "Địa chỉ": ("9 Hòa Hưng", {"address"}),
            "Chi hội trưởng": ("Lê Tám", {"branch_chair"}),
            "Người liên hệ": ("Lê Chín", {"contact"}),
            "Điện thoại": ("0903 555 666", {"phone"}),
            "Ghi chú": ("đã đổi", {"note"}),
        },
    ),
    CITIZEN: (
        "citizen",
        3,
        {
            "Họ và tên": ("Lê Thị Hòa An", {"name"}),
            "Năm sinh": (1991, {"birth_year"}),
            "Giới tính": ("Nam", {"sex"}),
            "Nhóm (tạm thời)": ("1", {"group"}),
            "Ghi chú": ("đã đổi", {"note"}),
        },
    ),
    COMMUNITY: ("community", 3, {"Ghi chú": ("đã đổi", {"note"})}),
}


@pytest.mark.parametrize("kind", list(EDITS))
def test_a_list_out_and_in_changes_nothing_and_one_cell_changes_one_thing(client, ward, kind):
    """Through the pages, and for every column that may be edited: one changed row, and in it only that field."""
    slug, count, edits = EDITS[kind]
    school, home = Registrant.objects.get(name="Trường Hoa Mai"), Registrant.objects.get(name="Lê Văn An")
    ensure_communities(actor=None, commune=ward)
    told = {"address": "17/3 Hòa Hưng", "members": 5, "adults": 2, "pupils": 2, "phone": "0903111222"}
    make_household(hamlet(ward, 2), "Đặng Bảy", **told, group_name="Tổ 3", poverty="POOR")
    make_household(hamlet(ward, 2), "Đặng Bảy", address="18 Hòa Hưng")  # a namesake next door
    make_clan(ward, "Họ Đặng", has_committee=True, committee_head="Đặng Bảy", fund=2_500_000, hall_address="1 Hòa Hưng")
    make_clan(hamlet(ward, 1), "Họ Lê", has_committee=True, phone="0903111222")
    Organisation.objects.filter(pk=school.pk).update(has_branch=True, branch_chair="Lê Ba", contact="Lê Tư")
    OrganisationYear.objects.create(organisation_id=school.pk, year=2025, staff=40, learners=900)
    make_org(hamlet(ward, 2), "Công ty May", type=OrganisationType.ENTERPRISE, has_branch=True)
    for host, name in ((home, "Lê Thị Hòa"), (school, "Trần Ngọc"), (home, "Lê Thị Hòa Bình")):
        make_citizen(host, name, birth_year=1990)
    data = exported(client, slug, ward)

    same = upload(client, kind, ward, data)
    assert figures(same) == (0, 0, count, 0, 0), [(row.name, row.before, row.reasons) for row in same.rows.all()]
    warned = [one["text"] for one in same.notices if one["tone"] == "warning"]
    assert [text[:20] for text in warned] == (["Tên bốn nhóm công dâ"] if kind == CITIZEN else [])
    for heading, (value, fields) in edits.items():
        book = openpyxl.load_workbook(io.BytesIO(data))
        column = next(cell.column_letter for cell in book.active[1] if cell.value == heading)
        book.active[f"{column}{count}"] = value
        edited = upload(client, kind, ward, saved(book))
        assert figures(edited) == (0, 1, count - 1, 0, 0), heading
        before = {name for row in edited.rows.filter(verdict="CHANGED") for name in row.before}
        assert before - {"search_name", "bigrams", "sort_key", "address_key"} == fields, (
            heading
        )  # those follow the others
    page = text(client, "import-detail", edited.pk)
    assert "Ghi chú: <del>–</del> → <ins>đã đổi</ins>" in page


@pytest.mark.parametrize(("slug", "kind"), [("clan", CLAN), ("organisation", ORG), ("community", COMMUNITY)])
def test_each_list_leads_to_the_import_of_its_kind(client, ward, slug, kind):
    address = f"{reverse('units:import-create')}?place={ward.pk}&amp;loai={kind}"
    assert address in text(client, f"{slug}-place", ward.pk)
    page = text(client, "import-create", place=ward.pk, loai=kind)
    assert f"Mẫu danh sách {NOUNS[kind]}" in page and "Đăng ký danh hiệu theo cột đăng ký" not in page


def test_what_looks_like_one_in_the_register_is_shown_beside_it(client, ward):
    clan = make_clan(hamlet(ward, 1), "Họ Lê")
    book = template(client, CLAN)
    book.worksheets[0].append([1, "Họ Lê", "9 Hòa Hưng", "Khu phố 2"])
    book.worksheets[0].append([2, "Họ Bùi", None, "Khu phố 9"])
    batch = upload(client, CLAN, ward, saved(book))
    assert figures(batch) == (0, 0, 0, 1, 1)
    page = text(client, "import-detail", batch.pk, nhom="DUPLICATE")
    assert f'<a href="{reverse("units:clan-detail", args=[clan.pk])}">Xem dòng họ đã có</a>' in page
    assert "Nhà thờ họ: 9 Hòa Hưng" in page and "Khu phố, thôn, ấp: Khu phố 2" in page
    refused = client.get(reverse("units:import-refused", args=[batch.pk]))
    rows = list(openpyxl.load_workbook(io.BytesIO(refused.content)).active.iter_rows(values_only=True))
    assert (rows[0][1], rows[2][1]) == ("Tên dòng họ", "Họ Bùi")
    assert rows[2][-1].startswith("Phường Hòa Hưng không có “Khu phố 9”.")


NASTY = (
    "=1+1",
    "+ thêm một hộ",
    "- đã chuyển đi",
    "@nhóm Zalo",
    "007",
    "0",
    "12/5",
    "1/1/1900",
    "29/02/1900",
    "-",
    "3½ m²",
    "Nhà 👨‍👩‍👧 số 3",
    "אבג \u200fđi\u202e lại",
    "hai\ndòng\tmột ô",
    "'nháy đơn",
    'a "b"; c, d \\ e',
    "<b>đậm</b> &amp;",
    "x" * 250,
)


def test_whatever_stands_in_a_register_comes_out_and_in_again_unchanged(client, ward):
    """Values that spreadsheets like to change: formulas, zeros in front, days, long texts, signs of other scripts."""
    home, school = Registrant.objects.get(name="Lê Văn An"), Registrant.objects.get(name="Trường Hoa Mai")
    for number, text in enumerate(map(clean, NASTY)):
        phone, name = ("0912 345 678", "02838651234", "1800 1234", "")[number % 4], f"Bùi {chr(65 + number)} Đ'Ê-ban"
        about = {"phone": phones.read(phone)}
        one = make_household(hamlet(ward, 1), name, address=f"{number} {text}"[:250], group_name=text[:60], **about)
        clan = make_clan(ward, f"Họ {name} {text}"[:200], hall_address=text[:200], **about)
        office = make_org(ward, f"Trường {number} {text}"[:200], address=text[:200], contact=text[:100], **about)
        person = make_citizen(home if number % 2 else school, name, birth_year=1900 + number)
        Registrant.objects.filter(pk__in=[each.pk for each in (one, clan, office, person)]).update(note=text)
    ensure_communities(actor=None, commune=ward)
    for row, text in zip(Registrant.objects.filter(kind=COMMUNITY).order_by("pk"), NASTY, strict=False):
        Registrant.objects.filter(pk=row.pk).update(note=clean(text))
    for kind, slug in (
        (HOUSEHOLD, "household"),
        (CLAN, "clan"),
        (ORG, "organisation"),
        (CITIZEN, "citizen"),
        (COMMUNITY, "community"),
    ):
        count = Registrant.objects.filter(kind=kind).count()
        batch = upload(client, kind, ward, exported(client, slug, ward))
        odd = [(row.name, row.verdict, row.before, row.reasons) for row in batch.rows.exclude(verdict="UNCHANGED")]
        assert (figures(batch), odd) == ((0, 0, count, 0, 0), []), kind
