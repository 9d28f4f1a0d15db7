"""An edit of an order: staged step by step, compared, and only then committed. What is not committed leaves no trace."""

from collections.abc import Mapping
from typing import Any

from kaeru.connectors.base import Access
from kaeru.connectors.reading import part, rows, text
from kaeru.connectors.shopify import client
from kaeru.connectors.shopify.refunding import decimal
from kaeru.connectors.shopify.spread import Line
from kaeru.connectors.shopify.standing import gid, money, number_of


class Editing:
    """One session. Every method raises what `client.change` raises."""

    def __init__(self, access: Access, order_source_id: str) -> None:
        self._access = access
        begun = client.change(access, "edit_begin", {"id": gid("Order", order_source_id)})
        order = part(begun.get("calculatedOrder"))
        self.id = text(order.get("id"), 200)
        self.total = 0
        """What the order costs as staged, minor units."""
        self.outstanding = 0
        """What the buyer owes (below 0: has paid too much) as staged, minor units."""
        self._take(order)
        self._lines = {number_of(row.get("id")): row for row in rows(part(order.get("lineItems")).get("nodes"))}
        self._shipping = [row for row in rows(order.get("shippingLines")) if row.get("stagedStatus") != "REMOVED"]

    def _take(self, order: Mapping[str, Any]) -> None:
        self.total = money(order, "totalPriceSet", self._access.currency)
        self.outstanding = money(order, "totalOutstandingSet", self._access.currency)

    def _stage(self, name: str, variables: Mapping[str, Any]) -> None:
        self._take(part(client.change(self._access, name, {"id": self.id, **variables}).get("calculatedOrder")))

    def open_lines(self) -> list[Line]:
        """Lines that can take a discount."""
        return [
            Line(
                number,
                int(row.get("editableQuantity") or 0),
                money(row, "discountedUnitPriceSet", self._access.currency),
            )
            for number, row in self._lines.items()
            if int(row.get("editableQuantity") or 0) == int(row.get("quantity") or 0) > 0
            and not row.get("hasStagedLineItemDiscount")
        ]

    def may_set(self, line: str, quantity: int) -> bool:
        """Whether the line is there, and no piece of it that has left is taken out."""
        row = self._lines.get(line)
        if row is None:
            return False
        return quantity >= int(row.get("quantity") or 0) - int(row.get("editableQuantity") or 0)

    def set_quantity(self, line: str, quantity: int) -> None:
        """0 takes the line out; what is taken out goes back on the shelf."""
        known = self._lines[line]
        if int(known.get("quantity") or 0) != quantity:
            self._stage("edit_quantity", {"line": text(known.get("id"), 200), "quantity": quantity})

    def add(self, variant: str, quantity: int) -> None:
        """One more line."""
        self._stage("edit_add", {"variant": gid("ProductVariant", variant), "quantity": quantity})

    def discount(self, line: str, amount: int, words: str) -> None:
        """Something off a line; whether for each piece is Shopify's to say."""
        value = {"amount": decimal(amount, self._access.currency), "currencyCode": self._access.currency}
        told = {"description": words[:250], "fixedValue": value}
        self._stage("edit_discount", {"line": text(self._lines[line].get("id"), 200), "discount": told})

    def set_fee(self, fee: int) -> None:
        """The fee that the order has afterwards."""
        known = sum(money(row, "price", self._access.currency) for row in self._shipping)
        if known == fee:
            return
        for row in self._shipping:
            self._stage("edit_shipping_remove", {"line": text(row.get("id"), 200)})
        title = text(self._shipping[0].get("title"), 200) if self._shipping else "送料"
        price = {"amount": decimal(fee, self._access.currency), "currencyCode": self._access.currency}
        self._stage("edit_shipping_add", {"shipping": {"title": title, "price": price}})

    def commit(self, note: str) -> str:
        """Make it so; the address where the buyer pays what is still owed, or empty."""
        done = client.change(self._access, "edit_commit", {"id": self.id, "note": note[:250]})
        details = part(part(done.get("order")).get("paymentCollectionDetails"))
        return text(details.get("additionalPaymentCollectionUrl"), 500) if self.outstanding > 0 else ""
