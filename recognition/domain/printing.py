"""Prints of papers that are handed out, of recognition and of commendation: each is noted, a reprint with why."""

from __future__ import annotations

from portal.lib.text import clean
from recognition.models import Certificate, Commendation, CommendationDecision, Decision
from units.models import User

Paper = Certificate | Commendation
PaperDecision = Decision | CommendationDecision

# One document per batch; a thousand pages typeset in about a second and stay handy for an office printer.
BATCH = 1000


def note_print(
    *, actor: User, decision: PaperDecision, count: int, paper: Paper | None = None, reason: str = ""
) -> None:
    """Remember that a file was made, of one paper or of a batch. A count of 0: given in place of another, and why."""
    notes = paper.prints if paper else decision.prints
    notes.create(decision=decision, count=count, reason=clean(reason)[:300], by=actor, by_name=actor.full_name)


def batch_prints(paper: Paper, decision: PaperDecision):
    """Prints of whole batches of its decision, newest first; none for one given in place of another later."""
    if type(paper).objects.filter(replaced_by=paper).exists():
        return decision.prints.none()
    return decision.prints.batches()


def printed_before(paper: Paper, decision: PaperDecision) -> bool:
    """Has it been printed already, by itself or in a batch of its decision?"""
    return paper.prints.filter(count__gt=0).exists() or batch_prints(paper, decision).exists()
