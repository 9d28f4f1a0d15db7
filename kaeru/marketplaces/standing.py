"""Reads: where shops stand, from the counts of their days. One query for any number of shops."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count as numbers
from zoneinfo import ZoneInfo

from kaeru.core import clock
from kaeru.marketplaces import counting, meter
from kaeru.marketplaces.counts import Counts, add
from kaeru.marketplaces.daycount import Day, Manner, count_days
from kaeru.marketplaces.meter import Standing
from kaeru.marketplaces.models import Judgement, MallTerms, Tally
from kaeru.marketplaces.periods import Period
from kaeru.marketplaces.programme import Programme, load
from kaeru.marketplaces.reading import Reading
from kaeru.tenants.models import Shop


@dataclass(slots=True)
class Days:
    """The counted days of one shop; asked for a period, it adds them up, each period once."""

    counts: dict[date, Counts] = field(default_factory=dict)
    _known: dict[Period, Counts] = field(default_factory=dict)

    def __call__(self, period: Period) -> Counts:
        if period not in self._known:
            first, last = period.first, period.last
            self._known[period] = add([counts for day, counts in self.counts.items() if first <= day <= last])
        return self._known[period]


def days_of(shop_ids: Iterable[int], period: Period) -> dict[int, Days]:
    """The counted days of these shops in the period; a shop without any has none."""
    found: dict[int, Days] = defaultdict(Days)
    rows = Tally.objects.filter(shop_id__in=set(shop_ids), day__gte=period.first, day__lte=period.last)
    for shop_id, day, counts in rows.values_list("shop_id", "day", "counts"):
        found[shop_id].counts[day] = counts
    return found


def first_on_a_mall(shops: Sequence[Shop]) -> str:
    """The short name of the first of these shops that is on a mall; empty: none is."""
    there = set(MallTerms.objects.filter(shop__in=shops).values_list("shop_id", flat=True))
    return next((shop.slug for shop in shops if shop.id in there), "")


@dataclass(frozen=True)
class Answer:
    """The standing under the shop's own reading, and what other readings would say of the same days."""

    standing: Standing
    others: Mapping[str, Standing]
    """By the reading's name, as the programme names them; without the one that the shop has."""
    name: str
    """Which of the programme's readings it is; empty: the seller's own."""
    waiting: int = 0
    """Days that are still to be counted anew; more than none: the figures may change in a moment."""


def today(programme: Programme) -> date:
    """The day that it is at the mall."""
    return counting.local_day(clock.now(), programme.zone)


def answer(terms: MallTerms, on: date | None = None, reading: Reading | None = None) -> Answer:
    """Where the shop stands on the day (today), from its kept counts; two queries."""
    programme = load(terms.programme)
    day = on or today(programme)
    days = days_of([terms.shop_id], meter.needs_of_all(programme, day)).get(terms.shop_id, Days())
    waiting = Tally.objects.filter(shop_id=terms.shop_id, is_stale=True).count()
    return _answer(programme, reading or counting.reading_of(terms), day, days, waiting)


def recounted(
    shop: Shop, programme: Programme, on: date | None = None, reading: Reading | None = None, zone: ZoneInfo | None = None
) -> Answer:  # fmt: skip
    """The same, counted from the orders themselves: for a shop that is not on this mall, and to check the kept counts.

    `zone`: whose midnights part the days; the mall's when it is not said.
    """
    place = zone or programme.zone
    day, own = on or counting.local_day(clock.now(), place), reading or programme.default
    needed = meter.needs_of_all(programme, day)
    manner = Manner(place, programme.unit, own.services)
    return _answer(programme, own, day, count_anew(shop, manner, needed), 0)


def count_anew(shop: Shop, manner: Manner, period: Period) -> Days:
    """Each day of the period, counted from the orders themselves."""
    keys = numbers(1)
    days = {next(keys): day for day in period.each()}
    asked = [Day(key, shop.organization_id, shop.id, *counting.bounds(day, manner.zone)) for key, day in days.items()]
    return Days({days[key]: counts for key, counts in count_days(asked, manner).items()})


def _answer(programme: Programme, own: Reading, day: date, days: Days, waiting: int) -> Answer:
    named = {one.name: one.reading for one in programme.readings}
    others = {name: meter.stand(programme, reading, day, days) for name, reading in named.items() if reading != own}
    name = next((name for name, reading in named.items() if reading == own), "")
    return Answer(meter.stand(programme, own, day, days), others, name, waiting)


def on_malls(shop_ids: Iterable[int]) -> list[MallTerms]:
    """The shops of these that are on a mall."""
    return list(MallTerms.objects.filter(shop_id__in=set(shop_ids)).select_related("shop").order_by("shop__name", "id"))


def judgements(shop: Shop, limit: int = 24) -> Sequence[Judgement]:
    """How the shop was judged, the newest first."""
    return list(Judgement.objects.filter(shop=shop).order_by("-judged_on", "rule")[:limit])
