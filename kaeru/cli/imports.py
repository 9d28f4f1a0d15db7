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
from kaeru.connectors.files import remembered
from kaeru.connectors.files.cancel_lists import import_cancellations
from kaeru.connectors.files.errors import FileRefused
from kaeru.connectors.files.importing import import_orders
from kaeru.connectors.files.layout import Layout
from kaeru.connectors.files.survey import Progress as Report
from kaeru.core import events, scope
from kaeru.tenants.models import Shop

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
    """Import a list of orders. The same file again changes nothing; nobody is written to because of it.

    A map that was used once is remembered for the shop: lists of the same columns need neither --layout nor --map again.
    """
    here = the_shop(shop, organization)
    if not file.is_file():
        fail(f"There is no file {file}.", code=2)
    chosen = _known(here, "orders", file, layout, map_file)
    try:
        with _progress() as report:
            told = import_orders(
                here,
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
    if map_file is not None and not dry_run and told.accepted:
        with scope.organization(here.organization_id):
            remembered.remember(here, "orders", map_file.stem, layouts.document(layout, map_file), actor="cli")
    _end(told.as_json(), json)


@app.command("cancellations")
def cancellations(
    file: Annotated[Path, typer.Argument(help="CSV or TSV, also gzip: UTF-8, cp932 (Shift_JIS) or UTF-16.")],
    shop: Annotated[str, typer.Option(help="The shop's short name.")],
    map_file: Annotated[Path | None, typer.Option("--map", help="Columns and words, as for orders.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help='"key=注文番号", "cancelled_at=キャンセル日", also cancel_reason and cancel_side.'),
    ] = None,
    side: Annotated[
        list[str] | None,
        typer.Option(help='"shop=在庫切れ", "customer=お客様都合": the words of the column cancel_side.'),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and compare everything, write nothing.")] = False,
    organization: Annotated[str, typer.Option(help="Needed only where several exist.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Import a mall's list of cancellations. The orders must be known; the columns are remembered for the next list."""
    here = the_shop(shop, organization)
    if not file.is_file():
        fail(f"There is no file {file}.", code=2)
    said = _said(map_file, column or [], side or [])
    try:
        chosen = layouts.build("cancellations", said) if said else None
        with scope.organization(here.organization_id):
            chosen = chosen or remembered.recall(here, "cancellations", file)
            if chosen is None:
                fail(
                    'Please name the columns: --column "key=…" --column "cancelled_at=…", or --map. They are remembered.',
                    code=2,
                )
            told = import_cancellations(here, file, chosen, actor="cli", dry_run=dry_run)
            if said and not dry_run and told.rows > told.rejected:
                remembered.remember(here, "cancellations", map_file.stem if map_file else "columns", said, actor="cli")
        while not dry_run and events.deliver(1000):
            pass
    except FileRefused as refused:
        fail(f"The file was not imported. {f'Line {refused.line}: ' if refused.line else ''}{refused.message}", code=1)
    except DatabaseError as failure:
        fail(f"The database refused: {failure}. What was imported before stays; run the same command again.", code=3)
    _end(told.as_json(), json)


def _known(shop: Shop, kind: str, file: Path, layout: str, map_file: Path | None) -> Layout:
    """The layout that was said, else the remembered map that fits the file."""
    try:
        if layout or map_file is not None:
            return layouts.load(layout, map_file)
        with scope.organization(shop.organization_id):
            found = remembered.recall(shop, kind, file)
    except FileRefused as refused:
        fail(refused.message, code=2)
    if found is None:
        fail(
            f"Please say --layout ({', '.join(layouts.names())}) or --map. A map is remembered for the next list.",
            code=2,
        )
    return found


def _said(map_file: Path | None, columns: list[str], sides: list[str]) -> dict[str, Any]:
    """The map of a list of cancellations, from a file or from the command line; empty when nothing was said."""
    try:
        document = layouts.document("", map_file) if map_file else {}
    except FileRefused as refused:
        fail(refused.message, code=2)
    for table, told in (("order", columns), ("side", sides)):
        for one in told:
            name, equals, value = one.partition("=")
            if not equals or not value:
                fail(f"Not understood: {one!r}; write name=text.", code=2)
            known = document.setdefault(table, {})
            known[name] = [*known.get(name, []), value] if table == "side" else value
    return document


def _end(document: dict[str, Any], json: bool) -> None:
    """Tell the report, and end: 1 when rows were rejected."""
    if not json:
        _say(document)
    answer(document if json else {name: value for name, value in document.items() if name != "rejections"}, json)
    raise typer.Exit(1 if document["rejected"] else 0)


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
