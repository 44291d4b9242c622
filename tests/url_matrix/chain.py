"""Who may open the URLs of the chain: dossiers, self-scores, meetings, letters."""

import datetime

from django.utils import timezone

from recognition.choices import LearningModel, Stage, State
from recognition.domain import assessing, evidence, proposing, registering
from recognition.domain.assessing import Entry
from recognition.models import Evidence, Proposal, Registration, ReviewMeeting
from tests.factories.recognition import load_shipped_rulebooks
from tests.factories.units import make_household, make_organisation
from tests.url_matrix.cast import Row, Side, only, per_side

MODEL = LearningModel.FAMILY


def year() -> int:
    """The year the session shows when nobody chose one."""
    return timezone.localdate().year


def dossier(side: Side, name: str) -> Registration:
    """A registered family of the side's hamlet."""
    load_shipped_rulebooks()
    registrant = make_household(side.hamlet, name)
    return registering.register(actor=side.officer, registrant=registrant, model=MODEL, year=year())


@per_side
def assessed(side: Side) -> Registration:
    row = dossier(side, "Lê Thị Tự Chấm")
    assessing.record_scores(actor=side.officer, stage=Stage.SELF, entries=[Entry(row.pk, row.state, total=90)])
    row.refresh_from_db()
    return row


@per_side
def school(side: Side) -> dict:
    return {"pk": make_organisation(side.hamlet, "Trường Tiểu học Có Người").pk}


@per_side
def meeting(side: Side) -> ReviewMeeting:
    row = dossier(side, "Lê Văn Họp")
    assessing.record_scores(actor=side.officer, stage=Stage.SELF, entries=[Entry(row.pk, row.state, total=90)])
    minutes = ReviewMeeting(
        place=side.hamlet,
        model=MODEL,
        year=year(),
        held_on=datetime.date(year(), 1, 15),
        venue="Nhà văn hóa",
        chair="Trần Văn Ba",
        secretary="Lý Thị Thu",
        invited=10,
        present=10,
    )
    assessing.hold_meeting(
        actor=side.officer, meeting=minutes, entries=[Entry(row.pk, State.SELF_ASSESSED, total=90, votes_for=10)]
    )
    return minutes


@per_side
def letter(side: Side) -> Proposal:
    row = meeting(side).registrations.get()
    proposal = Proposal(
        place=side.ward,
        model=MODEL,
        year=year(),
        signed_on=datetime.date(year(), 1, 20),
        signer="Phạm Thị Chi",
        signer_title="Chủ tịch",
    )
    proposing.propose(actor=side.chair, proposal=proposal, shown={row.pk: State.REVIEWED})
    return proposal


@per_side
def hamlet_dossier(side: Side) -> Registration:
    load_shipped_rulebooks()
    return registering.register(
        actor=side.officer, registrant=side.community, model=LearningModel.COMMUNITY_HAMLET, year=year()
    )


def share_key(side: Side) -> dict:
    return {"pk": hamlet_dossier(side).pk, "code": "D-03"}


def registrant_key(side: Side) -> dict:
    load_shipped_rulebooks()
    return {"registrant_pk": side.household.pk}


def pk(make):
    return lambda side: {"pk": make(side).pk}


def hamlet_key(side: Side) -> dict:
    assessed(side)
    return {"place_pk": side.hamlet.pk}


def ward_key(side: Side) -> dict:
    assessed(side)
    return {"place_pk": side.ward.pk}


def grid_key(side: Side) -> dict:
    assessed(side)
    return {"pk": side.hamlet.pk}


@per_side
def registered(side: Side) -> Registration:
    return dossier(side, "Lê Thị Mới")


@per_side
def evidence_of(side: Side) -> Evidence:
    row = dossier(side, "Lê Thị Minh Chứng")
    return evidence.add_file(
        actor=side.officer,
        registration=row,
        criterion=row.rulebook.spec.leaf_codes[0],
        name="bien-ban.pdf",
        data=b"%PDF-1.4 startxref %%EOF",
    )


EDITORS = ("an", "ba")  # the rulebook lets the hamlet's and the ward's officer register, score and hold meetings
WARD_ONLY = {"ba": 404}  # what stands in the ward is not seen from one hamlet

ROWS: list[Row] = [
    # Dossiers
    Row("recognition:registration-list"),
    Row("recognition:registration-list", query=lambda side: {"place": side.ward.pk}, own=WARD_ONLY | {"*": 200}),
    Row("recognition:registration-bulk", method="post", own=302),
    Row("recognition:registration-detail", pk(assessed)),
    Row("recognition:registration-paper", pk(assessed)),
    Row("recognition:registration-papers", lambda side: {"place_pk": side.hamlet.pk}),
    Row("recognition:registration-create", registrant_key, own=only(*EDITORS), other_hamlet=404),
    Row(
        "recognition:registration-create",
        registrant_key,
        method="post",
        data=lambda side: {"year": year(), "model": MODEL},
        own=only(*EDITORS, ok=302),
    ),
    Row("recognition:registration-create-many", ward_key, own=only("an") | WARD_ONLY),
    Row("recognition:registration-create-many", hamlet_key, own=only(*EDITORS)),
    Row("recognition:registration-renew", grid_key),
    Row("recognition:registration-renew", grid_key, method="post", own=302),
    Row("recognition:registration-return", pk(assessed), own=only("an", "chi", "dao")),
    Row("recognition:registration-withdraw", pk(registered), own=only(*EDITORS)),
    # People of an organisation counted at home
    Row("recognition:affiliations", school),
    Row("recognition:affiliations", school, method="post", own=only(*EDITORS, "chi", ok=422)),
    # Self-scores
    Row("recognition:assessment-form", pk(registered), own=only(*EDITORS)),
    Row("recognition:scoring-grid", grid_key, own=only(*EDITORS)),
    Row("recognition:score-file", grid_key, own=only(*EDITORS)),
    Row("recognition:score-file", grid_key, method="post", own=only(*EDITORS, ok=422)),
    # Evidence
    Row("recognition:evidence-list", pk(registered)),
    Row(
        "recognition:evidence-list",
        pk(registered),
        method="post",
        data=lambda side: {"criterion": registered(side).rulebook.spec.leaf_codes[0], "confirmed": "1"},
        own=only(*EDITORS, ok=302),
    ),
    Row("recognition:evidence-file", pk(evidence_of)),
    Row("recognition:evidence-take-back", pk(evidence_of), own=only(*EDITORS)),
    # Shares of a hamlet's own dossier
    Row("recognition:measure-list", pk(hamlet_dossier)),
    Row("recognition:measure-members", share_key),
    Row("recognition:measure-count", pk(hamlet_dossier), method="post", own=only(*EDITORS, ok=302)),
    Row(
        "recognition:measure-count-place",
        ward_key,
        method="post",
        query={"model": "COMMUNITY_HAMLET"},
        own=only("an", ok=302) | WARD_ONLY,
    ),
    Row("recognition:measure-type", share_key, own=only(*EDITORS)),
    Row(
        "recognition:measure-type",
        share_key,
        method="post",
        data={"numerator": "1", "denominator": "2", "reason": "Theo biên bản"},
        own=only(*EDITORS, ok=302),
    ),
    Row("recognition:measure-take-back", share_key, method="post", own=only(*EDITORS, ok=302)),
    # Meetings
    Row("recognition:meeting-list"),
    Row("recognition:meeting-create", hamlet_key, own=only(*EDITORS)),
    Row("recognition:meeting-detail", pk(meeting)),
    Row("recognition:meeting-minutes", pk(meeting)),
    Row("recognition:meeting-correct", pk(meeting), own=only(*EDITORS)),
    # Letters
    Row("recognition:proposal-list"),
    Row("recognition:proposal-create", ward_key, own=only("an", "chi") | WARD_ONLY),
    Row("recognition:proposal-detail", pk(letter), own=WARD_ONLY | {"*": 200}),
    Row("recognition:proposal-paper", pk(letter), own=WARD_ONLY | {"*": 200}),
]
