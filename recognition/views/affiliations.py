"""Staff and learners of an organisation counted at home: a list is pasted, matches are offered and confirmed."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from recognition.domain import affiliating
from recognition.domain.errors import NotPermitted, RecognitionError
from units.choices import RegistrantKind
from units.models import Registrant
from units.rules import may_correct


class PeopleForm(forms.Form):
    """A pasted list, and what the people on it are."""

    text = forms.CharField(
        label=gettext_lazy("Danh sách của đơn vị"),
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy(
            "Mỗi người một dòng: họ tên và năm sinh, ví dụ Nguyễn Văn An 1980; hoặc số căn cước 12 chữ số. Số căn cước "
            "chỉ dùng để tìm, không lưu."
        ),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Những người này là"),
        choices=[("staff", gettext_lazy("cán bộ, người lao động")), ("learner", gettext_lazy("người học"))],
    )
    since = forms.DateField(label=gettext_lazy("Là người của đơn vị từ ngày"))

    def clean_since(self):
        day = self.cleaned_data["since"]
        if not day.year >= 1900 or day > timezone.localdate():
            raise forms.ValidationError(_("Ngày phải từ năm 1900 đến hôm nay."))
        return day


@require_http_methods(["GET", "HEAD", "POST"])
def affiliations(request, pk):
    """Who is confirmed, and the way to find more."""
    rows = Registrant.objects.visible_to(request.user).filter(kind=RegistrantKind.ORGANISATION)
    organisation = get_object_or_404(rows.select_related("hamlet", "commune"), pk=pk)
    may = may_correct(request.user, organisation)
    if request.method == "POST" and not may:
        raise PermissionDenied(_("Bạn không được phân công giữ sổ của đơn vị này."))
    here = reverse("recognition:affiliations", args=[pk])
    if request.method == "POST" and "end" in request.POST:
        return _end(request, organisation, here)
    first = timezone.localdate().replace(month=1, day=1)
    form = PeopleForm(request.POST if request.method == "POST" else None, initial={"since": first})
    found = []
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            if "confirm" in request.POST:
                chosen = [int(one) for one in request.POST.getlist("who") if one.isdecimal() and len(one) < 19]
                count = affiliating.confirm(
                    actor=request.user,
                    organisation=organisation,
                    citizens=chosen,
                    learner=data["role"] == "learner",
                    since=data["since"],
                )
                text = ngettext("Đã xác nhận %(count)d người.", "Đã xác nhận %(count)d người.", count)
                messages.success(request, text % {"count": count})
                return redirect(here)
            found = affiliating.match(user=request.user, organisation=organisation, text=data["text"])
        except NotPermitted as error:
            raise PermissionDenied(error.message) from None
        except RecognitionError as error:
            form.add_error(None, error.message)
    context = {
        "organisation": organisation,
        "people": list(affiliating.people_of(request.user, organisation)[:1000]),
        "form": form,
        "found": found,
        "sure": sum(one.sure for one in found),
        "may": may,
        "back_url": reverse("units:organisation-detail", args=[pk]),
    }
    return render(request, "recognition/affiliations.html", context, status=422 if form.errors else 200)


def _end(request, organisation, here):
    key = request.POST["end"]
    try:
        affiliating.end(
            actor=request.user,
            organisation=organisation,
            affiliation=int(key) if key.isdecimal() and len(key) < 19 else 0,
            on=timezone.localdate(),
        )
    except RecognitionError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Từ hôm nay người này không còn là người của đơn vị; các năm trước giữ nguyên."))
    return redirect(here)
