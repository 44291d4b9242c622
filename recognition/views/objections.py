"""Objections to published results: the list with its clock, entering one, answering it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.listing import Listing
from portal.lib.years import current_year
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.holidays import note_on
from recognition.domain.objecting import ANSWER_DAYS, WINDOW_DAYS, answer, answer_due, enter, published_on, window_until
from recognition.forms.certifying import AnswerForm, ObjectionForm
from recognition.models import Objection
from recognition.rules import may_answer_objection, may_change_award, may_enter_objection
from recognition.views.scope import registration_or_404


@require_safe
def objection_list(request):
    """Objections of the year, the ones that wait first, late ones marked."""
    year = current_year(request)
    rows = (
        Objection.objects.visible_to(request.user)
        .filter(registration__year=year)
        .select_related("registration__registrant", "registration__hamlet", "registration__commune")
    )
    today = timezone.localdate()
    waiting = rows.filter(outcome="")
    context = {
        "listing": Listing(request, rows.order_by("outcome", "due_on", "id")),  # an empty outcome, still waiting, first
        "year": year,
        "waiting": waiting.count(),
        "late": waiting.filter(due_on__lt=today).count(),
        "window_days": WINDOW_DAYS,
        "answer_days": ANSWER_DAYS,
        "counted": note_on(today),
    }
    return render(request, "recognition/objection_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def objection_create(request, pk):
    """Write down somebody's objection to the result of a dossier."""
    row = registration_or_404(request, pk)
    allowed = may_enter_objection(request.user, row)
    if not allowed:
        raise PermissionDenied(allowed.reason)
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = enter(actor=request.user, registration=row, **form.cleaned_data)
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(
                request,
                _("Đã ghi phản ánh; hạn trả lời %(day)s.") % {"day": made.due_on.strftime("%d/%m/%Y")},
            )
            return redirect("recognition:objection-detail", made.pk)
    context = {
        "row": row,
        "form": form,
        "published": published_on(row),
        "until": window_until(row),
        "counted": note_on(published_on(row), window_until(row)) if published_on(row) else "",
        "window_days": WINDOW_DAYS,
        "answer_days": ANSWER_DAYS,
    }
    return render(request, "recognition/objection_create.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def objection_detail(request, pk):
    """One objection with its clock; whoever may, answers it here."""
    one = get_object_or_404(
        Objection.objects.visible_to(request.user).select_related(
            "registration__registrant", "registration__rulebook", "registration__award__decision__place"
        ),
        pk=pk,
    )
    row = one.registration
    allowed = may_answer_objection(request.user, row)
    form = AnswerForm(request.POST or None) if allowed and not one.outcome else None
    if request.method == "POST":
        if not allowed:
            raise PermissionDenied(allowed.reason)
        form = form or AnswerForm(request.POST)
        if form.is_valid():
            try:
                answer(actor=request.user, objection=one, **form.cleaned_data)
            except NotPermitted as error:
                form.add_error("outcome", error.message)
            except RecognitionError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("Đã lưu trả lời phản ánh."))
                return redirect("recognition:objection-detail", pk)
    award = getattr(row, "award", None)
    context = {
        "one": one,
        "counted": _counted(one),
        "row": row,
        "form": form,
        "may_revoke": bool(award and may_change_award(request.user, award)),
        "history": one.events.select_related("pgh_context").order_by("pgh_id"),
    }
    return render(
        request, "recognition/objection_detail.html", context, status=422 if form is not None and form.errors else 200
    )


def _counted(one: Objection) -> str:
    """How the kept last day was counted; holidays entered since then do not move it, but it is told."""
    due = answer_due(one.received_on)
    if due == one.due_on:
        return note_on(one.received_on, one.due_on)
    return _("ghi lúc tiếp nhận; theo ngày nghỉ lễ ghi sau đó là %(day)s") % {"day": f"{due:%d/%m/%Y}"}
