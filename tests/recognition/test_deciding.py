"""Issuing decisions: number, list, awards and certificates in one step or not at all."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from recognition.choices import DecisionState, ProposalState, Rank, Stage, State
from recognition.domain.assessing import Entry, record_scores
from recognition.domain.deciding import decided_awards, issue, prepare
from recognition.domain.errors import NotPermitted, RecognitionError, RowsRefused
from recognition.domain.numbering import reserve
from recognition.models import Award, Certificate, Decision, NumberSeries, Proposal, Registration
from tests.factories.recognition import (
    full_scores,
    make_district,
    make_registrations,
    make_ward,
    make_ward_dossier,
)
from tests.factories.units import make_officer
from units.choices import Role
from units.models import User

pytestmark = pytest.mark.django_db
SIGNED = datetime.date(2025, 12, 10)


@pytest.fixture
def ward():
    return make_ward()


def draft(ward, proposal=None, *, signed_on=SIGNED, actor=None) -> Decision:
    return prepare(
        actor=actor or ward.decider,
        proposal=proposal or Proposal.objects.get(),
        signed_on=signed_on,
        signer="Nguyễn Thị Đào",
        signer_title="Chủ tịch",
    )


def proposed(ward, count=3, names=None):
    return make_registrations(ward, count, state=State.PROPOSED, names=names)


def shown(rows):
    return {row.pk: row.shown_as for row in rows}


def test_a_draft_names_authority_and_grounds(ward):
    proposed(ward)

    decision = draft(ward)

    assert decision.authority == "Ủy ban nhân dân phường Hòa Hưng"
    assert decision.grounds[0] == "Căn cứ Quyết định 448/QĐ-KHVN ngày 01 tháng 12 năm 2015;"
    assert decision.grounds[-1] == "Xét Tờ trình số 01/TTr-HKH ngày 01/12/2025 của Hội Khuyến học Phường Hòa Hưng."
    assert (str(decision), decision.state) == ("Quyết định đang soạn", DecisionState.DRAFT)


def test_preparing_twice_makes_one_draft(ward):
    proposed(ward)

    assert draft(ward) == draft(ward)
    assert Decision.objects.count() == 1


def test_issuing_makes_number_awards_and_certificates(ward):
    rows = proposed(ward, names=["Trần Văn Tí", "Lê Thị An", "Nguyễn Văn Bé"])

    issued = issue(actor=ward.decider, decision=draft(ward), recognise=shown(rows))

    decision = issued.decision
    assert (str(decision), decision.number_year, decision.state) == ("01/QĐ-UBND", 2025, DecisionState.ISSUED)
    assert (issued.recognised, issued.refused, issued.again) == (3, 0, False)
    assert set(Registration.objects.values_list("state", flat=True)) == {State.RECOGNISED}
    award = Award.objects.first()
    assert (award.valid_from, award.valid_until) == (SIGNED, datetime.date(2026, 12, 31))
    assert (award.hamlet, award.commune, award.total_half) == (ward.hamlet, ward.place, 180)
    # The register of certificates follows the printed list: hamlet, then given name.
    printed = [(c.number, c.printed_name) for c in Certificate.objects.order_by("number")]
    assert printed == [(1, "Lê Thị An"), (2, "Nguyễn Văn Bé"), (3, "Trần Văn Tí")]
    assert [award.registrant.name for award in decided_awards(decision)] == [name for _n, name in printed]
    one = Certificate.objects.get(number=3)
    assert one.printed_address == "1 Tô Hiến Thành, Khu phố 1, Phường Hòa Hưng"
    assert len({c.token for c in Certificate.objects.all()}) == 3
    assert Proposal.objects.get().state == ProposalState.DECIDED


def test_refusals_carry_their_reason_and_make_no_award(ward):
    rows = proposed(ward)

    issued = issue(
        actor=ward.decider,
        decision=draft(ward),
        recognise=shown(rows[:2]),
        refuse=shown(rows[2:]),
        refusal_reasons={rows[2].pk: "Vi phạm quy ước khu phố"},
    )

    rows[2].refresh_from_db()
    assert (issued.recognised, issued.refused) == (2, 1)
    assert (rows[2].state, rows[2].state_note) == (State.REFUSED, "Vi phạm quy ước khu phố")
    assert not Award.objects.filter(registration=rows[2]).exists()


def test_a_refusal_without_reason(ward):
    rows = proposed(ward)

    with pytest.raises(RecognitionError, match="Mỗi hồ sơ không công nhận phải ghi lý do."):
        issue(actor=ward.decider, decision=draft(ward), recognise=shown(rows[:2]), refuse=shown(rows[2:]))


def test_one_changed_dossier_stops_everything(ward):
    rows = proposed(ward)
    decision, pages = draft(ward), shown(rows)
    from recognition.domain.registering import send_back

    send_back(actor=ward.decider, shown={rows[1].pk: State.PROPOSED}, reason="Thiếu biên bản")
    Registration.objects.filter(pk=rows[1].pk).update(proposal=decision.proposal)

    with pytest.raises(RowsRefused) as refused:
        issue(actor=ward.decider, decision=decision, recognise=pages)

    assert refused.value.message == "Có 1 hồ sơ không quyết định được nên chưa ban hành. Không có gì thay đổi."
    assert [pk for pk, _text in refused.value.skipped] == [rows[1].pk]
    assert not Award.objects.exists()
    assert not Certificate.objects.exists()
    assert not NumberSeries.objects.filter(series="QĐ-UBND").exists()
    assert Registration.objects.filter(state=State.PROPOSED).count() == 2


def test_issuing_again_changes_nothing(ward):
    rows = proposed(ward)
    decision = draft(ward)
    issue(actor=ward.decider, decision=decision, recognise=shown(rows))

    again = issue(actor=ward.decider, decision=decision, recognise=shown(rows))

    assert (again.again, again.recognised, str(again.decision)) == (True, 3, "01/QĐ-UBND")
    assert Award.objects.count() == Certificate.objects.count() == 3


def test_a_typed_number_is_used_and_the_next_goes_on_above(ward):
    rows = proposed(ward, 2)
    issued = issue(actor=ward.decider, decision=draft(ward), recognise=shown(rows), number=37)

    assert str(issued.decision) == "37/QĐ-UBND"
    assert reserve(place=ward.place, series="QĐ-UBND", year=2025) == 38


def test_a_used_number_is_refused(ward):
    first = proposed(ward, 1, names=["Lê Thị An"])
    issue(actor=ward.decider, decision=draft(ward), recognise=shown(first), number=5)
    second = proposed(ward, 1, names=["Lê Thị Bé"])
    letter = Proposal.objects.order_by("pk").last()

    with pytest.raises(RecognitionError) as refused:
        issue(actor=ward.decider, decision=draft(ward, letter), recognise=shown(second), number=5)

    assert refused.value.message == ("Số 05/QĐ-UBND đã dùng trong năm 2025. Hãy chọn số khác hoặc để trống.")
    with pytest.raises(RecognitionError, match="Số quyết định phải từ 1 trở lên."):
        issue(actor=ward.decider, decision=draft(ward, letter), recognise=shown(second), number=0)


def test_a_decision_before_its_letter(ward):
    rows = proposed(ward)

    with pytest.raises(RecognitionError) as refused:
        issue(actor=ward.decider, decision=draft(ward, signed_on=datetime.date(2025, 11, 30)), recognise=shown(rows))

    assert refused.value.message == "Ngày quyết định (30/11/2025) không được trước ngày tờ trình (01/12/2025)."


def test_an_empty_decision(ward):
    proposed(ward)

    with pytest.raises(RecognitionError, match="Quyết định chưa có hồ sơ nào."):
        issue(actor=ward.decider, decision=draft(ward), recognise={})


def test_a_dossier_of_another_letter(ward):
    rows = proposed(ward, 1)
    decision = draft(ward)
    others = proposed(ward, 1, names=["Lê Thị Bé"])

    with pytest.raises(RecognitionError, match="không thuộc tờ trình, năm hoặc mô hình của quyết định này"):
        issue(actor=ward.decider, decision=decision, recognise=shown(rows + others))


@pytest.mark.parametrize("role", ["hamlet_officer", "officer", "chair"])
def test_only_the_decider_decides(ward, role):
    rows = proposed(ward)
    decision = draft(ward)

    with pytest.raises(NotPermitted, match="Bạn không được phân công ký quyết định của Phường Hòa Hưng."):
        issue(actor=getattr(ward, role), decision=decision, recognise=shown(rows))
    with pytest.raises(NotPermitted):
        draft(ward, actor=getattr(ward, role))


def test_who_proposed_cannot_decide(ward):
    rows = proposed(ward)
    ward.officer.postings.create(role=Role.DECIDER, place=ward.place, starts_on="2020-01-01")
    both = User.objects.get(pk=ward.officer.pk)

    with pytest.raises(RowsRefused) as refused:
        issue(actor=both, decision=draft(ward), recognise=shown(rows))

    assert {text for _pk, text in refused.value.skipped} == {
        "Người thực hiện “Công nhận” phải khác người đã làm bước trước."
    }


def test_issuing_a_thousand_costs_what_one_costs(ward):
    costs = []
    for count, prefix in ((1, "Lê"), (300, "Trần")):
        names = [f"{prefix} Văn {n}" for n in range(count)]
        rows = make_registrations(ward, count, state=State.PROPOSED, names=names)
        decision = draft(ward, Proposal.objects.order_by("pk").last())
        actor = User.objects.get(pk=ward.decider.pk)
        with CaptureQueriesContext(connection) as queries:
            assert issue(actor=actor, decision=decision, recognise=shown(rows)).recognised == count
        costs.append(len(queries))

    assert costs[0] == costs[1]


def test_a_district_ranks_and_recognises_a_ward_of_2017():
    district = make_district(1)
    row = make_ward_dossier(district)
    record_scores(
        actor=district.inspector,
        stage=Stage.INSPECTION,
        entries=[Entry(row.pk, row.shown_as, scores=full_scores(row, less=8))],
    )
    row.refresh_from_db()
    decision = prepare(
        actor=district.decider,
        proposal=Proposal.objects.get(),
        signed_on=datetime.date(2017, 12, 28),
        signer="Vũ Văn Quyết",
        signer_title="Chủ tịch",
    )

    issue(actor=district.decider, decision=decision, recognise={row.pk: row.shown_as})

    award = Award.objects.get()
    assert (award.rank, award.total_half, award.district) == (Rank.GOOD, 184, district.place)
    assert decision.authority == "Chủ tịch Ủy ban nhân dân Quận 10"


def test_a_ward_never_decides_on_itself():
    """Even when somebody moves the authority down to the ward: the decider is never the subject."""
    district = make_district(1)
    row = make_ward_dossier(district)
    ward = district.wards[0]
    decider = make_officer(Role.DECIDER, ward)
    letter = Proposal.objects.get()
    Proposal.objects.filter(pk=letter.pk).update(to_place=ward)
    letter = Proposal.objects.get()
    decision = prepare(
        actor=decider, proposal=letter, signed_on=datetime.date(2017, 12, 28), signer="A", signer_title="B"
    )

    with pytest.raises(RecognitionError, match="Cơ quan quyết định không thể tự công nhận chính địa bàn của mình."):
        issue(actor=decider, decision=decision, recognise={row.pk: row.shown_as})


def test_numbers_start_again_each_year_and_per_series(ward):
    assert [reserve(place=ward.place, series="GCN", year=2025, count=3) for _n in range(2)] == [1, 4]
    assert reserve(place=ward.place, series="GCN", year=2026) == 1
    assert reserve(place=ward.place, series="QĐ-UBND", year=2025) == 1


def test_only_who_may_decide_is_offered_the_proposal(client, ward):
    """A province's decider sees its wards' decisions, and has no button that would be refused."""
    proposed(ward)
    above = make_officer(Role.DECIDER, ward.place.province)
    for person, offered in ((ward.decider, True), (above, False)):
        client.force_login(person)
        page = client.get(reverse("recognition:decision-list"), {"nam": Proposal.objects.get().year}).content.decode()
        target = reverse("recognition:decision-create", args=[Proposal.objects.get().pk])
        assert (target in page, client.get(target).status_code) == (offered, 200 if offered else 403)
