"""A buyer's wish at Rakuten, from the mall to the desk and back: nobody but a person answers it, and the mall shows it as it was."""

from collections.abc import Iterator

import pytest

from kaeru.cancellations.desk import actions
from kaeru.cancellations.desk.choice import Choice
from kaeru.cancellations.models import CancellationRequest, Case
from kaeru.cancellations.seeds import seed_reasons
from kaeru.connectors.capabilities import lacking
from kaeru.connectors.models import OrderChange
from kaeru.worker.registry import drain
from tests.cast import Cast
from tests.fakes.rms_wire import RmsWire
from tests.integration.connectors.rakuten_stage import carried, connected, later, mirrored, poll


@pytest.fixture
def wire(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[RmsWire]:
    with connected(cast, monkeypatch) as found:
        yield found


def asked(cast: Cast, wire: RmsWire) -> tuple[str, Case]:
    seed_reasons(cast.kotori)
    number = wire.shop.place(progress=300)
    later(minutes=1)
    poll()
    wire.shop.buyer_asks(number)
    later(minutes=6)
    poll()
    drain()
    return number, Case.objects.get(request__order=mirrored(number), state="open")


def test_it_brings_a_wish_to_the_desk_and_the_answer_back(cast: Cast, wire: RmsWire) -> None:
    number, case = asked(cast, wire)
    assert wire.shop.done == []
    actions.decide(case.id, Choice("approve", reason="changed_mind"), actor="member:1")
    change = carried(OrderChange.objects.get().id)
    assert (change.state, wire.shop.done) == ("done", [("cancelOrderAfterShipping", number, 1)])
    later(minutes=6)
    poll()
    drain()
    order = mirrored(number)
    assert (order.cancelled_at is not None, order.cancel_side) == (True, "customer")
    assert CancellationRequest.objects.get().state == "cancelled"


def test_it_closes_the_case_when_the_buyer_takes_the_wish_back(cast: Cast, wire: RmsWire) -> None:
    number, case = asked(cast, wire)
    wire.shop.buyer_takes_back(number)
    later(minutes=6)
    poll()
    drain()
    case.refresh_from_db()
    assert (case.state, mirrored(number).cancel_asked_at, wire.shop.done) == ("closed", None, [])


def test_it_says_what_rakuten_cannot_when_something_that_needs_it_is_saved(cast: Cast, wire: RmsWire) -> None:
    told = lacking(cast.kotori, {"can_hold", "can_cancel", "can_write_first", "can_change_address"}, "ja")
    assert [one.capability for one in told] == ["can_hold", "can_write_first"]
    assert all(one.instead for one in told)
