"""What happens: months that are only remembered, four weeks that are lived through, and the last days, written by hand.

Who orders what when, and what becomes of it. Pure; the same seed gives the same weeks.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from examples.demo_shop.catalogue import PRODUCTS
from examples.demo_shop.pricing import CartLine, read_items
from examples.demo_shop.store import Buyer

WEEKS = 4
ORDERS = 600
HISTORY_WEEKS = 10
HISTORY_ORDERS = 1400
"""Before the four weeks: as a shop brings its past by a file. With them a rehearsal has its 90 days."""
STAYS_AWAY = timedelta(days=45)
"""Who cancelled in the past is not seen by chance for so long."""
ZONE = ZoneInfo("Asia/Tokyo")
Fate = Literal["sent", "page", "phone", "kept", "left_open"]
"""sent · cancelled on the page · cancelled by the shop after a call · kept after a look at the page · still to be decided."""
Way = Literal["link", "coupon", "own"]
FATES: tuple[Fate, ...] = ("sent", "page", "phone", "kept")
WAYS: tuple[Way, ...] = ("link", "coupon", "own")

REASONS = {
    "forgot_coupon": 24, "mistaken_order": 22, "shipping_fee_too_high": 17, "delivery_too_late": 14, "change_address": 13, "change_payment": 10,
}  # fmt: skip
PAST_REASONS = REASONS | {"forgot_coupon": 96}
"""In the months before there was a sale with a coupon: one scenario has seen enough customers to say what its coupon must bring."""
LARGE = ("BASK:2,CLOCK:1", "BASK:1,LAMP:1,APRON-1:2", "BASK:3", "LAMP:2,CUSH:2,TRAY:1")
"""Baskets that are worth a call."""
_HOURS = (1, 1, 0, 0, 0, 1, 2, 4, 5, 5, 6, 6, 8, 6, 5, 5, 5, 6, 7, 9, 12, 14, 11, 6)
_WEEKDAYS = (0.9, 0.85, 0.9, 0.95, 1.0, 1.25, 1.3)


@dataclass(frozen=True, slots=True)
class Story:
    """One order and its fate."""

    at: datetime
    buyer: Buyer
    lines: tuple[CartLine, ...]
    payment: str
    fate: Fate = "sent"
    reason: str = ""
    regrets_after: timedelta = timedelta(0)
    """From the order to the wish to cancel."""
    returns_after: timedelta | None = None
    """From the cancellation to the new order; None: does not come back."""
    returns_by: Way = "own"
    coupon: str = ""
    """Of the past: the code that the order took."""


def _moments(draw: random.Random, count: int, start: date, until: datetime) -> list[datetime]:
    days = [start + timedelta(days=n) for n in range((until.date() - start).days + 1)]
    weights = [_WEEKDAYS[day.weekday()] for day in days]
    found: list[datetime] = []
    while len(found) < count:
        day, hour = draw.choices(days, weights)[0], draw.choices(range(24), _HOURS)[0]
        at = datetime.combine(day, time(hour, draw.randrange(60), draw.randrange(60)), ZONE)
        if at < until:
            found.append(at)
    return sorted(found)


def _basket(draw: random.Random) -> tuple[CartLine, ...]:
    weights = [max(1.0, 9 - product.price / 1000) for product in PRODUCTS]
    chosen: dict[str, int] = {}
    for product in draw.choices(PRODUCTS, weights, k=draw.choices([1, 2, 3, 4], [46, 31, 16, 7])[0]):
        chosen[draw.choice(product.variants).sku] = draw.choices([1, 2, 3], [82, 14, 4])[0]
    return tuple(CartLine(sku, quantity) for sku, quantity in chosen.items())


def _with_fate(draw: random.Random, story: Story) -> Story:
    """Most orders are simply sent."""
    fate: Fate = draw.choices(FATES, [92.2, 5.6, 0.9, 1.3])[0]
    if fate == "sent":
        return story
    reason = draw.choices(list(REASONS), list(REASONS.values()))[0]
    regrets_after = timedelta(minutes=draw.choice([4, 9, 25, 70, 200, 480]))
    story = replace(story, fate=fate, reason=reason, regrets_after=regrets_after)
    has_agreed = story.buyer.accepts_advertising is True
    if fate != "page" or draw.random() > (0.42 if has_agreed else 0.15):
        return story
    how: Way = draw.choices(WAYS, [45, 40, 15] if has_agreed else [70, 0, 30])[0]
    hours = {"link": draw.uniform(0.2, 9), "coupon": draw.uniform(24.3, 96), "own": draw.uniform(6, 200)}[how]
    return replace(story, returns_after=timedelta(hours=hours), returns_by=how)


def stories(draw: random.Random, buyers: Sequence[Buyer], now: datetime) -> list[Story]:
    """The four weeks up to `now`, oldest first. What lies within the last hours is left open for the visitor to decide."""
    until = now.astimezone(ZONE)
    loyal = draw.sample(list(buyers), 60)
    found: list[Story] = []
    lost: set[str] = set()
    for at in _moments(draw, ORDERS, until.date() - timedelta(weeks=WEEKS), until - timedelta(minutes=20)):
        buyer = draw.choice(loyal if draw.random() < 0.25 else buyers)
        while buyer.id in lost and draw.random() < 0.8:  # who cancelled seldom comes back by chance
            buyer = draw.choice(buyers)
        plain = Story(at, buyer, _basket(draw), draw.choices(["card", "konbini", "bank"], [78, 15, 7])[0])
        story = _with_fate(draw, plain)
        if at + story.regrets_after > until - timedelta(minutes=30):
            story = plain
        if story.fate in {"page", "phone"}:
            lost.add(buyer.id)
        found.append(story)
    return found


def history(draw: random.Random, buyers: Sequence[Buyer], visitors: Sequence[Buyer], now: datetime) -> list[Story]:
    """The months before the four weeks, oldest first. The visitors have bought before, too: their next order is not a first one."""
    end = now.astimezone(ZONE) - timedelta(weeks=WEEKS, days=2)
    found: list[Story] = []
    gone: dict[str, datetime] = {}
    for at in _moments(draw, HISTORY_ORDERS, end.date() - timedelta(weeks=HISTORY_WEEKS), end):
        fate: Fate = draw.choices(FATES, [91.5, 7.0, 1.5, 0])[0]
        buyer = draw.choice(buyers)
        while buyer.id in gone and at < gone[buyer.id] + STAYS_AWAY:  # whether they come back is drawn in `comparison`
            buyer = draw.choice(buyers)
        plain = Story(at, buyer, _basket(draw), draw.choices(["card", "konbini", "bank"], [78, 15, 7])[0], fate)
        if fate == "page":
            gone[buyer.id] = at
            reason = draw.choices(list(PAST_REASONS), list(PAST_REASONS.values()))[0]
            plain = replace(plain, reason=reason)
            if draw.random() < 0.08:
                plain = replace(plain, lines=tuple(read_items(draw.choice(LARGE))))
        found.append(replace(plain, regrets_after=timedelta(minutes=draw.choice([4, 9, 25, 70, 200, 480]))))
    for place, visitor in enumerate(visitors):
        found[place] = replace(found[place], buyer=visitor, fate="sent", reason="")
    return found


def closing_scene(
    buyers: Sequence[Buyer], visitors: Sequence[Buyer], newcomers: Sequence[Buyer], now: datetime
) -> list[Story]:
    """The last hours, written by hand: the visitors' fresh orders, coupons about to go out, and wishes that wait for the shop."""
    until = now.astimezone(ZONE)

    late = until.replace(hour=22, minute=20, second=0, microsecond=0)
    tonight = (until - late).total_seconds() / 3600 + (24 if until < late else 0)
    """Hours since the last 22:20: a coupon a day after that is put off by the quiet hours."""

    def one(hours: float, buyer: Buyer, items: str, fate: Fate = "sent", reason: str = "", after: float = 10) -> Story:
        lines = tuple(read_items(items))
        return Story(until - timedelta(hours=hours), buyer, lines, "card", fate, reason, timedelta(minutes=after))

    def back(story: Story, hours: float, how: Way) -> Story:
        return replace(story, returns_after=timedelta(hours=hours), returns_by=how)

    by_id = {buyer.id: buyer for buyer in buyers}
    return sorted(
        [
            back(one(30, by_id["C0008"], "VASE-2:1,CANDLE:1", "page", "mistaken_order", 20), 25.5, "coupon"),
            one(26, by_id["C0001"], "APRON-2:1,TOWEL-1:1", "page", "forgot_coupon", 150),
            one(216, newcomers[3], "BASK:2,CLOCK:1", "page", "delivery_too_late", 45),
            one(120, newcomers[4], "BASK:2,CUSH:2", "page", "mistaken_order", 25),
            one(2.6, newcomers[5], "BASK:2,LAMP:1,CARD:2", "page", "change_payment", 30),
            one(tonight + 0.5, by_id["C0016"], "MUG-2:2,TIN:1", "page", "forgot_coupon", 30),
            one(98, newcomers[0], "TEN-3:1,TOWEL-2:1", "page", "shipping_fee_too_high", 15),
            one(27, newcomers[1], "NOTE-1:2,PEN:1", "page", "mistaken_order", 12),
            one(1.2, newcomers[2], "VASE-1:1,CANDLE:1"),
            one(20, by_id["C0006"], "POT:1", "page", "delivery_too_late", 30),
            one(14, by_id["C0002"], "TEN-1:2,CARD:1", "page", "change_address", 40),
            back(one(11, by_id["C0004"], "MUG-3:1,SPOON:2", "page", "mistaken_order", 6), 1.4, "link"),
            one(6.5, by_id["C0007"], "LAMP:1", "left_open", "change_payment", 12),
            one(5.2, by_id["C0003"], "SOCKS-2:3", "left_open", "shipping_fee_too_high", 18),
            one(3.1, by_id["C0009"], "MUG-2:1,HASHI-1:2", "kept", "change_address", 9),
            one(0.3, visitors[1], "PLATE-2:2,SPOON:2"),
            one(0.15, visitors[0], "MUG-1:2,TEN-2:1,CARD:1"),
        ],
        key=lambda story: story.at,
    )
