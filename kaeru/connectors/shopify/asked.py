"""Orders that were asked for by GraphQL, put into the form of Shopify's webhooks, so that one reader understands both."""

from collections.abc import Mapping
from typing import Any

from kaeru.connectors.reading import part, rows, text
from kaeru.connectors.shopify.orders import order_record
from kaeru.connectors.shopify.refunds import refund_record
from kaeru.connectors.shopify.standing import number_of
from kaeru.orders.rules import OrderRecord, RefundRecord


def order_of(node: Mapping[str, Any], lines: list[Mapping[str, Any]]) -> OrderRecord:
    """The order in Kaeru's words. Raises Unreadable."""
    customer = part(node.get("customer"))
    mail = part(customer.get("defaultEmailAddress"))
    told: dict[str, Any] = {
        "admin_graphql_api_id": node.get("id"),
        "name": node.get("name"),
        "created_at": node.get("createdAt"),
        "processed_at": node.get("processedAt"),
        "updated_at": node.get("updatedAt"),
        "cancelled_at": node.get("cancelledAt"),
        "cancel_reason": text(node.get("cancelReason"), 100).lower() or None,
        "currency": node.get("currencyCode"),
        "source_name": node.get("sourceName"),
        "customer_locale": node.get("customerLocale"),
        "buyer_accepts_marketing": node.get("customerAcceptsMarketing"),
        "email": node.get("email"),
        "phone": node.get("phone"),
        "payment_gateway_names": node.get("paymentGatewayNames"),
        "discount_codes": [{"code": code} for code in node.get("discountCodes") or []],
        "total_price_set": _money(node.get("totalPriceSet")),
        "subtotal_price_set": _money(node.get("subtotalPriceSet")),
        "total_shipping_price_set": _money(node.get("totalShippingPriceSet")),
        "total_discounts_set": _money(node.get("totalDiscountsSet")),
        "note_attributes": [
            {"name": row.get("key"), "value": row.get("value")} for row in rows(node.get("customAttributes"))
        ],
        "landing_site": part(part(node.get("customerJourneySummary")).get("firstVisit")).get("landingPage"),
        "billing_address": node.get("billingAddress"),
        "shipping_address": node.get("shippingAddress"),
        "line_items": [_line(row) for row in lines],
        "fulfillments": [_parcel(row) for row in rows(node.get("fulfillments"))],
    }
    if customer:
        told["customer"] = {
            "admin_graphql_api_id": customer.get("id"),
            "first_name": customer.get("firstName"),
            "last_name": customer.get("lastName"),
            "email": mail.get("emailAddress"),
            "phone": part(customer.get("defaultPhoneNumber")).get("phoneNumber"),
            "email_marketing_consent": {"state": text(mail.get("marketingState"), 30).lower()},
        }
    return order_record(told)


def refunds_of(node: Mapping[str, Any]) -> list[RefundRecord]:
    """What was given back of it. Raises Unreadable."""
    has_left = bool(rows(node.get("fulfillments")))
    found = []
    for row in rows(node.get("refunds")):
        total = _money(row.get("totalRefundedSet"))
        amount, currency = part(total.get("shop_money")).get("amount"), node.get("currencyCode")
        told = {
            "admin_graphql_api_id": row.get("id"),
            "order_id": number_of(node.get("id")),
            "created_at": row.get("createdAt"),
            "processed_at": row.get("processedAt"),
            "refund_line_items": [
                _slip(slip, has_left=has_left) for slip in rows(part(row.get("refundLineItems")).get("nodes"))
            ],
            "transactions": [{"kind": "refund", "status": "success", "amount": amount, "currency": currency}],
        }
        found.append(refund_record(told))
    return found


def _money(told: Any) -> dict[str, Any]:
    inner = part(part(told).get("shopMoney"))
    return {"shop_money": {"amount": inner.get("amount"), "currency_code": inner.get("currencyCode")}}


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    product, variant = part(row.get("product")), part(row.get("variant"))
    return {
        "admin_graphql_api_id": row.get("id"),
        "title": row.get("title"),
        "variant_title": row.get("variantTitle"),
        "sku": row.get("sku"),
        "quantity": row.get("quantity"),
        "price_set": _money(row.get("originalUnitPriceSet")),
        "product_id": number_of(product.get("id")) or None,
        "variant_id": number_of(variant.get("id")) or None,
    }


def _parcel(row: Mapping[str, Any]) -> dict[str, Any]:
    tracking = next(iter(rows(row.get("trackingInfo"))), {})
    return {
        "status": text(row.get("status"), 30).lower(),
        "created_at": row.get("createdAt"),
        "tracking_company": tracking.get("company"),
        "tracking_number": tracking.get("number"),
    }


def _slip(row: Mapping[str, Any], *, has_left: bool) -> dict[str, Any]:
    item = part(row.get("lineItem"))
    return {
        "quantity": row.get("quantity"),
        "restock_type": text(row.get("restockType"), 30).lower(),
        "subtotal_set": _money(row.get("subtotalSet")),
        "line_item": {
            "admin_graphql_api_id": item.get("id"),
            "sku": item.get("sku"),
            "title": item.get("title"),
            "fulfillment_status": "fulfilled" if has_left else None,
        },
    }
