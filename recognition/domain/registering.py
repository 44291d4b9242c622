"""Registering for a learning model, one or many at once; withdrawing; sending back."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib import moments
from recognition.choices import MODEL_KIND, Action, LearningModel, ProposalState, State
from recognition.domain.errors import NotPermitted, RecognitionError, RowsRefused
from recognition.domain.rulebooks import lock_rules, rulebook_for
from recognition.domain.transitions import Outcome, move, scope_condition, shown_now
from recognition.models import Proposal, Registration
from recognition.opening import too_early
from recognition.rulebook_procedure import DISTRICTS_ENDED
from recognition.rules import acting_scope, closed_sentence, reference_day, season_closed
from units.choices import ManagingLevel, RowVerdict
from units.domain.places_held import hold_registrants
from units.models import ImportBatch, ImportRow, Registrant, Stay, User
from units.rules import Scope

# Level of the place a community stands for, by model.
COMMUNITY_LEVEL = {
    LearningModel.COMMUNITY_HAMLET: "hamlet",
    LearningModel.COMMUNITY_COMMUNE: "commune",
    LearningModel.COMMUNITY_DISTRICT: "district",
    LearningModel.COMMUNITY_PROVINCE: "province",
}


def counting_day(year: int) -> datetime.date:
    """The day that says where a registrant stands for a year: 31 December, or today while the year runs."""
    return min(datetime.date(year, 12, 31), timezone.localdate())


@transaction.atomic
def register_many(
    *,
    actor: User | None,
    registrant_ids: Sequence[int],
    model: str,
    year: int,
    late_reason: str = "",
    import_batch_id=None,
) -> Outcome:
    """Register the given registrants for a model and year, in one INSERT whatever their number.

    Outcome ids are registrant ids. Those already registered, closed, of another kind or outside the person's
    postings are explained one by one. `actor` None is a command run by whoever runs the portal.
    Raises RecognitionError when no rulebook holds for the year or it is closed.
    """
    if not registrant_ids:
        return Outcome()
    if season_closed(year):
        raise RecognitionError(closed_sentence(year))
    hold_registrants(registrant_ids)
    lock_rules(shared=True)
    day = counting_day(year)
    early = too_early(list(registrant_ids), year)
    ids = [pk for pk in dict.fromkeys(registrant_ids) if pk not in early]
    done: list[int] = []
    for code, managed_by in _kinds(ids, model):
        rulebook = rulebook_for(model, year, code, managed_by or ManagingLevel.COMMUNE)
        if rulebook is None:
            raise RecognitionError(no_rulebook_sentence(model, year, managed_by))
        written = {
            "rulebook_id": rulebook.pk,
            "state": str(State.REGISTERED),
            "state_at": moments.now(),
            "state_by_id": actor.pk if actor else None,
            "state_by_name": actor.full_name if actor else _("Dòng lệnh"),
            "state_note": "",
            "rank": "",
            "late_reason": late_reason,
            "import_batch_id": import_batch_id,
        }
        done += _insert(ids, model, year, code, managed_by, _register_scope(actor, rulebook, year), written)
    gone = set(done)
    missing = [pk for pk in ids if pk not in gone]
    return Outcome(
        done=[pk for pk in ids if pk in gone], skipped=_why_not(actor, missing, model, year, day) + list(early.items())
    )


def _insert(ids: list[int], model: str, year: int, code: str, managed_by: str, scope, written: dict) -> list[int]:
    """One statement: those of the registrants that stand in the province and inside the scope; their ids."""
    scope_sql, scope_params = scope_condition(scope, "s")
    joins = ""
    if level := COMMUNITY_LEVEL.get(model):
        joins += (
            " JOIN units_community c ON c.registrant_id = g.id"
            f" JOIN units_place cp ON cp.id = c.place_id AND cp.level = '{level}'"
        )
    if managed_by:
        joins += f" JOIN units_organisation o ON o.registrant_id = g.id AND o.managed_by = '{managed_by}'"
    day = counting_day(year)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO recognition_registration (registrant_id, hamlet_id, commune_id, district_id, province_id,"
            f" model, year, {', '.join(written)})"
            " SELECT g.id, s.hamlet_id, s.commune_id, s.district_id, s.province_id, %s, %s"
            f"{', %s' * len(written)} FROM units_registrant g"
            " JOIN units_stay s ON s.registrant_id = g.id AND s.since <= %s AND (s.until IS NULL OR s.until > %s)"
            f"{joins} JOIN units_place p ON p.id = g.province_id AND p.code = %s"
            f" WHERE g.id = ANY(%s) AND g.kind = %s AND {scope_sql} ORDER BY g.id"
            " ON CONFLICT (registrant_id, model, year) WHERE live DO NOTHING"
            " RETURNING registrant_id",
            [model, year, *written.values(), day, day, code, ids, str(MODEL_KIND[LearningModel(model)]), *scope_params],
        )
        return [pk for (pk,) in cursor.fetchall()]


def _kinds(ids: list[int], model: str) -> list[tuple[str, str]]:
    """(province code, level that manages the organisation or "") among registrants: each may have rules of its own.

    A list is of one province; province variants of rulebooks differ by it.
    """
    rows = Registrant.objects.filter(pk__among=ids).order_by()
    if model == LearningModel.UNIT:
        found = rows.filter(organisation__isnull=False).values_list("province__code", "organisation__managed_by")
        return sorted(found.distinct())
    return [(code, "") for code in rows.values_list("province__code", flat=True).distinct()]


def no_rulebook_sentence(model: str, year: int, managed_by: str = "") -> str:
    """A model that did not exist in that year, or whose rules nobody has entered."""
    names = {"model": LearningModel(model).label, "year": year}
    if (model == LearningModel.COMMUNITY_DISTRICT or managed_by == ManagingLevel.DISTRICT) and (
        reference_day(year) > DISTRICTS_ENDED
    ):
        return _("Cấp huyện kết thúc ngày 30/06/2025 nên năm %(year)d không còn xét “%(model)s” của cấp huyện.") % names
    if managed_by:
        names["managed_by"] = ManagingLevel(managed_by).label
        return _("Chưa có bộ tiêu chí “%(model)s” (%(managed_by)s) áp dụng cho năm %(year)d.") % names
    return _("Chưa có bộ tiêu chí “%(model)s” áp dụng cho năm %(year)d.") % names


def _register_scope(actor: User | None, rulebook, year: int) -> Scope:
    return acting_scope(actor, rulebook, Action.REGISTER, year) if actor else Scope(everything=True)


def _why_not(
    actor: User | None, missing: list[int], model: str, year: int, day: datetime.date
) -> list[tuple[int, str]]:
    """One sentence per registrant that was not registered. Three queries, whatever their number."""
    if not missing:
        return []
    visible = Registrant.objects.visible_to(actor) if actor else Registrant.objects.all()
    rows = {row.pk: row for row in visible.filter(pk__in=missing).select_related("community__place")}
    level = COMMUNITY_LEVEL.get(model)
    live = set(
        Registration.objects.live()
        .filter(registrant_id__in=missing, model=model, year=year)
        .values_list("registrant_id", flat=True)
    )
    standing = set(
        Stay.objects.filter(
            Q(until__isnull=True) | Q(until__gt=day), registrant__in=missing, since__lte=day
        ).values_list("registrant_id", flat=True)
    )
    sentences = []
    for pk in missing:
        row = rows.get(pk)
        if row is None:
            text = _("Không tìm thấy trong phạm vi của bạn.")
        elif pk in live:
            text = _("Đã đăng ký năm %(year)d.") % {"year": year}
        elif row.kind != MODEL_KIND[LearningModel(model)] or (level and row.community.place.level != level):
            text = _("“%(model)s” không dành cho loại đối tượng này.") % {"model": LearningModel(model).label}
        elif pk not in standing:
            text = _("Không có trong sổ vào ngày %(day)s.") % {"day": day.strftime("%d/%m/%Y")}
        else:
            text = _("Bạn không được phân công đăng ký danh hiệu cho địa bàn này.")
        sentences.append((pk, text))
    return sentences


def register(*, actor: User, registrant: Registrant, model: str, year: int, late_reason: str = "") -> Registration:
    """Register one registrant. Raises NotPermitted with the sentence when it cannot be."""
    outcome = register_many(
        actor=actor, registrant_ids=[registrant.pk], model=model, year=year, late_reason=late_reason
    )
    if outcome.skipped:
        raise NotPermitted(outcome.skipped[0][1])
    return Registration.objects.live().get(registrant=registrant, model=model, year=year)


def withdraw(*, actor: User, shown: Mapping[int, str], reason: str) -> Outcome:
    """Withdraw registrations before they are proposed; the registrant may register again. A reason is required."""
    _need_reason(reason, _("Cần ghi lý do rút đăng ký."))
    return move(actor=actor, action=Action.WITHDRAW, shown=shown, note=reason.strip())


def send_back(*, actor: User, shown: Mapping[int, str], reason: str) -> Outcome:
    """Return dossiers for correction with a reason; they start again with self-assessment.

    A proposal that loses its last dossier this way counts as returned.
    """
    _need_reason(reason, _("Cần ghi lý do trả lại để người lập hồ sơ biết phải sửa gì."))
    proposals = set(
        Registration.objects.filter(pk__in=list(shown), proposal__isnull=False)
        .order_by()
        .values_list("proposal_id", flat=True)
        .distinct()
    )
    outcome = move(
        actor=actor,
        action=Action.RETURN,
        shown=shown,
        note=reason.strip(),
        constants={"proposal_id": None, "meeting_id": None},
    )
    if proposals and outcome.done:
        Proposal.objects.filter(pk__in=proposals, state=ProposalState.SENT, registrations__isnull=True).update(
            state=ProposalState.RETURNED
        )
    return outcome


@transaction.atomic
def register_imported(*, actor: User | None, batch: ImportBatch) -> Outcome:
    """Register the families a list asks for (its "đăng ký" column) for the list's year. One INSERT, any number of rows.

    Families registered before are left as they are, so the same list twice changes nothing.
    """
    wanted = (
        ImportRow.objects.filter(batch=batch, wants_registration=True, registrant_id__isnull=False)
        .exclude(verdict=RowVerdict.REFUSED)
        .order_by("registrant_id")
        .values_list("registrant_id", flat=True)
        .distinct()
    )
    return register_many(
        actor=actor,
        registrant_ids=list(wanted),
        model=LearningModel.FAMILY,
        year=batch.year,
        import_batch_id=batch.pk,
    )


@transaction.atomic
def unregister_imported(*, actor: User, batch: ImportBatch) -> int:
    """Take back the registrations a list made; returns how many. All or nothing.

    Raises RowsRefused when any of them has gone on (scored, reviewed …) or is not the person's to withdraw.
    """
    made = Registration.objects.live().filter(
        import_batch_id=batch.pk, registrant__in=ImportRow.objects.filter(batch=batch).values("registrant_id")
    )
    gone_on = list(made.exclude(state=State.REGISTERED).order_by("pk").values_list("pk", "state"))
    if gone_on:
        raise RowsRefused(
            _(
                "Có %(count)d hộ của danh sách này đã được chấm điểm hoặc xét tiếp nên không hoàn tác được. "
                "Hãy trả lại hoặc rút các hồ sơ đó trước."
            )
            % {"count": len(gone_on)},
            [(pk, State(state).label) for pk, state in gone_on],
        )
    shown = shown_now(list(made.values_list("pk", flat=True)))
    outcome = move(actor=actor, action=Action.WITHDRAW, shown=shown, note=_("Hoàn tác lần nhập Excel"))
    if outcome.skipped:
        raise RowsRefused(
            _("Không rút được %(count)d đăng ký của danh sách này nên chưa hoàn tác: %(first)s")
            % {"count": len(outcome.skipped), "first": outcome.skipped[0][1]},
            outcome.skipped,
        )
    return len(outcome.done)


def _need_reason(reason: str, sentence: str) -> None:
    if not reason.strip():
        raise RecognitionError(sentence)
    if len(reason.strip()) > 500:
        raise RecognitionError(_("Lý do dài quá 500 ký tự. Hãy viết gọn lại."))
