"""Who may open the URLs of: yearly tables. Totals are open to everybody signed in (docs/decisions/0004)."""

from tests.url_matrix.cast import Row


def families(side) -> dict:
    return {"table": "TK-01", "place_pk": side.ward.pk}


def communities(side) -> dict:
    return {"table": "TK-06", "place_pk": side.province.pk}


ROWS = [
    Row("recognition:report-list"),
    Row("recognition:report", families, foreign=200),
    Row("recognition:report", families, query={"dang": "xlsx"}, foreign=200),
    Row("recognition:report", communities, foreign=200),
    Row("recognition:report-nation", {"table": "TK-01"}),
    # a table or a place that does not exist
    Row("recognition:report-nation", {"table": "TK-99"}, own=404),
    Row("recognition:report", {"table": "TK-01", "place_pk": 999999999}, own=404),
]
