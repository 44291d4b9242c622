"""Feedback on criteria: said beside the criterion, read and answered by whoever keeps the rules."""

import re
import threading

import pytest
from django.db import connection
from django.urls import reverse

from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.feedback import MOST_OPEN, answer, most_asked, say
from recognition.models import CriterionFeedback, Reminder, Rulebook
from tests.factories.recognition import make_registration, make_ward
from tests.factories.units import ProvinceFactory, make_officer
from units.choices import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    return make_ward()


@pytest.fixture
def keeper():
    return make_officer(Role.LEADER, None, name="Vũ Thị Em")


def book(code="FAMILY-2022") -> Rulebook:
    return Rulebook.objects.get(code=code)


def test_from_the_score_sheet_to_an_answer(client, ward, keeper):
    row = make_registration(ward)
    client.force_login(ward.hamlet_officer)
    sheet = reverse("recognition:assessment-form", args=[row.pk])
    code = row.rulebook.spec.leaf_codes[0]
    link = reverse("recognition:feedback-create", args=[row.rulebook_id, code])
    assert f'href="{link}?ve={sheet}"' in client.get(sheet).content.decode()

    sent = client.post(link, {"text": "Học từ xa có tính không?", "ve": sheet}, follow=True)
    assert sent.redirect_chain == [(sheet, 302)]
    assert f"Đã gửi góp ý về tiêu chí {code}." in sent.content.decode()
    client.force_login(keeper)
    page = client.get(reverse("recognition:feedback-list")).content.decode()
    assert "Học từ xa có tính không?" in page
    assert re.search(r"Trần Văn Ba<span[^>]*>Khu phố 1, ", page)
    one = CriterionFeedback.objects.get()
    client.post(reverse("recognition:feedback-detail", args=[one.pk]), {"text": "Có, nếu có giấy xác nhận."})

    client.force_login(ward.hamlet_officer)
    told = "Vũ Thị Em trả lời góp ý của bạn về tiêu chí " + code
    assert told in client.get(reverse("recognition:reminder-list"), {"loc": "chua-doc"}).content.decode()
    detail = client.get(reverse("recognition:feedback-detail", args=[one.pk])).content.decode()
    assert "Có, nếu có giấy xác nhận." in detail
    assert "Vũ Thị Em" in detail
    assert told not in client.get(reverse("recognition:reminder-list"), {"loc": "chua-doc"}).content.decode()
    assert "Có, nếu có giấy xác nhận." in client.get(reverse("recognition:feedback-list")).content.decode()
    assert "Có, nếu có giấy xác nhận." in client.get(link).content.decode()  # the next person finds it there


@pytest.mark.parametrize("back", ["abc", "portal:home", "//evil.example/", "https://evil.example/", "javascript:1"])
def test_feedback_leads_back_to_a_page_of_ours_only(client, ward, back):
    client.force_login(ward.officer)
    url = reverse("recognition:feedback-create", args=[book().pk, first_code()])

    sent = client.post(url, {"text": "Khó hiểu", "ve": back})

    assert sent.headers["Location"] == f"{reverse('recognition:rulebook-detail', args=[book().pk])}#tieu-chi"
    assert CriterionFeedback.objects.count() == 1


def test_what_is_refused(ward):
    for text, code, sentence in (
        ("  ", "C1", "Hãy ghi điều khó hiểu."),
        ("a" * 1001, "C1", "Góp ý dài nhất 1000 ký tự."),
        ("Khó", "Z9", "Bộ tiêu chí này không có tiêu chí Z9."),
    ):
        with pytest.raises(RecognitionError) as error:
            say(actor=ward.officer, rulebook=book(), criterion=code.replace("C1", first_code()), text=text)
        assert error.value.message == sentence
    say(actor=ward.officer, rulebook=book(), criterion=first_code(), text="a" * 1000)
    with pytest.raises(RecognitionError, match="^Bạn đã góp ý về tiêu chí này và đang chờ trả lời.$"):
        say(actor=ward.officer, rulebook=book(), criterion=first_code(), text="Lần nữa")
    say(actor=ward.chair, rulebook=book(), criterion=first_code(), text="Người khác thì được")


def first_code() -> str:
    return book().spec.leaf_codes[0]


def test_thirty_open_questions_are_enough(ward):
    codes = [(one, code) for one in Rulebook.objects.order_by("pk") for code in one.spec.leaf_codes][: MOST_OPEN + 1]
    for one, code in codes[:MOST_OPEN]:
        say(actor=ward.officer, rulebook=one, criterion=code, text="Khó hiểu")

    with pytest.raises(RecognitionError, match="^Bạn đang có 30 góp ý chưa được trả lời.$"):
        say(actor=ward.officer, rulebook=codes[-1][0], criterion=codes[-1][1], text="Khó hiểu")


def test_only_keepers_answer_and_only_once(ward, keeper):
    one = say(actor=ward.officer, rulebook=book(), criterion=first_code(), text="Khó hiểu")
    province = make_officer(Role.LEADER, ward.place.province, name="Lãnh đạo tỉnh")

    for stranger in (ward.officer, ward.decider, province):  # the country's rules are not a province's to explain
        with pytest.raises(NotPermitted, match="^Chỉ người giữ bộ tiêu chí này được trả lời góp ý.$"):
            answer(actor=stranger, feedback=one, text="Trả lời")
    answer(actor=keeper, feedback=one, text="Trả lời")
    with pytest.raises(RecognitionError, match="^Vũ Thị Em đã trả lời lúc "):
        answer(actor=keeper, feedback=one, text="Trả lời khác")
    one.refresh_from_db()
    assert one.answer == "Trả lời"
    again = say(
        actor=ward.officer, rulebook=book(), criterion=first_code(), text="Vẫn khó hiểu"
    )  # answered: open again
    assert [(row.criterion, row.total, row.waiting) for row in most_asked(CriterionFeedback.objects.all())] == [
        (again.criterion, 2, 1)
    ]


def test_a_province_answers_on_its_own_rules_and_sees_its_own_people(client, ward):
    variant = book()
    province = make_officer(Role.LEADER, ward.place.province, name="Lãnh đạo tỉnh")
    elsewhere = make_officer(Role.LEADER, ProvinceFactory(), name="Tỉnh khác")
    one = say(actor=ward.officer, rulebook=variant, criterion=first_code(), text="Khó hiểu")
    Rulebook.objects.filter(pk=variant.pk).update(province_codes=[ward.place.province.code])

    for person, status in ((province, 200), (elsewhere, 404), (ward.chair, 404), (ward.officer, 200)):
        client.force_login(person)
        assert client.get(reverse("recognition:feedback-detail", args=[one.pk])).status_code == status
    answer(actor=province, feedback=one, text="Theo văn bản của tỉnh.")
    own = say(actor=province, rulebook=variant, criterion=first_code(), text="Ghi để nhớ")
    answer(actor=province, feedback=own, text="Đã rõ.")
    assert list(Reminder.objects.values_list("user", flat=True)) == [ward.officer.pk]  # nobody is told of their own


def test_a_way_back_leads_nowhere_else(client, ward):
    client.force_login(ward.officer)
    url = reverse("recognition:feedback-create", args=[book().pk, first_code()])

    done = client.post(url, {"text": "Khó hiểu", "ve": "https://xau.example/"})

    assert done.url == reverse("recognition:rulebook-detail", args=[book().pk]) + "#tieu-chi"


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_keep_one(ward, keeper):
    one = say(actor=ward.officer, rulebook=book(), criterion=first_code(), text="Khó hiểu")
    started, results = threading.Barrier(2), []

    def reply(text):
        started.wait()
        try:
            answer(actor=keeper, feedback=one, text=text)
            results.append(text)
        except RecognitionError as error:
            results.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=reply, args=(text,)) for text in ("Một", "Hai")]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    one.refresh_from_db()
    assert one.answer in results
    assert sum(text.startswith("Vũ Thị Em đã trả lời lúc ") for text in results) == 1
