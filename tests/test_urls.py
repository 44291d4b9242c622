"""Every URL, walked by every role at its own and at a foreign place, and by nobody signed in; every page well formed.

A route without a row fails; how to write a row stands in tests/url_matrix/__init__.py.
"""

import copy
import importlib
import pkgutil
from collections import defaultdict
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver

from tests import url_matrix
from tests.factories.recognition import load_shipped_rulebooks
from tests.once import built_once
from tests.page_faults import faults_of
from tests.url_matrix.cast import Row, World

AREAS = sorted(module.name for module in pkgutil.iter_modules(url_matrix.__path__) if module.name != "cast")


def rows_of(area: str) -> list[Row]:
    return importlib.import_module(f"tests.url_matrix.{area}").ROWS


def routes(patterns=None, namespace: str = "", route: str = "") -> list[tuple[str, str]]:
    """(name with namespace, route) of every route of the URLconf; the name is empty where none was given."""
    found = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            found += routes(pattern.url_patterns, inner, path)
        elif isinstance(pattern, URLPattern):
            found.append((f"{namespace}{pattern.name}" if pattern.name else "", path))
    return found


def test_every_route_has_a_name():
    assert [path for name, path in routes() if not name] == []


def test_every_route_has_an_expectation():
    expected = {row.name for area in AREAS for row in rows_of(area)}

    assert sorted({name for name, _path in routes() if name} - expected) == []


def test_no_row_without_a_route():
    known = {name for name, _path in routes()}

    assert sorted({row.name for area in AREAS for row in rows_of(area)} - known) == []


def test_faults_of_a_page_are_found():
    page = (
        '<html><h1></h1><h1></h1><input name="ten" id="a"><p style="color: red"><table><th id="a"></table>'
        '<nav></nav><nav aria-label="Trang"></nav><nav aria-label="Trang"></nav><section></section><section></section>'
    )

    assert faults_of("x", page) == [
        "x: 2 h1",
        "x: input ten has no label",
        'x: no scope on <th id="a">',
        "x: id a twice",
        "x: two landmarks navigation “Trang”",
        'x: inline style="',
    ]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """The cast and the rulebooks, once for all areas; what an area makes and does is rolled back with its test."""
    with built_once(django_db_blocker):
        load_shipped_rulebooks()
        yield World()


MOST_ROWS = 24  # walked by one test: a long area would keep one of two workers busy when the other is done
PARTS = [
    pytest.param(area, first, id=area if first == 0 else f"{area}-{first}")
    for area in AREAS
    for first in range(0, len(rows_of(area)), MOST_ROWS)
]


@pytest.fixture(scope="module")
def plain_refusals():
    """How a refusal looks is asked in tests/portal/test_errors.py; here thousands of them only say their number."""
    pages = copy.deepcopy(settings.TEMPLATES)
    pages[0]["DIRS"] = [Path(url_matrix.__file__).parent / "refusals", *pages[0]["DIRS"]]
    with override_settings(TEMPLATES=pages):
        yield


@pytest.mark.parametrize(("area", "first"), PARTS)
def test_walk(area, first, world, db, plain_refusals):
    world.begin()
    methods = defaultdict(set)
    for row in rows_of(area):
        methods[row.name].add(row.method)

    faults = []
    for row in rows_of(area)[first : first + MOST_ROWS]:
        faults += world.walk(row)
        if methods[row.name] == {"post"}:
            faults += world.refuses_get(row)

    assert not faults, "\n".join([f"{len(faults)} differences:", *faults[:40]])


def test_every_row_is_walked():
    walked = [
        row for area, first in (part.values for part in PARTS) for row in rows_of(area)[first : first + MOST_ROWS]
    ]

    assert walked == [row for area in AREAS for row in rows_of(area)]
