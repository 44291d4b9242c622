"""Decisions of recognition: number, list, awards and certificates in one all-or-nothing step."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.text import clean
from recognition.choices import Action, DecisionState, LearningModel, ProposalState, State
from recognition.domain.errors import NotPermitted, RecognitionError, RowsRefused
from recognition.domain.numbering import reserve, use_number
from recognition.domain.proposing import letter_body
from recognition.domain.transitions import Outcome, move
from recognition.domain.upgrades import too_early
from recognition.models import Award, CommendationDecision, Decision, Proposal, Registration, Rulebook
from recognition.models.registrations import ADDRESSED
from recognition.rules import may_issue, reference_day
from units.models import Place, User

SYMBOL = "QĐ-UBND"
DAYS_AHEAD = 31  # a decision is not dated later than this
CERTIFICATES = "GCN"


@dataclass(frozen=True)
class Paper:
    """What a decision says besides its list, as the person who signs it saw it."""

    signed_on: datetime.date
    signer: str
    signer_title: str
    grounds: list[str]


@dataclass(frozen=True)
class Deciding:
    """Who decides, on which grounds, and the letters of the decision's number."""

    authority: str
    grounds: list[str]
    symbol: str


@dataclass(frozen=True)
class Issued:
    """What issuing did. `again` is True when the decision had been issued before (a double click)."""

    decision: Decision
    recognised: int
    refused: int
    again: bool = False


def authority_of(proposal: Proposal) -> Deciding:
    """Who decides on a proposal and on which grounds, from the rulebook of its dossiers.

    Raises RecognitionError when the proposal has no dossier or no rule is known.
    """
    waiting = Registration.objects.filter(proposal=proposal, state__in=[State.PROPOSED, State.INSPECTED])
    rulebook = Rulebook.objects.filter(registrations__in=waiting).order_by("pk").first()
    if rulebook is None:
        raise RecognitionError(_("Tờ trình này không còn hồ sơ nào chờ quyết định."))
    authority = rulebook.spec.authority_on(reference_day(proposal.year))
    if authority is None or not authority.known:
        raise RecognitionError(
            _("Chưa có quy định cơ quan nào công nhận “%(model)s” năm %(year)d.")
            % {"model": LearningModel(proposal.model).label, "year": proposal.year}
        )
    named = authority_name(authority.authority, proposal.to_place)
    grounds = [f"Căn cứ {basis.named};" for basis in rulebook.spec.legal_basis]
    grounds.append(
        f"Xét Tờ trình số {proposal} ngày {proposal.signed_on:%d/%m/%Y} của"
        f" {letter_body(proposal.model, proposal.place)}."
    )
    return Deciding(named, grounds, authority.symbol or SYMBOL)


def authority_name(authority: str, place: Place) -> str:
    """The deciding body by name: "Ủy ban nhân dân cấp xã" → "Ủy ban nhân dân phường Hòa Hưng"."""
    name = place.name if place.name[-1].isdigit() else place.name[:1].lower() + place.name[1:]
    for general in ("cấp xã", "cấp huyện", "cấp tỉnh"):
        authority = authority.replace(general, name)
    return authority


@transaction.atomic
def prepare(
    *,
    actor: User,
    proposal: Proposal,
    signed_on: datetime.date,
    signer: str,
    signer_title: str,
    grounds: list[str] | None = None,
) -> Decision:
    """Draft the decision that answers a proposal; an earlier draft for it is taken up again, so none pile up."""
    if not may_issue(actor, proposal.to_place):
        raise NotPermitted(
            _("Bạn không được phân công ký quyết định của %(place)s.") % {"place": proposal.to_place.name}
        )
    _check_head(signed_on, signer, signer_title)
    Proposal.objects.select_for_update().get(pk=proposal.pk)  # two browsers must take up the same draft
    deciding = authority_of(proposal)
    draft = Decision.objects.filter(proposal=proposal, state=DecisionState.DRAFT).first() or Decision(
        place=proposal.to_place, model=proposal.model, year=proposal.year, proposal=proposal
    )
    draft.authority, draft.symbol = deciding.authority, deciding.symbol
    draft.signed_on, draft.signer, draft.signer_title = signed_on, clean(signer)[:150], clean(signer_title)[:150]
    draft.grounds = grounds or deciding.grounds
    draft.save()
    return draft


@transaction.atomic
def issue(
    *,
    actor: User,
    decision: Decision,
    recognise: Mapping[int, str],
    refuse: Mapping[int, str] | None = None,
    refusal_reasons: Mapping[int, str] | None = None,
    number: int | None = None,
    paper: Paper | None = None,
) -> Issued:
    """Issue a decision: reserve its number, move every dossier, make awards and numbered certificates, or nothing.

    `recognise` and `refuse` map registration id → state shown. `number` is what the clerk typed; empty = next one.
    `paper` is what the person saw before issuing: the draft may have been rewritten in another browser since.
    A decision already issued with this list is returned unchanged (`again`); with another list it is refused.
    Raises RowsRefused when any dossier cannot go, or is given a higher level too early; RecognitionError for a used
    number, a date before the proposal, or an empty list.
    """
    locked = Decision.objects.select_for_update(of=("self",)).select_related("place", "proposal").get(pk=decision.pk)
    if locked.state == DecisionState.ISSUED:
        return _issued_before(locked, recognise)
    if paper is not None:
        locked.signed_on, locked.signer, locked.signer_title = paper.signed_on, paper.signer, paper.signer_title
        locked.grounds = paper.grounds
    _check(actor, locked, recognise, refuse or {}, refusal_reasons or {})
    if early := too_early(list(Registration.objects.filter(pk__among=list(recognise), level__isnull=False))):
        raise RowsRefused(
            _("Có %(count)d hồ sơ chưa đến lúc được mức độ cao hơn nên chưa ban hành. Không có gì thay đổi.")
            % {"count": len(early)},
            early,
        )
    number = _take_number(locked, number)
    _hold([*recognise, *(refuse or {})], at_once=not refuse)
    outcome = move(actor=actor, action=Action.RECOGNISE, shown=recognise, only_passed=True)
    skipped = list(outcome.skipped)
    refused = Outcome()
    for reason, rows in _by_reason(refuse or {}, refusal_reasons or {}).items():
        part = move(actor=actor, action=Action.REFUSE, shown=rows, note=reason)
        refused.done += part.done
        skipped += part.skipped
    if skipped:
        raise RowsRefused(
            _("Có %(count)d hồ sơ không quyết định được nên chưa ban hành. Không có gì thay đổi.")
            % {"count": len(skipped)},
            skipped,
        )
    locked.number, locked.number_year = number, locked.signed_on.year
    locked.state, locked.issued_at = DecisionState.ISSUED, timezone.now()
    locked.issued_by, locked.issued_by_name = actor, actor.full_name
    locked.save()
    _make_awards(locked, outcome.done)
    _make_certificates(locked, len(outcome.done))
    _answer_proposal(locked.proposal)
    return Issued(locked, len(outcome.done), len(refused.done))


def _hold(dossiers: list[int], *, at_once: bool) -> None:
    """The wards of the dossiers before the dossiers: awards name the hamlet, which a reform holds when it comes to the
    open dossiers. And those by key where more than one statement follows: refusals are written by their reasons."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM units_place WHERE id = ANY(ARRAY(SELECT DISTINCT commune_id FROM recognition_registration"
            " WHERE id = ANY(%s))) ORDER BY id FOR KEY SHARE",
            [dossiers],
        )
        if not at_once:
            cursor.execute(
                "SELECT count(*) FROM (SELECT 1 FROM recognition_registration WHERE id = ANY(%s) ORDER BY id"
                " FOR NO KEY UPDATE) AS held",
                [dossiers],
            )


def _take_number(decision: Decision, number: int | None) -> int:
    """The next number of the body's book of the year, or the one the clerk typed if nothing has it yet."""
    year = decision.signed_on.year
    if number is None:
        return reserve(place=decision.place, series=decision.symbol, year=year)
    if number < 1:
        raise RecognitionError(_("Số quyết định phải từ 1 trở lên."))
    # Taken first: its row lock makes a second clerk with the same number wait, and then see it used.
    use_number(place=decision.place, series=decision.symbol, year=year, number=number)
    same = {"place": decision.place, "symbol": decision.symbol, "number_year": year, "number": number}
    if Decision.objects.filter(**same).exists() or CommendationDecision.objects.filter(**same).exists():
        raise RecognitionError(
            _("Số %(number)02d/%(symbol)s đã dùng trong năm %(year)d. Hãy chọn số khác hoặc để trống.")
            % {"number": number, "symbol": decision.symbol, "year": year}
        )
    return number


def _issued_before(decision: Decision, recognise: Mapping[int, str]) -> Issued:
    """The same list sent twice is a double click; another list has not been decided on, and its sender must know."""
    listed = set(decision.awards.values_list("registration_id", flat=True))
    if set(recognise) != listed:
        raise RecognitionError(
            _(
                "%(who)s vừa ban hành Quyết định %(number)s cho tờ trình này với danh sách khác, nên danh sách của bạn "
                "chưa được ban hành. Hãy quay lại danh sách để quyết định những hồ sơ còn chờ."
            )
            % {"who": decision.issued_by_name or _("Người khác"), "number": decision}
        )
    return Issued(decision, len(listed), 0, again=True)


def _check(actor, decision, recognise, refuse, reasons) -> None:
    if not may_issue(actor, decision.place):
        raise NotPermitted(_("Bạn không được phân công ký quyết định của %(place)s.") % {"place": decision.place.name})
    if not recognise and not refuse:
        raise RecognitionError(_("Quyết định chưa có hồ sơ nào."))
    both = set(recognise) & set(refuse)
    if both:
        raise RecognitionError(_("Có hồ sơ vừa được chọn công nhận vừa bị từ chối."))
    if any(not (reasons.get(pk) or "").strip() for pk in refuse):
        raise RecognitionError(_("Mỗi hồ sơ không công nhận phải ghi lý do."))
    _check_head(decision.signed_on, decision.signer, decision.signer_title)
    if decision.proposal and decision.signed_on < decision.proposal.signed_on:
        raise RecognitionError(
            _("Ngày quyết định (%(decision)s) không được trước ngày tờ trình (%(proposal)s).")
            % {
                "decision": decision.signed_on.strftime("%d/%m/%Y"),
                "proposal": decision.proposal.signed_on.strftime("%d/%m/%Y"),
            }
        )
    rows = Registration.objects.filter(pk__among=[*recognise, *refuse])
    ours = {"year": decision.year, "model": decision.model, decision.place.fact_column: decision.place_id}
    if decision.proposal_id:
        ours["proposal"] = decision.proposal_id
    if rows.exclude(**ours).exists():
        raise RecognitionError(_("Danh sách có hồ sơ không thuộc tờ trình, năm hoặc mô hình của quyết định này."))
    if rows.filter(registrant__community__place=decision.place).exists():
        raise RecognitionError(_("Cơ quan quyết định không thể tự công nhận chính địa bàn của mình."))


def _check_head(signed_on: datetime.date, signer: str, signer_title: str) -> None:
    if signed_on > timezone.localdate() + datetime.timedelta(days=DAYS_AHEAD):
        raise RecognitionError(_("Ngày ký không được muộn hơn một tháng kể từ hôm nay."))
    if not clean(signer) or not clean(signer_title):
        raise RecognitionError(_("Hãy ghi người ký và chức vụ."))


def _by_reason(refuse: Mapping[int, str], reasons: Mapping[int, str]) -> dict[str, dict[int, str]]:
    """Refused dossiers grouped by their reason: usually a handful of reasons, one statement each."""
    grouped: dict[str, dict[int, str]] = {}
    for pk, state in refuse.items():
        grouped.setdefault(reasons[pk].strip()[:500], {})[pk] = state
    return grouped


def _make_awards(decision: Decision, ids: list[int]) -> None:
    """One award per recognised dossier, with the place as it then stood and the validity of its rulebook."""
    with connection.cursor() as cursor:
        # Their ids first: DISTINCT over whole rulebooks would compare the full text of one per dossier.
        cursor.execute("SELECT DISTINCT rulebook_id FROM recognition_registration WHERE id = ANY(%s)", [ids])
        rulebooks = Rulebook.objects.filter(pk__in=[pk for (pk,) in cursor.fetchall()])
    until = {rulebook.pk: _valid_until(rulebook, decision) for rulebook in rulebooks}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO recognition_award (registration_id, decision_id, registrant_id, model, year, rank, level,"
            " total_half, hamlet_id, commune_id, district_id, province_id, valid_from, valid_until, status,"
            " status_reason)"
            " SELECT r.id, %s, r.registrant_id, r.model, r.year, r.rank, r.level,"
            " coalesce(r.inspection_half, r.review_half, r.self_half), r.hamlet_id, r.commune_id, r.district_id,"
            " r.province_id, %s, v.until, 'VALID', ''"
            " FROM recognition_registration r"
            " JOIN unnest(%s::bigint[], %s::date[]) AS v(rulebook_id, until) ON v.rulebook_id = r.rulebook_id"
            " WHERE r.id = ANY(%s) ORDER BY r.id",
            [decision.pk, decision.signed_on, list(until), list(until.values()), ids],
        )


def _valid_until(rulebook: Rulebook, decision: Decision) -> datetime.date:
    return rulebook.spec.validity.until(decision.signed_on)


def _make_certificates(decision: Decision, count: int) -> None:
    """Numbered certificates in the order of the printed list: hamlet, then name. One statement."""
    if not count:
        return
    year = decision.signed_on.year
    first = reserve(place=decision.place, series=CERTIFICATES, year=year, count=count)
    tokens = [secrets.token_urlsafe(24) for _row in range(count)]
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH listed AS (SELECT a.id, g.name,"
            " CASE WHEN g.kind = 'HOUSEHOLD' THEN concat_ws(', ', nullif(h.address, ''), ph.name, pc.name)"
            " WHEN a.hamlet_id IS NOT NULL THEN concat_ws(', ', pc.name, pd.name, pp.name)"
            " ELSE concat_ws(', ', pd.name, pp.name) END AS address,"
            " row_number() OVER (ORDER BY ph.sort_key NULLS FIRST, pc.sort_key, g.sort_key, g.id) AS n"
            " FROM recognition_award a JOIN units_registrant g ON g.id = a.registrant_id"
            " LEFT JOIN units_household h ON h.registrant_id = g.id"
            " LEFT JOIN units_place ph ON ph.id = a.hamlet_id LEFT JOIN units_place pc ON pc.id = a.commune_id"
            " LEFT JOIN units_place pd ON pd.id = a.district_id JOIN units_place pp ON pp.id = a.province_id"
            " WHERE a.decision_id = %s)"
            " INSERT INTO recognition_certificate (award_id, place_id, number_year, number, token, printed_name,"
            " printed_address, issued_on)"
            " SELECT id, %s, %s, %s + n - 1, token, name, address, %s"
            # joined, not looked up: finding the n-th text of an array walks past all before it
            " FROM listed JOIN unnest(%s::text[]) WITH ORDINALITY AS secret(token, n) USING (n) ORDER BY n",
            [decision.pk, decision.place_id, year, first, decision.signed_on, tokens],
        )


def _answer_proposal(proposal: Proposal | None) -> None:
    """A proposal is decided once none of its dossiers waits any more."""
    if proposal is None:
        return
    waiting = Registration.objects.filter(proposal=proposal, state__in=[State.PROPOSED, State.INSPECTED])
    if not waiting.exists():
        Proposal.objects.filter(pk=proposal.pk).update(state=ProposalState.DECIDED)


def decided_awards(decision: Decision):
    """Awards of a decision in the order of its printed list, each with what its first certificate printed.

    The first only: one given in its place later changes neither the decision nor its list.
    """
    return (
        Award.objects.filter(decision=decision, certificates__replaces=None)
        .select_related(*ADDRESSED, "hamlet", "commune", "registration__hamlet", "registration__commune")
        .annotate(printed_name=F("certificates__printed_name"), printed_address=F("certificates__printed_address"))
        .order_by("certificates__number_year", "certificates__number", "pk")
    )
