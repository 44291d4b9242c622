"""Decisions of commendation: given or declined, all or nothing; returned; written down as received; revoked.

Nobody decides about themselves, about the place whose body they are, or about a list they wrote.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.language import in_official_language
from portal.lib.text import clean, fold
from recognition.choices import IssuingBody
from recognition.domain.closing import SIGNERS
from recognition.domain.errors import NotPermitted, RecognitionError, RowsRefused
from recognition.domain.honours.candidates import counted_years
from recognition.domain.honours.forms import authority_of, may_decide, may_keep_lists
from recognition.domain.honours.lists import DAYS_AHEAD, criterion_of
from recognition.domain.numbering import reserve, use_number
from recognition.domain.printing import note_print
from recognition.honour_choices import CommendationState, Honouree, ListState
from recognition.models import Commendation, CommendationDecision, CommendationList, Decision, Delegate
from units.choices import Role
from units.models import Posting, User

SYMBOLS = {IssuingBody.COMMITTEE: "QĐ-UBND", IssuingBody.ASSOCIATION: "QĐ-HKH"}
BOOK = "SKT"  # register of commendations, numbered per giving body and year


@dataclass(frozen=True)
class DecisionPaper:
    """What a decision says besides its list. `number`: what the clerk typed, or nothing for the next one."""

    signed_on: datetime.date
    signer: str
    signer_title: str
    grounds: list[str]
    number: int | None = None


@in_official_language
def standard_grounds(roll: CommendationList) -> list[str]:
    """Grounds as far as they are known; the clerk completes them."""
    letter = f"Xét Tờ trình số {roll} ngày {roll.signed_on:%d/%m/%Y} của Hội Khuyến học {roll.place.name}."
    return [f"Căn cứ {roll.form.legal_basis};", letter] if roll.number else [f"Căn cứ {roll.form.legal_basis};"]


def stands_alone(roll: CommendationList) -> bool:
    """Is there nobody in the portal who could decide? Then its decision is written down as received."""
    if roll.to_place is None:
        return True
    roles = (Role.DECIDER,) if roll.form.body == IssuingBody.COMMITTEE else SIGNERS[roll.to_place.level]
    return not Posting.objects.in_force().filter(role__in=roles, place=roll.to_place, user__is_active=True).exists()


@transaction.atomic
def decide(
    *,
    actor: User,
    roll: CommendationList,
    give: set[int],
    decline: Mapping[int, str],
    paper: DecisionPaper,
) -> CommendationDecision:
    """Answer a sent list: every name is given or declined with a reason, under one numbered decision, or nothing.

    Raises NotPermitted; RowsRefused when a recognition it rests on was revoked meanwhile; RecognitionError.
    """
    roll = _sent_list(roll)
    if not may_decide(actor, roll.form, roll.to_place):
        raise NotPermitted(
            _("Bạn không được phân công ký quyết định khen của %(body)s.")
            % {"body": authority_of(roll.form, roll.to_place)}
        )
    if roll.created_by_id == actor.pk:
        raise RecognitionError(_("Người lập danh sách không ký quyết định khen chính danh sách đó."))
    items = _answered(actor, roll, give, decline)
    _check_paper(roll, paper)
    year, symbol = paper.signed_on.year, SYMBOLS[IssuingBody(roll.form.body)]
    if paper.number is None:
        number = reserve(place=roll.to_place, series=symbol, year=year)
    else:
        number = paper.number
        use_number(place=roll.to_place, series=symbol, year=year, number=number)
        same = {"place": roll.to_place, "symbol": symbol, "number_year": year, "number": number}
        if Decision.objects.filter(**same).exists() or CommendationDecision.objects.filter(**same).exists():
            raise RecognitionError(
                _("Số %(number)02d/%(symbol)s đã dùng trong năm %(year)d. Hãy chọn số khác hoặc để trống.")
                % {"number": number, "symbol": symbol, "year": year}
            )
    return _write(
        actor, roll, items, decline, paper, place=roll.to_place, number=number, number_year=year, symbol=symbol
    )


@transaction.atomic
def record_received(
    *,
    actor: User,
    roll: CommendationList,
    give: set[int],
    decline: Mapping[int, str],
    paper: DecisionPaper,
    received: str,
) -> CommendationDecision:
    """Write down the decision of a body that does not work in the portal, with the number its paper carries.

    Raises NotPermitted, RowsRefused, RecognitionError; also when somebody in the portal could decide.
    """
    roll = _sent_list(roll)
    if not may_keep_lists(actor, roll.place):
        raise NotPermitted(_("Bạn không được phân công lập danh sách khen của %(place)s.") % {"place": roll.place.name})
    if not stands_alone(roll):
        raise RecognitionError(_("Cơ quan khen có người ký trên hệ thống; hãy chờ quyết định của họ."))
    received = clean(received)[:60]
    if not received:
        raise RecognitionError(_("Hãy ghi số, ký hiệu của quyết định đã nhận."))
    items = _answered(actor, roll, give, decline)
    _check_paper(roll, paper)
    return _write(
        actor, roll, items, decline, paper, place=roll.to_place, number_year=paper.signed_on.year, received=received
    )


@transaction.atomic
def send_back(*, actor: User, roll: CommendationList, note: str) -> CommendationList:
    """Return a list to its place with the reason. Raises NotPermitted, RecognitionError."""
    roll = _sent_list(roll)
    if not may_decide(actor, roll.form, roll.to_place):
        raise NotPermitted(
            _("Bạn không được phân công ký quyết định khen của %(body)s.")
            % {"body": authority_of(roll.form, roll.to_place)}
        )
    roll.note = clean(note)[:500]
    if not roll.note:
        raise RecognitionError(_("Trả lại danh sách phải ghi lý do."))
    roll.state = ListState.RETURNED
    roll.save(update_fields=["state", "note"])
    return roll


@transaction.atomic
def revoke(*, actor: User, item: Commendation, reason: str, on: datetime.date) -> Commendation:
    """Take a commendation back: by the body that gave it, or who wrote its decision down. The record stays.

    Raises NotPermitted; RecognitionError without a reason, on a day before the decision, or when it was not given.
    """
    item = (
        Commendation.objects.select_for_update(of=("self",))
        .select_related("roll__form", "roll__place", "roll__to_place", "roll__decision", "registrant__community")
        .get(pk=item.pk)
    )
    if not may_revoke(actor, item):
        raise NotPermitted(_("Chỉ cơ quan đã khen mới được thu hồi."))
    if item.state != CommendationState.GIVEN:
        raise RecognitionError(
            _("Khen thưởng này ở tình trạng “%(state)s” nên không thu hồi được.") % {"state": item.get_state_display()}
        )
    _refuse_own(actor, item.roll, [item])
    reason, given = clean(reason)[:500], item.roll.decision.signed_on
    if not reason:
        raise RecognitionError(_("Không khen hoặc thu hồi phải ghi lý do."))
    if not given <= on <= timezone.localdate():
        raise RecognitionError(
            _("Ngày thu hồi phải từ ngày quyết định khen (%(day)s) đến hôm nay.") % {"day": given.strftime("%d/%m/%Y")}
        )
    item.state, item.reason, item.state_on = CommendationState.REVOKED, reason, on
    item.save(update_fields=["state", "reason", "state_on"])
    return item


@transaction.atomic
def replace(*, actor: User, item: Commendation, name: str, position: str, reason: str) -> Commendation:
    """A paper in place of one that prints something wrong or was lost. The old one never holds again.

    The new one takes the next number of the register and a new secret; decision, list and years stay, and who goes to a
    congress for it goes on. Raises NotPermitted; RecognitionError when it no longer holds or something is missing.
    """
    item = (
        Commendation.objects.select_for_update(of=("self",))
        .select_related("roll__form", "roll__place", "roll__to_place", "roll__decision", "registrant__community")
        .get(pk=item.pk)
    )
    if not may_revoke(actor, item):
        raise NotPermitted(_("Chỉ cơ quan đã khen mới được cấp giấy thay thế."))
    if item.state != CommendationState.GIVEN:
        raise RecognitionError(
            _("Khen thưởng này ở tình trạng “%(state)s” nên không cấp giấy thay thế.")
            % {"state": item.get_state_display()}
        )
    _refuse_own(actor, item.roll, [item])
    name, position, reason = clean(name)[:200], clean(position)[:200], clean(reason)[:500]
    if not name:
        raise RecognitionError(_("Hãy ghi tên in trên giấy."))
    if not reason:
        raise RecognitionError(_("Cấp giấy thay thế phải ghi lý do."))
    today, roll = timezone.localdate(), CommendationList.objects.select_for_update().get(pk=item.roll_id)
    same = roll.items.filter(registrant=None, search_name=fold(name)[:200], position=position).exclude(pk=item.pk)
    if item.registrant_id is None and same.exclude(state=CommendationState.REPLACED).exists():
        raise RecognitionError(_("Tên và chức vụ này đã có trong danh sách."))
    new = Commendation(
        **{one.attname: getattr(item, one.attname) for one in Commendation._meta.concrete_fields if not one.primary_key}
    )
    new.name, new.search_name, new.position = name, fold(name)[:200], position
    new.state_on, new.token = today, secrets.token_urlsafe(24)
    new.book_number = reserve(place=roll.to_place or roll.place, series=BOOK, year=today.year)
    new.book_year = today.year
    # Written as replaced by itself for a moment: two of one name cannot both hold.
    item.state, item.reason, item.state_on, item.replaced_by = CommendationState.REPLACED, reason, today, item
    item.save(update_fields=["state", "reason", "state_on", "replaced_by"])
    new.save()
    item.replaced_by = new
    item.save(update_fields=["replaced_by"])
    Delegate.objects.filter(commendation=item).update(commendation=new)
    note_print(actor=actor, decision=roll.decision, paper=new, count=0, reason=reason)
    return new


def printable(decision: CommendationDecision):
    """Papers of a decision that are printed for people: neither revoked nor replaced, in the order of its list."""
    rows = decision.roll.items.given().select_related("registrant", "hamlet", "commune", "district", "province")
    return rows.order_by("honouree", "pk")


def may_revoke(user: User, item: Commendation) -> bool:
    """May the person take it back, or give a paper in its place?"""
    roll = item.roll
    decision = getattr(roll, "decision", None)
    if decision is None:
        return False
    return may_keep_lists(user, roll.place) if decision.received else may_decide(user, roll.form, roll.to_place)


def lost_years(roll: CommendationList, items: list[Commendation]) -> dict[int, list[int]]:
    """Item id → the years it was listed for that no longer count, because a recognition was revoked. One statement."""
    criterion = criterion_of(roll)
    rows = [one for one in items if one.registrant_id and one.counted_years]
    if criterion is None or not rows:
        return {}
    now = counted_years([one.registrant_id for one in rows], criterion)
    found = {one.pk: [y for y in one.counted_years if y not in now.get(one.registrant_id, ())] for one in rows}
    return {pk: years for pk, years in found.items() if years}


def _sent_list(roll: CommendationList) -> CommendationList:
    roll = (
        CommendationList.objects.select_for_update(of=("self",))
        .select_related("form", "place", "to_place")
        .get(pk=roll.pk)
    )
    if roll.state != ListState.SENT:
        raise RecognitionError(
            _("Danh sách này ở tình trạng “%(state)s” nên không quyết định được.") % {"state": roll.get_state_display()}
        )
    return roll


def _answered(actor: User, roll: CommendationList, give: set[int], decline: Mapping[int, str]) -> list[Commendation]:
    """All names of the list, each given or declined with a reason, none about the person who answers."""
    items = list(roll.items.select_related("registrant__community").order_by("honouree", "pk"))
    ids = {one.pk for one in items}
    if give & set(decline) or give | set(decline) != ids:
        raise RecognitionError(_("Danh sách vừa thay đổi hoặc còn tên chưa quyết định. Hãy xem lại từng dòng."))
    if not give:
        raise RecognitionError(_("Không khen ai thì hãy trả lại danh sách và ghi lý do."))
    if any(not clean(reason) for reason in decline.values()):
        raise RecognitionError(_("Không khen hoặc thu hồi phải ghi lý do."))
    _refuse_own(actor, roll, items)
    lost = {pk: years for pk, years in lost_years(roll, items).items() if pk in give}
    if lost:
        raise RowsRefused(
            _("Có %(count)d đối tượng không còn đủ năm được công nhận nên chưa ban hành.") % {"count": len(lost)},
            [
                (pk, _("Công nhận năm %(years)s đã bị thu hồi.") % {"years": ", ".join(map(str, years))})
                for pk, years in lost.items()
            ],
        )
    return items


def _refuse_own(actor: User, roll: CommendationList, items: list[Commendation]) -> None:
    own = fold(actor.full_name)
    for one in items:
        community = getattr(one.registrant, "community", None) if one.registrant_id else None
        if community is not None and roll.to_place_id and community.place_id == roll.to_place_id:
            raise RecognitionError(
                _("Cơ quan khen không tự khen chính địa bàn của mình: %(name)s.") % {"name": one.name}
            )
        by_name = one.honouree == Honouree.INDIVIDUAL and one.search_name == own
        if one.user_id == actor.pk or by_name:
            raise RecognitionError(
                _("Danh sách có tên bạn (%(name)s); người khác phải quyết định.") % {"name": one.name}
            )


def _check_paper(roll: CommendationList, paper: DecisionPaper) -> None:
    if paper.number is not None and paper.number < 1:
        raise RecognitionError(_("Số quyết định phải từ 1 trở lên."))
    if not clean(paper.signer) or not clean(paper.signer_title):
        raise RecognitionError(_("Hãy ghi người ký và chức vụ."))
    if paper.signed_on > timezone.localdate() + datetime.timedelta(days=DAYS_AHEAD):
        raise RecognitionError(_("Ngày ký không được muộn hơn một tháng kể từ hôm nay."))
    if paper.signed_on < roll.signed_on:
        raise RecognitionError(
            _("Ngày quyết định (%(decision)s) không được trước ngày tờ trình (%(proposal)s).")
            % {
                "decision": paper.signed_on.strftime("%d/%m/%Y"),
                "proposal": roll.signed_on.strftime("%d/%m/%Y"),
            }
        )


@in_official_language
def _write(
    actor: User, roll: CommendationList, items, decline: Mapping[int, str], paper: DecisionPaper, **number
) -> CommendationDecision:
    decision = CommendationDecision.objects.create(
        roll=roll,
        authority=authority_of(roll.form, roll.to_place),
        signed_on=paper.signed_on,
        signer=clean(paper.signer)[:150],
        signer_title=clean(paper.signer_title)[:150],
        grounds=paper.grounds or standard_grounds(roll),
        issued_by=actor,
        issued_by_name=actor.full_name,
        issued_at=timezone.now(),
        **number,
    )
    given = [one.pk for one in items if one.pk not in decline]
    year = paper.signed_on.year
    first = reserve(place=roll.to_place or roll.place, series=BOOK, year=year, count=len(given))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE recognition_commendation c SET state = 'GIVEN', state_on = %s, book_year = %s,"
            " book_number = %s + given.n - 1, token = given.token"
            " FROM unnest(%s::bigint[], %s::text[]) WITH ORDINALITY AS given(id, token, n) WHERE c.id = given.id",
            [paper.signed_on, year, first, given, [secrets.token_urlsafe(24) for _one in given]],
        )
        if decline:
            cursor.execute(
                "UPDATE recognition_commendation c SET state = 'DECLINED', state_on = %s, reason = no.reason"
                " FROM unnest(%s::bigint[], %s::text[]) AS no(id, reason) WHERE c.id = no.id",
                [paper.signed_on, list(decline), [clean(reason)[:500] for reason in decline.values()]],
            )
    roll.state = ListState.DECIDED
    roll.save(update_fields=["state"])
    return decision
