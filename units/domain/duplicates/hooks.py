"""What later apps know about merged registrants. `units` never imports them; they plug in from `ready()`."""

from collections.abc import Callable

# open_dossiers(registrant) -> list[str]: dossiers at work, in words; they stand in the way of leaving the register.
open_dossiers: list[Callable] = []
# withdraw_open(actor, registrant, reason) -> int: withdraws them; raises PortalError with the reason when it cannot.
withdraw_open: list[Callable] = []
# built_on(merge) -> int: dossiers made since for the kept registrant; a merge with any is not undone.
built_on: list[Callable] = []
# carry_over(merge, on) -> dict: what later apps hold of the one that goes begins at the kept one; its keys go into
# the merge's `memberships`.
carry_over: list[Callable] = []
# changed_since(merge) -> int: carried things somebody changed since; a merge with any is not undone.
changed_since: list[Callable] = []
# give_back(merge): carried things stand again as before the merge.
give_back: list[Callable] = []


def dossiers_of(registrant) -> list[str]:
    """What every later app has at work for a registrant, in words."""
    return [text for hook in open_dossiers for text in hook(registrant)]
