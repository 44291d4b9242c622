"""A page left open while its dossier goes to a newer version of the rules: nothing under another criterion, nothing
typed is lost."""

import copy
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from recognition.choices import RulebookOrigin, State
from recognition.domain.errors import VersionMoved
from recognition.domain.evidence import confirm
from recognition.domain.inspection_sheets import save_score
from recognition.domain.measures.freezing import type_share
from recognition.domain.renewing import preview, renew
from recognition.domain.rulebooks import load_rulebooks
from recognition.models import Assessment, Evidence, InspectionSheet, Registration, Renewal, Rulebook
from recognition.rulebook_checks import parse_rulebook
from tests.factories.recognition import make_district, make_registrations, make_ward, make_ward_dossier
from tests.recognition.test_renewing import NEW_WORDS, as_shown, one_more_first, rows_of, scored, second_version


@pytest.fixture
def ward(db):
    """One family whose sheet was drawn under version 1 and that stands under version 2: a criterion more at the top,
    1.2 for half a point less."""
    ward = make_ward()
    (row,) = make_registrations(ward, 1, state=State.SELF_ASSESSED, names=["Lê An"])
    scored(ward, [row.pk], 5)
    ward.row = Registration.objects.select_related("rulebook").get(pk=row.pk)
    ward.newer = second_version(change=one_more_first)
    assert renew(actor=ward.officer, **as_shown(preview(rows_of(ward)))).done == [row.pk]
    ward.client = Client()
    ward.client.force_login(ward.officer)
    return ward


def photo() -> SimpleUploadedFile:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(target, "JPEG")
    return SimpleUploadedFile("a.jpg", target.getvalue(), content_type="image/jpeg")


def test_a_self_score_typed_under_the_old_version_stays_with_its_criterion(ward):
    url, old = reverse("recognition:assessment-form", args=[ward.row.pk]), ward.row.rulebook
    before = Assessment.objects.get(registration=ward.row, stage="SELF").scores
    typed = {f"s-{n}": f"{n % 5},5" for n in range(len(old.spec.leaves))} | {
        "m-1": "Sổ điểm lớp 4",
        "m-3": "Bằng tốt nghiệp",
    }
    typed |= {"shown": ward.row.shown_as, "rulebook": str(old.pk)}

    told = ward.client.post(url, typed)

    assert told.status_code == 409
    text = told.content.decode()
    assert "Chưa lưu: hồ sơ vừa chuyển sang phiên bản 2 của bộ tiêu chí" in text
    form = told.context["form"]
    where = {code: n for n, code in enumerate(ward.newer.spec.leaf_codes)}
    for n, code in enumerate(old.spec.leaf_codes):
        if code != "1.2":
            assert form[f"s-{where[code]}"].value() == f"{n % 5},5", code
    # 1.0 is new, 1.2 has another maximum: what was typed there is told, not put anywhere.
    assert [form[f"s-{where[code]}"].value() or "" for code in ("1.0", "1.2")] == ["", ""]
    assert form[f"m-{where['2.1']}"].value() == "Bằng tốt nghiệp"
    title = old.spec.by_code["1.2"].title
    assert told.context["moved"].left == [("1.2", title, "1,5; Sổ điểm lớp 4")]
    assert "1,5; Sổ điểm lớp 4" in text and f'name="rulebook" value="{ward.newer.pk}"' in text
    assert Assessment.objects.get(registration=ward.row, stage="SELF").scores == before
    # A page of before the hidden field was there cannot be told apart, so nothing of it is taken over.
    typed.pop("rulebook")
    lost = ward.client.post(url, typed)
    assert (lost.status_code, lost.context["moved"].initial, lost.context["moved"].left) == (409, {}, [])

    full = {f"s-{n}": str(leaf.maximum) for n, leaf in enumerate(ward.newer.spec.leaves)}
    now = Registration.objects.get(pk=ward.row.pk).shown_as
    assert ward.client.post(url, full | {"shown": now, "rulebook": ward.newer.pk}).status_code == 302
    assert Registration.objects.get(pk=ward.row.pk).self_half == 200


def test_evidence_goes_only_under_the_criterion_its_page_named(ward):
    url, old = reverse("recognition:evidence-list", args=[ward.row.pk]), ward.row.rulebook

    told = ward.client.post(url, {"rulebook": old.pk, "criterion": "1.2", "note": "Học bạ", "files": photo()})

    assert told.status_code == 422 and not Evidence.objects.exists()
    assert told.context["errors"] == [
        "Hồ sơ vừa chuyển sang phiên bản 2 của bộ tiêu chí và mục 1.2 nay hỏi điều khác, nên chưa lưu minh chứng. Hãy "
        "đọc lại các mục dưới đây rồi gửi vào mục đúng. Ghi chú đã gõ: “Học bạ”."
    ]
    assert 'value="Học bạ"' in told.content.decode()
    assert ward.client.post(url, {"rulebook": old.pk, "criterion": "1.2", "confirmed": "1"}).status_code == 422
    # A criterion that asks what it asked, and a page of the present version, are taken.
    assert ward.client.post(url, {"rulebook": old.pk, "criterion": "1.1", "files": photo()}).status_code == 302
    assert ward.client.post(url, {"rulebook": ward.newer.pk, "criterion": "1.2", "files": photo()}).status_code == 302
    assert list(Evidence.objects.order_by("pk").values_list("criterion", flat=True)) == ["1.1", "1.2"]

    # The same moved between reading the dossier and locking it: the verb refuses what was read under the old rules.
    with pytest.raises(VersionMoved) as moved:
        confirm(actor=ward.officer, registration=ward.row, criterion="1.1")
    assert moved.value.message == (
        "Hồ sơ vừa chuyển sang phiên bản khác của bộ tiêu chí nên chưa lưu gì. Hãy tải lại trang, xem lại các tiêu chí "
        "rồi ghi lại."
    )
    assert NEW_WORDS in ward.newer.spec.by_code["1.0"].title


def test_a_team_s_page_drawn_under_other_rules_scores_nothing(db):
    district = make_district(2)
    assert district.team
    made = make_ward_dossier(district)
    row = Registration.objects.select_related("rulebook").get(pk=made.pk)
    old = row.rulebook

    content = copy.deepcopy(old.content) | {"version": old.version + 1}
    content["criteria"] = content["criteria"][1:] + content["criteria"][:1]  # the first becomes the last
    next(one for one in content["derived"] if one["code"] == "D-05")["title"] = "Tỷ lệ khác"
    load_rulebooks(specs=[parse_rulebook(content, old.code)], origin=RulebookOrigin.ASSOCIATION)
    newer = Rulebook.objects.get(code=old.code, version=old.version + 1)
    Registration.objects.filter(pk=row.pk).update(rulebook=newer)
    Renewal.objects.create(
        registration=row, from_rulebook=old, to_rulebook=newer, by=district.inspector, by_name="A", at=row.state_at
    )
    client = Client()
    client.force_login(district.inspector)

    line = client.post(
        reverse("recognition:inspection-score-line", args=[row.pk, 0]),
        {"s-0": "5", "v-0": "0", "rulebook": old.pk},
        headers={"HX-Request": "true"},
    )
    assert line.status_code == 409 and "Hồ sơ vừa chuyển sang phiên bản khác" in line.content.decode()
    typed = {f"s-{n}": str(n / 2) for n in range(len(old.spec.leaves))}
    sheet = client.post(
        reverse("recognition:inspection-score", args=[row.pk]), typed | {"shown": row.shown_as, "rulebook": old.pk}
    )
    assert sheet.status_code == 409
    shown = [sheet.context["form"][f"s-{n}"].value() for n in range(len(newer.spec.leaves))]
    assert shown == [*[str(n / 2) for n in range(1, len(old.spec.leaves))], "0.0"]  # each with its criterion
    with pytest.raises(VersionMoved):
        save_score(actor=district.inspector, registration=row, code=old.spec.leaf_codes[0], points=5)
    earlier = make_ward_dossier(district, 1, state=State.SELF_ASSESSED)
    typing = {
        "actor": district.officers[1],
        "code": "D-04",
        "numerator": 1,
        "denominator": 2,
        "reason": "Sổ của phường",
    }
    Registration.objects.filter(pk=earlier.pk).update(rulebook=old)
    with pytest.raises(VersionMoved):
        type_share(registration=earlier, **typing)  # read under the newer version
    assert type_share(registration=Registration.objects.get(pk=earlier.pk), **typing).share.text() == "1/2 (50,0%)"
    assert not InspectionSheet.objects.exists()
    # The same on screen: a share that counts something else now is not typed by a page of before; the others are.
    Registration.objects.filter(pk=earlier.pk).update(rulebook=newer)
    client.force_login(district.officers[1])
    typed = {"numerator": "3", "denominator": "4", "reason": "Sổ của phường", "rulebook": old.pk}
    told = client.post(reverse("recognition:measure-type", args=[earlier.pk, "D-05"]), typed)
    assert told.status_code == 422 and "Hồ sơ vừa chuyển sang phiên bản khác" in told.content.decode()
    assert "Sổ của phường</textarea>" in told.content.decode() and not earlier.measures.get(code="D-05").is_typed
    assert client.post(reverse("recognition:measure-type", args=[earlier.pk, "D-04"]), typed).status_code == 302
    assert earlier.measures.get(code="D-04").share.text() == "3/4 (75,0%)"
