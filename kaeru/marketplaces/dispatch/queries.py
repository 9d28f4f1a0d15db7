"""Reads: which parcels will be late or are, the most pressing first, with what each day costs and what the buyer knows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from kaeru.cancellations.models import CancellationRequest, RequestState
from kaeru.core import clock
from kaeru.marketplaces.dispatch import book, rules
from kaeru.marketplaces.dispatch.ground import Ground, grounds, reached_by_mail
from kaeru.marketplaces.dispatch.models import BuyerNotice, NoticeKind
from kaeru.marketplaces.dispatch.rules import Level, Line, Parcel, StopRisk, Watch
from kaeru.messages.models import MessageState
from kaeru.orders.models import Order, OrderLine

LATELY = timedelta(days=60)
"""Older orders are not looked at: a system that tells no shipments would show them all."""
MOST_READ = 20_000
"""Open orders that are looked at, the oldest first."""
BUSY = (RequestState.ASKED, RequestState.REQUESTED)


@dataclass(frozen=True, slots=True)
class LateRow:
    """One order that needs somebody."""

    order: Order
    parcel: Parcel
    watch: Watch
    ground: Ground
    lines: Sequence[OrderLine]
    told: BuyerNotice | None
    """The newest notice of a delay."""
    way: str
    """How the buyer is told: mail · paste (the mall lets nobody write first) · nobody (there is no address)."""
    is_busy: bool
    """The buyer asks to cancel: it is on the desk."""
    stop: StopRisk | None
    """Whether the mall would stop the sale of it; None: nothing of the kind lies before it."""

    @property
    def is_told(self) -> bool:
        """The buyer knows a new day that still lies ahead."""
        told = self.told
        if told is None or told.new_on is None or told.new_on < self.ground.today:
            return False
        if told.message is None:
            return told.pasted_at is not None
        return told.message.state not in (MessageState.FAILED, MessageState.CLOSED)

    @property
    def stop_line(self) -> Line | None:
        """The line by which the mall stops the sale, the next one."""
        return _stop_line(rules.lines(self.ground.mall, self.parcel, self.ground.mall_days), self.ground.today)


def late_orders(shop_ids: Collection[int]) -> list[LateRow]:
    """Of these shops, sorted by how pressing they are; at most fourteen queries, however many orders and shops. Calm ones are left out."""
    here = grounds(shop_ids)
    orders = list(_open_orders(here)[:MOST_READ])
    kept: list[tuple[Order, Parcel, Watch, tuple[Line, ...]]] = []
    judged: dict[tuple[int, Parcel], tuple[Watch, tuple[Line, ...]]] = {}
    """Orders of the same days stand alike: thousands of orders are few different parcels."""
    for order in orders:
        ground = here[order.shop_id]
        parcel = parcel_of(order, ground)
        if (order.shop_id, parcel) not in judged:
            judged[order.shop_id, parcel] = _judged(parcel, ground)
        seen, lines = judged[order.shop_id, parcel]
        if seen.level is not Level.CALM or seen.conflict:
            kept.append((order, parcel, seen, lines))
    keys = [order.id for order, *_ in kept]
    items, told = _lines_of(keys), told_of(keys)
    busy = set(CancellationRequest.objects.filter(order_id__in=keys, state__in=BUSY).values_list("order_id", flat=True))
    reached = reached_by_mail([order for order, *_ in kept])
    found = [
        LateRow(
            order, parcel, seen, here[order.shop_id], items.get(order.id, []), told.get(order.id),
            way=_way(order, here[order.shop_id], reached), is_busy=order.id in busy or order.cancel_asked_at is not None,
            stop=_stop(here[order.shop_id], parcel, lines),
        )
        for order, parcel, seen, lines in kept
    ]  # fmt: skip
    return sorted(found, key=_place)


def _judged(parcel: Parcel, ground: Ground) -> tuple[Watch, tuple[Line, ...]]:
    lines = rules.lines(ground.mall, parcel, ground.mall_days)
    seen = rules.watch(
        parcel, lines, today=ground.today, shop=ground.days, today_counts=ground.today_counts,
        delivery_days=ground.delivery_days,
    )  # fmt: skip
    return seen, lines


def _place(row: LateRow) -> tuple[int, int, date, int]:
    due = row.watch.due_on or row.order.placed_at.date()
    return rules.RANK.index(row.watch.level), -row.watch.days_late, due, row.order.id


def _open_orders(here: dict[int, Ground]) -> QuerySet[Order]:
    with_rules = [key for key, ground in here.items() if ground.mall is not None and ground.mall.rules]
    counts = Q(dispatch_by__isnull=False) | Q(wished_on__isnull=False) | Q(shop_id__in=with_rules)
    rows = Order.objects.filter(
        counts, shop_id__in=list(here), placed_at__gte=clock.now() - LATELY, shipped_at=None, cancelled_at=None, is_history=False
    )  # fmt: skip
    return rows.select_related("customer", "shop").order_by("placed_at", "id")


def parcel_of(order: Order, ground: Ground) -> Parcel:
    """The order in days of the shop's zone."""
    zone = ZoneInfo(ground.days.zone)
    return Parcel(
        placed_on=order.placed_at.astimezone(zone).date(),
        paid_on=order.paid_at.astimezone(zone).date() if order.paid_at else None,
        dispatch_by=order.dispatch_by,
        wished_on=order.wished_on,
        is_reserved=order.is_reserved,
        mall_state=order.mall_state,
    )


def _lines_of(order_ids: Collection[int]) -> dict[int, list[OrderLine]]:
    found: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.filter(order_id__in=order_ids, quantity__gt=0).order_by("order_id", "position"):
        found.setdefault(line.order_id, []).append(line)
    return found


def told_of(order_ids: Collection[int]) -> dict[int, BuyerNotice]:
    """The newest notice of a delay of each of these orders that has one; one query."""
    rows = BuyerNotice.objects.filter(order_id__in=order_ids, kind=NoticeKind.DELAYED).select_related("message")
    return {row.order_id: row for row in rows.order_by("id")}


def _way(order: Order, ground: Ground, reached: Collection[int]) -> str:
    if not ground.may_write:
        return "paste"
    return "mail" if order.customer_id in reached else "nobody"


def _stop_line(lines: Sequence[Line], today: date) -> Line | None:
    """The stop that lies next ahead, else one that is behind."""
    stops = [line for line in lines if line.step.effect == "stop"]
    ahead = [line for line in stops if line.safe_until >= today]
    return ahead[0] if ahead else stops[-1] if stops else None


def _stop(ground: Ground, parcel: Parcel, lines: Sequence[Line]) -> StopRisk | None:
    line = _stop_line(lines, ground.today)
    if line is None or line.step.rate_at_most is None or parcel.paid_on is None:
        return None
    if (line.safe_until - ground.today).days > 3:
        return None
    return rules.stop_risk(ground.sent.get(parcel.paid_on, rules.Sent()), ground.lately, line.step.rate_at_most)


def to_paste(shop_ids: Collection[int]) -> QuerySet[BuyerNotice]:
    """Texts that wait for somebody to put them on the mall's screen, the oldest first."""
    rows = BuyerNotice.objects.filter(shop_id__in=shop_ids, message=None, pasted_at=None)
    return rows.select_related("order__customer", "shop").order_by("id")


def sources(rows: Sequence[LateRow]) -> list[book.Rule]:
    """The malls' rules that these rows were judged by, each once."""
    found = {rule.id + row.ground.programme: rule for row in rows if row.ground.mall for rule in row.ground.mall.rules}
    return list(found.values())
