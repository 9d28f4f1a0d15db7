"""What the gate, the shop's system and the wish itself tell becomes the end of a repair, a swap, or a hold."""

from collections import defaultdict

from kaeru.cancellations import swaps
from kaeru.cancellations.desk.opening import for_request, open_cases
from kaeru.cancellations.models import Repair, RepairState, RequestState, Swap
from kaeru.cancellations.repairs import actions, closing, holding
from kaeru.connectors.changes import Cancel
from kaeru.connectors.models import ChangeState, OrderChange
from kaeru.core.events import receiver
from kaeru.core.models import Event
from kaeru.orders.models import Order

ACTOR = "gate"
FINAL = {"shipped", "cancelled", "gone", "already_cancelled"}
"""Answers of the shop's system after which nobody can do it, staff neither."""
_LOST = {ChangeState.FAILED, ChangeState.DRY_RUN, ChangeState.DROPPED}


@receiver("order_change.settled")
def settle(told: list[Event]) -> None:
    """A change is done or will not be: its repair follows when nothing of it is on its way any more."""
    repairs = {event.payload["source_id"] for event in told if event.payload["source"] == actions.SOURCE}
    if repairs:
        _settle_repairs(repairs)
    drafts = [event.subject_id for event in told if event.payload["source"] == swaps.SOURCE]
    if drafts:
        swaps.heard_changes(list(OrderChange.objects.filter(id__in=drafts)))
    cancels: dict[str, set[int]] = defaultdict(set)
    for event in told:
        if (event.payload["source"], event.payload["kind"]) == ("request", Cancel.kind):
            cancels[event.payload["state"]].add(event.payload["source_id"])
    if cancels:
        swaps.heard_cancels(cancels.get("done", ()), cancels.get("failed", set()) | cancels.get("refused", set()))


def _settle_repairs(repair_ids: set[int]) -> None:
    rows = list(
        Repair.objects.select_for_update(of=("self",))
        .select_related("request__order", "request__shop", "request__shortage")
        .filter(id__in=repair_ids, state=RepairState.ASKED)
    )
    changes: dict[int, list[OrderChange]] = defaultdict(list)
    for change in OrderChange.objects.filter(source=actions.SOURCE, source_id__in=[row.id for row in rows]).order_by(
        "id"
    ):
        changes[change.source_id].append(change)
    done, by_hand, refused = [], [], defaultdict(list)
    for row in rows:
        states = {change.state for change in changes[row.id]}
        if states == {ChangeState.DONE}:
            done.append(row)
        elif ChangeState.REFUSED in states:
            code = next(one.answer for one in changes[row.id] if one.state == ChangeState.REFUSED)
            refused[code if code in FINAL else "cannot"].append(row)
        elif states & _LOST:
            by_hand.append(row)
    actions.finish(done, RepairState.DONE, actor=ACTOR)
    for code, those in refused.items():
        if code in FINAL:
            actions.finish(those, RepairState.REFUSED, code=code, actor=ACTOR)
        else:
            by_hand.extend(those)
    actions.hand_over(by_hand, actor=ACTOR)


@receiver("order.placed")
def take_swaps(told: list[Event]) -> None:
    """A new order may be the one of a swap."""
    swaps.heard_orders(Order.objects.filter(id__in=[event.subject_id for event in told]).exclude(reorder_ref=""))


@receiver("order.cancelled")
def end_swaps(told: list[Event]) -> None:
    """The old or the new order of a swap is gone."""
    swaps.heard_cancelled(event.subject_id for event in told)


@receiver("order.shipped")
def refuse_shipped(told: list[Event]) -> None:
    """The parcel left while a repair was open: it comes too late, and the buyer reads so."""
    rows = Repair.objects.select_for_update(of=("self",)).select_related("request__order", "request__shop")
    late = list(
        rows.filter(
            request__order_id__in=[event.subject_id for event in told],
            state__in=[RepairState.OFFERED, RepairState.BY_HAND],
        )
    )
    actions.finish(late, RepairState.REFUSED, code="shipped", actor="shop")


@receiver("cancellation.kept", "cancellation.declined")
def end_wish(told: list[Event]) -> None:
    """The wish is over, and the order stands."""
    over = [event.subject_id for event in told]
    closing.withdraw(over, actor="kaeru")
    holding.let_go(over, actor="kaeru")


@receiver("cancellation.requested", "cancellation.recorded", "cancellation.swapped")
def end_cancelled(told: list[Event]) -> None:
    """The order goes: what was to be put right is not needed, and what is held stays held."""
    gone = [event.subject_id for event in told]
    closing.withdraw(gone, actor="kaeru")
    holding.stay(gone, actor="kaeru")


@receiver("cancellation.asked")
def hold_on(told: list[Event]) -> None:
    """Staff decide: the order is not let go by the clock."""
    holding.stay([event.subject_id for event in told], actor="kaeru")


@receiver("repair.asked", "swap.opened")
def hold_for_repair(told: list[Event]) -> None:
    """The repair is on its way: the order waits for it."""
    holding.stay(_wishes(told), actor="kaeru")


@receiver("repair.refused", "repair.expired", "swap.expired", "swap.undone")
def let_go_in_a_while(told: list[Event]) -> None:
    """The buyer is to decide anew; the order does not wait for ever."""
    holding.let_go(_wishes(told), actor="kaeru", after=holding.FORGOTTEN_AFTER)


@receiver("repair.refused", "repair.expired")
def decide_after_offer(told: list[Event]) -> None:
    """What the staff offered instead was not taken: the wish is theirs to decide again. A shortage goes on by itself."""
    rows = Repair.objects.select_related("request").filter(
        id__in=[event.subject_id for event in told],
        kind="substitute",
        request__state=RequestState.ASKED,
        request__shortage=None,
    )
    open_cases(for_request("decide", row.request, proposal={"why": row.outcome.get("code", "")}) for row in rows)


def _wishes(told: list[Event]) -> list[int]:
    """The wishes that these repairs and swaps belong to."""
    keys = [event.subject_id for event in told]
    of_repairs = Repair.objects.filter(id__in=keys).values_list("request_id", flat=True)
    return [*of_repairs, *Swap.objects.filter(id__in=keys).values_list("request_id", flat=True)]
