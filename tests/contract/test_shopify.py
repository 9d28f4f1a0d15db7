"""Held to Shopify's own samples and schemas, where the contracts lie beside the repository."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from graphql import NoDeprecatedCustomRule, parse, specified_rules, validate

from kaeru.connectors.shopify import client, documents
from kaeru.connectors.shopify.connector import ORDERS, PRIVACY, Shopify
from tests.fakes import shopify_graphql
from tests.fakes.shopify import Delivery, FakeShopify

CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "shopify" / "webhooks"
pytestmark = pytest.mark.skipif(
    not CONTRACTS.is_dir(), reason=f"THE CONTRACT IS NOT CHECKED: Shopify's samples and schemas are not at {CONTRACTS}"
)
TOPICS = sorted(Shopify.topics)


def load(folder: str, topic: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CONTRACTS / folder / f"{topic.replace('/', '__')}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("topic", TOPICS)
def test_it_reads_shopifys_own_sample(topic: str) -> None:
    sample = load("samples", topic)
    told = Shopify().read(topic, json.dumps(sample).encode())
    if topic in ORDERS:
        (order,) = told.orders
        # Shopify's example of a new order is a cancelled one, and its numbers went through JavaScript.
        assert order.source_id == "820982911946154508"
        assert order.lines[0].source_id == "487817672276298554"
        assert (order.total, order.subtotal, order.shipping_fee, order.discount, order.currency) == (
            40495,
            40495,
            1000,
            2000,
            "USD",
        )
        assert (order.cancel_reason, order.cancel_side) == ("customer", "customer")
        assert order.customer is not None
        assert (order.customer.source_id, order.customer.email) == ("115310627314723954", "jon@example.com")
    elif topic == "refunds/create":
        (refund,) = told.refunds
        assert (refund.source_id, refund.amount, len(refund.lines)) == ("890088186047892319", 8500, 5)
        assert refund.lines[0].line_source_id == "487817672276298554"
    elif topic == "fulfillments/create":
        (parcel,) = told.shipments
        assert (parcel.carrier, parcel.tracking_number) == ("UPS", "1z827wk74630")
    elif topic in PRIVACY:
        assert told.asks == topic
    else:
        assert (told.is_changed, told.is_removed, told.is_regranted) == tuple(
            topic == one for one in ("orders/edited", "app/uninstalled", "app/scopes_update")
        )


def _deliveries() -> list[Delivery]:
    shop = FakeShopify("secret")
    first, second = (
        shop.place(),
        shop.place(lines=[("風呂敷", 1, 4400), ("手ぬぐい", 3, 1980)], codes=("A",), reorder_ref="r"),
    )
    number = second.payload["id"]
    return [
        first,
        second,
        shop.update(number, note="x"),
        shop.refund(number, line=1, quantity=2),
        shop.fulfil(number),
        shop.cancel(first.payload["id"]),
        shop.redact(1),
    ]


@pytest.mark.parametrize("delivery", _deliveries(), ids=lambda delivery: delivery.topic)
def test_it_is_played_by_a_fake_that_speaks_shopifys_shape(delivery: Delivery) -> None:
    jsonschema.Draft202012Validator(load("schemas", delivery.topic)).validate(delivery.payload)
    told = Shopify().read(delivery.topic, delivery.body)
    assert told.orders or told.refunds or told.shipments or told.asks


@pytest.mark.parametrize("topic", sorted(ORDERS))
def test_it_reads_every_order_that_the_schema_allows_to_be_poorer(topic: str) -> None:
    """Each field that may be null, null: the order is still read, or refused with a reason; nothing else is raised."""
    sample = load("samples", topic)
    for field, rule in load("schemas", topic)["properties"].items():
        if "null" in (rule.get("type") or []):
            poorer = copy.deepcopy(sample) | {field: None}
            assert Shopify().read(topic, json.dumps(poorer).encode()).orders


@pytest.mark.parametrize("version", [client.OLDEST_VERSION, client.VERSION])
@pytest.mark.parametrize("name", documents.names())
def test_it_asks_nothing_that_shopifys_schema_does_not_know(name: str, version: str) -> None:
    """Nor anything that is on its way out."""
    rules = [*specified_rules, NoDeprecatedCustomRule]
    assert validate(shopify_graphql.schema(version), parse(documents.text(name)), rules) == []


def test_it_has_one_operation_in_each_document() -> None:
    for name in documents.names():
        assert shopify_graphql.operation_name(documents.text(name)).lower() == name.replace("_", "")


def test_it_gives_refunds_the_key_without_which_shopify_refuses_them() -> None:
    described = shopify_graphql.schema(client.VERSION).mutation_type
    assert described is not None
    needing = {
        name for name, one in described.fields.items() if "idempotency key is required" in (one.description or "")
    }
    for name in documents.names():
        text = documents.text(name)
        if any(f" {verb}(" in text for verb in needing):
            assert "@idempotent(key: $key)" in text
    assert "refundCreate" in needing
