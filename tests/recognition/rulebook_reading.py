"""A rulebook's file read a second time, plainly: what it says itself, without the code that judges by it.

Every rulebook of the folder is tried against this reading, so a new one is tried without writing anything down. The
reading is held in place by rows written out by hand for the rulebooks of today (test_boundaries, test_workflow,
test_state_action_role). It knows the format (docs/rulebooks.md) and nothing of scoring, workflow and rules.
"""

from __future__ import annotations

import datetime
from decimal import ROUND_HALF_UP, Decimal

REFORM = datetime.date(2025, 7, 1)  # from here on there are no districts

# --- Criteria and points


def number(value) -> Decimal:
    """A number of the file, exactly as written."""
    return Decimal(str(value))


def items(content: dict) -> list[dict]:
    """Every criterion in reading order, parents included."""
    found, waiting = [], list(reversed(content["criteria"]))
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += reversed(one.get("children") or [])
    return found


def scored(content: dict, kind: str = "") -> list[dict]:
    """The items that take points: those without children, asked of this type of organisation."""
    leaves = [one for one in items(content) if not one.get("children")]
    return [one for one in leaves if not kind or not one.get("applies_to") or kind in one["applies_to"]]


def below(content: dict, code: str) -> list[str]:
    """Codes of the scored items of a criterion: itself, or those under it."""
    own = next(one for one in items(content) if one["code"] == code)
    return [one["code"] for one in scored({"criteria": [own]})]


def full(content: dict, kind: str = "") -> dict[str, Decimal]:
    """The best sheet there is: every point, every indicator met."""
    return {one["code"]: number(one.get("max", 1)) for one in scored(content, kind)}


def marks(content: dict) -> dict[str, Decimal]:
    """Area → points from which recognition is given: the area's mark, else where the last rank but one begins."""
    given = content.get("pass_marks")
    if given:
        return {area: number(given[area]["value"]) for area in ("NORMAL", "DIFFICULT")}
    return dict.fromkeys(("NORMAL", "DIFFICULT"), number(content["ranks"][-2]["from"]))


def rank_of(content: dict, total: Decimal) -> str | None:
    """The rank a total brings; None where there are none."""
    return next((one["rank"] for one in content.get("ranks") or [] if total >= number(one["from"])), None)


def minimums(content: dict) -> list[tuple[str, Decimal]]:
    """(criterion, fewest points): said by the criterion itself or by a knock-out, whose "*" means every scored item."""
    found = [(one["code"], number(one["min"])) for one in items(content) if one.get("min") is not None]
    for knock in content.get("knock_outs") or []:
        if knock.get("min") is not None:
            codes = [one["code"] for one in scored(content)] if knock["criterion"] == "*" else [knock["criterion"]]
            found += [(code, number(knock["min"])) for code in codes]
    return found


def conditions(content: dict) -> list[str]:
    """What is declared with yes or no; yes stops recognition."""
    return [one["condition"] for one in content.get("knock_outs") or [] if one.get("condition")]


def sheet(content: dict, total: Decimal) -> dict[str, Decimal]:
    """Points that add up to `total`, taken off the items with the most to spare, so that no minimum is broken."""
    step, points, fewest = number(content["step"]), full(content), dict.fromkeys(full(content), Decimal(0))
    for code, least in minimums(content):
        for leaf in below(content, code):
            fewest[leaf] = max(fewest[leaf], min(least, points[leaf]))
    while sum(points.values()) > total:
        points[max(points, key=lambda code: points[code] - fewest[code])] -= step
    return points


def rescaled(content: dict, points: Decimal, beside: Decimal) -> Decimal:
    """The total when items worth `beside` do not apply, by the policy of the rulebook."""
    if content["na_policy"]["value"] == "FULL_POINTS":
        return points + beside
    step = number(content["step"])
    return (points * 100 / (100 - beside) / step).quantize(Decimal(1), ROUND_HALF_UP) * step


def worth(derived: dict, percent: Decimal) -> Decimal:
    """Points of the table from share to points."""
    return next(number(row["points"]) for row in derived["brackets"] if percent >= number(row["from"]))


# --- Levels


def highest_level(content: dict, met: set[str], kind: str = "") -> int | None:
    """The highest level all of whose indicators are met; never one whose wording nobody knows."""
    asked = scored(content, kind)
    unread = {one["level"] for one in content.get("unknown_levels") or []}
    levels = {level for one in scored(content) for level in one["levels"]} - unread
    reached = [level for level in levels if all(one["code"] in met for one in asked if level in one["levels"])]
    return max(reached, default=None)


# --- Procedure

STATE_AFTER = {
    "register": "REGISTERED",
    "self_assess": "SELF_ASSESSED",
    "review": "REVIEWED",
    "inspect": "INSPECTED",
    "propose": "PROPOSED",
}
STEP_OF = {
    "self_assess": "self_assess",
    "review": "review",
    "inspect": "inspect",
    "propose": "propose",
    "recognise": "decide",
    "refuse": "decide",
}
LEVELS = ("hamlet", "commune", "district", "province")  # upwards
OWN_LEVEL = {
    **dict.fromkeys(("FAMILY", "CLAN", "CITIZEN", "COMMUNITY_HAMLET"), "hamlet"),
    **dict.fromkeys(("UNIT", "COMMUNITY_COMMUNE"), "commune"),
    "COMMUNITY_DISTRICT": "district",
    "COMMUNITY_PROVINCE": "province",
}


def states_for(content: dict, action: str) -> set[str]:
    """The states an action starts from: walk from step to step, optional ones also left out."""
    steps = content["procedure"]
    names = [one["step"] for one in steps]
    if action == "withdraw":  # until the dossier has left for whoever decides
        left = next(position for position, name in enumerate(names) if name in ("propose", "decide"))
        return {"RETURNED", *(STATE_AFTER[name] for name in names[:left])}
    if action == "return":  # whatever was handed in and is not decided
        return {STATE_AFTER[one] for one in names[1:-1]}
    if action not in STEP_OF or STEP_OF[action] not in names:
        return set()
    at = names.index(STEP_OF[action])
    found = {
        STATE_AFTER[name]
        for position, name in enumerate(names[:at])
        if all(between.get("optional") for between in steps[position + 1 : at])
    }
    if names[at] in ("self_assess", "review", "inspect"):  # points may be corrected until somebody goes on
        found.add(STATE_AFTER[names[at]])
    return found | ({"RETURNED"} if at == 1 else set())


def level_in(step: dict, year: int) -> str | None:
    """The level of place that takes a step for a year's dossiers; None where nobody knows."""
    day = f"{year}-12-31"
    spans = (one for one in step["places"] if (one.get("from") or "") <= day <= (one.get("to") or "9999-12-31"))
    return next(spans).get("level")


def may_act(content: dict, year: int, action: str, state: str, role: str, level: str) -> bool:
    """May somebody with this role at the dossier's own place of this level act? Nobody acts at another place."""
    if state not in states_for(content, action):
        return False
    names = [one["step"] for one in content["procedure"]]
    if action == "withdraw":
        acting = ["register"]
    elif action == "return":  # those who check later
        done = next(name for name, after in STATE_AFTER.items() if after == state)
        acting = [name for name in names[names.index(done) + 1 :] if name in ("inspect", "propose", "decide")]
    else:
        acting = [STEP_OF[action]]
    if action == "inspect" and level in _own_to(content["model"]):
        return False
    return any(_takes(step, year, role, level) for step in content["procedure"] if step["step"] in acting)


def _takes(step: dict, year: int, role: str, level: str) -> bool:
    wanted = level_in(step, year)
    if wanted is None or role not in step["roles"]:
        return False
    # A level above may stand in, but a decision is its own body's.
    return level == wanted if step["step"] == "decide" else LEVELS.index(level) >= LEVELS.index(wanted)


def _own_to(model: str) -> set[str]:
    """Where somebody is posted who would inspect their own place."""
    return {"hamlet", "commune"} if model == "COMMUNITY_COMMUNE" else {"hamlet"}


def places_of(content: dict, year: int) -> tuple[str, ...]:
    """Levels of the places a dossier stands in; after the reform there is no district."""
    own = LEVELS.index(OWN_LEVEL[content["model"]])
    return tuple(level for level in LEVELS[own:] if level != "district" or year < REFORM.year)


def years_of(content: dict) -> list[int]:
    """A year with districts and one without, as far as the rulebook is for them."""
    first, last = content["valid_from_year"], content["valid_to_year"] or 9999
    found = [min(last, REFORM.year - 1)] if first < REFORM.year else []
    return found + ([max(first, REFORM.year + 1)] if last > REFORM.year else [])
