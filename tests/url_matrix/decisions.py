"""Decisions, certificates and the public check page."""

from recognition.choices import LearningModel, Stage, State
from recognition.domain import assessing, deciding, objecting, proposing, registering
from recognition.domain.assessing import Entry
from recognition.models import Proposal, Registration
from tests.factories.recognition import Ward, load_shipped_rulebooks, meeting_of
from tests.factories.units import make_household, make_officer
from tests.url_matrix.cast import Row, only, per_side
from units.choices import Role

YEAR = 2025


def _ward(side) -> Ward:
    load_shipped_rulebooks()
    decider = side.made.setdefault("decider", None) or make_officer(Role.DECIDER, side.ward, name="Lý Thị Quyết")
    side.made["decider"] = decider
    return Ward(side.ward, side.hamlet, side.officer, side.officer, side.chair, decider)


def _proposal(side, name: str) -> Proposal:
    """A family of the side, registered, scored, reviewed and proposed."""
    ward = _ward(side)
    registrant = make_household(side.hamlet, name, address="3 Hòa Hưng")
    row = registering.register(actor=ward.officer, registrant=registrant, model=LearningModel.FAMILY, year=YEAR)
    assessing.record_scores(actor=ward.officer, stage=Stage.SELF, entries=[Entry(row.pk, State.REGISTERED, total=90)])
    meeting = meeting_of(ward, year=YEAR)
    entry = Entry(row.pk, State.SELF_ASSESSED, total=90, votes_for=40, votes_against=0)
    assessing.hold_meeting(actor=ward.officer, meeting=meeting, entries=[entry])
    letter = Proposal(
        place=ward.place, model=LearningModel.FAMILY, year=YEAR, signed_on=meeting.held_on, signer="A", signer_title="B"
    )
    proposing.propose(actor=ward.officer, proposal=letter, shown={row.pk: State.REVIEWED})
    return letter


def _draft(side, proposal: Proposal):
    return deciding.prepare(
        actor=_ward(side).decider, proposal=proposal, signed_on=proposal.signed_on, signer="A", signer_title="B"
    )


@per_side
def waiting(side) -> Proposal:
    return _proposal(side, "Trần Thị Chờ")


@per_side
def draft(side):
    return _draft(side, _proposal(side, "Trần Thị Nháp"))


@per_side
def issued(side):
    proposal = _proposal(side, "Trần Thị Xong")
    decision = _draft(side, proposal)
    rows = dict(Registration.objects.filter(proposal=proposal).values_list("pk", "state"))
    return deciding.issue(actor=_ward(side).decider, decision=decision, recognise=rows).decision


def _certificate(side):
    return issued(side).awards.get().certificates.get()


@per_side
def _objection(side):
    row = issued(side).awards.get().registration
    day = objecting.published_on(row)
    return objecting.enter(actor=_ward(side).officer, registration=row, objector="Ông Tư", text="Sai", received_on=day)


ROWS = [
    Row("recognition:decision-list"),
    Row(
        "recognition:decision-create", lambda side: {"pk": waiting(side).pk}, own=only("dao") | {"ba": 404, "dung": 403}
    ),
    Row(
        "recognition:decision-issue",
        lambda side: {"pk": draft(side).pk},
        method="post",
        own=only("dao", ok=409) | {"ba": 404, "dung": 403},
    ),
    Row("recognition:decision-detail", lambda side: {"pk": issued(side).pk}),
    Row("recognition:decision-paper", lambda side: {"pk": issued(side).pk}),
    Row("recognition:decision-certificates", lambda side: {"pk": issued(side).pk, "batch": 1}, method="post"),
    Row("recognition:certificate-list"),
    Row("recognition:certificate-detail", lambda side: {"pk": _certificate(side).pk}),
    Row("recognition:certificate-revoke", lambda side: {"pk": _certificate(side).pk}, own=only("dao") | {"dung": 403}),
    Row("recognition:certificate-replace", lambda side: {"pk": _certificate(side).pk}, own=only("dao") | {"dung": 403}),
    Row("recognition:objection-list"),
    Row(
        "recognition:objection-create",
        lambda side: {"pk": issued(side).awards.get().registration_id},
        own=only("an", "ba", "chi", "dao"),
    ),
    Row("recognition:objection-detail", lambda side: {"pk": _objection(side).pk}),
    Row(
        "recognition:letterhead",
        lambda side: {"place_pk": side.ward.pk, "body": "COMMITTEE"},
        own=only("an", "chi", "dao") | {"ba": 404},
    ),
    Row("recognition:certificate-paper", lambda side: {"pk": _certificate(side).pk}),
    Row("recognition:check-start", anonymous=200),
    Row("recognition:check", lambda side: {"token": _certificate(side).token}, foreign=200, anonymous=200),
]
