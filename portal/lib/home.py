"""Home cards: what the first page shows to each role.

An app puts a module `home_cards.py` beside its `apps.py`; it is imported on start-up. In it:

    from portal.lib.home import FIGURE, TASK, HomeCard, home_card
    from units.choices import Role

    @home_card(roles={Role.WARD_OFFICER, Role.WARD_CHAIR}, order=20)
    def waiting_for_review(user, postings, year):
        count = Registration.objects.visible_to(user)…count()
        if count:
            yield HomeCard(_("hồ sơ chờ họp bình xét"), count, reverse("recognition:meeting-list"), hint=_("Hạn 30/11"))

The function gets the person, their postings in force that hold one of `roles`, and the year of the switch;
it returns or yields HomeCards. It must cost a fixed number of queries (tallies, not counts of big tables).
Kinds: TASK (something waits for me; value = how many), FIGURE (a tile: a number and where it leads),
SHORTCUT (a link without number). Nothing yielded = nothing shown.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

TASK, FIGURE, SHORTCUT = "task", "figure", "shortcut"


@dataclass(frozen=True)
class HomeCard:
    """One task, figure or shortcut. `title` reads on after the number: "12" "hồ sơ chờ bình xét".

    tone: "", warning, danger, success (tasks that are late: danger). `target`, `delta` are texts under a figure.
    `badge` and `badge_tone`: a status word beside a task, for example "Quá hạn"."""

    title: object
    value: object = None
    url: str = ""
    hint: object = ""
    kind: str = TASK
    icon: str = ""
    tone: str = ""
    unit: object = ""
    target: object = ""
    delta: object = ""
    delta_tone: str = "neutral"
    badge: object = ""
    badge_tone: str = "warning"


_registry: list[tuple[int, str, frozenset, Callable]] = []


def home_card(*, roles: Iterable[str], order: int = 50):
    """Register a function for `roles`. Lower `order` comes first."""

    def register(function):
        _registry.append((order, f"{function.__module__}.{function.__qualname__}", frozenset(roles), function))
        _registry.sort(key=lambda entry: entry[:2])
        return function

    return register


def collect(user, year: int) -> list[HomeCard]:
    """All cards for `user`, in order."""
    postings = user.active_postings()
    found = []
    for _order, _name, roles, function in _registry:
        mine = [posting for posting in postings if posting.role in roles]
        if mine:
            found += function(user, mine, year) or []
    return found
