"""Components. A builtin library: no {% load %} is needed. Every one of them is shown on /styleguide/.

Two kinds: plain tags  `{% badge label tone="success" %}`  and block tags that wrap content
`{% panel title=… %}…{% endpanel %}`. Markup stands in templates/components/<tag>.html, whose header
comment lists the arguments. Items of lists may be dicts, dataclasses or model objects: templates read
them with a dot.
"""

from decimal import Decimal
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.encoding import force_str
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from portal.lib import numbers, phones, years
from portal.lib.charts import Chart
from portal.lib.npm import icon_markup

register = template.Library()

# Tone → icon, so that a tone is never told by colour alone.
TONE_ICONS = {
    "neutral": "circle",
    "info": "info-circle",
    "success": "check-circle-fill",
    "warning": "exclamation-triangle-fill",
    "danger": "x-circle-fill",
    "accent": "star-fill",
    "muted": "dash-circle",
    "todo": "circle",
    "current": "arrow-right-circle-fill",
}
# Django message level → tone.
MESSAGE_TONES = {"debug": "neutral", "info": "info", "success": "success", "warning": "warning", "error": "danger"}


# --- Small things


# Icons and badges stand in every row of every list: the finished markup is kept (both depend on their words alone).


@register.simple_tag
def icon(name, label="", css=""):
    """Bootstrap icon `name`, inline. With `label` it is an image for screen readers, otherwise decoration."""
    return _icon(str(name), str(label), str(css))


@lru_cache(maxsize=1024)
def _icon(name: str, label: str, css: str):
    role = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon {}" viewBox="0 0 16 16" focusable="false" {}>{}</svg>',
        css,
        role,
        mark_safe(icon_markup(name)),
    )


@register.simple_tag(takes_context=True)
def here_in_year(context, year):
    """Address for a form about one year: this page with that year named, whatever the year switch says when it is sent
    (it may have been turned in another window)."""
    request = context["request"]
    query = request.GET.copy()
    query[years.PARAM] = year
    return f"{request.path}?{query.urlencode()}"


@register.simple_tag
def badge(label, tone=None, icon=None):
    """Status tag: a word, a tone and an icon. `label` may be a choices member that has `.label` and `.tone`."""
    tone = force_str(tone or getattr(label, "tone", "neutral"))
    return _badge(force_str(getattr(label, "label", label)), tone, icon or TONE_ICONS.get(tone, "circle"))


@lru_cache(maxsize=1024)
def _badge(label: str, tone: str, icon: str):
    return mark_safe(render_to_string("components/badge.html", {"label": label, "tone": tone, "icon": icon}).strip())


@register.inclusion_tag("components/provisional.html")
def provisional(source="", note="", short=False):
    """Mark beside a fact not yet compared with the original document. Opens to show `source` and `note`."""
    return {"source": source, "note": note, "short": short}


@register.inclusion_tag("components/progress_bar.html")
def progress_bar(value, maximum=100, label="", text=""):
    """How far something is: `value` of `maximum`. `text` replaces the percentage beside the bar."""
    return {
        "value": numbers.machine(value or 0),
        "maximum": numbers.machine(maximum or 1),
        "label": label,
        "text": text or numbers.percent(value or 0, maximum, places=0),
    }


# --- Records


@register.inclusion_tag("components/summary_list.html")
def summary_list(items, columns=1):
    """Key facts. `items`: (label, value) or (label, value, hint); empty values show as a dash. `columns`: 1 or 2."""
    rows = [{"label": row[0], "value": row[1], "hint": row[2] if len(row) > 2 else ""} for row in items]
    return {"rows": rows, "columns": columns}


@register.inclusion_tag("components/stat_tile.html")
def stat_tile(label, value, url="", hint="", unit="", target="", delta="", delta_tone="neutral", tone="", explain=""):
    """A number that is a link to what it counts. Numbers are formatted; `delta` is text such as "+120 so với 2025"."""
    return {
        "label": label,
        "value": value if isinstance(value, str) else numbers.number(value),
        "url": url,
        "hint": hint,
        "unit": unit,
        "target": target,
        "delta": delta,
        "delta_tone": delta_tone,
        "explain": explain,
        "delta_icon": {"success": "arrow-up-right", "danger": "arrow-down-right"}.get(delta_tone, "arrow-right"),
        "tone": tone,
    }


@register.inclusion_tag("components/steps_bar.html")
def steps_bar(steps, label=""):
    """Chain of steps. Each: label, state (done, current, todo, returned, refused, skipped), hint (date, person)."""
    return {"steps": steps, "label": label or _("Các bước của hồ sơ")}


@register.inclusion_tag("components/timeline.html")
def timeline(entries, empty=""):
    """History, newest first. Entries: title [at, actor, text, tone, changes (field, before, after)]."""
    return {"entries": entries, "empty": empty or _("Chưa có thay đổi nào được ghi.")}


@register.inclusion_tag("components/place_breadcrumb.html")
def place_breadcrumb(place, url_name="units:place-detail", current="", query="", nation=""):
    """Where a thing is: province › … › place, as they stood at the time. `current`: last crumb, not a link.
    `query`: what every address carries along, for example "?nam=2026"; `nation`: name of the nation's own page."""
    crumbs = [{"label": _("Cả nước"), "url": reverse(nation) + query}] if nation else []
    for step in [*place.ancestors, place] if place else []:
        try:
            url = reverse(url_name, args=[step.pk]) + query
        except NoReverseMatch:
            url = ""
        crumbs.append({"label": force_str(step), "url": url})
    return {"crumbs": crumbs, "current": current}


@register.inclusion_tag("components/tab_links.html")
def tab_links(tabs, label=""):
    """Tabs that are plain links. Each: label, url, active, count (optional)."""
    return {"tabs": tabs, "label": label or _("Các phần của trang")}


# --- Tables


@register.inclusion_tag("components/sort_header.html")
def sort_header(listing, key, label, numeric=False):
    """Table heading that sorts. `key` is one of the listing's allowed sorts; otherwise a plain heading."""
    return {"label": label, "numeric": numeric, **listing.sort_state(key)}


@register.inclusion_tag("components/filter_chips.html")
def filter_chips(listing):
    """Filters in force, each with a link that takes it off."""
    return {"chips": listing.chips, "clear_url": listing.clear_url}


@register.inclusion_tag("components/filter_form.html", takes_context=True)
def filter_form(context, listing, label="", fold=True):
    """The listing's filter form, visible above the table. GET; the page number starts again. On a phone only the first
    field stands open, unless `fold` is off."""
    return {"listing": listing, "form": listing.form, "label": label or _("Tìm và lọc"), "fold": fold}


@register.inclusion_tag("components/pagination.html")
def pagination(listing):
    """Shown range and links to other pages. Without a known total: previous and next only."""
    return {"listing": listing}


@register.inclusion_tag("components/empty_state.html")
def empty_state(title, text="", action_url="", action_label="", icon="inbox"):
    """Nothing to show: says why and what to do next."""
    return {"title": title, "text": text, "action_url": action_url, "action_label": action_label, "icon": icon}


# --- Forms and messages


@register.inclusion_tag("components/error_summary.html")
def error_summary(form, title="", also=None):
    """All errors of a bound form on top of it, each linking to its field. Nothing for a form without errors.

    also: a second form of the same page, told in the same list.
    """
    rows = []
    for one in (form, also):
        if one is None or not one.is_bound or not one.errors:
            continue
        rows += [{"label": "", "text": text, "target": ""} for text in one.non_field_errors()]
        for field in one:
            target = field.id_for_label or (f"{field.auto_id}_0" if field.auto_id else "")  # a group: its first choice
            rows += [{"label": field.label, "text": text, "target": target} for text in field.errors]
    return {"rows": rows, "title": title or _("Chưa lưu được. Hãy sửa những chỗ sau:")}


@register.inclusion_tag("components/file_drop.html")
def file_drop(field, hint="", accept=".xlsx,.xls,.ods,.csv"):
    """File field one can drop a file on. Works as a plain file button without JavaScript."""
    return {"field": field, "hint": hint or field.help_text, "accept": accept}


def _chart_cell(one: dict, position: int, unit) -> dict:
    """A value of a chart's table; shares with two decimals, as everywhere else."""
    value, urls = one["values"][position], one.get("urls") or ()
    text = numbers.number(value, 2) if str(unit) == "%" and isinstance(value, Decimal) else numbers.number(value)
    return {"text": text, "url": urls[position] if urls and value is not None else ""}


@register.inclusion_tag("components/chart.html")
def chart(kind, title="", labels=(), series=(), chart_id="", unit="", note="", rows_label="", **options):
    """Chart with its table: {% chart chart_object %} (portal.lib.charts.Chart) or the parts one by one.

    kind: bar, hbar, stacked, line, donut. `labels`: categories; `series`: list of {"name", "values"[, "target": True]};
    None values are gaps. `chart_id` must be unique on the page. options: open_table, height (sm, md)."""
    if isinstance(kind, Chart):
        one = kind
        series = [{"name": s.name, "values": s.values, "target": s.target, "urls": s.urls} for s in one.series]
        options = {"height": one.height, **options}
        kind, title, labels, chart_id, unit = one.kind, one.title, one.labels, one.key, one.unit
        note, rows_label = one.note, one.rows_label
    body = [
        {"label": text, "cells": [_chart_cell(one, position, unit) for one in series]}
        for position, text in enumerate(labels)
    ]
    data = {
        "kind": kind,
        "title": force_str(title),
        "unit": force_str(unit),
        "labels": [force_str(text) for text in labels],
        "series": [
            {
                "name": force_str(one["name"]),
                "values": [numbers.machine(v) for v in one["values"]],
                "target": bool(one.get("target")),
            }
            for one in series
        ],
    }
    return {
        "chart_id": chart_id,
        "data_id": f"{chart_id}-data",
        "title": title,
        "unit": unit,
        "note": note,
        "height": options.get("height", "md"),
        "data": data,
        "head": [one["name"] for one in series],
        "rows_label": rows_label or _("Mục"),
        "body": body,
        "open_table": options.get("open_table", False),
    }


def _block(name):
    """Register a block tag whose template gets the wrapped content as `content`."""

    def build(func):
        def tag(context, content, *args, **kwargs):
            data = func(*args, **kwargs)
            return render_to_string(
                f"components/{name}.html", {**data, "content": content, "csrf_token": context.get("csrf_token")}
            )

        tag.__doc__ = func.__doc__
        register.simple_block_tag(tag, takes_context=True, name=name)
        return func

    return build


@_block("page_header")
def page_header(title, lead="", place=None, count=None, badge=None, badge_tone=None, back_url="", back_label=""):
    """Head of every page: the only h1. Content: action buttons (primary one first)."""
    return {
        "title": title,
        "lead": lead,
        "place": place,
        "count": None if count is None else numbers.number(count),
        "badge": badge,
        "badge_tone": badge_tone,
        "back_url": back_url,
        "back_label": back_label or _("Quay lại"),
    }


@_block("panel")
def panel(title="", hint="", url="", url_label="", css=""):
    """White surface with a heading. `url`: a link at its right, e.g. "Xem tất cả"."""
    return {"title": title, "hint": hint, "url": url, "url_label": url_label or _("Xem tất cả"), "css": css}


@_block("notice")
def notice(tone="info", title="", icon=""):
    """A message in the page: info, success, warning, danger, neutral."""
    return {"tone": tone, "title": title, "icon": icon or TONE_ICONS.get(tone, "info-circle")}


@_block("confirm_panel")
def confirm_panel(title, button, action="", cancel_url="", tone="primary", fields=None, form_id=""):
    """Last look before something final: content lists what will happen, the button posts `fields` (name, value)."""
    return {
        "title": title,
        "button": button,
        "action": action,
        "cancel_url": cancel_url,
        "tone": tone,
        "fields": fields or [],
        "form_id": form_id,
    }


@_block("bulk_bar")
def bulk_bar(form_id="", noun=""):
    """Bar that stays in sight while rows are ticked (checkboxes with class js-row). Content: buttons."""
    return {"form_id": form_id, "noun": noun or _("dòng")}


@_block("table_wrap")
def table_wrap(label, css=""):
    """Scrolling frame for a wide table; reachable by keyboard. `label` names it for screen readers."""
    return {"label": label, "css": css}


@_block("disclosure")
def disclosure(title, is_open=False, css=""):
    """Folded text or table that opens on demand, also without JavaScript."""
    return {"title": title, "is_open": is_open, "css": css}


# --- Filters: cheap Vietnamese numbers (Django's own localisation is slow inside big tables).

register.filter("number", numbers.number)
register.filter("phone", phones.shown)
register.filter("percent", numbers.percent_value)
register.filter("points", numbers.points)


@register.filter
def dash(value):
    """The value, or an en dash when there is none. Zero is a value."""
    return "–" if value is None or value == "" else value


@register.filter
def message_tone(level_tag):
    """Tone of a Django message level."""
    return MESSAGE_TONES.get(level_tag, "info")
