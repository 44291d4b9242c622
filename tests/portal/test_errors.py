"""Error pages: calm, in Vietnamese, say what to do; answers typed into a stale form come back."""

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import reverse

from portal.courtesy import ChangedMeanwhileMiddleware
from portal.views import errors
from tests.factories.units import CommuneFactory, make_officer
from units.choices import Role
from units.models import Place

pytestmark = pytest.mark.django_db
HERE = {"origin": "http://testserver"}
FORM = {"referer": "http://testserver/ho-gia-dinh/them/?a=1"}


@pytest.fixture
def an():
    return make_officer(Role.WARD_OFFICER, CommuneFactory(), username="an")


@pytest.fixture
def strict(an):
    """A browser whose form tokens are checked."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(an)
    return client


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_unknown_page(client, an):
    client.force_login(an)

    response = client.get("/khong-co/")

    assert response.status_code == 404
    assert "<h1>Không tìm thấy trang này</h1>" in text_of(response)
    assert f'href="{reverse("portal:home")}">Về trang chủ' in text_of(response)


def test_refusal_shows_its_reason(rf, an):
    request = rf.get("/")
    request.user, request.session = an, {}

    page = text_of(errors.permission_denied(request, PermissionDenied("Chỉ Chủ tịch Hội ký được tờ trình.")))

    assert "Chỉ Chủ tịch Hội ký được tờ trình." in page


def test_crash_page_needs_neither_database_nor_person(rf, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = errors.server_error(rf.get("/"))

    assert response.status_code == 500
    assert "<h1>Hệ thống đang gặp trục trặc</h1>" in text_of(response)


def test_crash_page_survives_broken_static_files(rf, monkeypatch):
    def broken(name):
        raise ValueError(name)

    monkeypatch.setattr(errors, "static", broken)

    assert "Chờ vài phút" in text_of(errors.server_error(rf.get("/")))


def test_stale_form_offers_its_answers_again(strict):
    url = reverse("portal:set-year")

    response = strict.post(url, {"nam": "2020", "note": "Bà Ánh & ông Đạt", "password": "x"}, headers=HERE)
    page = text_of(response)

    assert response.status_code == 403
    assert f'<form method="post" action="{url}">' in page
    assert '<input type="hidden" name="nam" value="2020">' in page
    assert '<input type="hidden" name="note" value="Bà Ánh &amp; ông Đạt">' in page
    assert 'name="password"' not in page
    assert "Gửi lại" in page


def test_answers_sent_again_are_accepted(strict):
    url = reverse("portal:set-year")
    page = strict.post(url, {"nam": "2020"}, headers=HERE).content.decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]

    response = strict.post(url, {"nam": "2020", "csrfmiddlewaretoken": token}, headers=HERE)

    assert response.status_code == 303
    assert strict.session["year"] == 2020


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"referer": "https://evil.example/a"},
        {"origin": "http://[::1"},
        {"referer": "http://[::1/a"},
        {},
    ],
)
def test_form_of_another_site_is_not_offered_again(strict, headers):
    page = text_of(strict.post(reverse("portal:set-year"), {"nam": "2020"}, headers=headers))

    assert "2020" not in page.split("<main", 1)[1].split("</main>")[0]
    assert "Yêu cầu này đến từ một trang khác" in page


def test_file_must_be_chosen_again(strict):
    upload = SimpleUploadedFile("danh sách hộ.xlsx", b"x")

    page = text_of(strict.post(reverse("portal:set-year"), {"nam": "2020", "file": upload}, headers=HERE))

    assert "Hãy chọn lại tệp" in page
    assert "danh sách hộ.xlsx" in page
    assert "Gửi lại</button>" not in page


def test_person_signed_out_is_led_to_sign_in():
    client = Client(enforce_csrf_checks=True)

    page = text_of(client.post(reverse("portal:set-year"), {"nam": "2020"}, headers=HERE | FORM))

    assert f'href="{reverse("account_login")}?next=/ho-gia-dinh/them/%3Fa%3D1"' in page
    assert "2020" not in page.split("<main", 1)[1].split("</main>")[0]


def test_bad_request_page(rf):
    request = RequestFactory().get("/")
    request.session = {}

    assert "Yêu cầu này không đọc được" in text_of(errors.bad_request(request))


@pytest.mark.parametrize("charset", ["utf-16", "idna", "latin-1"])
def test_a_form_in_another_encoding_gets_the_page_with_words_and_nothing_is_done(strict, charset):
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    strict.cookies["csrftoken"] = "t" * 32

    response = strict.post(reverse("portal:set-year"), b"nam=2020", content_type=kind, headers=HERE)

    assert response.status_code == 400
    assert "Yêu cầu này không đọc được" in text_of(response)
    assert "year" not in strict.session


def test_a_reply_that_is_too_large_leads_back_to_the_document_it_stood_on(client, an, settings):
    settings.EVIDENCE_MAX_REQUEST_BYTES = 100
    client.force_login(an)
    url = reverse("recognition:document-reply", args=[1])

    for headers, back in (({"referer": "http://testserver/van-ban/7/"}, "/van-ban/7/"), ({}, url)):
        page = client.post(url, {"text": "x" * 200}, headers=headers)
        assert (page.status_code, f'href="{back}">Quay lại trang vừa rồi' in text_of(page)) == (413, True)


def test_ended_session_leads_back_to_the_form_and_not_to_where_it_was_sent(client):
    response = client.post(reverse("portal:set-year"), {"nam": "2020"}, headers=FORM)
    page = text_of(client.get(response.headers["Location"]))

    assert response.headers["Location"] == f"{reverse('account_login')}?next=/ho-gia-dinh/them/%3Fa%3D1"
    assert "Phiên làm việc đã hết nên chưa ghi được gì. Hãy đăng nhập lại" in page


@pytest.mark.parametrize("headers", [{}, {"referer": "https://evil.example/form"}, {"referer": "http://[::1/a"}])
def test_ended_session_with_unknown_origin_leads_home(client, headers):
    response = client.post(reverse("portal:set-year"), {"nam": "2020"}, headers=headers)

    assert response.headers["Location"] == f"{reverse('account_login')}?next={reverse('portal:home')}"


def test_page_asked_for_is_kept_when_only_looking(client):
    response = client.get("/styleguide/?q=1")

    assert response.headers["Location"] == f"{reverse('account_login')}?next=/styleguide/%3Fq%3D1"


def test_two_at_once_get_words_and_a_fault_of_ours_stays_one(rf):
    def crash(act):
        with pytest.raises(Exception) as caught, transaction.atomic():
            act()
        request = rf.post("/")
        request.session = {}
        return ChangedMeanwhileMiddleware(None).process_exception(request, caught.value)

    known = CommuneFactory()
    copy = {name: getattr(known, name) for name in ("code", "valid_from", "name", "level", "kind", "parent")}

    gone, twice = crash(lambda: Place.objects.get(pk=0)), crash(lambda: Place.objects.bulk_create([Place(**copy)]))

    assert [one.status_code for one in (gone, twice)] == [409, 409]
    assert "<h1>Mục này vừa thay đổi</h1>" in text_of(twice) and "Lần bấm này chưa ghi gì." in text_of(twice)
    assert crash(lambda: Place.objects.filter(pk=known.pk).update(name=None)) is None
    assert crash(lambda: {}["x"]) is None
    assert ChangedMeanwhileMiddleware(None).process_exception(rf.get("/"), Place.DoesNotExist()) is None


def test_address_that_only_acts_says_so_in_words(client, an):
    client.force_login(an)

    response = client.get(reverse("portal:set-year"))

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert "Chưa có gì được ghi." in text_of(response)
    assert "Content-Security-Policy" in response.headers
