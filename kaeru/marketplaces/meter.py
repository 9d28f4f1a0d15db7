"""Where a shop stands by its mall's rules: each rule as it was last judged, and the period that is running. Pure.

Counts come from a function of periods, so the same code judges at midnight, on the page, on a file, and in a test.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from kaeru.marketplaces import periods
from kaeru.marketplaces.counts import Counts, count
from kaeru.marketplaces.periods import Period
from kaeru.marketplaces.programme import Programme, Rule
from kaeru.marketplaces.reading import Reading, read
from kaeru.marketplaces.rules import Count, Line, heavier, is_crossed, judge, lines_for, may_lose

Totals = Callable[[Period], Counts]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule on one period."""

    rule: Rule
    on: date
    """When it is judged; later than today for the period that is running."""
    period: Period
    count: Count
    line: Line | None
    """The heaviest line that is crossed."""
    is_applied: bool = True
    """False: another rule stands for it, it has too few orders, or Kaeru does not count what it is about."""
    is_few: bool = False
    """So few orders that only the line for few orders counts."""

    @property
    def stage(self) -> str:
        """The code of what follows; empty within the lines."""
        return self.line.stage if self.line else ""

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines that hold for so many orders."""
        return lines_for(self.rule.lines, self.rule.few, self.count.orders)

    def room(self, line: Line) -> int | None:
        """How many more cancellations (not points) fit within the line; None where that cannot be said."""
        if self.rule.in_a_row or not self.is_applied:
            return None
        left = may_lose(line, self.count)
        return left // self.rule.points_each if left is not None and self.rule.points_each else left

    @property
    def next_line(self) -> Line | None:
        """The lightest line that is not crossed yet."""
        return next((line for line in self.lines if line.is_known and not is_crossed(line, self.count)), None)


@dataclass(frozen=True)
class Standing:
    """All rules of a programme for one shop on one day, under one reading."""

    programme: Programme
    reading: Reading
    on: date
    judged: tuple[Verdict, ...]
    running: tuple[Verdict, ...]

    @cached_property
    def worst(self) -> Line | None:
        """The heaviest line that was crossed where it counts: at the last judgements."""
        return self._worst(self.judged)

    @cached_property
    def heading(self) -> Line | None:
        """The heaviest line that is crossed by now in a period that is still running."""
        return self._worst(self.running)

    @staticmethod
    def _worst(verdicts: tuple[Verdict, ...]) -> Line | None:
        found: Line | None = None
        for verdict in verdicts:
            found = heavier(found, verdict.line)
        return found


def stand(programme: Programme, reading: Reading, on: date, totals: Totals) -> Standing:
    """The standing at the beginning of the day `on`, and of what runs on that day so far."""
    judged = tuple(_all(programme, reading, on, totals, is_running=False))
    return Standing(programme, reading, on, judged, tuple(_all(programme, reading, on, totals, is_running=True)))


def _all(programme: Programme, reading: Reading, on: date, totals: Totals, *, is_running: bool) -> Iterator[Verdict]:
    applied: set[str] = set()
    for code in programme.codes:
        rule = programme.coming(code, on) if is_running else programme.rule(code, on)
        if rule is None:
            continue
        verdict = verdict_of(programme, rule, reading, on, totals, is_running=is_running, applied=applied)
        if verdict.is_applied:
            applied.add(code)
        yield verdict


def verdict_of(
    programme: Programme, rule: Rule, reading: Reading, on: date, totals: Totals, *, is_running: bool = False,
    applied: set[str] | None = None,
) -> Verdict:  # fmt: skip
    """The rule on the period that was judged last, or on the one that is running."""
    day = periods.next_judgement(rule.span, on) if is_running else periods.judgement_day(rule.span, on)
    period = periods.running(rule.span, on) if is_running else periods.judged(rule.span, day)
    if rule.counted == "not_counted":
        return Verdict(rule, day, period, Count(), None, is_applied=False)
    if rule.in_a_row:
        row = Count(_in_a_row(programme, rule, reading, on, totals, is_running))
        return Verdict(rule, day, period, row, judge(rule.lines, None, row))
    found = count(totals(period), read(rule.reading or {}, reading))
    if found.orders < rule.least_orders or rule.unless in (applied or ()):
        return Verdict(rule, day, period, found, None, is_applied=False)
    if rule.counted == "points":
        found = Count(found.counted * rule.points_each, found.orders)
    is_few = rule.few is not None and found.orders < rule.few.below
    return Verdict(rule, day, period, found, judge(rule.lines, rule.few, found), is_few=is_few)


def _in_a_row(
    programme: Programme, rule: Rule, reading: Reading, on: date, totals: Totals, is_running: bool
) -> int:  # fmt: skip
    """How many periods of the other rule, the newest first, ended beyond its line without a break."""
    assert rule.in_a_row is not None
    code, stage = rule.in_a_row
    found, day, running = 0, on, is_running
    while found < _most_in_a_row(rule):
        other = programme.coming(code, day) if running else programme.rule(code, day)
        if other is None:
            break
        verdict = verdict_of(programme, other, reading, day, totals, is_running=running)
        if not _is_beyond(other, verdict.line, stage):
            break
        found, day, running = found + 1, verdict.period.first, False
    return found


def _is_beyond(rule: Rule, crossed: Line | None, stage: str) -> bool:
    """Whether the line that was crossed is the stage's own or a heavier one; the line for few orders is none of them."""
    stages = [line.stage for line in rule.lines]
    return (
        crossed is not None
        and crossed in rule.lines
        and stage in stages
        and rule.lines.index(crossed) >= stages.index(stage)
    )


def _most_in_a_row(rule: Rule) -> int:
    """More periods than the heaviest line asks for change nothing."""
    return max((line.amount or 0 for line in rule.lines), default=0)


def needs(rule: Rule, on: date) -> Period:
    """The days that a judgement of this rule on this judgement day looks at."""
    if rule.counted == "not_counted":
        return Period(on, on - timedelta(days=1))
    period = periods.judged(rule.span, on)
    return _with_earlier(rule, period)


def _with_earlier(rule: Rule, period: Period) -> Period:
    """The period together with the earlier ones that a rule about several in a row looks at."""
    if rule.in_a_row is None:
        return period
    earliest = periods.before(rule.span, period, max(0, _most_in_a_row(rule) - 1))
    return Period(earliest.first, period.last)


def needs_of_all(programme: Programme, on: date) -> Period:
    """The days that the whole standing on this day looks at."""
    found = [
        needs(rule, periods.judgement_day(rule.span, on))
        for code in programme.codes
        if (rule := programme.rule(code, on))
    ]
    found += [
        _with_earlier(rule, periods.running(rule.span, on))
        for code in programme.codes
        if (rule := programme.coming(code, on)) and rule.counted != "not_counted"
    ]
    found = [period for period in found if period.days]
    return Period(min((p.first for p in found), default=on), max((p.last for p in found), default=on))
