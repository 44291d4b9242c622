"""Every door a text is pasted into, with every text that should not come: told with its line, or read as meant."""

import datetime
import html
import json
import re

import pytest
from django.urls import reverse

from recognition.attendance import read_people
from recognition.models import Training, TrainingAttendance
from tests.bad_files import page_words
from tests.factories.recognition import YEAR
from tests.factories.units import (
    CommuneFactory,
    HamletFactory,
    make_citizen,
    make_household,
    make_officer,
    make_organisation,
)
from units.choices import Role
from units.domain.importing.grids import GRIDS
from units.models import Place, Registrant

pytestmark = pytest.mark.django_db
OLD = "NguyÔn V¨n T©m\t1 Hßa Hng\tKhu phố 1\n§ç ThÞ H¹nh\t2 Hßa Hng\tKhu phố 1\nLª Quèc Hïng\t3 Hßa Hng\tKhu phố 1"
CONVERTED = "Tệp dùng bảng mã cũ TCVN3; đã chuyển 6 ô sang Unicode. Hãy xem kỹ họ tên và địa chỉ."


@pytest.fixture
def ward():
    place = CommuneFactory(name="Phường Hòa Hưng")
    HamletFactory(parent=place, name="Khu phố 1")
    return place


@pytest.fixture
def officer(ward, client):
    person = make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An")
    client.force_login(person)
    return person


def words(answer) -> str:
    return page_words(answer.content.decode())


def test_the_grids_of_every_kind(client, ward, officer):
    """What is spread over the grid is what was copied; what cannot be is told, and the text stays where it was."""
    url, page = reverse("units:import-paste-check"), reverse("units:import-paste")

    def spread(kind, text):
        answer = client.post(
            f"{url}?loai={kind}", {"place": ward.pk, "year": YEAR, "dong": "0", "dan": text, "gop": "9;1,2,3"}
        )
        assert answer.status_code in (200, 422), (kind, text[:40], answer.status_code)
        return json.loads(answer.content)

    for kind, grid in GRIDS.items():
        width = len(grid.fields)
        assert spread(kind, " \n\t\n ") == {"pasted": [], "unused": [], "notices": []}
        assert spread(kind, "x" * 1_000_000)["pasted"] == [["x" * 1000] + [""] * (width - 1)]  # then told as too long
        assert spread(kind, "a\n" * 5000)["error"].startswith("Mỗi lần dán nhiều nhất 500 dòng, bạn dán 5000 dòng.")
        unclosed = spread(kind, '"Lê An\tx\n"Lê Bình\ty\n"Lê Chi\tz')["pasted"]
        assert [row[:2] for row in unclosed] == [['"Lê An', "x"], ['"Lê Bình', "y"], ['"Lê Chi', "z"]]
        name = grid.columns[grid.fields[0]]
        second = grid.columns[grid.fields[1]]
        refused = spread(kind, f"{name}\t{second}\t{name}\nA\tB\tC")["error"]
        assert re.search(f"có hai cột cùng nghĩa “.*”: “{re.escape(name)}” và “{re.escape(name)}”", refused), (
            kind,
            refused,
        )

    # Text from before Unicode becomes Unicode as it lands, and the page says so, with and without its script.
    found = spread("HOUSEHOLD", OLD)
    assert [row[0] for row in found["pasted"]] == ["Nguyễn Văn Tâm", "Đỗ Thị Hạnh", "Lê Quốc Hùng"]
    assert found["notices"] == [CONVERTED]
    typed = {"place": ward.pk, "year": YEAR, "dong": "0", "viec": "doc"}
    assert CONVERTED in words(client.post(page, typed | {"dan": OLD}))
    bad = [
        "Họ và tên chủ hộ\tĐịa chỉ\tKhu phố\tSố nhân khẩu",
        "Lê An\t1 Hòa Hưng\tKhu phố 9",
        "Lê Bình\t#REF!\tKhu phố 1",
        "=1+1\t3 Hòa Hưng\tKhu phố 1",
        "Lê Dung\t4\tKhu phố 1\t²",
    ]
    shown = words(client.post(page, typed | {"dan": "\n".join(bad)}))
    for sentence in (
        "Phường Hòa Hưng không có “Khu phố 9”.",
        "Ô có lỗi công thức #REF!. Hãy sửa trong Excel rồi nhập lại.",
        "Ô họ tên là một công thức (“=1+1”). Hãy ghi họ tên bằng chữ.",
        "ghi “²”, không phải là số người.",
    ):
        assert sentence in shown
    twice = client.post(page, typed | {"dan": "Họ tên chủ hộ\tHọ và tên\nA\tB"})
    assert "Hãy xóa hoặc đổi tên một cột rồi tải lên." in words(twice)
    assert "Họ tên chủ hộ\tHọ và tên\nA\tB" in html.unescape(twice.content.decode())
    assert not Registrant.objects.exists()


def test_lists_of_names(client, ward, officer):
    """Hamlets, who came to a training session or a meeting, people of an organisation."""
    many = reverse("units:hamlet-create-many", args=[ward.pk])
    old = words(client.post(many, {"kind": "khu phố", "lines": "Xãm §ång Míi\nXãm Bµu Sen\nXãm V¨n Hßa"}))
    assert "Tệp dùng bảng mã cũ TCVN3; đã chuyển 3 ô sang Unicode." in old and "Xóm Đồng Mới" in old
    assert "Tên dài quá" in words(client.post(many, {"kind": "khu phố", "lines": "x" * 50_000}))
    assert "60000" in words(client.post(many, {"kind": "khu phố", "lines": "x" * 60_001})).replace(".", "")
    assert Place.objects.filter(level="hamlet").count() == 1

    day = datetime.date(YEAR, 5, 1)
    training = Training.objects.create(place=ward, held_on=day, title="Lớp tập huấn", created_by_name="An")
    url = reverse("recognition:training-detail", args=[training.pk])
    for text, sentence in (
        ("Lê Bình\n" + "x" * 90_000, "Dòng 2 (“" + "x" * 30 + " …”) quá dài; mỗi dòng chỉ ghi một người."),
        ("Lê Bình, " + "a" * 149, "Dòng 1 (“Lê Bình …”) quá dài; mỗi dòng chỉ ghi một người."),
        ("Lê Bình\n\n12 - 34", "Dòng 3 (“12 - 34”): chưa có họ tên."),
        (
            "Lê Bình\nNguyÔn V¨n T©m",
            "Dòng 2: Chữ “NguyÔn V¨n T©m” dùng bảng mã cũ (TCVN3 hoặc VNI). Hãy chuyển cả danh sách sang Unicode "
            "(UniKey: Ctrl+Shift+F6) rồi nhập lại.",
        ),
        ("Lê Bình\n" * 2001, "Danh sách có 2001 người; ghi được nhiều nhất 2000."),
    ):
        answer = client.post(url, {"names": text})
        assert (answer.status_code, sentence in words(answer)) == (422, True), (sentence, words(answer)[:900])
        assert "Lê Bình" in html.unescape(answer.content.decode())  # what was typed is still there
    assert not TrainingAttendance.objects.exists()
    client.post(url, {"names": "1\tLê Bình\tTổ trưởng tổ 3\n2. Trần Chi\nTrần Chi"})
    assert sorted(TrainingAttendance.objects.values_list("name", flat=True)) == ["Lê Bình, Tổ trưởng tổ 3", "Trần Chi"]

    assert read_people("NguyÔn V¨n T©m, Tổ trưởng")[1][0].startswith("Dòng 1: Chữ “NguyÔn V¨n T©m, Tổ trưởng” dùng")

    school = make_organisation(ward, "Trường A")
    home = make_household(Place.objects.get(name="Khu phố 1"))
    make_citizen(home, "Nguyễn Văn Tâm", birth_year=1980)
    url = reverse("recognition:affiliations", args=[school.pk])
    asked = {"role": "staff", "since": "01/01/2025"}
    found = words(client.post(url, asked | {"text": "NguyÔn V¨n T©m 1980\n§ç ThÞ H¹nh 1970\n" + "9" * 50_000}))
    assert "Nguyễn Văn Tâm" in found and found.count("Không tìm thấy trong sổ công dân thuộc phạm vi của bạn.") == 1
    assert found.count("Dòng này phải có họ tên và năm sinh, hoặc số căn cước 12 chữ số.") == 1
    told = words(client.post(url, asked | {"text": "Lê Bình 1980\n" * 501}))
    assert "Danh sách có 501 dòng; mỗi lần tìm nhiều nhất 500 dòng." in told
