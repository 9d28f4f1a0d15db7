"""A shop whose system can be acted in, live, and the words to ask it for something."""

from datetime import timedelta

from kaeru.connectors import registry
from kaeru.connectors.changes import Change
from kaeru.connectors.gate import actions, passes
from kaeru.connectors.gate.actions import Ask
from kaeru.connectors.models import Connection, OrderChange
from kaeru.core import clock, events, ids, scope
from kaeru.core.secrets import seal
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop
from tests.fakes.shop_system import System


def connect(shop: Shop, system: System, *, is_live: bool = True, most: int = 30_000, day: int = 100_000) -> None:
    """The shop's system is connected and may be acted in."""
    registry.register_writer("fake", system)
    with scope.organization(shop.organization_id):
        Connection.objects.create(
            organization_id=shop.organization_id, shop=shop, source="fake", account="kotori", sealed_token=seal("t"),
            installed_at=clock.now(),
        )  # fmt: skip
        actions.set_terms(shop, is_live=is_live, most_per_order=most, most_per_day=day, actor="test")


def wish(order: Order, change: Change, key: str = "", **fields: object) -> int:
    """Ask for a change; returns its id."""
    told: dict[str, object] = {"source": "repair", "source_id": 1, **fields}
    with scope.organization(order.organization_id):
        return actions.ask(
            [Ask(order.organization_id, order.shop_id, order.id, change, key or f"k{ids.new_id()}", "change_address", "customer", **told)]  # type: ignore[arg-type]
        )[0]  # fmt: skip


def row(change_id: int) -> OrderChange:
    """As it stands."""
    with scope.everyone():
        return OrderChange.objects.get(id=change_id)


def later(**real: float) -> None:
    """The business clock goes forward."""
    clock.skip_to(clock.now() + timedelta(**real))


def turn(times: int = 1, **apart: float) -> None:
    """Carry out what is due, so often, with so much time in between."""
    for number in range(times):
        if number and apart:
            later(**apart)
        passes.carry_out(100)


def revive() -> None:
    """The leases of dead workers run out, and what they held is due again."""
    with scope.everyone():
        OrderChange.objects.filter(claimed_until__isnull=False).update(
            claimed_until=clock.wall() - timedelta(seconds=1)
        )
    passes.expire(100)


def hear() -> None:
    """Deliver the news."""
    while events.deliver(100):
        pass
