"""The public check of certificates: by QR code everything printed is shown, by typed number less."""

import re

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.lib.pdf import short_place_name
from portal.lib.text import clean, fold
from portal.lib.throttle import too_many
from recognition.choices import CheckOutcome, LearningModel
from recognition.domain.certifying import count_check
from recognition.honour_choices import IN_REGISTER
from recognition.models import Certificate, Commendation
from recognition.papers import certificate_number, subject_of, title_of
from recognition.papers.commendations import printed_of
from recognition.views.standing import commendation_standing, standing
from units.domain.place_search import search_words

MOST_SHOWN = 5  # papers of one number; more places than that are told apart by a fuller name
MOST_READ = 500
# What people write before the name of the place that gave a paper.
_OFFICES = re.compile(r"\b(uy ban nhan dan|ubnd|hoi khuyen hoc|hkh|chu tich)\b")
# "P. Hòa Hưng", "X. Bình Hưng", "Q.10": a kind of place shortened to a letter before its name.
_SHORT_KINDS = {"p": "phuong", "x": "xa", "q": "quan", "h": "huyen"}
_BARE_KINDS = ["phuong", "xa", "thi tran", "dac khu", "quan", "huyen", "thi xa", "tinh", "thanh pho"]


class NumberForm(forms.Form):
    """A number typed from a paper whose code cannot be read."""

    number = forms.CharField(
        label=gettext_lazy("Số vào sổ"), max_length=20, help_text=gettext_lazy("Như in trên giấy, ví dụ: 0012/2026")
    )
    place = forms.CharField(
        label=gettext_lazy("Phường, xã (hoặc nơi cấp)"), max_length=100, help_text=gettext_lazy("Ví dụ: Hòa Hưng")
    )

    def clean_number(self) -> tuple[int, int]:
        """(number, year of its book), as printed."""
        number, _slash, year = clean(self.cleaned_data["number"]).replace(" ", "").partition("/")
        if not (number.isdecimal() and year.isdecimal() and len(number) < 9 and len(year) == 4):
            raise forms.ValidationError(_("Hãy gõ số và năm như in trên giấy, ví dụ: 0012/2026."))
        return int(number), int(year)

    def clean_place(self) -> set[str]:
        """The words of the place's name without marks; its kind alone names no place."""
        words = _words(self.cleaned_data["place"])
        if not words or words in [set(kind.split()) for kind in _BARE_KINDS]:
            raise forms.ValidationError(_("Hãy gõ tên nơi cấp như in trên giấy, ví dụ: Hòa Hưng."))
        return words


def _too_many(request: HttpRequest) -> bool:
    return too_many(request, "check", settings.CHECKS_PER_MINUTE)


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
    crowded = found is not None and len(found) > MOST_SHOWN
    context = {
        "form": form,
        "found": [] if crowded else found,
        "crowded": crowded,
        "asked": found is not None,
        "address": request.get_host(),
    }
    return render(request, "recognition/check_start.html", context)


def _by_number(form: NumberForm) -> list[dict]:
    """What a typed number shows: title, year, decision and whether it holds. No name, no address.

    One more than MOST_SHOWN stands for too many.
    """
    number, year = form.cleaned_data["number"]
    wanted = form.cleaned_data["place"]
    rows = Certificate.objects.filter(number=number, number_year=year).select_related("award__decision", "place")
    items = Commendation.objects.filter(state__in=IN_REGISTER, book_number=number, book_year=year)
    items = items.select_related("roll__form", "roll__decision", "roll__to_place")
    found = [
        *((_certificate_brief(one), one.place) for one in _near(rows, "place", wanted)),
        *((_commendation_brief(one), one.roll.to_place) for one in _near(items, "roll__to_place", wanted)),
    ]
    # "Hòa Hưng" is that ward; only where no place is called so, whatever lies in a place called so.
    own = [brief for brief, place in found if _words(short_place_name(place.name)) <= wanted]
    briefs = (own or [brief for brief, _place in found])[: MOST_SHOWN + 1]
    shown = briefs if len(briefs) <= MOST_SHOWN else []
    for one in shown or [{"standing": {"outcome": CheckOutcome.UNKNOWN}}]:
        count_check(one["standing"]["outcome"])
    return briefs


def _words(text: str) -> set[str]:
    """The words of a place's name, without those of its offices: "P.Hòa Hưng, TP.HCM" is written out."""
    words = _OFFICES.sub(" ", fold(text)).split()
    words[:-1] = [_SHORT_KINDS.get(word, word) for word in words[:-1]]
    return set(search_words(" ".join(words)).split())


def _near(rows, column: str, wanted: set[str]) -> list:
    """Rows whose place has all the words, as whole words, in its name or in those of the places it lies in."""
    for word in wanted:
        rows = rows.filter(**{f"{column}__search_name__contains": word})
    parts = column.split("__")

    def place_of(row):
        for part in parts:
            row = getattr(row, part)
        return row

    rows = rows.order_by(f"{column}__sort_key", f"{column}_id", "pk")[:MOST_READ]
    return [row for row in rows if wanted <= set(re.findall(r"\w+", place_of(row).search_name))]


def _certificate_brief(certificate: Certificate) -> dict:
    award = certificate.award
    return {
        "standing": standing(certificate),
        "facts": [
            (_("Nơi cấp"), certificate.place.name),
            (_("Danh hiệu"), f"{LearningModel(award.model).label} {award.year}"),
            (_("Quyết định"), str(award.decision)),
            (_("Số vào sổ"), certificate_number(certificate)),
        ],
    }


def _commendation_brief(item: Commendation) -> dict:
    return {
        "standing": commendation_standing(item),
        "facts": [
            (_("Nơi khen"), item.roll.decision.authority),
            (_("Hình thức"), item.roll.form.get_kind_display()),
            (_("Quyết định"), str(item.roll.decision)),
            (_("Số vào sổ khen thưởng"), item.book_label),
        ],
    }


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
