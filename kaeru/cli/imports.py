"""`kaeru import`: take over what the shop's system lets its people download."""

from pathlib import Path
from typing import Annotated, Any

import typer
from django.db import DatabaseError

from kaeru.cli import salon_imports
from kaeru.cli.import_answers import end, progress, refuse
from kaeru.cli.output import fail
from kaeru.cli.shops import the_shop
from kaeru.connectors.files import layout as layouts
from kaeru.connectors.files import remembered
from kaeru.connectors.files.cancel_lists import import_cancellations
from kaeru.connectors.files.errors import FileRefused
from kaeru.connectors.files.importing import import_orders
from kaeru.connectors.files.layout import Layout
from kaeru.core import events, scope
from kaeru.tenants.models import Shop

app = typer.Typer(help="Take over files of the past.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Files of the past, and what is to come of them."""


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
        with progress() as report:
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
        refuse(refused, json)
    except DatabaseError as failure:
        fail(f"The database refused: {failure}. What was imported before stays; run the same command again.", code=3)
    if map_file is not None and not dry_run and told.accepted:
        with scope.organization(here.organization_id):
            remembered.remember(here, "orders", map_file.stem, layouts.document(layout, map_file), actor="cli")
    end(told.as_json(), json)


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
    end(told.as_json(), json)


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


app.command("customers")(salon_imports.customers)
app.command("appointments")(salon_imports.appointments)
