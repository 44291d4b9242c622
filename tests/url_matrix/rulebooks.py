"""Who may open the URLs of: rulebooks. Rules are the same for everybody, so every signed-in person reads them."""

from recognition.domain.feedback import say
from recognition.domain.rulebook_drafts import copy_rulebook
from recognition.domain.rulebooks import load_rulebooks
from recognition.models import Rulebook
from tests.factories.recognition import shipped_specs
from tests.factories.units import make_officer
from tests.url_matrix.cast import Row, only, per_side
from units.choices import Role


@per_side
def rulebook(_side):
    load_rulebooks(specs=shipped_specs())
    return Rulebook.objects.get(code="COMMUNE-TT44")


@per_side
def open_rulebook(side):
    rulebook(side)
    return Rulebook.objects.get(code="COMMUNE-TT25")


@per_side
def asked(side):
    return say(actor=side.officer, rulebook=rulebook(side), criterion="1", text="Khó hiểu")


@per_side
def province_draft(side):
    """A draft of the side's own province: its leader's business, and those of the whole country."""
    actor = make_officer(Role.LEADER, side.province, name="Trần Văn Soạn")
    return copy_rulebook(actor=actor, rulebook=rulebook(side), province=side.province)


def _draft(side, **more):
    return {"pk": province_draft(side).pk} | more


KEEPERS = only("em", "quan")
POSTED = only("em", "quan", ok=302)
OF_DRAFT = {"method": "post", "data": lambda side: {"revision": 1}, "own": POSTED}
# Whoever keeps no rules is turned away before anybody looks for the draft; Em does not see another province's.
STRANGERS = only("em", ok=404) | {"quan": 200}
POST_STRANGERS = only("em", ok=404) | {"quan": 302}

ROWS = [
    Row("recognition:rulebook-compare", lambda side: {"pk": rulebook(side).pk}, foreign=200),
    Row("recognition:rulebook-export", lambda side: {"pk": rulebook(side).pk}, foreign=200),
    Row("recognition:rulebook-copy", lambda side: {"pk": rulebook(side).pk}, own=KEEPERS, foreign=KEEPERS),
    Row("recognition:rulebook-end", lambda side: {"pk": rulebook(side).pk}, own=only("quan"), foreign=only("quan")),
    Row(
        "recognition:rulebook-reopen",
        lambda side: {"pk": rulebook(side).pk},
        method="post",
        own=only("quan", ok=302),
        foreign=only("quan", ok=302),
    ),
    Row("recognition:rulebook-drafts", own=KEEPERS),
    Row("recognition:rulebook-draft-import", own=KEEPERS),
    Row("recognition:rulebook-draft", _draft, own=KEEPERS, foreign=STRANGERS),
    Row("recognition:rulebook-draft-compare", _draft, own=KEEPERS, foreign=STRANGERS),
    Row("recognition:rulebook-draft-export", _draft, own=KEEPERS, foreign=STRANGERS),
    Row(
        "recognition:rulebook-draft-part",
        lambda side: _draft(side, slug="thong-tin"),
        own=KEEPERS,
        foreign=STRANGERS,
    ),
    Row(
        "recognition:rulebook-draft-criterion",
        lambda side: _draft(side, code="1"),
        own=KEEPERS,
        foreign=STRANGERS,
    ),
    Row("recognition:rulebook-draft-step", lambda side: _draft(side, name="decide"), own=KEEPERS, foreign=STRANGERS),
    Row("recognition:rulebook-draft-arrange", _draft, foreign=POST_STRANGERS, **OF_DRAFT),
    Row("recognition:rulebook-draft-activate", _draft, foreign=POST_STRANGERS, **OF_DRAFT),
    Row("recognition:rulebook-draft-offer", _draft, foreign=POST_STRANGERS, **OF_DRAFT),
    Row("recognition:rulebook-draft-discard", _draft, foreign=POST_STRANGERS, **OF_DRAFT),
    Row("recognition:holiday-list"),
    Row("recognition:holiday-list", method="post", own=only("quan", ok=302)),
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
