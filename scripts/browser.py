"""Finds a Chromium for the browser tests, and installs one where that is allowed.

python scripts/browser.py            prints its path, or says how to get one (exit code 1)
python scripts/browser.py ensure     installs it first when it is missing and we are root on Debian or Ubuntu
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PACKAGES = ("chromium", "fonts-noto-cjk")
HOW = (
    "NO BROWSER: the browser tests are left out. To run them: apt-get install chromium fonts-noto-cjk "
    "(or .venv/bin/playwright install chromium), then make test-browser."
)


def find() -> str | None:
    """The path of a Chromium on this machine: KAERU_BROWSER, one on the PATH, else Playwright's own."""
    named = os.environ.get("KAERU_BROWSER")
    if named:
        return named
    for name in NAMES:
        if path := shutil.which(name):
            return path
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    own = sorted(cache.glob("chromium-*/chrome-linux*/chrome"), reverse=True)
    return next((str(path) for path in (*own, *map(Path, PLACES)) if path.exists()), None)


def has_japanese() -> bool:
    """Whether a font with Japanese letters is there (unknown counts as yes)."""
    if not shutil.which("fc-list"):
        return find() is not None
    listed = subprocess.run(["fc-list", ":lang=ja", "family"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def install() -> bool:
    """Install what is missing with apt-get; False where that is not possible."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print("Installing a browser and Japanese fonts for the tests (once; about a minute)", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    steps = (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES])
    for step in steps:
        done = subprocess.run(step, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print((done.stdout + done.stderr)[-2000:], file=sys.stderr)
            return False
    return True


def main() -> int:
    """The command line."""
    if sys.argv[1:] == ["ensure"] and (find() is None or not has_japanese()):
        install()
    path = find()
    print(path or HOW, file=sys.stdout if path else sys.stderr)
    if not path and os.environ.get("CI") == "true":
        return 1
    return 0 if path or sys.argv[1:] == ["ensure"] else 1


if __name__ == "__main__":
    sys.exit(main())
