"""Two that look alike are two: remembered with who and when, and taken back with one click."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from units.domain.errors import RegisterError
from units.domain.places_held import hold_wards_of
from units.domain.registrants import check_may_correct
from units.models import NotDuplicate, Registrant, User


def dismiss(*, actor: User | None, first: Registrant, second: Registrant) -> NotDuplicate:
    """Say that a pair is not a duplicate. Saying it twice changes nothing. Raises NotAllowed, RegisterError."""
    return _decide(actor, first, second, dismissed=True)


def take_back(*, actor: User | None, first: Registrant, second: Registrant) -> NotDuplicate:
    """Show a pair among the probable duplicates again. Raises NotAllowed, RegisterError."""
    return _decide(actor, first, second, dismissed=False)


@transaction.atomic
def _decide(actor: User | None, first: Registrant, second: Registrant, *, dismissed: bool) -> NotDuplicate:
    if first.pk == second.pk or first.kind != second.kind:
        raise RegisterError(_("Hãy chọn hai đối tượng khác nhau, cùng loại."))
    for row in (first, second):
        check_may_correct(actor=actor, registrant=row)
    low, high = sorted((first.pk, second.pk))
    hold_wards_of((low, high))
    # Two people judging one pair at the same time wait for each other here.
    list(Registrant.objects.select_for_update(no_key=True).filter(pk__in=(low, high)).order_by("pk"))
    row = NotDuplicate.objects.filter(first=low, second=high).first()
    if row is None:
        row = NotDuplicate(first_id=low, second_id=high, dismissed=False)
        if not dismissed:
            return row
    if row.dismissed == dismissed and row.pk:
        return row
    row.dismissed = dismissed
    row.actor, row.actor_name = actor, actor.full_name if actor else _("Dòng lệnh")
    row.decided_at = timezone.now()
    row.save()
    return row
