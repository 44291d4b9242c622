"""Parts of a registrant's pages: facts, history titles, panels, refusals. Every kind uses them."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.lib import phones
from units import hooks
from units.domain import registrants as verbs
from units.domain.errors import ChangedMeanwhile, RegisterError
from units.domain.registrants import Book
from units.models import Registrant

CITIZENS_SHOWN = 50  # a household's fit; of a big school the first


def stays_of(registrant: Registrant) -> list:
    """Where it stood, newest first, without stays that ended on the day they began."""
    rows = registrant.stays.exclude(until=F("since")).select_related("hamlet", "commune")
    return list(rows.order_by("-since", "-id"))


def closing_facts(registrant: Registrant) -> list[tuple]:
    """Since when in the register, until when and why, note."""
    facts = [(_("Vào sổ từ ngày"), date_format(registrant.opened_on, "SHORT_DATE_FORMAT"))]
    if not registrant.is_open:
        closed_on = date_format(registrant.closed_on, "SHORT_DATE_FORMAT")
        facts.append((_("Ra khỏi sổ ngày"), closed_on, registrant.get_close_reason_display()))
    return [*facts, (_("Ghi chú"), registrant.note)]


def citizens_of(registrant: Registrant) -> dict:
    """Citizens counted at a household or organisation, for its page: the first ones and how many there are."""
    rows = verbs.people_of(registrant).open().select_related("citizen").order_by("sort_key", "pk")
    people = list(rows[: CITIZENS_SHOWN + 1])
    total = rows.count() if len(people) > CITIZENS_SHOWN else len(people)
    return {"citizens": people[:CITIZENS_SHOWN], "citizens_total": total}


def describe_step(before, event) -> tuple[str, str] | None:
    """Titles of the steps of a registrant's life; None for an ordinary correction."""
    if before is None:
        return None
    if before.closed_on is None and event.closed_on is not None:
        return _("Đưa ra khỏi sổ"), "warning"
    if before.closed_on is not None and event.closed_on is None:
        return _("Mở lại"), "success"
    if before.commune_id != event.commune_id:
        return _("Chuyển địa bàn"), "info"
    return None


def rendered_panels(request, registrant: Registrant) -> list:
    """Markup of what other apps add to a registrant's page."""
    panels = (panel(request, registrant) for panel in hooks.registrant_panels)
    return [
        render_to_string(panel["template"], panel.get("context"), request) if isinstance(panel, dict) else panel
        for panel in panels
        if panel
    ]


def conflict(error: ChangedMeanwhile, book: Book, form) -> dict:
    """What the page shows when somebody was faster: who, when, and both values of every field that differs."""
    rows = []
    for name, stored, typed in error.differences:
        if name == "id_hash":
            continue  # nothing anybody could read; its last digits are shown
        model = Registrant if name in ("name", "note") else book.profile
        choices = {} if name in ("name", "note", book.place_field) else dict(model._meta.get_field(name).flatchoices)
        label = form.fields[name].label if name in form.fields else model._meta.get_field(name).verbose_name
        both = {"stored": shown(stored, choices, name), "typed": shown(typed, choices, name)}
        rows.append({"label": capfirst(str(label)), **both})
    return {"message": error.message, "who": error.who, "when": error.when, "rows": rows}


def shown(value, choices: dict, name: str = "") -> str:
    """A value of the field `name` as people read it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("có") if value else _("không")
    return phones.shown(value) if name == "phone" else str(choices.get(value, value))


def show_refusal(form, error: RegisterError) -> None:
    """Put a verb's refusal beside the field it is about."""
    form.add_error(error.field if error.field in form.fields else None, error.message)


def set_hidden(form, name: str, value: str) -> None:
    """Put a value into a bound form's hidden field; what was typed stays."""
    form.data = form.data.copy()
    form.data[form.add_prefix(name)] = value


def clan_facts(user, registrant: Registrant) -> list[tuple]:
    """The clan the household is of, also one of another ward: whoever wants it to leave must know whom to ask."""
    rows = Registrant.objects.filter(clan__memberships__household=registrant.pk, clan__memberships__until__isnull=True)
    rows = rows.open()
    seen = Registrant.objects.visible_to(user).filter(pk=OuterRef("pk"))
    clan = rows.annotate(seen=Exists(seen)).select_related("commune").first()
    if clan is None:
        return []
    if clan.seen:
        shown = format_html('<a href="{}">{}</a>', reverse("units:clan-detail", args=[clan.pk]), clan.name)
    else:
        shown = f"{clan.name}, {clan.commune.name}"
    return [(_("Dòng họ"), shown)]
