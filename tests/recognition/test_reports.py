"""Yearly tables: the same figures on screen, in Excel, PDF and JSON, equal to the lists they count."""

import datetime
import io
import json
from decimal import Decimal

import docx
import openpyxl
import pypdfium2
import pytest
from django.core.management import CommandError, call_command
from docx.enum.section import WD_ORIENT
from python_calamine import CalamineWorkbook

from recognition.choices import LearningModel, Stage, State
from recognition.domain.assessing import Entry, record_scores
from recognition.domain.deciding import issue, prepare
from recognition.domain.errors import RecognitionError
from recognition.domain.reporting import TABLES, build_report
from recognition.exports import cell_text, file_stem, report_xlsx
from recognition.models import Proposal, Registration, Target
from recognition.papers.yearly_tables import report_pdf
from tests.factories.recognition import YEAR, full_scores, make_district, make_ward, make_ward_dossier
from tests.factories.units import CommuneFactory, HamletFactory, make_household, make_officer
from tests.recognition.test_tallies import register
from units.choices import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    """Three hamlets: 4 households, 3 registered, 2 recognised; 3, 1, 1; and an empty one. Last year 1 of 7."""
    found = make_ward()
    Target.objects.create(
        model=LearningModel.FAMILY, measure="recognised_of_total", year=2025, percent=70, legal_basis="QĐ 387/QĐ-TTg"
    )
    second = HamletFactory(parent=found.place, name="Khu phố 2")
    HamletFactory(parent=found.place, name="Khu phố 10")
    first = [make_household(found.hamlet, f"Hộ {n}") for n in range(4)]
    for household, state in zip(first, ("RECOGNISED", "RECOGNISED", "REFUSED"), strict=False):
        register(household, YEAR, state)
    other = [make_household(second, f"Hộ {n}") for n in range(3)]
    register(other[0], YEAR, "RECOGNISED")
    register(first[0], YEAR - 1, "RECOGNISED")
    return found


def table(report):
    return [[cell_text(column, row.values[column.key]) for column in report.columns] for row in report.rows]


def test_tk01_has_the_columns_of_the_form(ward):
    report = build_report("TK-01", ward.place, YEAR)

    assert [column.title for column in report.columns] == [
        "STT",
        "Khu phố, thôn",
        "Tổng số hộ",
        "Hộ đăng ký",
        "Tỷ lệ ĐK/tổng (%)",
        "Hộ đạt",
        "Tỷ lệ đạt/ĐK (%)",
        "Tỷ lệ đạt/tổng (%)",
        "Chỉ tiêu năm (%)",
        "So chỉ tiêu (±)",
        "So năm trước (±)",
    ]


def test_tk01_rows_and_total(ward):
    report = build_report("TK-01", ward.place, YEAR)

    assert table(report) == [
        ["1", "Khu phố 1", "4", "3", "75,00", "2", "66,67", "50,00", "70,00", "−20,00", "+25,00"],
        ["2", "Khu phố 2", "3", "1", "33,33", "1", "100,00", "33,33", "70,00", "−36,67", "+33,33"],
        ["3", "Khu phố 10", "0", "0", "–", "0", "–", "–", "70,00", "–", "–"],
    ]
    total = [cell_text(column, report.total.values[column.key]) for column in report.columns][1:]
    assert total == ["Tổng cộng", "7", "4", "57,14", "3", "75,00", "42,86", "70,00", "−27,14", "+28,57"]
    assert report.findings == ()
    assert "Chỉ tiêu: 70% đến năm 2025 (Cả nước, QĐ 387/QĐ-TTg)." in report.notes


def test_tk01_of_the_level_above_lists_wards(ward):
    CommuneFactory(parent=ward.place.province, name="Phường Bến Thành")

    report = build_report("TK-01", ward.place.province, YEAR)

    assert [row[1:4] for row in table(report)] == [["Phường Bến Thành", "0", "0"], ["Phường Hòa Hưng", "7", "4"]]
    assert report.columns[1].title == "Phường, xã"
    assert report.total.values["total"] == 7


def test_tk01_says_when_households_stand_outside_hamlets(ward):
    """R-02: rows that do not add up to the ward are told, not hidden."""
    from units.models import Stay

    lost = make_household(ward.hamlet, "Hộ ngoài khu phố")
    Stay.objects.filter(registrant=lost).update(hamlet=None)

    report = build_report("TK-01", ward.place, YEAR)

    assert [(one.rule, one.message) for one in report.findings] == [
        ("R-02", "Tổng số hộ: 4 + 3 + 0 = 7, khác số tổng 8.")
    ]


def test_excel_has_live_sums_and_the_same_values(ward):
    report = build_report("TK-01", ward.place, YEAR)

    content = report_xlsx(report)

    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert [cell.value for cell in sheet[6]] == [column.title for column in report.columns]
    assert (sheet["C10"].value, sheet["D10"].value, sheet["F10"].value) == (
        "=SUM(C7:C9)",
        "=SUM(D7:D9)",
        "=SUM(F7:F9)",
    )
    assert sheet["E10"].value == '=IF(N(C10)=0,"–",ROUND(D10/C10*100,2))'
    # What a reader without a calculator sees is already there.
    values = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert values[6] == [1, "Khu phố 1", 4, 3, 75, 2, 66.67, 50, 70, -20, 25]
    assert values[9][1:8] == ["Tổng cộng", 7, 4, 57.14, 3, 75, 42.86]
    assert values[8][4] == "–"


def test_names_never_run_as_formulas(ward):
    HamletFactory(parent=ward.place, name="=HYPERLINK(1)")

    sheet = openpyxl.load_workbook(io.BytesIO(report_xlsx(build_report("TK-01", ward.place, YEAR)))).active

    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value and "HYPERLINK" in str(cell.value)]
    assert [(cell.value, cell.data_type) for cell in cells] == [("=HYPERLINK(1)", "s")]


def pdf_text(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    return " ".join(text.split())


def test_pdf_reads_back_the_same_figures(ward):
    text = pdf_text(report_pdf(build_report("TK-01", ward.place, YEAR)))

    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text and "Độc lập - Tự do - Hạnh phúc" in text
    assert "Kết quả công nhận Gia đình học tập năm 2025" in text
    assert "Khu phố 1 4 3 75,00 2 66,67 50,00 70,00 −20,00 +25,00" in text
    assert "Tổng cộng 7 4 57,14 3 75,00 42,86 70,00 −27,14 +28,57" in text


@pytest.mark.parametrize(("hamlets", "pages"), [(12, 1), (26, 2)])
def test_pdf_never_leaves_the_signatures_alone_on_a_page(ward, hamlets, pages):
    for number in range(hamlets - ward.place.children.count()):
        HamletFactory(parent=ward.place, name=f"Tổ dân phố {number}")

    document = pypdfium2.PdfDocument(report_pdf(build_report("TK-01", ward.place, YEAR)))

    assert len(document) == pages
    last = document[pages - 1].get_textpage().get_text_bounded()
    assert "THỦ TRƯỞNG ĐƠN VỊ" in last and "Ghi chú:" in last


def test_json_command_equals_the_table(ward, capsys):
    call_command("year_report", place=ward.place.code, year=YEAR, table="TK-01", format="json")

    data = json.loads(capsys.readouterr().out)
    assert (data["table"], data["year"], data["place"]["name"]) == ("TK-01", YEAR, "Phường Hòa Hưng")
    assert data["rows"][0] == {
        "no": 1,
        "name": "Khu phố 1",
        "total": 4,
        "registered": 3,
        "registered_of_total": 75.0,
        "recognised": 2,
        "recognised_of_registered": 66.67,
        "recognised_of_total": 50.0,
        "target": 70.0,
        "against_target": -20.0,
        "against_previous": 25.0,
        "declared": [],
    }
    assert data["rows"][2]["recognised_of_total"] is None
    assert data["total"]["recognised_of_total"] == 42.86


def test_command_writes_files(ward, tmp_path):
    def written(kind, table="TK-01"):
        path = tmp_path / f"{table}.{kind}"
        call_command("year_report", place=ward.place.code, year=YEAR, table=table, format=kind, out=path)
        return path.read_bytes()

    assert openpyxl.load_workbook(io.BytesIO(written("xlsx"))).sheetnames == ["TK-01"]
    assert openpyxl.load_workbook(io.BytesIO(written("xlsx", "all"))).sheetnames == list(TABLES)
    assert len(pypdfium2.PdfDocument(written("pdf"))) == 1
    whole = pdf_text(written("pdf", "all"))
    assert [code for code in TABLES if f"BIỂU {code}" in whole] == list(TABLES)
    document = docx.Document(io.BytesIO(written("docx")))
    assert [cell.text for cell in document.tables[1].rows[-1].cells][1:8] == [
        *("Tổng cộng", "7", "4", "57,14", "3", "75,00", "42,86"),
    ]
    assert [section.orientation for section in document.sections] == [WD_ORIENT.LANDSCAPE]
    assert len(docx.Document(io.BytesIO(written("docx", "all"))).sections) == len(TABLES)
    assert [one["table"] for one in json.loads(written("json", "all"))] == list(TABLES)
    with pytest.raises(CommandError, match="không có địa bàn nào mang mã 00000"):
        call_command("year_report", place="00000", year=YEAR)
    with pytest.raises(CommandError, match=r"Không ghi được tệp .*\. Hãy xem lại thư mục và quyền ghi\."):
        call_command("year_report", place=ward.place.code, year=YEAR, out=tmp_path / "không-có" / "a.txt")


def test_unknown_table_is_refused(ward):
    with pytest.raises(RecognitionError, match="Không có biểu “TK-99”. Các biểu hiện có: TK-01, TK-02,"):
        build_report("TK-99", ward.place, YEAR)


def test_later_merger_does_not_change_an_old_report(ward):
    from units.models import Stay, Succession

    old = build_report("TK-01", ward.place, YEAR)
    new = CommuneFactory(parent=ward.place.province, name="Phường Mới", valid_from=datetime.date(2027, 1, 1))
    ward.place.valid_to = datetime.date(2026, 12, 31)
    ward.place.save()
    Succession.objects.create(from_place=ward.place, to_place=new, effective_on=new.valid_from)
    hamlet = HamletFactory(parent=new)
    for stay in Stay.objects.filter(commune=ward.place, until=None):
        Stay.objects.filter(pk=stay.pk).update(until=new.valid_from)
        Stay.objects.create(registrant_id=stay.registrant_id, kind=stay.kind, since=new.valid_from, **hamlet.fact_ids)

    again = build_report("TK-01", ward.place, YEAR)

    assert (table(again), again.total) == (table(old), old.total)


# --- TK-06


@pytest.fixture
def district():
    """Three wards of 2017: the first decided, the second inspected, the third only scored itself."""
    found = make_district(3)
    assert found.team.pk
    rows = [make_ward_dossier(found, index) for index in range(3)]
    for row, less in zip(rows[:2], (0, 20), strict=True):
        record_scores(
            actor=found.inspector,
            stage=Stage.INSPECTION,
            entries=[Entry(row.pk, State.PROPOSED, scores=_less(row, less))],
        )
    decision = prepare(
        actor=found.decider,
        proposal=Proposal.objects.get(registrations=rows[0]),
        signed_on=datetime.date(2017, 12, 25),
        signer="Vũ Văn Quyết",
        signer_title="Chủ tịch",
    )
    issue(actor=found.decider, decision=decision, recognise={rows[0].pk: State.INSPECTED})
    return found


def _less(row: Registration, points: float) -> dict:
    """Full scores with `points` taken off, spread over the criteria."""
    scores = full_scores(row)
    for code in scores:
        taken = min(points, scores[code])
        scores[code] -= taken
        points -= taken
    return scores


def test_tk06_shows_both_scores_rank_decision_and_validity(district):
    report = build_report("TK-06", district.place, 2017)

    assert [column.title for column in report.columns] == [
        "Phường/xã",
        "Điểm tự chấm",
        "Điểm thẩm định",
        "Xếp loại",
        "Số, ngày QĐ",
        "Hiệu lực đến",
    ]
    assert table(report) == [
        ["Phường 1", "100", "100", "Tốt", "01/QĐ-UBND ngày 25/12/2017", "31/12/2018"],
        ["Phường 2", "100", "80", "Khá", "–", "–"],
        ["Phường 3", "100", "–", "–", "–", "–"],
    ]
    assert report.provisional
    assert "Đã tự chấm 3, đã thẩm định 2. Xếp loại: Tốt 1, Khá 1." in report.notes


def test_tk06_names_the_ward_without_a_rank(district):
    report = build_report("TK-06", district.place, 2017)

    assert [(one.rule, one.message) for one in report.findings] == [
        (
            "R-05",
            "Kiểm tra 3 đơn vị, xếp loại 2; còn 1 đơn vị chưa xếp loại mà không ghi lý do: Phường 3.",
        )
    ]


def test_tk06_is_silent_while_the_team_is_still_at_work(district):
    district.team.ends_on = datetime.date(2999, 1, 1)
    district.team.save()

    assert build_report("TK-06", district.place, 2017).findings == ()


def test_tk06_hides_undecided_points_from_strangers(district):
    report = build_report("TK-06", district.place, 2017, show_pending=False)

    assert table(report)[1:] == [
        ["Phường 2", "–", "–", "–", "Đã kiểm tra", "–"],
        ["Phường 3", "–", "–", "–", "Đã trình đề nghị", "–"],
    ]
    assert table(report)[0][1] == "100"
    assert "Điểm của hồ sơ chưa có quyết định chỉ hiện với người được phân công tại địa bàn." in report.notes


def test_tk06_pdf_and_excel(district):
    report = build_report("TK-06", district.place, 2017)

    sheet = openpyxl.load_workbook(io.BytesIO(report_xlsx(report))).active
    assert [cell.value for cell in sheet[8]] == ["Phường 2", 100, 80, "Khá", "–", "–"]
    assert "Phường 2 100 80 Khá – –" in pdf_text(report_pdf(report))
    assert file_stem(report) == "TK-06-quan-10-2017"


# --- On screen


def test_screen_links_down_and_offers_files(ward, client):
    client.force_login(make_officer(Role.LEADER, ward.place.province))
    url = f"/bao-cao/TK-01/{ward.place.province.pk}/?nam={YEAR}"

    page = client.get(url).content.decode()

    assert f'href="/bao-cao/TK-01/{ward.place.pk}/?nam={YEAR}"' in page
    assert "dang=xlsx" in page and "dang=pdf" in page and page.count("<h1") == 1
    excel = client.get(url + "&dang=xlsx")
    assert excel["Content-Disposition"].startswith('attachment; filename="TK-01-')
    assert excel.content.startswith(b"PK")
    assert client.get(url + "&dang=pdf").content.startswith(b"%PDF")
    assert client.get(url + "&dang=json").json()["total"]["total"] == 7
    assert "<table" in client.get(url + "&dang=khac").content.decode()


def test_stranger_reads_totals_but_no_undecided_points(district, client):
    client.force_login(make_officer(Role.WARD_OFFICER, CommuneFactory()))

    page = client.get(f"/bao-cao/TK-06/{district.place.pk}/?nam=2017").content.decode()

    assert "01/QĐ-UBND ngày 25/12/2017" in page
    assert "80" not in page.split("<tbody>")[1].split("</tbody>")[0]


def test_report_and_list_agree(ward):
    report = build_report("TK-01", ward.place, YEAR)

    live = Registration.objects.live().filter(commune=ward.place, year=YEAR, model=LearningModel.FAMILY)
    assert report.total.values["registered"] == live.count()
    assert report.total.values["recognised"] == live.filter(state=State.RECOGNISED).count()
    assert report.total.values["recognised_of_total"] == Decimal("42.86")
