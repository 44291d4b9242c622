"""The progress page: what it shows in each state, and where it leads."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.jobs.models import Job
from tests.factories.units import UserFactory


@pytest.fixture
def officer(db, client):
    user = UserFactory()
    client.force_login(user)
    return user


def make_job(officer, **fields) -> Job:
    return Job.objects.create(kind="tests.any", created_by=officer, **fields)


def test_running_job_shows_progress_and_asks_again(client, officer):
    job = make_job(officer, state="RUNNING", done=340, total=1000, message="Đang kiểm tra danh sách")

    page = client.get(reverse("jobs:detail", args=[job.pk]), headers={"HX-Request": "true"}).content.decode()

    assert "Đang kiểm tra danh sách" in page
    assert '<progress value="340" max="1000"' in page
    assert 'hx-trigger="every 1s"' in page
    assert "<html" not in page


def test_page_without_scripts_reloads_itself_while_the_job_waits(client, officer):
    page = client.get(reverse("jobs:detail", args=[make_job(officer).pk])).content.decode()

    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
    assert "Việc đang chờ đến lượt. Trang này tự cập nhật." in page


def test_job_nobody_takes_says_so_after_a_minute(client, officer):
    job = make_job(officer)
    url = reverse("jobs:detail", args=[job.pk])
    assert "Chờ lâu hơn thường lệ" not in client.get(url).content.decode()

    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - datetime.timedelta(seconds=61))

    assert "Chờ lâu hơn thường lệ" in client.get(url).content.decode()


def test_finished_job_leads_on_with_and_without_scripts(client, officer):
    job = make_job(officer, state="DONE", params={"return_to": "/imports/7/"})
    url = reverse("jobs:detail", args=[job.pk])

    assert client.get(url, headers={"HX-Request": "true"}).headers["HX-Redirect"] == "/imports/7/"
    assert client.get(url).headers["Location"] == "/imports/7/"


def test_failed_job_says_why_and_stops_asking(client, officer):
    job = make_job(
        officer, state="FAILED", message="Danh sách không có cột “Họ và tên”.", params={"return_to": "/imports/7/"}
    )

    page = client.get(reverse("jobs:detail", args=[job.pk])).content.decode()

    assert "Danh sách không có cột “Họ và tên”." in page
    assert 'href="/imports/7/"' in page
    assert "every 1s" not in page
    assert "http-equiv" not in page


def test_finished_job_never_leads_to_another_site(client, officer):
    job = make_job(officer, state="DONE", params={"return_to": "https://elsewhere.example/"})

    response = client.get(reverse("jobs:detail", args=[job.pk]))

    assert response.status_code == 200
    assert "elsewhere.example" not in response.content.decode()
