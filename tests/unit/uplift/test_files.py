"""The audit file, and what a file may claim."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kaeru.cli.commands import app
from kaeru.uplift import files
from kaeru.uplift.analysis import analyse
from kaeru.uplift.claim import claim
from kaeru.uplift.files import Reading, Unreadable, read
from tests.unit.uplift.dice import drawn

CLI = CliRunner()


def _file(number: int = 1200, effect: float = 0.2, pi: float = 0.8, **more: object) -> list[str]:
    some = drawn(number, effect=effect, pi=pi, seed=6)
    rows = [
        {
            "unit": f"c{at}", "scenario": "s", "revision": 1, "pi": pi, "arm": "treated" if arm else "held",
            "assigned_at": "2026-01-01T00:00:00Z", "matured_at": f"2026-02-{1 + at * 27 // number:02}T00:00:00Z",
            "outcome_7": int(came), "outcome_30": int(came), "value_30": 1000 * came, "cost": 5, **more,
        }
        for at, (arm, came) in enumerate(zip(some.arm, some.outcome, strict=True))
    ]  # fmt: skip
    return "".join(files.write(rows)).splitlines()


def test_it_reads_what_it_wrote() -> None:
    some, found = drawn(1200, effect=0.2, pi=0.8, seed=6), read(_file())
    assert found.pi == "file" and found.left == files.Left() and len(found.units) == 1200
    np.testing.assert_array_equal(found.units.arm, some.arm)
    assert analyse(found.units).log_e == pytest.approx(analyse(some).log_e)
    told = claim(found)
    assert told["causal"] and told["answer"]["verdict"] == "proven" and told["windows"]["uplift"].keys() == {"7", "30"}
    assert told["answer"]["money"]["difference"] == pytest.approx(1000 * told["answer"]["uplift"])
    json.dumps(told)


def test_it_writes_no_other_columns() -> None:
    with pytest.raises(ValueError, match="not in fieldnames"):
        list(files.write([{"mail": "x@example.com"}]))


def test_it_takes_units_in_the_order_in_which_their_windows_ended() -> None:
    lines = ["unit,pi,arm,outcome_30,matured_at", "a,.5,treated,1,2026-03-02", "b,.5,held,0,2026-03-01"]
    assert read(lines).units.arm.tolist() == [False, True]


def test_it_leaves_out_what_does_not_count_and_says_so() -> None:
    lines = ["unit,pi,arm,outcome_30", "a,.5,treated,1", "a,.5,held,0", "b,.5,held,", "c,.5,else,1", "d,.5,0,0"]
    assert read(lines).left == files.Left(not_over=1, other_arms=1, repeated=1)


def test_it_reads_files_of_others() -> None:
    how = Reading(
        mapping={"unit": "customer", "arm": "group", "outcome": "bought", "by": "city"},
        treated={"Mail", "Letter"}, held={"Nothing"}, pi=2 / 3, checks=["age"],
    )  # fmt: skip
    lines = ["customer,group,bought,city,age"]
    lines += [
        f"{at},{('Mail', 'Letter', 'Nothing')[at * 7 % 3]},{at % 2},{'NO'[at % 2]},{at % 50}" for at in range(600)
    ]
    told = claim(read(lines, how))
    assert told["causal"] and told["pi"] == "given" and [one["by"] for one in told["by"]] == ["N", "O"]
    assert told["answer"]["money"] is None and set(told["balance"]) == {"age"}


@pytest.mark.parametrize(("lines", "says"), [
    (["unit,arm,outcome_30", "a,treated,2"], "line 2"),
    (["unit,arm,pi,outcome_30", "a,treated,1,1"], "strictly between"),
    (["unit,arm,pi,outcome_30", "a,treated,x,1"], "no number"),
    (["unit,outcome_30", "a,1"], "--map arm=COLUMN"),
    (["unit,arm,outcome_7", "a,held,1"], "--map outcome_30=COLUMN"),
    (["unit,arm,outcome_30", "a,treated,1"], "one of the arms is empty"),
    ([], "there are"),
])  # fmt: skip
def test_it_says_what_is_wrong_with_a_file(lines: list[str], says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(lines)


def test_it_knows_its_columns() -> None:
    with pytest.raises(Unreadable, match="nothing is called who"):
        read(["a"], Reading(mapping={"who": "a"}))
    with pytest.raises(Unreadable, match="no column b"):
        read(["a"], Reading(mapping={"unit": "b"}))


def test_it_refuses_files_in_which_no_lot_decided() -> None:
    lines = [line.replace(",0.8,", ",,") for line in _file()]
    head = lines[0].replace("pi", "nothing")
    told = claim(read([head, *lines[1:]]))
    assert not told["causal"] and told["why"] == "not_randomised" and "answer" not in told
    assert told["rates_not_causal"]["treated"]["rate"] > 0 and "--pi" in told["what_to_do"]
    declared = claim(read([head, *lines[1:]], Reading(is_random=True)))
    assert declared["causal"] and declared["pi"] == "sizes"


def test_it_refuses_arms_that_are_not_as_promised() -> None:
    assert claim(read(_file(pi=0.7, effect=0), Reading(pi=None)))["causal"]
    lying = [line.replace(",0.7,", ",0.9,") for line in _file(pi=0.7)]
    assert claim(read(lying))["why"] == "ratio"


def test_it_refuses_arms_that_differed_before() -> None:
    dice = np.random.default_rng(3)
    lead = dice.integers(0, 40, 3000)
    arm = dice.random(3000) < np.where(lead > 12, 0.6, 0.4)
    lines = ["arm,outcome,lead", *(f"{int(a)},{dice.integers(2)},{days}" for a, days in zip(arm, lead, strict=True))]
    told = claim(read(lines, Reading(is_random=True, checks=["lead"])))
    assert told["why"] == "balance" and told["balance"]["lead"] < 1e-6


def test_it_answers_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "audit.csv.gz"
    path.write_bytes(gzip.compress("\n".join(_file()).encode()))
    told = json.loads(CLI.invoke(app, ["uplift", str(path), "--json"]).stdout)
    assert told["causal"] and told["file"] == "audit.csv.gz" and told["answer"]["verdict"] == "proven"
    shown = CLI.invoke(app, ["uplift", str(path), "--map", "by=scenario"])
    assert shown.exit_code == 0 and "proven" in shown.stdout and "points" in shown.stdout


def test_it_ends_with_four_when_the_file_shows_no_effect(tmp_path: Path) -> None:
    path = tmp_path / "sms.csv"
    path.write_text("sms,came\n" + "\n".join(f"{at % 2},{at % 3 % 2}" for at in range(50)))
    asked = ["uplift", str(path), "--map", "arm=sms,outcome=came", "--json"]
    found = CLI.invoke(app, asked)
    assert found.exit_code == 4 and json.loads(found.stdout)["causal"] is False


@pytest.mark.parametrize("more", [["--map", "x"], ["--pi", "1"], ["--map", "unit=none"]])
def test_it_ends_with_two_when_it_is_used_wrongly(tmp_path: Path, more: list[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("unit,arm,outcome_30,pi\na,held,1,.5\n")
    assert CLI.invoke(app, ["uplift", str(path), *more]).exit_code == 2
    assert CLI.invoke(app, ["uplift", str(tmp_path / "none.csv")]).exit_code == 2
    path.write_bytes(b"\xff\xfe\x00")
    assert CLI.invoke(app, ["uplift", str(path)]).exit_code == 2
