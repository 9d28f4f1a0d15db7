"""Verbs: write down each morning what is forecast, note what came once the mall has judged."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from kaeru.core import clock, ids, scope, sql
from kaeru.marketplaces import counting, meter
from kaeru.marketplaces.counting import bounds
from kaeru.marketplaces.forecast.ahead import Ahead, ahead
from kaeru.marketplaces.forecast.gathering import Grounds, believed, gather
from kaeru.marketplaces.forecast.models import Forecast, ForecastRound
from kaeru.marketplaces.forecast.prior import Belief
from kaeru.marketplaces.models import MallTerms, Tally
from kaeru.marketplaces.periods import Period
from kaeru.marketplaces.programme import Programme, load
from kaeru.marketplaces.reading import read
from kaeru.marketplaces.rules import SEVERITIES, Line
from kaeru.marketplaces.standing import Days, days_of

MORNING = timedelta(hours=6)
"""After midnight in the mall's zone: what happened in the night is in, and nobody reads earlier."""
PATIENCE = timedelta(days=10)
"""A period that nobody judged so long after its day is closed without an outcome."""


def is_morning(programme: Programme, now: datetime) -> date | None:
    """The mall's day, once its morning has begun."""
    day = counting.local_day(now, programme.zone)
    return day if now >= bounds(day, programme.zone)[0] + MORNING else None


def due(limit: int) -> list[MallTerms]:
    """Shops that were not forecast this morning and whose days are counted, each programme in its own zone. In everybody's scope."""
    now = clock.now()
    days = {name: is_morning(load(name), now) for name in counting.in_use()}
    done = dict(ForecastRound.objects.values_list("shop_id", "made_on"))
    rows = MallTerms.objects.filter(counted_at__isnull=False).order_by("id").values_list("id", "shop_id", "programme")
    waiting = [
        key for key, shop_id, name in rows if (day := days[name]) and (shop_id not in done or done[shop_id] < day)
    ][:limit]
    return list(MallTerms.objects.filter(id__in=waiting).select_related("shop").order_by("id")) if waiting else []


@dataclass(frozen=True, slots=True)
class Morning:
    """What was worked out for some shops, and is not written yet."""

    grounds: Sequence[Grounds]
    others: Mapping[int, Belief]
    rows: Sequence[Forecast]


def work_out(terms: Sequence[MallTerms]) -> Morning:
    """Forecast these shops, outside of any transaction, so that nobody waits; a constant number of queries for each programme."""
    beliefs = {name: _believed(name) for name in {one.programme for one in terms}}
    others = {one.shop_id: beliefs[one.programme] for one in terms}
    told = gather(terms, others)
    return Morning(told, others, [_row(grounds, line) for grounds in told for line in ahead(grounds)])


@transaction.atomic
def keep(morning: Morning) -> list[Forecast]:
    """Write it down; returns what is new. Of two workers on the same morning, the second writes nothing."""
    written = _rounds(morning.grounds, morning.others)
    fresh = [row for row in morning.rows if row.shop_id in written]
    Forecast.objects.bulk_create(fresh, batch_size=1000, ignore_conflicts=True)
    kept = set(Forecast.objects.filter(id__in=sql.keys(row.id for row in fresh)).values_list("id", flat=True))
    return [row for row in fresh if row.id in kept]


def _believed(name: str) -> Belief:
    programme = load(name)
    with scope.everyone():
        return believed(programme, counting.local_day(clock.now(), programme.zone))


def _rounds(grounds: Sequence[Grounds], others: Mapping[int, Belief]) -> set[int]:
    """Note that these shops had their morning; returns those that nobody else has had meanwhile."""
    shops = [one.shop.id for one in grounds]
    known = {one.shop_id: one for one in ForecastRound.objects.select_for_update().filter(shop_id__in=sql.keys(shops))}
    fresh, changed, found = [], [], set()
    for one in grounds:
        belief = [others[one.shop.id].a, others[one.shop.id].b]
        row = known.get(one.shop.id)
        if row is None:
            fresh.append(
                ForecastRound(
                    id=ids.new_id(), organization_id=one.shop.organization_id, shop_id=one.shop.id, made_on=one.today, others=belief
                )
            )  # fmt: skip
        elif row.made_on < one.today:
            row.made_on, row.others = one.today, belief
            changed.append(row)
        else:
            continue
        found.add(one.shop.id)
    ForecastRound.objects.bulk_create(fresh, batch_size=1000, ignore_conflicts=True)
    ForecastRound.objects.bulk_update(changed, ["made_on", "others"], batch_size=500)
    return found


def _row(grounds: Grounds, one: Ahead) -> Forecast:
    basis = {**asdict(one.outlook), "orders_at_least": one.orders_at_least, "may_lose": one.may_lose}
    return Forecast(
        id=ids.new_id(), organization_id=grounds.shop.organization_id, shop_id=grounds.shop.id, programme=grounds.programme.name,
        rule=one.rule.code, stage=one.line.stage, period_from=one.period.first, period_to=one.period.last, judged_on=one.judged_on,
        made_on=grounds.today, made_at=grounds.now, probability=one.probability, counted=one.outlook.counted,
        orders=one.outlook.orders, basis=basis, reading=grounds.reading.as_json(),
    )  # fmt: skip


def score_due(limit: int) -> int:
    """The pass: note what came of forecasts whose period the mall has judged; returns how many are closed. Two queries and two writes.

    What came is counted anew by the reading of the forecast, as it stands then: a forecast is measured by what it spoke of.
    """
    with scope.everyone(), transaction.atomic():
        now = clock.now()
        keys = sql.claim_ids(
            "marketplaces_forecast",
            "closed_at IS NULL AND judged_on <= %s",
            [str(_latest(now))],
            "judged_on, id",
            limit,
        )
        rows = list(Forecast.objects.filter(id__in=sql.keys(keys)).order_by("id")) if keys else []
        ended = [row for row in rows if counting.local_day(now, load(row.programme).zone) >= row.judged_on]
        days = _days(ended)
        stale = _uncounted(ended, now)
        closed = []
        for row in ended:
            if row.shop_id in stale:
                continue
            row.came, row.closed_at = came(row, days.get(row.shop_id, Days())), now
            closed.append(row)
        Forecast.objects.bulk_update(closed, ["came", "closed_at"], batch_size=500)
        return len(closed)


def _latest(now: datetime) -> date:
    return (now + timedelta(hours=14)).date()  # the day has begun somewhere


def _days(rows: Sequence[Forecast]) -> dict[int, Days]:
    """The counted days that the outcomes are read from."""
    if not rows:
        return {}
    needed = []
    for row in rows:
        rule = load(row.programme).rule(row.rule, row.judged_on)
        needed.append(meter.needs(rule, row.judged_on) if rule else Period(row.period_from, row.period_to))
    first, last = min(one.first for one in needed), max(one.last for one in needed)
    return days_of({row.shop_id for row in rows}, Period(first, last))


def _uncounted(rows: Sequence[Forecast], now: datetime) -> set[int]:
    """Shops with days that are still to be counted: they wait, but not for ever."""
    young = {row.shop_id for row in rows if now - bounds(row.judged_on, load(row.programme).zone)[0] < PATIENCE}
    return (
        set(Tally.objects.filter(shop_id__in=young, is_stale=True).values_list("shop_id", flat=True))
        if young
        else set()
    )


def came(row: Forecast, days: Days) -> bool | None:
    """Whether the period ended beyond the line of this forecast; None when the rule is not there any more."""
    programme = load(row.programme)
    rule = programme.rule(row.rule, row.judged_on)
    line = next((line for line in rule.lines if line.stage == row.stage), None) if rule else None
    if rule is None or line is None:
        return None
    reading = read(row.reading, programme.default)
    verdict = meter.verdict_of(programme, rule, reading, row.judged_on, days)
    return _is_at_least(verdict.line, line, rule.lines)


def _is_at_least(crossed: Line | None, line: Line, lines: Sequence[Line]) -> bool:
    """Whether what was crossed is this line or a heavier one; the line for few orders weighs by what follows from it."""
    if crossed is None:
        return False
    if crossed in lines:
        return lines.index(crossed) >= lines.index(line)
    return SEVERITIES.index(crossed.severity) >= SEVERITIES.index(line.severity)
