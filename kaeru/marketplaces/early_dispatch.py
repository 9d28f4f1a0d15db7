"""The pass that sets planned dispatch dates early where a shop asked for it: which orders fit, are their items there, and which day.

It only asks the gate; in a shop that rehearses, what it would have set is noted down there.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef

from kaeru.cancellations.models import Shortage
from kaeru.connectors import connecting
from kaeru.connectors.changes import SetDispatchDate
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.gate.actions import Ask
from kaeru.connectors.gate.queries import terms_of
from kaeru.connectors.models import Connection, OrderChange
from kaeru.connectors.qoo10.client import SOURCE as QOO10
from kaeru.connectors.qoo10.early_dates import EarlyDates, day_of, is_covered
from kaeru.core import clock, pause, scope
from kaeru.core.passes import Pass
from kaeru.marketplaces.checks.models import Stock
from kaeru.orders.models import Order, OrderLine
from kaeru.tenants import queries as tenants

BY = "early_dispatch"
PAID = "2"
"""配送要請: paid, and without a dispatch date."""
YOUNG = timedelta(days=14)
"""Older orders without a date want a person."""
MOST = 200
"""Orders of one shop in one turn."""


def set_dates(limit: int) -> int:
    """Ask for the dates of up to `limit` orders that fit; returns how many were asked for. A constant number of statements."""
    if pause.is_paused():
        return 0
    with scope.everyone(), transaction.atomic():
        rows = Connection.objects.filter(source=QOO10, removed_at=None, **{f"rules__{BY}__is_on": True})
        shops = {row.shop_id: EarlyDates.of(row.rules) for row in rows.exclude(problem__in=connecting.CLOSED)}
        if not shops:
            return 0
        live = {shop_id for shop_id, terms in terms_of(shops).items() if terms.is_live}
        orders = _waiting(shops, live)[:limit]
        if not orders:
            return 0
        wanted = _wanted([order.id for order in orders])
        left = _left(shops, {sku for one in wanted.values() for sku in one})
        calendars = tenants.calendars(shops.keys())
        asks = []
        for order in orders:
            rule, calendar = shops[order.shop_id], calendars[order.shop_id]
            if is_covered(wanted[order.id], left[order.shop_id], only_known=rule.only_known_stock):
                today = clock.now().astimezone(ZoneInfo(calendar.zone)).date()
                asks.append(_ask(order, day_of(today, rule.days, calendar.is_closed_all_day), order.shop_id in live))
        gate.ask(asks)
        return len(asks)


def _waiting(shops: Mapping[int, EarlyDates], live: set[int]) -> list[Order]:
    """Paid orders without a date that nobody asked to cancel, the oldest first; each is asked for once as long as nothing changes."""
    asked = OrderChange.objects.filter(order_id=OuterRef("id"), source=BY)
    rows = Order.objects.filter(
        shop_id__in=shops, mall_state=PAID, dispatch_by=None, paid_at__isnull=False, cancelled_at=None, shipped_at=None,
        cancel_asked_at=None, is_reserved=False, is_history=False, placed_at__gte=clock.now() - YOUNG,
    )  # fmt: skip
    rehearsed = rows.exclude(shop_id__in=live).exclude(Exists(asked))
    real = rows.filter(shop_id__in=live).exclude(Exists(asked.exclude(state="dry_run")))
    return sorted([*rehearsed[:MOST], *real[:MOST]], key=lambda order: (order.placed_at, order.id))


def _wanted(order_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Pieces by item of each order."""
    found: dict[int, dict[str, int]] = {order_id: defaultdict(int) for order_id in order_ids}
    for order_id, sku, quantity in OrderLine.objects.filter(order_id__in=order_ids, quantity__gt=0).values_list(
        "order_id", "sku", "quantity"
    ):
        found[order_id][sku] += quantity
    return found


def _left(shops: Iterable[int], skus: set[str]) -> dict[int, dict[str, int]]:
    """Pieces by shop and item, where somebody counted them: less what was ordered since, and nothing of what is known to be missing."""
    left: dict[int, dict[str, int]] = {shop_id: {} for shop_id in shops}
    since: dict[tuple[int, str], datetime] = {}
    for row in Stock.objects.filter(shop_id__in=left, sku__in=skus, quantity__isnull=False):
        left[row.shop_id][row.sku], since[row.shop_id, row.sku] = row.quantity or 0, row.told_at
    if since:
        lines = OrderLine.objects.filter(
            sku__in={sku for _, sku in since}, order__shop_id__in=left, order__cancelled_at=None,
            order__placed_at__gt=min(since.values()),
        )  # fmt: skip
        for shop_id, sku, placed_at, quantity in lines.values_list(
            "order__shop_id", "sku", "order__placed_at", "quantity"
        ):
            if placed_at > since.get((shop_id, sku), placed_at):
                left[shop_id][sku] -= quantity
    for shop_id, sku in Shortage.objects.filter(shop_id__in=left, sku__in=skus, state="open").values_list(
        "shop_id", "sku"
    ):
        left[shop_id][sku] = -1
    return left


def _ask(order: Order, day: date, is_live: bool) -> Ask:
    change = SetDispatchDate(day.isoformat())
    key = f"early:{order.id}:{'live' if is_live else 'dry'}"
    return Ask(order.organization_id, order.shop_id, order.id, change, key, BY, BY, BY, order.id)


PASSES = [Pass("early dispatch dates", set_dates, limit=200, every_seconds=60.0)]
