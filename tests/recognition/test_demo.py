"""The demonstration: the printed result of article 004, every stage of the running year, the same for the same seed."""

import datetime
import json

import pytest
from django.core.management import call_command
from django.db.models import Count

from recognition.choices import State, VisitState
from recognition.domain.association import TrainedShare, trained_share
from recognition.domain.closing import is_intact
from recognition.domain.demo import ACCOUNTS, PASSWORD, build
from recognition.domain.errors import RecognitionError
from recognition.models import (
    Award,
    Certificate,
    EntryLink,
    InspectionVisit,
    Objection,
    Registration,
    Tally,
    YearReport,
)
from recognition.rules import may_sign_for_place
from tests.factories.units import UserFactory
from tests.once import built_once
from units.choices import OrganisationType
from units.domain import gazetteer
from units.models import ClanMembership, OrganisationYear, Place, Registrant, Stay, User

HOUSEHOLDS = 132  # twelve in each hamlet that has a list


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Real places, shipped rulebooks and a small demonstration, built once and rolled back after the module."""
    with built_once(django_db_blocker):
        gazetteer.load()
        call_command("load_rulebooks", verbosity=0)
        yield build(seed=7, households=HOUSEHOLDS)


def test_quan_10_gets_the_printed_ranks_and_one_ward_stays_without(demo):
    ranks = demo["district"]["ranks"]

    assert len(ranks) == 15
    assert sorted(ward for ward, rank in ranks.items() if rank == "GOOD") == ["Phường 13", "Phường 6"]
    assert sum(rank == "FAIR" for rank in ranks.values()) == 12
    assert [ward for ward, rank in ranks.items() if rank == ""] == [demo["district"]["without_result"]]


def test_the_demo_wards_chair_can_sign_minutes_that_wait_for_the_place(demo):
    visit = InspectionVisit.objects.get(inspection__year=2017, state=VisitState.TEAM_SIGNED)

    assert visit.place.name == "Phường 13"
    assert may_sign_for_place(User.objects.get(username="chutich"), visit.place)


def test_past_years_stand_in_the_wards_of_their_time(demo):
    by_year = {
        year: sorted(
            Registration.objects.filter(year=year, model="FAMILY").values_list("commune__name", flat=True).distinct()
        )
        for year in (2024, 2025, 2026)
    }

    assert by_year == {
        2024: ["Phường 12", "Phường 13", "Phường 15"],
        2025: ["Phường Hòa Hưng"],
        2026: ["Phường Hòa Hưng"],
    }


def test_running_year_shows_every_stage_and_one_hamlet_without_a_list(demo):
    states = set(Registration.objects.filter(year=2026, model="FAMILY").values_list("state", flat=True))
    assert states == {
        State.REGISTERED,
        State.SELF_ASSESSED,
        State.REVIEWED,
        State.PROPOSED,
        State.RECOGNISED,
        State.RETURNED,
        State.WITHDRAWN,
    }

    empty = Place.objects.get(name="Khu phố 4", parent__name="Phường Hòa Hưng")
    assert not Tally.objects.filter(place=empty, model="FAMILY").exists()
    assert demo["households"] == HOUSEHOLDS


def test_every_recognised_dossier_has_award_and_certificate(demo):
    recognised = Registration.objects.filter(state=State.RECOGNISED).count()

    assert Award.objects.count() == recognised
    assert Certificate.objects.values("award").distinct().count() == recognised


def test_accounts_sign_in_with_one_password_and_cover_every_role(demo):
    assert {account.role for account in ACCOUNTS} == {
        "HAMLET_OFFICER",
        "WARD_OFFICER",
        "WARD_CHAIR",
        "INSPECTOR",
        "DECIDER",
        "LEADER",
        "ADMINISTRATOR",
    }
    assert User.objects.get(username="phuong").check_password(PASSWORD)


@pytest.mark.django_db
def test_only_accounts_that_are_there_are_named(capsys):
    """A demonstration built by an older version lacks the newest; nobody is sent to a sign-in that fails."""
    UserFactory(username="phuong")

    call_command("seed_demo", "--accounts", "--json")

    assert [one["username"] for one in json.loads(capsys.readouterr().out)] == ["phuong"]


def test_integrity_finds_nothing_after_the_demo(demo, capsys):
    call_command("check_integrity", "--json")

    assert json.loads(capsys.readouterr().out)["faults"] == []


@pytest.mark.django_db
def test_demo_without_places_says_what_to_run():
    with pytest.raises(RecognitionError, match="Chưa nạp địa bàn. Hãy chạy: manage.py load_places"):
        build(households=22)


def test_every_kind_is_in_the_register_and_came_over_with_its_hamlet(demo):
    ward = Place.objects.get(code="27163", valid_to=None)
    here = Registrant.objects.open().filter(commune=ward)
    types = here.filter(kind="ORGANISATION").values_list("organisation__type", flat=True)
    assert set(types) == set(OrganisationType.values)
    assert OrganisationYear.objects.count() == 3 * here.filter(kind="ORGANISATION").count()
    assert here.filter(kind="CLAN").count() == 10
    spread = ClanMembership.objects.values("clan").annotate(
        hamlets=Count("household__registrant__hamlet", distinct=True)
    )
    assert max(row["hamlets"] for row in spread) > 1
    people = here.filter(kind="CITIZEN")
    assert people.filter(citizen__household__isnull=False).count() == HOUSEHOLDS // 12
    assert people.filter(citizen__organisation__isnull=False).exists()
    # One community for the ward and each of its twelve hamlets; those of the three old wards ended with them.
    assert here.filter(kind="COMMUNITY").count() == 13
    old = Registrant.objects.filter(kind="COMMUNITY", hamlet__isnull=False, closed_on=datetime.date(2025, 7, 1))
    assert old.count() == 12
    assert Stay.objects.filter(kind="ORGANISATION", until=datetime.date(2025, 7, 1)).count() == len(types)


def test_every_model_has_dossiers_at_every_stage_its_rules_know(demo):
    rows = Registration.objects.values_list("year", "model", "state").distinct().order_by()
    found = {(year, model): {state for y, m, state in rows if (y, m) == (year, model)} for year, model, _state in rows}
    stages = {
        "REGISTERED",
        "SELF_ASSESSED",
        "REVIEWED",
        "PROPOSED",
        "RETURNED",
        "WITHDRAWN",
        "RECOGNISED",
        "REFUSED",
    }

    # A model has fewer dossiers than the demonstration of a whole ward, yet these always show every stage.
    assert {model: stages - found[2026, model] for model in ("UNIT", "CITIZEN")} == {"UNIT": set(), "CITIZEN": set()}
    assert found[2026, "COMMUNITY_HAMLET"] >= stages | {"INSPECTED"} - {"WITHDRAWN"}
    assert found[2026, "CLAN"] >= {"RECOGNISED", "PROPOSED", "REVIEWED", "SELF_ASSESSED", "REGISTERED", "RETURNED"}
    assert found[2026, "COMMUNITY_COMMUNE"] == {"SELF_ASSESSED"}  # nobody is named to decide since the districts ended
    assert "RECOGNISED" in found[2024, "COMMUNITY_COMMUNE"] or "REFUSED" in found[2024, "COMMUNITY_COMMUNE"]
    for model in ("CLAN", "UNIT", "CITIZEN", "COMMUNITY_HAMLET"):
        for year in (2024, 2025):
            assert found[year, model] <= {"RECOGNISED", "REFUSED", "REVIEWED", "SELF_ASSESSED"}
            assert Award.objects.filter(year=year, model=model).exists()


def test_the_office_has_sheets_objections_trainings_and_a_report_that_was_accepted(demo):
    ward = Place.objects.get(code="27163", valid_to=None)
    sheets = EntryLink.objects.filter(registration__commune=ward)
    assert sorted(sheets.values_list("state", flat=True)) == ["OPEN", "OPEN", "SENT", "SENT", "SENT"]
    assert sorted(Objection.objects.values_list("outcome", flat=True)) == ["", "KEPT"]
    assert trained_share(ward, 2026) == TrainedShare(trained=2, officers=3, sessions=2)
    report = YearReport.objects.get()
    assert (report.place, report.year, report.state) == (ward, 2025, "ACCEPTED")
    assert is_intact(report) and report.signed_at.year == 2025
    members = next(row for row in report.tables["TK-08"]["rows"] if row)["values"]["members"]
    assert members == 2174


def test_past_years_of_every_model_stand_in_their_own_days(demo):
    """Else all models but the families' would wait since the moment the demonstration was made."""
    rows = Registration.objects.filter(year__in=(2024, 2025))
    assert [one.pk for one in rows if one.state_at.year != one.year] == []
    days = set(rows.filter(year=2025, state="RECOGNISED").values_list("model", "state_at__date"))
    assert len({model for model, _day in days}) >= 4 and len({day for _model, day in days}) >= 4
