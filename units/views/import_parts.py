"""What the import pages say differently for each kind: its words, its columns, and what a template is filled with."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.numbers import number
from units.choices import REGISTER_KEEPERS, ImportState, Level, Poverty, RegistrantKind, RowVerdict
from units.domain.importing.checking import PROFILE_FIELDS, REGISTRANT_FIELDS
from units.domain.importing.headings import FIELD_LABELS
from units.domain.importing.kinds import KINDS, list_of, list_of_kind
from units.import_templates import MOST_NAMES, Known
from units.models import ImportBatch, ImportRow, Registrant
from units.views.browse import places_kept_by

_LABELS = {**FIELD_LABELS, "group_name": FIELD_LABELS["group"]}
_TYPED_NUMBERS = ("fund", "staff", "learners")


@dataclass(frozen=True)
class Words:
    """How the pages speak of a kind. `list_url`, `detail_url`: names of its pages."""

    kind: str
    title: object
    noun: object
    name_label: object
    slug: str

    @property
    def list_url(self) -> str:
        return f"units:{self.slug}-place"

    @property
    def detail_url(self) -> str:
        return f"units:{self.slug}-detail"


def words_of(kind: str) -> Words:
    """The words of a kind."""
    found = list_of_kind(kind)
    if found is None:
        return Words(
            RegistrantKind.HOUSEHOLD,
            gettext_lazy("Hộ gia đình"),
            gettext_lazy("hộ"),
            gettext_lazy("Họ tên chủ hộ"),
            "household",
        )
    name = next(one.label for one in found.fields if one.name == "name")
    return Words(found.kind, found.title, found.noun, name, found.slug)


def asked_kind(request: HttpRequest) -> str:
    """The kind a page is asked for (?loai=); households when it is none the import knows."""
    kind = request.GET.get("loai")
    return kind if kind in KINDS else RegistrantKind.HOUSEHOLD


def kind_tabs(request: HttpRequest, chosen: str) -> list[dict]:
    """The choice of kind as tabs; what else the address says is kept."""
    tabs = []
    for kind in KINDS:
        query = request.GET.copy()
        query["loai"] = kind
        tabs.append({"label": words_of(kind).title, "url": f"?{query.urlencode()}", "active": kind == chosen})
    return tabs


def known_names(request: HttpRequest, kind: str) -> Known:
    """What a template of this kind offers in its drop-downs, of the places the person keeps."""
    kept = places_kept_by(request.user, REGISTER_KEEPERS)
    hamlets = kept.filter(level=Level.HAMLET).current().order_by("commune__sort_key", "sort_key")
    known = Known(hamlets=list(dict.fromkeys(hamlets.values_list("name", flat=True)[:MOST_NAMES])))
    if kind == RegistrantKind.CITIZEN:
        known.organisations = _names(request, RegistrantKind.ORGANISATION)
    elif kind == RegistrantKind.CLAN:
        known.clans = _names(request, RegistrantKind.CLAN)
    elif kind == RegistrantKind.COMMUNITY:
        wards = kept.filter(level=Level.COMMUNE).current().order_by("sort_key")
        known.communities = [*wards.values_list("name", flat=True)[:10], *known.hamlets]
    return known


def _names(request: HttpRequest, kind: str) -> list[str]:
    rows = Registrant.objects.visible_to(request.user).open().filter(kind=kind).order_by("sort_key")
    return list(dict.fromkeys(rows.values_list("name", flat=True)[:MOST_NAMES]))


# --- Rows of the preview


def columns_of(batch: ImportBatch) -> list:
    """Columns the list has besides the name, in the order its kind names them. None for households."""
    kind = list_of(batch)
    told = set(batch.mapping.get("fields", []))
    told |= {"address"} if batch.kind == RegistrantKind.CLAN and "household" in told else set()
    return [one for one in kind.all_fields(batch) if one.name in told and one.name != "name"] if kind else []


def _value(row: ImportRow, one, year: int) -> object:
    """What a row says in a column, as people read it."""
    values = row.values or {}
    if one.name == "hamlet":
        return row.hamlet.name if row.hamlet else row.hamlet_text
    if one.name == "id_number":
        value = values.get("id_last4")
    else:
        value = values.get(one.name, values.get(f"{one.name}_{year}"))
    return shown(one, value)


def shown(one, value: object) -> object:
    """A value of a column as the preview prints it."""
    if value in (None, ""):
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and one.name.startswith(_TYPED_NUMBERS):
        return number(value)
    return one.shown(value)


def describe(rows: list[ImportRow], batch: ImportBatch, columns: list) -> None:
    """Give rows of another kind than households what the table draws: `told`, in the order of the columns."""
    for row in rows:
        row.told = [(one, _value(row, one, batch.year)) for one in columns]


def link_rows(rows: list[ImportRow], batch: ImportBatch, words: Words, group: str) -> None:
    """Address of the record a row means, where there is one."""
    there = group in (RowVerdict.UNCHANGED, RowVerdict.CHANGED) or (
        batch.state == ImportState.DONE and group == RowVerdict.ADDED
    )
    kind = list_of(batch)
    for row in rows:
        # A row of the families' sheet means a household.
        is_part = kind is not None and kind.is_part(row.values or {})
        name = "units:household-detail" if is_part else words.detail_url
        row.url = reverse(name, args=[row.registrant_id]) if there and row.registrant_id else ""


def changes_of(row: ImportRow, batch: ImportBatch) -> list[dict]:
    """What an import changes in a record: label, before, after."""
    kind, before = list_of(batch), row.before or {}
    if kind:
        return [
            {
                "label": one.label,
                "before": shown(one, before[one.name]),
                "after": shown(one, (row.values or {}).get(one.name)),
            }
            for one in kind.all_fields(batch)
            if one.name in before
        ] + ([_number_change()] if "id_hash" in before else [])
    changes = []
    for name in (*REGISTRANT_FIELDS, *PROFILE_FIELDS):
        if name in before:
            pair = [before[name], getattr(row, name)]
            if name == "poverty":
                pair = [dict(Poverty.choices).get(value, value) for value in pair]
            changes.append({"label": _LABELS[name], "before": pair[0], "after": pair[1]})
    return changes


def _number_change() -> dict:
    return {"label": _("Số căn cước"), "before": "", "after": _("ghi lại")}
