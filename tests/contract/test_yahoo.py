"""Held to what is known of Yahoo! Shopping's order interface, where the contract lies beside the repository."""

from typing import Any

import pytest

from kaeru.connectors.yahoo import asking, client, words
from kaeru.connectors.yahoo.markup import Node, read, write
from kaeru.connectors.yahoo.orders import FIELDS, order_record
from tests.fakes import contracts

pytestmark = pytest.mark.skipif(
    contracts.load(contracts.YAHOO) is None,
    reason=f"THE CONTRACT IS NOT CHECKED: what is known of Yahoo! Shopping's interface is not at {contracts.YAHOO}",
)
DOCUMENT: dict[str, Any] = contracts.load(contracts.YAHOO) or {}


def paths(node: Node, path: str) -> set[str]:
    found = {path} if not node.children else set[str]()
    return found.union(*(paths(child, f"{path}/{child.name}") for child in node.children)) if node.children else found


def test_it_goes_to_the_vendors_addresses() -> None:
    assert (DOCUMENT["transport"]["production"], DOCUMENT["transport"]["test"]) == (client.ADDRESS, client.TEST_ADDRESS)
    assert client.SANDBOX in str(DOCUMENT["transport"]) or "snbx-" in contracts.YAHOO.read_text("utf-8")


@pytest.mark.parametrize("method", ["orderList", "orderInfo", "orderStatusChange"])
def test_it_calls_only_methods_that_are_there(method: str) -> None:
    assert method in DOCUMENT["methods"]
    assert "orderCancel" not in DOCUMENT["methods"]


def test_it_asks_only_for_fields_that_are_known() -> None:
    assert set(FIELDS) <= contracts.yahoo_fields()
    example = read(DOCUMENT["examples"]["list_request"].encode())
    assert set(asking.LISTED) == set(example.say("Search/Field").split(","))


def test_it_cancels_as_the_example_does() -> None:
    told = {
        "Target": {"OrderId": "teststore-10000001", "IsPointFix": True},
        "Order": {"OrderStatus": words.CANCELLED, "CancelReason": 1},
        "SellerId": "teststore",
    }
    example = read(DOCUMENT["examples"]["cancel_request"].encode())
    assert paths(read(write("Req", told)), "Req") - {"Req/Order/CancelReason"} == paths(example, "Req")
    assert paths(read(write("Req", told)), "Req") <= contracts.yahoo_request("orderStatusChange")
    assert example.say("Order/OrderStatus") == words.CANCELLED
    assert example.say("Target/IsPointFix") == "true"


def test_it_keeps_to_the_vendors_table_of_states() -> None:
    moves = DOCUMENT["methods"]["orderStatusChange"]["transitions"]
    assert {state for state, to in moves.items() if 4 in to} == words.CANCELLABLE
    assert moves[words.CANCELLED] == []
    assert set(moves) == set(DOCUMENT["status"]["OrderStatus"])


def test_it_reads_the_examples_order() -> None:
    info = next(read(DOCUMENT["examples"]["info_response"].encode()).anywhere("OrderInfo"))
    order = order_record(info)
    assert (order.source_id, order.total, order.mall_state) == ("teststore-10000001", 7500, "4-1-1")
    assert (order.placed_at.isoformat(), order.cancelled_at is not None) == ("2026-11-20T12:14:03+00:00", True)
    assert (order.cancel_reason, order.cancel_side) == (words.KNOWN_ELSEWHERE, "")
    assert [(line.title, line.quantity, line.unit_price) for line in order.lines] == [("Tシャツ", 2, 3500)]
    assert order.customer is not None
    assert order.customer.email == "buyer@example.com"


def test_it_knows_no_reason_that_the_vendor_has_not_told() -> None:
    """The table is the operator's: when the document learns the numbers, this test says so."""
    assert set(DOCUMENT["cancel_reason_codes"]["known"]) == {words.KNOWN_ELSEWHERE}
