"""A shop on a Monday after lunch, whose policy leaves every wish to the staff."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaeru.cancellations import actions as wishes
from kaeru.cancellations.models import CancelPolicy, Case
from kaeru.cancellations.seeds import seed_reasons
from kaeru.core import clock, scope
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop
from kaeru.worker import registry
from tests import builders
from tests.cast import Cast

MONDAY = datetime(2026, 11, 30, 4, 18, tzinfo=UTC)
"""13:18 in Tokyo."""


@pytest.fixture(autouse=True)
def monday() -> None:
    clock.set_clock(clock.Clock(clock.current().real, MONDAY, speed=0.0000001))


@pytest.fixture
def shop(cast: Cast) -> Iterator[Shop]:
    with scope.organization(cast.organization.id):
        seed_reasons(cast.kotori)
        policy(cast.kotori)
        yield cast.kotori


def policy(shop: Shop, **more: Any) -> None:
    told = {
        "cutoff": "14:00", "otherwise": "accept", "grounds": {}, "refund": {},
        "rules": [{"id": "r1", "name": "必ず見る", "when": None, "result": "ask", "ground": ""}], **more,
    }  # fmt: skip
    CancelPolicy.objects.create(
        organization_id=shop.organization_id, shop=shop, number=CancelPolicy.objects.count() + 1, document=told,
        created_at=clock.now(), created_by="test",
    )  # fmt: skip


def later(**span: float) -> None:
    clock.set_clock(clock.Clock(clock.current().real, clock.now() + timedelta(**span), speed=0.0000001))


def order(shop: Shop, total: int = 3_960, **fields: Any) -> Order:
    return builders.order(shop, builders.customer(shop), lines=[("藍染めの手ぬぐい", 1, total)], **fields)


def asked(shop: Shop, total: int = 3_960, code: str = "mistaken_order", **fields: Any) -> Case:
    """A wish that the policy left to the staff, and its case."""
    made = wishes.request(order(shop, total, **fields).id, code, actor="customer")
    registry.drain()
    return Case.objects.get(request_id=made.id, kind="decide")
