"""Lives through the plan: the clock is put to each moment, the shop tells, buyers decide, passes turn, mails go out."""

import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import connection

from examples.demo_shop import kaeru_client, orders
from examples.demo_shop.pricing import CartLine, Coupon, add_up, read_items, write_items
from examples.demo_shop.store import Buyer, Purchase
from kaeru.cancellations import actions as cancellations
from kaeru.cancellations.models import CancellationRequest
from kaeru.cli.demo_seed.plan import Story
from kaeru.connectors.webhook.records import order_record
from kaeru.connectors.webhook.words import OrderState
from kaeru.core import clock, links
from kaeru.offers import actions as offers
from kaeru.offers import models as offer_rows
from kaeru.offers.errors import CouponExpired, CouponNotFit, CouponNotFound, CouponUsed
from kaeru.orders import actions as mirrored
from kaeru.orders.models import Order
from kaeru.scenarios.models import Enrollment
from kaeru.tenants.models import Shop
from kaeru.worker import registry

TELL_EVERY = timedelta(hours=12)
LINK_DAYS = timedelta(days=90)
SENDS_AFTER = timedelta(hours=30)
"""Parcels leave at 15 o'clock, a day or two after the order."""


@dataclass(slots=True)
class Stage:
    """The four weeks while they are lived through."""

    shop: Shop
    end: datetime
    progress: Callable[[datetime], None]
    purchases: dict[str, Purchase] = field(default_factory=dict)
    buyers: dict[str, Buyer] = field(default_factory=dict)
    untold: list[str] = field(default_factory=list)
    due: datetime | None = None
    """When the next row is due; asked again after each turn of the passes only."""
    _coming: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _tie: "itertools.count[int]" = field(default_factory=itertools.count)
    _number: "itertools.count[int]" = field(default_factory=lambda: itertools.count(8601))

    def at(self, moment: datetime, happens: Callable[[], None]) -> None:
        """Something will happen then, unless it lies beyond the end."""
        if moment <= self.end:
            heapq.heappush(self._coming, (moment, next(self._tie), happens))

    def run(self) -> None:
        """Live until the end."""
        while self._coming:
            moment, _, happens = heapq.heappop(self._coming)
            self._wait_until(moment)
            happens()
            self.progress(moment)
        self.tell()
        self.turn()
        self._wait_until(self.end)

    def turn(self) -> int:
        """Everything that is due now is done."""
        moved = registry.drain()
        self.due = registry.next_due()
        return moved

    def _wait_until(self, moment: datetime) -> None:
        """Whatever is due before then is done in its own time."""
        while self.due is not None and self.due <= moment:
            stood = self.due
            set_clock(max(stood, clock.now()))
            if not self.turn() and self.due == stood:  # nothing can move it; it must not stop the weeks
                break
        set_clock(moment)

    def tell(self) -> None:
        """The shop tells Kaeru what it has not told yet, in the words of the API."""
        if not self.untold:
            return
        told = [self.purchases[key] for key in dict.fromkeys(self.untold)]
        self.untold = []
        records = [
            order_record(
                p.id, OrderState.model_validate(kaeru_client.order_body(p, self.buyers[p.buyer_id])), p.updated_at
            )
            for p in told
        ]
        report = mirrored.mirror(self.shop, records)
        links.publish("cancel", self.shop.organization_id, report.order_ids.values(), clock.now() + LINK_DAYS)

    def write(self, purchase: Purchase, *, at_once: bool = False) -> None:
        """The shop's book changes."""
        self.purchases[purchase.id] = purchase
        self.untold.append(purchase.id)
        if at_once:
            self.tell()
            self.turn()

    def place(
        self, story: Story, *, coupon: Coupon | None = None, ref: str = "", at_once: bool = False, number: str = ""
    ) -> Purchase:
        """An order comes in."""
        self.buyers[story.buyer.id] = story.buyer
        purchase = orders.write_up(
            number or str(next(self._number)),
            story.buyer,
            list(story.lines),
            story.payment,
            story.at,
            coupon=coupon,
            ref=ref,
        )
        self.write(purchase, at_once=at_once)
        return purchase

    def next_number(self) -> str:
        """The number of an order that is about to be made."""
        return str(next(self._number))


def set_clock(moment: datetime) -> None:
    """Put the clock to this moment; it goes on from there at its usual pace."""
    clock.set_clock(clock.Clock(real=time.time(), shown=moment))


def _order_id(stage: Stage, purchase: Purchase) -> int:
    return int(Order.objects.filter(shop=stage.shop, source_id=purchase.id).values_list("id", flat=True).get())


def begin(stage: Stage, story: Story) -> None:
    """Enter a story into the weeks."""

    def ordered() -> None:
        purchase = stage.place(story, at_once=story.fate != "sent")
        if story.fate == "sent":
            leaves = (story.at + SENDS_AFTER).replace(hour=15, minute=0, second=0)
            stage.at(leaves, lambda: _send(stage, purchase.id, leaves))
        elif story.fate == "phone":
            stage.at(story.at + story.regrets_after, lambda: _cancel_in_shop(stage, purchase.id, ""))
        else:
            stage.at(story.at + story.regrets_after, lambda: _regret(stage, story, purchase))

    stage.at(story.at, ordered)


def _send(stage: Stage, key: str, at: datetime) -> None:
    purchase = stage.purchases[key]
    if purchase.cancelled_at is None:
        stage.write(replace(purchase, shipped_at=at, updated_at=at, tracking_number=f"4000{int(key):08d}"))


def _cancel_in_shop(stage: Stage, key: str, reason: str) -> None:
    moment, known = clock.now(), stage.purchases[key]
    stage.write(
        replace(known, cancelled_at=moment, cancel_reason=reason, updated_at=moment, refunded=known.paid), at_once=True
    )


def _regret(stage: Stage, story: Story, purchase: Purchase) -> None:
    wish = cancellations.choose_reason(_order_id(stage, purchase), story.reason, actor="customer")
    if story.fate == "kept":
        cancellations.keep(wish.id, actor="customer")
        stage.at(story.at + SENDS_AFTER, lambda: _send(stage, purchase.id, story.at + SENDS_AFTER))
        return
    cancellations.confirm(wish.id, actor="customer")
    stage.turn()
    if story.fate == "page":
        stage.at(clock.now() + timedelta(seconds=40), lambda: _cancel_in_shop(stage, purchase.id, story.reason))
    if story.returns_after is not None:
        stage.at(clock.now() + story.returns_after, lambda: _return(stage, story, wish))


def _return(stage: Stage, story: Story, wish: CancellationRequest) -> None:
    """The buyer orders again: the link of the mail brings its reference, the coupon its discount."""
    more = [CartLine("CARD", 1)] if story.reason == "shipping_fee_too_high" else []
    lines = read_items(write_items([*story.lines, *more]))
    again = replace(story, at=clock.now(), lines=tuple(lines), fate="sent")
    number, coupon = stage.next_number(), None
    if story.returns_by == "coupon":
        coupon = _redeem(stage, wish, number, again)
    ref = links.token_for("reorder", stage.shop.organization_id, wish.id) if story.returns_by != "own" else ""
    purchase = stage.place(again, coupon=coupon, ref=ref, at_once=True, number=number)
    leaves = (again.at + SENDS_AFTER).replace(hour=6, minute=0, second=0)
    stage.at(leaves, lambda: _send(stage, purchase.id, leaves))


def _redeem(stage: Stage, wish: CancellationRequest, number: str, story: Story) -> Coupon | None:
    enrollment = Enrollment.objects.filter(cancellation=wish).values_list("id", flat=True).first()
    row = offer_rows.Coupon.objects.filter(enrollment_id=enrollment, redeemed_at=None).order_by("-id").first()
    if row is None:
        return None
    before = add_up(story.lines)
    try:
        taken = offers.redeem(
            stage.shop.id, row.code, number, subtotal=before.subtotal, shipping_fee=before.shipping_fee
        )
    except (CouponExpired, CouponNotFit, CouponNotFound, CouponUsed):
        return None
    return Coupon(row.code, taken.discount or 0, row.minimum)


def quick_writes(*, is_on: bool) -> None:
    """While the weeks are lived through nobody depends on them, so SQLite need not wait for the disk."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA synchronous={'OFF' if is_on else 'FULL'}")


def tell_regularly(stage: Stage, start: datetime) -> None:
    """Twice a day the shop tells what it has not told at once."""
    moment = start
    while (moment := moment + TELL_EVERY) < stage.end:
        stage.at(moment, stage.tell)


def told(purchase: Purchase, at: datetime) -> Purchase:
    """The purchase as the shop's book holds it at the end."""
    return replace(purchase, told_at=at)
