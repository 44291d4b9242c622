"""Who may open the URLs of: declared figures. What was published is open to everybody signed in."""

from recognition.models import DeclaredFigure
from tests.url_matrix.cast import Row, per_side


@per_side
def figure(side):
    return DeclaredFigure.objects.create(
        source=f"bài {side.ward.code}", place=side.ward, year=2025, model="FAMILY", measure="total", value=10
    )


ROWS = [
    Row("recognition:declared-list"),
    Row("recognition:declared-rules"),
    Row("recognition:declared-detail", lambda side: {"source": figure(side).source}, foreign=200),
    # one that does not exist
    Row("recognition:declared-detail", {"source": "999"}, own=404),
]
