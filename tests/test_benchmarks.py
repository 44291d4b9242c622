"""The benchmark runner: fair turns, plain verdicts, and a page that keeps what people wrote around the table."""

import pytest
from django.db import connection

import benchmarks
from benchmarks import __main__ as runner
from benchmarks import leader_pages
from tests.factories.recognition import make_registrations, make_ward
from tests.factories.units import make_officer
from units.choices import Role


def test_both_sides_take_turns_from_the_same_start():
    calls = []

    row = benchmarks.compare(
        "one",
        work=lambda: calls.append("work"),
        floor=lambda: calls.append("floor"),
        before_work=lambda: calls.append("ready work"),
        before_floor=lambda: calls.append("ready floor"),
        target=2,
        repeats=2,
        note="a note",
    )

    one = ["ready floor", "floor", "ready work", "work"]
    other = ["ready work", "work", "ready floor", "floor"]
    assert calls == [*one, *other, *one]
    assert row["name"] == "one"
    assert row["note"] == "a note"
    assert row["seconds"] > 0 < row["floor_seconds"]


def test_short_work_is_repeated_within_a_measurement():
    calls = []

    benchmarks.compare("many", work=lambda: calls.append(1), floor=lambda: None, target=1, repeats=3, inner=10)

    assert len(calls) == 40  # one unmeasured round and three measured ones


@pytest.mark.parametrize(
    ("ratio", "verdict"), [(1.0, "met"), (1.3, "met"), (1.31, "near"), (1.49, "near"), (1.5, "missed")]
)
def test_a_target_is_missed_only_beyond_the_noise(ratio, verdict):
    row = benchmarks.result("x", seconds=ratio, floor_seconds=1, target=1.3)

    assert benchmarks.verdict(row) == verdict


@pytest.mark.parametrize(
    ("value", "text"), [(2.345, "2.35 s"), (0.4185, "418.5 ms"), (0.0004567, "0.457 ms"), (0.0123, "12.3 ms")]
)
def test_times_can_be_read(value, text):
    assert runner.seconds(value) == text


def test_table_lines_up():
    rows = [
        benchmarks.result("approve 10,000", seconds=0.3, floor_seconds=0.2, target=1.3, note="5 statements"),
        benchmarks.result("import", seconds=2, floor_seconds=2, target=1.5),
    ]

    assert runner.table(rows) == [
        "what                time     floor  ratio  target  ",
        "approve 10,000  300.0 ms  200.0 ms  1.50×  ≤ 1.3×  missed 5 statements",
        "import            2.00 s    2.00 s  1.00×  ≤ 1.5×  met",
    ]


def test_writing_renews_only_the_table(tmp_path, monkeypatch):
    page = tmp_path / "performance.md"
    page.write_text(f"Before.\n\n{runner.BEGIN}\nold\n{runner.END}\n\nAfter.\n", encoding="utf-8")
    monkeypatch.setattr(runner, "PAGE", page)

    for _twice in range(2):
        runner.write([benchmarks.result("x", seconds=1, floor_seconds=2, target=1.3)], "small", "2 vCPU")

    text = page.read_text(encoding="utf-8")
    assert text.startswith("Before.\n\n<!-- benchmarks -->\n`python -m benchmarks --scale small`, ")
    assert text.endswith("| x | 1.00 s | 2.00 s | 0.50× | ≤ 1.3× | met |\n<!-- /benchmarks -->\n\nAfter.\n")
    assert "old" not in text


@pytest.mark.django_db
def test_pages_of_leaders_are_there_and_a_missing_one_stops_the_run(client, monkeypatch):
    ward = make_ward()
    make_registrations(ward, 1)
    client.force_login(make_officer(Role.LEADER, ward.place.province))
    monkeypatch.setitem(leader_pages._clients, connection.settings_dict["NAME"], client)

    for _name, address in leader_pages.pages(ward.place.province_id, ward.place.pk):
        leader_pages.visit(address)()
    with pytest.raises(RuntimeError, match="/theo-doi/0/: 404"):
        leader_pages.visit("/theo-doi/0/")()
