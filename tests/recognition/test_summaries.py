"""Summaries: several years as articles 000 and 001, citizens as 002, inspections as 004; figures are those of TK."""

import datetime
import io
from decimal import Decimal

import docx
import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from recognition.choices import LearningModel, State
from recognition.domain.association import record_association_year
from recognition.domain.closing import FindingsOpen, is_intact, thaw
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.reporting import build_report
from recognition.domain.summaries.citizens import citizen_tables
from recognition.domain.summaries.inspected import inspection_tables, sentence
from recognition.domain.summaries.period import build_period, draft_sections, save_summary, saved_summary
from recognition.domain.summaries.period_tables import period_tables
from recognition.domain.summaries.signing import prepare, sign_summary
from recognition.honour_choices import CommendationState
from recognition.models import AssociationYear, Commendation, DeclaredFigure, PeriodReport, Registration, Target
from tests.factories.honours import recognise
from tests.factories.recognition import make_community, make_district, make_ward, make_ward_dossier
from tests.factories.units import (
    CommuneFactory,
    DistrictFactory,
    HamletFactory,
    ProvinceFactory,
    make_citizen,
    make_household,
    make_officer,
    make_organisation,
)
from tests.recognition.test_tallies import register
from units.choices import OrganisationType, Role
from units.models import Place, Stay, Succession

pytestmark = pytest.mark.django_db
REFORM, EVE = datetime.date(2025, 7, 1), datetime.date(2025, 6, 30)


@pytest.fixture
def ward():
    """Two wards that went whole into one on 1 July 2025; two families lived in each, all four recognised by turns."""
    made = make_ward()
    made.olds = []
    for n in (1, 2):
        old = CommuneFactory(name=f"Phường {n}", parent=made.place.parent, valid_from=None, valid_to=EVE)
        hamlet = HamletFactory(parent=old, name="Khu phố 1", valid_to=EVE)
        Succession.objects.create(from_place=old, to_place=made.place, effective_on=REFORM)
        for k in (1, 2):
            family = make_household(made.hamlet, f"Nguyễn {n}{k}", opened_on=REFORM)
            Stay.objects.create(
                registrant=family,
                kind=family.kind,
                since=datetime.date(2020, 1, 1),
                until=REFORM,
                **hamlet.fact_ids,
            )
            recognise(family, range(2022 + n - 1, 2025), place=hamlet)  # ward 1 from 2022, ward 2 from 2023
            if k == 1:
                recognise(family, [2025])
        made.olds.append(old)
    return made


def rows(report):
    return {(row.values["name"], row.values.get("year")): row.values for row in report.rows}


def test_every_year_says_what_the_tables_of_that_year_say(ward):
    Target.objects.create(model="FAMILY", measure="recognised_of_total", year=2025, percent=70, legal_basis="QĐ 387")
    make_community(ward.place)
    period = build_period(ward.place, 2021, 2025)
    found = rows(period_tables(period)[0])
    table_of = {"FAMILY": "TK-01", "CLAN": "TK-02", "COMMUNITY_HAMLET": "TK-03", "UNIT": "TK-04", "CITIZEN": "TK-05"}
    compared = 0
    for model, code in table_of.items():
        for year in range(2021, 2026):
            total = build_report(code, ward.place, year).total.values
            values = found[str(LearningModel(model).label), str(year)]
            if not total["registered"]:
                assert values["registered"] is None  # a year nobody recorded is not a year of zeros
                continue
            compared += 1
            for name in ("total", "registered", "recognised", "recognised_of_total", "recognised_of_registered"):
                assert values[name] == total[name], (model, year, name)
            if code == "TK-01":
                assert values["against_target"] == total["against_target"]
                assert values["against_previous"] == total["against_previous"]
    assert compared == 4
    families = str(LearningModel.FAMILY.label)
    assert [found[families, str(year)]["recognised"] for year in range(2021, 2026)] == [None, 2, 4, 4, 2]
    assert found[families, "2025"]["against_target"] == Decimal("-20.00")
    assert found[families, "2025"]["against_previous"] == Decimal("-50.00")
    text = draft_sections(period)[2]["text"]
    assert text.startswith(
        "Gia đình học tập: năm 2025 đăng ký 2 (bằng năm 2022), được công nhận 2 trên tổng số 4 "
        "(50,00%), chưa đạt chỉ tiêu 70,00%. Chưa có số liệu năm 2021."
    )
    assert "Dòng họ học tập: chưa có số liệu trong giai đoạn." in text
    assert draft_sections(period)[0]["text"].startswith(
        "Từ năm 2021 đến năm 2024 Phường Hòa Hưng chưa thành lập; số liệu là tổng các đơn vị tiền thân: Phường 1"
    )

    with CaptureQueriesContext(connection) as few:
        build_period(ward.place, 2021, 2025)
    for n in range(3):
        recognise(make_household(ward.hamlet, f"Lê {n}", opened_on=REFORM), [2025])
    with CaptureQueriesContext(connection) as many:
        again = build_period(ward.place, 2021, 2025)
    assert again.figures["FAMILY", 2025].recognised == 5 and len(many) == len(few)


def test_association_of_merged_wards_and_commendations_by_year(ward):
    for old, members in zip(ward.olds, (10, 15), strict=True):
        AssociationYear.objects.create(place=old, year=2024, members=members, population=100, source="BC")
    record_association_year(
        actor=ward.officer, place=ward.place, year=2025, figures={"members": 40, "population": 160}, source="BC"
    )
    DeclaredFigure.objects.create(
        source="BC", place=ward.place, year=2025, model="FAMILY", group="poor", measure="count", value=1
    )
    for group, value in (("collectives", 24), ("individuals", 29)):
        DeclaredFigure.objects.create(
            source="000", place=ward.place, year=2024, model="COMMENDATION", group=group, measure="count", value=value
        )
    give(ward, 2025, revoked="Cô Ba")
    tables = period_tables(build_period(ward.place, 2023, 2025))
    _models, given, poor, association = tables
    by_year = {row.values["name"]: row.values for row in association.rows}
    assert [by_year[str(year)]["members"] for year in (2023, 2024, 2025)] == [None, 25, 40]
    assert [by_year[str(year)]["member_share"] for year in (2024, 2025)] == [Decimal("12.50"), Decimal("25.00")]
    assert by_year["2025"]["members"] == build_report("TK-08", ward.place, 2025).rows[0].values["members"]
    counts = {
        row.values["name"]: (row.values["merit_c"], row.values["all_c"], row.values["all_i"]) for row in given.rows
    }
    assert counts == {"2023": (0, 0, 0), "2024": (0, 24, 29), "2025": (1, 1, 1)}
    assert (given.total.values["all_c"], given.total.values["all_i"]) == (25, 30)
    assert [row.declared for row in given.rows] == [(), ("000",), ()]
    last = poor.rows[-1].values
    assert (last["poor"], last["total"], last["poor_rate"], last["rate"]) == (1, 4, Decimal("25.00"), Decimal("50.00"))


def give(ward, year, *, revoked=""):
    """Three commendations of the ward's committee, one of them revoked."""
    from recognition.domain.honours import deciding, lists
    from recognition.domain.honours.deciding import DecisionPaper
    from recognition.domain.honours.forms import load_forms
    from recognition.domain.honours.lists import Draft
    from recognition.models import CommendationForm

    load_forms()
    day = datetime.date(year, 12, 20)
    form = CommendationForm.objects.get(level="commune")
    roll = lists.create_list(actor=ward.officer, place=ward.place, draft=Draft(form, "YEARLY", "Khen", year, year))
    for honouree, name in (("COLLECTIVE", "Chi hội 1"), ("INDIVIDUAL", "Bà Tư"), ("INDIVIDUAL", "Cô Ba")):
        lists.add_name(actor=ward.officer, roll=roll, honouree=honouree, name=name)
    lists.send(actor=ward.chair, roll=roll, signed_on=day, signer="A", signer_title="B")
    ids = set(roll.items.values_list("pk", flat=True))
    deciding.decide(
        actor=ward.decider, roll=roll, give=ids, decline={}, paper=DecisionPaper(day, "A", "B", ["Căn cứ;"])
    )
    if revoked:
        deciding.revoke(actor=ward.decider, item=Commendation.objects.get(name=revoked), reason="Sai", on=day)
        assert Commendation.objects.get(name=revoked).state == CommendationState.REVOKED


def test_declared_years_speak_as_articles_000_and_001():
    district = DistrictFactory(name="Quận 12")
    DeclaredFigure.objects.bulk_create(
        DeclaredFigure(source="000", place=district, year=2019, model=model, measure=measure, value=value)
        for model, measure, value in (
            ("FAMILY", "total", 123461),
            ("FAMILY", "recognised", 74087),
            ("CLAN", "total", 18),
            ("CLAN", "recognised", 18),
        )
    )
    period = build_period(district, 2016, 2020)
    table = period_tables(period)[0]
    found = rows(table)
    family = found["Gia đình học tập", "2019"]
    assert (family["recognised"], family["registered"], family["recognised_of_total"]) == (
        74087,
        None,
        Decimal("60.01"),
    )
    marked = {row.values["name"] for row in table.rows if row.values["year"] == "2019" and row.declared == ("000",)}
    assert marked == {"Gia đình học tập", "Dòng họ học tập"}
    assert "được công nhận 74.087 trên tổng số 123.461 (60,01%)" in draft_sections(period)[2]["text"]
    town = CommuneFactory(name="Thị trấn Liên Hương", parent=district.parent, valid_from=None, valid_to=EVE)
    for year, value in ((2016, 2631), (2019, 5557)):
        DeclaredFigure.objects.create(
            source="001", place=town, year=year, model="FAMILY", measure="registered", value=value
        )
    text = draft_sections(build_period(town, 2016, 2020))[2]["text"].splitlines()[0]
    assert text == (
        "Gia đình học tập: năm 2019 đăng ký 5.557 (tăng 111,21% so với 2.631 của năm 2016), chưa có số được công nhận."
        " Chưa có số liệu năm 2017, 2018, 2020."
    )
    with pytest.raises(RecognitionError, match="Giai đoạn phải từ 2 đến 10 năm"):
        build_period(town, 2020, 2020)
    with pytest.raises(RecognitionError, match="Giai đoạn phải từ 2 đến 10 năm"):
        build_period(town, 2010, 2020)


def test_the_text_is_saved_once_and_files_carry_live_formulas(client, ward):
    sections = [{"title": "I. Đặc điểm", "text": "Phường mới."}, {"title": "II. Kết quả", "text": "=1+1"}]
    options = {"place": ward.place, "first": 2021, "last": 2025, "sections": sections}
    with pytest.raises(NotPermitted):
        save_summary(actor=ward.hamlet_officer, **options)
    save_summary(actor=ward.officer, **options, signer="Phạm Thị Chi", signer_title="Chủ tịch Hội")
    with pytest.raises(RecognitionError, match="Lê Thị An vừa lưu báo cáo này"):
        save_summary(actor=ward.chair, **options, version=0)
    assert save_summary(actor=ward.chair, **options, version=1).version == 2

    url = reverse("recognition:summary-period", args=[ward.place.pk]) + "?first=2021&last=2025"
    client.force_login(ward.chair)
    edit = reverse("recognition:summary-edit", args=[ward.place.pk]) + "?first=2021&last=2025"
    stale = {"version": "1", "t-0": "Đã sửa", "t-1": "Hai", "signer": "A", "signer_title": "B"}
    answer = client.post(edit, stale)
    assert answer.status_code == 422 and "chưa lưu" in answer.content.decode() and "Đã sửa" in answer.content.decode()
    client.post(edit, stale | {"version": "2"})
    assert saved_summary(ward.place, 2021, 2025).sections[0] == {"title": "I. Đặc điểm", "text": "Đã sửa"}
    assert "Đã sửa" in client.get(url).content.decode()

    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{url}&tep=xlsx").content))
    assert book.sheetnames == ["TH-1", "TH-2", "TH-3", "TH-4"]
    sheet = book["TH-1"]
    line = next(row for row in sheet.iter_rows() if row[0].value == "Gia đình học tập" and row[1].value == "2025")
    assert line[7].value == f'=IF(N(C{line[0].row})=0,"–",ROUND(F{line[0].row}/C{line[0].row}*100,2))'
    given = book["TH-2"]
    total = next(row for row in given.iter_rows() if row[0].value == "Cả giai đoạn")
    assert total[1].value.startswith("=SUM(B7:B11)") and given["J7"].value == "=SUM(B7,D7,F7,H7)"
    word = docx.Document(io.BytesIO(client.get(f"{url}&tep=docx").content))
    text = "\n".join(one.text for one in word.paragraphs)
    assert "Tổng kết xây dựng các mô hình học tập giai đoạn 2021–2025" in text and "Đã sửa" in text
    assert client.get(f"{url}&tep=pdf").content.startswith(b"%PDF")
    pages = (url.partition("?")[0], reverse("recognition:summary-period-nation"))
    for first, last in (("2026", "2025"), ("1901", "2025"), ("2030", "99999"), ("0", "0"), ("abc", "2025"), ("-1", "")):
        query = f"first={first}&last={last}"
        for page in pages:
            bad = client.get(f"{page}?{query}")
            text = bad.content.decode()
            assert bad.status_code == 422 and "Giai đoạn phải từ 2 đến 10 năm" in text, query
            assert f'value="{first}"' in text  # what was typed, not other years
            for kind in ("xlsx", "docx", "pdf"):
                assert client.get(f"{page}?{query}&tep={kind}").headers["Location"] == f"{page}?{query}"
        assert client.get(f"{edit.partition('?')[0]}?{query}").headers["Location"] == f"{pages[0]}?{query}"
    assert client.get(pages[0]).status_code == 200


def test_the_nation_adds_up_by_province_and_has_its_files(client, ward):
    other = ProvinceFactory(name="Tỉnh Khác")
    ProvinceFactory(name="Tỉnh Im")
    recognise(make_household(HamletFactory(parent=CommuneFactory(parent=other)), "Lê A", opened_on=REFORM), [2025])
    end = datetime.date(2024, 12, 31)
    gone = ProvinceFactory(name="Tỉnh Cũ", valid_from=None, valid_to=end)
    early = HamletFactory(parent=CommuneFactory(parent=gone, valid_from=None, valid_to=end), valid_to=end)
    # never carried on: a row of families, and of no other model
    register(make_household(early, "Lê B", opened_on=datetime.date(2024, 1, 1)), 2025)
    for measure, value in (("total", 900), ("registered", 700), ("recognised", 500)):
        DeclaredFigure.objects.create(
            source="BC 9",
            place=gone,
            year=2022,
            period="2022",
            published_on=datetime.date(2022, 12, 31),
            model="FAMILY",
            measure=measure,
            value=value,
        )
    period = build_period(None, 2021, 2025)
    tables = {table.code: table for table in period_tables(period)}

    assert list(tables) == ["TH-1", "TH-2", "TH-4", "TH-5", "TH-6"]
    families = tables["TH-5"]
    lines = [*families.rows, families.total]
    here = ward.place.province.name
    assert [[row.values[key] for key in ("name", "total", "y2021", "y2022", "y2025", "rate")] for row in lines] == [
        [here, 4, None, 2, 2, Decimal("50.00")],
        ["Tỉnh Khác", 1, None, None, 1, Decimal("100.00")],
        ["Chưa quy được về tỉnh hôm nay", 1, None, 500, None, None],
        ["Cả nước", 6, None, 502, 3, Decimal("50.00")],
    ]
    for year in range(2021, 2026):  # the same figures as everywhere else
        assert families.total.values[f"y{year}"] == (
            build_report("TK-01", None, year).total.values["recognised"] or None
        )
    last = tables["TH-6"]
    assert [[row.values[key] for key in ("no", "name", "FAMILY")] for row in last.rows] == [
        [1, here, 2],
        [2, "Tỉnh Khác", 1],
    ]
    assert (last.total.values["FAMILY"], last.total.values["CLAN"]) == (3, None)
    for table in (families, last):  # an ended province is not missed
        assert "1 nơi chưa có số liệu: Tỉnh Im." in table.notes
    assert "Gia đình học tập: năm 2025 đăng ký 4" in draft_sections(period)[2]["text"]

    client.force_login(ward.hamlet_officer)  # totals are open
    url = reverse("recognition:summary-period-nation") + "?first=2021&last=2025"
    page = client.get(url).content.decode()
    assert "Tổng kết cả nước giai đoạn 2021–2025" in page and "nơi chưa có số liệu không ước tính" in page
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{url}&tep=xlsx").content))
    assert book.sheetnames == list(tables)
    sheet = book["TH-5"]
    total = next(row for row in sheet.iter_rows() if row[1].value == "Cả nước")
    first = next(row for row in sheet.iter_rows() if row[1].value == here)[0].row
    assert total[7].value.startswith(f"=SUM(H{first}:H{first + 2})")
    assert total[8].value == f'=IF(N(C{first + 3})=0,"–",ROUND(H{first + 3}/C{first + 3}*100,2))'
    word = docx.Document(io.BytesIO(client.get(f"{url}&tep=docx").content))
    head = "\n".join(cell.text for cell in word.tables[0]._cells).replace("\N{NO-BREAK SPACE}", " ")
    assert "HỘI KHUYẾN HỌC VIỆT NAM" in head and "BC-KHVN" in head and "Hà Nội, ngày" in head
    assert client.get(f"{url}&tep=pdf").content.startswith(b"%PDF")


def test_the_nation_writes_and_signs_and_nothing_changes_what_was_signed(client, ward):
    leader, admin = make_officer(Role.LEADER, None, name="Cao Văn Vinh"), make_officer(Role.ADMINISTRATOR, None)
    years = "?first=2021&last=2025"
    page, edit, sign = (reverse(f"recognition:summary-{name}-nation") + years for name in ("period", "edit", "sign"))
    options = {"place": None, "first": 2021, "last": 2025, "signer_title": "Chủ tịch Hội"}
    with pytest.raises(NotPermitted, match="Bạn không được phân công viết báo cáo tổng kết của cả nước."):
        save_summary(actor=ward.chair, place=None, first=2021, last=2025, sections=[])
    with pytest.raises(NotPermitted, match="Bạn không được phân công ký báo cáo tổng kết của cả nước."):
        sign_summary(actor=admin, **options, text_version=1)
    with pytest.raises(RecognitionError, match="Chưa ai lưu phần lời của giai đoạn này"):
        sign_summary(actor=leader, **options, text_version=0)
    client.force_login(leader)
    assert client.get(sign).headers["Location"] == page

    # The officer goes on from the sentences of the figures, on screen.
    assert "Gia đình học tập: năm 2025 đăng ký 2" in client.get(edit).content.decode()
    typed = {"version": "0", "signer_title": "Chủ tịch Hội"} | {f"t-{n}": f"Lời {n}" for n in range(6)}
    assert client.post(edit, typed).headers["Location"] == page
    assert client.post(edit, typed).status_code == 422  # the same page sent twice overwrites nothing
    assert saved_summary(None, 2021, 2025).version == 1
    client.force_login(admin)
    assert client.post(edit, typed | {"version": "1", "t-2": "Lời của quản trị"}).status_code == 302
    with pytest.raises(RecognitionError, match="vừa sửa phần lời. Hãy đọc lại rồi ký."):
        sign_summary(actor=leader, **options, text_version=1)

    # A warning of the period wants a reason.
    found = prepare(None, 2021, 2025).findings
    assert [(one.rule, one.level, one.message) for _key, one in found] == [
        ("R-24", "warn", "Gia đình học tập: tỷ lệ đạt từ 50,00% (2022) thành 100,00% (2023), lệch hơn 30 điểm."),
        ("R-24", "warn", "Gia đình học tập: tỷ lệ đạt từ 100,00% (2024) thành 50,00% (2025), lệch hơn 30 điểm."),
        ("R-26", "warn", "Gia đình học tập: Giai đoạn 2021-2025 thiếu số liệu các năm: 2021."),
    ]
    client.force_login(leader)
    asked = client.get(sign).content.decode()
    assert "Lời của quản trị" in asked and "Gia đình học tập: Giai đoạn 2021-2025 thiếu số liệu các năm: 2021." in asked
    answer = {"signer_title": "Chủ tịch Hội", "text_version": "2"}
    refused = client.post(sign, answer)
    assert refused.status_code == 422 and "Hãy ghi lý do, hoặc ghi lý do chung ở dưới." in refused.content.decode()
    done = client.post(sign, answer | {"w-all": "Năm 2021 chưa triển khai"})
    report = PeriodReport.objects.get()
    assert done.headers["Location"] == reverse("recognition:summary-report", args=[report.pk])
    assert (report.version, report.place, report.signed_by_name) == (1, None, "Cao Văn Vinh")
    assert [one["reason"] for one in report.findings] == ["Năm 2021 chưa triển khai"] * 3

    # Whatever happens afterwards: a new recognition, another name, another text.
    before = build_period(None, 2021, 2025)
    kept = [thaw(one, None) for one in report.tables.values()]
    assert kept == period_tables(before)
    recognise(make_household(ward.hamlet, "Hộ Mới", opened_on=REFORM), [2025])
    Place.objects.filter(pk=ward.place.province_id).update(name="Tỉnh Tên Khác")
    save_summary(actor=leader, place=None, first=2021, last=2025, sections=[{"title": "I", "text": "Khác"}], version=2)
    report = PeriodReport.objects.get()
    assert [thaw(one, None) for one in report.tables.values()] == kept != period_tables(build_period(None, 2021, 2025))
    assert is_intact(report)

    client.force_login(ward.officer)  # everybody reads what the nation signed
    shown = client.get(done.headers["Location"]).content.decode()
    assert "Lời của quản trị" in shown and "Tỉnh Tên Khác" not in shown and report.checksum[:16] in shown
    files = {kind: client.get(reverse("recognition:summary-report-file", args=[report.pk, kind])).content
             for kind in ("docx", "xlsx", "pdf")}  # fmt: skip
    text = "\n".join(one.text for one in docx.Document(io.BytesIO(files["docx"])).paragraphs)
    assert "Lời của quản trị" in text and f"Bản 1; mã kiểm tra {report.checksum[:16]}." in text
    assert "Lý do: Năm 2021 chưa triển khai" in text
    given = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))["TH-2"]
    assert given["J7"].value == "=SUM(B7,D7,F7,H7)"  # sums across columns stay live
    assert files["pdf"].startswith(b"%PDF")

    # A correction is a new version with a reason; the old one stays.
    reasons = {key: "Đã biết" for key, _one in prepare(None, 2021, 2025).findings}
    with pytest.raises(RecognitionError, match="đã có bản 1; hãy ghi lý do lập bản mới"):
        sign_summary(actor=leader, **options, text_version=3, explanations=reasons)
    again = sign_summary(actor=leader, **options, text_version=3, explanations=reasons, reason="Bổ sung một hộ")
    assert (again.version, again.narrative) == (2, [{"title": "I", "text": "Khác"}])
    assert f"/tong-ket/ban/{again.pk}/" in client.get(page).content.decode()
    assert f"/tong-ket/ban/{again.pk}/" in client.get(done.headers["Location"]).content.decode()


def test_a_period_that_contradicts_itself_is_not_signed_and_strangers_do_not_read_a_ward(client, ward):
    save_summary(actor=ward.chair, place=ward.place, first=2024, last=2025, sections=[{"title": "I", "text": "Lời"}])
    options = {"place": ward.place, "first": 2024, "last": 2025, "signer_title": "Chủ tịch", "text_version": 1}
    for value in (3, 9):
        DeclaredFigure.objects.create(
            source="BC 9",
            place=ward.place,
            year=2024 if value == 9 else 2025,
            period="2025",
            published_on=EVE,
            model="CLAN",
            measure="registered" if value == 9 else "total",
            value=value,
        )
    DeclaredFigure.objects.filter(value=3).update(year=2024)
    with pytest.raises(FindingsOpen) as refused:
        sign_summary(actor=ward.chair, **options)
    assert [one.message for _key, one in refused.value.findings] == [
        "Dòng họ học tập 2024: Số đăng ký 9 lớn hơn tổng số 3.",
        "Dòng họ học tập: Có số đăng ký (9) nhưng không có số được công nhận.",
    ]
    DeclaredFigure.objects.all().delete()
    reasons = {key: "Đúng" for key, _one in prepare(ward.place, 2024, 2025).findings}
    report = sign_summary(actor=ward.chair, **options, explanations=reasons)
    address = reverse("recognition:summary-report", args=[report.pk])
    client.force_login(ward.officer)
    assert client.get(address).status_code == 200
    client.force_login(make_officer(Role.WARD_OFFICER, CommuneFactory(parent=ProvinceFactory())))
    assert client.get(address).status_code == 404
    page = client.get(reverse("recognition:summary-period", args=[ward.place.pk]) + "?first=2024&last=2025")
    assert address not in page.content.decode()


def test_citizens_by_group_and_place_as_article_002(ward):
    school = make_organisation(ward.hamlet, "Trường Tiểu học Hòa Hưng", opened_on=REFORM)
    agency = make_organisation(ward.place, "Đội Quản lý", opened_on=REFORM, type=OrganisationType.AGENCY)
    home = make_household(ward.hamlet, "Trần Văn Nhà", opened_on=REFORM)
    people = [make_citizen(host, f"Người {n}") for n, host in enumerate((school, school, agency, home, home))]
    for one in people[:4]:
        recognise(one, [2025], model=LearningModel.CITIZEN)
    missed = Registration.objects.get(registrant=people[0])
    missed.award.delete()
    Registration.objects.filter(pk=missed.pk).update(state=State.REFUSED, passed=False, state_note="Chưa đủ điểm")
    first, second = citizen_tables(ward.place, 2025)
    by_group = {
        row.values["name"]: tuple(row.values[name] for name in ("places", "registered", "recognised", "not_met"))
        for row in first.rows
    }
    assert by_group == {
        "Cơ quan": (1, 1, 1, 0),
        "Trường học, cơ sở giáo dục": (1, 2, 1, 1),
        "Khu dân cư": (1, 1, 1, 0),
    }
    total = first.total.values
    assert (total["registered"], total["recognised"], total["of_assessed"]) == (4, 3, Decimal("75.00"))
    assert total["recognised"] == build_report("TK-05", ward.place, 2025).total.values["recognised"]
    assert [(row.values["name"], row.values["total"]) for row in second.rows] == [
        ("Đội Quản lý", 1),
        ("Khu phố 1", 2),
        ("Trường Tiểu học Hòa Hưng", 2),
    ]
    assert citizen_tables(ward.place.parent, 2025)[0].total.values["registered"] == 4
    # Nhà Bè printed its figures; what does not add up is found, and shown as printed.
    place = DistrictFactory(name="Huyện Nhà Bè")
    DeclaredFigure.objects.bulk_create(
        DeclaredFigure(source="002", place=place, year=2022, model="CITIZEN", group=group, measure=measure, value=value)
        for group, measure, value in (
            ("", "registered", 551),
            ("staff", "registered", 440),
            ("residents", "registered", 71),
            ("", "assessed", 511),
            ("", "recognised", 505),
            ("staff", "recognised", 338),
            ("residents", "recognised", 67),
        )
    )
    (table,) = citizen_tables(place, 2022)
    assert [(row.values["registered"], row.values["of_registered"]) for row in table.rows] == [
        (440, Decimal("76.82")),
        (71, Decimal("94.37")),
    ]
    assert table.total.values["of_assessed"] == Decimal("98.83") and table.total.declared == ("002",)
    assert "= 511, khác số tổng 551" in " ".join(one.text for one in table.findings)


def test_inspection_result_as_article_004(client):
    district = make_district(3)
    for index, rank in enumerate(("GOOD", "FAIR")):
        row = make_ward_dossier(district, index)
        Registration.objects.filter(pk=row.pk).update(rank=rank, inspection_half=180 - 2 * index, passed=True)
    make_ward_dossier(district, 2)
    tables = inspection_tables(district.place, 2017, LearningModel.COMMUNITY_COMMUNE)
    assert [(row.values["name"], row.values["count"], row.values["names"]) for row in tables[0].rows] == [
        ("Tốt", 1, "Phường 1"),
        ("Khá", 1, "Phường 2"),
        ("Chưa có kết quả", 1, "Phường 3"),
    ]
    assert [(row.values["team"], row.values["gap"]) for row in tables[1].rows][1:] == [
        (Decimal(89), Decimal(-11)),
        (None, None),
    ]
    assert sentence(tables) == (
        "3 nơi tự chấm điểm; kết quả: tốt 1 (Phường 1); khá 1 (Phường 2); chưa có kết quả 1 (Phường 3)."
    )
    client.force_login(district.decider)
    url = reverse("recognition:summary-inspection", args=[district.place.pk]) + "?nam=2017"
    assert "tốt 1 (Phường 1); khá 1 (Phường 2)" in client.get(url).content.decode()
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"{url}&tep=xlsx").content))["TH-KT2"]
    assert sheet["F7"].value == "=ROUND(N(E7)-N(D7),2)"
    assert client.get(f"{url}&tep=pdf").content.startswith(b"%PDF")
    # Printed in the article: 2 + 12 of 15.
    place = DistrictFactory(name="Quận 11")
    for group, measure, value in (("", "assessed", 15), ("GOOD", "ranked", 2), ("FAIR", "ranked", 12)):
        DeclaredFigure.objects.create(
            source="004",
            place=place,
            year=2017,
            model="COMMUNITY_COMMUNE",
            group=group,
            measure=measure,
            value=value,
        )
    (table,) = inspection_tables(place, 2017, LearningModel.COMMUNITY_COMMUNE)
    assert [(row.values["count"], row.values["share"]) for row in table.rows] == [
        (2, Decimal("13.33")),
        (12, Decimal("80.00")),
    ]
    assert any(one.rule == "R-05" for one in table.findings)
