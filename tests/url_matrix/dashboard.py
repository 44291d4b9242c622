"""Who may open the URLs of: dashboards. Totals are open to everybody signed in (docs/decisions/0004)."""

from tests.url_matrix.cast import Row
from tests.url_matrix.register import clan

WARD_ONLY = {"ba": 404, "*": 200}  # what stands in the ward is not seen from one hamlet

ROWS = [
    # Who is missing names families, so it stays inside the postings
    Row("recognition:missing-own", own={"em": 200, "binh": 200, "quan": 200, "*": 302}),
    Row("recognition:missing-place", lambda side: {"pk": side.hamlet.pk}),
    Row("recognition:missing-place", lambda side: {"pk": side.ward.pk}, own=WARD_ONLY),
    Row("recognition:missing-place", lambda side: {"pk": side.province.pk}, own=404),
    Row("recognition:missing-clan", lambda side: {"pk": clan(side).pk}),
    Row("recognition:measure-place", lambda side: {"pk": side.hamlet.pk, "measure": "hamlet_family_share"}),
    Row("recognition:measure-place", lambda side: {"pk": side.ward.pk, "measure": "commune_clan_share"}, own=WARD_ONLY),
    Row("recognition:measure-place", lambda side: {"pk": side.ward.pk, "measure": "x"}, own=404),
    Row("recognition:dashboard"),
    Row("recognition:dashboard-nation"),
    Row("recognition:dashboard", lambda side: {"pk": side.ward.pk}, foreign=200),
    Row("recognition:dashboard", lambda side: {"pk": side.hamlet.pk}, foreign=200),
    Row("recognition:dashboard", lambda side: {"pk": side.province.pk}, foreign=200),
    # on a wall, on a phone
    Row("recognition:screen-nation"),
    Row("recognition:screen", lambda side: {"pk": side.ward.pk}, foreign=200),
    Row("recognition:brief"),
    Row("recognition:brief-nation"),
    Row("recognition:brief", lambda side: {"pk": side.province.pk}, foreign=200),
    # where a figure comes from: the words and sums are open like the figure, names are not (test_explaining)
    Row("recognition:explain-nation", {"figure": "recognised_of_total"}),
    Row("recognition:explain", lambda side: {"pk": side.ward.pk, "figure": "registered"}, foreign=200),
    Row("recognition:explain", lambda side: {"pk": side.province.pk, "figure": "open"}, foreign=200),
    Row(
        "recognition:explain",
        lambda side: {"pk": side.ward.pk, "figure": "rank_good"},
        own={"ba": 403, "*": 200},
        foreign=403,
    ),
    Row("recognition:explain-nation", {"figure": "nobody-knows"}, own=404),
    # one that does not exist
    Row("recognition:dashboard", {"pk": 999999999}, own=404),
]
