"""/c/TOKEN: the buyer says why, reads the shop's answer, and cancels or keeps. Both ways out are always in sight."""

from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from kaeru.cancellations import actions
from kaeru.cancellations.errors import NotCancellable, UnknownReason
from kaeru.cancellations.models import CancellationRequest, RequestState
from kaeru.core import clock, links
from kaeru.customers import actions as customers
from kaeru.orders.models import Order
from kaeru.storefront import queries, rules
from kaeru.storefront.pages import behind, show

ACTOR = "customer"
REORDER_FOR = timedelta(days=30)


@require_http_methods(["GET", "HEAD", "POST"])
@behind("cancel")
def cancel(request: HttpRequest, token: str, order_id: int) -> HttpResponse:
    """The page; a POST does one thing (`do`: reason, cancel, keep) and leads back to it, so a reload repeats nothing."""
    order = queries.order_of(order_id)
    if request.method != "POST":
        return _page(request, order)
    try:
        is_understood = _do(request, order)
    except NotCancellable:  # it was shipped or cancelled while the page was open: the page says so
        return HttpResponseRedirect(request.path, status=303)
    if not is_understood:
        return _page(request, order, is_again=True, is_empty=True, status=422)
    return HttpResponseRedirect(request.path, status=303)


@transaction.atomic
def _do(request: HttpRequest, order: Order) -> bool:
    """Carry out what the form says, as a whole; False when it does not say what."""
    do = request.POST.get("do", "")
    if do == "reason":
        try:
            actions.choose_reason(order.id, request.POST.get("reason", ""), actor=ACTOR)
        except UnknownReason:
            return False
        return True
    if do not in {"cancel", "keep"}:
        return False
    wish = queries.newest_request(order)
    if wish is None:
        return False
    is_open = wish.state == RequestState.CONSIDERING
    if is_open and request.POST.get("offers") == "yes" and order.customer_id:
        customers.agree_to_advertising(order.customer_id, source="cancel_page")
    if do == "keep":
        actions.keep(wish.id, actor=ACTOR)
        return True
    actions.confirm(wish.id, actor=ACTOR)
    if is_open:
        links.publish("reorder", order.organization_id, [wish.id], clock.now() + REORDER_FOR)
    return True


def _page(
    request: HttpRequest, order: Order, *, is_again: bool = False, is_empty: bool = False, status: int = 200
) -> HttpResponse:
    wish = queries.newest_request(order)
    stage = rules.stage(
        is_cancelled=order.cancelled_at is not None,
        is_shipped=order.shipped_at is not None,
        request_state=wish.state if wish else None,
        has_reason=bool(wish and wish.reason_id),
        is_again=is_again or "again" in request.GET,
    )
    context = {
        "order": order,
        "lines": queries.lines_of(order),
        "reader": queries.reader_of(order.customer),
        "wish": wish,
        "reason": wish.reason if wish else None,
        "is_empty": is_empty,
        "stage": stage,
    }
    if stage in {"choose", "tell"}:
        context["reasons"] = queries.reasons_of(order.shop)
    if stage == "told" and wish is not None:
        context |= _afterwards(wish)
    return show(request, stage, order.shop, order.customer, _("Cancelling your order"), status, **context)


def _afterwards(wish: CancellationRequest) -> dict[str, object]:
    """Ordering again fits where the shop has something to mind for it; a change of heart is left in peace."""
    has_guidance = bool(wish.reason and any(wish.reason.guidance.values()))
    return {
        "will_write": queries.will_write(wish),
        "has_come_back": queries.has_come_back(wish),
        "reorder_token": queries.reorder_token(wish) if has_guidance else "",
    }
