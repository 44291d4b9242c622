"""Feedback on criteria: say it, read the answers, answer."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.listing import Listing
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.feedback import answer, most_asked, say, seen
from recognition.forms.rulebooks import FeedbackAnswerForm, FeedbackForm
from recognition.models import CriterionFeedback, Rulebook
from recognition.rule_keeping import feedback_readable, may_answer_feedback, may_keep_rulebooks


@require_http_methods(["GET", "HEAD", "POST"])
def feedback_create(request, pk, code):
    """Say what is hard to understand about one criterion, and go back to where one came from."""
    rulebook = get_object_or_404(Rulebook, pk=pk)
    item = rulebook.spec.by_code.get(code)
    if item is None:
        messages.error(request, _("Bộ tiêu chí này không có tiêu chí %(code)s.") % {"code": code[:20]})
        return redirect("recognition:rulebook-detail", pk)
    back = request.POST.get("ve", request.GET.get("ve", ""))
    # A bare word is no address: a redirect would take it for the name of a page.
    if not (back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)):
        back = f"{reverse('recognition:rulebook-detail', args=[pk])}#tieu-chi"
    form = FeedbackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            say(actor=request.user, rulebook=rulebook, criterion=code, text=form.cleaned_data["text"])
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(
                request,
                _("Đã gửi góp ý về tiêu chí %(code)s. Có câu trả lời, cổng báo bạn ở trang Nhắc việc.")
                % {"code": code},
            )
            return redirect(back)
    mine = CriterionFeedback.objects.filter(rulebook=rulebook, criterion=code, by=request.user)
    answered = CriterionFeedback.objects.filter(rulebook=rulebook, criterion=code, answered_at__isnull=False)
    context = {
        "rulebook": rulebook,
        "item": item,
        "form": form,
        "back": back,
        "mine": mine.waiting().first(),
        "answered": answered.order_by("-answered_at")[:5],
    }
    return render(request, "recognition/feedback_create.html", context, status=422 if form.errors else 200)


@require_safe
def feedback_list(request):
    """One's own feedback with the answers; for whoever keeps rulebooks, everybody's, the waiting first."""
    everybodys = feedback_readable(request.user)
    rows = CriterionFeedback.objects.filter(Q(by=request.user) | everybodys).select_related("rulebook", "place")
    waiting = rows.waiting()
    context = {
        "listing": Listing(request, rows.order_by(F("answered_at").desc(nulls_first=True), "-at", "-pk")),
        "waiting": waiting.count(),
        "asked": most_asked(rows) if may_keep_rulebooks(request.user) else [],
    }
    return render(request, "recognition/feedback_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def feedback_detail(request, pk):
    """One feedback with its answer, or the form to answer it."""
    rows = CriterionFeedback.objects.filter(Q(by=request.user) | feedback_readable(request.user))
    row = get_object_or_404(rows.select_related("rulebook", "place"), pk=pk)
    allowed = may_answer_feedback(request.user, row.rulebook)
    form = FeedbackAnswerForm(request.POST or None) if allowed and not row.answered_at else None
    if request.method == "POST":
        if form is None and not allowed:
            raise PermissionDenied(_("Chỉ người giữ bộ tiêu chí này được trả lời góp ý."))
        form = form or FeedbackAnswerForm(request.POST)
        if form.is_valid():
            try:
                answer(actor=request.user, feedback=row, text=form.cleaned_data["text"])
            except NotPermitted as error:
                raise PermissionDenied(error.message) from None
            except RecognitionError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("Đã trả lời; người góp ý được báo ở trang Nhắc việc."))
                return redirect("recognition:feedback-list")
    if request.method == "GET":
        seen(user=request.user, feedback=row)
    item = row.rulebook.spec.by_code.get(row.criterion)
    context = {"row": row, "item": item, "form": form}
    status = 422 if form is not None and form.errors else 200
    return render(request, "recognition/feedback_detail.html", context, status=status)
