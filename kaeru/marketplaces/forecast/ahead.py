"""A shop's lines, each with the chance to end beyond it and how many orders may still be lost. Pure, but for loading numpy when asked."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from kaeru.marketplaces import meter
from kaeru.marketplaces.forecast import ages, situation
from kaeru.marketplaces.forecast.gathering import Grounds
from kaeru.marketplaces.forecast.lines import Bar
from kaeru.marketplaces.forecast.outlook import Outlook
from kaeru.marketplaces.forecast.situation import Learned
from kaeru.marketplaces.meter import Standing, Verdict
from kaeru.marketplaces.periods import Period
from kaeru.marketplaces.programme import Rule
from kaeru.marketplaces.reading import Reading, read
from kaeru.marketplaces.rules import Count, Line, is_crossed

CAUTIOUS = 0.1
"""What may still be lost is counted with so few orders as come in one of ten such periods."""
LEAST_ORDERS, LEAST_COUNTED = 5, 2
"""With less, a chance says more about other shops than about this one."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """One line of a period that is running."""

    rule: Rule
    line: Line
    period: Period
    judged_on: date
    """The mall judges at the midnight with which this day begins."""
    bar: Bar
    outlook: Outlook
    probability: float
    may_lose_now: int
    """Of the orders so far, so many more may be cancelled within the line."""
    may_lose: int
    """With `orders_at_least` instead."""
    orders_at_least: int
    """So many orders there will be, or more, in nine of ten such periods."""
    reading: Reading
    is_chained: bool = False
    """The line is about several periods in a row, and the earlier ones were beyond it already: this one decides."""

    @property
    def is_crossed(self) -> bool:
        """By the orders so far."""
        return self.bar.is_over(self.outlook.orders, self.outlook.counted)

    @property
    def is_thin(self) -> bool:
        """So little has happened that the chance says more about other shops than about this one."""
        return self.outlook.orders < LEAST_ORDERS or self.outlook.counted < LEAST_COUNTED


@dataclass(frozen=True, slots=True)
class Running:
    """A rule on the period that is running, with what is known of it."""

    rule: Rule
    verdict: Verdict
    reading: Reading
    outlook: Outlook


def ahead(grounds: Grounds) -> list[Ahead]:
    """Every line with a known number, the rules in the programme's order."""
    standing = meter.stand(grounds.programme, grounds.reading, grounds.today, grounds.days)
    known = {one.rule.code: one for one in running(grounds, standing)}
    found = [line for one in known.values() for line in _lines(one, one.rule.lines)]
    return found + list(_chained(standing, known))


def running(grounds: Grounds, standing: Standing) -> Iterator[Running]:
    """The rules that look at shares or sums of one running period."""
    learned: dict[tuple[Reading, date], Learned] = {}
    for verdict in standing.running:
        rule = verdict.rule
        is_replaced = not verdict.is_applied and verdict.count.orders >= rule.least_orders
        if (
            rule.in_a_row
            or rule.counted == "not_counted"
            or is_replaced
            or not any(line.is_known for line in rule.lines)
        ):
            continue
        reading = read(rule.reading or {}, grounds.reading)
        key = (reading, verdict.period.first)
        if key not in learned:
            learned[key] = situation.learn(
                grounds.days.counts, reading, grounds.programme.zone, grounds.now, verdict.period.first, grounds.others,
                ages.without_first(ages.Ages(), reading.grace_hours),
            )  # fmt: skip
        outlook = situation.outlook(
            grounds.days.counts, verdict.period, reading, grounds.programme.zone, grounds.now, learned[key], grounds.pending,
            verdict.on,
        )  # fmt: skip
        yield Running(rule, verdict, reading, outlook)


def bar_of(rule: Rule, line: Line) -> Bar:
    """The line as it meets a period of this rule."""
    return Bar(line, rule.few, rule.points_each or 1, rule.least_orders)


def _lines(one: Running, lines: Iterable[Line]) -> Iterator[Ahead]:
    from kaeru.marketplaces.forecast.chance import orders_at_end, p_over_each

    known = [line for line in lines if line.is_known]
    bars = [bar_of(one.rule, line) for line in known]
    cautious = orders_at_end(one.outlook, CAUTIOUS)
    for line, bar, chance in zip(known, bars, p_over_each(one.outlook, bars), strict=True):
        yield Ahead(
            rule=one.rule, line=line, period=one.verdict.period, judged_on=one.verdict.on, bar=bar, outlook=one.outlook,
            probability=chance, may_lose_now=bar.may_lose(one.outlook.orders, one.outlook.counted),
            may_lose=bar.may_lose(cautious, one.outlook.counted), orders_at_least=cautious, reading=one.reading,
        )  # fmt: skip


def _chained(standing: Standing, known: Mapping[str, Running]) -> Iterator[Ahead]:
    """Lines about periods in a row which the running period alone decides, since the earlier ones were beyond already."""
    for verdict in standing.judged:
        row = verdict.rule.in_a_row
        one = known.get(row[0]) if row else None
        if row is None or one is None:
            continue
        base = next((line for line in one.rule.lines if line.stage == row[1]), None)
        for line in verdict.rule.lines:
            if base is not None and line.amount is not None and is_crossed(line, Count(verdict.count.counted + 1)):
                for found in _lines(one, [base]):
                    yield replace(found, rule=verdict.rule, line=line, is_chained=True)
