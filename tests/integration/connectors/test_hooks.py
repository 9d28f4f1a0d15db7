"""The door for webhooks."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from kaeru.connectors import door, intake, registry
from kaeru.connectors.models import InboundDelivery
from kaeru.core import scope
from kaeru.orders.models import Order
from kaeru.tenants import actions
from kaeru.tenants.models import Shop
from kaeru.worker.registry import drain
from tests.cast import Cast
from tests.fakes import own_shop
from tests.fakes.shopify import Delivery, FakeShopify

SECRET = "shpss_kotori"


@pytest.fixture(autouse=True)
def _forget_doors() -> None:
    door.forget()


def secret_of(shop: Shop, source: str = "webhook") -> str:
    with scope.organization(shop.organization_id):
        return actions.shop_secrets(shop, source)[0]


def set_secret(shop: Shop, secret: str, source: str = "shopify") -> None:
    with scope.organization(shop.organization_id):
        actions.set_secret(shop, source, secret, actor="test")


@pytest.fixture
def shopify(cast: Cast) -> FakeShopify:
    set_secret(cast.kotori, SECRET)
    return FakeShopify(SECRET)


def post(shop: Shop, delivery: Delivery, change: dict[str, str] | None = None, *, body: bytes | None = None) -> Any:
    sent = {**delivery.headers, **(change or {})}
    return Client().post(
        f"/hooks/shopify/{shop.public_key}",
        delivery.body if body is None else body,
        content_type="application/json",
        headers=sent,
    )


def kept() -> int:
    with scope.everyone():
        return InboundDelivery.objects.count()


def orders() -> int:
    with scope.everyone():
        return Order.objects.count()


def test_it_keeps_a_signed_delivery_and_answers_200(cast: Cast, shopify: FakeShopify) -> None:
    answer = post(cast.kotori, shopify.place())
    assert (answer.status_code, kept()) == (200, 1)
    assert answer.headers["Content-Length"] == str(len(answer.content))
    drain()
    assert orders() == 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"X-Shopify-Hmac-Sha256": ""}, id="missing"),
        pytest.param({"X-Shopify-Hmac-Sha256": "AAAA"}, id="short"),
        pytest.param({"X-Shopify-Hmac-Sha256": "é" * 44}, id="not ascii"),
        pytest.param({"X-Shopify-Hmac-Sha256": "A" * 43 + "="}, id="wrong"),
        pytest.param({"X-Shopify-Topic": ""}, id="no topic"),
        pytest.param({"X-Shopify-Webhook-Id": "x" * 121}, id="long id"),
    ],
)
def test_it_refuses_and_keeps_nothing(cast: Cast, shopify: FakeShopify, change: dict[str, str]) -> None:
    answer = post(cast.kotori, shopify.place(), change)
    assert (answer.status_code, kept()) == (401, 0)


def test_it_refuses_other_bytes(cast: Cast, shopify: FakeShopify) -> None:
    delivery = shopify.place()
    for body in (delivery.body + b" ", delivery.body[:-1], delivery.body.replace(b"3960", b"3961"), b""):
        assert post(cast.kotori, delivery, body=body).status_code == 401
    assert kept() == 0


def test_it_refuses_every_changed_letter_of_the_signature(cast: Cast, shopify: FakeShopify) -> None:
    delivery = shopify.place()
    right = delivery.headers["X-Shopify-Hmac-Sha256"]
    for place in range(len(right)):
        other = "B" if right[place] == "A" else "A"
        wrong = right[:place] + other + right[place + 1 :]
        assert post(cast.kotori, delivery, {"X-Shopify-Hmac-Sha256": wrong}).status_code == 401
    assert kept() == 0


def test_it_refuses_the_signature_of_another_shop(cast: Cast, shopify: FakeShopify) -> None:
    set_secret(cast.other_shop, "shpss_chidori")
    assert post(cast.other_shop, shopify.place()).status_code == 401
    assert kept() == 0


def test_it_refuses_an_unknown_shop_in_the_same_words(cast: Cast, shopify: FakeShopify) -> None:
    delivery = shopify.place()
    unknown = Client().post(
        "/hooks/shopify/nobody", delivery.body, content_type="application/json", headers=dict(delivery.headers)
    )
    wrong = post(cast.kotori, delivery, body=b"{}")
    assert (unknown.status_code, unknown.content) == (wrong.status_code, wrong.content)


def test_it_refuses_a_shop_without_a_secret_of_this_source(cast: Cast) -> None:
    assert post(cast.kotori, FakeShopify("").place()).status_code == 401
    assert kept() == 0


def test_it_takes_the_old_secret_for_a_while_and_the_new_one_at_once(cast: Cast, shopify: FakeShopify) -> None:
    old, new = shopify.place(), FakeShopify("shpss_new").place()
    assert post(cast.kotori, new).status_code == 401
    time.sleep(door.LOOK_AGAIN_SECONDS)
    set_secret(cast.kotori, "shpss_new")
    assert post(cast.kotori, new).status_code == 200
    assert post(cast.kotori, old).status_code == 200


def test_it_refuses_a_body_that_is_too_large(cast: Cast, shopify: FakeShopify) -> None:
    big = shopify.signed("orders/create", b'{"x": "' + b"a" * 4_100_000 + b'"}')
    assert post(cast.kotori, big).status_code == 413
    assert kept() == 0


def test_it_leaves_unknown_topics_alone(cast: Cast, shopify: FakeShopify) -> None:
    assert post(cast.kotori, shopify.signed("products/update", b"{}")).status_code == 200
    assert kept() == 0


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_it_knows_post_only(cast: Cast, method: str) -> None:
    assert getattr(Client(), method)(f"/hooks/shopify/{cast.kotori.public_key}").status_code == 405


def test_it_keeps_one_of_twenty_repeats(cast: Cast, shopify: FakeShopify) -> None:
    delivery = shopify.place()
    assert {post(cast.kotori, delivery).status_code for _ in range(20)} == {200}
    assert kept() == 1
    drain()
    assert orders() == 1


def test_it_keeps_both_topics_of_one_event(cast: Cast, shopify: FakeShopify) -> None:
    delivery = shopify.place()
    same = {"X-Shopify-Webhook-Id": "", "X-Shopify-Event-Id": "event-1"}
    post(cast.kotori, delivery, same)
    post(cast.kotori, delivery, {**same, "X-Shopify-Topic": "orders/updated"})
    assert kept() == 2


@pytest.fixture
def busy_server(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveServer]:
    """A real server that lets more than the usual ten callers wait at its door."""
    monkeypatch.setattr(ThreadedWSGIServer, "request_queue_size", 128)
    server = LiveServer("127.0.0.1")
    yield server
    server.stop()


@pytest.mark.django_db(transaction=True)
def test_it_keeps_one_of_fifty_at_the_same_time(cast: Cast, shopify: FakeShopify, busy_server: LiveServer) -> None:
    delivery = shopify.place()
    start, statuses = threading.Barrier(50), []

    def send() -> None:
        start.wait()
        answer = requests.post(
            f"{busy_server.url}/hooks/shopify/{cast.kotori.public_key}",
            delivery.body,
            headers=dict(delivery.headers),
            timeout=30,
        )
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=send) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 50
    assert kept() == 1
    drain()
    assert orders() == 1


def hook(shop: Shop, body: bytes, headers: dict[str, str]) -> Any:
    return Client().post(f"/hooks/webhook/{shop.public_key}", body, content_type="application/json", headers=headers)


def test_it_takes_standard_webhooks(cast: Cast) -> None:
    body, headers = own_shop.message(secret_of(cast.kotori), "order.updated", own_shop.order())
    assert hook(cast.kotori, body, headers).status_code == 200
    assert hook(cast.kotori, body, headers).status_code == 200
    drain()
    assert (kept(), orders()) == (1, 1)


@pytest.mark.parametrize("seconds", [-310, 330])
def test_it_refuses_a_stamp_outside_of_five_minutes(cast: Cast, seconds: int) -> None:
    body, headers = own_shop.message(
        secret_of(cast.kotori), "order.updated", own_shop.order(), at=int(time.time()) + seconds
    )
    assert hook(cast.kotori, body, headers).status_code == 401
    assert kept() == 0


def test_it_refuses_another_shops_message_and_changed_headers(cast: Cast) -> None:
    body, headers = own_shop.message(secret_of(cast.kotori), "order.updated", own_shop.order())
    assert hook(cast.other_shop, body, headers).status_code == 401
    for change in (
        {"webhook-id": "msg_other"},
        {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)},
        {"webhook-timestamp": headers["webhook-timestamp"] + ".0"},
        {"webhook-signature": headers["webhook-signature"][3:]},
        {"webhook-signature": "v1," + "A" * 44},
        {"webhook-signature": ""},
        {"webhook-id": ""},
    ):
        assert hook(cast.kotori, body, {**headers, **change}).status_code == 401
    assert hook(cast.kotori, b"\xff" + body, headers).status_code == 401
    assert kept() == 0


def test_it_takes_the_right_one_of_several_signatures(cast: Cast) -> None:
    body, headers = own_shop.message(secret_of(cast.kotori), "order.updated", own_shop.order())
    headers["webhook-signature"] = "v1,AAAA v2,BBBB " + headers["webhook-signature"]
    assert hook(cast.kotori, body, headers).status_code == 200


def test_it_opens_a_seal_only_now_and_then(cast: Cast, shopify: FakeShopify, django_assert_num_queries: Any) -> None:
    connector = registry.find("shopify")
    assert connector is not None
    first, second = shopify.place(), shopify.place()
    intake.receive("shopify", cast.kotori.public_key, first.headers, first.body)
    with django_assert_num_queries(1):
        intake.receive("shopify", cast.kotori.public_key, second.headers, second.body)
