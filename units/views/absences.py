"""The page of households a written list does not name."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal.lib.numbers import number
from units.domain.absences import absent, close_households
from units.domain.errors import NotAllowed, RegisterError
from units.forms.imports import AbsentForm
from units.views.imports import batch_to_act_on
from units.views.registrant_parts import show_refusal
from units.views.registrants import form_methods

MOST = 500  # on one page; the rest is there once these are done


@form_methods
def import_absent(request, pk):
    """Look through those who are missing in the list; the ticked ones leave the register together."""
    batch = batch_to_act_on(request, pk)
    found = absent(batch)
    total = found.count()
    rows = list(found.select_related("household", "hamlet").order_by("hamlet__sort_key", "sort_key", "pk")[:MOST])
    form = AbsentForm(request.POST or None, offered=rows)
    if request.method == "POST" and form.is_valid():
        try:
            closed = close_households(actor=request.user, **form.cleaned_data)
        except RegisterError as error:
            show_refusal(form, error)
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        else:
            messages.success(request, _("Đã đưa %(count)s hộ ra khỏi sổ.") % {"count": number(len(closed))})
            return redirect("units:import-absent", pk)
    ticked = set(request.POST.getlist("households"))
    context = {"batch": batch, "form": form, "rows": rows, "total": total, "ticked": ticked, "most": MOST}
    return render(request, "units/import_absent.html", context)
