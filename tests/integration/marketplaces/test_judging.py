"""Midnight: which shops are judged, when, once; what was missed is made up for; many cost as few statements as one."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.core import clock, events, scope
from kaeru.core.clock import Clock
from kaeru.core.models import Event
from kaeru.marketplaces import actions, counting, judging
from kaeru.marketplaces.models import Judgement, MallTerms, Tally
from kaeru.orders.actions import mirror
from kaeru.orders.rules import OrderRecord
from kaeru.tenants.models import Organization, Shop
from tests import builders

REAL = datetime.now(UTC).timestamp()


@pytest.fixture
def owner(db: None) -> Iterator[Organization]:
    yield builders.organization()
    clock.set_clock(None)


def at(moment: str) -> None:
    """The clock stands at this moment (Tokyo is nine hours ahead)."""
    clock.set_clock(Clock(REAL, datetime.fromisoformat(moment).replace(tzinfo=UTC), speed=0.0))


def shop_with(
    owner: Organization, slug: str, orders: int, cancelled: int, placed: datetime, programme: str = "qoo10"
) -> Shop:
    shop = builders.shop(owner, slug=slug)
    with scope.organization(owner.id):
        mirror(
            shop,
            [
                OrderRecord(
                    f"o{n}", placed, placed + timedelta(hours=7), "JPY", 3000,
                    cancelled_at=placed + timedelta(hours=7) if n < cancelled else None,
                )
                for n in range(orders)
            ],
            is_history=True,
        )  # fmt: skip
        actions.join(shop, programme, actor="test")
    settle()
    return shop


def settle() -> None:
    while events.deliver(1000):
        pass
    counting.lay_out_new(100)
    while counting.count_marked(400):
        pass


def made() -> list[tuple[str, date, str, int, int]]:
    with scope.everyone():
        rows = Judgement.objects.order_by("judged_on", "rule")
        return [(row.rule, row.judged_on, row.stage, row.counted, row.orders) for row in rows]


def test_it_judges_the_month_when_the_first_begins_in_tokyo(owner: Organization) -> None:
    at("2026-11-20T00:00:00")
    shop_with(owner, "kotori", 100, 8, datetime(2026, 11, 10, tzinfo=UTC))
    assert judging.judge_due(10) == 1
    assert [row[:2] for row in made()] == [
        ("quarter", date(2026, 10, 1)),
        ("quarters", date(2026, 10, 1)),
        ("month", date(2026, 11, 1)),
    ]
    at("2026-11-30T14:59:59")
    assert judging.judge_due(10) == 1, "another day has begun, on which nothing is judged"
    assert len(made()) == 3
    at("2026-11-30T15:00:00")
    assert judging.next_due() == clock.now()
    assert judging.judge_due(10) == 1
    assert made()[3:] == [("month", date(2026, 12, 1), "warning", 8, 100)]
    assert judging.judge_due(10) == 0


def test_it_makes_up_for_nights_that_were_missed(owner: Organization) -> None:
    at("2026-08-20T00:00:00")
    shop_with(owner, "kotori", 100, 20, datetime(2026, 8, 10, tzinfo=UTC))
    judging.judge_due(10)
    before = len(made())
    at("2026-10-05T00:00:00")
    judging.judge_due(10)
    assert [(rule, day, stage) for rule, day, stage, _, _ in made()[before:]] == [
        ("month", date(2026, 9, 1), "warning"), ("month", date(2026, 10, 1), ""),
        ("quarter", date(2026, 10, 1), "items_500"), ("quarters", date(2026, 10, 1), ""),
    ]  # fmt: skip


def test_it_waits_until_all_days_are_counted(owner: Organization) -> None:
    at("2026-11-20T00:00:00")
    shop = shop_with(owner, "kotori", 10, 0, datetime(2026, 11, 10, tzinfo=UTC))
    with scope.organization(owner.id):
        Tally.objects.filter(shop=shop).update(is_stale=True)
        assert judging.judge_due(10) == 0
        settle()
    assert judging.judge_due(10) == 1


def test_it_never_changes_what_was_judged(owner: Organization) -> None:
    at("2026-12-01T00:00:00")
    shop = shop_with(owner, "kotori", 100, 8, datetime(2026, 11, 10, tzinfo=UTC))
    judging.judge_due(10)
    was = made()
    with scope.organization(owner.id):
        mirror(
            shop,
            [OrderRecord(f"late{n}", datetime(2026, 11, 11, tzinfo=UTC), clock.now(), "JPY", 1) for n in range(300)],
        )
        MallTerms.objects.update(judged_on=date(2026, 11, 30))
    settle()
    judging.judge_due(10)
    assert made() == was


def test_it_keeps_daily_judgements_only_beyond_a_line(owner: Organization) -> None:
    at("2026-11-20T00:00:00")
    shop_with(owner, "kotori", 100, 3, datetime(2026, 11, 18, tzinfo=UTC), "amazon_jp")
    judging.judge_due(10)
    at("2026-12-20T00:00:00")
    judging.judge_due(10)
    assert made() == [("cancel_rate", date(2026, 11, 20), "at_risk", 3, 100)]


def test_it_tells_the_rooms_above_of_each_crossing(owner: Organization) -> None:
    told: list[Event] = []
    events.receiver(judging.JUDGED)(told.extend)
    at("2026-12-01T00:00:00")
    shop = shop_with(owner, "kotori", 100, 8, datetime(2026, 11, 10, tzinfo=UTC))
    shop_with(owner, "safe", 100, 7, datetime(2026, 11, 10, tzinfo=UTC))
    judging.judge_due(10)
    settle()
    assert [(event.subject_id, event.payload["rule"], event.payload["stage"]) for event in told] == [
        (shop.id, "month", "warning")
    ]


def test_it_asks_the_same_few_questions_for_any_number_of_shops(owner: Organization) -> None:
    at("2026-12-01T00:00:00")
    asked = []
    for number in (1, 6):
        for place in range(number):
            shop_with(owner, f"shop-{number}-{place}", 20, 2, datetime(2026, 11, 10, tzinfo=UTC))
        with CaptureQueriesContext(connection) as queries:
            assert judging.judge_due(100) == number
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 10
