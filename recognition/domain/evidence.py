"""Evidence beside a criterion: putting it there, taking it back, and what stands where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.moments import moment
from portal.lib.text import clean
from portal.lib.uploads import Accepted, FileRefused, accept, shown_name, too_large
from recognition.choices import EvidenceKind
from recognition.domain.errors import NotPermitted, RecognitionError, VersionMoved
from recognition.models import Evidence, Registration
from recognition.rules import may_add_evidence
from units.models import User

NOTE_LENGTH = 300
MOST_PHOTOS = 6  # of one sheet sent by a one-time link
SENDER = "Người dân gửi qua liên kết"  # kept with the record, so Vietnamese


def add_file(
    *, actor: User, registration: Registration, criterion: str, name: str, data: bytes, note: str = ""
) -> Evidence:
    """Keep a photo or file as evidence for a criterion.

    Raises RecognitionError with the sentence for a file that is too large, no picture or document, already there, or
    one too many; VersionMoved when the dossier stands under other rules than `registration` was read with. The file is
    judged before the dossier is locked; drawing a picture anew takes a while.
    """
    _check_criterion(registration, criterion)
    if len(data) > settings.EVIDENCE_MAX_BYTES:
        raise RecognitionError(too_large(shown_name(name), len(data), settings.EVIDENCE_MAX_BYTES))
    try:
        accepted = accept(data, name)
    except FileRefused as refused:
        raise RecognitionError(str(refused)) from refused
    digest = accepted.sha256
    with transaction.atomic():
        _lock(actor, registration, same_rules=True)
        standing = Evidence.objects.standing().filter(registration=registration, kind=EvidenceKind.FILE)
        if standing.filter(criterion=criterion, sha256=digest).exists():
            raise RecognitionError(
                _("Tệp “%(name)s” đã có ở mục %(code)s.") % {"name": shown_name(name), "code": criterion}
            )
        if standing.count() >= settings.EVIDENCE_MAX_FILES:
            raise RecognitionError(
                _("Hồ sơ đã có %(most)d tệp, không nhận thêm “%(name)s”. Hãy rút bớt tệp không cần thiết.")
                % {"most": settings.EVIDENCE_MAX_FILES, "name": shown_name(name)}
            )
        made = Evidence(kind=EvidenceKind.FILE, **_common(actor, registration, criterion, note))
        made.keep(accepted)
    return made


@dataclass(frozen=True)
class Photo:
    """A picture that came by a one-time link, judged and drawn anew."""

    criterion: str
    kept: Accepted


def judge_photos(sent: Mapping[str, tuple[str, bytes]]) -> tuple[list[Photo], dict[str, str]]:
    """Photos by criterion (name, bytes) as they may be kept, and the sentence about each that may not."""
    photos, faults = [], {}
    for n, (code, (name, data)) in enumerate(sent.items()):
        if n >= MOST_PHOTOS:
            faults[code] = _("Mỗi phiếu gửi được nhiều nhất %(most)d ảnh. Hãy bỏ bớt ảnh này.") % {"most": MOST_PHOTOS}
            continue
        try:
            if len(data) > settings.EVIDENCE_MAX_BYTES:
                raise FileRefused(too_large(shown_name(name), len(data), settings.EVIDENCE_MAX_BYTES))
            kept = accept(data, name)
            if kept.format != "JPEG":
                raise FileRefused(
                    _("Tệp “%(name)s” không phải ảnh. Ở đây chỉ nhận ảnh JPEG, PNG hoặc WebP.")
                    % {"name": shown_name(name)}
                )
        except FileRefused as refused:
            faults[code] = str(refused)
        else:
            photos.append(Photo(code, kept))
    return photos, faults


def keep_photos(registration: Registration, photos: Sequence[Photo]) -> None:
    """Put photos of a sheet beside its criteria, in the transaction that keeps the sheet; they wait for an officer."""
    made: list[Evidence] = []
    try:
        for photo in photos:
            one = Evidence(
                registration=registration,
                criterion=photo.criterion,
                kind=EvidenceKind.SENT,
                at=timezone.now(),
                by_name=SENDER,
            )
            one.keep(photo.kept)
            made.append(one)
    except BaseException:
        for one in made:
            one.file.delete(save=False)
        raise


def take_photos(actor: User, registrations: Collection[int]) -> None:
    """The photos that wait in these dossiers become evidence, with the sheet they came with; a second copy does not."""
    waiting = Evidence.objects.waiting().filter(registration__in=registrations)
    twin = Evidence.objects.standing().filter(
        registration=OuterRef("registration"),
        criterion=OuterRef("criterion"),
        kind=EvidenceKind.FILE,
        sha256=OuterRef("sha256"),
    )
    drop_photos(actor, registrations, "Ảnh này đã có ở tiêu chí này.", only=Exists(twin))
    waiting.update(kind=EvidenceKind.FILE, by=actor, by_name=f"{SENDER}; {actor.full_name}"[:150])


def drop_photos(actor: User, registrations: Collection[int], reason: str, *, only=None) -> None:
    """Photos that wait in these dossiers are not taken; they stay on record, struck out, with the reason."""
    waiting = Evidence.objects.waiting().filter(registration__in=registrations)
    _strike(actor, waiting if only is None else waiting.filter(only), reason)


def take_back_all(actor: User, ids: Collection[int], reason: str) -> None:
    """Take back what stands or waits of these, in one statement; the caller has locked their dossiers and asked."""
    _strike(actor, Evidence.objects.filter(pk__in=ids, taken_back_at=None), reason)


def _strike(actor: User, rows: QuerySet[Evidence], reason: str) -> None:
    rows.update(
        taken_back_at=timezone.now(),
        taken_back_by=actor,
        taken_back_by_name=actor.full_name,
        taken_back_reason=reason[:NOTE_LENGTH],
    )


@transaction.atomic
def confirm(*, actor: User, registration: Registration, criterion: str, note: str = "") -> Evidence:
    """Put down that the branch confirmed a criterion, without a file. Once for each criterion. Raises as `add_file`."""
    _check_criterion(registration, criterion)
    _lock(actor, registration, same_rules=True)
    kept = Evidence.objects.standing().filter(
        registration=registration, criterion=criterion, kind=EvidenceKind.CONFIRMED_BY_BRANCH
    )
    if kept.exists():
        raise RecognitionError(_("Mục %(code)s đã có xác nhận của chi hội.") % {"code": criterion})
    return Evidence.objects.create(
        kind=EvidenceKind.CONFIRMED_BY_BRANCH, **_common(actor, registration, criterion, note)
    )


@transaction.atomic
def take_back(*, actor: User, evidence: Evidence, reason: str) -> Evidence:
    """Take evidence back. It stays in the dossier, struck out, with who, when and why."""
    _lock(actor, evidence.registration)
    locked = Evidence.objects.select_for_update(of=("self",)).get(pk=evidence.pk)
    if locked.taken_back_at:
        raise RecognitionError(
            _("%(who)s đã rút minh chứng này lúc %(at)s.")
            % {
                "who": locked.taken_back_by_name,
                "at": moment(locked.taken_back_at),
            }
        )
    reason = clean(reason)[:NOTE_LENGTH]
    if not reason:
        raise RecognitionError(_("Hãy ghi lý do rút minh chứng."))
    locked.taken_back_at, locked.taken_back_reason = timezone.now(), reason
    locked.taken_back_by, locked.taken_back_by_name = actor, actor.full_name
    locked.save()
    return locked


def by_criterion(registration: Registration) -> dict[str, list[Evidence]]:
    """Everything handed in, by criterion, oldest first; what was taken back stands last. One query."""
    found: dict[str, list[Evidence]] = defaultdict(list)
    for one in registration.evidence.order_by("at", "pk"):
        found[one.criterion].append(one)
    return {code: sorted(rows, key=lambda one: one.taken_back_at is not None) for code, rows in found.items()}


def _check_criterion(registration: Registration, criterion: str) -> None:
    if criterion not in registration.rulebook.spec.leaf_codes:
        raise RecognitionError(
            _("Bộ tiêu chí của hồ sơ này không có mục “%(code)s”.") % {"code": clean(criterion)[:20]}
        )


def _lock(actor: User, registration: Registration, *, same_rules: bool = False) -> None:
    """Nobody moves the dossier on, or hands in a file too many, while this is written. `same_rules`: nor was it moved
    to other rules since it was read, under which the criterion may ask something else."""
    # Without its rulebook: a join would lose the row to whoever moves it to another one while this waits.
    now = Registration.objects.select_for_update(of=("self",)).get(pk=registration.pk)
    answer = may_add_evidence(actor, now)
    if not answer:
        raise NotPermitted(answer.reason)
    if same_rules and now.rulebook_id != registration.rulebook_id:
        raise VersionMoved


def _common(actor: User, registration: Registration, criterion: str, note: str) -> dict:
    return {
        "registration": registration,
        "criterion": criterion,
        "note": clean(note)[:NOTE_LENGTH],
        "at": timezone.now(),
        "by": actor,
        "by_name": actor.full_name,
    }
