"""What the engine must know of the enrolments it claimed, read in a constant number of queries."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from kaeru.core import sql
from kaeru.core.secrets import fingerprint
from kaeru.customers.models import Consent, Identity, Suppression
from kaeru.scenarios.programs import Program
from kaeru.scenarios.rules import Facts


class Claimed(NamedTuple):
    """A due enrolment with what its order and cancellation say."""

    id: int
    organization_id: int
    shop_id: int
    revision_id: int
    order_id: int
    customer_id: int | None
    step: int
    order_value: int
    currency: str
    end: str


_END = """
       CASE WHEN c.state = 'restored' THEN 'restored'
            WHEN o.shipped_at IS NOT NULL AND o.cancelled_at IS NULL THEN 'shipped'
            WHEN EXISTS (SELECT 1 FROM orders_order n WHERE n.customer_id = e.customer_id AND n.placed_at > e.entered_at
                         AND n.shop_id = e.shop_id AND n.id <> e.order_id AND n.cancelled_at IS NULL) THEN 'reordered'
            ELSE '' END
FROM scenarios_enrollment e
JOIN orders_order o ON o.id = e.order_id
JOIN cancellations_cancellationrequest c ON c.id = e.cancellation_id"""
"""Why an enrolment needs nothing more: the one place that says so, for the engine and for the hand-over."""

_CLAIM = f"""
SELECT e.id, e.organization_id, e.shop_id, e.revision_id, e.order_id, e.customer_id, e.step, o.total, o.currency,{_END}
WHERE e.state = 'waiting' AND e.due_at <= %s
ORDER BY e.due_at LIMIT %s"""


def claim(moment: datetime, limit: int) -> list[Claimed]:
    """Up to `limit` enrolments due at `moment`, the longest waiting first, locked until the transaction ends."""
    lock = " FOR UPDATE OF e SKIP LOCKED" if sql.is_postgres() else ""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM + lock, [sql.moment(moment), limit])
        return [Claimed._make(row) for row in cursor.fetchall()]


def ends(enrollment_ids: Iterable[int]) -> dict[int, str]:
    """Why these enrolments need nothing more, for those that do not."""
    where, keys = sql.among("e.id", list(enrollment_ids))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT e.id,{_END} WHERE {where}", keys)
        return {row[0]: row[1] for row in cursor.fetchall() if row[1]}


def complete(rows: list[Claimed], known: dict[int, Program]) -> list[Facts]:
    """The facts of each row, in order; what no row's next steps ask for is not read."""
    needs = [known[row.revision_id].needs[row.step] if not row.end else frozenset[str]() for row in rows]
    willing = _may_advertise(
        {row.customer_id for row, need in zip(rows, needs, strict=True) if "consent" in need and row.customer_id}
    )
    first = _first_orders([row.order_id for row, need in zip(rows, needs, strict=True) if "first_order" in need])
    return [
        Facts(
            end=row.end,
            order_value=row.order_value
            if "order_value" in need
            else 0,  # left out where it decides nothing: equal cases stay equal
            is_first_order="first_order" in need and row.order_id in first,
            may_advertise="consent" in need and row.customer_id in willing,
        )
        for row, need in zip(rows, needs, strict=True)
    ]


def _may_advertise(customers: Iterable[int]) -> set[int | None]:
    """Those who agreed to advertising mail and whose address is not closed to it."""
    customers = set(customers)
    if not customers:
        return set()
    agreed = set(
        Consent.objects.filter(customer_id__in=customers, channel="mail", withdrawn_at=None).values_list(
            "customer_id", flat=True
        )
    )
    if not agreed:
        return set()
    address = {
        customer: (shop_id, fingerprint(value))
        for customer, shop_id, value in Identity.objects.filter(customer_id__in=agreed, kind="mail").values_list(
            "customer_id", "shop_id", "value"
        )
    }
    closed = {
        (shop_id, bytes(found))
        for shop_id, found in Suppression.objects.filter(
            channel="mail", address_hash__in={found for _, found in address.values()}
        ).values_list("shop_id", "address_hash")
    }
    return {customer for customer, found in address.items() if found not in closed}


def _first_orders(order_ids: list[int]) -> set[int]:
    """Those of the orders before which their customer had none."""
    if not order_ids:
        return set()
    where, keys = sql.among("o.id", order_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT o.id FROM orders_order o WHERE {where} AND NOT EXISTS (SELECT 1 FROM orders_order p "
            "WHERE p.customer_id = o.customer_id AND p.shop_id = o.shop_id AND p.placed_at < o.placed_at)",
            keys,
        )
        return {row[0] for row in cursor.fetchall()}
