"""The how-to for a new step kind, carried out: its file is put into the folder, its test is run, and the house knows the kind."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kaeru.scenarios import files, kinds, program
from kaeru.scenarios.flow import flow_of

GUIDE = (Path(__file__).parents[2] / "docs" / "how-to" / "add-a-step-kind.md").read_text("utf-8")
FILE, TEST = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(autouse=True)
def _season(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The file of the guide in the folder of kinds, for one test."""
    (tmp_path / "season.py").write_text(FILE, "utf-8")
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    kinds.kinds.cache_clear()
    yield
    kinds.kinds.cache_clear()
    program.OPS.pop("season", None)
    sys.modules.pop(f"{kinds.__name__}.season", None)


def written() -> dict[str, Any]:
    """What the guide's test defines."""
    found: dict[str, Any] = {}
    exec(compile(TEST, "add-a-step-kind.md", "exec"), found)
    return found


def test_it_is_one_file_and_one_test() -> None:
    found = written()
    tests = [name for name in found if name.startswith("test_")]
    assert len(tests) == 2
    for name in tests:
        found[name]()


def test_it_is_known_to_the_editor_to_files_and_to_the_store() -> None:
    fresh = kinds.kind("season").new()
    assert fresh == {"kind": "season", "first": 11, "last": 12}
    flow = flow_of([fresh])
    loaded = files.load(files.dump(flow, name="season"))
    assert loaded.problems == ()
    assert loaded.flow == flow
    [stored] = program.to_json(program.from_json([{"op": "season", "first": 11, "last": 12}]))
    assert stored == {"op": "season", "first": 11, "last": 12}
    assert "11–12" in kinds.kind("season").says(fresh, "JPY")
