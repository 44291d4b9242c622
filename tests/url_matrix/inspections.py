"""Who may open the URLs of inspections. What the team may do is walked in tests/recognition/test_inspecting.py."""

import datetime

from recognition.choices import LearningModel
from recognition.domain.registering import register
from recognition.models import Inspection, InspectionSample, InspectionVisit, Registration
from tests.factories.recognition import load_shipped_rulebooks
from tests.url_matrix.cast import Row, Side, per_side

MODEL = LearningModel.COMMUNITY_COMMUNE
YEAR = 2020


@per_side
def team(side: Side) -> Inspection:
    load_shipped_rulebooks()
    return Inspection.objects.create(
        place=side.province,
        model=MODEL,
        year=YEAR,
        starts_on=datetime.date(YEAR, 12, 1),
        ends_on=datetime.date(YEAR, 12, 20),
        created_by_name="Hoàng Văn Bình",
    )


@per_side
def ward_dossier(side: Side) -> Registration:
    load_shipped_rulebooks()
    return register(actor=side.officer, registrant=side.ward_community, model=MODEL, year=YEAR)


@per_side
def planned(side: Side) -> InspectionVisit:
    """A visit that was made, with a sample of one; its minutes are not signed yet."""
    visit = InspectionVisit.objects.create(
        inspection=team(side),
        place=side.ward,
        state="VISITED",
        visited_on=datetime.date(YEAR, 12, 5),
        window_from=datetime.date(YEAR, 1, 1),
        window_to=datetime.date(YEAR, 12, 31),
    )
    InspectionSample.objects.create(
        visit=visit, frame="REGISTER", size=1, seed="7", frame_ids=[side.ward_community.pk], frame_count=1
    )
    return visit


def _visit(side: Side) -> dict:
    return {"pk": planned(side).inspection_id, "place_pk": side.ward.pk}


SEEN = {"ba": 404, "*": 200}
ABOVE = {"binh": 200, "em": 200, "quan": 200, "*": 404}

ROWS: list[Row] = [
    Row("recognition:inspection-list"),
    Row(
        "recognition:inspection-create",
        lambda side: {"place_pk": side.province.pk},
        own={"binh": 200, "em": 403, "quan": 403, "*": 404},
    ),
    Row("recognition:inspection-detail", lambda side: {"pk": team(side).pk}, own=ABOVE),
    Row("recognition:inspection-decision", lambda side: {"pk": team(side).pk}, own=ABOVE),
    Row("recognition:inspection-duties", lambda side: {"pk": team(side).pk}, own=ABOVE),
    Row("recognition:inspection-dates", lambda side: {"pk": team(side).pk}, own=ABOVE),
    Row("recognition:inspection-actions", lambda side: {"pk": team(side).pk}, own=ABOVE),
    Row("recognition:inspection-gaps", lambda side: {"pk": team(side).pk}, own=ABOVE),
    Row("recognition:inspection-visit", _visit, own=SEEN),
    Row("recognition:inspection-visit-list", _visit, own=ABOVE),
    Row("recognition:inspection-minutes", _visit, own=ABOVE),
    Row(
        "recognition:inspection-score-line",
        lambda side: {"pk": ward_dossier(side).pk, "n": 0},
        method="post",
        own={"ba": 404, "*": 403},
    ),
    # Registered only: there is nothing to inspect yet, for anybody.
    Row("recognition:inspection-score", lambda side: {"pk": ward_dossier(side).pk}, own={"ba": 404, "*": 403}),
]
