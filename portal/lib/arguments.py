"""Types for the arguments of manage.py's commands: what is typed wrong is told in a sentence (exit code 2)."""

import argparse
import datetime

YEARS = range(1990, 2101)


def year(text: str) -> int:
    """A year of work."""
    if text.isascii() and text.isdecimal() and len(text) == 4 and int(text) in YEARS:
        return int(text)
    raise argparse.ArgumentTypeError(f"năm “{text}” không hợp lệ, hãy ghi từ {YEARS[0]} đến {YEARS[-1]}.")


def day(text: str) -> datetime.date:
    """A day as computers write it."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"ngày “{text}” không đúng dạng, ví dụ đúng: 2026-12-15.") from None


def whole(text: str) -> int:
    """A whole number, such as that of an import."""
    if text.isascii() and text.isdecimal() and len(text) < 19:
        return int(text)
    raise argparse.ArgumentTypeError(f"“{text}” không phải là số nguyên.")
