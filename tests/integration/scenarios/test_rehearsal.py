"""A rehearsal says what the engine would have done: the same days are lived through for real, and rehearsed, and compared."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaeru.calls.models import CallTask
from kaeru.cancellations import actions as cancellations
from kaeru.channels import registry as channels
from kaeru.channels.base import Letter, Outcome, Result, Worded
from kaeru.core import clock, ids, scope
from kaeru.core.models import AuditEntry
from kaeru.customers.rules import CustomerRecord
from kaeru.messages import passes
from kaeru.messages.models import Message
from kaeru.offers.models import Coupon
from kaeru.orders import actions as orders
from kaeru.orders.rules import LineRecord, OrderRecord
from kaeru.scenarios import actions as scenarios
from kaeru.scenarios.flow import flow_of
from kaeru.scenarios.models import Enrollment, Scenario
from kaeru.scenarios.rehearsal import Candidate, NotRehearsable, Rehearsal, compare, rehearse
from kaeru.scenarios.rehearsal.stage import Assumptions
from kaeru.worker import registry
from tests import drafts as flows
from tests.amount import in_each_run
from tests.integration.scenarios.conftest import START, Kotori
from tests.integration.stage import fingerprint

END = START + timedelta(days=12)


class Pigeon:
    """A channel that takes everything at once."""

    name = "mail"

    def word(self, letter: Letter) -> Worded:
        return Worded("", "", "")

    def open(self) -> AbstractContextManager["Pigeon"]:
        return nullcontext(self)

    def send(self, letter: Letter, worded: Worded) -> Result:
        return Result(Outcome.ACCEPTED)


@pytest.fixture(autouse=True)
def pigeon() -> Iterator[None]:
    passes.mend()
    channels.register("mail", f"{__name__}.Pigeon")
    yield
    channels.register("mail", "kaeru.channels.mail.channel.Mail")


@dataclass(frozen=True)
class Day:
    """One thing that a customer does: after so many minutes, who, what."""

    minute: int
    buyer: int
    what: str
    total: int = 3960


DAYS = st.lists(
    st.builds(
        Day,
        minute=st.integers(1, 9 * 24 * 60),
        buyer=st.integers(0, 3),
        what=st.sampled_from(["cancel", "cancel", "cancel", "order", "ship", "restore"]),
        total=st.integers(800, 9800),
    ),
    min_size=2,
    max_size=9,
    unique_by=lambda day: day.minute,
).map(lambda days: sorted(days, key=lambda day: day.minute))


class Life:
    """A shop that lives through some days, with a clock that stops wherever something is due."""

    def __init__(self, kotori: Kotori) -> None:
        self.kotori, self.key = kotori, ids.new_id()
        self.last: dict[int, str] = {}
        self.totals: dict[int, int] = {}
        self.placed: dict[int, datetime] = {}
        self.number = 0

    def until(self, moment: datetime) -> None:
        """Everything that is due up to then happens at its own minute."""
        registry.drain()
        watched = [one for one in registry.passes() if one.next_due and one.lane != "calls"]
        for _ in range(2000):
            due = min((at for one in watched if one.next_due and (at := one.next_due())), default=moment)
            if due >= moment:
                break
            clock.skip_to(due)
            assert registry.drain(), "something is due and does not move"
        clock.skip_to(moment)

    def live(self, days: list[Day]) -> None:
        """Until the end of the span."""
        for day in days:
            self.until(START + timedelta(minutes=day.minute, seconds=7))
            getattr(self, day.what)(day)
            registry.drain()
        self.until(END)

    def _tell(self, buyer: int, total: int, source_id: str, **fields: Any) -> int:
        told = {"placed_at": clock.now(), "updated_at": clock.now(), **fields}
        record = OrderRecord(
            source_id=source_id, currency="JPY", total=total, number=f"#{source_id}", lines=(LineRecord("手ぬぐい", 1, total, sku="t"),),
            customer=CustomerRecord(
                f"b{self.key}{buyer}", "髙﨑 花子", f"b{self.key}{buyer}@example.com", phone="090-1234-5678" if buyer % 2 else "",
                accepts_advertising=[True, True, None, True][buyer],
            ),
            **told,
        )  # fmt: skip
        return orders.mirror(self.kotori.shop, [record]).order_ids[source_id]

    def order(self, day: Day) -> int:
        """A new order."""
        self.number += 1
        self.last[day.buyer] = f"{self.key}-{self.number}"
        self.totals[day.buyer], self.placed[day.buyer] = day.total, clock.now()
        return self._tell(day.buyer, day.total, self.last[day.buyer])

    def cancel(self, day: Day) -> None:
        """An order, and two minutes later its cancellation."""
        order_id = self.order(day)
        registry.drain()
        self.until(clock.now() + timedelta(minutes=2))
        cancellations.request(order_id, "change_address", actor="customer")

    def ship(self, day: Day) -> None:
        """The newest order is shipped after all."""
        if day.buyer in self.last:
            placed = self.placed[day.buyer]
            self._tell(
                day.buyer, self.totals[day.buyer], self.last[day.buyer], placed_at=placed, shipped_at=clock.now()
            )

    def restore(self, day: Day) -> None:
        """The shop's system cancels the order, and takes that back an hour later."""
        if day.buyer in self.last:
            then = self.placed[day.buyer]
            self._tell(
                day.buyer, self.totals[day.buyer], self.last[day.buyer], placed_at=then, cancelled_at=clock.now()
            )
            self.until(clock.now() + timedelta(hours=1))
            self._tell(day.buyer, self.totals[day.buyer], self.last[day.buyer], placed_at=then)


def published(kotori: Kotori, flow: dict[str, Any]) -> Scenario:
    """The only scenario that is on."""
    Scenario.objects.filter(shop=kotori.shop).update(is_on=False)
    scenario = scenarios.begin(kotori.shop, actor="test", name="rehearsed", flow=flow)
    scenarios.publish(scenario.id, actor="test")
    scenarios.switch(scenario.id, is_on=True, actor="test")
    return Scenario.objects.select_related("shop", "revision").get(id=scenario.id)


def second(moment: datetime | None) -> datetime | None:
    return moment.replace(microsecond=0) if moment else None


def really(scenario: Scenario) -> list[tuple[Any, ...]]:
    """What the engine did: (who, what, when, …), sorted."""
    mine = dict(Enrollment.objects.filter(revision__scenario=scenario).values_list("id", "cancellation_id"))
    sent = Message.objects.filter(source_id__in=mine, state="sent").values_list(
        "source_id", "handed_at", "source", "purpose"
    )
    given = Coupon.objects.filter(enrollment_id__in=mine).values_list("enrollment_id", "issued_at", "cost")
    called = CallTask.objects.filter(source_id__in=mine).values_list("source_id", "created_at")
    ended = Enrollment.objects.filter(id__in=mine, state="ended").values_list("id", "ended_at", "end_reason")
    return sorted(
        [
            *((mine[key], "sent", second(at), source == "staff", purpose) for key, at, source, purpose in sent),
            *((mine[key], "coupon", second(at), cost) for key, at, cost in given if key),
            *((mine[key], "call", second(at)) for key, at in called),
            *((mine[key], "end", second(at), why) for key, at, why in ended),
        ],
        key=repr,
    )


def rehearsed(found: Rehearsal) -> list[tuple[Any, ...]]:
    """What the rehearsal says, in the same shape."""
    told: list[tuple[Any, ...]] = []
    for row in found.rows:
        key, at = found.cases[row.case].id, second(row.at)
        if row.outcome == "sent":
            told.append((key, "sent", at, row.what == "notify", row.purpose))
        elif row.what == "coupon" and row.outcome == "done":
            told.append((key, "coupon", at, row.cost))
        elif row.what == "call" and row.outcome == "done":
            told.append((key, "call", at))
        elif row.what == "end":
            told.append((key, "end", at, row.reason))
    return sorted(told, key=repr)


def lived(kotori: Kotori, flow: dict[str, Any], days: list[Day]) -> tuple[Scenario, Rehearsal]:
    """The days, once for real and once rehearsed."""
    clock.set_clock(clock.Clock(real=time.time(), shown=START, speed=1e-9))
    scenario = published(kotori, flow)
    Life(kotori).live(days)
    return scenario, rehearse(kotori.shop, Candidate(flow=flow, scenario=scenario), days=13)


STORY = [
    Day(10, 0, "cancel", 9800), Day(20, 1, "cancel", 2000), Day(30, 2, "cancel", 5000), Day(60 * 30, 1, "order"),
    Day(60 * 31, 3, "cancel", 4000), Day(60 * 40, 0, "cancel", 1200), Day(60 * 72, 3, "ship"), Day(60 * 100, 3, "cancel", 900),
    Day(60 * 101, 0, "restore"),
]  # fmt: skip
FLOW = flow_of(
    [
        flows.message(),
        flows.wait(hours=9),
        flows.coupon(500, 900),
        flows.message("advertisement", coupon=True),
        flows.branch(3000, [flows.call([], [flows.wait(days=1), flows.message("advertisement", word="late")])], []),
        {"kind": "wait", "mode": "clock", "at": "22:30"},
        flows.message("advertisement", word="night"),
    ]
)


def test_it_says_what_the_engine_did(kotori: Kotori) -> None:
    scenario, found = lived(kotori, FLOW, STORY)
    assert rehearsed(found) == really(scenario)
    assert found.enrolled == 6
    assert found.coupons >= 1
    assert found.blocked["budget_spent"] + found.blocked["had_incentive"] + found.blocked["no_consent"] > 0
    assert found.deferred.total() > 0
    assert found.calls > 0


@settings(
    max_examples=in_each_run(12, sqlite=12, postgres=5), deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(flow=flows.FLOWS, days=DAYS)
def test_it_says_what_the_engine_does_with_any_scenario(kotori: Kotori, flow: dict[str, Any], days: list[Day]) -> None:
    with transaction.atomic():
        scenario, found = lived(kotori, flow, days)
        ours, theirs = rehearsed(found), really(scenario)
        transaction.set_rollback(True)
    assert ours == theirs


@pytest.fixture
def ten(kotori: Kotori) -> Kotori:
    """Ten customers who cancelled, an hour apart; two days have passed."""
    Scenario.objects.filter(shop=kotori.shop).update(is_on=False)
    for number in range(10):
        order = kotori.place(f"t{number}", buyer=f"t{number}", total=1000 * (number + 1))
        cancellations.request(order.id, "change_address", actor="customer")
        kotori.later(hours=1)
    kotori.later(days=2)
    return kotori


def test_it_writes_nothing(ten: Kotori) -> None:
    before = fingerprint(ten.shop.organization_id)
    found = rehearse(ten.shop, Candidate(flow=FLOW), days=30)
    assert found.messages.total() > 10
    assert fingerprint(ten.shop.organization_id) == before


def test_it_asks_the_database_as_often_for_one_as_for_ten(ten: Kotori) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            rehearse(ten.shop, Candidate(flow=FLOW), days=30)
        return len(captured)

    ten_of_them = count()
    from kaeru.cancellations.models import CancellationRequest

    CancellationRequest.objects.exclude(id=CancellationRequest.objects.order_by("id")[0].id).delete()
    assert count() == ten_of_them


def test_it_masks_names_and_caps_the_rows(ten: Kotori) -> None:
    found = rehearse(ten.shop, Candidate(flow=FLOW), days=30, most_shown=3)
    told = found.as_json(is_masked=True)
    assert {row["customer"] for row in told["rows"]} == {"髙•••"}
    assert {row["customer"] for row in found.as_json(is_masked=False)["rows"]} == {"髙﨑 花子"}
    assert (told["enrolled"], told["people_shown"], len({row["cancellation"] for row in told["rows"]})) == (10, 3, 3)
    assert {"enrolled", "messages", "deferred", "blocked", "coupons", "calls", "cost", "rows"} <= told.keys()
    assert told["cost"] == found.coupons * 500


def test_it_takes_calls_as_reached_when_asked(ten: Kotori) -> None:
    from kaeru.customers.models import Customer
    from tests import builders

    for customer in Customer.objects.all():
        builders.phone(customer)
    flow = flow_of(
        [flows.call([flows.message(word="reached")], [flows.message(word="not"), flows.message(word="more")])]
    )
    no = rehearse(ten.shop, Candidate(flow=flow), days=30)
    yes = rehearse(
        ten.shop, Candidate(flow=flow), days=30, assumptions=Assumptions(calls="reached", prices={"mail": 2})
    )
    assert (no.calls, yes.calls) == (10, 10)
    assert (no.messages.total(), yes.messages.total()) == (20, 10)
    assert yes.cost == 20
    assert no.calls_peak == yes.calls_peak > 1


def test_it_leaves_to_earlier_scenarios_what_fits_them(ten: Kotori) -> None:
    first = published(ten, flow_of([flows.message()], when={"field": "order.value", "op": "at_least", "value": 8000}))
    second_one = scenarios.begin(ten.shop, actor="test", name="second", flow=FLOW)
    assert first.position < second_one.position
    found = rehearse(ten.shop, Candidate(flow=FLOW, scenario=second_one), days=30)
    assert (found.considered, found.taken_before, found.enrolled) == (10, 3, 7)


def test_it_starts_only_whom_the_condition_fits(ten: Kotori) -> None:
    flow = flow_of([flows.message()], when={"field": "moment.time", "op": "before", "value": "15:00"})
    found = rehearse(ten.shop, Candidate(flow=flow), days=30)
    assert 0 < found.enrolled < 10
    assert found.enrolled + found.not_fitting == 10


def test_it_compares_two(ten: Kotori) -> None:
    other = {
        **FLOW,
        "steps": [*FLOW["steps"], flows.wait(hours=1) | {"id": "w9"}, flows.message(word="more") | {"id": "m9"}],
    }
    first = rehearse(ten.shop, Candidate(flow=FLOW), days=30)
    same = rehearse(ten.shop, Candidate(flow=FLOW), days=30)
    second_run = rehearse(ten.shop, Candidate(flow=other), days=30)
    assert compare(first, same).differing == frozenset()
    found = compare(first, second_run)
    assert 0 < len(found.differing) <= 10
    figures = {name: (one, two) for name, one, two in found.figures}
    assert figures["messages"][1] > figures["messages"][0]


def test_it_refuses_what_the_past_does_not_know(ten: Kotori) -> None:
    with pytest.raises(NotRehearsable):
        rehearse(ten.shop, Candidate(flow=flow_of([flows.message()], trigger="order.delayed")), days=30)
    with pytest.raises(NotRehearsable):
        rehearse(ten.shop, Candidate(flow=FLOW), days=0)


def test_it_sees_no_other_shop(ten: Kotori, cast: Any) -> None:
    with scope.organization(cast.other_organization.id):
        assert rehearse(cast.other_shop, Candidate(flow=FLOW), days=30).considered == 0
    assert AuditEntry.objects.filter(verb__startswith="rehears").count() == 0
