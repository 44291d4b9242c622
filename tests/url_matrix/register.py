"""Who may open the URLs of: register."""

from tests.url_matrix.cast import Row, only

KEEPERS = ("an", "ba", "chi")


def household(side) -> dict:
    return {"pk": side.household.pk}


def hamlet(side) -> dict:
    return {"place_pk": side.hamlet.pk}


def ward(side) -> dict:
    return {"place_pk": side.ward.pk}


ROWS = [
    Row("units:household-list"),
    Row("units:household-place", hamlet, other_hamlet=404),
    Row("units:household-place", ward, own={"ba": 404, "*": 200}),
    Row(
        "units:household-place", lambda side: {"place_pk": side.province.pk}, own=only("binh", "em", "quan", others=404)
    ),
    Row("units:household-export", hamlet, other_hamlet=404),
    Row("units:household-export", ward, own={"ba": 404, "*": 200}),
    Row("units:household-create", own=only(*KEEPERS, "dung")),
    Row("units:household-detail", household, other_hamlet=404),
    Row("units:household-correct", household, own=only(*KEEPERS), other_hamlet=404),
    Row("units:household-correct", household, method="post", own=only(*KEEPERS), other_hamlet=404),
    Row("units:household-close", household, own=only(*KEEPERS), other_hamlet=404),
    Row(
        "units:household-close",
        household,
        method="post",
        data={"reason": "MISTAKE", "closed_on": "01/01/2026"},
        own=only(*KEEPERS, ok=302),
        other_hamlet=404,
    ),
    # An open household stays as it is: the person is told so on its page.
    Row("units:household-reopen", household, method="post", own=only(*KEEPERS, ok=302), other_hamlet=404),
    Row("units:community-list"),
    Row("units:community-place", hamlet, other_hamlet=404),
    Row("units:community-place", ward, own={"ba": 404, "*": 200}),
    Row(
        "units:community-place", lambda side: {"place_pk": side.province.pk}, own=only("binh", "em", "quan", others=404)
    ),
    Row(
        "units:community-ensure",
        ward,
        method="post",
        own={"an": 302, "chi": 302, "ba": 404, "*": 403},
    ),
    Row("units:community-detail", lambda side: {"pk": side.community.pk}, other_hamlet=404),
    Row("units:community-detail", lambda side: {"pk": side.ward_community.pk}, own={"ba": 404, "*": 200}),
]
