"""Which action is allowed from which state, read from a rulebook's procedure. Pure: no database, no request."""

from __future__ import annotations

from recognition.choices import FINAL_STATES, STEP_STATE, Action, State, Step
from recognition.rulebook_spec import RulebookSpec

# The step an action completes. A decision has two outcomes.
ACTION_STEP = {
    Action.REGISTER: Step.REGISTER,
    Action.SELF_ASSESS: Step.SELF_ASSESS,
    Action.REVIEW: Step.REVIEW,
    Action.INSPECT: Step.INSPECT,
    Action.PROPOSE: Step.PROPOSE,
    Action.RECOGNISE: Step.DECIDE,
    Action.REFUSE: Step.DECIDE,
}
# The state an action leads to.
RESULT = {
    Action.REGISTER: State.REGISTERED,
    Action.SELF_ASSESS: State.SELF_ASSESSED,
    Action.REVIEW: State.REVIEWED,
    Action.INSPECT: State.INSPECTED,
    Action.PROPOSE: State.PROPOSED,
    Action.RECOGNISE: State.RECOGNISED,
    Action.REFUSE: State.REFUSED,
    Action.RETURN: State.RETURNED,
    Action.WITHDRAW: State.WITHDRAWN,
}
# Entering points may be repeated until the next step is taken: people correct typing mistakes.
REPEATABLE = {Step.SELF_ASSESS, Step.REVIEW, Step.INSPECT}


def sources(spec: RulebookSpec, action: str) -> set[str]:
    """States from which `action` is allowed under this rulebook; empty when its procedure lacks the step."""
    if action == Action.REGISTER:
        return set()
    if action == Action.WITHDRAW:  # until the dossier has left for the authority
        before = {State.REGISTERED, State.RETURNED}
        for step in spec.procedure:
            if step.step in (Step.PROPOSE, Step.DECIDE):
                break
            before.add(STEP_STATE[Step(step.step)])
        return {str(state) for state in before}
    if action == Action.RETURN:  # by whoever checks what was handed in
        return {
            str(STEP_STATE[Step(step.step)]) for step in spec.procedure if step.step not in (Step.REGISTER, Step.DECIDE)
        }
    wanted = ACTION_STEP[Action(action)]
    position = next((index for index, step in enumerate(spec.procedure) if step.step == wanted), None)
    if position is None:
        return set()
    allowed: set[str] = set()
    for step in reversed(spec.procedure[:position]):
        allowed.add(str(STEP_STATE[Step(step.step)]))
        if not step.optional:
            break
    if wanted in REPEATABLE:
        allowed.add(str(STEP_STATE[wanted]))
    if position == 1:  # a returned dossier starts again with the first step after registering
        allowed.add(str(State.RETURNED))
    return allowed


def performing_steps(spec: RulebookSpec, action: str, state: str | None = None) -> tuple[str, ...]:
    """Steps whose performers may take `action` on a dossier in `state`.

    Withdrawing belongs to whoever registers. Returning belongs to those who check *after* `state`, so a ward cannot
    call back a dossier that has already left it. Everything else belongs to its own step.
    """
    if action == Action.WITHDRAW:
        return (str(Step.REGISTER),)
    if action == Action.RETURN:
        completed = next((step for step, reached in STEP_STATE.items() if reached == state), None)
        position = spec.steps.index(completed) if completed in spec.steps else -1
        return tuple(step for step in spec.steps[position + 1 :] if step in (Step.INSPECT, Step.PROPOSE, Step.DECIDE))
    step = ACTION_STEP[Action(action)]
    return (str(step),) if step in spec.steps else ()


def next_steps(spec: RulebookSpec, state: str) -> list[str]:
    """Names of the steps that may come next from `state`, in order (for "what waits for whom")."""
    if state in FINAL_STATES:
        return []
    found = []
    for action, step in ACTION_STEP.items():
        if action == Action.REFUSE:
            continue
        if state in sources(spec, action) and STEP_STATE.get(step) != state:
            found.append(str(step))
    return [step for step in spec.steps if step in found]
