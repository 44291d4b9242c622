"""Progress of a hamlet or ward as text to copy and as a picture, in Vietnamese whatever the language of the screen."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from portal.lib.language import in_official_language
from portal.lib.moments import moment
from portal.lib.numbers import number, percent
from portal.lib.pictures import picture
from portal.lib.text import fold
from recognition.choices import HAMLET_MODELS, WARD_MODELS, LearningModel, Step
from recognition.domain.progress import COUNTED, Progress, ProgressRow, progress
from recognition.views.scope import own_places, own_tabs, place_or_404, year_of
from recognition.views.work_lines import clock_of
from units.choices import Level, RegistrantKind

STEP_NAMES = {
    Step.REGISTER: gettext_lazy("Đăng ký"),
    Step.SELF_ASSESS: gettext_lazy("Tự chấm"),
    Step.REVIEW: gettext_lazy("Bình xét"),
    Step.DECIDE: gettext_lazy("Công nhận"),
}
DONE = {
    Step.REGISTER: gettext_lazy("đã đăng ký"),
    Step.SELF_ASSESS: gettext_lazy("đã tự chấm"),
    Step.REVIEW: gettext_lazy("đã bình xét"),
    Step.DECIDE: gettext_lazy("được công nhận"),
}
COUNTED_AS = {
    RegistrantKind.HOUSEHOLD: gettext_lazy("hộ"),
    RegistrantKind.CITIZEN: gettext_lazy("công dân"),
    RegistrantKind.CLAN: gettext_lazy("dòng họ"),
    RegistrantKind.ORGANISATION: gettext_lazy("đơn vị"),
    RegistrantKind.COMMUNITY: gettext_lazy("cộng đồng"),
}


@require_safe
def progress_home(request):
    """The person's own place; whoever is posted to the nation reads its figures in short."""
    place = next(iter(own_places(request.user)), None)
    if place is None:
        return redirect(f"{reverse('recognition:brief-nation')}?nam={year_of(request)}")
    return redirect(f"{reverse('recognition:progress', args=[place.pk])}?nam={year_of(request)}")


@require_safe
def progress_page(request, place_pk):
    """Text to copy and the picture, for one model and step."""
    place = place_or_404(request.user, place_pk)
    found = _asked(request, place)
    page = "recognition:progress"
    context = {
        "place": place,
        "found": found,
        "text": plain_text(found),
        "picture_url": _url("recognition:progress-picture", found),
        "model_tabs": [
            _tab(model.label, _url(page, found, model=model, step=""), model == found.model) for model in _models(place)
        ],
        "step_tabs": [
            _tab(STEP_NAMES[Step(step)], _url(page, found, step=step), step == found.step) for step in found.steps
        ],
        "tabs": own_tabs(request.user, place, lambda one: reverse("recognition:progress", args=[one.pk])),
    }
    return render(request, "recognition/progress.html", context)


@require_safe
def progress_picture(request, place_pk):
    """The same as a PNG, to save or send on."""
    found = _asked(request, place_or_404(request.user, place_pk))
    response = HttpResponse(picture("progress.typ", picture_data(found)), content_type="image/png")
    name = slugify(fold(f"tien do {found.place.name} {found.year}"))
    kind = "attachment" if request.GET.get("tai") else "inline"
    response["Content-Disposition"] = f'{kind}; filename="{name}.png"'
    return response


def _models(place) -> tuple:
    return HAMLET_MODELS if place.level == Level.HAMLET else WARD_MODELS


def _tab(label, url: str, active: bool) -> dict:
    return {"label": label, "url": url, "active": active}


def _asked(request, place) -> Progress:
    asked = request.GET.get("mo-hinh", "")
    model = LearningModel(asked) if asked in _models(place) else LearningModel.FAMILY
    return progress(place, year_of(request), model, request.GET.get("buoc", ""), timezone.localdate())


def _url(name: str, found: Progress, **changes) -> str:
    values = {"nam": found.year, "mo-hinh": changes.get("model", found.model), "buoc": changes.get("step", found.step)}
    query = urlencode({key: value for key, value in values.items() if value})
    return f"{reverse(name, args=[found.place.pk])}?{query}"


def _counted(found: Progress, row: ProgressRow, step: str = "") -> str:
    """ "84/120 hộ"; nobody registered is said, not written as 0/0."""
    if not row.whole and COUNTED[Step(step or found.step)][1] == "registered":
        return _("chưa có %(who)s đăng ký") % {"who": COUNTED_AS[found.kind]}
    return f"{number(row.done)}/{number(row.whole)} {COUNTED_AS[found.kind]}"


def _share(row: ProgressRow) -> str:
    """ "70,0%"; nothing to do is no share."""
    return f" ({percent(row.done, row.whole)})" if row.whole else ""


def _due(found: Progress) -> str:
    """ "còn 12 ngày đến hạn 31/12/2026"."""
    if found.due is None:
        return ""
    clock, day = clock_of(found.due, timezone.localdate()), found.due.strftime("%d/%m/%Y")
    return _("%(clock)s (hạn %(day)s)") % {"clock": clock, "day": day}


def _title(found: Progress) -> str:
    model = str(LearningModel(found.model).label)
    return _("Tiến độ %(model)s năm %(year)d") % {"model": model[:1].upper() + model[1:], "year": found.year}


def _own_line(found: Progress) -> str:
    line = f"{found.place.name}: {_counted(found, found.own)} {DONE[Step(found.step)]}{_share(found.own)}"
    due = _due(found)
    return f"{line}, {due}." if due else f"{line}."


def _silent(found: Progress) -> str:
    """Places with nothing in the register, by number only."""
    return _("%(count)d nơi chưa có số liệu") % {"count": found.silent}


@in_official_language
def plain_text(found: Progress) -> str:
    """The lines a chair sends to the group: the place itself, then each place below; a hamlet has its other steps."""
    lines = [_title(found).upper(), _own_line(found)]
    if found.rows or found.silent:
        lines += [f"- {row.name}: {_counted(found, row)}{_share(row)}" for row in found.rows]
    else:
        lines += [
            f"- {STEP_NAMES[Step(step)]}: {_counted(found, row, step)}{_share(row)}"
            for step, row in found.stages
            if step != found.step
        ]
    if found.silent:
        lines.append(f"- {_silent(found)}")
    lines.append(_("Số liệu lúc %(at)s, Cổng Mô hình học tập.") % {"at": moment(timezone.now())})
    return "\n".join(lines)


@in_official_language
def picture_data(found: Progress) -> dict:
    """What the picture shows: the same lines."""
    rows = [(row.name, row, found.step) for row in found.rows] or [
        (str(STEP_NAMES[Step(step)]), row, step) for step, row in found.stages
    ]
    late = found.due is not None and found.due < timezone.localdate()
    due = _due(found)
    return {
        "title": _title(found),
        "place": ", ".join([found.place.name, *(one.name for one in reversed(found.place.ancestors))]),
        "whole": f"{_counted(found, found.own)} {DONE[Step(found.step)]}{_share(found.own)}",
        "due": due[:1].upper() + due[1:],
        "late": late,
        "rows": [
            {
                "name": name,
                "text": f"{_counted(found, row, step)}{_share(row)}",
                "share": round(row.done * 100 / row.whole, 1) if row.whole else 0,
            }
            for name, row, step in rows
        ],
        "silent": _silent(found) if found.silent else "",
        "made": _("Số liệu lúc %(at)s, Cổng Mô hình học tập.") % {"at": moment(timezone.now())},
    }
