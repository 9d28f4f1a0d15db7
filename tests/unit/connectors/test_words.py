"""Kaeru's own JSON becomes Kaeru's records."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from kaeru.connectors.base import Told
from kaeru.connectors.errors import SignatureRefused, Unreadable
from kaeru.connectors.webhook import signature
from kaeru.connectors.webhook.connector import UNREADABLE, Webhook
from tests.fakes import own_shop

TOLD_AT = "2026-11-22T08:50:00+09:00"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def read(topic: str, data: Any, timestamp: Any = TOLD_AT) -> Told:
    return Webhook().read(topic, json.dumps({"type": topic, "timestamp": timestamp, "data": data}).encode())


def test_it_reads_an_order() -> None:
    data = own_shop.order(
        "7", cancelled_at=TOLD_AT, cancel_reason="x", cancel_side="customer", tracking={"number": "1"}, reorder_ref="r"
    )
    (record,) = read("order.updated", data).orders
    assert (record.source_id, record.total, record.cancel_side, record.tracking) == ("7", 3960, "customer", ("", "1"))
    assert record.cancelled_at == datetime(2026, 11, 21, 23, 50, tzinfo=UTC)
    assert record.customer is not None
    assert record.customer.name == "髙﨑 𠮷子"


def test_it_takes_the_messages_time_when_the_order_has_none() -> None:
    data = own_shop.order("7")
    del data["updated_at"]
    (record,) = read("order.updated", data).orders
    assert record.updated_at == datetime(2026, 11, 21, 23, 50, tzinfo=UTC)


def test_it_reads_a_cancellation_and_a_refund() -> None:
    (cancelled,) = read("order.cancelled", {"id": "7", "reason": "changed_mind", "side": "customer"}).cancelled
    assert (cancelled.order_source_id, cancelled.side) == ("7", "customer")
    data = {
        "id": "r1",
        "order_id": "7",
        "refunded_at": TOLD_AT,
        "amount": 500,
        "lines": [{"line_id": "l1", "quantity": 1, "amount": 500}],
    }
    (refund,) = read("refund.created", data).refunds
    assert (refund.order_source_id, refund.amount, refund.lines[0].line_source_id) == ("7", 500, "l1")


@pytest.mark.parametrize(
    "change",
    [
        {"total": "1980"}, {"total": 19.8}, {"total": True}, {"total": -1}, {"total": 10**16}, {"placed_at": 1700000000},
        {"placed_at": "2026-11-22T08:50:00"}, {"placed_at": "1700000000"}, {"placed_at": "9999-12-31T23:59:59+00:00"}, {"currency": "yen"},
        {"id": ""}, {"id": "  "}, {"id": 7}, {"canceled_at": TOLD_AT}, {"lines": "many"}, {"cancel_side": "nobody"}, {"customer": []},
    ],
)  # fmt: skip
def test_it_refuses_and_names_the_field(change: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match=next(iter(change))):
        read("order.updated", own_shop.order("7") | change)


@pytest.mark.parametrize("timestamp", [None, "", 12, "now"])
def test_it_needs_a_time(timestamp: Any) -> None:
    with pytest.raises(Unreadable, match="timestamp"):
        read("order.updated", own_shop.order(), timestamp)


def test_it_keeps_a_signed_message_that_it_cannot_read_for_a_person() -> None:
    body = b"not json"
    assert Webhook().open(own_shop.headers(SECRET, body), body, [SECRET]).topic == UNREADABLE
    with pytest.raises(Unreadable):
        Webhook().read(UNREADABLE, body)


def test_it_signs_as_the_specification_says() -> None:
    from standardwebhooks import Webhook as Reference

    headers = signature.signed_headers([SECRET, "whsec_" + "QUJD" * 8], "msg_1", '{"a": "髙"}'.encode())
    Reference(SECRET).verify('{"a": "髙"}', headers)
    assert headers["webhook-signature"].count("v1,") == 2


def test_it_refuses_when_there_is_no_secret() -> None:
    body = b"{}"
    for secrets in ([], ["whsec_"], ["whsec_!!!"], [""]):
        with pytest.raises(SignatureRefused):
            signature.verify(own_shop.headers(SECRET, body), body, secrets)
