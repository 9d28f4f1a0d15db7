"""What was used for an order that is cancelled: coupons come back by the shop's rule, and the plan of the money is said."""

import pytest

from kaeru.cancellations import queries
from kaeru.cancellations.models import CancellationRequest, RequestState, Side
from kaeru.core import clock, events, scope
from kaeru.core.events import News
from kaeru.offers.models import Coupon, Redemption
from kaeru.orders.models import Order, Refund
from kaeru.worker import registry
from tests import builders
from tests.cast import Cast


def used(cast: Cast) -> tuple[Order, Coupon]:
    buyer = builders.customer(cast.kotori)
    order = builders.order(cast.kotori, buyer, source_id="A-1", payment_kind="card", cancelled_at=clock.now())
    coupon = builders.coupon(cast.kotori, buyer, redeemed_at=clock.now(), redeemed_order_ref="A-1")
    Redemption.objects.create(
        organization_id=coupon.organization_id, coupon=coupon, order=order, discount=500, redeemed_at=clock.now()
    )
    return order, coupon


def cancelled(order: Order) -> None:
    events.emit([News("order.cancelled", order.organization_id, order.id)])
    registry.drain()


@pytest.mark.parametrize(
    ("rule", "side", "is_back"),
    [
        (None, Side.SHOP, True),
        (None, Side.CUSTOMER, False),
        ("always", Side.CUSTOMER, True),
        ("never", Side.SHOP, False),
    ],
)
def test_it_lets_a_coupon_be_used_again_by_the_shops_rule(
    cast: Cast, rule: str | None, side: Side, is_back: bool
) -> None:
    with scope.organization(cast.organization.id):
        if rule:
            builders.policy(cast.kotori, {"refund": {"coupons": rule}})
        order, coupon = used(cast)
        builders.cancellation(order, builders.reason(cast.kotori), side=side)
        cancelled(order)
        coupon.refresh_from_db()
        assert CancellationRequest.objects.get().state == RequestState.CANCELLED
        assert (coupon.redeemed_at is None) == is_back
        assert Redemption.objects.exists() != is_back
        cancelled(order)


def test_it_leaves_the_coupons_of_others_alone(cast: Cast) -> None:
    with scope.organization(cast.other_organization.id):
        theirs = builders.coupon(cast.other_shop, redeemed_at=clock.now(), redeemed_order_ref="A-1")
    with scope.organization(cast.organization.id):
        builders.policy(cast.kotori, {"refund": {"coupons": "always"}})
        order, _ = used(cast)
        builders.cancellation(order, builders.reason(cast.kotori))
        cancelled(order)
    with scope.organization(cast.other_organization.id):
        theirs.refresh_from_db()
        assert theirs.redeemed_at is not None


def test_it_plans_what_is_left_of_the_money(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        builders.policy(cast.kotori, {"refund": {"form_url": "https://pay.example/f"}})
        order = builders.order(cast.kotori, builders.customer(cast.kotori), payment_kind="konbini")
        Refund.objects.create(
            organization_id=order.organization_id, shop=cast.kotori, order=order, source_id="r1", refunded_at=clock.now(),
            currency="JPY", amount=960,
        )  # fmt: skip
        wish = builders.cancellation(order, builders.reason(cast.kotori))
        plan = queries.refund_plan(wish)
        assert (plan.amount, plan.parts[0].how, plan.form_url) == (3000, "form", "https://pay.example/f")
