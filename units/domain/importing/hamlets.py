"""From "KP 4", "khu pho 04" or "Khu phố IV" to the hamlet of the ward. Nothing is guessed. Pure."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.lib.text import clean, fold

# Folded words people use for what a hamlet is, longest first; the abbreviation stands for the same kind.
KINDS = {
    "to dan pho": "to dan pho",
    "khu dan cu": "khu dan cu",
    "khoi pho": "khoi pho",
    "tieu khu": "tieu khu",
    "khu pho": "khu pho",
    "khupho": "khu pho",
    "thon": "thon",
    "khom": "khom",
    "buon": "buon",
    "lang": "lang",
    "xom": "xom",
    "tdp": "to dan pho",
    "kdc": "khu dan cu",
    "ban": "ban",
    "kp": "khu pho",
    "ap": "ap",
}
_KIND = re.compile(rf"^({'|'.join(KINDS)})(?=\s|\d|$)\s*(?:so\s+)?")
LONGEST = 200  # letters that are looked at: as many as are kept
_NUMBER = re.compile(r"\b0+(?=\d)")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10,
          "xi": 11, "xii": 12, "xiii": 13, "xiv": 14, "xv": 15, "xvi": 16}  # fmt: skip


def parts(text: object) -> tuple[str, str]:
    """(kind, rest) of a hamlet name, folded: "KP 04" → ("khu pho", "4"). The kind may be missing."""
    folded = fold(text)
    match = _KIND.match(folded)
    kind, rest = (KINDS[match[1]], folded[match.end() :]) if match else ("", folded)
    if kind and rest in _ROMAN:
        rest = str(_ROMAN[rest])
    return kind, _NUMBER.sub("", rest.strip())


def looks_like_hamlet(text: object) -> bool:
    """Does a text (sheet name, group row) name a hamlet: a kind, then a number or a name?"""
    kind, rest = parts(text)
    return bool(kind and rest) and len(rest.split()) <= 5


@dataclass(frozen=True)
class Match:
    """The hamlet's key, or the sentence that says why there is none."""

    pk: int | None
    reason: str = ""


class HamletFinder:
    """Finds hamlets of one ward by what a list calls them. `hamlets`: (key, name) of those that exist."""

    def __init__(self, hamlets: list[tuple[int, str]], ward: str):
        self.hamlets = [(pk, name, parts(name)) for pk, name in hamlets]
        self.ward = ward
        self._known: dict[str, Match] = {}

    def name_of(self, pk: int) -> str:
        """Name of a hamlet of the ward."""
        return next(name for key, name, _parts in self.hamlets if key == pk)

    def find(self, text: str) -> Match:
        """The one hamlet that `text` means."""
        text = text[:LONGEST]
        if text not in self._known:
            self._known[text] = self._find(text)
        return self._known[text]

    def _find(self, text: str) -> Match:
        spelled = clean(text).lower()
        kind, rest = parts(text)
        rounds = (
            [row for row in self.hamlets if row[1].lower() == spelled],
            [row for row in self.hamlets if row[2] == (kind, rest)],
            [row for row in self.hamlets if row[2][1] == rest and not (kind and row[2][0])],
        )
        for found in rounds:
            if len(found) == 1:
                return Match(found[0][0])
            if found:
                return Match(None, self._two(text, found))
        begun = [
            row for row in self.hamlets if rest and f"{row[2][1]} ".startswith(f"{rest} ") and kind in ("", row[2][0])
        ]
        if len(begun) > 1:
            return Match(None, self._two(text, begun))
        return Match(None, self._none(text, kind, rest))

    def _two(self, text: str, found: list) -> str:
        return _("“%(text)s” có thể là %(names)s. Hãy ghi đúng tên một nơi.") % {
            "text": clean(text)[:60],
            "names": _(" hoặc ").join(row[1] for row in found[:4]),
        }

    def _none(self, text: str, kind: str, rest: str) -> str:
        if not self.hamlets:
            return _("%(ward)s chưa có khu phố, thôn nào trong hệ thống. Hãy tạo khu phố trước rồi nhập lại.") % {
                "ward": self.ward
            }
        same_rest = [row[1] for row in self.hamlets if row[2][1] == rest]
        if rest.isdecimal() and len(rest) < 10:
            # Numbers are near when they are next to each other, not when they look alike.
            numbered = [row for row in self.hamlets if row[2][1].isdecimal() and kind in ("", row[2][0])]
            numbered.sort(key=lambda row: abs(int(row[2][1]) - int(rest)))
            same_rest += [row[1] for row in numbered]
        by_words = {f"{row[2][0]} {row[2][1]}".strip(): row[1] for row in self.hamlets}
        near = difflib.get_close_matches(f"{kind} {rest}".strip(), list(by_words), n=3, cutoff=0.6)
        names = list(dict.fromkeys([*same_rest, *(by_words[key] for key in near)]))[:3]
        if names:
            return _("%(ward)s không có “%(text)s”. Gần giống nhất: %(names)s.") % {
                "ward": self.ward,
                "text": clean(text)[:60],
                "names": ", ".join(names),
            }
        return _("%(ward)s không có “%(text)s”.") % {"ward": self.ward, "text": clean(text)[:60]}
