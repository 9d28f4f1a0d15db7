"""What arrived is kept for thirty days in its raw form, and then only as the records it became."""

from datetime import timedelta

from django.db.models import Q

from kaeru.connectors.inbound import FOR_A_PERSON
from kaeru.connectors.models import InboundDelivery, OutboundCall, OutboundState
from kaeru.core import clock, scope

KEPT = timedelta(days=30)
"""As long as a sender may repeat a delivery; the unique key that drops a repeat lives in the same row."""
KEPT_FOR_A_PERSON = timedelta(days=60)


def forget(limit: int) -> int:
    """Delete up to `limit` old deliveries and calls; returns how many."""
    moment = clock.now()
    with scope.everyone():
        old = Q(received_at__lt=moment - KEPT) & (
            ~Q(error=FOR_A_PERSON) | Q(received_at__lt=moment - KEPT_FOR_A_PERSON)
        )
        found = list(InboundDelivery.objects.filter(old).order_by("received_at").values_list("id", flat=True)[:limit])
        over = [OutboundState.DONE, OutboundState.FAILED]
        calls = OutboundCall.objects.filter(created_at__lt=moment - KEPT, state__in=over).order_by("id")
        made = list(calls.values_list("id", flat=True)[: limit - len(found)])
        InboundDelivery.objects.filter(id__in=found).delete()
        OutboundCall.objects.filter(id__in=made).delete()
    return len(found) + len(made)
