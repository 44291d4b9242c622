"""Proposal letters: numbered, all or nothing, only what passed, only of the ward that writes."""

import pytest

from recognition.choices import State
from recognition.domain.errors import NotPermitted, RecognitionError, RowsRefused
from recognition.domain.proposing import letter_body, propose
from recognition.models import NumberSeries, Proposal, Registration
from tests.factories.recognition import (
    YEAR,
    hold_meeting,
    letter_of,
    make_district,
    make_registration,
    make_registrations,
    make_ward,
    make_ward_dossier,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    return make_ward()


def send(ward, rows, *, actor=None, letter=None):
    letter = letter or letter_of(ward)
    outcome = propose(actor=actor or ward.officer, proposal=letter, shown={row.pk: row.shown_as for row in rows})
    return letter, outcome


def test_a_letter_has_number_addressee_and_list(ward):
    rows = make_registrations(ward, 3, state=State.REVIEWED)

    letter, outcome = send(ward, rows)

    assert str(letter) == "01/TTr-HKH"
    assert (letter.place, letter.to_place, letter.created_by_name) == (ward.place, ward.place, "Lê Thị An")
    assert outcome.done == [row.pk for row in rows]
    assert set(Registration.objects.values_list("state", "proposal")) == {(State.PROPOSED, letter.pk)}


def test_numbers_go_on_within_the_year_and_start_again(ward):
    rows = make_registrations(ward, 2, state=State.REVIEWED)
    first, _outcome = send(ward, rows[:1])
    second, _outcome = send(ward, rows[1:])
    (later,) = make_registrations(ward, 1, state=State.REVIEWED, year=YEAR - 1, names=["Lê Văn Tám"])
    third, _outcome = send(ward, [later], letter=letter_of(ward, year=YEAR - 1))

    assert [letter.number for letter in (first, second, third)] == [1, 2, 1]


def test_one_family_that_cannot_go_stops_the_letter(ward):
    good, bad = make_registrations(ward, 2, state=State.SELF_ASSESSED)
    hold_meeting(ward, [good.pk], total=90)
    hold_meeting(ward, [bad.pk], total=60)
    rows = list(Registration.objects.order_by("pk"))

    with pytest.raises(RowsRefused) as refused:
        send(ward, rows)

    assert refused.value.message == "Có 1 hồ sơ không trình được nên chưa lập tờ trình."
    assert refused.value.skipped == [(bad.pk, "Hồ sơ chưa đạt nên không thể thực hiện “Trình đề nghị”.")]
    assert not Proposal.objects.exists()
    assert not NumberSeries.objects.exists()  # the number is not lost either
    good.refresh_from_db()
    assert good.state == State.REVIEWED


def test_an_empty_list(ward):
    with pytest.raises(RecognitionError, match="Hãy chọn ít nhất một hồ sơ để trình."):
        send(ward, [])


def test_a_hamlet_officer_does_not_write_the_wards_letter(ward):
    row = make_registration(ward, state=State.REVIEWED)

    with pytest.raises(NotPermitted, match="Bạn không được phân công lập tờ trình của Phường Hòa Hưng."):
        send(ward, [row], actor=ward.hamlet_officer)


def test_a_letter_in_the_name_of_another_ward(ward):
    row = make_registration(ward, state=State.REVIEWED)
    letter = letter_of(make_ward("Phường Vườn Lài"))

    with pytest.raises(NotPermitted, match="Bạn không được phân công lập tờ trình của Phường Vườn Lài."):
        send(ward, [row], letter=letter)


def test_a_list_of_another_year(ward):
    row = make_registration(ward, state=State.REVIEWED)

    with pytest.raises(
        RecognitionError, match="Danh sách có hồ sơ không thuộc địa bàn, năm hoặc mô hình của tờ trình."
    ):
        send(ward, [row], letter=letter_of(ward, year=YEAR - 1))


def test_a_ward_of_2017_writes_to_its_district():
    district = make_district(1)

    make_ward_dossier(district, state=State.PROPOSED)

    letter = Proposal.objects.get()
    assert (letter.place, letter.to_place) == (district.wards[0], district.place)


def test_the_wards_own_community_is_proposed_by_its_committee():
    district = make_district(1)

    make_ward_dossier(district, state=State.PROPOSED)

    letter = Proposal.objects.get()
    assert str(letter) == "01/TTr-UBND"
    assert letter_body(letter.model, letter.place) == "Ủy ban nhân dân Phường 1"
