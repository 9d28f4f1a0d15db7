"""Who comes to the demo's salon when: four weeks that have been, two that are coming, and the months before from memory. Pure.

The same seed gives the same weeks. Nobody is booked twice at a time: a stylist's stages without them are given to others, as a salon does.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kaeru.appointments.bookings.rules import Span, Spans, covers, spans

STEP = timedelta(minutes=15)
ZONE = ZoneInfo("Asia/Tokyo")
FATES = ("done", "cancelled", "no_show")
REASONS = ("schedule", "unwell", "other_day", "not_needed", "other")
SHARES = {"cut": 40, "color": 16, "cut_color": 16, "perm": 7, "treatment": 9, "spa": 8, "fringe": 4}


@dataclass(frozen=True, slots=True)
class Offered:
    """A service as the plan needs it."""

    key: str
    stages: Sequence[Mapping[str, Any]]
    cleanup: int
    needs: str


@dataclass(frozen=True, slots=True)
class Planned:
    """One visit."""

    at: datetime
    key: str
    """Of the service."""
    staff: int
    place: int | None
    client: int | None
    """In the list of clients; None: walked in without a name."""
    state: str
    made_at: datetime
    is_nominated: bool = False
    ended_at: datetime | None = None
    reason: str = ""
    origin: str = "web"
    moved_from: datetime | None = None
    confirmed_at: datetime | None = None
    after: int | None = None
    """The place in the plan of the cancelled visit whose time this one took."""

    @property
    def is_taking(self) -> bool:
        """It has its time."""
        return self.state in {"booked", "done"}


@dataclass(frozen=True, slots=True)
class Taste:
    """What one client is used to."""

    staff: int
    key: str
    interval: int
    """Days."""
    nominates: bool


class Book:
    """The pages of the calendar while they are filled."""

    def __init__(
        self, draw: random.Random, offered: Mapping[str, Offered], doers: Mapping[int, Sequence[str]], places: Mapping[str, Sequence[int]],
        open_spans: Mapping[int, Sequence[Span]],
    ) -> None:  # fmt: skip
        self.draw, self.offered, self.doers, self.places = draw, offered, doers, places
        self.open = {key: sorted(found) for key, found in open_spans.items()}
        self.taken: dict[int, list[Span]] = defaultdict(list)
        self.visits: list[Planned] = []
        self.next_day: dict[int, date] = {}
        """By client, before which day they do not come again."""

    def fits(self, key: str, staff: int, at: datetime) -> tuple[Spans, int | None] | None:
        """What the visit would take, and where; None: not to be had."""
        one = self.offered[key]
        takes = spans(one.stages, one.cleanup, at)
        if any(not covers(self.open.get(staff, ()), span) or self._is_taken(staff, span) for span in takes.staff):
            return None
        if not one.needs:
            return takes, None
        for place in self.places[one.needs]:
            if covers(self.open.get(place, ()), takes.whole) and not self._is_taken(place, takes.whole):
                return takes, place
        return None

    def _is_taken(self, resource: int, span: Span) -> bool:
        return any(one.overlaps(span) for one in self.taken[resource])

    def put(self, visit: Planned) -> int:
        """Write the visit down, and take its time if it has it; returns its place in the plan."""
        if visit.is_taking:
            one = self.offered[visit.key]
            takes = spans(one.stages, one.cleanup, visit.at)
            self.taken[visit.staff] += takes.staff
            if visit.place is not None:
                self.taken[visit.place].append(takes.whole)
        self.visits.append(visit)
        return len(self.visits) - 1

    def forget_before(self, at: datetime) -> None:
        """Days that are full are not looked at again."""
        for key in list(self.taken):
            self.taken[key] = [span for span in self.taken[key] if span.ends_at > at]
            self.open[key] = [span for span in self.open.get(key, ()) if span.ends_at > at]


def tastes(draw: random.Random, doers: Mapping[int, Sequence[str]], count: int) -> list[Taste]:
    """What each of so many clients is used to."""
    stylists = list(doers)
    found = []
    for _ in range(count):
        staff = draw.choice(stylists)
        keys = [key for key in SHARES if key in doers[staff]]
        key = draw.choices(keys, [SHARES[one] for one in keys])[0]
        found.append(Taste(staff, key, draw.choice([28, 30, 35, 35, 42, 45, 60, 75]), draw.random() < 0.45))
    return found


def fill(
    book: Book, likes: Sequence[Taste], days: Iterable[date], now: datetime, *, spared: Mapping[int, Sequence[Span]]
) -> None:
    """Fill these days, fuller the nearer they are; `spared`: by staff, times that are left for what is written by hand."""
    by_staff: dict[int, list[int]] = defaultdict(list)
    for number, like in enumerate(likes):
        by_staff[like.staff].append(number)
    for day in days:
        for staff in sorted(book.doers):
            for span in [one for one in book.open.get(staff, ()) if (one.starts_at + timedelta(hours=9)).date() == day]:
                _fill_span(book, likes, by_staff, staff, span, day, now, spared.get(staff, ()))


def _today(now: datetime) -> date:
    return (now + timedelta(hours=9)).date() if now.utcoffset() == timedelta(0) else now.date()


def _share(day: date, now: datetime) -> float:
    ahead = (day - _today(now)).days
    weekend = 0.1 if day.weekday() >= 5 else 0.0
    return min(0.92, (0.74 if ahead <= 1 else max(0.12, 0.7 - 0.05 * ahead)) + weekend)


def _fill_span(
    book: Book, likes: Sequence[Taste], by_staff: Mapping[int, Sequence[int]], staff: int, span: Span, day: date, now: datetime,
    spared: Sequence[Span],
) -> None:  # fmt: skip
    draw, at, share = book.draw, span.starts_at, _share(day, now)
    keys = [key for key in SHARES if key in book.doers[staff]]
    while at < span.ends_at:
        if draw.random() > share:
            at += STEP * draw.choice([2, 3, 4])
            continue
        client = _who(book, by_staff.get(staff, ()), day)
        if client is None and (day >= _today(now) or draw.random() < 0.7):  # nobody walks in tomorrow
            at += STEP * 2
            continue
        like = likes[client] if client is not None else None
        key = (
            like.key
            if like and like.staff == staff and draw.random() < 0.8
            else draw.choices(keys, [SHARES[one] for one in keys])[0]
        )
        found = book.fits(key, staff, at)
        if found is None or any(one.overlaps(found[0].reach) for one in spared):
            at += STEP
            continue
        is_asked = bool(like and like.nominates and like.staff == staff)
        _place(book, Planned(at, key, staff, found[1], client, "booked", now, is_nominated=is_asked), day, now)
        if client is not None:
            book.next_day[client] = day + timedelta(days=draw.choice([19, 24, 28]))
        at = found[0].staff[0].ends_at


def _who(book: Book, regulars: Sequence[int], day: date) -> int | None:
    for _ in range(8 if regulars else 0):
        client = book.draw.choice(regulars)
        if book.next_day.get(client, day) <= day:
            return client
    return None


def _place(book: Book, visit: Planned, day: date, now: datetime) -> None:
    """What became of it: most came; some cancelled, and some of those times somebody else took; a few did not come."""
    draw, ends = book.draw, spans(book.offered[visit.key].stages, 0, visit.at).whole.ends_at
    made = min(visit.at - timedelta(days=draw.uniform(0.3, 24)), now - timedelta(minutes=draw.randint(30, 5000)))
    visit = replace(
        visit,
        made_at=made,
        origin="walk_in" if visit.client is None else draw.choices(["line", "web", "staff"], [5, 3, 3])[0],
    )
    if ends > now:
        book.put(visit)
        return
    luck = draw.random()
    if visit.client is None or luck > 0.15:
        was = visit.at + timedelta(days=draw.choice([-2, -1, 1, 3])) if luck > 0.93 else None
        book.put(
            replace(
                visit,
                state="done",
                ended_at=ends,
                moved_from=was,
                confirmed_at=_evening(visit.at) if luck < 0.7 else None,
            )
        )
    elif luck < 0.028:
        book.put(replace(visit, state="no_show", ended_at=visit.at + timedelta(minutes=20)))
    else:
        ended = visit.at - timedelta(
            hours=draw.choice([1.5, 3, 8, 16, 20, 20, 22, 40, 70]), minutes=draw.randint(0, 50)
        )
        lost = book.put(
            replace(
                visit,
                state="cancelled",
                ended_at=ended,
                reason=draw.choice(REASONS),
                made_at=min(made, ended - timedelta(hours=4)),
            )
        )
        if luck < 0.11:
            taken_at = (
                ended + timedelta(minutes=draw.choice([2, 4, 9, 21, 55, 140]))
                if visit.at - ended > timedelta(hours=3)
                else ended
            )
            taker = _other(book, visit.client, day)
            next_one = replace(visit, client=taker, state="done", origin="refill", made_at=taken_at, ended_at=ends)
            book.put(replace(next_one, after=lost))


def _other(book: Book, client: int, day: date) -> int:
    """Somebody else who is due."""
    known = sorted(book.next_day)
    for _ in range(20):
        other = book.draw.choice(known) if known else client + 1
        if other != client and book.next_day.get(other, day) <= day:
            book.next_day[other] = day + timedelta(days=24)
            return other
    return (client + 7) % max(1, len(known) or 1)


def _evening(at: datetime) -> datetime:
    return at - timedelta(hours=15)


def before(
    draw: random.Random,
    book: Book,
    likes: Sequence[Taste],
    start: datetime,
    now: datetime,
    last_days: Mapping[int, int],
) -> Iterator[Planned]:
    """Visits of the months before, as a salon brings them along: one after the other at the client's usual interval.

    `last_days`: by client, how many days ago the last visit was, where it is known.
    """
    first: dict[int, datetime] = {}
    for visit in book.visits:
        if visit.client is not None and visit.state == "done":
            first[visit.client] = min(first.get(visit.client, visit.at), visit.at)
    for client, like in enumerate(likes):
        at = first.get(client)
        days = last_days.get(client) or draw.choice([29, 31, 33, 36, 41, 52, 75, 110, 170])
        for number in range(draw.choice([2, 3, 3, 4, 5]) if client in last_days else draw.choice([1, 2, 3, 3, 4, 5])):
            gap = timedelta(days=round(like.interval * draw.uniform(0.85, 1.2)))
            at = now - timedelta(days=days) if at is None and not number else (at or now) - gap
            hour = at.astimezone(ZONE).replace(
                hour=draw.choice([10, 11, 13, 14, 15, 16, 17]), minute=draw.choice([0, 15, 30]), second=0, microsecond=0
            )
            if hour < start:
                yield Planned(
                    hour, like.key, like.staff, None, client, "done", hour - timedelta(days=9), like.nominates, hour
                )
