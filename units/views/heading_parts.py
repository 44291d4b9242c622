"""Headings matched by hand: those known in the wards a person keeps, and who taught or forgot which, when."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from units.choices import REGISTER_KEEPERS
from units.domain import importing
from units.domain.history import DELETE, INSERT, Entry, actor_of
from units.domain.importing.headings import IGNORED
from units.models import HeadingAlias, ImportBatch
from units.views import import_parts
from units.views.browse import places_kept_by

MOST_SHOWN = 100


def aliases(request: HttpRequest) -> QuerySet[HeadingAlias]:
    """Headings matched by hand in the wards the person keeps."""
    kept = places_kept_by(request.user, REGISTER_KEEPERS)
    return HeadingAlias.objects.filter(place__in=kept.values("pk")).select_related("place")


def told(request: HttpRequest) -> list[dict]:
    """Those known today, as alias, label (what it means) and title (of its kind)."""
    rows = aliases(request).order_by("place__sort_key", "kind", "heading_key")[:MOST_SHOWN]
    return [
        {"alias": one, "label": _label(one.kind, one.field), "title": import_parts.words_of(one.kind).title}
        for one in rows
    ]


def steps(request: HttpRequest) -> list[Entry]:
    """Who taught, changed or forgot a heading, newest first; also of headings nobody knows any more."""
    kept = places_kept_by(request.user, REGISTER_KEEPERS)
    events = HeadingAlias.events.rel.related_model.objects.filter(place__in=kept.values("pk"))
    events = events.select_related("pgh_context", "place").order_by("-pgh_id")[:MOST_SHOWN]
    return [_step(event) for event in events]


def _step(event) -> Entry:
    names = {"heading": event.heading_key, "meaning": _label(event.kind, event.field)}
    if event.pgh_label == DELETE:
        title, tone = _("Bỏ cách hiểu cột “%(heading)s” → %(meaning)s") % names, "danger"
    elif event.pgh_label == INSERT:
        title, tone = _("Học cột “%(heading)s” → %(meaning)s") % names, "success"
    else:
        title, tone = _("Học lại cột “%(heading)s” → %(meaning)s") % names, "info"
    where = f"{event.place.name} · {import_parts.words_of(event.kind).title}"
    return Entry(at=event.pgh_created_at, title=title, actor=actor_of(event), text=where, tone=tone)


def _label(kind: str, field: str) -> object:
    return {**importing.matchable(ImportBatch(kind=kind)), IGNORED: _("Bỏ qua cột này")}.get(field, field)
