"""Who may do what to a registration. The same question draws the button, guards the view and guards the verb."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils.translation import gettext as _

from recognition.choices import Action, State
from recognition.models import Registration, Rulebook, Season
from recognition.workflow import ACTION_STEP, roles_for, sources
from units.choices import LEVEL_ORDER, Level, Role
from units.models import Place, User
from units.rules import Scope, predecessors, role_scope


@dataclass(frozen=True)
class Answer:
    """Yes, or no with the sentence to show."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


YES = Answer(True)


def reference_day(year: int) -> datetime.date:
    """The day whose places and authorities hold for an assessed year."""
    return datetime.date(year, 12, 31)


def performing_level(rulebook: Rulebook, action: str, year: int) -> str | None:
    """Level of place that performs the action for an assessed year; None when no rule is known."""
    if action in (Action.RETURN, Action.WITHDRAW):
        return Level.HAMLET
    step = rulebook.spec.step_named(ACTION_STEP[Action(action)])
    return step.level_on(reference_day(year)) if step else None


def acting_scope(user: User, rulebook: Rulebook, action: str, year: int) -> Scope:
    """Where the person may take `action` under this rulebook: postings with the right role at the right level.

    Steps may be taken by the level that performs them or by one above it; a decision only by its own level,
    because it is that body's authority.
    """
    level = performing_level(rulebook, action, year)
    if level is None:
        return Scope()
    scope = role_scope(user, roles_for(rulebook.spec, action))
    deciding = action in (Action.RECOGNISE, Action.REFUSE)
    highest = LEVEL_ORDER.index(Level(level))
    allowed_levels = {level} if deciding else {str(item) for item in LEVEL_ORDER[: highest + 1]}
    return Scope(places={key: ids for key, ids in scope.places.items() if key in allowed_levels})


def season_closed(year: int) -> bool:
    """Is the year locked?"""
    return Season.objects.filter(year=year, is_closed=True).exists()


def is_subject(registration: Registration, place: Place) -> bool:
    """Is `place` the very community that is to be recognised? It can never decide on itself."""
    community = getattr(registration.registrant, "community", None)
    return community is not None and community.place_id == place.pk


def may(user: User, action: str, registration: Registration) -> Answer:
    """May the person take `action` on this registration now? One query at most for a season check."""
    rulebook = registration.rulebook
    label = Action(action).label
    if registration.state not in sources(rulebook.spec, action):
        return Answer(
            False,
            _("Hồ sơ đang ở tình trạng “%(state)s” nên chưa thể thực hiện “%(action)s”.")
            % {"state": State(registration.state).label, "action": label},
        )
    if performing_level(rulebook, action, registration.year) is None:
        return Answer(False, _("Chưa có quy định cấp nào thực hiện “%(action)s” cho năm này.") % {"action": label})
    if not acting_scope(user, rulebook, action, registration.year).covers(registration):
        return Answer(False, _("Bạn không được phân công thực hiện “%(action)s” cho hồ sơ này.") % {"action": label})
    if season_closed(registration.year):
        return Answer(False, _("Năm %(year)d đã khóa sổ.") % {"year": registration.year})
    return YES


def may_register(user: User, rulebook: Rulebook, year: int, place: Place) -> Answer:
    """May the person register registrants of `place` for a year?"""
    if not acting_scope(user, rulebook, Action.REGISTER, year).covers(place):
        return Answer(False, _("Bạn không được phân công đăng ký danh hiệu cho địa bàn này."))
    if season_closed(year):
        return Answer(False, _("Năm %(year)d đã khóa sổ.") % {"year": year})
    return YES


def may_issue(user: User, place: Place) -> bool:
    """May the person issue decisions in the name of `place`?"""
    own = {posting.place_id for posting in user.active_postings() if posting.role == Role.DECIDER and posting.place_id}
    return place.pk in predecessors(own)


def may_inspect_for(user: User, place: Place) -> bool:
    """May the person organise inspections in the name of `place` (a district or province)?"""
    return role_scope(user, (Role.INSPECTOR, Role.DECIDER)).covers(place)
