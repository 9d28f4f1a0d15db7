"""The cancel page: one reason, the shop's answer, cancel or keep."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from kaeru.cancellations.models import Reason, RequestState
from kaeru.core import clock, scope
from kaeru.customers.models import Consent
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop
from tests import builders
from tests.integration.storefront.conftest import Parcel, everything

Post = Callable[..., int]


def changed(parcel: Parcel, **fields: object) -> None:
    with scope.organization(parcel.order.organization_id):
        Order.objects.filter(id=parcel.order.id).update(**fields)


def test_it_shows_the_order_with_masked_personal_data(shopper: Client, parcel: Parcel) -> None:
    text = shopper.get(parcel.link()).content.decode()
    assert parcel.order.number in text
    assert "藍染めの手ぬぐい" in text
    assert "3,960円" in text
    assert "山＊＊" in text
    assert "h***@example.com" in text
    assert "山田" not in text
    assert "hanako" not in text


def test_it_offers_the_shops_reasons_in_the_shops_order_and_no_retired_one(shopper: Client, parcel: Parcel) -> None:
    with scope.organization(parcel.order.organization_id):
        Reason.objects.filter(code="forgot_coupon").update(position=0)
        Reason.objects.filter(code="mistaken_order").update(position=9)
    text = shopper.get(parcel.link()).content.decode()
    assert text.index("クーポンの利用を忘れた") < text.index("配送先を変更したい") < text.index("間違えて注文した")
    assert "気が変わった" not in text
    assert text.count('type="radio"') == 6


def test_it_speaks_english_when_asked_and_the_buyers_language_otherwise(shopper: Client, parcel: Parcel) -> None:
    link = parcel.link()
    assert "ご注文のキャンセル" in shopper.get(link).content.decode()
    answer = Client().get(link + "?lang=en")
    assert "Cancelling your order" in answer.content.decode()
    assert answer.headers["Content-Language"] == "en"
    with scope.organization(parcel.order.organization_id):
        parcel.buyer.language = "en"
        parcel.buyer.save()
    assert "Cancelling your order" in Client().get(link).content.decode()
    assert "ご注文のキャンセル" in Client().get(link + "?lang=ja").content.decode()


def test_it_carries_the_shops_name_and_colour_and_not_ours(shopper: Client, parcel: Parcel) -> None:
    text = shopper.get(parcel.link()).content.decode()
    assert "小鳥雑貨店" in text
    assert f"/brand/{parcel.order.shop.public_key}.css" in text
    assert "frog" not in text
    assert "<script" not in text


def test_it_is_neither_kept_nor_indexed_nor_told_to_others(shopper: Client, parcel: Parcel) -> None:
    headers = shopper.get(parcel.link()).headers
    assert headers["Cache-Control"] == "no-store"
    assert "noindex" in headers["X-Robots-Tag"]
    assert headers["Referrer-Policy"] == "same-origin"
    assert "default-src 'self'" in headers["Content-Security-Policy"]


def test_it_changes_nothing_by_a_get(shopper: Client, parcel: Parcel, post: Post) -> None:
    link = parcel.link()
    before = everything()
    for address in (link, link + "?again=1", link + "?do=cancel&reason=change_address"):
        shopper.get(address)
        shopper.head(address)
    assert everything() == before
    post(link, do="reason", reason="change_address")
    before = everything()
    shopper.get(link + "?do=cancel")
    assert everything() == before


def test_it_answers_the_reason_at_once_with_both_ways_out(shopper: Client, parcel: Parcel, post: Post) -> None:
    link = parcel.link()
    assert post(link, do="reason", reason="change_address") == 303
    text = shopper.get(link).content.decode()
    assert "配送先の変更は" in text
    assert 'value="cancel"' in text
    assert 'value="keep"' in text
    assert parcel.given() == ("considering", "change_address")


def test_it_lets_the_buyer_choose_another_reason_before_deciding(shopper: Client, parcel: Parcel, post: Post) -> None:
    link = parcel.link()
    post(link, do="reason", reason="change_address")
    assert 'value="change_address" checked' in shopper.get(link + "?again=1").content.decode()
    post(link, do="reason", reason="mistaken_order")
    assert parcel.given() == ("considering", "mistaken_order")


@pytest.mark.parametrize(
    "fields", [{}, {"do": "reason"}, {"do": "reason", "reason": "no_such"}, {"do": "cancel"}, {"do": "x"}]
)
def test_it_changes_nothing_without_exactly_one_known_reason(
    parcel: Parcel, post: Post, fields: dict[str, str]
) -> None:
    before = everything()
    assert post(parcel.link(), **fields) == 422
    after = everything()
    assert {**after, "Link": []} == {**before, "Link": []}


def test_it_cancels_once_however_often_it_is_sent(shopper: Client, parcel: Parcel, post: Post) -> None:
    link = parcel.link()
    post(link, do="reason", reason="mistaken_order")
    assert post(link, do="cancel") == 303
    request = parcel.request()
    assert request is not None
    assert request.state == RequestState.REQUESTED
    before = everything()
    for _ in range(3):
        assert post(link, do="cancel") == 303
        assert post(link, do="keep") == 303
        assert post(link, do="reason", reason="forgot_coupon") == 303
    assert everything() == before
    text = shopper.get(link).content.decode()
    assert "キャンセルを承りました" in text
    assert 'href="/r/' in text


def test_it_keeps_the_order_and_the_way_back_open(shopper: Client, parcel: Parcel, post: Post) -> None:
    link = parcel.link()
    post(link, do="reason", reason="mistaken_order")
    post(link, do="keep")
    before = everything()
    post(link, do="keep")
    assert everything() == before
    assert "ご注文はそのままです" in shopper.get(link).content.decode()
    assert 'type="radio"' in shopper.get(link + "?again=1").content.decode()
    post(link, do="reason", reason="mistaken_order")
    post(link, do="cancel")
    request = parcel.request()
    assert request is not None
    assert request.state == RequestState.REQUESTED


def test_it_does_not_urge_who_changed_their_mind_to_order_again(shopper: Client, parcel: Parcel, post: Post) -> None:
    with scope.organization(parcel.order.organization_id):
        Reason.objects.filter(code="changed_mind").update(is_active=True)
    link = parcel.link()
    post(link, do="reason", reason="changed_mind")
    post(link, do="cancel")
    assert 'href="/r/' not in shopper.get(link).content.decode()


def test_it_takes_consent_to_advertising_only_from_a_ticked_box(shopper: Client, parcel: Parcel, post: Post) -> None:
    link = parcel.link()
    post(link, do="reason", reason="mistaken_order")
    text = shopper.get(link).content.decode()
    assert 'name="offers"' in text
    assert "checked" not in text
    assert "広告メール" in text
    post(link, do="cancel", offers="yes")
    with scope.organization(parcel.order.organization_id):
        consent = Consent.objects.get(customer=parcel.buyer)
    assert (consent.source, consent.basis, consent.withdrawn_at) == ("cancel_page", "opt_in", None)


def test_it_takes_no_consent_without_the_tick(parcel: Parcel, post: Post) -> None:
    link = parcel.link()
    post(link, do="reason", reason="mistaken_order")
    post(link, do="cancel")
    with scope.organization(parcel.order.organization_id):
        assert not Consent.objects.exists()


def test_it_does_not_ask_for_consent_twice(shopper: Client, parcel: Parcel, post: Post) -> None:
    buyer = builders.customer(parcel.order.shop, email="again@example.com", consents=True)
    changed(parcel, customer=buyer)
    link = parcel.link()
    post(link, do="reason", reason="mistaken_order")
    assert 'name="offers"' not in shopper.get(link).content.decode()


def test_it_says_politely_that_a_shipped_order_cannot_be_cancelled(shopper: Client, parcel: Parcel, post: Post) -> None:
    link = parcel.link()
    post(link, do="reason", reason="mistaken_order")
    changed(parcel, shipped_at=clock.now())
    before = everything()
    assert post(link, do="cancel") == 303
    assert post(link, do="reason", reason="forgot_coupon") == 303
    assert everything() == before
    text = shopper.get(link).content.decode()
    assert "発送済み" in text
    assert "support@kotori.example" in text
    assert 'value="cancel"' not in text


def test_it_asks_for_the_reason_of_an_order_the_shop_cancelled(shopper: Client, parcel: Parcel, post: Post) -> None:
    changed(parcel, cancelled_at=clock.now())
    builders.cancellation(parcel.order, state=RequestState.CANCELLED, origin="shop")
    link = parcel.link()
    text = shopper.get(link).content.decode()
    assert "キャンセル済みのご注文" in text
    assert 'type="radio"' in text
    assert post(link, do="reason", reason="delivery_too_late") == 303
    assert parcel.given() == ("cancelled", "delivery_too_late")
    assert 'type="radio"' not in shopper.get(link).content.decode()


def test_it_shows_one_and_the_same_page_for_wrong_expired_and_foreign_links(shopper: Client, parcel: Parcel) -> None:
    expired = parcel.link(days=-1)
    other_purpose = parcel.link("reorder", subject_id=parcel.order.id).replace("/r/", "/c/")
    answers = [shopper.get(address) for address in (expired, other_purpose, "/c/" + "x" * 32)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert "このリンクは開けません" in answers[0].content.decode()
    assert shopper.post(expired, {"do": "cancel"}).status_code in {403, 404}


def test_it_takes_a_wish_to_cancel_also_while_the_shop_is_paused(shopper: Client, parcel: Parcel, post: Post) -> None:
    """A pause stops what Kaeru sends, not what a buyer wants."""
    link = parcel.link()
    with scope.organization(parcel.order.organization_id):
        Shop.objects.filter(id=parcel.order.shop_id).update(is_paused=True)
    assert post(link, do="reason", reason="mistaken_order") == 303
    assert post(link, do="cancel") == 303
    wish = parcel.request()
    assert wish is not None
    assert wish.state == "requested"


def test_it_refuses_a_form_from_elsewhere(shopper: Client, parcel: Parcel) -> None:
    before = everything()
    link = parcel.link()
    assert shopper.post(link, {"do": "reason", "reason": "mistaken_order"}).status_code == 403
    assert {**everything(), "Link": []} == {**before, "Link": []}


def test_it_closes_with_the_links_own_day(shopper: Client, parcel: Parcel) -> None:
    link = parcel.link(days=1)
    assert shopper.get(link).status_code == 200
    clock.skip_to(clock.now() + timedelta(days=1, minutes=1))
    assert shopper.get(link).status_code == 404


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", "{{ shop.name }}", "𠮷野家の器 🐸"])
def test_it_shows_what_was_ordered_as_text(shopper: Client, parcel: Parcel, title: str) -> None:
    with scope.organization(parcel.order.organization_id):
        parcel.order.lines.update(title=title)
    text = shopper.get(parcel.link()).content.decode()
    assert "<script>alert" not in text
    assert title.replace("<", "&lt;").replace(">", "&gt;") in text
