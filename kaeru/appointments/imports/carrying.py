"""How any list comes in: row by row it is read, some thousand at a time are taken, all in one transaction or (a dry run) none."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from django.db import transaction

from kaeru.appointments.imports import report
from kaeru.appointments.imports.reading import Row
from kaeru.appointments.imports.report import Report
from kaeru.connectors.files.errors import BadCell, Rejection
from kaeru.connectors.files.survey import Progress
from kaeru.core import scope
from kaeru.tenants.models import Shop

ROWS_AT_ONCE = 2_000
Told = TypeVar("Told")
Take = Callable[[Sequence[Told]], None]


def carry(
    shop: Shop, path: Path, rows: Iterator[Told], begin: Callable[[], Take[Told]], done: Report, *, actor: str, progress: Progress | None
) -> Report:  # fmt: skip
    """Take the rows with what `begin` gives, which runs once, inside of the transaction. Notes the run, unless it is a dry one."""
    with scope.organization(shop.organization_id):
        run = None if done.is_dry_run else report.begin(shop, done.kind, path)
        with transaction.atomic():
            take = begin()
            while few := list(islice(rows, ROWS_AT_ONCE)):
                take(few)
                if progress:
                    progress("import", done.rows, 0)
            if done.is_dry_run:
                transaction.set_rollback(True)
        if run is not None:
            report.finish(run, done, actor)
    return done


def read(rows: Iterator[Row | Rejection], tell: Callable[[Row], Told], done: Report) -> Iterator[Told]:
    """What each row tells; `tell` raises BadCell for a row that cannot be taken, and it is rejected."""
    for row in rows:
        done.rows += 1
        if isinstance(row, Rejection):
            done.reject(row)
            continue
        try:
            yield tell(row)
        except BadCell as bad:
            done.reject(Rejection(row.line, bad.code, bad.message))
