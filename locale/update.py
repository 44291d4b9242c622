"""Bring the English catalogue up to date with the sources: `make messages` (needs GNU gettext).

Strings in the sources are Vietnamese. New ones arrive in locale/en/LC_MESSAGES/django.po with an empty
translation, unused ones leave it, and the .mo is compiled with polib, so nothing has to be compiled at install.
The .po holds neither dates nor places in files: its diffs show changed texts only.
"""

import os
import sys
from pathlib import Path

import django
import polib
from django.core.management import call_command
from django.core.management.commands import makemessages

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
IGNORED = ("node_modules/*", ".venv/*", "var/*", "tests/*", "benchmarks/*", "docs/*", "screenshots/*")
HEADER = {
    "Project-Id-Version": "portal",
    "POT-Creation-Date": "",
    "Language": "en",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}


def extract() -> None:
    """Run Django's makemessages without guessing translations from similar strings."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    command = makemessages.Command()
    command.msgmerge_options = [*command.msgmerge_options, "--no-fuzzy-matching"]
    call_command(command, locale=["en"], no_location=True, no_obsolete=True, ignore_patterns=list(IGNORED))


def tidy(catalogue: polib.POFile) -> polib.POFile:
    """The catalogue without guesses, left-overs and whatever changes at each run."""
    catalogue.header = ""
    catalogue.metadata = dict(HEADER)
    catalogue.metadata_is_fuzzy = False
    for entry in list(catalogue):
        if entry.obsolete:
            catalogue.remove(entry)
            continue
        if entry.fuzzy:
            entry.msgstr, entry.msgstr_plural = "", dict.fromkeys(entry.msgstr_plural, "")
            entry.flags.remove("fuzzy")
        entry.occurrences, entry.comment = [], ""
        entry.previous_msgid = entry.previous_msgid_plural = entry.previous_msgctxt = None
    return catalogue


def compile_catalogue() -> polib.POFile:
    """Tidy the .po, write the .mo beside it and return the catalogue."""
    catalogue = tidy(polib.pofile(str(PO), wrapwidth=100))
    catalogue.save()
    catalogue.save_as_mofile(str(PO.with_suffix(".mo")))
    return catalogue


if __name__ == "__main__":
    extract()
    missing = compile_catalogue().untranslated_entries()
    for entry in missing:
        print(f"not translated: {entry.msgid}")
    sys.exit(1 if missing else 0)
