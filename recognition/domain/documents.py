"""Documents down the tree: sending, opening, answering, asking to hurry, withdrawing, replacing."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.moments import moment
from portal.lib.text import clean
from portal.lib.uploads import Accepted, FileRefused, accept, shown_name, too_large
from recognition.choices import ReminderKind
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.reminders import people_of, write_reminders
from recognition.domain.twice import wait_for_others
from recognition.models import Document, DocumentFile, DocumentReceipt
from recognition.rules import may_send_documents, receives_for
from units.choices import LEVEL_ORDER, Level
from units.models import Place, User
from units.rules import predecessors

REASON_LENGTH = 500


class DocumentRefused(RecognitionError):
    """Something about a document that is not taken; `field` is the one to put right."""

    def __init__(self, message: str, field: str):
        self.field = field
        super().__init__(message)


@dataclass(frozen=True)
class Draft:
    """What a document says. `opens_on`: a yearly plan that opens registration below on that day; `rulebook`: the key
    of one of the portal's rulebooks that goes with it."""

    kind: str
    number: str
    issued_on: datetime.date
    title: str
    year: int
    text: str = ""
    due_on: datetime.date | None = None
    reply_wanted: bool = False
    opens_on: datetime.date | None = None
    rulebook: int | None = None


@dataclass(frozen=True)
class Upload:
    """A file as it was handed in."""

    name: str
    data: bytes = field(repr=False)


# --- Whom


def levels_below(place: Place | None) -> list[str]:
    """Levels a place may send to. The centre leaves hamlets to their wards; districts are gone, but not for places of
    their time."""
    if place is None:
        return [Level.PROVINCE, Level.COMMUNE]
    levels = LEVEL_ORDER[LEVEL_ORDER.index(Level(place.level)) + 1 :]
    return [level for level in levels if level != Level.DISTRICT or place.child_level == Level.DISTRICT]


def places_directly_below(place: Place | None):
    """Places a sender may pick one by one."""
    rows = Place.objects.current().order_by("sort_key", "pk")
    return rows.filter(level=Level.PROVINCE) if place is None else rows.filter(parent=place)


def receivers(place: Place | None, levels: Sequence[str], only: Iterable[int] = ()) -> list[Place]:
    """Places of `levels` that stand today below `place`; with `only`, inside those places directly below it."""
    allowed = [level for level in levels if level in levels_below(place)]
    rows = Place.objects.current().filter(level__in=allowed)
    if place is not None:
        rows = rows.filter(**{place.fact_column: place.pk}).exclude(pk=place.pk)
    found = list(rows.order_by("level", "sort_key", "pk"))
    chosen = set(only)
    if not chosen:
        return found
    columns = ("pk", "province_id", "district_id", "commune_id")
    return [one for one in found if any(getattr(one, column) in chosen for column in columns)]


# --- Sending


def send(
    *,
    actor: User,
    place: Place | None,
    draft: Draft,
    levels: Sequence[str],
    only: Iterable[int] = (),
    files: Sequence[Upload] = (),
) -> Document:
    """Send a document to every chosen place at once; their people are told in the portal.

    Raises RecognitionError with the sentence: nobody chosen, a file that is not taken, days out of order.
    """
    if not may_send_documents(actor, place):
        raise NotPermitted(_("Bạn không được phân công gửi văn bản của nơi này."))
    accepted = _accept_all(files)
    places = receivers(place, levels, only)
    if not places:
        raise DocumentRefused(_("Chưa chọn nơi nhận nào: hãy chọn cấp nhận có địa bàn bên dưới."), "levels")
    with transaction.atomic():
        return _write(actor, place, draft, places, accepted)


def replace(*, actor: User, document: Document, draft: Draft, reason: str, files: Sequence[Upload] = ()) -> Document:
    """Send a new version to the same places. The old one stays readable, marked as replaced."""
    accepted = _accept_all(files)
    with transaction.atomic():
        old = _lock_standing(actor, document)
        reason = _reason(reason, _("Hãy ghi lý do thay bản mới."))
        places = list(Place.objects.filter(pk__in=old.receipts.values("place_id")).order_by("pk"))
        _withdraw(actor, old, reason)
        return _write(actor, old.place, draft, places, accepted, old=old)


def withdraw(*, actor: User, document: Document, reason: str) -> Document:
    """Withdraw a document with a reason. It stays readable, marked as withdrawn; nothing is due any more."""
    with transaction.atomic():
        old = _lock_standing(actor, document)
        _withdraw(actor, old, _reason(reason, _("Hãy ghi lý do thu hồi.")))
    return old


def _withdraw(actor: User, old: Document, reason: str) -> None:
    old.withdrawn_at, old.withdrawn_by_name, old.withdrawn_reason = timezone.now(), actor.full_name, reason
    old.save(update_fields=["withdrawn_at", "withdrawn_by_name", "withdrawn_reason"])


def _reason(text: str, sentence: str) -> str:
    text = clean(text)[:REASON_LENGTH]
    if not text:
        raise RecognitionError(sentence)
    return text


def _lock_standing(actor: User, document: Document) -> Document:
    if not may_send_documents(actor, document.place):
        raise NotPermitted(_("Chỉ cán bộ của nơi gửi được làm việc này."))
    old = Document.objects.select_for_update(of=("self",)).select_related("place").get(pk=document.pk)
    if old.withdrawn_at:
        raise RecognitionError(
            _("%(who)s đã thu hồi hoặc thay văn bản này lúc %(at)s.")
            % {"who": old.withdrawn_by_name, "at": moment(old.withdrawn_at)}
        )
    return old


def _write(actor, place, draft: Draft, places: list[Place], accepted: list[Accepted], old: Document | None = None):
    made = Document(
        place=place,
        kind=draft.kind,
        number=clean(draft.number),
        issued_on=draft.issued_on,
        title=clean(draft.title),
        text=draft.text.strip(),
        year=draft.year,
        due_on=draft.due_on,
        reply_wanted=draft.reply_wanted,
        opens_on=draft.opens_on,
        rulebook_id=draft.rulebook,
        version=old.version + 1 if old else 1,
        replaces=old,
        sent_at=timezone.now(),
        sent_by=actor,
        sent_by_name=actor.full_name,
    )
    if draft.reply_wanted and draft.due_on is None:
        raise DocumentRefused(_("Văn bản yêu cầu trả lời phải có hạn trả lời."), "due_on")
    try:
        made.full_clean(exclude=["place", "replaces", "sent_by", "withdrawn_at"])
    except ValidationError as error:
        late = draft.due_on is not None and draft.due_on < draft.issued_on
        raise DocumentRefused(" ".join(error.messages), "due_on" if late else "opens_on") from error
    if old is None:
        _refuse_sent(made, places)
    made.save()
    DocumentReceipt.objects.bulk_create(DocumentReceipt(document=made, place=one) for one in places)
    _tell(made, places)
    _keep(made, None, accepted)  # last: whatever fails before leaves no file behind
    return made


def _refuse_sent(made: Document, places: list[Place]) -> None:
    """The same letter to the same places is one that was sent twice by mistake."""
    wait_for_others(made.place)
    facts = {name: getattr(made, name) for name in ("place", "kind", "number", "issued_on", "title", "text", "due_on")}
    for before in Document.objects.filter(**facts, withdrawn_at=None):
        if set(before.receipts.values_list("place_id", flat=True)) == {one.pk for one in places}:
            raise RecognitionError(
                _("%(who)s đã gửi chính văn bản này đến các nơi này lúc %(at)s; không gửi lần thứ hai.")
                % {"who": before.sent_by_name, "at": moment(before.sent_at)}
            )


def _tell(document: Document, places: list[Place]) -> None:
    """A reminder for everybody who reads for one of the places: a new document is there."""
    today = timezone.localdate()
    facts = {"document": document.pk, "number": document.number, "title": document.title}
    rows = [
        (user_id, ReminderKind.DOCUMENT, f"DOCUMENT:{document.pk}", today, facts, document.sent_by_name)
        for user_id in sorted({user_id for people in people_of(places).values() for user_id in people})
    ]
    write_reminders(rows, today)


# --- Files


def _accept_all(files: Sequence[Upload]) -> list[Accepted]:
    """Judge every file before anything is locked; the same file twice is kept once."""
    if len(files) > settings.DOCUMENT_MAX_FILES:
        told = _("Mỗi lần gửi nhiều nhất %(most)d tệp; bạn đã chọn %(count)d tệp.")
        raise DocumentRefused(told % {"most": settings.DOCUMENT_MAX_FILES, "count": len(files)}, "files")
    found = {}
    for one in files:
        if len(one.data) > settings.EVIDENCE_MAX_BYTES:
            told = too_large(shown_name(one.name), len(one.data), settings.EVIDENCE_MAX_BYTES)
            raise DocumentRefused(told, "files")
        try:
            taken = accept(one.data, one.name)
        except FileRefused as refused:
            raise DocumentRefused(str(refused), "files") from refused
        found.setdefault(taken.sha256, taken)
    return list(found.values())


def _keep(document: Document, receipt: DocumentReceipt | None, accepted: list[Accepted]) -> None:
    """Write files; when anything fails nothing is left lying that the books do not know."""
    kept: list[DocumentFile] = []
    known = set(DocumentFile.objects.filter(document=document, receipt=receipt).values_list("sha256", flat=True))
    try:
        for one in accepted:
            if one.sha256 in known:
                continue
            made = DocumentFile(document=document, receipt=receipt)
            made.keep(one)
            kept.append(made)
    except BaseException:
        for made in kept:
            made.file.delete(save=False)
        raise


# --- Receiving


def mark_opened(*, actor: User, document: Document) -> int:
    """Put down that the places this person reads for have opened the document; the first time counts. How many."""
    own = predecessors({posting.place_id for posting in actor.active_postings() if posting.place_id})
    waiting = document.receipts.filter(opened_at=None, place__in=own).select_related("place")
    mine = [one.pk for one in waiting if receives_for(actor, one.place)]
    if not mine:
        return 0
    return DocumentReceipt.objects.filter(pk__in=mine, opened_at=None).update(
        opened_at=timezone.now(), opened_by=actor, opened_by_name=actor.full_name
    )


def reply(*, actor: User, receipt: DocumentReceipt, text: str, files: Sequence[Upload] = ()) -> DocumentReceipt:
    """Answer for a place, or put the answer right. Files are added to those sent before; every version is kept."""
    if not receives_for(actor, receipt.place):
        raise NotPermitted(_("Chỉ cán bộ của nơi nhận được trả lời."))
    text = text.strip()
    if not text:
        raise RecognitionError(_("Hãy ghi nội dung trả lời."))
    if len(text) > 5000:
        raise RecognitionError(_("Nội dung trả lời dài quá 5.000 ký tự. Hãy viết gọn hoặc gửi kèm tệp."))
    accepted = _accept_all(files)
    with transaction.atomic():
        document = Document.objects.select_for_update(of=("self",)).get(pk=receipt.document_id)
        if not document.reply_wanted:
            raise RecognitionError(_("Văn bản này không yêu cầu trả lời."))
        if document.withdrawn_at:
            raise RecognitionError(_("Văn bản này đã bị thu hồi hoặc thay bằng bản mới nên không trả lời được nữa."))
        locked = DocumentReceipt.objects.select_for_update(of=("self",)).get(pk=receipt.pk)
        if locked.files.count() + len(accepted) > settings.DOCUMENT_MAX_FILES:
            raise RecognitionError(
                _("Trả lời này đã có %(count)d tệp; nhiều nhất %(most)d tệp.")
                % {"count": locked.files.count(), "most": settings.DOCUMENT_MAX_FILES}
            )
        now = timezone.now()
        if locked.opened_at is None:
            locked.opened_at, locked.opened_by, locked.opened_by_name = now, actor, actor.full_name
        locked.replied_at, locked.replied_by, locked.replied_by_name = now, actor, actor.full_name
        locked.reply = text
        locked.save()
        _keep(document, locked, accepted)
    return locked


def nudge_receivers(*, actor: User, document: Document) -> tuple[int, int]:
    """Remind every place that has not opened, or not answered where an answer is wanted. (reminded, left out).

    Places reminded in the last days are left out, so pressing twice tells nobody twice.
    """
    today = timezone.localdate()
    with transaction.atomic():
        locked = _lock_standing(actor, document)
        silent = locked.receipts.filter(opened_at=None)
        if locked.reply_wanted:
            silent = locked.receipts.filter(replied_at=None)
        rows = list(silent.select_for_update(of=("self",)).select_related("place").order_by("pk"))
        since = today - datetime.timedelta(days=settings.NUDGE_EVERY_DAYS)
        ripe = [one for one in rows if one.nudged_on is None or one.nudged_on <= since]
        people = people_of([one.place for one in ripe])
        facts = {
            "document": locked.pk,
            "number": locked.number,
            "title": locked.title,
            "due": locked.due_on.isoformat() if locked.due_on else None,
            "reply": locked.reply_wanted,
        }
        key = f"NUDGE:DOCUMENT:{locked.pk}"
        users = sorted({user_id for one in ripe for user_id in people.get(one.place_id, ())})
        write_reminders([(user_id, ReminderKind.NUDGE, key, today, facts, actor.full_name) for user_id in users], today)
        told = [one for one in ripe if people.get(one.place_id)]
        DocumentReceipt.objects.filter(pk__in=[one.pk for one in told]).update(nudged_on=today)
    return len(told), len(rows) - len(told)
