"""What starts, wakes and ends a scenario, and what a scenario hears."""

from kaeru.calls.models import CallTask
from kaeru.cancellations.models import CancellationRequest
from kaeru.core import links
from kaeru.core.events import receiver
from kaeru.core.models import Event
from kaeru.messages import staff
from kaeru.messages.registry import register_source
from kaeru.offers.models import Coupon
from kaeru.orders.models import Order
from kaeru.scenarios import calling as calling  # what it says about calls
from kaeru.scenarios import enrolling, hearing, words
from kaeru.scenarios.kinds.call import CLOSED
from kaeru.scenarios.kinds.notify import STAFF
from kaeru.scenarios.models import Enrollment


@receiver("cancellation.requested", "cancellation.recorded", "cancellation.reason_given")
def start(told: list[Event]) -> None:
    """A cancellation with its reason starts the scenario of that reason."""
    requests = list(CancellationRequest.objects.filter(id__in={event.subject_id for event in told}))
    enrolling.start(enrolling.of_cancellations(requests, "cancellation.requested"))


@receiver("order.cancelled")
def start_on_cancelled(told: list[Event]) -> None:
    """The shop's system has cancelled: that may start a scenario, end a delay, and be what somebody waits for.

    Who swapped one order for another has what they want, and is not written to.
    """
    orders = {event.subject_id for event in told}
    rows = CancellationRequest.objects.filter(order_id__in=orders, state="cancelled").exclude(origin="swap")
    requests = list(rows.exclude(swap__state__in=["ordered", "done"]))
    enrolling.start(enrolling.of_cancellations(requests, "order.cancelled"))
    about = enrolling.of_orders(orders)
    enrolling.hear(about, "order.cancelled")
    enrolling.end(about.filter(revision__goal="order.cancelled"), "goal")
    enrolling.wake(about)


@receiver("order.placed")
def wake_on_reorder(told: list[Event]) -> None:
    """A new order may be the one hoped for: let the engine look at that customer's enrolments."""
    orders = list(Order.objects.filter(id__in=[event.subject_id for event in told]))
    theirs = enrolling.of_customers(order.customer_id for order in orders if order.customer_id)
    enrolling.hear(theirs, "order.placed")
    enrolling.end(theirs.filter(revision__goal="order.placed"), "goal")
    enrolling.wake(theirs)
    came_by_link = [
        link.subject_id
        for order in orders
        if order.reorder_ref and (link := links.resolve("reorder", order.reorder_ref))
    ]
    if came_by_link:
        enrolling.end(Enrollment.objects.filter(subject_id__in=came_by_link), "reordered")


@receiver("order.shipped", "order.restored")
def wake_on_order(told: list[Event]) -> None:
    """Shipped after all, or the cancellation was taken back."""
    about = enrolling.of_orders(event.subject_id for event in told)
    if shipped := [event.subject_id for event in told if event.name == "order.shipped"]:
        enrolling.hear(enrolling.of_orders(shipped), "order.shipped")
        enrolling.end(enrolling.of_orders(shipped).filter(revision__goal="order.shipped"), "goal")
    enrolling.wake(about)


@receiver("cancellation.restored")
def wake_on_restored(told: list[Event]) -> None:
    """The cancellation was taken back."""
    enrolling.wake(Enrollment.objects.filter(subject_id__in=[event.subject_id for event in told]))


@receiver("coupon.redeemed")
def hear_of_coupon(told: list[Event]) -> None:
    """A coupon was used."""
    used = Coupon.objects.filter(id__in=[event.subject_id for event in told], enrollment_id__isnull=False)
    theirs = Enrollment.objects.filter(id__in=used.values_list("enrollment_id", flat=True))
    enrolling.hear(theirs, "coupon.redeemed")
    enrolling.end(theirs.filter(revision__goal="coupon.redeemed"), "goal")


@receiver("call.closed")
def hear_of_call(told: list[Event]) -> None:
    """A call is done: reached or not, the flow goes on."""
    source = dict(
        CallTask.objects.filter(id__in=[event.subject_id for event in told], source="enrollment").values_list(
            "id", "source_id"
        )
    )
    by_outcome: dict[str, list[int]] = {}
    for event in told:
        if event.subject_id in source:
            by_outcome.setdefault(str(event.payload.get("outcome", "")), []).append(source[event.subject_id])
    for outcome, keys in by_outcome.items():
        enrolling.hear(Enrollment.objects.filter(id__in=keys), CLOSED, as_=f"{CLOSED}:{outcome}")


@receiver("shop.event")
def hear_of_own(told: list[Event]) -> None:
    """The shop's own event (or a delay) starts scenarios, ends those whose goal it is, and wakes who waits for it.

    Payload: {"name", "shop_id", "order_id" | null, "customer_id" | null}, see `orders.own_events.tell`.
    """
    enrolling.start(
        [
            enrolling.Start(
                trigger=event.payload["name"],
                organization_id=event.organization_id,
                shop_id=event.payload["shop_id"],
                subject_id=event.payload["order_id"] if event.payload["name"] == "order.delayed" else event.id,
                entered_at=event.occurred_at,
                order_id=event.payload["order_id"],
                customer_id=event.payload["customer_id"],
            )
            for event in told
            if not event.payload.get("late")
        ]
    )
    hearing.hear_own(
        hearing.Heard(event.id, event.payload["customer_id"], event.payload["name"])
        for event in told
        if event.payload["customer_id"] is not None
    )


register_source(words.SOURCE, words.words, words.still_needed, held=words.held)
register_source(
    STAFF, words.staff_words, words.still_needed, held=words.held, addresses=staff.addresses, is_internal=True
)
