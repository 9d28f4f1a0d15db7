"""/r/TOKEN: order again, with what went wrong put right. One button leads into the shop's own cart."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from kaeru.cancellations.cart import cart_address
from kaeru.cancellations.models import CancellationRequest, RequestState
from kaeru.core import links
from kaeru.storefront import queries
from kaeru.storefront.pages import behind, show

GONE = {RequestState.REQUESTED, RequestState.CANCELLED}


@require_safe
@behind("reorder")
def reorder(request: HttpRequest, token: str, request_id: int) -> HttpResponse:
    """The items of the cancelled order, the coupon if there is one, and what to mind this time. Reading changes nothing."""
    wish = CancellationRequest.objects.select_related("reason", "shop__organization", "order", "customer").get(
        id=request_id
    )
    lines = queries.lines_of(wish.order) if wish.order else []
    coupon = queries.usable_coupon(wish)
    items = [(line.variant_id or line.sku or line.product_id, line.quantity) for line in lines]
    has_come_back = queries.has_come_back(wish)
    return show(
        request,
        "reorder",
        wish.shop,
        wish.customer,
        _("Order again"),
        order=wish.order,
        reason=wish.reason,
        lines=lines,
        coupon=coupon,
        has_come_back=has_come_back,
        is_standing=wish.state not in GONE,
        cart=cart_address(wish.shop.cart_url, items, coupon.code if coupon else "", token),
        cancel_token=links.token_for("cancel", wish.organization_id, wish.order_id) if wish.order_id else "",
    )
