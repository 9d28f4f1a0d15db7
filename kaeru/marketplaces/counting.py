"""Verbs of the daily counts: lay out the days of a shop, mark those that changed, count what is marked.

A marked day is counted as a whole, so that it is right whatever happened in it; only days that changed are.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, Min

from kaeru.core import clock, ids, scope, sql
from kaeru.core.calendar import at_local
from kaeru.marketplaces.daycount import Day, Manner, count_days
from kaeru.marketplaces.models import MallTerms, Tally
from kaeru.marketplaces.programme import load
from kaeru.marketplaces.reading import Reading, read
from kaeru.orders.models import Order, Refund

MOST_DAYS = 1100
"""Days that are laid out, back from the newest: more than any rule looks at."""
_DAY = timedelta(days=1)


def reading_of(terms: MallTerms) -> Reading:
    """How this shop's rules are read: the programme's default with what the seller said besides."""
    return read(terms.reading, load(terms.programme).default)


def manner_of(terms: MallTerms) -> Manner:
    """How this shop's days are counted."""
    programme = load(terms.programme)
    return Manner(programme.zone, programme.unit, reading_of(terms).services)


def in_use() -> list[str]:
    """The programmes that shops are under; one query."""
    return list(MallTerms.objects.values_list("programme", flat=True).distinct().order_by())


def local_day(moment: datetime, zone: tzinfo) -> date:
    """The day of the mall."""
    return moment.astimezone(zone).date()


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The midnights around it."""
    return at_local(day, time(), zone.key), at_local(day + _DAY, time(), zone.key)


def touched_days(hours: Iterable[datetime], zone: tzinfo) -> set[date]:
    """The local days that these hours belong to; half-hour zones may have two."""
    return {local_day(at, zone) for hour in hours for at in (hour, hour + timedelta(minutes=59, seconds=59))}


def mark(terms: Sequence[MallTerms], days: Mapping[int, Iterable[date]]) -> int:
    """Mark these days (by shop) as to be counted anew; returns how many. Call it inside a transaction."""
    rows = [row for one in terms for row in _rows(one, days.get(one.shop_id, ()))]
    Tally.objects.bulk_create(
        rows,
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["organization_id", "shop_id", "day"],
        update_fields=["is_stale"],
    )
    return len(rows)


def _rows(terms: MallTerms, days: Iterable[date]) -> Iterator[Tally]:
    zone = load(terms.programme).zone
    for day in sorted(set(days)):
        starts_at, ends_at = bounds(day, zone)
        yield Tally(
            id=ids.new_id(), organization_id=terms.organization_id, shop_id=terms.shop_id, day=day,
            starts_at=starts_at, ends_at=ends_at, counts={}, is_stale=True,
        )  # fmt: skip


@transaction.atomic
def lay_out(terms: MallTerms) -> int:
    """Begin a full recount: forget all counts of the shop and mark each day of its orders; returns how many days."""
    sql.one_at_a_time(terms.shop_id)  # whoever mirrors orders meanwhile tells of them after this is done
    Tally.objects.filter(shop_id=terms.shop_id).delete()
    zone = load(terms.programme).zone
    marked = mark([terms], {terms.shop_id: _days_of(terms.shop_id, zone)})
    MallTerms.objects.filter(id=terms.id).update(counted_at=clock.now())
    return marked


def _days_of(shop_id: int, zone: ZoneInfo) -> list[date]:
    """From the first to the last day on which something happened, at most MOST_DAYS."""
    orders = Order.objects.filter(shop_id=shop_id).aggregate(
        first=Min("placed_at"), last=Max("placed_at"), gone=Max("cancelled_at")
    )
    slips = Refund.objects.filter(shop_id=shop_id).aggregate(first=Min("refunded_at"), last=Max("refunded_at"))
    seen = [local_day(at, zone) for at in (*orders.values(), *slips.values()) if at is not None]
    if not seen:
        return []
    last = min(max(seen), local_day(clock.now(), zone) + _DAY)
    first = max(min(seen), last - timedelta(days=MOST_DAYS - 1))
    return [first + timedelta(days=count) for count in range((last - first).days + 1)]


def lay_out_new(limit: int) -> int:
    """The pass: begin the count of shops that were put on a mall, or whose counting changed; returns how many."""
    with scope.everyone():
        waiting = list(MallTerms.objects.filter(counted_at=None).order_by("id")[:limit])
        for terms in waiting:
            lay_out(terms)
    return len(waiting)


def count_marked(limit: int) -> int:
    """The pass: count marked days; returns how many."""
    with scope.everyone(), transaction.atomic():
        found = sql.claim_ids("marketplaces_tally", "is_stale = %s", [True], "id", limit)
        return _count(list(Tally.objects.filter(id__in=sql.keys(found)))) if found else 0


def settle(shop_id: int) -> None:
    """Count all that is marked of one shop now: for the command line, where no worker may turn."""
    while True:
        with transaction.atomic():
            found = sql.claim_ids("marketplaces_tally", "is_stale = %s AND shop_id = %s", [True, shop_id], "id", 400)
            if not _count(list(Tally.objects.filter(id__in=sql.keys(found)))):
                return


def _count(rows: Sequence[Tally]) -> int:
    """A constant number of statements for each manner of counting; there are as many as programmes in use."""
    terms = {one.shop_id: one for one in MallTerms.objects.filter(shop_id__in={row.shop_id for row in rows})}
    groups: dict[Manner, list[Tally]] = defaultdict(list)
    for row in rows:
        if row.shop_id in terms:
            groups[manner_of(terms[row.shop_id])].append(row)
    for manner, same in groups.items():
        days = [Day(row.id, row.organization_id, row.shop_id, row.starts_at, row.ends_at) for row in same]
        counted = count_days(days, manner)
        written = [(json.dumps(counted[row.id]), False, row.id) for row in same]
        sql.execute_many("UPDATE marketplaces_tally SET counts = %s, is_stale = %s WHERE id = %s", written)
    if lost := [row.id for row in rows if row.shop_id not in terms]:
        Tally.objects.filter(id__in=lost).delete()
    return len(rows)
