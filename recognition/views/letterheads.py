"""What stands on a place's papers: one page per body, with its papers' head shown as it will be printed."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.lib import pdf
from recognition.choices import IssuingBody
from recognition.forms.certifying import LetterheadForm
from recognition.models import Letterhead
from recognition.papers.letterheads import defaults, head_of
from recognition.rules import may_edit_letterhead
from recognition.views.scope import place_or_404


@require_http_methods(["GET", "HEAD", "POST"])
def letterhead(request, place_pk, body):
    """Read and set the letterhead of a place for its People's Committee or its association."""
    if body not in IssuingBody.values:
        raise Http404
    place = place_or_404(request.user, place_pk)
    if not may_edit_letterhead(request.user, place):
        raise PermissionDenied(_("Bạn không được phân công sửa mẫu văn bản của %(place)s.") % {"place": place.name})
    kept = Letterhead.objects.filter(place=place, body=body).first() or Letterhead(place=place, body=body)
    form = LetterheadForm(request.POST or None, instance=kept, committee=body == IssuingBody.COMMITTEE)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Đã lưu mẫu văn bản."))
        return redirect("recognition:letterhead", place.pk, body)
    superior, agency = defaults(place, body)
    context = {
        "place": place,
        "body": body,
        "bodies": [{"label": label, "value": value, "active": value == body} for value, label in IssuingBody.choices],
        "form": form,
        "head": head_of(place, body),
        "default_superior": superior,
        "default_agency": " | ".join(agency),
        "town": pdf.short_place_name(place.name),
        "events": kept.events.select_related("pgh_context").order_by("-pgh_id")[:20] if kept.pk else [],
    }
    return render(request, "recognition/letterhead.html", context, status=422 if form.errors else 200)
