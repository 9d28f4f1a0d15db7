"""Held to what is known of RMS, where the contract lies beside the repository: the connector and its fake by the same document."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.connectors.errors import Unreadable
from kaeru.connectors.rakuten import client, searching, words
from kaeru.connectors.rakuten.keys import LIVES
from kaeru.connectors.rakuten.orders import order_record
from kaeru.connectors.rakuten.packages import with_quantities
from tests.fakes import contracts, rms

pytestmark = pytest.mark.skipif(
    contracts.load(contracts.RAKUTEN) is None,
    reason=f"THE CONTRACT IS NOT CHECKED: what is known of Rakuten's interface is not at {contracts.RAKUTEN}",
)
DOCUMENT: dict[str, Any] = contracts.load(contracts.RAKUTEN) or {"paths": {}, "x-status": {}}


def path(call: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][f"/es/2.0/order/{call}/"]["post"]
    return found


def example(call: str, name: str) -> dict[str, Any]:
    content = path(call)["responses"]["200"]["content"]["application/json"]
    found: dict[str, Any] = content["examples"][name]["value"]
    return found


@pytest.mark.parametrize("call", rms.FUNCTIONS)
def test_it_calls_nothing_that_is_not_there(call: str) -> None:
    assert client.ADDRESS.format(name=call).endswith(f"/es/2.0/order/{call}/")
    assert client.ADDRESS.startswith(DOCUMENT["servers"][0]["url"])
    assert path(call)["security"] == [{"ESA": []}]


def test_it_keeps_to_the_states_that_each_call_allows() -> None:
    allowed = {call: set(path(call).get("x-allowed-orderProgress", [])) for call in rms.FUNCTIONS}
    assert allowed["cancelOrder"] == allowed["updateOrderSender"] == words.EDITABLE
    assert allowed["cancelOrderAfterShipping"] == words.RETURNABLE
    assert set(DOCUMENT["x-status"]) == {*words.OPEN, *words.SENT, words.ASKED, words.CANCELLED}


def test_it_knows_the_reasons_by_their_side() -> None:
    told = DOCUMENT["x-cancel-reasons"]
    assert (told["customer"], told["shop"]) == (words.CUSTOMER_REASONS, words.SHOP_REASONS)
    numbers = path("cancelOrder")["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert set(numbers["changeReasonDetailApply"]["enum"]) == {*words.CUSTOMER_REASONS, *words.SHOP_REASONS}


def test_it_keeps_to_the_limits() -> None:
    asked = path("searchOrder")["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert asked["PaginationRequestModel"]["properties"]["requestRecordsAmount"]["maximum"] == searching.PAGE
    limits = DOCUMENT["x-limits"]
    assert str(LIVES.days) in limits["licenseKey"]
    assert f"{searching.LONGEST_SPAN.days} day span" in limits["searchOrder"]
    assert f"{searching.FARTHEST.days} days back" in limits["searchOrder"]
    assert f"{searching.REACHES:,} per condition" in limits["searchOrder"]
    versions = path("getOrder")["requestBody"]["content"]["application/json"]["schema"]["properties"]["version"]["enum"]
    assert client.VERSION in versions


def test_it_reads_the_documents_own_order() -> None:
    told = example("getOrder", "cancel_applied")["OrderModelList"][0]
    order = order_record(told)
    assert (order.source_id, order.total, order.mall_state) == ("123456-20261120-0000000001", 7500, "800")
    assert order.cancel_asked_at is not None
    assert (order.cancel_asked_at.isoformat(), order.cancelled_at) == ("2026-11-20T13:01:00+00:00", None)
    assert [(line.source_id, line.quantity, line.unit_price) for line in order.lines] == [("1:1", 2, 3500)]


def test_it_takes_the_documents_own_empty_answer_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from kaeru.connectors.base import Access
    from kaeru.core import clock

    monkeypatch.setattr(client, "ask", lambda *_told: example("searchOrder", "none"))
    now = clock.now()
    assert searching.Asking(Access(1, "", ("x",))).numbers(now - searching.LONGEST_SPAN, now) == []


def _values(schema: Any) -> st.SearchStrategy[Any]:
    """What the document allows, and null wherever it may be."""
    kinds = schema.get("type", "object")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if kind == "object":
        needed = set(schema.get("required", ()))
        properties = {name: _values(one) for name, one in schema.get("properties", {}).items()}
        sure = {name: one for name, one in properties.items() if name in needed}
        return st.fixed_dictionaries(
            sure, optional={name: one for name, one in properties.items() if name not in needed}
        )
    if kind == "array":
        return st.lists(_values(schema["items"]), max_size=2)
    told = st.integers(-9999, 10**6) if kind == "integer" else st.text(max_size=12)
    return st.none() | told if isinstance(kinds, list) else told


@given(st.data())
def test_it_reads_every_order_that_the_document_allows_or_says_why_not(data: st.DataObject) -> None:
    schema = contracts.rakuten("getOrder", "200")["properties"]["OrderModelList"]["items"]
    told = data.draw(_values(schema))
    told |= {"orderNumber": "1-20261120-1", "orderDatetime": "2026-11-20T21:14:03+0900"}
    try:
        order = order_record(told)
    except Unreadable:
        return
    assert order.updated_at >= order.placed_at
    assert order.cancel_side in {"", "customer", "shop"}
    assert (order.cancelled_at is not None) == (told["orderProgress"] == words.CANCELLED)


def test_it_sends_back_packages_that_the_document_takes() -> None:
    shop = rms.Rms()
    order = shop.orders[shop.place(("湯のみ", 3, 2200))]
    told = with_quantities(order, {"1:1": 1})
    assert not isinstance(told, str)
    contracts.fits(
        "updateOrderSender",
        "request",
        {"orderNumber": order["orderNumber"], "PackageModelList": told[0], "reductionReason": 1},
    )
