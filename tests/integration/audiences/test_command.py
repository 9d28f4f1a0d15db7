"""`kaeru audience`: one JSON document, honest exit codes, and problems told at their place."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kaeru.cli.commands import app
from kaeru.core import scope
from kaeru.customers import actions
from kaeru.customers.actions import Tagging
from kaeru.customers.models import Customer
from tests import builders
from tests.cast import Cast

VIP = {"field": "customer.tag", "op": "has_any", "value": ["vip"]}


@pytest.fixture
def vips(cast: Cast) -> list[Customer]:
    found = [builders.customer(cast.kotori, email=f"v{number}@example.com") for number in range(3)]
    builders.customer(cast.kotori)
    with scope.everyone():
        actions.tag([Tagging(who.organization_id, who.shop_id, who.id, "vip") for who in found], actor="test")
    return found


def run(tmp_path: Path, text: str, *options: str) -> tuple[int, Any, str]:
    path = tmp_path / "condition.yaml"
    path.write_text(text, "utf-8")
    result = CliRunner().invoke(app, ["audience", "--shop", "kotori", "--condition", str(path), *options])
    return result.exit_code, result.stdout, result.stderr


def test_it_counts_and_lists(vips: list[Customer], tmp_path: Path) -> None:
    code, out, _ = run(tmp_path, json.dumps(VIP), "--json", "--limit", "2")
    document = json.loads(out)
    assert code == 0
    assert document["count"] == 3
    assert document["customers"] == [str(who.id) for who in vips[:2]]
    assert document["condition"] == "お客様のタグに「vip」がある"


def test_it_reads_yaml_as_a_person_writes_it(vips: list[Customer], tmp_path: Path) -> None:
    text = "all:\n  - field: customer.tag\n    op: has_any\n    value: [vip]\n  - not: {field: customer.orders, op: at_least, value: 1, days: 30}\n"
    code, out, _ = run(tmp_path, text, "--json")
    assert (code, json.loads(out)["count"]) == (0, 3)
    code, out, _ = run(tmp_path, text)
    assert code == 0 and out.splitlines()[1:] == ["3", *(str(who.id) for who in vips)]


def test_it_reads_standard_input(vips: list[Customer]) -> None:
    result = CliRunner().invoke(
        app, ["audience", "--shop", "kotori", "--condition", "-", "--json"], input=json.dumps(VIP)
    )
    assert json.loads(result.stdout)["count"] == 3


@pytest.mark.parametrize(
    ("told", "path", "code"),
    [
        ({**VIP, "value": "vip"}, "condition.value", "not_a_list"),
        ({"field": "order.value", "op": "at_least", "value": 1}, "condition.field", "unknown_field"),
        (
            {"all": [{"field": "customer.language", "op": "is", "value": "fr"}]},
            "condition.all.0.value",
            "unknown_choice",
        ),
        ({"field": "moment.time", "op": "from", "value": 1320}, "condition.value", "not_a_time"),
        (None, "condition", "not_a_condition"),
    ],
)
def test_it_tells_what_is_wrong_and_where(cast: Cast, tmp_path: Path, told: Any, path: str, code: str) -> None:
    exit_code, out, err = run(tmp_path, json.dumps(told), "--json")
    (problem,) = json.loads(out)["errors"]
    assert (exit_code, problem["path"], problem["code"]) == (1, path, code)
    assert path in err and problem["message"] in err.replace("\n", "")


@pytest.mark.parametrize("text", ["{all: [", "a: b: c", "x" * 300_000])
def test_it_refuses_what_is_no_file_of_a_condition(cast: Cast, tmp_path: Path, text: str) -> None:
    assert run(tmp_path, text, "--json")[0] == 2
    assert (
        CliRunner().invoke(app, ["audience", "--shop", "kotori", "--condition", str(tmp_path / "none")]).exit_code == 2
    )
