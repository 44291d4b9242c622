"""For officers: links handed out for a hamlet, and what came in by them: accept, change, refuse."""

from __future__ import annotations

import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from portal.lib.listing import Listing
from portal.lib.text import fold
from recognition.choices import ENTRY_MODELS, ENTRY_TONE, Action, EntryState, LearningModel
from recognition.domain import entry_links as verbs
from recognition.domain.assessing import EntriesRefused
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.measures.showing import given_points
from recognition.domain.rulebooks import rulebook_for
from recognition.forms.assessing import ScoreSheetForm
from recognition.forms.entry_links import USUAL_DAYS, MakeLinksForm, ReasonForm
from recognition.models import EntryLink
from recognition.papers.entry_slips import slips_pdf
from recognition.rules import acting_scope, may, may_add_evidence
from recognition.scoring import points_text
from recognition.views import dossiers
from recognition.views.evidence import with_evidence
from recognition.views.outcome import outcome_page
from recognition.views.paper_files import pdf_response
from recognition.views.scope import WITH_NAMES, list_url, model_of, own_tabs, place_or_404, year_of

ACCEPT, REVOKE, REPRINT = "nhan", "thu-hoi", "in-lai"
GROUPS = {
    "cho": (EntryState.SENT,),
    "mo": (EntryState.OPEN,),
    "xong": (EntryState.ACCEPTED, EntryState.CHANGED, EntryState.REFUSED),
    "het": (EntryState.REVOKED, EntryState.LOCKED),
}


def _page_url(place, year, model) -> str:
    return f"{reverse('recognition:entry-links', args=[place.pk])}?nam={year}&model={model}"


def _model(request) -> LearningModel:
    model = model_of(request)
    return model if model in ENTRY_MODELS else ENTRY_MODELS[0]


def _may(request: HttpRequest, place, year, model) -> None:
    """Those who enter self-scores there."""
    rulebook = rulebook_for(model, year, place.province)
    if rulebook is None or not acting_scope(request.user, rulebook, Action.SELF_ASSESS, year).covers(place):
        raise PermissionDenied(_("Bạn không được phân công nhận điểm tự chấm của địa bàn này."))


@require_http_methods(["GET", "HEAD", "POST"])
def entry_links(request: HttpRequest, place_pk: int) -> HttpResponse:
    """Links of a ward or hamlet by how they stand; a POST makes new ones and answers with their slips."""
    place = place_or_404(request.user, place_pk)
    year, model = year_of(request), _model(request)
    if place.level not in WITH_NAMES:
        return redirect(list_url(place=place.pk, year=year, model=model))
    _may(request, place, year, model)
    form = MakeLinksForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = verbs.make_links(actor=request.user, place=place, year=year, model=model, **form.cleaned_data)
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            made.sort(key=lambda one: (one.registration.hamlet_id or 0, one.registration.registrant.sort_key))
            return _slips(made, place, year)
    return _list_page(request, place, year, model, form)


def _where(place) -> str:
    return place.name if place.commune_id in (None, place.pk) else f"{place.name}, {place.commune.name}"


def _list_page(request, place, year, model, form):
    links = EntryLink.objects.visible_to(request.user).filter(
        **{f"registration__{place.fact_column}": place.pk}, registration__year=year, registration__model=model
    )
    counts = links.aggregate(**{key: Count("pk", filter=Q(state__in=states)) for key, states in GROUPS.items()})
    chosen = request.GET.get("nhom")
    if chosen not in GROUPS:
        chosen = "cho" if counts["cho"] or not counts["mo"] else "mo"
    labels = {"cho": _("Chờ xác nhận"), "mo": _("Chưa dùng"), "xong": _("Đã xử lý"), "het": _("Thu hồi, khóa")}
    base = _page_url(place, year, model)
    rows = links.filter(state__in=GROUPS[chosen]).select_related(
        "registration__registrant__household", "registration__hamlet", "registration__rulebook"
    )
    order = "-decided_at" if chosen in ("xong", "het") else "registration__registrant__sort_key"
    listing = Listing(request, rows.order_by(order, "pk"), page_size=100, total=counts[chosen])
    for link in listing.rows:
        link.tone = ENTRY_TONE[link.state]
        link.points = "" if link.total_half is None else points_text(link.total_half / 2)
        link.over = link.state == EntryState.OPEN and verbs.is_over(link)
    context = {
        "place": place,
        "year": year,
        "model": model,
        "form": form,
        "listing": listing,
        "group": chosen,
        "groups": [
            {"label": labels[key], "url": f"{base}&nhom={key}", "active": key == chosen, "count": counts[key]}
            for key in GROUPS
        ],
        "model_tabs": [
            {"label": one.label, "url": _page_url(place, year, one), "active": one == model} for one in ENTRY_MODELS
        ],
        "tabs": own_tabs(request.user, place, lambda one: _page_url(one, year, model), *WITH_NAMES),
        "action_url": base,
        "list_url": list_url(place=place.pk, year=year, model=model),
        "today": timezone.localdate(),
    }
    return render(request, "recognition/entry_links.html", context, status=422 if form.errors else 200)


@require_POST
def entry_links_bulk(request: HttpRequest, place_pk: int) -> HttpResponse:
    """Ticked sheets are accepted as they came, or ticked unused links are revoked."""
    place = place_or_404(request.user, place_pk, *WITH_NAMES)
    year, model = year_of(request), _model(request)
    _may(request, place, year, model)
    back = _page_url(place, year, model)
    ids = [int(text) for text in request.POST.getlist("rows") if text.isdecimal() and len(text) < 19]
    links = EntryLink.objects.visible_to(request.user).filter(pk__in=ids)
    names = dict(links.values_list("pk", "registration__registrant__name"))
    if not names:
        messages.warning(request, _("Chưa chọn phiếu nào. Hãy đánh dấu rồi bấm nút."))
        return redirect(back)
    try:
        if request.POST.get("viec") == REVOKE:
            count = verbs.revoke(actor=request.user, links=list(names))
            messages.success(request, _("Đã thu hồi %(count)d liên kết.") % {"count": count})
            return redirect(back)
        shown = {pk: request.POST.get(f"shown-{pk}", "")[:40] for pk in names}
        outcome = verbs.accept(actor=request.user, shown=shown)
    except EntriesRefused as error:
        messages.error(request, _("Chưa nhận phiếu nào: %(text)s") % {"text": error.message})
        return redirect(back)
    except RecognitionError as error:
        messages.error(request, error.message)
        return redirect(back)
    done = ngettext("Đã nhận %d phiếu.", "Đã nhận %d phiếu.", len(outcome.done)) % len(outcome.done)
    title = _("Nhận phiếu tự chấm")
    return outcome_page(request, title=title, done=done, outcome=outcome, names=names, back_url=back)


@require_http_methods(["GET", "HEAD", "POST"])
def entry_link_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One sheet as it came: accepted as it is, with corrections and their reason, or refused with a reason."""
    rows = EntryLink.objects.visible_to(request.user).select_related(
        "registration__rulebook", "registration__registrant__household", "registration__hamlet", "registration__commune"
    )
    link = get_object_or_404(rows, pk=pk)
    row = link.registration
    if request.method == "POST" and request.POST.get("viec") == REPRINT:
        return _reprint(request, link)
    if not acting_scope(request.user, row.rulebook, Action.SELF_ASSESS, row.year).covers(row):
        raise PermissionDenied(_("Bạn không được phân công nhận điểm tự chấm của địa bàn này."))
    back = _page_url(row.place, row.year, row.model)
    scores, na, answers = ({}, frozenset(), {}) if not link.scores else verbs.sheet_of(link)
    area = verbs.area_of(row)
    spec = link.rulebook.spec
    sheet = {"spec": spec, "area": area, "scores": scores, "na": na, "answers": answers}
    if link.state == EntryState.SENT:
        sheet["given"] = given_points([row]).get(row.pk)
    acting = request.method == "POST"
    form = ScoreSheetForm(request.POST if acting else None, **sheet)
    reason = ReasonForm(request.POST if acting else None)
    if acting and reason.is_valid():
        try:
            done = _act(request, link, form, reason.cleaned_data["reason"])
        except EntriesRefused as error:
            form.add_faults(next(iter(error.faults.values())))
        except RecognitionError as error:
            reason.add_error("reason", error.message)
        else:
            if done:
                messages.success(request, done)
                return redirect(back)
    answer = may(request.user, Action.SELF_ASSESS, row)
    wrong = acting and (form.errors or reason.errors)
    context = {
        "link": link,
        "row": row,
        "tone": ENTRY_TONE[link.state],
        "points": "" if link.total_half is None else points_text(link.total_half / 2),
        "waits": link.state == EntryState.SENT,
        "form": form,
        "reason": reason,
        "lines": with_evidence(form.lines(), row, sent=True),
        "photos": row.evidence.waiting().exists(),
        "may_drop": link.state == EntryState.SENT and may_add_evidence(request.user, row),
        "spec": spec,
        "blocked": "" if answer else answer.reason,
        "back_url": back,
        **dossiers.provisional_marks(spec),
    }
    return render(request, "recognition/entry_link_detail.html", context, status=422 if wrong else 200)


def _reprint(request, link: EntryLink) -> HttpResponse:
    """A slip for one dossier again: with a new code, because the old one is kept nowhere; the old one ends."""
    row = link.registration
    day = timezone.localdate() + datetime.timedelta(days=USUAL_DAYS)
    try:
        made = verbs.make_links(
            actor=request.user,
            place=row.place,
            year=row.year,
            model=row.model,
            expires_on=day,
            renew=True,
            only=row.pk,
        )
    except NotPermitted as error:
        raise PermissionDenied(error.message) from error
    except RecognitionError as error:
        messages.error(request, error.message)
        return redirect("recognition:entry-link-detail", link.pk)
    return _slips(made, row.place, row.year)


def _slips(made, place, year) -> HttpResponse:
    name = f"phieu-tu-cham-{fold(place.name).replace(' ', '-')}-{year}"
    response = pdf_response(slips_pdf(made, place_name=_where(place)), name)
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'  # the page stays open beside it
    return response


def _act(request, link: EntryLink, form: ScoreSheetForm, reason: str) -> str:
    """Do what the button says; the sentence of success, or nothing while the form is wrong."""
    shown = request.POST.get("shown", "")[:40]
    name = link.registration.registrant.name
    if request.POST.get("viec") == "tu-choi":
        verbs.refuse(actor=request.user, link=link, reason=reason)
        return _("Đã ghi không nhận phiếu của %(name)s.") % {"name": name}
    if not form.is_valid():
        return ""
    data = form.cleaned_data
    scores, na, answers = verbs.sheet_of(link)
    same = {code: value for code, value in data["scores"].items() if value is not None} == {
        code: value for code, value in scores.items() if value is not None
    } and data["na"] == na
    if same and (data["conditions"] or {}) == answers:
        outcome = verbs.accept(actor=request.user, shown={link.pk: shown})
        if outcome.skipped:
            raise RecognitionError(outcome.skipped[0][1])
        return _("Đã nhận phiếu của %(name)s.") % {"name": name}
    verbs.change(
        actor=request.user,
        link=link,
        shown=shown,
        scores=data["scores"],
        na=data["na"],
        conditions=data["conditions"],
        reason=reason,
    )
    return _("Đã nhận phiếu của %(name)s với điểm đã sửa.") % {"name": name}
