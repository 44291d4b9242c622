"""Reads nested data (from YAML or a JSON column) with a path for every fault, so people find it at once.

Collects all faults instead of stopping at the first: who corrects a file wants the whole list.
"""

from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

MISSING = object()
MOST = 10**9  # no rule counts further, nor finer than a millionth: beyond it neither dates nor divisions can be made
FINEST = -6


class RulebookError(ValueError):
    """A rulebook that cannot be used. `faults`: one Vietnamese sentence per fault, with file and path."""

    def __init__(self, faults):
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


class Fault(str):
    """The sentence of one fault as people read it, file and path first; `path` and `sentence` are its parts."""

    path: tuple[str, ...] = ()
    sentence: str = ""

    @classmethod
    def at(cls, path, sentence):
        """A fault at a path."""
        fault = cls(f"{' › '.join(str(part) for part in path)}: {sentence}")
        fault.path, fault.sentence = tuple(str(part) for part in path), str(sentence)
        return fault


class Node:
    """One value of a nested document together with where it stands and the shared list of faults."""

    def __init__(self, value, path, faults):
        self.value, self.path, self.faults = value, tuple(path), faults

    def fail(self, sentence, *keys):
        """Note a fault at this node or below it. Returns None, so readers can `return node.fail(…)`."""
        self.faults.append(Fault.at((*self.path, *keys), sentence))

    def is_mapping(self):
        """True when the value has keys; notes a fault otherwise."""
        if isinstance(self.value, dict):
            return True
        self.fail(_("phải là một nhóm khóa và giá trị."))
        return False

    def only(self, *known):
        """Refuse keys nobody reads: a mistyped key must not silently lose a rule."""
        for key in self.value:
            if key not in known:
                self.fail(_("khóa lạ, không có trong khuôn mẫu; hãy sửa tên khóa hoặc xóa đi."), key)

    def _get(self, key, default):
        value = self.value.get(key, MISSING)
        if value is MISSING or value is None:
            if default is MISSING:
                self.fail(_("thiếu giá trị bắt buộc."), key)
                return MISSING
            return default
        return value

    def _not_text(self, value, *keys):
        self.fail(_("phải là chữ, đặt trong dấu nháy (nhận được %(value)s).") % {"value": _show(value)}, *keys)

    def text(self, key, default=MISSING):
        """Non-empty text. Codes such as 1.1 must be quoted in YAML, otherwise 1.10 would turn into 1.1."""
        value = self._get(key, default)
        if value is MISSING or value is default:
            return "" if value is MISSING else value
        if not isinstance(value, str) or not value.strip():
            self._not_text(value, key)
            return ""
        return value.strip()

    def texts(self, key):
        """List of texts, empty when the key is absent."""
        value = self._get(key, ())
        if not isinstance(value, (list, tuple)):
            self.fail(_("phải là danh sách."), key)
            return ()
        for index, item in enumerate(value, start=1):
            if not isinstance(item, str) or not item.strip():
                self._not_text(item, key, index)
        return tuple(item.strip() for item in value if isinstance(item, str))

    def integer(self, key, default=MISSING):
        """Whole number."""
        value = self._get(key, default)
        if value is MISSING or value is default:
            return 0 if value is MISSING else value
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(_("phải là số nguyên (nhận được %(value)s).") % {"value": _show(value)}, key)
            return 0
        if abs(value) > MOST:
            self._no_such_number(value, key)
            return 0
        return value

    def decimal(self, key, default=MISSING):
        """Finite number as Decimal; through text, so 0.1 stays 0.1."""
        value = self._get(key, default)
        if value is MISSING or value is default:
            return Decimal(0) if value is MISSING else value
        number = None
        if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
            try:
                number = Decimal(str(value))
            except InvalidOperation:  # pragma: no cover - every int and float prints as a decimal
                number = None
        if number is None or not number.is_finite():
            self.fail(_("phải là số (nhận được %(value)s).") % {"value": _show(value)}, key)
            return Decimal(0)
        if abs(number) > MOST or number.normalize().as_tuple().exponent < FINEST:
            self._no_such_number(value, key)
            return Decimal(0)
        return number

    def _no_such_number(self, value, key):
        self.fail(_("số này quá lớn hoặc quá lẻ (nhận được %(value)s).") % {"value": _show(value)}, key)

    def boolean(self, key, default=MISSING):
        """true or false."""
        value = self._get(key, default)
        if value is MISSING:
            return False
        if not isinstance(value, bool):
            self.fail(_("phải là true hoặc false (nhận được %(value)s).") % {"value": _show(value)}, key)
            return False
        return value

    def day(self, key):
        """Calendar day written YYYY-MM-DD in quotes, or None when absent."""
        value = self._get(key, None)
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            return self.fail(_('phải là ngày dạng "2025-07-01" (nhận được %(value)s).') % {"value": _show(value)}, key)

    def choice(self, key, options, default=MISSING):
        """One of the given words."""
        value = self._get(key, default)
        if value is MISSING or value is default:
            return "" if value is MISSING else value
        if value not in tuple(options):
            self.fail(
                _("“%(value)s” không dùng được; hãy chọn một trong: %(options)s.")
                % {"value": _show(value), "options": ", ".join(str(option) for option in options)},
                key,
            )
            return ""
        return value

    def node(self, key):
        """The mapping under a key as a node; a missing or wrong one is noted and read as empty."""
        value = self._get(key, MISSING)
        child = Node(value, (*self.path, key), self.faults)
        if value is MISSING or not child.is_mapping():
            # Noted once; the faults of everything below it would only be noise.
            child = Node({}, child.path, [])
        return child

    def nodes(self, key, *, name="code"):
        """The mappings of a list as nodes, each called by its own name in the path (or by its number)."""
        value = self._get(key, ())
        if not isinstance(value, (list, tuple)):
            self.fail(_("phải là danh sách."), key)
            return []
        found = []
        for index, item in enumerate(value, start=1):
            label = item.get(name) if isinstance(item, dict) else None
            child = Node(item, (*self.path, key, label if isinstance(label, str) and label else index), self.faults)
            if child.is_mapping():
                found.append(child)
        return found

    def has(self, key):
        """True when the key holds something."""
        return self.value.get(key) is not None


def _show(value):
    text = repr(value) if not isinstance(value, str) else value
    return text if len(text) <= 60 else text[:57] + "…"
