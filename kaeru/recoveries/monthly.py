"""A shop's months: what cancellations took and for which reasons, what came back, what that cost, what would have come back anyway, and
what buyers settled by themselves.

Months are those of the shop's clock; what belongs to a customer counts in the month of their first cancellation. "Anyway" is what the held
customers bought, on average over everybody held so far: a month alone has too few of them. Sums are kept and carried forward with the figures.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth

from kaeru.cancellations.models import CancellationRequest
from kaeru.core import clock, ids
from kaeru.recoveries.figures import figure
from kaeru.recoveries.gathering import GONE
from kaeru.recoveries.models import MonthFact, Outcome
from kaeru.recoveries.savings import settled
from kaeru.recoveries.windows import DECIDES
from kaeru.tenants.models import Shop

FEWEST_HELD = 20
"""Fewer held customers than these, and nothing is said about what would have come anyway."""
MOVES = timedelta(days=70)
"""Months that began longer ago than this plus a month do not change any more: their windows are over."""


@dataclass(slots=True)
class Facts:
    """Sums of one month. Minor units of the shop's currency."""

    reasons: dict[str, list[int]] = field(default_factory=dict)
    """By the reason's id, empty for none: [cancellations, their value]"""
    treated: int = 0
    """Treated customers of the month whose 30 days are over, …"""
    held: int = 0
    waiting: int = 0
    """Customers whose 30 days are not over."""
    came_back: int = 0
    """… and what they bought in 30 days, before our coupons."""
    coupons: int = 0
    sending: int = 0
    cancelled_alone: int = 0
    """Cancelled, kept, put right by buyers on the page, without the staff."""
    kept_alone: int = 0
    repaired_alone: int = 0

    def to_json(self) -> dict[str, Any]:
        """As MonthFact keeps it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Month:
    """One month. What is None is not known: too few were held back, or windows are not over."""

    first_on: date
    facts: Facts
    held_value: float | None
    """What a held customer bought on average."""

    @property
    def cancellations(self) -> int:
        """How many orders were cancelled."""
        return sum(count for count, _ in self.facts.reasons.values())

    @property
    def taken(self) -> int:
        """Their value."""
        return sum(value for _, value in self.facts.reasons.values())

    @property
    def units(self) -> int:
        """Customers whose 30 days are over."""
        return self.facts.treated + self.facts.held

    @property
    def anyway(self) -> int | None:
        """What the treated would have bought without us."""
        return None if self.held_value is None or not self.units else round(self.held_value * self.facts.treated)

    @property
    def caused(self) -> int | None:
        """What came back because of us, before coupons and sending."""
        return None if self.anyway is None else self.facts.came_back - self.anyway

    @property
    def net(self) -> int | None:
        """The same after coupons and sending, in sales."""
        return None if self.caused is None else self.caused - self.facts.coupons - self.facts.sending

    @property
    def contacts(self) -> int:
        """Mails or calls that nobody had to answer."""
        return self.facts.cancelled_alone + self.facts.kept_alone + self.facts.repaired_alone


def months(shop: Shop, since: datetime, until: datetime) -> list[Month]:
    """The months that touch the half-open span, oldest first, from what is kept; two queries. Counted now where nothing is kept yet."""
    zone = ZoneInfo(shop.timezone)
    first, last = _first_on(since, zone), until.astimezone(zone).date()
    rows = MonthFact.objects.filter(shop=shop)
    kept = {row.first_on: Facts(**row.facts) for row in rows.filter(first_on__gte=first, first_on__lt=last)}
    if not kept and not rows.exists():
        kept = {day: facts for (_, day), facts in _count([shop], since, until).items()}
    whole = figure(shop.id)
    held = whole.answer["held"]["units"] if whole else 0
    money = whole.answer["money"] if whole and held >= FEWEST_HELD else None
    each = money["sales_held"] if money else None
    return [Month(day, facts, each) for day, facts in sorted(kept.items())]


def _first_on(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date().replace(day=1)


def carry(shop_ids: Sequence[int], anew: Iterable[int] = ()) -> int:
    """Count the months of these shops that may have changed, of `anew` all; returns how many. A constant number of queries for each zone."""
    shops = list(Shop.objects.filter(id__in=shop_ids))
    known = set(MonthFact.objects.filter(shop_id__in=shop_ids).values_list("shop_id", flat=True)) - set(anew)
    now = clock.now()
    rows = []
    for whole in (True, False):
        for zone in sorted({shop.timezone for shop in shops}):
            chosen = [shop for shop in shops if shop.timezone == zone and (shop.id not in known) == whole]
            day = _first_on(now - MOVES, ZoneInfo(zone))
            since = (
                datetime(2000, 1, 1, tzinfo=now.tzinfo)
                if whole
                else datetime(day.year, day.month, 1, tzinfo=ZoneInfo(zone))
            )
            owners = {shop.id: shop.organization_id for shop in chosen}
            rows += [
                MonthFact(
                    id=ids.new_id(), organization_id=owners[shop_id], shop_id=shop_id, first_on=first_on, facts=facts.to_json(),
                    computed_at=now,
                )
                for (shop_id, first_on), facts in (_count(chosen, since, now) if chosen else {}).items()
            ]  # fmt: skip
    MonthFact.objects.bulk_create(
        rows, batch_size=500, update_conflicts=True, unique_fields=["shop_id", "first_on"],
        update_fields=["facts", "computed_at"],
    )  # fmt: skip
    return len(rows)


def _count(shops: Sequence[Shop], since: datetime, until: datetime) -> Mapping[tuple[int, date], Facts]:
    """Of shops of one zone. Three queries."""
    zone = ZoneInfo(shops[0].timezone)
    shop_ids = [shop.id for shop in shops]
    found: dict[tuple[int, date], Facts] = {}

    def of(shop_id: int, at: datetime) -> Facts:
        return found.setdefault((shop_id, at.date()), Facts())

    gone = CancellationRequest.objects.filter(
        shop_id__in=shop_ids, state__in=GONE, requested_at__gte=since, requested_at__lt=until
    ).annotate(month=TruncMonth("requested_at", tzinfo=zone))
    by_reason = gone.values_list("shop_id", "month", "reason_id").annotate(Count("id"), Sum("value")).order_by()
    for shop_id, at, reason_id, count, value in by_reason:
        of(shop_id, at).reasons[str(reason_id or "")] = [count, int(value or 0)]
    for shop_id, at, is_treated, back, count, value, coupons, sends in _outcomes(shop_ids, since, until, zone):
        facts = of(shop_id, at)
        if back is None:
            facts.waiting += count
            continue
        facts.coupons += int(coupons or 0)
        facts.sending += int(sends or 0)
        if is_treated:
            facts.treated += count
            facts.came_back += int(value or 0)
        else:
            facts.held += count
    alone = settled(shop_ids, since, until).annotate(month=TruncMonth("requested_at", tzinfo=zone))
    for shop_id, at, state, is_mended, count in (
        alone.values_list("shop_id", "month", "state", "is_mended").annotate(Count("id")).order_by()
    ):
        name = "cancelled_alone" if state != "kept" else "repaired_alone" if is_mended else "kept_alone"
        facts = of(shop_id, at)
        setattr(facts, name, getattr(facts, name) + count)
    return found


def _outcomes(shop_ids: Sequence[int], since: datetime, until: datetime, zone: ZoneInfo) -> QuerySet[Outcome, Any]:
    rows = Outcome.objects.filter(shop_id__in=shop_ids, is_first_in_shop=True, first_at__gte=since, first_at__lt=until)
    return (
        rows.annotate(month=TruncMonth("first_at", tzinfo=zone))
        .values_list("shop_id", "month", "is_treated", "back_30")
        .annotate(Count("id"), Sum(f"value_{DECIDES}"), Sum(f"coupons_{DECIDES}"), Sum(f"sends_{DECIDES}"))
        .order_by()
    )
