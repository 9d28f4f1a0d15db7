"""The page about conditions names every field with its type and meaning, every operator and every limit, and no other."""

import re
from pathlib import Path

import yaml
from django.utils import translation

from kaeru.audiences import registry
from kaeru.audiences.checks import LONGEST_TEXT, MOST_DAYS, MOST_DEPTH, MOST_LISTED, MOST_TESTS
from kaeru.audiences.operators import OPERATORS
from kaeru.audiences.rules import check, parse

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "conditions.md").read_text("utf-8")


def _row(field: registry.Field) -> str:
    kind = f"{field.type}, days" if field.has_days else field.type
    return f"| `{field.name}` | {kind} | {field.label} | {field.definition}{'' if field.sql is None else ' · SQL'} |"


def test_it_names_every_field_as_it_is() -> None:
    with translation.override("en"):
        expected = sorted(_row(field) for field in registry.fields())
    assert sorted(re.findall(r"^\| `[a-z]+\.[a-z_.]+` \|.*$", PAGE, re.MULTILINE)) == expected, "\n".join(expected)


def test_it_names_every_type_with_its_operators() -> None:
    rows = dict(re.findall(r"^\| ([a-z, ]+) \| ((?:`[a-z_]+` ?)+) \|", PAGE, re.MULTILINE))
    named = {
        kind: tuple(re.findall(r"`(\w+)`", operators))
        for kinds, operators in rows.items()
        for kind in kinds.split(", ")
    }
    assert named == OPERATORS


def test_it_names_the_limits() -> None:
    for limit in (MOST_DEPTH, MOST_TESTS, MOST_LISTED, LONGEST_TEXT, MOST_DAYS):
        assert f"{limit:,}" in PAGE


def test_its_examples_are_conditions() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert examples
    for example in examples:
        told = yaml.safe_load(example)
        assert check(told, "", registry.fields()) == []
        assert parse(told).to_json() == told
