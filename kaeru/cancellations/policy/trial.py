"""A policy is tried on the shop's own past orders before it is saved: what it would have said, and where it differs from the present one.

An order with a wish to cancel is judged at the moment of its wish, any other as if the buyer had asked so many minutes after the
order. Products, payments and amounts are those of the order as it is now; counts and the clock are those of that moment. What had
left by then could not be cancelled under any policy, and is counted by itself.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from statistics import median
from typing import NamedTuple, TypeVar

from kaeru.audiences.rules import Subject
from kaeru.cancellations.models import CancellationRequest
from kaeru.cancellations.policy import queries
from kaeru.cancellations.policy.rules import Policy, Verdict
from kaeru.core import clock, sql
from kaeru.core.pace import rare_collections
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop

USUAL_MINUTES = 60
"""After which a buyer asks, in a shop that has no wishes yet."""
AT_ONCE = 2_000
"""Orders judged together: memory stays small, however many there are."""
MOST_SHOWN = 12
MOST_ORDERS = 200_000
"""The newest of them, for one trial."""
GONE = "gone"
T = TypeVar("T")


class Past(NamedTuple):
    """One order of the past."""

    id: int
    number: str
    customer_id: int | None
    placed_at: datetime
    shipped_at: datetime | None
    cancelled_at: datetime | None
    total: int
    currency: str


@dataclass(frozen=True, slots=True)
class Example:
    """One order that the two policies judge differently."""

    order_id: int
    number: str
    asked_at: datetime
    total: int
    currency: str
    before: Verdict
    now: Verdict


@dataclass(slots=True)
class Trial:
    """What a policy would have said about the orders of some days."""

    days: int
    minutes: int
    """After the order, for orders without a wish."""
    orders: int = 0
    wishes: int = 0
    """Orders among them that had a wish."""
    counts: Counter[str] = field(default_factory=Counter)
    """Orders by result, and `gone`: shipped or cancelled before the question."""
    by_rule: Counter[str] = field(default_factory=Counter)
    """Orders by rule; "" is what no rule fitted."""
    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Orders by (present result, new result), where they differ."""
    examples: list[Example] = field(default_factory=list)
    """The newest that differ, wishes first, of each kind of difference a few."""

    @property
    def different(self) -> int:
        """Orders that get another answer."""
        return sum(self.changed.values())


def usual_minutes(shop: Shop) -> int:
    """The middle of the shop's own wishes: how long after the order its buyers ask."""
    rows = (
        CancellationRequest.objects.filter(shop=shop, order__isnull=False, origin__in=["page", "api"])
        .order_by("-id")
        .values_list("requested_at", "order__placed_at")[:1000]
    )
    waits = [(asked - placed).total_seconds() / 60 for asked, placed in rows if asked >= placed]
    return max(1, int(median(waits))) if len(waits) >= 10 else USUAL_MINUTES


def try_out(
    shop: Shop, policy: Policy, *, days: int = 90, minutes: int | None = None, most: int = MOST_ORDERS
) -> Trial:
    """Judge the shop's newest orders of the last days by this policy and by the present one. Writes nothing."""
    until = clock.now()
    after = usual_minutes(shop) if minutes is None else minutes
    present = queries.standing([shop.id])[shop.id].policy
    trial, kept = Trial(days, after), Counter[tuple[str, str]]()
    rows = Order.objects.filter(shop=shop, placed_at__gte=until - timedelta(days=days), placed_at__lt=until)
    columns = rows.order_by("-placed_at").values_list(*Past._fields)[:most]
    with rare_collections():
        for part in _portions(map(Past._make, columns.iterator(chunk_size=AT_ONCE)), AT_ONCE):
            _judge(shop, part, timedelta(minutes=after), (present, policy), trial, kept)
    trial.examples.sort(key=lambda one: one.asked_at, reverse=True)
    return trial


def _portions(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


def _judge(
    shop: Shop,
    orders: Sequence[Past],
    after: timedelta,
    policies: tuple[Policy, Policy],
    trial: Trial,
    kept: Counter[tuple[str, str]],
) -> None:
    wishes = _wishes(orders)
    subjects = [_subject(shop, order, wishes, after) for order in orders]
    before, now = queries.judge_by(
        subjects, [{shop.id: policy} for policy in policies], {order.id: order.placed_at for order in orders}
    )
    for order, subject, was, becomes in zip(orders, subjects, before, now, strict=True):
        trial.orders += 1
        trial.wishes += order.id in wishes
        if _is_gone(order, subject.at):
            trial.counts[GONE] += 1
            continue
        trial.counts[becomes.result] += 1
        trial.by_rule[becomes.rule] += 1
        if was.result != becomes.result:
            kind = (was.result, becomes.result)
            trial.changed[kind] += 1
            if kept[kind] < MOST_SHOWN // 3 and len(trial.examples) < MOST_SHOWN:
                kept[kind] += 1
                trial.examples.append(
                    Example(order.id, order.number, subject.at, order.total, order.currency, was, becomes)
                )


def _wishes(orders: Sequence[Past]) -> dict[int, tuple[int, datetime]]:
    """The first wish of each order: its key and its moment."""
    rows = CancellationRequest.objects.filter(
        order_id__in=sql.keys(order.id for order in orders), origin__in=["page", "api"], is_whole=True
    )
    found: dict[int, tuple[int, datetime]] = {}
    for order_id, key, asked_at in rows.order_by("-id").values_list("order_id", "id", "requested_at"):
        if order_id is not None:
            found[order_id] = (key, asked_at)
    return found


def _subject(shop: Shop, order: Past, wishes: dict[int, tuple[int, datetime]], after: timedelta) -> Subject:
    """A wish is judged just before it was written down, as it was then: so it does not count among the buyer's cancellations."""
    key, at = wishes.get(order.id, (None, order.placed_at + after))
    moment = at - timedelta(microseconds=1) if key is not None else at
    return Subject(shop.organization_id, shop.id, order.customer_id, order.id, key, moment)


def _is_gone(order: Past, at: datetime) -> bool:
    moments = (order.shipped_at, order.cancelled_at)
    return any(moment is not None and moment <= at for moment in moments)
