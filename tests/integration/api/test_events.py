"""The shop's own events over REST and by webhook: told once, to whom they are about, inside one shop's walls."""

from datetime import timedelta
from typing import Any

import pytest

from kaeru.connectors import door, intake
from kaeru.connectors.models import InboundDelivery
from kaeru.core import clock, scope
from kaeru.core.models import Event
from kaeru.orders import own_events
from kaeru.scenarios import actions, triggers
from kaeru.scenarios.flow import flow_of
from kaeru.scenarios.models import Enrollment, Scenario
from kaeru.worker.registry import drain
from tests import builders
from tests.cast import Cast
from tests.fakes import own_shop
from tests.integration.api.client import System
from tests.integration.connectors.test_hooks import secret_of


@pytest.fixture
def system(cast: Cast) -> System:
    """The shop with one customer, one order, and a scenario for each kind of event."""
    door.forget()
    buyer = builders.customer(cast.kotori, source_id="c1")
    builders.order(cast.kotori, buyer, source_id="A-1")
    with scope.organization(cast.organization.id):
        for trigger in ("order.delayed", "custom:parcel.returned"):
            begin(cast, trigger)
    return System(cast.kotori)


def begin(cast: Cast, trigger: str, *steps: dict[str, Any], again: int = 30) -> Scenario:
    flow = flow_of(steps or [{"kind": "wait", "days": 2}], trigger=trigger, again_after_days=again)
    made = actions.begin(cast.kotori, actor="test", name=trigger, flow=flow)
    actions.publish(made.id, actor="test")
    actions.switch(made.id, is_on=True, actor="test")
    return made


def started() -> list[tuple[str, bool, bool]]:
    """(trigger, has an order, has a customer) of each enrolment."""
    drain()
    with scope.everyone():
        rows = Enrollment.objects.order_by("id").values_list("trigger", "order_id", "customer_id")
        return [(trigger, order is not None, customer is not None) for trigger, order, customer in rows]


def test_it_starts_the_scenario_of_a_delay(cast: Cast, system: System) -> None:
    told = system.post("/events", {"name": "order.delayed", "order": "A-1"}, expect=202)
    assert told == {"name": "order.delayed", "result": "told"}
    assert started() == [("order.delayed", True, True)]
    system.post("/events", {"name": "order.delayed", "order": "A-1"}, expect=202)
    assert len(started()) == 1, "each order's delay is told once"


def test_it_starts_the_scenario_of_an_own_name_by_order_or_by_customer(cast: Cast, system: System) -> None:
    builders.customer(cast.kotori, source_id="c2", email="c2@example.com")
    system.post("/events", {"name": "parcel.returned", "order": "A-1", "customer": None, "data": {"n": 1}}, expect=202)
    system.post("/events", {"name": "parcel.returned", "customer": "c2"}, expect=202)
    assert started() == [("custom:parcel.returned", True, True), ("custom:parcel.returned", False, True)]


def test_it_tells_a_repeat_once(cast: Cast, system: System) -> None:
    said = {"name": "parcel.returned", "order": "A-1"}
    for _ in range(3):
        system.post("/events", said, expect=202, headers={"Idempotency-Key": "k1"})
    with scope.everyone():
        assert Event.objects.filter(name="shop.event").count() == 1


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"name": "parcel.returned", "order": "A-9"}, 404, "not_found"),
        ({"name": "parcel.returned", "customer": "c9"}, 404, "not_found"),
        ({"name": "parcel.returned"}, 422, "no_customer"),
        ({"name": "parcel.returned", "order": "", "customer": ""}, 422, "no_customer"),
        ({"name": "order.delayed", "customer": "c1"}, 422, "needs_order"),
        ({"name": "parcel.returned", "order": "A-1", "customer": "c3"}, 422, "other_customer"),
        ({"name": "parcel.returned", "order": "G-1"}, 422, "no_customer"),
        ({"name": "order.shipped", "order": "A-1"}, 422, "invalid"),
        ({"name": "Parcel", "order": "A-1"}, 422, "invalid"),
        ({"name": "a.b.c.d.e", "order": "A-1"}, 422, "invalid"),
        ({"name": "x" * 41, "order": "A-1"}, 422, "invalid"),
        ({"name": "parcel.returned\n", "order": "A-1"}, 422, "invalid"),
        ({"name": "parcel.returned", "order": "A-1", "data": {"x": {"deep": 1}}}, 422, "invalid"),
        ({"name": "parcel.returned", "order": "A-1", "data": {"x": 1.5}}, 422, "invalid"),
        ({"name": "parcel.returned", "order": "A-1", "data": {str(n): n for n in range(21)}}, 422, "invalid"),
        ({"name": "parcel.returned", "ordr": "A-1"}, 422, "invalid"),
        ({"name": "parcel.returned", "order": "A-1", "occurred_at": "yesterday"}, 422, "invalid"),
    ],
)
def test_it_says_what_to_do_and_keeps_nothing(
    cast: Cast, system: System, said: dict[str, Any], status: int, code: str
) -> None:
    builders.customer(cast.kotori, source_id="c3", email="c3@example.com")
    builders.order(cast.kotori, None, source_id="G-1")
    told = system.post("/events", said, expect=status)
    assert told["error"]["code"] == code
    assert told["error"]["message"]
    with scope.everyone():
        assert not Event.objects.filter(name="shop.event").exists()


def test_it_keeps_what_is_late_and_starts_nothing(cast: Cast, system: System) -> None:
    old = (clock.now() - timedelta(days=1, minutes=1)).isoformat()
    told = system.post("/events", {"name": "order.delayed", "order": "A-1", "occurred_at": old}, expect=202)
    assert told["result"] == "late"
    assert started() == []
    with scope.everyone():
        assert Event.objects.get(name="shop.event").payload["late"] is True


def test_it_starts_nothing_for_an_order_of_the_past(cast: Cast, system: System) -> None:
    builders.order(cast.kotori, builders.customer(cast.kotori, source_id="c2"), source_id="H-1", is_history=True)
    assert system.post("/events", {"name": "order.delayed", "order": "H-1"}, expect=202)["result"] == "late"
    assert started() == []


def test_it_is_not_fooled_by_a_clock_that_is_ahead(cast: Cast, system: System) -> None:
    ahead = (clock.now() + timedelta(days=400)).isoformat()
    system.post("/events", {"name": "parcel.returned", "order": "A-1", "occurred_at": ahead}, expect=202)
    assert len(started()) == 1
    with scope.everyone():
        assert Enrollment.objects.get().entered_at <= clock.now()


def test_it_stands_in_front_of_another_shops_orders_and_customers(cast: Cast, system: System) -> None:
    stranger = System(cast.other_shop)
    for said in ({"order": "A-1"}, {"customer": "c1"}):
        stranger.post("/events", {"name": "parcel.returned", **said}, expect=404)
    sister = System(builders.shop(cast.organization, "suzume", "すずめ"))
    sister.post("/events", {"name": "parcel.returned", "order": "A-1"}, expect=404)
    assert started() == []


def tell(cast: Cast, data: dict[str, Any], **named: str) -> InboundDelivery:
    body, headers = own_shop.message(secret_of(cast.kotori), "event", data, **named)  # type: ignore[arg-type]
    intake.receive("webhook", cast.kotori.public_key, headers, body)
    drain()
    with scope.everyone():
        return InboundDelivery.objects.order_by("-id")[0]


def test_it_takes_the_same_words_by_webhook(cast: Cast, system: System) -> None:
    for _ in range(2):
        kept = tell(cast, {"name": "parcel.returned", "order": "A-1", "data": {"shelf": "B2"}}, message_id="msg_1")
    assert kept.done_at is not None
    assert started() == [("custom:parcel.returned", True, True)]


def test_it_waits_for_the_order_that_a_webhook_speaks_of(cast: Cast, system: System) -> None:
    kept = tell(cast, {"name": "order.delayed", "order": "B-1"})
    assert (kept.done_at, kept.attempts, "B-1" in kept.error) == (None, 1, True)
    builders.order(cast.kotori, builders.customer(cast.kotori, source_id="c2"), source_id="B-1")
    clock.set_clock(clock.Clock(real=__import__("time").time(), shown=clock.now() + timedelta(seconds=20)))
    assert started() == [("order.delayed", True, True)]


@pytest.mark.parametrize("data", [{"name": "order.delayed"}, {"name": "parcel.returned"}, {"name": "X"}, {}])
def test_it_parks_a_webhook_that_waiting_does_not_help(cast: Cast, system: System, data: dict[str, Any]) -> None:
    kept = tell(cast, data)
    assert (kept.done_at, kept.attempts) == (None, 5)
    assert kept.error


def test_it_tells_each_of_a_set_what_became_of_it(cast: Cast, system: System) -> None:
    with scope.organization(cast.organization.id):
        answers = own_events.tell(
            cast.kotori,
            [own_events.OwnEvent("parcel.returned", clock.now(), order=key) for key in ("A-1", "nobody", "A-1")],
        )
    assert [answer.value for answer in answers] == ["told", "unknown_order", "told"]
    assert len(started()) == 1, (
        "the same customer starts a scenario of own events once in its pause, also within one set"
    )


def test_it_ends_two_scenarios_that_start_each_other(cast: Cast, system: System) -> None:
    """Ping tells the shop, the shop answers with an event that starts pong, which tells the shop, …"""
    with scope.organization(cast.organization.id):
        cast.kotori.notify_url = "https://kotori.example/hook"
        cast.kotori.save()
        for name, other in (("ping", "pong"), ("pong", "ping")):
            begin(cast, f"custom:{name}", {"kind": "webhook", "event": other}, again=7)
    system.post("/events", {"name": "ping", "order": "A-1"}, expect=202)
    heard = 0
    for _ in range(10):
        topics = shop_heard(heard)
        heard += len(topics)
        for topic in topics:
            system.post("/events", {"name": topic.removeprefix("scenario."), "order": "A-1"}, expect=202)
    assert heard == 2
    assert [trigger for trigger, _, _ in started()] == ["custom:ping", "custom:pong"]
    clock.set_clock(clock.Clock(real=__import__("time").time(), shown=clock.now() + timedelta(days=7, minutes=1)))
    system.post("/events", {"name": "ping", "order": "A-1"}, expect=202)
    assert len(shop_heard(heard)) == 1, "after its pause it may start again"


def test_it_warns_of_a_scenario_that_could_be_started_without_end(cast: Cast, system: System) -> None:
    flow = {"trigger": "custom:ping", "again_after_days": 0, "steps": [{"kind": "wait", "days": 1}]}
    made = system.post("/scenarios", {"name": "ping", "flow": flow}, expect=201)
    [problem] = system.post(f"/scenarios/{made['id']}/check", {})["problems"]
    assert (problem["path"], problem["code"], problem["is_warning"]) == ("again_after_days", "no_pause", True)
    flow["steps"] = []
    told = system.post(f"/scenarios/{made['id']}/check", {"flow": flow})["problems"]
    assert [one["code"] for one in told] == ["no_pause", "empty"]


def shop_heard(before: int) -> list[str]:
    """Topics of the calls that the shop has got besides the first `before`."""
    from kaeru.connectors.models import OutboundCall
    from kaeru.core import events
    from kaeru.scenarios import engine

    for _ in range(4):
        events.deliver(100)
        engine.move_due(100)
    with scope.everyone():
        return list(OutboundCall.objects.order_by("id").values_list("topic", flat=True))[before:]


@pytest.mark.parametrize(
    "name", ["parcel.returned", "a", "x_1.y_2.z.q", "A", "a.", ".a", "a..b", "1a", "", "a-b", "日本"]
)
def test_it_calls_events_what_scenarios_can_call_them(name: str) -> None:
    assert own_events.is_name(name) == bool(triggers.CUSTOM.fullmatch(name))
