"""Who may open the URLs of: account."""

from tests.url_matrix.cast import Row

ROWS: list[Row] = []
