"""The same thing sent twice: a slow line, a page sent again after Back. What has no rule of its own against a second
one asks here, so that sessions are counted once and nobody gets a letter twice."""

from __future__ import annotations

from django.db.models import QuerySet

from portal.lib.locks import wait_turn
from recognition.domain.errors import RecognitionError


def wait_for_others() -> None:
    """Until the end of the transaction those who enter such things follow one another; they are few and quick."""
    wait_turn("recognition.twice")


def refuse_second(same: QuerySet, sentence: str) -> None:
    """Raises RecognitionError with the sentence when one of `same` stands already. Inside a transaction."""
    wait_for_others()
    if same.exists():
        raise RecognitionError(sentence)
