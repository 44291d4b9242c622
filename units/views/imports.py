"""Pages of the Excel import: upload, preview, confirm, result, undo."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal import jobs
from portal.lib import years
from portal.lib.listing import Listing
from portal.lib.text import fold
from units import jobs as kinds
from units.choices import REGISTER_KEEPERS, ImportState, Poverty, Role, RowVerdict
from units.domain import importing
from units.domain.absences import absent
from units.domain.errors import PortalError
from units.domain.importing.checking import FIGURES
from units.domain.importing.rows import text_of
from units.forms.imports import HeadingsForm, ImportForm
from units.import_templates import template_workbook
from units.import_workbooks import LEFT_OUT, refused_workbook
from units.models import ImportBatch, Registrant
from units.views import heading_parts, import_parts

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GROUPS = tuple(FIGURES)
TOLD_AT_ONCE = 10_000  # households of a large ward
TONES = {
    ImportState.UPLOADED: "neutral",
    ImportState.CHECKING: "neutral",
    ImportState.PREVIEW: "warning",
    ImportState.CONFIRMING: "info",
    ImportState.DONE: "success",
    ImportState.UNDONE: "neutral",
    ImportState.REJECTED: "danger",
}


def _only_keepers(request: HttpRequest, *, readers: tuple = ()) -> None:
    if not request.user.has_role(*REGISTER_KEEPERS, *readers):
        raise PermissionDenied


def _batch(request: HttpRequest, pk: int, *, acting: bool = False) -> ImportBatch:
    """The batch, for those who keep the register there; administrators may look on."""
    batches = ImportBatch.objects.visible_to(request.user).defer("file_bytes")
    batch = get_object_or_404(
        batches.select_related("place__commune", "place__province", "place__district", "job"), pk=pk
    )
    _only_keepers(request, readers=() if acting else (Role.ADMINISTRATOR,))
    if acting and not importing.may_import(request.user, batch.place):
        raise PermissionDenied
    return batch


def batch_to_act_on(request: HttpRequest, pk: int) -> ImportBatch:
    """The batch, for whoever keeps the register of its place."""
    return _batch(request, pk, acting=True)


@require_safe
def import_list(request: HttpRequest) -> HttpResponse:
    """Imports into the person's places, newest first."""
    _only_keepers(request, readers=(Role.ADMINISTRATOR,))
    batches = ImportBatch.objects.visible_to(request.user).defer("file_bytes", "notices", "mapping", "taken_out")
    listing = Listing(
        request,
        batches.select_related("place__commune"),
        sorts={"new": ("-id",)},
        default_sort="new",
        page_size=25,
    )
    for batch in listing.rows:
        batch.tone, batch.words = TONES[batch.state], import_parts.words_of(batch.kind)
    return render(
        request,
        "units/import_list.html",
        {
            "listing": listing,
            "may_import": request.user.has_role(*REGISTER_KEEPERS),
            "aliases": heading_parts.told(request),
            "steps": heading_parts.steps(request),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def import_create(request: HttpRequest) -> HttpResponse:
    """Upload a list of one kind (?loai=); it is read in the background."""
    _only_keepers(request)
    kind = import_parts.asked_kind(request)
    initial = {"year": years.current_year(request), "place": request.GET.get("place")}
    form = ImportForm(request.POST or None, request.FILES or None, user=request.user, kind=kind, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with transaction.atomic():
                batch = importing.receive(
                    actor=request.user,
                    place=data["place"],
                    year=data["year"],
                    register=data.get("register", False),
                    kind=kind,
                    file_name=data["file"].name,
                    data=data["file"].read(),
                )
                return _start(request, batch, kinds.CHECK)
        except PortalError as error:
            form.add_error(None, error.message)
    context = {
        "form": form,
        "words": import_parts.words_of(kind),
        "tabs": import_parts.kind_tabs(request, kind),
        "register_url": reverse(f"units:{import_parts.words_of(kind).slug}-list"),
    }
    return render(request, "units/import_create.html", context, status=422 if form.errors else 200)


def _start(request: HttpRequest, batch: ImportBatch, kind: str) -> HttpResponse:
    """Put the work into the queue and lead to its progress."""
    batch.job = jobs.enqueue(
        kind,
        {"batch": batch.pk, "return_to": reverse("units:import-detail", args=[batch.pk])},
        created_by=request.user,
    )
    batch.save(update_fields=["job"])
    return redirect("jobs:detail", batch.job.pk)


def _headings_form(batch: ImportBatch, data=None) -> HeadingsForm:
    return HeadingsForm(
        data,
        headings=batch.mapping.get("unknown", []),
        known=batch.mapping.get("fields", []),
        meanings=importing.matchable(batch),
    )


@require_POST
def import_headings(request: HttpRequest, pk: int) -> HttpResponse:
    """Headings matched by hand: remembered for the ward, and the list is read again."""
    batch = _batch(request, pk, acting=True)
    form = _headings_form(batch, request.POST)
    try:
        if not form.is_valid():
            raise importing.ImportRefused(_("Có cột được chọn nghĩa không có trong danh sách."))
        with transaction.atomic():
            again = importing.match_headings(actor=request.user, batch=batch, meanings=form.meanings())
            return _start(request, again, kinds.CHECK)
    except PortalError as error:
        messages.error(request, error.message)
        return redirect("units:import-detail", batch.pk)


@require_POST
def import_heading_forget(request: HttpRequest, pk: int) -> HttpResponse:
    """A heading matched by hand is forgotten."""
    alias = get_object_or_404(heading_parts.aliases(request), pk=pk)
    importing.forget_heading(actor=request.user, alias=alias)
    messages.success(request, _("Đã bỏ cách hiểu cột “%(heading)s”.") % {"heading": alias.heading_key})
    return redirect("units:import-list")


@require_safe
def import_template(request: HttpRequest) -> HttpResponse:
    """An empty list of a kind (?loai=) to fill in, with the names the register knows as drop-downs."""
    _only_keepers(request)
    kind = import_parts.asked_kind(request)
    data = template_workbook(kind, import_parts.known_names(request, kind), years.current_year(request))
    title = fold(str(import_parts.words_of(kind).title)).replace(" ", "-")
    return _download(data, f"mau-danh-sach-{title}.xlsx")


def _download(data: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        data,
        content_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


@require_safe
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What the list is, what will become of each row, what became of it."""
    batch = _batch(request, pk)
    may_act = importing.may_import(request.user, batch.place)
    failed = batch.job is not None and batch.job.state == "FAILED"
    context = {
        "batch": batch,
        "words": import_parts.words_of(batch.kind),
        "tone": TONES[batch.state],
        "may_act": may_act,
        "working": batch.state in (ImportState.UPLOADED, ImportState.CHECKING, ImportState.CONFIRMING) and not failed,
        "job_failed": failed,
        "stuck": failed and batch.state == ImportState.CONFIRMING,
    }
    context["taken_out"] = may_act and bool(batch.taken_out)
    if may_act and batch.state in (ImportState.PREVIEW, ImportState.REJECTED) and batch.mapping.get("unknown"):
        context["headings_form"] = _headings_form(batch)
    if batch.counts:
        context |= _preview(request, batch)
    if batch.state == ImportState.DONE and may_act:
        # Compared row by row with the register; for a very long list only when somebody asks for the undo.
        rows = batch.counts["added"] + batch.counts["changed"]
        context["obstacle"] = importing.undo_obstacles(batch) if rows <= TOLD_AT_ONCE else ""
        context["absent"] = absent(batch).count()
    return render(request, "units/import_detail.html", context)


def _preview(request: HttpRequest, batch: ImportBatch) -> dict:
    """Rows of the chosen group, with what each of them needs to be shown."""
    counts = batch.counts
    chosen = request.GET.get("nhom")
    if chosen not in GROUPS:
        chosen = next((verdict for verdict in GROUPS if counts[FIGURES[verdict]]), RowVerdict.ADDED)
    tabs = [
        {
            "label": RowVerdict(verdict).label,
            "url": f"?nhom={verdict}",
            "active": verdict == chosen,
            "count": counts[FIGURES[verdict]],
        }
        for verdict in GROUPS
    ]
    rows = batch.rows.filter(verdict=chosen).defer("bigrams", "sort_key").select_related("hamlet")
    if chosen != RowVerdict.REFUSED:
        rows = rows.defer("bigrams", "sort_key", "raw")
    listing = Listing(request, rows.order_by("id"), page_size=50, total=counts[FIGURES[chosen]])
    if chosen == RowVerdict.CHANGED:
        for row in listing.rows:
            row.changes = import_parts.changes_of(row, batch)
    words, columns = import_parts.words_of(batch.kind), import_parts.columns_of(batch)
    import_parts.describe(listing.rows, batch, columns)
    import_parts.link_rows(listing.rows, batch, words, chosen)
    like = {row.before["like"] for row in listing.rows if row.before and "like" in row.before}
    known = Registrant.objects.visible_to(request.user).in_bulk(like)
    for row in listing.rows:
        found = known.get((row.before or {}).get("like"))
        row.like_url = reverse(words.detail_url, args=[found.pk]) if found else ""
        row.will_add = bool((row.before or {}).get("add"))
        row.poverty_label = "" if row.poverty in ("", Poverty.NONE) else Poverty(row.poverty).label
        if chosen == RowVerdict.REFUSED:
            row.cells = [text for text in map(text_of, row.raw) if text]
    decided = ticked = 0
    if counts["duplicates"]:
        chosen_rows = batch.rows.filter(verdict=RowVerdict.DUPLICATE, before__add=True)
        found = chosen_rows.aggregate(rows=Count("pk"), ticked=Count("pk", filter=Q(wants_registration=True)))
        decided, ticked = found["rows"], found["ticked"]
    wanted = counts["wanted"] + ticked
    return {
        "group": chosen,
        "columns": columns,
        "tabs": tabs,
        "listing": listing,
        "many_sheets": len(batch.mapping.get("sheets", {})) > 1,
        "decided": decided,
        "total_added": counts["added"] + decided - counts.get("parts", 0),
        "families": counts.get("parts", 0),
        "added": counts["added"] - counts.get("parts", 0),
        "unchanged": counts["unchanged"] - counts.get("parts_unchanged", 0),
        "wanted": wanted,
        "left_out": counts["refused"] + counts["duplicates"],
        "not_written": counts["refused"] + counts["duplicates"] - decided,
        "nothing_to_do": not (counts["added"] + counts["changed"] + decided + (wanted if batch.register else 0)),
    }


@require_POST
def import_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Write what the preview shows."""
    return _in_background(request, pk, importing.request_confirmation, kinds.CONFIRM)


@require_POST
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the whole import back."""
    return _in_background(request, pk, importing.request_undo, kinds.UNDO)


def _in_background(request: HttpRequest, pk: int, ask, kind: str) -> HttpResponse:
    """Queue the work `ask` (a verb that refuses at once what cannot be done) allows, or say why it does not."""
    batch = _batch(request, pk, acting=True)
    try:
        with transaction.atomic():
            ask(actor=request.user, batch=batch)
            return _start(request, batch, kind)
    except PortalError as error:
        messages.error(request, error.message)
        return redirect("units:import-detail", pk)


@require_POST
def import_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a preview away; the register never saw it."""
    batch = _batch(request, pk, acting=True)
    try:
        importing.discard(actor=request.user, batch=batch)
    except PortalError as error:
        messages.error(request, error.message)
        return redirect("units:import-detail", pk)
    messages.success(request, _("Đã bỏ lần nhập “%(name)s”. Sổ bộ không thay đổi.") % {"name": batch.file_name})
    return redirect("units:import-list")


@require_POST
def import_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which probable duplicates are households of their own."""
    batch = _batch(request, pk, acting=True)
    rows = [int(text) for text in request.POST.getlist("rows") if text.isdecimal() and len(text) < 19]
    add = request.POST.get("decision") == "add"
    try:
        count = importing.decide_duplicate(actor=request.user, batch=batch, rows=rows, add=add)
    except PortalError as error:
        messages.error(request, error.message)
    else:
        if not count:
            messages.warning(request, _("Chưa chọn dòng nào. Hãy đánh dấu các dòng rồi bấm nút."))
        elif add:
            noun = import_parts.words_of(batch.kind).noun
            text = _("%(count)s dòng sẽ được thêm thành %(noun)s mới khi xác nhận.")
            messages.success(request, text % {"count": count, "noun": noun})
        else:
            messages.success(request, _("%(count)s dòng sẽ được bỏ qua.") % {"count": count})
    page = request.POST.get("trang", "")
    suffix = f"&trang={page}" if page.isdecimal() and page != "1" else ""
    return redirect(f"{reverse('units:import-detail', args=[pk])}?nhom={RowVerdict.DUPLICATE}{suffix}")


@require_safe
def import_refused(request: HttpRequest, pk: int) -> HttpResponse:
    """Rows left out, with the reasons, as a workbook that can be corrected and uploaded."""
    batch = _batch(request, pk)
    if not batch.rows.filter(verdict__in=LEFT_OUT).exists():
        messages.info(request, _("Không có dòng nào bị từ chối."))
        return redirect("units:import-detail", pk)
    stem = fold(batch.file_name.rsplit(".", 1)[0]).replace(" ", "-") or "danh-sach"
    return _download(refused_workbook(batch), f"{stem}-dong-khong-nhap.xlsx")
