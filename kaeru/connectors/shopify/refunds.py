"""refunds/create: what was given back, and whether that was a cancellation or a return."""

from collections.abc import Mapping
from typing import Any

from kaeru.connectors.errors import Unreadable
from kaeru.connectors.reading import currency_code, ident, minor, moment, part, pieces, rows, text
from kaeru.connectors.shopify.parts import digits, shop_money
from kaeru.orders.rules import RefundLineRecord, RefundRecord


def refund_record(refund: Mapping[str, Any]) -> RefundRecord:
    """The refund in Kaeru's words. Raises Unreadable."""
    slips = rows(refund.get("refund_line_items"))
    currency = _currency(refund, slips)
    lines = tuple(_line(row, currency) for row in slips)
    return RefundRecord(
        source_id=digits(refund, "id"),
        order_source_id=ident(refund.get("order_id"), "order_id"),
        refunded_at=moment(refund.get("processed_at") or refund.get("created_at"), "created_at"),
        currency=currency,
        amount=_amount(refund, lines, currency),
        lines=lines,
        is_cancellation=bool(slips) and not refund.get("return") and any(_was_not_sent(row) for row in slips),
    )


def _was_not_sent(row: Mapping[str, Any]) -> bool:
    """A cancellation gives back what had not left; a return gives back what had."""
    kind = row.get("restock_type")
    return kind == "cancel" or (
        kind != "return" and part(row.get("line_item")).get("fulfillment_status") in (None, "", "partial")
    )


def _currency(refund: Mapping[str, Any], slips: list[Mapping[str, Any]]) -> str:
    """The shop's currency: named with each line and with the duties; transactions name the buyer's."""
    for row, field in [*((slip, "subtotal_set") for slip in slips), (refund, "total_duties_set")]:
        code = part(part(row.get(field)).get("shop_money")).get("currency_code")
        if code:
            return currency_code(code, field)
    for row in rows(refund.get("transactions")):
        if row.get("currency"):
            return currency_code(row["currency"], "transactions.currency")
    raise Unreadable("the refund names no currency")


def _line(row: Mapping[str, Any], currency: str) -> RefundLineRecord:
    item = part(row.get("line_item"))
    return RefundLineRecord(
        line_source_id=digits(item, "line_item.id", needed=False) or ident(row.get("line_item_id"), "line_item_id"),
        sku=text(item.get("sku"), 100),
        title=text(item.get("title"), 300),
        quantity=pieces(row.get("quantity"), "refund_line_items.quantity"),
        amount=shop_money(row, "subtotal", currency),
    )


def _amount(refund: Mapping[str, Any], lines: tuple[RefundLineRecord, ...], currency: str) -> int:
    """What was paid back, when it was paid in the shop's currency; else what the lines were worth."""
    paid = [
        row
        for row in rows(refund.get("transactions"))
        if row.get("kind") == "refund" and row.get("status") == "success"
    ]
    if paid and all(row.get("currency") in (None, currency) for row in paid):
        return sum(minor(row.get("amount"), currency, "transactions.amount") for row in paid)
    return sum(line.amount for line in lines)
