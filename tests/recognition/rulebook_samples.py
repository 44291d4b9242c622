"""Small rulebooks for tests: kinds the shipped ones do not have (minimum per item, levels)."""

import copy

from recognition.rulebook_checks import parse_rulebook
from tests.factories.recognition import shipped_specs

FACT = {"mark": "X", "note": "thử"}
_COMMON = {
    "version": 1,
    "title": "Bộ thử",
    "status": "provisional",
    "valid_from_year": 2020,
    "valid_to_year": None,
    "provinces": [],
    "sources": {},
    "legal_basis": [{"document": "Văn bản thử", "fact": FACT}],
    "procedure": [
        {"step": "register", "roles": ["WARD_OFFICER"], "places": [{"level": "commune"}], "fact": FACT},
        {"step": "self_assess", "roles": ["WARD_OFFICER"], "places": [{"level": "commune"}], "fact": FACT},
        {
            "step": "decide",
            "roles": ["DECIDER"],
            "places": [{"level": "commune"}],
            "differs_from": ["self_assess"],
            "fact": FACT,
        },
    ],
    "validity": {"years": 1, "fact": FACT},
    "decision": [{"authority": "Ủy ban nhân dân cấp xã", "level": "commune", "fact": FACT}],
    "decider_cannot_be_subject": True,
}


def citizen(*, na_allowed=False, policy="FULL_POINTS"):
    """Ten indexes of ten points, pass at 80, no index below 5."""
    items = [
        {
            "code": str(n),
            "title": f"Chỉ số {n}",
            "title_fact": FACT,
            "max": 10,
            "max_fact": FACT,
            "na_allowed": na_allowed,
        }
        for n in range(1, 11)
    ]
    return copy.deepcopy(
        _COMMON
        | {
            "code": "CITIZEN-TEST",
            "model": "CITIZEN",
            "evaluation": "points",
            "step": 0.5,
            "na_policy": {"value": policy, "fact": FACT},
            "pass_marks": {"NORMAL": {"value": 80, "fact": FACT}, "DIFFICULT": {"value": 80, "fact": FACT}},
            "knock_outs": [{"title": "Chỉ số dưới 5 điểm", "criterion": "*", "min": 5, "fact": FACT}],
            "criteria": items,
        }
    )


def levels():
    """Two criteria, four indicators; level 2 needs one more than level 1."""

    def item(code, *in_levels):
        return {"code": code, "title": f"Chỉ tiêu {code}", "title_fact": FACT, "levels": list(in_levels)}

    return copy.deepcopy(
        _COMMON
        | {
            "code": "LEVELS-TEST",
            "model": "COMMUNITY_COMMUNE",
            "evaluation": "levels",
            "criteria": [
                {"code": "1", "title": "Một", "title_fact": FACT, "children": [item("1.1", 1, 2), item("1.2", 1, 2)]},
                {"code": "2", "title": "Hai", "title_fact": FACT, "children": [item("2.1", 1, 2), item("2.2", 2)]},
            ],
        }
    )


# --- A province's own variant of Circular 25: invented, as nobody knows the official wording of level 2

LOCAL = {"mark": "X", "note": "Quy định tạm thời của tỉnh trong bài thử, không phải văn bản thật."}
HIGHER = "5.4"  # the invented indicator of level 2


def variant_of(content: dict) -> dict:
    """The country's rules with the province in the place of the unknown body, and a level 2 of its own."""
    content = copy.deepcopy(content)
    del content["unknown_levels"]
    content["criteria"][4]["children"].append(
        {"code": HIGHER, "title": "Chỉ tiêu riêng của tỉnh cho mức độ 2", "title_fact": LOCAL, "levels": [2]}
    )
    for step in content["procedure"][-2:]:
        step["places"] = [{"level": "province"}]
    content["decision"] = [
        {"authority": "Ủy ban nhân dân cấp tỉnh", "symbol": "QĐ-UBND", "level": "province", "fact": LOCAL}
    ]
    return content


def variant_spec(content: dict, province: str):
    """The variant as it is put into use for a province."""
    code = f"{content['code']}-{province}"
    return parse_rulebook(variant_of(content) | {"code": code, "version": 1, "provinces": [province]}, code)


# --- Shipped rulebooks with what they do not have


def _shipped(code: str) -> dict:
    return next(spec.content for spec in shipped_specs() if spec.code == code)


TABLE = [{"from": 70, "points": 8}, {"from": 62.5, "points": 6.5}, {"from": 0, "points": 0}]


def with_table(table=TABLE, more=None) -> dict:
    """Circular 44 with an invented table from share to points for D-04; the real one was never read."""
    content = copy.deepcopy(_shipped("COMMUNE-TT44")) | {"version": 9}
    derived = next(one for one in content["derived"] if one["criterion"] == "9")
    derived |= {"brackets": table, "brackets_fact": {"mark": "X", "note": "Bảng thử."}} | (more or {})
    return content


def with_minimums() -> dict:
    """Rules of families with invented minimums: of a criterion with items below, of an item, by a knock-out."""
    content = copy.deepcopy(_shipped("FAMILY-448")) | {"version": 9}
    first, second, *_rest = content["criteria"]
    first["min"] = 17.5
    second["children"][0]["min"] = 4
    low = second["children"][1]["code"]
    content["knock_outs"] = [{"title": "Mục này quá thấp", "criterion": low, "min": 2.5, "fact": FACT}]
    return content
