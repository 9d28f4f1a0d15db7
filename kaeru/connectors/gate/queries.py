"""Reads: what Kaeru may change in a shop's system, and what became of what it was asked to change."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from kaeru.connectors.base import Capabilities
from kaeru.connectors.gate.reach import ways
from kaeru.connectors.gate.rules import Terms
from kaeru.connectors.models import ChangeState, Connection, GateTerms, OrderChange
from kaeru.tenants.models import Shop

NONE = Capabilities()
OPEN = (ChangeState.WAITING, ChangeState.SENDING, ChangeState.PENDING)
"""On its way: nobody needs to do anything."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many changes of a shop want a person."""

    held: int
    failed: int


def capabilities(shop: Shop) -> Capabilities:
    """What Kaeru can do by itself in the shop's system. In a dry run the same; whether it really does: `is_live`."""
    return capabilities_of([shop.id]).get(shop.id, NONE)


def capabilities_of(shop_ids: Iterable[int]) -> dict[int, Capabilities]:
    """The same for many shops, two statements; shops without a connection are missing."""
    return {shop_id: one.capabilities for shop_id, one in ways(shop_ids).items()}


def terms_of(shop_ids: Iterable[int]) -> dict[int, Terms]:
    """What each shop allows; shops that never said anything are missing (`Terms()`: dry run)."""
    rows = GateTerms.objects.filter(shop_id__in=set(shop_ids))
    return {row.shop_id: Terms(row.is_live, row.most_per_order, row.most_per_day, row.cancels_alone) for row in rows}


def is_live(shop_id: int) -> bool:
    """Whether changes are carried out; False: a dry run."""
    return GateTerms.objects.filter(shop_id=shop_id, is_live=True).exists()


def connection(shop: Shop) -> Connection | None:
    """How Kaeru acts in the shop's system, or None: it only listens."""
    return Connection.objects.filter(shop=shop, removed_at=None).order_by("id").first()


def of_source(source: str, ids: Iterable[int]) -> dict[int, list[OrderChange]]:
    """What was asked for by these repairs, requests, …, oldest first; those that asked for nothing are missing."""
    found: dict[int, list[OrderChange]] = defaultdict(list)
    for row in OrderChange.objects.filter(source=source, source_id__in=set(ids)).order_by("id"):
        found[row.source_id].append(row)
    return dict(found)


def recent(shop_ids: Sequence[int], states: Sequence[str] = ()) -> QuerySet[OrderChange]:
    """Changes of these shops, newest first; of these states only, when there are any."""
    rows = OrderChange.objects.filter(shop_id__in=shop_ids)
    return (rows.filter(state__in=states) if states else rows).select_related("shop", "order").order_by("-id")


def one(change_id: int) -> OrderChange | None:
    """The change of this id, or None."""
    return OrderChange.objects.select_related("shop", "order").filter(id=change_id).first()


def waiting(shop_ids: Sequence[int]) -> QuerySet[OrderChange]:
    """On their way."""
    return recent(shop_ids, OPEN)


def held(shop_ids: Sequence[int]) -> QuerySet[OrderChange]:
    """Over a cap: a person lets them go or drops them."""
    return recent(shop_ids, [ChangeState.HELD])


def failed(shop_ids: Sequence[int]) -> QuerySet[OrderChange]:
    """Given up: a person looks into the shop's system."""
    return recent(shop_ids, [ChangeState.FAILED])


def counts(shop_ids: Sequence[int]) -> Counts:
    """How much wants a person."""
    rows = OrderChange.objects.filter(shop_id__in=shop_ids, state__in=[ChangeState.HELD, ChangeState.FAILED])
    found = dict(rows.order_by().values_list("state").annotate(n=Count("id")))
    return Counts(found.get(ChangeState.HELD, 0), found.get(ChangeState.FAILED, 0))
