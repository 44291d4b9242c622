"""Find places by what people type, and say which place is meant."""

from __future__ import annotations

import datetime
import re

from django.db.models import BooleanField, Case, CharField, F, Func, IntegerField, Q, Value, When
from django.db.models.functions import Concat, Length
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.lib.text import clean, fold, natural_key
from units.choices import HamletKind
from units.models import Place

# What people type for what is written.
_ALIASES = {
    "hcm": "ho chi minh",
    "tphcm": "thanh pho ho chi minh",
    "sg": "ho chi minh",
    "hn": "ha noi",
    "tp": "thanh pho",
    "tx": "thi xa",
    "tt": "thi tran",
    "kp": "khu pho",
    "tdp": "to dan pho",
}
_NUMBERED = re.compile(r"^(p|q|kp|tdp)0*(\d{1,3})$")
_NUMBER_WORDS = {"p": "phuong", "q": "quan", "kp": "khu pho", "tdp": "to dan pho"}
BELOW, SCATTERED = 4, 5  # the two weakest ranks of a match
_KINDS = ["phuong", "xa", "dac khu", "thi tran", "quan", "huyen", "thi xa", "thanh pho", "tinh"]
_KIND_PREFIX = "^({}) +".format("|".join([*_KINDS, *(fold(kind) for kind in HamletKind.values)]))


def search_words(text: str) -> str:
    """Typed text as it is searched: folded, abbreviations written out ("P15 Q10" → "phuong 15 quan 10")."""
    words = []
    for word in fold(text).split():
        numbered = _NUMBERED.match(word)
        words.append(f"{_NUMBER_WORDS[numbered[1]]} {numbered[2]}" if numbered else _ALIASES.get(word, word))
    return " ".join(words)[:200]


def _starts_with(text, beginning) -> Func:
    return Func(text, beginning, function="starts_with", output_field=BooleanField())


def search(places, text: str, *, near: Q | None = None, today: datetime.date | None = None):
    """Rows of the queryset `places` that match the typed text, best first; a code matches too.

    Every word must start a word of the place's name or of a place above it. Places of today come before former ones;
    then a name that is the text, a text that goes on after the name ("hoa hung hcm"), a name that starts with the text,
    one that contains it, and the places below a match. Last of all those where the words stand scattered. Among equals
    those of `near` come first: every ward has a Khu phố 2, and mostly one's own is meant.
    """
    today = today or timezone.localdate()
    typed, code = search_words(text), clean(text)
    if not typed:
        return places.none()
    key = natural_key(typed)
    words = typed.split()
    named = Q()
    for word in words[:-1]:
        # A finished number is meant exactly: "quận 1" is not Quận 10. The last one may still be unfinished.
        named &= Q(search_name__regex=rf"\m{word}\M" if word.isdecimal() else rf"\m{word}")
    named &= Q(search_name__regex=rf"\m{words[-1]}")
    goes_on = Value(f"{key} ")
    # Marks somebody took the trouble to type decide between equals: "Bình Thành" before Bình Thạnh.
    marked = When(name__icontains=code, then=0) if fold(code) != code.lower() else When(pk__isnull=False, then=0)
    return (
        places.filter(named | Q(code__iexact=code))
        .annotate(
            bare_name=Func(
                F("sort_key"), Value(_KIND_PREFIX), Value(""), function="regexp_replace", output_field=CharField()
            ),
            former=Case(When(valid_to__lt=today, then=1), default=0, output_field=IntegerField()),
            rank=Case(
                When(Q(code__iexact=code) | Q(sort_key=key) | Q(bare_name=key), then=0),
                When(_starts_with(goes_on, Concat("sort_key", Value(" "))), then=1),
                When(_starts_with(goes_on, Concat("bare_name", Value(" "))), then=1),
                When(Q(sort_key__startswith=key) | Q(bare_name__startswith=key), then=2),
                When(sort_key__contains=key, then=3),
                When(search_name__regex=rf"\m{typed}", then=BELOW),
                default=SCATTERED,
                output_field=IntegerField(),
            ),
        )
        .annotate(scattered=Case(When(rank=SCATTERED, then=1), default=0, output_field=IntegerField()))
        .order_by(
            "scattered",
            "former",
            "rank",
            Case(When(near or Q(pk__isnull=False), then=0), default=1, output_field=IntegerField()),
            Case(marked, default=1, output_field=IntegerField()),
            Length("bare_name"),
            "sort_key",
            "search_name",
            "pk",
        )
    )


def best(found: list[Place]) -> list[Place]:
    """Search results without those whose words are only scattered, unless there is nothing else."""
    return [place for place in found if place.rank != SCATTERED] or found


def with_names_above(places):
    """`places` with everything their label needs, in one query."""
    return places.select_related("province", "district", "commune")


def place_label(place: Place, *, today: datetime.date | None = None) -> str:
    """ "Phường Hòa Hưng, Thành phố Hồ Chí Minh"; former places end in "(cũ, đến 30/06/2025)"."""
    label = ", ".join(step.name for step in (place, *reversed(place.ancestors)))
    return f"{label} {former_mark(place, today=today)}".strip()


def former_mark(place: Place, *, today: datetime.date | None = None) -> str:
    """ "(cũ, đến 30/06/2025)" for a place that no longer exists, otherwise nothing."""
    if place.valid_to is None or place.valid_to >= (today or timezone.localdate()):
        return ""
    return _("(cũ, đến %(date)s)") % {"date": date_format(place.valid_to, "SHORT_DATE_FORMAT")}
