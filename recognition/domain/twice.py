"""The same thing sent twice: a slow line, a page sent again after Back. What has no rule of its own against a second
one asks here, so that sessions are counted once and nobody gets a letter twice."""

from __future__ import annotations

from django.db.models import QuerySet

from portal.lib.locks import wait_turn
from recognition.domain.errors import RecognitionError
from units.models import Place


def wait_for_others(place: Place | None = None) -> None:
    """Until the end of the transaction those who enter such things of a place follow one another; without a place, of
    the country. Other places go on meanwhile: a letter to every ward below, or a long list, takes its time."""
    wait_turn(f"recognition.twice.{place.pk}" if place else "recognition.twice")


def refuse_second(same: QuerySet, sentence: str, *, place: Place | None) -> None:
    """Raises RecognitionError with the sentence when one of `same`, which are of `place`, stands already. Inside a
    transaction."""
    wait_for_others(place)
    if same.exists():
        raise RecognitionError(sentence)
