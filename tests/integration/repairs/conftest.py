"""An order of Kotori's whose buyer has a reason, and the shop's system behind it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from kaeru.cancellations import actions as wishes
from kaeru.cancellations.models import CancellationRequest, Case, Repair, Swap
from kaeru.cancellations.repairs import actions, holding
from kaeru.cancellations.repairs.actions import Answer
from kaeru.cancellations.seeds import seed_reasons
from kaeru.connectors.models import OrderChange
from kaeru.core import clock, events, scope
from kaeru.core.models import Event
from kaeru.customers.models import Customer
from kaeru.offers import actions as offers
from kaeru.orders.models import Order
from tests import builders
from tests.cast import Cast
from tests.fakes.shop_system import System
from tests.integration.gate.stage import connect, hear, turn


@dataclass
class Stage:
    """One order and what is wished of it."""

    cast: Cast
    order: Order
    buyer: Customer
    system: System = field(default_factory=System)

    def connect(self, **terms: object) -> None:
        """The shop's system is connected; live unless told otherwise."""
        connect(self.cast.kotori, self.system, **terms)  # type: ignore[arg-type]

    def wish(self, code: str, order: Order | None = None) -> CancellationRequest:
        """The buyer chose this reason on the page."""
        with scope.organization(self.cast.organization.id):
            made = wishes.choose_reason((order or self.order).id, code, actor="customer")
            found = CancellationRequest.objects.select_related("shop", "reason").get(id=made.id)
            holding.hold(found, actor="customer")
            return found

    def ask(self, wish: CancellationRequest, kind: str, /, **form: str) -> Answer:
        """The buyer sends the form of this repair."""
        with scope.organization(self.cast.organization.id):
            return actions.ask(wish.id, kind, form, actor="customer")

    def settle(self) -> None:
        """The gate does what is due, and everybody hears of it."""
        for _ in range(3):
            hear()
            turn()
        hear()

    def repair(self, wish: CancellationRequest) -> Repair:
        """The newest repair of the wish."""
        with scope.everyone():
            return Repair.objects.filter(request=wish).latest("id")

    def swap(self, wish: CancellationRequest) -> Swap:
        """Its swap."""
        with scope.everyone():
            return Swap.objects.get(request=wish)

    def state(self, wish: CancellationRequest) -> str:
        """Where the wish stands."""
        with scope.everyone():
            return CancellationRequest.objects.get(id=wish.id).state

    def cases(self, kind: str = "repair") -> list[Case]:
        """What waits for a person."""
        with scope.everyone():
            return list(Case.objects.filter(kind=kind, state="open"))

    def changes(self) -> list[tuple[str, str]]:
        """(kind, state) of everything that was asked of the shop's system."""
        with scope.everyone():
            return list(OrderChange.objects.order_by("id").values_list("kind", "state"))

    def say_shipping(self, fee: int = 550, free_from: int | None = 8000) -> None:
        """What delivery costs in the shop."""
        with scope.organization(self.cast.organization.id):
            offers.set_shipping_terms(self.cast.kotori, fee, free_from, actor="test")


@pytest.fixture
def stage(cast: Cast) -> Stage:
    """Hanako's order of 3,960 yen."""
    with scope.organization(cast.organization.id):
        seed_reasons(cast.kotori)
    buyer = builders.customer(cast.kotori)
    return Stage(cast, builders.order(cast.kotori, buyer), buyer)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    yield
    clock.set_clock(None)


News = list[tuple[str, int]]


@pytest.fixture
def heard() -> Iterator[Callable[..., News]]:
    """`heard("repair.done")` begins to listen and returns the list that fills."""
    listening: list[tuple[str, events.Receiver]] = []

    def listen(*names: str) -> News:
        found: News = []

        def note(told: list[Event]) -> None:
            found.extend((one.name, one.subject_id) for one in told)

        events.receiver(*names)(note)
        listening.extend((name, note) for name in names)
        return found

    yield listen
    for name, note in listening:
        events._receivers[name].remove(note)
