"""What the shop's cart and checkout ask: coupons and re-order links."""

from datetime import timedelta

import pytest

from kaeru.core import clock, links, scope
from tests import builders
from tests.cast import Cast
from tests.integration.api.client import System


@pytest.fixture
def system(cast: Cast) -> System:
    return System(cast.kotori)


def test_it_looks_at_a_coupon_without_taking_it(cast: Cast, system: System) -> None:
    builders.coupon(cast.kotori, code="ABC234", minimum=1000)
    told = system.get("/coupons/abc-234?subtotal=3000")
    assert (told["state"], told["kind"], told["value"], told["discount"]) == ("usable", "amount", 500, 500)
    assert system.get("/coupons/ABC234")["discount"] is None
    assert system.get("/coupons/ABC234?subtotal=999")["discount"] == 0


def test_it_gives_a_coupon_to_one_order(cast: Cast, system: System) -> None:
    builders.coupon(cast.kotori, code="ABC234")
    assert system.post("/coupons/ABC234/redeem", {"order_id": "A-1", "subtotal": 3000})["discount"] == 500
    assert system.post("/coupons/ABC234/redeem", {"order_id": "A-1"})["state"] == "redeemed"
    assert system.post("/coupons/ABC234/redeem", {"order_id": "A-2"}, expect=409)["error"]["code"] == "coupon_used"


def test_it_says_why_a_coupon_does_not_fit(cast: Cast, system: System) -> None:
    builders.coupon(cast.kotori, code="OLD", expires_at=clock.now() - timedelta(seconds=1))
    builders.coupon(cast.kotori, code="BIG", minimum=8000)
    assert system.get("/coupons/OLD")["state"] == "expired"
    assert system.post("/coupons/OLD/redeem", {"order_id": "A-1"}, expect=410)["error"]["code"] == "coupon_expired"
    assert (
        system.post("/coupons/BIG/redeem", {"order_id": "A-1", "subtotal": 7999}, expect=409)["error"]["code"]
        == "coupon_minimum"
    )
    assert system.call("GET", "/coupons/NONE").status_code == 404


def test_it_rebuilds_the_cart_of_a_reorder_link(cast: Cast, system: System) -> None:
    order = builders.order(cast.kotori, builders.customer(cast.kotori), source_id="A-1")
    wish = builders.cancellation(order, builders.reason(cast.kotori))
    with scope.organization(cast.organization.id):
        from kaeru.cancellations.actions import write_lines

        write_lines([wish])
        ref = links.publish("reorder", cast.organization.id, [wish.id], clock.now() + timedelta(days=1))[wish.id]
    told = system.get(f"/reorders/{ref}")
    assert (told["ref"], told["order_id"], told["coupon"]) == (ref, "A-1", None)
    assert [(item["title"], item["quantity"]) for item in told["items"]] == [("藍染めの手ぬぐい", 2)]
    assert System(cast.other_shop).call("GET", f"/reorders/{ref}").status_code == 404
    assert system.call("GET", "/reorders/wrong").status_code == 404
