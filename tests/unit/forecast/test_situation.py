"""From the counts of days to what is known of a period, by the reading that is in force."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kaeru.marketplaces.counts import Counts
from kaeru.marketplaces.forecast import situation
from kaeru.marketplaces.forecast.ages import Ages
from kaeru.marketplaces.forecast.outlook import Outlook
from kaeru.marketplaces.forecast.prior import USUAL
from kaeru.marketplaces.forecast.situation import Learned, Pending
from kaeru.marketplaces.periods import Period
from kaeru.marketplaces.reading import Reading

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 9, 14, 23, tzinfo=UTC)
"""8:00 on 15 September in Tokyo."""
MONTH = Period(date(2026, 9, 1), date(2026, 9, 30))
END = date(2026, 10, 1)


def days(
    cancelled: Mapping[int, int] | None = None, *, orders: int = 10, back: int = 80, name: str = "o w c - 20 1"
) -> dict[date, Counts]:
    """Ten orders a day up to today; `cancelled` of the day so many days ago."""
    found: dict[date, Counts] = {}
    for ago in range(back + 1):
        on = date(2026, 9, 15) - timedelta(days=ago)
        found[on] = {"o": orders, **({name: cancelled[ago]} if cancelled and ago in cancelled else {})}
    return found


def learned(told: Mapping[date, Counts], reading: Reading = Reading()) -> Learned:
    return situation.learn(told, reading, TOKYO, NOW, MONTH.first, USUAL, Ages())


def outlook(
    told: Mapping[date, Counts], reading: Reading = Reading(), pending: tuple[Pending, ...] = (), now: datetime = NOW
) -> Outlook:
    return situation.outlook(told, MONTH, reading, TOKYO, now, learned(told, reading), pending, END)


def test_it_counts_what_is_of_the_period() -> None:
    found = outlook(days({3: 1, 10: 2, 20: 5}))
    assert (found.orders, found.counted, found.pending) == (150, 3, 0)
    assert found.open == 147
    assert found.future_mean == pytest.approx(15 * 10 + 10 * 16 / 24, rel=0.05)


def test_it_counts_by_the_reading() -> None:
    told = days({3: 4}, name="o w s - 5 0")
    assert outlook(told).counted == 4
    assert outlook(told, Reading(grace_hours=6)).counted == 0
    assert outlook(told, Reading(sides=("customer",))).counted == 0
    assert outlook(days({3: 4}, name="c w s - 5 0"), Reading(month_of="cancel")).counted == 4


def test_it_takes_requests_of_the_period_only() -> None:
    inside = Pending(1, NOW - timedelta(days=2), 0.8)
    before = Pending(2, NOW - timedelta(days=20), 0.8)
    told = days()
    found = outlook(told, pending=(inside, before))
    assert (found.pending, found.q, found.open) == (1, 0.8, 149)
    assert outlook(told, Reading(month_of="cancel"), (inside, before)).pending == 2
    assert outlook(told, Reading(sides=("shop",)), (inside, before)).pending == 0


def test_it_knows_until_when_a_cancellation_does_not_count() -> None:
    reading = Reading(grace_hours=6)
    early, late = Pending(1, NOW - timedelta(hours=6), 0.8), Pending(2, NOW - timedelta(hours=6, seconds=1), 0.8)
    assert not early.counts_at(reading, NOW, TOKYO)
    assert late.counts_at(reading, NOW, TOKYO)
    assert not late.counts_at(replace(reading, within_days=0), NOW + timedelta(days=1), TOKYO)


def test_it_has_nothing_to_come_when_the_period_is_over() -> None:
    found = outlook(days({3: 1}), now=datetime(2026, 9, 30, 15, tzinfo=UTC))
    assert found.future_mean == 0
    assert found.r_open == pytest.approx(0, abs=1e-6)


def test_it_gives_young_orders_the_cancellations_that_have_not_come() -> None:
    young, old = days(back=3), days(back=80)
    assert outlook(young).r_open > outlook(old).r_open


def test_it_believes_a_shops_own_past_in_part() -> None:
    clean, bad = learned(days()), learned(days(dict.fromkeys(range(16, 80), 3)))
    assert clean.belief.mean < USUAL.mean < bad.belief.mean < 0.3
    assert bad.belief.a + bad.belief.b <= USUAL.a + USUAL.b + situation.OWN_WORTH + 1e-6


def test_it_sees_that_cancellations_come_in_lots() -> None:
    steady = learned(days(dict.fromkeys(range(35, 80), 1)))
    lots = learned(days(dict.fromkeys(range(35, 80, 10), 10)))
    assert steady.scatter < 1.2 < lots.scatter


def test_it_learns_the_ages_of_what_counts() -> None:
    reading = Reading(grace_hours=6)
    told = days(dict.fromkeys(range(40, 80), 2), name="o w c - 5 0")
    assert learned(told).ages.share(6) > 0.6
    assert learned(told, reading).ages == learned(days(), reading).ages


def test_it_does_not_blame_a_month_for_orders_of_the_one_before() -> None:
    """By the day of the cancellation, the first days of a month bring cancellations of orders that are older than the month."""
    morning = datetime(2026, 9, 3, 15, tzinfo=UTC)
    told = {
        on: {**counts, "c w c - 97 4": 1, "o w c - 97 4": 1} if on < date(2026, 9, 4) else {}
        for on, counts in days(back=100).items()
    }
    by_order, by_cancel = (
        situation.outlook(
            told, MONTH, reading, TOKYO, morning,
            situation.learn(told, reading, TOKYO, morning, MONTH.first, USUAL, Ages()), (), END,
        )
        for reading in (Reading(), Reading(month_of="cancel"))
    )  # fmt: skip
    assert by_cancel.counted == 3
    assert by_cancel.a / (by_cancel.a + by_cancel.b) == pytest.approx(0.1, abs=0.02)
    assert by_order.a / (by_order.a + by_order.b) == pytest.approx(0.1, abs=0.03)


def test_it_has_an_answer_without_any_day() -> None:
    found = outlook({})
    assert (found.orders, found.counted, found.open, found.future_mean) == (0, 0, 0, 0)
    assert found.a / (found.a + found.b) == pytest.approx(USUAL.mean)
