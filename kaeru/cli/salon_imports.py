"""`kaeru import customers` and `kaeru import appointments`: what a salon's former system lets its people download."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from django.db import DatabaseError

from kaeru.appointments.imports import columns, remembered
from kaeru.appointments.imports.customers import import_customers
from kaeru.appointments.imports.report import Report
from kaeru.appointments.imports.visits import import_appointments
from kaeru.cli.import_answers import end, progress, refuse
from kaeru.cli.output import fail
from kaeru.cli.shops import the_shop
from kaeru.connectors.files.errors import FileRefused
from kaeru.core import events, scope
from kaeru.tenants.models import ShopKind

File = Annotated[Path, typer.Argument(help="CSV or TSV, also gzip: UTF-8, cp932 (Shift_JIS) or UTF-16.")]
Salon = Annotated[str, typer.Option("--shop", help="The salon's short name.")]
MapFile = Annotated[Path | None, typer.Option("--map", help="Your own columns and words, over the usual ones.")]
Encoding = Annotated[str, typer.Option(help="Only where it cannot be told from the file: utf-8, cp932, utf-16-le …")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and compare everything, write nothing.")]
Owner = Annotated[str, typer.Option(help="Needed only where several exist.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def customers(
    file: File, shop: Salon, map_file: MapFile = None, encoding: Encoding = "", dry_run: DryRun = False, organization: Owner = "",
    json: Json = False,
) -> None:  # fmt: skip
    """Import a salon's list of clients. The same list again changes nothing; notes written here stay."""
    _run("customers", import_customers, file, shop, map_file, encoding, dry_run, organization, json)


def appointments(
    file: File, shop: Salon, map_file: MapFile = None, encoding: Encoding = "", dry_run: DryRun = False, organization: Owner = "",
    json: Json = False,
) -> None:  # fmt: skip
    """Import a salon's list of visits. Those of the past are history; those to come are booked and take their time."""
    _run("appointments", import_appointments, file, shop, map_file, encoding, dry_run, organization, json)


def _run(
    kind: str, take: Callable[..., Report], file: Path, slug: str, map_file: Path | None, encoding: str, dry_run: bool, organization: str,
    json: bool,
) -> None:  # fmt: skip
    here = the_shop(slug, organization)
    if here.kind != ShopKind.SALON:
        fail(f"The shop {slug} is no salon.", code=2)
    if not file.is_file():
        fail(f"There is no file {file}.", code=2)
    try:
        with scope.organization(here.organization_id):
            said = dict(columns.document(map_file) if map_file else remembered.recall(here, kind, file))
        chosen = columns.build(kind, said, here.timezone)
    except FileRefused as refused:
        fail(refused.message, code=2)
    try:
        with progress() as report:
            told = take(here, file, chosen, actor="cli", encoding=encoding, dry_run=dry_run, progress=report)
            done = 0
            while not dry_run and (moved := events.deliver(1000)):
                done += moved
                report("settle", done, 0)
    except FileRefused as refused:
        refuse(refused, json, ("created", "updated", "unchanged"), kind)
    except DatabaseError as failure:
        fail(f"The database refused: {failure}. Nothing was imported; run the same command again.", code=3)
    if map_file is not None and not dry_run and told.accepted:
        with scope.organization(here.organization_id):
            remembered.remember(here, kind, map_file.stem, said, actor="cli")
    end(told.as_json(), json)
