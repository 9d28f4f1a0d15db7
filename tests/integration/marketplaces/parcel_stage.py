"""A Qoo10 shop and an own shop on a Wednesday morning, with parcels that wait."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaeru.cancellations.seeds import seed_reasons
from kaeru.core import clock, ids, scope
from kaeru.marketplaces.models import MallTerms, PreventionTerms
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop
from tests import builders
from tests.cast import Cast
from tests.smtp import Catcher

WEDNESDAY = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)
"""10:30 in Tokyo; Monday the 23rd is a public holiday."""


def set_time(moment: datetime) -> None:
    clock.set_clock(clock.Clock(clock.current().real, moment, speed=0.0000001))


def later(**span: float) -> None:
    set_time(clock.now() + timedelta(**span))


@pytest.fixture(autouse=True)
def wednesday() -> None:
    set_time(WEDNESDAY)


@pytest.fixture
def shop(cast: Cast) -> Iterator[Shop]:
    """Kotori's own shop."""
    with scope.organization(cast.organization.id):
        seed_reasons(cast.kotori)
        yield cast.kotori


@pytest.fixture
def mall(cast: Cast, shop: Shop) -> Shop:
    """Kotori at Qoo10."""
    made = builders.shop(cast.organization, "kotori-qoo10", "小鳥雑貨店 Qoo10店")
    seed_reasons(made)
    MallTerms.objects.create(organization_id=made.organization_id, shop=made, programme="qoo10")
    return made


def terms(shop: Shop, **fields: Any) -> None:
    PreventionTerms.objects.update_or_create(shop=shop, defaults={"organization_id": shop.organization_id, **fields})


def parcel(shop: Shop, days_ago: float = 0, **fields: Any) -> Order:
    """An order that was placed and paid so many days ago."""
    at = clock.now() - timedelta(days=days_ago, minutes=5)
    email = fields.pop("email", f"h{ids.new_id()}@example.com")
    buyer = builders.customer(shop, email=email)
    return builders.order(shop, buyer, placed_at=at, **{"paid_at": at, **fields})


@dataclass(frozen=True, slots=True)
class Read:
    """A mail as its reader sees it."""

    to: str
    subject: str
    text: str


def letters(inbox: Catcher) -> list[Read]:
    """What arrived, in order."""
    found = []
    for mail in inbox.mails:
        body = mail.get_body(("plain",))
        assert body is not None
        found.append(Read(str(mail["To"]), str(mail["Subject"]), str(body.get_content())))
    return found
