"""Pages of what happens to a household: it moves, changes its head, splits, merges."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from portal.lib.text import fold
from units.domain import lives as verbs
from units.domain import register
from units.domain.errors import ChangedMeanwhile, NotAllowed, RegisterError
from units.domain.registrants import people_of
from units.forms.lives import HeadForm, MergeForm, MoveForm, SplitForm
from units.models import Registrant
from units.views.register import kept_household
from units.views.registrant_parts import set_hidden, show_refusal
from units.views.registrants import form_methods

FOUND_AT_MOST = 20


def _page(request, registrant: Registrant, form, act, *, title: str, lead: str, button: str, **context):
    """Draw the form, or do what it asks for: `act(values)` returns the sentence that says what was done."""
    if not registrant.is_open:
        messages.error(request, _("Hộ này đã ra khỏi sổ. Hãy mở lại hộ trước."))
        return redirect("units:household-detail", registrant.pk)
    if request.method == "POST" and form.is_valid():
        try:
            done = act(form.values())
        except ChangedMeanwhile as error:
            form.add_error(None, error.message)
            set_hidden(form, "version", register.household_version(registrant.pk))
        except RegisterError as error:
            show_refusal(form, error)
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        else:
            messages.success(request, done)
            still = Registrant.objects.visible_to(request.user).filter(pk=registrant.pk).exists()
            return redirect("units:household-detail", registrant.pk) if still else redirect("units:household-list")
    context |= {"registrant": registrant, "form": form, "title": title, "lead": lead, "button": button}
    return render(request, "units/household_life.html", context)


def _version(pk: int) -> dict:
    return {"version": register.household_version(pk)}


@form_methods
def household_move(request, pk):
    """Another hamlet of the ward, or of another ward, from a day on."""
    registrant = kept_household(request, pk)

    def act(values: dict) -> str:
        moved = verbs.move(actor=request.user, registrant=registrant, **values)
        place = values["hamlet"]
        words = {"name": moved.name, "hamlet": place.name, "ward": place.commune}
        return _("Hộ “%(name)s” đã chuyển đến %(hamlet)s, %(ward)s.") % words

    lead = _("Hộ vẫn được tính ở nơi cũ cho các năm có ngày 31/12 trước ngày chuyển.")
    if registrant.commune:
        lead += " " + _("Chuyển sang phường, xã khác thì nơi đến giữ sổ hộ này từ ngày đó.")
    form = MoveForm(request.POST or None)
    return _page(request, registrant, form, act, title=_("Chuyển hộ đi nơi khác"), lead=lead, button=_("Chuyển hộ"))


@form_methods
def household_head(request, pk):
    """Another person heads the household from a day on."""
    kept_household(request, pk)
    version = _version(pk)
    registrant = kept_household(request, pk)

    def act(values: dict) -> str:
        row = verbs.change_head(actor=request.user, registrant=registrant, **values)
        return _("Chủ hộ nay là “%(name)s”.") % {"name": row.name}

    lead = _("Chủ hộ hiện nay: %(name)s. Ghi sai tên thì dùng “Sửa thông tin”.") % {"name": registrant.name}
    form = HeadForm(request.POST or None, initial=version)
    return _page(request, registrant, form, act, title=_("Đổi chủ hộ"), lead=lead, button=_("Đổi chủ hộ"))


@form_methods
def household_split(request, pk):
    """Part of the household becomes a household of its own."""
    kept_household(request, pk)
    version = _version(pk)
    registrant = kept_household(request, pk)
    citizens = list(people_of(registrant).open().select_related("citizen").order_by("sort_key", "pk"))

    def act(values: dict) -> str:
        new = verbs.split(actor=request.user, registrant=registrant, **values)
        done = _("Đã tách hộ “%(new)s” từ hộ “%(old)s”.") % {"new": new.name, "old": registrant.name}
        return format_html(
            '{} <a href="{}">{}</a>', done, reverse("units:household-detail", args=[new.pk]), _("Mở hộ mới")
        )

    lead = _("Hộ mới ở cùng khu phố, thôn; số người tách ra được trừ ở hộ cũ. Sau đó có thể chuyển hộ mới đi nơi khác.")
    form = SplitForm(request.POST or None, citizens=citizens, initial=version)
    return _page(request, registrant, form, act, title=_("Tách hộ"), lead=lead, button=_("Tách hộ"))


@form_methods
def household_merge(request, pk):
    """The household becomes part of another of its ward."""
    kept_household(request, pk)
    version = _version(pk)
    registrant = kept_household(request, pk)
    asked = request.GET.get("q", "").strip()[:100]
    offered = []
    if fold(asked):
        rows = Registrant.objects.visible_to(request.user).households().open().filter(commune=registrant.commune_id)
        rows = rows.exclude(pk=pk).named(asked).select_related("household", "hamlet").order_by("sort_key", "pk")
        offered = list(rows[:FOUND_AT_MOST])

    def act(values: dict) -> str:
        target = verbs.merge(actor=request.user, registrant=registrant, **values)
        return _("Hộ “%(old)s” đã nhập vào hộ “%(new)s”.") % {"old": registrant.name, "new": target.name}

    lead = _("Tìm hộ sẽ nhận hộ này. Số người cộng vào hộ đó, công dân được tính ở đó; hộ này ra khỏi sổ.")
    form = MergeForm(request.POST or None, offered=offered, initial=version)
    return _page(
        request,
        registrant,
        form,
        act,
        title=_("Nhập vào hộ khác"),
        lead=lead,
        button=_("Nhập hộ"),
        searching=True,
        asked=asked,
        found=bool(offered),
    )
