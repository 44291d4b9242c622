"""Small rulebooks for tests: kinds the shipped ones do not have (minimum per item, levels)."""

import copy

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
