"""docs/reference/scenario-files.md tells every word of a scenario file, and none that is not there."""

import re
from pathlib import Path

import pytest
import yaml

from kaeru.scenarios.files import load
from kaeru.scenarios.files.writing import HEAD, SETTINGS
from kaeru.scenarios.kinds import kinds

PAGE = (Path(__file__).parents[2] / "docs/reference/scenario-files.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("name", [*kinds()])
def test_it_tells_every_field_and_way_of_each_kind(name: str) -> None:
    kind, section = kinds()[name], SECTIONS[name]
    ways = kind.arms({f"weight_{letter}": 25 for letter in "abcd"})
    words = [*(field.name for field in kind.fields), *(arm.name for arm in ways)]
    assert [word for word in words if f"`{word}`" not in section] == []
    for field in kind.fields:
        if field.choices:
            assert [code for code, _label in field.choices if code and f"`{code}`" not in section] == []


@pytest.mark.parametrize("name", [*kinds()])
def test_it_tells_no_field_that_is_not_there(name: str) -> None:
    told = {
        word
        for row in re.findall(r"^\| (`.+?) \|", SECTIONS[name], re.MULTILINE)
        for word in re.findall(r"`(\w+)`", row)
    }
    assert told == {field.name for field in kinds()[name].fields}


def test_it_tells_every_setting() -> None:
    assert SECTIONS.keys() == kinds().keys()
    assert [word for word in (*HEAD, *SETTINGS, "steps") if f"| `{word}` |" not in PAGE] == []


def test_its_example_is_a_scenario() -> None:
    example = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
    assert yaml.safe_load(example)["kaeru_scenario"] == 1
    assert load(example).errors == []
