"""One list page: filter form + allowed sorts + paging → one Listing object that the table components read.

    listing = Listing(
        request, Household.objects.visible_to(request.user), form_class=HouseholdFilterForm,
        sorts={"name": ("sort_key", "id"), "points": ("-total", "id")}, default_sort="name",
        apply=lambda rows, data: rows.search(data["q"]) if data["q"] else rows, total=tally.households,
    )
    return render(request, "…", {"listing": listing})

Everything lives in the URL (?q=…&xep=-name&trang=2). Rows are fetched once, one more than the page, so no count(*)
is needed; give `total` (a number from a tally, or a function called only when a page is shown) to show page numbers.
`keyset=True` pages by the last row's sort values instead of an offset: for lists of a province or the nation.
"""

import json
from collections.abc import Callable
from functools import cached_property
from urllib.parse import urlencode

from django.core.signing import BadSignature, Signer
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

PAGE, SORT, AFTER, BEFORE = "trang", "xep", "sau", "truoc"
MAX_OFFSET_PAGE = 400  # nobody reads further; a robot that asks for page 10^9 must not cost a scan
_signer = Signer(salt="portal.listing")


class Listing:
    """Rows of one page with everything the components need: form, chips, sort links, page links."""

    def __init__(
        self,
        request,
        queryset,
        *,
        form_class=None,
        form_kwargs: dict | None = None,
        apply: Callable | None = None,
        sorts: dict[str, tuple[str, ...]] | None = None,
        default_sort: str = "",
        page_size: int = 50,
        total: int | Callable | None = None,
        keyset: bool = False,
    ):
        self.params = request.GET
        self.path = request.path
        self.page_size = page_size
        self.keyset = keyset
        self.sorts = sorts or {}
        self.default_sort = default_sort
        self._total = total
        self.form = form_class(self.params or None, **(form_kwargs or {})) if form_class else None
        self.filters = self._read_form()
        self.queryset = apply(queryset, self.filters) if apply else queryset
        order = self.order_fields
        if order:
            self.queryset = self.queryset.order_by(*order)

    # --- Filters

    def _read_form(self) -> dict:
        """Cleaned values; a field with an error counts as empty, so a bad address still shows a list."""
        if self.form is None:
            return {}
        if not self.form.is_bound:
            return {name: self.form.get_initial_for_field(field, name) for name, field in self.form.fields.items()}
        self.form.is_valid()
        return {name: self.form.cleaned_data.get(name) for name in self.form.fields}

    @cached_property
    def chips(self) -> list[dict]:
        """Filters in force: label, value as people read it, link that removes it."""
        if self.form is None or not self.form.is_bound:
            return []
        chips = []
        for bound in self.form:
            value = self.filters.get(bound.name)
            if value in (None, "", [], False) or bound.is_hidden:
                continue
            chips.append(
                {
                    "label": bound.label,
                    "value": _readable(bound.field, value),
                    "remove_url": self.url(**{bound.html_name: None, PAGE: None, AFTER: None, BEFORE: None}),
                }
            )
        return chips

    @property
    def clear_url(self) -> str:
        """The list without filters, same sort."""
        return self.path + (f"?{urlencode({SORT: self.sort})}" if self.params.get(SORT) else "")

    @property
    def kept_params(self) -> list[tuple[str, str]]:
        """What the filter form must carry along besides its own fields: the sort."""
        return [(SORT, self.sort)] if self.params.get(SORT) else []

    # --- Sort

    @cached_property
    def sort(self) -> str:
        """Sort in force: a key of `sorts`, with "-" in front when reversed. Unknown ones are ignored."""
        asked = self.params.get(SORT, "")
        return asked if asked.removeprefix("-") in self.sorts else self.default_sort

    @property
    def order_fields(self) -> list[str]:
        """ORM ordering of the sort in force."""
        fields = self.sorts.get(self.sort.removeprefix("-"), ())
        return [_flip(name) for name in fields] if self.sort.startswith("-") else list(fields)

    def sort_state(self, key: str) -> dict:
        """url and direction ("asc", "desc", "") for a heading; no url when the key cannot be sorted by."""
        if key not in self.sorts:
            return {"url": "", "direction": ""}
        direction = {key: "asc", f"-{key}": "desc"}.get(self.sort, "")
        target = f"-{key}" if direction == "asc" else key
        return {"url": self.url(**{SORT: target, PAGE: None, AFTER: None, BEFORE: None}), "direction": direction}

    # --- Page

    @cached_property
    def page(self) -> int:
        """Page number, from 1."""
        try:
            return min(max(int(self.params.get(PAGE, 1)), 1), MAX_OFFSET_PAGE)
        except ValueError:
            return 1

    @cached_property
    def _fetched(self) -> tuple[list, bool, bool]:
        """(rows, is there a previous page, is there a next one)."""
        if not self.keyset:
            start = (self.page - 1) * self.page_size
            rows = list(self.queryset[start : start + self.page_size + 1])
            return rows[: self.page_size], self.page > 1, len(rows) > self.page_size
        order = self.order_fields
        after, before = _open(self.params.get(AFTER), order), _open(self.params.get(BEFORE), order)
        if before is not None:
            flipped = [_flip(name) for name in order]
            rows = list(self.queryset.filter(_beyond(flipped, before)).order_by(*flipped)[: self.page_size + 1])
            return rows[: self.page_size][::-1], len(rows) > self.page_size, True
        queryset = self.queryset if after is None else self.queryset.filter(_beyond(order, after))
        rows = list(queryset[: self.page_size + 1])
        return rows[: self.page_size], after is not None, len(rows) > self.page_size

    @property
    def rows(self) -> list:
        """Rows of this page."""
        return self._fetched[0]

    def __iter__(self):
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def total(self) -> int | None:
        """How many rows there are, when known without counting a big table."""
        if self._total is None and not self.keyset and not self._fetched[2]:
            return (self.page - 1) * self.page_size + len(self.rows) if self.rows or self.page == 1 else None
        return self._total() if callable(self._total) else self._total

    @property
    def is_filtered(self) -> bool:
        """True when an empty list is empty because of the filters."""
        return bool(self.chips)

    @property
    def first_row(self) -> int:
        return 0 if self.keyset or not self.rows else (self.page - 1) * self.page_size + 1

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.rows) - 1

    @property
    def previous_url(self) -> str:
        if not self._fetched[1]:
            return ""
        return self._beside(BEFORE, self.rows[0] if self.rows else None, self.page - 1)

    @property
    def next_url(self) -> str:
        return self._beside(AFTER, self.rows[-1], self.page + 1) if self._fetched[2] and self.rows else ""

    def _beside(self, side: str, row, page: int) -> str:
        if not self.keyset:
            return self.url(**{PAGE: page if page > 1 else None})
        if row is None:
            return self.url(**{AFTER: None, BEFORE: None})
        other = BEFORE if side == AFTER else AFTER
        return self.url(**{side: _seal(row, self.order_fields), other: None})

    @cached_property
    def page_links(self) -> list[dict]:
        """Numbered links round the current page; only when the total is known."""
        if self.keyset or self.total is None:
            return []
        last = min(max(-(-self.total // self.page_size), 1), MAX_OFFSET_PAGE)
        if last == 1:
            return []
        numbers = sorted(n for n in {1, last, self.page - 1, self.page, self.page + 1} if 1 <= n <= last)
        links, before = [], 0
        for number in numbers:
            if number > before + 1:
                links.append({"gap": True})
            links.append(
                {
                    "number": number,
                    "current": number == self.page,
                    "url": self.url(**{PAGE: number if number > 1 else None}),
                }
            )
            before = number
        return links

    def url(self, **changes) -> str:
        """This list's address with some parameters changed; None takes one away."""
        params = self.params.copy()
        for name, value in changes.items():
            params.pop(name, None)
            if value not in (None, ""):
                params[name] = value
        text = params.urlencode()
        return f"{self.path}?{text}" if text else self.path


def offer_rows(form, name: str, rows) -> None:
    """Choices of a filter field: all, then `rows` (pk, name) one by one; without rows the field goes."""
    if rows:
        form.fields[name].choices = [("", _("Tất cả")), *((row.pk, row.name) for row in rows)]
    else:
        del form.fields[name]


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _readable(field, value) -> str:
    """A cleaned filter value in words: the label of a choice, a date as 31/12/2026, "có" for a tick."""
    choices = dict(getattr(field, "choices", None) or {}) if not hasattr(field, "queryset") else {}
    if isinstance(value, list | tuple):
        return ", ".join(str(choices.get(one, one)) for one in value)
    if value is True:
        return _("có")
    if hasattr(value, "strftime"):
        return date_format(value, "SHORT_DATE_FORMAT")
    return str(choices.get(value, value))


def _value(row, name: str):
    for part in name.removeprefix("-").split("__"):
        row = row[part] if isinstance(row, dict) else getattr(row, part)
    return row


def _seal(row, order: list[str]) -> str:
    """Signed sort values of a row: signed, so an address cannot ask for odd comparisons."""
    return _signer.sign(json.dumps([_value(row, name) for name in order], ensure_ascii=False, default=str))


def _open(text: str | None, order: list[str]) -> list | None:
    """Sort values from the address; None when absent, altered, or written for another sort."""
    if not text:
        return None
    try:
        values = json.loads(_signer.unsign(text))
    except (BadSignature, ValueError):
        return None
    return values if len(values) == len(order) else None


def _beyond(order: list[str], values: list) -> Q:
    """Rows that come after `values` in `order`. The outer bound lets PostgreSQL start inside the index."""
    first = order[0]
    condition, equal = Q(), {}
    for name, value in zip(order, values, strict=True):
        column, operator = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        condition |= Q(**equal, **{f"{column}__{operator}": value})
        equal[column] = value
    return Q(**{f"{first.removeprefix('-')}__{'lte' if first.startswith('-') else 'gte'}": values[0]}) & condition
