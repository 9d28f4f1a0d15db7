"""A shop that is ready: its reasons, its scenarios switched on, one buyer with an order."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from kaeru.cancellations.desk.rules import Terms
from kaeru.cancellations.desk.terms import set_terms
from kaeru.cancellations.seeds import seed_reasons
from kaeru.core import clock, scope
from kaeru.customers.rules import CustomerRecord
from kaeru.orders import actions as orders
from kaeru.orders.models import Order
from kaeru.orders.rules import LineRecord, OrderRecord
from kaeru.scenarios.seeds import seed_scenarios
from kaeru.tenants.models import Shop
from kaeru.worker import registry
from tests.cast import Cast

START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@dataclass
class Kotori:
    """小鳥雑貨店 at work, with a clock that the test moves."""

    shop: Shop

    def place(self, source_id: str = "1001", *, buyer: str = "c1", total: int = 3960, **fields: object) -> Order:
        """The shop's system tells an order."""
        moment = clock.now()
        known: dict[str, object] = {"placed_at": moment, "updated_at": moment}
        record = OrderRecord(
            source_id=source_id, currency="JPY", total=total, number=f"#{source_id}",
            lines=(LineRecord("藍染めの手ぬぐい", 2, total // 2, sku="tenugui"),),
            customer=CustomerRecord(buyer, "髙﨑 花子", f"{buyer}@example.com", accepts_advertising=True),
            **{**known, **fields},  # type: ignore[arg-type]
        )  # fmt: skip
        ids = orders.mirror(self.shop, [record]).order_ids
        registry.drain()
        return Order.objects.get(id=ids[source_id])

    def later(self, **passed: float) -> None:
        """Time passes, and what is due moves."""
        clock.skip_to(clock.now() + timedelta(**passed))
        registry.drain()


@pytest.fixture
def kotori(cast: Cast) -> Iterator[Kotori]:
    """The shop, inside its organization's scope, on Tuesday 10:00 in Tokyo."""
    clock.set_clock(clock.Clock(real=time.time(), shown=START, speed=1e-9))
    with scope.organization(cast.organization.id):
        seed_reasons(cast.kotori)
        seed_scenarios(cast.kotori, actor="test", is_on=True)
        set_terms(cast.kotori, Terms(tells="none"), actor="test")  # only what scenarios send is counted here
        yield Kotori(cast.kotori)
