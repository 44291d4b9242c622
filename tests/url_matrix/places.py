"""Who may open the URLs of: places."""

from tests.url_matrix.cast import Row

ROWS: list[Row] = []
