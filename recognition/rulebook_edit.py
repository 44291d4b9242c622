"""Changing plain content of a rulebook: criteria and steps are put, moved, taken out. What is given stays as it was."""

from __future__ import annotations

import copy

from recognition.rulebook_compare import criteria_of

UP, DOWN, REMOVE = "up", "down", "remove"


def find_criterion(content: dict, code: str) -> tuple[str, dict] | None:
    """(code of its parent, the criterion), or None."""
    return next((pair for pair in criteria_of(content) if str(pair[1].get("code")) == code), None)


def codes(content: dict) -> list[str]:
    """Codes of all criteria, groups and items, in order."""
    return [str(item.get("code", "")) for _parent, item in criteria_of(content)]


def parents(content: dict, code: str = "") -> list[tuple[str, str]]:
    """Criteria that may hold the one called `code`: those of the first level, not itself."""
    return [
        (str(item.get("code")), f"{item.get('code')} {item.get('title', '')}"[:120])
        for parent, item in criteria_of(content)
        if not parent and str(item.get("code")) != code
    ]


def put_criterion(content: dict, code: str, item: dict, parent: str) -> dict:
    """The content with the criterion `code` ("" for a new one) as `item`, below `parent` ("" for the first level).

    It keeps its place among its neighbours unless it goes to another parent; then it stands last. What refers to its
    code follows a new one.
    """
    content = copy.deepcopy(content)
    old = find_criterion(content, code) if code else None
    if old is not None and old[0] == parent:
        siblings = _children(content, parent)
        siblings[siblings.index(old[1])] = item
    else:
        if old is not None:
            _children(content, old[0]).remove(old[1])
            _drop_empty(content, old[0])
        _children(content, parent).append(item)
    if old is not None and item["code"] != code:
        for key in ("knock_outs", "derived"):
            for one in content.get(key) or ():
                if one.get("criterion") == code:
                    one["criterion"] = item["code"]
    return content


def arrange_criterion(content: dict, code: str, what: str) -> dict:
    """The content with the criterion moved one up or down among its neighbours, or taken out with all below it."""
    content = copy.deepcopy(content)
    found = find_criterion(content, code)
    if found is not None:
        _arrange(_children(content, found[0]), found[1], what)
        _drop_empty(content, found[0])
    return content


def find_step(content: dict, name: str) -> dict | None:
    """The step of that name in the content, or None."""
    return next((step for step in content.get("procedure") or () if step.get("step") == name), None)


def put_step(content: dict, name: str, item: dict) -> dict:
    """The content with the step `name` ("" for a new one, which stands before the last) as `item`."""
    content = copy.deepcopy(content)
    steps = content.setdefault("procedure", [])
    old = find_step(content, name) if name else None
    if old is not None:
        steps[steps.index(old)] = item
    else:
        steps.insert(max(len(steps) - 1, 0), item)
    return content


def arrange_step(content: dict, name: str, what: str) -> dict:
    """The content with a step moved or taken out."""
    content = copy.deepcopy(content)
    step = find_step(content, name)
    if step is not None:
        _arrange(content["procedure"], step, what)
    return content


def _children(content: dict, parent: str) -> list:
    if not parent:
        return content.setdefault("criteria", [])
    found = find_criterion(content, parent)
    return found[1].setdefault("children", []) if found else content.setdefault("criteria", [])


def _drop_empty(content: dict, parent: str) -> None:
    found = find_criterion(content, parent) if parent else None
    if found and not found[1].get("children"):
        found[1].pop("children", None)


def _arrange(items: list, item: dict, what: str) -> None:
    index = next(position for position, one in enumerate(items) if one is item)
    if what == REMOVE:
        del items[index]
    elif what == UP and index > 0:
        items[index - 1], items[index] = items[index], items[index - 1]
    elif what == DOWN and index < len(items) - 1:
        items[index + 1], items[index] = items[index], items[index + 1]
