"""What the engine must know of the enrolments it claimed, read in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from kaeru.audiences import registry as audiences
from kaeru.audiences.rules import Subject
from kaeru.calls.queries import callable_customers
from kaeru.channels import registry as channels
from kaeru.core import fair, pause, sql
from kaeru.customers.models import Identity
from kaeru.customers.queries import may_advertise
from kaeru.offers.models import Coupon
from kaeru.scenarios.holdout import HELD
from kaeru.scenarios.models import SplitLesson
from kaeru.scenarios.program import Facts, Program
from kaeru.tenants.queries import NOT_PAUSED, calendars


class Claimed(NamedTuple):
    """A due enrolment with what its order and cancellation say."""

    id: int
    organization_id: int
    shop_id: int
    revision_id: int
    cancellation_id: int | None
    order_id: int | None
    customer_id: int | None
    subject_id: int
    step: int
    awaiting: str
    heard: str
    rest_until: datetime | None
    """Only of those who were woken before it, and heard nothing."""
    order_value: int
    shipping_fee: int
    currency: str
    arm: str
    end: str


_END = """
       CASE WHEN e.about = 'customer' THEN ''
            WHEN o.shipped_at IS NOT NULL AND o.cancelled_at IS NULL THEN 'shipped'
            WHEN e.about = 'order' THEN CASE WHEN o.cancelled_at IS NOT NULL THEN 'cancelled' ELSE '' END
            WHEN c.state = 'restored' THEN 'restored'
            WHEN EXISTS (SELECT 1 FROM orders_order n WHERE n.customer_id = e.customer_id AND n.placed_at > e.entered_at
                         AND n.shop_id = e.shop_id AND n.id <> e.order_id AND n.cancelled_at IS NULL) THEN 'reordered'
            ELSE '' END
FROM scenarios_enrollment e
LEFT JOIN orders_order o ON o.id = e.order_id
LEFT JOIN cancellations_cancellationrequest c ON c.id = e.cancellation_id"""
"""Why an enrolment needs nothing more: the one place that says so, for the engine and for the hand-over."""

_CLAIM = f"""
SELECT e.id, e.organization_id, e.shop_id, e.revision_id, e.cancellation_id, e.order_id, e.customer_id, e.subject_id, e.step,
       e.awaiting, e.heard, CASE WHEN e.rest_until > %s AND e.heard = '' THEN e.rest_until END,
       COALESCE(o.total, 0), COALESCE(o.shipping_fee, 0), COALESCE(o.currency, 'JPY'), e.arm,{_END}"""


def claim(moment: datetime, limit: int) -> list[Claimed]:
    """Up to `limit` enrolments due at `moment`, locked until the transaction ends: the longest waiting first, and when more
    are due than fit, each shop in its turn. Nothing of a paused shop, and nothing at all while the installation is paused.
    """
    if pause.is_paused():
        return []
    if fair.count(fair.Due("scenarios_enrollment", moment), limit + 1) > limit:
        due = fair.Due("scenarios_enrollment", moment, shops=NOT_PAUSED.format(shop="s.shop_id"))
        keys = fair.shared(due, limit)
        place = {key: number for number, key in enumerate(keys)}
        where, values = sql.among("e.id", keys)
        return sorted(_select(moment, f"WHERE {where}", values), key=lambda row: place[row.id]) if keys else []
    lock = " FOR UPDATE OF e SKIP LOCKED" if sql.is_postgres() else ""
    where = f"WHERE e.state = 'waiting' AND e.due_at <= %s AND {NOT_PAUSED.format(shop='e.shop_id')}"
    return _select(moment, f"{where} ORDER BY e.due_at LIMIT %s{lock}", [sql.moment(moment), limit])


def _select(moment: datetime, rest: str, values: Sequence[Any]) -> list[Claimed]:
    with connection.cursor() as cursor:
        cursor.execute(f"{_CLAIM}\n{rest}", [sql.moment(moment), *values])
        return [_claimed(row) for row in cursor.fetchall()]


def _claimed(row: tuple[Any, ...]) -> Claimed:
    found = Claimed._make(row)
    return found if found.rest_until is None else found._replace(rest_until=sql.read_moment(found.rest_until))


def ends(enrollment_ids: Iterable[int]) -> dict[int, str]:
    """Why these enrolments need nothing more, for those that do not."""
    where, keys = sql.among("e.id", list(enrollment_ids))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT e.id,{_END} WHERE {where}", keys)
        return {row[0]: row[1] for row in cursor.fetchall() if row[1]}


class _Known:
    """What was read for a batch, by customer, shop, enrolment."""

    def __init__(self, rows: list[Claimed], needs: list[frozenset[str]], moment: datetime) -> None:
        def customers(*wanted: str) -> set[int]:
            return {
                row.customer_id
                for row, need in zip(rows, needs, strict=True)
                if row.customer_id and need.intersection(wanted)
            }

        self.ways = _reachable(customers("ways"))
        self.ad_ways = _willing(customers("ad_ways"))
        self.callable = callable_customers(asked) if (asked := customers("phone")) else set()
        shops = {row.shop_id for row, need in zip(rows, needs, strict=True) if "calendar" in need}
        self.calendars = calendars(shops) if shops else {}
        couponed = [row.id for row, need in zip(rows, needs, strict=True) if "coupon" in need]
        self.coupons = set(
            Coupon.objects.filter(enrollment_id__in=couponed).values_list("enrollment_id", flat=True)
            if couponed
            else ()
        )
        self.values = _values(rows, needs, moment)
        self.shares = _shares(needs)


def _reachable(customers: set[int]) -> Mapping[int, frozenset[str]]:
    """Channels by which these can be told something."""
    if not customers:
        return {}
    kinds: dict[int, set[str]] = defaultdict(set)
    for customer, kind in Identity.objects.filter(customer_id__in=customers).values_list("customer_id", "kind"):
        kinds[customer].add(kind)
    names = channels.names()
    return {key: frozenset(name for name in names if channels.writes_to(name) in had) for key, had in kinds.items()}


def _willing(customers: set[int]) -> Mapping[int, frozenset[str]]:
    """Channels on which these agreed to advertisements, and which are not closed."""
    found: dict[int, set[str]] = defaultdict(set)
    for channel in channels.names() if customers else ():
        for customer in may_advertise(customers, channel, channels.writes_to(channel)):
            found[customer].add(channel)
    return {customer: frozenset(ways) for customer, ways in found.items()}


def subject_of(row: Any, moment: datetime) -> Subject:
    """The enrolment as conditions see it."""
    return Subject(row.organization_id, row.shop_id, row.customer_id, row.order_id, row.cancellation_id, moment)


def _values(
    rows: list[Claimed], needs: list[frozenset[str]], moment: datetime
) -> dict[int, tuple[tuple[str, Any], ...]]:
    """By enrolment, what the conditions ahead of it ask for; one or two queries for each field."""
    asked = [
        (row, frozenset(key.removeprefix("value:") for key in need if key.startswith("value:")))
        for row, need in zip(rows, needs, strict=True)
    ]
    asked = [(row, keys) for row, keys in asked if keys]
    if not asked:
        return {}
    wanted = frozenset().union(*(keys for _row, keys in asked))
    found = audiences.values([subject_of(row, moment) for row, _keys in asked], wanted)
    return {
        row.id: tuple(sorted((key, value) for key, value in values.items() if key in keys))
        for (row, keys), values in zip(asked, found, strict=True)
    }


def _shares(needs: list[frozenset[str]]) -> dict[str, tuple[float, ...]]:
    """By key, what the learning splits ahead know; one query, none where there is no such split."""
    keys = {key.removeprefix("learn:") for need in set(needs) for key in need if key.startswith("learn:")}
    if not keys:
        return {}
    rows = SplitLesson.objects.filter(key__in=keys).values_list("key", "weights")
    return {key: tuple(weights) for key, weights in rows}


NOTHING: frozenset[str] = frozenset()


def complete(rows: list[Claimed], known: dict[int, Program], moment: datetime) -> list[Facts]:
    """The facts of each row, in order; what no row's next steps ask for is not read."""
    needs = [known[row.revision_id].needs[row.step] if not row.end else NOTHING for row in rows]
    found = _Known(rows, needs, moment)
    return [
        Facts(
            now=moment,
            end=row.end,
            rest_until=row.rest_until,
            awaiting=row.awaiting if row.rest_until else "",
            calendar=found.calendars.get(row.shop_id) if "calendar" in need else None,
            values=found.values.get(row.id, ()),
            ways=found.ways.get(row.customer_id or 0, NOTHING) if "ways" in need else NOTHING,
            ad_ways=found.ad_ways.get(row.customer_id or 0, NOTHING) if "ad_ways" in need else NOTHING,
            heard=row.heard,
            seed=(row.customer_id or row.subject_id) if "seed" in need else 0,
            has_coupon="coupon" in need and row.id in found.coupons,
            can_call="phone" in need and row.customer_id in found.callable,
            shares=tuple((key, shares) for key, shares in found.shares.items() if f"learn:{key}" in need),
            is_held=row.arm == HELD,
        )
        for row, need in zip(rows, needs, strict=True)
    ]
