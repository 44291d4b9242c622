"""Whoever types a command wrong, or has no database, reads a sentence and gets an exit code; never a trace."""

import argparse

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError, connection, transaction

from portal import command_line


@pytest.fixture
def told(monkeypatch, capsys):
    """Run manage.py with these words; the exit code and the last line of what it says."""
    monkeypatch.setattr(argparse, "_", argparse._)  # restored afterwards

    def run(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as end:
            command_line.main(["manage.py", *words])
        return end.value.code, capsys.readouterr().err.strip().splitlines()[-1]

    return run


TALLY = ("tally", "--place", "79", "--model", "FAMILY")


@pytest.mark.parametrize("year", ["0", "-5", "1989", "2101", "10000", "99999999999999999999", "abc", "²⁰²⁶", ""])
def test_a_year_nobody_works_in_is_refused(told, year):
    assert told(*TALLY, f"--year={year}") == (
        2,
        f"manage.py tally: --year: năm “{year}” không hợp lệ, hãy ghi từ 1990 đến 2100.",
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("tally",), "manage.py tally: còn thiếu --place, --year, --model"),
        ((*TALLY, "--year"), "manage.py tally: --year: cần ghi một giá trị"),
        (
            (*TALLY, "--year", "2026", "--on", "31/12/2026"),
            "manage.py tally: --on: ngày “31/12/2026” không đúng dạng, ví dụ đúng: 2026-12-15.",
        ),
        (
            ("decide", "--place", "79", "--year", "2026", "--as", "x", "--on", "15/12/2026"),
            "manage.py decide: --on: ngày “15/12/2026” không đúng dạng, ví dụ đúng: 2026-12-15.",
        ),
        (("certificates", "--year", "2026"), "manage.py certificates: còn thiếu --place"),
        (("score", "--rulebook", "FAMILY-448"), "manage.py score: còn thiếu --scores"),
        (("undo_import", "abc"), "manage.py undo_import: id: “abc” không phải là số nguyên."),
        (("check_integrity", "thua"), "manage.py check_integrity: không có tham số thua"),
        (
            ("generate", "--scale", "planet"),
            "manage.py generate: --scale: không có 'planet', hãy chọn trong 'ward', 'district', 'province'",
        ),
        ((*TALLY, "--on", "x\udc80"), "Tham số 'x\\udc80' không phải chữ UTF-8. Hãy gõ lại."),
    ],
)
def test_what_is_typed_wrong_is_told(told, words, sentence):
    assert told(*words) == (2, sentence)


def test_what_stands_in_the_way_of_every_command_is_told():
    tell = command_line._sentence

    assert tell(ImproperlyConfigured("SECRET_KEY is required in production.")) == (
        "SECRET_KEY is required in production."
    )
    assert tell(OperationalError('connection to "db" failed: Connection refused\n\tIs it running?\n')) == (
        'Cơ sở dữ liệu không trả lời (connection to "db" failed: Connection refused Is it running?).'
        " Hãy xem máy chủ PostgreSQL và DATABASE_URL rồi chạy lại."
    )


@pytest.mark.django_db
def test_a_database_of_another_version_is_told_and_a_fault_of_ours_is_not_hidden():
    def error_of(statement: str) -> ProgrammingError:
        with pytest.raises(ProgrammingError) as caught, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        return caught.value

    sentence = "Cơ sở dữ liệu chưa có đủ bảng của phiên bản này. Hãy chạy manage.py migrate trước."
    assert command_line._sentence(error_of("SELECT 1 FROM khong_co")) == sentence
    assert command_line._sentence(error_of("SELECT khong_co FROM units_place")) == sentence
    assert command_line._sentence(error_of("SELEC 1")) is None
