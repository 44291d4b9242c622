"""Papers that are handed out: a marked copy to look at, a print that is noted, the batches of a decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from recognition.domain.printing import BATCH, Paper, PaperDecision, batch_prints, note_print, printed_before
from recognition.forms.certifying import ReprintForm
from recognition.views.paper_files import pdf_response

SHOWN_PRINTS, SHOWN_BATCHES = 50, 20
MOST_BATCHES = 10_000


@dataclass(frozen=True)
class Batch:
    """One file of a decision's papers: which (from 1), from which paper to which."""

    number: int
    first: int
    last: int


def batches_of(count: int) -> list[Batch]:
    """The files that `count` papers are printed in."""
    return [
        Batch(number, first=start + 1, last=min(start + BATCH, count))
        for number, start in enumerate(range(0, count, BATCH), start=1)
    ]


def slice_of(batch: int) -> slice:
    """Which papers a batch holds; none for a number no decision comes to."""
    return slice((batch - 1) * BATCH, batch * BATCH) if 0 < batch < MOST_BATCHES else slice(0)


def print_context(paper: Paper, decision: PaperDecision, *, printable: bool) -> dict:
    """What `recognition/_prints.html` shows: when it was printed, and the form to print it while it holds."""
    again = printed_before(paper, decision)
    return {
        "prints": list(paper.prints.all()[:SHOWN_PRINTS]),
        "batch_prints": list(batch_prints(paper, decision)[:SHOWN_BATCHES]),
        "reprint": ReprintForm(again=again) if printable else None,
    }


def look_or_print(
    request: HttpRequest,
    paper: Paper,
    decision: PaperDecision,
    *,
    printable: bool,
    page: str,
    pdf: Callable[..., bytes],
    name: str,
) -> HttpResponse:
    """One paper as PDF: GET shows a marked copy; POST prints it, which is noted, with the reason when again.

    `page`: the route of the paper's page, where a refusal is told; `pdf` makes the file, `to_look_at=True` the copy.
    """
    if request.method != "POST":
        return pdf_response(pdf(to_look_at=True), f"{name}-ban-xem")
    form = ReprintForm(request.POST, again=printed_before(paper, decision))
    if not printable:
        messages.error(request, _("Giấy này đã bị thu hồi hoặc thay thế nên không in lại."))
    elif not form.is_valid():
        messages.error(request, _("Hãy ghi lý do in lại."))
    else:
        made = pdf_response(pdf(), name)
        note_print(actor=request.user, decision=decision, paper=paper, reason=form.cleaned_data["reason"])
        return made
    return redirect(page, paper.pk)
