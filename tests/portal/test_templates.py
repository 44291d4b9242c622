"""Rules that hold for every template, and the styleguide as the place where components are seen."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template import TemplateSyntaxError, loader
from django.urls import reverse

from portal.lib.npm import icon_markup
from tests.factories.units import CommuneFactory, make_officer
from units.choices import Role

ROOT = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.html"))
# Parts of other components or of the frame, seen inside those.
NOT_ON_ITS_OWN = {"chart_scripts"}
COMPONENTS = sorted({path.stem for path in (ROOT / "components").glob("*.html")} - NOT_ON_ITS_OWN)


def twice(values: list) -> list:
    """What stands there more than once."""
    return sorted(value for value, count in Counter(values).items() if count > 1)


def source(name: str) -> str:
    """Text of a template without its comments."""
    text = (ROOT / name).read_text(encoding="utf-8")
    text = re.sub(r"{% comment %}.*?{% endcomment %}", "", text, flags=re.S)
    return re.sub(r"{#.*?#}", "", text)


LANDMARKS = {"nav": "navigation", "aside": "complementary", "main": "main"}
NAMED_LANDMARKS = {"section": "region", "form": "form"}
LANDMARK_ROLES = {*LANDMARKS.values(), *NAMED_LANDMARKS.values(), "search"}


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
        self.landmarks: list[tuple[str, str]] = []
        self._in_table = self._has_th = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "id" in given:
            self.ids.append(given["id"])
        self.h1 += tag == "h1"
        self._note_landmark(tag, given)
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

    def _note_landmark(self, tag: str, given: dict) -> None:
        """What a screen reader offers to jump to, by role and name; a section or form only when it has a name."""
        name = given.get("aria-label") or given.get("aria-labelledby") or ""
        role = given.get("role") or LANDMARKS.get(tag) or (name and NAMED_LANDMARKS.get(tag))
        if role in LANDMARK_ROLES:
            self.landmarks.append((role, name))

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


def found_in(rule, names=TEMPLATES) -> dict[str, list]:
    """Templates that break a rule, with what breaks it. `rule`: text without comments → what is wrong with it."""
    return {name: wrong for name in names if (wrong := rule(source(name)))}


def test_every_template_parses():
    unreadable = {}
    for name in TEMPLATES:
        try:
            loader.get_template(name)
        except TemplateSyntaxError as error:
            unreadable[name] = str(error)

    assert unreadable == {}


def test_no_template_has_inline_script_or_style():
    def inline(text):
        tags = re.findall(r"<script\b[^>]*>", text)
        return [
            *(tag for tag in tags if "src=" not in tag and "application/json" not in tag),
            *re.findall(r"<style\b", text),
            *re.findall(r"\sstyle\s*=", text),
            *re.findall(r"\son[a-z]+\s*=\s*[\"']", text),
            *re.findall(r"hx-on|hx-vals\s*=\s*['\"]js:|javascript:", text),
        ]

    assert found_in(inline) == {}
    assert inline('<script>x</script><style><p style="" onclick=""><a hx-on:click="" href="javascript:x">')


def test_no_template_loads_from_elsewhere():
    assert found_in(lambda text: re.findall(r"(?:src|href)=[\"'](?:https?:)?//[^\"']*", text)) == {}


def test_table_headings_have_scope():
    assert found_in(lambda text: re.findall(r"<th(?![a-z])(?![^>]*\bscope=)[^>]*>", text)) == {}


def test_components_are_short_and_say_how_they_are_used():
    texts = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "components").glob("*.html")}

    assert [name for name, text in texts.items() if not text.startswith("{% comment %}")] == []
    assert [name for name, text in texts.items() if len(text.splitlines()) > 25] == []


def test_icons_exist():
    def unknown(text):
        return [name for name in set(re.findall(r"{% icon \"([^\"]+)\"", text)) if not icon_markup(name)]

    assert found_in(unknown) == {}


FORM_TAG = re.compile(r"<form\b(?:{[{%].*?[%}]}|[^>{])*>", re.S)
TYPED = re.compile(
    r"<(?:input|textarea)\b(?![^>]*type=\"(?:hidden|checkbox)\")|\bcrispy\b(?! *_)|\bas_crispy_field\b", re.S
)


def browser_speaks(text: str) -> list[str]:
    """Forms typed into and sent by POST in which the browser, in its own language, says what is missing."""
    return [
        tag[0]
        for tag in FORM_TAG.finditer(text)
        if 'method="post"' in tag[0]
        and "novalidate" not in tag[0]
        and TYPED.search(text[tag.end() : text.find("</form>", tag.end())])
    ]


def test_the_portal_itself_says_what_is_missing_in_a_form():
    rules = {
        '<form method="post"><input name="a" required></form>': 1,
        '<form method="post" action="{% url "a" b %}" class="c">{{ form|crispy }}</form>': 1,
        '<form method="post" novalidate><textarea name="a" required></textarea></form>': 0,
        '<form method="post"><input type="hidden" name="a"><button>Đồng ý</button></form>': 0,
        '<form method="get"><input name="q"></form>': 0,
    }

    assert [len(browser_speaks(text)) for text in rules] == list(rules.values())
    assert {name: found for name in TEMPLATES if (found := browser_speaks(source(name)))} == {}


def silent_forms(text: str) -> list[str]:
    """Forms drawn by crispy-forms that would not say what is wrong with them as a whole."""
    drawn = re.findall(r"{{ ?([\w.]+)\|crispy|{% ?crispy ([\w.]+)", text)
    told = re.findall(r"{% ?error_summary ([\w.]+)|([\w.]+)\.non_field_errors", text)
    return sorted({"".join(pair) for pair in drawn} - {"".join(pair) for pair in told} - NEVER_FILLED_IN)


# Shown empty always: what is wrong is told by a message, or comes back on a page of its own.
NEVER_FILLED_IN = {"headings_form", "reprint", "return_form", "cancel_form"}


def test_what_is_wrong_with_a_form_as_a_whole_is_told_on_every_page():
    """crispy-forms does not (`bootstrap5/errors.html`), so that it is not said twice."""
    assert silent_forms("{% error_summary form %}{{ form|crispy }}{% crispy other %}") == ["other"]
    assert {name: found for name in TEMPLATES if (found := silent_forms(source(name)))} == {}


def test_text_for_people_is_composed_unicode():
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in TEMPLATES}

    assert [name for name, text in texts.items() if re.search("[\u0300-\u036f]", text)] == []


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
    assert twice(page.landmarks) == []
    assert twice(page.ids) == []


def test_every_page_says_where_its_things_may_come_from(client, db):
    client.force_login(make_officer(Role.WARD_OFFICER, CommuneFactory()))

    policy = client.get(reverse("portal:home")).headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
