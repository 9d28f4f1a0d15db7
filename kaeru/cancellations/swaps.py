"""入れ替え: the new order first, the old one after. The old order is never lost before the new one stands, and each way back is open
until the time to undo is over.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from kaeru.cancellations import deciding
from kaeru.cancellations.cart import cart_address
from kaeru.cancellations.desk.opening import for_request, open_cases
from kaeru.cancellations.models import CancellationRequest, RequestState, Swap, SwapState, Verdict
from kaeru.cancellations.repairs.base import Item, Stage
from kaeru.cancellations.repairs.terms import terms_of
from kaeru.connectors.changes import MakeDraft
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.models import ChangeState, OrderChange
from kaeru.core import audit, clock, events, ids, links
from kaeru.core.events import News
from kaeru.orders.models import Order

SOURCE = "swap"
REF_FOR = timedelta(days=30)
"""A new order that comes later than the swap's own time still tells where it came from."""
LONGEST_URL = 500
UNDECIDED = (RequestState.CONSIDERING, RequestState.ASKED)


def open_swap(
    request: CancellationRequest, order: Order, stage: Stage, items: Sequence[Item], *, actor: str
) -> Swap | None:
    """The buyer may order anew; the old order stands. None where the shop has no cart to lead to and makes no drafts.

    In the caller's transaction, which holds request and order. One that is open, or ordered, stays as it is.
    """
    token = links.publish("reorder", request.organization_id, [request.id], clock.now() + REF_FOR)[request.id]
    address = cart_address(order.shop.cart_url, items, "", token)
    if len(address) > LONGEST_URL:
        address = cart_address(order.shop.cart_url, [("", 0)], "", token)
    if not address and not stage.capabilities.can_draft:
        return None
    moment = clock.now()
    told = {"state": SwapState.OPEN, "url": address, "opened_at": moment, "done_at": None, "new_order": None, "undo_until": None,
            "open_until": moment + timedelta(minutes=stage.terms.swap_minutes)}  # fmt: skip
    known = Swap.objects.select_for_update().filter(request=request).first()
    if known is not None and known.state not in (SwapState.EXPIRED, SwapState.UNDONE):
        return known
    if known is None:
        known = Swap(id=ids.new_id(), organization_id=request.organization_id, request=request, **told)
        known.save(force_insert=True)
    else:
        Swap.objects.filter(id=known.id).update(**told)
        known.refresh_from_db()
    if stage.capabilities.can_draft:
        change = MakeDraft(tuple(items), token, stage.terms.swap_minutes)
        key = f"draft:{known.id}:{int(moment.timestamp())}"
        gate.ask(
            [gate.Ask(request.organization_id, request.shop_id, order.id, change, key, deciding.why_of(request), actor, SOURCE, known.id)]
        )  # fmt: skip
    audit.record(request.organization_id, actor, "swap.opened", "swap", known.id)
    events.emit([News("swap.opened", request.organization_id, known.id)])
    return known


@transaction.atomic
def undo(request_id: int, *, actor: str) -> bool:
    """The buyer takes the swap back while it can be: the old order stands, and the new one is cancelled instead.

    False when there is nothing to take back any more.
    """
    swap = next(iter(_locked(Swap.objects.filter(request_id=request_id))), None)
    if swap is None or swap.state not in (SwapState.OPEN, SwapState.ORDERED):
        return False
    was = swap.state
    if was == SwapState.ORDERED and swap.undo_until is None:
        return False
    state = SwapState.UNDONE if was == SwapState.ORDERED else SwapState.EXPIRED
    Swap.objects.filter(id=swap.id).update(state=state, done_at=clock.now())
    audit.record(swap.organization_id, actor, f"swap.{state}", "swap", swap.id)
    told = {"request": swap.request_id, "new_order": swap.new_order_id}
    events.emit([News(f"swap.{state}", swap.organization_id, swap.id, told)])
    if was == SwapState.ORDERED and swap.new_order is not None:
        _cancel_new(swap, swap.new_order, actor)
        if swap.request.state in UNDECIDED:
            deciding.write(
                swap.request, RequestState.KEPT, Verdict.KEEP, by=actor, actor=actor, news="cancellation.kept"
            )
    return True


def _locked(rows: QuerySet[Swap]) -> list[Swap]:
    """These swaps with their wishes and orders, all locked: orders first, then wishes, then swaps, as everybody locks them."""
    found = list(rows.values_list("id", "request_id", "request__order_id", "new_order_id"))
    orders = {order_id for _, _, *both in found for order_id in both if order_id}
    list(Order.objects.select_for_update().filter(id__in=orders).order_by("id").values_list("id", flat=True))
    wishes = sorted(row[1] for row in found)
    list(
        CancellationRequest.objects.select_for_update()
        .filter(id__in=wishes)
        .order_by("id")
        .values_list("id", flat=True)
    )
    whole = Swap.objects.select_for_update(of=("self",)).select_related(
        "request__order", "request__shop", "request__reason", "request__shortage", "new_order"
    )
    return list(whole.filter(id__in=[row[0] for row in found]).order_by("id"))


def _cancel_new(swap: Swap, order: Order, actor: str) -> None:
    """The new order is not wanted after all; one that left or is cancelled already stays as it is."""
    if order.cancelled_at is not None or order.shipped_at is not None:
        return
    old = swap.request
    is_wished = CancellationRequest.objects.filter(
        order=order, state__in=[RequestState.CONSIDERING, RequestState.ASKED, RequestState.REQUESTED]
    ).exists()
    if is_wished:
        return
    wish = CancellationRequest(
        id=ids.new_id(), organization_id=order.organization_id, shop_id=order.shop_id, order=order, customer_id=order.customer_id,
        reason=old.reason, side=old.side, origin="swap", state=RequestState.CONSIDERING, value=order.total,
        currency=order.currency, requested_at=clock.now(), created_at=clock.now(),
    )  # fmt: skip
    wish.save(force_insert=True)
    _take_out(wish, actor)


def _take_out(request: CancellationRequest, actor: str) -> None:
    """The order goes because another one stands: no scenario starts by it."""
    is_carried = deciding.carry_out(request, actor=actor)
    deciding.write(
        request, RequestState.REQUESTED, Verdict.APPROVE, by=SOURCE, actor=actor, news="cancellation.swapped",
        told={"reason": deciding.why_of(request), "by_gate": is_carried},
    )  # fmt: skip


@transaction.atomic
def expire(limit: int) -> int:
    """No new order came in time: the old one stands, and the buyer may begin again. Returns how many."""
    due = Swap.objects.filter(state=SwapState.OPEN, open_until__lte=clock.now()).order_by("open_until")
    rows = [swap for swap in _locked(due[:limit]) if swap.state == SwapState.OPEN]
    _end(rows, SwapState.EXPIRED)
    return len(rows)


def settle_due(limit: int) -> int:
    """The time to undo is over: the old order is cancelled where the new one still stands. Returns how many were looked at."""
    due = Swap.objects.filter(state=SwapState.ORDERED, undo_until__lte=clock.now()).order_by("undo_until")
    with transaction.atomic():
        rows = [
            swap for swap in _locked(due[:limit]) if swap.state == SwapState.ORDERED and swap.undo_until is not None
        ]
        for swap in rows:
            _settle(swap)
    return len(rows)


def _settle(swap: Swap) -> None:
    """One swap whose time is over."""
    old, new, wish = swap.request.order, swap.new_order, swap.request
    if new is None or new.cancelled_at is not None or wish.state in (RequestState.KEPT, RequestState.DECLINED):
        _end([swap], SwapState.UNDONE)
    elif old is None or old.cancelled_at is not None:
        _end([swap], SwapState.DONE)
    elif old.shipped_at is not None:
        _end([swap], SwapState.FAILED)
    else:
        Swap.objects.filter(id=swap.id).update(undo_until=None)
        if wish.state in UNDECIDED:
            _take_out(wish, SOURCE)


def _end(swaps: Sequence[Swap], state: SwapState) -> None:
    """These swaps are over; news of it tells the new order along."""
    if not swaps:
        return
    Swap.objects.filter(id__in=[swap.id for swap in swaps]).update(state=state, done_at=clock.now())
    events.emit(
        News(
            f"swap.{state}", swap.organization_id, swap.id, {"request": swap.request_id, "new_order": swap.new_order_id}
        )
        for swap in swaps
    )
    audit.record_many((swap.organization_id, SOURCE, f"swap.{state}", "swap", swap.id, {}) for swap in swaps)


def heard_orders(orders: Iterable[Order]) -> None:
    """New orders were told: those that came by the reference of an open swap stand in for the old one from now on.

    A second order of the same swap, or one that comes too late, is shown to a person: two orders may be one too many.
    """
    by_request: dict[int, list[Order]] = {}
    for order in orders:
        link = links.resolve("reorder", order.reorder_ref) if order.reorder_ref else None
        if link is not None and link.organization_id == order.organization_id and order.cancelled_at is None:
            by_request.setdefault(link.subject_id, []).append(order)
    swaps = _locked(Swap.objects.filter(request_id__in=by_request)) if by_request else []
    terms = {shop_id: terms_of(shop_id) for shop_id in {swap.request.shop_id for swap in swaps}}
    taken, doubled = [], []
    for swap in swaps:
        old = swap.request
        fitting = [one for one in by_request[old.id] if one.shop_id == old.shop_id and one.id != old.order_id]
        is_new = bool(fitting) and swap.state == SwapState.OPEN and old.state in UNDECIDED
        if is_new and old.order is not None and old.order.cancelled_at is None:
            swap.new_order, swap.state = fitting.pop(0), SwapState.ORDERED
            swap.undo_until = clock.now() + timedelta(minutes=terms[old.shop_id].undo_minutes)
            taken.append(swap)
        is_gone = old.state in (RequestState.REQUESTED, RequestState.CANCELLED) and swap.new_order_id is None
        if any(one.id != swap.new_order_id for one in fitting) and not is_gone:
            doubled.append(swap)
    Swap.objects.bulk_update(taken, ["new_order", "state", "undo_until"])
    audit.record_many((swap.organization_id, "shop", "swap.ordered", "swap", swap.id, {}) for swap in taken)
    events.emit(News("swap.ordered", swap.organization_id, swap.id) for swap in taken)
    open_cases(for_request(SOURCE, swap.request, swap.id, {"why": "two_orders"}) for swap in doubled)


def heard_cancelled(order_ids: Iterable[int]) -> None:
    """Orders were cancelled: a swap whose new one it is leaves the old one standing; one whose old one it is, is done."""
    gone = set(order_ids)
    ordered = Swap.objects.select_for_update(of=("self",)).filter(state=SwapState.ORDERED)
    rows = list(ordered.select_related("request").filter(Q(new_order_id__in=gone) | Q(request__order_id__in=gone)))
    _end([swap for swap in rows if swap.request.order_id in gone], SwapState.DONE)
    standing = [swap for swap in rows if swap.request.order_id not in gone]
    late = _stopped([swap for swap in standing if swap.undo_until is None])
    _end([swap for swap in standing if swap.undo_until is not None or swap.request_id in late], SwapState.UNDONE)


def _stopped(swaps: Sequence[Swap]) -> set[int]:
    """The new orders of these are gone while the old ones were to be cancelled: what was not called yet is taken back, and those
    wishes end as kept. Returns their ids; the others have gone out, and the buyer's old order goes with the new one.
    """
    keys = {deciding.key_of(swap.request_id): swap for swap in swaps}
    waiting = OrderChange.objects.filter(key__in=keys, state__in=[ChangeState.WAITING, ChangeState.HELD])
    asked = dict(waiting.values_list("id", "key"))
    if not asked:
        return set()
    gate.drop(list(asked), actor=SOURCE)
    dropped = OrderChange.objects.filter(id__in=asked, state=ChangeState.DROPPED).values_list("key", flat=True)
    wishes = {keys[key].request_id: keys[key] for key in dropped}
    for request in CancellationRequest.objects.filter(id__in=wishes, state=RequestState.REQUESTED):
        deciding.write(request, RequestState.KEPT, Verdict.KEEP, by=SOURCE, actor=SOURCE, news="cancellation.kept")
    return set(wishes)


def heard_cancels(done: Iterable[int], failed: Iterable[int]) -> None:
    """The gate has cancelled the orders of these wishes, or could not: then two orders stand, and a person looks."""
    failing, finished = set(failed), set(done)
    ordered = (
        Swap.objects.select_for_update(of=("self",)).select_related("request__shop").filter(state=SwapState.ORDERED)
    )
    rows = list(ordered.filter(request_id__in=failing | finished))
    _end([swap for swap in rows if swap.request_id in finished], SwapState.DONE)
    _end([swap for swap in rows if swap.request_id in failing], SwapState.FAILED)


def heard_changes(changes: Sequence[OrderChange]) -> None:
    """What the gate did for swaps: the address of a draft is where the new order is paid."""
    for change in changes:
        if change.kind == MakeDraft.kind and change.state == ChangeState.DONE and change.made.get("url"):
            Swap.objects.filter(id=change.source_id, state=SwapState.OPEN).update(
                url=str(change.made["url"])[:LONGEST_URL]
            )
