"""What counts as coming back, told as stories: by assignment, per customer and shop, whatever was sent."""

from datetime import timedelta
from typing import Any

import pytest

from kaeru.cancellations import actions as cancellations
from kaeru.cancellations.models import CancellationRequest
from kaeru.core import clock, scope
from kaeru.customers.merging import merge
from kaeru.customers.rules import CustomerRecord
from kaeru.messages.models import Message
from kaeru.offers.models import Coupon
from kaeru.orders import actions as orders
from kaeru.orders.models import Order
from kaeru.orders.rules import OrderRecord
from kaeru.recoveries import outcomes, rollup
from kaeru.recoveries.models import Figure, FigureRound, Outcome
from kaeru.scenarios.models import Assignment, Scenario
from kaeru.worker import registry
from tests import builders
from tests.cast import Cast
from tests.integration.recoveries.conftest import Kotori

pytestmark = pytest.mark.usefixtures("holdout_by_itself")
CODE = "change_address"


def cancel(kotori: Kotori, source_id: str, buyer: str, code: str = CODE, **fields: Any) -> CancellationRequest:
    order = kotori.place(source_id, buyer=buyer, **fields)
    request = cancellations.request(order.id, code, actor="customer")
    registry.drain()
    return request


def tell(kotori: Kotori, row: Order, **changed: Any) -> None:
    """The shop tells a new state of the order."""
    moment = clock.now()
    record = OrderRecord(
        source_id=row.source_id, currency="JPY", total=row.total, number=row.number, placed_at=row.placed_at,
        updated_at=moment, payment_kind=row.payment_kind, **changed,
    )  # fmt: skip
    orders.mirror(kotori.shop, [record])
    registry.drain()


def backs(row: Outcome) -> tuple[bool | None, ...]:
    row.refresh_from_db()
    return row.back_7, row.back_14, row.back_30, row.back_60


def test_it_follows_each_assignment_from_the_first_cancellation(kotori: Kotori) -> None:
    cancel(kotori, "1", "a")
    row, assignment = Outcome.objects.get(), Assignment.objects.get()
    assert (row.assignment_id, row.first_at, row.pi) == (assignment.id, assignment.at, 0.5)
    assert (row.is_treated, row.reason.code if row.reason else "", row.channel) == (assignment.arm == "treated", CODE, "mail")  # fmt: skip
    assert row.lost == 3960
    kotori.later(days=3)
    kotori.place("2", buyer="a", total=5000)
    row.refresh_from_db()
    assert row.order is not None
    assert (row.order.source_id, row.matured) == ("2", 0)
    kotori.later(days=5)
    assert backs(row) == (True, None, None, None)
    kotori.later(days=60)
    assert backs(row) == (True, True, True, True)
    assert (row.value_7, row.value_60, row.due_at) == (5000, 5000, None)


def test_it_counts_who_comes_back_before_anything_was_sent(kotori: Kotori) -> None:
    """By assignment: whether the message went out or not."""
    cancel(kotori, "1", "a")
    kotori.later(minutes=5)
    kotori.place("2", buyer="a")
    kotori.later(days=8)
    assert Outcome.objects.get().back_7 is True
    assert not Message.objects.filter(purpose="advertisement").exists()


def test_it_does_not_count_a_new_order_that_is_cancelled_again(kotori: Kotori) -> None:
    cancel(kotori, "1", "a")
    kotori.later(days=2)
    again = kotori.place("2", buyer="a")
    kotori.later(days=9)
    row = Outcome.objects.get()
    assert backs(row) == (True, None, None, None)
    tell(kotori, again, cancelled_at=clock.now())
    kotori.later(days=50)
    assert backs(row) == (True, False, False, False), "what was over stays as it was"
    assert (row.value_30, row.again, row.returned_at) == (0, 1, None)


def test_it_counts_a_part_of_the_old_order_with_its_own_value(kotori: Kotori) -> None:
    cancel(kotori, "1", "a", total=12000)
    kotori.later(days=1)
    kotori.place("2", buyer="a", total=4000)
    kotori.later(days=31)
    row = Outcome.objects.get()
    assert (row.back_30, row.value_30, row.lost) == (True, 4000, 12000)


def test_it_counts_a_gift_to_another_address(kotori: Kotori) -> None:
    """The unit is the customer, not where it goes."""
    cancel(kotori, "1", "a")
    kotori.later(days=1)
    kotori.place("2", buyer="a", sales_channel="gift")
    kotori.later(days=8)
    assert Outcome.objects.get().back_7 is True


def test_it_waits_for_the_money_of_orders_that_are_paid_later(kotori: Kotori) -> None:
    cancel(kotori, "1", "a")
    kotori.later(days=2)
    order = kotori.place("2", buyer="a", payment_kind="konbini")
    kotori.later(days=6)
    row = Outcome.objects.get()
    assert backs(row) == (False, None, None, None)
    tell(kotori, order, paid_at=clock.now())
    kotori.later(days=7)
    assert backs(row) == (False, True, None, None)


def test_it_follows_one_customer_in_two_scenarios(kotori: Kotori) -> None:
    """One order makes both outcomes good; over the shop the customer counts once."""
    cancel(kotori, "1", "a")
    kotori.later(days=1)
    cancel(kotori, "2", "a", code="forgot_coupon")
    kotori.later(days=1)
    kotori.place("3", buyer="a")
    kotori.later(days=40)
    first, second = Outcome.objects.order_by("first_at")
    assert (first.back_30, second.back_30) == (True, True)
    assert first.scenario_id != second.scenario_id
    assert [row.is_first_in_shop for row in (first, second)] == [True, False]
    assert [row.is_first_of_reason for row in (first, second)] == [True, True]
    assert [row.is_first_of_channel for row in (first, second)] == [True, False]
    assert (first.again, second.again) == (1, 0)
    rollup.roll(10)
    units = dict(Figure.objects.filter(window=30).values_list("key", "units"))
    assert units["all"] == 1
    assert units[f"scenario:{first.scenario_id}"] == units[f"scenario:{second.scenario_id}"] == 1


def test_it_keeps_two_shops_apart(kotori: Kotori, cast: Cast) -> None:
    """The same mail in another shop is another customer: an order there brings nothing back here."""
    cancel(kotori, "1", "a")
    with scope.organization(cast.other_organization.id):
        Kotori(cast.other_shop).place("9", buyer="a")
    second = builders.shop(cast.organization, "hato", "鳩の店")
    Kotori(second).place("10", buyer="a")
    kotori.later(days=8)
    assert Outcome.objects.get().back_7 is False


def test_it_counts_a_guest_who_comes_back_as_a_member(kotori: Kotori) -> None:
    moment = clock.now()
    guest = OrderRecord(
        source_id="1", currency="JPY", total=3000, number="#1", placed_at=moment, updated_at=moment,
        customer=CustomerRecord("", "髙﨑 花子", "a@example.com", accepts_advertising=True),
    )  # fmt: skip
    order_id = orders.mirror(kotori.shop, [guest]).order_ids["1"]
    cancellations.request(order_id, CODE, actor="customer")
    registry.drain()
    kotori.later(days=2)
    member = kotori.place("2", buyer="a")
    row = Outcome.objects.get()
    if member.customer_id != row.customer_id:
        merge(member.customer_id or 0, row.customer_id, actor="test")
    kotori.later(days=6)
    assert backs(row) == (True, None, None, None)
    assert row.customer_id == member.customer_id


def test_it_puts_a_coupon_that_somebody_else_used_on_the_bill_of_who_got_it(kotori: Kotori) -> None:
    Scenario.objects.update(holdout="off")
    Scenario.objects.filter(reason__code=CODE).update(holdout="100")
    cancel(kotori, "1", "a")
    row = Outcome.objects.get()
    assert row.is_treated
    kotori.later(days=1, hours=2)
    coupon = Coupon.objects.get()
    kotori.place("2", buyer="b", coupon_codes=(coupon.code,), discount=300)
    kotori.later(days=8)
    assert backs(row) == (False, None, None, None)
    assert (row.value_7, row.coupons_7) == (0, 300)


def test_it_counts_what_was_bought_before_the_coupon_and_the_coupon_beside_it(kotori: Kotori) -> None:
    Scenario.objects.filter(reason__code=CODE).update(holdout="100")
    cancel(kotori, "1", "a")
    kotori.later(days=1, hours=2)
    code = Coupon.objects.get().code
    kotori.place("2", buyer="a", coupon_codes=(code,), discount=300, total=3700)
    kotori.later(days=7)
    row = Outcome.objects.get()
    assert (row.back_7, row.value_7, row.coupons_7) == (True, 4000, 300)


def test_it_says_anew_what_is_first_when_two_cards_become_one(kotori: Kotori) -> None:
    cancel(kotori, "1", "a")
    kotori.later(days=1)
    cancel(kotori, "2", "b", code="forgot_coupon")
    kotori.later(days=61)
    rollup.roll(10)
    first, second = Outcome.objects.order_by("first_at")
    assert Figure.objects.get(key="all", window=30).units == 2
    merge(first.customer_id, second.customer_id, actor="test")
    registry.drain()
    assert FigureRound.objects.get().is_stale
    rollup.roll(10)
    assert Figure.objects.get(key="all", window=30).units == 1
    assert list(Outcome.objects.order_by("first_at").values_list("is_first_in_shop", flat=True)) == [True, False]


def rows() -> list[dict[str, Any]]:
    return list(Outcome.objects.order_by("assignment_id").values(*[
        field.attname for field in Outcome._meta.fields if field.attname not in ("id", "counted")
    ]))  # fmt: skip


def figures() -> list[tuple[str, int, dict[str, Any], dict[str, Any]]]:
    return list(Figure.objects.order_by("key", "window").values_list("key", "window", "answer", "state"))


def test_it_gives_the_same_rows_and_figures_when_all_is_counted_anew(kotori: Kotori) -> None:
    """A lively month, counted as it happens and carried forward often; then everything once more from the tables."""
    for number in range(24):
        cancel(kotori, f"c{number}", f"b{number % 17}", code=(CODE, "forgot_coupon", "delivery_too_late")[number % 3])
        kotori.later(hours=17)
        if number % 4:
            kotori.place(f"r{number}", buyer=f"b{(number * 5) % 17}", payment_kind=("card", "bank")[number % 2])
        if number % 6 == 0:
            rollup.roll_shops([kotori.shop.id])
    for number, row in enumerate(Order.objects.filter(source_id__startswith="r")[:6]):
        tell(kotori, row, **({"cancelled_at": clock.now()} if number % 2 else {"paid_at": clock.now()}))
    for _ in range(6):
        kotori.later(days=9)
        rollup.roll_shops([kotori.shop.id])
    kotori.later(days=40)
    rollup.roll_shops([kotori.shop.id])
    before, said = rows(), figures()
    assert {row["matured"] for row in before} == {4}
    assert {key.partition(":")[0] for key, *_ in said} == {"all", "scenario", "reason", "channel"}
    outcomes.recount(kotori.shop.id)
    assert rows() == before
    rollup.roll_shops([kotori.shop.id])
    assert len(figures()) == len(said)
    for one, other in zip(figures(), said, strict=True):
        assert one[:2] == other[:2]
        for name in ("units", "verdict", "treated", "held", "low", "high", "uplift"):
            assert one[2][name] == pytest.approx(other[2][name]), (one[:2], name)
        assert one[2]["log_e"] == pytest.approx(other[2]["log_e"], abs=1e-9)


def test_it_counts_anew_what_was_told_too_late(kotori: Kotori) -> None:
    cancel(kotori, "1", "a")
    kotori.later(days=61)
    rollup.roll(10)
    assert Figure.objects.get(key="all", window=7).answer["units"] == 1
    moment = Outcome.objects.get().first_at + timedelta(days=2)
    kotori.place("2", buyer="a", placed_at=moment, updated_at=moment)
    row = Outcome.objects.get()
    assert backs(row) == (True, True, True, True)
    rollup.roll(10)
    told = Figure.objects.get(key="all", window=7).answer
    assert told["treated"]["back"] + told["held"]["back"] == 1
