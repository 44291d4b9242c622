"""Every page of the portal, opened once: one h1, every input labelled, headings with scope, ids unique, nothing inline.

The pages and who may open them come from the URL matrix (tests/url_matrix).
"""

import re

import pytest
from django.db import transaction
from django.urls import reverse

from tests.portal.test_templates import Page
from tests.test_urls import AREAS, rows_of
from tests.url_matrix.cast import EVERYBODY, World, _value

INLINE = re.compile(r"<style\b|\sstyle\s*=\s*[\"']|<[^>]+\son[a-z]+\s*=\s*[\"']|javascript:")


def html_of(world: World, row) -> str:
    """The page as the first person who may see it; empty when it is no HTML page or nobody of the cast may."""
    url, query = reverse(row.name, kwargs=_value(row.kwargs, world.own)), _value(row.query, world.own)
    for name in ("anonymous", *EVERYBODY):
        with transaction.atomic():
            response = world.clients[name].get(url, query, follow=name != "anonymous")
            body = b"".join(response.streaming_content) if response.streaming else response.content
            transaction.set_rollback(True)
        if response.status_code == 200:
            return body.decode() if response.headers["Content-Type"].startswith("text/html") else ""
    return ""


def faults_of(name: str, html: str) -> list[str]:
    page = Page(html)
    found = []
    if "<html" in html and page.h1 != 1:
        found.append(f"{name}: {page.h1} h1")
    found += [f"{name}: input {one} has no label" for one in page.unlabelled]
    found += [f"{name}: no scope on {one}" for one in page.headings_without_scope]
    found += [f"{name}: id {one} twice" for one in sorted({one for one in page.ids if page.ids.count(one) > 1})]
    found += [f"{name}: inline {one.strip()[:60]}" for one in INLINE.findall(html)]
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("area", AREAS)
def test_pages_are_well_formed(area):
    world = World()

    faults = []
    for row in rows_of(area):
        if row.method == "get":
            faults += faults_of(row.name, html_of(world, row))

    assert faults == []
