"""A buyer asks the mall to cancel (キャンセル要請): the wish is the buyer's, and it waits for the staff, as the mall waits for the shop.

What the shop's policy says becomes the proposed answer. Whoever takes the request back on the mall keeps the order.
"""

from collections.abc import Sequence
from typing import Final

from kaeru.cancellations import actions as wishes
from kaeru.cancellations import mall_words
from kaeru.cancellations.actions import write_lines
from kaeru.cancellations.deciding import MALL, POLICY
from kaeru.cancellations.models import CancellationRequest, Decision, Reason, RequestState, Side, Verdict
from kaeru.cancellations.policy import queries as policies
from kaeru.cancellations.policy.rules import DECLINES
from kaeru.core import audit, clock, events, ids
from kaeru.core.events import News, receiver
from kaeru.core.models import Event
from kaeru.orders.models import Order

UNDECIDED: Final = (RequestState.CONSIDERING, RequestState.ASKED, RequestState.REQUESTED)


@receiver("order.cancel_asked")
def put_what_a_mall_tells(told: list[Event]) -> None:
    """Each becomes a wish that a person answers. Told twice it is one wish; what is being decided already stays as it is."""
    rows = Order.objects.select_for_update(of=("self",)).order_by("id")
    asked = rows.filter(id__in={event.subject_id for event in told}, cancelled_at=None, cancel_asked_at__isnull=False)
    orders = list(asked.filter(is_history=False))
    known = CancellationRequest.objects.filter(order__in=orders)
    is_known = {
        request.order_id
        for request in known
        if request.state in UNDECIDED or (request.origin == MALL and request.requested_at == _asked_at(orders, request))
    }
    fresh = _made([order for order in orders if order.id not in is_known])
    if not fresh:
        return
    CancellationRequest.objects.bulk_create(fresh)
    write_lines(fresh)
    _put_to_the_staff(fresh)


def _asked_at(orders: Sequence[Order], request: CancellationRequest) -> object:
    return next(order.cancel_asked_at for order in orders if order.id == request.order_id)


def _made(orders: Sequence[Order]) -> list[CancellationRequest]:
    reasons: dict[int, dict[str, Reason]] = {}
    for reason in Reason.objects.filter(shop_id__in={order.shop_id for order in orders}, side=Side.CUSTOMER):
        reasons.setdefault(reason.shop_id, {})[reason.code] = reason
    moment = clock.now()
    made = []
    for order in orders:
        offered = reasons.get(order.shop_id, {})
        made.append(
            CancellationRequest(
                id=ids.new_id(), organization_id=order.organization_id, shop_id=order.shop_id, order=order, customer_id=order.customer_id,
                reason=offered.get(mall_words.reason_of(order.cancel_reason, offered)), side=Side.CUSTOMER, origin=MALL,
                state=RequestState.ASKED, value=order.total, currency=order.currency,
                requested_at=order.cancel_asked_at or moment, decided_at=moment, created_at=moment,
            )
        )  # fmt: skip
    return made


def _put_to_the_staff(fresh: Sequence[CancellationRequest]) -> None:
    """Written down as the policy's: left to a person, with the ground on which it would say no."""
    moment = clock.now()
    standing = policies.standing({request.shop_id for request in fresh})
    verdicts = policies.judge(
        [policies.of_request(request, moment) for request in fresh],
        {shop_id: one.policy for shop_id, one in standing.items()},
    )
    decisions, news = [], []
    for request, verdict in zip(fresh, verdicts, strict=True):
        is_gone = request.order is not None and request.order.shipped_at is not None
        ground = (
            "shipped" if is_gone else verdict.ground if verdict.result in DECLINES or verdict.result == "ask" else ""
        )
        decisions.append(
            Decision(
                id=ids.new_id(), organization_id=request.organization_id, request=request, verdict=Verdict.ASK, by=POLICY,
                rule=verdict.rule[:60], policy=standing[request.shop_id].number or None, ground=ground[:60], decided_at=moment,
            )
        )  # fmt: skip
        told = {"rule": verdict.rule, "ground": ground}
        news.append(News("cancellation.asked", request.organization_id, request.id, told))
    Decision.objects.bulk_create(decisions)
    audit.record_many(
        (request.organization_id, MALL, "cancellation.asked", "cancellation", request.id, {"reason": request.reason.code if request.reason else ""})
        for request in fresh
    )  # fmt: skip
    events.emit(news)


@receiver("order.cancel_withdrawn")
def keep_what_was_taken_back(told: list[Event]) -> None:
    """The buyer took the request back on the mall, or the mall did: the order stands."""
    orders = Order.objects.filter(id__in={event.subject_id for event in told}, cancelled_at=None, cancel_asked_at=None)
    waiting = CancellationRequest.objects.filter(order__in=orders, origin=MALL, state=RequestState.ASKED)
    for request_id in waiting.order_by("id").values_list("id", flat=True):
        wishes.keep(request_id, actor=MALL)
