"""Who came to a meeting, read from lines as people type or paste them. Pure: no database, no request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.lib.text import clean, fold
from units.domain.importing.rows import is_legacy_coded, legacy_sentence

MOST = 300  # lines of one list: a hamlet's whole meeting
NAME_LENGTH, ROLE_LENGTH = 100, 150
TOLD = 3  # wrong lines named at once
_NUMBERED = re.compile(r"^(?:\d{1,3}\s*[.)\-:]\s*|\d{1,3}\s+|[-–•*+]\s*)+")
# Between name and role; not inside brackets, where people of one name are told apart: "Lê Văn An (tổ 2, sinh 1954)".
_PARTED = re.compile(r"(?:\s[-–—]\s|\s*[;,:]\s*)(?![^()]*\))")
_ADDRESSED = {"ong", "ba", "anh", "chi", "dong"}  # "Ông Lê Văn An", "đồng chí Lê Văn An"


@dataclass(frozen=True)
class Person:
    """Somebody on a list of attendance: name as written, and role (for who is excused: the reason)."""

    name: str
    role: str = ""

    @property
    def key(self) -> str:
        """The name as it is compared."""
        return key_of(self.name)


def key_of(name: str) -> str:
    """A name without marks and without Ông, Bà, Đồng chí in front; what stands in brackets tells namesakes apart."""
    words = fold(name).split()
    while len(words) > 2 and (words[0] in _ADDRESSED or words[:2] == ["dong", "chi"]):
        words = words[2:] if words[:2] == ["dong", "chi"] else words[1:]
    return " ".join(words)


def read_people(text: str, *, most: int = MOST, longest: int = 0) -> tuple[list[Person], list[str]]:
    """(people, sentences about lines that cannot be read). One line is one person: "Lê Văn An, Tổ trưởng tổ 3",
    numbered or not, or two columns of a spreadsheet. `longest`: letters of name and role together, where they are kept
    as one text."""
    people, faults = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [clean(cell) for cell in line.split("\t")]
        if len(cells) > 1 and cells[0].rstrip(".").isdecimal():
            cells = cells[1:]
        cells = [cell for cell in cells if cell]
        if not cells:
            continue
        first = _NUMBERED.sub("", cells[0])
        # A line of thousands of letters is no person; parting it would take as long as it is long, squared.
        whole = len(cells) > 1 or len(first) > 2 * (NAME_LENGTH + ROLE_LENGTH)
        name, *rest = [first, *cells[1:]] if whole else _PARTED.split(first, maxsplit=1)
        person = Person(clean(name), clean(", ".join(rest)))
        if not any(letter.isalpha() for letter in person.name):
            faults.append(_("Dòng %(n)d (“%(line)s”): chưa có họ tên.") % {"n": number, "line": clean(line)[:40]})
        elif is_legacy_coded(person.name) or is_legacy_coded(person.role):
            sentence = legacy_sentence(written([person]))
            faults.append(_("Dòng %(row)d: %(sentence)s") % {"row": number, "sentence": sentence})
        elif (
            len(person.name) > NAME_LENGTH
            or len(person.role) > ROLE_LENGTH
            or (longest and len(written([person])) > longest)
        ):
            faults.append(
                _("Dòng %(n)d (“%(line)s …”) quá dài; mỗi dòng chỉ ghi một người.")
                % {"n": number, "line": person.name[:30]}
            )
        else:
            people.append(person)
    if len(people) > most:
        names = {"n": len(people), "most": most}
        faults.insert(0, _("Danh sách có %(n)d người; ghi được nhiều nhất %(most)d.") % names)
    return people, faults[:TOLD]


def written(people: Iterable[Person]) -> str:
    """A list as lines, to be read back by `read_people`: in two columns where a name would be parted itself."""
    return "\n".join(
        one.name + ("\t" if _PARTED.search(one.name) else ", ") + one.role if one.role else one.name for one in people
    )


def judge(
    *, here: Sequence[Person], excused: Sequence[Person], leading: Iterable[str], present: int, invited: int
) -> str:
    """Why lists and numbers do not fit, in a sentence; empty when they do.

    `leading`: chair, secretary and others the minutes name apart; they are present whether listed again or not.
    """
    seen: set[tuple[str, str, bool]] = set()
    for one, came in (*((one, True) for one in here), *((one, False) for one in excused)):
        key = (one.key, fold(one.role), came)
        if key in seen:
            return _("“%(name)s” được ghi hai lần. Nếu là hai người trùng tên, hãy ghi thêm chức vụ hoặc địa chỉ.") % {
                "name": one.name
            }
        seen.add(key)
    names = {one.key for one in here} | {key_of(name) for name in leading if clean(name)}
    for one in excused:
        if one.key in names:
            return _(
                "“%(name)s” vừa ghi có mặt vừa ghi vắng mặt. Nếu là hai người trùng tên, hãy ghi thêm tổ, số nhà hoặc "
                "năm sinh trong ngoặc sau họ tên, ví dụ: %(name)s (tổ 2)."
            ) % {"name": one.name}
    named = len(here) + len({key_of(name) for name in leading if clean(name)} - {one.key for one in here})
    if here and named > present:
        return _("Đã ghi tên %(named)d người có mặt (kể cả chủ trì, thư ký) nhưng số người có mặt là %(present)d.") % {
            "named": named,
            "present": present,
        }
    if present + len(excused) > invited:
        return _("Có mặt %(present)d và vắng có lý do %(excused)d người, nhiều hơn %(invited)d người được mời.") % {
            "present": present,
            "excused": len(excused),
            "invited": invited,
        }
    return ""
