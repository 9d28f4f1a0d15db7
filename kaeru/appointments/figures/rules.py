"""What the salon's numbers are, computed from rows. Pure. What each counts is said in `console.results_words`, beside the number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil, sqrt
from statistics import NormalDist, median

OUTSIDE_RATIO = 0.77
"""No-shows with a reminder against none, over 12 trials in hospitals (risk ratio; 95 % interval 0.71 to 0.84)."""
NOTICE_STEPS = (24, 3, 0)
"""Hours before the visit: a day and more, three hours and more, less, after it had begun."""


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits that were to take place in a span, by what became of them."""

    done: int = 0
    cancelled: int = 0
    """By the client."""
    called_off: int = 0
    """By the salon."""
    no_show: int = 0
    unmarked: int = 0
    """Their time is over, and nobody has said what became of them."""

    @property
    def due(self) -> int:
        """All but those that the salon called off."""
        return self.done + self.cancelled + self.no_show + self.unmarked

    @property
    def cancel_rate(self) -> float | None:
        """Fraction of the visits due that the client cancelled."""
        return self.cancelled / self.due if self.due else None

    @property
    def no_show_rate(self) -> float | None:
        """Fraction of the visits due at which nobody came."""
        return self.no_show / self.due if self.due else None


@dataclass(frozen=True, slots=True)
class Notice:
    """How long before the visit clients cancelled."""

    counts: tuple[int, int, int, int] = (0, 0, 0, 0)
    """A day and more before, three hours and more, less, after it had begun."""
    middle: timedelta | None = None
    """Half of them cancelled earlier than this; None when nobody cancelled."""


def notice(cancelled: Iterable[tuple[datetime, datetime]]) -> Notice:
    """Of (start of the visit, when it was cancelled)."""
    lengths = [starts_at - at for starts_at, at in cancelled]
    counts = [0, 0, 0, 0]
    for length in lengths:
        hours = length / timedelta(hours=1)
        counts[next((place for place, least in enumerate(NOTICE_STEPS) if hours >= least), 3)] += 1
    middle = median(length.total_seconds() for length in lengths) if lengths else None
    return Notice((counts[0], counts[1], counts[2], counts[3]), None if middle is None else timedelta(seconds=middle))


@dataclass(frozen=True, slots=True)
class Over:
    """One opening that is over."""

    state: str
    """claimed | sold | closed | passed"""
    created_at: datetime
    ended_at: datetime
    pushes: int = 0
    yen_per_push: int = 0
    was_asked: bool = True
    """Somebody was asked about it."""


@dataclass(frozen=True, slots=True)
class Refill:
    """What became of the openings of a span that are over."""

    openings: int = 0
    asked: int = 0
    """Of these, clients were asked about so many."""
    claimed: int = 0
    """Taken by a client who was asked."""
    sold: int = 0
    """Booked otherwise before anybody took it."""
    pushes: int = 0
    """LINE messages for all of them, those that stayed empty included."""
    yen: int = 0
    middle: timedelta | None = None
    """Half of the claimed ones were taken sooner than this."""
    yen_per_filled: float | None = None
    pushes_per_filled: float | None = None

    @property
    def rate(self) -> float | None:
        """Fraction of those that clients were asked about that one of them took."""
        return self.claimed / self.asked if self.asked else None


def refill(rows: Iterable[Over]) -> Refill:
    """The messages of openings that stayed empty are part of what a filled one costs."""
    over = list(rows)
    claimed = [one for one in over if one.state == "claimed"]
    pushes, yen = sum(one.pushes for one in over), sum(one.pushes * one.yen_per_push for one in over)
    waits = [(one.ended_at - one.created_at).total_seconds() for one in claimed]
    return Refill(
        len(over), sum(one.was_asked for one in over), len(claimed), sum(one.state == "sold" for one in over), pushes, yen,
        timedelta(seconds=median(waits)) if waits else None,
        yen / len(claimed) if claimed else None,
        pushes / len(claimed) if claimed else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Share:
    """Of `units`, so many `counted`."""

    units: int = 0
    counted: int = 0

    @property
    def rate(self) -> float | None:
        """Fraction; None when there is nothing to divide by."""
        return self.counted / self.units if self.units else None


def came_again(days: Iterable[tuple[int, date]], first: date, last: date, window: int) -> Share:
    """Of the clients with a visit from `first` to `last`, both included: who came again within `window` days after it.

    `days`: (client, day of a visit), up to `window` days after `last`. Each client counts once, with their first visit of the span;
    a second service on the same day is not coming again.
    """
    by_client: dict[int, list[date]] = {}
    for client, day in days:
        by_client.setdefault(client, []).append(day)
    units = counted = 0
    for visits in by_client.values():
        start = min((day for day in visits if first <= day <= last), default=None)
        if start is None:
            continue
        units += 1
        counted += any(0 < (day - start).days <= window for day in visits)
    return Share(units, counted)


@dataclass(frozen=True, slots=True)
class Reminded:
    """One visit that its client was reminded of."""

    answer: str
    """coming | moved | cancelled | asked | "" (said nothing)"""
    state: str
    """Of the visit: booked | done | cancelled | no_show"""
    for_at: datetime
    answered_at: datetime | None = None
    was_refilled: bool = False
    """The time that it left was taken by a client who was asked."""


@dataclass(slots=True)
class Answer:
    """What became of the visits whose clients answered so."""

    name: str
    visits: int = 0
    came: int = 0
    cancelled: int = 0
    no_show: int = 0
    still_open: int = 0


@dataclass(frozen=True, slots=True)
class Reminders:
    """What clients did with the reminders of a span. It says what happened, not what the reminders caused."""

    answers: tuple[Answer, ...] = ()
    freed: int = 0
    """Times that were given back by a button of the reminder."""
    refilled: int = 0
    middle: timedelta | None = None
    """So long before the visit half of them were given back."""
    per_group: int | None = None
    """Visits with and without a reminder, chosen by lot, that it would take to see an effect as large as in the trials."""
    not_reminded: int = 0
    """Visits due in the span whose clients got no reminder."""

    @property
    def sent(self) -> int:
        """Visits reminded of."""
        return sum(one.visits for one in self.answers)


ANSWERS = ("coming", "moved", "cancelled", "silent")
_OUTCOMES = {"done": "came", "cancelled": "cancelled", "no_show": "no_show"}


def reminders(rows: Sequence[Reminded], not_reminded: int, no_show_rate: float | None) -> Reminders:
    """Counts by answer, and what it would take to say more. `no_show_rate`: of the whole salon."""
    answers = {name: Answer(name) for name in ANSWERS}
    for row in rows:
        one = answers[row.answer if row.answer in answers else "silent"]
        one.visits += 1
        outcome = _OUTCOMES.get(row.state, "still_open")
        setattr(one, outcome, getattr(one, outcome) + 1)
    freed = [row for row in rows if row.answer in ("moved", "cancelled")]
    early = [(row.for_at - row.answered_at).total_seconds() for row in freed if row.answered_at is not None]
    return Reminders(
        tuple(answers[name] for name in ANSWERS), len(freed), sum(row.was_refilled for row in freed),
        timedelta(seconds=median(early)) if early else None, per_group(no_show_rate), not_reminded,
    )  # fmt: skip


def per_group(
    rate: float | None, ratio: float = OUTSIDE_RATIO, *, alpha: float = 0.05, power: float = 0.8
) -> int | None:
    """Visits that each of two groups must have so that a change from `rate` to `rate × ratio` is seen in four of five tries.

    The usual formula for two proportions (two-sided, normal approximation); None where there is no rate to start from.
    """
    if not rate or not 0 < rate < 1:
        return None
    other = rate * ratio
    mean = (rate + other) / 2
    z_alpha, z_power = NormalDist().inv_cdf(1 - alpha / 2), NormalDist().inv_cdf(power)
    spread = z_alpha * sqrt(2 * mean * (1 - mean)) + z_power * sqrt(rate * (1 - rate) + other * (1 - other))
    return ceil((spread / (rate - other)) ** 2)


@dataclass(frozen=True, slots=True)
class Clients:
    """Where the salon's clients stand today."""

    counts: dict[str, int] = field(default_factory=dict)
    """By `clients.rules.standing`."""

    @property
    def all(self) -> int:
        """Everybody with at least one visit."""
        return sum(count for name, count in self.counts.items() if name != "new")
