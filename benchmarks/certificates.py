"""A thousand certificates as PDF (target T8): from records to file, against the bare typesetter with ready rows."""

from __future__ import annotations

import itertools
import json

from django.db import connection

from benchmarks import compare
from portal.lib import pdf
from recognition import papers
from recognition.domain.generating import generate, plan
from recognition.models import Certificate, Decision

SIZES = {"small": 200, "full": 1_000}
TARGET = 1.2


def run(scale: str) -> list[dict]:
    """One result: a batch of certificates of one decision."""
    count = SIZES[scale]
    generate(plan(scale="ward", years=1, seed=1, households=count * 5))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.decision_id FROM recognition_certificate c JOIN recognition_award a ON a.id = c.award_id"
            " GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        )
        (decision_pk,) = cursor.fetchone()
    decision = Decision.objects.select_related("place").get(pk=decision_pk)
    ids = list(
        Certificate.objects.filter(award__decision=decision).order_by("number").values_list("pk", flat=True)[:count]
    )
    ready = _caught(decision, ids)
    turns = itertools.count()  # another signer each time: the typesetter remembers pages it has set before

    def work():
        decision.signer = f"Nguyễn Văn {next(turns)}"
        papers.certificates_pdf(decision, Certificate.objects.filter(pk__in=ids))

    def floor():
        pdf.compile("certificate.typ", ready | {"signer": f"Nguyễn Văn {next(turns)}"})

    return [
        compare(
            f"{len(ids):,} certificates as PDF",
            work=work,
            floor=floor,
            target=TARGET,
            repeats=3,
            note="floor: the typesetter alone, rows and QR codes ready",
        )
    ]


def _caught(decision, ids) -> dict:
    """What the typesetter is given, taken on its way there."""
    caught = {}
    real = pdf.compile

    def catch(template, data):
        caught.update(json.loads(json.dumps(data)))
        return b""

    pdf.compile = catch
    try:
        papers.certificates_pdf(decision, Certificate.objects.filter(pk__in=ids))
    finally:
        pdf.compile = real
    return caught
