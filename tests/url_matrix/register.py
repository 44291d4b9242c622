"""Who may open the URLs of: register."""

from tests.factories.units import make_citizen, make_clan, make_organisation
from tests.url_matrix.cast import Row, only, per_side
from units.models import ClanMembership

KEEPERS = ("an", "ba", "chi")


def household(side) -> dict:
    return {"pk": side.household.pk}


def hamlet(side) -> dict:
    return {"place_pk": side.hamlet.pk}


def ward(side) -> dict:
    return {"place_pk": side.ward.pk}


def registrant_rows(slug: str, one, entry: dict | None = None) -> list[Row]:
    """Rows of the pages every kind shares (units.views.registrants): `one(side)` makes a registrant of the hamlet."""

    def key(side) -> dict:
        return {"pk": one(side).pk}

    closing = {"reason": "MISTAKE", "closed_on": "01/01/2026"}
    return [
        Row(f"units:{slug}-list"),
        Row(f"units:{slug}-place", hamlet, other_hamlet=404),
        Row(f"units:{slug}-place", ward, own={"ba": 404, "*": 200}),
        Row(
            f"units:{slug}-place",
            lambda side: {"place_pk": side.province.pk},
            own=only("binh", "em", "quan", others=404),
        ),
        Row(f"units:{slug}-export", hamlet, other_hamlet=404),
        Row(f"units:{slug}-export", ward, own={"ba": 404, "*": 200}),
        Row(f"units:{slug}-create", own=only(*KEEPERS, "dung"), query=entry or {}),
        Row(f"units:{slug}-detail", key, other_hamlet=404),
        Row(f"units:{slug}-correct", key, own=only(*KEEPERS), other_hamlet=404),
        Row(f"units:{slug}-correct", key, method="post", own=only(*KEEPERS), other_hamlet=404),
        Row(f"units:{slug}-close", key, own=only(*KEEPERS), other_hamlet=404),
        Row(f"units:{slug}-close", key, method="post", data=closing, own=only(*KEEPERS, ok=302), other_hamlet=404),
        Row(f"units:{slug}-reopen", key, method="post", own=only(*KEEPERS, ok=302), other_hamlet=404),
    ]


@per_side
def organisation(side):
    return make_organisation(side.hamlet)


@per_side
def clan(side):
    made = make_clan(side.hamlet)
    ClanMembership.objects.create(clan=made.clan, household=side.household.household, since=made.opened_on)
    return made


@per_side
def citizen(side):
    return make_citizen(side.household)


def family(side) -> dict:
    return {"pk": clan(side).pk, "household_pk": side.household.pk}


ROWS = [
    Row("units:search", query={"q": "nguyen"}),
    *(
        Row(f"units:household-{what}", household, method=method, own=only(*KEEPERS), other_hamlet=404)
        for what in ("move", "head", "split", "merge")
        for method in ("get", "post")
    ),
    *registrant_rows("citizen", citizen),
    Row("units:citizen-transfer", lambda side: {"pk": citizen(side).pk}, own=only(*KEEPERS), other_hamlet=404),
    Row(
        "units:citizen-transfer",
        lambda side: {"pk": citizen(side).pk},
        method="post",
        query=lambda side: {"don-vi": organisation(side).pk},
        data={"on": "01/01/2026"},
        own=only(*KEEPERS, ok=302),
        other_hamlet=404,
    ),
    Row(
        "units:citizen-create",
        query=lambda side: {"ho": side.household.pk},
        own=only(*KEEPERS),
        foreign={"dao": 403, "binh": 403, "em": 403, "*": 404},
        other_hamlet=404,
    ),
    *registrant_rows("clan", clan),
    Row("units:clan-families", lambda side: {"pk": clan(side).pk}, own=only(*KEEPERS), other_hamlet=404),
    Row(
        "units:clan-families",
        lambda side: {"pk": clan(side).pk},
        method="post",
        query={"q": "nguyen"},
        own=only(*KEEPERS),
        other_hamlet=404,
    ),
    Row("units:clan-family-end", family, own=only(*KEEPERS), other_hamlet=404),
    Row(
        "units:clan-family-end",
        family,
        method="post",
        data={"until": "01/01/2026"},
        own=only(*KEEPERS, ok=302),
        other_hamlet=404,
    ),
    *registrant_rows("organisation", organisation),
    Row(
        "units:organisation-year",
        lambda side: {"pk": organisation(side).pk},
        own=only(*KEEPERS),
        other_hamlet=404,
    ),
    Row(
        "units:organisation-year",
        lambda side: {"pk": organisation(side).pk},
        method="post",
        data={"year": "2025", "staff": "40", "learners": "800"},
        own=only(*KEEPERS, ok=302),
        other_hamlet=404,
    ),
    Row(
        "units:organisation-year-remove",
        lambda side: {"pk": organisation(side).pk, "year": 2025},
        method="post",
        own=only(*KEEPERS, ok=302),
        other_hamlet=404,
    ),
    Row("units:household-list"),
    Row("units:household-place", hamlet, other_hamlet=404),
    Row("units:household-place", ward, own={"ba": 404, "*": 200}),
    Row(
        "units:household-place", lambda side: {"place_pk": side.province.pk}, own=only("binh", "em", "quan", others=404)
    ),
    Row("units:household-export", hamlet, other_hamlet=404),
    Row("units:household-export", ward, own={"ba": 404, "*": 200}),
    Row(
        "units:household-slips",
        lambda side: {"place_pk": side.household.hamlet_id},
        own=only(*KEEPERS),
        other_hamlet=404,
    ),
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
    *registrant_rows("community", lambda side: side.community)[6:],
    Row("units:community-list"),
    Row("units:community-place", hamlet, other_hamlet=404),
    Row("units:community-place", ward, own={"ba": 404, "*": 200}),
    Row(
        "units:community-place", lambda side: {"place_pk": side.province.pk}, own=only("binh", "em", "quan", others=404)
    ),
    Row("units:community-export", hamlet, other_hamlet=404),
    Row("units:community-export", ward, own={"ba": 404, "*": 200}),
    Row(
        "units:community-ensure",
        ward,
        method="post",
        own={"an": 302, "chi": 302, "ba": 404, "*": 403},
    ),
    Row("units:community-detail", lambda side: {"pk": side.ward_community.pk}, own={"ba": 404, "*": 200}),
]
