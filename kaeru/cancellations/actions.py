"""Verbs of a wish to cancel: give the reason, cancel, keep; approve and decline. Each may be repeated; the second time changes nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from django.db import transaction

from kaeru.cancellations import deciding, rules
from kaeru.cancellations.errors import AlreadyDecided, NotCancellable, UnknownReason
from kaeru.cancellations.models import CancellationLine, CancellationRequest, Decision, Reason, RequestState, Verdict
from kaeru.cancellations.policy import queries as policies
from kaeru.cancellations.policy.grounds import words_of
from kaeru.cancellations.policy.rules import DECLINES
from kaeru.core import audit, clock, events, ids, links
from kaeru.core.events import News
from kaeru.orders.models import Order, OrderLine

REORDER_FOR = timedelta(days=30)
"""For how long a buyer whose wish was approved later can order again through the page."""


@transaction.atomic
def choose_reason(order_id: int, reason_code: str, *, actor: str) -> CancellationRequest:
    """The buyer gives exactly one reason; nothing is cancelled by it.

    Raises Order.DoesNotExist, UnknownReason, NotCancellable.
    """
    order = Order.objects.select_for_update().get(id=order_id)
    reason = Reason.objects.filter(shop_id=order.shop_id, code=reason_code, is_active=True).first()
    if reason is None:
        raise UnknownReason(reason_code)
    newest = CancellationRequest.objects.filter(order=order).order_by("-id").first()
    state = rules.OrderState(is_cancelled=order.cancelled_at is not None, is_shipped=order.shipped_at is not None)
    verdict = rules.on_reason(state, newest.state if newest else None, bool(newest and newest.reason_id))
    if verdict in ("already_cancelled", "shipped"):
        raise NotCancellable(verdict)
    if verdict == "open" or newest is None:
        newest = _open(order, actor)
    elif verdict == "unchanged" or newest.reason_id == reason.id:
        return newest
    CancellationRequest.objects.filter(id=newest.id).update(reason=reason, side=reason.side)
    newest.reason, newest.side = reason, reason.side
    audit.record(
        order.organization_id, actor, "cancellation.reason_given", "cancellation", newest.id, reason=reason.code
    )
    if verdict == "attach":
        events.emit([News("cancellation.reason_given", order.organization_id, newest.id)])
    return newest


def _open(order: Order, actor: str) -> CancellationRequest:
    request = CancellationRequest.objects.create(
        id=ids.new_id(), organization_id=order.organization_id, shop_id=order.shop_id, order=order, customer_id=order.customer_id,
        origin=actor.split(":", maxsplit=1)[0] if actor.startswith("api") else "page", state=RequestState.CONSIDERING, value=order.total,
        currency=order.currency, requested_at=clock.now(), created_at=clock.now(),
    )  # fmt: skip
    write_lines([request])
    return request


def write_lines(requests: list[CancellationRequest]) -> None:
    """A whole cancellation lists every line of its order."""
    by_order = {request.order_id: request for request in requests if request.order_id}
    CancellationLine.objects.bulk_create(
        CancellationLine(
            id=ids.new_id(),
            organization_id=line.organization_id,
            request=by_order[line.order_id],
            order_line=line,
            quantity=line.quantity,
            amount=line.quantity * line.unit_price,
        )
        for line in OrderLine.objects.filter(order_id__in=by_order)
    )


def _locked(request_id: int) -> CancellationRequest:
    """The wish with its order, both locked, the order first: nobody else decides, and nothing is shipped meanwhile."""
    order_id = CancellationRequest.objects.values_list("order_id", flat=True).get(id=request_id)
    if order_id is not None:
        Order.objects.select_for_update().only("id").get(id=order_id)
    rows = CancellationRequest.objects.select_for_update(of=("self",))
    return rows.select_related("order", "shop", "reason", "shortage").get(id=request_id)


def _refuse_gone(request: CancellationRequest) -> None:
    """Raise NotCancellable when the order is beyond cancelling."""
    if request.order is not None and request.order.cancelled_at is not None:
        raise NotCancellable("already_cancelled")
    if request.order is not None and request.order.shipped_at is not None:
        raise NotCancellable("shipped")


@transaction.atomic
def confirm(request_id: int, *, actor: str) -> CancellationRequest:
    """The buyer cancels, and the shop's policy answers: REQUESTED (it is cancelled, the scenario of the reason starts), ASKED (a
    person decides; nothing starts yet) or DECLINED (on a ground). A shop without a policy accepts.

    Raises CancellationRequest.DoesNotExist, NotCancellable when the parcel left meanwhile.
    """
    request = _locked(request_id)
    if rules.after(request.state, "accept") is None:
        return request
    _refuse_gone(request)
    asked, verdict = policies.judge_one(request, clock.now())
    basis = deciding.Basis(
        verdict.rule, asked.number or None, verdict.ground, words_of(verdict.ground, asked.policy.grounds)
    )
    before = _declined_before(request, verdict.rule) if verdict.result == "ask" else None
    if before is not None:
        basis = replace(basis, ground=before.ground, words=before.words)
    if verdict.result in DECLINES or before is not None:
        return deciding.write(
            request, RequestState.DECLINED, Verdict.DECLINE, by=deciding.POLICY, actor=actor, news="cancellation.declined",
            basis=basis, told={"by": deciding.POLICY, "ground": basis.ground, "result": verdict.result},
        )  # fmt: skip
    if verdict.result == "ask":
        return deciding.write(
            request, RequestState.ASKED, Verdict.ASK, by=deciding.POLICY, actor=actor, news="cancellation.asked",
            basis=replace(basis, words={}), told={"rule": basis.rule, "ground": basis.ground},
        )  # fmt: skip
    return _accept(request, by=deciding.POLICY, actor=actor, basis=deciding.Basis(verdict.rule, asked.number or None))


def _accept(
    request: CancellationRequest, *, by: str, actor: str, basis: deciding.Basis = deciding.NO_BASIS
) -> CancellationRequest:
    """The order is to be cancelled: by the gate where Kaeru may, else the shop's own system is told, or its staff do it."""
    is_carried = deciding.carry_out(request, actor=actor)
    return deciding.write(
        request, RequestState.REQUESTED, Verdict.APPROVE, by=by, actor=actor, news="cancellation.requested",
        basis=basis, told={"reason": deciding.why_of(request), "by_gate": is_carried},
    )  # fmt: skip


def _declined_before(request: CancellationRequest, rule: str) -> Decision | None:
    """What the staff said to the same wish for the same order, when they said no."""
    if request.order_id is None:
        return None
    earlier = {
        decision.request_id: decision
        for decision in Decision.objects.filter(request__order_id=request.order_id, verdict=Verdict.DECLINE)
        .exclude(by=deciding.POLICY)
        .select_related("request")
        .order_by("id")
    }
    asked = dict(Decision.objects.filter(request_id__in=earlier, verdict=Verdict.ASK).values_list("request_id", "rule"))
    now = rules.Situation(request.reason_id, request.value, rule)
    for key, decision in reversed(earlier.items()):
        was = rules.Situation(decision.request.reason_id, decision.request.value, asked.get(key, ""))
        if key in asked and rules.is_settled(now, [was]):
            return decision
    return None


@transaction.atomic
def approve(request_id: int, *, actor: str) -> CancellationRequest:
    """The staff say yes to a wish that waits for them: the order is cancelled, and the scenario of the reason starts.

    Raises CancellationRequest.DoesNotExist, AlreadyDecided (kept or declined meanwhile), NotCancellable (shipped or cancelled meanwhile).
    """
    request = _locked(request_id)
    if rules.after(request.state, "approve") is None:
        return _as_it_is(request, "approve")
    _refuse_gone(request)
    links.publish("reorder", request.organization_id, [request.id], clock.now() + REORDER_FOR)
    return _accept(request, by=actor, actor=actor)


@transaction.atomic
def decline(request_id: int, *, ground: str, words: Mapping[str, str] | None = None, actor: str) -> CancellationRequest:
    """The staff say no to a wish that waits for them, on a ground that the buyer reads: in `words` ({"ja", "en"}), else the shop's.

    Raises CancellationRequest.DoesNotExist, AlreadyDecided (approved, kept or cancelled meanwhile), ValueError without a ground.
    """
    if not ground.strip():
        raise ValueError("a wish is declined on a ground")
    request = _locked(request_id)
    if request.state == RequestState.CONSIDERING or rules.after(request.state, "decline") is None:
        return _as_it_is(request, "decline")
    asked = policies.standing([request.shop_id])[request.shop_id]
    usual = words_of(ground, asked.policy.grounds)
    said = {language: (words or {}).get(language, "").strip() or text for language, text in usual.items()}
    return deciding.write(
        request, RequestState.DECLINED, Verdict.DECLINE, by=actor, actor=actor, news="cancellation.declined",
        basis=deciding.Basis(ground=ground, words=said), told={"by": "staff", "ground": ground, "result": "refuse"},
    )  # fmt: skip


def _as_it_is(request: CancellationRequest, deed: rules.Deed) -> CancellationRequest:
    """A deed that was done before is done; one that somebody decided against is refused."""
    if request.state in rules.REACHED[deed]:
        return request
    raise AlreadyDecided(request.state)


@transaction.atomic
def keep(request_id: int, *, actor: str) -> CancellationRequest:
    """The buyer keeps the order, also while the shop is still deciding. Raises CancellationRequest.DoesNotExist."""
    request = _locked(request_id)
    if rules.after(request.state, "keep") is None:
        return request
    return deciding.write(request, RequestState.KEPT, Verdict.KEEP, by=actor, actor=actor, news="cancellation.kept")


def request(order_id: int, reason_code: str, *, actor: str) -> CancellationRequest:
    """Reason and decision in one, for a shop's own cancel form that asked both."""
    with transaction.atomic():
        chosen = choose_reason(order_id, reason_code, actor=actor)
        return confirm(chosen.id, actor=actor)


@transaction.atomic
def mark_cancelled(request_id: int, *, actor: str) -> bool:
    """A person says that the order is cancelled in the shop's own system; False when it was not waiting for that."""
    moment = clock.now()
    row = CancellationRequest.objects.filter(id=request_id, state=RequestState.REQUESTED)
    if not row.update(state=RequestState.CANCELLED, cancelled_at=moment):
        return False
    owner = CancellationRequest.objects.values_list("organization_id", flat=True).get(id=request_id)
    audit.record(owner, actor, "cancellation.confirmed_by_hand", "cancellation", request_id)
    return True
