"""What outcomes hear of: somebody entered a scenario, an order came or changed, two cards became one."""

from kaeru.core.events import receiver
from kaeru.core.models import Event
from kaeru.customers.merging import merger
from kaeru.customers.models import Customer
from kaeru.orders.days import TOUCHED
from kaeru.recoveries import outcomes
from kaeru.recoveries.models import Outcome
from kaeru.scenarios.models import Assignment, Enrollment


@receiver("enrollment.started")
def open_outcomes(told: list[Event]) -> None:
    """Whoever was put on a side of a scenario is followed from here on."""
    started = Enrollment.objects.filter(id__in=[event.subject_id for event in told], customer_id__isnull=False)
    pairs = set(started.values_list("revision__scenario_id", "customer_id"))
    if not pairs:
        return
    rows = Assignment.objects.filter(
        scenario_id__in={scenario for scenario, _ in pairs}, customer_id__in={customer for _, customer in pairs}
    )
    outcomes.open_for(rows)


@receiver("order.placed")
def look_at_new(told: list[Event]) -> None:
    """A new order may be the one."""
    outcomes.look_again([event.subject_id for event in told])


@receiver(TOUCHED)
def look_at_changed(told: list[Event]) -> None:
    """An order that was paid, cancelled or restored may count now, or no more."""
    outcomes.look_again([key for event in told for key in event.payload.get("orders", [])])


@merger
def keep_counting_right(stays: Customer, goes: Customer) -> None:
    """Of two assignments in one scenario the one of the card that goes is dropped: was it counted, all is counted anew."""
    theirs = Outcome.objects.filter(customer=goes)
    if theirs.filter(counted__gt=0).exists():
        outcomes.count_anew({stays.shop_id: stays.organization_id})


@receiver("customer.merged")
def order_anew(told: list[Event]) -> None:
    """Both cards' outcomes are one customer's now: which is the first is said anew, and their orders are looked at again."""
    outcomes.after_merging({event.subject_id for event in told})
