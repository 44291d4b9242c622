"""Public holidays: everybody reads them, those who run the portal for the country enter them."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from recognition.domain import holidays as verbs
from recognition.domain.errors import RecognitionError
from recognition.rule_keeping import may_keep_holidays


class DaysForm(forms.Form):
    """One occasion."""

    name = forms.CharField(
        label=gettext_lazy("Dịp nghỉ"), max_length=100, help_text=gettext_lazy("Ví dụ: Tết Nguyên đán, nghỉ bù 30/4")
    )
    first = forms.DateField(label=gettext_lazy("Từ ngày"))
    last = forms.DateField(label=gettext_lazy("Đến hết ngày"))


class SwapForm(forms.Form):
    """A weekday off for a weekend day worked."""

    name = forms.CharField(
        label=gettext_lazy("Dịp nghỉ"), max_length=100, help_text=gettext_lazy("Ví dụ: Hoán đổi dịp 30/4")
    )
    off = forms.DateField(label=gettext_lazy("Nghỉ ngày"), help_text=gettext_lazy("Ngày trong tuần."))
    work = forms.DateField(label=gettext_lazy("Làm bù ngày"), help_text=gettext_lazy("Thứ bảy hoặc chủ nhật."))


class CompleteForm(forms.Form):
    """All days of the year are there."""

    source = forms.CharField(
        label=gettext_lazy("Văn bản thông báo lịch nghỉ"), max_length=300, help_text=gettext_lazy("Số, ngày, cơ quan.")
    )


@require_http_methods(["GET", "HEAD", "POST"])
def holiday_list(request):
    """The days off of a year, and whether they are complete."""
    year = _year(request)
    may = may_keep_holidays(request.user)
    what = request.POST.get("do", "")
    if request.method == "POST" and not may:
        raise PermissionDenied(_("Chỉ quản trị và lãnh đạo Trung ương Hội ghi ngày nghỉ lễ."))
    days = DaysForm(request.POST if what == "days" else None)
    swap = SwapForm(request.POST if what == "swap" else None, auto_id="id_swap_%s")
    complete = CompleteForm(request.POST if what == "complete" else None)
    bound = {"days": days, "swap": swap, "complete": complete}
    if request.method == "POST":
        try:
            text = _done(request, what, year, bound.get(what))
        except RecognitionError as error:
            form = bound.get(what)
            if form is None:
                messages.error(request, error.message)
            else:
                form.add_error(None, error.message)
        else:
            if text:
                messages.success(request, text)
        if not any(one.errors for one in bound.values()):
            # where the days just entered are
            shown = {"days": "first", "swap": "off"}.get(what)
            shown = bound[what].cleaned_data[shown].year if shown else year
            return redirect(f"{reverse('recognition:holiday-list')}?nam={shown}")
    context = {
        "year": year,
        "off": verbs.year_of_holidays(year),
        "may": may,
        "days": days,
        "complete": complete,
        "swap": swap,
        "years": [
            {"label": str(one), "url": f"?nam={one}", "active": one == year}
            for one in range(max(year - 2, verbs.FIRST_YEAR), min(year + 2, verbs.LAST_YEAR) + 1)
        ],
    }
    status = 422 if any(one.errors for one in bound.values()) else 200
    return render(request, "recognition/holiday_list.html", context, status=status)


def _year(request) -> int:
    """The year of the address (?nam=), else this one; days are never entered for another year than the one asked."""
    asked = request.GET.get("nam", "")
    if not asked:
        return timezone.localdate().year
    if not (asked.isdecimal() and len(asked) == 4 and verbs.FIRST_YEAR <= int(asked) <= verbs.LAST_YEAR):
        raise Http404
    return int(asked)


def _done(request, what, year, form) -> str:
    """Run what was asked for; the sentence to show, empty when the form has faults."""
    if form is not None and not form.is_valid():
        return ""
    if what == "days":
        count = verbs.enter_days(actor=request.user, **form.cleaned_data)
        first, last = (f"{form.cleaned_data[name]:%d/%m/%Y}" for name in ("first", "last"))
        if count == 1:
            return _("Đã ghi ngày nghỉ %(day)s.") % {"day": first}
        return _("Đã ghi %(count)d ngày nghỉ, từ %(first)s đến %(last)s.") % {
            "count": count,
            "first": first,
            "last": last,
        }
    if what == "swap":
        verbs.swap_days(actor=request.user, **form.cleaned_data)
        off, work = (f"{form.cleaned_data[name]:%d/%m/%Y}" for name in ("off", "work"))
        return _("Đã ghi hoán đổi: nghỉ %(off)s, làm bù %(work)s.") % {"off": off, "work": work}
    if what == "complete":
        verbs.declare_year(actor=request.user, year=year, complete=True, **form.cleaned_data)
        return _("Năm %(year)d đã ghi đủ ngày nghỉ.") % {"year": year}
    if what == "open":
        verbs.declare_year(actor=request.user, year=year, complete=False)
        return _("Năm %(year)d trở lại là chưa ghi đủ.") % {"year": year}
    if what == "back":
        key = request.POST.get("pk", "")
        one = verbs.take_back_day(actor=request.user, pk=int(key) if key.isdecimal() and len(key) < 19 else 0)
        if one.other_day:
            days = {"day": f"{one.day:%d/%m/%Y}", "other": f"{one.other_day:%d/%m/%Y}"}
            return _("Đã bỏ hoán đổi giữa ngày %(day)s và ngày %(other)s.") % days
        return _("Ngày %(day)s không còn là ngày nghỉ.") % {"day": f"{one.day:%d/%m/%Y}"}
    return ""
