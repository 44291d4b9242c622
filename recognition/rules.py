"""Who may do what to a registration. The same question draws the button, guards the view and guards the verb."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from recognition.choices import FINAL_STATES, STEP_STATE, Action, LearningModel, State, Step
from recognition.models import Award, Registration, Rulebook, Season
from recognition.opening import not_open_sentence, opening_at
from recognition.workflow import ACTION_STEP, performing_steps, sources
from units.choices import LEVEL_ORDER, Level, Role
from units.models import Place, User
from units.rules import Scope, predecessors, role_scope, scope_of


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
    """Level of place that performs the action's step for an assessed year; None when no rule is known."""
    step = rulebook.spec.step_named(ACTION_STEP[Action(action)])
    return step.level_on(reference_day(year)) if step else None


def acting_scope(user: User, rulebook: Rulebook, action: str, year: int, state: str | None = None) -> Scope:
    """Where the person may take `action` under this rulebook: postings with the right role at the right level.

    Steps may be taken by the level that performs them or by one above it; a decision only by its own level,
    because it is that body's authority. `state` matters for returning only: those who check after it.
    """
    covered: dict[str, set[int]] = {}
    for name in performing_steps(rulebook.spec, action, state):
        step = rulebook.spec.step_named(name)
        level = step.level_on(reference_day(year))
        if level is None:
            continue
        highest = LEVEL_ORDER.index(Level(level))
        levels = {level} if name == Step.DECIDE else {str(item) for item in LEVEL_ORDER[: highest + 1]}
        for key, ids in _role_scope(user, step.roles).places.items():
            if key in levels:
                covered.setdefault(str(key), set()).update(ids)
    return Scope(places=covered)


def _role_scope(user: User, roles: tuple[str, ...]) -> Scope:
    """role_scope, read once per request and set of roles (the user object lives that long)."""
    known = user.__dict__.setdefault("_role_scopes", {})
    if roles not in known:
        known[roles] = role_scope(user, roles)
    return known[roles]


def own_places(user: User, model: str) -> tuple[str, set[int]] | None:
    """(column, place ids) of community dossiers the person is staff of: nobody inspects their own place."""
    places = scope_of(user).places
    if model == LearningModel.COMMUNITY_HAMLET:
        return "hamlet_id", places.get(Level.HAMLET, set())
    if model == LearningModel.COMMUNITY_COMMUNE:
        below = {
            posting.place.commune_id for posting in user.active_postings() if posting.place and posting.place.commune_id
        }
        return "commune_id", places.get(Level.COMMUNE, set()) | below
    return None


def not_to_inspect(user: User, model: str) -> tuple[str, set[int]]:
    """(column, place ids) of dossiers the person may not inspect, because they are staff there.

    A community is its own place; whoever is posted to a hamlet inspects nobody of that hamlet.
    """
    return own_places(user, model) or ("hamlet_id", scope_of(user).places.get(Level.HAMLET, set()))


def differs_from_states(rulebook: Rulebook, action: str) -> list[str]:
    """States that must have been reached by another person than the one who takes `action` (maker and checker)."""
    step = rulebook.spec.step_named(ACTION_STEP[Action(action)]) if action in ACTION_STEP else None
    return [str(STEP_STATE[Step(name)]) for name in step.differs_from] if step else []


def needs_pass(rulebook: Rulebook, action: str) -> bool:
    """Only dossiers that passed are recognised; where a meeting reviews them, only those are proposed."""
    return action == Action.RECOGNISE or (action == Action.PROPOSE and Step.REVIEW in rulebook.spec.steps)


def season_closed(year: int) -> bool:
    """Is the year locked?"""
    return Season.objects.filter(year=year, is_closed=True).exists()


def may(user: User, action: str, registration: Registration) -> Answer:
    """May the person take `action` on this registration now? Two queries at most: the year, and who came before."""
    rulebook = registration.rulebook
    label = Action(action).label
    if registration.state not in sources(rulebook.spec, action):
        return Answer(False, state_sentence(registration.state, action))
    if action in ACTION_STEP and performing_level(rulebook, action, registration.year) is None:
        return Answer(
            False,
            _(
                "Chưa có quy định cấp nào thực hiện “%(action)s” cho năm này. Lãnh đạo cấp tỉnh ghi cơ quan có thẩm "
                "quyền ở trang bộ tiêu chí thì hồ sơ đi tiếp."
            )
            % {"action": label},
        )
    if not acting_scope(user, rulebook, action, registration.year, registration.state).covers(registration):
        return Answer(False, scope_sentence(action))
    if season_closed(registration.year):
        return Answer(False, closed_sentence(registration.year))
    if action == Action.INSPECT and would_inspect_self(user, registration):
        return Answer(False, own_staff_sentence())
    if needs_pass(rulebook, action) and not registration.passed:
        return Answer(False, not_passed_sentence(action))
    states = differs_from_states(rulebook, action)
    if states and _handed_in(user, registration, states):
        return Answer(False, same_person_sentence(action))
    return YES


def would_inspect_self(user: User, registration: Registration) -> bool:
    """Is the dossier of a place the person is staff of?"""
    column, ids = not_to_inspect(user, registration.model)
    return getattr(registration, column) in ids


def is_inspection_step(registration: Registration) -> bool:
    """Is inspecting a step of this dossier's procedure that some level performs? Otherwise a check beside the chain."""
    return performing_level(registration.rulebook, Action.INSPECT, registration.year) is not None


def may_check(user: User, registration: Registration) -> Answer:
    """May the person score this dossier for a team? Membership of the team is asked by the verb.

    Where inspecting is a step of the procedure this is the question of that step. Elsewhere the team only looks: the
    dossier must have scored itself, and neither its place nor its self-score may be the inspector's own.
    """
    if is_inspection_step(registration):
        return may(user, Action.INSPECT, registration)
    if registration.self_half is None or registration.state in (State.WITHDRAWN, State.RETURNED):
        return Answer(False, state_sentence(registration.state, Action.INSPECT))
    if season_closed(registration.year):
        return Answer(False, closed_sentence(registration.year))
    if would_inspect_self(user, registration):
        return Answer(False, own_staff_sentence())
    if entered_self_score(user, registration):
        return Answer(False, same_person_sentence(Action.INSPECT))
    return YES


def is_own_staff(user: User, registration: Registration) -> bool:
    """Is the dossier about a community the person is staff of?"""
    own = own_places(user, registration.model)
    return own is not None and getattr(registration, own[0]) in own[1]


def entered_self_score(user: User, registration: Registration) -> bool:
    """Is the self-score the person's own entry?"""
    return _handed_in(user, registration, [str(State.SELF_ASSESSED)])


def _handed_in(user: User, registration: Registration, states: list[str]) -> bool:
    """Was one of the steps that led to `states` taken last by this very person?"""
    steps = registration.events.filter(state__in=states).order_by("pgh_id").values_list("state", "state_by_id")
    return user.pk in dict(steps).values()


# One sentence for each refusal, shared by the question above and by the bulk verb that explains row by row.


def state_sentence(state: str, action: str) -> str:
    """Refusal: the dossier is not at the step this action starts from."""
    return _("Hồ sơ đang ở tình trạng “%(state)s” nên chưa thể thực hiện “%(action)s”.") % {
        "state": State(state).label,
        "action": Action(action).label,
    }


def scope_sentence(action: str) -> str:
    """Refusal: the person is not posted to do this for the dossier."""
    return _("Bạn không được phân công thực hiện “%(action)s” cho hồ sơ này.") % {"action": Action(action).label}


def closed_sentence(year: int) -> str:
    """Refusal: the year is locked."""
    return _("Năm %(year)d đã khóa sổ.") % {"year": year}


def own_staff_sentence() -> str:
    """Refusal: staff of a place do not inspect it."""
    return _("Cán bộ của địa bàn không được kiểm tra chính địa bàn mình.")


def not_passed_sentence(action: str) -> str:
    """Refusal: only dossiers that passed go on."""
    return _("Hồ sơ chưa đạt nên không thể thực hiện “%(action)s”.") % {"action": Action(action).label}


def same_person_sentence(action: str) -> str:
    """Refusal: who did the step before does not do this one."""
    return _("Người thực hiện “%(action)s” phải khác người đã làm bước trước.") % {"action": Action(action).label}


def may_register(user: User, rulebook: Rulebook, year: int, place: Place) -> Answer:
    """May the person register registrants of `place` for a year?"""
    if not acting_scope(user, rulebook, Action.REGISTER, year).covers(place):
        return Answer(False, _("Bạn không được phân công đăng ký danh hiệu cho địa bàn này."))
    if season_closed(year):
        return Answer(False, closed_sentence(year))
    plan = opening_at(place, year)
    if plan and not plan.is_open(timezone.localdate()):
        return Answer(False, not_open_sentence(plan, year))
    return YES


def issues_for(user: User) -> set[int]:
    """Places in whose name the person issues decisions: those posted to, and what they came from; none below them."""
    own = {posting.place_id for posting in user.active_postings() if posting.role == Role.DECIDER and posting.place_id}
    return set(predecessors(own))


def may_issue(user: User, place: Place) -> bool:
    """May the person issue decisions in the name of `place`?"""
    return place.pk in issues_for(user)


def may_inspect_for(user: User, place: Place) -> bool:
    """May the person organise inspections in the name of `place`? In a ward its chair may, too."""
    roles = (Role.INSPECTOR, Role.DECIDER, *((Role.WARD_CHAIR,) if place.level == Level.COMMUNE else ()))
    return role_scope(user, roles).covers(place)


def may_sign_for_place(user: User, place: Place) -> bool:
    """May the person sign minutes for the inspected side? Staff posted to that very place (or what it became)."""
    roles = (Role.HAMLET_OFFICER,) if place.level == Level.HAMLET else (Role.WARD_CHAIR, Role.WARD_OFFICER)
    own = {posting.place_id for posting in user.active_postings() if posting.role in roles and posting.place_id}
    return place.pk in predecessors(own)


def may_change_award(user: User, award: Award) -> Answer:
    """May the person revoke a recognition or replace its paper? Only the body that decided, never about itself."""
    if not may_issue(user, award.decision.place):
        return Answer(
            False,
            _("Chỉ người ký quyết định của %(place)s mới được làm việc này.") % {"place": award.decision.place.name},
        )
    if is_own_staff(user, award.registration):
        return Answer(False, _("Cơ quan quyết định không thể tự quyết định về chính địa bàn của mình."))
    return YES


def may_enter_objection(user: User, registration: Registration) -> Answer:
    """May the person write down an objection? Staff of the ward that keeps the register, and those above them."""
    if not role_scope(user, (Role.HAMLET_OFFICER, Role.WARD_OFFICER, Role.WARD_CHAIR, Role.DECIDER)).covers(
        registration
    ):
        return Answer(False, _("Bạn không được phân công nhận phản ánh của địa bàn này."))
    return YES


def may_answer_objection(user: User, registration: Registration) -> Answer:
    """May the person answer? The ward's chair or its decider; revoking is the deciding body's alone."""
    if not role_scope(user, (Role.WARD_CHAIR, Role.DECIDER)).covers(registration):
        return Answer(False, _("Chỉ Chủ tịch Hội hoặc người ký quyết định được trả lời phản ánh."))
    return YES


def may_add_evidence(user: User, registration: Registration) -> Answer:
    """May the person put evidence beside a criterion, or take it back? Who enters the self-score, until the end."""
    if not acting_scope(user, registration.rulebook, Action.SELF_ASSESS, registration.year).covers(registration):
        return Answer(False, _("Bạn không được phân công bổ sung minh chứng cho hồ sơ này."))
    if registration.state in FINAL_STATES:
        return Answer(
            False,
            _("Hồ sơ đang ở tình trạng “%(state)s” nên không bổ sung hay rút minh chứng được nữa.")
            % {"state": State(registration.state).label},
        )
    if season_closed(registration.year):
        return Answer(False, closed_sentence(registration.year))
    return YES


def may_renew(user: User, registration: Registration, *, closed: bool | None = None) -> Answer:
    """May the person move the dossier to the newest version of its rules? Whoever proposes it, until it is decided.

    `closed`: is the year locked, where the caller has asked once for many dossiers.
    """
    spec = registration.rulebook.spec
    step = Action.PROPOSE if Step.PROPOSE in spec.steps else Action.SELF_ASSESS
    if not acting_scope(user, registration.rulebook, step, registration.year).covers(registration):
        return Answer(
            False, _("Bạn không được phân công lập tờ trình cho hồ sơ này nên không chuyển bộ tiêu chí được.")
        )
    if registration.state in FINAL_STATES:
        return Answer(False, _("Hồ sơ đã có kết quả nên giữ bộ tiêu chí đã dùng."))
    if season_closed(registration.year) if closed is None else closed:
        return Answer(False, closed_sentence(registration.year))
    return YES


def is_submitted(registration: Registration) -> bool:
    """Has the dossier gone upward? From then on it is judged by the shares it was submitted with."""
    return registration.proposal_id is not None or registration.state in FINAL_STATES


def may_change_measures(user: User, registration: Registration) -> Answer:
    """May the person count the dossier's shares again, or type others with a reason? Who scores it, until submitted."""
    if is_submitted(registration):
        return Answer(False, _("Hồ sơ đã trình nên các tỷ lệ đã chốt, không tính lại hay khai lại được."))
    steps = (Action.SELF_ASSESS, Action.REVIEW)
    if not any(
        acting_scope(user, registration.rulebook, step, registration.year).covers(registration) for step in steps
    ):
        return Answer(False, _("Bạn không được phân công chấm điểm hồ sơ này nên không thay đổi được các tỷ lệ."))
    if season_closed(registration.year):
        return Answer(False, closed_sentence(registration.year))
    return YES


def may_edit_letterhead(user: User, place: Place) -> bool:
    """May the person set what stands on the place's papers?"""
    return role_scope(user, (Role.WARD_OFFICER, Role.WARD_CHAIR, Role.DECIDER)).covers(place)


# --- Targets and declared figures


def may_set_targets(user: User, place: Place | None) -> bool:
    """May the person set targets for `place` (None: the nation)? Its chair, and the leaders of it and of places above.

    The nation's are kept by those who lead or run the portal for the whole country.
    """
    if place is None:
        return role_scope(user, (Role.LEADER, Role.ADMINISTRATOR)).everything
    return role_scope(user, (Role.WARD_CHAIR, Role.LEADER)).covers(place)


def may_declare(user: User, place: Place) -> bool:
    """May the person enter figures of a place that keeps no records here? Its ward's staff, or leaders above it.

    A province that gets the reports of its wards on paper enters them itself.
    """
    return role_scope(user, (Role.WARD_OFFICER, Role.WARD_CHAIR, Role.LEADER)).covers(place)


# --- Documents down the tree


def may_send_documents(user: User, place: Place | None) -> bool:
    """May the person send documents in the name of `place` (None: the centre)? Its own staff only."""
    if place is None:
        return any(posting.place_id is None and posting.role == Role.LEADER for posting in user.active_postings())
    roles = (Role.WARD_OFFICER, Role.WARD_CHAIR) if place.level == Level.COMMUNE else (Role.LEADER,)
    own = {posting.place_id for posting in user.active_postings() if posting.role in roles and posting.place_id}
    return place.level != Level.HAMLET and place.pk in predecessors(own)


def staff_roles(level: str) -> tuple[str, ...]:
    """Who reads and answers for a place of `level`, and who is told when it is asked to hurry."""
    if level == Level.HAMLET:
        return (Role.HAMLET_OFFICER,)
    return (Role.WARD_OFFICER, Role.WARD_CHAIR) if level == Level.COMMUNE else (Role.LEADER,)


def receives_for(user: User, place: Place) -> bool:
    """Does the person open and answer documents for this very place (or what it became)?"""
    roles = staff_roles(place.level)
    own = {posting.place_id for posting in user.active_postings() if posting.role in roles and posting.place_id}
    return place.pk in predecessors(own)


def may_nudge(user: User, place: Place) -> bool:
    """May the person ask `place` to hurry? Staff of a place above it, never its own."""
    scope = role_scope(user, (Role.WARD_OFFICER, Role.WARD_CHAIR, Role.LEADER))
    return scope.covers(place) and not any(posting.place_id == place.pk for posting in user.active_postings())
