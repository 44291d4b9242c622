"""The public check of certificates: by QR code everything printed is shown, by typed number less."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.lib.text import clean, fold
from portal.lib.throttle import too_many
from recognition.choices import CheckOutcome, LearningModel
from recognition.domain.certifying import count_check
from recognition.honour_choices import IN_REGISTER
from recognition.models import Certificate, Commendation
from recognition.papers import certificate_number, subject_of, title_of
from recognition.papers.commendations import printed_of
from recognition.views.standing import commendation_standing, standing

PER_MINUTE = 30  # checks from one address; a queue at a counter stays below, a machine trying numbers does not


class NumberForm(forms.Form):
    """A number typed from a paper whose code cannot be read."""

    number = forms.CharField(
        label=gettext_lazy("Số vào sổ"), max_length=20, help_text=gettext_lazy("Như in trên giấy, ví dụ: 0012/2026")
    )
    place = forms.CharField(
        label=gettext_lazy("Phường, xã (hoặc nơi cấp)"), max_length=100, help_text=gettext_lazy("Ví dụ: Hòa Hưng")
    )

    def clean_number(self) -> tuple[int, int]:
        number, _slash, year = clean(self.cleaned_data["number"]).replace(" ", "").partition("/")
        if not (number.isdecimal() and year.isdecimal() and len(number) < 9 and len(year) == 4):
            raise forms.ValidationError(_("Hãy gõ số và năm như in trên giấy, ví dụ: 0012/2026."))
        return int(number), int(year)


def _too_many(request: HttpRequest) -> bool:
    return too_many(request, "check", PER_MINUTE)


@login_not_required
@never_cache
@require_safe
def check_start(request: HttpRequest) -> HttpResponse:
    """How to check a certificate, and the form for a typed number, which shows less."""
    asked = "number" in request.GET
    if asked and _too_many(request):
        return render(request, "429.html", status=429)
    form = NumberForm(request.GET if asked else None)
    found = _by_number(form) if asked and form.is_valid() else None
    context = {"form": form, "found": found, "asked": found is not None, "address": request.get_host()}
    return render(request, "recognition/check_start.html", context)


def _by_number(form: NumberForm) -> list[dict]:
    """What a typed number shows: title, year, decision and whether it holds. No name, no address."""
    number, year = form.cleaned_data["number"]
    wanted = fold(form.cleaned_data["place"])
    rows = Certificate.objects.filter(number=number, number_year=year, place__search_name__contains=wanted)
    rows = rows.select_related("award__decision", "place").order_by("place_id")[:5] if wanted else []
    found = _commendations_by_number(number, year, wanted) if wanted else []
    for certificate in rows:
        award = certificate.award
        state = standing(certificate)
        found.append(
            {
                "standing": state,
                "facts": [
                    (_("Nơi cấp"), certificate.place.name),
                    (_("Danh hiệu"), f"{LearningModel(award.model).label} {award.year}"),
                    (_("Quyết định"), str(award.decision)),
                    (_("Số vào sổ"), certificate_number(certificate)),
                ],
            }
        )
    for one in found or [{"standing": {"outcome": CheckOutcome.UNKNOWN}}]:
        count_check(one["standing"]["outcome"])
    return found


def _commendations_by_number(number: int, year: int, wanted: str) -> list[dict]:
    rows = Commendation.objects.filter(state__in=IN_REGISTER)
    rows = rows.filter(book_number=number, book_year=year, roll__to_place__search_name__contains=wanted)
    rows = rows.select_related("roll__form", "roll__decision", "roll__to_place").order_by("roll__to_place_id", "pk")[:5]
    return [
        {
            "standing": commendation_standing(item),
            "facts": [
                (_("Nơi khen"), item.roll.decision.authority),
                (_("Hình thức"), item.roll.form.get_kind_display()),
                (_("Quyết định"), str(item.roll.decision)),
                (_("Số vào sổ khen thưởng"), item.book_label),
            ],
        }
        for item in rows
    ]


@login_not_required
@never_cache
@require_safe
def check(request: HttpRequest, token: str) -> HttpResponse:
    """Shows what is printed on a certificate or commendation, and whether it holds; nothing else.

    A page that only said "valid" would let a holder change the paper; so everything printed is shown to compare.
    """
    if _too_many(request):
        return render(request, "429.html", status=429)
    found = _certificate(token) or _commendation(token)
    if found is None:
        count_check(CheckOutcome.UNKNOWN)
        return render(request, "recognition/check_unknown.html", status=404)
    state, facts = found
    count_check(state["outcome"])
    context = {
        "facts": facts,
        "standing": state,
        "checked_at": timezone.localtime(),
        "address": request.get_host(),
    }
    return render(request, "recognition/check_result.html", context)


def _certificate(token: str) -> tuple[dict, list] | None:
    """Standing and printed facts of a certificate."""
    certificate = (
        Certificate.objects.filter(token=token)
        .select_related("award__decision__place", "award__commune", "award__registrant")
        .first()
    )
    if certificate is None:
        return None
    award = certificate.award
    _title, detail = title_of(award)
    decision = award.decision
    facts = [
        (_("Cấp cho"), subject_of(certificate)),
        (_("Địa chỉ"), certificate.printed_address),
        (_("Danh hiệu"), f"{LearningModel(award.model).label} {detail}".strip()),
        (_("Cơ quan công nhận"), decision.authority),
        _decision_fact(decision),
        (_("Người ký"), f"{decision.signer_title} {decision.signer}"),
        (_("Số vào sổ"), certificate_number(certificate)),
        (_("Có giá trị đến hết ngày"), award.valid_until.strftime("%d/%m/%Y") if award.valid_until else ""),
    ]
    if award.result_text:
        facts.insert(3, (_("Xếp loại"), award.result_text))
    return standing(certificate), facts


def _commendation(token: str) -> tuple[dict, list] | None:
    """Standing and printed facts of a giấy khen or bằng khen."""
    rows = Commendation.objects.exclude(token="").filter(token=token)
    rows = rows.select_related("roll__form", "roll__decision", "roll__to_place", "registrant")
    item = rows.select_related("hamlet", "commune", "district", "province").first()
    if item is None:
        return None
    decision, printed = item.roll.decision, printed_of(item)
    facts = [
        (_("Tặng cho"), printed["subject"]),
        (_("Chức vụ, địa bàn"), printed["detail"]),
        (_("Hình thức"), item.roll.form.get_kind_display()),
        (_("Thành tích"), printed["achievement"]),
        (_("Cơ quan khen"), decision.authority),
        _decision_fact(decision),
        (_("Người ký"), f"{decision.signer_title} {decision.signer}"),
        (_("Số vào sổ khen thưởng"), item.book_label),
    ]
    return commendation_standing(item), facts


def _decision_fact(decision) -> tuple:
    day = decision.signed_on.strftime("%d/%m/%Y")
    return _("Quyết định"), _("Số %(number)s ngày %(day)s") % {"number": decision, "day": day}
