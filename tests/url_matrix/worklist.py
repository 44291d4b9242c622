"""Who may open the URLs of: work lists, who below has not sent."""

from tests.url_matrix.cast import Row

ROWS = [
    Row("recognition:work-list"),
    Row("recognition:work-badge"),
    Row("recognition:below-home", own={"ba": 404, "*": 200}),
    Row("recognition:below-list", lambda side: {"place_pk": side.ward.pk}, own={"ba": 404, "*": 200}),
]
