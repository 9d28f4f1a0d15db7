"""The audit file and the command that reads it say what the page says."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kaeru.cli.commands import app
from kaeru.core import scope
from kaeru.recoveries import audit, costs, rollup
from kaeru.recoveries.figures import figure
from kaeru.recoveries.models import Figure
from kaeru.uplift import files
from kaeru.uplift.analysis import analyse
from tests.cast import Cast
from tests.integration.recoveries.world import fill

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("window", [7, 30])
def test_it_says_what_the_page_says(cast: Cast, tmp_path: Path, window: int) -> None:
    with scope.organization(cast.organization.id):
        costs.set_costs(cast.kotori, costs.Costs(margin_percent=40), actor="test")
        fill(cast.kotori, 600, seed=4)
        rollup.roll_shops([cast.kotori.id])
        pages = {one.key: one.answer for one in Figure.objects.filter(window=window)}
    assert len(pages) >= 6
    for key, page in pages.items():
        path = tmp_path / "audit.csv"
        path.write_text("".join(audit.lines(cast.kotori, part=key, window=window)), "utf-8")
        told = json.loads(CliRunner().invoke(app, ["uplift", str(path), f"--window={window}", "--json"]).stdout)
        found = told["answer"]
        assert (found["verdict"], told["causal"]) == (page["verdict"], True), key
        for side in ("treated", "held"):
            assert {name: found[side][name] for name in ("units", "back")} == {
                name: page[side][name] for name in ("units", "back")
            }, key
        assert found["uplift"] == pytest.approx(page["uplift"])
        assert found["interval"] == pytest.approx([page["low"], page["high"]])
        assert found["log_e"] == pytest.approx(page["log_e"], abs=1e-9)
        assert found["money"]["difference"] == pytest.approx(page["money"]["per_cancellation"])
        if page["money"]["low"] is not None:
            assert found["money"]["interval"] == pytest.approx([page["money"]["low"], page["money"]["high"]])


def test_it_leaves_open_what_is_not_over(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 40, seed=2, days=50)
    read = files.read(audit.lines(cast.kotori))
    assert read.left.not_over > 5
    assert read.pi == "file"
    assert np.all(read.units.pi == 0.5)
    assert analyse(read.units).treated.units + analyse(read.units).held.units == 40 - read.left.not_over


def test_it_names_nobody(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 5, seed=1)
    text = "".join(audit.lines(cast.kotori))
    assert "@" not in text
    assert text.splitlines()[0] == ",".join(files.COLUMNS)


def test_it_shows_nothing_of_another_organization(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 5, seed=1)
    assert len("".join(audit.lines(cast.other_shop)).splitlines()) == 1
    with scope.organization(cast.other_organization.id):
        assert figure(cast.kotori.id) is None


@pytest.mark.parametrize("part", ["", "reason:", "reason:x", "shop", "channel:", "scenario:²"])
def test_it_knows_its_parts(cast: Cast, part: str) -> None:
    with pytest.raises(ValueError, match="a part is"):
        audit.lines(cast.kotori, part=part)
