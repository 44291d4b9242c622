"""Who stands in the register but not in a list: they may have moved away or died. Found after a list was written,
looked through by a person, and taken out of the register together."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from units import rules
from units.choices import ImportState, RegistrantKind, RowVerdict
from units.domain.errors import NotAllowed, RegisterError
from units.domain.registrants import CLOSE_REASONS, day_text
from units.models import ImportBatch, Registrant, Stay, User

NAMED = 5


def absent(batch: ImportBatch) -> QuerySet:
    """Open households of the hamlets a written list of households is about, whom it does not name. Rows that were not
    written name whoever bears that name, too: they stand in the list, only not well enough."""
    if batch.kind != RegistrantKind.HOUSEHOLD or batch.state != ImportState.DONE:
        return Registrant.objects.none()
    rows = batch.rows.order_by()
    good = rows.filter(verdict__in=(RowVerdict.ADDED, RowVerdict.CHANGED, RowVerdict.UNCHANGED))
    left = rows.filter(verdict__in=(RowVerdict.DUPLICATE, RowVerdict.REFUSED))
    found = Registrant.objects.households().open().filter(hamlet__in=good.values("hamlet"))
    # NOT EXISTS is joined; NOT IN a hundred thousand rows may be asked row by row.
    found = found.filter(~Exists(good.filter(registrant_id=OuterRef("pk"))))
    found = found.filter(~Exists(left.filter(search_name=OuterRef("search_name"))))
    return found.filter(opened_on__lte=timezone.localdate(batch.confirmed_at))  # nobody who came since


@transaction.atomic
def close_households(
    *, actor: User | None, households: Collection[int], reason: str, closed_on: datetime.date
) -> list[Registrant]:
    """Take households out of the register from a day on, all of them or none; their citizens leave with them. A number
    of statements that does not depend on how many. Raises NotAllowed, RegisterError."""
    if reason not in CLOSE_REASONS:
        raise RegisterError(_("Hãy chọn lý do đưa ra khỏi sổ."), field="reason")
    if closed_on > timezone.localdate():
        raise RegisterError(_("Ngày ra khỏi sổ không được sau hôm nay."), field="closed_on")
    wanted = set(households)
    rows = Registrant.objects.households().open().filter(pk__in=wanted).select_related("hamlet", "commune")
    found = list(rows.select_for_update(of=("self",)).order_by("pk"))
    if not found or len(found) < len(wanted):
        raise RegisterError(_("Có hộ vừa ra khỏi sổ hoặc không còn ở đây. Hãy tải lại trang; chưa có gì thay đổi."))
    if actor is not None and not all(rules.may_correct(actor, row) for row in found):
        raise NotAllowed(_("Có hộ ngoài địa bàn bạn giữ sổ; chưa có gì thay đổi."))
    stays = dict(Stay.objects.filter(registrant__in=wanted, until__isnull=True).values_list("registrant", "since"))
    late = [row for row in found if stays.get(row.pk, row.opened_on) > closed_on]
    if late:
        named = ", ".join(f"{row.name} ({day_text(stays.get(row.pk, row.opened_on))})" for row in late[:NAMED])
        text = _("Ngày ra khỏi sổ không được trước ngày vào sổ: %(named)s.")
        raise RegisterError(text % {"named": named + (" …" if len(late) > NAMED else "")}, field="closed_on")
    people = Registrant.objects.filter(kind=RegistrantKind.CITIZEN, citizen__household__in=wanted).open()
    people = list(people.values_list("pk", flat=True))
    out = {"closed_on": Greatest(F("opened_on"), Value(closed_on)), "close_reason": reason}
    # Whoever came in later than that day was never counted.
    Registrant.objects.filter(pk__in=[*wanted, *people]).update(**out)
    last = Greatest(F("since"), Value(closed_on))
    Stay.objects.filter(registrant__in=[*wanted, *people], until__isnull=True).update(until=last)
    return found
