"""Recognitions of many years at once: how one comes about is walked elsewhere; here only their years matter."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.utils import timezone

from recognition.choices import DecisionState, LearningModel, State
from recognition.domain.rulebooks import rulebook_for
from recognition.models import Award, Decision, Registration, Rulebook
from units.models import Place, Registrant


def recognise(
    registrant: Registrant,
    years: Iterable[int],
    *,
    model: str = LearningModel.FAMILY,
    place: Place | None = None,
    valid_years: int = 1,
    rank: str = "",
) -> list[Award]:
    """A recognition of `registrant` in each year, as it stood in `place` (where it stands now by default)."""
    place = place or registrant.place
    facts = place.fact_ids
    made = []
    for year in years:
        rulebook = rulebook_for(model, year, place.province) or Rulebook.objects.filter(model=model).first()
        row = Registration.objects.create(
            registrant=registrant,
            model=model,
            year=year,
            rulebook=rulebook,
            state=State.RECOGNISED,
            state_at=timezone.now(),
            self_half=180,
            passed=True,
            rank=rank,
            **facts,
        )
        signed = datetime.date(year, 12, 20)
        body = place.commune or place
        decision, _new = Decision.objects.get_or_create(
            place=body,
            model=model,
            year=year,
            symbol="QĐ-UBND",
            state=DecisionState.ISSUED,
            defaults={
                "authority": f"Ủy ban nhân dân {body.name}",
                "number": 1000 + Decision.objects.count(),
                "number_year": year,
                "signed_on": signed,
                "signer": "A",
                "signer_title": "Chủ tịch",
                "issued_at": timezone.now(),
            },
        )
        made.append(
            Award.objects.create(
                registration=row,
                decision=decision,
                registrant=registrant,
                model=model,
                year=year,
                rank=rank,
                total_half=180,
                valid_from=signed,
                valid_until=datetime.date(year + valid_years, 12, 31),
                **facts,
            )
        )
    return made
