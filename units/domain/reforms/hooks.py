"""What later apps know about reforms. `units` never imports them; they plug in from `ready()`."""

from collections.abc import Callable

# open_work(places: list of Place) -> int: dossiers of people at work there that have not ended; shown in previews.
open_work: list[Callable] = []
# built_on(change: PlaceChange) -> int: dossiers made in the new places since; a change with any is not undone.
built_on: list[Callable] = []
# carry_work(change, moved: key of an old hamlet → of the renamed one) -> key of the renamed one → what to keep of it:
# the hamlet's work that has not ended goes on under the new name; what is kept is needed to give it back.
carry_work: list[Callable] = []
# give_work_back(change): the carried work stands at the old hamlets again, before the renamed ones are removed.
give_work_back: list[Callable] = []
# decided_on(change) -> int: carried dossiers decided since; a change with any is not undone.
decided_on: list[Callable] = []
