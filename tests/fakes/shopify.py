"""A Shopify shop that keeps its orders and tells them by signed webhooks, in Shopify's own shape.

The shapes (every field that Shopify's schemas ask for, empty) are in shopify_shapes.json; tests/contract holds what this
fake says to the same schemas as the connector.
"""

import copy
import itertools
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kaeru.connectors.shopify.connector import sign
from kaeru.core import clock

SHAPES: dict[str, Any] = json.loads(Path(__file__).with_name("shopify_shapes.json").read_text("utf-8"))
_ids = itertools.count(9_007_199_254_740_993)  # 2**53 + 1: what a JavaScript number would round


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook, ready to be posted."""

    topic: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def payload(self) -> dict[str, Any]:
        """What it says."""
        found: dict[str, Any] = json.loads(self.body)
        return found


class FakeShopify:
    """The shop. Each verb changes its state and returns the delivery that tells it."""

    def __init__(
        self, secret: str, domain: str = "kotori.myshopify.com", now: Callable[[], datetime] = clock.now
    ) -> None:
        self.secret, self.domain, self._now = secret, domain, now
        self.orders: dict[int, dict[str, Any]] = {}

    def place(
        self,
        *,
        lines: list[tuple[str, int, int]] | None = None,
        email: str = "hanako@example.com",
        placed_at: datetime | None = None,
        reorder_ref: str = "",
        codes: tuple[str, ...] = (),
        accepts_marketing: bool = False,
    ) -> Delivery:
        """A buyer orders. `lines` are (title, quantity, price in yen)."""
        told = [("藍染めの手ぬぐい", 2, 1980)] if lines is None else lines
        number, moment = next(_ids), _iso(placed_at or self._now())
        order = copy.deepcopy(SHAPES["order"])
        order |= {
            "id": number,
            "admin_graphql_api_id": f"gid://shopify/Order/{number}",
            "name": f"#{1000 + len(self.orders)}",
            "created_at": moment,
            "processed_at": moment,
            "updated_at": moment,
            "email": email,
            "contact_email": email,
            "customer_locale": "ja-JP",
            "buyer_accepts_marketing": accepts_marketing,
            "financial_status": "paid",
            "source_name": "web",
            "payment_gateway_names": ["shopify_payments"],
            "line_items": [_line(*line) for line in told],
            "discount_codes": [{"code": code, "amount": "0", "type": "fixed_amount"} for code in codes],
            "note_attributes": [{"name": "kaeru_ref", "value": reorder_ref}] if reorder_ref else [],
        }
        buyer = next(_ids)
        order["customer"] |= {
            "id": buyer, "admin_graphql_api_id": f"gid://shopify/Customer/{buyer}", "first_name": "花子", "last_name": "山田", "email": email,
        }  # fmt: skip
        subtotal = sum(quantity * price for _, quantity, price in told)
        for field in (
            "total_price",
            "subtotal_price",
            "total_line_items_price",
            "current_total_price",
            "current_subtotal_price",
        ):
            _set_money(order, field, subtotal)
        self.orders[number] = order
        return self._tell("orders/create", order)

    def update(self, order_id: int, **fields: Any) -> Delivery:
        """The merchant edits something."""
        self.orders[order_id] |= fields
        return self._tell("orders/updated", self._touched(order_id))

    def cancel(self, order_id: int, reason: str = "customer") -> Delivery:
        """The order is cancelled in the shop's admin."""
        self.orders[order_id] |= {
            "cancelled_at": _iso(self._now()),
            "cancel_reason": reason,
            "financial_status": "voided",
        }
        return self._tell("orders/cancelled", self._touched(order_id))

    def fulfil(
        self, order_id: int, carrier: str = "ヤマト運輸", tracking: str = "4000-1234-5678", status: str = "success"
    ) -> Delivery:
        """A parcel leaves."""
        number, moment = next(_ids), _iso(self._now())
        parcel = copy.deepcopy(SHAPES["fulfillment"]) | {
            "id": number,
            "admin_graphql_api_id": f"gid://shopify/Fulfillment/{number}",
            "order_id": order_id,
            "status": status,
            "created_at": moment,
            "updated_at": moment,
            "tracking_company": carrier,
            "tracking_number": tracking,
            "tracking_numbers": [tracking],
        }
        return self._tell("fulfillments/create", parcel)

    def refund(self, order_id: int, *, line: int = 0, quantity: int = 1, restock: str = "cancel") -> Delivery:
        """Money goes back for some pieces of one line."""
        number, moment = next(_ids), _iso(self._now())
        item = {key: self.orders[order_id]["line_items"][line][key] for key in SHAPES["refund_line"]["line_item"]}
        slip = copy.deepcopy(SHAPES["refund_line"]) | {
            "id": next(_ids), "line_item": item, "line_item_id": item["id"], "quantity": quantity, "restock_type": restock,
        }  # fmt: skip
        worth = quantity * int(item["price"])
        _set_money(slip, "subtotal", worth)
        slip["subtotal"] = worth
        paid = copy.deepcopy(SHAPES["transaction"]) | {
            "id": next(_ids), "order_id": order_id, "kind": "refund", "status": "success", "amount": str(worth), "currency": "JPY",
        }  # fmt: skip
        refund = copy.deepcopy(SHAPES["refund"]) | {
            "id": number,
            "admin_graphql_api_id": f"gid://shopify/Refund/{number}",
            "order_id": order_id,
            "created_at": moment,
            "processed_at": moment,
            "refund_line_items": [slip],
            "transactions": [paid],
        }
        return self._tell("refunds/create", refund)

    def redact(self, customer_id: int, topic: str = "customers/redact") -> Delivery:
        """A customer wants their data shown (customers/data_request) or erased."""
        return self._tell(
            topic,
            {
                "shop_id": 1,
                "shop_domain": self.domain,
                "customer": {"id": customer_id, "email": "hanako@example.com", "phone": "+819012345678"},
                "orders_to_redact": [],
            },
        )

    def _touched(self, order_id: int) -> dict[str, Any]:
        order = self.orders[order_id]
        last = datetime.fromisoformat(order["updated_at"])
        order["updated_at"] = _iso(max(self._now(), last + timedelta(seconds=1)))
        return order

    def _tell(self, topic: str, payload: Mapping[str, Any]) -> Delivery:
        return self.signed(topic, json.dumps(payload, ensure_ascii=False).encode())

    def signed(self, topic: str, body: bytes, webhook_id: str = "") -> Delivery:
        """Any bytes under this shop's signature."""
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": sign(self.secret, body),
            "X-Shopify-Shop-Domain": self.domain,
            "X-Shopify-Webhook-Id": webhook_id or str(uuid.uuid4()),
            "X-Shopify-Event-Id": str(uuid.uuid4()),
            "X-Shopify-API-Version": "2026-10",
        }
        return Delivery(topic, body, headers)


def _line(title: str, quantity: int, price: int) -> dict[str, Any]:
    number = next(_ids)
    line: dict[str, Any] = copy.deepcopy(SHAPES["line"]) | {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{number}",
        "title": title,
        "name": title,
        "quantity": quantity,
        "current_quantity": quantity,
        "fulfillable_quantity": quantity,
        "sku": f"SKU-{number % 1000}",
        "product_id": next(_ids),
        "variant_id": next(_ids),
        "requires_shipping": True,
    }
    _set_money(line, "price", price)
    return line


def _set_money(row: dict[str, Any], field: str, yen: int) -> None:
    row[field] = str(yen)
    row[f"{field}_set"] = {
        side: {"amount": str(yen), "currency_code": "JPY"} for side in ("shop_money", "presentment_money")
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
