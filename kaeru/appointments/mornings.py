"""How a salon stands in the morning: what happened overnight, who comes today, what of it needs somebody. For many salons at once."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from kaeru.appointments.bookings.models import Booking, BookingChange, BookingState
from kaeru.appointments.openings.models import Opening, OpeningState
from kaeru.channels.line.models import LineAccount


@dataclass(slots=True)
class Morning:
    """One salon's counts."""

    cancelled: int = 0
    """Visits that clients cancelled since the evening."""
    booked: int = 0
    """Visits that clients booked alone since the evening."""
    refilled: int = 0
    """Freed times that somebody took who was asked."""
    visits: int = 0
    """Today, what is over included."""
    confirmed: int = 0
    """Of those to come today, whose clients said that they come,"""
    silent: int = 0
    """and whose said nothing."""
    offered: int = 0
    """Freed times that are open now."""


def mornings(shop_ids: Collection[int], since: datetime, now: datetime) -> dict[int, Morning]:
    """By salon, counted since `since`; "today" is the day of `now` in its own zone. Four queries, whatever the number of salons."""
    found: dict[int, Morning] = defaultdict(Morning)
    keys = list(shop_ids)
    changes = BookingChange.objects.filter(
        shop_id__in=keys, at__gte=since, at__lt=now, by="customer", verb__in=["cancelled", "booked"]
    )
    for shop_id, verb, count in changes.exclude(via="import").values_list("shop_id", "verb").annotate(Count("id")):
        setattr(found[shop_id], verb, count)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    due = Booking.objects.filter(
        shop_id__in=keys, starts_at__gte=day, starts_at__lt=day + timedelta(days=1), state__in=[BookingState.BOOKED, BookingState.DONE]
    )  # fmt: skip
    ahead = Q(state=BookingState.BOOKED, starts_at__gte=now)
    counted = due.values_list("shop_id").annotate(
        visits=Count("id"),
        confirmed=Count("id", filter=ahead & Q(confirmed_at__isnull=False)),
        silent=Count("id", filter=ahead & Q(confirmed_at=None)),
    )
    for shop_id, visits, confirmed, silent in counted:
        one = found[shop_id]
        one.visits, one.confirmed, one.silent = visits, confirmed, silent
    taken = Opening.objects.filter(shop_id__in=keys, state=OpeningState.CLAIMED, ended_at__gte=since, ended_at__lt=now)
    for shop_id, count in taken.values_list("shop_id").annotate(Count("id")):
        found[shop_id].refilled = count
    openings = Opening.objects.filter(shop_id__in=keys, state=OpeningState.OPEN, deadline__gt=now)
    for shop_id, count in openings.values_list("shop_id").annotate(Count("id")):
        found[shop_id].offered = count
    return {key: found[key] for key in keys}


STUCK = ("quota", "budget", "nobody")
"""Why an opening goes no further without somebody."""


def stuck(shop_ids: Collection[int], now: datetime, most: int) -> list[Opening]:
    """Freed times whose next wave does not go, the soonest first."""
    rows = Opening.objects.filter(
        shop_id__in=list(shop_ids), state=OpeningState.OPEN, halted__in=STUCK, deadline__gt=now
    )
    return list(rows.select_related("staff", "shop").order_by("starts_at")[:most])


def mute(shop_ids: Collection[int]) -> list[LineAccount]:
    """Official accounts that cannot speak until somebody puts something right."""
    rows = LineAccount.objects.filter(shop_id__in=list(shop_ids), is_on=True).exclude(problem="")
    return list(rows.select_related("shop").order_by("broken_since"))
