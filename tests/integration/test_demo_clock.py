"""The demo's clock: it goes on where it stood, and skips to the next step."""

import pytest

from kaeru.core import clock
from kaeru.worker import demo_clock, registry

pytestmark = pytest.mark.only_on("sqlite")  # where every demo lives


def test_it_goes_on_where_its_clock_stood(cast: object) -> None:
    demo_clock.start(1440)
    first = clock.now()
    clock.skip_to(first.replace(year=first.year + 1))
    demo_clock.keep()
    clock.set_clock(None)
    demo_clock.start(1)
    assert clock.now().year == first.year + 1
    assert clock.current().speed == 1


def test_it_skips_nowhere_when_nothing_waits(cast: object) -> None:
    registry.drain()
    before = clock.now()
    assert demo_clock.skip_to_next_step() is None
    assert (clock.now() - before).total_seconds() < 60
