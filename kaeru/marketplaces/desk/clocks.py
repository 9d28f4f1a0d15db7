"""The mall's clocks of many wishes at once, for the desk: which rules a shop lives under, and what each order's times make of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kaeru.cancellations.desk.clocks import register_clocks
from kaeru.cancellations.desk.rules import Clock, Why
from kaeru.cancellations.models import CancellationRequest, Case
from kaeru.core import clock
from kaeru.marketplaces.counting import reading_of
from kaeru.marketplaces.desk import book
from kaeru.marketplaces.desk.book import Mall
from kaeru.marketplaces.desk.rules import Deadline, Times, deadlines, read_as
from kaeru.marketplaces.models import MallTerms


@dataclass(frozen=True, slots=True)
class Timed:
    """A wish about a mall's order, with what counts down for it."""

    mall: Mall
    deadlines: Sequence[Deadline]
    """The earliest first; those that are over, too."""


def malls_of(shop_ids: Iterable[int]) -> dict[int, Mall]:
    """The mall of each shop that is on one, with its clocks as the shop reads them; one query."""
    rows = MallTerms.objects.filter(shop_id__in=set(shop_ids))
    return {row.shop_id: _read(mall, row) for row in rows if (mall := book.find(row.programme)) is not None}


def _read(mall: Mall, terms: MallTerms) -> Mall:
    """With the shop's reading of what counts."""
    reading = reading_of(terms)
    rules = read_as(mall.rules, grace_hours=reading.grace_hours, counts_buyers="customer" in reading.sides)
    return replace(mall, rules=rules)


def timed(requests: Sequence[CancellationRequest]) -> dict[int, Timed]:
    """By request id; the requests come with their orders. Orders that have left or are cancelled have no clocks any more."""
    malls = malls_of(request.shop_id for request in requests) if requests else {}
    found = {}
    for request in requests:
        mall, order = malls.get(request.shop_id), request.order
        if mall is None or order is None:
            continue
        stands = order.shipped_at is None and order.cancelled_at is None
        times = Times(order.placed_at, order.cancel_asked_at or request.requested_at, order.dispatch_by)
        found[request.id] = Timed(mall, deadlines(mall.rules, times) if stands else ())
    return found


def counts_from(case: Case) -> datetime | None:
    """From when on a cancellation counts; None for a case of no mall, or of one that does not count by the clock."""
    told = timed([case.request]).get(case.request.id) if case.request is not None else None
    return next((one.at for one in told.deadlines if one.rule.means == "uncounted"), None) if told else None


def counted(requests: Sequence[CancellationRequest]) -> Mapping[int, Sequence[Clock]]:
    """What the desk counts down to; one query for any number of wishes."""
    now = clock.now()
    return {
        key: [Clock(one.at, Why.MALL) for one in told.deadlines if one.presses(now)]
        for key, told in timed(requests).items()
    }


register_clocks("malls", counted)
