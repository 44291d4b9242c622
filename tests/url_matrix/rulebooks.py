"""Who may open the URLs of: rulebooks. Rules are the same for everybody, so every signed-in person reads them."""

from functools import cache

from recognition.domain.feedback import say
from recognition.domain.rulebooks import load_rulebooks
from recognition.models import Rulebook
from recognition.rulebook_checks import read_all
from tests.url_matrix.cast import Row, only, per_side


@cache
def _specs():
    return read_all()


@per_side
def rulebook(_side):
    load_rulebooks(specs=_specs())
    return Rulebook.objects.get(code="COMMUNE-TT44")


@per_side
def open_rulebook(side):
    rulebook(side)
    return Rulebook.objects.get(code="COMMUNE-TT25")


@per_side
def asked(side):
    return say(actor=side.officer, rulebook=rulebook(side), criterion="1", text="Khó hiểu")


ROWS = [
    Row("recognition:rulebook-list"),
    Row("recognition:rulebook-detail", lambda side: {"pk": rulebook(side).pk}, foreign=200),
    # who decides where nobody knows: leaders of a province and administrators; a rulebook is nobody's own
    Row(
        "recognition:authority-create",
        lambda side: {"pk": open_rulebook(side).pk},
        own=only("em", "quan"),
        foreign=only("em", "quan"),
    ),
    Row(
        "recognition:authority-take-back",
        lambda side: {"pk": open_rulebook(side).pk},
        method="post",
        own=403,
        foreign=403,
    ),
    # feedback: everybody says, one reads one's own, keepers read and answer
    Row("recognition:feedback-create", lambda side: {"pk": rulebook(side).pk, "code": "1"}, foreign=200),
    Row("recognition:feedback-list"),
    Row(
        "recognition:feedback-detail",
        lambda side: {"pk": asked(side).pk},
        own=only("an", "em", "quan", others=404),
        foreign={"quan": 200, "*": 404},
    ),
    # one that does not exist
    Row("recognition:rulebook-detail", {"pk": 999999999}, own=404),
]
