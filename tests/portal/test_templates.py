"""Rules that hold for every template, and the styleguide as the place where components are seen."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template import loader
from django.urls import reverse

from portal.lib.npm import icon_markup
from tests.factories.units import CommuneFactory, make_officer
from units.choices import Role

ROOT = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.html"))
# Parts of other components or of the frame, seen inside those.
NOT_ON_ITS_OWN = {"chart_scripts"}
COMPONENTS = sorted({path.stem for path in (ROOT / "components").glob("*.html")} - NOT_ON_ITS_OWN)


def source(name: str) -> str:
    """Text of a template without its comments."""
    text = (ROOT / name).read_text(encoding="utf-8")
    text = re.sub(r"{% comment %}.*?{% endcomment %}", "", text, flags=re.S)
    return re.sub(r"{#.*?#}", "", text)


class Page(HTMLParser):
    """What the tests ask of a rendered page."""

    VOID = {"input", "br", "img", "link", "meta", "hr"}

    def __init__(self, html: str):
        super().__init__()
        self.h1 = self.labels_open = 0
        self.ids: list[str] = []
        self.label_for: set[str] = set()
        self.inputs: list[dict] = []
        self.headings_without_scope: list[str] = []
        self.tables_without_headings = 0
        self._in_table = self._has_th = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "id" in given:
            self.ids.append(given["id"])
        self.h1 += tag == "h1"
        if tag == "label":
            self.labels_open += 1
            self.label_for.add(given.get("for", ""))
        if tag == "th":
            self._has_th = True
            if given.get("scope") not in {"col", "row", "colgroup", "rowgroup"}:
                self.headings_without_scope.append(self.get_starttag_text())
        if tag == "table":
            self._has_th = False
        if tag in {"input", "select", "textarea"} and given.get("type") not in {"hidden", "submit", "button"}:
            self.inputs.append({**given, "inside_label": self.labels_open > 0})

    def handle_endtag(self, tag):
        self.labels_open -= tag == "label"
        if tag == "table" and not self._has_th:
            self.tables_without_headings += 1

    @property
    def unlabelled(self) -> list[str]:
        return [
            one.get("name", "?")
            for one in self.inputs
            if not (
                one["inside_label"]
                or one.get("aria-label")
                or one.get("aria-labelledby")
                or one.get("id") in self.label_for
            )
        ]


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_parses(name):
    loader.get_template(name)


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_has_no_inline_script_or_style(name):
    text = source(name)

    scripts = [
        tag for tag in re.findall(r"<script\b[^>]*>", text) if "src=" not in tag and "application/json" not in tag
    ]
    assert scripts == []
    assert re.findall(r"<style\b", text) == []
    assert re.findall(r"\sstyle\s*=", text) == []
    assert re.findall(r"\son[a-z]+\s*=\s*[\"']", text) == []
    assert re.findall(r"hx-on|hx-vals\s*=\s*['\"]js:|javascript:", text) == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_loads_nothing_from_elsewhere(name):
    assert re.findall(r"(?:src|href)=[\"'](?:https?:)?//[^\"']*", source(name)) == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_table_headings_have_scope(name):
    assert re.findall(r"<th(?![a-z])(?![^>]*\bscope=)[^>]*>", source(name)) == []


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name.startswith("components/")])
def test_component_is_short_and_says_how_it_is_used(name):
    text = (ROOT / name).read_text(encoding="utf-8")

    assert text.startswith("{% comment %}")
    assert len(text.splitlines()) <= 25


@pytest.mark.parametrize("name", TEMPLATES)
def test_icons_exist(name):
    for icon in re.findall(r"{% icon \"([^\"]+)\"", source(name)):
        assert icon_markup(icon)


@pytest.mark.parametrize("name", TEMPLATES)
def test_text_for_people_is_composed_unicode(name):
    text = (ROOT / name).read_text(encoding="utf-8")

    assert re.findall("[\u0300-\u036f]", text) == []


@pytest.fixture
def styleguide(client, db):
    client.force_login(make_officer(Role.WARD_OFFICER, CommuneFactory()))
    return client.get(reverse("portal:styleguide"), {"q": "Ánh"}).content.decode()


def test_every_component_is_on_the_styleguide(styleguide):
    ids = set(Page(styleguide).ids)

    assert [name for name in COMPONENTS if f"c-{name}" not in ids] == []


def test_styleguide_is_well_formed(styleguide):
    page = Page(styleguide)

    assert page.h1 == 1
    assert page.unlabelled == []
    assert page.headings_without_scope == []
    assert page.tables_without_headings == 0
    assert sorted({one for one in page.ids if page.ids.count(one) > 1}) == []


def test_every_page_says_where_its_things_may_come_from(client, db):
    client.force_login(make_officer(Role.WARD_OFFICER, CommuneFactory()))

    policy = client.get(reverse("portal:home")).headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
