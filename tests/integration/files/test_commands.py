"""`kaeru import orders` and `kaeru report …` as scripts call them: one JSON document, and exit codes that mean something."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from kaeru.cli import imports, report
from kaeru.core import scope
from kaeru.orders.models import Order
from tests.cast import Cast
from tests.unit.files.samples import put, row, table


def run(app: Any, *arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def document(result: Result) -> dict[str, Any]:
    """The one document on standard output."""
    return dict(json.loads(result.stdout))


def test_it_imports_and_says_so(cast: Cast, tmp_path: Path) -> None:
    path = put(tmp_path, table([row(), row("1002", status="cancelled")]))
    result = run(imports.app, "orders", path, "--shop", "kotori", "--layout", "kaeru", "--json")
    assert result.exit_code == 0
    told = document(result)
    assert {name: told[name] for name in ("rows", "accepted", "rejected", "cancellations", "rejections")} == {
        "rows": 2, "accepted": 2, "rejected": 0, "cancellations": 1, "rejections": [],
    }  # fmt: skip
    assert told["orders"]["created"] == 2
    rates = document(run(report.app, "cancellations", "--shop", "kotori", "--json"))
    assert rates["rows"] == [{"period": "all", "orders": 2, "cancelled": 1, "rate": 0.5}]
    assert rates["definition"]


def test_it_ends_with_one_and_the_lines_when_rows_were_rejected(cast: Cast, tmp_path: Path) -> None:
    path = put(tmp_path, table([row(), row("1002", quantity="x")]))
    result = run(imports.app, "orders", path, "--shop", "kotori", "--layout", "kaeru", "--json")
    assert result.exit_code == 1
    told = document(result)
    assert (told["accepted"], told["rejected"]) == (1, 1)
    assert told["rejections"] == [{"line": 3, "code": "number", "message": "not a number: 'x'"}]


def test_it_shows_rejected_rows_to_people(cast: Cast, tmp_path: Path) -> None:
    path = put(tmp_path, table([row(quantity="x")] * 30))
    result = run(imports.app, "orders", path, "--shop", "kotori", "--layout", "kaeru")
    assert result.exit_code == 1
    assert "line 2: not a number: 'x' (number)" in result.stderr
    assert "10 more" in result.stderr


def test_it_imports_nothing_in_a_dry_run(cast: Cast, tmp_path: Path) -> None:
    path = put(tmp_path, table([row()]))
    told = document(run(imports.app, "orders", path, "--shop", "kotori", "--layout", "kaeru", "--dry-run", "--json"))
    assert (told["orders"]["created"], told["dry_run"]) == (1, True)
    with scope.everyone():
        assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        ("order_id,title\n1,\ufffd\n".encode() + b"2,\xff\n", "encoding", None),
        (b"a,b\n1,2\n", "wrong_layout", 1),
        (b"PK\x03\x04", "not_csv", None),
        (b"order_id,placed_at,title,unit_price,unit_price\n", "duplicate_header", 1),
    ],
)
def test_it_refuses_a_file_in_the_same_shape(
    cast: Cast, tmp_path: Path, data: bytes, code: str, line: int | None
) -> None:
    result = run(imports.app, "orders", put(tmp_path, data), "--shop", "kotori", "--layout", "kaeru", "--json")
    assert result.exit_code == 1
    told = document(result)
    assert [(bad["code"], bad["line"]) for bad in told["rejections"]] == [(code, line)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--shop", "kotori"], ["--shop", "kotori", "--layout", "amazon"], ["--shop", "nobody", "--layout", "kaeru"],
        ["--shop", "kotori", "--layout", "kaeru", "--map", "missing.toml"],
    ],
)  # fmt: skip
def test_it_ends_with_two_when_used_wrongly(cast: Cast, tmp_path: Path, arguments: list[str]) -> None:
    assert run(imports.app, "orders", put(tmp_path, table([row()])), *arguments).exit_code == 2


def test_it_ends_with_two_where_there_is_no_file(cast: Cast, tmp_path: Path) -> None:
    assert run(imports.app, "orders", tmp_path / "none.csv", "--shop", "kotori", "--layout", "kaeru").exit_code == 2


def test_it_asks_which_organization_is_meant(cast: Cast, tmp_path: Path) -> None:
    from tests import builders

    builders.shop(cast.other_organization, "kotori", "同名の店")
    path = put(tmp_path, table([row()]))
    assert run(imports.app, "orders", path, "--shop", "kotori", "--layout", "kaeru").exit_code == 2
    chosen = run(
        imports.app, "orders", path, "--shop", "kotori", "--layout", "kaeru", "--organization", "chidori", "--json"
    )
    assert chosen.exit_code == 0
    with scope.organization(cast.other_organization.id):
        assert Order.objects.count() == 1


def test_it_reports_returns_that_are_not_causal(cast: Cast) -> None:
    told = document(run(report.app, "repurchase", "--shop", "kotori", "--windows", "1,7", "--json"))
    assert told["causal"] is False
    assert [window["days"] for window in told["windows"]] == [1, 7]
    assert document(run(report.app, "reasons", "--shop", "kotori", "--json"))["rows"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["repurchase", "--windows", "soon"], ["repurchase", "--windows", "0"], ["cancellations", "--from", "yesterday"],
        ["cancellations", "--count", "lines", "--within", "7"], ["cancellations", "--count", "everything"],
    ],
)  # fmt: skip
def test_it_refuses_questions_it_cannot_answer(cast: Cast, arguments: list[str]) -> None:
    assert run(report.app, *arguments, "--shop", "kotori").exit_code == 2


def test_it_shows_a_table_to_people(cast: Cast) -> None:
    result = run(report.app, "cancellations", "--shop", "kotori", "--by", "month", "--count", "orders_any")
    assert result.exit_code == 0
    assert "orders placed in the period" in result.stdout
