"""Undecided dossiers under an older version of their rules: what they would come to, then moving them."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from recognition.choices import LearningModel
from recognition.domain.renewing import MOST, outdated, preview, renew
from recognition.forms.registering import SHOWN_MODELS
from recognition.forms.shown import read_shown
from recognition.models import Registration
from recognition.rules import may_renew
from recognition.views.outcome import outcome_page
from recognition.views.scope import list_url, place_or_404, year_of


@require_http_methods(["GET", "HEAD", "POST"])
def registration_renew(request, pk):
    """The dossiers of a place, year and model with the recalculated result; posting moves the ticked ones."""
    place, year = place_or_404(request.user, pk), year_of(request)
    model = request.GET.get("model", "")
    model = model if model in SHOWN_MODELS else LearningModel.FAMILY
    back_url = list_url(place=place.pk, year=year, model=model)
    if request.method == "POST":
        return _move(request, back_url)
    rows = outdated(place, year, model).select_related("registrant", "hamlet", "commune")
    total = rows.count()
    if request.GET.get("ho-so", "").isdecimal():
        rows = rows.filter(pk=int(request.GET["ho-so"][:18]))
    found = preview(list(rows.order_by("registrant__sort_key", "pk")[:MOST]))
    context = {
        "place": place,
        "year": year,
        "model": model,
        "model_label": LearningModel(model).label,
        "found": found,
        "total": total,
        "may": [one for one in found[:1] if may_renew(request.user, one.row)],
        "reason": may_renew(request.user, found[0].row).reason if found else "",
        "most": MOST,
        "back_url": back_url,
    }
    return render(request, "recognition/registration_renew.html", context)


def _move(request, back_url):
    shown, targets = {}, {}
    for value in request.POST.getlist("row"):
        target, _colon, rest = value.partition(":")
        for pk, text in read_shown([rest]).items():
            shown[pk] = text
            targets[pk] = int(target) if target.isdecimal() and len(target) < 18 else 0
    rows = Registration.objects.visible_to(request.user).filter(pk__in=list(shown)).select_related("rulebook")
    names = dict(rows.order_by("registrant__sort_key", "pk").values_list("pk", "registrant__name"))
    if not names:
        messages.error(request, _("Hãy chọn ít nhất một hồ sơ."))
        return redirect(back_url)
    outcome = renew(actor=request.user, shown=shown, targets=targets)
    count = len(outcome.done)
    done = ngettext(
        "Đã chuyển %(count)d hồ sơ sang phiên bản mới.", "Đã chuyển %(count)d hồ sơ sang phiên bản mới.", count
    )
    return outcome_page(
        request,
        title=_("Chuyển sang phiên bản mới của bộ tiêu chí"),
        done=done % {"count": count},
        outcome=outcome,
        names=names,
        back_url=back_url,
    )
