"""What the yearly work adds to the pages of a registrant and of a place, and to imports."""

from __future__ import annotations

import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.lib.years import current_year
from recognition.choices import LearningModel, State
from recognition.domain.registering import register_imported, unregister_imported
from recognition.domain.rulebooks import rulebook_for
from recognition.models import Registration
from recognition.rules import may_register
from recognition.views import figure_links
from recognition.views.registering import managing_level, models_for
from units.choices import Level, RegistrantKind


def recognitions_of(request, registrant) -> dict | None:
    """Dossiers of a registrant by year, newest first, and a way to register it this year."""
    models = models_for(registrant)
    rows = list(
        Registration.objects.visible_to(request.user)
        .filter(registrant=registrant)
        .select_related("award__decision", "hamlet", "commune", "district", "province")
        .order_by("-year", "model", "-pk")
    )
    if not models and not rows:
        return None
    year = current_year(request)
    live = {(row.model, row.year) for row in rows if row.state != State.WITHDRAWN}
    register_url, no_rulebook = "", False
    if registrant.is_open and models and (models[0], year) not in live:
        rulebook = rulebook_for(models[0], year, registrant.province, managing_level(registrant))
        no_rulebook = rulebook is None
        if rulebook and may_register(request.user, rulebook, year, registrant.place):
            register_url = f"{reverse('recognition:registration-create', args=[registrant.pk])}?nam={year}"
    return {
        "template": "recognition/_registrant_panel.html",
        "context": {
            "rows": rows,
            "year": year,
            "register_url": register_url,
            "no_rulebook": no_rulebook,
            "missing_url": _missing_url(registrant, year),
        },
    }


def _missing_url(registrant, year: int) -> str:
    """Who is missing for a clan or a hamlet, ward to reach its mark; "" for everybody else."""
    if registrant.kind == RegistrantKind.CLAN:
        return f"{reverse('recognition:missing-clan', args=[registrant.pk])}?nam={year}"
    if registrant.kind == RegistrantKind.COMMUNITY and registrant.community.place.level in (
        Level.HAMLET,
        Level.COMMUNE,
    ):
        return f"{reverse('recognition:missing-place', args=[registrant.community.place_id])}?nam={year}"
    return ""


def figures_of(request, place) -> list[tuple[str, str, str]]:
    """A place's dashboard and table of families, in the last year it stood on 31 December. Open to everybody."""
    year = current_year(request)
    if place.valid_to is not None:
        year = min(year, (place.valid_to + datetime.timedelta(days=1)).year - 1)
    return [
        (figure_links.dashboard(place.pk, year, LearningModel.FAMILY), "bar-chart-line", _("Bảng theo dõi")),
        (figure_links.report("TK-01", place.pk, year), "table", _("Biểu TK-01")),
    ]


def register_from_list(*, batch, actor) -> dict[str, int]:
    """An import was confirmed: register the families its "đăng ký" column marks, when that was asked for."""
    if not batch.register:
        return {"registered": 0}
    return {"registered": len(register_imported(actor=actor, batch=batch).done)}


def unregister_from_list(*, batch, actor) -> dict[str, int]:
    """An import is taken back: so are its registrations, or the undo is refused with the sentence."""
    return {"unregistered": unregister_imported(actor=actor, batch=batch)}
