"""The running product for browser tests: `kaeru demo` as anybody starts it, in a folder and on ports of its own.

The demo's past is lived through once in a run of the tests; every house starts from a copy of it.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kaeru.cli.demo_environment import free_port
from tests import tables

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 300
GREETED = "Ctrl-C ends it; the data stays."


@dataclass(frozen=True, slots=True)
class House:
    """Where the demo answers, and where it keeps its data."""

    url: str
    home: Path
    log: Path

    def text(self, path: str) -> str:
        """A page's text, fetched without a browser."""
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            return str(answer.read().decode())

    def complaints(self) -> str:
        """The last of what stands on its screen beneath the greeting."""
        return self.log.read_text(errors="replace").rpartition(GREETED)[2].strip()[-3000:]

    def run(self, module: str) -> None:
        """Run a module of the tests in the demo's database: what the pages cannot bring about. Raises CalledProcessError."""
        known = {name: value for name, value in os.environ.items() if not name.startswith(("KAERU_", "DJANGO_"))}
        known |= {"KAERU_HOME": str(self.home), "DJANGO_SETTINGS_MODULE": "kaeru.conf.settings"}
        subprocess.run([sys.executable, "-m", module], cwd=ROOT, env=known, check=True, timeout=60)


def lived(folder: Path) -> Path:
    """The demo's data after its first start, made by whoever of this run's processes comes first; `folder` is theirs together."""
    data = folder / "lived"
    with (folder / "lived.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not data.exists():
            home = folder / "living"
            with _running(home, folder / "living.log"):
                pass
            home.rename(data)
    return data


@contextmanager
def demo(past: Path | None = None) -> Iterator[House]:
    """`kaeru demo` until the block ends, on a copy of this past or living through its own. Raises RuntimeError with its last
    words when it does not come up."""
    with tempfile.TemporaryDirectory(prefix="kaeru-demo-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "data"
        if past is not None:
            shutil.copytree(past, home)
        with _running(home, Path(folder) / "log") as house:
            yield house


@contextmanager
def _running(home: Path, log: Path) -> Iterator[House]:
    if not home.exists():
        home.mkdir()
        tables.sqlite(home / "kaeru.sqlite3")
    url = f"http://127.0.0.1:{free_port()}"
    known = {name: value for name, value in os.environ.items() if not name.startswith(("KAERU_", "DJANGO_"))}
    command = [sys.executable, "-m", "kaeru", "demo", "--no-browser", "--port", url.rsplit(":", 1)[1]]
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=said, stderr=said, stdin=subprocess.DEVNULL,
            env={**known, "KAERU_HOME": str(home)},
        )  # fmt: skip
    try:
        _wait(process, url, log)
        yield House(url, home, log)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url + "/readyz", timeout=2):
                return
        except (urllib.error.URLError, OSError) as failure:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"kaeru demo did not come up ({failure}):\n{log.read_text()[-3000:]}") from failure
            time.sleep(0.1)
