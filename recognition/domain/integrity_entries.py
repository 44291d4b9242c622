"""The one-time links against what was entered by them, when, and the dossiers they belong to."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from recognition.choices import EntryState
from recognition.domain.entry_links import MOST_ATTEMPTS
from recognition.domain.integrity_faults import Fault, faults, rows_of
from recognition.models import Rulebook

_ENDED = "('WITHDRAWN', 'RECOGNISED', 'REFUSED')"
# (condition on a link l of a dossier r, what is wrong). Moments are compared only where both are told.
_CONTRADICTIONS = (
    (
        "l.state IN ('OPEN', 'REVOKED', 'LOCKED') AND (l.sent_at IS NOT NULL OR cardinality(l.scores) > 0"
        " OR l.total_half IS NOT NULL)",
        "used",
    ),
    ("l.state NOT IN ('OPEN', 'REVOKED', 'LOCKED') AND (cardinality(l.scores) = 0 OR l.total_half IS NULL)", "empty"),
    ("l.state IN ('OPEN', 'SENT', 'LOCKED') AND (l.decided_at IS NOT NULL OR l.decided_by_name <> '')", "early"),
    (
        "l.state IN ('ACCEPTED', 'CHANGED', 'REFUSED', 'REVOKED') AND (l.decided_at IS NULL OR l.decided_by_name = '')",
        "nobody",
    ),
    ("l.sent_at < l.created_at OR l.decided_at < coalesce(l.sent_at, l.created_at)", "order"),
    (f"(l.sent_at AT TIME ZONE '{settings.TIME_ZONE}')::date > l.expires_on", "late"),
    (f"(l.state = 'LOCKED') <> (l.attempts >= {MOST_ATTEMPTS}) AND l.state IN ('OPEN', 'SENT', 'LOCKED')", "lock"),
    (
        "l.state IN ('ACCEPTED', 'CHANGED') AND NOT EXISTS (SELECT 1 FROM recognition_assessment a"
        " WHERE a.registration_id = l.registration_id AND a.stage = 'SELF')",
        "unused",
    ),
    (f"r.state IN {_ENDED} AND greatest(l.created_at, l.sent_at) > r.state_at", "ended"),
)


def entries() -> list[Fault]:
    """Links that contradict themselves, their sheet or their dossier."""
    cases = " UNION ALL ".join(
        f"SELECT {number} AS kind, l.id, l.registration_id, l.state FROM recognition_entrylink l"
        f" JOIN recognition_registration r ON r.id = l.registration_id WHERE {condition}"
        for number, (condition, _name) in enumerate(_CONTRADICTIONS)
    )
    rows = rows_of(f"SELECT * FROM ({cases}) f ORDER BY kind, id")
    texts = {
        "used": _("chưa gửi mà đã có điểm hoặc lúc gửi"),
        "empty": _("đã gửi mà không có điểm"),
        "early": _("chưa ai xác nhận mà đã ghi người hoặc lúc xác nhận"),
        "nobody": _("không ghi ai xác nhận, lúc nào"),
        "order": _("các mốc thời gian ngược nhau"),
        "late": _("được gửi sau ngày hết hạn"),
        "lock": _("số lần gửi sai không khớp việc khóa"),
        "unused": _("đã nhận mà hồ sơ không có điểm tự chấm"),
        "ended": _("được làm hoặc gửi sau khi hồ sơ đã kết thúc"),
    }
    found = faults(
        "entries",
        rows,
        lambda row: (
            _("Liên kết tự chấm %(link)d (%(state)s) của hồ sơ %(registration)d %(wrong)s.")
            % {
                "link": row[1],
                "registration": row[2],
                "state": EntryState(row[3]).label,
                "wrong": texts[_CONTRADICTIONS[row[0]][1]],
            }
        ),
    )
    return found + _sheets()


def _sheets() -> list[Fault]:
    """Waiting sheets that have not as many points as their rulebook has criteria."""
    kept = rows_of(
        "SELECT r.rulebook_id, cardinality(l.scores), min(l.id), count(*) FROM recognition_entrylink l"
        " JOIN recognition_registration r ON r.id = l.registration_id WHERE l.state = 'SENT'"
        " AND cardinality(l.scores) > 0 GROUP BY 1, 2 ORDER BY 3"
    )
    rulebooks = Rulebook.objects.in_bulk({row[0] for row in kept})
    wrong = [row for row in kept if len(rulebooks[row[0]].spec.leaves) != row[1]]
    return faults(
        "entries",
        wrong,
        lambda row: (
            _("Phiếu chờ xác nhận %(link)d có %(count)d mục điểm, bộ tiêu chí %(code)s có %(right)d mục.")
            % {
                "link": row[2],
                "count": row[1],
                "code": rulebooks[row[0]].code,
                "right": len(rulebooks[row[0]].spec.leaves),
            }
        ),
    )


CHECKS = {"entries": entries}
