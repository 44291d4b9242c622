"""Congresses: seats shared out exactly, delegates within them, the last seat once, suggestions, lists as files."""

import datetime
import io
import threading

import openpyxl
import pytest
from django.db import connections
from django.urls import reverse

from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.honours import congresses as verbs
from recognition.domain.honours import deciding, lists
from recognition.domain.honours.deciding import DecisionPaper
from recognition.domain.honours.forms import load_forms
from recognition.domain.honours.lists import Draft
from recognition.models import CommendationForm, Congress, CongressQuota, Delegate
from tests.factories.honours import recognise
from tests.factories.recognition import make_ward
from tests.factories.units import HamletFactory, make_household, make_officer
from tests.portal.test_papers_lib import read_text
from units.choices import Role

DAY = datetime.date(2026, 12, 20)


def prepared(ward, **seats):
    congress = verbs.save_congress(
        actor=ward.officer,
        congress=Congress(
            place=ward.place,
            kind="HONOURS",
            title="Hội nghị biểu dương",
            held_on=DAY,
            year_from=2021,
            year_to=2025,
        ),
    )
    if seats:
        verbs.set_quotas(
            actor=ward.officer, congress=congress, seats={(ward.hamlet.pk, kind): n for kind, n in seats.items()}
        )
    return congress


@pytest.mark.parametrize(
    ("weights", "seats", "shared"),
    [
        ({1: 10, 2: 10, 3: 10}, 4, {1: 2, 2: 1, 3: 1}),
        ({1: 53, 2: 24, 3: 23}, 7, {1: 4, 2: 2, 3: 1}),
        ({1: 0, 2: 5}, 3, {1: 0, 2: 3}),
        ({1: 0, 2: 0}, 3, {1: 0, 2: 0}),
    ],
)
def test_seats_are_shared_by_largest_remainders(weights, seats, shared):
    assert verbs.share_out(weights, seats) == shared


@pytest.mark.django_db
def test_delegates_within_their_seats(client):
    ward = make_ward()
    load_forms()
    second = HamletFactory(parent=ward.place, name="Khu phố 2")
    for n, hamlet in enumerate((ward.hamlet, ward.hamlet, ward.hamlet, second)):
        recognise(make_household(hamlet, f"Lê {n}"), [2025])
    congress = prepared(ward)
    with pytest.raises(RecognitionError, match="Đại hội, hội nghị này đã có trong danh sách"):
        prepared(ward)
    assert verbs.suggested_seats(congress, 5) == {ward.hamlet.pk: 4, second.pk: 1}
    client.force_login(ward.officer)
    quotas = reverse("recognition:congress-quotas", args=[congress.pk])
    page = client.get(f"{quotas}?seats=5&kind=OFFICIAL").content.decode()
    assert f'name="s-{ward.hamlet.pk}-OFFICIAL" value="4"' in page and not CongressQuota.objects.exists()
    client.post(quotas, {f"s-{ward.hamlet.pk}-OFFICIAL": "1", f"s-{ward.hamlet.pk}-HONOURED": "1"})
    assert set(CongressQuota.objects.values_list("place", "kind", "seats")) == {
        (ward.hamlet.pk, "OFFICIAL", 1),
        (ward.hamlet.pk, "HONOURED", 1),
    }
    assert client.post(quotas, {f"s-{second.pk}-OFFICIAL": "-1"}).status_code == 422

    roll = lists.create_list(
        actor=ward.officer,
        place=ward.place,
        draft=Draft(CommendationForm.objects.get(level="commune"), "YEARLY", "Khen", 2025, 2025),
    )
    item = lists.add_name(actor=ward.officer, roll=roll, honouree="INDIVIDUAL", name="Bà Tư", position="Tổ trưởng")
    roll.items.update(hamlet=ward.hamlet)
    day = datetime.date(2025, 12, 20)
    lists.send(actor=ward.chair, roll=roll, signed_on=day, signer="A", signer_title="B")
    paper = DecisionPaper(day, "A", "B", ["Căn cứ;"])
    deciding.decide(actor=ward.decider, roll=roll, give={item.pk}, decline={}, paper=paper)

    client.force_login(ward.hamlet_officer)
    url = reverse("recognition:congress-place", args=[congress.pk, ward.hamlet.pk])
    page = client.get(url).content.decode()
    assert "Bà Tư" in page and "Giấy khen của Ủy ban nhân dân cấp xã, 01/QĐ-UBND (2025)" in page
    assert [(one.name, one.kind) for one in verbs.suggestions(congress, ward.hamlet)] == [
        ("Bà Tư", "HONOURED"),
        ("Trần Văn Ba", "OFFICIAL"),
    ]
    posted = {"kind": "HONOURED", "name": "Bà Tư", "position": "Tổ trưởng", "commendation": item.pk}
    client.post(url, posted)
    assert Delegate.objects.get().commendation == item
    assert [one.name for one in verbs.suggestions(congress, ward.hamlet)] == ["Trần Văn Ba"]
    full = client.post(url, {"kind": "HONOURED", "name": "Ông Năm"})
    assert "Khu phố 1 được phân bổ 1 điển hình được biểu dương và đã cử đủ." in full.content.decode()
    twice = client.post(url, {"kind": "OFFICIAL", "name": "BÀ TƯ", "position": "Tổ trưởng"})
    assert "Người này đã có trong danh sách đại biểu." in twice.content.decode()
    with pytest.raises(RecognitionError, match="đã cử 1 điển hình được biểu dương, không giảm xuống 0 được"):
        verbs.set_quotas(actor=ward.officer, congress=congress, seats={(ward.hamlet.pk, "HONOURED"): 0})
    stranger = make_officer(Role.HAMLET_OFFICER, second, name="Lý Khác")
    with pytest.raises(NotPermitted):
        verbs.add_delegate(actor=stranger, congress=congress, place=ward.hamlet, kind="OFFICIAL", name="X")
    sheet = openpyxl.load_workbook(
        io.BytesIO(client.get(reverse("recognition:congress-file", args=[congress.pk]) + "?tep=xlsx").content)
    ).active
    assert [cell.value for cell in sheet[4]][:5] == [1, "Bà Tư", "Tổ trưởng", "Khu phố 1", "Điển hình được biểu dương"]
    listed = reverse("recognition:congress-file", args=[congress.pk])
    whole = " ".join(read_text(client.get(listed).content).split())  # the hamlet's delegate is the only one
    assert "Tổng số: 1 đại biểu." in whole and "TRÍCH" not in whole
    CongressQuota.objects.create(congress=congress, place=second, kind="OFFICIAL", seats=1)  # invited, so it may look
    client.force_login(stranger)
    part = " ".join(read_text(client.get(listed).content).split())
    assert "TRÍCH DANH SÁCH" in part and "Trích 0 trong 1 đại biểu: phần thuộc địa bàn của người in." in part
    client.force_login(ward.hamlet_officer)
    client.post(reverse("recognition:congress-delegate-remove", args=[Delegate.objects.get().pk]), {"reason": "Ốm"})
    client.post(url, {"kind": "HONOURED", "name": "Ông Năm"})
    assert list(verbs.delegates_of(congress).values_list("name", flat=True)) == ["Ông Năm"]
    assert Delegate.objects.get(name="Bà Tư").removed_reason == "Ốm"


@pytest.mark.django_db(transaction=True)
def test_the_last_seat_goes_once():
    ward = make_ward()
    congress = prepared(ward, OFFICIAL=1)
    barrier, results = threading.Barrier(2), []

    def name(person):
        try:
            barrier.wait()
            verbs.add_delegate(actor=ward.officer, congress=congress, place=ward.hamlet, kind="OFFICIAL", name=person)
            results.append("named")
        except RecognitionError as error:
            results.append(str(error.message))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=name, args=(person,)) for person in ("Ông Một", "Bà Hai")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["Khu phố 1 được phân bổ 1 đại biểu chính thức và đã cử đủ.", "named"]
    assert Delegate.objects.count() == 1
