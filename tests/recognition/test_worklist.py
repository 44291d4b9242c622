"""What waits for whom: exact lines, counts, clocks and links; who below has not sent."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from recognition.choices import LearningModel, State, Step, WorkKind
from recognition.domain.below import REPORT, below
from recognition.domain.documents import Draft, send
from recognition.domain.feedback import say
from recognition.domain.objecting import enter
from recognition.domain.work import Work
from recognition.domain.worklist import work_of
from recognition.models import Registration, Rulebook, Season
from recognition.views.work_lines import clock_of, url_of
from tests.factories.recognition import YEAR, make_district, make_registrations, make_ward, make_ward_dossier
from tests.factories.units import CommuneFactory, HamletFactory, make_household, make_officer
from units.choices import Role
from units.models import Place, Succession, User

pytestmark = pytest.mark.django_db
DAY = datetime.date(YEAR, 11, 30)  # last day of self-assessment and review under FAMILY-448
FAMILY = LearningModel.FAMILY


@pytest.fixture
def ward():
    return make_ward()


def work(user, today=DAY, year=YEAR):
    return work_of(User.objects.get(pk=user.pk).active_postings(), year, today)


def lines(user, today=DAY, year=YEAR):
    return [(one.kind, one.step, one.count, one.due and one.due.isoformat()) for one in work(user, today, year)]


def test_lines_of_each_role_with_exact_counts_and_last_days(ward):
    make_registrations(ward, 3, names=["Lê A", "Lê B", "Lê C"])
    make_registrations(ward, 2, names=["Lý A", "Lý B"], state=State.RETURNED)
    make_registrations(ward, 4, names=["Đỗ A", "Đỗ B", "Đỗ C", "Đỗ D"], state=State.REVIEWED)
    make_registrations(ward, 1, names=["Hồ A"], state=State.PROPOSED)
    make_registrations(ward, 1, names=["Vũ A"], state=State.RECOGNISED)

    score = ("STEP", "self_assess", 3, "2025-11-30")
    back = ("RETURNED", "self_assess", 2, "2025-11-30")
    propose = ("STEP", "propose", 4, None)
    assert lines(ward.hamlet_officer) == [back, score]
    assert lines(ward.officer) == [back, score, propose]
    assert lines(ward.chair) == [propose]
    assert lines(ward.decider) == [("STEP", "decide", 1, "2025-12-31")]
    assert lines(make_officer(Role.LEADER, ward.place.province)) == []
    assert lines(make_ward("Phường Vườn Lài").officer) == []
    Season.objects.create(
        year=YEAR, opens_on=datetime.date(YEAR, 1, 1), closes_on=datetime.date(YEAR, 12, 31), is_closed=True
    )
    assert lines(ward.officer) == []


def test_late_only_after_the_last_day_and_late_lines_first(ward):
    make_registrations(ward, 1, names=["Lê A"])
    make_registrations(ward, 1, names=["Lý A"], state=State.REVIEWED)

    [on_the_day, _other] = work(ward.officer, DAY)
    [after, other] = work(ward.officer, DAY + datetime.timedelta(days=1))
    assert (on_the_day.is_late(DAY), clock_of(on_the_day.due, DAY)) == (False, "hạn là hôm nay")
    assert clock_of(on_the_day.due, DAY - datetime.timedelta(days=12)) == "còn 12 ngày"
    assert after.is_late(DAY + datetime.timedelta(days=1))
    assert clock_of(after.due, DAY + datetime.timedelta(days=3)) == "quá hạn 3 ngày"
    assert (other.due, other.is_late(datetime.date(2030, 1, 1))) == (None, False)


def test_oldest_waiting_counts_whole_days(ward):
    first, second = make_registrations(ward, 2, names=["Lê A", "Lê B"])
    Registration.objects.filter(pk=first.pk).update(state_at=datetime.datetime(2025, 11, 1, 17, tzinfo=datetime.UTC))
    Registration.objects.filter(pk=second.pk).update(state_at=datetime.datetime(2025, 11, 20, 1, tzinfo=datetime.UTC))

    [line] = work(ward.hamlet_officer)

    # 17:00 UTC is already the next day in Viet Nam.
    assert (line.oldest, line.days_waiting(DAY)) == (datetime.date(2025, 11, 2), 28)


def test_every_link_leads_to_exactly_what_is_counted(ward, client):
    make_registrations(ward, 3, names=["Lê A", "Lê B", "Lê C"])
    make_registrations(ward, 2, names=["Đỗ A", "Đỗ B"], state=State.REVIEWED)
    make_registrations(ward, 1, names=["Đỗ Kém"], state=State.REVIEWED, total=40)  # not passed: nobody proposes it
    client.force_login(ward.officer)

    found = {}
    for one in work(ward.officer):
        response = client.get(url_of(ward.officer, one))
        found[one.step] = (one.count, [row.registrant.name for row in response.context["listing"].rows])

    assert found == {"self_assess": (3, ["Lê A", "Lê B", "Lê C"]), "propose": (2, ["Đỗ A", "Đỗ B"])}


def test_dossiers_of_another_rulebook_stay_out_of_count_and_list(ward, client):
    mine, other = make_registrations(ward, 2, names=["Lê A", "Lê B"])
    rules = Rulebook.objects.get(code="FAMILY-448")
    content = {**rules.content, "code": "FAMILY-X"}
    content["procedure"] = [
        {**step, "roles": ["WARD_CHAIR"]} if step["step"] == "self_assess" else step for step in content["procedure"]
    ]
    own = Rulebook.objects.create(
        code="FAMILY-X", model=FAMILY, title="X", valid_from_year=2025, status="official", content=content
    )
    Registration.objects.filter(pk=other.pk).update(rulebook=own)
    client.force_login(ward.hamlet_officer)

    [line] = work(ward.hamlet_officer)
    rows = client.get(url_of(ward.hamlet_officer, line)).context["listing"].rows

    assert (line.count, [row.pk for row in rows]) == (1, [mine.pk])
    assert lines(ward.chair) == [("STEP", "self_assess", 1, "2025-11-30")]


def test_work_of_a_merged_ward_lies_on_the_desk_of_the_new_one(ward):
    make_registrations(ward, 2)
    merged = CommuneFactory(name="Phường Mới", parent=ward.place.province, valid_from=datetime.date(2026, 3, 1))
    Place.objects.filter(pk=ward.place.pk).update(valid_to=datetime.date(2026, 2, 28))
    Succession.objects.create(from_place=ward.place, to_place=merged, effective_on=datetime.date(2026, 3, 1))

    assert lines(make_officer(Role.WARD_OFFICER, merged)) == [("STEP", "self_assess", 2, "2025-11-30")]


def test_working_days_after_the_step_before_where_the_rules_count_so():
    district = make_district(1)
    row = make_ward_dossier(district)  # Circular 44: ten working days from the day the dossier came
    friday = datetime.datetime(2017, 12, 8, 3, tzinfo=datetime.UTC)
    Registration.objects.filter(pk=row.pk).update(state_at=friday)
    last = datetime.date(2017, 12, 22)

    [line] = work(district.inspector, last, 2017)

    assert (line.model, line.step, line.due, line.provisional) == ("COMMUNITY_COMMUNE", "inspect", last, False)
    assert (line.is_late(last), line.is_late(last + datetime.timedelta(days=1))) == (False, True)
    assert work(district.decider, last, 2017) == []  # not its turn before the inspection


def test_a_hamlet_that_has_begun_nothing_is_asked_to_register_once_the_year_is_open(ward, client):
    other = make_officer(Role.HAMLET_OFFICER, HamletFactory(parent=ward.place, name="Khu phố 2"))
    for number in range(3):
        make_household(ward.hamlet, f"Lê Văn {number}")
    last = datetime.date(YEAR, 3, 31)

    [line] = work(ward.hamlet_officer, last)
    assert (line.step, line.count, line.due) == ("register", 3, last)
    assert (line.is_late(last), line.is_late(last + datetime.timedelta(days=1))) == (False, True)
    client.force_login(ward.hamlet_officer)
    rows = client.get(url_of(ward.hamlet_officer, line)).context["listing"].rows
    assert [row.name for row in rows] == ["Lê Văn 0", "Lê Văn 1", "Lê Văn 2"]
    assert lines(other, last) == []  # nobody lives there
    assert lines(ward.hamlet_officer, last, YEAR + 1) == []  # a year to come
    plan = Draft("PLAN", "1", last, "Kế hoạch năm", YEAR, opens_on=last + datetime.timedelta(days=1))
    send(actor=ward.officer, place=ward.place, draft=plan, levels=["hamlet"])
    assert "register" not in [one.step for one in work(ward.hamlet_officer, last)]
    assert "register" in [one.step for one in work(ward.hamlet_officer, last + datetime.timedelta(days=1))]
    make_registrations(ward, 1, names=["Hồ A"])
    assert [one.step for one in work(ward.hamlet_officer, last) if one.step] == ["self_assess"]


def test_objection_is_late_after_ten_working_days(ward):
    [row] = make_registrations(ward, 1, state=State.RECOGNISED)
    signed = row.award.decision.signed_on
    made = enter(actor=ward.officer, registration=row, objector="Lê Thị B", text="Chưa đúng", received_on=signed)

    assert (signed.isoformat(), made.due_on.isoformat()) == ("2025-12-01", "2025-12-15")  # two weekends between
    [chair] = [one for one in work(ward.chair) if one.kind == WorkKind.OBJECTION]
    assert (chair.count, chair.due, chair.is_late(made.due_on)) == (1, made.due_on, False)
    assert chair.is_late(made.due_on + datetime.timedelta(days=1))
    assert [one.kind for one in work(ward.officer)] == []
    assert [one.count for one in work(ward.decider) if one.kind == WorkKind.OBJECTION] == [1]


def test_questions_about_criteria_reach_whoever_keeps_the_rulebook(ward):
    general = Rulebook.objects.get(code="FAMILY-448")
    province = ward.place.province
    own = Rulebook.objects.get(code="CLAN-448")
    Rulebook.objects.filter(pk=own.pk).update(province_codes=[province.code])
    for rulebook in (general, own):
        say(actor=ward.officer, rulebook=rulebook, criterion=rulebook.spec.leaf_codes[0], text="Chưa rõ cách tính.")

    def asked(place):
        return [one.count for one in work(make_officer(Role.LEADER, place)) if one.kind == WorkKind.FEEDBACK]

    assert (asked(None), asked(province), asked(make_ward("Phường Vườn Lài").place.province)) == ([2], [1], [])


def test_yearly_report_is_asked_for_from_december(ward):
    before, first = datetime.date(YEAR, 11, 30), datetime.date(YEAR, 12, 1)

    assert lines(ward.chair, before) == []
    assert lines(ward.chair, first) == [("REPORT", "", 1, None)]
    assert lines(ward.officer, first) == []


def test_same_number_of_queries_for_one_and_for_many(ward, client):
    client.force_login(ward.officer)
    make_registrations(ward, 1, names=["Lê A"])
    client.get(reverse("recognition:work-list") + f"?nam={YEAR}")  # the session learns the year
    with CaptureQueriesContext(connection) as first:
        client.get(reverse("recognition:work-list") + f"?nam={YEAR}")
    make_registrations(ward, 12, state=State.REVIEWED)
    for number in range(2, 7):
        make_household(HamletFactory(parent=ward.place, name=f"Khu phố {number}"), f"Hộ {number}")
    with CaptureQueriesContext(connection) as second:
        response = client.get(reverse("recognition:work-list") + f"?nam={YEAR}")

    assert [line.work.count for line in response.context["lines"]] == [1, 12]
    assert len(first) == len(second) <= 20


def test_menu_number_follows_the_work(ward, client):
    client.force_login(ward.officer)
    page = reverse("recognition:work-badge") + f"?nam={YEAR}"
    assert client.get(page).content.strip() == b""
    make_registrations(ward, 2)
    assert client.get(page).content.strip() == b""  # kept for a minute …
    client.post(reverse("portal:set-text-size"), {"size": "1", "next": "/"})  # … or until the person sends something
    assert b'<span class="rail-count">1<' in client.get(page).content
    assert '<span class="rail-count">1<' in client.get(reverse("portal:home")).content.decode()


def test_who_below_has_not_sent(ward, client):
    second, third, fourth = (HamletFactory(parent=ward.place, name=f"Khu phố {n}") for n in (2, 3, 4))
    make_household(second, "Lê Văn Hai")
    make_registrations(ward, 2, names=["Lê A", "Lê B"])
    make_registrations(ward, 1, names=["Lý A"], state=State.SELF_ASSESSED)

    page = below(ward.place, YEAR, FAMILY, DAY)
    told = {row.place.name: [(one.step, one.count, one.is_late(DAY)) for one in row.missing] for row in page.rows}

    assert told == {
        "Khu phố 1": [(Step.SELF_ASSESS, 2, False), (Step.REVIEW, 1, False)],
        "Khu phố 2": [(Step.REGISTER, 0, True)],  # until 31 March
        third.name: [],  # nobody lives there: nothing to register
        fourth.name: [],
    }
    assert [row.place.name for row in page.lacking(Step.REGISTER)] == ["Khu phố 2"]
    client.force_login(ward.officer)
    address = reverse("recognition:below-list", args=[ward.place.pk])
    shown = client.get(address, {"nam": YEAR, "thieu": "register"}).context
    assert ([row["place"].name for row in shown["rows"]], shown["missing"], shown["all"]) == (["Khu phố 2"], 2, 4)
    late = (timezone.localdate() - datetime.date(YEAR, 3, 31)).days
    assert shown["text"].splitlines() == [
        f"Việc còn thiếu, Gia đình học tập năm 2025, Phường Hòa Hưng, đến ngày {timezone.localdate():%d/%m/%Y}:",
        f"- Khu phố 2: chưa đăng ký, quá hạn {late} ngày",
    ]


def test_wards_without_a_report_are_missing_from_december(ward):
    province = ward.place.province
    make_registrations(ward, 1, state=State.REVIEWED)

    before = below(province, YEAR, FAMILY, datetime.date(YEAR, 11, 30))
    after = below(province, YEAR, FAMILY, datetime.date(YEAR, 12, 1))

    assert [one.step for one in before.rows[0].missing] == [Step.PROPOSE]
    assert [one.step for one in after.rows[0].missing] == [Step.PROPOSE, REPORT]


def test_every_kind_of_work_has_an_address(ward):
    """A line that leads nowhere takes the whole home page down."""
    for kind in WorkKind.values:
        for target in (None, 7):
            one = Work(ward.officer.pk, kind, ward.place, YEAR, 1, model=FAMILY, target=target, inspected=target)
            if target or kind != WorkKind.ACTION_POINT:
                assert url_of(ward.officer, one).startswith("/"), kind
