"""What the yearly work knows about registrants entered twice: dossiers at work, and dossiers made since a merge."""

from __future__ import annotations

from django.apps import apps
from django.utils.translation import gettext as _

from recognition.choices import LearningModel, State
from recognition.domain.errors import RecognitionError
from recognition.domain.registering import withdraw
from recognition.domain.transitions import shown_now
from recognition.models import Registration

ENDED = (State.WITHDRAWN, State.RECOGNISED, State.REFUSED)


def _open(registrant):
    return Registration.objects.filter(registrant=registrant.pk).exclude(state__in=ENDED).order_by("year", "model")


def open_dossiers(registrant) -> list[str]:
    """Dossiers that have not ended, each as "Gia đình học tập, năm 2026"."""
    return [
        _("%(model)s, năm %(year)d") % {"model": LearningModel(row.model).label, "year": row.year}
        for row in _open(registrant)
    ]


def withdraw_open(*, actor, registrant, reason: str) -> int:
    """Withdraw them; all or none. Raises RecognitionError with the first reason why one cannot be."""
    rows = list(_open(registrant).values_list("pk", flat=True))
    outcome = withdraw(actor=actor, shown=shown_now(rows), reason=reason)
    if outcome.skipped:
        raise RecognitionError(_("Không rút được hồ sơ: %(why)s") % {"why": outcome.skipped[0][1]})
    return len(outcome.done)


def built_on(merge) -> int:
    """Dossiers registered for the kept registrant after the merge, withdrawn ones aside."""
    events = apps.get_model("recognition", "RegistrationEvent")
    made = events.objects.filter(pgh_label="insert", pgh_created_at__gt=merge.done_at, registrant=merge.kept_id)
    return Registration.objects.live().filter(pk__in=made.values("pgh_obj_id")).count()
