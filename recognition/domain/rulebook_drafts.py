"""Writing rulebooks on screen: copy, save, check, put into use, end. Nothing in use is ever changed: it is copied."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.text import clean
from recognition.choices import DraftState, LearningModel, ReminderKind, RulebookOrigin, RulebookStatus
from recognition.domain.authorities import general_of
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.reminders import write_reminders
from recognition.domain.rulebooks import load_rulebooks, lock_rules
from recognition.domain.twice import refuse_second
from recognition.models import Registration, Reminder, Rulebook, RulebookDraft
from recognition.rule_keeping import acts_alone, may_activate, may_write_rulebook, other_keepers
from recognition.rulebook_checks import FIRST_YEAR, LAST_YEAR, parse_rulebook
from recognition.rulebook_compare import summary
from recognition.rulebook_reader import Fault, RulebookError
from recognition.rulebook_spec import RulebookSpec
from units.choices import Level
from units.models import Place, User

FOREVER = LAST_YEAR + 1
REASON_LENGTH = (10, 500)  # letters of why somebody acts alone


@dataclass(frozen=True)
class Finding:
    """What keeps a draft from being used: where (a path of keys), and the sentence."""

    path: tuple[str, ...]
    sentence: str


@transaction.atomic
def copy_rulebook(*, actor: User, rulebook: Rulebook, province: Place | None = None) -> RulebookDraft:
    """A draft with everything the rulebook says, for the whole country or one province. Raises NotPermitted."""
    _check_may_write(actor, province)
    content = copy.deepcopy(rulebook.content)
    base = general_of(rulebook)
    content["code"] = f"{base.code}-{province.code}" if province else base.code
    content["provinces"] = [province.code] if province else []
    if content["status"] == RulebookStatus.DRAFT:
        content["status"] = str(RulebookStatus.PROVISIONAL)
    words = _("Sao chép từ %(title)s, phiên bản %(version)d") % {"title": rulebook.title, "version": rulebook.version}
    return _new(actor, content, province, rulebook, words)


@transaction.atomic
def import_draft(*, actor: User, spec: RulebookSpec, province: Place | None = None) -> RulebookDraft:
    """A draft from a file that was read and checked. The file's own provinces give way to the place asked for.

    Raises NotPermitted; RecognitionError when the code belongs to another model.
    """
    _check_may_write(actor, province)
    content = copy.deepcopy(spec.content)
    code = spec.code.removesuffix(f"-{province.code}") if province else spec.code
    content["code"] = f"{code}-{province.code}" if province else code
    content["provinces"] = [province.code] if province else []
    if content["status"] == RulebookStatus.DRAFT:
        content["status"] = str(RulebookStatus.PROVISIONAL)
    base = Rulebook.objects.filter(code__in=[content["code"], code]).order_by("-is_active", "-version").first()
    if base is not None and base.model != spec.model:
        raise RecognitionError(
            _("Mã %(code)s đã dùng cho mô hình “%(model)s”; hãy đặt mã khác trong tệp.")
            % {"code": base.code, "model": base.get_model_display()}
        )
    return _new(actor, content, province, base, _("Nhập từ tệp"))


def _new(actor, content, province, base, words) -> RulebookDraft:
    same = RulebookDraft.objects.filter(state=DraftState.OPEN, province=province, base=base, content=content)
    refuse_second(same, _("Bản dự thảo y như vậy đã có và chưa ai sửa; hãy mở bản đó để viết tiếp."), place=province)
    return RulebookDraft.objects.create(
        base=base,
        code=content["code"],
        model=content["model"],
        title=content["title"],
        province=province,
        content=content,
        last_change=words[:300],
        editors=[actor.pk],
        changed_by=actor,
        changed_by_name=actor.full_name,
    )


@transaction.atomic
def save_draft(*, actor: User, draft: RulebookDraft, content: dict, revision: int) -> RulebookDraft:
    """Keep what was written, right or wrong. Saving what stands there already changes nothing.

    Raises NotPermitted; RecognitionError when the draft is closed or somebody saved since `revision`.
    """
    draft = _open(draft)
    _check_may_write(actor, draft.province)
    _check_revision(draft, revision)
    if content == draft.content:
        return draft
    words = summary(draft.content, content) or _("Sửa nội dung")
    # What the draft is about stays as it was made, whatever is written.
    content |= {key: draft.content.get(key) for key in ("code", "model", "provinces", "version")}
    draft.content, draft.title = content, str(content.get("title") or draft.title)[:250]
    draft.last_change, draft.revision = words, draft.revision + 1
    draft.editors = sorted({*draft.editors, actor.pk})
    draft.changed_by, draft.changed_by_name = actor, actor.full_name
    _take_back_offer(draft)
    draft.save()
    return draft


@transaction.atomic
def offer_draft(*, actor: User, draft: RulebookDraft, revision: int) -> list[User]:
    """Ask those who wrote nothing in a clean draft to put it into use: in their work list, as a reminder and by e-mail.

    Asking again on another day reminds again. Returns who was asked. Raises as `save_draft` does; RecognitionError when
    it is not clean, was offered today, or nobody else could.
    """
    draft = _open(draft)
    _check_may_write(actor, draft.province)
    _check_revision(draft, revision)
    _check_clean(draft)
    others = other_keepers(draft)
    if not others:
        raise RecognitionError(_("Không còn ai khác có quyền đưa dự thảo này vào dùng; hãy ghi lý do rồi tự đưa vào."))
    today = timezone.localdate()
    if draft.offered_at and timezone.localdate(draft.offered_at) == today:
        raise RecognitionError(_("Hôm nay đã đề nghị rồi; hãy chờ, hoặc nhắc lại vào ngày khác."))
    facts = {"draft": draft.pk, "title": draft.title}
    key = f"RULEBOOK:{draft.pk}:{draft.revision}"
    write_reminders([(one.pk, ReminderKind.RULEBOOK, key, today, facts, actor.full_name) for one in others], today)
    draft.offered_at, draft.offered_by_name = timezone.now(), actor.full_name
    draft.last_change = _("Đề nghị đưa vào dùng")
    draft.changed_by, draft.changed_by_name = actor, actor.full_name
    draft.save()
    return others


def _take_back_offer(draft: RulebookDraft) -> None:
    """What was offered is no more what stands there, or is settled: nobody is asked any longer."""
    if draft.offered_at:
        waiting = Reminder.objects.filter(kind=ReminderKind.RULEBOOK, key__startswith=f"RULEBOOK:{draft.pk}:")
        waiting.filter(read_at=None).update(read_at=timezone.now())
    draft.offered_at, draft.offered_by_name = None, ""


@transaction.atomic
def discard_draft(*, actor: User, draft: RulebookDraft, revision: int) -> None:
    """Close a draft nobody needs; it stays with its history. Raises as `save_draft` does."""
    draft = _open(draft)
    _check_may_write(actor, draft.province)
    _check_revision(draft, revision)
    draft.state, draft.last_change, draft.revision = DraftState.DISCARDED, _("Bỏ dự thảo"), draft.revision + 1
    draft.changed_by, draft.changed_by_name = actor, actor.full_name
    _take_back_offer(draft)
    draft.save()


def findings(draft: RulebookDraft) -> list[Finding]:
    """Everything that keeps the draft from being used; empty when it is clean."""
    try:
        spec = parse_rulebook(draft.content | {"version": 1}, draft.code)
    except RulebookError as error:
        return [_finding(fault) for fault in error.faults]
    return overlaps(draft, spec)


def _finding(fault) -> Finding:
    return Finding(fault.path[1:], fault.sentence) if isinstance(fault, Fault) else Finding((), str(fault))


def overlaps(draft: RulebookDraft, spec: RulebookSpec) -> list[Finding]:
    """Years for which another rulebook in use judges the same model in the same place.

    Versions of one code follow each other: the later one wins from its first year on. What cannot be is a version that
    begins earlier and would be overruled, or a rulebook of another code.
    """
    found = []
    for other in _rivals(spec):
        first, last = max(spec.valid_from_year, other.valid_from_year), min(_last(spec), _last(other))
        if first > last or (other.code == spec.code and (spec.valid_from_year >= other.valid_from_year)):
            continue
        if other.code == spec.code and _covers(spec, other):
            continue
        years = str(first) if first == last else f"{first}–{last}"
        if last == FOREVER:
            years = _("%(year)d trở đi") % {"year": first}
        found.append(
            Finding(
                ("valid_from_year",),
                _(
                    "Năm %(years)s đã có “%(title)s” (%(code)s, phiên bản %(version)d) đang dùng cho cùng mô hình và "
                    "địa bàn; hãy đổi năm, hoặc kết thúc bộ đó trước."
                )
                % {"years": years, "title": other.title, "code": other.code, "version": other.version},
            )
        )
    return found


def replaced(spec: RulebookSpec) -> list[Rulebook]:
    """Older versions of the same code that the rulebook takes all years from."""
    return [other for other in _rivals(spec) if other.code == spec.code and _covers(spec, other)]


def _rivals(spec: RulebookSpec):
    """Rulebooks in use for the same model, kind of organisation and place."""
    rows = Rulebook.objects.filter(model=spec.model, is_active=True, province_codes=list(spec.provinces))
    if spec.model == LearningModel.UNIT:
        rows = rows.filter(managed_by=spec.managed_by)
    return rows.exclude(status=RulebookStatus.DRAFT).order_by("valid_from_year", "code", "version")


def _last(one) -> int:
    return one.valid_to_year or FOREVER


def _covers(spec, other) -> bool:
    return spec.valid_from_year <= other.valid_from_year and _last(spec) >= _last(other)


@transaction.atomic
def activate_draft(*, actor: User, draft: RulebookDraft, revision: int, reason: str = "") -> Rulebook:
    """Put a clean draft into use as the next version of its code; registrations made from now on follow it.

    Whoever registers in the same moment is served entirely before or entirely after. Whoever wrote in it may do so
    only when nobody else could, and says why: the `reason` stays with the version. Raises NotPermitted,
    RecognitionError when it is closed, changed since `revision`, not clean, or the reason is missing.
    """
    lock_rules()
    draft = _open(draft)
    answer = may_activate(actor, draft)
    if not answer:
        raise NotPermitted(answer.reason)
    _check_revision(draft, revision)
    _check_clean(draft)
    alone, reason = acts_alone(actor, draft), clean(reason)
    if alone and len(reason) < REASON_LENGTH[0]:
        raise RecognitionError(
            _("Bạn tự đưa vào dùng bộ mình soạn: hãy ghi lý do, ít nhất %(least)d chữ cái.")
            % {"least": REASON_LENGTH[0]}
        )
    newest = Rulebook.objects.filter(code=draft.code).order_by("-version").values_list("version", flat=True).first()
    content = draft.content | {"version": (newest or 0) + 1}
    spec = parse_rulebook(content, draft.code)
    gone = replaced(spec)
    (loaded,) = load_rulebooks(specs=[spec], origin=RulebookOrigin.ASSOCIATION, retire=False)
    made = Rulebook.objects.get(code=loaded.code, version=loaded.version)
    Rulebook.objects.filter(pk__in=[one.pk for one in gone]).update(is_active=False, replaced_by=made)
    draft.state, draft.activated, draft.content = DraftState.ACTIVATED, made, content
    draft.last_change = _("Đưa vào dùng: phiên bản %(version)d") % {"version": made.version}
    if alone:
        draft.alone_reason = reason[: REASON_LENGTH[1]]
        words = _("Tự đưa vào dùng: phiên bản %(version)d. Lý do: %(reason)s")
        draft.last_change = (words % {"version": made.version, "reason": reason})[:300]
    _take_back_offer(draft)
    draft.changed_by, draft.changed_by_name, draft.revision = actor, actor.full_name, draft.revision + 1
    draft.save()
    return made


@transaction.atomic
def reopen_rulebook(*, actor: User, rulebook: Rulebook) -> RulebookDraft:
    """Take a rulebook nobody has registered under out of use and write on in its draft; what it replaced is used again.

    Raises NotPermitted; RecognitionError when it came with the portal, is out of use, or a registration uses it.
    """
    lock_rules()
    rulebook = Rulebook.objects.select_for_update().get(pk=rulebook.pk)
    draft = RulebookDraft.objects.select_for_update(of=("self",)).filter(activated=rulebook).first()
    _check_may_write(actor, province_of(rulebook))
    if draft is None:
        raise RecognitionError(_("Bộ tiêu chí có sẵn của cổng không sửa trực tiếp được; hãy sao chép rồi sửa bản sao."))
    if not rulebook.is_active:
        raise RecognitionError(_("Bộ tiêu chí này không còn dùng; hãy sao chép rồi sửa bản sao."))
    used = Registration.objects.filter(rulebook=rulebook).count()
    if used:
        raise RecognitionError(
            _("Đã có %(count)d hồ sơ dùng bộ tiêu chí này nên không sửa được; hãy sao chép rồi sửa bản sao.")
            % {"count": used}
        )
    rulebook.is_active = False
    rulebook.save(update_fields=["is_active"])
    rulebook.replaced.update(is_active=True, replaced_by=None)
    draft.state, draft.activated, draft.last_change = DraftState.OPEN, None, _("Mở lại để sửa")
    draft.alone_reason = ""
    draft.changed_by, draft.changed_by_name, draft.revision = actor, actor.full_name, draft.revision + 1
    draft.editors = sorted({*draft.editors, actor.pk})
    draft.save()
    return draft


@transaction.atomic
def end_rulebook(*, actor: User, rulebook: Rulebook, year: int) -> Rulebook:
    """Let a rulebook in use hold until `year` only. Its content stays as it is, and so do its dossiers.

    Raises NotPermitted; RecognitionError for an impossible year, or when registrations of later years use it.
    """
    lock_rules()
    rulebook = Rulebook.objects.select_for_update().get(pk=rulebook.pk)
    _check_may_write(actor, province_of(rulebook))
    last = rulebook.spec.valid_to_year or LAST_YEAR
    if not rulebook.is_active:
        raise RecognitionError(_("Bộ tiêu chí này không còn dùng."))
    if not max(FIRST_YEAR, rulebook.valid_from_year) <= year <= last:
        raise RecognitionError(
            _("Năm kết thúc phải từ %(first)d đến %(last)d.") % {"first": rulebook.valid_from_year, "last": last}
        )
    later = Registration.objects.filter(rulebook=rulebook, year__gt=year).count()
    if later:
        raise RecognitionError(
            _("Đã có %(count)d hồ sơ sau năm %(year)d dùng bộ tiêu chí này nên không kết thúc ở năm đó được.")
            % {"count": later, "year": year}
        )
    rulebook.ended_after = rulebook.valid_to_year = year
    rulebook.save(update_fields=["ended_after", "valid_to_year"])
    return rulebook


def province_of(rulebook: Rulebook) -> Place | None:
    """The province a rulebook was made for, as it stands today; None for the whole country."""
    if not rulebook.province_codes:
        return None
    return Place.objects.filter(level=Level.PROVINCE, code=rulebook.province_codes[0]).order_by("-valid_from").first()


def _open(draft: RulebookDraft) -> RulebookDraft:
    """The draft as it stands now, locked. Raises RecognitionError when it is closed."""
    draft = RulebookDraft.objects.select_for_update(of=("self",)).select_related("province").get(pk=draft.pk)
    if draft.state != DraftState.OPEN:
        raise RecognitionError(
            _("Dự thảo này ở tình trạng “%(state)s” nên không sửa được nữa; hãy sao chép thành dự thảo mới.")
            % {"state": draft.get_state_display()}
        )
    return draft


def _check_clean(draft: RulebookDraft) -> None:
    found = findings(draft)
    if found:
        raise RecognitionError(
            _("Dự thảo còn %(count)d chỗ phải sửa nên chưa đưa vào dùng được: %(first)s")
            % {"count": len(found), "first": found[0].sentence}
        )


def _check_may_write(actor: User, province: Place | None) -> None:
    answer = may_write_rulebook(actor, province)
    if not answer:
        raise NotPermitted(answer.reason)


def _check_revision(draft: RulebookDraft, revision: int) -> None:
    if draft.revision != revision:
        raise RecognitionError(
            _("%(who)s vừa lưu dự thảo này (%(what)s). Hãy xem lại rồi lưu lần nữa.")
            % {"who": draft.changed_by_name, "what": draft.last_change}
        )
