"""The register of certificates, single certificates, and the public check page."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.lib.listing import Listing
from portal.lib.text import clean, fold
from portal.lib.years import current_year
from recognition.choices import AwardStatus, LearningModel, Rank
from recognition.models import Certificate
from recognition.papers import certificate_number, certificates_pdf, subject_of, title_of
from recognition.views.decisions import _pdf


class CertificateFilterForm(forms.Form):
    """Find a certificate by name or number."""

    q = forms.CharField(
        label=gettext_lazy("Tên hoặc số vào sổ"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("Ví dụ: nguyen van an hoặc 0123")}),
    )


def _search(rows, data):
    text = clean(data["q"])
    if not text:
        return rows
    number = text.split("/")[0]
    if number.isdecimal() and len(number) < 9:
        return rows.filter(number=int(number))
    return rows.filter(award__registrant__search_name__contains=fold(text))


@require_safe
def certificate_list(request: HttpRequest) -> HttpResponse:
    """Certificates of the year inside the person's places."""
    year = current_year(request)
    rows = (
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
    for certificate in listing.rows:
        certificate.label = certificate_number(certificate)
        certificate.standing = standing(certificate)
    return render(request, "recognition/certificate_list.html", {"listing": listing, "year": year})


@require_safe
def certificate_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """One certificate as PDF."""
    certificate = get_object_or_404(
        Certificate.objects.visible_to(request.user).select_related("award__decision__place"), pk=pk
    )
    content = certificates_pdf(certificate.award.decision, Certificate.objects.filter(pk=certificate.pk))
    return _pdf(content, f"giay-cong-nhan-{certificate.number:04d}-{certificate.number_year}")


def standing(certificate: Certificate) -> dict:
    """Whether the certificate holds today: word, tone and the sentence for people."""
    award = certificate.award
    if certificate.replaced_by_id:
        return {"word": _("Đã thay thế"), "tone": "warning", "text": _("Giấy này đã được thay bằng giấy khác.")}
    if award.status == AwardStatus.REVOKED:
        return {"word": _("Đã thu hồi"), "tone": "danger", "text": _("Việc công nhận này đã bị thu hồi.")}
    if award.status == AwardStatus.REPLACED:
        return {"word": _("Đã thay thế"), "tone": "warning", "text": _("Việc công nhận này đã được thay thế.")}
    if award.is_expired():
        return {
            "word": _("Hết hiệu lực"),
            "tone": "warning",
            "text": _("Giấy là thật nhưng đã hết hạn ngày %(day)s.") % {"day": award.valid_until.strftime("%d/%m/%Y")},
        }
    return {"word": _("Còn hiệu lực"), "tone": "success", "text": _("Giấy công nhận này có thật và còn hiệu lực.")}


@login_not_required
@never_cache
@require_safe
def check_start(request: HttpRequest) -> HttpResponse:
    """How to check a certificate."""
    return render(request, "recognition/check_start.html")


@login_not_required
@never_cache
@require_safe
def check(request: HttpRequest, token: str) -> HttpResponse:
    """Public check page: shows what is printed, and whether it holds; nothing else.

    A page that only said "valid" would let a holder change the paper; so everything printed is shown to compare.
    """
    certificate = (
        Certificate.objects.filter(token=token)
        .select_related("award__decision__place", "award__commune", "award__registrant")
        .first()
    )
    if certificate is None:
        return render(request, "recognition/check_unknown.html", status=404)
    award = certificate.award
    title, detail = title_of(award)
    decision = award.decision
    facts = [
        (_("Cấp cho"), subject_of(certificate)),
        (_("Địa chỉ"), certificate.printed_address),
        (_("Danh hiệu"), f"{LearningModel(award.model).label} {detail}".strip()),
        (_("Cơ quan công nhận"), decision.authority),
        (
            _("Quyết định"),
            _("Số %(number)s ngày %(day)s") % {"number": decision, "day": decision.signed_on.strftime("%d/%m/%Y")},
        ),
        (_("Người ký"), f"{decision.signer_title} {decision.signer}"),
        (_("Số vào sổ"), certificate_number(certificate)),
        (_("Có giá trị đến hết ngày"), award.valid_until.strftime("%d/%m/%Y") if award.valid_until else ""),
    ]
    if award.rank:
        facts.insert(3, (_("Xếp loại"), Rank(award.rank).label))
    return render(
        request,
        "recognition/check_result.html",
        {
            "facts": facts,
            "standing": standing(certificate),
            "title_printed": title,
            "checked_at": timezone.localtime(),
            "address": request.get_host(),
        },
    )
