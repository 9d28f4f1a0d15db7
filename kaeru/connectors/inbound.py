"""Working on what arrived: read each delivery, hand its records to the rooms that keep them, mark it done.

The effects and the mark are one transaction, so a delivery counts as done exactly when its effects are written. A set that
fails is worked on one by one, so that one bad delivery stops no other.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from kaeru.connectors import connecting, registry
from kaeru.connectors.base import Told
from kaeru.connectors.errors import NotYet, Unreadable
from kaeru.connectors.models import InboundDelivery
from kaeru.core import audit, clock, scope, sql
from kaeru.customers.models import Customer
from kaeru.orders import actions as orders
from kaeru.orders import own_events
from kaeru.orders.cancelled import mirror_cancelled
from kaeru.orders.own_events import Answer
from kaeru.orders.refunds import mirror_refunds
from kaeru.tenants.models import Shop

MOST_ATTEMPTS = 5
PAUSES = (timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=2))
"""Waits after the first, second, … failure; after the fifth a delivery is parked until a person looks."""
FOR_A_PERSON = "for_a_person"
"""Mark of deliveries that ask for something only a person may do."""
_SET = 25
"""Deliveries in one transaction: short enough that nobody waits long for SQLite's one writer."""

log = logging.getLogger(__name__)


def work(limit: int) -> int:
    """Work on up to `limit` deliveries that are due; returns how many were touched."""
    moved = 0
    while moved < limit:
        size = min(_SET, limit - moved)
        with scope.everyone():
            try:
                with transaction.atomic():
                    rows = _claim(size)
                    _apply(rows)
            except sql.LOST:
                raise
            except Exception:  # whatever one of them raised: find it, and let its neighbours pass
                moved += _one_by_one(size)
                continue
        moved += len(rows)
        if len(rows) < size:  # what arrives meanwhile is worked on together in the next turn
            break
    return moved


def _claim(limit: int) -> list[InboundDelivery]:
    found = sql.claim_ids(
        "connectors_inbounddelivery",
        "done_at IS NULL AND attempts < %s AND due_at <= %s",
        [MOST_ATTEMPTS, sql.moment(clock.now())],
        "id",
        limit,
    )
    return sorted(InboundDelivery.objects.filter(id__in=found).select_related("shop"), key=lambda row: row.id)


def _one_by_one(limit: int) -> int:
    moved = 0
    for _ in range(limit):
        row: InboundDelivery | None = None
        try:
            with transaction.atomic():
                rows = _claim(1)
                if not rows:
                    break
                row = rows[0]
                _apply(rows)
        except sql.LOST:
            raise  # the database itself: the runner says so and tries again
        except Exception as failure:
            if row is None:
                raise
            _note_failure(row, failure)
        moved += 1
    return moved


def _note_failure(row: InboundDelivery, failure: Exception) -> None:
    """Unreadable ones are parked at once, for waiting does not help; others are tried again after a pause."""
    attempts = MOST_ATTEMPTS if isinstance(failure, Unreadable) else row.attempts + 1
    is_told = isinstance(failure, Unreadable | NotYet)
    words = str(failure) if is_told else type(failure).__name__  # a database's message may hold personal data
    pause = PAUSES[min(attempts, len(PAUSES)) - 1]
    InboundDelivery.objects.filter(id=row.id, done_at=None).update(
        attempts=attempts, error=words[:300], due_at=clock.now() + pause
    )
    if not is_told:
        log.error("delivery %s (%s %s) failed: %s", row.id, row.source, row.topic, words, exc_info=failure)


def _apply(rows: Sequence[InboundDelivery]) -> None:
    by_shop: dict[int, list[InboundDelivery]] = defaultdict(list)
    for row in rows:
        by_shop[row.shop_id].append(row)
    failed: dict[int, Exception] = {}
    asked: list[int] = []
    for batch in by_shop.values():
        with scope.organization(batch[0].organization_id):
            told = _read_all(batch, failed)
            _hand_over(batch[0].shop, told, failed)
            asked += [row.id for row, one in told if one.asks and _ask_a_person(batch[0].shop, row, one)]
    for row in rows:
        if row.id in failed:
            _note_failure(row, failed[row.id])
    done = InboundDelivery.objects.filter(id__in=[row.id for row in rows if row.id not in failed])
    done.update(done_at=clock.now(), error="")
    if asked:
        InboundDelivery.objects.filter(id__in=asked).update(error=FOR_A_PERSON)


def _read_all(rows: Sequence[InboundDelivery], failed: dict[int, Exception]) -> list[tuple[InboundDelivery, Told]]:
    told = []
    for row in rows:
        connector = registry.find(row.source)
        try:
            if connector is None:
                raise Unreadable(f"there is no connector {row.source}")
            told.append((row, connector.read(row.topic, bytes(row.body))))
        except Unreadable as failure:
            failed[row.id] = failure
    return told


def _hand_over(shop: Shop, told: Sequence[tuple[InboundDelivery, Told]], failed: dict[int, Exception]) -> None:
    """Orders first, so that what speaks of them in the same set finds them."""
    states = [record for _, one in told for record in one.orders]
    refunds = [record for _, one in told for record in one.refunds]
    parcels = [record for _, one in told for record in one.shipments]
    cancelled = [record for _, one in told for record in one.cancelled]
    missing: set[str] = set()
    if states:
        orders.mirror(shop, states)
    if refunds:
        missing.update(mirror_refunds(shop, refunds).unknown_orders)
    if parcels:
        missing.update(orders.mirror_shipments(shop, parcels))
    if cancelled:
        missing.update(mirror_cancelled(shop, cancelled))
    _pass_on(shop, told, failed)
    _heard(shop, told)
    for row, one in told if missing else []:
        parts = [r.order_source_id for r in one.refunds] + [r.order_source_id for r in one.shipments]
        named = {*parts, *(r.order_source_id for r in one.cancelled)} & missing
        if named:
            failed[row.id] = NotYet(f"order {named.pop()} has not arrived yet")


def _heard(shop: Shop, told: Sequence[tuple[InboundDelivery, Told]]) -> None:
    """News that only say where to look."""
    for source in {row.source for row, one in told if one.is_changed or one.is_removed or one.is_regranted}:
        some = [one for row, one in told if row.source == source]
        connecting.heard(
            shop.id,
            source,
            is_changed=any(one.is_changed for one in some),
            is_regranted=any(one.is_regranted for one in some),
            is_removed=any(one.is_removed for one in some),
        )


def _pass_on(shop: Shop, told: Sequence[tuple[InboundDelivery, Told]], failed: dict[int, Exception]) -> None:
    """The shop's own events; who they are about may still be on the way."""
    named = [(row, event) for row, one in told for event in one.events]
    if not named:
        return
    for (row, event), answer in zip(named, own_events.tell(shop, [event for _, event in named]), strict=True):
        if answer in (Answer.UNKNOWN_ORDER, Answer.UNKNOWN_CUSTOMER):
            which = f"order {event.order}" if answer == Answer.UNKNOWN_ORDER else f"customer {event.customer}"
            failed[row.id] = NotYet(f"{which} has not arrived yet")
        elif answer in own_events.WORDS:
            failed[row.id] = Unreadable(own_events.WORDS[answer])


def _ask_a_person(shop: Shop, row: InboundDelivery, told: Told) -> bool:
    """A request about personal data: noted in the audit trail, and the delivery stays in sight."""
    known = Customer.objects.filter(shop=shop, source_id=told.ask_customer).first() if told.ask_customer else None
    audit.record(
        shop.organization_id,
        "shop",
        "privacy.asked",
        "customer",
        known.id if known else 0,
        asks=told.asks,
        delivery=str(row.id),
    )
    return True
