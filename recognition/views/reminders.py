"""A person's reminders, their choice about e-mail, and asking places below to hurry."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from portal.lib.listing import Listing
from recognition.choices import LearningModel
from recognition.domain.dashboards import DASHBOARD_MODELS
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.nudging import nudge
from recognition.domain.reminders import mark_read, set_by_email, unread, wants_email
from recognition.models import Reminder
from recognition.views.reminder_lines import lines_of
from recognition.views.scope import place_or_404, year_of
from recognition.views.worklist import ABOVE, below_url
from units.rules import scope_of

MOST_AT_ONCE = 500


@require_safe
def reminder_list(request):
    """What this person was reminded of, unread ones first."""
    rows = Reminder.objects.filter(user=request.user).order_by("read_at", "-made_on", "-pk")
    only_unread = request.GET.get("loc") == "chua-doc"
    count = unread(request.user).count()
    listing = Listing(request, rows.filter(read_at=None) if only_unread else rows, page_size=30)
    context = {
        "listing": listing,
        "lines": lines_of(request.user, listing.rows),
        "unread": count,
        "by_email": wants_email(request.user),
        "tabs": [
            {"label": _("Tất cả"), "url": "?", "active": not only_unread},
            {"label": _("Chưa đọc"), "url": "?loc=chua-doc", "active": only_unread, "count": count},
        ],
    }
    return render(request, "recognition/reminder_list.html", context)


@require_POST
def reminder_read(request):
    """Mark the ticked ones as read, or all."""
    pks = None
    if not request.POST.get("all"):
        pks = [int(pk) for pk in request.POST.getlist("pk")[:MOST_AT_ONCE] if pk.isdecimal() and len(pk) < 19]
    count = mark_read(user=request.user, pks=pks)
    if count:
        text = ngettext("Đã đánh dấu %(count)d lời nhắc là đã đọc.", "Đã đánh dấu %(count)d lời nhắc là đã đọc.", count)
        messages.success(request, text % {"count": count})
    return redirect("recognition:reminder-list")


@require_POST
def reminder_email(request):
    """Switch one's own e-mail on or off."""
    wanted = request.POST.get("by_email") == "1"
    set_by_email(user=request.user, wanted=wanted)
    messages.success(request, _("Đã bật thư nhắc việc.") if wanted else _("Đã tắt thư nhắc việc."))
    return redirect("recognition:reminder-list")


@require_POST
def nudge_below(request, place_pk=None):
    """Ask the posted places directly below to send what they lack."""
    place = place_or_404(request.user, place_pk, *ABOVE) if place_pk else None
    if place is None and not scope_of(request.user).everything:
        raise PermissionDenied(_("Bạn không được phân công nhắc nơi này."))
    year, asked = year_of(request), request.POST.get("model", "")
    ids = {int(pk) for pk in request.POST.getlist("place")[:MOST_AT_ONCE] if pk.isdecimal() and len(pk) < 19}
    if asked not in DASHBOARD_MODELS or not ids:
        return HttpResponseBadRequest()
    try:
        outcome = nudge(actor=request.user, above=place, place_ids=sorted(ids), year=year, model=asked)
    except NotPermitted as error:
        raise PermissionDenied(error.message) from error
    except RecognitionError as error:
        messages.error(request, error.message)
        return redirect(below_url(place, year, LearningModel(asked)))
    if outcome.done:
        messages.success(
            request,
            _("Đã nhắc %(names)s. Lời nhắc hiện ngay trong cổng; thư đi cùng bản tin nhắc việc hằng ngày.")
            % {"names": _names(outcome.done)},
        )
    if outcome.skipped:
        by_reason: dict[str, list[str]] = {}
        for name, reason in outcome.skipped:
            by_reason.setdefault(reason, []).append(name)
        told = "; ".join(f"{_names(names)}: {reason}" for reason, names in by_reason.items())
        messages.warning(request, _("Chưa nhắc %(told)s.") % {"told": told})
    return redirect(below_url(place, year, LearningModel(asked)))


def _names(names: list[str]) -> str:
    """The first few by name, the others by number."""
    if len(names) <= 5:
        return ", ".join(names)
    return _("%(first)s và %(count)d nơi khác") % {"first": ", ".join(names[:4]), "count": len(names) - 4}
