"""For the shop's cart and checkout: what a code is worth, take it, rebuild the cart of a re-order link."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema

from kaeru.api.answers import Refused, not_found
from kaeru.api.guard import caller_of, only
from kaeru.api.v1.schemas import CouponOut, RedeemIn, Ref, ReorderItem, ReorderOut
from kaeru.cancellations import queries as cancellations
from kaeru.cancellations.models import CancellationRequest
from kaeru.connectors.reading import MOST_MINOR_UNITS
from kaeru.core import clock, links
from kaeru.offers import actions
from kaeru.offers import queries as offers
from kaeru.offers.actions import CouponView
from kaeru.offers.errors import CouponExpired, CouponNotFit, CouponNotFound, CouponUsed
from kaeru.scenarios import queries as scenarios

router = Router(tags=["cart"])
Figures = Annotated[int, Field(ge=0, le=MOST_MINOR_UNITS)]
"""Minor units written in an address, where everything is text."""


class CartQuery(Schema):
    """The order that the coupon is to be tried on."""

    subtotal: Figures | None = None
    shipping_fee: Figures = 0


def coupon_out(found: CouponView) -> CouponOut:
    """The coupon as the API shows it."""
    return CouponOut(
        code=found.code,
        state="redeemed" if found.is_used else "expired" if found.is_expired else "usable",
        kind=found.terms.kind,
        value=found.terms.value,
        minimum=found.terms.minimum,
        currency=found.currency,
        expires_at=found.terms.expires_at,
        discount=found.discount,
    )


@router.get("/coupons/{code}", response=CouponOut, operation_id="get_coupon", summary="What a code is worth")
def get_coupon(request: HttpRequest, code: Path[Ref], cart: Query[CartQuery]) -> CouponOut:
    """Changes nothing. Spaces, hyphens and small letters in the code do not matter."""
    only(request, cart)
    try:
        return coupon_out(
            actions.check(caller_of(request).shop.id, code, subtotal=cart.subtotal, shipping_fee=cart.shipping_fee)
        )
    except CouponNotFound:
        raise not_found("coupon") from None


@router.post(
    "/coupons/{code}/redeem", response=CouponOut, operation_id="redeem_coupon", summary="Take a code for one order"
)
def redeem_coupon(request: HttpRequest, code: Path[Ref], payload: RedeemIn) -> CouponOut:
    """A code is taken by one order; the same order may ask again."""
    subtotal = MOST_MINOR_UNITS if payload.subtotal is None else payload.subtotal
    shop_id = caller_of(request).shop.id
    try:
        found = actions.redeem(shop_id, code, payload.order_id, subtotal=subtotal, shipping_fee=payload.shipping_fee)
    except CouponNotFound:
        raise not_found("coupon") from None
    except CouponExpired:
        raise Refused(410, "coupon_expired", "The code's time is over.") from None
    except CouponUsed:
        raise Refused(409, "coupon_used", "Another order has taken the code.") from None
    except CouponNotFit:
        raise Refused(409, "coupon_minimum", "The order is smaller than the coupon asks.") from None
    told = coupon_out(found)
    if payload.subtotal is None:
        told.discount = None
    return told


@router.get("/reorders/{ref}", response=ReorderOut, operation_id="get_reorder", summary="The cart of a re-order link")
def get_reorder(request: HttpRequest, ref: Path[Ref]) -> ReorderOut:
    """What was cancelled, and the coupon that goes with it. Send `ref` back as `reorder_ref` of the new order."""
    shop = caller_of(request).shop
    link = links.resolve("reorder", ref)
    row = cancellations.one(link.subject_id) if link and link.organization_id == shop.organization_id else None
    if row is None or row.shop_id != shop.id:
        raise not_found("re-order reference")
    return ReorderOut(
        ref=ref, order_id=row.order.source_id if row.order else None, items=_items(row), coupon=_coupon(row.id)
    )


def _items(row: CancellationRequest) -> list[ReorderItem]:
    lines = row.lines.select_related("order_line").filter(order_line__isnull=False).order_by("order_line__position")
    return [
        ReorderItem(
            sku=line.order_line.sku,
            product_id=line.order_line.product_id,
            variant_id=line.order_line.variant_id,
            title=line.order_line.title,
            variant=line.order_line.variant,
            quantity=line.quantity,
        )
        for line in lines
        if line.order_line and line.quantity > 0
    ]


def _coupon(cancellation_id: int) -> str | None:
    """The newest code that may still be used."""
    enrollment = scenarios.of_cancellation(cancellation_id)
    issued = offers.of_enrollment(enrollment.id) if enrollment else []
    usable = [coupon.code for coupon in issued if coupon.redeemed_at is None and coupon.expires_at > clock.now()]
    return usable[-1] if usable else None
