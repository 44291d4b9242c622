"""A page of many dossiers is drawn by one version of the rules: points are kept in the order of its criteria."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.utils.translation import gettext as _

from recognition.models import Registration, Rulebook

ASKED, DRAWN = "ban", "rulebook"  # in the address; in the posted form


def version_of(request, rows: Sequence[Registration]) -> Rulebook | None:
    """The version a page of `rows` is drawn by: the one it was drawn by when it is posted, the asked one, else the one
    most dossiers stand under. None without rows, or when no dossier stands under the posted one any more.
    """
    counts = Counter(row.rulebook_id for row in rows)
    if not counts:
        return None
    drawn = request.POST.get(DRAWN, "")
    if drawn.isdecimal():
        return Rulebook.objects.get(pk=int(drawn)) if int(drawn) in counts else None
    asked = request.GET.get(ASKED, "")
    if asked.isdecimal() and int(asked) in counts:
        return Rulebook.objects.get(pk=int(asked))
    return Rulebook.objects.get(pk=max(counts, key=lambda pk: (counts[pk], pk)))


def rows_of(rulebook: Rulebook | None, rows: Sequence[Registration]) -> list[Registration]:
    """The dossiers that stand under the version; none without one."""
    return [row for row in rows if rulebook is not None and row.rulebook_id == rulebook.pk]


def version_tabs(request, rows: Sequence[Registration], chosen: Rulebook) -> list[dict]:
    """Tabs to the other versions; none where all dossiers stand under one."""
    counts = Counter(row.rulebook_id for row in rows)
    if len(counts) < 2:
        return []
    query = request.GET.copy()
    tabs = []
    for one in Rulebook.objects.filter(pk__in=list(counts)).defer("content").order_by("version"):
        query[ASKED] = str(one.pk)
        tabs.append(
            {
                "label": _("Phiên bản %(version)d") % {"version": one.version},
                "count": counts[one.pk],
                "url": f"{request.path}?{query.urlencode()}",
                "active": one.pk == chosen.pk,
            }
        )
    return tabs


def gone() -> str:
    """For somebody whose page was drawn by a version no dossier stands under any more."""
    return _("Các hồ sơ này vừa chuyển sang phiên bản khác của bộ tiêu chí nên chưa lưu gì. Hãy nhập lại ở đây.")
