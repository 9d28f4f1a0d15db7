"""/c/TOKEN: the buyer says why, reads the shop's answer, has it put right, cancels or keeps. The ways out are always in sight."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from kaeru.cancellations import actions, refunds, swaps
from kaeru.cancellations import queries as cancellations
from kaeru.cancellations.errors import AlreadyDecided, NotCancellable, UnknownReason
from kaeru.cancellations.models import CancellationRequest, RequestState, Swap
from kaeru.cancellations.repairs import actions as repairs
from kaeru.cancellations.repairs import closing, holding, kinds
from kaeru.cancellations.repairs import queries as repaired
from kaeru.cancellations.repairs.errors import NotRepairable, UnknownRepair
from kaeru.core import clock, links
from kaeru.customers import actions as customers
from kaeru.orders.models import Order
from kaeru.storefront import queries, repairing, rules
from kaeru.storefront.pages import behind, reading, show
from kaeru.storefront.repairing import Typed

ACTOR = "customer"
REORDER_FOR = timedelta(days=30)
LONGEST = 200
"""Letters of one field; a form of this page has none longer."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a form: whether it says what to do, and what is shown again."""

    is_done: bool = False
    typed: Typed = field(default_factory=Typed)
    status: int = 422


@require_http_methods(["GET", "HEAD", "POST"])
@behind("cancel")
def cancel(request: HttpRequest, token: str, order_id: int) -> HttpResponse:
    """The page; a POST does one thing (`do`) and leads back to it, so a reload repeats nothing. `look` only shows what would be."""
    order = queries.order_of(order_id)
    if request.method != "POST":
        return _page(request, order, Typed())
    try:
        with reading(request, order.shop, order.customer):
            sent = _do(request, order)
    except (
        NotCancellable,
        NotRepairable,
        AlreadyDecided,
    ):  # it left or was cancelled while the page was open: the page says so
        return HttpResponseRedirect(request.path, status=303)
    if sent.is_done:
        return HttpResponseRedirect(request.path, status=303)
    is_empty = not sent.typed.kind
    return _page(request, order, sent.typed, is_again=is_empty, is_empty=is_empty, status=sent.status)


@transaction.atomic
def _do(request: HttpRequest, order: Order) -> Sent:
    """Carry out what the form says, as a whole."""
    do = request.POST.get("do", "")
    if do == "reason":
        try:
            chosen = actions.choose_reason(order.id, request.POST.get("reason", ""), actor=ACTOR)
        except UnknownReason:
            return Sent()
        if chosen.state == RequestState.CONSIDERING:
            holding.hold(chosen, actor=ACTOR)
        return Sent(is_done=True)
    wish = queries.newest_request(order)
    if wish is None:
        return Sent()
    match do:
        case "look" | "repair":
            return _repair(request, wish, is_asked=do == "repair")
        case "undo":
            swaps.undo(wish.id, actor=ACTOR)
        case "cancel" | "keep":
            _decide(request, order, wish, do)
        case _:
            return Sent()
    return Sent(is_done=True)


def _repair(request: HttpRequest, wish: CancellationRequest, *, is_asked: bool) -> Sent:
    form = {name: str(value)[:LONGEST] for name, value in request.POST.items()}
    kind = form.get("kind", "")
    if not is_asked:
        return Sent(typed=Typed(kind, form), status=200)
    try:
        answer = repairs.ask(wish.id, kind, form, actor=ACTOR)
    except UnknownRepair:
        return Sent()
    return Sent(is_done=not answer.problems, typed=Typed(kind, form, answer.problems))


def _decide(request: HttpRequest, order: Order, wish: CancellationRequest, do: str) -> None:
    is_open = wish.state == RequestState.CONSIDERING
    if is_open and request.POST.get("offers") == "yes" and order.customer_id:
        customers.agree_to_advertising(order.customer_id, source="cancel_page")
    swap = repaired.swap_of(wish.id)
    if swap is not None and swap.state == "ordered":
        return  # both orders stand for a while: the way back is `undo`
    if do == "keep" and repaired.is_under_way(wish.id):
        return  # another tab had it put right, which keeps the order, too
    if wish.state in (RequestState.CONSIDERING, RequestState.ASKED):
        if do == "cancel" and repairs.decline_offer(wish.id, actor=ACTOR):
            return
        closing.withdraw([wish.id], actor=ACTOR)
    if do == "keep":
        actions.keep(wish.id, actor=ACTOR)
        return
    made = actions.confirm(wish.id, actor=ACTOR)
    if is_open and made.state == RequestState.REQUESTED:
        links.publish("reorder", order.organization_id, [wish.id], clock.now() + REORDER_FOR)


def _page(
    request: HttpRequest,
    order: Order,
    typed: Typed,
    *,
    is_again: bool = False,
    is_empty: bool = False,
    status: int = 200,
) -> HttpResponse:
    wish = queries.newest_request(order)
    repair = repaired.newest(wish.id) if wish else None
    swap = repaired.swap_of(wish.id) if wish else None
    stage = rules.stage(
        is_cancelled=order.cancelled_at is not None,
        is_shipped=order.shipped_at is not None,
        request_state=wish.state if wish else None,
        has_reason=bool(wish and wish.reason_id),
        is_again=is_again or "again" in request.GET,
        repair_state=repair.state if repair else None,
        swap_state=swap.state if swap else None,
    )
    context = {
        "order": order,
        "lines": queries.lines_of(order),
        "reader": queries.reader_of(order.customer),
        "wish": wish,
        "reason": wish.reason if wish else None,
        "repair": repair,
        "kind": kinds().get(repair.kind) if repair else None,
        "told": (repair.asked or repair.outcome) if repair else {},
        "is_empty": is_empty,
        "stage": stage,
    }
    if stage in {"choose", "tell"}:
        context["reasons"] = queries.reasons_of(order.shop)
    if wish is not None:
        with reading(request, order.shop, order.customer):
            context |= _of_stage(stage, wish, order, swap, typed, context)
    return show(request, stage, order.shop, order.customer, _("Cancelling your order"), status, **context)


def _of_stage(
    stage: rules.Stage, wish: CancellationRequest, order: Order, swap: Swap | None, typed: Typed, known: dict[str, Any]
) -> dict[str, Any]:
    """What only this page needs."""
    match stage:
        case "told":
            return _afterwards(wish)
        case "answer":
            return {"parts": repairing.parts(wish, order, typed)}
        case "offered":
            return {"part": repairing.offer(wish, order, typed)}
        case "repairing" | "by_hand":
            return repairing.standing(wish, known["repair"])
        case "swap" | "swapped" if swap is not None:
            return repairing.swapping(swap)
        case "asked":
            return repairing.asked(wish)
        case "declined":
            return repairing.declined(wish)
        case _:
            return {}


def _afterwards(wish: CancellationRequest) -> dict[str, Any]:
    """Ordering again fits where the shop has something to mind for it; a change of heart is left in peace."""
    has_guidance = bool(wish.reason and any(wish.reason.guidance.values()))
    money = cancellations.refund_plan(wish)
    return {
        "money": refunds.for_buyer(money),
        "money_url": money.form_url,
        "has_coupons_back": money.coupons and bool(wish.order and wish.order.coupon_codes),
        "will_write": queries.will_write(wish),
        "has_come_back": queries.has_come_back(wish),
        "reorder_token": queries.reorder_token(wish) if has_guidance else "",
    }
