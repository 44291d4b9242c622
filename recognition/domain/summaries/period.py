"""The summary of several years (tổng kết 5 năm) as in articles 000 and 001: every figure by year, and the text.

Counts are those of TK-01 … TK-06 and TK-08 of each year: kept tallies, declared figures where no records exist. Before
a place existed they are those of the places that went whole into it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.language import in_official_language
from portal.lib.locks import wait_turn
from portal.lib.moments import moment
from portal.lib.numbers import number, percent_value
from portal.lib.text import clean
from recognition.choices import LearningModel
from recognition.domain.all_models import kept_by_model, models_of
from recognition.domain.association import FIGURES, AssociationRow, TrainedShare, association_rows, trained_share
from recognition.domain.declared import declared_within, models_declared, with_declared
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.extents import extent_of, full_name
from recognition.domain.honours.forms import may_keep_lists
from recognition.domain.poverty import PovertyShare, poverty_of
from recognition.domain.tallies import Figures, share
from recognition.domain.targets import TargetFor, targets_for
from recognition.honour_choices import CommendationKind, CommendationState, Honouree
from recognition.models import AssociationYear, Commendation, DeclaredFigure, PeriodSummary
from units.choices import Level, Role
from units.models import Place, User
from units.rules import role_scope

LONGEST, USUAL = 10, 5
LONGEST_TEXT = 10_000
GROUPS = {Honouree.COLLECTIVE: "collectives", Honouree.INDIVIDUAL: "individuals"}  # of declared commendations


@dataclass(frozen=True)
class Given:
    """Commendations of one year by kind and by whom; `declared`: sources, when only their totals are known."""

    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    declared: tuple[str, ...] = ()

    def of(self, honouree: str, kind: str | None = None) -> int:
        """How many, of one kind or of all."""
        return sum(n for (one, who), n in self.counts.items() if who == honouree and kind in (None, one))


@dataclass(frozen=True)
class Period:
    """Everything the summary says of a place (None: the nation), by year."""

    place: Place | None
    first: int
    last: int
    models: tuple[LearningModel, ...]
    figures: dict[tuple[str, int], Figures]
    targets: dict[tuple[str, int], TargetFor]
    given: dict[int, Given]
    association: dict[int, AssociationRow]
    trained: dict[int, TrainedShare]
    poverty: dict[int, PovertyShare]
    notices: tuple[str, ...]

    @property
    def years(self) -> range:
        return range(self.first, self.last + 1)

    def known(self, model: str) -> list[int]:
        """Years with anything registered or recognised."""
        return [year for year in self.years if self.figures[model, year].has_dossiers]


def usual_period(year: int) -> tuple[int, int]:
    """The five years that end with `year`."""
    return year - USUAL + 1, year


def no_period() -> str:
    """What to say of years that make no period."""
    return _("Giai đoạn phải từ 2 đến 10 năm, năm đầu trước năm cuối và không quá năm nay.")


def check_period(first: int, last: int) -> None:
    """Raises RecognitionError for years that make no period."""
    if not 1 <= last - first < LONGEST or first < 1990 or last > timezone.localdate().year:
        raise RecognitionError(no_period())


def build_period(place: Place | None, first: int, last: int) -> Period:
    """All figures of a place for a period. Statements grow with the years asked for, never with rows."""
    check_period(first, last)
    years, models = range(first, last + 1), models_of(place)
    figures = kept_by_model(place, (first - 1, *years), models)  # the first year is compared, too
    targets = {}
    for year in (first - 1, *years):
        for model in models_declared(place, year, models):
            figures[model, year] = with_declared(figures[model, year], declared_within(place, year, model))
    for year in years:
        targets |= {(model, year): one for model, one in targets_for(place, year).items()}
    poverty = {one.year: one for one in poverty_of(place, last, figures[LearningModel.FAMILY, last])}
    return Period(
        place,
        first,
        last,
        tuple(models),
        figures,
        targets,
        _given(place, first, last),
        {year: _association(place, year) for year in years},
        {year: trained_share(place, year) for year in years},
        {year: poverty[year] for year in years if year in poverty},
        tuple(_notices(place, years)),
    )


def _notices(place: Place | None, years: Iterable[int]) -> list[str]:
    """What a reader must know about places: years before it existed are told together, not one by one."""
    if place is None:
        return [_("Cả nước là tổng của những nơi có hồ sơ hoặc số khai báo; nơi chưa có số liệu không ước tính.")]
    groups: dict[tuple, list] = {}
    for year in years:
        extent = extent_of(place, year)
        groups.setdefault(tuple(one.pk for one in extent.predecessors), []).append(extent)
    found: list[str] = []
    for before, extents in groups.items():
        first, *others = [text for one in extents for text in one.notices()] or [""]
        if before and len(extents) > 1:
            first = _(
                "Từ năm %(first)d đến năm %(last)d %(place)s chưa thành lập; "
                "số liệu là tổng các đơn vị tiền thân: %(names)s."
            ) % {
                "first": extents[0].year,
                "last": extents[-1].year,
                "place": place,
                "names": ", ".join(full_name(one) for one in extents[0].predecessors),
            }
            others = extents[0].notices()[1:]
        found += [first, *others]
    return [text for text in dict.fromkeys(found) if text]


def _given(place: Place | None, first: int, last: int) -> dict[int, Given]:
    """Commendations by year of their decision; a year without any in the portal takes what is declared. Two queries."""
    inside = Commendation.objects.all()
    if place is not None:  # with all that went whole into it
        inside = inside.filter(**{f"{place.fact_column}__in": extent_of(place, first).ids})
    rows = (
        inside.filter(state=CommendationState.GIVEN, roll__decision__number_year__range=(first, last))
        .values_list("roll__decision__number_year", "roll__form__kind", "honouree")
        .annotate(n=Count("pk"))
        .order_by()
    )
    counts: dict[int, dict] = {}
    for year, kind, honouree, n in rows:
        counts.setdefault(year, {})[kind, honouree] = n
    found = {year: Given(some) for year, some in counts.items()}
    groups = {group: honouree for honouree, group in GROUPS.items()}
    printed = DeclaredFigure.objects.filter(  # of exactly this place; of the nation nobody declares
        place=place, model="COMMENDATION", measure="count", group__in=groups, year__range=(first, last)
    )
    for row in printed.order_by("year", "pk"):
        if row.year not in counts:
            before = found.get(row.year, Given())
            key = (CommendationKind.OTHER, groups[row.group])
            sources = tuple(dict.fromkeys((*before.declared, row.source)))
            found[row.year] = Given({**before.counts, key: row.value}, sources)
    return {year: found.get(year, Given()) for year in range(first, last + 1)}


def _association(place: Place | None, year: int) -> AssociationRow:
    """What the association counted: of the place itself or, before it existed, the sum of what went whole into it."""
    if place is None:
        return association_rows(None, year)[1]
    extent = extent_of(place, year)
    if not extent.is_before:
        total = association_rows(place, year)[1]
        if total.reported or total.own or place.level not in (Level.COMMUNE, Level.HAMLET) or len(extent.ids) == 1:
            return total
    rows = AssociationYear.objects.filter(year=year, place__in=[pk for pk in extent.ids if pk != place.pk])
    summed = rows.aggregate(**{f"sum_{name}": Sum(name) for name in FIGURES}, reported=Count("pk"))
    values = {name: summed[f"sum_{name}"] for name in FIGURES}
    if place.level in (Level.COMMUNE, Level.HAMLET) or summed["reported"]:
        return AssociationRow(place, values, "", False, summed["reported"], len(extent.ids) - 1)
    below = AssociationYear.objects.filter(year=year, place__level=Level.COMMUNE)
    below = below.filter(**{f"place__{place.level}__in": list(extent.ids)})
    summed = below.aggregate(**{f"sum_{name}": Sum(name) for name in FIGURES}, reported=Count("pk"))
    return AssociationRow(place, {name: summed[f"sum_{name}"] for name in FIGURES}, "", False, summed["reported"], 0)


# --- The text


@in_official_language
def draft_sections(period: Period) -> list[dict]:
    """The outline of the report with sentences that say the figures; an officer goes on from there."""
    results = [_model_sentence(period, model) for model in period.models]
    others = [_given_sentence(period), _association_sentence(period), _training_sentence(period)]
    return [
        {"title": _("I. Đặc điểm tình hình"), "text": "\n".join(period.notices)},
        {"title": _("II. Công tác lãnh đạo, chỉ đạo"), "text": ""},
        {
            "title": _("III. Kết quả giai đoạn %(first)d–%(last)d") % {"first": period.first, "last": period.last},
            "text": "\n".join([*results, *_poverty_sentence(period), *(text for text in others if text)]),
        },
        {"title": _("IV. Đánh giá: ưu điểm, hạn chế, nguyên nhân, bài học"), "text": ""},
        {"title": _("V. Phương hướng, nhiệm vụ giai đoạn tới"), "text": ""},
        {"title": _("VI. Kiến nghị"), "text": ""},
    ]


def _two(value) -> str:
    return percent_value(value, 2)


def _model_sentence(period: Period, model: LearningModel) -> str:
    """ "Gia đình học tập: đăng ký 2.631 (năm 2016) → 5.557 (năm 2019), tăng 111,21%", and missing years."""
    known = period.known(model)
    if not known:
        return _("%(model)s: chưa có số liệu trong giai đoạn.") % {"model": model.label}
    first, last = known[0], known[-1]
    then, now = period.figures[model, first], period.figures[model, last]
    parts = []
    if now.shown("registered") is not None and then.shown("registered") is not None:
        text = _("năm %(year)d đăng ký %(count)s") % {"year": last, "count": number(now.registered)}
        if first != last and then.registered:
            change = share(now.registered - then.registered, then.registered)
            values = {
                "word": _("tăng") if change > 0 else _("giảm"),
                "percent": _two(abs(change)),
                "before": number(then.registered),
                "first": first,
            }
            if change:
                text += _(" (%(word)s %(percent)s so với %(before)s của năm %(first)d)") % values
            else:
                text += _(" (bằng năm %(first)d)") % values
        parts.append(text)
    if now.shown("recognised") is not None:
        text = _("được công nhận %(count)s") % {"count": number(now.recognised)}
        if now.recognised_of_total is not None:
            text += _(" trên tổng số %(total)s (%(percent)s)") % {
                "total": number(now.total),
                "percent": _two(now.recognised_of_total),
            }
            target = period.targets.get((model, last))
            if target is not None:
                gap = now.recognised_of_total - target.percent
                verb = _("đạt") if gap >= 0 else _("chưa đạt")
                text += _(", %(verb)s chỉ tiêu %(target)s") % {"verb": verb, "target": _two(target.percent)}
        parts.append(text)
    else:
        parts.append(_("chưa có số được công nhận"))
    sentence = f"{model.label}: {', '.join(parts)}."
    missing = [str(year) for year in period.years if year not in known]
    if missing:
        sentence += " " + _("Chưa có số liệu năm %(years)s.") % {"years": ", ".join(missing)}
    return sentence


def _given_sentence(period: Period) -> str:
    collectives = sum(one.of(Honouree.COLLECTIVE) for one in period.given.values())
    individuals = sum(one.of(Honouree.INDIVIDUAL) for one in period.given.values())
    if not collectives and not individuals:
        return ""
    return _("Khen thưởng trong giai đoạn: %(collectives)s tập thể, %(individuals)s cá nhân.") % {
        "collectives": number(collectives),
        "individuals": number(individuals),
    }


def _association_sentence(period: Period) -> str:
    known = [year for year in period.years if any(period.association[year].values.values())]
    if not known:
        return ""
    row, parts = period.association[known[-1]], []
    labels = (
        ("branches", _("%(n)s chi hội")),
        ("committees", _("%(n)s ban khuyến học")),
        ("members", _("%(n)s hội viên")),
        ("fund", _("quỹ khuyến học %(n)s đồng")),
        ("centres", _("%(n)s trung tâm học tập cộng đồng")),
    )
    for name, words in labels:
        if row.values[name] is not None:
            parts.append(words % {"n": number(row.values[name])})
    if row.member_share is not None:
        parts.append(_("hội viên bằng %(percent)s dân số") % {"percent": _two(row.member_share)})
    return _("Tổ chức Hội năm %(year)d: %(parts)s.") % {"year": known[-1], "parts": ", ".join(parts)}


def _training_sentence(period: Period) -> str:
    sessions = sum(one.sessions for one in period.trained.values())
    last = period.trained[period.last]
    if not sessions and not last.trained:
        return ""
    return _("Tập huấn: %(sessions)s lớp trong giai đoạn; năm %(year)d có %(trained)s/%(officers)s cán bộ dự.") % {
        "sessions": number(sessions),
        "year": period.last,
        "trained": number(last.trained),
        "officers": number(last.officers),
    }


def _poverty_sentence(period: Period) -> list[str]:
    return [
        _("Hộ nghèo năm %(year)d: %(count)s hộ%(percent)s (số khai báo, nguồn %(source)s).")
        % {
            "year": one.year,
            "count": number(one.households),
            "percent": f", {_two(one.percent)}" if one.percent is not None else "",
            "source": one.source,
        }
        for one in period.poverty.values()
    ]


def may_write(user: User, place: Place | None) -> bool:
    """May the person write the text? Who writes the association's figures; of the nation, who leads or runs it."""
    if place is None:
        return role_scope(user, (Role.LEADER, Role.ADMINISTRATOR)).everything
    return may_keep_lists(user, place)


def not_yours(place: Place | None) -> str:
    """The refusal to whoever may not write."""
    name = place.name if place else _("cả nước")
    return _("Bạn không được phân công viết báo cáo tổng kết của %(place)s.") % {"place": name}


def lock(place: Place | None) -> None:
    """Until the end of the transaction writers of one place's summaries follow one another."""
    if place is not None:
        Place.objects.select_for_update().get(pk=place.pk)
    else:
        wait_turn("recognition.period_summary")  # the nation has no row of its own


def saved_summary(place: Place | None, first: int, last: int) -> PeriodSummary | None:
    """What was written for the period, if anything."""
    return PeriodSummary.objects.filter(place=place, year_from=first, year_to=last).first()


@transaction.atomic
def save_summary(
    *,
    actor: User,
    place: Place | None,
    first: int,
    last: int,
    sections: list[dict],
    signer: str = "",
    signer_title: str = "",
    version: int = 0,
) -> PeriodSummary:
    """Keep the text of a period. `version`: that of the text it was written over (0: none yet).

    Raises NotPermitted; RecognitionError for impossible years and when somebody else saved meanwhile.
    """
    if not may_write(actor, place):
        raise NotPermitted(not_yours(place))
    check_period(first, last)
    lock(place)  # two first savings follow one another
    row = PeriodSummary.objects.select_for_update(of=("self",)).filter(place=place, year_from=first, year_to=last)
    found = row.first()
    if (found.version if found else 0) != version:
        raise RecognitionError(
            _(
                "%(who)s vừa lưu báo cáo này lúc %(at)s, nên bản của bạn chưa lưu. "
                "Hãy mở lại trang rồi chép phần của bạn."
            )
            % {
                "who": found.saved_by_name if found else "",
                "at": moment(found.saved_at) if found else "",
            }
        )
    found = found or PeriodSummary(place=place, year_from=first, year_to=last, version=0)
    found.sections = [
        {"title": clean(one["title"])[:200], "text": one["text"].strip()[:LONGEST_TEXT]} for one in sections
    ]
    found.signer, found.signer_title = clean(signer)[:150], clean(signer_title)[:150]
    found.version += 1
    found.saved_by, found.saved_by_name = actor, actor.full_name
    found.save()
    return found
