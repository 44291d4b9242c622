"""manage.py: whoever holds the server's command line reads sentences, not traces (`--traceback` shows those)."""

import argparse
import os
import sys

import psycopg2.errors
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError, ProgrammingError

INTERRUPTED = 130  # as shells tell of Ctrl-C

# argparse says these to people; it asks the gettext of the system for them, which has no Vietnamese ones.
WORDS = {
    "usage: ": "cách dùng: ",
    "options": "tùy chọn",
    "positional arguments": "phải ghi",
    "show this help message and exit": "in phần hướng dẫn này",
    "%(prog)s: error: %(message)s\n": "%(prog)s: %(message)s\n",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s: %(message)s",
    "the following arguments are required: %s": "còn thiếu %s",
    "unrecognized arguments: %s": "không có tham số %s",
    "invalid choice: %(value)r (choose from %(choices)s)": "không có %(value)r, hãy chọn trong %(choices)s",
    "expected one argument": "cần ghi một giá trị",
}


def main(arguments: list[str]) -> None:
    """Run a command of manage.py."""
    argparse._ = lambda text: WORDS.get(text, text)
    try:
        unreadable = [one for one in arguments if _not_utf8(one)]
        if unreadable:
            _give_up(f"Tham số {ascii(unreadable[0])} không phải chữ UTF-8. Hãy gõ lại.", 2)
        execute_from_command_line(arguments)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (ImproperlyConfigured, OperationalError, ProgrammingError) as error:
        sentence = None if "--traceback" in arguments else _sentence(error)
        if sentence is None:
            raise
        _give_up(sentence, 1)


def _sentence(error: Exception) -> str | None:
    """What to tell; None for what only a trace explains."""
    said = " ".join(str(error).split())
    if isinstance(error, ImproperlyConfigured):
        return said
    if isinstance(error, OperationalError):
        return f"Cơ sở dữ liệu không trả lời ({said}). Hãy xem máy chủ PostgreSQL và DATABASE_URL rồi chạy lại."
    if isinstance(error.__cause__, psycopg2.errors.UndefinedTable | psycopg2.errors.UndefinedColumn):
        return "Cơ sở dữ liệu chưa có đủ bảng của phiên bản này. Hãy chạy manage.py migrate trước."
    return None


def _not_utf8(text: str) -> bool:
    """Bytes that are no UTF-8 reach Python as lone surrogates, which neither PostgreSQL nor a screen takes."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _give_up(sentence: str, code: int) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(code)
