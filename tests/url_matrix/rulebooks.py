"""Who may open the URLs of: rulebooks. Rules are the same for everybody, so every signed-in person reads them."""

from functools import cache

from recognition.domain.rulebooks import load_rulebooks
from recognition.models import Rulebook
from recognition.rulebook_checks import read_all
from tests.url_matrix.cast import Row, per_side


@cache
def _specs():
    return read_all()


@per_side
def rulebook(_side):
    load_rulebooks(specs=_specs())
    return Rulebook.objects.get(code="COMMUNE-TT44")


ROWS = [
    Row("recognition:rulebook-list"),
    Row("recognition:rulebook-detail", lambda side: {"pk": rulebook(side).pk}, foreign=200),
    # one that does not exist
    Row("recognition:rulebook-detail", {"pk": 999999999}, own=404),
]
