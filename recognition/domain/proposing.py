"""Proposal letters (tờ trình): a ward's association asks the authority to recognise a list."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from recognition.choices import Action, LearningModel
from recognition.domain.errors import NotPermitted, RecognitionError, RowsRefused
from recognition.domain.kept_lists import keep_letters
from recognition.domain.measures import freezing
from recognition.domain.numbering import reserve
from recognition.domain.transitions import Outcome, move
from recognition.models import Proposal, Registration, Rulebook
from recognition.rules import acting_scope, needs_pass, performing_level
from units.models import Place, User

# Families are proposed by the ward's association; for the ward's own community its People's Committee signs.
SYMBOL = "TTr-HKH"
COMMITTEE_SYMBOL = "TTr-UBND"


def letter_body(model: str, place: Place) -> str:
    """The body that signs a letter, as papers name it."""
    body = "Ủy ban nhân dân" if model == LearningModel.COMMUNITY_COMMUNE else "Hội Khuyến học"
    return f"{body} {place.name}"


def deciding_place(place: Place, rulebook: Rulebook, year: int) -> Place:
    """The body that decides on dossiers of `place`. Raises RecognitionError when no rule is known."""
    level = performing_level(rulebook, Action.RECOGNISE, year)
    found = None if level is None else (place if place.level == level else getattr(place, level, None))
    if found is None:
        raise RecognitionError(
            _("Chưa có quy định cơ quan nào công nhận “%(model)s” năm %(year)d tại %(place)s.")
            % {"model": LearningModel(rulebook.model).label, "year": year, "place": place.name}
        )
    return found


@transaction.atomic
def propose(*, actor: User, proposal: Proposal, shown: Mapping[int, str]) -> Outcome:
    """Send a proposal with the shown dossiers. All or nothing: a list that changed meanwhile is refused whole.

    Where the procedure has a review meeting, only families that passed it may be proposed.
    Raises RecognitionError for an empty list and RowsRefused with one sentence per dossier that cannot go.
    """
    if not shown:
        raise RecognitionError(_("Hãy chọn ít nhất một hồ sơ để trình."))
    rulebook = (
        Rulebook.objects.filter(
            pk__in=Registration.objects.visible_to(actor).filter(pk__among=list(shown)).values("rulebook_id")
        )
        .order_by("pk")
        .first()
    )
    if rulebook is None:
        raise RecognitionError(_("Không tìm thấy hồ sơ này trong phạm vi của bạn."))
    place = proposal.place
    if place.level != performing_level(rulebook, Action.PROPOSE, proposal.year) or not acting_scope(
        actor, rulebook, Action.PROPOSE, proposal.year
    ).covers(place):
        raise NotPermitted(_("Bạn không được phân công lập tờ trình của %(place)s.") % {"place": place.name})
    proposal.to_place = deciding_place(proposal.place, rulebook, proposal.year)
    own_community = proposal.model == LearningModel.COMMUNITY_COMMUNE
    proposal.symbol = proposal.symbol or (COMMITTEE_SYMBOL if own_community else SYMBOL)
    proposal.number = reserve(place=proposal.place, series=proposal.symbol, year=proposal.signed_on.year)
    proposal.created_by = actor
    proposal.created_by_name = actor.full_name
    proposal.full_clean()
    proposal.save()
    too_low = freezing.refresh(list(shown))  # from here on the dossiers are judged by these numbers
    outcome = move(
        actor=actor,
        action=Action.PROPOSE,
        shown=shown,
        constants={"proposal_id": proposal.pk},
        only_passed=needs_pass(rulebook, Action.PROPOSE),
    )
    if outcome.skipped:
        raise RowsRefused(
            _("Có %(count)d hồ sơ không trình được nên chưa lập tờ trình.") % {"count": len(outcome.skipped)},
            [(pk, " ".join([text, *too_low.get(pk, [])])) for pk, text in outcome.skipped],
        )
    strangers = Registration.objects.filter(proposal=proposal).exclude(
        **{proposal.place.fact_column: proposal.place_id}, year=proposal.year, model=proposal.model
    )
    if strangers.exists():
        raise RecognitionError(_("Danh sách có hồ sơ không thuộc địa bàn, năm hoặc mô hình của tờ trình."))
    keep_letters([proposal], Registration.objects.all())
    return outcome
