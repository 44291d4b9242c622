"""Settings come from the environment alone: they work with none set and refuse an unsafe production."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import env
from portal.cluster import locate

READ = "import django; django.setup(); from django.conf import settings; print({})"
PRODUCTION = {
    "PORTAL_ENV": "production",
    "SECRET_KEY": "x9Kq3v-7Lw0s_Zt5Rb8Ym2Nc4Hd6Jf1Gp-only-for-this-test-uA",
    "DATABASE_URL": "postgresql://portal@db.example/portal",
    "ALLOWED_HOSTS": "portal.example",
}
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "VIRTUAL_ENV")


def in_process(*command: str, **environment: str) -> subprocess.CompletedProcess:
    """Run Python with these variables and nothing else of the portal's set."""
    base = {key: os.environ[key] for key in KEPT if key in os.environ}
    variables = base | {"DJANGO_SETTINGS_MODULE": "portal.settings"} | environment
    return subprocess.run([sys.executable, *command], env=variables, capture_output=True, text=True)


def setting(expression: str, **environment: str) -> str:
    """What `settings` say; fails with their own words when they refuse."""
    done = in_process("-c", READ.format(expression), **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is required in production."),
        ({"DATABASE_URL": ""}, "DATABASE_URL is required in production."),
        ({"DEBUG": "yes"}, "DEBUG cannot be on in production."),
        ({"DEBUG": "perhaps"}, "DEBUG must be true or false, not 'perhaps'."),
        ({"TRUSTED_PROXIES": "0"}, "TRUSTED_PROXIES must be 1 or more, not 0."),
        ({"PORTAL_ENV": "live"}, "PORTAL_ENV must be development, demo or production."),
    ],
)
def test_unsafe_environment_is_refused_with_a_sentence(changed, sentence):
    done = in_process("-c", READ.format(1), **PRODUCTION | changed)

    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == f"django.core.exceptions.ImproperlyConfigured: {sentence}"


def test_production_is_closed_by_default():
    names = "DEBUG SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS ALLOWED_HOSTS"
    expression = ", ".join(f"settings.{name}" for name in names.split())

    assert setting(f"({expression})", **PRODUCTION) == "(False, True, True, True, 31536000, ['portal.example'])"


def test_production_passes_the_deployment_check():
    done = in_process("manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert done.returncode == 0, done.stderr


def test_nothing_set_means_development_on_a_private_server(tmp_path):
    expression = "(settings.DEBUG, settings.DATABASES['default']['NAME'], settings.DATABASES['default']['PORT'])"

    assert setting(expression, VAR_DIR=str(tmp_path)) == "(True, 'portal', '')"
    shutil.rmtree(locate(tmp_path).home)  # as root it stands outside the test's folder


def test_secret_is_read_from_a_file(tmp_path):
    (tmp_path / "key").write_text("from-a-mounted-file\n")

    changed = PRODUCTION | {"SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / "key")}
    assert setting("settings.SECRET_KEY", **changed) == "from-a-mounted-file"


def test_environment_helpers(monkeypatch):
    for name, value in {"SWITCH": "On", "OFF": "0", "NUMBER": "12", "LIST": " a, b,,c ", "EMPTY": ""}.items():
        monkeypatch.setenv(name, value)

    assert (env.env_bool("SWITCH"), env.env_bool("OFF", True), env.env_bool("EMPTY", True)) == (True, False, True)
    assert (env.env_int("NUMBER", 1), env.env_int("EMPTY", 1), env.env_int("UNSET", 2)) == (12, 1, 2)
    assert (env.env_list("LIST", []), env.env_list("UNSET", ["x"])) == (["a", "b", "c"], ["x"])
    with pytest.raises(ImproperlyConfigured, match="LIST must be a whole number"):
        env.env_int("LIST", 1)


def test_every_setting_the_papers_name_is_read():
    root = Path(env.__file__).parent.parent
    papers = "".join((root / name).read_text(encoding="utf-8") for name in ("README.md", "docs/operations.md"))
    sources = "".join(path.read_text(encoding="utf-8") for path in root.glob("portal/*.py"))
    named = set(re.findall(r"`([A-Z][A-Z_]{5,})\b", papers))

    assert {"DATABASE_URL", "MEDIA_ROOT", "CITIZEN_HASH_KEY", "CSRF_TRUSTED_ORIGINS"} <= named
    assert [name for name in sorted(named) if f'"{name}"' not in sources] == []
