"""The demo's four weeks: lived through by the product's own actions, so that its history is true."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from examples.demo_shop import store
from examples.inbox.catcher import Catcher
from kaeru.cancellations.models import CancellationRequest
from kaeru.cli.demo_seed import people, plan, seed
from kaeru.core import clock, scope
from kaeru.core.models import Event
from kaeru.messages.models import Message
from kaeru.orders.models import Order
from kaeru.recoveries.models import Recovery
from kaeru.scenarios.models import Enrollment
from kaeru.worker import demo_clock, registry

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture
def inbox(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catcher]:
    """A post office, and weeks with fewer orders."""
    monkeypatch.setattr(plan, "ORDERS", 60)
    settings.KAERU_HOME = tmp_path
    with Catcher() as catcher:
        settings.KAERU_MAIL_URL = f"smtp://127.0.0.1:{catcher.port}"
        yield catcher


def test_it_plans_the_same_weeks_for_the_same_seed() -> None:
    first, second = (plan.stories(random.Random(1), people.customers(random.Random(1)), NOW) for _ in range(2))
    assert first == second
    assert len(first) == plan.ORDERS
    assert {story.fate for story in first} == {"sent", "page", "phone", "kept"}
    assert all(story.at <= NOW for story in first)


def test_it_invents_three_hundred_people_nobody_can_write_to() -> None:
    found = people.customers(random.Random(1))
    assert len({buyer.email for buyer in found}) == 300
    assert all(buyer.email.endswith(".example") for buyer in found)
    assert any("𠮷" in buyer.name for buyer in found)


def test_it_leaves_a_true_history(inbox: Catcher) -> None:
    clock.set_clock(clock.Clock(real=datetime.now(UTC).timestamp(), shown=NOW))
    shop = seed.fill()
    with scope.organization(shop.organization_id):
        sent = Message.objects.filter(state="sent").count()
        assert sent == len(inbox.mails) > 5
        assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
        assert not Event.objects.filter(delivered_at=None).exists()
        assert not Enrollment.objects.filter(state="parked").exists()
        assert Enrollment.objects.filter(state="waiting", due_at__gt=NOW).exists()
        assert CancellationRequest.objects.filter(state="requested").count() == 2
        assert set(Recovery.objects.values_list("how", flat=True)) >= {"link"}
        orders = {row.source_id: row for row in Order.objects.all()}
        assert all(row.placed_at <= NOW for row in orders.values())
    told = store.newest(1000)
    assert {purchase.id for purchase, _ in told} == set(orders)
    for purchase, _ in told:
        row = orders[purchase.id]
        assert (row.total, row.cancelled_at, row.shipped_at) == (
            purchase.total, purchase.cancelled_at, purchase.shipped_at
        )  # fmt: skip
        assert purchase.told_at is not None


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
