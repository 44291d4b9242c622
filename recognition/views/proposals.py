"""Proposal letters: what can go, writing one, reading it, printing it."""

from __future__ import annotations

from itertools import groupby

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.listing import Listing
from recognition.choices import Action, IssuingBody, LearningModel, ProposalState, State
from recognition.domain.errors import NotPermitted, RecognitionError, RowsRefused
from recognition.domain.kept_lists import is_kept, left_since, letter_list, with_counts
from recognition.domain.measures.showing import judged_by
from recognition.domain.proposing import deciding_place, propose
from recognition.domain.rulebooks import rulebook_for
from recognition.domain.tallies import figures_for
from recognition.domain.transitions import Outcome
from recognition.domain.upgrades import upgrade_findings
from recognition.forms.proposing import ProposalForm
from recognition.forms.registering import SHOWN_MODELS
from recognition.forms.shown import read_shown
from recognition.models import Proposal, Registration
from recognition.papers import proposal_paper as paper_of
from recognition.rules import acting_scope, may_edit_letterhead, may_issue, needs_pass, performing_level
from recognition.views.paper_files import paper_response
from recognition.views.scope import own_places, own_tabs, place_or_404, year_of
from recognition.workflow import sources
from units.choices import Level
from units.rules import scope_of


def _readable(user):
    """Letters of the person's places, and letters sent to them."""
    scope = scope_of(user)
    return Proposal.objects.filter(scope.q(prefix="place__", own=True) | scope.q(prefix="to_place__", own=True))


@require_safe
def proposal_list(request):
    """Letters of the year; for a ward also what waits to be proposed."""
    year = year_of(request)
    places = own_places(request.user, Level.COMMUNE)
    asked = request.GET.get("place")
    place = place_or_404(request.user, asked, Level.COMMUNE) if asked else (places[0] if places else None)
    letters = with_counts(_readable(request.user).filter(year=year).select_related("place", "to_place"))
    context = {
        "place": place,
        "year": year,
        "listing": Listing(request, letters.order_by("-signed_on", "-pk")),
        "waiting": _waiting(request.user, place, year) if place else [],
        "tabs": own_tabs(
            request.user,
            place,
            lambda one: f"{reverse('recognition:proposal-list')}?place={one.pk}&nam={year}",
            Level.COMMUNE,
        ),
    }
    return render(request, "recognition/proposal_list.html", context)


def _waiting(user, place, year) -> list[dict]:
    """Models with dossiers that may be proposed now, for somebody who may propose them."""
    found = []
    for model in SHOWN_MODELS:
        rulebook = rulebook_for(model, year, place.province)
        if rulebook is None or not acting_scope(user, rulebook, Action.PROPOSE, year).covers(place):
            continue
        figures = figures_for(place, year, model)
        count = sum(figures.waiting.get(State(state), 0) for state in sources(rulebook.spec, Action.PROPOSE))
        if count:
            url = f"{reverse('recognition:proposal-create', args=[place.pk])}?nam={year}&model={model}"
            found.append({"label": LearningModel(model).label, "count": count, "url": url})
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def proposal_create(request, place_pk):
    """Write a letter with the dossiers that are ready. All of them go, or none."""
    place = place_or_404(request.user, place_pk, Level.COMMUNE)
    year = year_of(request)
    asked = request.GET.get("model", "")
    model = asked if asked in SHOWN_MODELS else LearningModel.FAMILY
    rulebook = rulebook_for(model, year, place.province)
    if rulebook is None:
        raise Http404
    if performing_level(rulebook, Action.PROPOSE, year) != place.level or not acting_scope(
        request.user, rulebook, Action.PROPOSE, year
    ).covers(place):
        raise PermissionDenied(_("Bạn không được phân công lập tờ trình của %(place)s.") % {"place": place.name})
    ready, held = _ready(request, place, year, model, rulebook)
    judged = judged_by(ready + held)
    for row, line in judged:
        if line.met is False:
            row.__dict__.setdefault("short_of", []).append(line)
    letter = Proposal(place=place, model=model, year=year)
    form = ProposalForm(request.POST or None, instance=letter, initial=_signature(model))
    chosen = read_shown(request.POST.getlist("row")) if request.method == "POST" else None
    refused = []
    if request.method == "POST" and form.is_valid():
        outcome, refused = _send(request, letter, chosen, form)
        if outcome is not None:
            messages.success(
                request,
                _("Đã lập Tờ trình số %(number)s với %(count)d hồ sơ, gửi %(place)s.")
                % {"number": letter, "count": len(outcome.done), "place": letter.to_place.name},
            )
            return redirect("recognition:proposal-detail", letter.pk)
    context = {
        "place": place,
        "year": year,
        "model": model,
        "model_label": LearningModel(model).label,
        "form": form,
        "groups": _groups(ready, chosen),
        "count": len(ready),
        "held": held,
        "upgrades": upgrade_findings(ready),
        "moved": len({row.pk for row, line in judged if line.drift or line.kept is None}),
        "refused": _named(request.user, refused),
        "to_place": _addressee(place, rulebook, year),
    }
    return render(request, "recognition/proposal_create.html", context, status=422 if form.errors else 200)


def _signature(model: str) -> dict:
    """Who signs, as the paper prints it: the ward's own community is proposed by its People's Committee."""
    committee = model == LearningModel.COMMUNITY_COMMUNE
    title = "Chủ tịch Ủy ban nhân dân" if committee else "Chủ tịch Hội Khuyến học"
    return {"signed_on": timezone.localdate(), "signer_title": title, "signer": ""}


def _send(request, letter: Proposal, chosen, form: ProposalForm) -> tuple[Outcome | None, list]:
    """(what became of it, []), or (None, the dossiers that could not go) with the sentence on the form."""
    try:
        return propose(actor=request.user, proposal=letter, shown=chosen), []
    except NotPermitted as error:
        raise PermissionDenied(error.message) from error
    except ValidationError as error:
        form.add_error(None, " ".join(error.messages))
        return None, []
    except RecognitionError as error:
        form.add_error(None, error.message)
        return None, error.skipped if isinstance(error, RowsRefused) else []


def _ready(request, place, year, model, rulebook):
    """(dossiers that may go, dossiers at the same step that did not pass)."""
    rows = list(
        Registration.objects.visible_to(request.user)
        .within(place)
        .filter(year=year, model=model, state__in=sources(rulebook.spec, Action.PROPOSE))
        .select_related("registrant__household", "hamlet", "commune")
        .order_by("hamlet__sort_key", "registrant__sort_key", "pk")
    )
    if not needs_pass(rulebook, Action.PROPOSE):
        return rows, []
    return [row for row in rows if row.passed], [row for row in rows if not row.passed]


def _groups(rows, chosen) -> list[dict]:
    """Dossiers by hamlet, each ticked unless it was taken out."""
    found = []
    for hamlet, part in groupby(rows, key=lambda row: row.hamlet):
        members = list(part)
        for row in members:
            row.ticked = chosen is None or row.pk in chosen
        found.append({"hamlet": hamlet, "rows": members})
    return found


def _named(user, refused):
    """(name, sentence) of each dossier that could not go; no name for one outside the person's places."""
    rows = Registration.objects.visible_to(user).filter(pk__in=[pk for pk, _text in refused])
    names = dict(rows.values_list("pk", "registrant__name"))
    return [(names.get(pk, "–"), text) for pk, text in refused[:200]]


def _addressee(place, rulebook, year):
    try:
        return deciding_place(place, rulebook, year)
    except RecognitionError:
        return None


def _letter(request, pk) -> Proposal:
    letter = (
        _readable(request.user)
        .select_related(
            "place__province", "place__district", "place__parent", "to_place__province", "to_place__district"
        )
        .filter(pk=pk)
        .first()
    )
    if letter is None:
        raise Http404
    return letter


@require_safe
def proposal_detail(request, pk):
    """One letter with its list, and what has become of it."""
    letter = _letter(request, pk)
    rows = (
        Registration.objects.visible_to(request.user)
        .filter(proposal=letter)
        .select_related("registrant__household", "hamlet", "commune")
        .order_by("hamlet__sort_key", "registrant__sort_key", "pk")
    )
    counts = Registration.objects.filter(proposal=letter).aggregate(
        all=Count("pk"),
        waiting=Count("pk", filter=Q(state__in=[State.PROPOSED, State.INSPECTED])),
        recognised=Count("pk", filter=Q(state=State.RECOGNISED)),
        refused=Count("pk", filter=Q(state=State.REFUSED)),
    )
    listed = letter_list(letter)
    context = {
        "letter": letter,
        "listing": Listing(request, rows, total=counts["all"], page_size=100),
        "counts": counts,
        "sent": len(listed),
        "list_kept": is_kept(letter),
        "left": left_since(listed, Registration.objects.visible_to(request.user), proposal=letter),
        "decisions": letter.decisions.visible_to(request.user).order_by("pk"),
        "may_decide": letter.state == ProposalState.SENT
        and counts["waiting"]
        and may_issue(request.user, letter.to_place),
    }
    return render(request, "recognition/proposal_detail.html", context)


@require_safe
def proposal_paper(request, pk):
    """The letter and its list as they were sent, whatever was returned since: a page or a file (?tep=docx, pdf)."""
    letter = _letter(request, pk)
    paper = paper_of(letter, letter_list(letter))
    if request.GET.get("tep"):
        return paper_response(request, paper, name=f"to-trinh-{letter.number:02d}-{letter.signed_on.year}")
    own = letter.model == LearningModel.COMMUNITY_COMMUNE
    context = {
        "letter": letter,
        "paper": paper,
        "list_kept": is_kept(letter),
        "head_body": IssuingBody.COMMITTEE if own else IssuingBody.ASSOCIATION,
        "may_edit_head": may_edit_letterhead(request.user, letter.place),
    }
    return render(request, "recognition/proposal_paper.html", context)
