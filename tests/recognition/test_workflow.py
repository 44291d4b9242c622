"""Every state × action of every rulebook: as its steps say, for those of today also as written out. No database."""

import pytest

from recognition.choices import Action, State
from recognition.workflow import next_steps, performing_steps, sources
from tests.factories.recognition import shipped_specs
from tests.recognition.rulebook_reading import states_for

SPECS = {spec.code: spec for spec in shipped_specs()}
R, S, V, N, P, B = "REGISTERED", "SELF_ASSESSED", "REVIEWED", "INSPECTED", "PROPOSED", "RETURNED"

FAMILY = {
    Action.REGISTER: set(),
    Action.SELF_ASSESS: {R, S, B},
    Action.REVIEW: {S, V},
    Action.INSPECT: set(),
    Action.PROPOSE: {V},
    Action.RECOGNISE: {P},
    Action.REFUSE: {P},
    Action.RETURN: {S, V, P},
    Action.WITHDRAW: {R, S, V, B},
}
COMMUNE = {
    Action.REGISTER: set(),
    Action.SELF_ASSESS: {R, S, B},
    Action.REVIEW: set(),
    Action.INSPECT: {P, N},
    Action.PROPOSE: {S},
    Action.RECOGNISE: {N},
    Action.REFUSE: {N},
    Action.RETURN: {S, P, N},
    Action.WITHDRAW: {R, S, B},
}
HAMLET = {  # like a family's, with an inspection that may be left out
    Action.REGISTER: set(),
    Action.SELF_ASSESS: {R, S, B},
    Action.REVIEW: {S, V},
    Action.INSPECT: {V, N},
    Action.PROPOSE: {V, N},
    Action.RECOGNISE: {P},
    Action.REFUSE: {P},
    Action.RETURN: {S, V, N, P},
    Action.WITHDRAW: {R, S, V, N, B},
}
TABLES = {
    **dict.fromkeys(("FAMILY-448", "FAMILY-2022", "CLAN-448", "UNIT-448", "CITIZEN-324"), FAMILY),
    **dict.fromkeys(("COMMUNE-TT44", "COMMUNE-TT25", "DISTRICT-TT25", "PROVINCE-TT25"), COMMUNE),
    **dict.fromkeys(("UNIT-TT22", "UNIT-TT22-DISTRICT", "UNIT-TT24", "UNIT-TT24-DISTRICT"), COMMUNE),
    "HAMLET-448": HAMLET,
}


@pytest.mark.parametrize("code", SPECS)
def test_state_by_action(code):
    """Of every rulebook of the folder, as its own steps say; of today's ones also as written out above."""
    found = {
        action: {state for state in State.values if state in sources(SPECS[code], action)} for action in Action.values
    }

    assert found == {action: states_for(SPECS[code].content, action) for action in Action.values}
    assert found == TABLES.get(code, found)


def test_the_rows_above_are_of_rulebooks_of_the_folder():
    assert set(TABLES) <= set(SPECS)


@pytest.mark.parametrize(
    ("code", "state", "steps"),
    [
        ("FAMILY-448", S, ("propose", "decide")),
        ("FAMILY-448", V, ("propose", "decide")),
        ("FAMILY-448", P, ("decide",)),
        ("COMMUNE-TT44", S, ("propose", "inspect", "decide")),
        ("COMMUNE-TT44", P, ("inspect", "decide")),
        ("COMMUNE-TT44", N, ("decide",)),
    ],
)
def test_only_those_who_check_later_send_back(code, state, steps):
    """A ward must not be able to call back a dossier that has been inspected with a bad result."""
    assert performing_steps(SPECS[code], Action.RETURN, state) == steps


def test_withdrawing_belongs_to_whoever_registers():
    assert performing_steps(SPECS["COMMUNE-TT44"], Action.WITHDRAW, "REGISTERED") == ("register",)


def test_a_step_the_procedure_lacks_has_no_performers():
    assert performing_steps(SPECS["FAMILY-448"], Action.INSPECT) == ()


@pytest.mark.parametrize(
    ("code", "state", "expected"),
    [
        ("FAMILY-448", R, ["self_assess"]),
        ("FAMILY-448", S, ["review"]),
        ("FAMILY-448", V, ["propose"]),
        ("FAMILY-448", P, ["decide"]),
        ("FAMILY-448", B, ["self_assess"]),
        ("COMMUNE-TT44", S, ["propose"]),
        ("COMMUNE-TT44", P, ["inspect"]),
        ("COMMUNE-TT44", N, ["decide"]),
        ("FAMILY-448", "RECOGNISED", []),
        ("FAMILY-448", "REFUSED", []),
        ("FAMILY-448", "WITHDRAWN", []),
    ],
)
def test_what_comes_next(code, state, expected):
    assert next_steps(SPECS[code], state) == expected
