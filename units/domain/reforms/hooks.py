"""What later apps know about reforms. `units` never imports them; they plug in from `ready()`."""

from collections.abc import Callable

# open_work(places: list of Place) -> int: dossiers of people at work there that have not ended; shown in previews.
open_work: list[Callable] = []
# built_on(change: PlaceChange) -> int: dossiers made in the new places since; a change with any is not undone.
built_on: list[Callable] = []
