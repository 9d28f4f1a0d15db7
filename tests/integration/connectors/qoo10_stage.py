"""Kotori sells at a fake Qoo10: the connection, and what turns it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from kaeru.connectors import asking, connecting, pacing
from kaeru.connectors.connecting import Grant
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.gate import passes
from kaeru.connectors.models import Connection
from kaeru.connectors.qoo10 import client
from kaeru.core import clock, events, scope
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop
from tests.fakes.qoo10_state import Mall
from tests.fakes.qoo10_wire import BASE, Wire, listening


@contextmanager
def at_the_mall(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """A fake Qoo10 that everything here reaches; nobody waits for the pace."""
    pacing.forget()
    with listening(Mall()) as wire:
        monkeypatch.setattr(client, "ADDRESS", f"{wire.url}{BASE}{{method}}")
        monkeypatch.setattr(client, "PER_SECOND", 100_000.0)
        yield wire


def connect(shop: Shop, mall: Mall, *, is_live: bool = False) -> Connection:
    """Kotori has entered its key."""
    with scope.organization(shop.organization_id):
        row = connecting.connect(shop, "qoo10", Grant("testshop", mall.key), actor="test")
        gate.set_terms(shop, is_live=is_live, most_per_order=30_000, most_per_day=100_000, actor="test")
    return row


def row(shop: Shop) -> Connection:
    """The connection as it stands."""
    with scope.everyone():
        return Connection.objects.get(shop=shop, source="qoo10")


def settle(wire: Wire) -> None:
    """Poll until the past is known, and forget what was called."""
    for _ in range(3):
        asking.ask(10)
    wire.calls.clear()
    wire.answers.clear()


def turn(minutes: float = 5.0) -> None:
    """The next poll's time has come."""
    clock.skip_to(clock.now() + timedelta(minutes=minutes, seconds=1))
    asking.ask(10)


def order_of(pack: int) -> Order:
    """As Kaeru knows it."""
    with scope.everyone():
        return Order.objects.get(source_id=str(pack))


def hear() -> None:
    """Deliver the news."""
    while events.deliver(100):
        pass


def carry(times: int = 1, seconds: float = 0.0) -> None:
    """Carry out what the gate was asked for."""
    for number in range(times):
        if number:
            clock.skip_to(clock.now() + timedelta(seconds=seconds))
        passes.carry_out(100)
