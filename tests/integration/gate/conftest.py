"""What the tests of the gate stand on."""

from collections.abc import Iterator

import pytest

from kaeru.core import events
from kaeru.core.models import Event
from kaeru.orders.models import Order
from tests import builders
from tests.cast import Cast
from tests.fakes.shop_system import System
from tests.integration.gate.stage import connect


@pytest.fixture
def system(cast: Cast) -> System:
    made = System()
    connect(cast.kotori, made)
    return made


@pytest.fixture
def order(cast: Cast) -> Order:
    return builders.order(cast.kotori)


@pytest.fixture
def news() -> Iterator[list[tuple[str, int]]]:
    """What was told of settled changes, in order."""
    told: list[tuple[str, int]] = []

    def hear(some: list[Event]) -> None:
        told.extend((str(one.payload["state"]), one.subject_id) for one in some)

    events.receiver("order_change.settled")(hear)
    yield told
    events._receivers["order_change.settled"].remove(hear)
