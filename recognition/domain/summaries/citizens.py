"""The summary of citizens as in article 002: by group (agencies, schools, others, residents) and by each organisation
or place. Ranks are shown only where the rulebook has them; the one of 2022 knows passed and not passed.
"""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _

from recognition import checks
from recognition.choices import LearningModel, Rank
from recognition.domain.declared import declared_findings
from recognition.domain.extents import Extent, child_level, extent_of
from recognition.domain.report_models import _day, _inside
from recognition.domain.report_parts import COUNT, PERCENT, ROW_TITLES, Column, Report, ReportRow, province_of
from recognition.domain.rulebooks import rulebook_for
from recognition.domain.tallies import figures_for, share
from recognition.models import DeclaredFigure
from units.choices import WITH_LEARNERS, Level, OrganisationType
from units.models import Place

MODEL = LearningModel.CITIZEN
COUNTS = ("total", "registered", "assessed", "recognised", "not_met", "good", "fair", "average")
RESIDENTS, AGENCIES, SCHOOLS, OTHERS = "residents", "agencies", "schools", "others"
DECLARED_GROUPS = {"staff", "residents"}


def citizen_tables(place: Place, year: int) -> list[Report]:
    """By group, and by organisation and place. Two statements, whatever the size; three where figures are declared."""
    extent = extent_of(place, year)
    rulebook = rulebook_for(MODEL, year, province_of(place))
    ranked = bool(rulebook and rulebook.spec.ranks)
    rows = _rows(place, extent, year)
    kept = figures_for(place, year, MODEL)
    if not rows and not kept.has_dossiers:
        declared = _declared_table(place, year)
        if declared is not None:
            return [declared]
    groups = {}
    for row in rows:
        groups.setdefault(row["group"], []).append(row)
    labels = {
        AGENCIES: _("Cơ quan"),
        SCHOOLS: _("Trường học, cơ sở giáo dục"),
        OTHERS: _("Doanh nghiệp, đơn vị khác"),
        RESIDENTS: _("Khu dân cư"),
    }
    by_group = [
        {"name": labels[group], "places": len(some), **{name: sum(one[name] for one in some) for name in COUNTS}}
        for group in labels
        if (some := groups.get(group))
    ]
    findings = []
    for name, words in (("registered", _("Đăng ký")), ("recognised", _("Đạt"))):
        parts = {one["name"]: one[name] for one in by_group}
        findings += checks.check_sum(words, getattr(kept, name), parts)
    level = child_level(place) or Level.HAMLET
    notes = [
        *extent.notices(),
        _("Mỗi người tính một lần, ở khu dân cư hoặc ở đơn vị, theo nơi đang ghi trong sổ."),
        _("Chưa đạt: đã có kết quả nhưng không được công nhận."),
    ]
    if not ranked:
        notes.append(_("Bộ tiêu chí của năm chỉ có đạt và chưa đạt, không xếp loại."))
    options = {"place": place, "year": year, "notes": tuple(notes), "provisional": _is_provisional(rulebook)}
    first = _table(
        "TH-CD1",
        _("Tổng hợp Công dân học tập theo nhóm năm %(year)d") % {"year": year},
        _("Nhóm"),
        by_group,
        ranked,
        places=_("Số nơi tham gia"),
        findings=(*findings, *declared_findings(place, year, MODEL)),
        **options,
    )
    where = str(ROW_TITLES[level]) if level != Level.HAMLET else _("Đơn vị, khu phố, thôn")
    second = _table(
        "TH-CD2",
        _("Tổng hợp Công dân học tập theo nơi tham gia năm %(year)d") % {"year": year},
        where,
        rows,
        ranked,
        kinds=labels,
        **options,
    )
    return [first, second]


def _is_provisional(rulebook) -> bool:
    return bool(rulebook and rulebook.spec.provisional)


def _table(code, title, name, rows, ranked, *, places="", kinds=None, findings=(), **options) -> Report:
    """Rows with their sum; percentages name their denominator."""
    columns = [Column("no", _("STT"), COUNT), Column("name", name)]
    if kinds:
        columns.append(Column("kind", _("Nhóm")))
    if places:
        columns.append(Column("places", places, COUNT, summed=True))
    columns += [
        Column("total", _("Số người trong diện"), COUNT, summed=True),
        Column("registered", _("Đăng ký"), COUNT, summed=True),
        Column("assessed", _("Được đánh giá"), COUNT, summed=True),
        Column("recognised", _("Đạt"), COUNT, summed=True),
        Column("not_met", _("Chưa đạt"), COUNT, summed=True),
        *(
            [Column(rank.lower(), str(Rank(rank).label), COUNT, summed=True) for rank in Rank.values[:3]]
            if ranked
            else []
        ),
        Column("of_registered", _("Tỷ lệ đạt/ĐK (%)"), PERCENT, over=("recognised", "registered")),
        Column("of_assessed", _("Tỷ lệ đạt/được đánh giá (%)"), PERCENT, over=("recognised", "assessed")),
    ]

    def values(row: dict, number: int | None) -> dict:
        return {
            **row,
            "no": number,
            "kind": (kinds or {}).get(row.get("group"), ""),
            "of_registered": share(row["recognised"], row["registered"]),
            "of_assessed": share(row["recognised"], row["assessed"]),
        }

    total = {name: sum(one[name] for one in rows) for name in (*COUNTS, *(["places"] if places else []))}
    return Report(
        code=code,
        title=title,
        columns=tuple(columns),
        rows=tuple(ReportRow(values(one, number)) for number, one in enumerate(rows, start=1)),
        total=ReportRow(values({"name": _("Tổng cộng"), **total}, None)),
        findings=findings,
        **options,
    )


def _rows(place: Place, extent: Extent, year: int) -> list[dict]:
    """One row an organisation and a hamlet of a ward; above a ward one a group and place of the level below."""
    schools = ", ".join(f"'{one}'" for one in WITH_LEARNERS)
    group = (
        f"CASE WHEN c.organisation_id IS NULL THEN '{RESIDENTS}' WHEN o.type IN ({schools}) THEN '{SCHOOLS}'"
        f" WHEN o.type = '{OrganisationType.AGENCY}' THEN '{AGENCIES}' ELSE '{OTHERS}' END"
    )
    ward = place.level in (Level.COMMUNE, Level.HAMLET)
    column = "hamlet_id" if ward else f"{place.level if extent.is_before else child_level(place)}_id"
    # A key of its own for each: organisations by themselves in a ward, else the place.
    key = (
        f"CASE WHEN c.organisation_id IS NOT NULL THEN c.organisation_id ELSE {{t}}.{column} END"
        if ward
        else (f"{{t}}.{column}")
    )
    inside, params = _inside(extent, "s")
    here, here_params = _inside(extent, "r")
    joined = "LEFT JOIN units_organisation o ON o.registrant_id = c.organisation_id"
    day = _day(year)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH t AS (SELECT {group} AS grp, {key.format(t='s')} AS k, count(*) AS total FROM units_stay s"
            f" JOIN units_citizen c ON c.registrant_id = s.registrant_id {joined}"
            f" WHERE s.kind = 'CITIZEN' AND s.since <= %s AND (s.until IS NULL OR s.until > %s) AND {inside}"
            " GROUP BY 1, 2), d AS (SELECT"
            f" {group} AS grp, {key.format(t='r')} AS k, count(*) AS registered,"
            " count(*) FILTER (WHERE r.self_half IS NOT NULL) AS assessed,"
            " count(*) FILTER (WHERE r.state = 'RECOGNISED') AS recognised,"
            " count(*) FILTER (WHERE r.state = 'REFUSED' OR (r.passed = false AND r.state <> 'RECOGNISED')) AS not_met,"
            " count(*) FILTER (WHERE r.rank = 'GOOD') AS good, count(*) FILTER (WHERE r.rank = 'FAIR') AS fair,"
            " count(*) FILTER (WHERE r.rank = 'AVERAGE') AS average FROM recognition_registration r"
            f" JOIN units_citizen c ON c.registrant_id = r.registrant_id {joined}"
            f" WHERE r.model = 'CITIZEN' AND r.year = %s AND r.live AND {here} GROUP BY 1, 2)"
            " SELECT grp, coalesce(g.name, p.name, ''), coalesce(t.total, 0), coalesce(d.registered, 0),"
            " coalesce(d.assessed, 0), coalesce(d.recognised, 0), coalesce(d.not_met, 0), coalesce(d.good, 0),"
            " coalesce(d.fair, 0), coalesce(d.average, 0)"
            " FROM t FULL JOIN d USING (grp, k)"
            f" LEFT JOIN units_registrant g ON {'grp <> %s AND g.id = k' if ward else 'false AND %s IS NULL'}"
            f" LEFT JOIN units_place p ON g.id IS NULL AND p.id = k"
            " WHERE d.registered > 0 ORDER BY grp, coalesce(g.sort_key, p.sort_key), k",
            [day, day, *params, year, *here_params, RESIDENTS],
        )
        names = ("group", "name", *COUNTS)
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _declared_table(place: Place, year: int) -> Report | None:
    """What a source printed for a place without records: staff and residents, and the total it printed."""
    found: dict[str, dict[str, int]] = {}
    sources = []
    for row in DeclaredFigure.objects.filter(place=place, year=year, model=MODEL).order_by("source", "pk"):
        if row.group in {"", *DECLARED_GROUPS}:
            found.setdefault(row.group, {})[row.measure] = row.value
            sources.append(row.source)
    if not found:
        return None
    marks = tuple(dict.fromkeys(sources))

    def values(name: str, some: dict[str, int]) -> dict:
        part = some.get("recognised")
        return {
            "name": name,
            "registered": some.get("registered"),
            "assessed": some.get("assessed"),
            "recognised": part,
            "of_registered": share(part, some.get("registered")),
            "of_assessed": share(part, some.get("assessed")),
        }

    labels = {"staff": _("Cán bộ, công chức, viên chức, người lao động"), "residents": _("Khu dân cư")}
    return Report(
        code="TH-CD1",
        title=_("Tổng hợp Công dân học tập theo nhóm năm %(year)d") % {"year": year},
        place=place,
        year=year,
        columns=(
            Column("name", _("Nhóm")),
            Column("registered", _("Đăng ký"), COUNT),
            Column("assessed", _("Được đánh giá"), COUNT),
            Column("recognised", _("Đạt"), COUNT),
            Column("of_registered", _("Tỷ lệ đạt/ĐK (%)"), PERCENT, over=("recognised", "registered")),
            Column("of_assessed", _("Tỷ lệ đạt/được đánh giá (%)"), PERCENT, over=("recognised", "assessed")),
        ),
        rows=tuple(
            ReportRow(values(label, found[group]), declared=marks) for group, label in labels.items() if group in found
        ),
        total=ReportRow(values(_("Tổng cộng (như nguồn in)"), found.get("", {})), declared=marks),
        notes=(
            _("Nơi này không có hồ sơ trong hệ thống: số liệu khai báo, nguồn %(sources)s, giữ nguyên cả chỗ sai.")
            % {"sources": ", ".join(marks)},
        ),
        findings=tuple(declared_findings(place, year, MODEL)),
    )
