"""Random registers and dossiers: dashboard, list, report, Excel and a recount agree, before and after a merger."""

import datetime
import io

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from recognition.choices import FINAL_STATES, LearningModel, State
from recognition.domain import integrity
from recognition.domain.dashboards import dashboard
from recognition.domain.explaining import dossiers, registrants
from recognition.domain.extents import extent_of
from recognition.domain.integrity_waiting import waiting_days
from recognition.domain.reporting import as_json, build_report
from recognition.domain.tallies import share
from recognition.exports import report_xlsx
from tests.factories.recognition import load_shipped_rulebooks
from tests.factories.units import CommuneFactory, HamletFactory, ProvinceFactory, make_household, make_officer
from tests.recognition.test_tallies import register
from units.choices import Role
from units.domain.places import HamletDraft
from units.domain.reforms.hamlets import merge_hamlets

pytestmark = pytest.mark.django_db
FAMILY, YEAR = LearningModel.FAMILY, 2026
MERGER = datetime.date(2026, 9, 1)
# What became of one household in the year; None: it was never registered.
FATE = st.one_of(st.none(), st.sampled_from(State.values))


def recount(rows: list[tuple[int, str | None]], hamlets: set[int]) -> dict[str, object]:
    """The figures counted by hand."""
    states = [state for hamlet, state in rows if hamlet in hamlets]
    live = [state for state in states if state not in (None, State.WITHDRAWN)]
    recognised = live.count(State.RECOGNISED)
    return {
        "total": len(states),
        "registered": len(live),
        "recognised": recognised,
        "open": len([state for state in live if state not in FINAL_STATES]),
        "rate": share(recognised, len(states)),
    }


def check(client, reader, place, expected: dict) -> None:
    """Everything that tells a figure of `place` tells the expected one."""
    data = dashboard(place, YEAR, FAMILY)
    assert {name: getattr(data.figures, name) for name in ("total", "registered", "recognised", "open")} == {
        name: expected[name] for name in ("total", "registered", "recognised", "open")
    }
    assert data.figures.recognised_of_total == expected["rate"]
    assert next(one.figures for one in data.models if one.model == FAMILY) == data.figures
    if data.children:
        assert sum(row.figures.recognised for row in data.children) == expected["recognised"]
        assert sum(row.figures.total for row in data.children) == expected["total"]
    assert sum(one.wait.count for one in data.waiting if one.wait) == expected["open"]
    report = build_report("TK-01", place, YEAR)
    told = as_json(report)["total"]
    assert [told[name] for name in ("total", "registered", "recognised")] == [
        expected[name] for name in ("total", "registered", "recognised")
    ]
    assert not [one for one in report.findings if one.level == "error"]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(report_xlsx(report))).get_sheet_by_index(0).to_python()
    (line,) = [row for row in sheet if "Tổng cộng" in row]
    assert [line[column] for column in (2, 3, 5)] == [told[name] for name in ("total", "registered", "recognised")]
    extent = extent_of(place, YEAR)
    assert registrants(extent, FAMILY).count() == expected["total"]
    for name in ("registered", "recognised", "open"):
        assert dossiers(reader, extent, FAMILY, name).count() == expected[name]
    if place is not None and place.level == "hamlet":
        listing = client.get(f"/ho-so/?place={place.pk}&nam={YEAR}&model=FAMILY").context["listing"]
        assert (len(listing.rows), listing.total) == (expected["registered"], expected["registered"])


@given(fates=st.lists(st.lists(FATE, min_size=1, max_size=5), min_size=3, max_size=3))
@settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_page_tells_the_same_before_and_after_a_merger(fates, client, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: datetime.date(2026, 11, 20))
    load_shipped_rulebooks()
    with transaction.atomic():
        province = ProvinceFactory()
        wards = [CommuneFactory(parent=province, name=f"Phường {n}") for n in (1, 2)]
        hamlets = [
            HamletFactory(parent=ward, name=name)
            for ward, name in ((wards[0], "Một"), (wards[0], "Hai"), (wards[1], "Ba"))
        ]
        rows = []
        for hamlet, states in zip(hamlets, fates, strict=True):
            for state in states:
                household = make_household(hamlet, f"Hộ {len(rows)}")
                rows.append((hamlet.pk, state))
                if state is not None:
                    register(household, YEAR, state)
        every = {hamlet.pk for hamlet in hamlets}
        tree = [
            (None, every),
            (province, every),
            (wards[0], {hamlets[0].pk, hamlets[1].pk}),
            (wards[1], {hamlets[2].pk}),
        ]
        reader = make_officer(Role.ADMINISTRATOR, None)
        client.force_login(reader)
        for place, inside in (*tree, *((hamlet, {hamlet.pk}) for hamlet in hamlets)):
            check(client, reader, place, recount(rows, inside))

        merge_hamlets(actor=None, hamlets=hamlets[:2], into=HamletDraft("Chung", "khu phố"), on=MERGER)

        merged = wards[0].children.get(name="Chung")
        for place, inside in (*tree, (merged, {hamlets[0].pk, hamlets[1].pk}), (hamlets[2], {hamlets[2].pk})):
            check(client, reader, place, recount(rows, inside))
        assert [*integrity.tallies(), *integrity.register_tallies(), *waiting_days()] == []
        transaction.set_rollback(True)
