"""Which places' rows make up a place in a year: itself, and before it existed the places that went wholly into it.

Facts stay with the place of their time, so a merged ward has no rows of its own for the years before. Whole
successions are summed; partial ones are never split by guess, they are named as not counted.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from units.choices import Level
from units.domain.places import lineage
from units.models import Place, Succession
from units.rules import predecessors


@dataclass(frozen=True)
class Extent:
    """The places behind one place's figures of `year`. `ids` are places of the same level; None is the nation."""

    place: Place | None
    year: int
    ids: tuple[int, ...] = ()
    predecessors: tuple[Place, ...] = ()  # those that stood on 31 December of the year, when the place did not yet
    partial: tuple[Place, ...] = ()  # went into the place only in part: not counted
    successors: tuple[Place, ...] = field(default=())  # when the place had ended before 31 December of the year

    @property
    def day(self) -> datetime.date:
        """The day places and registrants are counted: 31 December."""
        return datetime.date(self.year, 12, 31)

    @property
    def is_before(self) -> bool:
        """The place did not exist yet at the end of the year."""
        return self.place is not None and self.place.valid_from is not None and self.place.valid_from > self.day

    @property
    def is_after(self) -> bool:
        """The place had ended before the end of the year."""
        return self.place is not None and self.place.valid_to is not None and self.place.valid_to < self.day

    def notices(self) -> list[str]:
        """Sentences a reader needs beside the figures; none for an ordinary place and year."""
        if self.place is None:
            return []
        if self.is_after:
            into = ", ".join(str(place) for place in self.successors)
            text = _("%(place)s không còn từ ngày %(day)s.") % {
                "place": self.place,
                "day": (self.place.valid_to + datetime.timedelta(days=1)).strftime("%d/%m/%Y"),
            }
            return [text + " " + _("Đơn vị kế thừa: %s.") % into if into else text]
        if not self.is_before:
            return []
        names = {"year": self.year, "place": self.place}
        found = []
        if self.predecessors:
            found.append(
                _("Năm %(year)d %(place)s chưa thành lập; số liệu là tổng các đơn vị tiền thân: %(names)s.")
                % {**names, "names": ", ".join(full_name(place) for place in self.predecessors)}
            )
        else:
            found.append(
                _("Năm %(year)d %(place)s chưa thành lập và chưa có đơn vị tiền thân nào được ghi nhận.") % names
            )
        if self.partial:
            found.append(
                _("Không tính các đơn vị chỉ nhập một phần vào %(place)s: %(names)s.")
                % {**names, "names": ", ".join(full_name(place) for place in self.partial)}
            )
        return found


def full_name(place: Place) -> str:
    """A place with the place above it, as it then stood: "Phường 15 (Quận 10)"."""
    return f"{place} ({place.ancestors[-1]})" if place.ancestors else str(place)


def name_under(place: Place, above: Place | None) -> str:
    """The same where figures in brackets follow, so it has none of its own: "Phường 1, Quận 10". Until 2025 every
    district had its "Phường 1"; nothing is added without a place above."""
    return f"{place}, {above}" if above else str(place)


def extent_of(place: Place | None, year: int) -> Extent:
    """The places whose rows make up `place` in `year`. No query for a place that stood all that year."""
    if place is None:
        return Extent(None, year)
    own = Extent(place, year, (place.pk,))
    if own.is_after:
        links = Succession.objects.filter(from_place=place).select_related("to_place")
        after = tuple(link.to_place for link in links.order_by("to_place__sort_key", "to_place_id"))
        return Extent(place, year, (place.pk,), successors=after)
    if place.valid_from is None or place.valid_from.year < year:
        return own
    # In the year of a merger, work done before it stands with the predecessors and still belongs to the year.
    ids = tuple(sorted(predecessors({place.pk})))
    former = lineage(place, own.day) if own.is_before else []
    return Extent(
        place,
        year,
        ids,
        predecessors=tuple(one.place for one in former if not one.partial),
        partial=tuple(one.place for one in former if one.partial),
    )


def child_level(place: Place | None) -> str | None:
    """Level of the rows below: nation → provinces … commune → hamlets; a hamlet has none."""
    return Level.PROVINCE if place is None else place.child_level
