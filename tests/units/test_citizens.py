"""Citizens: counted once, found again without their ID number, leaving and coming back with their household."""

import datetime
import hmac
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories.units import (
    CommuneFactory,
    HamletFactory,
    make_citizen,
    make_clan,
    make_household,
    make_officer,
    make_organisation,
)
from units.choices import CitizenGroup, CloseReason, RegistrantKind, Role, Sex
from units.domain import citizens, closing, register
from units.domain.errors import NotAllowed, PossibleDuplicate, RegisterError
from units.domain.totals import register_total
from units.models import Citizen, Registrant, Stay

pytestmark = pytest.mark.django_db
NEW_YEAR = datetime.date(2025, 1, 1)
START = datetime.date(2020, 1, 1)
NUMBER = "079185001234"
LIST = "/cong-dan/"
CREATE = "/cong-dan/them/"


@pytest.fixture
def ward():
    return CommuneFactory(name="Phường Hòa Hưng", valid_from=None)


@pytest.fixture
def hamlet(ward):
    return HamletFactory(name="Khu phố 1", parent=ward)


@pytest.fixture
def neighbour(ward):
    return HamletFactory(name="Khu phố 2", parent=ward)


@pytest.fixture
def home(hamlet):
    return make_household(hamlet, "Nguyễn Văn Hòa")


@pytest.fixture
def officer(ward):
    return make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An")


@pytest.fixture
def an(officer) -> Client:
    client = Client()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    return client


def add(actor, host, name="Nguyễn Thị Hoa", **values):
    values = {"birth_year": 1985, "sex": Sex.FEMALE, "group": CitizenGroup.WORKERS, "opened_on": NEW_YEAR} | values
    return citizens.add_citizen(actor=actor, host=host, name=name, **values)


def people(place, year=None) -> int:
    return register_total(place, kind=RegistrantKind.CITIZEN, year=year)


def text(response) -> str:
    return response.content.decode()


def url(what: str, registrant: Registrant) -> str:
    return reverse(f"units:citizen-{what}", args=[registrant.pk])


# --- Once


def test_number_is_hashed_and_stored_nowhere(home, officer, settings):
    settings.CITIZEN_HASH_KEY = "a key"
    person = add(officer, home, id_number="0791 8500 1234")

    row = Citizen.objects.values("household", "organisation", "id_hash", "id_last4", "active").get()
    assert row == {
        "household": home.pk,
        "organisation": None,
        "id_hash": hmac.new(b"a key", b"079185001234", "sha256").hexdigest(),
        "id_last4": "1234",
        "active": True,
    }
    assert person.hamlet_id == home.hamlet_id
    tables = [name for name in connection.introspection.table_names() if name.startswith(("units_", "pghistory_"))]
    with connection.cursor() as cursor:
        for name in tables:
            table = connection.ops.quote_name(name)
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{NUMBER}%"])
            assert cursor.fetchone() == (0,), name
    settings.CITIZEN_HASH_KEY = "another"
    assert citizens.id_hash(NUMBER) != row["id_hash"]


@pytest.mark.parametrize("number", ["123", "07918500123x", "0791850012345", "²79185001234", "٠٧٩١٨٥٠٠١٢٣٤"])
def test_what_is_no_number_is_refused_without_repeating_it(home, officer, number):
    with pytest.raises(RegisterError) as refusal:
        add(officer, home, id_number=number)

    assert refusal.value.field == "id_number"
    assert refusal.value.message == "Số căn cước gồm đúng 12 chữ số; chưa rõ thì để trống."


def test_same_number_anywhere_in_the_country_is_refused_until_the_other_ward_closes(home, officer):
    there = make_household(HamletFactory(parent=CommuneFactory(name="Phường Vườn Lài")))
    old = add(None, there, "Nguyễn Hoa", id_number=NUMBER)

    with pytest.raises(RegisterError) as refusal:
        add(officer, home, id_number=NUMBER)
    assert refusal.value.message == (
        "Người có số căn cước này đã có trong sổ của Phường Vườn Lài. Mỗi người chỉ tính một lần: nơi cũ đưa người này"
        " ra khỏi sổ rồi mới thêm được."
    )

    closing.close_registrant(
        actor=None, registrant=old, reason=CloseReason.MOVED_AWAY, closed_on=datetime.date(2025, 6, 1)
    )
    add(officer, home, id_number=NUMBER, opened_on=datetime.date(2025, 6, 1))
    assert list(Citizen.objects.order_by("pk").values_list("active", flat=True)) == [False, True]
    with pytest.raises(RegisterError) as refusal:
        closing.reopen_registrant(actor=None, registrant=old)
    assert refusal.value.message == "Người này nay đã có trong sổ của Phường Hòa Hưng, nên không mở lại ở đây."


@pytest.mark.django_db(transaction=True)
def test_two_wards_entering_one_person_at_once():
    homes = [make_household(HamletFactory()) for _ in range(2)]
    outcomes, start = [], threading.Barrier(2)

    def enter(host):
        start.wait()
        try:
            add(None, host, id_number=NUMBER)
            outcomes.append("entered")
        except RegisterError as error:
            outcomes.append(error.field)
        finally:
            connection.close()

    threads = [threading.Thread(target=enter, args=(host,)) for host in homes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["entered", "id_number"]
    assert Citizen.objects.count() == Registrant.objects.filter(kind="CITIZEN").count() == 1


def test_same_name_and_birth_year_is_asked_about_unless_the_numbers_differ(home, officer):
    there = add(officer, home, id_number=NUMBER)

    with pytest.raises(PossibleDuplicate) as question:
        add(officer, home, "NGUYEN THI HOA", seen_duplicates=())
    assert question.value.duplicates == [there]
    add(officer, home, birth_year=1986, seen_duplicates=())
    add(officer, home, id_number="079185009999", seen_duplicates=())
    assert Citizen.objects.count() == 3


def test_counted_once_at_home_or_at_work(ward, hamlet, home, officer):
    school = make_organisation(ward)
    add(officer, home)
    add(officer, school, "Trần Văn Ba")

    assert (people(ward), people(hamlet)) == (2, 1)
    with pytest.raises(RegisterError):
        add(officer, make_clan(ward))
    with pytest.raises(IntegrityError), transaction.atomic():
        Citizen.objects.update(organisation_id=school.pk, household_id=home.pk)


def test_database_keeps_the_rules_when_the_verbs_are_passed_by(home):
    make_citizen(home, id_hash="a" * 64, id_last4="1234")
    other = make_citizen(home)
    row = Citizen.objects.filter(pk=other.pk)
    for change in (
        lambda: row.update(id_hash="a" * 64, id_last4="1234"),
        lambda: row.update(id_last4="1234"),
        lambda: row.update(birth_year=1800),
        lambda: row.update(sex="X"),
        lambda: row.update(group=5),
        lambda: row.update(household=None),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


# --- With the household


def test_people_leave_and_come_back_with_their_household(hamlet, home, officer):
    stays, gone_before = add(officer, home), add(officer, home, "Nguyễn Văn Cũ")
    close = {"actor": officer, "reason": CloseReason.MOVED_AWAY}
    closing.close_registrant(registrant=gone_before, closed_on=datetime.date(2025, 3, 1), **close)

    closing.close_registrant(registrant=home, closed_on=datetime.date(2026, 2, 1), **close)
    assert [people(hamlet, year) for year in (2024, 2025, 2026)] == [0, 1, 0]
    stays.refresh_from_db()
    assert (stays.closed_on, stays.close_reason) == (datetime.date(2026, 2, 1), "MOVED_AWAY")
    with pytest.raises(RegisterError) as refusal:
        closing.reopen_registrant(actor=officer, registrant=stays)
    assert refusal.value.message == (
        "“Nguyễn Văn Hòa”, nơi tính người này, đã ra khỏi sổ. Hãy mở lại nơi đó, hoặc thêm người này ở nơi khác."
    )

    closing.reopen_registrant(actor=officer, registrant=home, today=datetime.date(2026, 5, 1))
    assert people(hamlet, 2026) == 1
    assert list(Stay.objects.filter(registrant=stays).values_list("since", "until")) == [(NEW_YEAR, None)]
    gone_before.refresh_from_db()
    assert not gone_before.is_open


def test_people_entered_elsewhere_meanwhile_stay_there(home, officer):
    person = add(officer, home, id_number=NUMBER)
    closing.close_registrant(
        actor=officer, registrant=home, reason=CloseReason.MOVED_AWAY, closed_on=datetime.date(2026, 2, 1)
    )
    add(None, make_household(HamletFactory()), id_number=NUMBER)

    closing.reopen_registrant(actor=officer, registrant=home, today=datetime.date(2026, 5, 1))

    person.refresh_from_db()
    assert not person.is_open
    assert Citizen.objects.filter(active=True).count() == 1


def test_wrong_hamlet_of_a_household_is_corrected_for_its_people_too(hamlet, neighbour, home, officer):
    add(officer, home)
    register.correct_household(actor=officer, registrant=home, hamlet=neighbour)

    assert (people(hamlet), people(neighbour)) == (0, 1)
    assert set(Stay.objects.values_list("hamlet", flat=True)) == {neighbour.pk}


# --- Counted elsewhere


def test_transfer_from_home_to_work_keeps_past_years(ward, hamlet, home, officer):
    school, person = make_organisation(ward), add(officer, home)
    moved = citizens.transfer(actor=officer, registrant=person, host=school, on=datetime.date(2026, 3, 1))

    assert (moved.hamlet_id, moved.commune_id) == (None, ward.pk)
    assert Citizen.objects.values_list("household", "organisation").get() == (None, school.pk)
    assert [people(hamlet, year) for year in (2025, 2026)] == [1, 0]
    assert [people(ward, year) for year in (2025, 2026)] == [1, 1]


def test_transfers_that_cannot_be(ward, home, officer):
    person, day = add(officer, home), datetime.date(2026, 3, 1)
    far = make_household(HamletFactory(), "Lê Xa")
    gone = make_organisation(ward, "Công ty cũ")
    closing.close_registrant(actor=None, registrant=gone, reason=CloseReason.DISSOLVED, closed_on=day)

    sentences = []
    for host, on in ((home, day), (gone, day), (make_clan(ward), day), (make_organisation(ward), START)):
        with pytest.raises(RegisterError) as refusal:
            citizens.transfer(actor=officer, registrant=person, host=host, on=on)
        sentences.append(refusal.value.message)
    with pytest.raises(NotAllowed):
        citizens.transfer(actor=officer, registrant=person, host=far, on=day)

    assert sentences == [
        "Người này đang được tính ở “Nguyễn Văn Hòa”.",
        "“Công ty cũ” đã ra khỏi sổ. Hãy mở lại trước.",
        "Mỗi người được tính một nơi: ở hộ hoặc ở đơn vị.",
        "Ngày này không được trước ngày 01/01/2025 là ngày “Nguyễn Thị Hoa” về nơi đang ở.",
    ]
    assert Citizen.objects.get().household_id == home.pk


def test_transfer_on_screen(ward, home, an):
    school, person = make_organisation(ward), make_citizen(home)
    found = an.get(url("transfer", person), {"q": "hoa hung"})
    assert f"?don-vi={school.pk}" in text(found)
    page = an.post(f"{url('transfer', person)}?don-vi={school.pk}", {"on": "01/03/2026"}, follow=True)

    assert "“Nguyễn Thị Hoa” nay được tính ở “Trường Tiểu học Hòa Hưng”." in text(page)
    newest = page.context["history"][0]
    assert newest.text == "Tính ở “Trường Tiểu học Hòa Hưng” từ ngày 01/03/2026"
    assert ("Đơn vị", "", "Trường Tiểu học Hòa Hưng") in newest.changes


# --- Pages

ENTRY = {
    "name": "NGUYỄN THỊ HOA",
    "birth_year": "1985",
    "sex": "FEMALE",
    "group": "2",
    "id_number": NUMBER,
    "opened_on": "01/02/2026",
    "note": "",
}


def test_citizen_is_entered_from_the_household_and_shown_there(home, an):
    address = f"{CREATE}?ho={home.pk}"
    assert "Tính ở Nguyễn Văn Hòa, Khu phố 1." in text(an.get(address))
    created = an.post(address, ENTRY, follow=True)

    person = Registrant.objects.get(kind="CITIZEN")
    assert created.redirect_chain == [(url("detail", person), 302)]
    assert (person.name, person.citizen.id_last4) == ("Nguyễn Thị Hoa", "1234")
    assert NUMBER not in text(created)
    assert "Đã kiểm tra trùng; bốn số cuối 1234" in text(created)
    assert "Tạm thời – chưa đối chiếu văn bản gốc" in text(created)
    page = an.get(reverse("units:household-detail", args=[home.pk]))
    assert "Công dân tính ở đây: 1" in text(page)
    assert url("detail", person) in text(page)


def test_second_entry_with_the_number_is_refused_beside_the_field(home, an):
    make_citizen(home, "Trần Thị Hoa", id_hash=citizens.id_hash(NUMBER), id_last4="1234")

    form = an.post(f"{CREATE}?ho={home.pk}", ENTRY).context["form"]

    assert list(form.errors) == ["id_number"]
    assert "đã có trong sổ của Phường Hòa Hưng" in str(form.errors["id_number"])
    assert 'data-no-keep="1"' in text(an.get(f"{CREATE}?ho={home.pk}"))


def test_where_a_citizen_is_counted_is_found_by_name(ward, home, an):
    school = make_organisation(ward, "Trường Tiểu học Hòa Hưng")
    make_household(HamletFactory(), "Nguyễn Văn Hòa")

    page = an.get(CREATE, {"q": "hoa"})

    assert {(row.pk, query) for row, query in page.context["found"]} == {(home.pk, "ho"), (school.pk, "don-vi")}
    assert f"?don-vi={school.pk}" in text(page)
    for odd in ("²", "abc", "9" * 30, "0"):
        assert an.get(CREATE, {"ho": odd}).status_code == 404


def test_correction_keeps_the_number_or_takes_another(home, an):
    person = make_citizen(home, id_hash=citizens.id_hash(NUMBER), id_last4="1234")
    address = url("correct", person)
    page = an.get(address)
    assert "Đang lưu số có bốn số cuối 1234; để trống thì giữ nguyên." in text(page)

    version = page.context["form"].initial["version"]
    an.post(address, ENTRY | {"id_number": "", "birth_year": "1986", "version": version})
    assert Citizen.objects.values_list("birth_year", "id_last4").get() == (1986, "1234")

    stale = an.post(address, ENTRY | {"id_number": "079185005678", "birth_year": "1986", "version": version})
    rows = stale.context["conflict"]["rows"]
    assert [(row["label"], row["stored"], row["typed"]) for row in rows] == [("Bốn số cuối căn cước", "1234", "5678")]
    fresh = an.get(address).context["form"].initial["version"]
    an.post(address, ENTRY | {"id_number": "079185005678", "birth_year": "1986", "version": fresh})
    assert Citizen.objects.get().id_hash == citizens.id_hash("079185005678")


def test_list_filters_and_finds_four_digits_at_one_cost(ward, home, an):
    school = make_organisation(ward)
    counts = []
    for number in range(30):
        host = school if number % 3 == 0 else home
        make_citizen(host, f"Lê Hoa {number}", id_hash=f"{number:064d}", id_last4=f"{number:04d}", group=1 + number % 4)
        if number in (5, 29):
            with CaptureQueriesContext(connection) as captured:
                an.get(LIST)
            counts.append(len(captured))

    assert counts[0] == counts[1]
    assert [row.name for row in an.get(LIST, {"q": "0017"}).context["listing"].rows] == ["Lê Hoa 17"]
    totals = {
        query: an.get(f"{LIST}?{query}").context["listing"].total
        for query in ("", "where=work", "where=home", "group=1", "q=hoa+7", "status=closed")
    }
    assert totals == {"": 30, "where=work": 10, "where=home": 20, "group=1": 8, "q=hoa+7": 1, "status=closed": 0}
