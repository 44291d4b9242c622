"""Decisions: what waits, choose and check, issue once, read, print."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.lib.listing import Listing
from portal.lib.years import current_year
from recognition.choices import DecisionState, LearningModel, ProposalState
from recognition.domain.certifying import printable
from recognition.domain.deciding import Paper, authority_of, decided_awards, issue, prepare
from recognition.domain.errors import RecognitionError, RowsRefused
from recognition.domain.measures.showing import judged_by
from recognition.domain.printing import note_batch
from recognition.domain.proposing import letter_body
from recognition.domain.upgrades import upgrade_findings
from recognition.forms.deciding import CHOICES, LEAVE, RECOGNISE, REFUSE, DecisionForm, DecisionRows
from recognition.models import Award, Certificate, Decision, Proposal, Registration, Rulebook
from recognition.papers import certificates_pdf
from recognition.papers import decision_paper as paper_of
from recognition.rules import issues_for, may_edit_letterhead, may_issue
from recognition.views.paper_files import paper_response, pdf_response
from recognition.views.printing import SHOWN_BATCHES, batches_of, slice_of
from recognition.workflow import sources
from units.choices import Role
from units.rules import scope_of


class DecisionFilterForm(forms.Form):
    """Filters of the list of decisions."""

    model = forms.ChoiceField(
        label=gettext_lazy("Mô hình"),
        required=False,
        choices=[("", gettext_lazy("Tất cả")), *LearningModel.choices],
    )


@require_safe
def decision_list(request: HttpRequest) -> HttpResponse:
    """Decisions of the year inside the person's places, and for deciders the proposals that wait."""
    year = current_year(request)
    rows = (
        Decision.objects.visible_to(request.user).filter(year=year, state=DecisionState.ISSUED).select_related("place")
    )
    listing = Listing(
        request,
        rows,
        form_class=DecisionFilterForm,
        apply=lambda query, data: query.filter(model=data["model"]) if data["model"] else query,
        sorts={"date": ("-signed_on", "-id"), "number": ("number", "id")},
        default_sort="date",
    )
    waiting = []
    if request.user.has_role(Role.DECIDER):
        waiting = (
            Proposal.objects.filter(to_place__in=issues_for(request.user), year=year, state=ProposalState.SENT)
            .select_related("place", "to_place")
            .order_by("signed_on", "id")[:100]
        )
    return render(request, "recognition/decision_list.html", {"listing": listing, "waiting": waiting, "year": year})


def _waiting_proposal(request: HttpRequest, pk: int) -> Proposal:
    """The proposal, if it was sent to a place inside the person's postings: stranger 404, wrong role 403."""
    proposal = get_object_or_404(
        Proposal.objects.filter(scope_of(request.user).q(prefix="to_place__", own=True)).select_related(
            "place", "to_place"
        ),
        pk=pk,
    )
    if not may_issue(request.user, proposal.to_place):
        raise PermissionDenied
    return proposal


def _rows_of(proposal: Proposal, year_rows: DecisionRows | None = None) -> list[Registration]:
    """Dossiers of the proposal in the order of the printed list, with the choice made so far on each."""
    rows = list(
        Registration.objects.filter(proposal=proposal)
        .select_related("registrant__household", "hamlet", "commune")
        .order_by("hamlet__sort_key", "commune__sort_key", "registrant__sort_key", "pk")
    )
    # A list has one or two rulebooks: read once each, not once a row.
    rulebooks = Rulebook.objects.in_bulk({row.rulebook_id for row in rows})
    decidable = {pk: sources(rulebook.spec, "recognise") for pk, rulebook in rulebooks.items()}
    for row in rows:
        row.decidable = row.state in decidable[row.rulebook_id]
        suggested = RECOGNISE if row.passed else LEAVE
        row.choice = year_rows.choices.get(row.pk, LEAVE) if year_rows else suggested
        row.reason = year_rows.reasons.get(row.pk, "") if year_rows else ""
        row.error = year_rows.errors.get(row.pk, "") if year_rows else ""
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
def decision_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a proposal: fill in the paper, choose for each dossier, check again, issue."""
    proposal = _waiting_proposal(request, pk)
    chosen = DecisionRows(request.POST) if request.method == "POST" else None
    try:
        deciding = authority_of(proposal)
    except RecognitionError as error:
        messages.error(request, error.message)
        return redirect("recognition:decision-list")
    initial = {
        "signed_on": max(timezone.localdate(), proposal.signed_on),
        "signer": request.user.full_name,
        "signer_title": "Chủ tịch",  # printed
        "grounds": "\n".join(deciding.grounds),
    }
    form = DecisionForm(request.POST if chosen is not None else None, initial=initial, proposal=proposal)
    if chosen is not None and request.POST.get("step") != "edit":
        rows_ok = chosen.is_valid()
        if not (chosen.chosen(RECOGNISE) or chosen.chosen(REFUSE)):
            form.add_error(None, _("Hãy quyết định ít nhất một hồ sơ."))
        if form.is_valid() and rows_ok:
            return _check_page(request, proposal, form, chosen)
    rows = _rows_of(proposal, chosen)
    return render(
        request,
        "recognition/decision_form.html",
        {
            "proposal": proposal,
            "body": letter_body(proposal.model, proposal.place),
            "form": form,
            "rows": rows,
            "choices": CHOICES,
            "undecided": [row for row in rows if row.decidable],
            "row_errors": bool(chosen and chosen.errors),
        },
        status=200 if chosen is None or request.POST.get("step") == "edit" else 422,
    )


def _check_page(request, proposal, form, chosen) -> HttpResponse:
    """What will happen, in words and numbers, before the irrevocable button."""
    draft = prepare(
        actor=request.user,
        proposal=proposal,
        signed_on=form.cleaned_data["signed_on"],
        signer=form.cleaned_data["signer"],
        signer_title=form.cleaned_data["signer_title"],
        grounds=form.cleaned_data["grounds"],
    )
    ours = Registration.objects.filter(proposal=proposal, pk__in=list(chosen.states))  # typed ids may be anybody's
    chosen_rows = list(ours.select_related("registrant").order_by("registrant__sort_key", "pk"))
    names = {row.pk: row.registrant.name for row in chosen_rows}
    refused = [(names.get(pk, ""), chosen.reasons[pk]) for pk in chosen.chosen(REFUSE)]
    typed = [(name, request.POST.get(name, "")) for name in form.fields]
    return render(
        request,
        "recognition/decision_check.html",
        {
            "proposal": proposal,
            "draft": draft,
            "number": form.cleaned_data["number"],
            "recognised": len(chosen.chosen(RECOGNISE)),
            "sample": [names.get(pk, "") for pk in list(chosen.chosen(RECOGNISE))[:5]],
            "refused": refused,
            "left": len(chosen.chosen(LEAVE)),
            "upgrades": upgrade_findings([row for row in chosen_rows if row.pk in chosen.chosen(RECOGNISE)]),
            "shares": judged_by([row for row in chosen_rows if row.pk in chosen.chosen(RECOGNISE)]),
            "fields": [*chosen.hidden_fields(), *typed],
        },
    )


@require_POST
def decision_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue the checked decision. All or nothing; pressing twice issues once."""
    draft = get_object_or_404(
        Decision.objects.visible_to(request.user).select_related("proposal__place", "place"), pk=pk
    )
    if not may_issue(request.user, draft.place):
        raise PermissionDenied
    chosen = DecisionRows(request.POST)
    form = DecisionForm(request.POST, proposal=draft.proposal)
    try:
        if not form.is_valid():  # the page before has checked it; the day may have changed since, or a field is missing
            raise RecognitionError(" ".join(text for texts in form.errors.values() for text in texts))
        data = form.cleaned_data
        done = issue(
            actor=request.user,
            decision=draft,
            recognise=chosen.chosen(RECOGNISE),
            refuse=chosen.chosen(REFUSE),
            refusal_reasons=chosen.reasons,
            number=data["number"],
            paper=Paper(data["signed_on"], data["signer"], data["signer_title"], data["grounds"]),
        )
    except RecognitionError as error:
        names = {}
        skipped = error.skipped if isinstance(error, RowsRefused) else []
        if skipped:
            names = dict(
                Registration.objects.visible_to(request.user)
                .filter(pk__in=[row for row, _text in skipped])
                .values_list("pk", "registrant__name")
            )
        typed = [(name, request.POST.get(name, "")) for name in DecisionForm.base_fields]
        return render(
            request,
            "recognition/decision_refused.html",
            {
                "draft": draft,
                "message": error.message,
                "skipped": [(names.get(row, "–"), text) for row, text in skipped[:200]],
                "skipped_count": len(skipped),
                "fields": [*chosen.hidden_fields(), *typed, ("step", "edit")],
            },
            status=409,
        )
    if done.again:
        messages.info(
            request,
            _("Quyết định %(number)s đã được ban hành trước đó; không ban hành lần hai.") % {"number": done.decision},
        )
    else:
        messages.success(
            request,
            _("Đã ban hành quyết định %(number)s: công nhận %(yes)d, không công nhận %(no)d.")
            % {"number": done.decision, "yes": done.recognised, "no": done.refused},
        )
    return redirect("recognition:decision-detail", pk=done.decision.pk)


@require_safe
def decision_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One decision: what the paper says, its list, its papers."""
    decision = get_object_or_404(
        Decision.objects.visible_to(request.user).select_related("place", "proposal__place"), pk=pk
    )
    awards = decided_awards(decision).filter(pk__in=Award.objects.visible_to(request.user).values("pk"))
    total = awards.count()
    holding = Prefetch("certificates", Certificate.objects.filter(replaced_by=None))
    listing = Listing(request, awards.prefetch_related(holding), total=total)
    return render(
        request,
        "recognition/decision_detail.html",
        {
            "decision": decision,
            "listing": listing,
            "total": total,
            "batches": batches_of(printable(decision).visible_to(request.user).count()),
            "may_edit_head": may_edit_letterhead(request.user, decision.place),
            "prints": decision.prints.batches()[:SHOWN_BATCHES],
            "refused": Registration.objects.visible_to(request.user)
            .filter(proposal=decision.proposal_id, state="REFUSED")
            .select_related("registrant", "hamlet", "commune")[:200]
            if decision.proposal_id
            else [],
        },
    )


@require_safe
def decision_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The decision with its list as PDF, or as DOCX (?tep=docx)."""
    decision = get_object_or_404(
        Decision.objects.visible_to(request.user)
        .filter(state=DecisionState.ISSUED)
        .select_related("place", "proposal__place"),
        pk=pk,
    )
    awards = decided_awards(decision).filter(pk__in=Award.objects.visible_to(request.user).values("pk"))
    name = f"quyet-dinh-{decision.number:02d}-{decision.number_year}"
    return paper_response(request, paper_of(decision, awards), name=name)


@require_POST
def decision_certificates(request: HttpRequest, pk: int, batch: int) -> HttpResponse:
    """Print one batch of a decision's certificates (up to a thousand pages) as one PDF; noted with who and when."""
    decision = get_object_or_404(
        Decision.objects.visible_to(request.user).filter(state=DecisionState.ISSUED).select_related("place"), pk=pk
    )
    certificates = printable(decision).visible_to(request.user)
    ids = list(certificates.values_list("pk", flat=True)[slice_of(batch)])
    if not ids:
        messages.error(request, _("Không có giấy công nhận nào trong tập này."))
        return redirect("recognition:decision-detail", pk=pk)
    made = certificates_pdf(decision, Certificate.objects.filter(pk__in=ids))
    note_batch(actor=request.user, decision=decision, papers=ids)
    return pdf_response(made, f"giay-cong-nhan-{decision.number:02d}-{decision.number_year}-tap-{batch}")
