"""Prints of papers that are handed out, of recognition and of commendation: each is noted, a reprint with why."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q
from django.utils.translation import gettext as _

from portal.lib.text import clean
from recognition.models import Certificate, Commendation, CommendationDecision, Decision
from units.models import User

Paper = Certificate | Commendation
PaperDecision = Decision | CommendationDecision

# One document per batch; a thousand pages typeset in about a second and stay handy for an office printer.
BATCH = 1000


def note_print(*, actor: User, decision: PaperDecision, paper: Paper, count: int = 1, reason: str = "") -> None:
    """Remember that a file of one paper was made. A count of 0: given in place of another, and why."""
    paper.prints.create(decision=decision, count=count, reason=clean(reason)[:300], **_by(actor))


def note_batch(*, actor: User | None, decision: PaperDecision, papers: Collection[int]) -> None:
    """Remember that a file of these papers of a decision was made. `actor` None: a command."""
    decision.prints.create(count=len(papers), papers=list(papers), **_by(actor))


def _by(actor: User | None) -> dict:
    return {"by": actor, "by_name": actor.full_name if actor else _("Dòng lệnh")}


def batch_prints(paper: Paper, decision: PaperDecision):
    """Prints of batches it was in, newest first. Of those from before batches were noted paper by paper: all, unless it
    was given in place of another later."""
    held = Q(papers__contains=[paper.pk])
    if not type(paper).objects.filter(replaced_by=paper).exists():
        held |= Q(papers=None)
    return decision.prints.batches().filter(held)


def printed_before(paper: Paper, decision: PaperDecision) -> bool:
    """Has it been printed already, by itself or in a batch of its decision?"""
    return paper.prints.filter(count__gt=0).exists() or batch_prints(paper, decision).exists()
