"""Two rulebooks side by side: what was added, removed and changed. Pure; reads plain content, so drafts too.

Criteria are matched by their code, steps and ranks by their name, other parts by what they are called.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from recognition.rulebook_words import field_label, part_label, shown

ADDED, REMOVED, CHANGED, SAME = "added", "removed", "changed", "same"
SINGLE = (
    *("title", "status", "valid_from_year", "valid_to_year", "provinces", "summary", "evaluation", "step"),
    *("na_policy", "validity", "upgrade", "objection"),
)
LISTS = {  # list → key its items are called by
    "ranks": "rank",
    "unknown_levels": "level",
    "knock_outs": "title",
    "derived": "code",
    "procedure": "step",
    "decision": "from",
    "revocation": "title",
    "legal_basis": "document",
}


@dataclass(frozen=True)
class Change:
    """One field that differs."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Row:
    """One thing of a part: a criterion, a step, a pass mark."""

    kind: str
    name: str
    before: str = ""
    after: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Part:
    """A part of a rulebook with its rows in the order of the newer one, removed ones last."""

    key: str
    title: str
    rows: tuple[Row, ...] = field(default_factory=tuple)

    @property
    def differs(self) -> bool:
        return any(row.kind != SAME for row in self.rows)


def compare(before: dict, after: dict) -> list[Part]:
    """Every part of both, whether it differs or not."""
    parts = [
        Part("general", _("Thông tin chung"), _rows(_singles(before), _singles(after))),
        Part("criteria", part_label("criteria"), _rows(_criteria(before), _criteria(after))),
        Part(
            "pass_marks", part_label("pass_marks"), _rows(_mapping(before, "pass_marks"), _mapping(after, "pass_marks"))
        ),
    ]
    for key, name in LISTS.items():
        parts.append(Part(key, part_label(key), _rows(_items(before, key, name), _items(after, key, name))))
    parts.append(Part("sources", part_label("sources"), _rows(_mapping(before, "sources"), _mapping(after, "sources"))))
    return [part for part in parts if part.rows]


def counts(parts: list[Part]) -> dict[str, int]:
    """How many rows were added, removed and changed."""
    rows = [row for part in parts for row in part.rows]
    return {kind: sum(row.kind == kind for row in rows) for kind in (ADDED, REMOVED, CHANGED)}


def summary(before: dict, after: dict, most: int = 300) -> str:
    """The differences in one line, for the history: "Tiêu chí 1.1: Điểm tối đa 10 → 15"."""
    found = []
    for part in compare(before, after):
        for row in part.rows:
            name = row.name if part.key == "general" else f"{part.title} {row.name}"
            if row.kind == ADDED:
                found.append(_("thêm %(name)s") % {"name": name})
            elif row.kind == REMOVED:
                found.append(_("bỏ %(name)s") % {"name": name})
            elif row.kind == CHANGED:
                fields = [f"{c.label} {_short(c.before)} → {_short(c.after)}".strip() for c in row.changes]
                found.append(f"{name}: {', '.join(fields)}")
    text = "; ".join(found)
    return text if len(text) <= most else text[: most - 1] + "…"


def _short(text: str) -> str:
    return "–" if not text else text if len(text) <= 60 else text[:59] + "…"


def criteria_of(content: dict):
    """(parent code, criterion) of all, in reading order; whatever is no criterion is passed over."""

    def walk(items, parent):
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                yield parent, item
                yield from walk(item.get("children"), str(item.get("code", "")))

    yield from walk(content.get("criteria"), "")


def _criteria(content: dict) -> dict[str, tuple[str, dict]]:
    found = {}
    for parent, item in criteria_of(content):
        code = str(item.get("code", ""))
        values = {key: value for key, value in item.items() if key not in ("children", "code")}
        found[code] = (f"{code} {item.get('title', '')}".strip(), values | {"parent": parent})
    return found


def _singles(content: dict) -> dict[str, tuple[str, dict]]:
    return {
        key: (part_label(key), content[key] if isinstance(content[key], dict) else {"": content[key]})
        for key in SINGLE
        if content.get(key) not in (None, "", [], {})
    }


def _mapping(content: dict, key: str) -> dict[str, tuple[str, dict]]:
    found = content.get(key)
    if not isinstance(found, dict):
        return {}
    return {
        name: (field_label(name), value if isinstance(value, dict) else {"": value}) for name, value in found.items()
    }


def _items(content: dict, key: str, name: str) -> dict[str, tuple[str, dict]]:
    found: dict[str, tuple[str, dict]] = {}
    items = content.get(key)
    for index, item in enumerate(items if isinstance(items, list) else (), start=1):
        if isinstance(item, dict):
            called = item.get(name)
            label = shown(called, name) or (_("từ đầu") if key == "decision" else str(index))
            if key == "decision" and called:
                label = _("từ %(day)s") % {"day": label}
            found[str(called or f"#{index}")] = (label, {k: v for k, v in item.items() if k != name})
    return found


def _rows(before: dict, after: dict) -> tuple[Row, ...]:
    rows = []
    for key, (name, values) in after.items():
        if key not in before:
            rows.append(Row(ADDED, name, after=_all(values)))
            continue
        old = before[key][1]
        changes = tuple(
            Change(field_label(one) if one else "", shown(old.get(one), one), shown(values.get(one), one))
            for one in dict.fromkeys([*values, *old])
            if shown(old.get(one), one) != shown(values.get(one), one)
        )
        rows.append(Row(CHANGED, name, changes=changes) if changes else Row(SAME, name, after=_all(values)))
    rows += [Row(REMOVED, name, before=_all(values)) for key, (name, values) in before.items() if key not in after]
    return tuple(rows)


def _all(values: dict) -> str:
    parts = [(field_label(key) if key else "", shown(value, key)) for key, value in values.items()]
    return "; ".join(f"{label}: {text}" if label else text for label, text in parts if text)
