"""Do growing waves fill a freed slot as well as asking everybody at once, for fewer messages? Simulated on the house's own rules.

    python -m bench.refill [--openings 20000] [--people 60] [--seed 6] [--curve usual|slow]

What is assumed of people (LINE's opening curve as vendors publish it; willingness as hospitals measured it, see docs/explanation/refill.md):
of those who are asked about 55 % ever open it, of these a fifth at once, half within 3 to 6 hours, four fifths the same day (--curve slow:
within 24 hours; then the waves lose about 1.7 points: what they may cost in fill hangs on how fast people read);
who opens it taps with a chance that falls with their rank from 20 % to 3 % (quickly at first), a minute or two later.
The waves, the order and the moments come from `kaeru.appointments.openings.rules`. Wanted at 24 hours of lead: the fill within one point
of a broadcast's, at most 60 % of its messages, at most 0.8 late taps for each slot that was filled.
"""

import argparse
import sys
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random
from statistics import median

from kaeru.appointments.openings.rules import Hours, Wave, plan

NOON = datetime(2026, 11, 24, 3, tzinfo=UTC)
"""Noon in Tokyo."""
ALWAYS = Hours(time(0), time(0), "Asia/Tokyo")
LEADS = (2, 6, 24)
OPENS, BEST, WORST = 0.55, 0.20, 0.03
CURVES = {
    "usual": ((0.0, 0.0), (0.05, 0.20), (4.5, 0.50), (12.0, 0.80), (24.0, 0.90), (48.0, 1.0)),
    "slow": ((0.0, 0.0), (0.05, 0.20), (3.0, 0.40), (6.0, 0.54), (24.0, 0.855), (48.0, 1.0)),
}
"""By so many hours such a part of those who ever open it has done so. A message of noon is of the same day for 12 hours; "slow" reads the
same day as 24."""
MOST_PUSHES, MOST_LOST, MOST_LATE = 0.60, 1.0, 0.8

Curve = Sequence[tuple[float, float]]
Policy = Callable[[int, datetime, datetime], Sequence[Wave]]


def waves(people: int, now: datetime, deadline: datetime) -> Sequence[Wave]:
    """Ours."""
    return plan(people, now, deadline, ALWAYS)


def everyone(people: int, now: datetime, deadline: datetime) -> Sequence[Wave]:
    """All at once."""
    return (Wave(now, people),)


def one_by_one(people: int, now: datetime, deadline: datetime) -> Sequence[Wave]:
    """One more every half hour."""
    count = min(people, int((deadline - now) / timedelta(minutes=30)))
    return [Wave(now + timedelta(minutes=30) * number, 1) for number in range(count)]


POLICIES: dict[str, Policy] = {"one by one": one_by_one, "everyone at once": everyone, "growing waves": waves}


@dataclass(slots=True)
class Tally:
    """What came of many openings."""

    openings: int = 0
    filled: int = 0
    pushes: int = 0
    late: int = 0
    minutes: list[float] | None = None

    def add(self, pushes: int, taken: float | None, late: int) -> None:
        """One opening: hours until it was taken, None when nobody did."""
        self.openings += 1
        self.pushes += pushes
        self.late += late
        if taken is not None:
            self.filled += 1
            self.minutes = self.minutes or []
            self.minutes.append(taken * 60)

    @property
    def fill(self) -> float:
        """Percent."""
        return 100 * self.filled / self.openings

    @property
    def each(self) -> float:
        """Messages for each opening."""
        return self.pushes / self.openings

    @property
    def late_each(self) -> float:
        """Late taps for each opening that was filled."""
        return self.late / max(self.filled, 1)


@dataclass(frozen=True, slots=True)
class Person:
    """What one client would do, whenever they are asked: the same under each policy."""

    after: float | None
    """Hours from the message to the tap; None: never."""


def people_of(chance: Random, count: int, curve: Curve) -> list[Person]:
    """Best match first."""
    found = []
    for rank in range(count):
        will = BEST / (1 + (BEST / WORST - 1) * rank / max(count - 1, 1))
        opens, taps, at, moment = chance.random() < OPENS, chance.random() < will, chance.random(), chance.random()
        found.append(Person(_opened(at, curve) + moment / 30 if opens and taps else None))
    return found


def _opened(at: float, curve: Curve) -> float:
    parts = [part for _, part in curve]
    place = max(1, bisect_left(parts, at))
    (start, low), (end, high) = curve[place - 1], curve[place]
    return start + (end - start) * (at - low) / (high - low)


def lived(people: Sequence[Person], schedule: Sequence[Wave], lead: float) -> tuple[int, float | None, int]:
    """Messages that went out, hours until the first tap, taps that came after it."""
    taps, asked, place = [], [], 0
    for at, size in schedule:
        hour = (at - NOON) / timedelta(hours=1)
        asked.append((hour, size))
        taps += [hour + one.after for one in people[place : place + size] if one.after is not None]
        place += size
    taps = sorted(tap for tap in taps if tap < lead)
    taken = taps[0] if taps else None
    pushes = sum(size for hour, size in asked if taken is None or hour <= taken)
    late = 0
    if taken is not None:
        place = 0
        for hour, size in asked:
            if hour <= taken:
                late += sum(
                    one.after is not None and taken < hour + one.after < lead for one in people[place : place + size]
                )
            place += size
    return pushes, taken, late


def run(openings: int, people: int, seed: int, curve: Curve) -> dict[tuple[int, str], Tally]:
    """Every policy meets the same people."""
    found = {(lead, name): Tally() for lead in LEADS for name in POLICIES}
    for lead in LEADS:
        deadline = NOON + timedelta(hours=lead)
        schedules = {name: policy(people, NOON, deadline) for name, policy in POLICIES.items()}
        chance = Random(f"{seed}:{lead}")
        for _ in range(openings):
            who = people_of(chance, people, curve)
            for name, schedule in schedules.items():
                found[lead, name].add(*lived(who, schedule, lead))
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """0 when the figures wanted are reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--openings", type=int, default=20_000)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--curve", choices=CURVES, default="usual")
    told = parser.parse_args(argv)
    found = run(told.openings, told.people, told.seed, CURVES[told.curve])
    print(f"{'lead':>5}  {'policy':<17} {'filled':>7} {'messages':>9} {'late taps':>10} {'median fill':>12}")
    for (lead, name), tally in found.items():
        half = median(tally.minutes) if tally.minutes else 0.0
        shown = f"{half:.0f} min" if half < 90 else f"{half / 60:.1f} h"
        print(f"{lead:>3} h  {name:<17} {tally.fill:6.1f}% {tally.each:9.1f} {tally.late_each:10.1f} {shown:>12}")
    ours, all_ = found[24, "growing waves"], found[24, "everyone at once"]
    lost, part = all_.fill - ours.fill, ours.each / all_.each
    is_reached = lost <= MOST_LOST and part <= MOST_PUSHES and ours.late_each <= MOST_LATE
    print(
        f"24 h: {lost:.1f} points under a broadcast, {part:.0%} of its messages, {ours.late_each:.2f} late taps per fill"
        f" -> {'reached' if is_reached else 'NOT reached'}"
    )
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
