"""Summaries of several years, of citizens, of inspections: figures are open, the text is written by its own place."""

from django.utils import timezone

from recognition.domain.closing import checksum
from recognition.models import PeriodReport
from tests.url_matrix.cast import Row, only, per_side

TWO_YEARS = {"first": "2024", "last": "2025"}


def at_ward(side):
    return {"place_pk": side.ward.pk}


@per_side
def signed(side):
    return PeriodReport.objects.create(
        place=side.ward,
        year_from=2024,
        year_to=2025,
        checksum=checksum({}, []),
        signer_title="Chủ tịch",
        signed_by_name="Phạm Thị Chi",
        signed_at=timezone.now(),
    )


def _signed(side):
    return {"pk": signed(side).pk}


ROWS = [
    Row("recognition:summary-home", own={"quan": 200, "*": 302}),
    Row("recognition:summary-period", at_ward, query=TWO_YEARS, foreign=200),
    Row("recognition:summary-period-nation", query=TWO_YEARS),
    Row("recognition:summary-edit", at_ward, query=TWO_YEARS, own=only("an", "chi") | {"ba": 404}),
    Row("recognition:summary-edit-nation", query=TWO_YEARS, own=only("quan")),
    Row("recognition:summary-sign-nation", query=TWO_YEARS, own=403),
    # nothing was saved there: back to the page that says so
    Row("recognition:summary-sign", at_ward, query=TWO_YEARS, own=only("chi", ok=302) | {"ba": 404}),
    Row("recognition:summary-report", _signed, own={"ba": 404, "*": 200}),
    Row("recognition:summary-report-file", lambda side: {**_signed(side), "kind": "docx"}, own={"ba": 404, "*": 200}),
    Row("recognition:summary-citizens", at_ward, foreign=200),
    Row("recognition:summary-inspection", at_ward, foreign=200),
]
