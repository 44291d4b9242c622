"""Pages of probable duplicates: the pairs of a ward or hamlet, two side by side, merging and taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from portal.lib.errors import PortalError
from portal.lib.listing import MAX_OFFSET_PAGE
from portal.lib.redirects import onward
from units import rules
from units.choices import RegistrantKind
from units.domain.duplicates import hooks
from units.domain.duplicates.deciding import dismiss, take_back
from units.domain.duplicates.finding import KINDS, MOST_IN_BLOCK, find_duplicates, with_registrants
from units.domain.duplicates.merging import (
    BOOKS,
    fields_of,
    may_undo,
    merge_duplicates,
    standing_in_the_way,
    undo_merge,
    values_of,
    version_of,
)
from units.domain.errors import NotAllowed
from units.forms.duplicates import MergeChoiceForm, PairFilterForm
from units.models import NotDuplicate, Registrant, RegistrantMerge
from units.views.browse import WITH_LIST, own_places, own_tabs, place_or_404
from units.views.registrant_parts import shown
from units.views.registrants import form_methods

PAGE, MERGES_SHOWN = 25, 10


def _page_number(request) -> int:
    try:
        return min(max(int(request.GET.get("trang", 1)), 1), MAX_OFFSET_PAGE)
    except ValueError:
        return 1


@require_safe
def duplicate_list(request):
    """Probable duplicates of the person's own ward or hamlet."""
    places = [place for place in own_places(request.user) if place.level in WITH_LIST]
    if not places:
        return redirect("units:place-search")  # above a ward one chooses which
    return onward(request, "units:duplicate-place", places[0].pk)


@require_safe
def duplicate_place(request, place_pk):
    """Pairs of a ward or hamlet, most likely first."""
    place = place_or_404(request.user, place_pk, *WITH_LIST)
    form = PairFilterForm(request.GET)
    form.is_valid()
    kind = form.cleaned_data.get("loai") or RegistrantKind.HOUSEHOLD
    judged = form.cleaned_data.get("da_xem") == "roi"
    page = _page_number(request)
    scan = find_duplicates(place=place, kind=kind, dismissed=judged, limit=PAGE, offset=(page - 1) * PAGE)
    query = request.GET.copy()

    def link(number: int) -> str:
        query["trang"] = number
        return f"?{query.urlencode()}"

    merges = RegistrantMerge.objects.visible_to(request.user).at(place).filter(kind=kind)
    context = {
        "place": place,
        "form": PairFilterForm(initial={"loai": kind, "da_xem": "roi" if judged else ""}),
        "pairs": with_registrants(scan.pairs, kind),
        "scan": scan,
        "most": MOST_IN_BLOCK,
        "judged": judged,
        "tabs": own_tabs(request.user, place, "units:duplicate-place"),
        "previous_url": link(page - 1) if page > 1 else "",
        "next_url": link(page + 1) if page * PAGE < scan.total else "",
        "merges": merges.select_related("kept", "other").order_by("-pk")[:MERGES_SHOWN],
    }
    return render(request, "units/duplicate_list.html", context)


def _pair(request, first: int, second: int) -> tuple[Registrant, Registrant]:
    """Both registrants, for somebody who keeps their register: a stranger gets 404, a reader 403."""
    rows = Registrant.objects.visible_to(request.user).filter(kind__in=KINDS, pk__in=(first, second))
    found = {row.pk: row for row in rows.select_related("hamlet", "commune", *(kind.lower() for kind in KINDS))}
    if len(found) != 2 or found[first].kind != found[second].kind:
        raise Http404
    if not all(rules.may_correct(request.user, row) for row in found.values()):
        raise PermissionDenied
    return found[first], found[second]


def _compared(a: Registrant, b: Registrant) -> list[dict]:
    """The fields of two registrants side by side."""
    mine, theirs, book = values_of(a), values_of(b), BOOKS[a.kind]
    rows = []
    for name in fields_of(a.kind):
        model = Registrant if name in ("name", "note") else book.profile
        field = model._meta.get_field(name)
        choices = dict(field.flatchoices or [])
        differs = mine[name] != theirs[name]
        if name == "id_last4":
            differs = mine["id_hash"] != theirs["id_hash"]
        rows.append(
            {
                "name": name,
                "label": capfirst(str(book.name_label if name == "name" else field.verbose_name)),
                "a": shown(mine[name], choices, name),
                "b": shown(theirs[name], choices, name),
                "differs": differs,
            }
        )
    return rows


@require_safe
@vary_on_headers("HX-Request")
def duplicate_of(request, pk):
    """Those one registrant may be the same as: a panel on its page, or a page of its own without scripts."""
    rows = Registrant.objects.visible_to(request.user).filter(kind__in=KINDS)
    registrant = get_object_or_404(rows.select_related("hamlet", "commune"), pk=pk)
    if not rules.may_correct(request.user, registrant):
        raise PermissionDenied
    place = registrant.commune if rules.may_keep_register(request.user, registrant.commune) else registrant.place
    pairs = []
    if registrant.is_open:
        pairs = find_duplicates(place=place, kind=registrant.kind, registrant=pk, limit=PAGE).pairs
    context = {
        "registrant": registrant,
        "place": registrant.place,
        "back_url": reverse(f"units:{registrant.kind.lower()}-detail", args=[pk]),
        "others": [
            {
                "row": pair.second if pair.first_id == pk else pair.first,
                "score": pair.score,
                "reasons": pair.reasons,
                "url": reverse("units:duplicate-pair", args=[pair.first_id, pair.second_id]),
            }
            for pair in with_registrants(pairs, registrant.kind)
        ],
    }
    partial = request.htmx and not request.htmx.history_restore_request
    return render(request, "units/_duplicate_of.html" if partial else "units/duplicate_of.html", context)


@form_methods
def duplicate_pair(request, first, second):
    """Two side by side; a choice per field and one button make them one."""
    a, b = _pair(request, first, second)
    version = version_of(a, b)
    a, b = _pair(request, first, second)  # read after the version: a change in between is noticed, never missed
    rows = _compared(a, b)
    differing = [row["name"] for row in rows if row["differs"]]
    form = MergeChoiceForm(request.POST or None, differing=differing, initial={"version": version})
    if request.method == "POST" and form.is_valid():
        kept, other = (a, b) if form.cleaned_data["keep"] == "a" else (b, a)
        try:
            merge = merge_duplicates(
                actor=request.user,
                kept=kept,
                other=other,
                take=form.taken(),
                withdraw=form.cleaned_data["withdraw"],
                version=form.cleaned_data["version"] or "-",
            )
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        except PortalError as error:
            form.add_error(None, error.message)
        else:
            text = _("Đã gộp “%(other)s” vào “%(kept)s”. Nếu nhầm, bấm “Hoàn tác”.")
            messages.success(request, text % {"other": merge.other.name, "kept": merge.kept.name})
            return redirect("units:merge-detail", merge.pk)
    for row in rows:  # a value only one side knows is taken over unless the person says otherwise
        only = "a" if row["a"] and not row["b"] else "b" if row["b"] and not row["a"] else ""
        row["chosen"] = form.data.get(f"f_{row['name']}", "") if form.is_bound else only
    found = find_duplicates(place=a.commune, kind=a.kind, dismissed=None, registrant=a.pk).pairs
    known = next((pair for pair in found if {pair.first_id, pair.second_id} == {first, second}), None)
    low, high = sorted((first, second))
    context = {
        "a": a,
        "b": b,
        "place": a.commune,
        "url_a": reverse(f"units:{a.kind.lower()}-detail", args=[a.pk]),
        "url_b": reverse(f"units:{b.kind.lower()}-detail", args=[b.pk]),
        "rows": rows,
        "form": form,
        "kept": (form.data.get("keep") if form.is_bound else "") or "a",
        "version": version,
        "pair": known,
        "both_open": a.is_open and b.is_open,
        "judgement": NotDuplicate.objects.filter(first=low, second=high, dismissed=True).first(),
        "dossiers": [(one.name, text) for one in (a, b) for text in hooks.dossiers_of(one)],
        "list_url": f"{reverse('units:duplicate-place', args=[(a.hamlet or a.commune).pk])}?loai={a.kind}",
    }
    return render(request, "units/duplicate_pair.html", context)


def _judge(request, first: int, second: int, verb, sentence: str):
    a, b = _pair(request, first, second)
    try:
        verb(actor=request.user, first=a, second=b)
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except PortalError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, sentence % {"a": a.name, "b": b.name})
    return redirect("units:duplicate-pair", first, second)


@require_POST
def duplicate_dismiss(request, first, second):
    """Say that they are two."""
    return _judge(request, first, second, dismiss, _("Đã ghi: “%(a)s” và “%(b)s” không phải trùng."))


@require_POST
def duplicate_take_back(request, first, second):
    """List the pair again."""
    return _judge(request, first, second, take_back, _("Cặp “%(a)s” và “%(b)s” lại nằm trong danh sách có thể trùng."))


def _merge_or_404(request, pk: int) -> RegistrantMerge:
    rows = RegistrantMerge.objects.visible_to(request.user)
    places = ("kept__hamlet", "kept__commune", "other__hamlet", "other__commune")
    return get_object_or_404(rows.select_related(*places), pk=pk)


@require_safe
def merge_detail(request, pk):
    """One merge: what became of what, and the way back."""
    merge = _merge_or_404(request, pk)
    changed = [name for name in fields_of(merge.kind) if merge.before.get(name) != merge.after.get(name)]
    book = BOOKS[merge.kind]
    rows = []
    for name in changed:
        field = (Registrant if name in ("name", "note") else book.profile)._meta.get_field(name)
        choices = dict(field.flatchoices or [])
        label = capfirst(str(book.name_label if name == "name" else field.verbose_name))
        rows.append((label, *(shown(side[name], choices, name) for side in (merge.before, merge.after))))
    allowed = may_undo(request.user, merge)
    context = {
        "merge": merge,
        "place": merge.kept.place,
        "rows": rows,
        "families": len(merge.memberships.get("ended", [])),
        "url_kept": reverse(f"units:{merge.kind.lower()}-detail", args=[merge.kept_id]),
        "url_other": reverse(f"units:{merge.kind.lower()}-detail", args=[merge.other_id]),
        "may_undo": allowed,
        "in_the_way": standing_in_the_way(merge) if allowed else "",
        "list_url": f"{reverse('units:duplicate-place', args=[merge.kept.place.pk])}?loai={merge.kind}",
    }
    return render(request, "units/merge_detail.html", context)


@require_POST
def merge_undo(request, pk):
    """Both registrants as they were."""
    merge = _merge_or_404(request, pk)
    try:
        undo_merge(actor=request.user, merge=merge)
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except PortalError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Đã hoàn tác: hai bên trở lại như trước khi gộp."))
    return redirect("units:merge-detail", pk)
