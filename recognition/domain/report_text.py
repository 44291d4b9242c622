"""The text of the yearly report: the usual outline with sentences that say the figures; an officer goes on from there.

Only what records and tables say is written; causes, lessons and proposals are for people. Fixed number of statements.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.language import in_official_language
from portal.lib.numbers import number, percent_value
from recognition.choices import LearningModel
from recognition.domain.association import association_rows, trained_share
from recognition.domain.extents import extent_of
from recognition.domain.report_parts import Report, ReportRow
from recognition.domain.tallies import figures_for
from recognition.domain.targets import targets_for
from recognition.honour_choices import CommendationState, Honouree
from recognition.models import Commendation, Document
from units.choices import Level, OrganisationType
from units.models import Place, Succession

MOST_NAMED = 10  # documents and changes of places told one by one
BEHIND = 3  # places with the lowest rate that are named
SCHOOLS = ("KINDERGARTEN", "PRIMARY", "LOWER_SECONDARY", "UPPER_SECONDARY")


def outline() -> list[str]:
    """Headings of a yearly report of the association, as its circular letters ask for."""
    return [
        _("I. Đặc điểm tình hình"),
        _("II. Công tác lãnh đạo, chỉ đạo"),
        _("III. Kết quả"),
        _("IV. Đánh giá: ưu điểm, hạn chế, nguyên nhân, bài học"),
        _("V. Phương hướng, chỉ tiêu năm sau"),
        _("VI. Kiến nghị"),
    ]


@in_official_language
def draft_narrative(place: Place | None, year: int, tables: Sequence[Report]) -> list[dict]:
    """The outline, each heading with the sentences known for it."""
    by_code = {table.code: table for table in tables}
    parts = (
        _situation(place, year, by_code),
        _guidance(place, year),
        _results(place, year, by_code),
        _assessment(by_code),
        _next_year(place, year),
        [],
    )
    return [{"title": title, "text": "\n".join(lines)} for title, lines in zip(outline(), parts, strict=True)]


# --- I, II


def _situation(place: Place | None, year: int, by_code: Mapping[str, Report]) -> list[str]:
    def total(code: str):
        row = by_code[code].total
        return row.values.get("total") if row else None

    schools = sum(
        row.values["total"] or 0
        for row in by_code["TK-04"].rows
        if row.values["name"] in {str(OrganisationType[one].label) for one in SCHOOLS}
    )
    communes = [row for row in by_code["TK-06"].rows if not row.is_former]
    counts = [
        (len(communes) if place is not None and place.level != Level.COMMUNE else None, _("%(n)s phường, xã")),
        (total("TK-03"), _("%(n)s khu phố, thôn")),
        (total("TK-01"), _("%(n)s hộ gia đình")),
        (total("TK-02"), _("%(n)s dòng họ")),
        (total("TK-04"), _("%(n)s cơ quan, đơn vị")),
        (schools, _("trong đó %(n)s trường học")),
        (total("TK-05"), _("%(n)s công dân trong diện")),
    ]
    said = [words % {"n": number(count)} for count, words in counts if count]
    day = min(datetime.date(year, 12, 31), timezone.localdate())
    lines = []
    if said:
        values = {"day": f"{day:%d/%m/%Y}", "place": place.name if place else _("Cả nước"), "parts": ", ".join(said)}
        lines.append(_("Tính đến ngày %(day)s, %(place)s có: %(parts)s.") % values)
    return [*lines, *extent_of(place, year).notices(), *_changes(place, year)]


def _changes(place: Place | None, year: int) -> list[str]:
    """What happened to the boundary in the year: of a ward by name, above it how many places."""
    if place is None:
        return []
    touched = Q(from_place=place) | Q(to_place=place)
    if place.level != Level.COMMUNE:
        touched |= Q(**{f"from_place__{place.level}": place.pk}) | Q(**{f"to_place__{place.level}": place.pk})
    rows = Succession.objects.filter(touched, effective_on__year=year)
    if place.level != Level.COMMUNE:
        count = rows.values("to_place").distinct().count()
        if not count:
            return []
        return [_("Trong năm có %(n)s nơi được lập mới hoặc nhận thêm địa bàn.") % {"n": number(count)}]
    found = list(
        rows.select_related("from_place", "to_place").order_by("effective_on", "from_place__sort_key", "pk")[
            : MOST_NAMED + 1
        ]
    )
    said = [
        _("%(before)s vào %(after)s từ ngày %(day)s%(part)s")
        % {
            "before": one.from_place.name,
            "after": one.to_place.name,
            "day": f"{one.effective_on:%d/%m/%Y}",
            "part": _(" (một phần)") if one.partial else "",
        }
        for one in found[:MOST_NAMED]
    ]
    more = [_("và các nơi khác")] if len(found) > MOST_NAMED else []
    return [_("Sắp xếp địa bàn trong năm: %(changes)s.") % {"changes": "; ".join([*said, *more])}] if said else []


def _guidance(place: Place | None, year: int) -> list[str]:
    """Documents the place itself sent in the year."""
    rows = Document.objects.standing().filter(place=place, year=year).exclude(replaced_by__isnull=False)
    count = rows.count()
    if not count:
        return []
    said = [
        _("%(kind)s số %(number)s ngày %(day)s: %(title)s")
        % {"kind": one.get_kind_display(), "number": one.number, "day": f"{one.issued_on:%d/%m/%Y}", "title": one.title}
        for one in rows.defer("text").order_by("issued_on", "pk")[:MOST_NAMED]
    ]
    more = [_("và %(n)s văn bản khác.") % {"n": number(count - MOST_NAMED)}] if count > MOST_NAMED else []
    head = _("Đã ban hành và gửi cấp dưới %(n)s văn bản:") % {"n": number(count)}
    return [head, *(f"- {text}" for text in said), *more]


# --- III


def _results(place: Place | None, year: int, by_code: Mapping[str, Report]) -> list[str]:
    targets = {row.values["name"]: row for row in by_code["TK-07"].rows}
    models = [
        _model(LearningModel.FAMILY, by_code["TK-01"].total, targets),
        _model(LearningModel.CLAN, by_code["TK-02"].total, targets),
        _model(LearningModel.COMMUNITY_HAMLET, by_code["TK-03"].total, targets),
        _model(LearningModel.UNIT, by_code["TK-04"].total, targets),
        _communes(place, year),
    ]
    association = association_rows(place, year)[1].values
    return [
        _("1. Tuyên truyền, tập huấn"),
        *_training(place, year),
        _("2. Xây dựng các mô hình học tập (biểu TK-01 đến TK-07)"),
        *(f"- {text}" for text in models if text),
        _("3. Trung tâm học tập cộng đồng"),
        *([_("Có %(n)s trung tâm.") % {"n": number(association["centres"])}] if association["centres"] else []),
        _("4. Quỹ khuyến học, khen thưởng"),
        *_funds(association),
        *_given(place, year),
        _("5. Chuyển đổi số, Công dân học tập"),
        _model(LearningModel.CITIZEN, by_code["TK-05"].total, {}),
    ]


def _model(model: LearningModel, row: ReportRow | None, targets: Mapping[str, ReportRow]) -> str:
    """ "Gia đình học tập: 240 đăng ký, 206 được công nhận trên tổng số 272 (75,74%), đạt chỉ tiêu 70,00%." """
    values = row.values if row else {}
    if not values.get("registered") and not values.get("recognised"):
        return _("%(noun)s: chưa có đăng ký trong năm.") % {"noun": model.label}
    text = _("%(noun)s: %(registered)s đăng ký, %(recognised)s được công nhận trên tổng số %(total)s.") % {
        "noun": model.label,
        **{key: number(values.get(key)) for key in ("registered", "recognised", "total")},
    }
    rate = values.get("recognised_of_total")
    if rate is None:
        return text
    text = f"{text[:-1]} ({percent_value(rate, 2)})"
    judged = targets.get(str(model.label))
    target = judged.values["target"] if judged else None
    if target is None:
        return f"{text}."
    if rate >= target:
        return text + ", " + _("đạt chỉ tiêu %(target)s.") % {"target": percent_value(target, 2)}
    words = _("còn thiếu %(gap)s điểm phần trăm so với chỉ tiêu %(target)s.")
    return text + ", " + words % {"gap": number(target - rate, 2), "target": percent_value(target, 2)}


def _communes(place: Place | None, year: int) -> str:
    """Communities of communes: registered and recognised; undecided ranks are nobody's to print."""
    figures = figures_for(place, year, LearningModel.COMMUNITY_COMMUNE)
    if not figures.registered:
        return _("%(noun)s: chưa có đăng ký trong năm.") % {"noun": LearningModel.COMMUNITY_COMMUNE.label}
    return _("%(noun)s: %(registered)s đăng ký, %(recognised)s được công nhận.") % {
        "noun": LearningModel.COMMUNITY_COMMUNE.label,
        "registered": number(figures.registered),
        "recognised": number(figures.recognised),
    }


def _training(place: Place | None, year: int) -> list[str]:
    found = trained_share(place, year)
    if not found.sessions and not found.trained:
        return []
    return [
        _("Đã mở %(sessions)s lớp tập huấn; %(trained)s/%(officers)s cán bộ của Hội dự ít nhất một lớp (%(percent)s).")
        % {
            "sessions": number(found.sessions),
            "trained": number(found.trained),
            "officers": number(found.officers),
            "percent": percent_value(found.percent, 2),
        }
    ]


def _funds(association: Mapping[str, int | None]) -> list[str]:
    words = (
        ("fund", _("quỹ khuyến học %(n)s đồng")),
        ("scholarships", _("%(n)s suất học bổng")),
        ("scholarship_money", _("tiền học bổng %(n)s đồng")),
    )
    said = [text % {"n": number(association[name])} for name, text in words if association[name]]
    return [_("Trong năm: %(parts)s.") % {"parts": ", ".join(said)}] if said else []


def _given(place: Place | None, year: int) -> list[str]:
    inside = {} if place is None else {f"{place.fact_column}__in": extent_of(place, year).ids}
    # By the year of the decision: a paper given later in place of another praises nobody once more.
    rows = Commendation.objects.filter(state=CommendationState.GIVEN, roll__decision__number_year=year, **inside)
    counts = dict(rows.values_list("honouree").annotate(n=Count("pk")).order_by())
    if not counts:
        return []
    return [
        _("Khen thưởng: %(collectives)s tập thể, %(individuals)s cá nhân.")
        % {
            "collectives": number(counts.get(Honouree.COLLECTIVE, 0)),
            "individuals": number(counts.get(Honouree.INDIVIDUAL, 0)),
        }
    ]


# --- IV, V


def _assessment(by_code: Mapping[str, Report]) -> list[str]:
    """Which targets were reached and which not, and where families lag; the rest is for people to say."""
    judged = [row.values for row in by_code["TK-07"].rows if row.values["gap"] is not None]
    reached = [one["name"] for one in judged if one["gap"] >= 0]
    short = [
        _("%(model)s (thiếu %(gap)s điểm %%)") % {"model": one["name"], "gap": number(-one["gap"], 2)}
        for one in judged
        if one["gap"] < 0
    ]
    table = by_code["TK-01"]
    rated = [row for row in table.rows if row.values["recognised_of_total"] is not None and not row.is_former]
    lowest = sorted(rated, key=lambda row: row.values["recognised_of_total"])[:BEHIND] if len(rated) > 1 else []
    named = [f"{row.values['name']} ({percent_value(row.values['recognised_of_total'], 2)})" for row in lowest]
    lines = []
    if reached:
        lines.append(_("Ưu điểm: đạt chỉ tiêu về %(models)s.") % {"models": ", ".join(reached)})
    if short:
        lines.append(_("Hạn chế: chưa đạt chỉ tiêu về %(models)s.") % {"models": ", ".join(short)})
    if named:
        lines.append(_("Nơi có tỷ lệ Gia đình học tập thấp nhất: %(places)s.") % {"places": ", ".join(named)})
    return lines


def _next_year(place: Place | None, year: int) -> list[str]:
    found = targets_for(place, year + 1)
    said = [
        _("%(model)s %(percent)s (đến năm %(year)d, %(basis)s)")
        % {
            "model": LearningModel(model).label,
            "percent": percent_value(one.percent, 2),
            "year": one.year,
            "basis": one.legal_basis,
        }
        for model, one in found.items()
        if not one.is_past
    ]
    return [_("Chỉ tiêu cho năm %(year)d:") % {"year": year + 1}, *(f"- {text}" for text in said)] if said else []
