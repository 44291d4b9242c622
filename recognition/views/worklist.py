"""A person's work list, and who below has not sent what is theirs."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.lib import work_count
from portal.lib.language import in_official_language
from recognition.choices import LearningModel
from recognition.domain.below import below
from recognition.domain.dashboards import DASHBOARD_MODELS
from recognition.domain.nudging import last_nudges, recent_nudges
from recognition.domain.reminders import unread
from recognition.domain.worklist import work_of
from recognition.views import figure_links
from recognition.views.not_yet import NOT_YET
from recognition.views.scope import own_places, own_tabs, place_or_404, year_of
from recognition.views.work_lines import clock_of, line_of
from units.choices import Level, Role
from units.rules import role_scope, scope_of

ABOVE = (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE)
NUDGERS = (Role.WARD_OFFICER, Role.WARD_CHAIR, Role.LEADER)
READERS = (Role.WARD_OFFICER, Role.WARD_CHAIR, Role.DECIDER, Role.INSPECTOR, Role.LEADER)


@require_safe
def work_list(request):
    """What waits for this person: counts, how long, until when, each line a link to exactly that list."""
    year, today = year_of(request), timezone.localdate()
    work = work_of(request.user.active_postings(), year, today)
    work_count.keep(request.user.pk, year, len(work))
    lines = [line_of(request.user, one, today) for one in work]
    place = _own_place_above(request.user)
    looks_down = place is not None or scope_of(request.user).everything
    context = {
        "year": year,
        "today": today,
        "lines": lines,
        "several": len({line.where for line in lines}) > 1,
        "late": sum(one.late for one in lines),
        "oldest": max((one.waiting or 0 for one in lines), default=0),
        "below_links": _summary(place, year, today) if looks_down else [],
        "below_place": place,
        "below_url": below_url(place, year, LearningModel.FAMILY) if looks_down else "",
        "unread": unread(request.user).count(),
    }
    return render(request, "recognition/work_list.html", context)


@require_safe
def work_badge(request):
    """The number beside the menu item, asked for by the menu when none is kept."""
    year = year_of(request)
    count = work_count.kept(request.user.pk, year)
    if count is None:
        count = len(work_of(request.user.active_postings(), year))
        work_count.keep(request.user.pk, year, count)
    return HttpResponse(render_to_string("portal/shell/work_count.html", {"count": count}))


@require_safe
def below_list(request, place_pk=None):
    """Places of the level below with what each has not sent."""
    place = _asked(request, place_pk)
    year, today = year_of(request), timezone.localdate()
    asked = request.GET.get("mo-hinh", "")
    model = LearningModel(asked) if asked in DASHBOARD_MODELS else LearningModel.FAMILY
    page = below(place, year, model, today)
    wanted = request.GET.get("thieu", "")
    rows = page.lacking(wanted) if wanted in page.steps else page.missing
    rows = sorted(rows, key=lambda row: not row.is_late(today))
    nudges = last_nudges([row.place.pk for row in rows], year, model)
    context = {
        "place": place,
        "year": year,
        "model": model,
        "rows": [_row(row, year, model, today, nudges.get(row.place.pk)) for row in rows],
        "nudges": [
            {"nudge": one, "things": ", ".join(str(NOT_YET[step]) for step in one.missing)}
            for one in recent_nudges(place, year, model)
        ],
        "text": _text_to_copy(place, rows, year, model, today),
        "may_nudge": _may_nudge_below(request.user, place),
        "all": len(page.rows),
        "missing": len(page.missing),
        "late": sum(row.is_late(today) for row in page.rows),
        "filters": _filters(page, place, year, model, wanted),
        "tabs": own_tabs(request.user, place, lambda one: below_url(one, year, model), *ABOVE),
        "model_tabs": [
            {"label": one.label, "url": below_url(place, year, one), "active": one == model} for one in DASHBOARD_MODELS
        ],
    }
    return render(request, "recognition/below_list.html", context)


def _asked(request, place_pk):
    """The place of the address, or the person's own. Only people who work above hamlets look down."""
    if place_pk is not None:
        place = place_or_404(request.user, place_pk, *ABOVE)
        if not role_scope(request.user, (*READERS, Role.ADMINISTRATOR)).covers(place):
            raise Http404
        return place
    place = _own_place_above(request.user)
    if place is None and not scope_of(request.user).everything:
        raise Http404
    return place


def _own_place_above(user):
    """The first place of the person's postings that has places below."""
    return next(iter(own_places(user, *ABOVE)), None)


def _summary(place, year, today) -> list[dict]:
    """How many places below lack what, for families; each a link to exactly those places."""
    page = below(place, year, LearningModel.FAMILY, today)
    found = []
    for step in page.steps:
        rows = page.lacking(step)
        if rows:
            missing = rows[0].lacks(step)
            found.append(
                {
                    "count": len(rows),
                    "all": len(page.rows),
                    "title": NOT_YET[step],
                    "url": below_url(place, year, LearningModel.FAMILY, step),
                    "clock": clock_of(missing.due, today),
                    "late": missing.is_late(today),
                }
            )
    return found


def below_url(place, year, model, step: str = "") -> str:
    """Address of the page for a place (None: the nation)."""
    name, args = ("recognition:below-list", [place.pk]) if place else ("recognition:below-home", [])
    query = {"nam": year, "mo-hinh": model, **({"thieu": step} if step else {})}
    return f"{reverse(name, args=args)}?{urlencode(query)}"


def _filters(page, place, year, model, wanted) -> list[dict]:
    links = [(_("Tất cả"), "", len(page.missing))]
    links += [(str(NOT_YET[step]).capitalize(), step, len(page.lacking(step))) for step in page.steps]
    return [
        {"label": label, "count": count, "url": below_url(place, year, model, step), "active": wanted == step}
        for label, step, count in links
    ]


@in_official_language
def _text_to_copy(place, rows, year, model, today) -> str:
    """The same list as plain text: chairs of branches without an account are reached by Zalo."""
    if not rows:
        return ""
    head = _("Việc còn thiếu, %(model)s năm %(year)d, %(place)s, đến ngày %(day)s:") % {
        "model": model.label,
        "year": year,
        "place": place.name if place else _("Cả nước"),
        "day": today.strftime("%d/%m/%Y"),
    }
    lines = [head]
    for row in rows:
        things = []
        for thing in _row(row, year, model, today, None)["things"]:
            things.append(f"{thing['text']}, {thing['clock']}" if thing["clock"] else thing["text"])
        lines.append(f"- {row.place.name}: {'; '.join(things)}")
    return "\n".join(lines)


def _may_nudge_below(user, place) -> bool:
    """Whoever may ask the places below this one to hurry (the verb asks of each place again)."""
    scope = role_scope(user, NUDGERS)
    return scope.everything if place is None else scope.covers(place)


def _row(row, year, model, today, nudged) -> dict:
    """A place with what it lacks, in words."""
    things = []
    for one in row.missing:
        text = str(NOT_YET[one.step])
        if one.count:
            text = _("%(text)s (%(count)d hồ sơ)") % {"text": text, "count": one.count}
        things.append({"text": text, "clock": clock_of(one.due, today), "late": one.is_late(today)})
    return {
        "place": row.place,
        "figures": row.figures,
        "things": things,
        "late": row.is_late(today),
        "nudged": nudged,
        "ripe": nudged is None or (today - nudged.on).days >= settings.NUDGE_EVERY_DAYS,
        "url": figure_links.dashboard(row.place.pk, year, model),
    }
