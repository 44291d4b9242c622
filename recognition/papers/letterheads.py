"""Head, signature and archive line of a place's papers: what the place has set, else what its name gives."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils import timezone

from portal.lib import paper, pdf
from recognition.choices import CertificateLayout, IssuingBody
from recognition.models import Letterhead
from units.choices import Level
from units.domain.history import DELETE
from units.models import Place

COMMITTEE, ASSOCIATION = IssuingBody.COMMITTEE, IssuingBody.ASSOCIATION
NAME = "Hội Khuyến học "
ONE_LINE = 24  # bold capitals that fit the left half of the heading


@dataclass(frozen=True)
class Head:
    """A letterhead with every empty line filled."""

    superior: str
    agency: tuple[str, ...]
    signed_for: str
    archive: str
    layout: str
    town: str

    def heading(self, number: str = "", day: datetime.date | None = None) -> paper.Heading:
        """The block at the top; without a day the line is left to be filled in by hand."""
        when = pdf.place_and_date(self.town, day) if day else f"{self.town}, ngày      tháng      năm"
        return paper.Heading(
            superior=unbroken(self.superior),
            agency=tuple(unbroken(line) for line in self.agency),
            number=number,
            place_and_date=when,
        )

    @property
    def name(self) -> str:
        """The body in running text."""
        return " ".join(self.agency)


def unbroken(line: str) -> str:
    """A line of the narrow heading that breaks before the place's name, not within it, where the name fits a line."""
    name = line.removeprefix(NAME)
    return NAME + name.replace(" ", "\N{NO-BREAK SPACE}") if name != line and len(name) <= ONE_LINE else line


def head_of_nation() -> Head:
    """The letterhead of the national association."""
    return Head(
        superior="",
        agency=("Hội Khuyến học Việt Nam",),
        signed_for="",
        archive="Lưu: VT.",
        layout=CertificateLayout.CLASSIC,
        town="Hà Nội",
    )


def head_of(place: Place, body: str, at: datetime.datetime | None = None) -> Head:
    """The letterhead of a place for one of its two bodies (one query, two with `at`).

    `at`: when a paper was sent or signed; printed again, it bears the head of that day. What a place sets up first
    counts for its earlier papers too: nothing had been said before. How certificates are laid out is a matter of the
    sheets in the printer, so it is always what is wanted now.
    """
    now = Letterhead.objects.filter(place=place, body=body).first()
    kept = now if at is None or now is None else _as_of(now, at)
    superior, agency = defaults(place, body)
    if kept and kept.agency:
        agency = tuple(line.strip() for line in kept.agency.split("|") if line.strip())
    town = place.commune if place.level == Level.HAMLET and place.commune else place
    return Head(
        superior=kept.superior if kept and kept.superior else superior,
        agency=agency,
        signed_for=kept.signed_for if kept else "",
        archive=kept.archive if kept and kept.archive else "Lưu: VT.",
        layout=now.certificate_layout if now else CertificateLayout.CLASSIC,
        town=pdf.short_place_name(town.name),
    )


def _as_of(now: Letterhead, at: datetime.datetime):
    """The version of a letterhead at the end of the day of `at`, from its history."""
    day = timezone.localdate(at)
    versions = list(now.events.exclude(pgh_label=DELETE).order_by("pgh_id"))
    then = [one for one in versions if timezone.localdate(one.pgh_created_at) <= day]
    return then[-1] if then else versions[0] if versions else now


def defaults(place: Place, body: str) -> tuple[str, tuple[str, ...]]:
    """(superior, agency lines): a People's Committee writes its own name only; an association its superior's above."""
    if body == COMMITTEE:
        return "", ("Ủy ban nhân dân", place.name)
    if place.level == Level.HAMLET and place.commune:
        return f"Hội Khuyến học {place.commune.name}", (f"Chi hội {place.name}",)
    above = place.parent
    return (f"Hội Khuyến học {above.name}" if above else ""), (f"Hội Khuyến học {place.name}",)
