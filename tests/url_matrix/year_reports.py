"""Who may open the URLs of: signed yearly reports."""

from django.utils import timezone

from recognition.domain.closing import checksum
from recognition.models import YearReport
from tests.url_matrix.cast import Row, only, per_side


@per_side
def report(side):
    return YearReport.objects.create(
        place=side.ward,
        year=2025,
        checksum=checksum({}, []),
        signer_title="Chủ tịch",
        signed_by_name="Phạm Thị Chi",
        signed_at=timezone.now(),
    )


def _place(side):
    return {"place_pk": side.ward.pk}


def _report(side):
    return {"pk": report(side).pk}


ROWS = [
    Row("recognition:year-report-home", own={"an": 302, "chi": 302, "dao": 302, "binh": 302, "em": 302, "*": 200}),
    Row("recognition:year-report-nation"),
    Row("recognition:year-report-sign-nation", own=403),  # leaders of the nation alone
    Row("recognition:year-report-place", _place, own={"ba": 404, "*": 200}),
    Row("recognition:year-report-sign", _place, own=only("chi") | {"ba": 404}),
    Row("recognition:year-report-detail", _report, own={"ba": 404, "*": 200}),
    Row("recognition:year-report-file", lambda side: {**_report(side), "kind": "docx"}, own={"ba": 404, "*": 200}),
    Row("recognition:year-report-accept", _report, method="post", own=only("em", ok=302) | {"ba": 404}),
    Row(
        "recognition:year-report-return",
        _report,
        method="post",
        data={"note": "Thiếu biểu"},
        own=only("em", ok=302) | {"ba": 404},
    ),
]
