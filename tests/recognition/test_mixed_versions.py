"""Dossiers of one hamlet under two versions of their rules: a page is of one version, no point changes its place."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from recognition.choices import State
from recognition.models import Assessment, Registration, Rulebook
from tests.factories.recognition import YEAR, make_registrations, make_ward
from tests.recognition.test_renewing import scored, second_version

FAMILY = "FAMILY"


def turned(content) -> None:
    """The first two criteria change places, words and points as they were."""
    first = Rulebook.objects.get(code="FAMILY-448", version=1).content["criteria"][0]["children"]
    content["criteria"][0]["children"][:3] = [first[1], first[0], first[2]]
    content["pass_marks"]["NORMAL"]["value"] = 80


@pytest.fixture
def ward(db):
    ward = make_ward()
    ward.rows = make_registrations(ward, 3, state=State.SELF_ASSESSED, names=["Lê An", "Lê Bình", "Lê Cúc"])
    scored(ward, [row.pk for row in ward.rows], 5)
    ward.newer = second_version(change=turned)
    ward.moved = ward.rows[0].pk  # the first by name: pages used to be drawn by its version
    Registration.objects.filter(pk=ward.moved).update(rulebook=ward.newer)
    ward.client = Client()
    ward.client.force_login(ward.officer)
    return ward


def halves(pk) -> list[int]:
    return Assessment.objects.get(registration=pk, stage="SELF").scores


def boxes(html: str) -> dict[str, str]:
    found = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="submit"' not in tag and ('type="checkbox"' not in tag or "checked" in tag):
            found[name.group(1)] = value.group(1) if value else ""
    return found


def test_a_grid_is_of_one_version_and_saves_by_the_version_it_was_drawn_by(ward):
    url = reverse("recognition:scoring-grid", args=[ward.hamlet.pk]) + f"?nam={YEAR}&model={FAMILY}&kieu=muc"
    old = Registration.objects.get(pk=ward.rows[1].pk).rulebook
    page = ward.client.get(url)
    assert [line.registration.pk for line in page.context["grid"]] == [ward.rows[1].pk, ward.rows[2].pk]
    assert [(tab["label"], tab["count"], tab["active"]) for tab in page.context["version_tabs"]] == [
        ("Phiên bản 1", 2, True),
        ("Phiên bản 2", 1, False),
    ]
    assert ward.client.get(f"{url}&ban={'9' * 5000}").context["version_tabs"] == page.context["version_tabs"]
    newer = ward.client.get(page.context["version_tabs"][1]["url"])
    assert [line.registration.pk for line in newer.context["grid"]] == [ward.moved]
    workbook = reverse("recognition:score-file", args=[ward.hamlet.pk])
    assert f"{workbook}?nam={YEAR}&amp;model={FAMILY}&amp;ban={ward.newer.pk}&amp;kieu=muc" in newer.content.decode()

    before = {row.pk: halves(row.pk) for row in ward.rows}
    typed = boxes(page.content.decode())
    assert typed["rulebook"] == str(old.pk)
    last = f"v-{ward.rows[1].pk}-{len(before[ward.moved]) - 1}"
    Registration.objects.filter(pk=ward.rows[2].pk).update(rulebook=ward.newer)  # now most stand under the newer one
    lost = f"v-{ward.rows[2].pk}-0"
    told = ward.client.post(url, typed | {last: "0", lost: "7,5"})  # saved, and said what could not be

    assert told.status_code == 200 and "Đã lưu điểm của 1 hồ sơ." in told.content.decode()
    ((name, said),) = told.context["behind"]
    assert name == "Lê Cúc" and said.startswith("1.1: 7,5 · 1.2: 10 · 1.3: 10")
    assert "Chưa lưu: hồ sơ vừa chuyển sang phiên bản khác của bộ tiêu chí" in told.content.decode()
    changed = halves(ward.rows[1].pk)
    at = int(last.rsplit("-", 1)[1])
    assert changed[at] == 0 and [*changed[:at], *changed[at + 1 :]] == [
        *before[ward.rows[1].pk][:at],
        *before[ward.rows[1].pk][at + 1 :],
    ]
    assert halves(ward.rows[2].pk) == before[ward.rows[2].pk]

    Registration.objects.update(rulebook=ward.newer)
    told = ward.client.post(url, typed | {last: "1"})
    assert told.status_code == 409 and "nên chưa lưu gì. Hãy nhập lại ở đây." in told.content.decode()
    assert [name for name, _said in told.context["behind"]] == ["Lê Bình", "Lê Cúc"]
    assert told.context["behind"][0][1].endswith("4.2: 1") and f'name="rulebook" value="{ward.newer.pk}"' in (
        told.content.decode()
    )
    assert halves(ward.rows[1].pk) == changed


def test_a_meeting_is_of_one_version(ward):
    url = reverse("recognition:meeting-create", args=[ward.hamlet.pk]) + f"?nam={YEAR}&model={FAMILY}"

    page = ward.client.get(url)
    assert [line.pk for line in page.context["lines"]] == [ward.rows[1].pk, ward.rows[2].pk]
    newer = ward.client.get(page.context["version_tabs"][1]["url"])
    assert [line.pk for line in newer.context["lines"]] == [ward.moved]
    assert (page.context["rulebook"].version, newer.context["rulebook"].version) == (1, 2)

    typed = boxes(page.content.decode()) | {"chair": "Ông Bảy", f"y-{ward.rows[2].pk}": "30"}
    Registration.objects.filter(pk=ward.rows[2].pk).update(rulebook=ward.newer)
    told = ward.client.post(url, typed)
    assert told.status_code == 409 and "Biên bản chưa lưu. Hãy xem lại danh sách còn lại rồi lưu." in (
        told.content.decode()
    )
    assert told.context["behind"] == [("Lê Cúc", "Điểm thống nhất: 95 · Đồng ý: 30")]
    assert [line.pk for line in told.context["lines"]] == [ward.rows[1].pk] and 'value="Ông Bảy"' in (
        told.content.decode()
    )
    Registration.objects.update(rulebook=ward.newer)
    told = ward.client.post(url, typed)
    assert told.status_code == 409 and "nên chưa lưu gì. Hãy nhập lại ở đây." in told.content.decode()
    assert told.context["lines"][2].votes_for == "30" and 'value="Ông Bảy"' in told.content.decode()
    assert not Assessment.objects.filter(stage="REVIEW").exists()
