"""The demo's comparison: in the weeks that are only remembered, half of those who cancelled were held back, so that there is a result.

Who was on which side is drawn as everywhere, by the hash; how many of each side came back is invented, and the orders by which they did are
orders like all others. Everything follows from these rows, as in a real shop: counting anew gives the same.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count

from examples.demo_shop.pricing import CartLine, read_items, write_items
from examples.demo_shop.store import Buyer
from kaeru.cancellations.models import CancellationRequest
from kaeru.cli.demo_seed.past import OFF_YEN
from kaeru.cli.demo_seed.plan import Story
from kaeru.core import ids
from kaeru.customers import actions as customers
from kaeru.customers.rules import CustomerRecord
from kaeru.offers.models import Coupon, CouponKind, Redemption
from kaeru.offers.rules import new_code
from kaeru.orders.models import Order
from kaeru.recoveries import outcomes, rollup
from kaeru.scenarios.holdout import BY_ITSELF, HELD, OFF, Draw
from kaeru.scenarios.models import Assignment, Enrollment, EnrollmentState, Scenario
from kaeru.tenants.models import Shop
from kaeru.uplift.assign import bucket

BACK = {HELD: 0.30, "treated": 0.78}
"""Of each side, so many came back within a month."""
LATER = 0.08
"""Of those who did not, so many come in the month after, on both sides."""
WITH_COUPON = 0.45
"""Of the treated who came back, so many with the coupon."""
SHARE = "1000"
"""In the weeks that are lived through a tenth is held back: the shop has seen enough to do with that."""


@dataclass(slots=True)
class Side:
    """One customer's first cancellation in a scenario, and the side they were on."""

    story: Story
    scenario: Scenario
    arm: str
    pi: float
    number: int
    """Of 10,000, by the hash."""
    back: Story | None = None


def meet(shop: Shop, buyers: Sequence[Buyer], guests_of_honour: Iterable[Buyer]) -> dict[str, int]:
    """The customers' ids by the shop's; scenarios draw so that those of the last, written days are treated: the demo shows what they get."""
    records = [
        CustomerRecord(one.id, one.name, one.email, one.phone, one.language, one.accepts_advertising) for one in buyers
    ]
    found = customers.upsert(shop, records, source="import")
    known = {buyer.id: key for buyer, key in zip(buyers, found, strict=True) if key is not None}
    honoured = [str(known[one.id]) for one in guests_of_honour]
    for scenario in Scenario.objects.filter(shop=shop):
        salts = (f"kotori-{scenario.position}-{number}" for number in count())
        held = int(SHARE)
        salt = next(one for one in salts if all(bucket(one, str(scenario.id), name) >= held for name in honoured))
        setting = SHARE if scenario.reason_id else OFF
        Scenario.objects.filter(id=scenario.id).update(salt=salt, holdout=setting)
    return known


def divide(shop: Shop, history: Sequence[Story], known: dict[str, int], draw: random.Random) -> list[Side]:
    """The sides of those who cancelled for a reason, in the order of their first cancellations; who comes back is drawn beside."""
    rows = Scenario.objects.filter(shop=shop, reason__isnull=False).select_related("reason")
    scenarios = {row.reason.code: row for row in rows if row.reason}
    draws = {row.id: Draw(str(row.id), row.salt, BY_ITSELF) for row in scenarios.values()}
    found: dict[tuple[int, str], Side] = {}
    for story in sorted(history, key=lambda one: one.at):
        scenario = scenarios.get(story.reason)
        if scenario is None or story.fate != "page" or (scenario.id, story.buyer.id) in found:
            continue
        lot, key = draws[scenario.id], known[story.buyer.id]
        arm = lot.take(key)
        told = lot.drawn[key]
        found[scenario.id, story.buyer.id] = Side(story, scenario, arm, told.pi, told.bucket)
    for arm, share in BACK.items():
        sides = [one for one in found.values() if one.arm == arm]
        chosen = draw.sample(sides, round(share * len(sides)))
        for one in chosen:
            one.back = _back(one, draw)
        left = [one for one in sides if one.back is None]
        for one in draw.sample(left, round(LATER * len(left))):
            one.back = replace(_again(one.story), at=one.story.at + timedelta(days=draw.uniform(31, 44)))
    return list(found.values())


def _back(side: Side, draw: random.Random) -> Story:
    days = draw.choice([0.3, 1.2, 1.8, 2.5, 4, 6, 9, 16]) if side.arm != HELD else draw.uniform(2, 27)
    story = replace(_again(side.story), at=side.story.at + side.story.regrets_after + timedelta(days=days, minutes=7))
    is_lured = side.arm != HELD and days > 1 and draw.random() < WITH_COUPON
    return replace(story, coupon=new_code(), returns_by="coupon") if is_lured else story


def _again(story: Story) -> Story:
    lines: list[CartLine] = read_items(write_items(list(story.lines)))
    return replace(story, lines=tuple(lines), fate="sent", reason="", regrets_after=timedelta(0))


def keep(shop: Shop, sides: Sequence[Side], known: dict[str, int], numbers: dict[int, str]) -> None:
    """Write the sides down, with their coupons and the outcomes that follow. A constant number of statements.

    `numbers`: the orders' ids in the shop's book, by the identity of their stories.
    """
    orders = {row.source_id: row for row in Order.objects.filter(shop=shop, source_id__in=numbers.values())}
    wishes = {row.order_id: row for row in CancellationRequest.objects.filter(order__in=orders.values())}
    assignments, ways, coupons, used = [], [], [], []
    owner = shop.organization_id
    for side in sides:
        wish = wishes[orders[numbers[id(side.story)]].id]
        customer_id, at = known[side.story.buyer.id], wish.requested_at
        assert side.scenario.revision_id is not None
        assignments.append(
            Assignment(
                id=ids.new_id(), organization_id=owner, shop=shop, scenario=side.scenario, customer_id=customer_id, arm=side.arm,
                pi=side.pi, bucket=side.number, revision_id=side.scenario.revision_id, at=at,
            )
        )  # fmt: skip
        way = Enrollment(
            id=ids.new_id(), organization_id=owner, shop=shop, revision_id=side.scenario.revision_id, subject_id=wish.id,
            cancellation=wish, order_id=wish.order_id, customer_id=customer_id, arm=side.arm, state=EnrollmentState.ENDED,
            end_reason="finished", due_at=at, entered_at=at, ended_at=at + timedelta(days=1),
        )  # fmt: skip
        ways.append(way)
        if side.back is not None and side.back.coupon:
            order = orders[numbers[id(side.back)]]
            coupon = Coupon(
                id=ids.new_id(), organization_id=owner, shop=shop, customer_id=customer_id, enrollment_id=way.id,
                code=side.back.coupon, kind=CouponKind.AMOUNT, value=OFF_YEN, currency="JPY", cost=OFF_YEN,
                issued_at=at + timedelta(days=1), expires_at=at + timedelta(days=31), redeemed_at=order.placed_at,
                redeemed_order_ref=order.source_id,
            )  # fmt: skip
            coupons.append(coupon)
            used.append(
                Redemption(
                    id=ids.new_id(), organization_id=owner, coupon=coupon, order=order, discount=order.discount,
                    redeemed_at=order.placed_at,
                )
            )  # fmt: skip
    Assignment.objects.bulk_create(assignments, batch_size=500)
    Enrollment.objects.bulk_create(ways, batch_size=500)
    Coupon.objects.bulk_create(coupons, batch_size=500)
    Redemption.objects.bulk_create(used, batch_size=500)
    outcomes.open_for(Assignment.objects.filter(shop=shop))


def count_up() -> None:
    """Fill in the windows that are over by now, and carry the figures forward."""
    while outcomes.mature(5000):
        pass
    rollup.roll(100)
