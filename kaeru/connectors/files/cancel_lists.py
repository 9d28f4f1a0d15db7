"""Importing a mall's list of cancellations: which order or line it was, when, whose, and why, in the operator's columns.

No mall publishes the columns of its list, so they are named by a map or on the command line, and remembered. A row may name the
order, its number, or one of its lines. An order of which every line is on the list is cancelled whole; else its lines are credit slips. As with
every file, what it tells is counted, and nobody is written to. The list again changes nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from kaeru.connectors.files.assemble import side_of
from kaeru.connectors.files.cells import moment, text
from kaeru.connectors.files.columns import Header
from kaeru.connectors.files.errors import BadCell, FileRefused, Rejection
from kaeru.connectors.files.layout import Layout
from kaeru.connectors.files.opening import open_text
from kaeru.connectors.files.survey import look_over
from kaeru.connectors.files.table import Table
from kaeru.core import audit, scope
from kaeru.orders.cancelled import mirror_cancelled
from kaeru.orders.models import Order, OrderLine
from kaeru.orders.refunds import mirror_refunds
from kaeru.orders.rules import CancelledRecord, RefundLineRecord, RefundRecord
from kaeru.tenants.models import Shop

ROWS_AT_ONCE = 2_000
MOST_REJECTIONS = 10_000
NEEDED = ("key", "cancelled_at")


@dataclass(frozen=True, slots=True)
class Told:
    """One row of the list."""

    line: int
    key: str
    at: datetime
    reason: str
    side: str


@dataclass(slots=True)
class CancelReport:
    """What the list did, or would do."""

    rows: int = 0
    orders: Counter[str] = field(default_factory=Counter)
    """cancelled, known (cancelled before already), in_part"""
    rejections: list[Rejection] = field(default_factory=list)
    rejected: int = 0

    def as_json(self) -> dict[str, Any]:
        """The answer of `kaeru import cancellations --json`."""
        return {
            "rows": self.rows,
            "rejected": self.rejected,
            "orders": {name: self.orders[name] for name in ("cancelled", "known", "in_part")},
            "rejections": [{"line": bad.line, "code": bad.code, "message": bad.message} for bad in self.rejections],
        }


def import_cancellations(shop: Shop, path: Path, layout: Layout, *, actor: str, dry_run: bool = False) -> CancelReport:
    """Take over the list; with `dry_run` nothing is written. Raises FileRefused when it cannot be read by this map."""
    report = CancelReport()
    with scope.organization(shop.organization_id):
        rows = _rows(path, layout, report)
        while few := list(islice(rows, ROWS_AT_ONCE)):
            _take(shop, few, report, dry_run)
        if not dry_run:
            audit.record(
                shop.organization_id,
                actor,
                "cancellations.imported",
                "shop",
                shop.id,
                rows=report.rows,
                rejected=report.rejected,
            )
    return report


def _rows(path: Path, layout: Layout, report: CancelReport) -> Iterator[Told]:
    survey = look_over(path, layout)
    with open_text(path, survey.encoding) as stream:
        table = Table(stream, survey.delimiter)
        get = Header(table.header).getters(layout.order)
        if missing := [name for name in NEEDED if name not in get]:
            raise FileRefused(
                "columns_missing", f"no column for {', '.join(missing)}; the file has: {Header(table.header)}", 1
            )
        for row in table.rows():
            report.rows += 1
            if isinstance(row, Rejection):
                _reject(report, row)
                continue
            number, cells = row
            said = {
                name: "" if text(getter(cells)) in layout.empty else text(getter(cells)) for name, getter in get.items()
            }
            try:
                if not said["key"]:
                    raise BadCell("no_order_number", "the row names no order")
                at = moment(said["cancelled_at"], layout.zone, layout.date_form)
                yield Told(
                    number, said["key"], at, said.get("cancel_reason", ""), side_of(said.get("cancel_side", ""), layout)
                )
            except BadCell as bad:
                _reject(report, Rejection(number, bad.code, bad.message))


def _reject(report: CancelReport, bad: Rejection) -> None:
    report.rejected += 1
    if len(report.rejections) < MOST_REJECTIONS:
        report.rejections.append(bad)


def _take(shop: Shop, told: Sequence[Told], report: CancelReport, dry_run: bool) -> None:
    """These rows in a constant number of statements for reading, and two mirrorings."""
    keys = {row.key for row in told}
    orders = {o.number: o for o in Order.objects.filter(shop=shop, number__in=keys)}
    orders |= {o.source_id: o for o in Order.objects.filter(shop=shop, source_id__in=keys)}
    named = OrderLine.objects.filter(
        order__shop=shop, source_id__in=keys - orders.keys(), quantity__gt=0
    ).select_related("order")
    lines = {line.source_id: line for line in named}
    whole: dict[int, tuple[Order, Told]] = {}
    parts: dict[int, dict[int, Told]] = defaultdict(dict)
    for row in told:
        if row.key in orders:
            whole[orders[row.key].id] = orders[row.key], row
        elif row.key in lines:
            parts[lines[row.key].order_id][lines[row.key].id] = row
        else:
            _reject(
                report, Rejection(row.line, "unknown_order", "no such order is known: import the list of orders first")
            )
    slips = _parts(parts, whole)
    report.orders["known"] += sum(order.cancelled_at is not None for order, _ in whole.values())
    fresh = [(order, row) for order, row in whole.values() if order.cancelled_at is None]
    report.orders["cancelled"] += len(fresh)
    report.orders["in_part"] += len({slip.order_source_id for slip in slips})
    if not dry_run:
        mirror_cancelled(shop, [_cancelled(order, row) for order, row in fresh], is_history=True)
        mirror_refunds(shop, slips, is_history=True)


def _parts(parts: dict[int, dict[int, Told]], whole: dict[int, tuple[Order, Told]]) -> list[RefundRecord]:
    """Orders of which every line is on the list go to the whole ones; the lines of the others become credit slips."""
    of: dict[int, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order_id__in=parts, quantity__gt=0).select_related("order"):
        of[line.order_id].append(line)
    slips = []
    for order_id, rows in parts.items():
        own = of[order_id]
        if all(line.id in rows for line in own):
            whole.setdefault(order_id, (own[0].order, max(rows.values(), key=lambda row: row.at)))
            continue
        for line in own:
            if line.id in rows:
                back = RefundLineRecord(
                    line.quantity, line.quantity * line.unit_price, line.source_id, line.sku, line.title
                )
                name = f"{line.order.source_id}/{line.source_id}"[:100]
                slips.append(
                    RefundRecord(
                        name,
                        rows[line.id].at,
                        line.order.currency,
                        back.amount,
                        order_source_id=line.order.source_id,
                        lines=(back,),
                    )
                )
    return slips


def _cancelled(order: Order, row: Told) -> CancelledRecord:
    """Told a moment after what is known of the order, so that the list of orders, imported again, does not undo it."""
    told_at = max(row.at, order.source_updated_at + timedelta(microseconds=1))
    return CancelledRecord(order.source_id, row.at, told_at, row.reason, row.side)
