"""Progress as text and picture: exact lines, both sides of the last day, no names of people."""

import datetime
import io

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from recognition.choices import LearningModel, State, Step
from recognition.domain.progress import progress
from recognition.views.progress import picture_data, plain_text
from tests.factories.recognition import YEAR, make_registrations, make_ward
from tests.factories.units import HamletFactory, make_household, make_officer
from units.choices import Role

pytestmark = pytest.mark.django_db
FAMILY = LearningModel.FAMILY
DUE = datetime.date(YEAR, 3, 31)  # last day of registration under FAMILY-448
DAY = datetime.timedelta(days=1)


@pytest.fixture
def ward():
    found = make_ward()
    make_registrations(found, 6, names=[f"Lê Văn {name}" for name in ("A", "B", "C", "D", "E", "G")])
    make_registrations(found, 1, names=["Hồ Thị Sáu"], state=State.SELF_ASSESSED)
    for number in range(3):
        make_household(found.hamlet, f"Đỗ Văn {number}")
    second = HamletFactory(parent=found.place, name="Khu phố 2")
    make_household(second, "Lý Văn Hai")
    make_household(second, "Lý Văn Ba", opened_on=datetime.date(YEAR, 1, 1))
    return found


def lines(place, step="", today=DUE, monkeypatch=None):
    if monkeypatch:
        monkeypatch.setattr(timezone, "localdate", lambda *args: today)
    return plain_text(progress(place, YEAR, FAMILY, step, today)).splitlines()


def test_lines_of_a_ward_and_of_a_hamlet(ward, monkeypatch):
    told = lines(ward.place, today=DUE - 12 * DAY, monkeypatch=monkeypatch)
    assert told[:-1] == [
        "TIẾN ĐỘ GIA ĐÌNH HỌC TẬP NĂM 2025",
        "Phường Hòa Hưng: 7/12 hộ đã đăng ký (58,3%), còn 12 ngày (hạn 31/03/2025).",
        "- Khu phố 1: 7/10 hộ (70,0%)",
        "- Khu phố 2: 0/2 hộ (0,0%)",
    ]
    assert told[-1].startswith("Số liệu lúc ")
    assert lines(ward.hamlet, today=DUE, monkeypatch=monkeypatch)[1:-1] == [
        "Khu phố 1: 7/10 hộ đã đăng ký (70,0%), hạn là hôm nay (hạn 31/03/2025).",
        "- Tự chấm: 1/7 hộ (14,3%)",
        "- Bình xét: 0/7 hộ (0,0%)",
        "- Công nhận: 0/10 hộ (0,0%)",
    ]
    late = lines(ward.hamlet, Step.REGISTER, DUE + DAY, monkeypatch)[1]
    assert late == "Khu phố 1: 7/10 hộ đã đăng ký (70,0%), quá hạn 1 ngày (hạn 31/03/2025)."
    empty = HamletFactory(parent=ward.place, name="Khu phố 3")  # nobody in its register
    assert lines(ward.place, Step.SELF_ASSESS, DUE, monkeypatch)[1:-1] == [
        "Phường Hòa Hưng: 1/7 hộ đã tự chấm (14,3%), còn 244 ngày (hạn 30/11/2025).",
        "- Khu phố 1: 1/7 hộ (14,3%)",
        "- Khu phố 2: chưa có hộ đăng ký",
        "- 1 nơi chưa có số liệu",
    ]
    assert lines(empty, today=DUE, monkeypatch=monkeypatch)[1] == (
        "Khu phố 3: 0/0 hộ đã đăng ký, hạn là hôm nay (hạn 31/03/2025)."
    )


@pytest.mark.parametrize(
    ("today", "step"),
    [
        (DUE, Step.REGISTER),
        (DUE + DAY, Step.SELF_ASSESS),
        (datetime.date(YEAR, 11, 30), Step.SELF_ASSESS),
        (datetime.date(YEAR, 12, 1), Step.DECIDE),
        (datetime.date(YEAR + 2, 1, 1), Step.DECIDE),
    ],
)
def test_the_step_whose_last_day_comes_next_is_shown_first(ward, today, step):
    assert progress(ward.place, YEAR, FAMILY, "", today).step == step


def test_page_and_picture_hold_the_same_figures_and_nobody(ward, client):
    stranger = make_ward("Phường Vườn Lài")
    client.force_login(ward.hamlet_officer)
    query = {"nam": YEAR, "buoc": "register"}
    page = client.get(reverse("recognition:progress", args=[ward.hamlet.pk]), query)
    answer = client.get(reverse("recognition:progress-picture", args=[ward.hamlet.pk]), query)
    picture = Image.open(io.BytesIO(answer.content))
    shown = page.content.decode()

    assert (answer["Content-Type"], picture.format, picture.width) == ("image/png", "PNG", 1080)
    assert 500 < picture.height < 1500
    assert picture.convert("RGB").getpixel((4, 4)) == (11, 57, 70)  # the dark head of the picture
    assert "7/10 hộ đã đăng ký (70,0%)" in shown
    data = picture_data(page.context["found"])
    assert (data["whole"], data["late"]) == ("7/10 hộ đã đăng ký (70,0%)", True)
    assert [(row["name"], row["share"]) for row in data["rows"]][:2] == [("Đăng ký", 70.0), ("Tự chấm", 14.3)]
    for name in ("Lê Văn", "Hồ Thị", "Đỗ Văn", "Lý Văn"):
        assert name not in shown + str(data)
    assert client.get(reverse("recognition:progress", args=[stranger.hamlet.pk])).status_code == 404
    client.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert (
        "7/10 hộ đã đăng ký"
        in client.get(reverse("recognition:progress", args=[ward.hamlet.pk]), query).content.decode()
    )
    # The menu leads whoever is posted to the nation to its figures in short.
    client.force_login(make_officer(Role.LEADER, None))
    home = client.get(reverse("recognition:progress-home"), query)
    assert home.headers["Location"] == f"{reverse('recognition:brief-nation')}?nam={YEAR}"
    assert client.get(home.headers["Location"]).status_code == 200
