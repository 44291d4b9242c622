"""The page of those in the register whom a written list does not name: looked through, taken out, brought back."""

from __future__ import annotations

import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.lib.numbers import number
from units.choices import CloseReason, RegistrantKind
from units.domain.absences import absent
from units.domain.errors import NotAllowed, RegisterError
from units.domain.leaving import bring_back, take_out
from units.forms.imports import AbsentForm
from units.models import ImportBatch, Registrant
from units.views.import_parts import words_of
from units.views.imports import batch_to_act_on
from units.views.registrant_parts import show_refusal
from units.views.registrants import form_methods

MOST = 500  # on one page; the rest is there once these are done
RELATED = {
    RegistrantKind.HOUSEHOLD: ("household",),
    RegistrantKind.CLAN: ("clan",),
    RegistrantKind.ORGANISATION: ("organisation",),
    RegistrantKind.CITIZEN: ("citizen__household__registrant", "citizen__organisation__registrant"),
    RegistrantKind.COMMUNITY: ("community__place",),
}


@form_methods
def import_absent(request, pk):
    """Look through those who are missing in the list; the ticked ones leave the register together."""
    batch = batch_to_act_on(request, pk)
    words = words_of(batch.kind)
    found = absent(batch)
    total = found.count()
    rows = found.select_related("hamlet", "commune", *RELATED[batch.kind])
    rows = list(rows.order_by("hamlet__sort_key", "sort_key", "pk")[:MOST])
    form = AbsentForm(request.POST or None, offered=rows, noun=words.noun, kind=batch.kind)
    if request.method == "POST" and form.is_valid():
        try:
            closed = take_out(actor=request.user, batch=batch, **form.cleaned_data)
        except RegisterError as error:
            show_refusal(form, error)
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        else:
            text = _("Đã đưa %(count)s %(noun)s ra khỏi sổ.")
            messages.success(request, text % {"count": number(len(closed)), "noun": words.noun})
            return redirect("units:import-absent", pk)
    context = {
        "batch": batch,
        "words": words,
        "form": form,
        "rows": rows,
        "total": total,
        "ticked": set(request.POST.getlist("chosen")),
        "most": MOST,
        "columns": [label for label, _value in _said(rows[0])] if rows else [],
        "lines": [(row, _said(row)) for row in rows],
        "taken_out": taken_out(batch),
    }
    return render(request, "units/import_absent.html", context)


@require_POST
def import_absent_back(request, pk, position):
    """Undo one taking out: those who left together come back together."""
    batch = batch_to_act_on(request, pk)
    try:
        back = bring_back(actor=request.user, batch=batch, position=position)
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except RegisterError as error:
        messages.error(request, error.message)
    else:
        text = _("Đã đưa %(count)s %(noun)s trở lại sổ.")
        messages.success(request, text % {"count": number(len(back)), "noun": words_of(batch.kind).noun})
    return redirect("units:import-absent", pk)


def taken_out(batch: ImportBatch) -> list[dict]:
    """What was taken out because of a list, as the pages show it, newest first."""
    found = [
        {
            "position": position,
            "count": len(one["keys"]),
            "people": len(one["people"]),
            "reason": CloseReason(one["reason"]).label,
            "closed_on": datetime.date.fromisoformat(one["closed_on"]),
            "by": one["by"],
            "at": parse_datetime(one["at"]),
            "back_by": one.get("back_by", ""),
            "back_at": parse_datetime(one["back_at"]) if "back_at" in one else None,
        }
        for position, one in enumerate(batch.taken_out)
    ]
    return found[::-1]


def _said(row: Registrant) -> list[tuple]:
    """What tells one of a kind from others of its name: (label, value)."""
    if row.kind == RegistrantKind.HOUSEHOLD:
        return [(_("Địa chỉ"), row.household.address), (_("Tổ"), row.household.group_name)]
    if row.kind == RegistrantKind.CLAN:
        return [(_("Nhà thờ họ"), row.clan.hall_address)]
    if row.kind == RegistrantKind.ORGANISATION:
        return [(_("Loại"), row.organisation.get_type_display()), (_("Địa chỉ"), row.organisation.address)]
    if row.kind == RegistrantKind.CITIZEN:
        host = (row.citizen.household or row.citizen.organisation).registrant
        return [(_("Năm sinh"), row.citizen.birth_year), (_("Tính ở"), host.name)]
    return [(_("Cấp"), row.community.place.get_level_display())]
