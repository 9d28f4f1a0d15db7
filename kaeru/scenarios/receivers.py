"""What starts, wakes and ends a scenario."""

from kaeru.cancellations.models import CancellationRequest
from kaeru.core import links
from kaeru.core.events import receiver
from kaeru.core.models import Event
from kaeru.messages.registry import register_source
from kaeru.orders.models import Order
from kaeru.scenarios import actions, words
from kaeru.scenarios.models import Enrollment


@receiver("cancellation.requested", "cancellation.recorded", "cancellation.reason_given")
def start(told: list[Event]) -> None:
    """A cancellation with its reason starts the scenario of that reason."""
    actions.enrol(list(CancellationRequest.objects.filter(id__in={event.subject_id for event in told})))


@receiver("order.placed")
def wake_on_reorder(told: list[Event]) -> None:
    """A new order may be the one hoped for: let the engine look at that customer's enrolments."""
    orders = list(Order.objects.filter(id__in=[event.subject_id for event in told]))
    actions.wake(
        Enrollment.objects.filter(customer_id__in={order.customer_id for order in orders if order.customer_id})
    )
    came_by_link = [
        link.subject_id
        for order in orders
        if order.reorder_ref and (link := links.resolve("reorder", order.reorder_ref))
    ]
    if came_by_link:
        actions.end(Enrollment.objects.filter(cancellation_id__in=came_by_link), "reordered")


@receiver("order.shipped", "order.restored")
def wake_on_order(told: list[Event]) -> None:
    """Shipped after all, or the cancellation was taken back."""
    actions.wake(Enrollment.objects.filter(order_id__in=[event.subject_id for event in told]))


@receiver("cancellation.restored")
def wake_on_restored(told: list[Event]) -> None:
    """The cancellation was taken back."""
    actions.wake(Enrollment.objects.filter(cancellation_id__in=[event.subject_id for event in told]))


register_source(words.SOURCE, words.words, words.still_needed)
