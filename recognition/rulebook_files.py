"""Rulebooks as YAML text: read with the line of every fault, written in the order people know.

Pure. What comes in may have been made by anybody: aliases (a few lines that unfold into gigabytes), endless nesting and
foreign tags are refused before anything is built.
"""

from __future__ import annotations

import yaml
from django.utils.translation import gettext as _

from recognition.rulebook_checks import YamlLoader, line_of, parse_rulebook
from recognition.rulebook_reader import RulebookError
from recognition.rulebook_spec import RulebookSpec

MOST_BYTES = 1024 * 1024
DEEPEST = 20
NAMES = ("code", "step", "rank", "title", "document", "group", "level", "from")  # what an item of a list is called by

# The order of keys in a file; a JSON column keeps none.
ORDER = (
    *("code", "version", "model", "managed_by", "title", "status", "valid_from_year", "valid_to_year", "provinces"),
    *("summary", "sources", "legal_basis", "evaluation", "na_policy", "pass_marks", "ranks", "unknown_levels"),
    *("criteria", "knock_outs", "derived", "procedure", "validity", "upgrade", "objection", "revocation", "decision"),
    *("decider_cannot_be_subject", "document", "issued_on", "content", "NORMAL", "DIFFICULT", "value", "rank"),
    *(
        "criterion",
        "measure",
        "numerator",
        "denominator",
        "required",
        "brackets",
        "points",
        "brackets_fact",
        "within",
        "group",
        "step",
        "roles",
        "places",
    ),
    *(
        "authority",
        "symbol",
        "level",
        "from_level",
        "to_level",
        "months",
        "from",
        "to",
        "title_fact",
        "max",
        "max_fact",
    ),
    *(
        "max_fact",
        "min",
        "condition",
        "help",
        "evidence",
        "na_allowed",
        "levels",
        "applies_to",
        "variants",
        "children",
        "optional",
    ),
    *("bulk", "differs_from", "deadline", "month", "day", "year_offset", "working_days", "years", "days", "early"),
    *("answer_days", "fact", "mark", "note"),
)
_PLACE = {key: index for index, key in enumerate(ORDER)}


def to_yaml(content: dict) -> str:
    """The content as the shipped files look."""
    return yaml.safe_dump(_ordered(content), allow_unicode=True, sort_keys=False, width=140)


def _ordered(value):
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=lambda key: (_PLACE.get(key, 999), str(key)))}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def read_yaml(data: bytes, name: str) -> RulebookSpec:
    """Read and fully check a rulebook somebody hands in. Raises RulebookError: a sentence per fault, its line first."""
    text = _text(data)
    root = _composed(text)
    try:
        content = yaml.load(text, Loader=YamlLoader)
    except RulebookError as error:
        raise RulebookError([fault[:1].upper() + fault[1:] for fault in error.faults]) from None
    except (yaml.YAMLError, ValueError, TypeError):
        raise RulebookError(
            [_("Tệp có giá trị không đọc được; hãy xuất lại bộ tiêu chí rồi sửa trên tệp đó.")]
        ) from None
    try:
        return parse_rulebook(content, name)
    except RulebookError as error:
        raise RulebookError([_with_line(root, fault) for fault in error.faults]) from None


def _text(data: bytes) -> str:
    if not data.strip():
        raise RulebookError([_("Tệp rỗng. Hãy chọn lại tệp.")])
    if len(data) > MOST_BYTES:
        raise RulebookError([_("Tệp lớn hơn 1 MB nên không phải là bộ tiêu chí. Hãy chọn lại tệp.")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RulebookError([_("Tệp phải lưu bằng bảng mã UTF-8.")]) from None


def _composed(text: str):
    """The tree of nodes with their lines. Refuses what is no YAML, aliases and endless nesting."""
    try:
        depth = 0
        for event in yaml.parse(text, Loader=YamlLoader):
            if isinstance(event, yaml.AliasEvent):
                raise RulebookError(
                    [
                        _("Dòng %(line)d: không dùng dấu * để nhắc lại; hãy ghi đủ nội dung.")
                        % {"line": event.start_mark.line + 1}
                    ]
                )
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise RulebookError([_("Dòng %(line)d: lồng quá nhiều tầng.") % {"line": event.start_mark.line + 1}])
        root = yaml.compose(text, Loader=YamlLoader)
    except yaml.MarkedYAMLError as error:
        raise RulebookError([_("Dòng %(line)d: sai cú pháp YAML.") % {"line": line_of(error, text)}]) from None
    except yaml.YAMLError:
        raise RulebookError([_("Tệp không phải tệp YAML.")]) from None
    if not isinstance(root, yaml.MappingNode):
        raise RulebookError([_("Tệp không phải là bộ tiêu chí; hãy xuất một bộ tiêu chí rồi sửa trên tệp đó.")])
    return root


def _with_line(root, fault) -> str:
    """The fault with the line of the nearest part of the file its path leads to."""
    node, line, where = root, root.start_mark.line + 1, getattr(fault, "path", ())[1:]
    if not where:
        return str(fault)
    for part in where:
        found = _step(node, part)
        if found is None:
            break
        line, node = found
    return _("Dòng %(line)d, %(where)s: %(fault)s") % {
        "line": line,
        "where": " › ".join(where),
        "fault": fault.sentence,
    }


def _step(node, part: str):
    """(line, node) of a key of a mapping, or of the item of a list that is called so; None when there is none."""
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark.line + 1, value) for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            if isinstance(item, yaml.MappingNode):
                called = {key.value: getattr(value, "value", None) for key, value in item.value}
                if part in (called.get(name) for name in NAMES):
                    return item.start_mark.line + 1, item
                # criteria are named by their code alone, however deep they stand
                below = next((value for key, value in item.value if key.value == "children"), None)
                if below is not None and (found := _step(below, part)):
                    return found
        if part.isdecimal() and 0 < int(part) <= len(node.value):
            item = node.value[int(part) - 1]
            return item.start_mark.line + 1, item
    return None
