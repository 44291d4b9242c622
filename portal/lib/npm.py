"""Front-end packages come from npm and are served from node_modules: a short list of built files, nothing else."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage

_FONT = "@fontsource/be-vietnam-pro/files/be-vietnam-pro"
_WEIGHTS = ("400-normal", "400-italic", "600-normal", "700-normal")

# Static name → file inside node_modules. Source maps stand here because the files name them and
# the manifest storage refuses a file that names something missing.
FILES = {
    "npm/bootstrap/bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "npm/bootstrap/bootstrap.min.css.map": "bootstrap/dist/css/bootstrap.min.css.map",
    "npm/bootstrap/bootstrap.bundle.min.js": "bootstrap/dist/js/bootstrap.bundle.min.js",
    "npm/bootstrap/bootstrap.bundle.min.js.map": "bootstrap/dist/js/bootstrap.bundle.min.js.map",
    "npm/htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "npm/echarts/echarts.common.min.js": "echarts/dist/echarts.common.min.js",
    **{
        f"npm/be-vietnam-pro/be-vietnam-pro-{subset}-{weight}.woff2": f"{_FONT}-{subset}-{weight}.woff2"
        for subset in ("latin", "vietnamese")
        for weight in _WEIGHTS
    },
}

MISSING = (
    "Thiếu thư mục node_modules, nên giao diện không có kiểu chữ và màu sắc. "
    "Hãy chạy lệnh “npm ci” trong thư mục dự án. "
    "(node_modules is missing: run “npm ci” in the project folder.)"
)


def node_modules() -> Path:
    """The folder npm installs into."""
    return Path(settings.NODE_MODULES)


@lru_cache(maxsize=512)
def icon_markup(name: str) -> str:
    """Inner SVG of a bootstrap icon. Raises ImproperlyConfigured for an unknown name or missing packages."""
    # Inlined rather than used from the sprite: the sprite is over a megabyte, an icon is about 400 bytes.
    folder = node_modules() / "bootstrap-icons" / "icons"
    try:
        text = (folder / f"{name}.svg").read_text(encoding="utf-8")
    except FileNotFoundError:
        if not folder.is_dir():
            raise ImproperlyConfigured(MISSING) from None
        raise ImproperlyConfigured(f"There is no bootstrap icon called {name!r}.") from None
    return " ".join(text[text.index(">") + 1 : text.rindex("</svg>")].split())


class NpmFinder(BaseFinder):
    """Staticfiles finder for FILES. Everything else in node_modules stays out of the site."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.storage = _NpmStorage(location=node_modules())

    def check(self, **kwargs):
        """System check: every listed file is there. A warning: commands and the worker do without a browser."""
        missing = [source for source in FILES.values() if not (node_modules() / source).is_file()]
        if not missing:
            return []
        hint = None if len(missing) == len(FILES) else "Missing: " + ", ".join(missing)
        return [CheckWarning(MISSING, hint=hint, id="portal.W001")]

    def find(self, path, find_all=False, **kwargs):
        """Absolute path of a listed file, in the form the staticfiles app asks for."""
        name = str(path).replace("\\", "/")
        found = node_modules() / FILES[name] if name in FILES else None
        if found is None or not found.is_file():
            return []
        return [str(found)] if find_all else str(found)

    def list(self, ignore_patterns):
        """(name, storage) of each listed file. Raises ImproperlyConfigured when a package is not installed."""
        for name, source in FILES.items():
            if not (node_modules() / source).is_file():
                raise ImproperlyConfigured(f"{MISSING} [{source}]")
            yield name, self.storage


class _NpmStorage(FileSystemStorage):
    """Reads `npm/…` names from their places in node_modules."""

    prefix = None

    def path(self, name):
        return super().path(FILES.get(name, name))
