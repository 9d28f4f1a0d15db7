"""What the watch stands on, loaded for many shops at once: their mall, working days, cut-off, and how the mall may be written to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import TruncDate

from kaeru.cancellations.desk.clocks import cutoffs
from kaeru.cancellations.models import RepairTerms
from kaeru.cancellations.repairs.terms import Terms as DeliveryTerms
from kaeru.connectors.capabilities import MALLS
from kaeru.connectors.gate import queries as gate
from kaeru.connectors.models import Connection
from kaeru.core import clock
from kaeru.core.calendar import USUAL_HOURS, Calendar
from kaeru.customers.models import Identity
from kaeru.marketplaces.dispatch import book
from kaeru.marketplaces.dispatch.book import Mall
from kaeru.marketplaces.dispatch.rules import Sent
from kaeru.marketplaces.models import MallTerms
from kaeru.orders.models import Order
from kaeru.tenants import queries as tenants

RATE_DAYS = 30
"""The dispatch rate "lately" is over orders paid in so many days."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One shop, as the watch needs it."""

    shop_id: int
    mall: Mall | None
    """None: an own shop, or a mall of which nothing is known."""
    programme: str
    days: Calendar
    """The shop's own working days."""
    mall_days: Calendar
    today: date
    today_counts: bool
    """It can still send today: it is open, and the warehouse's cut-off (without one: closing time) is not over."""
    delivery_days: int
    may_write: bool
    """A mail to the buyer may go first. On most malls a shop may only answer."""
    can_set_date: bool
    """The connected mall takes a planned dispatch date from Kaeru."""
    sent: Mapping[date, Sent] = field(default_factory=dict)
    """Orders by the day they were paid on, where the mall asks for a rate."""

    @property
    def is_mall(self) -> bool:
        """Whether it sells on a mall."""
        return bool(self.programme)

    @property
    def lately(self) -> Sent:
        """All of `sent` together."""
        return Sent(sum(one.paid for one in self.sent.values()), sum(one.sent for one in self.sent.values()))


def programmes(shop_ids: Collection[int]) -> dict[int, str]:
    """Which mall's rules each shop is under: as it says, else as it is connected; own shops are missing. Two queries."""
    found: dict[int, str] = dict(
        Connection.objects.filter(shop_id__in=shop_ids, source__in=MALLS, removed_at=None).values_list(
            "shop_id", "source"
        )
    )
    found.update(MallTerms.objects.filter(shop_id__in=shop_ids).values_list("shop_id", "programme"))
    return found


def grounds(shop_ids: Collection[int], *, with_rates: bool = True) -> dict[int, Ground]:
    """By shop; eight queries, however many shops. Shops out of scope are missing."""
    now, known = clock.now(), programmes(shop_ids)
    calendars, closes = tenants.calendars(shop_ids), cutoffs(shop_ids)
    able = gate.capabilities_of(shop_ids)
    delivery = dict(RepairTerms.objects.filter(shop_id__in=shop_ids).values_list("shop_id", "delivery_days"))
    asks_rate = [key for key, programme in known.items() if _asks_rate(book.mall(programme))] if with_rates else []
    rates = _rates(asks_rate, now) if asks_rate else {}
    found = {}
    for shop_id, calendar in calendars.items():
        programme = known.get(shop_id, "")
        local = now.astimezone(ZoneInfo(calendar.zone))
        cutoff, one = closes.get(shop_id), able.get(shop_id, gate.NONE)
        is_open = not calendar.is_closed_all_day(local.date())
        found[shop_id] = Ground(
            shop_id=shop_id,
            mall=book.mall(programme),
            programme=programme,
            days=calendar,
            mall_days=Calendar(calendar.zone, USUAL_HOURS),
            today=local.date(),
            today_counts=is_open and (local.time() < cutoff if cutoff else calendar.opens_later(now)),
            delivery_days=delivery.get(shop_id, DeliveryTerms().delivery_days),
            may_write=not programme or one.can_write_first,
            can_set_date=one.can_set_dispatch_date,
            sent=rates.get(shop_id, {}),
        )
    return found


def reached_by_mail(orders: Collection[Order]) -> set[int]:
    """The customers of these orders who have a mail address; one query."""
    people = {order.customer_id for order in orders if order.customer_id is not None}
    return set(Identity.objects.filter(customer_id__in=people, kind="mail").values_list("customer_id", flat=True))


def _asks_rate(mall: Mall | None) -> bool:
    return mall is not None and any(step.rate_at_most is not None for rule in mall.rules for step in rule.steps)


def _rates(shop_ids: Collection[int], now: datetime) -> dict[int, dict[date, Sent]]:
    """How many orders of each day of payment have left; one query. Cancelled ones are left out."""
    since = now - timedelta(days=RATE_DAYS)
    rows = (
        Order.objects.filter(
            shop_id__in=shop_ids, paid_at__gte=since, placed_at__gte=since - timedelta(days=30), cancelled_at=None
        )
        .annotate(day=TruncDate("paid_at", tzinfo=ZoneInfo("Asia/Tokyo")))
        .order_by()
        .values_list("shop_id", "day")
        .annotate(paid=Count("id"), sent=Count("shipped_at"))
    )
    found: dict[int, dict[date, Sent]] = {}
    for shop_id, day, paid, sent in rows:
        found.setdefault(shop_id, {})[day] = Sent(paid, sent)
    return found
