"""Organisations: entering, correcting, numbers by year, lists and their pages."""

import datetime
import io

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories.units import CommuneFactory, HamletFactory, make_officer, make_organisation
from units.choices import OrganisationType, RegistrantKind, Role
from units.domain import organisations, registrants
from units.domain.errors import ChangedMeanwhile, NotAllowed, PossibleDuplicate, RegisterError
from units.domain.totals import register_total
from units.models import Organisation, OrganisationYear, Registrant, Stay

pytestmark = pytest.mark.django_db
NEW_YEAR = datetime.date(2025, 1, 1)
LIST = "/don-vi/"


@pytest.fixture
def ward():
    return CommuneFactory(name="Phường Hòa Hưng", valid_from=None)


@pytest.fixture
def hamlet(ward):
    return HamletFactory(name="Khu phố 1", parent=ward)


@pytest.fixture
def officer(ward):
    return make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An")


@pytest.fixture
def an(officer) -> Client:
    client = Client()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    return client


def enter(actor, place, name="Trường Tiểu học Hòa Hưng", **values):
    values = {"opened_on": NEW_YEAR, "type": OrganisationType.PRIMARY} | values
    return registrants.enter(actor=actor, book=organisations.BOOK, place=place, name=name, **values)


def names(response) -> list[str]:
    return [row.name for row in response.context["listing"].rows]


def text(response) -> str:
    return response.content.decode()


def url(what: str, registrant: Registrant) -> str:
    return reverse(f"units:organisation-{what}", args=[registrant.pk])


# --- Verbs


def test_school_of_the_whole_ward_stands_in_no_hamlet_and_is_counted_once(ward, hamlet, officer):
    school = enter(officer, ward, has_branch=True, branch_chair="  Trần  Thị Hà ")
    factory = enter(officer, hamlet, "Công ty Hòa Hưng", type=OrganisationType.ENTERPRISE)

    assert (school.kind, school.hamlet_id, school.commune_id) == ("ORGANISATION", None, ward.pk)
    assert (factory.hamlet_id, factory.commune_id) == (hamlet.pk, ward.pk)
    assert school.organisation.branch_chair == "Trần Thị Hà"
    kind = RegistrantKind.ORGANISATION
    assert [register_total(place, kind=kind, year=2025) for place in (ward, hamlet)] == [2, 1]
    assert register_total(ward) == 0


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": " "}, "name", "Cần ghi tên đơn vị."),
        ({"name": "+1"}, "name", "Tên đơn vị không được bắt đầu bằng “+”."),
        ({"branch_chair": "Trần Thị Hà"}, "has_branch", "Có chi hội trưởng thì đơn vị phải có chi hội khuyến học."),
        ({"type": "SHIP"}, "type", "Giá trị “SHIP” không phải là một lựa chọn hợp lệ."),
        ({"opened_on": datetime.date(2999, 1, 1)}, "opened_on", "Ngày vào sổ không được sau hôm nay."),
    ],
)
def test_entry_is_refused_with_a_sentence_about_the_field(ward, officer, changes, field, sentence):
    with pytest.raises(RegisterError) as refusal:
        enter(officer, ward, **changes)

    assert refusal.value.field == field
    if field != "type":  # the sentence of an unknown choice is Django's
        assert refusal.value.message == sentence
    assert Registrant.objects.count() == 0


def test_hamlet_officer_enters_in_the_own_hamlet_only(ward, hamlet):
    officer = make_officer(Role.HAMLET_OFFICER, hamlet)
    enter(officer, hamlet)

    with pytest.raises(NotAllowed) as refusal:
        enter(officer, ward, "Công an phường")

    assert refusal.value.message == "Bạn không giữ sổ của Phường Hòa Hưng."


def test_same_name_in_the_ward_is_asked_about(ward, hamlet, officer):
    there = make_organisation(ward, "Trường Tiểu học Hòa Hưng")
    make_organisation(CommuneFactory(), "Trường Tiểu học Hòa Hưng")

    with pytest.raises(PossibleDuplicate) as question:
        enter(officer, hamlet, "trường tiểu học HOÀ HƯNG", seen_duplicates=())
    enter(officer, hamlet, seen_duplicates={there.pk})

    assert question.value.message == "Đơn vị này có thể đã có trong sổ."
    assert question.value.duplicates == [there]


def test_correcting_the_place_moves_the_open_stay(ward, hamlet, officer):
    school = enter(officer, ward)

    registrants.correct(actor=officer, book=organisations.BOOK, registrant=school, place=hamlet, phone="0283 123 456")

    school.refresh_from_db()
    assert (school.hamlet, school.organisation.phone) == (hamlet, "0283 123 456")
    assert list(Stay.objects.values_list("hamlet", "commune", "since", "until")) == [
        (hamlet.pk, ward.pk, NEW_YEAR, None)
    ]
    with pytest.raises(RegisterError) as refusal:
        elsewhere = CommuneFactory(name="Phường Vườn Lài")
        registrants.correct(actor=officer, book=organisations.BOOK, registrant=school, place=elsewhere)
    assert refusal.value.message == (
        "Phường Vườn Lài thuộc Phường Vườn Lài, không thuộc Phường Hòa Hưng. Đơn vị đã chuyển sang phường, xã khác thì"
        " đưa ra khỏi sổ ở đây; nơi đến sẽ thêm đơn vị vào sổ của mình."
    )


def test_second_of_two_editors_sees_both_values(ward, officer):
    school = enter(officer, ward)
    drawn = organisations.BOOK.version(school.pk)
    correct = {"actor": officer, "book": organisations.BOOK, "registrant": school, "version": drawn}
    registrants.correct(**correct, contact="Bà Hà")

    with pytest.raises(ChangedMeanwhile) as conflict:
        registrants.correct(**correct, contact="Ông Nam", place=ward)

    assert conflict.value.differences == [("contact", "Bà Hà", "Ông Nam")]
    assert Organisation.objects.get().contact == "Bà Hà"


def test_database_keeps_the_rules_when_the_verbs_are_passed_by(ward):
    school = make_organisation(ward)
    year = OrganisationYear.objects.create(organisation=school.organisation, year=2025, staff=40)
    for change in (
        lambda: Organisation.objects.update(branch_chair="Bà Hà"),
        lambda: Organisation.objects.update(type="SHIP"),
        lambda: Registrant.objects.update(commune=None),
        lambda: OrganisationYear.objects.create(organisation=school.organisation, year=2025, staff=41),
        lambda: OrganisationYear.objects.filter(pk=year.pk).update(staff=-1),
        lambda: OrganisationYear.objects.filter(pk=year.pk).update(year=1800),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


# --- Numbers by year


def test_a_year_written_again_is_replaced_and_a_wrong_year_taken_away(ward, officer):
    school = enter(officer, ward)
    organisations.record_year(actor=officer, organisation=school, year=2024, staff=38, learners=700)
    organisations.record_year(actor=officer, organisation=school, year=2025, staff=40, learners=800)
    organisations.record_year(actor=officer, organisation=school, year=2025, staff=41, learners=None)
    organisations.remove_year(actor=officer, organisation=school, year=2024)

    assert list(OrganisationYear.objects.values_list("year", "staff", "learners")) == [(2025, 41, None)]
    with pytest.raises(RegisterError) as refusal:
        organisations.remove_year(actor=officer, organisation=school, year=2024)
    assert refusal.value.message == "Đơn vị không có số liệu năm 2024."
    with pytest.raises(RegisterError) as refusal:
        organisations.record_year(actor=officer, organisation=school, year=2999, staff=1)
    assert (refusal.value.field, refusal.value.message) == ("year", "Năm 2999 chưa đến.")
    with pytest.raises(NotAllowed):
        organisations.record_year(
            actor=make_officer(Role.LEADER, ward), organisation=school, year=2025, staff=1, learners=1
        )


# --- Pages

ENTRY = {
    "name": "Trường Tiểu học Hòa Hưng",
    "type": "PRIMARY",
    "address": "12 Hòa Hưng",
    "has_branch": "on",
    "branch_chair": "Trần Thị Hà",
    "contact": "Bà Hà",
    "phone": "0283 123 456",
    "opened_on": "01/02/2026",
    "note": "",
}


def test_create_correct_close_and_reopen_on_screen(ward, hamlet, an):
    created = an.post(f"{LIST}them/", ENTRY | {"place": ward.pk}, follow=True)
    school = Registrant.objects.get()
    assert created.redirect_chain == [(url("detail", school), 302)]
    assert "Đã thêm đơn vị “Trường Tiểu học Hòa Hưng” vào sổ." in text(created)
    assert {str(label): str(value) for label, value, *_ in created.context["facts"]}["Loại hình"] == "Trường tiểu học"

    form = an.get(url("correct", school)).context["form"]
    changed = ENTRY | {"place": hamlet.pk, "phone": "(0283) 999-123", "version": form.initial["version"]}
    assert "Đã lưu thông tin." in text(an.post(url("correct", school), changed, follow=True))
    stale = an.post(url("correct", school), changed | {"contact": "Ông Nam"})
    rows = stale.context["conflict"]["rows"]
    assert [(row["label"], row["stored"], row["typed"]) for row in rows] == [("Người liên hệ", "Bà Hà", "Ông Nam")]

    an.post(url("close", school), {"reason": "DISSOLVED", "closed_on": "01/03/2026"})
    gone = an.get(url("detail", school))
    assert "Đã ra khỏi sổ" in text(gone)
    assert "Mở lại đơn vị" in text(gone)
    assert "Đã mở lại đơn vị “Trường Tiểu học Hòa Hưng”." in text(an.post(url("reopen", school), follow=True))
    titles = [entry.title for entry in an.get(url("detail", school)).context["history"]]
    assert titles == ["Mở lại", "Đưa ra khỏi sổ", "Sửa thông tin", "Đưa vào sổ"]


def test_refused_form_says_what_and_where(ward, an):
    wrong = {"place": "", "type": "", "has_branch": "", "phone": "không", "name": "123", "opened_on": "1/1/1900"}
    form = an.post(f"{LIST}them/", ENTRY | wrong).context["form"]

    assert {name: list(errors) for name, errors in form.errors.items()} == {
        "name": ["Tên phải có chữ cái."],
        "place": ["Hãy chọn một nơi trong danh sách."],
        "type": ["Hãy chọn loại hình đơn vị."],
        "opened_on": ["Ngày vào sổ quá xa, hãy xem lại năm."],
        "phone": ["Số điện thoại chỉ gồm chữ số, ví dụ: 0912 345 678."],
        "has_branch": ["Có chi hội trưởng thì đơn vị phải có chi hội khuyến học."],
    }
    assert Registrant.objects.count() == 0


def test_likely_duplicate_is_asked_about_then_entered(ward, an):
    there = make_organisation(ward)
    question = an.post(f"{LIST}them/", ENTRY | {"place": ward.pk})
    assert "Đơn vị này có thể đã có trong sổ:" in text(question)
    assert url("detail", there) in text(question)

    seen = question.context["form"]["seen"].value()
    assert an.post(f"{LIST}them/", ENTRY | {"place": ward.pk, "seen": seen}).status_code == 302
    assert Registrant.objects.count() == 2


def test_year_is_written_shown_and_taken_away_on_screen(ward, an):
    school = make_organisation(ward)
    an.post(url("year", school), {"year": "2025", "staff": "40", "learners": "1200"})
    page = an.get(url("detail", school))
    assert "1.200" in text(page)
    assert an.get(f"{url('year', school)}?nam=2025").context["form"].initial["staff"] == 40

    future = an.post(url("year", school), {"year": "2999", "staff": "40"})
    assert future.context["form"].errors["year"] == ["Năm 2999 chưa đến."]

    removed = an.post(reverse("units:organisation-year-remove", args=[school.pk, 2025]), follow=True)
    assert "Đã xóa số liệu năm 2025." in text(removed)
    assert [entry.title for entry in removed.context["history"]] == [
        "Xóa số liệu năm 2025",
        "Ghi số liệu năm 2025",
        "Đưa vào sổ",
    ]


def test_list_filters_sorts_and_counts(ward, hamlet, an):
    make_organisation(ward, "Trường Tiểu học Số 10", has_branch=True)
    make_organisation(ward, "Trường Tiểu học Số 2")
    make_organisation(hamlet, "Chùa Hòa Hưng", type=OrganisationType.RELIGIOUS)
    make_organisation(CommuneFactory(), "Trường nơi khác")

    everything = an.get(LIST)
    assert names(everything) == ["Chùa Hòa Hưng", "Trường Tiểu học Số 2", "Trường Tiểu học Số 10"]
    assert everything.context["listing"].total == 3
    assert names(an.get(LIST, {"type": "RELIGIOUS"})) == ["Chùa Hòa Hưng"]
    assert names(an.get(LIST, {"branch": "yes"})) == ["Trường Tiểu học Số 10"]
    assert names(an.get(LIST, {"q": "tieu hoc", "branch": "no"})) == ["Trường Tiểu học Số 2"]
    assert names(an.get(LIST, {"hamlet": hamlet.pk})) == ["Chùa Hòa Hưng"]
    assert names(an.get(LIST, {"status": "closed"})) == []


def test_export_holds_the_filtered_list_with_a_hidden_key(ward, hamlet, an):
    school = make_organisation(ward, "=Trường", has_branch=True, branch_chair="Bà Hà", phone="0283 123")
    make_organisation(hamlet, "Chùa Hòa Hưng", type=OrganisationType.RELIGIOUS)

    response = an.get(reverse("units:organisation-export", args=[ward.pk]), {"type": "PRIMARY"})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))

    rows = list(book.active.iter_rows(values_only=True))
    assert rows[1:] == [
        (school.pk, 1, "=Trường", "Trường tiểu học", "Phường, xã quản lý", None, None, "x", "Bà Hà", None, "0283 123")
        + (None, None, None, None, "01/01/2020", None, None, None)
    ]
    assert rows[0][2:6] == ("Tên đơn vị", "Loại hình", "Cấp quản lý", "Địa chỉ")
    assert book.active.column_dimensions["A"].hidden


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    own = ("django_session", "units_user", "units_posting", "units_succession", "SAVEPOINT")
    return sum(not any(word in one["sql"].split("WHERE")[0] for word in own) for one in captured)


def test_list_and_record_cost_the_same_at_three_and_thirty(ward, an, officer):
    school = make_organisation(ward, "Trường đầu")
    lists, records = [], []
    for number in range(30):
        make_organisation(ward, f"Trường số {number}")
        organisations.record_year(actor=officer, organisation=school, year=2026 - number, staff=number)
        if number in (5, 29):
            lists.append(queries(an, LIST))
            records.append(queries(an, url("detail", school)))

    assert lists[0] == lists[1] <= 4
    assert records[0] == records[1]
