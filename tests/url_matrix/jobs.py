"""Who may open the URLs of: jobs."""

from tests.url_matrix.cast import Row

ROWS: list[Row] = []
