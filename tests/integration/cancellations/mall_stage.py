"""A Qoo10 shop on a Monday after lunch: what its buyers ask of the mall, and a mall that can be acted in."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaeru.cancellations.models import CancellationRequest, Case
from kaeru.cancellations.seeds import seed_reasons
from kaeru.connectors import registry as connectors
from kaeru.connectors.base import Capabilities
from kaeru.connectors.models import Connection, GateTerms, Inquiry
from kaeru.core import clock, scope
from kaeru.core.secrets import seal
from kaeru.marketplaces.models import MallTerms
from kaeru.orders import actions as orders
from kaeru.orders.models import Order
from kaeru.orders.rules import LineRecord, OrderRecord
from kaeru.tenants.models import Shop
from kaeru.worker import registry
from tests.cast import Cast
from tests.fakes.shop_system import System

MONDAY = datetime(2026, 11, 30, 4, 18, tzinfo=UTC)
"""13:18 in Tokyo."""
ABLE = Capabilities(can_cancel=True, can_answer=True, cancels_with_person=True)


@pytest.fixture(autouse=True)
def monday() -> None:
    clock.set_clock(clock.Clock(clock.current().real, MONDAY, speed=0.0000001))


@pytest.fixture
def shop(cast: Cast) -> Iterator[Shop]:
    with scope.organization(cast.organization.id):
        seed_reasons(cast.kotori)
        MallTerms.objects.create(organization_id=cast.organization.id, shop=cast.kotori, programme="qoo10")
        yield cast.kotori


@pytest.fixture
def system(shop: Shop) -> System:
    """The mall, connected and live; a person must ask for cancellations."""
    made = System(able=ABLE)
    connectors.register_writer("fake", made)
    Connection.objects.create(
        organization_id=shop.organization_id, shop=shop, source="fake", account="kotori", sealed_token=seal("t"), installed_at=clock.now(),
    )  # fmt: skip
    allow(shop)
    return made


def allow(shop: Shop, **terms: bool) -> None:
    """What the gate may do."""
    GateTerms.objects.update_or_create(
        shop=shop, defaults={"organization_id": shop.organization_id, "is_live": True, **terms}
    )


def record(number: str = "1062428737", *, hours: float = 1, **told: Any) -> OrderRecord:
    """An order of so many hours ago as the mall tells it."""
    placed = clock.now() - timedelta(hours=hours)
    return OrderRecord(
        source_id=number, number=number, placed_at=placed, updated_at=told.pop("updated_at", clock.now()), currency="JPY", total=4_980,
        subtotal=4_980, lines=(LineRecord(source_id=number, title="はちみつクリーム", quantity=1, unit_price=4_980),), **told,
    )  # fmt: skip


def asked(shop: Shop, number: str = "1062428737", *, words: str = "注文間違い", **told: Any) -> Case:
    """A buyer has asked the mall to cancel a while after the order; the case."""
    told = {"cancel_asked_at": clock.now() - timedelta(minutes=5), "cancel_reason": words, **told}
    mirror(shop, record(number, **told))
    return Case.objects.get(request__order__source_id=number, kind="decide", state="open")


def mirror(shop: Shop, *records: OrderRecord) -> None:
    """The mall tells, and everything that follows at once follows."""
    orders.mirror(shop, records)
    registry.drain()


def again(shop: Shop, number: str = "1062428737", **told: Any) -> None:
    """The mall tells of an order that is known, in another state."""
    known = Order.objects.get(shop=shop, source_id=number)
    state = replace(record(number, **told), placed_at=known.placed_at)
    mirror(shop, state)


def wish(number: str = "1062428737") -> CancellationRequest:
    """The newest wish about this order."""
    rows = CancellationRequest.objects.filter(order__source_id=number).select_related("reason", "order", "shop")
    return rows.order_by("-id")[0]


def inquiry(shop: Shop, order: Order | None = None, key: str = "MSG:1:1") -> Inquiry:
    """A buyer's question, told."""
    from kaeru.connectors import inquiries
    from kaeru.connectors.polling import InquiryRecord

    inquiries.mirror(
        shop, [InquiryRecord(key, clock.now(), "いつ届きますか", "金曜日までに必要です。", order_source_id=order.source_id if order else "")]
    )  # fmt: skip
    registry.drain()
    return Inquiry.objects.get(source_id=key)


def later(**span: float) -> None:
    clock.set_clock(clock.Clock(clock.current().real, clock.now() + timedelta(**span), speed=0.0000001))
