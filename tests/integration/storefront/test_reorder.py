"""The re-order page: what to mind, the items, the coupon, one button into the cart."""

from datetime import timedelta

import pytest
from django.test import Client

from kaeru.cancellations.models import CancellationRequest, Reason, RequestState
from kaeru.core import clock, scope
from kaeru.offers.models import Coupon
from kaeru.recoveries.models import Recovery
from tests import builders
from tests.integration.storefront.conftest import Parcel, everything


@pytest.fixture
def wish(parcel: Parcel) -> CancellationRequest:
    """Hanako cancelled because of the address; the scenario is on its way."""
    with scope.organization(parcel.order.organization_id):
        why = Reason.objects.get(code="change_address")
    return builders.cancellation(parcel.order, why, state=RequestState.CANCELLED)


def coupon_of(parcel: Parcel, wish: CancellationRequest, **fields: object) -> Coupon:
    assert wish.reason is not None
    _, revision = builders.scenario(wish.reason, builders.template(parcel.order.shop))
    enrolled = builders.enrollment(revision, wish)
    return builders.coupon(parcel.order.shop, parcel.buyer, enrollment_id=enrolled.id, **fields)


def test_it_leads_into_the_shops_cart_with_items_and_reference(
    shopper: Client, parcel: Parcel, wish: CancellationRequest
) -> None:
    link = parcel.link("reorder", wish.id)
    text = shopper.get(link).content.decode()
    token = link.rsplit("/", 1)[1]
    assert f'href="https://kotori.example/cart?items=v0:2&amp;coupon=&amp;ref={token}"' in text
    assert "別の住所に届ける" in text
    assert len(token) <= 40


def test_it_brings_the_coupon_along_while_it_can_be_used(
    shopper: Client, parcel: Parcel, wish: CancellationRequest
) -> None:
    coupon = coupon_of(parcel, wish, code="KOTORI500")
    link = parcel.link("reorder", wish.id)
    text = shopper.get(link).content.decode()
    assert "coupon=KOTORI500&amp;" in text
    assert "500円引き" in text
    for gone in ({"redeemed_at": clock.now()}, {"redeemed_at": None, "expires_at": clock.now() - timedelta(days=1)}):
        with scope.organization(parcel.order.organization_id):
            Coupon.objects.filter(id=coupon.id).update(**gone)
        assert "KOTORI500" not in shopper.get(link).content.decode()


def test_it_changes_nothing(shopper: Client, parcel: Parcel, wish: CancellationRequest) -> None:
    link = parcel.link("reorder", wish.id)
    before = everything()
    shopper.get(link)
    shopper.head(link)
    assert shopper.post(link).status_code in {403, 405}
    assert everything() == before


def test_it_speaks_english(shopper: Client, parcel: Parcel, wish: CancellationRequest) -> None:
    text = shopper.get(parcel.link("reorder", wish.id) + "?lang=en").content.decode()
    assert "Put everything into the cart" in text
    assert "Deliver to another address" in text


def test_it_thanks_who_has_ordered_again(shopper: Client, parcel: Parcel, wish: CancellationRequest) -> None:
    again = builders.order(parcel.order.shop, parcel.buyer)
    with scope.organization(parcel.order.organization_id):
        Recovery.objects.create(
            organization_id=wish.organization_id, shop=wish.shop, cancellation=wish, order=again, how="link",
            amount=again.total, currency=again.currency, recovered_at=again.placed_at,
        )  # fmt: skip
    text = shopper.get(parcel.link("reorder", wish.id)).content.decode()
    assert "新しいご注文を承りました" in text
    assert "cart?" not in text


@pytest.mark.parametrize("state", [RequestState.KEPT, RequestState.RESTORED])
def test_it_does_not_sell_a_second_one_of_an_order_that_stands(
    shopper: Client, parcel: Parcel, wish: CancellationRequest, state: RequestState
) -> None:
    with scope.organization(parcel.order.organization_id):
        CancellationRequest.objects.filter(id=wish.id).update(state=state)
    text = shopper.get(parcel.link("reorder", wish.id)).content.decode()
    assert "キャンセルされていません" in text
    assert "cart?" not in text


def test_it_is_closed_when_wrong_or_expired(shopper: Client, parcel: Parcel, wish: CancellationRequest) -> None:
    assert shopper.get(parcel.link("reorder", wish.id, days=-1)).status_code == 404
    assert shopper.get("/r/" + "y" * 32).status_code == 404
    assert shopper.get(parcel.link("cancel").replace("/c/", "/r/")).status_code == 404
