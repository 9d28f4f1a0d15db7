"""Own events reach whom they concern: those who wait for them, and those whose goal they are, a whole batch at once."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.core import clock
from kaeru.customers.models import CustomerTag
from kaeru.orders import own_events
from kaeru.scenarios import actions
from kaeru.scenarios.flow import flow_of
from kaeru.scenarios.models import Enrollment
from kaeru.worker import registry
from tests.integration.scenarios.conftest import Kotori

AWAIT = {
    "kind": "await", "event": "custom", "custom": "parcel.returned", "days": 3,
    "then": [{"kind": "tag", "tag": "heard"}], "else": [],
}  # fmt: skip


def begin(kotori: Kotori, trigger: str, *steps: dict[str, Any], **flow: Any) -> None:
    made = actions.begin(kotori.shop, actor="test", name=trigger, flow=flow_of(steps, trigger=trigger, **flow))
    actions.publish(made.id, actor="test")
    actions.switch(made.id, is_on=True, actor="test")


def tell(kotori: Kotori, *told: tuple[str, str]) -> None:
    """These (event, customer) in one batch, not yet delivered."""
    events = [own_events.OwnEvent(name, clock.now(), customer=buyer) for name, buyer in told]
    assert {*own_events.tell(kotori.shop, events)} == {own_events.Answer.TOLD}


def ends() -> dict[tuple[str, str], list[str]]:
    """(trigger, customer) to why each of their enrolments has ended."""
    found: dict[tuple[str, str], list[str]] = {}
    for trigger, buyer, reason in Enrollment.objects.order_by("id").values_list(
        "trigger", "customer__source_id", "end_reason"
    ):
        found.setdefault((trigger.removeprefix("custom:"), str(buyer)), []).append(reason)
    return found


def test_it_wakes_and_ends_each_by_the_event_of_its_own_customer(kotori: Kotori) -> None:
    for buyer in ("c1", "c2", "c3"):
        kotori.place(f"of {buyer}", buyer=buyer)
    begin(kotori, "custom:wish", AWAIT)
    begin(kotori, "custom:trial", {"kind": "wait", "days": 9}, goal="custom:bought")
    tell(kotori, *((name, buyer) for name in ("wish", "trial") for buyer in ("c1", "c2", "c3")))
    registry.drain()
    tell(kotori, ("parcel.returned", "c1"), ("bought", "c2"), ("parcel.returned", "c1"), ("nothing", "c3"))
    registry.drain()
    assert list(CustomerTag.objects.values_list("tag", "customer__source_id")) == [("heard", "c1")]
    assert ends() == {
        ("wish", "c1"): ["finished"], ("wish", "c2"): [""], ("wish", "c3"): [""],
        ("trial", "c1"): [""], ("trial", "c2"): ["goal"], ("trial", "c3"): [""],
    }  # fmt: skip


def test_it_starts_once_of_two_events_in_one_batch_and_does_not_end_itself(kotori: Kotori) -> None:
    kotori.place("1", buyer="c1")
    begin(kotori, "custom:wish", {"kind": "wait", "days": 9}, goal="custom:wish")
    tell(kotori, ("wish", "c1"))
    registry.drain()
    assert ends() == {("wish", "c1"): [""]}, "an event is not the goal of what it starts"
    begin(kotori, "custom:trial", {"kind": "wait", "days": 9})
    tell(kotori, ("trial", "c1"), ("trial", "c1"), ("wish", "c1"))
    registry.drain()
    assert ends() == {("wish", "c1"): ["goal"], ("trial", "c1"): [""]}


def test_it_asks_as_few_questions_for_many_events_as_for_two(kotori: Kotori) -> None:
    begin(kotori, "custom:wish", AWAIT)
    begin(kotori, "custom:trial", {"kind": "wait", "days": 9}, goal="custom:bought")
    for number in range(30):
        kotori.place(f"{number}", buyer=f"c{number}")

    def questions(first: int, until: int) -> int:
        buyers = [f"c{number}" for number in range(first, until)]
        tell(kotori, *((name, buyer) for name in ("wish", "trial") for buyer in buyers))
        registry.drain()
        tell(kotori, *((name, buyer) for name in ("parcel.returned", "bought", f"e{first}") for buyer in buyers))
        with CaptureQueriesContext(connection) as seen:
            assert registry.named("events").run(1000) == 3 * len(buyers)
        return len(seen)

    few = questions(0, 2)
    assert questions(2, 30) == few
    assert Enrollment.objects.filter(end_reason="goal").count() == 30
    assert Enrollment.objects.filter(heard="custom:parcel.returned").count() == 30
