"""Write base.txt and dev.txt: what base.in and dev.in install into an empty environment."""

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def frozen(source: str) -> list[str]:
    """Every package that an empty environment holds after installing `source`."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [f"{folder}/bin/python", "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", "-r", HERE / source], check=True)
        listed = subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True)
    return listed.stdout.splitlines()


def main() -> None:
    """Write both files."""
    base = frozen("base.in")
    dev = [line for line in frozen("dev.in") if line not in base]
    note = "Written by `make pins` from {}; do not edit by hand."
    lines = [f"# Every package the portal runs with, pinned. {note.format('base.in')}", *base]
    (HERE / "base.txt").write_text("\n".join(lines) + "\n")
    lines = [f"# What tests and checks need on top. {note.format('dev.in')}", "-r base.txt", *dev]
    (HERE / "dev.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
