"""Every number of a dashboard, of the wall and of the phone view leads to rows that are as many as it says."""

import io
import re
from html import unescape

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from recognition.choices import LearningModel, State
from recognition.domain.dashboards import dashboard
from recognition.domain.reporting import as_json, build_report
from recognition.exports import report_xlsx
from recognition.models import Registration
from recognition.views.figure_links import TABLE_OF
from tests.factories.recognition import make_community, make_ward
from tests.factories.units import (
    CommuneFactory,
    HamletFactory,
    make_citizen,
    make_clan,
    make_household,
    make_officer,
    make_organisation,
)
from tests.recognition.test_tallies import register
from units.choices import Role

pytestmark = pytest.mark.django_db
LINK = re.compile(r'<a\b[^>]*?href="([^"]+)"[^>]*>([^<]*)</a>')
COUNT, RATE = re.compile(r"\d[\d.]*"), re.compile(r"\d+,\d\d")
# What is told beside a number that leads somewhere: differences, ranks, medians of days.
BARE = re.compile(r'<td class="num[^"]*"[^>]*data-label="([^"]*)"[^>]*>\s*\d[\d.,]*\s*</td>')
BESIDE = {"Chờ trung vị (ngày)", "Chờ lâu nhất (ngày)"}  # the longest leads to its dossier where names are listed


@pytest.fixture
def ward():
    """Every state and model in two hamlets and the ward itself, some of it last year."""
    found = make_ward()
    year = timezone.localdate().year
    second = HamletFactory(parent=found.place, name="Khu phố 2")
    for number, state in enumerate([*State.values, "RECOGNISED", None, None]):
        household = make_household((found.hamlet, second)[number % 2], f"Hộ {number}")
        if state:
            register(household, year, state)
        register(household, year - 1, "RECOGNISED")
    rows = {
        LearningModel.CLAN: [make_clan(found.hamlet, "Họ Lê"), make_clan(second, "Họ Trần")],
        LearningModel.UNIT: [make_organisation(found.place, f"Trường {n}") for n in range(3)],
        LearningModel.CITIZEN: [make_citizen(household, f"Lê Thị {n}") for n in "AB"],
        LearningModel.COMMUNITY_HAMLET: [make_community(found.hamlet), make_community(second)],
        LearningModel.COMMUNITY_COMMUNE: [make_community(found.place)],
    }
    for model, some in rows.items():
        for registrant, state in zip(some, ("RECOGNISED", "REVIEWED", "WITHDRAWN"), strict=False):
            register(registrant, year, state, model=model)
    CommuneFactory(parent=found.place.province, name="Phường im lặng")
    return found


def pages(ward) -> list[str]:
    year = timezone.localdate().year
    own = f"/theo-doi/{ward.place.pk}/"
    keys = [own, f"{own}trinh-chieu/", f"{own}gon/", "/theo-doi/ca-nuoc/"]
    keys += [f"/theo-doi/{place.pk}/" for place in (ward.place.province, ward.hamlet)]
    return [f"{own}?nam={year}&mo-hinh=COMMUNITY_COMMUNE", *(f"{key}?nam={year}" for key in keys)]


def linked_numbers(client, urls) -> set[tuple[str, str]]:
    """(address, number) of everything on the pages that reads as a number and is a link."""
    found = set()
    for url in urls:
        page = client.get(url)
        assert page.status_code == 200, url
        text = page.content.decode()
        assert set(BARE.findall(text)) <= BESIDE, url
        assert not re.search(r'<p class="(stat-value|wall-number|brief-figure)[^"]*">\s*\d', text), url
        for href, words in LINK.findall(text):
            if COUNT.fullmatch(words.strip()) or RATE.fullmatch(words.strip()):
                found.add((unescape(href), words.strip()))
    return found


def told_by(response, number: str) -> object:
    """What the page behind a link tells of the number; the number itself where it only shows it."""
    context = response.context
    if "value" in context and "counted" in context:  # the explanation
        listing = context["listing"]
        if COUNT.fullmatch(number):
            rows = [int(row["value"].replace(".", "")) for row in context["places"]]
            counts = [len(listing.rows), listing.total] if listing is not None else [sum(rows)]
            if listing is not None or rows:  # a stranger at a hamlet reads the number alone
                assert set(counts) == {int(number)}, (response.request["PATH_INFO"], counts)
        return context["value"]
    if "listing" in context:
        return str(len(context["listing"].rows)) if context["listing"].total == len(context["listing"].rows) else None
    return number if number in re.sub(r"<[^>]+>", " ", response.content.decode()) else None


def test_dashboard_table_file_and_list_agree_for_every_model_and_level(ward):
    """The property test (test_figures_agree) does it for families; here each model at each level, counted by hand."""
    year, told = timezone.localdate().year, set()
    for place in (None, ward.place.province, ward.place, ward.hamlet):
        inside = {} if place is None else {f"{place.level}_id": place.pk}
        for one in dashboard(place, year, LearningModel.FAMILY).models:
            rows = Registration.objects.filter(year=year, model=one.model, **inside).exclude(state=State.WITHDRAWN)
            counted = [rows.count(), rows.filter(state=State.RECOGNISED).count()]
            assert [one.figures.registered, one.figures.recognised] == counted, (place, one.model)
            report = build_report(TABLE_OF[one.model], place, year)
            if report.total is None:
                continue
            columns = [column.key for column in report.columns]
            names = ("total", "registered", "recognised")
            sheet = CalamineWorkbook.from_filelike(io.BytesIO(report_xlsx(report))).get_sheet_by_index(0).to_python()
            (line,) = [row for row in sheet if "Tổng cộng" in row]
            for source in (report.total.values, as_json(report)["total"]):
                assert [source[name] for name in names] == [one.figures.total, *counted], (place, one.model)
            assert [line[columns.index(name)] for name in names] == [one.figures.total, *counted], (place, one.model)
            told.add((place.level if place else "", str(one.model), bool(counted[1])))
    assert len(told) == 4 * 5 and sum(one[2] for one in told) > 15


@pytest.mark.parametrize("inside", [True, False], ids=["inside", "stranger"])
def test_rows_behind_every_number_are_as_many_as_it_says(client, ward, inside):
    reader = make_officer(Role.LEADER, None) if inside else make_officer(Role.WARD_OFFICER, CommuneFactory())
    client.force_login(reader)

    numbers = linked_numbers(client, pages(ward) if inside else pages(ward)[1:2])
    # Other models once, at the ward, where they have something: at every level they come from the same table.
    numbers = {
        (url, number)
        for url, number in numbers
        if "=FAMILY" in url or f"/{ward.place.pk}/" in url and COUNT.fullmatch(number) and number != "0"
    }
    if not inside:
        numbers = {one for one in numbers if "=FAMILY" in one[0]}

    assert len(numbers) > (60 if inside else 15), len(numbers)
    oldest = {(url, number) for url, number in numbers if url.endswith("xep=-changed")}
    assert bool(oldest) == inside
    wrong = {}
    for url, number in sorted(numbers - oldest):
        page = client.get(url)
        assert page.status_code == 200, url
        if told_by(page, number) != number:
            wrong[url] = number, told_by(page, number)
    assert wrong == {}
    for url, days in oldest:  # the dossier that has waited longest stands first
        first = client.get(url).context["listing"].rows[0]
        assert str(max((timezone.localdate() - timezone.localdate(first.state_at)).days, 0)) == days
