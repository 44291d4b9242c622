"""Who may open the URLs of: staff."""

from tests.url_matrix.cast import Row

ROWS: list[Row] = []
