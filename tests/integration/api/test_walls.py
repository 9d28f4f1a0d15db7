"""Whose key, which verb, inside whose walls; and never a 500 for odd input."""

import json
from typing import Any

import pytest
from django.test import Client

from kaeru.core import scope
from kaeru.tenants import actions
from tests import builders
from tests.cast import Cast
from tests.integration.api.client import System, state

ADDRESSES = [
    ("GET", "/shop"), ("GET", "/reasons"), ("PUT", "/orders/A-1"), ("POST", "/orders"), ("GET", "/orders/A-1"),
    ("POST", "/orders/A-1/cancellation"), ("POST", "/orders/A-1/cancel-link"), ("GET", "/cancellations"), ("GET", "/cancellations/1"),
    ("POST", "/refunds"), ("GET", "/coupons/X"), ("POST", "/coupons/X/redeem"), ("GET", "/reorders/X"), ("GET", "/recoveries"),
    ("GET", "/reports/summary"), ("POST", "/events"), ("GET", "/scenarios"), ("POST", "/scenarios"), ("GET", "/scenarios/1/draft"),
    ("PUT", "/scenarios/1/draft"), ("POST", "/scenarios/1/check"), ("POST", "/scenarios/1/publish"), ("POST", "/scenarios/1/switch"),
    ("GET", "/order-changes"), ("POST", "/order-changes/1/release"), ("POST", "/order-changes/1/drop"),
    ("GET", "/reports/uplift"), ("GET", "/reports/uplift/audit"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_it_asks_for_a_key(cast: Cast, method: str, path: str) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer kaeru_wrong"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer é\x00"},
    ):
        answer = Client().generic(method, f"/api/v1{path}", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "unauthorized"


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_it_asks_for_the_verb(cast: Cast, method: str, path: str) -> None:
    system = System(cast.kotori, verbs=("write",) if method == "GET" else ("read",))
    assert system.call(method, path, {}).status_code == 403


def test_it_closes_a_revoked_key_at_once(cast: Cast) -> None:
    system = System(cast.kotori)
    assert system.call("GET", "/shop").status_code == 200
    with scope.organization(cast.organization.id):
        actions.revoke_api_key(system.key.id, actor="test")
    assert system.call("GET", "/shop").status_code == 401


def test_it_shows_nothing_of_another_organization(cast: Cast) -> None:
    order = builders.order(cast.kotori, source_id="A-1")
    wish = builders.cancellation(order, builders.reason(cast.kotori))
    builders.coupon(cast.kotori, code="ABC234")
    stranger = System(cast.other_shop)
    for path in ("/orders/A-1", f"/cancellations/{wish.id}", "/coupons/ABC234"):
        assert stranger.call("GET", path).status_code == 404
    assert stranger.post("/orders/A-1/cancellation", {"reason": "change_address"}, expect=404)
    assert stranger.post("/coupons/ABC234/redeem", {"order_id": "x"}, expect=404)
    assert stranger.get("/cancellations")["cancellations"] == []


def test_it_shows_nothing_of_another_shop_of_the_same_organization(cast: Cast) -> None:
    sister = builders.shop(cast.organization, "suzume", "すずめ")
    wish = builders.cancellation(builders.order(cast.kotori, source_id="A-1"), builders.reason(cast.kotori))
    system = System(sister)
    assert system.call("GET", "/orders/A-1").status_code == 404
    assert system.call("GET", f"/cancellations/{wish.id}").status_code == 404
    assert system.get("/cancellations")["cancellations"] == []


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 50_000, b'{"a": NaN}', b'"x"', b"{}", b'{"orders": null}', b'{"orders": [{}]}',
     b'{"orders": ' + b"9" * 5000 + b"}", b'{"orders": [], "is_history": 1e999}', b'{"orders": [null]}', b'"\xed\xa0\x80"'],
)  # fmt: skip
def test_it_says_what_is_wrong_with_odd_bodies(cast: Cast, raw: bytes) -> None:
    answer = System(cast.kotori).call("POST", "/orders", raw=raw)
    assert answer.status_code in {400, 422}
    assert json.loads(answer.content)["error"]["message"]


@pytest.mark.parametrize("path", ["/orders/%00", "/orders/%ff", "/orders/" + "x" * 101, "/orders/..%2f..", "/cancellations/9" + "9" * 30,
                                  "/cancellations/%00", "/cancellations/１", "/coupons/%00", "/reorders/%00", "/a%00b"])  # fmt: skip
def test_it_survives_odd_addresses(cast: Cast, path: str) -> None:
    assert System(cast.kotori).call("GET", path).status_code in {404, 422}


def test_it_keeps_odd_names_as_they_are(cast: Cast) -> None:
    system = System(cast.kotori)
    name = "髙﨑𠮷 👩‍👩‍👧 ｶﾅ <b>{{ x }}</b>"
    told = system.put(
        "/orders/日本-1", state(number=name, customer={"email": "a@example.com", "name": name + "\x00\n"}), expect=201
    )
    assert (told["id"], told["number"]) == ("日本-1", name)
    assert system.call("PUT", "/orders/A-2", state(number="\ud800")).status_code in {201, 400, 422}


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "TRACE", "OPTIONS"])
def test_it_answers_other_methods_in_json(cast: Cast, method: str) -> None:
    answer = System(cast.kotori).call(method, "/orders/A-1")
    assert answer.status_code == 405
    assert json.loads(answer.content)["error"]["code"] == "method_not_allowed"


def test_it_answers_an_unknown_address_in_json(cast: Cast) -> None:
    answer: Any = System(cast.kotori).call("GET", "/nothing")
    assert (answer.status_code, json.loads(answer.content)["error"]["code"]) == (404, "not_found")


def test_it_refuses_a_body_that_is_too_large(cast: Cast) -> None:
    assert System(cast.kotori).call("POST", "/orders", raw=b'{"x":"' + b"a" * 5_100_000 + b'"}').status_code == 413
