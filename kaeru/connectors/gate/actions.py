"""Verbs of the gate: ask for changes, take them back, let go what waits over a cap. Nothing is called here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q

from kaeru.connectors.changes import Change
from kaeru.connectors.gate.queries import capabilities_of, terms_of
from kaeru.connectors.gate.rules import brief
from kaeru.connectors.models import ChangeState, GateTerms, OrderChange
from kaeru.core import audit, clock, events, ids
from kaeru.core.events import News
from kaeru.tenants.models import Shop


@dataclass(frozen=True, slots=True)
class Ask:
    """A change that a room wants, and why."""

    organization_id: int
    shop_id: int
    order_id: int | None
    change: Change
    key: str
    """Stable: the same key asked twice is one change."""
    why: str
    """A code, never empty: the reason's code, `wish_open`, `swap_done`."""
    asked_by: str
    source: str
    source_id: int
    due_at: datetime | None = None
    """None: now."""


def ask(asks: Sequence[Ask]) -> list[int]:
    """Write the changes down, in the caller's transaction; returns their ids in the order of the asks, old ones for known keys.

    Whether they go out is judged when they are due: `gate.passes`. News `order_change.settled` tells what became of each.
    """
    moment = clock.now()
    OrderChange.objects.bulk_create(
        [
            OrderChange(
                id=key, organization_id=one.organization_id, shop_id=one.shop_id, order_id=one.order_id, key=one.key,
                kind=one.change.kind, payload=one.change.to_json(), why=one.why[:60], money=one.change.money,
                due_at=one.due_at or moment, asked_by=one.asked_by[:60], source=one.source, source_id=one.source_id,
                created_at=moment,
            )
            for key, one in zip(ids.new_ids(len(asks)), asks, strict=True)
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    known = dict(OrderChange.objects.filter(key__in=[one.key for one in asks]).values_list("key", "id"))
    audit.record_many(
        (one.organization_id, one.asked_by, "change.asked", "order_change", known[one.key], {"kind": one.change.kind, "why": one.why})
        for one in asks
    )  # fmt: skip
    return [known[one.key] for one in asks]


def note(asks: Sequence[Ask]) -> int:
    """Who acts by hand because the shop is in a dry run says here what Kaeru would have done; returns how many were noted down.

    In the caller's transaction; nobody is told of it. Shops that are live and what their system cannot do are left out.
    """
    shop_ids = {one.shop_id for one in asks}
    live, able = {shop_id for shop_id, terms in terms_of(shop_ids).items() if terms.is_live}, capabilities_of(shop_ids)
    told = [
        one
        for one in asks
        if one.shop_id not in live and one.shop_id in able and getattr(able[one.shop_id], one.change.needs)
    ]
    moment = clock.now()
    OrderChange.objects.bulk_create(
        [
            OrderChange(
                id=key, organization_id=one.organization_id, shop_id=one.shop_id, order_id=one.order_id, key=f"dry:{one.key}"[:80],
                kind=one.change.kind, payload={} if one.change.kind in _PRIVATE else one.change.to_json(), why=one.why[:60],
                money=one.change.money, state=ChangeState.DRY_RUN,
                answer=brief(one.change), due_at=moment, asked_by=one.asked_by[:60], source=one.source, source_id=one.source_id,
                created_at=moment, done_at=moment,
            )
            for key, one in zip(ids.new_ids(len(told)), told, strict=True)
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return len(told)


@transaction.atomic
def drop(change_ids: Sequence[int], *, actor: str) -> int:
    """Take back what was not called yet; returns how many. What is being called right now, or may have been, goes."""
    rows = list(
        OrderChange.objects.select_for_update().filter(
            id__in=change_ids, state__in=[ChangeState.WAITING, ChangeState.HELD], before__isnull=True
        )
    )
    OrderChange.objects.filter(id__in=[row.id for row in rows]).update(
        state=ChangeState.DROPPED, done_at=clock.now(), claimed_until=None
    )
    audit.record_many(
        (row.organization_id, actor, "change.dropped", "order_change", row.id, {"kind": row.kind}) for row in rows
    )
    settled(rows, ChangeState.DROPPED)
    return len(rows)


@transaction.atomic
def let_go(change_id: int, *, actor: str) -> bool:
    """A person lets a change go that waits over a cap; False when it does not wait for that."""
    row = OrderChange.objects.filter(id=change_id, state=ChangeState.HELD).first()
    if row is None:
        return False
    OrderChange.objects.filter(id=change_id).update(
        state=ChangeState.WAITING, is_let_go=True, answer="", due_at=clock.now()
    )
    audit.record(row.organization_id, actor, "change.let_go", "order_change", change_id, money=row.money)
    return True


@transaction.atomic
def set_terms(shop: Shop, *, is_live: bool, most_per_order: int, most_per_day: int, actor: str) -> None:
    """What Kaeru may change in the shop's system by itself. Raises ValueError for amounts below 0."""
    if most_per_order < 0 or most_per_day < 0:
        raise ValueError("an amount cannot be below 0")
    told = {"is_live": is_live, "most_per_order": most_per_order, "most_per_day": most_per_day}
    GateTerms.objects.update_or_create(shop=shop, defaults={"organization_id": shop.organization_id, **told})
    audit.record(shop.organization_id, actor, "gate.terms_set", "shop", shop.id, **told)


@transaction.atomic
def let_cancel_alone(shop: Shop, *, is_allowed: bool, actor: str) -> None:
    """Whether a cancellation on a mall may go out that no person asked for (`models.GateTerms.cancels_alone`)."""
    GateTerms.objects.update_or_create(
        shop=shop, defaults={"organization_id": shop.organization_id, "cancels_alone": is_allowed}
    )
    audit.record(shop.organization_id, actor, "gate.cancels_alone_set", "shop", shop.id, is_allowed=is_allowed)


_GOES_ALONE = ("hold", "release")
"""Kinds that stand for themselves: they go whatever became of what was asked for before them, and nothing hangs on them."""
_COMES_TO_NOTHING = (ChangeState.REFUSED, ChangeState.FAILED, ChangeState.DROPPED)
_PRIVATE = ("change_address", "answer_inquiry")
"""Kinds that say where somebody lives, or what was written to somebody: forgotten here once they are over; who asked for them
still knows."""


def settled(rows: Sequence[OrderChange], state: str) -> None:
    """Tell the rooms that asked; in the caller's transaction. With a change that came to nothing fall the later ones that were
    asked for together with it: no money goes back for lines that could not be changed.
    """
    fallen = _fallen(rows) if state in _COMES_TO_NOTHING else []
    OrderChange.objects.filter(id__in=[row.id for row in fallen]).update(
        state=ChangeState.DROPPED, answer="earlier_came_to_nothing", done_at=clock.now()
    )
    over = [*rows, *fallen] if state != ChangeState.HELD else fallen
    if private := [row.id for row in over if row.kind in _PRIVATE]:
        OrderChange.objects.filter(id__in=private).update(payload={})
    told = [*((row, str(state)) for row in rows), *((row, str(ChangeState.DROPPED)) for row in fallen)]
    events.emit(
        News(
            "order_change.settled",
            row.organization_id,
            row.id,
            {"state": word, "kind": row.kind, "source": row.source, "source_id": row.source_id},
        )
        for row, word in told
    )


def _fallen(rows: Sequence[OrderChange]) -> list[OrderChange]:
    """What waits behind these and hangs on them."""
    hung = {(row.source, row.source_id): row.id for row in rows if row.kind not in _GOES_ALONE}
    if not hung:
        return []
    behind = reduce(or_, (Q(source=source, source_id=key, id__gt=row_id) for (source, key), row_id in hung.items()))
    waiting = OrderChange.objects.filter(behind, state__in=[ChangeState.WAITING, ChangeState.HELD], before__isnull=True)
    return list(waiting.exclude(kind__in=_GOES_ALONE))
