"""Summaries of several years, of citizens, of inspections: figures are open, the text is written by its own place."""

from tests.url_matrix.cast import Row, only

TWO_YEARS = {"first": "2024", "last": "2025"}


def at_ward(side):
    return {"place_pk": side.ward.pk}


ROWS = [
    Row("recognition:summary-home", own={"quan": 200, "*": 302}),
    Row("recognition:summary-period", at_ward, query=TWO_YEARS, foreign=200),
    Row("recognition:summary-period-nation", query=TWO_YEARS),
    Row("recognition:summary-edit", at_ward, query=TWO_YEARS, own=only("an", "chi") | {"ba": 404}),
    Row("recognition:summary-citizens", at_ward, foreign=200),
    Row("recognition:summary-inspection", at_ward, foreign=200),
]
