"""欠品 a shortage: the shop cannot deliver an item. Every buyer is told first, substitutes are offered, what is accepted is kept, and
what nobody answered is taken out as the shop's fault. The buyer is never asked to cancel, and nothing is counted as their wish.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Max, QuerySet, Sum

from kaeru.cancellations import letters
from kaeru.cancellations.desk.opening import for_request, open_cases
from kaeru.cancellations.letters import Said
from kaeru.cancellations.models import (
    CancellationLine,
    CancellationRequest,
    Decision,
    Reason,
    Repair,
    RepairState,
    RequestState,
    Shortage,
    Side,
    Verdict,
)
from kaeru.cancellations.repairs.queries import Sold, sold
from kaeru.core import audit, clock, events, ids, money
from kaeru.core.events import News
from kaeru.customers.models import Identity
from kaeru.orders.models import Order, OrderLine
from kaeru.tenants.models import Shop

LATELY = timedelta(days=60)
"""Orders that are older than this are not looked at: a shop's system that tells no shipments would show them all."""
MOST_LISTED = 200
CAUSES: Final[Mapping[str, Mapping[str, str]]] = {
    "out_of_stock": {"ja": "在庫切れ（店舗の都合）", "en": "Out of stock (the shop's fault)"},
    "price_error": {"ja": "価格の誤り（店舗の都合）", "en": "Wrong price (the shop's fault)"},
    "damaged": {"ja": "商品の傷み（店舗の都合）", "en": "Damaged item (the shop's fault)"},
}
"""Also the reasons that the wishes get: of the shop, never offered to buyers."""
BUSY = (RequestState.ASKED, RequestState.REQUESTED)


class NoOrders(ValueError):
    """No open order has this item (any more)."""


@dataclass(frozen=True, slots=True)
class Missing:
    """One item of open orders."""

    sku: str
    title: str
    orders: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Substitute:
    """What is offered instead."""

    title: str
    unit_price: int
    variant_id: str = ""
    sku: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"title": self.title, "unit_price": self.unit_price, "variant_id": self.variant_id, "sku": self.sku}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is said and offered to the buyers."""

    sku: str
    cause: str
    answer_by: datetime
    substitutes: Sequence[Substitute] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    """The shop's own words, {"ja", "en"}."""


@dataclass(frozen=True, slots=True)
class Affected:
    """One order that has the item, and what will happen to it."""

    order: Order
    lines: Sequence[OrderLine]
    """Those with the item."""
    is_whole: bool
    """There is nothing else in the order."""
    fate: str
    """letter: the buyer is told first · nobody: there is no address, a person sees to it · busy: a wish of the buyer's is open already"""
    request: CancellationRequest | None = None
    """The page that the buyer has open."""

    @property
    def amount(self) -> int:
        """What the item costs in this order, minor units."""
        return sum(line.quantity * line.unit_price for line in self.lines)

    @property
    def quantity(self) -> int:
        """How many of it."""
        return sum(line.quantity for line in self.lines)


def open_orders(shop_id: int) -> QuerySet[Order]:
    """Orders of this shop that have not left."""
    since = clock.now() - LATELY
    rows = Order.objects.filter(shop_id=shop_id, placed_at__gte=since, cancelled_at=None, shipped_at=None)
    return rows.filter(is_history=False)


def items(shop_id: int, search: str = "") -> list[Missing]:
    """Items of open orders, those of most orders first; with `search` in code or name."""
    lines = OrderLine.objects.filter(order__in=open_orders(shop_id), quantity__gt=0).exclude(sku="")
    if search:
        lines = lines.filter(sku__icontains=search) | lines.filter(title__icontains=search)
    rows = lines.values("sku").annotate(name=Max("title"), n=Count("order_id", distinct=True), q=Sum("quantity"))
    return [Missing(row["sku"], row["name"], row["n"], row["q"]) for row in rows.order_by("-n", "sku")[:MOST_LISTED]]


def affected(shop_id: int, sku: str) -> list[Affected]:
    """Every open order with this item, the oldest first, and what will happen to it; four queries."""
    with_it = OrderLine.objects.filter(order__in=open_orders(shop_id), sku=sku, quantity__gt=0).values("order_id")
    orders = list(Order.objects.filter(id__in=with_it).select_related("customer", "shop").order_by("placed_at", "id"))
    lines: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.filter(order__in=orders, quantity__gt=0).order_by("position"):
        lines.setdefault(line.order_id, []).append(line)
    wishes = {
        request.order_id: request
        for request in CancellationRequest.objects.filter(
            order__in=orders, state__in=[RequestState.CONSIDERING, *BUSY]
        ).prefetch_related("repairs")
    }
    people = {order.customer_id for order in orders if order.customer_id is not None}
    reached = set(Identity.objects.filter(customer_id__in=people, kind="mail").values_list("customer_id", flat=True))
    found = []
    for order in orders:
        request = wishes.get(order.id)
        mine = [line for line in lines[order.id] if line.sku == sku]
        is_busy = request is not None and (
            request.state in BUSY or any(repair.state in ("asked", "by_hand") for repair in request.repairs.all())
        )
        fate = "busy" if is_busy else "letter" if order.customer_id in reached else "nobody"
        found.append(Affected(order, mine, len(mine) == len(lines[order.id]), fate, request))
    return found


def suggestions(shop: Shop, sku: str) -> list[Sold]:
    """Other variants of the same product, as they were sold lately; two queries."""
    known = sold(shop.id, shop.currency)
    products = {one.product_id for one in known if one.sku == sku and one.product_id}
    return sorted(
        (one for one in known if one.product_id in products and one.sku != sku),
        key=lambda one: (-one.bought, one.variant),
    )[:12]


def letter(plan: Plan, title: str, shop: Shop, language: str) -> dict[str, str]:
    """What the buyers are told, subject and body in Liquid."""
    kind = "short" if plan.substitutes else "short_bare"
    return letters.compose(kind, language, _said(plan, title, shop, language))


def _said(plan: Plan, title: str, shop: Shop, language: str) -> Said:
    lines = [
        f"{one.title}（{money.show(one.unit_price, shop.currency, language)}）"
        if language == "ja"
        else f"{one.title} ({money.show(one.unit_price, shop.currency, language)})"
        for one in plan.substitutes
    ]
    until = letters.day_of(plan.answer_by, shop, language)
    return Said(own=plan.words.get(language, ""), title=title, cause=plan.cause, items=lines, until=until)


def texts(plan: Plan, title: str, shop: Shop, edited: Mapping[str, Mapping[str, str]] | None = None) -> dict[str, Any]:
    """The letter in both languages; `edited` replaces a language."""
    return {language: (edited or {}).get(language) or letter(plan, title, shop, language) for language in ("ja", "en")}


@transaction.atomic
def start(shop: Shop, plan: Plan, *, actor: str, edited: Mapping[str, Mapping[str, str]] | None = None) -> Shortage:
    """Tell all buyers, and offer what there is. A constant number of statements, however many orders.

    Raises NoOrders, KeyError for an unknown cause, TextsRefused for a letter that cannot be sent.
    """
    reason = _reason(shop, plan.cause)
    keys = [one.order.id for one in affected(shop.id, plan.sku)]
    list(Order.objects.select_for_update().filter(id__in=keys).order_by("id").values_list("id", flat=True))
    rows = affected(shop.id, plan.sku)  # as they are now that nobody else moves them
    if not rows:
        raise NoOrders(plan.sku)
    title = f"{rows[0].lines[0].title} {rows[0].lines[0].variant}".strip()
    moment = clock.now()
    shortage = Shortage.objects.create(
        id=ids.new_id(), organization_id=shop.organization_id, shop=shop, sku=plan.sku, title=title, cause=plan.cause,
        substitutes=[one.to_json() for one in plan.substitutes], words=dict(plan.words), answer_by=plan.answer_by, created_at=moment,
        created_by=actor[:60],
    )  # fmt: skip
    told = [one for one in rows if one.fate != "busy"]
    requests = _requests(shortage, told, reason)
    _offer(shortage, plan, requests, told)
    pairs = list(zip(told, requests, strict=True))
    to_write = [request for one, request in pairs if one.fate == "letter"]
    template = letters.template_of(shop, texts(plan, title, shop, edited))
    letters.send(to_write, [template] * len(to_write), source=letters.OFFER, due_at=moment)
    open_cases(
        for_request("decide", request, proposal={"verdict": "approve", "why": "not_told"})
        for one, request in pairs
        if one.fate == "nobody"
    )
    audit.record(
        shop.organization_id, actor, "shortage.started", "shortage", shortage.id, cause=plan.cause, orders=len(told), letters=len(to_write)
    )  # fmt: skip
    audit.record_many(
        (
            shop.organization_id,
            actor,
            "cancellation.shop_cannot_deliver",
            "cancellation",
            request.id,
            {"shortage": shortage.id},
        )
        for request in requests
    )
    events.emit(
        News("cancellation.asked", shop.organization_id, request.id, {"shortage": True}) for request in requests
    )
    return shortage


def _reason(shop: Shop, cause: str) -> Reason:
    """The shop's own reason for it; buyers never see it."""
    known = Reason.objects.filter(shop=shop, code=cause).first()
    return known or Reason.objects.create(
        organization_id=shop.organization_id, shop=shop, code=cause, side=Side.SHOP, labels=dict(CAUSES[cause]),
        position=Reason.objects.filter(shop=shop).count(), is_active=False,
    )  # fmt: skip


def _requests(shortage: Shortage, told: Sequence[Affected], reason: Reason) -> list[CancellationRequest]:
    """A wish of the shop's for each order; a page that the buyer had open becomes it. In the order of `told`."""
    moment = clock.now()
    found = [
        one.request
        or CancellationRequest(
            id=key, organization_id=one.order.organization_id, shop_id=one.order.shop_id, order=one.order,
            customer_id=one.order.customer_id, currency=one.order.currency, requested_at=moment, created_at=moment,
        )
        for key, one in zip(ids.new_ids(len(told)), told, strict=True)
    ]  # fmt: skip
    for one, request in zip(told, found, strict=True):
        request.order, request.reason, request.side, request.origin = one.order, reason, Side.SHOP, "desk"
        request.state, request.shortage, request.is_whole = RequestState.ASKED, shortage, one.is_whole
        request.value, request.decided_at = one.order.total if one.is_whole else one.amount, moment
    fresh = [request for one, request in zip(told, found, strict=True) if one.request is None]
    was_open = [request for one, request in zip(told, found, strict=True) if one.request is not None]
    CancellationRequest.objects.bulk_create(fresh)
    CancellationRequest.objects.bulk_update(
        was_open, ["reason", "side", "origin", "state", "shortage", "is_whole", "value", "decided_at"]
    )
    CancellationLine.objects.filter(request__in=was_open).delete()
    CancellationLine.objects.bulk_create(
        CancellationLine(
            id=ids.new_id(), organization_id=request.organization_id, request=request, order_line=line, quantity=line.quantity,
            amount=line.quantity * line.unit_price,
        )
        for one, request in zip(told, found, strict=True)
        for line in one.lines
    )  # fmt: skip
    Decision.objects.bulk_create(
        Decision(
            id=ids.new_id(), organization_id=request.organization_id, request=request, verdict=Verdict.ASK, by="shortage",
            ground=shortage.cause, decided_at=moment,
        )
        for request in found
    )  # fmt: skip
    return found


def _offer(shortage: Shortage, plan: Plan, requests: Sequence[CancellationRequest], told: Sequence[Affected]) -> None:
    """What is offered to each, as `repairs.substitute` reads it."""
    if not plan.substitutes:
        return
    Repair.objects.bulk_create(
        Repair(
            id=ids.new_id(), organization_id=request.organization_id, request=request, kind="substitute", state=RepairState.OFFERED,
            asked={
                "options": [item.to_json() for item in plan.substitutes], "title": shortage.title, "line": one.lines[0].source_id,
                "quantity": one.quantity,
            },
            created_at=clock.now(), answer_by=plan.answer_by,
        )
        for one, request in zip(told, requests, strict=True)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a shortage is, in orders."""

    told: int = 0
    waiting: int = 0
    """Nobody has answered yet."""
    kept: int = 0
    """Took a substitute, or kept the rest."""
    changing: int = 0
    """Took one; it is being changed."""
    cancelled: int = 0
    by_person: int = 0
    """A person sees to it."""


def progress(shortages: Sequence[Shortage]) -> dict[int, Progress]:
    """By shortage; two queries."""
    rows = CancellationRequest.objects.filter(shortage__in=shortages)
    states = rows.order_by().values_list("shortage_id", "state").annotate(n=Count("id"))
    changing = dict(
        Repair.objects.filter(request__shortage__in=shortages, request__state=RequestState.ASKED, state__in=["asked", "by_hand"])
        .order_by().values_list("request__shortage_id").annotate(n=Count("id"))
    )  # fmt: skip
    handed = dict(
        rows.filter(cases__state="open").order_by().values_list("shortage_id").annotate(n=Count("id", distinct=True))
    )
    by_state: dict[int, dict[str, int]] = {}
    for shortage_id, state, count in states:
        by_state.setdefault(shortage_id or 0, {})[state] = count
    found = {}
    for shortage in shortages:
        told = by_state.get(shortage.id, {})
        asked, now = told.get("asked", 0), changing.get(shortage.id, 0)
        found[shortage.id] = Progress(
            told=sum(told.values()), waiting=asked - now, kept=told.get("kept", 0) + told.get("declined", 0), changing=now,
            cancelled=told.get("requested", 0) + told.get("cancelled", 0), by_person=handed.get(shortage.id, 0),
        )  # fmt: skip
    return found


def listed(shop_ids: Sequence[int]) -> QuerySet[Shortage]:
    """Shortages of these shops, the open ones first, then the newest."""
    return Shortage.objects.filter(shop_id__in=shop_ids).select_related("shop").order_by("-state", "-created_at", "-id")


def one(shortage_id: int) -> Shortage | None:
    """One shortage, or None when there is none in scope."""
    return Shortage.objects.select_related("shop").filter(id=shortage_id).first()


def requests_of(shortage: Shortage) -> list[CancellationRequest]:
    """Its orders with their buyers, the oldest first."""
    rows = CancellationRequest.objects.filter(shortage=shortage).select_related("order", "customer", "shop", "reason")
    return list(rows.prefetch_related("repairs").order_by("order__placed_at", "id"))
