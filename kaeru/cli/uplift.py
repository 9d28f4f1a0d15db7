"""`kaeru uplift`: the figures of an audit file, worked out again; also of trials that were made elsewhere."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from kaeru.cli.output import answer, fail, people

NOT_CAUSAL = 4
"""Exit code: the file is read, and shows no effect because no lot decided (or the lot is broken)."""


def uplift(
    file: Annotated[Path, typer.Argument(help="A CSV file, also packed (.gz), with one line for each customer.")],
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="What the file calls our columns: unit=customer,arm=group,outcome=bought."),
    ] = None,
    window: Annotated[int, typer.Option(min=1, help="Days: which outcome column counts.")] = 30,
    pi: Annotated[
        float | None,
        typer.Option(help="The probability of treatment, for a file without that column: a lot decided with it."),
    ] = None,
    random: Annotated[
        bool,
        typer.Option("--random", help="A lot decided, and nobody noted with which probability: taken from the sizes."),
    ] = False,
    treated: Annotated[list[str] | None, typer.Option(help="Values of the arm column that are treated.")] = None,
    held: Annotated[list[str] | None, typer.Option(help="Values of the arm column that are held out.")] = None,
    check: Annotated[
        list[str] | None, typer.Option(help="A column known before the lot: the arms must be alike in it.")
    ] = None,
    alpha: Annotated[
        float, typer.Option(min=0.0001, max=0.5, help="How often a false effect may be called shown.")
    ] = 0.05,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """What a treatment caused, from one line for each customer; refused where no lot decided who was treated. Exit code 4 then."""
    from kaeru.uplift import files
    from kaeru.uplift.claim import claim

    if pi is not None and not 0 < pi < 1:
        fail("--pi lies strictly between 0 and 1.", code=2)
    how = files.Reading(
        window=window,
        mapping=_mapping(columns or []),
        treated=frozenset(treated) if treated else files.TREATED,
        held=frozenset(held) if held else files.HELD,
        pi=pi,
        is_random=random,
        checks=tuple(check or ()),
    )
    try:
        told = claim(files.read_path(file, how), alpha)
    except (OSError, files.Unreadable) as failure:
        fail(f"{file}: {failure}", code=2)
    if json:
        answer({"file": file.name, "window": window, **told}, as_json=True)
    elif told["causal"]:
        _show(told)
    if not told["causal"]:
        people.print(f"NOT CAUSAL ({told['why']}). {told['what_to_do']}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(NOT_CAUSAL)


def _mapping(told: list[str]) -> dict[str, str]:
    pairs = [pair for one in told for pair in one.split(",") if pair]
    wrong = [pair for pair in pairs if not all(pair.partition("="))]
    if wrong:
        fail(f"Not a mapping: {wrong[0]!r}; write --map unit=customer,arm=group.", code=2)
    return dict(pair.split("=", 1) for pair in pairs)


def _show(told: dict[str, Any]) -> None:
    found = told["answer"]
    table = Table("", "treated", "held out", "difference")
    for name in ("units", "back"):
        table.add_row(name, str(found["treated"][name]), str(found["held"][name]), "")
    table.add_row("share", _share(found["treated"]["rate"]), _share(found["held"]["rate"]), _points(found["uplift"]))
    table.add_row("at every look", "", "", " to ".join(_points(one) for one in told["interval"]))
    if told["one_look"]:
        once = told["one_look"]["share"]
        table.add_row("at one look fixed before", "", "", f"{_points(once['low'])} to {_points(once['high'])}")
    if found["money"]:
        money = found["money"]
        between = money["interval"] or ("too few", "held out")
        table.add_row("net of each", f"{money['treated']:.2f}", f"{money['held']:.2f}", f"{money['difference']:+.2f}")
        table.add_row(
            "at every look", "", "", " to ".join(f"{one:+.2f}" if isinstance(one, float) else one for one in between)
        )
    console = Console()
    console.print(table)
    console.print(f"{found['verdict'].replace('_', ' ')}: log e {found['log_e']:.2f}", markup=False)
    for one in told["by"]:
        console.print(f"  {one['by']}: {_points(one['uplift'])}, {one['verdict'].replace('_', ' ')}", markup=False)


def _share(told: float | None) -> str:
    return "" if told is None else f"{told:.2%}"


def _points(told: float | None) -> str:
    return "" if told is None else f"{told * 100:+.2f} points"
