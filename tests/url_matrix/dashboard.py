"""Who may open the URLs of: dashboards. Totals are open to everybody signed in (docs/decisions/0004)."""

from tests.url_matrix.cast import Row

ROWS = [
    Row("recognition:dashboard"),
    Row("recognition:dashboard-nation"),
    Row("recognition:dashboard", lambda side: {"pk": side.ward.pk}, foreign=200),
    Row("recognition:dashboard", lambda side: {"pk": side.hamlet.pk}, foreign=200),
    Row("recognition:dashboard", lambda side: {"pk": side.province.pk}, foreign=200),
    # one that does not exist
    Row("recognition:dashboard", {"pk": 999999999}, own=404),
]
