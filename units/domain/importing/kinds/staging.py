"""From a file to judged rows: reading, comparing with the register, and keeping both as the batch's rows."""

from __future__ import annotations

from django.utils.translation import gettext as _

from portal.lib import phones
from portal.lib.tabular import Sheet, Unreadable
from portal.lib.text import fold, natural_key
from units.choices import Level, RowVerdict
from units.domain.errors import RegisterError
from units.domain.importing import checking, reading, rows, understanding
from units.domain.importing.hamlets import HamletFinder
from units.domain.importing.kinds.spec import KindList, Line, Scene
from units.domain.registrants import check_values
from units.models import ImportBatch, ImportRow, Place, Registrant


def scene_of(kind: KindList, batch: ImportBatch, day) -> Scene:
    """The register a list meets."""
    place = batch.place
    commune = place.commune or place
    scene = Scene(batch, place, commune, day)
    hamlets = Place.objects.filter(commune=commune, level=Level.HAMLET).on(day)
    scene.found["hamlets"] = {one.pk: one for one in hamlets}
    scene.found["finder"] = HamletFinder([(pk, one.name) for pk, one in scene.found["hamlets"].items()], commune.name)
    scene.known = kind.standing(commune)
    return scene


def read(kind: KindList, sheets: list[Sheet], hidden: list[str], aliases: dict, scene: Scene):
    """(how the file is understood, its lines). Raises Unreadable."""
    words = kind.vocabulary(scene.batch)
    understood = understanding.understand(sheets, hidden, year=scene.batch.year, aliases=aliases, words=words)
    lines: list[Line] = []
    for plan in understood.plans:
        reader = _Lines(kind, plan, scene)
        lines += reader
        for tone, text in reader.merged.notices(words.labels):
            understood.note(tone, text)
    return understood, lines


class _Lines(reading.RowReader):
    """The lines of one sheet; which lines are rows is decided as for households."""

    def __init__(self, kind: KindList, plan: understanding.SheetPlan, scene: Scene):
        fixed = scene.place.pk if scene.place.level == Level.HAMLET else None
        own = kind.own_fields(plan.header.columns)
        super().__init__(plan, scene.found["finder"], fixed_hamlet=fixed, own=own)
        self.kind, self.scene = kind, scene
        self.by_name = {one.name: one for one in kind.all_fields(scene.batch)}

    def _line_kind(self, cells: list, position: int) -> str:
        # A community's name alone looks like the heading of a group, so here whatever is numbered or named is a row.
        named = self.kind.profile == "community" and self._at(cells, "name") and not self._repeats_heading(cells)
        if named or self._at(cells, "identity") not in ("", None):
            return "row"
        return super()._line_kind(cells, position)

    def _repeats_heading(self, cells: list) -> bool:
        """The heading printed again: the cell of the name says what its heading says."""
        text = self._at(cells, "name")
        return bool(text) and fold(text) == fold(self.plan.header.headings[self.columns["name"]])

    def row(self, cells: list, position: int) -> Line:
        """One row of the file as a staged line."""
        line = Line(self.plan.sheet.name, position + 1, list(cells))
        if self.plan.sheet.faults:
            self._refuse_faults(line.reasons, position)
        for name, column in self.columns.items():
            value = cells[column]
            one = self.by_name.get(name)
            if value in ("", None):
                if one and one.erases:
                    line.values[name] = one.empty
                continue
            try:
                if name == "identity":
                    line.identity = rows.identity_of(value)
                elif one:
                    line.values[name] = one.read(value)
            except rows.BadCell as error:
                line.refuse(name, error)
        if not line.name and not line.reasons:
            line.refuse("name", _("Thiếu %(label)s.") % {"label": str(self.by_name["name"].label).lower()})
        far = self.kind.elsewhere(line, self.scene)
        told = line.values.pop("hamlet", "")
        if not far:
            told = told or self.hamlet_line or ("" if self.fixed_hamlet else self.sheet_hamlet)
        line.hamlet_text, line.hamlet_id = told[:200], None if far else self.fixed_hamlet
        if told and not far:
            match = self.finder.find(told)
            line.hamlet_id = match.pk
            if match.pk is None:
                line.refuse("hamlet", match.reason)
            elif self.fixed_hamlet and match.pk != self.fixed_hamlet:
                line.refuse(
                    "hamlet",
                    _("Dòng này ghi %(found)s, nhưng danh sách đang nhập cho %(chosen)s.")
                    % {"found": self.finder.name_of(match.pk), "chosen": self.finder.name_of(self.fixed_hamlet)},
                )
        self.kind.settle(line, self.scene)
        self.kind.conceal(line, self.columns)
        return line

    def _refuse_faults(self, reasons: list[str], position: int) -> None:
        for name, column in self.columns.items():
            label = self.by_name[name].label if name in self.by_name else ""
            if label and (why := self.plan.sheet.fault_at(position, column, label)):
                reasons.append(why)


def judge(kind: KindList, lines: list[Line], scene: Scene) -> None:
    """What becomes of each line: verdict, reasons, whom it is, what it changes."""
    kind.look_up(lines, scene)
    by_pk = {row.pk: row for row in scene.known}
    open_rows: dict[object, list[Registrant]] = {}
    gone: dict[object, Registrant] = {}
    for row in scene.known:
        if row.is_open:
            open_rows.setdefault(kind.key_of(row), []).append(row)
        else:
            gone[kind.key_of(row)] = row
    parts = [line for line in lines if kind.is_part(line.values)]
    whole = [line for line in lines if not kind.is_part(line.values)]
    keyed = {line.identity for line in whole if line.identity}
    seen: dict[object, Line] = {}
    for line in sorted(whole, key=lambda one: one.identity is None):  # a row without a key repeats one that has it
        line.verdict = RowVerdict.REFUSED
        if line.reasons:
            continue
        reason, there = _whom(kind, line, by_pk, open_rows, keyed, scene)
        reason = reason or kind.refusal(line, there, scene) or _twice(kind, line, there, seen, scene)
        if reason:
            line.reasons, line.like = [reason], there.pk if there else None
        elif there:
            _compare(kind, line, there)
        else:
            _new(kind, line, gone, scene)
    if parts:
        kind.judge_parts(parts, whole, scene)


def counted(kind: KindList, batch: ImportBatch) -> dict[str, int]:
    """Rows by verdict; `parts` and `parts_unchanged` of them are no records of the kind, but parts of one."""
    counts = checking.count_rows(batch)
    verdicts = (RowVerdict.ADDED, RowVerdict.UNCHANGED)
    rows = batch.rows.filter(verdict__in=verdicts).values_list("verdict", "values")
    found = [verdict for verdict, values in rows.iterator(chunk_size=2000) if kind.is_part(values or {})]
    return counts | {name: found.count(one) for name, one in zip(("parts", "parts_unchanged"), verdicts, strict=True)}


def _whom(kind, line, by_pk, open_rows, keyed, scene) -> tuple[str, Registrant | None]:
    """(why nobody can be meant, whom the line means)."""
    if line.identity:
        row = by_pk.get(line.identity)
        inside = row and (scene.place.level != Level.HAMLET or row.hamlet_id == scene.place.pk)
        if not inside:
            return _("Không có dòng mang mã này trong sổ của nơi này. Nếu là dòng mới, hãy để trống ô mã."), None
        if not row.is_open:
            day = row.closed_on.strftime("%d/%m/%Y")
            return _("“%(name)s” đã ra khỏi sổ ngày %(day)s. Hãy mở lại trong sổ trước.") % {
                "name": row.name,
                "day": day,
            }, row
        if line.hamlet_id and row.hamlet_id != line.hamlet_id and kind.profile in ("clan", "organisation"):
            return _("Sổ đang ghi ở %(place)s. Nếu đã chuyển, hãy sửa trong sổ thay vì nhập lại.") % {
                "place": row.place.name
            }, row
        return "", row
    if hasattr(kind, "match"):
        rows_ = kind.match(line, open_rows, scene)
    else:
        rows_ = open_rows.get(kind.key(line.values, scene), [])
        if line.hamlet_id and kind.profile in ("clan", "organisation"):
            here = [row for row in rows_ if row.hamlet_id == line.hamlet_id]
            rows_ = here or [row for row in rows_ if row.hamlet_id is None]
    rows_ = [row for row in rows_ if row.pk not in keyed]
    if len(rows_) > 1:
        return _("Trong sổ có %(count)s dòng cùng tên. Hãy tải danh sách từ sổ về, sửa rồi tải lên.") % {
            "count": len(rows_)
        }, None
    return "", rows_[0] if rows_ else None


def _twice(kind, line, there, seen, scene) -> str:
    """Why a line repeats an earlier one of the file."""
    keys = [("row", there.pk)] if there else []
    key = kind.key(line.values, scene)
    # The register itself may have two of one name; their own downloaded rows are no mistake of the list.
    stands = bool(line.identity and there and kind.key_of(there) == key)
    keys.append((key, line.hamlet_id if kind.profile in ("clan", "organisation") else None))
    for one in keys[:1] if stands else keys:
        first = seen.get(one)
        if first:
            return _("Trùng với dòng %(row)s trong tệp (%(name)s).") % {"row": first.number, "name": first.name}
    for one in keys:
        seen.setdefault(one, line)
    return ""


def differs(name: str, told: object, stored: object) -> bool:
    """Does a row correct what is stored? A spelling without marks or in other capitals corrects nothing."""
    if name == "phone" and stored:
        stored = phones.plain(stored)
    if isinstance(told, str) and isinstance(stored, str):
        if not told or told == stored:
            return False
        if fold(told) != fold(stored):
            return True
        return told.lower() != stored.lower() and (not told.isascii() or stored.isascii())
    return told != stored


def _compare(kind: KindList, line: Line, there: Registrant) -> None:
    stored = kind.stored(there)
    line.registrant_id = there.pk
    # Numbers of a year nobody reported are stored as nothing at all.
    line.before = {
        name: stored.get(name)
        for name, told in line.values.items()
        if (name in stored or "_20" in name) and differs(name, told, stored.get(name))
    }
    if "id_hash" in line.before:
        line.before.setdefault("id_last4", stored["id_last4"])
    if not line.before:
        line.verdict, line.before = RowVerdict.UNCHANGED, None
        return
    fault, where = _fault(kind, {**stored, **{name: line.values[name] for name in line.before}})
    if fault:
        line.before, line.like, line.registrant_id = None, there.pk, None
        line.refuse(where, fault)
    else:
        line.verdict = RowVerdict.CHANGED


def _new(kind: KindList, line: Line, gone: dict, scene: Scene) -> None:
    labels = {one.name: one.label for one in kind.fields}
    missing = [name for name in kind.needed if line.values.get(name) in (None, "")]
    if missing:
        words = [str(labels[name]).lower() for name in missing]
        line.reasons = [_("Thiếu %(label)s.") % {"label": ", ".join(words)}]
        line.cells |= {name: _("Thiếu %(label)s.") % {"label": word} for name, word in zip(missing, words, strict=True)}
        return
    fault, where = _fault(kind, line.values)
    if fault:
        line.refuse(where, fault)
        return
    reason, like = kind.alike(line, scene)
    if not reason:
        reason, like = _namesake(kind, line, gone, scene)
    if reason:
        line.verdict, line.reasons, line.like = RowVerdict.DUPLICATE, [reason], like.pk
    else:
        line.verdict = RowVerdict.ADDED


def _namesake(kind, line, gone, scene) -> tuple[str, Registrant | None]:
    left = gone.get(kind.key(line.values, scene))
    if left:
        return _("“%(name)s” đã ra khỏi sổ ngày %(day)s. Nếu vẫn là nơi đó, hãy mở lại trong sổ.") % {
            "name": left.name,
            "day": left.closed_on.strftime("%d/%m/%Y"),
        }, left
    if kind.profile in ("clan", "organisation"):
        for row in scene.namesakes(line.name):
            if row.is_open:
                return _("Trong phường, xã đã có “%(name)s” ở %(place)s.") % {
                    "name": row.name,
                    "place": row.place.name,
                }, row
    return "", None


def _fault(kind: KindList, values: dict) -> tuple[str, str]:
    """What the register itself would say to these values, and about which field."""
    if kind.book is None:
        return "", ""
    registrant = Registrant(kind=kind.kind, name=values.get("name", ""), note=values.get("note", ""))
    profile = kind.book.profile(**{name: values[name] for name in kind.profile_fields(values)})
    if kind.profile == "citizen":
        profile.household_id = 1  # where one is counted was looked at before
    try:
        check_values(kind.book, registrant, profile)
    except RegisterError as error:
        return error.message, error.field
    return "", ""


def keep(lines: list[Line], kind: KindList, batch: ImportBatch) -> None:
    """Write the judged lines as the batch's rows."""
    ImportRow.objects.bulk_create(
        (
            ImportRow(
                batch=batch,
                sheet=line.sheet[:120],
                row_no=line.number,
                raw=[rows.text_of(value) for value in line.raw]
                if line.verdict in (RowVerdict.REFUSED, RowVerdict.DUPLICATE)
                else [],
                name=line.name[:300],
                search_name=fold(line.name)[:200],
                sort_key=natural_key(line.name)[:300],
                hamlet_id=line.hamlet_id,
                hamlet_text=line.hamlet_text,
                note=line.values.get("note", ""),
                values=line.values,
                verdict=line.verdict,
                reasons=line.reasons,
                registrant_id=line.registrant_id if line.verdict != RowVerdict.REFUSED else None,
                before=line.before or ({"like": line.like} if line.like else None),
            )
            for line in lines
        ),
        batch_size=2000,
    )


def no_rows(kind: KindList) -> Unreadable:
    """The sentence for a list that has a heading and nothing below it."""
    return Unreadable(_("Dưới dòng tiêu đề không có %(noun)s nào. Hãy kiểm tra lại tệp.") % {"noun": kind.noun})
