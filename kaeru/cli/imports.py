"""`kaeru import`: take over what the shop's system lets its people download."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from django.db import DatabaseError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kaeru.cli.output import answer, fail, people
from kaeru.cli.shops import the_shop
from kaeru.connectors.files import layout as layouts
from kaeru.connectors.files.errors import FileRefused
from kaeru.connectors.files.importing import import_orders
from kaeru.connectors.files.survey import Progress as Report
from kaeru.core import events

app = typer.Typer(help="Take over files of the past.", no_args_is_help=True)
_STAGES = {"survey": "Looking the file over", "import": "Importing rows", "settle": "Recording cancellations"}
_SHOWN = 20


@app.callback()
def _group() -> None:
    """Keeps `orders` a command of its own while it is the only one."""


@app.command("orders")
def orders(
    file: Annotated[Path, typer.Argument(help="CSV or TSV, also gzip: UTF-8, cp932 (Shift_JIS) or UTF-16.")],
    shop: Annotated[str, typer.Option(help="The shop's short name.")],
    layout: Annotated[str, typer.Option(help="kaeru, shopify, qoo10, rakuten, nextengine or eccube4.")] = "",
    map_file: Annotated[
        Path | None, typer.Option("--map", help="Your own columns and words, over the layout or alone.")
    ] = None,
    encoding: Annotated[
        str, typer.Option(help="Only where it cannot be told from the file: utf-8, cp932, utf-16-le, cp1252 …")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and compare everything, write nothing.")] = False,
    organization: Annotated[str, typer.Option(help="Needed only where several exist.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Import a list of orders. The same file again changes nothing; nobody is written to because of it."""
    if not layout and map_file is None:
        fail(f"Please say --layout ({', '.join(layouts.names())}) or --map.", code=2)
    try:
        chosen = layouts.load(layout, map_file)
    except FileRefused as refused:
        fail(refused.message, code=2)
    if not file.is_file():
        fail(f"There is no file {file}.", code=2)
    try:
        with _progress() as report:
            told = import_orders(
                the_shop(shop, organization),
                file,
                chosen,
                actor="cli",
                encoding=encoding,
                dry_run=dry_run,
                progress=report,
            )
            done = 0
            while not dry_run and (moved := events.deliver(1000)):
                done += moved
                report("settle", done, 0)
    except FileRefused as refused:
        _refuse(refused, json)
    except DatabaseError as failure:
        fail(f"The database refused: {failure}. What was imported before stays; run the same command again.", code=3)
    document = told.as_json()
    if not json:
        _say(document)
    answer(document if json else {name: value for name, value in document.items() if name != "rejections"}, json)
    raise typer.Exit(1 if told.rejected else 0)


def _refuse(refused: FileRefused, json: bool) -> None:
    """Nothing of the file was taken: say so in the same shape."""
    rejection = {"line": refused.line, "code": refused.code, "message": refused.message}
    if json:
        nothing = {"created": 0, "updated": 0, "unchanged": 0, "stale": 0}
        answer(
            {"rows": 0, "accepted": 0, "rejected": 0, "orders": nothing, "cancellations": 0, "rejections": [rejection]},
            as_json=True,
        )
    fail(f"The file was not imported. {f'Line {refused.line}: ' if refused.line else ''}{refused.message}", code=1)


def _say(document: dict[str, Any]) -> None:
    """Rejected rows for people: the first of them."""
    for bad in document["rejections"][:_SHOWN]:
        people.print(f"line {bad['line']}: {bad['message']} ({bad['code']})", markup=False, highlight=False)
    if document["rejected"] > _SHOWN:
        people.print(f"… {document['rejected'] - _SHOWN} more; --json lists them", markup=False)


@contextmanager
def _progress() -> Iterator[Report]:
    """A bar on standard error; nothing where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=people, disable=not people.is_terminal) as bar:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(_STAGES[stage], total=total or None)
            bar.update(tasks[stage], completed=done, total=total or None)

        yield report
