"""Who may import whom (README "Map"), read from the syntax trees.

Inside an app every module stands in a layer; it may import its own layer and the ones before it, never a later one.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("units", "recognition")
LAYERS = ("pure", "models", "rules", "domain", "forms", "views")
# Modules of an app by layer; every other one is pure: no database, no request.
LAYER_OF = {
    "models": "models",
    "rules": "rules",
    "rule_keeping": "rules",
    "opening": "rules",
    "domain": "domain",
    "forms": "forms",
    "exports": "forms",
    "import_workbooks": "forms",
    "inspection_exports": "forms",
    "missing_exports": "forms",
    "assignment_workbook": "forms",
    "papers": "forms",
    "admin": "views",
    "apps": "views",
    "home_cards": "views",
    "jobs": "views",
    "management": "views",
    "panels": "views",
    "templatetags": "views",
    "urls": "views",
    "views": "views",
}
# The project package joins the apps in these modules only.
JOINING = ("portal.urls", "portal.views", "portal.navigation", "portal.context_processors")
OFFERED_BY_PORTAL = ("portal.jobs", "portal.lib")
FOREIGN_TO_VERBS = (
    "crispy_forms",
    "django.contrib.messages",
    "django.forms",
    "django.http",
    "django.shortcuts",
    "django.template",
    "django.urls",
    "django.views",
)


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Every module of ours that people write (no migrations), with its syntax tree."""
    for package in ("portal", *APPS):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                parts = path.relative_to(ROOT).with_suffix("").parts
                name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                yield name, ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


SOURCES = list(sources())


def imports(tree: ast.AST) -> Iterator[str]:
    """Full names of everything imported, late imports included: "units.models.Place" for `from units.models import`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_in(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def layer(name: str) -> int:
    """Number of the layer of `app.module…`."""
    parts = name.split(".")
    return LAYERS.index(LAYER_OF.get(parts[1], "pure") if len(parts) > 1 else "pure")


def faults() -> Iterator[str]:
    """Every import that points the wrong way."""
    for name, tree in SOURCES:
        app = name.split(".")[0]
        for target in imports(tree):
            line = f"{name} imports {target}"
            if app == "portal" and is_in(target, APPS) and not is_in(name, JOINING):
                yield f"{line}: only {', '.join(JOINING)} know the apps"
            if app == "units" and is_in(target, ("recognition",)):
                yield f"{line}: the register knows nothing of the yearly work"
            if app in APPS and is_in(target, ("portal",)) and not is_in(target, OFFERED_BY_PORTAL):
                yield f"{line}: of the project package apps use {', '.join(OFFERED_BY_PORTAL)}"
            if app == "recognition" and is_in(target, ("units",)) and layer(target) > LAYERS.index("domain"):
                yield f"{line}: of the register only choices, models, rules and domain are used"
            ways = (LAYERS[layer(name)], LAYERS[layer(target)]) if is_in(target, (app,)) and app in APPS else None
            # `.visible_to(user)` is a verb of the queryset, but the rules, which read the models, answer it.
            if ways and layer(target) > layer(name) and ways != ("models", "rules"):
                yield f"{line}: a later layer"
            if app in APPS and layer(name) <= LAYERS.index("domain") and is_in(target, FOREIGN_TO_VERBS):
                yield f"{line}: rules and verbs know no requests, forms or pages"


def test_imports_point_one_way():
    assert list(faults()) == []


def test_no_star_imports():
    stars = [(name, target) for name, tree in SOURCES for target in imports(tree) if target.endswith(".*")]

    # Formats are settings: the English ones are the Vietnamese ones with a few replaced.
    assert stars == [("portal.formats.en.formats", "portal.formats.vi.formats.*")]


CLOCKS = ("today", "this_year", "localdate", "localtime", "now")


def read_at_import(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls of a clock that run when the module is imported: outside functions, in decorators and defaults."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            own = [*getattr(node, "decorator_list", []), *node.args.defaults, *filter(None, node.args.kw_defaults)]
            for part in own:
                yield from read_at_import(ast.Expression(part))
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
        if name in CLOCKS:
            yield node
        yield from read_at_import(node)


def test_no_module_reads_the_clock_when_it_is_imported():
    """A server runs for weeks, and a run of the tests may pass midnight."""
    modules = SOURCES + [
        (str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted((ROOT / "tests").rglob("*.py"))
    ]

    assert [f"{name}:{call.lineno}" for name, tree in modules for call in read_at_import(tree)] == []
    late = ast.parse(
        "def f(day=today()): ...\n@case(lambda: now(), localdate().year)\ndef g(): return now()\nA = this_year()"
    )
    assert [call.lineno for call in read_at_import(late)] == [1, 2, 4]


def test_what_others_may_use_says_what_it_is():
    """Every public class and function of a module has its line; a command says it to people, in its `help`."""
    silent = [
        f"{name}.{node.name}"
        for name, tree in SOURCES
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
        if not ast.get_docstring(node) and not (".management.commands." in name and node.name == "Command")
    ]

    assert silent == []


@pytest.mark.parametrize("word", ["Unit", "Party"])
def test_word_with_too_many_meanings_names_no_class(word):
    classes = [
        f"{name}.{node.name}"
        for name, tree in SOURCES
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name == word
    ]

    assert classes == []


def test_the_walk_sees_the_code():
    names = {name for name, _tree in SOURCES}

    assert {"portal.settings", "units.models.places", "recognition.domain.transitions"} <= names
    assert (layer("recognition.scoring"), layer("units.domain.places"), layer("units")) == (0, 3, 0)


def test_each_decision_has_a_number_of_its_own():
    """They are cited by number; two written on one day took the same one twice."""
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [page.name[:4] for page in pages]
    assert pages and sorted(set(numbers)) == numbers
    for page in pages:
        assert int(page.read_text(encoding="utf-8").split(maxsplit=2)[1].rstrip(".")) == int(page.name[:4]), page.name
