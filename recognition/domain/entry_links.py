"""One-time links: an officer hands them out for a hamlet, a household or citizen enters its own score, an officer
confirms what came in. Nothing entered without an account counts before that.

Locks are taken dossiers first, then links, so that handing out, entering and confirming never wait in a circle.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from recognition.choices import ENTRY_MODELS, Action, EntryState, Stage
from recognition.domain.assessing import Entry, record_scores
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.evidence import Photo, drop_photos, keep_photos, take_photos
from recognition.domain.measures.showing import computed_points, given_points
from recognition.domain.transitions import Outcome
from recognition.models import EntryLink, Registration, Rulebook
from recognition.rules import acting_scope, season_closed
from recognition.scoring import ScoreError, evaluate, from_half_points, points_text, to_half_points, wrong_points
from recognition.workflow import sources
from units.choices import AreaClass
from units.models import Place, User

MOST = 600  # links made at once: a hamlet; a ward is done hamlet by hamlet
MOST_ATTEMPTS = 10  # sheets refused for wrong points before a link is locked
LONGEST_DAYS = 60
TOKEN_BYTES = 16  # 128 bits: not to be guessed
WAITING = (EntryState.OPEN, EntryState.SENT)


@dataclass(frozen=True)
class MadeLink:
    """A link just made. The token is known only here and on the paper."""

    registration: Registration
    token: str
    expires_on: datetime.date


@dataclass
class Sent:
    """What became of an entered sheet: kept, or faults by criterion, or the standing that forbids it, or `moved`: the
    dossier has gone to another version of its rulebook since the page was drawn, so its points belong elsewhere.
    """

    kept: bool = False
    moved: bool = False
    faults: Mapping[str, str] = field(default_factory=dict)
    standing: str = ""


def token_hash(token: str) -> str:
    """What is kept of a token. A random token of 128 bits needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def area_of(row: Registration) -> str:
    """Area class that decides the pass mark."""
    return row.commune.area_class if row.commune_id else AreaClass.NORMAL


# --- Handing out


@transaction.atomic
def make_links(
    *,
    actor: User,
    place: Place,
    year: int,
    model: str,
    expires_on: datetime.date,
    renew: bool = False,
    only: int | None = None,
) -> list[MadeLink]:
    """A link for every dossier of the place whose self-score may still be entered and that has none.

    `renew`: also for those with an unused link, which then ends (lost slips are printed anew). Sheets that wait for
    an officer are never touched. `only`: this one dossier. Raises NotPermitted, RecognitionError.
    """
    if model not in ENTRY_MODELS:
        raise RecognitionError(_("Chỉ làm liên kết tự chấm cho gia đình và công dân."))
    _check_day(expires_on)
    rows = _locked_dossiers(place, year, model, only)
    rulebooks = Rulebook.objects.in_bulk({row.rulebook_id for row in rows})
    _check_may_hand_out(actor, rulebooks.values(), place, year)
    kept, ended = _waiting_links(rows, renew=renew)
    wanted = [
        row
        for row in rows
        if row.pk not in kept and row.state in sources(rulebooks[row.rulebook_id].spec, Action.SELF_ASSESS)
    ]
    if not wanted:
        raise RecognitionError(
            _(
                "Mọi hồ sơ còn tự chấm được đều đã có liên kết còn hạn. "
                "Muốn in lại, hãy chọn “Làm lại liên kết chưa dùng”."
            )
            if kept
            else _("Chưa có hồ sơ nào còn tự chấm được để làm liên kết.")
        )
    EntryLink.objects.filter(pk__in=ended).update(
        state=EntryState.REVOKED, decided_at=timezone.now(), decided_by=actor, decided_by_name=actor.full_name
    )
    return _write_links(actor, wanted, expires_on)


def _locked_dossiers(place: Place, year: int, model: str, only: int | None) -> list[Registration]:
    """The place's dossiers of the year, or one of them, locked until the links are made."""
    rows = (
        Registration.objects.within(place)
        .live()
        .filter(year=year, model=model, registrant__closed_on=None)
        .select_related("registrant__household", "registrant__citizen__household", "hamlet", "commune")
        .order_by("pk")
    )
    if only is not None:
        rows = rows.filter(pk=only)
    rows = list(rows.select_for_update(of=("self",))[: MOST + 1])
    if len(rows) > MOST:
        raise RecognitionError(
            _("Một lần làm được nhiều nhất %(most)d liên kết; hãy mở từng khu phố, thôn rồi làm.") % {"most": MOST}
        )
    return rows


def _check_may_hand_out(actor: User, rulebooks: Iterable[Rulebook], place: Place, year: int) -> None:
    if season_closed(year):
        raise RecognitionError(_("Năm %(year)d đã khóa nên không nhận điểm tự chấm.") % {"year": year})
    for rulebook in rulebooks:
        if not acting_scope(actor, rulebook, Action.SELF_ASSESS, year).covers(place):
            raise NotPermitted(_("Bạn không được phân công nhận điểm tự chấm của %(place)s.") % {"place": place.name})


def _waiting_links(rows: list[Registration], *, renew: bool) -> tuple[set[int], list[int]]:
    """(dossiers whose link stays, links that end because they are over or are made anew)."""
    links = EntryLink.objects.filter(registration__in=rows, state__in=WAITING)
    kept, ended = set(), []
    for link in links.order_by("pk").select_for_update():
        if link.state == EntryState.SENT or not (renew or is_over(link)):
            kept.add(link.registration_id)
        else:
            ended.append(link.pk)
    return kept, ended


def _write_links(actor: User, wanted: list[Registration], expires_on: datetime.date) -> list[MadeLink]:
    made = [MadeLink(row, secrets.token_urlsafe(TOKEN_BYTES), expires_on) for row in wanted]
    EntryLink.objects.bulk_create(
        EntryLink(
            registration=one.registration,
            token_hash=token_hash(one.token),
            expires_on=expires_on,
            created_by=actor,
            created_by_name=actor.full_name,
        )
        for one in made
    )
    return made


def _check_day(expires_on: datetime.date) -> None:
    today = timezone.localdate()
    last = today + datetime.timedelta(days=LONGEST_DAYS)
    if not today <= expires_on <= last:
        raise RecognitionError(
            _("Hạn dùng phải từ hôm nay đến %(last)s (nhiều nhất %(days)d ngày).")
            % {"last": last.strftime("%d/%m/%Y"), "days": LONGEST_DAYS}
        )


@transaction.atomic
def revoke(*, actor: User, links: Collection[int]) -> int:
    """End unused links; returns how many. Raises NotPermitted for links outside the person's work."""
    found = _locked(actor, links)
    wanted = [link for link in found if link.state == EntryState.OPEN]
    for link in wanted:
        _decide(link, actor, EntryState.REVOKED)
    EntryLink.objects.bulk_update(wanted, DECIDED)
    return len(wanted)


# --- Entering, without an account


def find(token: str) -> EntryLink | None:
    """The link of a token, with what its page shows."""
    if not 16 <= len(token) <= 64:
        return None
    rows = EntryLink.objects.select_related("registration__registrant", "registration__rulebook")
    rows = rows.select_related("registration__hamlet", "registration__commune")
    return rows.filter(token_hash=token_hash(token)).first()


def is_over(link: EntryLink) -> bool:
    """Is its last day past?"""
    return link.expires_on < timezone.localdate()


def standing(link: EntryLink) -> str:
    """OPEN when the link may be used; else why not: its state, EXPIRED, CLOSED (moved on), LEFT (the register)."""
    if link.state != EntryState.OPEN:
        return str(link.state)
    if is_over(link):
        return "EXPIRED"
    row = link.registration
    if row.state not in sources(row.rulebook.spec, Action.SELF_ASSESS) or season_closed(row.year):
        return "CLOSED"
    return str(EntryState.OPEN) if row.registrant.is_open else "LEFT"


@transaction.atomic
def enter(
    *,
    token: str,
    rulebook_id: int | None,
    scores: Mapping[str, Decimal | None],
    na: Collection[str] = (),
    conditions: Mapping[str, bool] | None = None,
    photos: Sequence[Photo] = (),
) -> Sent:
    """Keep a sheet entered by a link until an officer decides. Counts wrong sheets; after MOST_ATTEMPTS the link is
    locked. Of two sheets sent at once exactly one is kept. `photos` come with the sheet and wait with it.
    `rulebook_id`: the version the sheet was filled in by; under another one nothing is kept and nothing counted."""
    link = find(token)
    if link is None:
        return Sent(standing="UNKNOWN")
    # Locked without its rulebook: a join would lose the row to whoever moves it to another one while this waits.
    row = Registration.objects.select_for_update(of=("self",)).get(pk=link.registration_id)
    link = EntryLink.objects.select_for_update(of=("self",)).get(pk=link.pk)
    link.registration = row
    now = standing(link)
    if now != EntryState.OPEN:
        return Sent(standing=now)
    if rulebook_id != row.rulebook_id:
        return Sent(moved=True)
    spec = link.registration.rulebook.spec
    given = given_points([link.registration]).get(row.pk, {})
    scores = {**scores, **computed_points(given, scores, na)}
    answers = {name: bool(value) for name, value in (conditions or {}).items()}
    try:
        result = evaluate(spec, scores, area=area_of(link.registration), na=na)
        _check_whole(spec, result, scores, na, given, answers)
        halves = to_half_points(spec, scores, na)
    except ScoreError as error:
        link.attempts += 1
        if link.attempts >= MOST_ATTEMPTS:
            link.state = EntryState.LOCKED
        link.save(update_fields=["attempts", "state"])
        return Sent(faults=error.faults, standing="" if link.state == EntryState.OPEN else str(link.state))
    asked = {knock.condition for knock in spec.conditions}
    link.scores, link.total_half = halves, int(result.total * 2)
    link.conditions = {name: value for name, value in answers.items() if name in asked}
    link.state, link.sent_at = EntryState.SENT, timezone.now()
    link.save(update_fields=["scores", "total_half", "conditions", "state", "sent_at"])
    keep_photos(link.registration, photos)
    return Sent(kept=True)


def _check_whole(spec, result, scores, na, given, answers) -> None:
    """A sheet by a link is whole: every item has points, those a share decides are right, every condition is answered.

    Raises ScoreError.
    """
    if result.missing:
        raise ScoreError(
            {
                code: _("Mục %(code)s chưa chấm; hãy nhập số từ 0 đến %(max)s.")
                % {"code": code, "max": points_text(spec.by_code[code].maximum)}
                for code in result.missing
            }
        )
    if wrong := {
        code: wrong_points(one.sentence, scores[code])
        for code, one in given.items()
        if code not in na and scores[code] != one.points
    }:
        raise ScoreError(wrong)
    if unanswered := [knock for knock in spec.conditions if knock.condition not in answers]:
        raise ScoreError({knock.condition: _unanswered(knock) for knock in unanswered})


def _unanswered(knock) -> str:
    return _("Hãy chọn Có hoặc Không: “%(title)s”.") % {"title": knock.title}


# --- Confirming

DECIDED = ("state", "decided_at", "decided_by", "decided_by_name", "reason")


@transaction.atomic
def accept(*, actor: User, shown: Mapping[int, str]) -> Outcome:
    """Sheets become the self-scores of their dossiers: link id → version of the dossier the page showed.

    Outcome holds link ids. Raises NotPermitted, EntriesRefused (by registration; nothing was written).
    """
    found = _locked(actor, shown)
    outcome, entries = Outcome(), {}
    given = given_points([link.registration for link in found])
    for link in found:
        if link.state != EntryState.SENT:
            outcome.skipped.append((link.pk, decided_sentence(link)))
        else:
            scores, na, answers = sheet_of(link)
            for code in given.get(link.registration_id, {}):  # the register may have moved since the sheet was sent
                scores.pop(code, None)
            entries[link.pk] = _entry(link, shown[link.pk], scores, na, answers)
    by_registration = {link.registration_id: link for link in found if link.pk in entries}
    told = record_scores(actor=actor, stage=Stage.SELF, entries=list(entries.values()))
    accepted = [by_registration[pk] for pk in told.done]
    for link in accepted:
        _decide(link, actor, EntryState.ACCEPTED)
    EntryLink.objects.bulk_update(accepted, DECIDED)
    take_photos(actor, told.done)
    outcome.done = [link.pk for link in accepted]
    outcome.skipped += [(by_registration[pk].pk, text) for pk, text in told.skipped]
    return outcome


@transaction.atomic
def change(
    *,
    actor: User,
    link: EntryLink,
    shown: str,
    scores: Mapping[str, Decimal | None],
    na: Collection[str] = (),
    conditions: Mapping[str, bool] | None = None,
    reason: str,
) -> None:
    """Accept a sheet with other points than were entered; both stay on record. Raises RecognitionError without a
    reason, NotPermitted, EntriesRefused."""
    reason = _reason(reason, _("Hãy ghi lý do sửa điểm (ví dụ: đã gặp chủ hộ, sửa mục 1.2)."))
    locked = _waiting(actor, link)
    outcome = record_scores(
        actor=actor, stage=Stage.SELF, entries=[_entry(locked, shown, scores, frozenset(na), conditions)]
    )
    if outcome.skipped:
        raise RecognitionError(outcome.skipped[0][1])
    _decide(locked, actor, EntryState.CHANGED, reason)
    take_photos(actor, [locked.registration_id])
    locked.save(update_fields=DECIDED)


@transaction.atomic
def refuse(*, actor: User, link: EntryLink, reason: str) -> None:
    """Do not take a sheet; the dossier stays as it is and may get another link. Raises RecognitionError without a
    reason, NotPermitted."""
    reason = _reason(reason, _("Hãy ghi lý do không nhận."))
    locked = _waiting(actor, link)
    _decide(locked, actor, EntryState.REFUSED, reason)
    drop_photos(actor, [locked.registration_id], reason)
    locked.save(update_fields=DECIDED)


def sheet_of(link: EntryLink) -> tuple[dict, frozenset, dict]:
    """(points by code, not applicable, answers) as entered. Raises RecognitionError when the rulebook has changed."""
    try:
        scores, na = from_half_points(link.rulebook.spec, link.scores)
    except ScoreError as error:
        raise RecognitionError(" ".join(error.faults.values())) from error
    return scores, frozenset(na), link.conditions


def decided_sentence(link: EntryLink) -> str:
    """Why a sheet cannot be decided any more."""
    return _("Phiếu này đang ở tình trạng “%(state)s”%(who)s nên không xác nhận nữa.") % {
        "state": link.get_state_display(),
        "who": f" ({link.decided_by_name})" if link.decided_by_name else "",
    }


def _entry(link: EntryLink, shown: str, scores, na, conditions) -> Entry:
    return Entry(link.registration_id, shown, scores=scores, na=na, conditions=conditions or None)


def _reason(text: str, sentence: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise RecognitionError(sentence)
    if len(text) > 300:
        raise RecognitionError(_("Lý do dài quá 300 ký tự."))
    return text


def _locked(actor: User, ids: Collection[int]) -> list[EntryLink]:
    """The links, locked behind their dossiers, all of them the person's to decide. Raises NotPermitted."""
    visible = EntryLink.objects.visible_to(actor).filter(pk__in=list(ids))
    dossiers = Registration.objects.filter(entry_links__in=visible).order_by("pk").values_list("pk", flat=True)
    list(Registration.objects.filter(pk__in=list(dossiers)).order_by("pk").select_for_update().only("pk"))
    rows = visible.select_related("registration__rulebook", "registration__registrant", "registration__commune")
    rows = rows.select_related("registration__hamlet")
    found = list(rows.order_by("pk").select_for_update(of=("self",)))
    if len(found) != len(set(ids)):
        raise NotPermitted(_("Không tìm thấy phiếu này trong phạm vi của bạn."))
    scopes: dict[tuple, object] = {}
    for link in found:
        row = link.registration
        key = (row.rulebook_id, row.year)
        if key not in scopes:
            scopes[key] = acting_scope(actor, row.rulebook, Action.SELF_ASSESS, row.year)
        if not scopes[key].covers(row):
            raise NotPermitted(
                _("Bạn không được phân công nhận điểm tự chấm của %(place)s.") % {"place": row.place.name}
            )
    return found


def _waiting(actor: User, link: EntryLink) -> EntryLink:
    locked = _locked(actor, [link.pk])[0]
    if locked.state != EntryState.SENT:
        raise RecognitionError(decided_sentence(locked))
    return locked


def _decide(link: EntryLink, actor: User, state: str, reason: str = "") -> None:
    link.state, link.reason = state, reason
    link.decided_at, link.decided_by, link.decided_by_name = timezone.now(), actor, actor.full_name
