"""Verbs of a repair: ask, offer, accept, settle. Each may be repeated; two taps and two tabs make one repair."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kaeru.cancellations import deciding, swaps
from kaeru.cancellations.desk.opening import for_request, open_cases
from kaeru.cancellations.models import (
    CancellationRequest,
    Decision,
    Repair,
    RepairState,
    RequestState,
    Swap,
    Verdict,
)
from kaeru.cancellations.repairs import closing, for_reason, kinds, queries
from kaeru.cancellations.repairs.base import Form, Kind, Stage, can
from kaeru.cancellations.repairs.errors import NotRepairable, UnknownRepair
from kaeru.connectors.gate import actions as gate
from kaeru.core import audit, clock, events, ids
from kaeru.core.events import News
from kaeru.core.wording import language_of
from kaeru.offers import actions as offers
from kaeru.offers.errors import CouponExpired, CouponNotFit, CouponNotFound, CouponUsed
from kaeru.orders.models import Order

SOURCE = "repair"
OPEN_WISHES = (RequestState.CONSIDERING, RequestState.ASKED)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of the buyer's form: a repair, or a swap, or what to mend."""

    repair: Repair | None = None
    swap: Swap | None = None
    problems: Mapping[str, str] = field(default_factory=dict)


def offered(stage: Stage) -> tuple[Kind, ...]:
    """The kinds that answer the wish's reason and that the shop offers; an offer of the shop's own comes first."""
    code = stage.request.reason.code if stage.request.reason else ""
    return tuple(kind for kind in for_reason(code) if kind.name not in stage.terms.without)


@transaction.atomic
def ask(request_id: int, kind_name: str, form: Form, *, actor: str) -> Answer:
    """The buyer wants this put right. By the shop's system where it can, by a swap where a new order does it, else by staff.

    Raises CancellationRequest.DoesNotExist, UnknownRepair, NotRepairable.
    """
    request, order = _locked(request_id)
    known = queries.open_of([request_id]).get(request_id)
    if known is not None and known.state != RepairState.OFFERED:
        return Answer(repair=known)
    _refuse_over(request, order)
    stage = queries.stage_of(request, order, language_of(translation.get_language()))
    kind = kinds().get(kind_name)
    if (
        kind is None
        or (known is None and kind not in offered(stage))
        or (known is not None and known.kind != kind.name)
    ):
        raise UnknownRepair(kind_name)
    told = kind.read(stage, form)
    if told.problems:
        return Answer(problems=told.problems)
    changes = kind.changes(stage, told.asked)
    items = kind.cart(stage, told.asked)
    if (
        not can(stage, changes)
        and items
        and (swap := swaps.open_swap(request, order, stage, items, actor=actor)) is not None
    ):
        return Answer(swap=swap)
    asked, problem = _take_coupon(kind, stage, told.asked)
    if problem:
        return Answer(problems={"code": problem})
    state = RepairState.ASKED if can(stage, changes) else RepairState.BY_HAND
    if known is None:
        repair = Repair.objects.create(
            id=ids.new_id(), organization_id=request.organization_id, request=request, kind=kind.name, state=state,
            asked=asked, created_at=clock.now(),
        )  # fmt: skip
    else:
        repair = known
        repair.state, repair.asked = state, asked
        Repair.objects.filter(id=known.id).update(state=state, asked=asked, answer_by=None)
    asks = [
        gate.Ask(
            request.organization_id, request.shop_id, order.id, change, f"repair:{repair.id}:{number}",
            deciding.why_of(request), actor, SOURCE, repair.id,
        )
        for number, change in enumerate(changes)
    ]  # fmt: skip
    if state == RepairState.ASKED:
        gate.ask(asks)
    else:
        gate.note(asks)
        open_cases([for_request("repair", request, repair.id)])
    audit.record(request.organization_id, actor, "repair.asked", "repair", repair.id, kind=kind.name, state=state)
    events.emit([News("repair.asked", request.organization_id, repair.id, {"kind": kind.name, "state": str(state)})])
    return Answer(repair=repair)


def _locked(request_id: int) -> tuple[CancellationRequest, Order]:
    """The wish and its order, the order first, as everybody locks them. Raises NotRepairable for a wish without an order."""
    order_id = CancellationRequest.objects.values_list("order_id", flat=True).get(id=request_id)
    if order_id is None:
        raise NotRepairable("gone")
    Order.objects.select_for_update().only("id").get(id=order_id)
    order = Order.objects.select_related("shop", "customer").get(id=order_id)
    rows = CancellationRequest.objects.select_for_update(of=("self",)).select_related("reason", "shop", "shortage")
    return rows.get(id=request_id), order


def _refuse_over(request: CancellationRequest, order: Order) -> None:
    if order.cancelled_at is not None:
        raise NotRepairable("cancelled")
    if order.shipped_at is not None:
        raise NotRepairable("shipped")
    if request.state not in OPEN_WISHES:
        raise NotRepairable("decided")


def _take_coupon(kind: Kind, stage: Stage, asked: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Use the coupon up for this order, in the same transaction as the change that takes it off. Returns what is asked and a problem."""
    told, code, sums = dict(asked), kind.coupon(asked), stage.sums
    if not code:
        return told, ""
    try:
        offers.redeem(
            stage.order.shop_id, code, stage.order.source_id, subtotal=sums.subtotal, shipping_fee=sums.shipping_fee
        )
    except (CouponExpired, CouponNotFit, CouponNotFound, CouponUsed):  # read a moment ago: somebody was faster
        return told, _("This coupon cannot be used any more.")
    return {**told, "took": code}, ""


@transaction.atomic
def done_by_hand(repair_id: int, *, actor: str) -> bool:
    """Staff have carried it out in the shop's own system; False when it does not wait for that."""
    return bool(finish(_by_hand(repair_id), RepairState.DONE, actor=actor))


@transaction.atomic
def refuse_by_hand(repair_id: int, *, code: str = "cannot", actor: str) -> bool:
    """Staff cannot do it: the buyer reads so, and chooses again; False when it does not wait for that."""
    return bool(finish(_by_hand(repair_id), RepairState.REFUSED, code=code, actor=actor))


def _by_hand(repair_id: int) -> list[Repair]:
    rows = Repair.objects.select_for_update(of=("self",)).select_related("request__order")
    return list(rows.filter(id=repair_id, state=RepairState.BY_HAND))


def hand_over(repairs: Sequence[Repair], *, actor: str) -> None:
    """The shop's system did not do these: staff carry them out; in the caller's transaction."""
    if not repairs:
        return
    Repair.objects.filter(id__in=[row.id for row in repairs]).update(state=RepairState.BY_HAND)
    open_cases(for_request("repair", row.request, row.id) for row in repairs)
    audit.record_many(
        (row.organization_id, actor, "repair.by_hand", "repair", row.id, {"kind": row.kind}) for row in repairs
    )


@transaction.atomic
def decline_offer(request_id: int, *, actor: str) -> bool:
    """The buyer does not take what the shop offers in place of an item; False when nothing is offered.

    What follows is decided by who offered: the desk, or the shortage.
    """
    _locked(request_id)
    rows = Repair.objects.select_for_update(of=("self",)).select_related("request__order", "request__shop")
    return bool(
        finish(
            rows.filter(request_id=request_id, state=RepairState.OFFERED),
            RepairState.REFUSED,
            code="declined",
            actor=actor,
        )
    )


def expire(limit: int) -> int:
    """Offers that nobody answered in time are over, those of a shortage left out, which ends them itself; returns how many."""
    with transaction.atomic():
        rows = Repair.objects.select_for_update(of=("self",)).select_related("request__order", "request__shop")
        due = rows.filter(state=RepairState.OFFERED, answer_by__lte=clock.now(), request__shortage=None).order_by(
            "answer_by"
        )[:limit]
        return finish(due, RepairState.EXPIRED, code="unanswered", actor="kaeru")


def finish(repairs: Iterable[Repair], state: RepairState, *, code: str = "", actor: str) -> int:
    """These repairs are over, in the caller's transaction: done keeps the order, refused leaves the buyer to choose again.

    `repairs` come with request and order. A constant number of queries; returns how many.
    """
    rows, moment = list(repairs), clock.now()
    if not rows:
        return 0
    is_done = state == RepairState.DONE
    if is_done:
        offers.note_redemptions(
            [
                (row.request.order, str(row.asked["took"]), int(row.asked.get("amount") or 0))
                for row in rows
                if row.asked.get("took") and row.request.order is not None
            ]
        )
    else:
        closing.give_back_coupons(rows, actor=actor)
    for row in rows:
        said = {name: row.asked[name] for name in _STAYS_KNOWN if name in row.asked} if is_done else {}
        row.state, row.done_at, row.outcome = state, moment, said | ({"code": code} if code else {})
        row.asked = {} if is_done else row.asked
    Repair.objects.bulk_update(rows, ["state", "done_at", "outcome", "asked"])
    closing.close_cases(SOURCE, [row.id for row in rows], outcome="done" if is_done else "cannot")
    audit.record_many(
        (row.organization_id, actor, f"repair.{state}", "repair", row.id, {"kind": row.kind, "code": code})
        for row in rows
    )
    events.emit(News(f"repair.{state}", row.organization_id, row.id, {"kind": row.kind, "code": code}) for row in rows)
    if is_done:
        _keep([row for row in rows if row.request.state in OPEN_WISHES], actor)
    return len(rows)


def _keep(repairs: Sequence[Repair], actor: str) -> None:
    """The orders of these wishes stay, repaired."""
    wishes, moment = {row.request_id: row for row in repairs}, clock.now()
    CancellationRequest.objects.filter(id__in=wishes).update(state=RequestState.KEPT, decided_at=moment)
    Decision.objects.bulk_create(
        Decision(
            id=ids.new_id(), organization_id=row.organization_id, request_id=row.request_id, verdict=Verdict.KEEP, by=SOURCE,
            decided_at=moment,
        )
        for row in repairs
    )  # fmt: skip
    told = "cancellation.kept"
    audit.record_many(
        (row.organization_id, actor, told, "cancellation", row.request_id, {"repaired": row.kind}) for row in repairs
    )
    events.emit(News(told, row.organization_id, row.request_id, {"repaired": row.kind}) for row in repairs)


_STAYS_KNOWN = ("amount", "said", "more", "total", "quantity", "title", "with", "number", "wish", "by", "taken", "code")
"""Of what was asked, what stays known when it is done: nothing of it is about a person."""
