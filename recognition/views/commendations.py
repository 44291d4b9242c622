"""The register of commendations, its papers, revoking; and the forms of commendation."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.lib.listing import Listing
from portal.lib.text import clean, fold
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.honours import deciding
from recognition.domain.honours.forms import authority_of, may_keep_forms, save_form
from recognition.domain.printing import note_batch
from recognition.exports import XLSX_TYPE
from recognition.forms.honours import (
    CommendationFormForm,
    RegisterFilterForm,
    ReplaceCommendationForm,
    RevokeCommendationForm,
)
from recognition.honour_choices import COMMENDATION_TONE, IN_REGISTER, CommendationState
from recognition.models import Commendation, CommendationDecision, CommendationForm, CommendationList
from recognition.papers.commendations import commendations_pdf, decision_of_commendation_paper
from recognition.papers.honour_books import commendations_workbook
from recognition.views.paper_files import paper_response, pdf_response
from recognition.views.printing import look_or_print, print_context, slice_of
from recognition.views.scope import own_places
from units.choices import Level

LEVELS = (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE)
form_methods = require_http_methods(["GET", "HEAD", "POST"])


def _search(rows, data):
    if data.get("kind"):
        rows = rows.filter(roll__form__kind=data["kind"])
    for name in ("honouree", "state"):
        if data.get(name):
            rows = rows.filter(**{name: data[name]})
    if data.get("year"):
        rows = rows.filter(roll__decision__number_year=data["year"])
    text = clean(data.get("q") or "")
    if not text:
        return rows
    number = text.split("/")[0]
    if number.isdecimal() and len(number) < 9:
        return rows.filter(book_number=int(number))
    return rows.filter(Q(search_name__contains=fold(text)) | Q(roll__decision__received__icontains=text))


@require_safe
def commendation_list(request):
    """Everything given inside the person's places, revoked ones marked; ?tep=xlsx gives it as Excel."""
    rows = (
        Commendation.objects.visible_to(request.user)
        .filter(state__in=IN_REGISTER)
        .select_related("roll__form", "roll__decision", "hamlet", "commune", "district", "province")
    )
    listing = Listing(
        request,
        rows,
        form_class=RegisterFilterForm,
        apply=_search,
        sorts={"number": ("book_year", "book_number", "id"), "name": ("search_name", "id")},
        default_sort="-number",
    )
    if request.GET.get("tep") == "xlsx":
        form = RegisterFilterForm(request.GET)
        form.is_valid()
        found = _search(rows, form.cleaned_data).order_by("book_year", "book_number", "pk")
        response = HttpResponse(commendations_workbook(found), XLSX_TYPE)
        response["Content-Disposition"] = 'attachment; filename="so-khen-thuong.xlsx"'
        response["Cache-Control"] = "no-store, private"
        return response
    query = request.GET.copy()
    query["tep"] = "xlsx"
    context = {
        "listing": listing,
        "rows": [(one, COMMENDATION_TONE[one.state]) for one in listing.rows],
        "export_url": f"?{query.urlencode()}",
    }
    return render(request, "recognition/commendation_list.html", context)


@form_methods
def commendation_detail(request, pk):
    """One commendation: what it was given for, by which decision; its body may take it back here."""
    rows = (
        Commendation.objects.visible_to(request.user)
        .filter(state__in=IN_REGISTER)
        .select_related(
            *("roll__form", "roll__decision", "roll__place", "roll__to_place"),
            *("hamlet", "commune", "district", "province", "replaced_by", "replaces"),
        )
    )
    item = get_object_or_404(rows, pk=pk)
    may = item.state == CommendationState.GIVEN and deciding.may_revoke(request.user, item)
    form = RevokeCommendationForm(request.POST or None) if may else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied(_("Chỉ cơ quan đã khen mới được thu hồi."))
        if form.is_valid():
            try:
                deciding.revoke(actor=request.user, item=item, **form.cleaned_data)
            except NotPermitted as error:
                raise PermissionDenied(error.message) from error
            except RecognitionError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("Đã thu hồi khen thưởng; bản ghi và lý do được giữ lại."))
                return redirect("recognition:commendation-detail", item.pk)
    decision = item.roll.decision
    opens_roll = CommendationList.objects.visible_to(request.user).filter(pk=item.roll_id).exists()
    why = _("Lý do thu hồi") if item.state == CommendationState.REVOKED else _("Lý do thay giấy")
    context = {
        "item": item,
        "tone": COMMENDATION_TONE[item.state],
        "form": form,
        "replaces": getattr(item, "replaces", None),
        "has_paper": bool(decision.number) and opens_roll,
        "opens_roll": opens_roll,
        **print_context(item, decision, printable=item.state == CommendationState.GIVEN),
        "facts": [
            (_("Đối tượng"), item.get_honouree_display()),
            (_("Chức vụ, đơn vị"), item.position),
            (_("Địa bàn"), item.place.name),
            (_("Hình thức khen"), item.roll.form.name),
            (_("Cơ quan khen"), decision.authority),
            (_("Quyết định"), f"{decision}, {decision.signed_on:%d/%m/%Y}"),
            (_("Nội dung khen"), f"{item.roll.title}, {item.roll.years}"),
            (_("Thành tích"), item.achievement),
            (_("Năm làm căn cứ"), ", ".join(map(str, item.counted_years))),
            *([(why, f"{item.reason} ({item.state_on:%d/%m/%Y})")] if item.reason else []),
        ],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/commendation_detail.html", context, status=status)


@form_methods
def commendation_replace(request, pk):
    """A new paper for a misprinted or lost one."""
    rows = Commendation.objects.visible_to(request.user).filter(state__in=IN_REGISTER)
    item = get_object_or_404(
        rows.select_related("roll__form", "roll__decision", "roll__place", "roll__to_place"), pk=pk
    )
    if not deciding.may_revoke(request.user, item):
        raise PermissionDenied(_("Chỉ cơ quan đã khen mới được cấp giấy thay thế."))
    form = ReplaceCommendationForm(request.POST or None, initial={"name": item.name, "position": item.position})
    if request.method == "POST" and form.is_valid():
        try:
            new = deciding.replace(actor=request.user, item=item, **form.cleaned_data)
        except NotPermitted as error:
            raise PermissionDenied(error.message) from error
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(
                request,
                _("Đã cấp giấy số %(new)s thay giấy số %(old)s.") % {"new": new.book_label, "old": item.book_label},
            )
            return redirect("recognition:commendation-detail", new.pk)
    context = {
        "subject": item.name,
        "label": item.book_label,
        "back_url": reverse("recognition:commendation-detail", args=[item.pk]),
        "form": form,
        "title": _("Cấp giấy thay thế"),
        "button": _("Cấp giấy mới"),
    }
    return render(request, "recognition/certificate_change.html", context, status=422 if form.errors else 200)


def _decision(request, pk) -> CommendationDecision:
    """A decision of a list the person may read."""
    rows = CommendationDecision.objects.filter(roll__in=CommendationList.objects.visible_to(request.user))
    return get_object_or_404(rows.select_related("roll__form", "roll__place", "roll__to_place"), pk=pk)


@require_safe
def commendation_decision_paper(request, pk):
    """The decision with its list as PDF, or as DOCX (?tep=docx); only of bodies that work in the portal."""
    decision = _decision(request, pk)
    if decision.received:
        raise Http404
    name = f"quyet-dinh-khen-{decision.number:02d}-{decision.number_year}"
    signed = decision.roll.items.filter(replaces=None).order_by("honouree", "pk")
    rows = signed.select_related("registrant", "hamlet", "commune", "district", "province")
    return paper_response(request, decision_of_commendation_paper(decision, list(rows)), name=name)


@require_POST
def commendation_certificates(request, pk, batch):
    """Print one batch of a decision's giấy khen, a page each, in the giving body's layout; noted with who and when."""
    decision = _decision(request, pk)
    if decision.received:
        raise Http404
    items = list(deciding.printable(decision)[slice_of(batch)])
    if not items:
        messages.error(request, _("Không có giấy khen nào để in."))
        return redirect("recognition:commendation-roll", decision.roll_id)
    made = commendations_pdf(decision, items)
    note_batch(actor=request.user, decision=decision, papers=[one.pk for one in items])
    return pdf_response(made, f"giay-khen-{decision.number:02d}-{decision.number_year}-tap-{batch}")


@form_methods
def commendation_paper(request, pk):
    """One giấy khen as PDF, for those who read its list: GET a marked copy, POST a print, as of a certificate."""
    lists_read = CommendationList.objects.visible_to(request.user)
    rows = Commendation.objects.filter(roll__in=lists_read, state__in=IN_REGISTER, roll__decision__received="")
    item = get_object_or_404(
        rows.select_related(
            *("roll__form", "roll__to_place", "roll__decision__roll__form", "roll__decision__roll__to_place"),
            *("registrant", "hamlet", "commune", "district", "province"),
        ),
        pk=pk,
    )
    return look_or_print(
        request,
        item,
        item.roll.decision,
        printable=item.state == CommendationState.GIVEN,
        page="recognition:commendation-detail",
        pdf=partial(commendations_pdf, item.roll.decision, [item]),
        name=f"giay-khen-{item.book_number:04d}-{item.book_year}",
    )


# --- Forms of commendation


@require_safe
def commendation_forms(request):
    """Which body gives what, on which basis; provisional ones marked."""
    rows = CommendationForm.objects.visible_to(request.user).select_related("place").order_by("kind", "level", "pk")
    everywhere, own = may_keep_forms(request.user, None), _own_place(request.user)
    context = {
        "rows": [
            (
                one,
                authority_of(one, None) if one.is_central else one.giver,
                everywhere or (own is not None and one.place_id == own.pk),
            )
            for one in rows
        ],
        "may_add": everywhere or own is not None,
    }
    return render(request, "recognition/commendation_forms.html", context)


def _own_place(user):
    """The place a person may add forms for; None for administrators and everybody else."""
    return next((place for place in own_places(user, *LEVELS) if may_keep_forms(user, place)), None)


@form_methods
def commendation_form_create(request):
    """Add a form: for everywhere by an administrator, else for the person's own place."""
    place = None if may_keep_forms(request.user, None) else _own_place(request.user)
    if place is None and not may_keep_forms(request.user, None):
        raise PermissionDenied(_("Bạn không được phân công sửa hình thức khen này."))
    return _edit(request, CommendationForm(place=place))


@form_methods
def commendation_form_edit(request, pk):
    """Correct a form."""
    stored = get_object_or_404(CommendationForm.objects.visible_to(request.user).select_related("place"), pk=pk)
    if not may_keep_forms(request.user, stored.place):
        raise PermissionDenied(_("Bạn không được phân công sửa hình thức khen này."))
    return _edit(request, stored)


def _edit(request, row: CommendationForm):
    form = CommendationFormForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            save_form(actor=request.user, form=form.instance)
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Đã ghi hình thức khen."))
            return redirect("recognition:commendation-forms")
    context = {"form": form, "row": row}
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/commendation_form_edit.html", context, status=status)
