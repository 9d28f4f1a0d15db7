"""What `kaeru demo` decides before the settings are read: its own data folder, port and mail catcher."""

import fcntl
import os
import random
import shutil
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

PORT = 8000
FILLED = tuple(f"{name}.sqlite3{end}" for name in ("kaeru", "demo_shop", "line") for end in ("", "-wal", "-shm"))
FILES = (*FILLED, "secret_key")
FOLDERS = ("inbox",)


def _option(arguments: Sequence[str], name: str, default: str) -> str:
    for index, argument in enumerate(arguments):
        if argument == name and index + 1 < len(arguments):
            return arguments[index + 1]
        if argument.startswith(name + "="):
            return argument.partition("=")[2]
    return default


def free_port() -> int:
    """A port to listen on later: below those that systems lend to outgoing calls, so that none of ours is sitting on it by then."""
    for port in random.sample(range(15_000, 30_000), 50):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    sys.exit("Fifty ports of this machine were tried, and all are taken.")


def forget(home: Path, files: Sequence[str] = FILES) -> None:
    """Remove what a demo left in the folder, and nothing else."""
    for name in files:
        (home / name).unlink(missing_ok=True)
    for name in FOLDERS:
        shutil.rmtree(home / name, ignore_errors=True)


def _hold(home: Path) -> None:
    """One demo in one folder: the lock goes with the process, however it ends."""
    handle = os.open(home / "demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(
            f"A demo is running with the data in {home}. Nothing was changed. Stop it first, or choose another KAERU_HOME."
        )


def prepare(arguments: Sequence[str]) -> None:
    """Set the environment of the demo. Ends with a hint when the examples are not there (they come with the source, not the wheel)."""
    root = Path(__file__).resolve().parents[2]
    if not (root / "examples" / "demo_shop").is_dir():
        sys.exit(
            "The demo needs the example shop, which comes with the source: clone the repository and run `make demo` there."
        )
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    port = _option(arguments, "--port", str(PORT))
    home = Path(os.environ.get("KAERU_HOME") or "data/demo").resolve()
    home.mkdir(parents=True, exist_ok=True)
    _hold(home)
    if "--reset" in arguments:
        forget(home)
    os.environ.update(
        KAERU_HOME=str(home),
        KAERU_DATABASE_URL="",
        KAERU_DEMO="1",
        KAERU_ALLOW_PRIVATE_EGRESS="1",
        KAERU_BASE_URL=f"http://127.0.0.1:{port}",
        KAERU_MAIL_URL=f"smtp://127.0.0.1:{free_port()}",
        KAERU_LINE_API_URL=f"http://127.0.0.1:{port}/demo/line/api",
    )
