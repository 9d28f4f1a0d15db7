"""Reads for screens: what arrived and could not be used, what a person must answer, which calls were given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet

from kaeru.connectors import connecting, key_ends
from kaeru.connectors.capabilities import MALLS
from kaeru.connectors.inbound import FOR_A_PERSON, MOST_ATTEMPTS
from kaeru.connectors.models import Connection, InboundDelivery, OutboundCall, OutboundState
from kaeru.core import clock
from kaeru.tenants.models import Shop

PENDING = (OutboundState.WAITING, OutboundState.SENDING)


@dataclass(frozen=True, slots=True)
class Backlog:
    """Rows that wait, and since when the oldest of them is due (None: nothing waits)."""

    count: int
    since: datetime | None


def connection(shop: Shop, source: str) -> Connection | None:
    """How Kaeru may act in this kind of system of the shop, or None."""
    return Connection.objects.filter(shop=shop, source=source, removed_at=None).first()


def keys_at_risk(shop_ids: Sequence[int]) -> list[Connection]:
    """Connections to malls whose door is shut, or whose key ends soon, the most urgent first; one statement."""
    soon = clock.now().date() + timedelta(days=key_ends.DAYS[0] + 1)
    rows = Connection.objects.filter(
        Q(problem__in=connecting.CLOSED) | Q(key_expires_on__lte=soon),
        shop_id__in=shop_ids, source__in=MALLS, removed_at=None,
    )  # fmt: skip
    return [
        row
        for row in rows.select_related("shop").order_by("key_expires_on", "id")
        if row.problem in connecting.CLOSED
        or ((left := key_ends.days_left(row)) is not None and key_ends.stage(left, row.source) is not None)
    ]


def parked_deliveries(shop_ids: Sequence[int]) -> QuerySet[InboundDelivery]:
    """Deliveries that could not be read or worked on, newest first; `error` says why."""
    rows = InboundDelivery.objects.filter(shop_id__in=shop_ids, done_at=None, attempts__gte=MOST_ATTEMPTS)
    return rows.select_related("shop").order_by("-id")


def asks(shop_ids: Sequence[int]) -> QuerySet[InboundDelivery]:
    """Requests about personal data that a person has not settled yet, oldest first."""
    return (
        InboundDelivery.objects.filter(shop_id__in=shop_ids, error=FOR_A_PERSON).select_related("shop").order_by("id")
    )


def failed_calls(shop_ids: Sequence[int]) -> QuerySet[OutboundCall]:
    """Calls to shops' own systems that were given up, newest first; `answer` says why."""
    return (
        OutboundCall.objects.filter(shop_id__in=shop_ids, state=OutboundState.FAILED)
        .select_related("shop")
        .order_by("-id")
    )


def of_subject(subject_id: int) -> list[OutboundCall]:
    """What the shop's system was told about one thing, oldest first."""
    return list(OutboundCall.objects.filter(subject_id=subject_id).order_by("id"))


def undone_deliveries() -> Backlog:
    """Deliveries that are yet to be worked on, without the parked ones."""
    found = InboundDelivery.objects.filter(done_at=None, attempts__lt=MOST_ATTEMPTS).aggregate(
        n=Count("id"), since=Min("due_at")
    )
    return Backlog(found["n"], found["since"])


def parked_count() -> int:
    """How many deliveries are parked."""
    return InboundDelivery.objects.filter(done_at=None, attempts__gte=MOST_ATTEMPTS).count()


def undone_calls() -> Backlog:
    """Calls that are yet to be answered."""
    found = OutboundCall.objects.filter(state__in=PENDING).aggregate(n=Count("id"), since=Min("due_at"))
    return Backlog(found["n"], found["since"])


def failed_call_count() -> int:
    """How many calls were given up."""
    return OutboundCall.objects.filter(state=OutboundState.FAILED).count()
