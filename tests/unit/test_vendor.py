"""The files of others that the browser gets are exactly the ones that were read and chosen."""

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import pytest

VENDOR = Path(__file__).parents[2] / "kaeru" / "core" / "static" / "vendor"
FILES: list[dict[str, Any]] = tomllib.loads((VENDOR / "vendor.toml").read_text())["file"]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("entry", FILES, ids=lambda entry: entry["file"])
def test_it_serves_the_file_that_was_chosen(entry: dict[str, Any]) -> None:
    assert _sha256(VENDOR / entry["file"]) == entry["sha256"]
    assert _sha256(VENDOR / entry["licence_file"]) == entry["licence_sha256"]


@pytest.mark.parametrize("entry", FILES, ids=lambda entry: entry["file"])
def test_it_says_where_the_file_came_from(entry: dict[str, Any]) -> None:
    assert entry["version"] in entry["registry"] and entry["version"] in entry["file"]
    assert entry["integrity"].startswith("sha512-")
    assert entry["licence"]


def test_it_keeps_no_file_that_nobody_vouches_for() -> None:
    known = {entry["file"] for entry in FILES} | {entry["licence_file"] for entry in FILES} | {"vendor.toml"}
    found = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert found == known
