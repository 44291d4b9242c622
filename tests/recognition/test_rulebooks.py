"""Rulebooks in the database: loading, finding, the two commands and the pages."""

import json
import re
import threading
from datetime import date
from io import StringIO

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from recognition.domain.rulebooks import load_rulebooks, rulebook_for
from recognition.models import Registration, Rulebook
from recognition.rulebook_checks import RULEBOOK_DIR, parse_rulebook, read_all
from tests.factories.recognition import shipped_specs
from tests.factories.units import CommuneFactory, HamletFactory, make_household, make_officer
from tests.recognition.rulebook_samples import FACT, citizen, levels
from units.choices import Role

pytestmark = pytest.mark.django_db
VERSIONS = {spec.code: spec.version for spec in shipped_specs()}  # in the order of their files
CODES = list(VERSIONS)


def load(*datas):
    """Load plain data as files would be; the outcomes by code and version."""
    specs = [parse_rulebook(data, f"{data['code']}.yaml") for data in datas]
    return {(item.code, item.version): item.outcome for item in load_rulebooks(specs=specs)}


def use(rulebook):
    """A registration scored by the rulebook."""
    household = make_household(HamletFactory(), "Nguyễn Văn Hòa", members=4, adults=2, pupils=2)
    return Registration.objects.create(
        registrant=household,
        model=rulebook.model,
        year=2026,
        rulebook=rulebook,
        hamlet=household.hamlet,
        commune=household.commune,
        province=household.province,
        state_at=timezone.now(),
    )


# --- Loading


def test_loading_twice_changes_nothing():
    assert load(citizen(), levels()) == {("CITIZEN-TEST", 1): "added", ("LEVELS-TEST", 1): "added"}
    loaded_at = Rulebook.objects.get(code="CITIZEN-TEST").loaded_at

    assert load(citizen(), levels()) == {("CITIZEN-TEST", 1): "unchanged", ("LEVELS-TEST", 1): "unchanged"}

    row = Rulebook.objects.get(code="CITIZEN-TEST")
    assert row.loaded_at == loaded_at
    assert (row.version, row.model, row.status, row.is_active) == (1, "CITIZEN", "provisional", True)
    assert (row.valid_from_year, row.valid_to_year, row.province_codes) == (2020, None, [])
    assert row.spec.leaf_codes == tuple(str(n) for n in range(1, 11))


def test_changed_content_of_an_unused_rulebook_is_updated():
    load(citizen())

    outcome = load(citizen() | {"title": "Bộ mới", "valid_from_year": 2021, "provinces": ["79"], "status": "draft"})

    row = Rulebook.objects.get()
    assert outcome == {("CITIZEN-TEST", 1): "updated"}
    assert (row.title, row.valid_from_year, row.province_codes, row.status) == ("Bộ mới", 2021, ["79"], "draft")
    assert row.spec.title == "Bộ mới"


def test_changed_content_of_a_used_rulebook_is_refused_until_the_version_grows():
    load(citizen())
    old = Rulebook.objects.get()
    use(old)
    changed = citizen() | {"title": "Bộ mới"}

    (refused,) = load_rulebooks(specs=[parse_rulebook(changed, "x.yaml")])

    assert refused.outcome == "refused"
    assert refused.message == (
        "CITIZEN-TEST phiên bản 1: đã có hồ sơ dùng bộ này nên không sửa được; "
        "hãy tăng số phiên bản trong tệp rồi nạp lại."
    )
    old.refresh_from_db()
    assert (old.title, old.content["title"]) == ("Bộ thử", "Bộ thử")

    assert load(changed | {"version": 2}) == {("CITIZEN-TEST", 2): "added"}
    assert list(Rulebook.objects.order_by("version").values_list("version", "is_active")) == [(1, False), (2, True)]
    assert Registration.objects.get().rulebook.spec.title == "Bộ thử"


def test_unchanged_content_of_a_used_rulebook_is_fine():
    load(citizen())
    use(Rulebook.objects.get())

    assert load(citizen()) == {("CITIZEN-TEST", 1): "unchanged"}


def test_draft_of_a_new_version_leaves_the_old_one_in_use():
    load(citizen())

    load(citizen() | {"version": 2, "status": "draft"})

    assert list(Rulebook.objects.order_by("version").values_list("version", "is_active")) == [(1, True), (2, True)]
    assert rulebook_for("CITIZEN", 2026).version == 1


def test_older_version_than_the_loaded_one_is_refused():
    load(citizen() | {"version": 3})

    (refused,) = load_rulebooks(specs=[parse_rulebook(citizen() | {"version": 2}, "x.yaml")])

    assert refused.message == "CITIZEN-TEST phiên bản 2: đã nạp phiên bản 3 mới hơn; hãy tăng số phiên bản."
    assert [row.version for row in Rulebook.objects.all()] == [3]


@pytest.mark.django_db(transaction=True)
def test_two_loads_at_once_add_each_rulebook_once():
    outcomes, start = [], threading.Barrier(2)

    def run():
        try:
            start.wait()
            outcomes.append(load(citizen(), levels()))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(sorted(outcome.values()) for outcome in outcomes) == [["added"] * 2, ["unchanged"] * 2]
    assert Rulebook.objects.count() == 2


def test_loading_asks_the_database_a_fixed_number_of_questions(django_assert_max_num_queries):
    specs = shipped_specs()
    load_rulebooks(specs=specs)

    with django_assert_max_num_queries(4):  # savepoint pair, lock, rows
        load_rulebooks(specs=specs)


# --- Finding


@pytest.fixture
def shipped():
    load_rulebooks(specs=shipped_specs())


@pytest.mark.parametrize(
    ("model", "year", "code"),
    [
        ("FAMILY", 2015, None),
        ("FAMILY", 2016, "FAMILY-448"),
        ("FAMILY", 2022, "FAMILY-448"),  # the 2022 set is a draft
        ("FAMILY", 2026, "FAMILY-448"),
        ("COMMUNITY_COMMUNE", 2013, None),
        ("COMMUNITY_COMMUNE", 2014, "COMMUNE-TT44"),
        ("COMMUNITY_COMMUNE", 2023, "COMMUNE-TT44"),
        ("COMMUNITY_COMMUNE", 2024, "COMMUNE-TT25"),
        ("COMMUNITY_COMMUNE", 2026, "COMMUNE-TT25"),
        ("CLAN", 2015, None),
        ("CLAN", 2016, "CLAN-448"),
        ("COMMUNITY_HAMLET", 2015, None),
        ("COMMUNITY_HAMLET", 2016, "HAMLET-448"),
        ("CITIZEN", 2020, None),
        ("CITIZEN", 2021, "CITIZEN-324"),
        ("CITIZEN", 2030, "CITIZEN-324"),
        ("CITIZEN", 2031, None),
        ("COMMUNITY_DISTRICT", 2023, None),
        ("COMMUNITY_DISTRICT", 2024, "DISTRICT-TT25"),
        ("COMMUNITY_DISTRICT", 2025, None),  # districts ended on 30/6/2025
        ("COMMUNITY_PROVINCE", 2026, None),  # a draft
    ],
)
def test_rulebook_of_a_year(shipped, model, year, code):
    found = rulebook_for(model, year)

    assert (found and found.code) == code


@pytest.mark.parametrize(
    ("managed_by", "year", "code"),
    [
        ("commune", 2015, None),
        ("commune", 2016, "UNIT-448"),
        ("commune", 2026, "UNIT-448"),
        ("district", 2019, None),
        ("district", 2020, "UNIT-TT22-DISTRICT"),
        ("district", 2023, "UNIT-TT22-DISTRICT"),
        ("district", 2024, "UNIT-TT24-DISTRICT"),
        ("district", 2025, None),
        ("province", 2019, None),
        ("province", 2020, "UNIT-TT22"),
        ("province", 2023, "UNIT-TT22"),
        ("province", 2024, "UNIT-TT24"),
        ("province", 2026, "UNIT-TT24"),
    ],
)
def test_rulebook_of_an_organisation_follows_the_level_that_manages_it(shipped, managed_by, year, code):
    found = rulebook_for("UNIT", year, managed_by=managed_by)

    assert (found and found.code) == code


def test_own_rulebook_of_a_province_wins_there_only(django_assert_num_queries):
    load(citizen(), citizen() | {"code": "CITIZEN-HCM", "provinces": ["79"], "valid_from_year": 2019})
    hamlet = HamletFactory(parent=CommuneFactory(parent__code="79"))

    with django_assert_num_queries(1):
        assert rulebook_for("CITIZEN", 2026, "79").code == "CITIZEN-HCM"
    assert rulebook_for("CITIZEN", 2026, hamlet.parent.parent).code == "CITIZEN-HCM"
    assert rulebook_for("CITIZEN", 2026, "01").code == "CITIZEN-TEST"
    assert rulebook_for("CITIZEN", 2026).code == "CITIZEN-TEST"


def test_later_rulebook_wins_and_inactive_ones_are_passed_over():
    load(citizen(), citizen() | {"code": "CITIZEN-LATER", "valid_from_year": 2025})

    assert rulebook_for("CITIZEN", 2024).code == "CITIZEN-TEST"
    assert rulebook_for("CITIZEN", 2025).code == "CITIZEN-LATER"
    Rulebook.objects.filter(code="CITIZEN-LATER").update(is_active=False)
    assert rulebook_for("CITIZEN", 2025).code == "CITIZEN-TEST"


# --- manage.py load_rulebooks


def run(name, *args):
    out = StringIO()
    call_command(name, *args, stdout=out)
    return out.getvalue()


def test_command_prints_sentences_then_nothing_new():
    assert run("load_rulebooks").splitlines() == [f"{code} phiên bản {VERSIONS[code]}: đã thêm." for code in CODES]
    assert run("load_rulebooks").splitlines() == [f"{code} phiên bản {VERSIONS[code]}: không đổi." for code in CODES]


def test_command_prints_json():
    data = json.loads(run("load_rulebooks", "--json"))

    assert {key: data[key] for key in ("added", "updated", "unchanged", "refused")} == {
        **{"added": len(CODES), "updated": 0, "unchanged": 0, "refused": 0}
    }
    assert data["rulebooks"][0] == {
        "code": "CITIZEN-324",
        "version": 1,
        "outcome": "added",
        "message": "CITIZEN-324 phiên bản 1: đã thêm.",
    }


def test_command_fails_when_a_rulebook_is_refused_but_loads_the_others(tmp_path):
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(citizen(), allow_unicode=True), encoding="utf-8")
    run("load_rulebooks", "--dir", str(tmp_path))
    use(Rulebook.objects.get())
    changed = citizen() | {"title": "Bộ mới"}
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(changed, allow_unicode=True), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(yaml.safe_dump(levels(), allow_unicode=True), encoding="utf-8")

    with pytest.raises(CommandError, match="CITIZEN-TEST phiên bản 1: đã có hồ sơ dùng bộ này"):
        run("load_rulebooks", "--dir", str(tmp_path))

    assert sorted(Rulebook.objects.values_list("code", "title")) == [
        ("CITIZEN-TEST", "Bộ thử"),
        ("LEVELS-TEST", "Bộ thử"),
    ]


def test_command_loads_nothing_when_one_file_is_faulty(tmp_path):
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(citizen(), allow_unicode=True), encoding="utf-8")
    faulty = levels() | {"model": "FAMILIES"}
    (tmp_path / "b.yaml").write_text(yaml.safe_dump(faulty, allow_unicode=True), encoding="utf-8")

    with pytest.raises(CommandError) as error:
        run("load_rulebooks", "--dir", str(tmp_path))

    first, second = str(error.value).splitlines()
    assert first == "Chưa nạp bộ tiêu chí nào, vì có lỗi:"
    assert second.startswith("b.yaml › model: mô hình không có;")
    assert not Rulebook.objects.exists()


def test_command_needs_a_folder_with_files(tmp_path):
    with pytest.raises(CommandError, match="không có tệp .yaml nào"):
        run("load_rulebooks", "--dir", str(tmp_path))
    with pytest.raises(CommandError, match="Không có thư mục"):
        run("load_rulebooks", "--dir", str(tmp_path / "none"))


# --- manage.py score (works on the shipped files, with nothing loaded)

FULL = dict.fromkeys(("1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "3.1", "3.2", "4.1", "4.2"), 10)


@pytest.fixture
def score(tmp_path):
    def run_score(content, *args, rulebook="FAMILY-448"):
        path = tmp_path / "diem.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return run("score", "--rulebook", rulebook, "--scores", str(path), *args)

    return run_score


def test_score_prints_json(score):
    assert json.loads(score(FULL | {"4.2": 9.5}, "--json")) == {
        "total": 99.5,
        "maximum": 100,
        "passed": True,
        "rank": None,
        "level": None,
        "reasons": ["Tổng điểm 99,5/100, đạt mức công nhận 80 điểm."],
        "missing": [],
        "unchecked": [],
    }


@pytest.mark.parametrize(
    ("points", "area", "passed"),
    [(8, "NORMAL", True), (7.5, "NORMAL", False), (7, "DIFFICULT", True), (6.5, "DIFFICULT", False)],
)
def test_score_by_area(score, points, area, passed):
    data = json.loads(score(dict.fromkeys(FULL, points), "--area", area, "--json"))

    assert (data["total"], data["passed"]) == (points * 10, passed)


def test_score_ranks_a_commune(score):
    maximums = [8, 6, 6, 10, 10, 6, 6, 8, 8, 8, 5, 5, 4, 5, 5]
    points = {str(n): value for n, value in enumerate(maximums, start=1)}

    data = json.loads(score(points | {"4": 2.5, "5": 2.5}, "--json", rulebook="COMMUNE-TT44"))

    assert (data["total"], data["rank"], data["passed"], data["level"]) == (85, "GOOD", True, None)


def test_score_prints_sentences(score):
    assert score(FULL | {"4.2": 9.5}).splitlines() == [
        "FAMILY-448 – Gia đình học tập (Quyết định 448/QĐ-KHVN)",
        "Lưu ý: bộ tiêu chí có trị số tạm thời, chưa đối chiếu hết với văn bản gốc.",
        "Tổng điểm: 99,5/100",
        "Kết quả: đạt",
        "- Tổng điểm 99,5/100, đạt mức công nhận 80 điểm.",
    ]
    assert "Kết quả: không đạt" in score({})


def test_score_with_items_that_do_not_apply(score):
    adults = {code: 8 for code in FULL if not code.startswith("1.")}

    data = json.loads(score(adults, "--na", "1.1, 1.2,1.3", "--json"))

    assert (data["total"], data["passed"]) == (86, True)


def test_score_reports_missing_items_and_does_not_pass(score):
    data = json.loads(score({"1.1": 10, "1.2": None}, "--json"))

    assert (data["total"], data["passed"], len(data["missing"])) == (10, False, 9)
    assert data["reasons"][1].startswith("Còn 9 mục chưa chấm: 1.2, 1.3, 2.1,")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "Tệp diem.json không đúng dạng JSON"),
        ("", "Tệp diem.json không đúng dạng JSON"),
        ("[" * 100_000, "Tệp diem.json không đúng dạng JSON"),
        ("[10, 10]", 'phải chứa các cặp mã tiêu chí và số điểm, thí dụ {"1.1": 10}, không phải danh sách'),
        ("5", "phải chứa các cặp mã tiêu chí và số điểm"),
        ('{"1.1": 10, "1.1": 5}', "Mục 1.1 được ghi hai lần trong tệp điểm."),
        ('{"1.1": 10.5}', "10,5 điểm vượt quá điểm tối đa 10."),
        ('{"1.1": "10"}', "“10” không phải là số"),
        ('{"1.1": true}', "“True” không phải là số"),
        ('{"1.1": NaN}', "“NaN” không phải là số"),
        ('{"1.1": -Infinity}', "không phải là số"),
        ('{"1.1": 1e999}', "vượt quá điểm tối đa 10."),
        ('{"1.1": {"diem": 5}}', "không phải là số"),
        ('{"9.9": 1}', "Mã tiêu chí “9.9” không có trong bộ tiêu chí FAMILY-448"),
        (" " * 1_000_001, "Tệp diem.json quá lớn, không phải bảng điểm."),
    ],
    ids=range(15),
)
def test_score_refuses_bad_files_with_a_sentence(score, content, sentence):
    with pytest.raises(CommandError) as error:
        score(content)

    assert sentence in str(error.value)


def test_score_refuses_unknown_rulebook_area_and_missing_file(score, tmp_path):
    with pytest.raises(CommandError) as error:
        score(FULL, rulebook="FAMILY-999")
    assert str(error.value) == f"Không có bộ tiêu chí “FAMILY-999”; các mã dùng được: {', '.join(sorted(CODES))}."
    with pytest.raises(CommandError, match="Vùng “CITY” không có"):
        score(FULL, "--area", "CITY")
    with pytest.raises(CommandError, match="Không mở được tệp"):
        run("score", "--rulebook", "FAMILY-448", "--scores", str(tmp_path / "none.json"))
    with pytest.raises(CommandError, match="Không mở được tệp"):
        run("score", "--rulebook", "FAMILY-448", "--scores", str(tmp_path))
    with pytest.raises(CommandError, match="Không mở được tệp /dev/zero."):  # a device never ends
        run("score", "--rulebook", "FAMILY-448", "--scores", "/dev/zero")


def test_score_refuses_a_file_in_another_encoding(tmp_path):
    path = tmp_path / "diem.json"
    path.write_bytes('{"1.1": 10}'.encode("utf-16"))

    with pytest.raises(CommandError, match="Tệp diem.json phải lưu bằng bảng mã UTF-8."):
        run("score", "--rulebook", "FAMILY-448", "--scores", str(path))


def test_score_touches_no_database(score, django_assert_num_queries):
    with django_assert_num_queries(0):
        score(FULL)


# --- Pages


@pytest.fixture
def reader(client):
    client.force_login(
        make_officer(Role.HAMLET_OFFICER, HamletFactory(), name="Trần Văn Ba", username="ba"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def test_list_shows_every_rulebook_with_its_years_and_status(shipped, reader):
    html = reader.get(reverse("recognition:rulebook-list")).content.decode()

    for text in (
        "FAMILY-448",
        "FAMILY-2022",
        "COMMUNE-TT44",
        "từ 2016",
        "2022–2030",
        "2014–2023",
        "Dự thảo",
        "Tạm thời",
    ):
        assert text in html
    Rulebook.objects.filter(model="CLAN").delete()
    html = reader.get(reverse("recognition:rulebook-list")).content.decode()
    assert "Dòng họ học tập" not in html.split("<main")[1]  # a model without a rulebook has no heading


def test_empty_list_says_what_to_do(reader):
    html = reader.get(reverse("recognition:rulebook-list")).content.decode()

    assert "Chưa nạp bộ tiêu chí nào" in html and "manage.py load_rulebooks" in html


def test_list_costs_the_same_for_any_number_of_rulebooks(reader, django_assert_max_num_queries):
    load(*[citizen() | {"code": f"C-{n}"} for n in range(12)])
    with django_assert_max_num_queries(6):  # session, user, postings, rulebooks
        reader.get(reverse("recognition:rulebook-list"))


@pytest.mark.parametrize("code", ["FAMILY-448", "FAMILY-2022", "COMMUNE-TT44"])
def test_detail_shows_every_criterion_source_and_step(shipped, reader, code):
    rulebook = Rulebook.objects.get(code=code)

    html = reader.get(reverse("recognition:rulebook-detail", args=[rulebook.pk])).content.decode()

    spec = rulebook.spec
    for _depth, item in spec.walk():
        assert item.title in html
    for key, text in spec.sources.items():
        assert f'id="nguon-{key}"' in html and text in html
    for step in spec.procedure:
        assert f"<h3>{step.label}" in html
    provisional_facts = sum(
        fact.provisional for _depth, item in spec.walk() for fact in {item.title_fact, item.max_fact}
    )
    assert (
        html.split('id="tieu-chi"')[1].split("</table>")[0].count('class="provisional is-short"') == provisional_facts
    )


def test_detail_of_the_commune_says_what_is_unknown(shipped, reader):
    rulebook = Rulebook.objects.get(code="COMMUNE-TT44")

    html = reader.get(reverse("recognition:rulebook-detail", args=[rulebook.pk])).content.decode()

    assert "Chủ tịch Ủy ban nhân dân cấp huyện" in html
    assert "Chưa rõ" in html
    assert "Chưa tìm thấy văn bản quy định ai quyết định công nhận cấp xã sau khi bỏ cấp huyện." in html
    assert "85–100" in html and "70–&lt;85" in html and "0–&lt;50" in html
    assert "Có trị số tạm thời" in html


def test_sources_are_listed_in_natural_order(shipped, reader):
    rulebook = Rulebook.objects.get(code="COMMUNE-TT44")

    html = reader.get(reverse("recognition:rulebook-detail", args=[rulebook.pk])).content.decode()

    assert re.findall(r'id="nguon-(\w+)"', html) == ["S13a", "S13b", "S14", "S15", "S41", "S82", "S83", "S84"]


def test_detail_of_a_draft_warns(shipped, reader):
    rulebook = Rulebook.objects.get(code="FAMILY-2022")

    html = reader.get(reverse("recognition:rulebook-detail", args=[rulebook.pk])).content.decode()

    assert "Dự thảo: không dùng để công nhận" in html
    assert "Có thành viên bị kết án" in html


def test_detail_of_levels_and_of_an_official_rulebook(reader):
    verified = {"mark": "V", "sources": ["S1"]}
    text = json.dumps(levels() | {"status": "official", "sources": {"S1": "Công báo"}}).replace(
        json.dumps(FACT), json.dumps(verified)
    )
    load(json.loads(text))
    rulebook = Rulebook.objects.get()

    html = reader.get(reverse("recognition:rulebook-detail", args=[rulebook.pk])).content.decode()

    assert "Đạt hoặc không đạt từng chỉ tiêu, theo mức độ" in html
    assert "Có trị số tạm thời" not in html and "Điểm tối đa" not in html
    assert "provisional is-short" not in html


def test_detail_links_the_other_versions(reader):
    load(citizen())
    load(citizen() | {"version": 2})
    first, second = Rulebook.objects.order_by("version")

    html = reader.get(reverse("recognition:rulebook-detail", args=[second.pk])).content.decode()

    assert reverse("recognition:rulebook-detail", args=[first.pk]) in html
    assert "Ngừng dùng" in html


def test_unknown_rulebook_is_not_found(reader):
    assert reader.get(reverse("recognition:rulebook-detail", args=[999_999])).status_code == 404


def test_shipped_files_are_the_folder_the_command_reads():
    assert sorted(path.stem.upper() for path in RULEBOOK_DIR.glob("*.yaml")) == sorted(CODES)
    commune = next(spec for spec in read_all() if spec.code == "COMMUNE-TT44")
    assert date(2025, 7, 1) not in commune.authorities[0].span
