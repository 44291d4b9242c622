"""Quận 10 over 1 July 2025 with the official successions, figure by figure; Phường 14 divided by a workbook."""

import csv
import datetime
import io
import random

import pytest
from django.db.models import Q
from openpyxl import load_workbook

from recognition.domain.demo.accounts import create_accounts
from recognition.domain.demo.families import build_year
from recognition.domain.demo.quan_10 import carry_quan_10, enter_quan_10
from recognition.domain.integrity import check_all
from recognition.models import Award, Registration, Season, Tally
from tests.factories.recognition import load_shipped_rulebooks
from tests.factories.units import make_officer
from units.assignment_workbook import assignment_workbook
from units.choices import Role
from units.domain import gazetteer
from units.domain.reforms.assigning import read_assignment
from units.domain.reforms.undoing import undo_change
from units.domain.reforms.wards import carry_ward
from units.models import Place, PlaceChange, RegisterTally, Stay

BEFORE, REFORM = datetime.date(2025, 6, 30), datetime.date(2025, 7, 1)
OLD = {8: "27187", 6: "27202", 10: "27178", 9: "27181", 1: "27184", 2: "27190", 4: "27193", 14: "27169"}
NEW = {"Phường Hòa Hưng": "27163", "Phường Diên Hồng": "27169", "Phường Vườn Lài": "27190"}
HOUSEHOLDS = {8: 25, 6: 21, 10: 18, 9: 7, 1: 21, 2: 8, 4: 11, 14: 34}


def official(tmp_path, name, wanted):
    """The shipped list, cut down to the rows that are wanted."""
    with (gazetteer.DATA / "gazetteer" / name).open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    path = tmp_path / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *(row for row in rows if wanted(dict(zip(head, row, strict=True))))])
    return path


@pytest.fixture
def quan_10(db, tmp_path):
    """The official places and successions of Quận 10, and the old wards' registers before anything is carried."""
    codes = {"79", "771", *NEW.values()}
    gazetteer.load(
        units=official(tmp_path, "units.csv", lambda row: row["code"] in codes or row["parent_code"] == "771"),
        successions=official(tmp_path, "successions.csv", lambda row: row["to_code"] in NEW.values()),
    )
    load_shipped_rulebooks()
    ward = Place.objects.coded("27163", on=REFORM)
    places = {
        "ward": ward,
        "hamlet": ward,
        "district": Place.objects.coded("771", on=BEFORE),
        "province": Place.objects.coded("79", on=REFORM),
        "nation": None,
    }
    users = create_accounts(places)
    Season.objects.create(year=2024, opens_on=datetime.date(2024, 1, 1), closes_on=datetime.date(2024, 12, 31))
    fourteen = enter_quan_10(random.Random(1), users, before=BEFORE)
    # Phường 14 itself took its families through 2024; no ward of today may do that for it.
    of_then = {
        "phuong": users["hoiquan10"],
        "quyetdinh": make_officer(Role.DECIDER, fourteen[0].parent),
    }
    build_year(random.Random(1), users | of_then, year=2024, hamlets=fourteen, stage="decided")
    return users


def households(code, day, year):
    ward = Place.objects.coded(code, on=day)
    rows = RegisterTally.objects.filter(place=ward, kind="HOUSEHOLD", year__lte=year)
    return sum(row.came - row.gone for row in rows)


def old(year):
    return {number: households(code, BEFORE, year) for number, code in OLD.items()}


def new(year):
    return {name: households(code, REFORM, year) for name, code in NEW.items()}


def the_past():
    """Everything a list, tally or paper of a year before the reform is made from."""
    end = datetime.date(2024, 12, 31)
    standing = Stay.objects.filter(Q(until__isnull=True) | Q(until__gt=end), since__lte=end)
    return (
        list(standing.order_by("registrant").values_list("registrant", "hamlet", "commune", "district", "province")),
        list(Tally.objects.filter(year__lt=2025).order_by("pk").values()),
        list(RegisterTally.objects.filter(year__lt=2025).exclude(came=0, gone=0).order_by("pk").values()),
        list(Registration.objects.order_by("pk").values_list("pk", "hamlet", "commune", "state", "state_at")),
        list(Award.objects.order_by("pk").values()),
    )


def divided(ward):
    """The workbook of Phường 14: hamlet 1 to Hòa Hưng, hamlet 3 to Diên Hồng, hamlet 2 by household, half and half."""
    book = load_workbook(io.BytesIO(assignment_workbook(ward)))
    for row in book.worksheets[0].iter_rows(min_row=2):
        row[-1].value = {"Khu phố 1": "Phường Hòa Hưng", "Khu phố 3": "Phường Diên Hồng"}.get(row[1].value)
    halves = 0
    for row in book.worksheets[1].iter_rows(min_row=2):
        if row[2].value == "Khu phố 2":
            halves += 1
            row[-1].value = "Phường Hòa Hưng" if halves <= 7 else "Phường Diên Hồng"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_quan_10_figure_by_figure(quan_10):
    past = the_past()
    nothing = dict.fromkeys(NEW, 0)
    awards = Award.objects.filter(year=2024, commune__code="27169").count()
    assert awards > 0
    assert (old(2024), old(2025), new(2025)) == (HOUSEHOLDS, HOUSEHOLDS, nothing)

    carry_quan_10(before=BEFORE)
    assert old(2025) == dict.fromkeys(OLD, 0) | {14: 34}
    assert new(2025) == {"Phường Hòa Hưng": 0, "Phường Diên Hồng": 25 + 21, "Phường Vườn Lài": 18 + 7 + 21 + 8 + 11}

    ward = Place.objects.coded("27169", on=BEFORE)
    officer = quan_10["phuong"]
    data = divided(ward)
    own = read_assignment(actor=officer, old=ward, data=data, file_name="p14.xlsx")
    mine = carry_ward(actor=officer, old=ward, choice=own.choice)
    assert (own.elsewhere, mine.counts["HOUSEHOLD"]) == (5 + 9, 13 + 7)
    assert (old(2025)[14], new(2025)["Phường Hòa Hưng"], new(2025)["Phường Diên Hồng"]) == (14, 20, 46)

    rest = carry_ward(actor=None, old=ward, choice=read_rest(ward))
    assert old(2025) == dict.fromkeys(OLD, 0)
    assert new(2025) == {"Phường Hòa Hưng": 20, "Phường Diên Hồng": 60, "Phường Vườn Lài": 65}
    assert sum(new(2025).values()) == sum(HOUSEHOLDS.values()) == 145
    hamlets = {
        name: list(Place.objects.filter(parent__code=code, valid_from=REFORM).order_by("code").values_list("name"))
        for name, code in NEW.items()
    }
    assert {name: len(found) for name, found in hamlets.items()} == {
        "Phường Hòa Hưng": 2,
        "Phường Diên Hồng": 6,
        "Phường Vườn Lài": 8,
    }
    # What was is as it was.
    assert (old(2024), new(2024)) == (HOUSEHOLDS, nothing)
    assert the_past() == past
    assert check_all() == []

    for change in (rest, mine):
        undo_change(actor=None, change=change)
    for change in PlaceChange.objects.filter(undone_at=None).order_by("-pk"):
        undo_change(actor=None, change=change)
    assert (old(2025), new(2025)) == (HOUSEHOLDS, nothing)
    assert the_past() == past
    assert check_all() == []


def read_rest(ward):
    """Everybody still waiting goes to Diên Hồng."""
    book = load_workbook(io.BytesIO(assignment_workbook(ward)))
    for row in book.worksheets[0].iter_rows(min_row=2):
        row[-1].value = "Phường Diên Hồng"
    target = io.BytesIO()
    book.save(target)
    return read_assignment(actor=None, old=ward, data=target.getvalue(), file_name="p14.xlsx").choice
