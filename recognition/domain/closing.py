"""Closing the year: sign, send, return, accept. What was signed never changes; a correction is a new version.

A ward's chair signs for the ward; a leader for a district or province. The leaders of the place above answer. A leader
of the whole nation signs the nation's (place None), which nobody answers.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.language import official_language
from portal.lib.locks import wait_turn
from portal.lib.moments import now
from portal.lib.text import clean
from recognition.checks import Finding, Judged, key_of
from recognition.choices import YearReportState
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.findings import findings_for
from recognition.domain.report_parts import Column, Report, ReportRow
from recognition.domain.report_text import draft_narrative, outline
from recognition.domain.reporting import TABLES, build_report
from recognition.domain.reports_below import report_findings
from recognition.models import Season, SignedReport, YearReport
from units.choices import Level, Role
from units.models import Place, User
from units.rules import role_scope

SIGNERS = {  # None: the nation
    Level.COMMUNE: (Role.WARD_CHAIR,),
    Level.DISTRICT: (Role.LEADER,),
    Level.PROVINCE: (Role.LEADER,),
    None: (Role.LEADER,),
}
LONGEST_TEXT = 10_000


class FindingsOpen(RecognitionError):
    """Errors that must be put right, or warnings nobody explained. `findings`: (key, Finding)."""

    def __init__(self, message: str, findings: list[tuple[str, Finding]]):
        self.findings = findings
        super().__init__(message)


# --- Who may


def may_sign(user: User, place: Place | None) -> bool:
    """May the person sign the yearly report of `place`, or of the nation?"""
    if place is None:
        return role_scope(user, SIGNERS[None]).everything
    roles = SIGNERS.get(place.level)
    return bool(roles) and place.pk in role_scope(user, roles).places.get(place.level, ())


def not_yours(place: Place | None) -> str:
    """The refusal to whoever may not sign."""
    return _("Bạn không được phân công ký báo cáo năm của %(place)s.") % {
        "place": place.name if place else _("cả nước")
    }


def may_answer(user: User, place: Place | None) -> bool:
    """May the person return or accept the report of `place`? Leaders of a place above it; never one who signs it."""
    if place is None or may_sign(user, place):
        return False
    scope = role_scope(user, (Role.LEADER,))
    if scope.everything:
        return True
    above = [one for one in (place.district_id, place.province_id) if one and one != place.pk]
    return any(pk in ids for ids in scope.places.values() for pk in above)


# --- Freezing


def _plain(value):
    """A value as JSON keeps it exactly: decimals as their text."""
    return {"decimal": str(value)} if isinstance(value, Decimal) else value


def _value(kept):
    return Decimal(kept["decimal"]) if isinstance(kept, dict) else kept


def _freeze_row(row: ReportRow | None) -> dict | None:
    if row is None:
        return None
    return {
        "values": {key: _plain(value) for key, value in row.values.items()},
        "place": row.place_id,
        "declared": list(row.declared),
        "former": row.is_former,
    }


def _thaw_row(kept: dict | None) -> ReportRow | None:
    if kept is None:
        return None
    values = {key: _value(value) for key, value in kept["values"].items()}
    return ReportRow(values, kept["place"], tuple(kept["declared"]), kept["former"])


def _thaw_column(key, title, kind, summed, over, plus=(), minus=None) -> Column:
    """Reports signed before sums and differences of columns were kept have none."""
    return Column(key, title, kind, summed, tuple(over) if over else None, tuple(plus), tuple(minus) if minus else None)


def freeze(report: Report) -> dict:
    """A table as plain JSON that `thaw` turns into the same table again, to the digit."""
    return {
        "code": report.code,
        "title": report.title,
        "year": report.year,
        "columns": [
            [
                *(column.key, str(column.title), column.kind, column.summed),
                list(column.over) if column.over else None,
                list(column.plus),
                list(column.minus) if column.minus else None,
            ]
            for column in report.columns
        ],
        "rows": [_freeze_row(row) for row in report.rows],
        "total": _freeze_row(report.total),
        "notes": [str(text) for text in report.notes],
        "findings": [[one.rule, one.level, one.text] for one in report.findings],
        "provisional": report.provisional,
        "made_on": report.made_on.isoformat(),
    }


def thaw(kept: Mapping, place: Place | None) -> Report:
    """The table as it was signed."""
    return Report(
        code=kept["code"],
        title=kept["title"],
        place=place,
        year=kept["year"],
        columns=tuple(_thaw_column(*one) for one in kept["columns"]),
        rows=tuple(_thaw_row(row) for row in kept["rows"]),
        total=_thaw_row(kept["total"]),
        notes=tuple(kept["notes"]),
        findings=tuple(Finding(*one) for one in kept["findings"]),
        provisional=kept["provisional"],
        made_on=datetime.date.fromisoformat(kept["made_on"]),
    )


def checksum(tables: Mapping, narrative: Sequence) -> str:
    """SHA-256 of tables and text in one canonical writing."""
    text = json.dumps([tables, narrative], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def is_intact(report: SignedReport) -> bool:
    """Is what is kept what was signed?"""
    return report.checksum == checksum(report.tables, report.narrative)


# --- Preparing


@dataclass(frozen=True)
class Prepared(Judged):
    """Everything a signer looks at: the tables and what the rules found in them, each with a key."""

    place: Place | None
    year: int
    tables: tuple[Report, ...]
    findings: tuple[tuple[str, Finding], ...]


def prepare(place: Place | None, year: int) -> Prepared:
    """All tables of a place and year as an official paper says them, with everything the rules find, each once.

    Who sums up others is also told whose report is missing, and what the records say otherwise than those signed.
    """
    with official_language():
        tables = tuple(build_report(code, place, year, show_pending=False) for code in TABLES)
        found: dict[str, Finding] = {}
        for finding in (*findings_for(place, year, tables=tables), *report_findings(place, year)):
            found.setdefault(key_of(finding), finding)
    return Prepared(place, year, tables, tuple(found.items()))


def latest(place: Place | None, year: int) -> YearReport | None:
    """The newest version, whatever became of it."""
    return YearReport.objects.filter(place=place, year=year).order_by("-version").first()


# --- Signing and answering


def kept_findings(prepared: Judged, explanations: Mapping[str, str] | None) -> list[dict]:
    """What the rules found, as it is kept with a signature: each warning with the reason given for it.

    `explanations`: finding key → why the figure is right all the same. Raises FindingsOpen for an error, and for a
    warning without a reason.
    """
    if prepared.errors:
        raise FindingsOpen(_("Còn số liệu sai, chưa ký được. Hãy sửa những chỗ được nêu."), prepared.errors)
    reasons = {key: clean(text)[:500] for key, text in (explanations or {}).items()}
    open_ones = [(key, one) for key, one in prepared.warnings if not reasons.get(key)]
    if open_ones:
        raise FindingsOpen(_("Có cảnh báo chưa được giải thích. Hãy ghi lý do cho từng cảnh báo."), open_ones)
    return [
        {"rule": one.rule, "level": one.level, "message": one.text, "reason": reasons.get(key, "")}
        for key, one in prepared.findings
    ]


def check_new_version(before: SignedReport | None, reason: str) -> None:
    """Raises RecognitionError when there is a version already and nobody says why another one is signed."""
    if before is not None and not reason:
        raise RecognitionError(
            _("Báo cáo này đã có bản %(version)d; hãy ghi lý do lập bản mới.") % {"version": before.version}
        )


def sealed(
    *,
    actor: User,
    tables: Sequence[Report],
    narrative: list[dict],
    findings: list[dict],
    before: SignedReport | None,
    reason: str,
    signer_title: str,
    at: datetime.datetime,
) -> dict:
    """The fields of a SignedReport: tables frozen, checksum over them and the text, version, signer."""
    frozen = {table.code: freeze(table) for table in tables}
    return {
        "version": before.version + 1 if before else 1,
        "reason": reason if before else "",
        "tables": frozen,
        "narrative": narrative,
        "findings": findings,
        "checksum": checksum(frozen, narrative),
        "signer_title": signer_title[:150],
        "signed_by": actor,
        "signed_by_name": actor.full_name,
        "signed_at": at,
    }


def lock_signing(place: Place | None) -> None:
    """Until the end of the transaction two signatures of one place follow one another."""
    if place is not None:
        Place.objects.select_for_update().get(pk=place.pk)
    else:
        wait_turn("recognition.year_report")  # the nation has no row of its own


@transaction.atomic
def sign_and_send(
    *,
    actor: User,
    place: Place | None,
    year: int,
    signer_title: str,
    texts: Sequence[str] = (),
    explanations: Mapping[str, str] | None = None,
    reason: str = "",
    prepared: Prepared | None = None,
) -> YearReport:
    """Freeze all tables, sign them and send them upward (the nation's stays). Signed already: a version with a reason.

    prepared: tables and findings made after `lock_signing` in this very transaction; without it they are made here.

    `texts`: one per heading of the outline. `explanations`: finding key → why the figure is right all the same. Raises
    NotPermitted; FindingsOpen for errors, and for warnings without a reason; RecognitionError.
    """
    if not may_sign(actor, place):
        raise NotPermitted(not_yours(place))
    if year > timezone.localdate().year:
        raise RecognitionError(_("Năm %(year)d chưa đến nên chưa ký báo cáo được.") % {"year": year})
    signer_title, reason = clean(signer_title), clean(reason)[:500]
    if not signer_title:
        raise RecognitionError(_("Hãy ghi chức vụ người ký."))
    lock_signing(place)
    before = latest(place, year)
    check_new_version(before, reason)
    prepared = prepared or prepare(place, year)
    findings = kept_findings(prepared, explanations)
    return YearReport.objects.create(
        place=place,
        year=year,
        state=YearReportState.SENT if place else YearReportState.SIGNED,
        **sealed(
            actor=actor,
            tables=prepared.tables,
            narrative=_written(prepared, texts),
            findings=findings,
            before=before,
            reason=reason,
            signer_title=signer_title,
            at=now(),
        ),
    )


def _written(prepared: Prepared, texts: Sequence[str]) -> list[dict]:
    """The text under its headings; headings nobody wrote under keep the sentences of the figures."""
    with official_language():
        titles = outline()
    drafted = draft_narrative(prepared.place, prepared.year, prepared.tables) if len(texts) < len(titles) else []
    written = [*texts[: len(titles)], *(one["text"] for one in drafted[len(texts) :])]
    return [{"title": title, "text": text.strip()[:LONGEST_TEXT]} for title, text in zip(titles, written, strict=True)]


@transaction.atomic
def answer(*, actor: User, report: YearReport, accepted: bool, note: str = "") -> YearReport:
    """Accept a report, or return it with the reason. Raises NotPermitted, RecognitionError."""
    if not may_answer(actor, report.place):
        raise NotPermitted(_("Chỉ lãnh đạo cấp trên mới nhận hoặc trả lại báo cáo này."))
    report = YearReport.objects.select_for_update(of=("self",)).select_related("place").get(pk=report.pk)
    newest = latest(report.place, report.year)
    if newest.pk != report.pk:
        raise RecognitionError(_("Báo cáo đã có bản mới hơn; hãy xem bản %(version)d.") % {"version": newest.version})
    if report.state != YearReportState.SENT:
        raise RecognitionError(
            _("Báo cáo này đã được trả lời: %(state)s.") % {"state": YearReportState(report.state).label}
        )
    note = clean(note)[:500]
    if not accepted and not note:
        raise RecognitionError(_("Hãy ghi lý do trả lại."))
    report.state = YearReportState.ACCEPTED if accepted else YearReportState.RETURNED
    report.answer_note = note
    report.answered_by_name, report.answered_at = actor.full_name, now()
    report.save(update_fields=["state", "answer_note", "answered_by_name", "answered_at"])
    return report


# --- Closing for changes


@transaction.atomic
def lock_year(*, year: int, locked: bool = True) -> Season:
    """Close a year for every change of dossiers, or open it again. Raises RecognitionError before the year is over."""
    if locked and year >= timezone.localdate().year:
        raise RecognitionError(_("Năm %(year)d chưa kết thúc nên chưa khóa sổ được.") % {"year": year})
    season, _created = Season.objects.get_or_create(
        year=year, defaults={"opens_on": datetime.date(year, 1, 1), "closes_on": datetime.date(year, 12, 31)}
    )
    season.is_closed = locked
    season.save(update_fields=["is_closed"])
    return season
