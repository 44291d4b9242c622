"""Points as somebody gave them: checked before anything is added up, and as the database keeps them.

A ScoreError names the criterion and the bound (R-06).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from recognition.rulebook_criteria import AREAS
from recognition.rulebook_spec import RulebookSpec

NOT_APPLICABLE = -1  # in a stored array of half points
TOTAL = "total"  # key of a fault that concerns the total, not one criterion


class ScoreError(ValueError):
    """Points that cannot be accepted. `faults` maps a criterion code (or "total", "area") to one sentence."""

    def __init__(self, faults):
        self.faults = dict(faults)
        super().__init__("\n".join(self.faults.values()))


def not_asked(spec: RulebookSpec, organisation_type: str) -> frozenset[str]:
    """Codes of the items that are not asked of this type of organisation."""
    if not organisation_type:
        return frozenset()  # asked ten thousand times a morning: families and people have no type
    return frozenset(leaf.code for leaf in spec.leaves if not leaf.is_for(organisation_type))


def to_half_points(spec: RulebookSpec, scores, na: Iterable[str] = (), organisation_type: str = "") -> list[int | None]:
    """Points as the array kept by the database: half points in leaf order, -1 not applicable, None open."""
    na = frozenset(na)
    points = checked(spec, scores, na, "NORMAL", organisation_type)
    return half_points(spec, points, na | not_asked(spec, organisation_type))


def half_points(spec: RulebookSpec, points: Mapping[str, Decimal], na: frozenset[str]) -> list[int | None]:
    """As `to_half_points`, of points that `checked` returned; `na`: everything that takes none."""
    return [
        NOT_APPLICABLE if code in na else int(points[code] * 2) if code in points else None for code in spec.leaf_codes
    ]


def from_half_points(spec: RulebookSpec, halves) -> tuple[dict[str, Decimal | None], set[str]]:
    """Back from the stored array: (points by code, codes not applicable). Raises ScoreError: wrong length."""
    if len(halves) != len(spec.leaves):
        raise ScoreError(
            {
                TOTAL: _("Bảng điểm có %(found)d mục, bộ tiêu chí %(code)s có %(expected)d mục.")
                % {"found": len(halves), "code": spec.code, "expected": len(spec.leaves)}
            }
        )
    by_code = dict(zip(spec.leaf_codes, halves, strict=True))
    na = {code for code, half in by_code.items() if half == NOT_APPLICABLE}
    scores = {code: None if half is None else Decimal(half) / 2 for code, half in by_code.items() if code not in na}
    return scores, na


def points_text(number) -> str:
    """A number of points as people write it, exact: 9,5 (English 9.5) and 10, never 10,0."""
    return points_texts(number)[0]


def points_texts(*numbers) -> list[str]:
    """Several numbers of points as people write them."""
    texts = [format(Decimal(number), "f") for number in numbers]
    texts = [text.rstrip("0").rstrip(".") if "." in text else text for text in texts]
    # Django takes longer to say in which language it speaks than all else here takes.
    return [text.replace(".", ",") for text in texts] if (get_language() or "vi").startswith("vi") else texts


def checked(spec, scores, na, area, organisation_type="") -> dict[str, Decimal]:
    """Known points by leaf code. Raises ScoreError naming every faulty criterion."""
    check_area(area)
    if not isinstance(scores, Mapping):
        raise ScoreError({TOTAL: _('Bảng điểm phải là các cặp mã tiêu chí và số điểm, thí dụ {"1.1": 10}.')})
    faults, points = _beside_faults(spec, scores, na, not_asked(spec, organisation_type)), {}
    for code, value in scores.items():
        leaf = spec.leaf_by_code.get(code)
        fault = None if leaf else _code_fault(spec, code)
        if leaf and value is not None and code not in faults:
            number, fault = checked_number(value, leaf.maximum, spec.step, lambda leaf=leaf: _item_label(leaf))
            if not fault:
                points[code] = number
        if fault:
            faults[code] = fault
    if faults:
        raise ScoreError(faults)
    return points


def _beside_faults(spec, scores, na, beside) -> dict[str, str]:
    """Faults of items that take no points: not asked of the subject (`beside`), or marked "không áp dụng" (`na`)."""
    faults = {}
    for code in beside:
        if scores.get(code) is not None:
            faults[code] = _("Mục %(code)s (%(title)s) không áp dụng cho loại hình đơn vị này.") % _named(spec, code)
    for code in na - beside:
        fault = _code_fault(spec, code)
        if fault is None and not spec.by_code[code].na_allowed:
            fault = _("Mục %(code)s (%(title)s) không được đánh dấu “không áp dụng”.") % _named(spec, code)
        elif fault is None and scores.get(code) is not None:
            fault = _("Mục %(code)s (%(title)s) vừa có điểm vừa đánh dấu “không áp dụng”; hãy bỏ một trong hai.")
            fault %= _named(spec, code)
        if fault:
            faults[code] = fault
    return faults


def check_area(area):
    """Raises ScoreError when `area` is none of the areas whose pass marks differ."""
    if area not in AREAS:
        raise ScoreError(
            {
                "area": _("Vùng “%(area)s” không có; hãy chọn một trong: %(areas)s.")
                % {"area": area, "areas": ", ".join(AREAS)}
            }
        )


def _code_fault(spec, code):
    criterion = spec.by_code.get(code) if isinstance(code, str) else None
    if criterion is None:
        return _("Mã tiêu chí “%(code)s” không có trong bộ tiêu chí %(rulebook)s; các mã dùng được: %(codes)s.") % {
            "code": code,
            "rulebook": spec.code,
            "codes": ", ".join(spec.leaf_codes),
        }
    if not criterion.is_leaf:
        return _("Điểm mục %(code)s là tổng các mục con; hãy chấm từng mục: %(codes)s.") % {
            "code": code,
            "codes": ", ".join(leaf.code for leaf in criterion.leaves),
        }
    return None


def checked_number(value, maximum, step, label):
    """(Decimal, "") or (None, sentence). Text is refused: reading what people typed is the form's work.

    A hundred thousand cells are right for each one that is wrong, so words (`label()`, numbers as text) are made for
    a fault only.
    """
    number = None
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        try:
            number = value if isinstance(value, Decimal) else Decimal(str(value))
        except (InvalidOperation, ValueError):  # ints too long to print
            number = None
    if number is None or not number.is_finite():
        return None, _("%(label)s: “%(value)s” không phải là số; hãy nhập số từ 0 đến %(max)s.") % {
            "label": label(),
            "max": points_text(maximum),
            "value": str(value)[:40] if not isinstance(value, int) or isinstance(value, bool) else "…",
        }
    if number == 0:
        return Decimal(0), ""  # also -0.0, which would print as "-0"
    if number < 0:
        fault = _("%(label)s: %(value)s điểm nhỏ hơn 0; hãy nhập số từ 0 đến %(max)s.")
    elif number > maximum:
        fault = _("%(label)s: %(value)s điểm vượt quá điểm tối đa %(max)s.")
    elif number % step:
        fault = _("%(label)s: %(value)s không đúng bước điểm; điểm phải là bội số của %(step)s.")
    else:
        return number, ""
    return None, fault % {
        "label": label(),
        "max": points_text(maximum),
        "step": points_text(step),
        "value": points_text(number) if abs(number.adjusted()) < 20 else str(number)[:40],
    }


def _item_label(leaf):
    return _("Mục %(code)s (%(title)s)") % {"code": leaf.code, "title": leaf.title}


def _named(spec, code):
    return {"code": code, "title": spec.by_code[code].title}
