"""Verbs: tell what is in stock and what it costs, look for what cannot be right, note that a person has seen to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kaeru.core import audit, clock, ids
from kaeru.marketplaces.checks import looking, notes
from kaeru.marketplaces.checks.looking import Found
from kaeru.marketplaces.checks.models import Discrepancy, Stock
from kaeru.tenants.models import Shop

MOST_AT_ONCE = 20_000
BY_CHECK = "check"


@dataclass(frozen=True, slots=True)
class StockRecord:
    """What is told of one item; None leaves what was told before."""

    sku: str
    quantity: int | None = None
    cost: int | None = None
    price: int | None = None
    told_at: datetime | None = None
    """When it was counted; None: now."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a telling."""

    kept: int = 0
    stale: int = 0
    """A newer count was known already."""
    discrepancies: int = 0
    """New ones that it brought to light."""


@transaction.atomic
def tell_stock(shop: Shop, records: Sequence[StockRecord], *, actor: str) -> Kept:
    """Keep these; of one item told twice the later one counts, and an older count never replaces a newer one.

    Then prices and stock of these items are looked at. Eleven statements, however many items. Raises ValueError for more than
    MOST_AT_ONCE.
    """
    if len(records) > MOST_AT_ONCE:
        raise ValueError(f"at most {MOST_AT_ONCE} items at once")
    moment = clock.now()
    newest: dict[str, StockRecord] = {}
    for one in records:
        before = newest.get(one.sku)
        if before is None or (one.told_at or moment) >= (before.told_at or moment):
            newest[one.sku] = one
    known = {row.sku: row for row in Stock.objects.select_for_update().filter(shop=shop, sku__in=list(newest))}
    fresh, changed, stale = [], [], 0
    for sku, one in newest.items():
        row, at = known.get(sku), min(one.told_at or moment, moment)
        if row is None:
            fresh.append(
                Stock(
                    id=ids.new_id(), organization_id=shop.organization_id, shop=shop, sku=sku, quantity=one.quantity, cost=one.cost,
                    price=one.price, told_at=at,
                )
            )  # fmt: skip
        elif at < row.told_at:
            stale += 1
        else:
            _take_over(row, one, at)
            changed.append(row)
    Stock.objects.bulk_create(fresh, batch_size=2000)
    Stock.objects.bulk_update(changed, ["quantity", "cost", "price", "told_at"], batch_size=2000)
    found = look(looking.stock_of([(shop.organization_id, shop.id, sku) for sku in newest]))
    told = {row.sku: row for row in [*fresh, *changed] if row.price is not None}
    found += look(looking.prices_told(shop, told))
    audit.record(
        shop.organization_id, actor, "stock.told", "shop", shop.id, items=len(fresh) + len(changed), stale=stale
    )
    return Kept(len(fresh) + len(changed), stale, len(found))


def _take_over(row: Stock, told: StockRecord, at: datetime) -> None:
    if told.quantity is not None:
        row.quantity, row.told_at = told.quantity, at
    row.cost = row.cost if told.cost is None else told.cost
    row.price = row.price if told.price is None else told.price


def look(found: Iterable[Found]) -> list[Discrepancy]:
    """Write down what is wrong, and settle what is right again, in the caller's transaction; the staff are told of what is new.

    Five statements, and those of the mails. A discrepancy that is open already only gets new figures.
    """
    told = {one.place: one for one in found}
    if not told:
        return []
    shops = {one.shop_id for one in told.values()}
    rows = Discrepancy.objects.filter(shop_id__in=shops, sku__in={one.sku for one in told.values()}, settled_at=None)
    known = {(row.shop_id, row.kind, row.sku): row for row in rows.select_for_update()}
    moment, fresh, changed, over = clock.now(), [], [], []
    for place, one in told.items():
        row = known.get(place)
        if row is None and one.why:
            fresh.append(
                Discrepancy(
                    id=ids.new_id(), organization_id=one.organization_id, shop_id=one.shop_id, kind=one.kind, sku=one.sku,
                    title=one.title[:300], why=one.why, detail=dict(one.detail), found_at=moment,
                )
            )  # fmt: skip
        elif row is not None and one.why:
            row.why, row.detail = one.why, dict(one.detail)
            changed.append(row)
        elif row is not None and row.kind == "stock":
            over.append(row.id)  # a price that was right this time is no proof that it was mended: a person says so
    Discrepancy.objects.bulk_create(fresh, ignore_conflicts=True)
    Discrepancy.objects.bulk_update(changed, ["why", "detail"])
    Discrepancy.objects.filter(id__in=over).update(settled_at=moment, settled_by=BY_CHECK)
    written = set(Discrepancy.objects.filter(id__in=[row.id for row in fresh]).values_list("id", flat=True))
    fresh = [row for row in fresh if row.id in written]
    audit.record_many(
        (row.organization_id, BY_CHECK, "discrepancy.found", "discrepancy", row.id, {"kind": row.kind, "why": row.why})
        for row in fresh
    )
    notes.tell(fresh)
    return fresh


@transaction.atomic
def settle(discrepancy_id: int, *, actor: str) -> bool:
    """A person has seen to it; False when somebody did before, or there is none."""
    rows = Discrepancy.objects.filter(id=discrepancy_id, settled_at=None)
    found = list(rows.select_for_update())
    if not found:
        return False
    rows.update(settled_at=clock.now(), settled_by=actor[:60])
    audit.record(found[0].organization_id, actor, "discrepancy.settled", "discrepancy", discrepancy_id)
    return True
