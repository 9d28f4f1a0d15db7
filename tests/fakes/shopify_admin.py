"""A Shopify shop as its Admin API shows it: orders that change as they do there. In yen; the wire to it is shopify_wire.py."""

import re
from collections.abc import Callable
from typing import Any

from kaeru.connectors.shopify.scopes import WANTED
from kaeru.core import clock
from tests.fakes.shopify_state import Line, Order, Session, bag, fresh

HOME = {
    "lastName": "山田",
    "firstName": "花子",
    "zip": "110-0001",
    "provinceCode": "JP-13",
    "city": "台東区谷中",
    "address1": "1-2-3",
    "address2": "",
}


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", name)


class UserError(Exception):
    def __init__(self, words: str, code: str | None = None) -> None:
        super().__init__(words)
        self.code = code


class Admin:
    """The shop."""

    def __init__(self, account: str = "kotori.myshopify.com", token: str = "shpat_right") -> None:
        self.account, self.token, self.code = account, token, "code-1"
        self.client_id, self.client_secret = "app-1", "shpss_kotori"
        self.scopes: list[str] = list(WANTED)
        self.orders: dict[str, Order] = {}
        self.sessions: dict[str, Session] = {}
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.drafts: list[dict[str, Any]] = []
        self.codes: dict[str, dict[str, Any]] = {}
        self.keys: set[str] = set()
        self.counts_each = True
        """Whether a fixed discount of a line counts for each piece."""
        self.is_slow_to_cancel = False

    # The shop's own doings

    def place(
        self, lines: list[tuple[int, int]] | None = None, *, fee: int = 550, pays: str = "card", **more: Any
    ) -> Order:
        """A buyer orders: (quantity, price) of each line; pays by `card`, `bank` (by hand, paid) or `cod` (later)."""
        moment = clock.now()
        made = [
            Line(fresh("LineItem"), fresh("ProductVariant"), "手ぬぐい", price, quantity, ordered=quantity)
            for quantity, price in lines or [(2, 1980)]
        ]
        order = Order(
            fresh("Order"),
            f"#{1001 + len(self.orders)}",
            made,
            fee,
            moment,
            moment,
            address=dict(HOME),
            customer=fresh("Customer"),
            **more,
        )
        order.first_total = order.total
        order.parcels = [{"id": fresh("FulfillmentOrder"), "status": "OPEN", "holds": []}]
        gateway = {"card": "shopify_payments", "bank": "Bank Deposit", "cod": "Cash on Delivery (COD)"}[pays]
        order.transactions = [
            {
                "id": fresh("OrderTransaction"), "kind": "SALE", "status": "PENDING" if pays == "cod" else "SUCCESS", "gateway": gateway,
                "manualPaymentGateway": pays != "card", "yen": order.total, "parentTransaction": None,
            }
        ]  # fmt: skip
        self.orders[order.id] = order
        return order

    def send(self, order: Order, *, all_of_it: bool = True) -> None:
        """A parcel leaves."""
        for line in order.lines if all_of_it else order.lines[:1]:
            line.sent = line.quantity
        order.fulfillments.append(
            {
                "id": fresh("Fulfillment"),
                "status": "SUCCESS",
                "createdAt": clock.now().isoformat(),
                "trackingInfo": lambda *_, **__: [],
            }
        )
        order.parcels[0]["status"] = "CLOSED" if all_of_it else "IN_PROGRESS"
        order.touch()

    def end(self, order: Order, reason: str = "CUSTOMER", note: str = "") -> None:
        """Cancelled, whoever did it."""
        order.cancelled_at, order.cancel_reason, order.cancel_note = clock.now().isoformat(), reason, note
        order.touch()

    # What the Admin API answers

    def roots(self) -> dict[str, Callable[..., Any]]:
        """Every field of the roots that documents ask for."""
        reads: dict[str, Callable[..., Any]] = {
            "order": lambda id: self.orders[id].view() if id in self.orders else None,
            "orders": self._orders,
            "currentAppInstallation": lambda: {"accessScopes": [{"handle": one} for one in self.scopes]},
            "shop": lambda: {"myshopifyDomain": self.account, "currencyCode": "JPY"},
            "webhookSubscriptions": lambda **_: {
                "nodes": list(self.subscriptions.values()),
                "pageInfo": {"hasNextPage": False, "endCursor": None},
            },
            "draftOrders": lambda query, **_: {
                "nodes": [one for one in self.drafts if query.removeprefix("tag:") in one["tags"]]
            },
            "codeDiscountNodeByCode": lambda code: self.codes.get(code.casefold()),
        }
        verbs: dict[str, Callable[..., Any]] = {
            "fulfillmentOrderHold": self._hold, "fulfillmentOrderReleaseHold": self._release, "orderUpdate": self._update,
            "orderEditBegin": self._begin, "orderEditSetQuantity": self._set_quantity, "orderEditAddVariant": self._add_variant,
            "orderEditAddLineItemDiscount": self._discount, "orderEditAddShippingLine": self._add_shipping,
            "orderEditRemoveShippingLine": self._remove_shipping, "orderEditCommit": self._commit, "refundCreate": self._refund,
            "orderCancel": self._cancel, "draftOrderCreate": self._draft, "discountCodeBasicCreate": self._code,
            "discountCodeFreeShippingCreate": self._code, "webhookSubscriptionCreate": self._subscribe,
            "webhookSubscriptionDelete": self._unsubscribe,
        }  # fmt: skip
        return reads | {name: self._told(function, name) for name, function in verbs.items()}

    @staticmethod
    def _told(function: Callable[..., Any], name: str) -> Callable[..., dict[str, Any]]:
        kind = "orderCancelUserErrors" if name == "orderCancel" else "userErrors"

        def call(**given: Any) -> dict[str, Any]:
            try:
                return {kind: [], **function(**{_snake(name): value for name, value in given.items()})}
            except UserError as no:
                return {kind: [{"field": None, "message": str(no), "code": no.code}]}

        return call

    def _orders(self, *, query: str, first: int, after: str | None = None, **_: Any) -> dict[str, Any]:
        since = query.split("updated_at:>='")[1].split("'")[0]
        found = sorted(
            (one for one in self.orders.values() if one.updated_at.isoformat() >= since), key=lambda one: one.updated_at
        )
        begin = int(after or 0)
        page = found[begin : begin + first]
        return {
            "nodes": [one.view() for one in page],
            "pageInfo": {"hasNextPage": begin + first < len(found), "endCursor": str(begin + first)},
        }

    def _parcel(self, id: str) -> tuple[Order, dict[str, Any]]:
        for order in self.orders.values():
            for parcel in order.parcels:
                if parcel["id"] == id:
                    return order, parcel
        raise UserError("Fulfillment order not found", "FULFILLMENT_ORDER_NOT_FOUND")

    def _hold(self, *, id: str, fulfillment_hold: dict[str, Any]) -> dict[str, Any]:
        order, parcel = self._parcel(id)
        if parcel["status"] not in {"OPEN", "SCHEDULED"}:
            raise UserError("cannot be held", "TAKEN")
        if any(one["handle"] == fulfillment_hold["handle"] for one in parcel["holds"]):
            raise UserError("handle is taken", "DUPLICATE_FULFILLMENT_HOLD_HANDLE")
        assert len(fulfillment_hold["handle"]) <= 64
        hold = {
            "id": fresh("FulfillmentHold"),
            "handle": fulfillment_hold["handle"],
            "heldByRequestingApp": True,
            "reason": fulfillment_hold["reason"],
        }
        parcel["holds"].append(hold)
        order.touch()
        return {"fulfillmentHold": hold}

    def _release(self, *, id: str, hold_ids: list[str]) -> dict[str, Any]:
        order, parcel = self._parcel(id)
        parcel["holds"] = [one for one in parcel["holds"] if one["id"] not in hold_ids]
        order.touch()
        return {"fulfillmentOrder": {"id": id, "status": parcel["status"]}}

    def _update(self, *, input: dict[str, Any]) -> dict[str, Any]:
        order = self.orders[input["id"]]
        order.address = {
            **HOME,
            "address2": "",
            "firstName": "",
            **{name: value for name, value in input["shippingAddress"].items() if name != "countryCode"},
        }
        order.touch()
        return {"order": {"id": order.id}}

    def _begin(self, *, id: str) -> dict[str, Any]:
        order = self.orders[id]
        if order.cancelled_at or order.not_editable:
            raise UserError(order.not_editable or "The order cannot be edited.")
        session = Session.of(order)
        self.sessions[session.id] = session
        return {"calculatedOrder": session.view()}

    def _staged(self, session: Session) -> dict[str, Any]:
        return {"calculatedOrder": session.view()}

    def _set_quantity(self, *, id: str, line_item_id: str, quantity: int, restock: bool) -> dict[str, Any]:
        line = self.sessions[id].line(line_item_id)
        if quantity < line.sent:
            raise UserError("Fulfilled items cannot be removed.")
        line.quantity = quantity
        return self._staged(self.sessions[id])

    def _add_variant(self, *, id: str, variant_id: str, quantity: int, allow_duplicates: bool) -> dict[str, Any]:
        session = self.sessions[id]
        prices = {line.variant: line.price for order in self.orders.values() for line in order.lines}
        session.lines.append(
            Line(fresh("LineItem"), variant_id, "風呂敷", prices.get(variant_id, 4400), quantity, ordered=quantity)
        )
        return {**self._staged(session), "calculatedLineItem": {"id": session.lines[-1].id}}

    def _discount(self, *, id: str, line_item_id: str, discount: dict[str, Any]) -> dict[str, Any]:
        session = self.sessions[id]
        line, yen = session.line(line_item_id), int(discount["fixedValue"]["amount"])
        if line.id in session.discounted or yen > line.price * (1 if self.counts_each else line.quantity):
            raise UserError("The discount does not fit.")
        if self.counts_each:
            line.off_each += yen
        else:
            line.off_once += yen
        session.discounted.add(line.id)
        session.discounts.append({"title": discount["description"], "description": discount["description"]})
        return self._staged(session)

    def _add_shipping(self, *, id: str, shipping_line: dict[str, Any]) -> dict[str, Any]:
        session, yen = self.sessions[id], int(shipping_line["price"]["amount"])
        session.shipping.append(
            {
                "id": fresh("CalculatedShippingLine"),
                "title": shipping_line["title"],
                "stagedStatus": "ADDED",
                "price": bag(yen),
                "yen": yen,
            }
        )
        session.fee += yen
        return self._staged(session)

    def _remove_shipping(self, *, id: str, shipping_line_id: str) -> dict[str, Any]:
        session = self.sessions[id]
        (line,) = [one for one in session.shipping if one["id"] == shipping_line_id]
        session.shipping.remove(line)
        session.fee -= line["yen"]
        return self._staged(session)

    def _commit(self, *, id: str, notify_customer: bool, staff_note: str) -> dict[str, Any]:
        session = self.sessions.pop(id)
        assert notify_customer is False
        order = session.order
        order.lines, order.fee = session.lines, session.fee
        order.discounts += session.discounts
        order.edits += 1
        order.edit_notes.append(staff_note)
        order.touch()
        return {"order": order.view()}

    def refund_key(self, key: str) -> bool:
        """Whether this idempotency key is new."""
        is_new = key not in self.keys
        self.keys.add(key)
        return is_new

    def _refund(self, *, input: dict[str, Any]) -> dict[str, Any]:
        order = self.orders[input["orderId"]]
        given = sum(int(one["amount"]) for one in input["transactions"])
        if order.refunded + given > order.paid:
            raise UserError("Refund amount cannot exceed the amount paid.")
        known = {one["id"]: one for one in order.transactions}
        for one in input["transactions"]:
            assert known[one["parentId"]]["gateway"] == one["gateway"]
            order.transactions.append(
                {
                    "id": fresh("OrderTransaction"), "kind": "REFUND", "status": "SUCCESS", "gateway": one["gateway"], "manualPaymentGateway": False,
                    "yen": int(one["amount"]), "parentTransaction": {"id": one["parentId"]},
                }
            )  # fmt: skip
        moment = clock.now().isoformat()
        empty: dict[str, Any] = {"nodes": []}
        refund = {
            "id": fresh("Refund"), "note": input["note"], "createdAt": moment, "processedAt": moment,
            "totalRefundedSet": bag(given), "refundLineItems": lambda *_, **__: empty,
        }  # fmt: skip
        order.refunds.append(refund)
        order.touch()
        return {"refund": {"id": refund["id"]}}

    def _cancel(
        self,
        *,
        order_id: str,
        reason: str,
        restock: bool,
        refund_method: dict[str, Any],
        notify_customer: bool,
        staff_note: str,
    ) -> dict[str, Any]:
        order = self.orders[order_id]
        if order.cancelled_at:
            raise UserError("Order has already been cancelled", "INVALID")
        if any(line.sent for line in order.lines):
            raise UserError("Order has fulfillments that cannot be cancelled", "INVALID")
        assert notify_customer is False
        assert len(staff_note) <= 255
        if refund_method["originalPaymentMethodsRefund"] and order.paid > order.refunded:
            paid = next(one for one in order.transactions if one["kind"] == "SALE")
            back = {
                **paid,
                "id": fresh("OrderTransaction"),
                "kind": "REFUND",
                "yen": order.paid - order.refunded,
                "parentTransaction": {"id": paid["id"]},
            }
            order.transactions.append(back)
        if not self.is_slow_to_cancel:
            self.end(order, reason, staff_note)
        return {"job": {"id": fresh("Job"), "done": False}}

    def _draft(self, *, input: dict[str, Any]) -> dict[str, Any]:
        draft = {
            "id": fresh("DraftOrder"), "tags": input["tags"], "invoiceUrl": f"https://{self.account}/invoices/{len(self.drafts) + 1}",
            "reserveInventoryUntil": input.get("reserveInventoryUntil"), "input": input,
        }  # fmt: skip
        self.drafts.append(draft)
        return {"draftOrder": draft}

    def _code(self, *, basic_code_discount: Any = None, free_shipping_code_discount: Any = None) -> dict[str, Any]:
        told = basic_code_discount or free_shipping_code_discount
        if told["code"].casefold() in self.codes:
            raise UserError("Code must be unique", "TAKEN")
        kind = "DiscountCodeBasic" if basic_code_discount else "DiscountCodeFreeShipping"
        node = {
            "id": fresh("DiscountCodeNode"),
            "codeDiscount": {"__typename": kind, "title": told["title"]},
            "input": told,
        }
        self.codes[told["code"].casefold()] = node
        return {"codeDiscountNode": node}

    def _subscribe(self, *, topic: str, webhook_subscription: dict[str, Any]) -> dict[str, Any]:
        if any(
            (one["topic"], one["uri"]) == (topic, webhook_subscription["uri"]) for one in self.subscriptions.values()
        ):
            raise UserError("Address for this topic has already been taken")
        made = {
            "id": fresh("WebhookSubscription"),
            "topic": topic,
            "format": "JSON",
            "uri": webhook_subscription["uri"],
        }
        self.subscriptions[made["id"]] = made
        return {"webhookSubscription": made}

    def _unsubscribe(self, *, id: str) -> dict[str, Any]:
        self.subscriptions.pop(id, None)
        return {"deletedWebhookSubscriptionId": id}
