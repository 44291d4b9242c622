"""Who may open the pages of the project package."""

from tests.url_matrix.cast import Row

ROWS: list[Row] = [
    Row("portal:home"),
    Row("portal:health", anonymous=200),
    Row("portal:guide"),
    Row("portal:styleguide"),  # closed to all but administrators in production: tests/portal/test_ui.py
    Row("portal:set-year", method="post", data={"nam": "2025"}, own=303),
    Row("portal:set-text-size", method="post", data={"size": "2"}, own=303, anonymous=303),
    Row("set_language", method="post", data={"language": "en"}, own=303, anonymous=303),
]
