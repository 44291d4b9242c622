"""What a rulebook file may say, and the sentence for everything it may not."""

from datetime import date
from decimal import Decimal

import pytest

from recognition.rulebook_checks import RULEBOOK_DIR, content_hash, parse_rulebook, read_all, read_rulebook
from recognition.rulebook_reader import Node, RulebookError
from recognition.rulebook_spec import RulebookSpec
from tests.factories.recognition import shipped_specs
from tests.recognition.rulebook_samples import FACT, citizen, levels

SHIPPED = {spec.code: spec for spec in shipped_specs()}


def faults(data):
    with pytest.raises(RulebookError) as error:
        parse_rulebook(data, "x.yaml")
    return error.value.faults


# --- What ships


def test_rulebooks_of_today():
    found = {
        code: (spec.model, spec.status, spec.valid_from_year, spec.valid_to_year, spec.maximum, len(spec.leaves))
        for code, spec in SHIPPED.items()
    }

    written = {
        "FAMILY-448": ("FAMILY", "provisional", 2016, None, Decimal(100), 10),
        "FAMILY-2022": ("FAMILY", "draft", 2022, 2030, Decimal(100), 5),
        "COMMUNE-TT44": ("COMMUNITY_COMMUNE", "provisional", 2014, 2023, Decimal(100), 15),
        "CLAN-448": ("CLAN", "provisional", 2016, None, Decimal(100), 4),
        "HAMLET-448": ("COMMUNITY_HAMLET", "provisional", 2016, None, Decimal(100), 7),
        "UNIT-448": ("UNIT", "provisional", 2016, None, Decimal(100), 10),
        "UNIT-TT22": ("UNIT", "provisional", 2020, 2023, Decimal(100), 10),
        "UNIT-TT22-DISTRICT": ("UNIT", "provisional", 2020, 2023, Decimal(100), 10),
        "UNIT-TT24": ("UNIT", "provisional", 2024, None, Decimal(9), 9),
        "UNIT-TT24-DISTRICT": ("UNIT", "provisional", 2024, 2024, Decimal(5), 5),
        "CITIZEN-324": ("CITIZEN", "provisional", 2021, 2030, Decimal(100), 10),
        "COMMUNE-TT25": ("COMMUNITY_COMMUNE", "provisional", 2024, None, Decimal(15), 15),
        "DISTRICT-TT25": ("COMMUNITY_DISTRICT", "provisional", 2024, 2024, Decimal(12), 12),
        "PROVINCE-TT25": ("COMMUNITY_PROVINCE", "draft", 2024, None, Decimal(9), 9),
    }
    assert {code: found[code] for code in written} == written


def test_family_448_points_and_confidence():
    spec = SHIPPED["FAMILY-448"]

    assert [(item.code, item.maximum, item.confidence) for _depth, item in spec.walk()] == [
        ("1", 30, "V"),
        ("1.1", 10, "V"),
        ("1.2", 10, "V"),
        ("1.3", 10, "V"),
        ("2", 30, "V"),
        ("2.1", 10, "V"),
        ("2.2", 10, "P"),
        ("2.3", 10, "M"),
        ("3", 20, "M"),
        ("3.1", 10, "M"),
        ("3.2", 10, "M"),
        ("4", 20, "M"),
        ("4.1", 10, "M"),
        ("4.2", 10, "M"),
    ]
    assert {area: (mark.value, mark.fact.confidence) for area, mark in spec.pass_marks.items()} == {
        "NORMAL": (80, "X"),
        "DIFFICULT": (70, "X"),
    }
    assert (spec.na_policy, spec.na_fact.confidence, spec.step) == ("FULL_POINTS", "X", Decimal("0.5"))
    assert [leaf.code for leaf in spec.leaves if leaf.na_allowed] == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"]


def test_commune_points_are_all_marked_as_chosen_by_us():
    spec = SHIPPED["COMMUNE-TT44"]

    assert [leaf.title_fact.confidence for leaf in spec.leaves] == ["V"] * 9 + ["P"] * 6
    assert {leaf.max_fact.confidence for leaf in spec.leaves} == {"X"}
    assert [(rank.rank, rank.floor, rank.fact.confidence) for rank in spec.ranks] == [
        ("GOOD", 85, "X"),
        ("FAIR", 70, "X"),
        ("AVERAGE", 50, "X"),
        ("NOT_MET", 0, "X"),
    ]
    assert [(item.code, item.criterion, item.required) for item in spec.derived] == [
        ("D-04", "9", {}),
        ("D-05", "10", {}),
    ]


@pytest.mark.parametrize(
    ("code", "steps"),
    [
        (
            "FAMILY-448",
            [
                ("register", ("HAMLET_OFFICER", "WARD_OFFICER"), "hamlet", (), True),
                ("self_assess", ("HAMLET_OFFICER", "WARD_OFFICER"), "hamlet", (), True),
                ("review", ("HAMLET_OFFICER", "WARD_OFFICER"), "hamlet", (), True),
                ("propose", ("WARD_OFFICER", "WARD_CHAIR"), "commune", (), True),
                ("decide", ("DECIDER",), "commune", ("propose",), True),
            ],
        ),
        (
            "COMMUNE-TT44",
            [
                ("register", ("WARD_OFFICER", "WARD_CHAIR"), "commune", (), False),
                ("self_assess", ("WARD_OFFICER", "WARD_CHAIR"), "commune", (), False),
                ("propose", ("WARD_CHAIR", "WARD_OFFICER"), "commune", (), False),
                ("inspect", ("INSPECTOR",), "district", ("self_assess",), False),
                ("decide", ("DECIDER",), "district", ("inspect",), False),
            ],
        ),
    ],
)
def test_procedure(code, steps):
    day = date(2017, 12, 1)

    assert [
        (step.step, step.roles, step.level_on(day), step.differs_from, step.bulk) for step in SHIPPED[code].procedure
    ] == steps


def test_after_the_reform_nobody_is_invented_for_the_commune():
    spec = SHIPPED["COMMUNE-TT44"]

    assert spec.step_named("decide").level_on(date(2025, 6, 30)) == "district"
    assert spec.step_named("decide").level_on(date(2025, 7, 1)) is None
    assert spec.authority_on(date(2025, 6, 30)).authority == "Chủ tịch Ủy ban nhân dân cấp huyện"
    after = spec.authority_on(date(2025, 7, 1))
    assert (after.known, after.level, after.fact.confidence) == (False, None, "M")
    assert "Chưa tìm thấy văn bản" in after.fact.note
    assert SHIPPED["FAMILY-448"].authority_on(date(2026, 12, 1)).level == "commune"


def test_deadline_and_validity_in_calendar_days():
    spec = SHIPPED["FAMILY-448"]

    assert spec.step_named("register").deadline.on(2026) == date(2026, 3, 31)
    assert spec.step_named("decide").deadline.on(2026) == date(2026, 12, 31)
    assert spec.step_named("inspect") is None
    assert spec.validity.until(date(2026, 12, 20)) == date(2027, 12, 31)


def test_years_of_use():
    years = [(SHIPPED[code].valid_from_year, SHIPPED[code].valid_to_year) for code in ("COMMUNE-TT44", "FAMILY-448")]

    assert years[0] == (2014, 2023)
    assert years[1][0] > 2015 and years[1][1] is None


@pytest.mark.parametrize("code", SHIPPED)
def test_content_rebuilds_the_same_rulebook(code):
    spec = SHIPPED[code]

    again = RulebookSpec.from_dict(spec.to_dict())

    assert again == spec
    assert content_hash(again.content) == content_hash(spec.content)


def test_hash_ignores_the_order_of_keys_and_sees_every_change():
    data = citizen()
    shuffled = dict(reversed(citizen().items()))

    assert content_hash(data) == content_hash(shuffled)
    data["pass_marks"]["NORMAL"]["value"] = 81
    assert content_hash(data) != content_hash(shuffled)


def test_decomposed_vietnamese_is_stored_composed():
    data = citizen() | {"title": "Công dân học tập"}

    assert parse_rulebook(data, "x.yaml").title == "Công dân học tập"


def test_from_dict_refuses_what_it_cannot_read():
    with pytest.raises(RulebookError, match="CITIZEN-TEST › criteria › 1 › max: phải là số"):
        data = citizen()
        data["criteria"][0]["max"] = "mười"
        RulebookSpec.from_dict(data)
    with pytest.raises(RulebookError, match="phải là một nhóm khóa và giá trị"):
        RulebookSpec.from_dict([])


# --- What is refused: one change to a good rulebook, the whole list of faults


def _set(path, value):
    def change(data):
        target = data
        for key in path[:-1]:
            target = target[key]
        if value is None:
            del target[path[-1]]
        else:
            target[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "sentences"),
    [
        # Sums and bounds
        (_set(["criteria", 0, "max"], 9.5), ["criteria: tổng điểm tối đa các tiêu chí là 99,5, phải bằng 100."]),
        (_set(["criteria", 0, "max"], 10.5), ["criteria: tổng điểm tối đa các tiêu chí là 100,5, phải bằng 100."]),
        (
            _set(["criteria", 0, "max"], 0),
            [
                "criteria › 1 › max: điểm tối đa phải lớn hơn 0.",
                "criteria: tổng điểm tối đa các tiêu chí là 90, phải bằng 100.",
                "knock_outs › Chỉ số dưới 5 điểm › min: mức tối thiểu phải lớn hơn 0 và không quá 0.",
            ],
        ),
        (
            _set(
                ["criteria", 0, "children"],
                [{"code": "1.1", "title": "a", "title_fact": FACT, "max": 9, "max_fact": FACT}],
            ),
            ["criteria › 1 › max: các mục con cộng lại được 9 điểm, khác điểm tối đa 10."],
        ),
        (
            _set(["step"], 0.3),
            ["step: bước điểm phải là bội số của 0,5."]
            + [f"criteria › {n} › max: điểm tối đa phải là bội số của bước điểm 0,3." for n in range(1, 11)]
            + [f"pass_marks › {area}: phải là bội số của bước điểm 0,3." for area in ("NORMAL", "DIFFICULT")],
        ),
        (_set(["step"], 0), ["step: bước điểm phải là bội số của 0,5."]),
        (
            _set(["pass_marks", "NORMAL", "value"], 100.5),
            ["pass_marks › NORMAL: mức đạt phải lớn hơn 0 và không quá 100."],
        ),
        (_set(["pass_marks", "NORMAL", "value"], 80.2), ["pass_marks › NORMAL: phải là bội số của bước điểm 0,5."]),
        (_set(["pass_marks", "DIFFICULT"], None), ["pass_marks › DIFFICULT: thiếu giá trị bắt buộc."]),
        (_set(["pass_marks"], None), ["pass_marks: phải có mức đạt (pass_marks) hoặc xếp loại (ranks)."]),
        (_set(["criteria", 0, "min"], 11), ["criteria › 1 › min: mức tối thiểu phải lớn hơn 0 và không quá 10."]),
        (
            _set(["knock_outs", 0, "min"], 10.5),
            ["knock_outs › Chỉ số dưới 5 điểm › min: mức tối thiểu phải lớn hơn 0 và không quá 10."],
        ),
        (
            _set(["knock_outs", 0, "criterion"], "99"),
            ["knock_outs › Chỉ số dưới 5 điểm › criterion: mã tiêu chí “99” không có."],
        ),
        (
            _set(["knock_outs", 0, "condition"], "x"),
            [
                "knock_outs › Chỉ số dưới 5 điểm: phải chọn một tiêu chí (criterion) kèm mức điểm (min), hoặc hỏi có "
                "hay không (condition)."
            ],
        ),
        # Codes
        (_set(["criteria", 1, "code"], "1"), ["criteria: “1” ghi 2 lần."]),
        (
            _set(["criteria", 0, "code"], 1.1),
            ["criteria › 1 › code: phải là chữ, đặt trong dấu nháy (nhận được 1.1)."],
        ),
        (_set(["criteria", 0, "code"], "*"), ["criteria › *: mã “*” dành riêng cho điều kiện loại; hãy đặt mã khác."]),
        (_set(["criteria"], []), ["criteria: phải có ít nhất một tiêu chí."]),
        # Identity, years
        (
            _set(["model"], "FAMILIES"),
            [
                "model: mô hình không có; hãy chọn một trong: FAMILY, CLAN, COMMUNITY_HAMLET, COMMUNITY_COMMUNE, "
                "COMMUNITY_DISTRICT, COMMUNITY_PROVINCE, UNIT, CITIZEN."
            ],
        ),
        (_set(["valid_to_year"], 2019), ["valid_to_year: năm kết thúc trước năm bắt đầu 2020."]),
        (_set(["valid_from_year"], 20), ["valid_from_year: năm phải từ 2000 đến 2100."]),
        (_set(["version"], -1), ["version: phiên bản phải từ 1 trở lên."]),
        (_set(["version"], "1"), ["version: phải là số nguyên (nhận được 1)."]),
        (_set(["version"], True), ["version: phải là số nguyên (nhận được True)."]),
        (_set(["version"], 10**9 + 1), ["version: số này quá lớn hoặc quá lẻ (nhận được 1000000001)."]),
        (_set(["title"], None), ["title: thiếu giá trị bắt buộc."]),
        (
            _set(["status"], "final"),
            ["status: “final” không dùng được; hãy chọn một trong: official, provisional, draft."],
        ),
        (_set(["provinces"], ["79", "79"]), ["provinces: “79” ghi 2 lần."]),
        (_set(["provinces"], [79]), ["provinces › 1: phải là chữ, đặt trong dấu nháy (nhận được 79)."]),
        (_set(["legal_basis"], []), ["legal_basis: phải nêu ít nhất một căn cứ."]),
        (
            _set(["legal_basis", 0, "issued_on"], "31/12/2015"),
            ['legal_basis › Văn bản thử › issued_on: phải là ngày dạng "2025-07-01" (nhận được 31/12/2015).'],
        ),
        (
            _set(["passmarks"], {}),
            ["passmarks: khóa lạ, không có trong khuôn mẫu; hãy sửa tên khóa hoặc xóa đi."],
        ),
        # Facts
        (
            _set(["criteria", 0, "max_fact"], None),
            ["criteria › 1 › max_fact: thiếu giá trị bắt buộc."],
        ),
        (
            _set(["criteria", 0, "max_fact"], {"mark": "A"}),
            ["criteria › 1 › max_fact › mark: “A” không dùng được; hãy chọn một trong: V, P, M, X."],
        ),
        (
            _set(["criteria", 0, "max_fact"], {"mark": "V"}),
            ["criteria › 1 › max › fact: độ tin cậy V phải có nguồn."],
        ),
        (
            _set(["criteria", 0, "max_fact"], {"mark": "X"}),
            ["criteria › 1 › max › fact: phải có nguồn hoặc ghi chú lý do."],
        ),
        (
            _set(["validity", "fact"], {"mark": "V", "sources": ["S9"]}),
            ["validity › fact: nguồn “S9” không có trong mục sources."],
        ),
        (_set(["sources"], {"S1": "Nguồn"}), ["sources › S1: nguồn không được dùng ở đâu; hãy xóa hoặc dẫn chiếu."]),
        # Procedure
        (_set(["procedure"], []), ["procedure: phải có quy trình."]),
        (
            _set(["procedure", 0, "step"], "enrol"),
            [
                "procedure › enrol › step: “enrol” không dùng được; hãy chọn một trong: "
                "register, self_assess, review, inspect, propose, decide."
            ],
        ),
        (
            _set(["procedure", 0], None),
            ["procedure: bước đầu phải là register (đăng ký)."],
        ),
        (
            _set(["procedure", 2], None),
            ["procedure: bước cuối phải là decide (quyết định)."],
        ),
        (
            _set(["procedure", 1, "step"], "register"),
            [
                "procedure: “register” ghi 2 lần.",
                "procedure › decide › differs_from: “self_assess” không phải là bước đứng trước.",
            ],
        ),
        (_set(["procedure", 1, "roles"], []), ["procedure › self_assess › roles: phải nêu vai trò thực hiện."]),
        (_set(["procedure", 1, "roles"], ["MAYOR"]), ["procedure › self_assess › roles: vai trò “MAYOR” không có."]),
        (
            _set(["procedure", 1, "differs_from"], ["decide"]),
            ["procedure › self_assess › differs_from: “decide” không phải là bước đứng trước."],
        ),
        (_set(["procedure", 0, "optional"], True), ["procedure › register › optional: bước này không thể bỏ qua."]),
        (
            _set(["procedure", 0, "places"], []),
            ["procedure › register › places: phải có ít nhất một khoảng thời gian."],
        ),
        (
            _set(["procedure", 0, "places"], [{"level": "district"}]),
            ["procedure › register › places: cấp huyện kết thúc ngày 30/06/2025."],
        ),
        (
            _set(
                ["procedure", 0, "places"],
                [{"level": "district", "to": "2025-06-30"}, {"level": "commune", "from": "2025-07-02"}],
            ),
            ["procedure › register › places: các khoảng thời gian phải nối tiếp nhau, không trùng và không hở."],
        ),
        (
            _set(["procedure", 0, "places"], [{"level": "commune", "from": "2025-07-01"}]),
            ["procedure › register › places: khoảng đầu không ghi from, khoảng cuối không ghi to."],
        ),
        (
            _set(["procedure", 0, "places"], [{}]),
            ["procedure › register › places: chưa rõ cấp nào thực hiện thì phải ghi chú lý do."],
        ),
        (
            _set(["procedure", 0, "deadline"], {"month": 2, "day": 29, "fact": FACT}),
            ["procedure › register › deadline: ngày, tháng không có thật."],
        ),
        (
            _set(["procedure", 0, "deadline"], {"month": 2, "day": 28, "year_offset": 3, "fact": FACT}),
            ["procedure › register › deadline: year_offset phải từ 0 đến 2."],
        ),
        # Validity, decision
        (_set(["validity", "years"], 0), ["validity › years: thời hạn công nhận phải từ 1 năm trở lên."]),
        (_set(["decision"], []), ["decision: phải có ít nhất một khoảng thời gian."]),
        (
            _set(["decision"], [{"fact": {"mark": "M", "sources": []}}]),
            [
                "decision: chưa rõ ai quyết định thì phải ghi chú lý do.",
                "decision › ? › fact: phải có nguồn hoặc ghi chú lý do.",
            ],
        ),
        (
            _set(["decision", 0, "level"], None),
            ["decision: phải nêu cấp (level) của người quyết định."],
        ),
        (
            _set(["decider_cannot_be_subject"], False),
            ["decider_cannot_be_subject: phải là true: người quyết định không được tự công nhận mình."],
        ),
        (
            _set(["decider_cannot_be_subject"], "yes"),
            ["decider_cannot_be_subject: phải là true hoặc false (nhận được yes)."],
        ),
        # Not applicable
        (
            lambda data: (data.pop("na_policy"), data["criteria"][0].update(na_allowed=True)),
            ["na_policy: có mục được phép “không áp dụng” nên phải nêu cách tính điểm."],
        ),
        (
            _set(["na_policy", "value"], "SKIP"),
            ["na_policy › value: “SKIP” không dùng được; hãy chọn một trong: FULL_POINTS, RESCALE."],
        ),
    ],
)
def test_fault_names_file_path_and_what_to_do(change, sentences):
    data = citizen()
    change(data)

    assert faults(data) == [f"x.yaml › {sentence}" for sentence in sentences]


@pytest.mark.parametrize(
    ("ranks", "sentences"),
    [
        (
            ["GOOD:85", "FAIR:85", "NOT_MET:0"],
            ["ranks › FAIR: bắt đầu từ 85 điểm, phải thấp hơn xếp loại liền trên (85)."],
        ),
        (
            ["GOOD:70", "FAIR:85", "NOT_MET:0"],
            ["ranks › FAIR: bắt đầu từ 85 điểm, phải thấp hơn xếp loại liền trên (70)."],
        ),
        (["FAIR:85", "GOOD:70", "NOT_MET:0"], ["ranks: phải xếp từ cao xuống thấp và kết thúc bằng NOT_MET."]),
        (
            ["GOOD:85", "FAIR:70"],
            [
                "ranks: phải xếp từ cao xuống thấp và kết thúc bằng NOT_MET.",
                "ranks › FAIR: xếp loại cuối phải bắt đầu từ 0 điểm để không bỏ trống khoảng điểm nào.",
            ],
        ),
        (
            ["GOOD:85", "NOT_MET:10"],
            ["ranks › NOT_MET: xếp loại cuối phải bắt đầu từ 0 điểm để không bỏ trống khoảng điểm nào."],
        ),
        (
            ["GOOD:85", "GOOD:70", "NOT_MET:0"],
            ["ranks: “GOOD” ghi 2 lần."],
        ),
        (
            ["GOOD:85.2", "NOT_MET:0"],
            ["ranks › GOOD: điểm bắt đầu phải từ 0 đến 100 và là bội số của 0,5."],
        ),
        (["NOT_MET:0"], ["ranks: phải xếp từ cao xuống thấp và kết thúc bằng NOT_MET."]),
    ],
)
def test_ranks_descend_without_gaps(ranks, sentences):
    rows = [pair.split(":") for pair in ranks]
    data = citizen() | {
        "ranks": [{"rank": rank, "title": rank, "from": float(floor), "fact": FACT} for rank, floor in rows]
    }

    assert faults(data) == [f"x.yaml › {sentence}" for sentence in sentences]


def test_official_rulebook_holds_no_provisional_fact():
    found = faults(citizen() | {"status": "official"})

    assert "x.yaml › pass_marks › NORMAL › fact: bộ tiêu chí chính thức không được chứa trị số tạm (M, X)." in found
    assert all(sentence.endswith("bộ tiêu chí chính thức không được chứa trị số tạm (M, X).") for sentence in found)


def test_levels_need_a_level_and_take_no_marks():
    data = levels()
    data["criteria"][0]["children"][0]["levels"] = []
    data["criteria"][0]["children"][1]["levels"] = [0]
    data["pass_marks"] = {area: {"value": 80, "fact": FACT} for area in ("NORMAL", "DIFFICULT")}

    assert faults(data) == [
        "x.yaml › criteria › 1.1 › levels: phải nêu chỉ tiêu thuộc mức độ nào.",
        "x.yaml › criteria › 1.2 › levels: mức độ phải từ 1 trở lên.",
        "x.yaml › pass_marks: không dùng khi đánh giá theo mức độ.",
    ]


@pytest.mark.parametrize("value", [["1"], "1", [True]])
def test_levels_are_whole_numbers(value):
    data = levels()
    data["criteria"][0]["children"][0]["levels"] = value

    assert faults(data) == [
        "x.yaml › criteria › 1 › children › 1.1 › levels: phải là danh sách số nguyên, thí dụ [1, 2]."
    ]


def test_points_rulebook_has_no_levels():
    data = citizen()
    data["criteria"][0]["levels"] = [1]

    assert faults(data) == ["x.yaml › criteria › 1 › levels: chỉ dùng khi đánh giá theo mức độ (evaluation: levels)."]


def test_not_applicable_belongs_to_scored_items():
    data = citizen(na_allowed=True)
    child = {"code": "1.1", "title": "a", "title_fact": FACT, "max": 10, "max_fact": FACT}
    data["criteria"][0]["children"] = [child]

    assert faults(data) == [
        "x.yaml › criteria › 1 › na_allowed: chỉ đặt ở mục được chấm điểm, không đặt ở mục có mục con."
    ]


def test_derived_share_is_checked():
    share = {
        "code": "D-1",
        "title": "t",
        "measure": "hamlet_family_share",
        "numerator": "n",
        "denominator": "d",
        "criterion": "99",
    }
    share |= {"required": {"NORMAL": 0, "DIFFICULT": 101}, "fact": FACT}

    assert faults(citizen() | {"derived": [share, share]}) == [
        "x.yaml › derived: “D-1” ghi 2 lần.",
        *(
            [
                "x.yaml › derived › D-1 › criterion: mã tiêu chí “99” không có.",
                "x.yaml › derived › D-1 › required › NORMAL: tỷ lệ phải lớn hơn 0 và không quá 100.",
                "x.yaml › derived › D-1 › required › DIFFICULT: tỷ lệ phải lớn hơn 0 và không quá 100.",
            ]
            * 2
        ),
    ]


@pytest.mark.parametrize("data", [None, [], "chữ", 5])
def test_document_must_be_a_mapping(data):
    assert faults(data) == ["x.yaml: phải là một nhóm khóa và giá trị."]


@pytest.mark.parametrize("key", ["criteria", "procedure", "ranks", "knock_outs", "derived", "decision", "legal_basis"])
def test_lists_must_be_lists_of_groups(key):
    assert f"x.yaml › {key}: phải là danh sách." in faults(citizen() | {key: {"a": 1}})
    assert f"x.yaml › {key} › 1: phải là một nhóm khóa và giá trị." in faults(citizen() | {key: ["a"]})


# --- Files


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("code: [1,", "bo.yaml: sai cú pháp YAML ở dòng 1."),
        ("a: 1\nb: 2\na: 3\n", "bo.yaml: dòng 3: khóa “a” ghi hai lần."),
        ("a: 1\n  b: 2\n", "bo.yaml: sai cú pháp YAML ở dòng 2."),
        ("!!python/object/apply:os.system ['ls']", "bo.yaml: sai cú pháp YAML ở dòng 1."),
        ("", "bo.yaml: phải là một nhóm khóa và giá trị."),
        ("? [a]\n: 1\n", "bo.yaml: dòng 1: khóa phải là chữ."),
        ("code: a\n1: b\n", "bo.yaml: dòng 2: khóa phải là chữ."),
    ],
)
def test_unreadable_file_is_refused_with_its_line(tmp_path, text, sentence):
    path = tmp_path / "bo.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(RulebookError) as error:
        read_rulebook(path)

    assert error.value.faults == [sentence]


def test_missing_or_wrongly_encoded_file(tmp_path):
    with pytest.raises(RulebookError, match="bo.yaml: không mở được tệp."):
        read_rulebook(tmp_path / "bo.yaml")
    (tmp_path / "bo.yaml").write_bytes("tên: Ủy".encode("utf-16"))
    with pytest.raises(RulebookError, match="bo.yaml: tệp phải lưu bằng bảng mã UTF-8."):
        read_rulebook(tmp_path / "bo.yaml")


def test_the_same_code_and_version_twice_is_refused(tmp_path):
    text = (RULEBOOK_DIR / "family-448.yaml").read_text(encoding="utf-8")
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(RulebookError, match="b.yaml: mã FAMILY-448 phiên bản 1 đã có trong a.yaml."):
        read_all(tmp_path)


def test_faults_of_all_files_come_together(tmp_path):
    (tmp_path / "a.yaml").write_text("[]", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("5", encoding="utf-8")

    with pytest.raises(RulebookError) as error:
        read_all(tmp_path)

    assert error.value.faults == [
        "a.yaml: phải là một nhóm khóa và giá trị.",
        "b.yaml: phải là một nhóm khóa và giá trị.",
    ]


def test_control_characters_are_not_yaml(tmp_path):
    (tmp_path / "bo.yaml").write_text("a: \x01", encoding="utf-8")

    with pytest.raises(RulebookError, match="bo.yaml: không phải tệp YAML."):
        read_rulebook(tmp_path / "bo.yaml")


def test_confidence_of_a_criterion_is_the_weaker_of_its_two_facts():
    leaves = SHIPPED["COMMUNE-TT44"].leaves

    assert {leaf.confidence for leaf in leaves} == {"X"} and all(leaf.provisional for leaf in leaves)
    assert not SHIPPED["FAMILY-448"].by_code["1.1"].provisional


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        (10**9, True),
        (10**9 + 1, False),
        (10**40, False),
        (-(10**40), False),
        (1e-6, True),
        (1e-7, False),
        (5e-324, False),
    ],
)
def test_numbers_no_rule_can_mean_are_refused_before_anything_is_worked_out_with_them(value, taken):
    found = []
    node = Node({"step": value}, ("x.yaml",), found)

    assert node.decimal("step") == (Decimal(str(value)) if taken else 0)
    assert bool(found) is not taken


@pytest.mark.parametrize("value", [10**40, 1e-30])
@pytest.mark.parametrize("path", [["step"], ["criteria", 0, "max"]])
def test_a_rulebook_with_such_a_number_is_told_in_sentences(path, value):
    data = citizen()
    _set(path, value)(data)

    assert any("số này quá lớn hoặc quá lẻ" in one for one in faults(data))


def test_text_lists_and_numbers_are_not_guessed():
    assert faults(citizen() | {"provinces": "79", "step": True}) == [
        "x.yaml › provinces: phải là danh sách.",
        "x.yaml › step: phải là số (nhận được True).",
    ]
