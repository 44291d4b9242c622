"""People of an organisation who are counted at home: found by list, confirmed, counted in its shares only."""

import datetime
import io
import json

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from recognition.domain import affiliating
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.integrity import check_all
from recognition.domain.measures import computing
from recognition.models import Affiliation, Award, Decision, Registration, Rulebook
from tests.factories.recognition import YEAR, make_ward
from tests.factories.units import make_citizen, make_household, make_organisation
from units.choices import CitizenGroup, CloseReason
from units.domain import closing
from units.domain.citizens import id_hash
from units.domain.duplicates.merging import merge_duplicates, undo_merge
from units.domain.errors import RegisterError
from units.models import Citizen, OrganisationYear

pytestmark = pytest.mark.django_db
NUMBER = "079080001234"


def recognised(citizen, ward, model="CITIZEN", book="CITIZEN-324", year=YEAR):
    """The citizen (or organisation) holds a recognition of the year."""
    book = Rulebook.objects.get(code=book)
    place = {"commune": ward.place, "province": ward.place.province}
    row = Registration.objects.create(
        registrant=citizen, model=model, year=year, rulebook=book, state="RECOGNISED", passed=True,
        state_at=f"{year}-12-01T00:00Z", **place,
    )  # fmt: skip
    day = datetime.date(year, 12, 1)
    decision = Decision.objects.create(
        place=ward.place, authority="A", model=model, year=year, symbol="QĐ", signed_on=day, signer="A",
        signer_title="B",
    )  # fmt: skip
    Award.objects.create(
        registration=row, decision=decision, registrant=citizen, model=model, year=year, valid_from=day,
        valid_until=datetime.date(year + 1, 12, 31), **place,
    )  # fmt: skip


@pytest.fixture
def ward():
    ward = make_ward()
    ward.school = make_organisation(ward.hamlet)
    OrganisationYear.objects.create(organisation_id=ward.school.pk, year=YEAR, staff=4, learners=10)
    home = make_household(ward.hamlet, "Nguyễn Văn Cha")
    ward.an = make_citizen(home, "Nguyễn Văn An", birth_year=1980)
    ward.two = [make_citizen(home, "Trần Thị Bình", birth_year=1990) for _n in range(2)]
    ward.by_id = make_citizen(home, "Lê Văn Cường", birth_year=1975, id_hash=id_hash(NUMBER), id_last4="1234")
    ward.child = make_citizen(home, "Nguyễn Thị Em", birth_year=2015, group=CitizenGroup.OTHERS)
    ward.there = make_citizen(ward.school, "Phạm Thị Dung", birth_year=1988)
    other = make_ward("Phường Diên Hồng")
    make_citizen(make_household(other.hamlet, "Đỗ Xa"), "Đỗ Thị Xa", birth_year=1970)
    return ward


LIST = f"""1. NGUYEN VAN AN - 12/03/1980
Trần Thị Bình, 1990
Cường {NUMBER[:6]} {NUMBER[6:]}
Phạm Thị Dung 1988
Đỗ Thị Xa 1970
Nguyễn Văn An 1981
chỉ có tên"""


def test_a_list_is_matched_by_hash_or_name_and_year_and_only_inside_what_one_may_see(ward):
    found = affiliating.match(user=ward.officer, organisation=ward.school, text=LIST)
    assert [[one.pk for one in line.candidates] for line in found] == [
        [ward.an.pk], [row.pk for row in ward.two], [ward.by_id.pk], [], [], [], [],
    ]  # fmt: skip
    assert [line.sure for line in found] == [True, False, True, False, False, False, False]
    assert [one.pk for one in found[3].known] == [ward.there.pk]
    nobody = "Không tìm thấy trong sổ công dân thuộc phạm vi của bạn."
    rule = "Dòng này phải có họ tên và năm sinh, hoặc số căn cước 12 chữ số."
    assert [line.fault for line in found] == ["", "", "", "", nobody, nobody, rule]
    assert found[2].line == "Cường …1234"  # the number itself goes no further
    with CaptureQueriesContext(connection) as few:
        affiliating.match(user=ward.officer, organisation=ward.school, text="Nguyễn Văn An 1980")
    with CaptureQueriesContext(connection) as many:
        affiliating.match(user=ward.officer, organisation=ward.school, text=LIST)
    assert len(few) == len(many)
    for text, words in ((" \n ", "mỗi người một dòng"), ("x 1980\n" * 501, "501 dòng; mỗi lần tìm nhiều nhất 500")):
        with pytest.raises(RecognitionError, match=words):
            affiliating.match(user=ward.officer, organisation=ward.school, text=text)


def test_an_id_number_speaks_against_a_namesake_and_a_name_against_an_id_number(ward):
    text = f"Lê Văn Cường 1975 079080999999\nNguyễn Văn An 1980 079080999999\nTrần Thị Bình {NUMBER}"
    kept_otherwise, without_number, mistyped = affiliating.match(user=ward.officer, organisation=ward.school, text=text)

    assert kept_otherwise.candidates == [] and kept_otherwise.fault.startswith("Không tìm thấy")
    assert ([one.pk for one in without_number.candidates], without_number.sure) == ([ward.an.pk], True)
    assert ([one.pk for one in mistyped.candidates], mistyped.sure) == ([ward.by_id.pk], False)


def test_confirmed_people_count_for_the_organisation_from_their_day_and_nowhere_twice(ward):
    subject = computing.registrant_in(ward.school.pk, YEAR, ward.place)

    def share(measure, where=subject):
        return [(one.share.numerator, one.share.denominator) for one in computing.count(measure, where).values()][0]

    for citizen in (ward.an, ward.there, ward.child):
        recognised(citizen, ward)
    commune = computing.places([ward.place.pk], YEAR)
    citizens = share("commune_citizen_share", commune)
    assert (share("unit_member_citizen_share"), share("unit_learner_citizen_share")) == ((1, 4), (0, 10))
    since = datetime.date(YEAR, 12, 31)
    confirm = {"actor": ward.officer, "organisation": ward.school}
    assert affiliating.confirm(**confirm, citizens=[ward.an.pk, ward.by_id.pk], learner=False, since=since) == 2
    assert affiliating.confirm(**confirm, citizens=[ward.child.pk], learner=True, since=since) == 1
    assert (share("unit_member_citizen_share"), share("unit_learner_citizen_share")) == ((2, 4), (1, 10))
    assert share("commune_citizen_share", commune) == citizens
    names = [one.name for one in computing.members(ward.officer, "unit_member_citizen_share", subject)]
    assert names == ["Nguyễn Văn An", "Lê Văn Cường", "Phạm Thị Dung"]
    # D-11: staff of recognised organisations, those confirmed included, nobody twice and no learner
    assert share("commune_unit_staff_share", commune) == (0, None)
    recognised(ward.school, ward, "UNIT", "UNIT-448")
    assert share("commune_unit_staff_share", commune) == (2, 4)
    second = make_organisation(ward.hamlet)
    OrganisationYear.objects.create(organisation_id=second.pk, year=YEAR, staff=3, learners=0)
    affiliating.confirm(actor=ward.officer, organisation=second, citizens=[ward.an.pk], learner=False, since=since)
    recognised(second, ward, "UNIT", "UNIT-448")
    assert share("commune_unit_staff_share", commune) == (2, 7)
    names = [one.name for one in computing.members(ward.officer, "commune_unit_staff_share", commune)]
    assert names == ["Nguyễn Văn An", "Lê Văn Cường", "Phạm Thị Dung"]
    # D-12: the learning citizens stand in the register, who of them has digital skills does not; both are said
    assert computing.denominator("commune_digital_citizen_share", commune) == 3
    assert computing.denominator("commune_literacy_share", commune) is None
    client = Client()
    client.force_login(ward.officer)
    page = client.get(f"{reverse('recognition:missing-place', args=[ward.place.pk])}?nam={YEAR}").content.decode()
    assert "chưa khai / 3 công dân học tập" in page and "nên tử số phải khai." in page
    assert (
        client.get(
            reverse("recognition:measure-place", args=[ward.place.pk, "commune_digital_citizen_share"])
        ).status_code
        == 404
    )
    # one day later they were not yet there on 31 December
    Affiliation.objects.update(since=since + datetime.timedelta(days=1))
    assert share("unit_member_citizen_share") == (1, 4)
    with pytest.raises(RecognitionError, match="đã là người của đơn vị"):
        affiliating.confirm(**confirm, citizens=[ward.an.pk, ward.there.pk], learner=False, since=since)
    with pytest.raises(NotPermitted):
        affiliating.confirm(
            actor=make_ward("Phường 9").officer,
            organisation=ward.school,
            citizens=[ward.an.pk],
            learner=False,
            since=since,
        )


def test_on_screen_from_the_list_to_the_end(client, ward):
    client.force_login(ward.officer)
    url = reverse("recognition:affiliations", args=[ward.school.pk])
    values = {"text": LIST, "role": "staff", "since": f"01/01/{YEAR}"}
    page = client.post(url, values).content.decode()
    assert "Kết quả: 2 trong 7 dòng khớp đúng một người" in page and NUMBER not in page.split("<table", 1)[1]
    assert client.post(url, values | {"since": "01/01/2999"}).status_code == 422
    done = client.post(url, values | {"confirm": "1", "who": [ward.an.pk, ward.by_id.pk]}, follow=True).content.decode()
    assert "Đã xác nhận 2 người." in done and "cán bộ, người lao động" in done
    one = Affiliation.objects.get(citizen_id=ward.an.pk)
    assert (
        "Từ hôm nay người này không còn là người của đơn vị"
        in client.post(url, {"end": one.pk}, follow=True).content.decode()
    )
    assert "Người này đã thôi là người của đơn vị." in client.post(url, {"end": one.pk}, follow=True).content.decode()
    assert Citizen.objects.get(pk=ward.an.pk).household_id  # still counted at home
    client.force_login(ward.decider)
    assert client.post(url, values).status_code == 403


def share_of(ward, dossier):
    return computing.count("unit_citizen_share", computing.dossiers([dossier.pk]))[dossier.pk].listed


def test_a_duplicate_s_confirmation_goes_to_the_one_that_is_kept_and_back(ward):
    """Of a citizen entered twice, and of an organisation: exactly those counted before count after."""
    since = datetime.date(YEAR, 9, 1)
    kept, twin = ward.two
    affiliating.confirm(
        actor=ward.officer, organisation=ward.school, citizens=[twin.pk, ward.an.pk], learner=False, since=since
    )
    dossier = Registration.objects.create(
        registrant=ward.school, model="UNIT", year=timezone.localdate().year, state="REGISTERED",
        rulebook=Rulebook.objects.get(code="UNIT-448"), state_at="2025-01-01T00:00Z", commune=ward.place,
        province=ward.place.province,
    )  # fmt: skip
    before = share_of(ward, dossier)

    merge = merge_duplicates(actor=ward.officer, kept=kept, other=twin)

    held = Affiliation.objects.filter(organisation=ward.school.pk, until=None)
    assert set(held.values_list("citizen_id", flat=True)) == {kept.pk, ward.an.pk}
    made = Affiliation.objects.get(citizen=kept.pk)
    assert (made.since, made.learner, made.by_name) == (merge.done_on, False, ward.officer.full_name)
    assert Affiliation.objects.get(citizen=twin.pk).until == merge.done_on
    assert share_of(ward, dossier) == before == 3  # somebody counted there, and the two
    undo_merge(actor=ward.officer, merge=merge)
    assert set(held.values_list("citizen_id", flat=True)) == {twin.pk, ward.an.pk}
    assert Affiliation.objects.get(citizen=kept.pk).until == merge.done_on  # on record, of no day
    assert share_of(ward, dossier) == 3 and check_all() == []

    # Ended by an officer since: no undo that would make somebody staff again.
    merge = merge_duplicates(actor=ward.officer, kept=kept, other=twin)
    carried = held.get(citizen=kept.pk)
    affiliating.end(actor=ward.officer, organisation=ward.school, affiliation=carried.pk, on=merge.done_on)
    with pytest.raises(RegisterError) as refused:
        undo_merge(actor=ward.officer, merge=merge)
    assert refused.value.message == "Không hoàn tác được: có 1 xác nhận người của đơn vị đã đổi sau đó."

    # The organisation entered twice: who is the kept one's own already is not confirmed a second time.
    again = make_organisation(ward.hamlet)
    everybody = [ward.an.pk, ward.by_id.pk, ward.there.pk]
    affiliating.confirm(actor=ward.officer, organisation=again, citizens=everybody, learner=False, since=since)
    merge = merge_duplicates(actor=ward.officer, kept=ward.school, other=again)
    assert set(held.values_list("citizen_id", flat=True)) == {ward.an.pk, ward.by_id.pk}
    undo_merge(actor=ward.officer, merge=merge)
    assert set(held.values_list("citizen_id", flat=True)) == {ward.an.pk}
    assert Affiliation.objects.filter(organisation=again.pk, until=None).count() == 3


def mended(*words):
    out = io.StringIO()
    call_command("mend_merges", *words, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_what_old_merges_left_open_goes_to_the_kept_one_and_comes_back_with_an_undo(ward):
    """Merges of a version that did not carry confirmations: one merged on, one whose kept one was ended since."""
    since, today = datetime.date(YEAR, 9, 1), timezone.localdate()
    first, middle = ward.two
    home = make_household(ward.hamlet, "Vũ Văn Tay")
    gone, by_hand = make_citizen(home, "Le Van Cuong", birth_year=1975), make_citizen(home, "Vũ Thị Tay")
    merges = [
        merge_duplicates(actor=ward.officer, kept=kept, other=other)
        for kept, other in ((middle, first), (ward.an, middle), (ward.by_id, gone))
    ]
    closing.close_registrant(actor=ward.officer, registrant=by_hand, reason=CloseReason.DUPLICATE, closed_on=today)
    left = [(first, None), (gone, None), (by_hand, None), (ward.by_id, today + datetime.timedelta(days=1))]
    Affiliation.objects.bulk_create(
        Affiliation(citizen_id=one.pk, organisation_id=ward.school.pk, since=since, until=until, by_name="Cán bộ")
        for one, until in left
    )
    stood = list(Affiliation.objects.order_by("pk").values_list("pk", "citizen_id", "since", "until"))
    assert [one.message.split(" còn ")[0] for one in check_all()] == [f"Công dân {one.pk}" for one in (first, gone)]

    assert mended("--dry-run") == {"ended": 3, "carried": 2, "dry_run": True}
    assert list(Affiliation.objects.order_by("pk").values_list("pk", "citizen_id", "since", "until")) == stood
    assert mended() == {"ended": 3, "carried": 2, "dry_run": False}

    held = Affiliation.objects.filter(until=None)
    assert set(held.values_list("citizen_id", flat=True)) == {ward.an.pk, by_hand.pk}
    made = held.get(citizen=ward.an.pk)
    assert (made.since, made.by_name) == (today, ward.officer.full_name)
    assert check_all() == [] and mended() == {"ended": 0, "carried": 0, "dry_run": False}
    for merge in reversed(merges):
        undo_merge(actor=ward.officer, merge=merge)
    assert set(held.values_list("citizen_id", flat=True)) == {first.pk, gone.pk, by_hand.pk}
    assert check_all() == []
