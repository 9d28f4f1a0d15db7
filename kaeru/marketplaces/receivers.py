"""What changes in orders and credit slips marks the days that are to be counted anew."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from itertools import chain

from django.db.models import Q

from kaeru.core.events import receiver
from kaeru.core.models import Event
from kaeru.marketplaces import counting
from kaeru.marketplaces.models import MallTerms
from kaeru.marketplaces.programme import load
from kaeru.orders.days import TOUCHED, hour_of
from kaeru.orders.models import OrderLine, Refund, RefundLine


@receiver(TOUCHED)
def mark_orders(told: list[Event]) -> None:
    """Orders were told, or changed: their days, and those of the slips over orders that were known before."""
    terms = _terms(event.subject_id for event in told)
    if not terms:
        return
    moments: dict[int, list[datetime]] = defaultdict(list)
    changed: set[int] = set()
    for event in told:
        if event.subject_id in terms:
            moments[event.subject_id] += [hour_of(number) for number in event.payload["hours"]]
            changed.update(event.payload["orders"])
    for shop_id, moment in _slip_moments(changed) if changed else ():
        moments[shop_id].append(moment)
    _mark(terms, moments)


@receiver("refund.created")
def mark_slips(told: list[Event]) -> None:
    """A credit slip: its day, its order's day, and the days of the other slips over the same order."""
    slips = [event.subject_id for event in told]
    shops = set(Refund.objects.filter(id__in=slips).values_list("shop_id", flat=True))
    terms = _terms(shops)
    if not terms:
        return
    named = Refund.objects.filter(id__in=slips, order__isnull=False).values_list("order_id", flat=True)
    lines = RefundLine.objects.filter(refund_id__in=slips, order_line__isnull=False).values_list(
        "order_line__order_id", flat=True
    )
    orders = {*named, *lines}
    moments: dict[int, list[datetime]] = defaultdict(list)
    for shop_id, moment in chain(
        Refund.objects.filter(id__in=slips).values_list("shop_id", "refunded_at"),
        _slip_moments(orders),
        _placed(orders),
    ):
        moments[shop_id].append(moment)
    _mark(terms, moments)


def _terms(shop_ids: Iterable[int]) -> dict[int, MallTerms]:
    """Shops that are on a mall, and laid out already: the others are counted as a whole when they are."""
    return {one.shop_id: one for one in MallTerms.objects.filter(shop_id__in=set(shop_ids), counted_at__isnull=False)}


def _slip_moments(orders: set[int]) -> Iterable[tuple[int, datetime]]:
    of = Q(order_id__in=orders) | Q(
        id__in=RefundLine.objects.filter(order_line__order_id__in=orders).values("refund_id")
    )
    return Refund.objects.filter(of, is_cancellation=True).values_list("shop_id", "refunded_at")


def _placed(orders: set[int]) -> Iterable[tuple[int, datetime]]:
    return OrderLine.objects.filter(order_id__in=orders, position=0).values_list("order__shop_id", "order__placed_at")


def _mark(terms: dict[int, MallTerms], moments: dict[int, list[datetime]]) -> None:
    days: dict[int, set[date]] = {}
    for shop_id, found in moments.items():
        if shop_id in terms:
            days[shop_id] = counting.touched_days(found, load(terms[shop_id].programme).zone)
    counting.mark(list(terms.values()), days)
