"""Writing rules on screen: drafts, check, comparison, putting into use, ending, files."""

import copy
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from recognition.domain import rulebook_drafts as verbs
from recognition.domain.authorities import enter_authority, take_back_authority
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.registering import register, register_many
from recognition.domain.rulebooks import load_rulebooks, rulebook_for
from recognition.forms.rulebook_scoring import DerivedForm
from recognition.models import Registration, Rulebook, RulebookDraft
from recognition.rulebook_checks import parse_rulebook
from recognition.rulebook_compare import compare, counts
from recognition.rulebook_edit import arrange_criterion, put_criterion
from recognition.rulebook_files import read_yaml, to_yaml
from recognition.rulebook_reader import RulebookError
from recognition.scoring import evaluate
from tests.factories.recognition import load_shipped_rulebooks, make_ward
from tests.factories.units import CommuneFactory, HamletFactory, ProvinceFactory, make_household, make_officer
from tests.jobs.conftest import wait_until, waiting_for_a_lock
from tests.recognition.rulebook_samples import citizen, with_table
from tests.recognition.test_authorities import PAPER
from tests.recognition.test_races import together
from units.choices import Role

pytestmark = pytest.mark.django_db
YEAR = 2026


@pytest.fixture
def house():
    """The shipped rules, two people who keep those of the country, and a province with its leader."""
    load_shipped_rulebooks()
    province = ProvinceFactory(name="Tỉnh Lâm Đồng", code="68")
    return {
        "writer": make_officer(Role.ADMINISTRATOR, None, name="Quản Văn Soạn"),
        "checker": make_officer(Role.LEADER, None, name="Lê Thị Duyệt"),
        "leader": make_officer(Role.LEADER, province, name="Vũ Thị Em"),
        "second": make_officer(Role.LEADER, province, name="Võ Văn Hai"),
        "province": province,
        "family": Rulebook.objects.get(code="FAMILY-448"),
    }


def draft_of(house, who="writer", province=None, rulebook=None):
    return verbs.copy_rulebook(actor=house[who], rulebook=rulebook or house["family"], province=province)


def save(house, draft, change, who="writer"):
    content = copy.deepcopy(draft.content)
    change(content)
    return verbs.save_draft(actor=house[who], draft=draft, content=content, revision=draft.revision)


def criterion(content, code):
    return next(item for top in content["criteria"] for item in (top, *top.get("children", ())) if item["code"] == code)


def sentences(draft):
    return [f"{' › '.join(one.path)}: {one.sentence}" for one in verbs.findings(draft)]


def test_a_copy_is_clean_and_sums_are_checked_one_step_to_either_side(house):
    draft = draft_of(house)
    assert (draft.code, draft.revision, draft.editors) == ("FAMILY-448", 1, [house["writer"].pk])
    assert draft.last_change == "Sao chép từ Gia đình học tập (Quyết định 448/QĐ-KHVN), phiên bản 1"
    assert verbs.findings(draft) == []
    with pytest.raises(RecognitionError, match="Bản dự thảo y như vậy đã có và chưa ai sửa"):
        draft_of(house)  # sent twice

    def points(number):
        return lambda content: criterion(content, "1.1").update(max=number)

    draft = save(house, draft, points(10.5))
    assert sentences(draft) == ["criteria › 1 › max: các mục con cộng lại được 30,5 điểm, khác điểm tối đa 30."]
    assert draft.last_change == "Tiêu chí 1.1 Trẻ em độ tuổi phổ cập đều được đến trường, hoàn thành phổ cập theo " + (
        "quy định: Điểm tối đa 10 → 10,5"
    )
    draft = save(house, draft, points(9.5))
    assert sentences(draft) == ["criteria › 1 › max: các mục con cộng lại được 29,5 điểm, khác điểm tối đa 30."]
    # moving what one lost to its neighbour is a sound rulebook again
    draft = save(house, draft, lambda content: criterion(content, "1.2").update(max=10.5))
    assert verbs.findings(draft) == []
    draft = save(house, draft, lambda content: criterion(content, "1").update(max=30.5))
    assert sentences(draft) == [
        "criteria › 1 › max: các mục con cộng lại được 30 điểm, khác điểm tối đa 30,5.",
        "criteria: tổng điểm tối đa các tiêu chí là 100,5, phải bằng 100.",
    ]


def test_every_fact_needs_its_source_and_steps_an_order_that_can_be(house):
    draft = draft_of(house)

    def spoil(content):
        criterion(content, "1.1")["title_fact"] = {"mark": "V"}
        criterion(content, "1.2")["max_fact"] = {"mark": "X"}
        criterion(content, "1.3")["max_fact"] = {}
        content["pass_marks"]["NORMAL"]["value"] = 100.5

    draft = save(house, draft, spoil)
    assert sentences(draft) == ["criteria › 1 › children › 1.3 › max_fact › mark: thiếu giá trị bắt buộc."]
    draft = save(house, draft, lambda content: criterion(content, "1.3").update(max_fact={"mark": "P"}))
    assert sentences(draft) == [
        "pass_marks › NORMAL: mức đạt phải lớn hơn 0 và không quá 100.",
        "criteria › 1.1 › title › fact: độ tin cậy V phải có nguồn.",
        "criteria › 1.2 › max › fact: phải có nguồn hoặc ghi chú lý do.",
        "criteria › 1.3 › max › fact: độ tin cậy P phải có nguồn.",
    ]

    other = draft_of(house)

    def swap(content):
        content["procedure"][1], content["procedure"][2] = content["procedure"][2], content["procedure"][1]

    assert sentences(save(house, other, swap)) == ["procedure › review: phải đứng sau bước tự đánh giá."]


def test_nothing_saved_is_lost_to_somebody_else_and_history_says_what(house):
    draft = draft_of(house)
    mine = save(house, draft, lambda content: criterion(content, "3.1").update(help="Hỏi cả trẻ em."))
    with pytest.raises(RecognitionError) as refused:
        save(house, draft, lambda content: content.update(summary="Khác"), who="checker")
    assert refused.value.message == (
        "Quản Văn Soạn vừa lưu dự thảo này (Tiêu chí 3.1 Gia đình quan tâm, động viên, tạo điều kiện cho mọi "
        "thành viên học tập: Hướng dẫn – → Hỏi cả trẻ em.). Hãy xem lại rồi lưu lần nữa."
    )
    same = verbs.save_draft(actor=house["checker"], draft=mine, content=mine.content, revision=2)
    assert (same.revision, same.editors) == (2, [house["writer"].pk])  # nothing changed: no editor, no line
    lines = list(RulebookDraft.objects.get().events.order_by("pgh_id").values_list("last_change", "changed_by_name"))
    assert [who for _what, who in lines] == ["Quản Văn Soạn"] * 2
    assert lines[1][0].endswith("Hướng dẫn – → Hỏi cả trẻ em.")


def test_four_eyes_then_a_new_version_by_year(house):
    draft = save(house, draft_of(house), lambda content: content.update(valid_from_year=2027, title="Bộ mới"))
    with pytest.raises(NotPermitted) as own:
        verbs.activate_draft(actor=house["writer"], draft=draft, revision=draft.revision)
    assert own.value.message == (
        "Người đưa bộ tiêu chí vào dùng phải khác người soạn. Hãy nhờ một người khác cùng quyền xem và đưa vào dùng: "
        "Lê Thị Duyệt."
    )
    with pytest.raises(NotPermitted) as province:
        verbs.activate_draft(actor=house["leader"], draft=draft, revision=draft.revision)
    assert province.value.message == "Chỉ quản trị và lãnh đạo Trung ương Hội soạn bộ tiêu chí dùng cho cả nước."
    with pytest.raises(RecognitionError, match="vừa lưu dự thảo này"):
        verbs.activate_draft(actor=house["checker"], draft=draft, revision=1)

    made = verbs.activate_draft(actor=house["checker"], draft=draft, revision=draft.revision)

    assert (made.code, made.version, made.origin, made.is_active) == ("FAMILY-448", 2, "association", True)
    assert [rulebook_for("FAMILY", year).version for year in (2026, 2027)] == [1, 2]
    with pytest.raises(RecognitionError) as closed:
        verbs.save_draft(actor=house["writer"], draft=draft, content={}, revision=3)
    assert closed.value.message == (
        "Dự thảo này ở tình trạng “Đã đưa vào dùng” nên không sửa được nữa; hãy sao chép thành dự thảo mới."
    )
    # a faulty one never
    bad = save(house, draft_of(house), lambda content: criterion(content, "1.1").update(max=0))
    with pytest.raises(RecognitionError) as faulty:
        verbs.activate_draft(actor=house["checker"], draft=bad, revision=bad.revision)
    assert faulty.value.message == (
        "Dự thảo còn 2 chỗ phải sửa nên chưa đưa vào dùng được: các mục con cộng lại được 20 điểm, khác điểm tối đa 30."
    )


def test_one_in_use_is_copied_and_an_unused_one_can_be_written_on(house):
    family = house["family"]
    ward = make_ward()
    with pytest.raises(RecognitionError) as shipped:
        verbs.reopen_rulebook(actor=house["writer"], rulebook=family)
    assert shipped.value.message == (
        "Bộ tiêu chí có sẵn của cổng không sửa trực tiếp được; hãy sao chép rồi sửa bản sao."
    )
    draft = draft_of(house)
    made = verbs.activate_draft(actor=house["checker"], draft=draft, revision=1)
    family.refresh_from_db()
    assert (family.is_active, family.replaced_by) == (False, made)  # the same years: the older one rests

    again = verbs.reopen_rulebook(actor=house["writer"], rulebook=made)
    family.refresh_from_db()
    assert (family.is_active, family.replaced_by, again.state) == (True, None, "OPEN")
    assert rulebook_for("FAMILY", YEAR) == family
    third = verbs.activate_draft(actor=house["checker"], draft=again, revision=again.revision)
    assert third.version == 3
    home = make_household(
        HamletFactory(parent=ward.place, name="Khu phố 99"), "Ngô Thị Hoa", members=3, adults=2, pupils=1
    )
    register(actor=ward.officer, registrant=home, model="FAMILY", year=YEAR)
    with pytest.raises(RecognitionError) as used:
        verbs.reopen_rulebook(actor=house["writer"], rulebook=third)
    assert used.value.message == (
        "Đã có 1 hồ sơ dùng bộ tiêu chí này nên không sửa được; hãy sao chép rồi sửa bản sao."
    )
    # files never touch what an association made, and do not push it out of use
    shipped_three = parse_rulebook(family.content | {"version": 3, "title": "Tệp"}, "x")
    four = parse_rulebook(family.content | {"version": 4}, "x")
    refused, beside = load_rulebooks(specs=[shipped_three, four])
    assert refused.message == (
        "FAMILY-448 phiên bản 3: Hội đã soạn phiên bản này trên cổng nên không ghi đè; hãy tăng số phiên bản trong tệp "
        "rồi nạp lại."
    )
    assert beside.message == "FAMILY-448 phiên bản 4: đã thêm, chưa dùng vì Hội đang dùng phiên bản 3 tự soạn."
    third.refresh_from_db()
    assert (third.title, third.is_active, rulebook_for("FAMILY", YEAR)) == (family.title, True, third)


def test_years_may_not_overlap_another_rulebook_in_use(house):
    old = Rulebook.objects.get(code="FAMILY-2022")
    draft = draft_of(house, rulebook=old)  # 2022–2030, another code than FAMILY-448
    refusal = (
        "valid_from_year: Năm 2022–2030 đã có “Gia đình học tập (Quyết định 448/QĐ-KHVN)” (FAMILY-448, phiên bản 1) "
        "đang dùng cho cùng mô hình và địa bàn; hãy đổi năm, hoặc kết thúc bộ đó trước."
    )
    assert sentences(draft) == [refusal]
    verbs.end_rulebook(actor=house["writer"], rulebook=house["family"], year=2022)
    assert sentences(draft) == [refusal.replace("2022–2030", "2022")]  # one year in common is one too many
    verbs.end_rulebook(actor=house["writer"], rulebook=house["family"], year=2021)
    assert sentences(draft) == []
    made = verbs.activate_draft(actor=house["checker"], draft=draft, revision=1)
    assert [rulebook_for("FAMILY", year) for year in (2021, 2022, 2030, 2031)] == [house["family"], made, made, None]
    # loading the files again leaves the last year where the association put it
    load_shipped_rulebooks()
    assert Rulebook.objects.get(code="FAMILY-448").valid_to_year == 2021

    for year, words in ((2015, "từ 2016 đến 2100"), (2101, "từ 2016 đến 2100")):
        with pytest.raises(RecognitionError, match=f"Năm kết thúc phải {words}"):
            verbs.end_rulebook(actor=house["writer"], rulebook=house["family"], year=year)


def test_a_rulebook_ends_only_after_its_last_dossier(house):
    ward = make_ward()
    home = make_household(
        HamletFactory(parent=ward.place, name="Khu phố 99"), "Ngô Thị Hoa", members=3, adults=2, pupils=1
    )
    register(actor=ward.officer, registrant=home, model="FAMILY", year=YEAR)
    with pytest.raises(RecognitionError) as later:
        verbs.end_rulebook(actor=house["writer"], rulebook=house["family"], year=YEAR - 1)
    assert later.value.message == ("Đã có 1 hồ sơ sau năm 2025 dùng bộ tiêu chí này nên không kết thúc ở năm đó được.")
    assert verbs.end_rulebook(actor=house["writer"], rulebook=house["family"], year=YEAR).valid_to_year == YEAR


def test_a_province_has_its_own_variant_and_only_there(client, house):
    other = ProvinceFactory(name="Tỉnh Gia Lai", code="52")
    with pytest.raises(NotPermitted) as foreign:
        draft_of(house, "leader", other)
    assert foreign.value.message == "Bạn không được phân công soạn bộ tiêu chí của Tỉnh Gia Lai."
    with pytest.raises(NotPermitted, match="dùng cho cả nước"):
        draft_of(house, "leader")
    draft = draft_of(house, "leader", house["province"])
    assert (draft.code, draft.content["provinces"]) == ("FAMILY-448-68", ["68"])
    assert list(RulebookDraft.objects.visible_to(house["second"])) == [draft]
    assert not RulebookDraft.objects.visible_to(make_officer(Role.LEADER, other, name="Người Ngoài")).exists()
    draft = save(house, draft, lambda c: c["pass_marks"]["NORMAL"].update(value=85), "leader")

    made = verbs.activate_draft(actor=house["second"], draft=draft, revision=2)

    assert rulebook_for("FAMILY", YEAR, house["province"]) == made
    client.force_login(house["second"])
    pages = {"list": "riêng cho Tỉnh Lâm Đồng", "detail": "<dd>Tỉnh Lâm Đồng</dd>", "compare": ">Tỉnh Lâm Đồng</td>"}
    for page, told in pages.items():  # by its name, not by a code
        shown = client.get(reverse(f"recognition:rulebook-{page}", args=[] if page == "list" else [made.pk]))
        assert told in shown.content.decode()
    assert rulebook_for("FAMILY", YEAR, other) == rulebook_for("FAMILY", YEAR) == house["family"]
    ward = CommuneFactory(name="Xã Liên Hương", parent=house["province"])
    home = make_household(HamletFactory(parent=ward), "Ngô Thị Hoa", members=3, adults=2, pupils=1)
    officer = make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An")
    assert register(actor=officer, registrant=home, model="FAMILY", year=YEAR).rulebook.spec.pass_mark("NORMAL") == 85


def test_discarded_drafts_stay_readable(house):
    draft = draft_of(house)
    verbs.discard_draft(actor=house["writer"], draft=draft, revision=1)
    draft.refresh_from_db()
    assert (draft.state, draft.last_change) == ("DISCARDED", "Bỏ dự thảo")
    with pytest.raises(RecognitionError, match="“Đã bỏ” nên không sửa được nữa"):
        verbs.activate_draft(actor=house["checker"], draft=draft, revision=2)


# --- Races


@pytest.mark.django_db(transaction=True)
def test_putting_into_use_waits_for_whoever_registers_and_those_after_get_the_new_rules(house):
    ward = make_ward()
    hamlet = HamletFactory(parent=ward.place, name="Khu phố 99")
    homes = [make_household(hamlet, f"Ngô Thị {n}", members=3, adults=2, pupils=1) for n in ("Hoa", "Lan")]
    draft = draft_of(house)
    begun, finish, done = threading.Event(), threading.Event(), []

    def early():
        with transaction.atomic():
            register_many(actor=ward.officer, registrant_ids=[homes[0].pk], model="FAMILY", year=YEAR)
            begun.set()
            assert finish.wait(60)

    def activate():
        assert begun.wait(60)
        done.append(verbs.activate_draft(actor=house["checker"], draft=draft, revision=1))

    def watch():
        assert begun.wait(60)
        wait_until(lambda: done or waiting_for_a_lock())
        waiting = not done
        finish.set()
        return waiting

    _one, _two, waited = together(early, activate, watch)
    register_many(actor=ward.officer, registrant_ids=[homes[1].pk], model="FAMILY", year=YEAR)

    assert waited is True
    assert list(Registration.objects.order_by("pk").values_list("rulebook__version", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_two_people_activate_at_once_and_one_version_results(house):
    draft = draft_of(house)
    third = make_officer(Role.ADMINISTRATOR, None, name="Phạm Văn Ba")
    results = together(
        *[lambda who=who: verbs.activate_draft(actor=who, draft=draft, revision=1) for who in (house["checker"], third)]
    )
    (loser,) = [one for one in results if isinstance(one, Exception)]
    assert "“Đã đưa vào dùng” nên không sửa được nữa" in loser.message
    assert Rulebook.objects.filter(code="FAMILY-448").count() == 2


# --- Comparison and files


def test_two_versions_side_by_side_criterion_by_criterion():
    before = citizen()
    after = citizen()
    after["criteria"][0]["max"] = 12
    after["criteria"][0]["help"] = "Xem sổ."
    after["criteria"][9]["code"] = "11"
    after["pass_marks"]["NORMAL"]["value"] = 85
    after["procedure"][1]["roles"] = ["HAMLET_OFFICER"]
    parts = {part.key: part for part in compare(before, after)}
    rows = {(row.kind, row.name): row for part in parts.values() for row in part.rows if row.kind != "same"}

    assert counts(list(parts.values())) == {"added": 1, "removed": 1, "changed": 3}
    assert [(c.label, c.before, c.after) for c in rows["changed", "1 Chỉ số 1"].changes] == [
        ("Điểm tối đa", "10", "12"),
        ("Hướng dẫn", "", "Xem sổ."),
    ]
    assert ("added", "11 Chỉ số 10") in rows
    assert ("removed", "10 Chỉ số 10") in rows
    assert [(c.before, c.after) for c in rows["changed", "Bình thường"].changes] == [("80", "85")]
    assert rows["changed", "Tự đánh giá"].changes[0].before == "Cán bộ Hội Khuyến học phường, xã"
    assert counts(compare(before, before)) == {"added": 0, "removed": 0, "changed": 0}


def test_criteria_move_and_references_follow():
    content = citizen()
    content["knock_outs"].append({"title": "Chỉ số 3", "criterion": "3", "min": 6, "fact": {}})
    item = content["criteria"][2] | {"code": "3a"}
    changed = put_criterion(content, "3", item, "")
    assert [one["code"] for one in changed["criteria"]][2] == "3a"
    assert changed["knock_outs"][1]["criterion"] == "3a"
    below = put_criterion(content, "3", content["criteria"][2], "1")
    assert [one["code"] for one in below["criteria"][0]["children"]] == ["3"]
    assert len(below["criteria"]) == 9
    assert [one["code"] for one in arrange_criterion(content, "2", "up")["criteria"]][:2] == ["2", "1"]
    assert [one["code"] for one in arrange_criterion(content, "1", "up")["criteria"]][:2] == ["1", "2"]
    assert len(arrange_criterion(content, "10", "remove")["criteria"]) == 9
    assert len(content["criteria"]) == 10


def test_what_is_exported_reads_back_the_same_and_faults_name_their_line(house):
    for rulebook in Rulebook.objects.filter(code__in=["FAMILY-448", "CITIZEN-324", "COMMUNE-TT25"]):
        assert read_yaml(to_yaml(rulebook.content).encode(), "x.yaml").content == rulebook.content
    text = to_yaml(house["family"].content)
    lines = text.splitlines()
    at = next(n for n, line in enumerate(lines) if "code: '1.1'" in line)
    points = next(n for n in range(at, len(lines)) if lines[n].strip() == "max: 10")
    wrong = "\n".join([*lines[:points], lines[points].replace("10", "11"), *lines[points + 1 :]])
    top = next(n for n, line in enumerate(lines) if line == "  max: 30")

    def faults(data):
        with pytest.raises(RulebookError) as refused:
            read_yaml(data if isinstance(data, bytes) else data.encode(), "x.yaml")
        return refused.value.faults

    assert faults(wrong) == [
        f"Dòng {top + 1}, criteria › 1 › max: các mục con cộng lại được 31 điểm, khác điểm tối đa 30."
    ]
    typed = "\n".join([*lines[:points], lines[points].replace("10", "mười"), *lines[points + 1 :]])
    assert faults(typed) == [f"Dòng {points + 1}, criteria › 1 › children › 1.1 › max: phải là số (nhận được mười)."]
    assert faults(b"") == ["Tệp rỗng. Hãy chọn lại tệp."]
    assert faults("tên: bộ".encode("utf-16")) == ["Tệp phải lưu bằng bảng mã UTF-8."]
    assert faults("a: [1\nb: 2") == ["Dòng 2: sai cú pháp YAML."]
    assert faults("- a") == ["Tệp không phải là bộ tiêu chí; hãy xuất một bộ tiêu chí rồi sửa trên tệp đó."]
    assert faults("a: &x [1]\nb: *x") == ["Dòng 2: không dùng dấu * để nhắc lại; hãy ghi đủ nội dung."]
    assert faults("a: " + "[" * 5000) == ["Dòng 1: lồng quá nhiều tầng."]
    assert faults("code: A\ncode: B") == ["Dòng 2: khóa “code” ghi hai lần."]
    assert faults(b"a: " + b"x" * 1024 * 1024) == ["Tệp lớn hơn 1 MB nên không phải là bộ tiêu chí. Hãy chọn lại tệp."]
    for odd in ("? [a]\n: 1", "a: !!python/object:os.system x", "\x07", "a: 0x" + "f" * 50):
        assert faults(odd)


# --- Pages


def formset(prefix, rows, initial):
    data = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial}
    return data | {f"{prefix}-{n}-{key}": value for n, row in enumerate(rows) for key, value in row.items()}


def test_on_screen_from_copy_to_use(client, house, django_assert_max_num_queries):
    client.force_login(house["writer"])
    client.post(reverse("recognition:rulebook-copy", args=[house["family"].pk]), {"province": ""})
    draft = RulebookDraft.objects.get()
    page = client.get(reverse("recognition:rulebook-draft", args=[draft.pk])).content.decode()
    assert "Dự thảo đã kiểm tra, không có lỗi" in page
    assert "Người đưa bộ tiêu chí vào dùng phải khác người soạn" in page

    url = reverse("recognition:rulebook-draft-criterion", args=[draft.pk, "1.1"])
    values = {
        "revision": 1,
        "c-code": "1.1",
        "c-parent": "1",
        "c-title": "Trẻ em đều đến trường",
        "c-max": "9,5",
        "c-evidence": "Học bạ\n\nSổ theo dõi",
        "c-na_allowed": "on",
        "c-title_fact_mark": "V",
        "c-title_fact_sources": "s1; S2",
        "c-max_fact_mark": "M",
        "c-max_fact_note": "Theo hội nghị",
    }
    wrong = client.post(url, values | {"c-max": "mười", "c-max_fact_sources": "S99"})
    assert wrong.status_code == 422
    text = wrong.content.decode()
    assert "Hãy nhập một số, ví dụ 10 hoặc 0,5." in text
    assert "Không có nguồn “S99”; hãy thêm ở phần Nguồn trước." in text
    assert "mười" in text and "Theo hội nghị" in text
    assert client.post(url, values).status_code == 302
    draft.refresh_from_db()
    item = criterion(draft.content, "1.1")
    assert (item["max"], item["evidence"]) == (9.5, ["Học bạ", "Sổ theo dõi"])
    assert item["title_fact"] == {"mark": "V", "sources": ["S1", "S2"]}
    assert item["max_fact"] == {"mark": "M", "note": "Theo hội nghị"}

    stale = client.post(url, values | {"c-title": "Gõ lại"})
    assert stale.status_code == 409
    assert "Gõ lại" in stale.content.decode() and 'name="revision" value="2"' in stale.content.decode()
    page = client.get(reverse("recognition:rulebook-draft", args=[draft.pk])).content.decode()
    assert "Còn 1 chỗ phải sửa trước khi đưa vào dùng" in page
    assert "các mục con cộng lại được 29,5 điểm, khác điểm tối đa 30." in page
    client.post(url, values | {"revision": 2, "c-max": "10"})

    sources = [{"key": key, "text": text} for key, text in draft.content["sources"].items()]
    part = reverse("recognition:rulebook-draft-part", args=[draft.pk, "nguon"])
    client.post(part, {"revision": 3} | formset("s", [*sources, {"key": "HN", "text": "Hội nghị"}], len(sources)))
    marks = {"mNORMAL-value": "85", "mNORMAL-fact_mark": "P", "mNORMAL-fact_sources": "HN"}
    marks |= {"mDIFFICULT-value": "", "n-value": "RESCALE", "n-fact_mark": "X", "n-fact_note": "tạm"}
    part = reverse("recognition:rulebook-draft-part", args=[draft.pk, "muc-dat"])
    assert client.post(part, {"revision": 4} | marks | formset("r", [{}], 0)).status_code == 302
    draft.refresh_from_db()
    assert draft.content["pass_marks"] == {"NORMAL": {"value": 85, "fact": {"mark": "P", "sources": ["HN"]}}}
    assert (draft.content["na_policy"]["value"], draft.revision) == ("RESCALE", 5)
    marks |= {"mDIFFICULT-value": "75", "mDIFFICULT-fact_mark": "X", "mDIFFICULT-fact_note": "tạm"}
    client.post(part, {"revision": 5} | marks | formset("r", [{}], 0))

    client.force_login(house["checker"])
    with django_assert_max_num_queries(30):
        page = client.get(reverse("recognition:rulebook-draft", args=[draft.pk])).content.decode()
    assert "Đưa vào dùng</button>" in page
    beside = client.get(reverse("recognition:rulebook-draft-compare", args=[draft.pk])).content.decode()
    assert "<del>80</del>" in beside and "<ins>85</ins>" in beside
    done = client.post(
        reverse("recognition:rulebook-draft-activate", args=[draft.pk]), {"revision": 6}, follow=True
    ).content.decode()
    assert "Đã đưa vào dùng: FAMILY-448, phiên bản 2. Hồ sơ đăng ký từ bây giờ theo bộ này." in done
    assert Rulebook.objects.get(version=2, code="FAMILY-448").spec.pass_mark("DIFFICULT") == 75


def test_steps_and_files_on_screen(client, house):
    client.force_login(house["writer"])
    tt25 = Rulebook.objects.filter(code="COMMUNE-TT25").order_by("-version").first()
    draft = draft_of(house, rulebook=tt25)
    for slug in ("thong-tin", "muc-dat", "khong-cong-nhan", "ty-le", "hieu-luc", "tham-quyen", "can-cu", "nguon"):
        page = client.get(reverse("recognition:rulebook-draft-part", args=[draft.pk, slug]))
        assert page.status_code == 200
    assert client.get(reverse("recognition:rulebook-draft-part", args=[draft.pk, "khac"])).status_code == 404
    rows = [{"title": one["title"], "fact_mark": "X", "fact_note": "thử"} for one in draft.content["revocation"]]
    assert len(rows) == 3
    hold = reverse("recognition:rulebook-draft-part", args=[draft.pk, "hieu-luc"])
    assert client.get(hold).content.decode().count('type="checkbox" name="w-') == 4  # three rows and the empty one
    rows[1]["DELETE"] = "on"
    rest = {"v-years": "3", "v-fact_mark": "X", "v-fact_note": "thử", "o-days": ""}
    client.post(hold, {"revision": 1} | rest | formset("w", [*rows, {}], 3))
    draft.refresh_from_db()
    assert [one["title"] for one in draft.content["revocation"]] == [rows[0]["title"], rows[2]["title"]]
    assert "objection" not in draft.content
    draft = save(house, draft, lambda content: content.update(tt25.content))

    deciders = client.get(reverse("recognition:rulebook-draft-part", args=[draft.pk, "tham-quyen"])).content.decode()
    assert 'name="a-0-to" value="30/06/2025"' in deciders and 'name="a-1-from" value="01/07/2025"' in deciders

    url = reverse("recognition:rulebook-draft-step", args=[draft.pk, "decide"])
    values = {
        "s-step": "decide",
        "s-roles": ["DECIDER"],
        "s-differs_from": ["inspect"],
        "s-deadline_day": "30",
        "s-fact_mark": "P",
        "s-fact_sources": "S12",
    }
    places = [
        {"level": "district", "to": "30/06/2025"},
        {"level": "", "from": "01/07/2025", "note": "Chưa rõ"},
        {},
    ]
    half = client.post(url, {"revision": 3} | values | formset("p", places, 2))
    assert "Hạn phải có cả ngày và tháng, hoặc để trống cả hai." in half.content.decode()
    values |= {"s-deadline_month": "4", "s-deadline_offset": "1", "s-time_fact_mark": "X", "s-time_fact_note": "tạm"}
    assert client.post(url, {"revision": 3} | values | formset("p", places, 2)).status_code == 302
    draft.refresh_from_db()
    step = draft.content["procedure"][-1]
    assert step["deadline"] == {"month": 4, "day": 30, "year_offset": 1, "fact": {"mark": "X", "note": "tạm"}}
    assert step["places"] == [
        {"level": "district", "to": "2025-06-30"},
        {"from": "2025-07-01", "note": "Chưa rõ"},
    ]
    assert verbs.findings(draft) == []
    client.post(
        reverse("recognition:rulebook-draft-arrange", args=[draft.pk]),
        {"revision": 4, "of": "criterion", "key": "1.2", "do": "up"},
    )
    draft.refresh_from_db()
    assert [one["code"] for one in draft.content["criteria"][0]["children"]] == ["1.2", "1.1", "1.3"]

    exported = client.get(reverse("recognition:rulebook-export", args=[house["family"].pk]))
    assert exported["Content-Disposition"] == 'attachment; filename="family-448-v1.yaml"'
    target = reverse("recognition:rulebook-draft-import")
    good = SimpleUploadedFile("bo.yaml", exported.content)
    assert client.post(target, {"province": house["province"].pk, "file": good}).status_code == 302
    newest = RulebookDraft.objects.order_by("-pk").first()
    assert (newest.code, newest.base, newest.last_change) == ("FAMILY-448-68", house["family"], "Nhập từ tệp")
    bad = SimpleUploadedFile("bo.yaml", exported.content.replace(b"step: 0.5", b"step: 0.3"))
    refused = client.post(target, {"file": bad})
    assert refused.status_code == 422
    assert "› step: bước điểm phải là bội số của 0,5." in refused.content.decode().replace(", step", ", › step")
    assert RulebookDraft.objects.count() == 2

    client.post(reverse("recognition:rulebook-end", args=[house["family"].pk]), {"year": "2027"})
    assert Rulebook.objects.get(pk=house["family"].pk).valid_to_year == 2027


def test_a_level_nobody_can_read_is_not_given_until_it_is_entered(house):
    book = Rulebook.objects.get(code="COMMUNE-TT25")
    met = dict.fromkeys(book.spec.leaf_codes, 1)
    assert evaluate(book.spec, met).level == 1
    draft = draft_of(house, rulebook=book)
    draft = save(house, draft, lambda c: c["unknown_levels"].append({"level": 3, "fact": {"mark": "V"}}))
    assert sentences(draft) == [
        "unknown_levels › 3: mức độ không có trong bộ tiêu chí.",
        "unknown_levels › 3 › fact: độ tin cậy phải là M hoặc X, vì chưa có nguyên văn.",
        "unknown_levels › 3 › fact: độ tin cậy V phải có nguồn.",
    ]

    def enter(content):
        del content["unknown_levels"]
        criterion(content, "4.1")["levels"] = [1]
        wording = {"code": "4.1b", "title": "Chỉ tiêu cao hơn", "title_fact": {"mark": "P", "sources": ["S12"]}}
        content["criteria"][3]["children"].append(wording | {"levels": [2]})

    draft = save(house, draft, enter)
    made = verbs.activate_draft(actor=house["checker"], draft=draft, revision=draft.revision)
    assert [evaluate(made.spec, met | {"4.1b": value}).level for value in (0, 1)] == [1, 2]


def test_an_authority_entered_keeps_what_a_province_wrote_and_taken_back_leads_there_again(house):
    book = Rulebook.objects.get(code="COMMUNE-TT25")
    draft = draft_of(house, "leader", house["province"], book)
    draft = save(house, draft, lambda c: criterion(c, "1.1").update(title="Riêng của tỉnh"), "leader")
    variant = verbs.activate_draft(actor=house["second"], draft=draft, revision=draft.revision)
    with pytest.raises(RecognitionError, match="do Hội ghi khi soạn; hãy sao chép rồi sửa bản sao."):
        take_back_authority(actor=house["leader"], rulebook=variant)

    for version in (2, 3):  # entered, and corrected
        made = enter_authority(
            actor=house["leader"], rulebook=book, province=house["province"], authority=PAPER
        ).rulebook
        assert (made.version, made.spec.by_code["1.1"].title) == (version, "Riêng của tỉnh")
        assert made.spec.authorities[-1].authority == PAPER.name
    take_back_authority(actor=house["leader"], rulebook=made)

    assert rulebook_for("COMMUNITY_COMMUNE", YEAR, house["province"]) == variant
    assert rulebook_for("COMMUNITY_COMMUNE", YEAR) == book


def test_a_table_from_share_to_points_is_typed_line_by_line():
    content = with_table()
    item = next(one for one in content["derived"] if one["criterion"] == "9")
    first = DerivedForm(item=item, criteria=[("9", "9 Gia đình")], sources=content["sources"])
    assert first.initial["brackets"] == "70: 8\n62,5: 6,5\n0: 0"
    typed = {name: value for name, value in first.initial.items() if value is not None}

    def written(text, **more):
        form = DerivedForm(
            typed | {"brackets": text} | more, item=item, criteria=[("9", "9 Gia đình")], sources=content["sources"]
        )
        return form.write() if form.is_valid() else form.errors.get("brackets")

    assert written(first.initial["brackets"]) == item
    assert written(" 70% = 8 \n\n 0 : 2,5")["brackets"] == [{"from": 70, "points": 8}, {"from": 0, "points": 2.5}]
    assert written("70: tám") == ["Không đọc được dòng “70: tám”; hãy ghi như 70: 10."]
    without = written("")
    assert "brackets" not in without and "brackets_fact" not in without
