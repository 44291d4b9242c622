"""Documents down the tree: received and sent ones, one document with who has opened and answered it."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Q
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.lib.listing import Listing
from portal.lib.uploads import megabytes, most_bytes
from recognition.domain import documents as verbs
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.forms.documents import DRAFT, DocumentForm, ReplyForm, WithdrawDocumentForm, uploads
from recognition.models import Document, DocumentFile, DocumentReceipt, Rulebook
from recognition.rules import may_send_documents, receives_for
from recognition.views.scope import place_or_404, year_of
from units.choices import Level
from units.rules import predecessors, scope_of

LEVELS = (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE)
RECEIVED, NOT_OPENED, NOT_REPLIED, SENT = "nhan-duoc", "chua-mo", "cho-tra-loi", "da-gui"


def request_limit() -> int:
    """Bytes one request may send, as set now."""
    return settings.EVIDENCE_MAX_REQUEST_BYTES


def _limits() -> dict:
    return {
        "most_mb": megabytes(settings.EVIDENCE_MAX_BYTES),
        "at_once_mb": megabytes(settings.EVIDENCE_MAX_REQUEST_BYTES),
        "most_bytes": settings.EVIDENCE_MAX_REQUEST_BYTES,
        "most_files": settings.DOCUMENT_MAX_FILES,
    }


# --- Lists


@require_safe
def document_list(request):
    """Documents of the year: received ones with what is still to do, or those sent."""
    year, wanted = year_of(request), request.GET.get("loc", "")
    asked, wanted = bool(wanted), "" if wanted == RECEIVED else wanted
    today = timezone.localdate()
    received = DocumentReceipt.objects.visible_to(request.user).filter(document__year=year)
    own = [posting.place_id for posting in request.user.active_postings() if posting.place_id]
    own_and_former = predecessors(set(own))
    mine = received.filter(place__in=own_and_former)
    standing = mine.filter(document__withdrawn_at=None)
    silent = standing.filter(document__reply_wanted=True, replied_at=None)
    from_centre = Q(place=None) if may_send_documents(request.user, None) else Q()
    sent = Document.objects.filter(Q(place__in=own_and_former) | from_centre, year=year)
    counts = {"": mine.count(), NOT_OPENED: standing.filter(opened_at=None).count(), NOT_REPLIED: silent.count()}
    senders = _senders(request.user)
    if not asked and senders and not counts[""]:
        wanted = SENT  # the highest place receives nothing
    labels = {"": _("Nhận được"), NOT_OPENED: _("Chưa mở"), NOT_REPLIED: _("Chờ trả lời"), SENT: _("Đã gửi")}
    tabs = [
        {
            "label": label,
            "url": f"?nam={year}" + (f"&loc={key or RECEIVED}"),
            "active": key == wanted,
            "count": counts.get(key),
        }
        for key, label in labels.items()
    ]
    if wanted == SENT:
        rows = sent.select_related("place").annotate(
            sent_to=Count("receipts"),
            opened=Count("receipts", filter=Q(receipts__opened_at__isnull=False)),
            replied=Count("receipts", filter=Q(receipts__replied_at__isnull=False)),
        )
        listing = Listing(request, rows.order_by("-sent_at", "-pk"), page_size=30)
    else:
        rows = {NOT_OPENED: standing.filter(opened_at=None), NOT_REPLIED: silent}.get(wanted, mine)
        listing = Listing(
            request,
            rows.select_related("document__place", "place").order_by("-document__sent_at", "-pk"),
            page_size=30,
        )
    context = {
        "year": year,
        "today": today,
        "listing": listing,
        "tabs": tabs,
        "shows_sent": wanted == SENT,
        "several": len(own) > 1,
        "senders": senders,
    }
    return render(request, "recognition/document_list.html", context)


def _senders(user) -> list[dict]:
    """Where the person may send from, each with its address."""
    found, seen = [], set()
    for posting in user.active_postings():
        place = posting.place
        if posting.place_id in seen or not may_send_documents(user, place):
            continue
        seen.add(posting.place_id)
        url = reverse("recognition:document-create", args=[place.pk] if place else [])
        found.append({"name": str(place or _("Cả nước")), "url": url})
    return found


# --- Sending


@most_bytes(request_limit)
@require_http_methods(["GET", "HEAD", "POST"])
def document_create(request, place_pk=None):
    """Write a document and send it to chosen levels and places."""
    place = place_or_404(request.user, place_pk, *LEVELS) if place_pk else None
    if not may_send_documents(request.user, place):
        raise PermissionDenied(_("Bạn không được phân công gửi văn bản của nơi này."))
    form = DocumentForm(
        request.POST or None,
        {"files": request.FILES.getlist("files")} if request.method == "POST" else None,
        levels=verbs.levels_below(place),
        places=verbs.places_directly_below(place),
        rulebooks=_rulebooks(),
        year=year_of(request),
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = verbs.send(
                actor=request.user,
                place=place,
                draft=form.draft,
                levels=form.cleaned_data["levels"],
                only=form.cleaned_data["only"],
                files=uploads(form.cleaned_data["files"], settings.EVIDENCE_MAX_BYTES),
            )
        except RecognitionError as error:
            _show(form, error)
        else:
            messages.success(request, _("Đã gửi văn bản đến %(count)d nơi.") % {"count": made.receipts.count()})
            return redirect("recognition:document-detail", made.pk)
    context = {"place": place, "form": form, "old": None, **_limits()}
    return render(request, "recognition/document_form.html", context, status=422 if form.errors else 200)


def _rulebooks():
    """Rulebooks that may go with a document: those in use."""
    return Rulebook.objects.filter(is_active=True).defer("content").order_by("model", "-valid_from_year", "code")


@most_bytes(request_limit)
@require_http_methods(["GET", "HEAD", "POST"])
def document_replace(request, pk):
    """Send a new version to the same places; the old one stays readable."""
    old = _sent_by_own_place(request, pk)
    if old.withdrawn_at:
        raise PermissionDenied(_("Văn bản này đã bị thu hồi hoặc thay bằng bản mới."))
    initial = {name: getattr(old, name) for name in DRAFT} | {"rulebook": old.rulebook_id}
    form = DocumentForm(
        request.POST or None,
        {"files": request.FILES.getlist("files")} if request.method == "POST" else None,
        again=True,
        initial=initial,
        rulebooks=_rulebooks(),
        year=old.year,
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = verbs.replace(
                actor=request.user,
                document=old,
                draft=form.draft,
                reason=form.cleaned_data["reason"],
                files=uploads(form.cleaned_data["files"], settings.EVIDENCE_MAX_BYTES),
            )
        except RecognitionError as error:
            _show(form, error)
        else:
            messages.success(request, _("Đã gửi bản mới; bản cũ vẫn đọc được."))
            return redirect("recognition:document-detail", made.pk)
    context = {"place": old.place, "form": form, "old": old, **_limits()}
    return render(request, "recognition/document_form.html", context, status=422 if form.errors else 200)


def _show(form, error: RecognitionError) -> None:
    """The sentence beside the field it is about."""
    field = getattr(error, "field", None)
    form.add_error(field if field in form.fields else None, error.message)


@require_http_methods(["GET", "HEAD", "POST"])
def document_withdraw(request, pk):
    """Withdraw a document with a reason."""
    old = _sent_by_own_place(request, pk)
    form = WithdrawDocumentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.withdraw(actor=request.user, document=old, reason=form.cleaned_data["reason"])
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Đã thu hồi văn bản; nơi nhận vẫn đọc được và thấy lý do."))
            return redirect("recognition:document-detail", pk)
    context = {"document": old, "form": form}
    return render(request, "recognition/document_withdraw.html", context, status=422 if form.errors else 200)


def _sent_by_own_place(request, pk) -> Document:
    found = get_object_or_404(Document.objects.visible_to(request.user).select_related("place"), pk=pk)
    if not may_send_documents(request.user, found.place):
        raise PermissionDenied(_("Chỉ cán bộ của nơi gửi được làm việc này."))
    return found


@require_POST
def document_nudge(request, pk):
    """Remind every place that has not opened or answered."""
    document = _sent_by_own_place(request, pk)
    try:
        told, left = verbs.nudge_receivers(actor=request.user, document=document)
    except RecognitionError as error:
        messages.error(request, error.message)
    else:
        if told:
            messages.success(request, _("Đã nhắc %(count)d nơi.") % {"count": told})
        if left:
            text = _("%(count)d nơi chưa nhắc: mới được nhắc trong %(days)d ngày qua, hoặc chưa có cán bộ nào.")
            messages.warning(request, text % {"count": left, "days": settings.NUDGE_EVERY_DAYS})
        if not told and not left:
            messages.info(request, _("Mọi nơi đã mở và trả lời; không còn nơi nào để nhắc."))
    return redirect("recognition:document-detail", pk)


# --- Reading and answering


@require_safe
def document_detail(request, pk):
    """One document. Opened by staff of a place that received it, the first opening is put down."""
    document = _document(request, pk)
    if request.method == "GET":
        verbs.mark_opened(actor=request.user, document=document)
    return _page(request, document)


def _document(request, pk) -> Document:
    rows = Document.objects.visible_to(request.user).select_related("place", "rulebook").defer("rulebook__content")
    return get_object_or_404(rows, pk=pk)


def _watches(user, document: Document) -> bool:
    """Does the person see who has opened and answered? Those posted to the sender's place or above it."""
    scope = scope_of(user)
    return scope.everything or (document.place is not None and scope.covers(document.place))


def _page(request, document, *, receipt=None, form=None):
    today, user = timezone.localdate(), request.user
    receipts = document.receipts.visible_to(user).select_related("place")
    watches = _watches(user, document)
    own = predecessors({posting.place_id for posting in user.active_postings() if posting.place_id})
    mine = [one for one in receipts.filter(place__in=own) if receives_for(user, one.place)]
    answers = document.reply_wanted and not document.withdrawn_at
    cards = []
    for one in mine:
        bound = form if receipt is not None and one.pk == receipt.pk else None
        shown = (bound or ReplyForm(initial={"text": one.reply})) if answers else None
        cards.append({"receipt": one, "form": shown, "is_open": bound is not None or one.replied_at is None})
    newer = Document.objects.filter(replaces=document).only("pk").first()
    files = list(document.files.filter(receipt=None))
    context = {
        "document": document,
        "files": files,
        "cards": cards,
        "reply_files": _reply_files(document, [one.pk for one in mine]),
        "watches": watches,
        "may_send": may_send_documents(user, document.place),
        "newer": newer,
        "today": today,
        "late": document.due_on is not None and document.due_on < today and not document.withdrawn_at,
        **(_watch(request, document, today) if watches else {}),
        **_limits(),
    }
    return render(request, "recognition/document_detail.html", context, status=422 if form is not None else 200)


def _reply_files(document, receipt_ids) -> dict[int, list[DocumentFile]]:
    found: dict[int, list[DocumentFile]] = {}
    for one in DocumentFile.objects.filter(document=document, receipt__in=receipt_ids):
        found.setdefault(one.receipt_id, []).append(one)
    return found


def _watch(request, document, today) -> dict:
    """Who has not opened or answered, overdue ones first. A few statements, whatever the number of places."""
    rows = document.receipts.all()
    silent = Q(replied_at=None) if document.reply_wanted else Q(opened_at=None)
    counts = rows.aggregate(
        all=Count("pk"),
        unopened=Count("pk", filter=Q(opened_at=None)),
        silent=Count("pk", filter=silent),
        replied=Count("pk", filter=Q(replied_at__isnull=False)),
    )
    wanted = request.GET.get("loc", "")
    kinds = [("", _("Tất cả"), counts["all"], Q()), (NOT_OPENED, _("Chưa mở"), counts["unopened"], Q(opened_at=None))]
    if document.reply_wanted:
        kinds += [
            (NOT_REPLIED, _("Chưa trả lời"), counts["silent"], Q(replied_at=None)),
            ("da-tra-loi", _("Đã trả lời"), counts["replied"], Q(replied_at__isnull=False)),
        ]
    condition = next((one for key, _label, _count, one in kinds if key == wanted), Q())
    # Those who owe something stand first: not answered, then not opened, then the others by name.
    order = ("replied_at", "opened_at") if document.reply_wanted else ("opened_at",)
    listing = Listing(
        request,
        rows.filter(condition)
        .select_related("place__parent")
        .order_by(*(F(name).asc(nulls_first=True) for name in order), "place__sort_key", "pk"),
        page_size=50,
    )
    ids = [one.pk for one in listing.rows]
    late = document.due_on is not None and document.due_on < today and not document.withdrawn_at
    return {
        "listing": listing,
        "watch_files": _reply_files(document, ids),
        "counts": counts,
        "overdue": counts["silent"] if late else 0,
        "filters": [
            {"label": label, "count": count, "url": f"?loc={key}" if key else "?", "active": key == wanted}
            for key, label, count, _condition in kinds
        ],
    }


@most_bytes(request_limit)
@require_POST
def document_reply(request, pk):
    """Answer for a place that received the document."""
    receipt = get_object_or_404(DocumentReceipt.objects.visible_to(request.user).select_related("place"), pk=pk)
    if not receives_for(request.user, receipt.place):
        raise PermissionDenied(_("Chỉ cán bộ của nơi nhận được trả lời."))
    form = ReplyForm(request.POST, {"files": request.FILES.getlist("files")})
    if form.is_valid():
        try:
            verbs.reply(
                actor=request.user,
                receipt=receipt,
                text=form.cleaned_data["text"],
                files=uploads(form.cleaned_data["files"], settings.EVIDENCE_MAX_BYTES),
            )
        except NotPermitted as error:
            raise PermissionDenied(error.message) from error
        except RecognitionError as error:
            _show(form, error)
        else:
            messages.success(request, _("Đã gửi trả lời."))
            return redirect("recognition:document-detail", receipt.document_id)
    return _page(request, _document(request, receipt.document_id), receipt=receipt, form=form)


@require_safe
def document_file(request, pk):
    """A file of a document, or of a reply: the latter only for its place and the sender's side."""
    one = get_object_or_404(DocumentFile.objects.select_related("document__place", "receipt__place"), pk=pk)
    if one.receipt is None:
        seen = Document.objects.visible_to(request.user).filter(pk=one.document_id).exists()
    else:
        seen = _watches(request.user, one.document) or scope_of(request.user).covers(one.receipt.place)
    if not seen:
        raise Http404
    try:
        stream = one.file.open("rb")
    except OSError as error:
        raise Http404 from error
    response = FileResponse(stream, as_attachment=not one.is_picture, filename=one.name, content_type=one.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "no-store, private"
    return response
