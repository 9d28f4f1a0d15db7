"""Customers held back for comparison, from the cancellation to what they are sent: with the default that every shop has."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.cancellations import actions as cancellations
from kaeru.core import clock, ids, scope
from kaeru.customers.merging import merge
from kaeru.customers.models import Customer
from kaeru.messages.models import Message
from kaeru.offers.models import Coupon
from kaeru.scenarios import actions as scenarios
from kaeru.scenarios import assigning, enrolling, holdout, programs
from kaeru.scenarios.enrolling import Start
from kaeru.scenarios.models import Assignment, Enrollment, Scenario, StepLog
from kaeru.scenarios.rehearsal.running import Candidate, rehearse
from kaeru.uplift.assign import arm, bucket
from kaeru.worker import registry
from tests import builders
from tests.cast import Cast
from tests.integration.scenarios.conftest import Kotori

pytestmark = pytest.mark.usefixtures("holdout_by_itself")
CODE = "change_address"


@pytest.fixture(autouse=True)
def _scope(cast: Cast) -> Iterator[None]:
    with scope.organization(cast.organization.id):
        yield


def cancel_all(kotori: Kotori, count: int) -> None:
    for number in range(count):
        order = kotori.place(f"h{number}", buyer=f"b{number}")
        cancellations.request(order.id, CODE, actor="customer")
    registry.drain()


def starts(cast: Cast, customers: list[Customer]) -> list[Start]:
    moment = clock.now()
    return [
        Start("order.delayed", cast.organization.id, cast.kotori.id, ids.new_id(), moment, customer_id=one.id)
        for one in customers
    ]


def delayed(cast: Cast, setting: str = holdout.BY_ITSELF) -> Scenario:
    """A scenario with an offer for delays, on; delays start it without an order in these tests."""
    texts = {"ja": {"subject": "お詫び", "body": "クーポンをどうぞ。"}}
    flow: dict[str, Any] = {
        "trigger": "order.delayed",
        "steps": [{"kind": "message", "purpose": "advertisement", "texts": texts}],
    }
    made = scenarios.begin(cast.kotori, actor="test", name="お詫び", flow=flow)
    Scenario.objects.filter(id=made.id).update(holdout=setting)
    scenarios.publish(made.id, actor="test")
    scenarios.switch(made.id, is_on=True, actor="test")
    return Scenario.objects.get(id=made.id)


def people(cast: Cast, count: int) -> list[Customer]:
    return [builders.customer(of=cast.kotori, email=None, source_id=f"p{number}") for number in range(count)]


def test_it_sends_everybody_what_is_owed_and_offers_only_to_those_who_are_treated(kotori: Kotori) -> None:
    """The whole way with the default: half of the first customers are held back, each with a notice, none with a coupon."""
    cancel_all(kotori, 12)
    scenario = Scenario.objects.get(reason__code=CODE)
    sides = dict(Assignment.objects.values_list("customer_id", "arm"))
    assert len(sides) == 12
    assert sides == {
        key: arm(bucket(scenario.salt, str(scenario.id), str(key)), 5000) for key in sides
    }  # anybody can count again who was on which side
    kotori.later(days=1, hours=2)
    held = {key for key, side in sides.items() if side == "held"}
    assert set(Message.objects.filter(purpose="notice").values_list("customer_id", flat=True)) == set(sides)
    assert set(Coupon.objects.values_list("customer_id", flat=True)) == set(sides) - held
    assert (
        set(Message.objects.filter(purpose="advertisement").values_list("customer_id", flat=True)) == set(sides) - held
    )
    skipped = StepLog.objects.filter(outcome="skipped", reason="held").values_list("kind", flat=True)
    assert sorted(skipped) == sorted(["coupon", "message"] * len(held))
    assert set(Enrollment.objects.filter(arm="held").values_list("customer_id", flat=True)) == held
    assert set(Enrollment.objects.values_list("end_reason", flat=True)) == {"finished"}
    assert scenario.revision
    found = rehearse(kotori.shop, Candidate(scenario.revision.flow, scenario, scenario.reason_id), days=30)
    assert (found.enrolled, found.held, found.coupons) == (12, len(held), 12 - len(held))
    assert found.blocked["held"] == 2 * len(held)


def test_it_rehearses_a_file_with_the_share_it_names(kotori: Kotori) -> None:
    """Nobody has a side in a scenario that is not there: the rehearsal divides as the scenario would."""
    cancel_all(kotori, 6)
    kotori.later(hours=1)
    flow = Scenario.objects.get(reason__code=CODE).draft
    assert rehearse(kotori.shop, Candidate(flow, holdout="off"), days=30).held == 0
    found = rehearse(kotori.shop, Candidate(flow), days=30)
    sides = [arm(bucket("", "", str(key)), 5000) for key in Customer.objects.values_list("id", flat=True)]
    assert found.held == sides.count("held")


def test_it_keeps_a_customer_on_their_side(cast: Cast) -> None:
    scenario = delayed(cast)
    crowd = people(cast, 30)
    enrolling.start(starts(cast, crowd))
    before = dict(Assignment.objects.values_list("customer_id", "arm"))
    assert set(before.values()) == {"held", "treated"}
    enrolling.start(starts(cast, crowd[::-1]))
    assert dict(Assignment.objects.values_list("customer_id", "arm")) == before
    told = Enrollment.objects.values_list("customer_id", "arm")
    assert {(key, side) for key, side in told} == set(before.items())
    assert assigning.held_of(scenario.id) == sum(side == "held" for side in before.values())


def test_it_tapers_in_the_order_of_enrolment(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    shares = [5000, 5000, 2000, 2000, 1000]
    monkeypatch.setattr(holdout, "taper", lambda before: shares[min(before, 4)])
    delayed(cast)
    crowd = people(cast, 7)
    enrolling.start(starts(cast, crowd[:3]))
    enrolling.start(starts(cast, [*crowd[:3], *crowd[3:]]))
    found = dict(Assignment.objects.values_list("customer_id", "pi"))
    assert [found[one.id] for one in crowd] == [0.5, 0.5, 0.8, 0.8, 0.9, 0.9, 0.9]


def test_it_counts_customers_only_as_far_as_it_matters(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assigning, "TAPER_ENDS", 4)
    scenario = delayed(cast)
    enrolling.start(starts(cast, people(cast, 6)))
    assert assigning.units_before({scenario.id}) == {scenario.id: 4}


def test_it_does_not_divide_who_is_told_again(cast: Cast) -> None:
    delayed(cast)
    told = starts(cast, people(cast, 3))
    assert enrolling.start(told) == 3
    assert enrolling.start(told) == 0
    assert Assignment.objects.count() == 3


@pytest.mark.parametrize(("setting", "held"), [("off", 0), ("5000", None)])
def test_it_asks_no_more_for_many_than_for_one(cast: Cast, setting: str, held: int | None) -> None:
    programs.load([delayed(cast, setting).revision_id or 0])
    counts = []
    for crowd in ([builders.customer(of=cast.kotori, email=None, source_id="one")], people(cast, 20)):
        with CaptureQueriesContext(connection) as asked:
            enrolling.start(starts(cast, crowd))
        counts.append(len(asked))
    assert counts == [8, 8] if held is None else [4, 4]
    assert Assignment.objects.count() == (21 if held is None else 0)


def test_it_divides_nobody_where_everybody_gets_the_same(cast: Cast) -> None:
    texts = {"ja": {"subject": "遅れています", "body": "もうしばらくお待ちください。"}}
    flow = {"trigger": "order.delayed", "steps": [{"kind": "message", "purpose": "notice", "texts": texts}]}
    made = scenarios.begin(cast.kotori, actor="test", name="遅れ", flow=flow)
    scenarios.publish(made.id, actor="test")
    scenarios.switch(made.id, is_on=True, actor="test")
    enrolling.start(starts(cast, people(cast, 5)))
    assert Enrollment.objects.filter(arm="treated").count() == 5
    assert not Assignment.objects.exists()


def test_it_treats_strangers_and_counts_them_never(cast: Cast) -> None:
    delayed(cast, "5000")
    enrolling.start([Start("order.delayed", cast.organization.id, cast.kotori.id, ids.new_id(), clock.now())] * 1)
    assert Enrollment.objects.get().arm == "treated"
    assert not Assignment.objects.exists()


def test_it_takes_what_another_worker_wrote_first(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers meet the same customer: what was written first is what both go by."""
    scenario = delayed(cast, "5000")
    [buyer] = people(cast, 1)
    side = arm(bucket(scenario.salt, str(scenario.id), str(buyer.id)), 5000)
    other = "treated" if side == "held" else "held"
    honest = assigning._draws

    def meanwhile(*told: Any) -> Any:
        assert scenario.revision_id
        Assignment.objects.create(
            organization_id=scenario.organization_id, shop_id=scenario.shop_id, scenario=scenario, customer=buyer, arm=other, pi=0.9, bucket=1,
            revision_id=scenario.revision_id, at=clock.now(),
        )  # fmt: skip
        return honest(*told)

    monkeypatch.setattr(assigning, "_draws", meanwhile)
    enrolling.start(starts(cast, [buyer]))
    assert Enrollment.objects.get().arm == other
    assert Assignment.objects.get().pi == 0.9


def test_it_leaves_one_side_to_two_cards_of_one_person(cast: Cast) -> None:
    delayed(cast, "5000")
    stays, goes = people(cast, 2)
    enrolling.start(starts(cast, [stays, goes]))
    before = Assignment.objects.get(customer=stays).arm
    merge(stays.id, goes.id, actor="test")
    assert [(row.customer_id, row.arm) for row in Assignment.objects.all()] == [(stays.id, before)]
