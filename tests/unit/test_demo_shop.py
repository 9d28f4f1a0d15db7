"""The example shop: what a cart costs, which orders its book holds, whose calls it believes."""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import RequestFactory
from pytest_django import Settings
from standardwebhooks import Webhook

from examples.demo_shop import catalogue, hooks, kaeru_client, orders, pricing, store
from examples.demo_shop.pricing import CartLine, Coupon
from examples.demo_shop.store import Buyer
from kaeru.connectors.webhook.words import EventIn, OrderState

SECRET = "whsec_" + "a2FlcnUta2FlcnUta2FlcnUta2Flcg=="
HANAKO = Buyer("C1", "山田 花子", "hanako@example.com", "", "110-0001", "東京都台東区谷中1-1-1")


@pytest.fixture
def book(tmp_path: Path, settings: Settings) -> Path:
    settings.KAERU_HOME = tmp_path
    store.prepare()
    store.set_settings(kaeru_secret=SECRET)
    store.save_buyers([HANAKO])
    at = datetime(2026, 11, 22, 8, 50, tzinfo=UTC)
    store.save_purchases([orders.write_up("10001", HANAKO, [CartLine("MUG-1", 2)], "card", at)])
    return tmp_path


def call(body: Mapping[str, object], secret: str = SECRET) -> int:
    raw = json.dumps(body)
    at = datetime.now(UTC)
    headers = {
        "HTTP_WEBHOOK_ID": "evt_1",
        "HTTP_WEBHOOK_TIMESTAMP": str(int(at.timestamp())),
        "HTTP_WEBHOOK_SIGNATURE": Webhook(secret).sign("evt_1", at, raw),
    }
    request = RequestFactory().post("/hooks/kaeru", raw, content_type="application/json", **headers)  # type: ignore[arg-type]
    return hooks.kaeru(request).status_code


REQUESTED = {"type": "cancellation.requested", "data": {"order_id": "10001", "reason": "mistaken_order"}}


def test_every_product_has_a_picture_and_words_in_both_languages() -> None:
    pictures = Path(catalogue.__file__).parent / "static" / "demo_shop" / "pictures.svg"
    symbols = {each.get("id") for each in ElementTree.parse(pictures).getroot()}
    assert len(catalogue.PRODUCTS) == 24
    for product in catalogue.PRODUCTS:
        assert product.picture in symbols
        assert all([*product.ja, *product.en])
        assert product.price > 0


def test_it_ships_free_from_8000_yen() -> None:
    below, above = pricing.add_up([CartLine("MUG-1", 4)]), pricing.add_up([CartLine("MUG-1", 5)])
    assert (below.subtotal, below.shipping_fee, below.missing_for_free, below.total) == (7920, 550, 80, 8470)
    assert (above.shipping_fee, above.missing_for_free, above.total) == (0, 0, 9900)


def test_it_takes_off_a_coupon_that_may_be_used_and_no_other() -> None:
    lines = [CartLine("MUG-1", 1)]
    assert pricing.add_up(lines, Coupon("K1", 500)).total == 1980 + 550 - 500
    assert pricing.add_up(lines, Coupon("K1", 500, problem="used")).discount == 0
    assert pricing.add_up(lines, Coupon("K1", 99_999)).total == 0


@pytest.mark.parametrize(
    "text,expected",
    [
        ("MUG-1:2,TEN-1:1", "MUG-1:2,TEN-1:1"),
        ("MUG-1,MUG-1:1", "MUG-1:2"),
        ("NOPE:1,MUG-1:0,MUG-1:x,,:", ""),
        ("MUG-1:9999", "MUG-1:20"),
    ],
)
def test_it_reads_a_cart_from_an_address(text: str, expected: str) -> None:
    assert pricing.write_items(pricing.read_items(text)) == expected


@pytest.mark.usefixtures("book")
def test_it_tells_an_order_in_the_words_of_the_api() -> None:
    purchase = store.purchase("10001")
    assert purchase is not None
    told = OrderState.model_validate(kaeru_client.order_body(purchase, HANAKO))
    assert (told.number, told.total, told.lines[0].variant_id) == ("K-10001", 4510, "MUG-1")


@pytest.mark.usefixtures("book")
def test_it_cancels_once_when_kaeru_asks() -> None:
    assert call(REQUESTED) == 200
    first = store.purchase("10001")
    assert first is not None
    assert first.cancelled_at is not None
    assert first.cancel_reason == "mistaken_order"
    assert call(REQUESTED) == 200
    assert store.purchase("10001") == first


@pytest.mark.usefixtures("book")
def test_it_believes_nobody_else() -> None:
    assert call(REQUESTED, "whsec_" + "b3RoZXItb3RoZXItb3RoZXItb3RoZXI=") == 401
    purchase = store.purchase("10001")
    assert purchase is not None
    assert purchase.cancelled_at is None


@pytest.mark.usefixtures("book")
def test_it_does_not_cancel_what_has_left() -> None:
    assert orders.ship("10001") == "shipped"
    assert orders.cancel("10001", reason="x") == "shipped"
    assert orders.ship("10001") == "unchanged"


@pytest.mark.usefixtures("book")
def test_it_gives_each_order_a_number_of_its_own() -> None:
    assert [store.next_number() for _ in range(3)] == ["10002", "10003", "10004"]


@pytest.mark.usefixtures("book")
def test_it_tells_of_a_delay_in_the_words_of_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str, Mapping[str, object], str]] = []

    def heard(
        method: str, path: str, body: Mapping[str, object], headers: Mapping[str, str]
    ) -> tuple[int, dict[str, object]]:
        told.append((method, path, body, headers["Idempotency-Key"]))
        return 202, {}

    monkeypatch.setattr(kaeru_client, "catch_up", lambda: None)
    monkeypatch.setattr(kaeru_client, "_call", heard)
    assert orders.tell_delay("10001") == orders.tell_delay("10001") == "told"
    [(method, path, body, key), (_, _, _, again)] = told
    assert (method, path, key) == ("POST", "/events", again)
    assert EventIn.model_validate(body).name == "order.delayed"
    assert orders.tell_delay("1") == "unknown"


@pytest.mark.usefixtures("book")
def test_it_tells_of_no_delay_when_the_parcel_has_left_or_kaeru_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kaeru_client, "catch_up", lambda: None)

    def away(*said: object, **more: object) -> None:
        raise kaeru_client.Unreachable("away")

    monkeypatch.setattr(kaeru_client, "_call", away)
    assert orders.tell_delay("10001") == "untold"
    orders.ship("10001")
    assert orders.tell_delay("10001") == "sent"
