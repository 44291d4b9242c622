"""Signing a summary of several years: text and tables are frozen like a yearly report; a correction is a new version.

A ward's chair or a leader signs for the place, a national leader for the nation. Errors of the period block it,
warnings want a reason that stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.language import official_language
from portal.lib.text import clean
from recognition import checks, year_checks
from recognition.checks import Finding, Judged, key_of, stamped
from recognition.domain import closing
from recognition.domain.boundaries import boundary_years
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.report_parts import Report
from recognition.domain.summaries.period import Period, build_period, lock, saved_summary
from recognition.domain.summaries.period_tables import period_tables
from recognition.models import PeriodReport, PeriodSummary
from units.models import Place, User


def not_yours(place: Place | None) -> str:
    """The refusal to whoever may not sign."""
    name = place.name if place else _("cả nước")
    return _("Bạn không được phân công ký báo cáo tổng kết của %(place)s.") % {"place": name}


@dataclass(frozen=True)
class Prepared(Judged):
    """What a signer looks at: the saved text, the tables, what the rules find in the period."""

    place: Place | None
    period: Period
    text: PeriodSummary | None
    tables: tuple[Report, ...]
    findings: tuple[tuple[str, Finding], ...]


def prepare(place: Place | None, first: int, last: int) -> Prepared:
    """Everything of a period as an official paper says it. Raises RecognitionError for impossible years."""
    with official_language():
        period = build_period(place, first, last)
        tables = tuple(period_tables(period))
        found = {key_of(one): one for one in period_findings(period)}
    return Prepared(place, period, saved_summary(place, first, last), tables, tuple(found.items()))


def period_findings(period: Period) -> list[Finding]:
    """R-01 in every year and over the whole period, R-24 from year to year, R-26 for years without figures."""
    code, found = period.place.code if period.place else "", []
    boundary = boundary_years(period.place, period.years)
    for model in period.models:
        known = period.known(model)
        if not known:  # a model nobody worked with has nothing to miss
            continue
        label, about = str(model.label), {"place": code, "model": str(model)}
        for year in known:
            figures = period.figures[model, year]
            counts = {name: figures.shown(name) for name in ("total", "registered", "recognised")}
            one = checks.check_order(**counts)
            found += stamped(_about(f"{label} {year}", one), year=year, **about)
        if all(period.figures[model, year].shown("recognised") is None for year in known):
            registered = period.figures[model, known[-1]].shown("registered")
            one = checks.check_order(registered=registered, recognised_expected=True)
            found += stamped(_about(label, one), year=known[-1], **about)
        found += stamped(_moves(period, model, known, boundary), **about)
        one = checks.check_period_years(f"{period.years[0]}-{period.years[-1]}", known)
        found += stamped(_about(label, one), **about)
    return found


def _about(label: str, findings: list[Finding]) -> list[Finding]:
    return [replace(one, message=f"{label}: {one.message}") for one in findings]


def _moves(period: Period, model: str, known: list[int], boundary: set[int]) -> list[Finding]:
    """R-24; a total may jump in a year in which places merged or split."""
    counts = {
        year: year_checks.YearCounts(period.figures[model, year].total, period.figures[model, year].shown("recognised"))
        for year in known
    }
    return year_checks.check_changes(str(model.label), counts, boundary_years=boundary)


def versions(place: Place | None, first: int, last: int):
    """Signed versions, newest first, without their tables."""
    rows = PeriodReport.objects.filter(place=place, year_from=first, year_to=last)
    return rows.defer("tables", "narrative", "findings").order_by("-version")


@transaction.atomic
def sign_summary(
    *,
    actor: User,
    place: Place | None,
    first: int,
    last: int,
    signer_title: str,
    text_version: int,
    reason: str = "",
    explanations: Mapping[str, str] | None = None,
    prepared: Prepared | None = None,
) -> PeriodReport:
    """Freeze the saved text with the figures of this moment and sign both.

    text_version: of the text the signer read. prepared: made after `lock` in this very transaction; without it, it is
    made here. Raises NotPermitted; FindingsOpen for errors and for warnings without a reason; RecognitionError.
    """
    if not closing.may_sign(actor, place):
        raise NotPermitted(not_yours(place))
    signer_title, reason = clean(signer_title), clean(reason)[:500]
    if not signer_title:
        raise RecognitionError(_("Hãy ghi chức vụ người ký."))
    lock(place)
    prepared = prepared or prepare(place, first, last)
    if prepared.text is None:
        raise RecognitionError(_("Chưa ai lưu phần lời của giai đoạn này. Hãy sửa và lưu phần lời trước khi ký."))
    if prepared.text.version != text_version:
        raise RecognitionError(
            _("%(who)s vừa sửa phần lời. Hãy đọc lại rồi ký.") % {"who": prepared.text.saved_by_name}
        )
    before = versions(place, first, last).first()
    closing.check_new_version(before, reason)
    return PeriodReport.objects.create(
        place=place,
        year_from=first,
        year_to=last,
        **closing.sealed(
            actor=actor,
            tables=prepared.tables,
            narrative=prepared.text.sections,
            findings=closing.kept_findings(prepared, explanations),
            before=before,
            reason=reason,
            signer_title=signer_title,
            at=timezone.now(),
        ),
    )
