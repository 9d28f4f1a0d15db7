"""Where prices and stock are looked at: at new orders, and when stock is told. Loads what the pure checks compare, in sets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Q

from kaeru.core import clock
from kaeru.marketplaces.checks import price, stock
from kaeru.marketplaces.checks.models import Discrepancy, Stock
from kaeru.marketplaces.checks.stock import Count
from kaeru.marketplaces.dispatch.models import PreventionTerms
from kaeru.orders.models import Order, OrderLine
from kaeru.tenants.models import Shop

LATELY = timedelta(days=90)
NEWEST = 1000
"""So many of a shop's newest orders tell what an item is usually sold for."""
MOST_PRICES = 50
COUNTED = timedelta(days=30)
"""An older count of a shelf says nothing any more."""
SEEN_TO = timedelta(days=14)
"""A price that a person has seen to is not told again for so long, unless it changes."""
Item = tuple[int, int, str]
"""(organization id, shop id, sku)."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a look said of one item; `why` empty: nothing is wrong."""

    organization_id: int
    shop_id: int
    kind: str
    sku: str
    title: str = ""
    why: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> tuple[int, str, str]:
        """Names it among the discrepancies."""
        return self.shop_id, self.kind, self.sku


def prices_of(order_ids: Collection[int]) -> list[Found]:
    """The prices of these new orders; three queries, and two for each shop. The lowest price of an item counts."""
    lines = OrderLine.objects.filter(order_id__in=order_ids, quantity__gt=0).exclude(sku="").select_related("order")
    by_shop: dict[int, list[OrderLine]] = {}
    for line in lines.order_by("order_id", "position"):
        by_shop.setdefault(line.order.shop_id, []).append(line)
    skus = {line.sku for told in by_shop.values() for line in told}
    costs = _costs(by_shop, skus)
    seen = _seen_to(by_shop, skus)
    found = []
    for shop_id, told in by_shop.items():
        history = histories(shop_id, {line.sku for line in told}, but=order_ids)
        for line in told:
            doubt = price.judge(line.unit_price, history.get(line.sku, ()), costs.get((shop_id, line.sku)))
            if doubt is None or (shop_id, line.sku, line.unit_price) in seen:
                continue
            detail = {**_figures(doubt), "order": line.order.number}
            found.append(Found(line.organization_id, shop_id, "price", line.sku, line.title, doubt.why, detail))
    return found


def prices_told(shop: Shop, rows: Mapping[str, Stock]) -> list[Found]:
    """The prices that a shop shows now, before anybody orders; three queries."""
    if not rows:
        return []
    titles: dict[str, str] = {}
    history = histories(shop.id, rows, with_titles=titles)
    found = []
    for sku, row in rows.items():
        doubt = price.judge(row.price or 0, history.get(sku, ()), row.cost)
        if doubt is not None:
            found.append(
                Found(shop.organization_id, shop.id, "price", sku, titles.get(sku, sku), doubt.why, _figures(doubt))
            )
    return found


def _figures(doubt: price.Doubt) -> dict[str, int | None]:
    return {
        "price": doubt.price,
        "usual": doubt.usual,
        "cost": doubt.cost,
        "sales": doubt.sales,
        "loss": doubt.loss,
    }


def histories(
    shop_id: int, skus: Collection[str], *, but: Collection[int] = (), with_titles: dict[str, str] | None = None
) -> dict[str, list[int]]:
    """What these items were sold for lately, newest first, without the orders `but`; two queries. Cancelled orders count: their price
    was shown. `with_titles` gets the items' names.
    """
    recent = Order.objects.filter(shop_id=shop_id, placed_at__gte=clock.now() - LATELY)
    keys = list(recent.order_by("-placed_at").values_list("id", flat=True)[:NEWEST])
    place = {key: number for number, key in enumerate(keys)}
    rows = OrderLine.objects.filter(order_id__in=keys, sku__in=set(skus), quantity__gt=0)
    told = sorted(rows.values_list("order_id", "sku", "unit_price", "title"), key=lambda row: place[row[0]])
    found: dict[str, list[int]] = {}
    left_out = set(but)
    for order_id, sku, unit_price, title in told:
        if with_titles is not None:
            with_titles.setdefault(sku, title)
        if order_id not in left_out and len(found.setdefault(sku, [])) < MOST_PRICES:
            found[sku].append(unit_price)
    return found


def _costs(shops: Collection[int], skus: Collection[str]) -> dict[tuple[int, str], int]:
    rows = Stock.objects.filter(shop_id__in=shops, sku__in=skus, cost__isnull=False)
    return {(shop_id, sku): cost or 0 for shop_id, sku, cost in rows.values_list("shop_id", "sku", "cost")}


def _seen_to(shops: Collection[int], skus: Collection[str]) -> set[tuple[int, str, int]]:
    """(shop, item, price) that a person has seen to lately."""
    rows = Discrepancy.objects.filter(
        shop_id__in=shops, kind="price", sku__in=skus, settled_at__gte=clock.now() - SEEN_TO
    )
    return {(row.shop_id, row.sku, row.detail.get("price", -1)) for row in rows}


def stock_of(items: Sequence[Item]) -> list[Found]:
    """The stock of these items in all channels of their organizations that share a shelf; four queries, however many."""
    wanted = {(owner, sku) for owner, _, sku in items}
    if not wanted:
        return []
    since = clock.now() - COUNTED
    alone = set(PreventionTerms.objects.filter(shares_stock=False).values_list("shop_id", flat=True))
    rows = [
        row
        for row in Stock.objects.filter(
            organization_id__in={owner for owner, _ in wanted}, sku__in={sku for _, sku in wanted},
            quantity__isnull=False, told_at__gte=since,
        )
        if (row.organization_id, row.sku) in wanted
    ]  # fmt: skip
    if not rows:
        return []
    shelves: dict[tuple[int, str, int], list[Stock]] = {}
    for row in rows:
        own = row.shop_id if row.shop_id in alone else 0
        shelves.setdefault((row.organization_id, row.sku, own), []).append(row)
    sold, titles = _sold(rows)
    now, found = clock.now(), []
    for (owner, sku, own), told in shelves.items():
        shops = {own} if own else None
        counts = [_count(row, sold.get((owner, sku), ()), shops, alone) for row in told]
        wrong = {one.shop_id: one for one in reversed(stock.compare(counts, now))}
        for row in told:
            one = wrong.get(row.shop_id)
            detail = {"pieces": one.pieces, "left": one.left, "shown": one.shown, "is_old": one.is_old} if one else {}
            found.append(Found(owner, row.shop_id, "stock", sku, titles.get(sku, sku), one.kind if one else "", detail))
    return found


Sale = tuple[int, Any, int]
"""(shop id, when, pieces)."""


def _sold(rows: Sequence[Stock]) -> tuple[dict[tuple[int, str], list[Sale]], dict[str, str]]:
    """What was sold of these items since the oldest count, by organization and item; one query. And the items' names."""
    first = min(row.told_at for row in rows)
    lines = OrderLine.objects.filter(
        Q(order__cancelled_at=None), organization_id__in={row.organization_id for row in rows},
        sku__in={row.sku for row in rows}, quantity__gt=0, order__placed_at__gte=first,
    )  # fmt: skip
    found: dict[tuple[int, str], list[Sale]] = {}
    titles: dict[str, str] = {}
    columns = ("organization_id", "sku", "order__shop_id", "order__placed_at", "quantity", "title")
    for owner, sku, shop_id, at, quantity, title in lines.values_list(*columns):
        found.setdefault((owner, sku), []).append((shop_id, at, quantity))
        titles[sku] = title
    return found, titles


def _count(row: Stock, sales: Sequence[Sale], shops: Collection[int] | None, alone: Collection[int]) -> Count:
    since = [one for one in sales if one[1] >= row.told_at]
    shared = [one for one in since if (one[0] in shops if shops else one[0] not in alone)]
    here = sum(pieces for shop_id, _, pieces in since if shop_id == row.shop_id)
    return Count(row.shop_id, row.quantity or 0, row.told_at, here, sum(pieces for *_, pieces in shared))
