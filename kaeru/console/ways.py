"""Where one reads on about somebody who is in a scenario: their cancellation's story, or, when it began with something else, their way."""

from django.urls import reverse

from kaeru.scenarios.models import Enrollment


def href(item: Enrollment) -> str:
    """The page's address."""
    if item.cancellation_id is not None:
        return reverse("console:cancellation", args=[item.cancellation_id])
    return reverse("console:enrollment", args=[item.id])


def number(item: Enrollment) -> str:
    """The order's number; empty for an event that is about the customer only."""
    return item.order.number if item.order else ""
