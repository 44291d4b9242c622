"""Who may open the pages of the project package."""

from tests.url_matrix.cast import Row

ROWS: list[Row] = [
    Row("portal:home"),
]
