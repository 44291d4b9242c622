"""Declared figures entered by a place: refusals, corrections, what rules say, who owes, files in and out."""

import datetime
import io
from decimal import Decimal

import openpyxl
import pytest
from django.apps import apps
from django.utils import timezone

from portal.lib.tabular import write_workbook
from recognition.domain.declared import declared_within
from recognition.domain.declaring import DeclarationRefused, DeclarationStale, Typed, save_declaration
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.figure_importing import take_figures, template_lines
from recognition.domain.owing import count_owing, owing
from recognition.figure_sheets import read_sheet, refused_book, template
from recognition.models import Declaration, DeclaredFigure, Nudge, Season
from tests.factories.recognition import load_shipped_rulebooks
from tests.factories.units import CommuneFactory, HamletFactory, ProvinceFactory, make_household, make_officer
from tests.recognition.test_races import together
from tests.recognition.test_tallies import register
from units.choices import Role

DAY = datetime.date(2025, 12, 15)
FAMILY, CITIZEN = "FAMILY", "CITIZEN"


def family(**numbers):
    return {(FAMILY, "", measure): value for measure, value in numbers.items()}


def citizens(group, **numbers):
    return {(CITIZEN, group, measure): value for measure, value in numbers.items()}


class Office:
    """A ward with its officer, in a province with its leader."""

    def __init__(self):
        self.province = ProvinceFactory(code="79")
        self.ward = CommuneFactory(parent=self.province, code="00123", name="Phường Mẫu", valid_from=None)
        self.officer = make_officer(Role.WARD_OFFICER, self.ward, name="Nguyễn Thị An")
        self.leader = make_officer(Role.LEADER, self.province, name="Trần Văn Em")

    def save(self, figures, **more):
        actor = more.pop("actor", self.officer)
        arguments = {
            "place": self.ward,
            "year": 2025,
            "source": "BC 12/BC-HKH",
            "published_on": DAY,
            "figures": figures,
        }
        return save_declaration(actor=actor, typed=Typed(**(arguments | more)))


@pytest.fixture
def office(db):
    return Office()


def told(error):
    return [(one.rule, one.level, one.text) for _key, one in error.value.findings]


def kept():
    return {(row.model, row.group, row.measure): row.value for row in DeclaredFigure.objects.all()}


def test_figures_are_kept_stand_in_and_are_corrected_with_a_reason(office):
    first = office.save(family(total=1000, registered=800, recognised=600))

    (standing,) = declared_within(office.province, 2025, FAMILY)
    assert (standing.place, standing.figures.total, standing.figures.recognised) == (office.ward, 1000, 600)
    assert office.save(family(total=1000), shown_version=1).version == first.version == 1  # nothing new
    with pytest.raises(RecognitionError, match="Hãy ghi lý do sửa số liệu đã khai."):
        office.save(family(recognised=610), shown_version=1)

    office.save(family(recognised=610, registered=None), shown_version=1, reason="Ghi nhầm một tổ")

    assert kept() == family(total=1000, recognised=610)
    events = apps.get_model("recognition", "declaredfigureevent").objects.order_by("pgh_id")
    assert [(one.measure, one.value, one.pgh_label) for one in events][3:] == [
        ("registered", 800, "delete"),
        ("recognised", 610, "update"),
    ]
    versions = Declaration.objects.get().events.order_by("pgh_id")
    assert [(one.version, one.reason) for one in versions] == [(1, ""), (2, "Ghi nhầm một tổ")]


def test_what_the_place_declared_goes_before_an_article(office):
    for measure, value in (("total", 1000), ("recognised", 1)):
        DeclaredFigure.objects.create(
            source="bài", place=office.ward, year=2025, model=FAMILY, measure=measure, value=value
        )
    office.save(family(total=1000, recognised=600))

    (standing,) = declared_within(office.province, 2025, FAMILY)

    assert (standing.figures.recognised, standing.figures.declared) == (600, ("BC 12/BC-HKH",))
    with pytest.raises(RecognitionError, match="Nguồn “bài” đã có số liệu nạp sẵn của nơi này"):
        office.save(family(total=1000), source="bài", shown_version=1, reason="Đổi nguồn")


@pytest.mark.parametrize(
    ("registered", "recognised", "text"),
    [
        (1000, 1000 - 1, None),
        (1001, 900, "Số đăng ký 1.001 lớn hơn tổng số 1.000."),
        (800, 800 - 1, None),
        (800, 801, "Số được công nhận 801 lớn hơn số đăng ký 800."),
    ],
)
def test_the_order_of_numbers_on_both_sides_of_its_bound(office, registered, recognised, text):
    figures = family(total=1000, registered=registered, recognised=recognised)
    if text is None:
        assert office.save(figures).version == 1
        return
    with pytest.raises(DeclarationRefused) as refused:
        office.save(figures)
    assert told(refused) == [("R-01", "error", text)]
    assert not Declaration.objects.exists() and not DeclaredFigure.objects.exists()


def test_a_wrong_percentage_names_the_likely_misprint(office):
    figures = citizens("", registered=511, recognised=505) | citizens("staff", registered=440, recognised=338)
    figures |= citizens("residents", registered=71, recognised=67)

    with pytest.raises(DeclarationRefused) as refused:
        office.save(figures, percents={(CITIZEN, "staff"): Decimal("99.55")})

    assert told(refused) == [
        (
            "R-02",
            "error",
            "Công dân học tập 2025, đạt: 338 + 67 = 405, khác số tổng 505. Có thể in nhầm một chữ số: 338 → 438.",
        ),
        (
            "R-03",
            "error",
            "Công dân học tập 2025, Cán bộ, công chức, viên chức: 338/440 = 76,82%, nguồn in 99,55%. "
            "Có thể in nhầm một chữ số: 338 → 438.",
        ),
    ]
    figures[CITIZEN, "staff", "recognised"] = 438
    assert office.save(figures, percents={(CITIZEN, "staff"): Decimal("99.55")}).version == 1


def test_a_warning_wants_a_reason_that_stays(office):
    copied = family(total=80) | {("COMMUNITY_HAMLET", "", "total"): 80}
    with pytest.raises(DeclarationRefused) as refused:
        office.save(copied)
    ((key, found),) = refused.value.findings
    assert (found.rule, found.text) == (
        "R-20",
        "Cộng đồng học tập (khu phố, thôn, ấp), Gia đình học tập cùng có tổng số 80: có thể chép nhầm.",
    )

    saved = office.save(copied, explanations={key: "Đúng là 80 cả hai"})
    again = office.save(family(assessed=70), shown_version=1, reason="Bổ sung")

    assert saved.explanations[0]["reason"] == again.explanations[0]["reason"] == "Đúng là 80 cả hai"


@pytest.mark.parametrize(("total", "warned"), [(1200, False), (1201, True)])
def test_a_jump_from_the_year_before_is_asked_about(office, total, warned):
    office.save(family(total=1000), year=2024, published_on=datetime.date(2024, 12, 15))
    if not warned:
        assert office.save(family(total=total)).version == 1
        return
    with pytest.raises(DeclarationRefused) as refused:
        office.save(family(total=total))
    assert [(rule, level) for rule, level, _text in told(refused)] == [("R-24", "warn")]


def test_refusals_in_words(office):
    stranger = make_officer(Role.WARD_OFFICER, CommuneFactory(), name="Người Lạ")
    load_shipped_rulebooks()
    for more, error, words in (
        ({"actor": stranger}, NotPermitted, "Bạn không được phân công khai số liệu của Phường Mẫu."),
        ({"source": " "}, RecognitionError, "Hãy ghi nguồn của số liệu, ví dụ Báo cáo số 12/BC-HKH."),
        ({"published_on": None}, RecognitionError, "Hãy ghi ngày của văn bản."),
        ({"published_on": datetime.date(2999, 1, 1)}, RecognitionError, "Ngày của văn bản chưa đến."),
        ({"year": 2013}, RecognitionError, "Chỉ khai số liệu của các năm từ 2014 đến năm nay."),
        ({"year": 2999}, RecognitionError, "Chỉ khai số liệu của các năm từ 2014 đến năm nay."),
        ({"figures": {}}, RecognitionError, "Hãy ghi ít nhất một số liệu."),
        ({"figures": family(total=200_000_001)}, RecognitionError, "Số 200000001 quá lớn hoặc nhỏ hơn 0, hãy xem lại."),
    ):
        with pytest.raises(error) as refused:
            office.save(**({"figures": family(total=1)} | more))
        assert refused.value.message == words
    register(make_household(HamletFactory(parent=office.ward), opened_on=datetime.date(2024, 1, 1)), 2025)
    with pytest.raises(RecognitionError) as refused:
        office.save(family(total=5))
    assert refused.value.message == (
        "Gia đình học tập: nơi này đã có hồ sơ của năm 2025 nên không khai số; hãy bỏ trống."
    )
    Season.objects.create(
        year=2024, opens_on=datetime.date(2024, 1, 1), closes_on=datetime.date(2024, 12, 31), is_closed=True
    )
    with pytest.raises(RecognitionError, match="Năm 2024 đã khóa sổ."):
        office.save(family(total=5), year=2024)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_correct_at_once_one_is_asked_again():
    office = Office()
    office.save(family(total=1000, recognised=600))

    def correct(value):
        return lambda: office.save(family(recognised=value), shown_version=1, reason="Sửa")

    results = together(correct(601), correct(602), correct(603))

    won = [one for one in results if isinstance(one, Declaration)]
    lost = [one for one in results if isinstance(one, DeclarationStale)]
    assert (len(won), len(lost), won[0].version) == (1, 2, 2)
    assert {one.current.version for one in lost} == {2}
    assert kept()[FAMILY, "", "recognised"] in (601, 602, 603)
    first = together(*[lambda: office.save(family(total=7), year=2024, published_on=datetime.date(2024, 12, 1))] * 3)
    assert sum(isinstance(one, Declaration) for one in first) == 1
    assert Declaration.objects.filter(year=2024).count() == 1


def test_the_page_keeps_what_was_typed_and_says_what_is_wrong(office, client):
    client.force_login(office.officer)
    url = f"/so-lieu-khai-bao/noi/{office.ward.pk}/?nam=2025"
    typed = {"source": "BC 12", "published_on": "15/12/2025", "version": "0"}
    typed |= {"c-FAMILY-all-total": "1.000", "c-FAMILY-all-registered": "1.200", "c-FAMILY-all-recognised": "600"}

    wrong = client.post(url, typed)
    checked = client.post(f"/so-lieu-khai-bao/noi/{office.ward.pk}/kiem-tra/?nam=2025", typed)
    unread = client.post(url, typed | {"c-FAMILY-all-total": "=1+1<b>"})

    assert (wrong.status_code, unread.status_code, checked.status_code) == (422, 422, 200)
    page = wrong.content.decode()
    assert "Số đăng ký 1.200 lớn hơn tổng số 1.000." in page and 'value="1.200"' in page
    assert "Số đăng ký 1.200 lớn hơn tổng số 1.000." in checked.content.decode()
    assert "=1+1&lt;b&gt;" in unread.content.decode() and not Declaration.objects.exists()
    assert client.post(url, typed | {"c-FAMILY-all-registered": "900"}).status_code == 302

    without = client.post(url, typed | {"c-FAMILY-all-registered": "901", "version": "1"})
    assert without.context["form"].errors == {"reason": ["Hãy ghi lý do sửa số liệu đã khai."]}  # beside its own box
    office.save(family(registered=901), shown_version=1, reason="Đồng nghiệp sửa", actor=office.leader, source="BC 12")
    stale = client.post(url, typed | {"c-FAMILY-all-registered": "902", "version": "1", "reason": "Sửa"})
    page = stale.content.decode()
    assert stale.status_code == 422 and "Trần Văn Em vừa lưu số liệu của nơi này." in page
    assert 'value="902"' in page and "đang lưu: 901" in page and 'name="version" value="2"' in page
    again = {"c-FAMILY-all-registered": "902", "version": "2", "reason": "Sửa lại"}
    assert client.post(url, typed | again).status_code == 302
    read = client.get(url).content.decode()
    assert "Sửa lại" in read and "<del>901</del>" in read and "<ins>902</ins>" in read


def test_a_place_that_was_not_there_is_offered_no_form(office, client):
    office.ward.valid_to = datetime.date(2024, 6, 30)
    office.ward.save()
    client.force_login(office.officer)
    address = f"/so-lieu-khai-bao/noi/{office.ward.pk}/"

    gone = client.get(f"{address}?nam=2025")
    page = gone.content.decode()
    assert "Phường Mẫu không có trong năm 2025." in page and "Lưu số liệu" not in page and gone.status_code == 200
    assert "Lưu số liệu" in client.get(f"{address}?nam=2024").content.decode()
    refused = client.post(f"{address}?nam=2025", {"version": 0, "source": "BC 12", "published_on": "15/12/2025"})
    assert refused.status_code == 422 and "Phường Mẫu không có trong năm 2025." in refused.content.decode()


def test_who_still_owes(office, client):
    load_shipped_rulebooks()
    busy, silent = (CommuneFactory(parent=office.province, name=f"Phường {n}") for n in ("Bận", "Im"))
    hamlets = [HamletFactory(parent=busy, name=f"Khu phố {n}") for n in (1, 2)]
    register(make_household(hamlets[0], opened_on=datetime.date(2024, 1, 1)), 2026)
    office.save(family(total=5), year=2026, published_on=datetime.date(2026, 1, 1))

    states = {row.place.name: (row.has_records, row.is_declared, row.owes) for row in owing(office.province, 2026)}

    assert states == {
        "Phường Mẫu": (False, True, False),
        "Phường Bận": (True, False, False),
        "Phường Im": (False, False, True),
    }
    assert count_owing(office.province, 2026) == (1, 3)
    assert count_owing(busy, 2026) == (1, 2)  # only the hamlet with a dossier has something
    (row,) = [row for row in owing(None, 2026) if row.place == office.province]
    assert (row.places, row.owe) == (3, 1)
    client.force_login(office.leader)
    page = client.get(f"/so-lieu-khai-bao/con-thieu/{office.province.pk}/?nam=2026").content.decode()
    assert "1 trên 3 nơi còn thiếu số liệu." in page and "Phường Im" in page and "Phường Bận" not in page
    file = client.get(f"/so-lieu-khai-bao/con-thieu/{office.province.pk}/tai/?nam=2026")
    assert file.content[:2] == b"PK" and "con-thieu-so-lieu-2026" in file["Content-Disposition"]
    board = client.get(f"/theo-doi/{office.province.pk}/?nam=2026").content.decode()
    assert "1 trên 3 nơi bên dưới chưa có hồ sơ cũng chưa khai số liệu." in board
    assert silent.name not in board.split("nơi bên dưới chưa có hồ sơ")[0].split("<main")[0]


def test_a_ward_that_declared_covers_its_hamlets_unless_they_were_asked(office, client):
    asked, quiet = (HamletFactory(parent=office.ward, name=f"Khu phố {n}") for n in (1, 2))
    assert count_owing(office.ward, 2025) == (2, 2)

    office.save(family(total=5))

    assert [(row.place.name, row.is_covered, row.owes) for row in owing(office.ward, 2025)] == [
        ("Khu phố 1", True, False),
        ("Khu phố 2", True, False),
    ]
    assert count_owing(office.ward, 2025) == (0, 2)
    assert count_owing(office.ward, 2024) == (2, 2)  # of another year it said nothing
    Nudge.objects.create(
        place=asked, year=2025, model=FAMILY, on=DAY, missing=["register"], people=1, by_name="Nguyễn Thị An"
    )
    assert [row.place.name for row in owing(office.ward, 2025) if row.owes] == ["Khu phố 1"]
    assert count_owing(office.ward, 2025) == (1, 2)
    client.force_login(office.officer)
    page = client.get(f"/so-lieu-khai-bao/con-thieu/{office.ward.pk}/?nam=2025&tinh-trang=").content.decode()
    assert "1 trên 2 nơi còn thiếu số liệu." in page and "Có trong bản khai của phường, xã" in page
    assert count_owing(office.province, 2025) == (0, 1) and quiet.commune == office.ward


# --- From a file

STATEMENTS = 15  # for a file, however many places it names


def sheet(*rows):
    head = ["article", "published_on", "place_code", "year", "model", "group", "measure", "value", "printed_percent"]
    return write_workbook([("Số liệu", head, [list(row) for row in rows], [10] * 9)])


def line(code, measure, value, *, model="Gia đình học tập", source="BC 1", day="15/12/2025", percent="", group=""):
    return (source, day, code, 2025, model, group, measure, value, percent)


def test_a_file_is_taken_place_by_place_with_reasons_for_the_rest(office):
    CommuneFactory(parent=office.province, code="00124", name="Phường Hai", valid_from=None)
    data = sheet(
        line("123", "total", 1000),  # the leading zeros are gone
        line("00123", "Đăng ký", "800"),
        line("00123", "recognised", 600, percent="75,00"),
        line("00124", "total", 10),
        line("00124", "recognised", 11),
        line("99999", "total", 1),
        line("00123", "total", 5),
        line("00123", "Số lạ", 5),
        line("00123", "assessed", "nhiều"),
        line("00123", "assessed", 5, source="BC 2"),
        line("00123", "assessed", 5, model="Gia đình văn hóa"),
        line("00123", "assessed", 5, day="31/02/2025"),
        line("00123", "assessed", ""),  # not filled in
    )
    book = openpyxl.load_workbook(io.BytesIO(data))
    book.active.append(line("00124", "assessed", "#REF!"))
    target = io.BytesIO()
    book.save(target)
    rows = read_sheet(target.getvalue(), "so-lieu.xlsx", "figures")
    call = {"actor": office.leader, "place": office.province, "rows": rows}

    preview = take_figures(**call, preview=True)

    assert not Declaration.objects.exists()
    taken = take_figures(**call, versions=preview.versions)
    assert (taken.new, taken.changed, taken.same) == (preview.new, preview.changed, preview.same) == (1, 0, 0)
    assert kept() == family(total=1000, registered=800, recognised=600)
    reasons = {row.number: why for row, why in taken.refused}
    assert reasons == {
        5: "Số được công nhận 11 lớn hơn tổng số 10.",
        6: "Số được công nhận 11 lớn hơn tổng số 10.",
        7: "Mã địa bàn “99999” không có trong phạm vi này vào năm 2025.",
        8: "Số liệu này đã có ở dòng trên.",
        9: "Cột Số đo ghi “Số lạ”, cần một trong: Tổng số, Đăng ký, Được đánh giá, Được công nhận, Được xếp loại.",
        10: "Cột Giá trị ghi “nhiều”, cần số nguyên từ 0.",
        11: "Một nơi, một năm chỉ ghi một nguồn; các dòng trên ghi “BC 1”.",
        12: "Cột Mô hình ghi “Gia đình văn hóa”, cần tên một mô hình, ví dụ Gia đình học tập.",
        13: "Cột Ngày của văn bản ghi “31/02/2025”, cần ngày có thật, ví dụ 15/12/2025.",
        15: "Ô H15 (cột Giá trị, trang tính “Số liệu”, tệp “so-lieu.xlsx”) báo lỗi #REF!. "
        "Hãy sửa ô đó trong tệp, lưu lại rồi tải lên.",
    }
    back = read_sheet(refused_book("figures", taken.refused), "loi.xlsx", "figures")
    assert [row.cells["value"] for row in back] == [row.cells["value"] for row, _why in taken.refused][:-1]
    again = take_figures(**call)
    assert (again.new, again.changed, again.same) == (0, 0, 1)


def test_a_file_costs_the_same_for_one_place_and_for_three(office, django_assert_num_queries):
    codes = ["00123", "00124", "00125"]
    for code in codes[1:]:
        CommuneFactory(parent=office.province, code=code, name=f"Phường {code}", valid_from=None)
    call = {"actor": office.leader, "place": office.province, "reason": "Theo bản đính chính"}

    def rows(some, total):
        lines = [
            line(code, measure, value, percent=percent)
            for code in some
            for measure, value, percent in (("total", total, ""), ("registered", 80, ""), ("recognised", 60, "75,00"))
        ]
        return read_sheet(sheet(*lines), "a.xlsx", "figures")

    take_figures(**call, rows=rows(codes, 100), preview=True)  # the leader's postings are read once
    with django_assert_num_queries(STATEMENTS - 1):  # no figures of earlier declarations
        take_figures(**call, rows=rows(codes[:1], 100))
    with django_assert_num_queries(STATEMENTS):
        assert take_figures(**call, rows=rows([*codes[1:], codes[0]], 100)).new == 2
    for some in (codes[:1], codes):
        with django_assert_num_queries(STATEMENTS):
            taken = take_figures(**call, rows=rows(some, 110 + len(some)))
        assert (taken.changed, taken.refused) == (len(some), [])
    assert DeclaredFigure.objects.filter(measure="total", value=113, declaration__version=2).count() == 2
    assert DeclaredFigure.objects.get(measure="total", place=office.ward).declaration.version == 3


def test_a_year_and_the_one_before_in_one_file_are_compared(office):
    """R-24: what the file itself says of the year before counts, as when it is typed year by year."""
    both = [("BC 1", "15/12/2024", "00123", 2024), ("BC 1", "15/12/2025", "00123", 2025)]
    lines = [
        (*start, "Gia đình học tập", "", measure, value, "")
        for start, figures in zip(both, ((1000, 500), (9000, 600)), strict=True)
        for measure, value in zip(("total", "recognised"), figures, strict=True)
    ]
    rows = read_sheet(sheet(*lines), "a.xlsx", "figures")
    call = {"actor": office.leader, "place": office.province, "rows": rows}

    taken = take_figures(**call)

    assert taken.new == 1
    assert {row.number for row, _why in taken.refused} == {4, 5}
    assert all("2024" in why for _row, why in taken.refused), taken.refused
    assert take_figures(**call, reason="Gộp phường").new == 1
    assert Declaration.objects.get(year=2025).explanations[0]["reason"] == "Gộp phường"


def test_a_file_that_corrects_wants_a_reason_and_sees_a_newer_version(office):
    office.save(family(total=1000), source="BC 1")
    rows = read_sheet(sheet(line("00123", "total", 1100)), "a.xlsx", "figures")
    call = {"actor": office.officer, "place": office.ward, "rows": rows}

    assert [why for _row, why in take_figures(**call).refused] == ["Hãy ghi lý do sửa số liệu đã khai."]
    old = take_figures(**call, reason="Theo bản đính chính", preview=True).versions
    office.save(family(total=1050), source="BC 1", shown_version=1, reason="Người khác")
    ((_row, why),) = take_figures(**call, reason="Theo bản đính chính", versions=old).refused
    assert why.startswith("Nguyễn Thị An vừa lưu số liệu của nơi này.")
    assert take_figures(**call, reason="Theo bản đính chính").changed == 1
    assert kept() == family(total=1100)


def test_the_template_lists_the_places_below_and_comes_back_through_the_page(office, client):
    lines = template_lines("figures", office.province, 2025)
    assert {one["place_name"] for one in lines} == {office.province.name, "Phường Mẫu"}
    filled = [one | {"article": "BC 9", "published_on": "10/12/2025"} for one in lines if one["place_code"] == "00123"]
    filled[0]["value"] = 40
    client.force_login(office.leader)
    url = f"/so-lieu-khai-bao/noi/{office.province.pk}/nhap/?nam=2025"
    from django.core.files.uploadedfile import SimpleUploadedFile

    upload = SimpleUploadedFile("mau.xlsx", template("figures", filled))
    shown = client.post(url, {"file": upload})
    payload = shown.content.decode().split('name="rows" value="')[1].split('"')[0]
    assert shown.status_code == 200 and not Declaration.objects.exists()

    saved = client.post(url, {"rows": payload, "luu": "1"})

    assert saved.status_code == 302 and kept() == family(total=40)
    for bad in ({"rows": "x:y"}, {}, {"file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04hu")}):
        assert client.post(url, bad).status_code == 422


def test_registrations_without_recognitions_are_wrong_once_the_year_is_over(office):
    """The same level as in a file of printed figures and before signing (R-01); nought is an answer."""
    sentence = "Có số đăng ký (800) nhưng không có số được công nhận."
    with pytest.raises(DeclarationRefused) as refused:
        office.save(family(registered=800))
    assert told(refused) == [("R-01", "error", f"{sentence} Nếu năm đó không công nhận ai, hãy ghi 0.")]
    (key, _finding) = refused.value.findings[0]
    with pytest.raises(DeclarationRefused):
        office.save(family(registered=800), explanations={key: "Như văn bản"})  # a reason does not help an error

    assert office.save(family(registered=800, recognised=0)).version == 1
    now = timezone.localdate()
    assert office.save(family(registered=800), year=now.year, published_on=now).version == 1
