"""Random registers and dossiers: dashboard, list, report, Excel and a recount agree, before and after a merger."""

import datetime
import io

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from recognition.choices import FINAL_STATES, LearningModel, State
from recognition.domain import integrity
from recognition.domain.dashboards import dashboard
from recognition.domain.explaining import dossiers, registrants
from recognition.domain.extents import extent_of
from recognition.domain.integrity_waiting import waiting_days
from recognition.domain.reporting import as_json, build_report
from recognition.domain.rulebooks import rulebook_for
from recognition.domain.tallies import COMMUNITY_LEVEL, share
from recognition.exports import report_xlsx
from recognition.models import Registration
from recognition.views.figure_links import TABLE_OF
from tests.factories.recognition import load_shipped_rulebooks, make_community
from tests.factories.units import (
    CommuneFactory,
    HamletFactory,
    ProvinceFactory,
    make_citizen,
    make_clan,
    make_household,
    make_officer,
    make_organisation,
)
from tests.recognition.test_tallies import register
from units.choices import Role
from units.domain.places import HamletDraft
from units.domain.reforms.hamlets import merge_hamlets
from units.domain.reforms.wards import carry_ward
from units.models import Succession

pytestmark = pytest.mark.django_db
NO_SHRINK = (Phase.explicit, Phase.generate)  # a failure is told within seconds, with all its rows
FAMILY, YEAR = LearningModel.FAMILY, 2026
MERGER = datetime.date(2026, 9, 1)
# What became of one household in the year; None: it was never registered.
FATE = st.one_of(st.none(), st.sampled_from(State.values))
MAKERS = {
    FAMILY: make_household,
    LearningModel.CITIZEN: lambda hamlet, name: make_citizen(hamlet.home, name),
    LearningModel.CLAN: make_clan,
    LearningModel.UNIT: make_organisation,
    LearningModel.COMMUNITY_HAMLET: lambda hamlet, name: make_community(hamlet),  # one of its own
}


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


def check(client, reader, place, expected: dict, model: str = FAMILY, year: int = YEAR) -> None:
    """Everything that tells a figure of `place` tells the expected one."""
    data = dashboard(place, year, model)
    assert {name: getattr(data.figures, name) for name in ("total", "registered", "recognised", "open")} == {
        name: expected[name] for name in ("total", "registered", "recognised", "open")
    }
    assert data.figures.recognised_of_total == expected["rate"]
    assert next(one.figures for one in data.models if one.model == model) == data.figures
    if data.children:
        assert sum(row.figures.recognised for row in data.children) == expected["recognised"]
        assert sum(row.figures.total for row in data.children) == expected["total"]
    assert sum(one.wait.count for one in data.waiting if one.wait) == expected["open"]
    report = build_report(TABLE_OF[model], place, year)
    told = as_json(report)["total"]
    assert [told[name] for name in ("total", "registered", "recognised")] == [
        expected[name] for name in ("total", "registered", "recognised")
    ]
    assert not [one for one in report.findings if one.level == "error"]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(report_xlsx(report))).get_sheet_by_index(0).to_python()
    (line,) = [row for row in sheet if "Tổng cộng" in row]
    columns = [[column.key for column in report.columns].index(name) for name in ("total", "registered", "recognised")]
    assert [line[column] for column in columns] == [told[name] for name in ("total", "registered", "recognised")]
    extent = extent_of(place, year)
    if model not in COMMUNITY_LEVEL:  # of communities the total counts the places
        assert registrants(extent, model).count() == expected["total"]
    for name in ("registered", "recognised", "open"):
        assert dossiers(reader, extent, model, name).count() == expected[name]
    if place is not None and place.level == "hamlet":
        listing = client.get(f"/ho-so/?place={place.pk}&nam={year}&model={model}").context["listing"]
        assert (len(listing.rows), listing.total) == (expected["registered"], expected["registered"])


@given(fates=st.lists(st.lists(FATE, min_size=1, max_size=5), min_size=3, max_size=3))
@settings(max_examples=3, phases=NO_SHRINK, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
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


def enter(hamlet, fates: dict[str, list], year: int) -> None:
    """Registrants of every kind in a hamlet, and the dossiers of those that registered in a year."""
    dossiers = []
    for model in MAKERS:  # families first: citizens live with them
        book = rulebook_for(model, year, hamlet.province)
        states = fates[model][:1] if model == LearningModel.COMMUNITY_HAMLET else fates[model]
        for number, state in enumerate(states):
            registrant = MAKERS[model](hamlet, f"{hamlet.name} {number}")
            hamlet.home = registrant if model == FAMILY else hamlet.home
            if state is not None:
                dossiers.append(
                    Registration(
                        registrant=registrant,
                        model=model,
                        year=year,
                        state=state,
                        state_at=datetime.datetime(year, 11, 1, tzinfo=datetime.UTC),
                        state_note="Lý do" if state in (State.RETURNED, State.REFUSED) else "",
                        passed=True if state == State.RECOGNISED else None,
                        rulebook=book,
                        **registrant.place.fact_ids,
                    )
                )
    Registration.objects.bulk_create(dossiers)


@given(
    fates=st.lists(
        st.fixed_dictionaries({model: st.lists(FATE, min_size=1, max_size=3) for model in MAKERS}),
        min_size=3,
        max_size=3,
    )
)
@settings(max_examples=2, deadline=None, derandomize=True, phases=NO_SHRINK, suppress_health_check=list(HealthCheck))
def test_a_past_year_of_every_model_stays_when_its_wards_merge(fates, client, monkeypatch):
    """Two wards end with 2025. Of that year everything tells what it told; the new ward keeps all who stood there."""
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: datetime.date(2026, 11, 20))
    load_shipped_rulebooks()
    with transaction.atomic():
        province, past = ProvinceFactory(), YEAR - 1
        ended = {"valid_from": None, "valid_to": datetime.date(past, 12, 31)}
        wards = [CommuneFactory(parent=province, name=f"Phường {n}", **ended) for n in (1, 2)]
        hamlets = [
            HamletFactory(parent=ward, name=name, **ended)
            for ward, name in ((wards[0], "Một"), (wards[0], "Hai"), (wards[1], "Ba"))
        ]
        new = CommuneFactory(parent=province, name="Phường Mới")
        for hamlet, one in zip(hamlets, fates, strict=True):
            enter(hamlet, one, past)
        tree = [(None, {0, 1, 2}), (province, {0, 1, 2}), (wards[0], {0, 1}), (wards[1], {2})]
        tables = [(code, place) for code in TABLE_OF.values() for place, _inside in tree]
        before = [as_json(build_report(code, place, past)) for code, place in tables]

        for ward in wards:
            Succession.objects.create(from_place=ward, to_place=new, effective_on=datetime.date(YEAR, 1, 1))
            carry_ward(actor=None, old=ward)

        assert [as_json(build_report(code, place, past)) for code, place in tables] == before
        reader = make_officer(Role.ADMINISTRATOR, None)
        client.force_login(reader)
        for model in MAKERS:
            most = 1 if model == LearningModel.COMMUNITY_HAMLET else None
            rows = [(number, state) for number, one in enumerate(fates) for state in one[model][:most]]
            for place, inside in tree:
                check(client, reader, place, recount(rows, inside), model, past)
            check(client, reader, new, recount([(0, None) for _row in rows], {0}), model, YEAR)
        assert [*integrity.tallies(), *integrity.register_tallies(), *waiting_days()] == []
        transaction.set_rollback(True)
