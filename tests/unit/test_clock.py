"""The business clock: the wall's time, or faster, never backwards."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.core import clock
from kaeru.core.clock import Clock

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_it_shows_the_walls_time_in_utc_by_default() -> None:
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=2)
    assert clock.now().tzinfo is UTC


def test_it_runs_a_day_in_a_minute() -> None:
    fast = Clock(real=1000.0, shown=MONDAY, speed=1440)
    assert fast.read(1060.0) == MONDAY + timedelta(days=1)
    assert fast.real_seconds_until(MONDAY + timedelta(days=1), 1000.0) == pytest.approx(60)


def test_it_skips_forward_and_keeps_its_speed() -> None:
    clock.set_clock(Clock(real=0, shown=MONDAY, speed=2))
    target = clock.now() + timedelta(days=400)
    skipped = clock.skip_to(target)
    assert skipped.speed == 2
    assert target <= clock.now() < target + timedelta(seconds=5)


def test_it_never_goes_back() -> None:
    before = clock.now()
    clock.skip_to(before - timedelta(days=30))
    assert clock.now() >= before


def test_it_waits_in_real_seconds() -> None:
    clock.set_clock(Clock(real=clock.current().real, shown=MONDAY, speed=3600))
    assert clock.wait_seconds(clock.now() + timedelta(hours=10)) == pytest.approx(10, abs=1)
    assert clock.wait_seconds(MONDAY - timedelta(days=1)) < 0


@given(st.floats(0, 1e9), st.floats(0, 1e6), st.floats(0.1, 10_000))
def test_it_rises_with_the_wall(real: float, step: float, speed: float) -> None:
    running = Clock(real=real, shown=MONDAY, speed=speed)
    if step * speed < 1e9:
        assert running.read(real + step) >= running.read(real)
