"""Numbers of papers: one sequence per body, series and year (NĐ 30/2020, Điều 15)."""

from django.db import connection

from units.models import Place


def reserve(*, place: Place, series: str, year: int, count: int = 1) -> int:
    """Reserve `count` consecutive numbers inside the caller's transaction and return the first.

    A roll-back gives them back, so no number is lost to a failed action; the row lock makes others wait their turn.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO recognition_numberseries AS n (place_id, series, year, last) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (place_id, series, year) DO UPDATE SET last = n.last + EXCLUDED.last RETURNING last",
            [place.pk, series, year, count],
        )
        (last,) = cursor.fetchone()
    return last - count + 1


def use_number(*, place: Place, series: str, year: int, number: int) -> None:
    """Take a number the clerk typed (văn thư); later reservations go on above it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO recognition_numberseries AS n (place_id, series, year, last) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (place_id, series, year) DO UPDATE SET last = greatest(n.last, EXCLUDED.last)",
            [place.pk, series, year, number],
        )
