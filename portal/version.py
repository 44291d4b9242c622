"""The version people see in the footer: written once, in pyproject.toml."""

import tomllib
from pathlib import Path


def _read() -> str:
    text = (Path(__file__).resolve().parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]["version"]


VERSION = _read()
