"""The tables as the migrations make them: made once, then copied for everybody who needs a database.

python -m tests.tables     makes them for the database of KAERU_TEST_DATABASE, if nobody has yet

SQLite's stay in .cache/tables until a migration changes; PostgreSQL's live as long as its server does.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".cache" / "tables"
PREFIX = "kaeru_tables_"
_IMPORTS = re.compile(r"^\s*(?:from|import) (kaeru[.\w]*)(?: import (.+))?", re.MULTILINE)


def sqlite(copy: Path) -> Path:
    """Put a database with all tables there. Raises CalledProcessError when the migrations fail."""
    with _made() as tables:
        shutil.copyfile(tables, copy)
    return copy


def postgres(server: str, name: str) -> str:
    """Make the database `name` with all tables on the server of this address; its own address. Raises CalledProcessError."""
    template = _postgres(server)
    drop(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return address(server, name)


def drop(server: str, name: str) -> None:
    """Remove a database, whoever is still in it."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def address(server: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


@contextmanager
def _made() -> Iterator[Path]:
    """Where the tables are; nobody changes them meanwhile."""
    made = KEPT / f"{key()}.sqlite3"
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            for old in KEPT.glob("*.sqlite3*"):
                old.unlink()
            with tempfile.TemporaryDirectory(dir=KEPT) as folder:
                fresh = Path(folder) / "fresh.sqlite3"
                _migrate(f"sqlite://{fresh}", Path(folder))
                fresh.rename(made)
        yield made


def _postgres(server: str) -> str:
    name = f"{PREFIX}{key()}"
    with psycopg.connect(server, autocommit=True) as connection, _alone(connection):
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            old = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{PREFIX}%"])
            for (gone,) in old.fetchall():
                connection.execute(f"DROP DATABASE {gone} WITH (FORCE)")
            fresh = f"{PREFIX}fresh"
            connection.execute(f"CREATE DATABASE {fresh}")
            with tempfile.TemporaryDirectory() as folder:
                _migrate(address(server, fresh), Path(folder))
            connection.execute(f"ALTER DATABASE {fresh} RENAME TO {name}")
    return name


@contextmanager
def _alone(connection: "psycopg.Connection[Any]") -> Iterator[None]:
    connection.execute("SELECT pg_advisory_lock(8224)")
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(8224)")


def _migrate(url: str, home: Path) -> None:
    environment = {
        **os.environ, "KAERU_DATABASE_URL": url, "KAERU_HOME": str(home), "KAERU_SECRET_KEY": "tables-" + "k" * 40, "KAERU_DEMO": "0",
    }  # fmt: skip
    words = [sys.executable, "-m", "kaeru", "manage", "migrate", "--verbosity=0", "--no-input"]
    subprocess.run(words, cwd=ROOT, env=environment, check=True)


@cache
def key() -> str:
    """Of everything that the tables come from: migrations, what they import, the settings and the locked versions."""
    migrations = sorted((ROOT / "kaeru").glob("*/migrations/*.py"))
    read = {path for path in migrations for path in (path, *_imported(path))}
    seen = hashlib.sha256()
    for path in sorted({*read, ROOT / "kaeru" / "conf" / "settings.py", ROOT / "requirements-dev.lock"}):
        seen.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return seen.hexdigest()[:16]


def _imported(migration: Path) -> Iterator[Path]:
    for module, names in _IMPORTS.findall(migration.read_text("utf-8")):
        place = ROOT / Path(*module.split("."))
        inner = [place / name.strip() for name in names.split(",")] if names else []
        yield from (found for path in (place, *inner) if (found := path.with_suffix(".py")).is_file())


if __name__ == "__main__":
    if os.environ.get("KAERU_TEST_DATABASE") == "postgres":
        _postgres(os.environ["KAERU_DATABASE_URL"])
    else:
        with _made():
            pass
