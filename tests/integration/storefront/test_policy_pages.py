"""What the buyer sees of the shop's policy: a yes, a no with its ground, a wait; and how the money comes back."""

from collections.abc import Callable

import pytest
from django.test import Client

from kaeru.cancellations import actions
from kaeru.cancellations.models import RequestState
from kaeru.core import scope
from kaeru.orders.models import Order
from tests import builders
from tests.integration.storefront.conftest import Parcel

Post = Callable[..., int]


def rule(result: str, ground: str = "", **more: object) -> dict[str, object]:
    return {"rules": [{"id": "only", "name": "", "when": None, "result": result, "ground": ground}], **more}


def cancel(parcel: Parcel, post: Post) -> str:
    """Choose a reason and press cancel; returns the link."""
    link = parcel.link()
    assert post(link, do="reason", reason="change_address") == 303
    assert post(link, do="cancel") == 303
    return link


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("card", "カード会社を通じて返金します"),
        ("konbini", "決済会社を通じて返金します"),
        ("cod", "返金のお手続きはありません"),
        ("wallet", "お支払いに使われたサービスへ返金します"),
        ("", "お支払いいただいた方法で返金します"),
    ],
)
def test_it_says_how_the_money_comes_back(shopper: Client, parcel: Parcel, post: Post, kind: str, words: str) -> None:
    with scope.organization(parcel.order.organization_id):
        Order.objects.filter(id=parcel.order.id).update(payment_kind=kind)
    builders.policy(parcel.order.shop, rule("accept", refund={"form_url": "https://pay.example/form"}))
    text = shopper.get(cancel(parcel, post)).content.decode()
    assert words in text
    assert ("https://pay.example/form" in text) == (kind == "konbini")
    assert "口座番号" not in text


def test_it_says_no_on_the_shops_ground_and_still_offers_what_can_be_changed(
    shopper: Client, parcel: Parcel, post: Post
) -> None:
    words = {"ja": "ひとつずつお作りしています。", "en": "Made by hand."}
    builders.policy(parcel.order.shop, rule("refuse", "made_to_order", grounds={"made_to_order": words}))
    link = cancel(parcel, post)
    assert parcel.given() == ("declined", "change_address")
    assert "ひとつずつお作りしています。" in shopper.get(link).content.decode()
    assert "Made by hand." in shopper.get(link + "?lang=en").content.decode()
    assert 'type="radio"' in shopper.get(link + "?again=1").content.decode()


def test_it_waits_for_the_shop_and_then_says_what_it_decided(shopper: Client, parcel: Parcel, post: Post) -> None:
    builders.policy(parcel.order.shop, rule("ask"))
    link = cancel(parcel, post)
    assert parcel.given()[0] == "asked"
    assert shopper.get(link).status_code == 200
    assert post(link, do="cancel") == 303
    assert post(link, do="reason", reason="change_payment") == 303
    assert parcel.given() == ("asked", "change_address"), "nothing changes while the shop decides"
    wish = parcel.request()
    assert wish is not None
    with scope.organization(parcel.order.organization_id):
        actions.approve(wish.id, actor="member:1")
    assert parcel.given()[0] == RequestState.REQUESTED
    assert "再注文" in shopper.get(link).content.decode() or "/r/" in shopper.get(link).content.decode()


def test_it_lets_the_buyer_keep_the_order_while_the_shop_decides(shopper: Client, parcel: Parcel, post: Post) -> None:
    builders.policy(parcel.order.shop, rule("ask"))
    link = cancel(parcel, post)
    assert post(link, do="keep") == 303
    assert parcel.given()[0] == "kept"
