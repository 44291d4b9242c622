"""The register of certificates, and what is done with one: read, printed again, replaced, revoked."""

from functools import partial

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.listing import Listing
from portal.lib.text import clean, fold
from portal.lib.years import current_year
from recognition.choices import CheckOutcome, LearningModel
from recognition.domain.certifying import outcome_of, replace, revoke
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.exports import XLSX_TYPE
from recognition.forms.certifying import ReplaceForm, RevokeForm
from recognition.models import Certificate
from recognition.papers import certificate_number, certificates_pdf
from recognition.papers.register import certificates_workbook
from recognition.rules import may_change_award
from recognition.views.printing import look_or_print, print_context
from recognition.views.standing import standing, with_outcome

PRINTED = (CheckOutcome.VALID, CheckOutcome.EXPIRED)  # handed out again when lost


class CertificateFilterForm(forms.Form):
    """Find certificates by name or number, model, and whether they hold."""

    q = forms.CharField(
        label=gettext_lazy("Tên hoặc số vào sổ"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("Ví dụ: nguyen van an hoặc 0123")}),
    )
    model = forms.ChoiceField(
        label=gettext_lazy("Mô hình"), required=False, choices=[("", gettext_lazy("Tất cả")), *LearningModel.choices]
    )
    holds = forms.ChoiceField(
        label=gettext_lazy("Tình trạng"),
        required=False,
        choices=[("", gettext_lazy("Tất cả")), *(pair for pair in CheckOutcome.choices if pair[0] != "UNKNOWN")],
    )


def _search(rows, data):
    if data["model"]:
        rows = rows.filter(award__model=data["model"])
    if data["holds"]:
        rows = rows.filter(outcome=data["holds"])
    text = clean(data["q"])
    if not text:
        return rows
    number = text.split("/")[0]
    if number.isdecimal() and len(number) < 9:
        return rows.filter(number=int(number))
    return rows.filter(Q(award__registrant__search_name__contains=fold(text)) | Q(printed_name__icontains=text))


@require_safe
def certificate_list(request: HttpRequest) -> HttpResponse:
    """Certificates of the year inside the person's places; ?tep=xlsx gives the filtered list as Excel."""
    year = current_year(request)
    rows = with_outcome(
        Certificate.objects.visible_to(request.user)
        .filter(award__year=year)
        .select_related("award__decision", "award__hamlet", "award__commune", "place")
    )
    listing = Listing(
        request,
        rows,
        form_class=CertificateFilterForm,
        apply=_search,
        sorts={"number": ("place_id", "number_year", "number"), "name": ("award__registrant__sort_key", "id")},
        default_sort="number",
    )
    if request.GET.get("tep") == "xlsx":
        form = CertificateFilterForm(request.GET)
        found = _search(rows, form.cleaned_data) if form.is_valid() else rows
        ordered = found.order_by("place_id", "number_year", "number")
        response = HttpResponse(certificates_workbook(ordered, year), XLSX_TYPE)
        response["Content-Disposition"] = f'attachment; filename="so-giay-cong-nhan-{year}.xlsx"'
        return response
    for certificate in listing.rows:
        certificate.label = certificate_number(certificate)
        certificate.standing = standing(certificate)
    query = request.GET.copy()
    query["tep"] = "xlsx"
    context = {"listing": listing, "year": year, "export_url": f"?{query.urlencode()}"}
    return render(request, "recognition/certificate_list.html", context)


def _certificate(request, pk) -> Certificate:
    rows = Certificate.objects.visible_to(request.user).select_related(
        "award__decision__place", "award__registration", "award__registrant", "award__commune", "place", "replaced_by"
    )
    return get_object_or_404(rows, pk=pk)


@require_safe
def certificate_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One certificate: what it prints, whether it holds, what it replaced, when it was printed."""
    certificate = _certificate(request, pk)
    award = certificate.award
    facts = [
        (_("Tên in"), certificate.printed_name),
        (_("Địa chỉ in"), certificate.printed_address),
        (_("Danh hiệu"), f"{award.get_model_display()}, {award.year}"),
        (_("Ngày cấp"), certificate.issued_on.strftime("%d/%m/%Y")),
        (_("Có giá trị đến hết ngày"), award.valid_until.strftime("%d/%m/%Y") if award.valid_until else ""),
        (_("Cơ quan công nhận"), award.decision.authority),
    ]
    if award.status_reason:
        day = award.status_on.strftime("%d/%m/%Y") if award.status_on else ""
        facts.append((_("Thu hồi"), f"{day} · {award.status_reason}"))
    context = {
        "certificate": certificate,
        "label": certificate_number(certificate),
        "standing": standing(certificate),
        "facts": facts,
        "replaces": Certificate.objects.filter(replaced_by=certificate).first(),
        "may_change": may_change_award(request.user, award) and award.status == "VALID",
        **print_context(certificate, award.decision, printable=outcome_of(certificate) in PRINTED),
    }
    return render(request, "recognition/certificate_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def certificate_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """One certificate as PDF: GET shows a marked copy; POST prints it, which is noted, with the reason when again."""
    certificate = _certificate(request, pk)
    decision = certificate.award.decision
    return look_or_print(
        request,
        certificate,
        decision,
        printable=outcome_of(certificate) in PRINTED,
        page="recognition:certificate-detail",
        pdf=partial(certificates_pdf, decision, Certificate.objects.filter(pk=certificate.pk)),
        name=f"giay-cong-nhan-{certificate.number:04d}-{certificate.number_year}",
    )


def _change(request, pk, form_class, title, button, deed, initial=None):
    """A page that asks once more, with the reason, then does it."""
    certificate = _certificate(request, pk)
    allowed = may_change_award(request.user, certificate.award)
    if not allowed:
        raise PermissionDenied(allowed.reason)
    form = form_class(request.POST or None, initial=initial(certificate) if initial else None)
    if request.method == "POST" and form.is_valid():
        try:
            target, sentence = deed(certificate, form.cleaned_data)
        except NotPermitted as error:
            raise PermissionDenied(error.message) from error
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, sentence)
            return redirect("recognition:certificate-detail", target)
    context = {
        "subject": certificate.printed_name,
        "label": certificate_number(certificate),
        "back_url": reverse("recognition:certificate-detail", args=[certificate.pk]),
        "form": form,
    }
    return render(
        request,
        "recognition/certificate_change.html",
        context | {"title": title, "button": button, "danger": form_class is RevokeForm},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def certificate_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke the recognition behind a certificate, with ground and reason."""

    def deed(certificate, data):
        revoke(actor=request.user, award=certificate.award, **data)
        return certificate.pk, _("Đã thu hồi công nhận của %(name)s.") % {"name": certificate.printed_name}

    return _change(request, pk, RevokeForm, _("Thu hồi công nhận"), _("Thu hồi"), deed)


@require_http_methods(["GET", "HEAD", "POST"])
def certificate_replace(request: HttpRequest, pk: int) -> HttpResponse:
    """A new certificate for a wrong or lost one."""

    def deed(certificate, data):
        new = replace(actor=request.user, certificate=certificate, **data)
        return new.pk, _("Đã cấp giấy số %(new)s thay giấy số %(old)s.") % {
            "new": certificate_number(new),
            "old": certificate_number(certificate),
        }

    return _change(
        request,
        pk,
        ReplaceForm,
        _("Cấp giấy thay thế"),
        _("Cấp giấy mới"),
        deed,
        lambda certificate: {
            "printed_name": certificate.printed_name,
            "printed_address": certificate.printed_address,
        },
    )
