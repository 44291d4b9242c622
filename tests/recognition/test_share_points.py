"""Points that a rulebook's table reads off a share, at every way in: grid, workbook, sheet, one-time link, field."""

import copy
import datetime
import io
from decimal import Decimal
from types import SimpleNamespace

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from recognition.choices import EntryState, LearningModel, RulebookOrigin, Stage, State
from recognition.domain import entry_links
from recognition.domain.assessing import EntriesRefused, Entry, record_scores
from recognition.domain.inspecting import split_criteria
from recognition.domain.inspection_sheets import inspect, save_score
from recognition.domain.measures.showing import GivenPoints
from recognition.domain.proposing import propose
from recognition.domain.registering import register_many, send_back
from recognition.domain.rulebooks import load_rulebooks
from recognition.forms.assessing import GridCell, GridRow, grid_columns, read_grid_row
from recognition.models import Assessment, EntryLink, InspectionScore, Proposal, Registration, Rulebook
from recognition.rulebook_checks import parse_rulebook
from tests.factories.recognition import (
    YEAR,
    add_inspector,
    full_scores,
    make_district,
    make_ward,
    make_ward_dossier,
    shipped_specs,
)
from tests.factories.units import HamletFactory, make_citizen, make_household
from tests.recognition.rulebook_samples import citizen, with_table
from tests.recognition.test_affiliating import recognised

pytestmark = pytest.mark.django_db
ITEM = "2.2"
SENTENCE = "Mục 2.2: Người lớn là công dân học tập 1/2 (50,0%) đổi được 5 điểm."


def family_with_table() -> dict:
    """QĐ 448 with an invented table: how many adults of a family are learning citizens decides item 2.2."""
    content = copy.deepcopy(next(spec for spec in shipped_specs() if spec.code == "FAMILY-448").content)
    note = {"mark": "X", "note": "Bảng thử."}
    share = {"code": "D-01", "criterion": ITEM, "measure": "household_citizen_share", "fact": note}
    share |= {"title": "Người lớn là công dân học tập", "numerator": "Công dân học tập", "denominator": "Người lớn"}
    table = [{"from": 100, "points": 10}, {"from": 50, "points": 5}, {"from": 0, "points": 0}]
    share |= {"brackets": table, "brackets_fact": note}
    item = next(one for one in content["criteria"][1]["children"] if one["code"] == ITEM)
    item["na_allowed"] = False
    return content | {"version": content["version"] + 1, "derived": [share]}


@pytest.fixture
def ward():
    """Three families: one learning citizen of two adults, none of one, and one whose adults nobody wrote down."""
    ward = make_ward()
    load_rulebooks(specs=[parse_rulebook(family_with_table(), "FAMILY-448")], origin=RulebookOrigin.ASSOCIATION)
    names = {"Lê Văn An": 2, "Lê Văn Bình": 1, "Lê Văn Cường": None}
    ward.homes = [make_household(ward.hamlet, name, adults=adults) for name, adults in names.items()]
    recognised(make_citizen(ward.homes[0], birth_year=1980), ward)
    register_many(
        actor=ward.hamlet_officer, registrant_ids=[one.pk for one in ward.homes], model=LearningModel.FAMILY, year=YEAR
    )
    ward.rows = [Registration.objects.get(registrant=one) for one in ward.homes]
    return ward


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def scores_of(row) -> dict:
    """Full points, the item with the table left open."""
    return {code: value for code, value in full_scores(row).items() if code != ITEM}


def kept(row) -> tuple[Decimal, Decimal]:
    """(points of the item, total) as saved."""
    one = Assessment.objects.get(registration=row, stage=Stage.SELF)
    return Decimal(one.scores[row.rulebook.spec.leaf_codes.index(ITEM)]) / 2, Decimal(one.total_half) / 2


def grid_url(ward, name="scoring-grid", more="") -> str:
    return f"{reverse(f'recognition:{name}', args=[ward.hamlet.pk])}?nam={YEAR}&model=FAMILY&kieu=muc{more}"


def typed_rows(rows, **changed) -> dict:
    """What the grid posts: every cell of the rows but the item's own, which is not typed."""
    data = {"rulebook": rows[0].rulebook_id}
    for row in rows:
        data[f"shown-{row.pk}"] = row.shown_as
        for n, code in enumerate(row.rulebook.spec.leaf_codes):
            if code != ITEM:
                data[f"v-{row.pk}-{n}"] = str(full_scores(row)[code])
    return data | changed


def test_the_grid_shows_the_share_and_takes_its_points(ward):
    client, (an, _binh, cuong) = signed_in(ward.hamlet_officer), ward.rows
    n = an.rulebook.spec.leaf_codes.index(ITEM)
    client.get(grid_url(ward))  # what is asked once
    with CaptureQueriesContext(connection) as three:
        page = client.get(grid_url(ward))
    cells = [line.cells[n] for line in page.context["grid"]]
    assert [(cell.text, cell.fixed) for cell in cells] == [("5", True), ("0", True), ("", False)]
    html = page.content.decode()
    assert f'aria-label="Lê Văn An, 2.2: {SENTENCE}"' in html and "1/2 (50,0%)" in html
    assert f'name="v-{an.pk}-{n}"' not in html and f'name="v-{cuong.pk}-{n}"' in html  # nothing to type, no field
    assert "Ô nền xám do máy tính từ sổ" in html

    # nothing typed yet: nothing is saved, though two cells already show points
    told = client.post(grid_url(ward), {"rulebook": an.rulebook_id}, follow=True).content.decode()
    assert "Chưa có điểm nào thay đổi." in told and not Assessment.objects.exists()

    # other points, as somebody's script may send them, are refused with the share; the open one is asked
    wrong = client.post(grid_url(ward), typed_rows(ward.rows, **{f"v-{an.pk}-{n}": "9"}))
    assert wrong.status_code == 422
    first, second, third = (line.cells[n].error for line in wrong.context["grid"])
    assert first == f"{SENTENCE} Phiếu ghi 9 điểm; hãy ghi lại cho đúng."
    assert (second, third) == ("", "Mục 2.2 chưa chấm.")
    assert not Assessment.objects.exists()

    client.post(grid_url(ward), typed_rows(ward.rows, **{f"v-{cuong.pk}-{n}": "7,5"}))
    assert [kept(row) for row in ward.rows] == [(5, 95), (0, 90), (Decimal("7.5"), Decimal("97.5"))]

    # The second adult of An becomes a learning citizen: the cell moves, and saving the grid takes it along.
    recognised(make_citizen(ward.homes[0], "Lê Thị Ánh", birth_year=1982), ward)
    for row in ward.rows:
        row.refresh_from_db()
    cells = [line.cells[n].text for line in client.get(grid_url(ward)).context["grid"]]
    assert cells == ["10", "0", "7,5"]
    client.post(grid_url(ward), typed_rows(ward.rows, **{f"v-{cuong.pk}-{n}": "7,5"}))
    assert [kept(row)[0] for row in ward.rows] == [10, 0, Decimal("7.5")]

    # A dossier sent back is not handed in again by saving the rows around it, only by whoever mends it.
    binh = Registration.objects.get(pk=ward.rows[1].pk)
    assert send_back(actor=ward.officer, shown={binh.pk: binh.shown_as}, reason="Thiếu minh chứng").done == [binh.pk]
    recognised(make_citizen(ward.homes[1], "Lê Thị Hạnh", birth_year=1985), ward)
    for row in ward.rows:
        row.refresh_from_db()
    shown = client.get(grid_url(ward)).context["grid"]
    unchanged = {"rulebook": an.rulebook_id} | {f"shown-{row.pk}": row.shown_as for row in ward.rows}
    unchanged |= {cell.name: cell.text for line in shown for cell in line.cells if not cell.fixed}
    client.post(grid_url(ward), unchanged)
    binh.refresh_from_db()
    assert (binh.state, kept(binh)[0]) == (State.RETURNED, 0)
    client.post(grid_url(ward), unchanged | {f"v-{binh.pk}-0": "0"})
    binh.refresh_from_db()
    assert (binh.state, kept(binh)[0]) == (State.SELF_ASSESSED, 10)

    register_many(
        actor=ward.hamlet_officer,
        registrant_ids=[make_household(ward.hamlet, f"Lê Văn {n}", adults=2).pk for n in range(3)],
        model=LearningModel.FAMILY,
        year=YEAR,
    )
    with CaptureQueriesContext(connection) as six:
        client.get(grid_url(ward))
    assert len(six) == len(three)


@pytest.mark.parametrize(
    ("text", "scores", "na", "error"),
    [
        ("", {"1": 8, "2": 5}, set(), ""),
        ("5,0", {"1": 8, "2": 5}, set(), ""),
        ("k", {"1": 8}, {"2"}, ""),
        ("4,5", None, set(), "Câu. Phiếu ghi 4,5 điểm; hãy ghi lại cho đúng."),
        ("nhiều", None, set(), "“nhiều” không phải là số; hãy nhập số từ 0 đến 50, ví dụ 9,5."),
    ],
)
def test_an_item_that_may_not_apply_stays_open_to_say_so(text, scores, na, error):
    content = citizen(na_allowed=True)
    content |= {"criteria": content["criteria"][:2], "knock_outs": []}
    content["criteria"] = [one | {"max": 50} for one in content["criteria"]]
    spec = parse_rulebook(content, "CITIZEN-TEST")
    columns = grid_columns(spec, by_criterion=True)
    given = GivenPoints(Decimal(5), "1/2 (50,0%)", "Câu.")
    row = GridRow(None, [GridCell("a", "8"), GridCell("b", text, given=given)])

    found = read_grid_row(spec, "NORMAL", row, columns)

    assert row.cells[1].error == error
    assert (found and found["scores"], set(found["na"]) if found else set()) == (scores, na)


def test_a_workbook_of_the_grid_is_filled_in_by_the_portal_there(ward):
    client = signed_in(ward.hamlet_officer)
    book = openpyxl.load_workbook(io.BytesIO(client.get(grid_url(ward, "score-file", "&tep=xlsx")).content))
    sheet, codes = book["Điểm"], ward.rows[0].rulebook.spec.leaf_codes
    column = 5 + codes.index(ITEM)
    yellow = "FFFFFBE6"
    cells = [
        (sheet.cell(line, column).value, sheet.cell(line, column).fill.fgColor.rgb == yellow) for line in (2, 3, 4)
    ]
    assert cells == [("5", False), ("0", False), (None, True)]
    assert any("máy tính điểm từ sổ" in str(row[0].value) for row in book["Hướng dẫn"].iter_rows())

    def upload():
        for line, row in enumerate(ward.rows[:2], start=2):
            for n, code in enumerate(codes, start=5):
                if code != ITEM:
                    sheet.cell(line, n).value = float(full_scores(row)[code])
        target = io.BytesIO()
        book.save(target)
        file = SimpleUploadedFile("diem.xlsx", target.getvalue())
        return client.post(grid_url(ward, "score-file"), {"file": file})

    sheet.cell(2, column).value, sheet.cell(3, column).value = None, 3
    page = upload()
    assert page.status_code == 422
    found = {key: page.context["from_file"][key] for key in ("filled", "same", "empty")}
    assert found == {"filled": 2, "same": 0, "empty": 1}
    an, binh, _cuong = (line.cells[codes.index(ITEM)] for line in page.context["grid"])
    assert (an.text, an.error) == ("5", "")  # left empty: the share decides
    assert binh.error == (
        "Mục 2.2: Người lớn là công dân học tập 0/1 (0,0%) đổi được 0 điểm. Phiếu ghi 3 điểm; hãy ghi lại cho đúng."
    )
    sheet.cell(3, column).value = 0
    assert upload().status_code == 200


def test_the_sheet_of_one_family_and_its_link(ward):
    client, (an, _binh, cuong) = signed_in(ward.hamlet_officer), ward.rows
    codes = an.rulebook.spec.leaf_codes
    url = reverse("recognition:assessment-form", args=[an.pk])
    page = client.get(url).content.decode()
    n = codes.index(ITEM)
    assert f'id="id_s-{n}" value="5" readonly' in page and f'name="s-{n}"' not in page
    assert "Máy tính từ sổ: 1/2 (50,0%)" in page
    assert "<li>Bộ tiêu chí 448 (12/2015), phandien76.violet.vn, mục 12164217</li>" in page  # where it was read
    sheet = {f"s-{m}": str(full_scores(an)[code]) for m, code in enumerate(codes) if code != ITEM}
    sheet |= {"rulebook": an.rulebook_id, "shown": an.shown_as}
    wrong = client.post(url, sheet | {f"s-{n}": "10"})
    assert wrong.status_code == 422
    assert f"{SENTENCE} Phiếu ghi 10 điểm; hãy ghi lại cho đúng." in wrong.content.decode()
    assert client.post(url, sheet).status_code == 302
    assert kept(an) == (5, 95)
    # where the share has no denominator the points are typed as before
    assert f'name="s-{n}"' in client.get(reverse("recognition:assessment-form", args=[cuong.pk])).content.decode()
    with pytest.raises(EntriesRefused, match="Mục 2.2 chưa chấm"):
        record_scores(actor=ward.officer, stage=Stage.SELF, entries=[Entry(cuong.pk, cuong.state, scores_of(cuong))])

    # By the one-time link; until the officer takes the sheet the share moves, and what holds then is taken.
    day = timezone.localdate() + datetime.timedelta(days=7)
    made = entry_links.make_links(
        actor=ward.officer, place=ward.hamlet, year=YEAR, model=LearningModel.FAMILY, expires_on=day
    )
    mine = next(one for one in made if one.registration.pk == an.pk)
    link_url = reverse("recognition:entry", args=[mine.token])
    assert f'id="id_s-{n}" value="5" readonly' in Client().get(link_url).content.decode()
    assert Client().post(link_url, sheet | {f"s-{n}": "10"}).status_code == 422
    refused = entry_links.enter(token=mine.token, rulebook_id=an.rulebook_id, scores=full_scores(an))
    assert refused.faults == {ITEM: f"{SENTENCE} Phiếu ghi 10 điểm; hãy ghi lại cho đúng."}
    assert Client().post(link_url, sheet).status_code == 302
    link = EntryLink.objects.get(registration=an)
    assert (link.state, link.total_half) == (EntryState.SENT, 190)
    recognised(make_citizen(ward.homes[0], "Lê Thị Ánh", birth_year=1982), ward)
    an.refresh_from_db()
    assert entry_links.accept(actor=ward.officer, shown={link.pk: an.shown_as}).done == [link.pk]
    assert kept(an) == (10, 100)


def test_a_team_in_the_field_types_no_points_the_share_decides():
    district = make_district(1)
    book = Rulebook.objects.get(code="COMMUNE-TT44")
    content = with_table() | {"version": book.version + 1}
    load_rulebooks(specs=[parse_rulebook(content, book.code)], origin=RulebookOrigin.ASSOCIATION)
    row = make_ward_dossier(district, state="REGISTERED")
    homes = [make_household(HamletFactory(parent=district.wards[0]), f"Hộ {n}") for n in range(4)]
    for home in homes:
        home.stays.update(since=datetime.date(2015, 1, 1))
    for home in homes[:3]:
        recognised(home, SimpleNamespace(place=district.wards[0]), "FAMILY", "FAMILY-448", row.year)
    left_open = {leaf.code: leaf.maximum for leaf in row.rulebook.spec.leaves if leaf.code != "9"}
    officer = district.officers[0]
    record_scores(actor=officer, stage=Stage.SELF, entries=[Entry(row.pk, row.shown_as, scores=left_open)])
    row.refresh_from_db()
    day = datetime.date(row.year, 12, 3)
    letter = Proposal(
        place=district.wards[0], model=row.model, year=row.year, signed_on=day, signer="A", signer_title="B"
    )
    propose(actor=officer, proposal=letter, shown={row.pk: row.shown_as})
    row.refresh_from_db()

    # the ninth item is the head's duty, but nobody has to write it
    assert district.team
    member = add_inspector(district, name="Vũ Thị Giang")
    head = district.team.members.get(user=district.inspector)
    split_criteria(actor=district.inspector, inspection=district.team, duties={"9": head.pk})
    page = signed_in(member).get(reverse("recognition:inspection-score", args=[row.pk])).content.decode()
    n = row.rulebook.spec.leaf_codes.index("9")
    assert f'id="id_s-{n}" value="8" readonly' in page and "Máy tính từ sổ: 3/4 (75,0%)" in page
    with pytest.raises(EntriesRefused) as refused:
        save_score(actor=member, registration=row, code="9", points=7)
    assert "3/4 (75,0%) đổi được 8 điểm. Phiếu ghi 7 điểm" in refused.value.faults[row.pk]["9"]
    row.refresh_from_db()
    done = inspect(actor=member, registration=row, shown=row.shown_as, scores=left_open)
    assert (done.inspection_half, InspectionScore.objects.get(code="9").half) == (200, 16)
