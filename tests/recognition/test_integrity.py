"""Each fault is really found: break the data behind the triggers' back, then look what the proof says."""

import datetime
import json

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from recognition.choices import State
from recognition.domain.evidence import confirm
from recognition.domain.integrity import CHECKS, check_all
from recognition.models import Award, Certificate, Proposal, Registration, Rulebook
from tests.factories.recognition import (
    full_scores,
    make_district,
    make_registrations,
    make_ward,
    make_ward_dossier,
)
from tests.factories.units import HamletFactory, make_citizen, make_clan, make_household, make_organisation
from tests.once import built_once
from units.models import ClanMembership


@pytest.fixture(scope="module")
def year(django_db_setup, django_db_blocker):
    """A ward with families at every state, and a district with a ward's own dossier; built once for all breaks."""
    with built_once(django_db_blocker):
        yield full_year()


@pytest.fixture
def books(year, db):
    """The ward; what a test breaks is thrown away without being checked first."""
    yield year
    transaction.set_rollback(True)


def full_year():
    """A ward with dossiers in every state, and one of its own at the district."""
    ward = make_ward()
    for state in (State.REGISTERED, State.SELF_ASSESSED, State.REVIEWED, State.PROPOSED, State.RECOGNISED):
        make_registrations(ward, 2, state=state, names=[f"Lê {state.value.title()}", f"Trần {state.value.title()}"])
    make_registrations(ward, 1, state=State.REFUSED, names=["Lê Từ Chối"])
    make_registrations(ward, 1, state=State.RETURNED, names=["Lê Trả Lại"])
    make_registrations(ward, 1, state=State.WITHDRAWN, names=["Lê Rút"])
    make_ward_dossier(make_district(2))
    return ward


def behind_the_triggers(sql: str, params: dict) -> None:
    """Run SQL as if somebody had opened the database by hand: no trigger counts or remembers it."""
    with connection.cursor() as cursor, pgtrigger.ignore():
        cursor.execute(cursor.mogrify(sql, params).decode())
        assert cursor.rowcount > 0, "the test broke nothing"


def test_healthy_books_have_no_fault(books):
    assert check_all() == []


DELETE_AWARD = (
    "WITH gone AS (DELETE FROM recognition_certificate WHERE award_id = %(award)s)"
    " DELETE FROM recognition_award WHERE id = %(award)s"
)
MOVED = (
    "WITH v AS (UPDATE recognition_rulebook SET code = 'FAMILY-448', version = 9 WHERE id = %(second)s)"
    " INSERT INTO recognition_renewal (registration_id, from_rulebook_id, to_rulebook_id, dropped, before, after, at,"
    " by_name) SELECT %(registered)s, was, new, '[]', '', '', now() + n * interval '1 second', ''"
    " FROM (VALUES (1, {first}), (2, {second})) AS m(n, was, new)"
)
BREAKS = [
    (
        "tallies",
        "UPDATE recognition_tally SET recognised = recognised + 1 WHERE place_id = %(ward)s",
        "Số liệu tổng hợp Phường Hòa Hưng ({province}), năm 2025, FAMILY: recognised 3 ≠ 2 (đếm lại).",
    ),
    (
        "tallies",
        "DELETE FROM recognition_tally WHERE place_id = %(hamlet)s",
        "Số liệu tổng hợp Khu phố 1 (Phường Hòa Hưng), năm 2025, FAMILY: registered 0 ≠ 12, ",
    ),
    (
        "tallies",
        "INSERT INTO recognition_tally (place_id, level, commune_id, province_id, year, model, registered, assessed,"
        " reviewed, inspected, at_registered, at_self_assessed, at_reviewed, at_inspected, at_proposed, returned,"
        " withdrawn, recognised, refused, rank_good, rank_fair, rank_average, rank_not_met,"
        " met_level_1, met_level_2)"
        " SELECT place_id, level, commune_id, province_id, 2019, model, 1, 0, 0, 0, 1,"
        " 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM recognition_tally WHERE place_id = %(ward)s",
        "Số liệu tổng hợp Phường Hòa Hưng ({province}), năm 2019, FAMILY: registered 1 ≠ 0, at_registered 1 ≠ 0",
    ),
    (
        "tallies",
        "UPDATE recognition_tally SET district_id = 1 WHERE place_id = %(ward)s",
        "năm 2025, FAMILY: ghi sai cấp trên (đếm lại).",
    ),
    (
        "register_tallies",
        "UPDATE units_registertally SET gone = 4 WHERE place_id = %(hamlet)s AND kind = 'HOUSEHOLD'",
        "Số liệu sổ bộ Khu phố 1 (Phường Hòa Hưng), năm 2020, HOUSEHOLD: đến 13 ≠ 13, đi 4 ≠ 0 (đếm lại).",
    ),
    (
        "states",
        "UPDATE recognition_registration SET state = 'INSPECTED' WHERE id = %(registered)s",
        "Hồ sơ {registered} ở tình trạng “Đã kiểm tra” mà quy trình FAMILY-448 không có.",
    ),
    (
        "states",
        "UPDATE recognition_registration SET review_half = NULL WHERE id = %(proposed)s",
        "Hồ sơ {proposed} ở tình trạng “Đã trình đề nghị” nhưng chưa có điểm bình xét.",
    ),
    (
        "scores",
        "UPDATE recognition_registration SET self_half = 7 WHERE id = %(proposed)s",
        "Hồ sơ {proposed}, SELF: điểm trên hồ sơ 3,5 khác phiếu chấm 90.",
    ),
    (
        "scores",
        "DELETE FROM recognition_assessment WHERE registration_id = %(proposed)s AND stage = 'REVIEW'",
        "Hồ sơ {proposed}, REVIEW: điểm trên hồ sơ 90 khác phiếu chấm –.",
    ),
    (
        "awards",
        DELETE_AWARD,
        "Hồ sơ {recognised} được công nhận nhưng không có bản ghi công nhận.",
    ),
    (
        "awards",
        "UPDATE recognition_registration SET state = 'PROPOSED' WHERE id = %(recognised)s",
        "Hồ sơ {recognised} có bản ghi công nhận nhưng không ở tình trạng được công nhận.",
    ),
    (
        "awards",
        "UPDATE recognition_decision SET state = 'DRAFT' WHERE id = %(decision)s",
        "Hồ sơ {recognised} có bản ghi công nhận của quyết định chưa ban hành.",
    ),
    (
        "awards",
        "UPDATE recognition_award SET year = 2024 WHERE registration_id = %(recognised)s",
        "Hồ sơ {recognised} có bản ghi công nhận khác năm hoặc khác mô hình.",
    ),
    (
        "numbers",
        "UPDATE recognition_proposal SET number = %(number)s WHERE id = %(other_proposal)s",
        "Phường Hòa Hưng: số {number}/TTr-HKH năm 2025 dùng hai lần.",
    ),
    (
        "numbers",
        "UPDATE recognition_certificate SET number = 40 WHERE id = %(certificate)s",
        "Phường Hòa Hưng: số 40/GCN năm 2025 vượt số đã cấp của sổ.",
    ),
    (
        "numbers",
        "DELETE FROM recognition_certificate WHERE id = %(certificate)s",
        "Phường Hòa Hưng: dãy số GCN năm 2025 thiếu 1 số không rõ lý do.",
    ),
    (
        "history",
        "UPDATE recognition_registration SET late_reason = 'sửa lén' WHERE id = %(registered)s",
        "Hồ sơ đăng ký {registered} khác bản ghi cuối trong lịch sử.",
    ),
    (
        "history",
        "DELETE FROM recognition_awardevent WHERE pgh_obj_id = %(award)s",
        "Công nhận {award} không có lịch sử.",
    ),
    (
        "history",
        "UPDATE units_household SET poverty = 'POOR' WHERE registrant_id = %(household)s",
        "Hộ gia đình {household} khác bản ghi cuối trong lịch sử.",
    ),
    (
        "stays",
        "UPDATE units_stay SET until = '2025-05-05' WHERE registrant_id = %(household)s",
        "Đối tượng {household} còn trong sổ nhưng không có nơi cư trú.",
    ),
    (
        "stays",
        "UPDATE units_stay SET hamlet_id = %(other_hamlet)s WHERE registrant_id = %(household)s",
        "Đối tượng {household} có nơi cư trú khác địa bàn ghi trong sổ.",
    ),
    (
        "stays",
        "UPDATE units_registrant SET closed_on = '2025-05-05', close_reason = 'MISTAKE' WHERE id = %(household)s",
        "Đối tượng {household} đã ra khỏi sổ nhưng vẫn còn nơi cư trú mở.",
    ),
    (
        "stays",
        "INSERT INTO units_stay (registrant_id, hamlet_id, commune_id, province_id, kind, since, until)"
        " SELECT registrant_id, hamlet_id, commune_id, province_id, kind, '2022-01-01', '2022-02-01'"
        " FROM units_stay WHERE registrant_id = %(household)s",
        "Đối tượng {household} có hai nơi cư trú cùng lúc.",
    ),
    (
        "certificates",
        "DELETE FROM recognition_certificate WHERE award_id = %(award)s",
        "Công nhận {award} chưa có giấy công nhận.",
    ),
    (
        "certificates",
        "UPDATE recognition_certificate SET issued_on = '2020-01-01' WHERE award_id = %(award)s",
        "Công nhận {award} có giấy cấp trước ngày ký quyết định.",
    ),
    (
        "certificates",
        "UPDATE recognition_certificate SET place_id = %(other_hamlet)s WHERE award_id = %(award)s",
        "Công nhận {award} có giấy do cơ quan khác cấp.",
    ),
    (
        "certificates",
        "INSERT INTO recognition_certificate (award_id, place_id, number_year, number, token, printed_name,"
        " printed_address, issued_on) SELECT award_id, place_id, number_year, 99, 'x', printed_name, printed_address,"
        " issued_on FROM recognition_certificate WHERE award_id = %(award)s",
        "Công nhận {award} có hơn một giấy công nhận đang dùng.",
    ),
    (
        "profiles",
        "DELETE FROM units_clan WHERE registrant_id = %(empty_clan)s",
        "Đối tượng {empty_clan} thiếu phần thông tin của loại mình.",
    ),
    (
        "profiles",
        "INSERT INTO units_clan (registrant_id, hall_address, has_committee, committee_head, phone)"
        " VALUES (%(household)s, '', FALSE, '', '')",
        "Đối tượng {household} có phần thông tin của loại khác.",
    ),
    (
        "hosts",
        "UPDATE units_citizen SET active = FALSE WHERE registrant_id = %(citizen)s",
        "Công dân {citizen} có dấu còn trong sổ không khớp với sổ.",
    ),
    (
        "hosts",
        "UPDATE units_registrant SET hamlet_id = %(other_hamlet)s WHERE id = %(citizen)s",
        "Công dân {citizen} đứng khác địa bàn với “Lê Registered” nơi tính.",
    ),
    (
        "hosts",
        "UPDATE units_registrant SET closed_on = '2025-05-05', close_reason = 'MISTAKE' WHERE id = %(household)s",
        "Công dân {citizen} còn trong sổ nhưng “Lê Registered” nơi tính đã ra khỏi sổ.",
    ),
    (
        "hosts",
        "UPDATE units_registrant SET kind = 'ORGANISATION' WHERE id = %(household)s",
        "Công dân {citizen} được tính ở “Lê Registered” không phải hộ hay đơn vị.",
    ),
    (
        "clans",
        "INSERT INTO units_clanmembership (clan_id, household_id, since, until)"
        " VALUES (%(other_clan)s, %(household)s, '2022-01-01', '2024-01-01')",
        "Hộ {household} (Lê Registered) thuộc hai dòng họ cùng lúc.",
    ),
    (
        "places",
        "UPDATE units_registrant SET district_id = %(other_hamlet)s WHERE id = %(household)s",
        "Đối tượng {household} ở Khu phố 1 ghi sai cấp trên.",
    ),
    (
        "places",
        "UPDATE units_stay SET commune_id = NULL WHERE registrant_id = %(household)s",
        "Thời gian cư trú của đối tượng {household} ở Khu phố 1 ghi sai cấp trên.",
    ),
    (
        "places",
        "UPDATE recognition_registration SET commune_id = %(other_hamlet)s WHERE id = %(registered)s",
        "Hồ sơ {registered} ở Khu phố 1 ghi sai cấp trên.",
    ),
    (
        "places",
        "UPDATE units_place SET province_id = %(ward)s WHERE id = %(hamlet)s",
        "Khu phố 1 ({hamlet}) ghi sai cấp trên.",
    ),
    (
        "places",
        "UPDATE units_place SET valid_to = '2025-06-30' WHERE id = %(hamlet)s",
        "Đối tượng {household} còn đứng ở Khu phố 1 đã kết thúc.",
    ),
    (
        "places",
        "UPDATE units_place SET valid_to = '2019-06-30' WHERE id = %(hamlet)s",
        "Đối tượng {household} đến Khu phố 1 sau ngày nơi này kết thúc.",
    ),
    (
        "references",
        "UPDATE units_registrant SET hamlet_id = 999999999 WHERE id = %(household)s",
        "Bảng units_registrant, cột hamlet_id ghi số 999999999 không tồn tại.",
    ),
    (
        "references",
        "UPDATE units_stay SET province_id = 999999999 WHERE registrant_id = %(household)s",
        "Bảng units_stay, cột province_id ghi số 999999999 không tồn tại.",
    ),
    (
        "references",
        "UPDATE units_household SET registrant_id = 999999999 WHERE registrant_id = %(household)s",
        "Bảng units_household, cột registrant_id ghi số 999999999 không tồn tại.",
    ),
    (
        "references",
        "UPDATE units_registrant SET import_batch_id = 999999999 WHERE id = %(household)s",
        "Bảng units_registrant, cột import_batch_id ghi số 999999999 không tồn tại.",
    ),
    (
        "sheets",
        "UPDATE recognition_assessment SET scores = '{1,2}' WHERE registration_id = %(recognised)s AND stage = 'SELF'",
        "Hồ sơ {recognised}, SELF: phiếu chấm có 2 mục, bộ tiêu chí có 10 mục.",
    ),
    (
        "sheets",
        "UPDATE recognition_assessment SET scores = array_fill(20, ARRAY[9]) || 21"
        " WHERE registration_id = %(recognised)s AND stage = 'REVIEW'",
        "Hồ sơ {recognised}, REVIEW: có mục ngoài khoảng điểm của bộ tiêu chí.",
    ),
    (
        "sheets",
        "UPDATE recognition_evidence SET criterion = '9.9' WHERE id = %(evidence)s",
        "Hồ sơ {registered} có minh chứng ở mục 9.9 mà bộ tiêu chí không có.",
    ),
    (
        "history",
        "UPDATE recognition_evidence SET criterion = '1.2' WHERE id = %(evidence)s",
        "Minh chứng {evidence} khác bản ghi cuối trong lịch sử.",
    ),
    (
        "renewals",
        MOVED.format(first="%(rulebook)s, %(rulebook)s", second="%(rulebook)s, %(second)s"),
        "Hồ sơ {registered} có lần chuyển phiên bản đến chính phiên bản cũ.",
    ),
    (
        "renewals",
        MOVED.format(first="%(rulebook)s, %(second)s", second="%(rulebook)s, %(second)s"),
        "Hồ sơ {registered} có các lần chuyển phiên bản không nối tiếp nhau.",
    ),
    (
        "renewals",
        MOVED.format(first="%(second)s, %(rulebook)s", second="%(rulebook)s, %(second)s"),
        "Hồ sơ {registered} không đứng ở phiên bản của lần chuyển cuối.",
    ),
    (
        "affiliations",
        "INSERT INTO recognition_affiliation (citizen_id, organisation_id, learner, since, until, by_name, at)"
        " SELECT %(citizen)s, %(organisation)s, false, since::date, until::date, '', now() FROM (VALUES"
        " ('2024-01-01', '2024-05-02'), ('2024-05-01', NULL)) AS v(since, until)",
        "Công dân {citizen} được xác nhận hai lần cùng lúc là người của đơn vị {organisation}.",
    ),
    (
        "affiliations",
        "WITH a AS (INSERT INTO recognition_affiliation (citizen_id, organisation_id, learner, since, by_name, at)"
        " VALUES (%(citizen)s, %(organisation)s, false, '2024-01-01', '', now())), m AS (INSERT INTO"
        " units_registrantmerge (kind, kept_id, other_id, done_on, done_at, actor_name, before, after, people, stays,"
        " memberships, withdrawn, undone_by_name) VALUES ('ORGANISATION', %(citizen)s, %(organisation)s, '2024-02-01',"
        " now(), '', '{}', '{}', '[]', '{}', '{}', 0, '')) UPDATE units_registrant"
        " SET closed_on = '2024-02-01', close_reason = 'DUPLICATE' WHERE id = %(organisation)s",
        "Công dân {citizen} còn là người của đơn vị {organisation} sau khi một bên đã gộp."
        " Hãy chạy manage.py mend_merges.",
    ),
    (
        "holidays",
        "INSERT INTO recognition_holiday (day, name, is_off, is_work, other_day, by_name, at)"
        " VALUES ('2026-05-09', 'x', false, true, '2026-05-11', '', now())",
        "Ngày 09/05/2026 hoán đổi mà thiếu ngày kia.",
    ),
    (
        "holidays",
        "WITH d AS (INSERT INTO recognition_holiday (day, name, is_off, is_work, by_name, at)"
        " VALUES ('2026-09-02', 'x', true, false, '', now())) INSERT INTO recognition_holidayyear"
        " (year, is_complete, source, by_name, at) VALUES (2026, true, 'x', '', now())",
        "Năm 2026 ghi là đủ ngày nghỉ lễ mà chỉ có ngày lễ dương lịch.",
    ),
]


@pytest.mark.parametrize(("check", "sql", "sentence"), BREAKS)
def test_fault_is_found(books, check, sql, sentence):
    values = _values(books)
    behind_the_triggers(sql, values)

    found = [fault.message for fault in CHECKS[check]()]

    wanted = sentence.format(**values)
    assert [message for message in found if wanted in message] != [], found


def _values(ward) -> dict:
    rows = {row.state: row for row in Registration.objects.filter(model="FAMILY").order_by("-pk")}
    award = Award.objects.get(registration=rows["RECOGNISED"])
    proposals = list(Proposal.objects.filter(place=ward.place).order_by("pk"))
    return {
        "ward": ward.place.pk,
        "hamlet": ward.hamlet.pk,
        "province": ward.place.province.name,
        "other_hamlet": HamletFactory(parent=ward.place, name="Khu phố 2").pk,
        "registered": rows["REGISTERED"].pk,
        "proposed": rows["PROPOSED"].pk,
        "recognised": rows["RECOGNISED"].pk,
        "household": rows["REGISTERED"].registrant_id,
        "award": award.pk,
        "decision": award.decision_id,
        "certificate": Certificate.objects.order_by("number").first().pk,
        "other_proposal": proposals[1].pk,
        "number": proposals[0].number,
        "rulebook": rows["REGISTERED"].rulebook_id,
        "second": Rulebook.objects.get(code="CLAN-448").pk,
        "organisation": make_organisation(ward.hamlet).pk,
        "evidence": confirm(actor=ward.officer, registration=rows["REGISTERED"], criterion="1.1").pk,
        **_others(ward, rows["REGISTERED"].registrant),
    }


def _others(ward, household) -> dict:
    """A citizen of the household, its clan, and two clans it is not of."""
    clan, other, empty = (make_clan(ward.place, name) for name in ("Họ Lê", "Họ Trần", "Họ Phan"))
    ClanMembership.objects.create(clan=clan.clan, household=household.household, since=datetime.date(2021, 1, 1))
    return {"citizen": make_citizen(household).pk, "other_clan": other.pk, "empty_clan": empty.pk}


def test_every_check_has_a_break():
    # Broken in test_inspection_visits, test_waiting, test_commendations, test_measures, test_entry_links, test_closing.
    broken_elsewhere = {"samples", "minutes", "waiting_days", "commendations", "shares", "entries", "reports"}
    assert {check for check, _sql, _sentence in BREAKS} | broken_elsewhere == set(CHECKS)


def test_ordinary_changes_are_no_faults(books):
    make_household(books.hamlet, "Nguyễn Thị Mới")
    row = Registration.objects.filter(state=State.REGISTERED, model="FAMILY").first()
    Registration.objects.filter(pk=row.pk).update(late_reason="Xét bổ sung")

    assert check_all() == []


def test_many_faults_of_one_kind_are_summed_up(books):
    for n in range(30):
        make_household(books.hamlet, f"Hộ {n}")
    behind_the_triggers("UPDATE units_household SET poverty = 'POOR'", {})

    found = [fault.message for fault in CHECKS["history"]()]

    assert len(found) == 21
    assert found[-1].startswith("… và ") and found[-1].endswith(" lỗi cùng loại.")


def test_command_succeeds_on_healthy_books(books, capsys):
    call_command("check_integrity")
    assert capsys.readouterr().out.startswith("Không có lỗi. Đã kiểm tra: số liệu tổng hợp, ")

    call_command("check_integrity", "--json")
    assert json.loads(capsys.readouterr().out) == {"ok": True, "checks": list(CHECKS), "faults": []}


def test_command_fails_with_the_list_of_faults(books, capsys):
    behind_the_triggers(DELETE_AWARD, _values(books))

    with pytest.raises(CommandError) as stopped:
        call_command("check_integrity")

    out = capsys.readouterr().out
    assert stopped.value.returncode == 1
    assert "[công nhận] Hồ sơ" in out and "được công nhận nhưng không có bản ghi công nhận." in out


def test_inspected_ward_is_no_fault(db):
    from recognition.choices import Stage
    from recognition.domain.assessing import Entry, record_scores

    district = make_district(2)
    row = make_ward_dossier(district)
    assert district.team.pk
    outcome = record_scores(
        actor=district.inspector,
        stage=Stage.INSPECTION,
        entries=[Entry(row.pk, State.PROPOSED, scores=full_scores(row, less=1))],
    )

    assert outcome.done == [row.pk]
    assert check_all() == []
