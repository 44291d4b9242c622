"""Minutes of a visit (biên bản kiểm tra) as plain values, for the screen, for papers and for the seal.

    values = minutes_of(visit)    # a dict of texts, numbers, lists: what json can keep; days as "2017-12-18"

Once the team has signed, the values are those kept at that moment, not today's.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

from portal.lib.language import in_official_language
from recognition import outliers
from recognition.choices import SampleFrame, SampleResult, VisitState
from recognition.domain.sampling import drawn_rows
from recognition.models import InspectionSample, InspectionSheet, InspectionVisit, Rulebook
from recognition.scoring import NOT_APPLICABLE

SIGNED = (VisitState.TEAM_SIGNED, VisitState.SIGNED)


def minutes_of(visit: InspectionVisit) -> dict:
    """The minutes: kept ones once signed, else as things stand now. Fixed number of queries."""
    return visit.minutes if visit.state in SIGNED else current_minutes(visit)


@in_official_language
def current_minutes(visit: InspectionVisit) -> dict:
    """What the minutes would say if they were signed now."""
    team, place = visit.inspection, visit.place
    sheets = list(
        InspectionSheet.objects.filter(visit=visit, concluded_at__isnull=False)
        .select_related("registration__registrant")
        .prefetch_related("scores")
        .order_by("registration__registrant__sort_key", "registration_id")
    )
    rulebooks = Rulebook.objects.in_bulk({sheet.registration.rulebook_id for sheet in sheets})
    found = [_sheet(sheet, rulebooks[sheet.registration.rulebook_id]) for sheet in sheets]
    return {
        "model": str(team.get_model_display()),
        "year": team.year,
        "place": place.name,
        "place_above": place.parent.name if place.parent else "",
        "by": team.place.name,
        "decision_number": team.decision_number,
        "decision_on": _day(team.decision_on),
        "members": [{"name": one.name, "is_lead": one.is_lead} for one in team.members.all()],
        "visited_on": _day(visit.visited_on),
        "window_from": _day(visit.window_from),
        "window_to": _day(visit.window_to),
        "findings": visit.findings,
        "sheets": found,
        "sample": _sample(visit),
        "actions": [
            {"code": one.code, "text": one.text, "due_on": _day(one.due_on), "responsible": one.responsible}
            for one in visit.actions.all()
        ],
        "gaps": [
            finding.message
            for one in found
            if one["own"] is not None
            for finding in outliers.score_gap(
                one["name"], own=Decimal(str(one["own"])), inspected=Decimal(str(one["inspected"]))
            )
        ],
    }


def _day(day) -> str:
    return day.isoformat() if day else ""


def _points(half: int | None) -> float | None:
    return None if half is None else half / 2


def _sheet(sheet: InspectionSheet, rulebook: Rulebook) -> dict:
    """One dossier: both totals and every criterion with both scores and the finding."""
    spec = rulebook.spec
    kept = {score.code: score for score in sheet.scores.all()}
    own = (
        dict(zip(spec.leaf_codes, sheet.self_scores, strict=True)) if len(sheet.self_scores) == len(spec.leaves) else {}
    )
    criteria = []
    for depth, criterion in spec.walk():
        score = kept.get(criterion.code)
        criteria.append(
            {
                "code": criterion.code,
                "title": criterion.title,
                "depth": depth,
                "is_leaf": criterion.is_leaf,
                "max": float(criterion.maximum),
                "own": _cell(own.get(criterion.code)) if criterion.is_leaf else None,
                "inspected": _cell(score.half if score else None) if criterion.is_leaf else None,
                "remark": score.remark if score else "",
            }
        )
    return {
        "registration": sheet.registration_id,
        "name": sheet.registration.registrant.name,
        "rulebook": rulebook.title,
        "provisional": spec.provisional,
        "by_levels": spec.by_levels,
        "own": _points(sheet.self_half),
        "inspected": _points(sheet.total_half),
        "gap": None if sheet.self_half is None else (sheet.total_half - sheet.self_half) / 2,
        "result": str(sheet.result_text),
        "criteria": criteria,
    }


def _cell(half: int | None):
    """Points of a criterion; "na" when it does not apply."""
    return "na" if half == NOT_APPLICABLE else _points(half)


def _sample(visit: InspectionVisit) -> dict | None:
    sample = InspectionSample.objects.filter(visit=visit).defer("frame_ids").first()
    if sample is None:
        return None
    rows = drawn_rows(visit)
    found = [
        {
            "position": row.position,
            "name": row.registrant.name,
            "address": getattr(getattr(row.registrant, "household", None), "address", ""),
            "result": row.result,
            "result_text": str(row.get_result_display()) if row.result else "",
            "note": row.note,
            "replaced": hasattr(row, "replaced_by"),
            "stands_for": row.replaces.registrant.name if row.replaces else "",
            "reason": row.reason,
        }
        for row in rows
    ]
    counts = {
        str(result).lower(): sum(one["result"] == result and not one["replaced"] for one in found)
        for result in SampleResult.values
    }
    return {
        "frame": str(SampleFrame(sample.frame).label),
        "size": sample.size,
        "seed": sample.seed,
        "frame_count": sample.frame_count,
        "frame_hash": sample.frame_hash,
        "rows": found,
        **counts,
    }


def seal_of(visit: InspectionVisit) -> str:
    """sha256 over the kept minutes and whoever has signed so far; `check_integrity` computes it again."""
    signed = {
        "minutes": visit.minutes,
        "team": [visit.team_signed_name, visit.team_signed_at.isoformat() if visit.team_signed_at else ""],
    }
    if visit.place_signed_at:
        signed["place"] = [
            visit.place_signed_name,
            visit.place_signed_at.isoformat(),
            visit.place_agrees,
            visit.place_opinion,
        ]
    return hashlib.sha256(json.dumps(signed, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
