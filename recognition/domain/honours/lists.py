"""Lists of commendation: choose, add by name, take off, send to the giving body. The decision: deciding.py."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.language import in_official_language
from portal.lib.text import clean, fold
from recognition.domain.errors import NotPermitted, RecognitionError, RowsRefused
from recognition.domain.honours.candidates import Criterion, candidates
from recognition.domain.honours.forms import giving_place, may_keep_lists
from recognition.domain.numbering import reserve
from recognition.domain.twice import refuse_second
from recognition.honour_choices import LIST_OPEN, CriterionRule, Honouree, ListState
from recognition.models import Commendation, CommendationForm, CommendationList
from units.choices import RegistrantKind
from units.models import Place, Registrant, User

SYMBOL = "TTr-HKH"
MOST_ITEMS = 5000
DAYS_AHEAD = 31  # a paper is not dated later than this


@dataclass(frozen=True)
class Draft:
    """What a new list is for."""

    form: CommendationForm
    occasion: str
    title: str
    year_from: int
    year_to: int
    criterion: Criterion | None = None


def criterion_of(roll: CommendationList) -> Criterion | None:
    """The criterion a list was chosen by; None when names were added by hand only."""
    if not roll.rule:
        return None
    start = roll.year_to - roll.years_needed + 1 if roll.rule == CriterionRule.RUNNING else roll.year_from
    return Criterion(roll.model, roll.rule, roll.year_to, start, roll.years_needed)


@transaction.atomic
def create_list(*, actor: User, place: Place, draft: Draft) -> CommendationList:
    """An empty list of a place. Raises NotPermitted, RecognitionError, also while one just like it is being made."""
    _check_keeper(actor, place)
    criterion = draft.criterion
    if criterion:
        criterion.check()
    roll = CommendationList(
        place=place,
        form=draft.form,
        to_place=giving_place(draft.form, place),
        occasion=draft.occasion,
        title=clean(draft.title),
        year_from=criterion.first if criterion else draft.year_from,
        year_to=criterion.last if criterion else draft.year_to,
        model=criterion.model if criterion else "",
        rule=criterion.rule if criterion else "",
        years_needed=criterion.needed if criterion else None,
        created_by=actor,
        created_by_name=actor.full_name,
    )
    same = ("place", "form", "occasion", "title", "year_from", "year_to", "model", "rule", "years_needed")
    refuse_second(
        CommendationList.objects.filter(state__in=LIST_OPEN, **{name: getattr(roll, name) for name in same}),
        _(
            "Danh sách “%(title)s” đã có, đang lập hoặc bị trả lại; hãy mở danh sách đó trong Khen thưởng, "
            "hoặc đặt tên khác."
        )
        % {"title": roll.title},
        place=place,
    )
    _save(roll)
    return roll


@transaction.atomic
def list_candidates(
    *, actor: User, place: Place, draft: Draft, shown: Mapping[int, Iterable[int]]
) -> tuple[CommendationList, int]:
    """A new list with chosen candidates on it, and how many: both or nothing. Raises as the two it is made of."""
    roll = create_list(actor=actor, place=place, draft=draft)
    return roll, add_candidates(actor=actor, roll=roll, shown=shown)


@transaction.atomic
def add_candidates(*, actor: User, roll: CommendationList, shown: Mapping[int, Iterable[int]]) -> int:
    """Put chosen candidates on a list: registrant id → the years shown. All or nothing; those already on it stay.

    Raises RowsRefused when somebody no longer qualifies, or by other years than were shown.
    """
    roll = _open_list(actor, roll)
    criterion = criterion_of(roll)
    if criterion is None:
        raise RecognitionError(_("Danh sách này không chọn theo số năm được công nhận; hãy thêm theo tên."))
    if not shown:
        raise RecognitionError(_("Hãy chọn ít nhất một đối tượng."))
    now = {one.registrant_id: one for one in candidates(roll.place, criterion)}
    skipped = []
    for pk, years in shown.items():
        one = now.get(pk)
        if one is None or one.short:
            skipped.append((pk, _("Không còn đủ số năm được công nhận.")))
        elif list(one.years) != sorted(years):
            skipped.append((pk, _("Số năm được công nhận vừa thay đổi; hãy xem lại rồi chọn lại.")))
    if skipped:
        raise RowsRefused(
            _("Có %(count)d đối tượng không còn như đã hiện nên chưa ghi gì.") % {"count": len(skipped)}, skipped
        )
    rows = Registrant.objects.filter(pk__in=list(shown)).only(
        "id", "kind", "name", "search_name", "hamlet_id", "commune_id", "district_id", "province_id"
    )
    kinds = {RegistrantKind.CITIZEN: Honouree.INDIVIDUAL, RegistrantKind.HOUSEHOLD: Honouree(roll.form.families_as)}
    items = []
    for row in rows.order_by("commune__sort_key", "hamlet__sort_key", "sort_key", "pk"):
        honouree = kinds.get(row.kind, Honouree.COLLECTIVE)
        _check_honouree(roll.form, honouree)
        items.append(
            Commendation(
                roll=roll,
                registrant=row,
                honouree=honouree,
                name=row.name,
                search_name=row.search_name,
                counted_years=list(now[row.pk].years),
                achievement=_achievement(criterion, now[row.pk].years),
                hamlet_id=row.hamlet_id,
                commune_id=row.commune_id,
                district_id=row.district_id,
                province_id=row.province_id,
            )
        )
    before = roll.items.count()
    if before + len(items) > MOST_ITEMS:
        raise RecognitionError(_("Một danh sách ghi nhiều nhất %(most)d tên.") % {"most": MOST_ITEMS})
    Commendation.objects.bulk_create(items, ignore_conflicts=True)
    return roll.items.count() - before


@transaction.atomic
def add_name(
    *,
    actor: User,
    roll: CommendationList,
    honouree: str,
    name: str,
    position: str = "",
    achievement: str = "",
    user: User | None = None,
) -> Commendation:
    """Put a person or collective on a list by name and position: a branch, a committee, an officer.

    Raises NotPermitted, RecognitionError for a name already there or a form that is not for them.
    """
    roll = _open_list(actor, roll)
    _check_honouree(roll.form, honouree)
    item = Commendation(
        roll=roll,
        user=user,
        honouree=honouree,
        name=clean(name),
        search_name=fold(clean(name))[:200],
        position=clean(position),
        achievement=clean(achievement),
        **roll.place.fact_ids,
    )
    _save(item)
    return item


@transaction.atomic
def remove_items(*, actor: User, roll: CommendationList, ids: Iterable[int]) -> int:
    """Take names off a list that is still being written; the history keeps them. Returns how many."""
    roll = _open_list(actor, roll)
    found = roll.items.filter(pk__in=list(ids))
    count = found.count()
    if not count:
        raise RecognitionError(_("Hãy chọn ít nhất một tên để bỏ ra."))
    found.delete()
    return count


@transaction.atomic
def send(
    *, actor: User, roll: CommendationList, signed_on: datetime.date, signer: str, signer_title: str
) -> CommendationList:
    """Send a list to the giving body as a numbered letter. Sent again after a return it keeps its number.

    Raises NotPermitted; RecognitionError for an empty list, a form out of force, a date ahead or in another year.
    """
    roll = _open_list(actor, roll)
    if not roll.items.exists():
        raise RecognitionError(_("Danh sách chưa có tên nào nên chưa trình được."))
    if signed_on > timezone.localdate() + datetime.timedelta(days=DAYS_AHEAD):
        raise RecognitionError(_("Ngày ký không được muộn hơn một tháng kể từ hôm nay."))
    if not CommendationForm.objects.on(signed_on).filter(pk=roll.form_id).exists():
        raise RecognitionError(
            _("“%(form)s” không áp dụng vào ngày %(day)s.")
            % {"form": roll.form.name, "day": signed_on.strftime("%d/%m/%Y")}
        )
    if (
        roll.number is not None and roll.signed_on.year != signed_on.year
    ):  # its number stands in the series of that year
        raise RecognitionError(
            _("Tờ trình đã lấy số %(number)s của năm %(year)d: ngày ký phải trong năm đó, hoặc lập danh sách mới.")
            % {"number": roll, "year": roll.signed_on.year}
        )
    if roll.number is None:
        roll.symbol = SYMBOL
        roll.number = reserve(place=roll.place, series=SYMBOL, year=signed_on.year)
    roll.signed_on, roll.signer, roll.signer_title = signed_on, clean(signer)[:150], clean(signer_title)[:150]
    if not roll.signer or not roll.signer_title:
        raise RecognitionError(_("Hãy ghi người ký và chức vụ."))
    roll.state = ListState.SENT
    roll.save()
    return roll


@in_official_language
def _achievement(criterion: Criterion, years: Iterable[int]) -> str:
    text = criterion.words()
    if criterion.rule == CriterionRule.AT_LEAST:
        text += f" ({', '.join(map(str, years))})"
    return (text[:1].upper() + text[1:])[:500]


def _check_honouree(form: CommendationForm, honouree: str) -> None:
    allowed = {Honouree.COLLECTIVE: form.for_collective, Honouree.INDIVIDUAL: form.for_individual}
    if not allowed.get(honouree):
        label = Honouree(honouree).label.lower() if honouree in Honouree.values else honouree
        raise RecognitionError(_("“%(form)s” không khen %(who)s.") % {"form": form.name, "who": label})


def _check_keeper(actor: User, place: Place) -> None:
    if not may_keep_lists(actor, place):
        raise NotPermitted(_("Bạn không được phân công lập danh sách khen của %(place)s.") % {"place": place.name})


def _open_list(actor: User, roll: CommendationList) -> CommendationList:
    """The list, locked, still being written, and the person's to write."""
    roll = (
        CommendationList.objects.select_for_update(of=("self",))
        .select_related("form", "place", "to_place")
        .get(pk=roll.pk)
    )
    _check_keeper(actor, roll.place)
    if not roll.is_open:
        raise RecognitionError(
            _("Danh sách này ở tình trạng “%(state)s” nên không sửa được.") % {"state": roll.get_state_display()}
        )
    return roll


def _save(row) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise RecognitionError(next(iter(error.messages))) from error
    row.save()
