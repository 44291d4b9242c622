"""Proof that signed reports are as they were signed."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from recognition.domain.closing import is_intact
from recognition.domain.integrity_faults import Fault, faults
from recognition.models import PeriodReport, YearReport


def reports() -> list[Fault]:
    """Every signed yearly report and summary has the checksum of its tables and text. One at a time: they are large."""
    rows = [
        (str(report),)
        for model in (YearReport, PeriodReport)
        for report in model.objects.select_related("place").order_by("pk").iterator(chunk_size=50)
        if not is_intact(report)
    ]
    return faults("reports", rows, lambda row: _("Báo cáo %(report)s khác với bản đã ký.") % {"report": row[0]})


CHECKS: dict[str, Callable[[], list[Fault]]] = {"reports": reports}
