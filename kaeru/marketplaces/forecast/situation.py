"""From the counts of days to what is known of a running period: how many orders and cancellations, how young, how many to come. Pure.

Everything is read from `marketplaces.counts`, by the reading that is in force: only what counts is forecast.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kaeru.marketplaces import counts
from kaeru.marketplaces.counts import LATE_HOURS, ORDERS, PAID, Counts
from kaeru.marketplaces.forecast import ages, arrivals
from kaeru.marketplaces.forecast.ages import HOURS, Ages, Lot
from kaeru.marketplaces.forecast.outlook import Outlook
from kaeru.marketplaces.forecast.prior import Belief
from kaeru.marketplaces.periods import Period
from kaeru.marketplaces.reading import Reading
from kaeru.marketplaces.rules import Count

PAST_DAYS = 98
"""So many days before today are looked at, besides those of the period."""
GROWN_DAYS = 31
"""Orders this old have had nearly all of their cancellations."""
OWN_WORTH = 120.0
"""A shop's own past weighs as much as at most so many orders of its present: what it was need not be what it is."""
SCATTER, SCATTER_WEIGHT, MOST_SCATTER = 1.1, 15.0, 4.0
"""What the scatter of cancellations is drawn towards, as if by so many of them; and how far it is believed."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Learned:
    """What a shop's past says of its days to come."""

    ages: Ages
    arrivals: arrivals.Arrivals
    belief: Belief
    scatter: float = 1.0
    """Variance of a day's cancellations over what chance alone gives: bad days come in lots. At least 1."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that nobody has settled."""

    id: int
    placed_at: datetime
    """Of its order."""
    chance: float
    """That it ends as a cancellation."""
    side: str = "customer"

    def belongs(self, period: Period, reading: Reading, zone: ZoneInfo) -> bool:
        """Whether its cancellation could count in this period at all."""
        is_there = reading.month_of == "cancel" or self.placed_at.astimezone(zone).date() in period
        return is_there and self.side in reading.sides

    def counts_at(self, reading: Reading, now: datetime, zone: ZoneInfo) -> bool:
        """Whether it would count if it were cancelled now: not within the grace, nor later than the rule looks."""
        hours, days = counts.age_of(self.placed_at, now, zone)
        is_early = reading.grace_hours > 0 and hours <= reading.grace_hours
        return not is_early and (reading.within_days is None or days <= reading.within_days)


def lots(days: Iterable[tuple[date, float]], zone: ZoneInfo, now: datetime) -> list[Lot]:
    """The orders of these days as lots, in hours from now; a day that holds now is what has gone of it."""
    found = []
    for day, orders in days:
        since, until = _hours(day, zone, now), _hours(day + _DAY, zone, now)
        found.append(Lot(since, min(until, 0.0) if since < 0 else until, orders))
    return found


def _hours(day: date, zone: ZoneInfo, now: datetime) -> float:
    """Hours from now to the midnight with which the day begins."""
    return (datetime.combine(day, time(), zone) - now).total_seconds() / 3600


def learn(
    days: Mapping[date, Counts], reading: Reading, zone: ZoneInfo, now: datetime, before: date, others: Belief, usual: Ages
) -> Learned:  # fmt: skip
    """What the days before `before` (the period's first) and the last weeks say; `others` and `usual` are what shops are like."""
    today = now.astimezone(zone).date()
    past = [today - _DAY * back for back in range(PAST_DAYS, 0, -1)]
    first = min((day for day in past if orders_of(days.get(day, {}), reading)), default=today)
    told = [day for day in past if day >= first]
    coming = arrivals.learned([orders_of(days.get(day, {}), reading) for day in told], (today - _DAY).weekday())
    of_orders = replace(reading, month_of="order", grace_leaves_orders=False)
    grown = [day for day in told if day < today - _DAY * GROWN_DAYS]
    known = ages.learned([delay for day in grown for delay in _delays(days.get(day, {}), of_orders)], usual)
    own = [day for day in told if day < before]
    counted = sum(counts.count(days.get(day, {}), of_orders).counted for day in own)
    seen = ages.seen(known, lots([(day, orders_of(days.get(day, {}), reading)) for day in own], zone, now))
    weight = min(1.0, OWN_WORTH / seen) if seen else 0.0
    scatter = _scatter([counts.count(days.get(day, {}), of_orders) for day in grown])
    return Learned(known, coming, others.having_seen(weight * counted, weight * max(seen, counted)), scatter)


def _scatter(days: Sequence[Count]) -> float:
    """How much more the cancellations of these days scatter than chance alone would have them."""
    orders, counted = sum(day.orders for day in days), sum(day.counted for day in days)
    if not orders or not 0 < counted < orders:
        return SCATTER
    rate = counted / orders
    misses = sum((day.counted - rate * day.orders) ** 2 for day in days)
    found = (misses / (1 - rate) + SCATTER * SCATTER_WEIGHT) / (counted + SCATTER_WEIGHT)
    return min(MOST_SCATTER, max(1.0, found))


def orders_of(day: Counts, reading: Reading) -> int:
    """The orders that this day adds to what is divided by."""
    return counts.count(day, reading).orders


def _delays(day: Counts, reading: Reading) -> Iterable[float]:
    """Hours from order to cancellation of the day's orders that count, as exactly as days keep them."""
    for name, number in day.items():
        if name in (ORDERS, PAID) or not name.startswith("o "):
            continue
        counted = counts.count({ORDERS: 0, name: number}, reading).counted
        if counted:
            hours, days = (int(part) for part in name.split(" ")[4:])
            yield from [max(0.0, hours - 0.5) if hours < LATE_HOURS else days * 24.0] * counted


def outlook(
    days: Mapping[date, Counts], period: Period, reading: Reading, zone: ZoneInfo, now: datetime, learned: Learned,
    pending: Sequence[Pending], end: date,
) -> Outlook:  # fmt: skip
    """What is known of this period at `now`; it is judged at the midnight with which `end` begins."""
    today = now.astimezone(zone).date()
    whole = counts.count(counts.add(days.get(day, {}) for day in period.each() if day <= today), reading)
    until = _hours(end if reading.month_of == "order" else period.last + _DAY, zone, now)
    settled = {
        day: counts.count(days.get(day, {}), replace(reading, month_of="order")).counted
        for day in _days_open(period, reading, today)
    }
    by_order = [(day, max(0, orders_of(days.get(day, {}), reading) - settled[day])) for day in settled]
    mine = [one for one in pending if one.belongs(period, reading, zone)]
    q = sum(one.chance for one in mine) / len(mine) if mine else 0.0
    counted = whole.counted + q * len(mine)
    seen = max(counted, _seen(days, period, reading, zone, now, learned.ages))
    belief = learned.belief.having_seen(counted / learned.scatter, seen / learned.scatter)
    coming = _coming(period, today, now, zone)
    mean = learned.arrivals.mean([(day.weekday(), part) for day, part in coming])
    ahead = [(day, part * learned.arrivals.by_weekday[day.weekday()]) for day, part in coming]
    standing = sum(orders for _, orders in by_order)
    r_open = ages.still_open(learned.ages, lots(by_order, zone, now), until, belief.mean)
    r_future = ages.still_to_come(learned.ages, _lots_ahead(ahead, zone, now), until)
    belief = belief.blurred(learned.scatter, r_open * standing + r_future * mean)
    return Outlook(
        orders=whole.orders, counted=whole.counted, pending=len(mine), q=q, open=max(0, standing - len(mine)),
        r_open=r_open,
        future_mean=mean, future_size=learned.arrivals.size(mean),
        r_future=r_future, a=belief.a, b=belief.b,
    )  # fmt: skip


def _seen(
    days: Mapping[date, Counts], period: Period, reading: Reading, zone: ZoneInfo, now: datetime, known: Ages
) -> float:  # fmt: skip
    """Of how many orders the cancellations of this period have come; by the day of the cancellation, older orders have theirs in it, too."""
    is_by_order = reading.month_of == "order"
    first = period.first if is_by_order else period.first - _DAY * GROWN_DAYS
    last = min(period.last, now.astimezone(zone).date())
    told = [first + _DAY * count for count in range((last - first).days + 1)]
    placed = lots([(day, float(orders_of(days.get(day, {}), reading))) for day in told], zone, now)
    return ages.seen(known, placed, None if is_by_order else _hours(period.first, zone, now))


def _days_open(period: Period, reading: Reading, today: date) -> list[date]:
    """Days whose orders may still be cancelled so that it counts in this period."""
    first = period.first if reading.month_of == "order" else min(period.first, today - _DAY * GROWN_DAYS)
    first = max(first, today - _DAY * int(HOURS[-1] // 24 + 1))
    return [first + _DAY * count for count in range(max(0, (min(today, period.last) - first).days + 1))]


def _coming(period: Period, today: date, now: datetime, zone: ZoneInfo) -> list[tuple[date, float]]:
    """The days that are still to come, and how much of each."""
    found = []
    for day in period.each():
        if day == today:
            left = max(0.0, _hours(day + _DAY, zone, now))
            found.append((day, min(1.0, left / 24)))
        elif day > today:
            found.append((day, 1.0))
    return found


def _lots_ahead(days: Iterable[tuple[date, float]], zone: ZoneInfo, now: datetime) -> list[Lot]:
    return [
        Lot(max(0.0, _hours(day, zone, now)), _hours(day + _DAY, zone, now), orders) for day, orders in days if orders
    ]
