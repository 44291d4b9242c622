"""What the engine must know of one kind of list."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.text import fold
from units.choices import CloseReason
from units.domain.importing import headings
from units.domain.importing.kinds import cells
from units.domain.importing.merged import OWN
from units.domain.importing.understanding import Vocabulary
from units.domain.registrants import Book
from units.models import ImportBatch, Place, Registrant


@dataclass(frozen=True)
class Field:
    """A column: its key among a row's values, what people call it, the headings that mean it (folded), its reader.

    `shown`: a stored value as the preview prints it. `erases`: an empty cell means something (a tick left out).
    """

    name: str
    label: Any
    pattern: str
    read: Callable[[object], Any]
    shown: Callable[[Any], Any] = lambda value: value
    erases: bool = False
    empty: Any = None


@dataclass
class Line:
    """A row of the list on its way. `values`: only what the row says. `before`: what it changes, as it stands."""

    sheet: str
    number: int
    raw: list
    identity: int | None = None
    hamlet_id: int | None = None
    hamlet_text: str = ""
    values: dict = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    verdict: str = ""
    registrant_id: int | None = None
    before: dict | None = None
    like: int | None = None
    row_id: int | None = None
    cells: dict[str, str] = field(default_factory=dict)  # field → its first sentence, for a grid on screen

    def refuse(self, name: str, text: object) -> None:
        """Say why the row cannot be taken, and which field it is about."""
        self.reasons.append(str(text))
        self.cells.setdefault(name, str(text))

    @property
    def name(self) -> str:
        return self.values.get("name", "")


@dataclass
class Scene:
    """Where a list is judged: its place, its ward, the day its rows enter, and the register of its kind there."""

    batch: ImportBatch
    place: Place
    commune: Place
    day: datetime.date
    known: list[Registrant] = field(default_factory=list)
    found: dict = field(default_factory=dict)  # what a kind looked up for all rows at once
    _by_name: dict[str, list[Registrant]] | None = None

    def namesakes(self, name: str) -> list[Registrant]:
        """Registrants of the kind in the ward with this name without marks, closed ones too."""
        if self._by_name is None:
            self._by_name = {}
            for row in self.known:
                self._by_name.setdefault(row.search_name, []).append(row)
        return self._by_name.get(fold(name), [])


IDENTITY_PATTERN = r"^ma (trong so|ho|dong ho|don vi|cong dan) khong sua$|^ma trong so$"
_ALWAYS_IGNORED = (
    r"\b(vao so tu ngay|ra khoi so|ly do|ky ten|chu ky|email|dan toc|ton giao|nghe nghiep|quan he|(?<!dia )diem"
    r"|xep loai|ket qua|ngay dang ky|so gia dinh)\b|^dong$"
)
NOTE = Field("note", gettext_lazy("Ghi chú"), r"\b(ghi chu|luu y|note)\b", cells.text(gettext_lazy("Ghi chú"), 300))
HAMLET = Field(
    "hamlet",
    gettext_lazy("Khu phố, thôn, ấp"),
    r"\b(khu pho|kp|thon|khom|khoi pho|tieu khu|to dan pho|tdp|khu dan cu|ten ap|noi o)\b"
    r"|^(ap|ban|buon|xom|lang|dia ban|khu vuc|khu)$",
    cells.text(gettext_lazy("Khu phố, thôn, ấp"), 200),
)


class KindList:
    """One kind of list. `derived`: fields that follow the rows' own (never compared)."""

    kind: str
    book: Book | None
    profile: str  # attribute of a registrant
    noun: Any  # "12 dòng họ"
    title: Any
    slug: str
    fields: tuple[Field, ...]
    needed: tuple[str, ...] = ()  # besides the name, for a new one
    ignored: str = ""
    related: tuple[str, ...] = ()

    # --- Reading

    def all_fields(self, batch: ImportBatch) -> tuple[Field, ...]:
        """Columns a list of this kind may have."""
        return (*self.fields, NOTE, HAMLET)

    def vocabulary(self, batch: ImportBatch) -> Vocabulary:
        """Its headings' meanings, narrow ones first."""
        fields = self.all_fields(batch)
        ignored = "|".join(filter(None, (_ALWAYS_IGNORED, self.ignored)))
        return Vocabulary(
            headings.compiled(
                [("identity", IDENTITY_PATTERN), ("number", r"^(stt|tt|so tt|so thu tu|thu tu|no)$")]
                + [(headings.IGNORED, ignored)]
                + [(one.name, one.pattern) for one in fields]
            ),
            {"identity": _("Mã trong sổ"), "number": _("Số thứ tự")} | {one.name: one.label for one in fields},
            self._missing,
        )

    def _missing(self, found: str) -> str:
        label = next(one.label for one in self.fields if one.name == "name")
        return _("Không thấy cột “%(label)s” của danh sách %(title)s. Các tiêu đề đọc được: %(found)s.") % {
            "label": label,
            "title": str(self.title).lower(),
            "found": found,
        }

    def remarks(self, fields: set[str], unknown: Sequence[str] = ()) -> list[str]:
        """What people are told about how these columns, and the `unknown` ones, were understood."""
        return []

    def own_fields(self, columns: dict[str, int]) -> frozenset[str]:
        """Fields each row tells of itself, so that a merged cell says them of its first row only."""
        return OWN

    def elsewhere(self, line: Line, scene: Scene) -> bool:
        """Does a row speak of another ward? Then its hamlet is none of the list's own."""
        return False

    def settle(self, line: Line, scene: Scene) -> None:
        """What depends on several cells of a row; adds reasons."""

    def look_up(self, lines: list[Line], scene: Scene) -> None:
        """What all rows need of the register besides its own kind, in a few queries; adds reasons."""

    def conceal(self, line: Line, columns: dict[str, int]) -> None:
        """Take out of the raw cells what must not be kept."""

    # --- Comparing

    def stored(self, registrant: Registrant) -> dict:
        """What the register says, by field."""
        profile = getattr(registrant, self.profile)
        found = {one.name: getattr(profile, one.name) for one in self.fields if hasattr(profile, one.name)}
        return found | {"name": registrant.name, "note": registrant.note}

    def key(self, values: dict, scene: Scene) -> object:
        """What makes two rows the same one; None when the row alone cannot tell."""
        return fold(values.get("name", "")) or None

    def key_of(self, registrant: Registrant) -> object:
        """The same of a registrant."""
        return registrant.search_name

    def alike(self, line: Line, scene: Scene) -> tuple[str, Registrant | None]:
        """Why a new row may be one the register has, and which; ("", None) when it is not."""
        return "", None

    def refusal(self, line: Line, there: Registrant | None, scene: Scene) -> str:
        """Why a row cannot be taken though it reads well; `there`: whom it was found to be."""
        return ""

    # --- Writing

    def place_of(self, line: Line, scene: Scene) -> dict:
        """Place columns of a new registrant."""
        hamlet = scene.found.get("hamlets", {}).get(line.hamlet_id)
        return (hamlet or scene.place).fact_ids

    def opened_on(self, line: Line, scene: Scene) -> datetime.date:
        """Since when a new registrant is in the register."""
        return scene.day

    def build(self, line: Line, registrant: Registrant, scene: Scene):
        """The unsaved profile of a new row."""
        return self.book.profile(**{name: line.values[name] for name in self.profile_fields(line.values)})

    def profile_fields(self, values: dict) -> list[str]:
        """Names among `values` that are columns of the profile."""
        return [name for name in values if name in self.book.fields]

    # --- Rows that hang on another row or record of the kind, as the families of a clan do

    def is_part(self, values: dict) -> bool:
        """Is this row no record of the kind, but a part of one?"""
        return False

    def judge_parts(self, parts: list[Line], lines: list[Line], scene: Scene) -> None:
        """What becomes of the parts, after the records they hang on were judged."""

    def write_parts(self, parts: list[Line], added: list[Line], scene: Scene) -> None:
        """Write the parts, after the records they hang on were added."""

    def touched_parts(self, rows: list, added: list) -> list:
        """Rows of written parts that no longer stand as the import left them."""
        return []

    def undo_parts(self, rows: list) -> None:
        """Take written parts back."""

    def after_write(self, added: list[Line], changed: list[Line], scene: Scene) -> None:
        """Rows that hang on the profile."""

    def after_undo(self, rows, scene: Scene) -> None:
        """Take back what after_write() made."""

    def standing(self, commune: Place) -> list[Registrant]:
        """The ward's registrants of this kind, closed ones too; one of an undone import counts as never in."""
        rows = Registrant.objects.filter(kind=self.kind, commune=commune)
        rows = rows.exclude(close_reason=CloseReason.IMPORT_UNDONE)
        return list(rows.select_related(self.profile, "hamlet", *self.related).order_by("pk"))
