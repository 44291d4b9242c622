"""Invented registers below real communes, as large as wanted: for benchmarks and for trying the portal at full size.

Everything a year leaves behind is there (places, stays, dossiers, scores, meetings, proposals, decisions, awards,
certificates), written set-based with history and tallies on, so `check_integrity` finds nothing. Same seed, same data,
except certificate tokens, ids and moments. Facts stand in the places of their time; see `places`.
"""

from recognition.domain.generating.plan import SCALES, Plan, plan
from recognition.domain.generating.run import Generated, generate

__all__ = ["SCALES", "Generated", "Plan", "generate", "plan"]
