"""Importing a file of orders: read, hand over to the shop's mirror in batches, and report what came of it.

A file is history: what it tells is counted, and nobody is written to because of it. The same file again changes nothing.
Credit slips are handed over after all orders, in the order of time, so that each finds the purchase it gives back.
"""

import hashlib
import pickle
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction

from kaeru.connectors.files.errors import Rejection
from kaeru.connectors.files.layout import Layout
from kaeru.connectors.files.reading import OrderFile
from kaeru.connectors.files.survey import Progress
from kaeru.connectors.models import ImportRun
from kaeru.core import audit, clock, ids, scope
from kaeru.core.pace import rare_collections
from kaeru.orders import actions as orders
from kaeru.orders import refunds
from kaeru.orders.models import Refund
from kaeru.orders.rules import OrderRecord, RefundRecord
from kaeru.tenants.models import Shop

LINES_AT_ONCE = 20_000
"""Order lines in one transaction: less than a second of work."""
SLIPS_AT_ONCE = 2_000
MOST_REJECTIONS = 10_000
"""Rejections that are listed; the rest is counted."""


@dataclass(slots=True)
class ImportReport:
    """What an import did, or would do (`is_dry_run`)."""

    is_dry_run: bool = False
    encoding: str = ""
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    orders: Counter[str] = field(default_factory=Counter)
    """created, updated, unchanged, stale"""
    refunds: Counter[str] = field(default_factory=Counter)
    """created, unchanged, lines_matched, lines_unmatched"""
    cancellations: int = 0
    """Whole orders and credit slips that the file tells are cancelled."""
    rejections: list[Rejection] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """The answer of `kaeru import orders --json`."""
        return {
            "rows": self.rows,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "orders": {name: self.orders[name] for name in ("created", "updated", "unchanged", "stale")},
            "cancellations": self.cancellations,
            "refunds": {
                name: self.refunds[name] for name in ("created", "unchanged", "lines_matched", "lines_unmatched")
            },
            "left_out": [{"why": why, "rows": rows} for why, rows in self.left_out.most_common()],
            "warnings": [{"message": message, "times": times} for message, times in self.warnings.most_common(100)],
            "encoding": self.encoding,
            "dry_run": self.is_dry_run,
            "rejections": [{"line": bad.line, "code": bad.code, "message": bad.message} for bad in self.rejections],
            "rejections_not_listed": max(0, self.rejected - len(self.rejections)),
        }


def import_orders(
    shop: Shop,
    path: Path,
    layout: Layout,
    *,
    actor: str,
    encoding: str = "",
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import the file; with `dry_run` everything is read and compared, and nothing is written.

    Raises FileRefused when the file cannot be read as this layout. A failure of the database midway leaves the batches
    before it in place; the same file again goes on from there.
    """
    with rare_collections():
        return _import(shop, path, layout, actor, encoding, dry_run, progress)


def _import(
    shop: Shop, path: Path, layout: Layout, actor: str, encoding: str, dry_run: bool, progress: Progress | None
) -> ImportReport:
    file = OrderFile(path, layout, currency=shop.currency, encoding=encoding, progress=progress)
    report = ImportReport(is_dry_run=dry_run, encoding=file.survey.encoding, warnings=file.warnings)
    with scope.organization(shop.organization_id), closing(sqlite3.connect("")) as aside:
        run = None if dry_run else _begin(shop, path, layout)
        aside.execute("CREATE TABLE slip (at TEXT, record BLOB)")
        for batch in _batches(_orders_of(file, report, aside)):
            told = orders.mirror(shop, batch, is_history=True, dry_run=dry_run)
            report.orders.update(created=told.created, updated=told.updated, unchanged=told.unchanged, stale=told.stale)
        slips = (pickle.loads(blob) for (blob,) in aside.execute("SELECT record FROM slip ORDER BY at, rowid"))  # noqa: S301 our own
        while few := list(islice(slips, SLIPS_AT_ONCE)):
            _mirror_refunds(shop, few, report)
        report.rows, report.accepted, report.rejected = file.tally.rows, file.tally.accepted, file.tally.rejected
        report.left_out = file.tally.left_out
        report.rejections.sort(key=lambda bad: bad.line)
        if run is not None:
            _finish(run, report, actor)
    return report


def _orders_of(file: OrderFile, report: ImportReport, aside: sqlite3.Connection) -> Iterator[OrderRecord]:
    """The file's orders; refunds are put aside on disk, rejections into the report."""
    for told in file:
        if isinstance(told, OrderRecord):
            report.cancellations += told.cancelled_at is not None
            yield told
        elif isinstance(told, RefundRecord):
            report.cancellations += told.is_cancellation
            aside.execute("INSERT INTO slip VALUES (?, ?)", [told.refunded_at.isoformat(), pickle.dumps(told)])
        elif len(report.rejections) < MOST_REJECTIONS:
            report.rejections.append(told)


def _batches(records: Iterable[OrderRecord]) -> Iterator[list[OrderRecord]]:
    batch: list[OrderRecord] = []
    lines = 0
    for record in records:
        batch.append(record)
        lines += len(record.lines) + 1
        if lines >= LINES_AT_ONCE:
            yield batch
            batch, lines = [], 0
    if batch:
        yield batch


def _mirror_refunds(shop: Shop, records: list[RefundRecord], report: ImportReport) -> None:
    if report.is_dry_run:
        report.refunds.update(refunds.foresee(shop, records))
        return
    told = refunds.mirror_refunds(shop, _not_told_singly(shop, records), is_history=True)
    report.refunds.update(
        created=told.created,
        unchanged=told.unchanged,
        lines_matched=told.lines_matched,
        lines_unmatched=told.lines_unmatched,
    )
    if told.unknown_orders:
        report.warnings["a refund names an order that is not known: left out"] += len(told.unknown_orders)


def _not_told_singly(shop: Shop, records: list[RefundRecord]) -> list[RefundRecord]:
    """Without the sums that a list tells for orders whose refunds the shop's system has told one by one: they are the same money."""
    sums = {record.order_source_id for record in records if record.source_id == f"{record.order_source_id}/refunded"}
    if not sums:
        return records
    told = Refund.objects.filter(shop=shop, order__source_id__in=sums).exclude(source_id__endswith="/refunded")
    known = set(told.values_list("order__source_id", flat=True))
    return [r for r in records if r.order_source_id not in known or r.source_id != f"{r.order_source_id}/refunded"]


def _begin(shop: Shop, path: Path, layout: Layout) -> ImportRun:
    digest = hashlib.sha256()
    with path.open("rb") as raw:
        while chunk := raw.read(1 << 20):
            digest.update(chunk)
    return ImportRun.objects.create(
        id=ids.new_id(), organization_id=shop.organization_id, shop=shop, kind="orders", layout=layout.name[:40],
        file_name=path.name[:200], file_digest=digest.digest(), started_at=clock.now(),
    )  # fmt: skip


@transaction.atomic
def _finish(run: ImportRun, report: ImportReport, actor: str) -> None:
    told = report.as_json() | {"rejections": report.as_json()["rejections"][:100]}
    ImportRun.objects.filter(id=run.id).update(finished_at=clock.now(), report=told)
    audit.record(
        run.organization_id,
        actor,
        "orders.imported",
        "import_run",
        run.id,
        rows=report.rows,
        rejected=report.rejected,
        layout=run.layout,
    )
