"""A shop at Rakuten, connected and live, with the fake of it on a real port."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from kaeru.connectors import asking, connecting, pacing
from kaeru.connectors.changes import Change
from kaeru.connectors.connecting import Grant
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.gate import passes
from kaeru.connectors.gate.actions import Ask
from kaeru.connectors.models import ChangeState, Connection, OrderChange
from kaeru.connectors.rakuten import client
from kaeru.connectors.rakuten.keys import Key
from kaeru.core import clock, scope
from kaeru.orders.models import Order
from tests.cast import Cast
from tests.fakes.rms import Rms
from tests.fakes.rms_wire import RmsWire, listening

FAR_ABOVE = 10_000_000


@contextmanager
def connected(cast: Cast, monkeypatch: pytest.MonkeyPatch, *, is_live: bool = True) -> Iterator[RmsWire]:
    """Kotori sells at Rakuten, too."""
    pacing.forget()
    monkeypatch.setattr(client, "PER_SECOND", 1e9)
    with listening(Rms()) as wire:
        monkeypatch.setattr(client, "ADDRESS", wire.address)
        with scope.organization(cast.organization.id):
            key = Key(wire.shop.service_secret, wire.shop.license_key)
            connecting.connect(cast.kotori, "rakuten", Grant("kotori", key.sealed_text()), actor="test")
            gate.set_terms(cast.kotori, is_live=is_live, most_per_order=FAR_ABOVE, most_per_day=FAR_ABOVE, actor="test")
            yield wire


def poll() -> Connection:
    """Ask now, until there is no more; how the connection stands then."""
    Connection.objects.update(catch_up_at=None)
    for _ in range(20):
        asking.ask(5)
        row = Connection.objects.get(removed_at=None)
        if row.catch_up_at is None or row.catch_up_at > clock.now():
            break
    return row


def later(**more: float) -> None:
    """Time goes on."""
    clock.skip_to(clock.now() + timedelta(**more))


def mirrored(number: str) -> Order:
    """As Kaeru knows it."""
    return Order.objects.get(source_id=number)


def ask(cast: Cast, order: Order, change: Change, key: str = "", by: str = "member:1") -> int:
    """Ask the gate."""
    owner, shop = cast.organization.id, cast.kotori.id
    told = Ask(owner, shop, order.id, change, key or f"{change.kind}:{order.id}", "test", by, "request", 1)
    return gate.ask([told])[0]


def carried(change_id: int) -> OrderChange:
    """Until the gate has nothing to do."""
    for _ in range(6):
        passes.carry_out(100)
        row = OrderChange.objects.get(id=change_id)
        if row.state not in {ChangeState.WAITING, ChangeState.PENDING, ChangeState.SENDING}:
            break
        clock.skip_to(row.due_at + timedelta(seconds=1))
    return OrderChange.objects.get(id=change_id)
