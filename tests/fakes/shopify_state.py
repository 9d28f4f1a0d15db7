"""What a Shopify shop knows of its orders: lines, money, parcels, edits. In yen."""

import copy
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kaeru.core import clock

_ids = itertools.count(7_100_000_000_001)


def fresh(kind: str) -> str:
    """A new long id."""
    return f"gid://shopify/{kind}/{next(_ids)}"


def bag(yen: int) -> dict[str, Any]:
    """Money as Shopify says it."""
    money = {"amount": str(yen), "currencyCode": "JPY"}
    return {"shopMoney": money, "presentmentMoney": money}


@dataclass
class Line:
    id: str
    variant: str
    title: str
    price: int
    quantity: int
    sent: int = 0
    off_each: int = 0
    off_once: int = 0
    ordered: int = 0

    @property
    def worth(self) -> int:
        return self.quantity * (self.price - self.off_each) - (self.off_once if self.quantity else 0)


@dataclass
class Order:
    id: str
    name: str
    lines: list[Line]
    fee: int
    placed_at: datetime
    updated_at: datetime
    email: str = "hanako@example.com"
    customer: str = ""
    address: dict[str, str] = field(default_factory=dict)
    transactions: list[dict[str, Any]] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    parcels: list[dict[str, Any]] = field(default_factory=list)
    fulfillments: list[dict[str, Any]] = field(default_factory=list)
    discounts: list[dict[str, str]] = field(default_factory=list)
    attributes: list[dict[str, str]] = field(default_factory=list)
    cancelled_at: str | None = None
    cancel_reason: str | None = None
    cancel_note: str = ""
    first_total: int = 0
    presentment: str = "JPY"
    edits: int = 0
    edit_notes: list[str] = field(default_factory=list)
    not_editable: str = ""

    @property
    def digits(self) -> str:
        return self.id.rsplit("/", 1)[-1]

    @property
    def total(self) -> int:
        return sum(line.worth for line in self.lines) + self.fee

    @property
    def paid(self) -> int:
        return sum(one["yen"] for one in self.transactions if one["kind"] == "SALE" and one["status"] == "SUCCESS")

    @property
    def refunded(self) -> int:
        return sum(one["yen"] for one in self.transactions if one["kind"] == "REFUND")

    @property
    def off(self) -> int:
        return sum(line.quantity * line.off_each + line.off_once for line in self.lines)

    def touch(self) -> None:
        self.updated_at = max(clock.now(), self.updated_at + timedelta(seconds=1))

    def view(self) -> dict[str, Any]:
        """As the Admin API tells it."""
        moment = self.placed_at.isoformat()
        customer = {
            "id": self.customer, "firstName": "花子", "lastName": "山田",
            "defaultEmailAddress": {"emailAddress": self.email, "marketingState": "NOT_SUBSCRIBED"} if self.email else None,
            "defaultPhoneNumber": None,
        }  # fmt: skip
        return {
            "id": self.id, "name": self.name, "createdAt": moment, "processedAt": moment, "updatedAt": self.updated_at.isoformat(),
            "cancelledAt": self.cancelled_at, "cancelReason": self.cancel_reason, "currencyCode": "JPY", "presentmentCurrencyCode": self.presentment,
            "merchantEditable": not (self.cancelled_at or self.not_editable),
            "merchantEditableErrors": [self.not_editable] if self.not_editable else [],
            "sourceName": "web", "customerLocale": "ja", "customerAcceptsMarketing": False, "email": self.email or None, "phone": None,
            "paymentGatewayNames": sorted({one["gateway"] for one in self.transactions}), "discountCodes": [],
            "totalPriceSet": bag(self.first_total), "subtotalPriceSet": bag(self.first_total - self.fee),
            "totalShippingPriceSet": bag(self.fee), "totalDiscountsSet": bag(0), "currentShippingPriceSet": bag(self.fee),
            "currentTotalPriceSet": bag(0 if self.cancelled_at else self.total), "currentTotalDiscountsSet": bag(self.off),
            "totalReceivedSet": bag(self.paid), "totalRefundedSet": bag(self.refunded),
            "totalOutstandingSet": bag(self.total - self.paid + self.refunded),
            "customAttributes": self.attributes, "customerJourneySummary": None, "customer": customer if self.customer else None,
            "billingAddress": {"name": "山田 花子", "phone": None},
            "shippingAddress": {"name": "山田 花子", "phone": None, "company": None, "countryCodeV2": "JP", **self.address} if self.address else None,
            "lineItems": lambda *_, **__: {"nodes": [self._line(line) for line in self.lines], "pageInfo": {"hasNextPage": False, "endCursor": None}},
            "discountApplications": lambda *_, **__: {"nodes": [{"__typename": "ManualDiscountApplication", **one} for one in self.discounts]},
            "fulfillments": lambda *_, **__: self.fulfillments,
            "fulfillmentOrders": lambda *_, **__: {"nodes": [parcel_view(one) for one in self.parcels]},
            "refunds": lambda *_, **__: self.refunds,
            "transactions": lambda *_, **__: [{**one, "amountSet": bag(one["yen"])} for one in self.transactions],
            "paymentCollectionDetails": {"additionalPaymentCollectionUrl": f"https://kotori.myshopify.com/pay/{self.digits}"},
        }  # fmt: skip

    def _line(self, line: Line) -> dict[str, Any]:
        return {
            "id": line.id, "title": line.title, "variantTitle": None, "sku": None, "quantity": line.ordered, "currentQuantity": line.quantity,
            "originalUnitPriceSet": bag(line.price), "product": None, "variant": {"id": line.variant},
        }  # fmt: skip


def parcel_view(parcel: Mapping[str, Any]) -> dict[str, Any]:
    """A fulfilment order."""
    is_open = parcel["status"] in {"OPEN", "ON_HOLD", "SCHEDULED"}
    return {
        "id": parcel["id"],
        "status": "ON_HOLD" if parcel["holds"] and is_open else parcel["status"],
        "supportedActions": [{"action": "HOLD"}] if is_open else [],
        "fulfillmentHolds": parcel["holds"],
    }


@dataclass
class Session:
    """A staged edit."""

    id: str
    order: Order
    lines: list[Line]
    fee: int
    shipping: list[dict[str, Any]]
    discounts: list[dict[str, str]] = field(default_factory=list)
    discounted: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, order: Order) -> "Session":
        line = {
            "id": fresh("CalculatedShippingLine"),
            "title": "通常配送",
            "stagedStatus": "NONE",
            "price": bag(order.fee),
            "yen": order.fee,
        }
        return cls(fresh("CalculatedOrder"), order, copy.deepcopy(order.lines), order.fee, [line])

    @property
    def total(self) -> int:
        return sum(line.worth for line in self.lines) + self.fee

    def line(self, calculated: str) -> Line:
        return next(line for line in self.lines if line.id.rsplit("/", 1)[-1] == calculated.rsplit("/", 1)[-1])

    def view(self) -> dict[str, Any]:
        return {
            "id": self.id, "totalPriceSet": bag(self.total),
            "totalOutstandingSet": bag(self.total - self.order.paid + self.order.refunded),
            "shippingLines": self.shipping,
            "lineItems": lambda *_, **__: {"nodes": [self._line(line) for line in self.lines]},
        }  # fmt: skip

    def _line(self, line: Line) -> dict[str, Any]:
        return {
            "id": line.id.replace("/LineItem/", "/CalculatedLineItem/"), "quantity": line.quantity, "editableQuantity": line.quantity - line.sent,
            "hasStagedLineItemDiscount": line.id in self.discounted, "discountedUnitPriceSet": bag(line.price - line.off_each),
        }  # fmt: skip
