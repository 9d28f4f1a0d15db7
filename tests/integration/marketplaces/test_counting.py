"""What is kept day by day equals a full recount, and both equal counting on one's fingers, whatever happened to the orders."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.core import events, scope
from kaeru.marketplaces import actions, counting, standing
from kaeru.marketplaces.counts import Counts, add, count
from kaeru.marketplaces.models import MallTerms, Tally
from kaeru.marketplaces.periods import Period
from kaeru.marketplaces.reading import Reading
from kaeru.marketplaces.rules import Count
from kaeru.orders.actions import mirror
from kaeru.orders.cancelled import mirror_cancelled
from kaeru.orders.models import Order
from kaeru.orders.refunds import mirror_refunds
from kaeru.orders.rules import CancelledRecord, LineRecord, OrderRecord, RefundLineRecord, RefundRecord
from kaeru.tenants.models import Shop
from tests import builders

TOKYO = ZoneInfo("Asia/Tokyo")
START = datetime(2026, 3, 28, 12, tzinfo=UTC)
EVERYWHERE = Period(date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def shop(db: None) -> Shop:
    return builders.shop(builders.organization())


def record(name: str, placed_at: datetime, **more: object) -> OrderRecord:
    told: dict[str, object] = {
        "updated_at": placed_at,
        "currency": "JPY",
        "total": 1000,
        "lines": (LineRecord("手ぬぐい", 2, 500, f"{name}-1", "TEE"),),
    }
    return OrderRecord(name, placed_at, **{**told, **more})  # type: ignore[arg-type]


def deliver() -> None:
    while events.deliver(1000):
        pass


def kept(shop: Shop) -> dict[date, Counts]:
    return {row.day: row.counts for row in Tally.objects.filter(shop=shop) if row.counts}


def anew(shop: Shop) -> dict[date, Counts]:
    manner = counting.manner_of(MallTerms.objects.get(shop=shop))
    return {day: counts for day, counts in standing.count_anew(shop, manner, EVERYWHERE).counts.items() if counts}


def on_fingers(shop: Shop, reading: Reading) -> Count:
    """Orders and cancellations told to be cancelled, one by one."""
    orders = counted = 0
    for order in Order.objects.filter(shop=shop):
        if reading.only_paid and order.paid_at is None:
            continue
        orders += 1
        if order.cancelled_at is None or (order.cancel_side or "unknown") not in reading.sides:
            continue
        counted += (
            order.cancelled_at - order.placed_at > timedelta(hours=reading.grace_hours) or not reading.grace_hours
        )
    return Count(counted, orders)


READINGS = [
    Reading(),
    Reading(grace_hours=6, only_paid=True),
    Reading(sides=("shop",)),
    Reading(month_of="cancel"),
    Reading(sides=("customer", "unknown"), grace_hours=24),
]


@pytest.mark.parametrize("seed", range(4))
def test_it_keeps_what_a_full_recount_gives(shop: Shop, seed: int) -> None:
    luck = random.Random(seed)
    with scope.organization(shop.organization_id):
        actions.join(shop, "qoo10", actor="test")
        counting.lay_out(MallTerms.objects.get())
        placed: dict[str, datetime] = {}
        told = START
        for step in range(60):
            told += timedelta(minutes=luck.randint(1, 500))
            name = luck.choice([*placed, f"o{step}", f"o{step}"])
            at = placed.setdefault(name, START + timedelta(hours=luck.randint(-60 * 24, 40 * 24)))
            gone = at + timedelta(minutes=luck.choice([1, 359, 360, 361, 3000, 60 * 24 * 40]))
            paid = luck.choice([None, at + timedelta(minutes=5)])
            match luck.randint(0, 5):
                case 0 | 1:
                    mirror(shop, [record(name, at, updated_at=told, paid_at=paid)], is_history=luck.random() < 0.3)
                case 2:
                    side = luck.choice(["", "shop", "customer"])
                    mirror(shop, [record(name, at, updated_at=told, paid_at=paid, cancelled_at=gone, cancel_side=side)])
                case 3:
                    mirror_cancelled(shop, [CancelledRecord(name, gone, told, side=luck.choice(["shop", "customer"]))])
                case 4:
                    moved = placed[name] = at + timedelta(days=luck.randint(-3, 3))
                    mirror(
                        shop,
                        [
                            record(
                                name,
                                moved,
                                updated_at=told,
                                lines=(LineRecord("手ぬぐい", luck.randint(1, 3), 500, f"{name}-1", "TEE"),),
                            )
                        ],
                    )
                case _:
                    back = RefundLineRecord(luck.randint(1, 2), 500, f"{name}-1", luck.choice(["TEE", "送料"]))
                    mirror_refunds(
                        shop, [RefundRecord(f"r{step}", gone, "JPY", 500, order_source_id=name, lines=(back,))]
                    )
            if luck.random() < 0.3:
                deliver()
                counting.count_marked(50)
        deliver()
        counting.settle(shop.id)
        assert kept(shop) == anew(shop)
        told_cancelled = Order.objects.filter(cancelled_at__isnull=False).count()
        assert count(add(kept(shop).values()), Reading()).counted >= told_cancelled > 0


@pytest.mark.parametrize("reading", READINGS)
def test_it_counts_as_one_does_on_fingers(shop: Shop, reading: Reading) -> None:
    luck = random.Random(7)
    with scope.organization(shop.organization_id):
        records = []
        for number in range(300):
            at = START + timedelta(minutes=luck.randint(0, 60 * 24 * 90))
            gone = (
                at + timedelta(seconds=luck.choice([1, 6 * 3600, 6 * 3600 + 1, 24 * 3600, 90000]))
                if luck.random() < 0.4
                else None
            )
            records.append(
                record(
                    f"o{number}",
                    at,
                    updated_at=gone or at,
                    cancelled_at=gone,
                    cancel_side=luck.choice(["", "shop", "customer"]),
                    paid_at=luck.choice([at, None]),
                )
            )
        mirror(shop, records, is_history=True)
        actions.join(shop, "qoo10", actor="test")
        counting.lay_out(MallTerms.objects.get())
        counting.settle(shop.id)
        assert count(add(kept(shop).values()), reading) == on_fingers(shop, reading)


def test_it_leaves_out_exactly_six_hours_and_no_second_more(shop: Shop) -> None:
    with scope.organization(shop.organization_id):
        ages = {"in": timedelta(hours=6), "over": timedelta(hours=6, seconds=1)}
        mirror(
            shop, [record(name, START, updated_at=START + age, cancelled_at=START + age) for name, age in ages.items()]
        )
        counts = add(anew_of(shop).values())
    assert count(counts, Reading(grace_hours=6)) == Count(1, 2)
    assert count(counts, Reading(grace_hours=6, grace_leaves_orders=True)) == Count(1, 1)


def anew_of(shop: Shop) -> dict[date, Counts]:
    actions.join(shop, "qoo10", actor="test")
    return anew(shop)


def test_it_puts_a_cancellation_into_the_month_that_is_asked_for(shop: Shop) -> None:
    """Ordered on 31 March at 23:30 in Tokyo, cancelled on 1 April."""
    at = datetime(2026, 3, 31, 23, 30, tzinfo=TOKYO)
    with scope.organization(shop.organization_id):
        mirror(shop, [record("late", at, updated_at=at + timedelta(hours=9), cancelled_at=at + timedelta(hours=9))])
        days = anew_of(shop)
    assert sorted(days) == [date(2026, 3, 31), date(2026, 4, 1)]
    assert count(days[date(2026, 3, 31)], Reading()) == Count(1, 1)
    assert count(days[date(2026, 4, 1)], Reading()) == Count(0, 0)
    assert count(days[date(2026, 4, 1)], Reading(month_of="cancel")) == Count(1, 0)


def test_it_counts_the_items_of_a_mall_that_counts_items(shop: Shop) -> None:
    two = (LineRecord("手ぬぐい", 2, 500, "l1"), LineRecord("風呂敷", 3, 900, "l2"))
    with scope.organization(shop.organization_id):
        mirror(
            shop, [record("a", START, lines=two), record("b", START, lines=two, cancelled_at=START, cancel_side="shop")]
        )
        actions.join(shop, "lazada", actor="test")
        assert count(add(anew(shop).values()), Reading()) == Count(5, 10)


def test_it_takes_an_order_as_cancelled_when_slips_took_every_line(shop: Shop) -> None:
    two = (LineRecord("手ぬぐい", 2, 500, "l1", "TEE"), LineRecord("風呂敷", 1, 900, "l2", "FUR"))
    with scope.organization(shop.organization_id):
        mirror(shop, [record("a", START, lines=two)])
        for number, (line, quantity) in enumerate([("l1", 1), ("l2", 1), ("l1", 1)]):
            counts = add(anew_of(shop).values())
            assert count(counts, Reading()) == Count(0, 1)
            back = RefundLineRecord(quantity, 500, line)
            mirror_refunds(
                shop,
                [
                    RefundRecord(
                        f"r{number}", START + timedelta(days=number + 1), "JPY", 500, order_source_id="a", lines=(back,)
                    )
                ],
            )
        counts = add(anew_of(shop).values())
    assert count(counts, Reading()) == Count(1, 1)
    assert count(counts, Reading(within_days=3)) == Count(1, 1)
    assert count(counts, Reading(within_days=2)) == Count(0, 1)
    assert count(counts, Reading(cancels="slips")) == Count(3, 1)


def test_it_tells_slips_with_goods_from_those_over_postage(shop: Shop) -> None:
    with scope.organization(shop.organization_id):
        mirror(shop, [record("a", START)])
        for name, sku in (("r1", "TEE"), ("r2", "post"), ("r3", "")):
            mirror_refunds(
                shop,
                [
                    RefundRecord(
                        name, START, "JPY", 500, order_source_id="a", lines=(RefundLineRecord(1, 500, "", sku),)
                    )
                ],
            )
        mirror_refunds(shop, [RefundRecord("r4", START, "JPY", 500, order_source_id="a")])
        counts = add(anew_of(shop).values())
    assert count(counts, Reading(cancels="slips")).counted == 4
    assert count(counts, Reading(cancels="product_slips")).counted == 3


def test_it_asks_the_same_few_questions_for_any_number_of_days(shop: Shop) -> None:
    with scope.organization(shop.organization_id):
        actions.join(shop, "qoo10", actor="test")
        asked = []
        for number in (1, 40):
            Order.objects.all().delete()
            mirror(
                shop,
                [
                    record(f"o{n}", START + timedelta(days=n), cancelled_at=START + timedelta(days=n, hours=9))
                    for n in range(number)
                ],
            )
            counting.lay_out(MallTerms.objects.get())
            with CaptureQueriesContext(
                connection,
            ) as queries:
                counting.count_marked(200)
            asked.append(len([query for query in queries if "UPDATE" not in query["sql"]]))
        assert asked[0] == asked[1] <= 12


def test_it_counts_nothing_for_shops_on_no_mall(shop: Shop) -> None:
    with scope.organization(shop.organization_id):
        mirror(shop, [record("a", START)])
        deliver()
        assert not Tally.objects.exists()


def test_it_counts_anew_when_other_items_are_no_goods(shop: Shop) -> None:
    with scope.organization(shop.organization_id):
        mirror(shop, [record("a", START)])
        terms = actions.join(shop, "qoo10", actor="test")
        counting.lay_out_new(10)
        assert MallTerms.objects.get().counted_at is not None
        actions.join(shop, "qoo10", actor="test", reading={"grace_hours": 12})
        assert MallTerms.objects.get().counted_at is not None
        actions.join(shop, "qoo10", actor="test", reading={"services": ["TEE"]})
        assert MallTerms.objects.get(id=terms.id).counted_at is None
