"""`kaeru policy`: a file checked and tried on past orders; nothing is written."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from kaeru.cancellations.models import CancelPolicy
from kaeru.cancellations.policy.ready import READY
from kaeru.cli.commands import app
from kaeru.core import clock, scope
from tests import builders
from tests.cast import Cast

LARGE = """
cutoff: "14:00"
rules:
  - {id: large, name: 高額, when: {field: order.value, op: at_least, value: 10000}, result: ask}
otherwise: accept
"""


def run(tmp_path: Path, text: str, *options: str) -> tuple[int, Any, str]:
    path = tmp_path / "policy.yaml"
    path.write_text(text, "utf-8")
    result = CliRunner().invoke(app, ["policy", "check", str(path), "--shop", "kotori", *options])
    return result.exit_code, result.stdout, result.stderr


def test_it_says_what_would_have_been_answered(cast: Cast, tmp_path: Path) -> None:
    for total in (500, 12_000, 20_000):
        builders.order(cast.kotori, None, total=total, placed_at=clock.now() - timedelta(days=3))
    builders.order(cast.kotori, None, total=99_000, placed_at=clock.now() - timedelta(days=30))
    code, out, _ = run(tmp_path, LARGE, "--days", "7", "--minutes", "5", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["orders"], told["results"]["accept"], told["results"]["ask"], told["minutes"]) == (3, 1, 2, 5)
    assert told["by_rule"] == {"otherwise": 1, "large": 2}
    assert told["changed"] == [{"before": "accept", "now": "ask", "orders": 2}]
    with scope.everyone():
        assert not CancelPolicy.objects.exists()


def test_it_says_where_a_file_is_wrong(cast: Cast, tmp_path: Path) -> None:
    code, out, said = run(tmp_path, "rules: [{id: a, result: refuse}]", "--json")
    assert code == 1
    assert json.loads(out)["errors"][0]["path"] == "rules.0.ground"
    assert "rules.0.ground" in said
    assert run(tmp_path, "{")[0] == 2
    assert run(tmp_path, "[1]")[0] == 1
    assert CliRunner().invoke(app, ["policy", "check", str(tmp_path / "none"), "--shop", "kotori"]).exit_code == 2


def test_it_shows_what_counts_now(cast: Cast) -> None:
    shown = CliRunner().invoke(app, ["policy", "show", "--shop", "kotori"])
    assert json.loads(shown.stdout) == {"version": 0, "policy": None}
    builders.policy(cast.kotori, dict(READY[1].document), number=4)
    shown = CliRunner().invoke(app, ["policy", "show", "--shop", "kotori"])
    assert json.loads(shown.stdout) == {"version": 4, "policy": READY[1].document}
