"""Registration forms and self-score sheets as files: of one dossier, blank, or one for every family of a hamlet."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.lib.text import fold
from recognition.choices import MODEL_KIND, LearningModel, Stage
from recognition.domain.measures.showing import lines_of
from recognition.domain.rulebooks import rulebook_for
from recognition.models import Assessment, Registration, Rulebook
from recognition.models.registrations import ADDRESSED
from recognition.papers import registration_paper, score_paper, share_lines
from recognition.papers.letterheads import ASSOCIATION, head_of
from recognition.views.assessments import area_of
from recognition.views.paper_files import paper_response
from recognition.views.scope import list_url, place_or_404, registration_or_404, year_of
from units.choices import Level

REGISTER, SCORE = "dang-ky", "tu-cham"
# A hamlet has a few hundred families; a whole ward is printed hamlet by hamlet.
MOST = 600


def _kind(request) -> str:
    kind = request.GET.get("mau", REGISTER)
    if kind not in (REGISTER, SCORE):
        raise Http404
    return kind


def _entry_url(row: Registration) -> str:
    """Where an officer enters this sheet, after signing in."""
    return settings.PUBLIC_URL + reverse("recognition:assessment-form", args=[row.pk])


@require_safe
def registration_form(request, pk):
    """The registration form (?mau=dang-ky) or the self-score sheet (?mau=tu-cham) of one dossier, filled in."""
    kind = _kind(request)
    row = registration_or_404(request, pk)
    if kind == REGISTER:
        paper = registration_paper(row.rulebook, row.year, row.place, row.registrant)
    else:
        sheet = row.assessments.filter(stage=Stage.SELF).first()
        shares = share_lines(lines_of(row, area_of(row)))
        paper = score_paper(
            row.rulebook, row.year, row.place, row.registrant, sheet, shares=shares, url=_entry_url(row)
        )
    return paper_response(request, paper, name=f"{kind}-{fold(row.registrant.name).replace(' ', '-')[:60]}-{row.year}")


@require_safe
def place_forms(request, place_pk):
    """Blank forms of a place for a model, or (?san=1) one filled-in form for each dossier of a hamlet."""
    kind = _kind(request)
    place = place_or_404(request.user, place_pk, Level.COMMUNE, Level.HAMLET)
    year = year_of(request)
    model = request.GET.get("model", LearningModel.FAMILY)
    if model not in MODEL_KIND:
        raise Http404
    rulebook = rulebook_for(model, year, place.province)
    back = list_url(place=place.pk, year=year, model=model)
    if rulebook is None:
        messages.error(request, _("Chưa có bộ tiêu chí áp dụng cho năm %(year)d.") % {"year": year})
        return redirect(back)
    make = registration_paper if kind == REGISTER else score_paper
    name = f"{kind}-{fold(place.name).replace(' ', '-')}-{year}"
    if request.GET.get("san") != "1":
        return paper_response(request, make(rulebook, year, place), name=f"{name}-trong")
    rows = list(
        Registration.objects.visible_to(request.user)
        .live()
        .within(place)
        .filter(year=year, model=model)
        .select_related(*ADDRESSED, "hamlet__commune", "commune__commune")
        .order_by("hamlet__sort_key", "registrant__sort_key", "pk")[: MOST + 1]
    )
    if not rows:
        messages.error(request, _("Chưa có hồ sơ nào để in sẵn tên. Hãy in mẫu trống."))
        return redirect(back)
    if len(rows) > MOST:
        messages.error(
            request, _("Một lần in được nhiều nhất %(most)d phiếu; hãy mở từng khu phố, thôn rồi in.") % {"most": MOST}
        )
        return redirect(back)
    return paper_response(request, *_filled(kind, place, rows), name=name)


def _filled(kind, place, rows):
    """One paper for each dossier. Head and rules are read once for all of them."""
    head = head_of(place, ASSOCIATION)
    rulebooks = Rulebook.objects.in_bulk({row.rulebook_id for row in rows})
    if kind == REGISTER:
        return [
            registration_paper(rulebooks[row.rulebook_id], row.year, row.place, row.registrant, head) for row in rows
        ]
    sheets = {
        sheet.registration_id: sheet for sheet in Assessment.objects.filter(registration__in=rows, stage=Stage.SELF)
    }
    return [
        score_paper(
            rulebooks[row.rulebook_id],
            row.year,
            row.place,
            row.registrant,
            sheets.get(row.pk),
            head,
            url=_entry_url(row),
        )
        for row in rows
    ]
