"""Dashboard figures (target T2): sums from tallies against fetching one counter row by its key, and against counting.

The tallies of the whole nation are filled directly, five years of every commune of today, and of the former ones of one
city: what is measured here is reading them. That they are exact is proven elsewhere (tests, check_integrity).
"""

from __future__ import annotations

from django.db import connection

from benchmarks import compare
from recognition.choices import LearningModel
from recognition.domain.tallies import children_figures, figures_for
from recognition.models import Tally
from recognition.models.tallies import COUNTERS
from units.models import Place

FAMILY = LearningModel.FAMILY
HAMLETS = {"small": 4, "full": 24}  # per commune; the nation has about 24
DOSSIERS = {"small": 100_000, "full": 1_000_000}  # of one province and year, for the live count
TIMES_A_KEY = 3
NATION_TIMES_A_KEY = 20
TIMES_ROWS = 8  # names, totals over all years and former places join the counters
TIMES_FASTER = 400  # than counting a million; a count of fewer rows is quicker in proportion


def run(scale: str) -> list[dict]:
    """Figures of one place of every level, the tables of the level below, and the count they replace."""
    fill(HAMLETS[scale])
    province = Place.objects.get(code="79", valid_to=None)
    commune = Place.objects.get(code="27163", valid_to=None)
    hamlet = Place.objects.filter(commune=commune).first()
    district = Place.objects.get(code="771", level="district")
    row = Tally.objects.filter(level="commune").first().pk
    results = []
    for name, place, year, times in (
        ("hamlet", hamlet, 2026, TIMES_A_KEY),
        ("ward", commune, 2026, TIMES_A_KEY),
        ("ward of today, years before it", commune, 2024, TIMES_A_KEY),
        ("district", district, 2024, TIMES_A_KEY),
        ("province", province, 2026, TIMES_A_KEY),
        ("nation", None, 2026, NATION_TIMES_A_KEY),
    ):
        results.append(
            compare(
                f"figures of a {name}",
                work=lambda place=place, year=year: figures_for(place, year, FAMILY),
                floor=lambda: fetch(row),
                target=times,
                repeats=9,
                inner=40,
                note="floor: one counter row by key",
            )
        )
    for name, place in (("ward's hamlets", commune), ("province's wards", province), ("nation's provinces", None)):
        shown = [row.place.pk for row in children_figures(place, 2026, FAMILY)]
        results.append(
            compare(
                f"table of a {name}",
                work=lambda place=place: children_figures(place, 2026, FAMILY),
                floor=(lambda shown=shown: fetch_many(shown)) if place else (lambda: figures_for(None, 2026, FAMILY)),
                target=TIMES_ROWS,
                repeats=7,
                inner=10,
                note=f"{len(shown)} rows; floor: "
                + ("their counter rows, bare" if place else "the sum of the nation alone"),
            )
        )
    count = DOSSIERS[scale]
    live_table(province, count)
    results.append(
        compare(
            f"province instead of counting {count:,} dossiers",
            work=lambda: figures_for(province, 2026, FAMILY),
            floor=lambda: live_count(province),
            target=1_000_000 / count / TIMES_FASTER,
            repeats=7,
            inner=20,
            note="floor: a live count from a covering index",
        )
    )
    return results


def fetch(pk: int) -> tuple:
    """One counter row by its key, as bare as the figures are read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM recognition_tally WHERE id = %s", [pk])
        return cursor.fetchone()


def fetch_many(places: list[int]) -> list[tuple]:
    """The counter rows of some places, as bare as can be."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM recognition_tally WHERE place_id = ANY(%s) AND year = 2026 AND model = 'FAMILY'", [places]
        )
        return cursor.fetchall()


def fill(hamlets: int) -> None:
    """Tallies of all communes of today with `hamlets` each, and of the former communes of one city with a third."""
    names = ", ".join(COUNTERS)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO units_place (code, level, kind, name, search_name, sort_key, parent_id, province_id,"
            " district_id, commune_id, area_class, note, provisional, valid_from, valid_to)"
            " SELECT p.code || '-' || n || coalesce('-' || p.valid_to, ''), 'hamlet', 'khu phố', 'Khu phố ' || n,"
            " 'khu pho ' || n, 'khu pho ' || lpad(n::text, 6, '0'), p.id, p.province_id, p.district_id, p.id,"
            " 'NORMAL', '', false, p.valid_from, p.valid_to"
            " FROM units_place p JOIN units_place a ON a.id = p.province_id,"
            " generate_series(1, CASE WHEN p.valid_to IS NULL THEN %s ELSE %s END) n"
            " WHERE p.level = 'commune' AND (p.valid_to IS NULL OR a.code = '79')",
            [hamlets, max(hamlets // 3, 1)],
        )
        for table, columns, values in (
            ("recognition_tally", f"model, {names}", "'FAMILY', " + ", ".join(["300 + p.id % 7"] * len(COUNTERS))),
            ("units_registertally", "kind, came, gone", "'HOUSEHOLD', CASE year WHEN 2022 THEN 350 ELSE 4 END, 2"),
        ):
            cursor.execute(
                f"INSERT INTO {table} (place_id, level, commune_id, district_id, province_id, year, {columns})"
                " SELECT p.id, p.level, coalesce(p.commune_id, p.id), p.district_id, p.province_id, year, "
                + values
                # every year of today's communes, so that the nation is as large as it will be after five of them
                + " FROM units_place p JOIN units_place a ON a.id = p.province_id, generate_series(2022, 2026) year"
                " WHERE p.level IN ('hamlet', 'commune') AND (p.valid_to IS NULL OR a.code = '79' AND year < 2025)"
            )
        cursor.execute("VACUUM ANALYZE recognition_tally, units_registertally, units_place, units_succession")


def live_table(province: Place, count: int) -> None:
    """One year's dossiers of a province with the best index a live count could wish for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_dossier AS SELECT n AS id, %s::bigint AS province_id, (n %% 168)::bigint AS commune_id,"
            " 2026::smallint AS year, 'FAMILY'::varchar(20) AS model,"
            " (ARRAY['REGISTERED','PROPOSED','RECOGNISED'])[1 + n %% 3]::varchar(14) AS state, 180::smallint AS half"
            " FROM generate_series(1, %s) n",
            [province.pk, count],
        )
        cursor.execute(
            "CREATE INDEX bench_dossier_cover ON bench_dossier (province_id, year, model) INCLUDE (state, half)"
        )
        cursor.execute("VACUUM ANALYZE bench_dossier")


def live_count(province: Place) -> tuple:
    """The figures of a province without tallies."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(half), count(*) FILTER (WHERE state = 'RECOGNISED'),"
            " count(*) FILTER (WHERE state = 'PROPOSED') FROM bench_dossier"
            " WHERE province_id = %s AND year = 2026 AND model = 'FAMILY'",
            [province.pk],
        )
        return cursor.fetchone()
