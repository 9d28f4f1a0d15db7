"""Where benches play: a filled database of each kind, a fresh copy for every player, each player in a process of its own."""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent


def play(module: str, *arguments: str, database_url: str, home: Path) -> dict[str, Any]:
    """Run `python -m module arguments` on the database; its last line on standard output is its JSON result."""
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "kaeru.conf.settings",
        "KAERU_HOME": str(home),
        "KAERU_SECRET_KEY": "bench-only-" + "k" * 40,
        "KAERU_DATABASE_URL": database_url,
        "KAERU_DEMO": "0",
    }
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True, text=True
    )
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def result(**figures: Any) -> None:
    """A player's result, with its peak memory in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**figures, "memory_mb": round(peak, 1)}), flush=True)


class Databases:
    """One kind of database: a filled original, and fresh copies of it."""

    def __init__(self, kind: str, folder: Path, server_url: str = "") -> None:
        self.kind, self.folder, self._server, self._copies = kind, folder, server_url, 0

    @property
    def original(self) -> str:
        """Address of the original."""
        return self._server if self.kind == "postgres" else f"sqlite:///{self.folder}/original.sqlite3"

    def copy(self) -> str:
        """Address of a fresh copy; nobody may be connected to the original."""
        self._copies += 1
        if self.kind == "sqlite":
            target = self.folder / f"copy{self._copies}.sqlite3"
            shutil.copyfile(self.folder / "original.sqlite3", target)
            return f"sqlite:///{target}"
        import psycopg

        parts = urlsplit(self._server)
        name = f"copy{self._copies}"
        with psycopg.connect(parts._replace(path="/postgres").geturl(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {parts.path.lstrip('/')}".encode())
        return parts._replace(path=f"/{name}").geturl()

    def drop(self, url: str) -> None:
        """Make room again."""
        if self.kind == "sqlite":
            for path in self.folder.glob(Path(urlsplit(url).path).name + "*"):
                path.unlink()
            return
        import psycopg

        parts = urlsplit(url)
        with psycopg.connect(parts._replace(path="/postgres").geturl(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {parts.path.lstrip('/')} WITH (FORCE)".encode())


@contextmanager
def databases(kind: str, fill: Callable[[str, Path], object]) -> Iterator[Databases]:
    """A filled database of the kind (`sqlite`, `postgres`), gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="kaeru-bench-") as name:
        folder = Path(name)
        if kind == "sqlite":
            stage = Databases(kind, folder)
            fill(stage.original, folder)
            yield stage
            return
        from scripts.postgres import server

        with server() as url:
            stage = Databases(kind, folder, url)
            fill(url, folder)
            yield stage


def median(results: Sequence[dict[str, Any]], name: str) -> float:
    """The middle of one figure over the rounds."""
    return statistics.median(float(entry[name]) for entry in results)
