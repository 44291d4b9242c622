"""Registering one or many, what is refused and why; withdrawing, sending back, lists from Excel and their undo."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognition.choices import ProposalState, State
from recognition.domain.errors import NotPermitted, RecognitionError, RowsRefused
from recognition.domain.registering import (
    no_rulebook_sentence,
    register,
    register_imported,
    register_many,
    send_back,
    unregister_imported,
    withdraw,
)
from recognition.models import Proposal, Registration, Season
from tests.factories.recognition import (
    YEAR,
    make_community,
    make_district,
    make_registration,
    make_registrations,
    make_ward,
    walk,
)
from tests.factories.units import make_household
from units.models import ImportBatch, ImportRow, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    return make_ward()


def families(ward, count):
    return [make_household(ward.hamlet, f"Trần Thị {chr(65 + n)}") for n in range(count)]


def many(ward, rows, **options):
    ids = [row.pk for row in rows]
    return register_many(actor=ward.officer, registrant_ids=ids, model="FAMILY", year=YEAR, **options)


def test_a_dossier_keeps_the_place_and_the_rulebook_of_its_year(ward):
    row = register(actor=ward.hamlet_officer, registrant=families(ward, 1)[0], model="FAMILY", year=YEAR)

    assert (row.hamlet, row.commune, row.province) == (ward.hamlet, ward.place, ward.place.province)
    assert (row.state, row.state_by_name, row.rulebook.code) == (State.REGISTERED, "Trần Văn Ba", "FAMILY-448")


def test_registering_a_thousand_costs_what_one_costs(ward):
    rows = families(ward, 1)
    more = families(ward, 400)
    costs = []
    for part in (rows, more):
        actor = User.objects.get(pk=ward.officer.pk)
        with CaptureQueriesContext(connection) as queries:
            outcome = register_many(actor=actor, registrant_ids=[row.pk for row in part], model="FAMILY", year=YEAR)
        assert len(outcome.done) == len(part)
        costs.append(len(queries))

    assert costs[0] == costs[1]


def test_the_same_list_twice_changes_nothing(ward):
    rows = families(ward, 3)
    many(ward, rows)

    again = many(ward, rows)

    assert again.done == []
    assert [text for _pk, text in again.skipped] == ["Đã đăng ký năm 2025."] * 3
    assert Registration.objects.count() == 3


def test_every_refused_row_is_told_why(ward):
    fine, closed, later = families(ward, 3)
    closed.stays.update(until=datetime.date(2025, 3, 1))
    later.stays.update(since=datetime.date(2026, 2, 1))
    elsewhere = make_household(make_ward("Phường Vườn Lài").hamlet)
    community = make_community(ward.hamlet)

    outcome = many(ward, [fine, closed, later, elsewhere, community])

    assert outcome.done == [fine.pk]
    assert dict(outcome.skipped) == {
        closed.pk: "Không có trong sổ vào ngày 31/12/2025.",
        later.pk: "Không có trong sổ vào ngày 31/12/2025.",
        elsewhere.pk: "Không tìm thấy trong phạm vi của bạn.",
        community.pk: "“Gia đình học tập” không dành cho loại đối tượng này.",
    }


def test_a_chair_sees_the_family_but_does_not_register(ward):
    (row,) = families(ward, 1)

    with pytest.raises(NotPermitted) as refused:
        register(actor=ward.chair, registrant=row, model="FAMILY", year=YEAR)

    assert refused.value.message == "Bạn không được phân công đăng ký danh hiệu cho địa bàn này."


def test_a_family_is_registered_where_it_stood_that_year(ward):
    (row,) = families(ward, 1)
    other = make_ward("Phường Vườn Lài")
    row.stays.update(until=datetime.date(2026, 1, 10))
    row.stays.create(kind=row.kind, since=datetime.date(2026, 1, 10), **other.hamlet.fact_ids)

    assert many(ward, [row]).done == [] or Registration.objects.get(registrant=row).commune == ward.place


def test_no_rulebook_no_registration(ward):
    with pytest.raises(RecognitionError) as refused:
        register_many(
            actor=ward.officer, registrant_ids=[row.pk for row in families(ward, 1)], model="FAMILY", year=2015
        )

    assert refused.value.message == "Chưa có bộ tiêu chí “Gia đình học tập” áp dụng cho năm 2015."


def test_a_closed_year_takes_no_registrations(ward):
    Season.objects.create(year=YEAR, opens_on="2025-01-01", closes_on="2025-12-31", is_closed=True)

    with pytest.raises(RecognitionError, match="Năm 2025 đã khóa sổ."):
        many(ward, families(ward, 1))


def test_a_ward_registers_its_own_community_of_then():
    district = make_district(2)

    row = register(actor=district.officers[0], registrant=district.communities[0], model="COMMUNITY_COMMUNE", year=2017)

    assert (row.commune, row.district, row.hamlet) == (district.wards[0], district.place, None)
    assert row.rulebook.code == "COMMUNE-TT44"
    with pytest.raises(NotPermitted, match="Không tìm thấy trong phạm vi của bạn."):
        register(actor=district.officers[0], registrant=district.communities[1], model="COMMUNITY_COMMUNE", year=2017)


def test_a_hamlet_community_is_no_commune_community(ward):
    community = make_community(ward.hamlet)

    outcome = register_many(actor=ward.officer, registrant_ids=[community.pk], model="COMMUNITY_COMMUNE", year=2020)

    assert outcome.done == []


def test_a_model_is_refused_in_years_before_it_existed():
    district = make_district(1)

    with pytest.raises(RecognitionError, match="Chưa có bộ tiêu chí “Cộng đồng học tập cấp xã” áp dụng cho năm 2013."):
        register(actor=district.officers[0], registrant=district.communities[0], model="COMMUNITY_COMMUNE", year=2013)


@pytest.mark.parametrize(
    ("model", "managed_by", "year", "sentence"),
    [
        ("CITIZEN", "", 2020, "Chưa có bộ tiêu chí “Công dân học tập” áp dụng cho năm 2020."),
        (
            *("COMMUNITY_DISTRICT", "", 2025),
            "Cấp huyện kết thúc ngày 30/06/2025 nên năm 2025 không còn xét “Cộng đồng học tập cấp huyện” "
            "của cấp huyện.",
        ),
        (
            *("UNIT", "district", 2025),
            "Cấp huyện kết thúc ngày 30/06/2025 nên năm 2025 không còn xét “Đơn vị học tập” của cấp huyện.",
        ),
        (
            *("UNIT", "province", 2019),
            "Chưa có bộ tiêu chí “Đơn vị học tập” (Tỉnh, thành phố quản lý) áp dụng cho năm 2019.",
        ),
    ],
)
def test_the_refusal_says_why_a_model_does_not_exist(model, managed_by, year, sentence):
    assert no_rulebook_sentence(model, year, managed_by) == sentence


def test_withdrawn_families_may_register_again(ward):
    row = make_registration(ward)
    withdraw(actor=ward.officer, shown={row.pk: row.state}, reason="Nhập nhầm")

    again = register(actor=ward.officer, registrant=row.registrant, model="FAMILY", year=YEAR)

    assert again.pk != row.pk
    assert Registration.objects.live().get() == again


@pytest.mark.parametrize("reason", ["", "   "])
def test_reasons_are_required(ward, reason):
    row = make_registration(ward, state=State.SELF_ASSESSED)

    with pytest.raises(RecognitionError, match="Cần ghi lý do rút đăng ký."):
        withdraw(actor=ward.officer, shown={row.pk: row.state}, reason=reason)
    with pytest.raises(RecognitionError, match="Cần ghi lý do trả lại để người lập hồ sơ biết phải sửa gì."):
        send_back(actor=ward.officer, shown={row.pk: row.state}, reason=reason)


def test_a_novel_is_not_a_reason(ward):
    row = make_registration(ward)

    with pytest.raises(RecognitionError, match="Lý do dài quá 500 ký tự."):
        withdraw(actor=ward.officer, shown={row.pk: row.state}, reason="x" * 501)


def test_sending_back_the_last_dossier_returns_the_letter(ward):
    rows = make_registrations(ward, 2, state=State.PROPOSED)
    letter = Proposal.objects.get()

    send_back(actor=ward.decider, shown={rows[0].pk: State.PROPOSED}, reason="Thiếu biên bản")
    letter.refresh_from_db()
    assert letter.state == ProposalState.SENT

    send_back(actor=ward.decider, shown={rows[1].pk: State.PROPOSED}, reason="Thiếu biên bản")
    letter.refresh_from_db()
    assert letter.state == ProposalState.RETURNED
    assert set(Registration.objects.values_list("proposal", "meeting")) == {(None, None)}


# --- Lists from Excel


def imported(ward, count, *, wanted=None):
    batch = ImportBatch.objects.create(
        place=ward.place, year=YEAR, file_name="danh-sach.xlsx", file_hash="0" * 64, created_by_name="Lê Thị An"
    )
    rows = families(ward, count)
    ImportRow.objects.bulk_create(
        ImportRow(
            batch=batch,
            sheet="Sheet1",
            row_no=n + 1,
            registrant_id=row.pk,
            verdict="ADDED",
            wants_registration=wanted is None or n in wanted,
        )
        for n, row in enumerate(rows)
    )
    return batch, rows


def test_a_list_registers_the_families_it_marks(ward):
    batch, rows = imported(ward, 3, wanted={0, 2})

    outcome = register_imported(actor=ward.officer, batch=batch)

    assert outcome.done == [rows[0].pk, rows[2].pk]
    assert set(Registration.objects.values_list("registrant", "import_batch_id")) == {
        (rows[0].pk, batch.pk),
        (rows[2].pk, batch.pk),
    }
    assert register_imported(actor=ward.officer, batch=batch).done == []


def test_undo_takes_back_what_the_list_registered_and_nothing_else(ward):
    batch, rows = imported(ward, 2)
    (before,) = families(ward, 1)
    many(ward, [before])
    register_imported(actor=ward.officer, batch=batch)

    assert unregister_imported(actor=ward.officer, batch=batch) == 2

    assert Registration.objects.live().get().registrant == before
    note = Registration.objects.filter(state=State.WITHDRAWN).values_list("state_note", flat=True).distinct()
    assert list(note) == ["Hoàn tác lần nhập Excel"]
    assert unregister_imported(actor=ward.officer, batch=batch) == 0


def test_undo_is_refused_whole_once_a_family_was_scored(ward):
    batch, rows = imported(ward, 3)
    register_imported(actor=ward.officer, batch=batch)
    scored = Registration.objects.get(registrant=rows[1])
    walk(ward, [scored.pk], state=State.SELF_ASSESSED)

    with pytest.raises(RowsRefused) as refused:
        unregister_imported(actor=ward.officer, batch=batch)

    assert refused.value.message == (
        "Có 1 hộ của danh sách này đã được chấm điểm hoặc xét tiếp nên không hoàn tác được. "
        "Hãy trả lại hoặc rút các hồ sơ đó trước."
    )
    assert Registration.objects.live().count() == 3


def test_undo_is_not_for_strangers(ward):
    batch, _rows = imported(ward, 2)
    register_imported(actor=ward.officer, batch=batch)

    with pytest.raises(RowsRefused):
        unregister_imported(actor=ward.chair, batch=batch)

    assert Registration.objects.live().count() == 2
