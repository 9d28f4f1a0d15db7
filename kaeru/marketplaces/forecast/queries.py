"""Reads for pages, the desk and the API: where a shop is heading, what one request would change, how right we were."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kaeru.cancellations.models import CancellationRequest
from kaeru.core import clock
from kaeru.marketplaces.forecast.ahead import Ahead, ahead
from kaeru.marketplaces.forecast.gathering import Grounds, gather
from kaeru.marketplaces.forecast.models import Forecast
from kaeru.marketplaces.forecast.situation import Pending
from kaeru.marketplaces.models import MallTerms
from kaeru.tenants.models import Shop
from kaeru.uplift import calibration
from kaeru.uplift.calibration import Score

MOST_SCORED = 2000


@dataclass(frozen=True, slots=True)
class Heading:
    """One shop's lines."""

    grounds: Grounds
    lines: tuple[Ahead, ...]

    @property
    def tightest(self) -> Ahead | None:
        """The line that is not crossed yet and likeliest will be; of crossed ones only, the last."""
        open_ones = [one for one in self.lines if not one.is_crossed]
        return max(open_ones, key=lambda one: one.probability, default=self.lines[-1] if self.lines else None)


@dataclass(frozen=True, slots=True)
class LineIf:
    """What settling one request would make of one line."""

    line: Ahead
    belongs: bool
    """Whether this request could count in this line's period at all."""
    counts: bool
    """Whether cancelling it now counts."""
    if_cancelled: float
    """The chance to end beyond the line when it is cancelled now."""
    if_kept: float
    """The same when the order is kept."""
    may_lose_after: int
    """How many more may be lost once it is cancelled now, with `orders_at_least`."""

    @property
    def cost(self) -> float:
        """What cancelling it now adds to the chance, over keeping the order."""
        return max(0.0, self.if_cancelled - self.if_kept)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What one waiting request would change."""

    request_id: int
    lines: tuple[LineIf, ...]
    free_until: datetime | None
    """Cancelled by then, it does not count; None: there is no such time, or it is over."""

    @property
    def counts(self) -> bool:
        """Whether cancelling it now counts in any line."""
        return any(one.counts for one in self.lines)

    @property
    def tightest(self) -> LineIf | None:
        """The line on which it weighs most."""
        return max(self.lines, key=lambda one: (one.cost, not one.line.is_crossed, one.line.probability), default=None)


def outlook(shop: Shop) -> Heading | None:
    """Where the shop is heading; None when it is on no mall. A constant number of queries."""
    return outlooks([shop.id]).get(shop.id)


def outlooks(shop_ids: Iterable[int]) -> dict[int, Heading]:
    """The same for several shops, by id, in the same number of queries."""
    return {one.shop.id: Heading(one, tuple(ahead(one))) for one in gather(_terms(shop_ids))}


def what_if(request_ids: Iterable[int]) -> dict[int, WhatIf]:
    """What settling each of these waiting requests would change, by request; those that wait no more, or are on no mall, are missing.

    A constant number of queries, however many requests; requests that count alike are worked out once.
    """
    asked = set(request_ids)
    shops = CancellationRequest.objects.filter(id__in=asked).values_list("shop_id", flat=True) if asked else ()
    found: dict[int, WhatIf] = {}
    for heading in outlooks(shops).values():
        found |= changes(heading, asked)
    return found


def changes(heading: Heading, asked: Collection[int] | None = None) -> dict[int, WhatIf]:
    """The same for the requests of a shop whose lines are known already (None: all that wait); no query."""
    seen: dict[tuple[int, int], float] = {}
    waiting = [one for one in heading.grounds.pending if asked is None or one.id in asked]
    return {one.id: _what_if(heading, one, seen) for one in waiting}


def _what_if(heading: Heading, one: Pending, seen: dict[tuple[int, int], float]) -> WhatIf:
    grounds = heading.grounds
    zone = grounds.programme.zone
    lines = []
    free_until: datetime | None = None
    for index, line in enumerate(heading.lines):
        belongs = one.belongs(line.period, line.reading, zone)
        counts = belongs and one.counts_at(line.reading, grounds.now, zone)
        end = one.placed_at + timedelta(hours=line.reading.grace_hours)
        if belongs and not counts and line.reading.grace_hours and end > grounds.now:
            free_until = end if free_until is None else min(free_until, end)
        cancelled = _chance(line, int(counts), seen, index) if belongs else line.probability
        kept = _chance(line, 0, seen, index) if belongs else line.probability
        after = line.bar.may_lose(line.orders_at_least, line.outlook.counted + int(counts))
        lines.append(LineIf(line, belongs, counts, cancelled, kept, after))
    return WhatIf(one.id, tuple(lines), free_until)


def _chance(line: Ahead, counts: int, seen: dict[tuple[int, int], float], index: int) -> float:
    from kaeru.marketplaces.forecast.chance import p_over

    key = (index, counts)
    if key not in seen:
        seen[key] = p_over(line.outlook.after(counts, of_pending=1), line.bar)
    return seen[key]


def _terms(shop_ids: Iterable[int]) -> Sequence[MallTerms]:
    wanted = set(shop_ids)
    rows = MallTerms.objects.filter(shop_id__in=wanted).select_related("shop").order_by("id") if wanted else ()
    return list(rows)


def record(shop_ids: Iterable[int]) -> Score | None:
    """How right the forecasts for these shops were; None while no period has closed. One query."""
    rows = Forecast.objects.filter(shop_id__in=set(shop_ids), came__isnull=False).order_by("-made_on", "-id")
    told = list(rows.values_list("probability", "came")[:MOST_SCORED])
    return calibration.score([said for said, _ in told], [int(bool(came)) for _, came in told])


def both_ways(line: Ahead) -> tuple[float, float]:
    """The chance to end beyond the line if every waiting request is cancelled, and if every order is kept."""
    from kaeru.marketplaces.forecast.chance import p_over

    waiting = line.outlook.pending
    return (
        p_over(line.outlook.after(waiting, of_pending=waiting), line.bar),
        p_over(line.outlook.after(0, of_pending=waiting), line.bar),
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of one line on one day."""

    made_on: date
    probability: float


def course(shop: Shop, days: int = 92) -> dict[tuple[str, str], list[Said]]:
    """What was said of each running line, day by day, by (rule, stage); one query."""
    today = clock.now().date()
    rows = Forecast.objects.filter(shop=shop, judged_on__gte=today, made_on__gt=today - timedelta(days=days))
    found: dict[tuple[str, str], list[Said]] = defaultdict(list)
    for rule, stage, made_on, chance in rows.order_by("made_on").values_list("rule", "stage", "made_on", "probability"):
        found[rule, stage].append(Said(made_on, chance))
    return dict(found)
