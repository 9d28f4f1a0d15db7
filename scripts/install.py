"""Makes `.venv` with exactly the locked packages: `python3 scripts/install.py run` (or `dev`: with the test tools).

Needs nothing but Python; parses on old ones too, so that they get a sentence instead of a syntax error.
Runs only when the lock or pyproject.toml changed since the last time.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
OLDEST = (3, 11)


def stop(message: str) -> NoReturn:
    """End with a sentence for people."""
    print("\n" + message + "\n", file=sys.stderr)
    sys.exit(3)


def is_current(kind: str) -> bool:
    """Whether this kind was installed after its lock last changed, into a .venv that still works.

    The development lock holds the run-time one, version for version.
    """
    if kind == "run" and is_current("dev"):
        return True
    stamp = VENV / (".installed-" + kind)
    if not stamp.exists() or not (VENV / "bin" / "kaeru").exists() or not (VENV / "bin" / "python").exists():
        return False
    return all((ROOT / name).stat().st_mtime <= stamp.stat().st_mtime for name in (LOCKS[kind], "pyproject.toml"))


def make_venv() -> None:
    """An empty environment, unless there is one of a Python that is new enough."""
    python = VENV / "bin" / "python"
    if python.exists():
        asked = subprocess.run(
            [str(python), "-c", "import sys, pip; print(sys.version_info >= (3, 11))"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        if asked.stdout.strip() == b"True":
            return
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    if made.returncode:
        print(made.stdout.decode(errors="replace"), file=sys.stderr)
        stop("Python could not make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv")


def pip(what: str, total: int, *arguments: str) -> None:
    """Run pip; show how far it is, and its own words only when it fails."""
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    environment = dict(os.environ, PYTHONUNBUFFERED="1", PIP_PROGRESS_BAR="off", PIP_ROOT_USER_ACTION="ignore")
    said = []
    seen = 0
    is_terminal = sys.stderr.isatty()
    process = subprocess.Popen(
        command + list(arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, cwd=str(ROOT)
    )
    assert process.stdout is not None
    for raw in process.stdout:
        line = raw.decode(errors="replace").rstrip()
        said.append(line)
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            seen += 1
            if is_terminal:
                print(f"\r\033[K  {what}: {seen} of {total}", end="", file=sys.stderr, flush=True)
            elif seen % 25 == 0:
                print(f"  {what}: {seen} of {total}", file=sys.stderr, flush=True)
        elif line.startswith("Installing collected") and is_terminal:
            print(f"\r\033[K  {what}: unpacking", end="", file=sys.stderr, flush=True)
    if is_terminal:
        print("\r\033[K", end="", file=sys.stderr)
    if process.wait():
        print("\n".join(said[-25:]), file=sys.stderr)
        stop(
            "The packages could not be installed (see above). Is the network there? Run the same command again: it goes on."
        )


def main() -> None:
    """The command line."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    if is_current(kind):
        return
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:2])
        stop(f"Kaeru needs Python 3.11 or newer; this is {found}. Install python3.11, then: make PYTHON=python3.11 …")
    started = time.time()
    lock = ROOT / LOCKS[kind]
    total = sum(1 for line in lock.read_text(encoding="utf-8").splitlines() if line[:1].isalnum())
    print(f"Installing {total} packages into .venv (once; about half a minute)", file=sys.stderr, flush=True)
    make_venv()
    pip("packages", total, "--require-hashes", "-r", str(lock))
    pip("kaeru", 1, "--no-deps", "-e", ".")
    (VENV / (".installed-" + kind)).touch()
    print(f"Installed in {time.time() - started:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
