"""Named rules for figures (R-xx of the association's validation list). Pure: numbers and words in, findings out.

One place per rule; dashboards, reports, declared figures and commands all ask here, so they cannot disagree.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from decimal import ROUND_DOWN, Decimal

from django.utils.translation import gettext as _

from portal.lib.numbers import number, round_half_up
from portal.lib.text import clean, fold
from recognition.choices import LearningModel

# A hint proposes what may have been meant; it is never counted, it stands beside the finding it explains.
ERROR, WARN, NOTICE, HINT = "error", "warn", "notice", "hint"
LEVEL_TONE = {ERROR: "danger", WARN: "warning", NOTICE: "info", HINT: "info"}

# Older and misspelt names of the models → today's model. Keys are folded.
MODEL_ALIASES = {
    "gia dinh hieu hoc": LearningModel.FAMILY,
    "dong ho hieu hoc": LearningModel.CLAN,
    "dong toc hieu hoc": LearningModel.CLAN,
    "cong dong khuyen hoc": LearningModel.COMMUNITY_HAMLET,
    "khu dan cu khuyen hoc": LearningModel.COMMUNITY_HAMLET,
}
# Figures that articles print beside the models.
OTHER_SUBJECTS = ("COMMENDATION", "DELEGATES", "PARTICIPANTS")
# Misprints seen in published reports → the right word.
MISPRINTS = {"dòng học": "dòng họ"}


@dataclass(frozen=True)
class Finding:
    """What a rule found: `level` error (must be put right), warn (look at it) or notice (know it).

    The rest says the same to machines, as far as known: `place` is a code, `printed` what the source says, `expected`
    what it should say, `hint` the likely misprint (R-04), for people.
    """

    rule: str
    level: str
    message: str
    place: str = ""
    year: int | None = None
    model: str = ""
    group: str = ""
    measure: str = ""
    printed: int | Decimal | str | None = None
    expected: int | Decimal | str | None = None
    hint: str = ""

    @property
    def text(self) -> str:
        """The message with its hint."""
        return f"{self.message} {self.hint}" if self.hint else str(self.message)

    @property
    def tone(self) -> str:
        return LEVEL_TONE[self.level]

    @property
    def label(self) -> str:
        return {ERROR: _("Sai"), WARN: _("Cần xem lại"), NOTICE: _("Lưu ý"), HINT: _("Gợi ý")}[self.level]


class Judged:
    """Something with `findings`, each with the key it is answered by: errors block, warnings want a reason."""

    findings: tuple[tuple[str, Finding], ...]

    @property
    def errors(self) -> list[tuple[str, Finding]]:
        return [one for one in self.findings if one[1].level == ERROR]

    @property
    def warnings(self) -> list[tuple[str, Finding]]:
        return [one for one in self.findings if one[1].level == WARN]


def stamped(findings: Iterable[Finding], **facts) -> list[Finding]:
    """The findings with where they belong (place, year, model …); what a rule said itself stays."""
    return [
        replace(one, **{name: value for name, value in facts.items() if not getattr(one, name)}) for one in findings
    ]


def key_of(finding: Finding) -> str:
    """A short name that is the same whenever the rule says the same: what a reason is kept under."""
    return hashlib.sha256(f"{finding.rule}|{finding.message}".encode()).hexdigest()[:12]


def as_json(finding: Finding) -> dict:
    """A finding as plain JSON values: decimals as numbers."""
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in asdict(finding).items()}


def two_places(part, whole) -> Decimal:
    """Percent of `whole`, half up, two decimals. Raises decimal.DivisionByZero when the whole is 0."""
    return round_half_up(Decimal(part) * 100 / Decimal(whole), 2)


def check_order(*, total=None, registered=None, recognised=None, late=0, recognised_expected=False) -> list[Finding]:
    """R-01: recognised ≤ registered ≤ total. Unknown numbers are None.

    late: recognised dossiers flagged "xét bổ sung" (recognised without an earlier registration).
    recognised_expected: the source reports registrations of a finished period, so recognitions must be there too.
    """
    found = []

    def add(message, measure, **values):
        text = message % {name: number(value) for name, value in values.items()}
        facts = {"printed": values["a"], "expected": values["b"]} if "b" in values else {}
        found.append(Finding("R-01", ERROR, text, measure=measure, **facts))

    if registered is not None and total is not None and registered > total:
        add(_("Số đăng ký %(a)s lớn hơn tổng số %(b)s."), "registered", a=registered, b=total)
    if recognised is not None and registered is not None and recognised > registered + late:
        add(_("Số được công nhận %(a)s lớn hơn số đăng ký %(b)s."), "recognised", a=recognised, b=registered)
    if recognised is not None and total is not None and recognised > total:
        add(_("Số được công nhận %(a)s lớn hơn tổng số %(b)s."), "recognised", a=recognised, b=total)
    if recognised_expected and registered is not None and recognised is None:
        add(_("Có số đăng ký (%(a)s) nhưng không có số được công nhận."), "recognised", a=registered)
    return found


def check_sum(label: str, total: int | None, parts: Mapping[str, int]) -> list[Finding]:
    """R-02: the parts add up to the total."""
    if total is None or not parts or sum(parts.values()) == total:
        return []
    terms = " + ".join(number(value) for value in parts.values())
    values = {"label": label, "terms": terms, "sum": number(sum(parts.values())), "total": number(total)}
    text = _("%(label)s: %(terms)s = %(sum)s, khác số tổng %(total)s.") % values
    return [Finding("R-02", ERROR, text, printed=total, expected=sum(parts.values()))]


def check_percent(label: str, part: int, whole: int, printed) -> list[Finding]:
    """R-03: a printed percentage equals part / whole, half up to two decimals; a truncated one is only a notice."""
    if printed is None or not whole:
        return []
    printed = Decimal(str(printed))
    exact = Decimal(part) * 100 / Decimal(whole)
    right = two_places(part, whole)
    if abs(printed - right) < Decimal("0.005"):
        return []
    values = {
        "label": label,
        "part": number(part),
        "whole": number(whole),
        "right": number(right, 2),
        "printed": number(printed, 2),
    }
    facts = {"measure": "recognised", "printed": printed, "expected": right}
    if exact.quantize(Decimal("0.01"), rounding=ROUND_DOWN) == printed:
        message = _("%(label)s: %(part)s/%(whole)s = %(right)s%%, in %(printed)s%% là làm tròn xuống.")
        return [Finding("R-03", NOTICE, message % values, **facts)]
    message = _("%(label)s: %(part)s/%(whole)s = %(right)s%%, nguồn in %(printed)s%%.")
    return [Finding("R-03", ERROR, message % values, **facts)]


def one_digit_changes(value: int) -> list[int]:
    """Numbers that differ from `value` in exactly one digit, same length."""
    text = str(value)
    found = []
    for position, digit in enumerate(text):
        for other in "0123456789":
            if other != digit and not (position == 0 and other == "0" and len(text) > 1):
                found.append(int(text[:position] + other + text[position + 1 :]))
    return found


def fitting_numerators(part: int, whole: int, printed) -> list[int]:
    """Numerators one digit away from `part` whose percentage fits the printed one; none when `part` itself fits."""

    def fits(value):
        return value <= whole and all(one.level != ERROR for one in check_percent("", value, whole, printed))

    if printed is None or not whole or fits(part):
        return []
    return [other for other in one_digit_changes(part) if fits(other)]


def propose_percent(label: str, part: int, whole: int, printed) -> list[Finding]:
    """R-04: when a printed percentage does not fit, numerators one digit away that fit it (338 → 438)."""
    found = []
    for other in fitting_numerators(part, whole, printed):
        message = _("%(label)s: có thể in nhầm một chữ số, %(wrong)s → %(right)s.")
        values = {"label": label, "wrong": number(part), "right": number(other)}
        hint = Finding("R-04", HINT, message % values, measure="recognised", printed=part, expected=other)
        found += [hint, *check_percent(label, other, whole, printed)]
    return found


def misprint_hint(changes: Iterable[tuple[int, int]]) -> str:
    """R-04 as a sentence: every single digit that would put it right; the one who has the paper decides."""
    terms = [f"{number(wrong)} → {number(right)}" for wrong, right in dict.fromkeys(changes)]
    if not terms:
        return ""
    if len(terms) == 1:
        return _("Có thể in nhầm một chữ số: %(change)s.") % {"change": terms[0]}
    return _("Có thể in nhầm một chữ số: %(changes)s; nguồn không đủ để biết chỗ nào.") % {
        "changes": (" " + _("hoặc") + " ").join(terms)
    }


def fitting_parts(parts: Iterable[int], total: int) -> list[tuple[int, int]]:
    """(printed, right) for every part that, changed in one digit, makes the parts add up to `total`."""
    parts = list(parts)
    missing = total - sum(parts)
    return [(one, one + missing) for one in parts if missing and one + missing in one_digit_changes(one)]


def fitting_totals(parts: Iterable[int], total: int) -> list[tuple[int, int]]:
    """(printed, right) when the total, changed in one digit, is the sum of the parts."""
    right = sum(parts)
    return [(total, right)] if right in one_digit_changes(total) else []


def check_ranked(*, inspected: int, ranked: int, unranked_with_reason: int = 0, names: Iterable[str] = ()) -> list:
    """R-05: ranked + unranked with a reason = inspected. `names`: places that stand without either, when known."""
    missing = inspected - ranked - unranked_with_reason
    if missing == 0:
        return []
    values = {
        "inspected": number(inspected),
        "ranked": number(ranked),
        "excused": number(unranked_with_reason),
        "missing": number(abs(missing)),
        "names": ", ".join(names),
    }
    if missing < 0:
        message = _("Kiểm tra %(inspected)s đơn vị nhưng có tới %(ranked)s đơn vị được xếp loại.")
    elif unranked_with_reason:
        message = _(
            "Kiểm tra %(inspected)s đơn vị, xếp loại %(ranked)s, không xếp loại có lý do %(excused)s; "
            "còn %(missing)s đơn vị chưa xếp loại mà không ghi lý do"
        )
    else:
        message = _(
            "Kiểm tra %(inspected)s đơn vị, xếp loại %(ranked)s; "
            "còn %(missing)s đơn vị chưa xếp loại mà không ghi lý do"
        )
    text = message % values
    if missing > 0:
        text += f": {values['names']}." if values["names"] else "."
    facts = {"measure": "ranked", "printed": ranked + unranked_with_reason, "expected": inspected}
    return [Finding("R-05", ERROR, text, **facts)]


def check_same_totals(totals: Mapping[str, int]) -> list[Finding]:
    """R-20: different models of one report with the same total are a likely copy. `totals`: model name → total."""
    by_value: dict[int, list[str]] = {}
    for name, value in totals.items():
        by_value.setdefault(value, []).append(name)
    message = _("%(names)s cùng có tổng số %(value)s: có thể chép nhầm.")
    return [
        Finding(
            "R-20",
            WARN,
            message % {"names": ", ".join(names), "value": number(value)},
            measure="total",
            printed=value,
        )
        for value, names in by_value.items()
        if len(names) > 1
    ]


def check_targets(scope: str, local: Mapping[tuple[str, int], Decimal], national: Mapping) -> list[Finding]:
    """R-23: a scope's targets cover the models the nation sets and do not fall. Keys: (model, year) → percent."""
    found = []
    covered, years = {model for model, _year in local}, {year for _model, year in local}
    for (model, year), percent in sorted(national.items()):
        if model not in covered and year in years:
            message = _("%(scope)s: không có chỉ tiêu %(model)s (chỉ tiêu cả nước năm %(year)d là %(percent)s%%).")
            values = {"scope": scope, "model": model, "year": year, "percent": number(percent)}
            found.append(Finding("R-23", WARN, message % values, year=year, measure="target", expected=percent))
    for model in sorted(covered):
        steps = sorted((year, percent) for (one, year), percent in local.items() if one == model)
        for (year, percent), (later, less) in zip(steps, steps[1:], strict=False):
            if less < percent:
                message = _("%(scope)s: chỉ tiêu %(model)s giảm từ %(a)s%% (%(year)d) xuống %(b)s%% (%(later)d).")
                values = {"scope": scope, "model": model, "a": number(percent), "b": number(less)}
                text = message % {**values, "year": year, "later": later}
                facts = {"year": later, "measure": "target", "printed": less, "expected": percent}
                found.append(Finding("R-23", WARN, text, **facts))
    return found


def resolve_model(printed: str) -> tuple[str | None, list[Finding]]:
    """R-25: the model a printed name means, with a notice for an older name and an error for an unknown one."""
    name = clean(printed)
    if name in LearningModel.values or name in OTHER_SUBJECTS:
        return name, []
    folded = fold(name)
    model = MODEL_ALIASES.get(folded)
    if model is None:
        return None, [Finding("R-25", ERROR, _("Không rõ mô hình “%s”.") % name, measure="model", printed=name)]
    if folded == fold(str(model.label)):
        return model.value, []
    return model.value, [alias_notice(name, model)]


# How titles of plans name the models: "… mô hình gia đình, dòng họ, cộng đồng, đơn vị học tập", "học tập suốt đời
# trong gia đình, dòng họ, cộng đồng". "Cộng đồng" alone is the hamlet's, of which programmes set targets.
TITLE_WORDS = {
    "gia dinh": LearningModel.FAMILY,
    "dong ho": LearningModel.CLAN,
    "dong toc": LearningModel.CLAN,
    "cong dong": LearningModel.COMMUNITY_HAMLET,
    "don vi": LearningModel.UNIT,
    "cong dan": LearningModel.CITIZEN,
}
_ONE = f"(?:{'|'.join(TITLE_WORDS)})"
_MANY = rf"{_ONE}(?: (?:hoc tap |va )*{_ONE})*"
_TITLE = re.compile(rf"\b({_MANY}) (?:hoc tap|hieu hoc)\b|\bhoc tap suot doi trong ({_MANY})\b")


def models_in_title(title: str) -> set[str]:
    """R-23: the models a plan's title names as learning models; "các đơn vị liên quan" names none."""
    words = " ".join(re.findall(r"[a-z0-9]+", fold(title)))
    parts = (part for match in _TITLE.finditer(words) for part in match.groups() if part)
    return {str(TITLE_WORDS[one]) for part in parts for one in re.findall(_ONE, part)}


def alias_notice(printed: str, model: str) -> Finding:
    """R-25: an older name was read as today's model."""
    message = _("“%(printed)s” được hiểu là “%(model)s”.")
    label = str(LearningModel(model).label)
    text = message % {"printed": printed, "model": label}
    return Finding("R-25", NOTICE, text, model=str(model), measure="model", printed=printed, expected=label)


def check_words(texts: Iterable[str]) -> list[Finding]:
    """R-25: known misprints in the printed words, each told once."""
    texts = list(texts)
    return [
        Finding(
            "R-25",
            NOTICE,
            _("“%(wrong)s” là lỗi in, hiểu là “%(right)s”.") % {"wrong": wrong, "right": right},
            measure="printed_text",
            printed=wrong,
            expected=right,
        )
        for wrong, right in MISPRINTS.items()
        if any(wrong in text.lower() for text in texts)
    ]


def check_source(*, published_on, issuer: str, period: str, years: Iterable[int]) -> list[Finding]:
    """R-26: a report has its date, who issued it, its period and figures of all years of it ("2016-2020" or "2022")."""
    found = []
    if published_on is None:
        found.append(Finding("R-26", ERROR, _("Nguồn không ghi ngày công bố."), measure="published_on"))
    if not clean(issuer):
        found.append(Finding("R-26", ERROR, _("Nguồn không ghi nơi ban hành."), measure="source"))
    if not clean(period):
        found.append(Finding("R-26", ERROR, _("Nguồn không ghi giai đoạn của số liệu."), measure="period"))
    found += check_period_years(period, years)
    return found


def check_period_years(period: str, years: Iterable[int]) -> list[Finding]:
    """R-26: there are figures of every year of a period ("2016-2020" or "2022")."""
    bounds = [int(part) for part in period.split("-") if part.strip().isdecimal()]
    missing = sorted(set(range(bounds[0], bounds[-1] + 1)) - set(years)) if bounds else []
    if not missing:
        return []
    values = {"period": period, "years": ", ".join(map(str, missing))}
    text = _("Giai đoạn %(period)s thiếu số liệu các năm: %(years)s.") % values
    printed = ", ".join(str(year) for year in sorted(set(years)))
    return [Finding("R-26", WARN, text, measure="year", printed=printed, expected=values["years"])]
