"""A day, or a week of one person, as columns on paper: what stands where, in which words. Nothing is decided here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from kaeru.appointments.bookings.models import Booking, BookingState, Occupancy
from kaeru.appointments.calendar import rules
from kaeru.appointments.calendar.queries import Days
from kaeru.appointments.calendar.rules import HOUR, Place
from kaeru.appointments.openings.models import Opening
from kaeru.appointments.salons.models import DayException, Resource
from kaeru.console.calendar_pages import salon_page
from kaeru.console.doors import Visit
from kaeru.core import clock, wording

Part = tuple[str, str, tuple[int, int]]
"""(kind, name, ticks) of a part of a visit."""
USUAL = (9, 19)
"""Hours of a paper on which nothing stands."""
SHORT = 6
"""Ticks: what is shorter has room for one line."""
TONES = {BookingState.HELD: "held", BookingState.DONE: "done", BookingState.NO_SHOW: "missed"}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in a column."""

    place: Place
    kind: str
    """visit | rest (a later part of one) | gap | cleanup | block | opening"""
    id: int
    at: str = ""
    title: str = ""
    text: str = ""
    tone: str = ""
    marks: tuple[str, ...] = ()
    """Words: nominated, confirmed, first visit, …"""
    says: str = ""
    """All of it in one sentence, for who does not see the paper."""
    href: str = ""
    is_confirmed: bool = False
    move: Mapping[str, Any] | None = None
    """What the page's script must know to let it be dragged: its first and last tick, its person."""

    @property
    def is_short(self) -> bool:
        """Whether there is room for one line only."""
        return self.place.length < SHORT


@dataclass(frozen=True, slots=True)
class Column:
    """One person (or chair) on one day."""

    key: str
    resource: Resource
    day: date
    name: str
    note: str
    """Leave, a closed day, or nothing."""
    count: int
    open: list[Place] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    now: Place | None = None
    is_away: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """The paper: the hours printed at its side, and its columns."""

    hours: tuple[int, int]
    columns: list[Column]

    @property
    def labels(self) -> list[tuple[str, Place]]:
        """10:00, 11:00 … and where; after midnight the clock begins anew."""
        first, last = self.hours
        return [(f"{hour % 24}:00", Place((hour - first) * HOUR, HOUR)) for hour in range(first, last)]

    @property
    def is_closed(self) -> bool:
        """Whether nobody works and nothing stands on it."""
        return bool(self.columns) and not any(column.open or column.items for column in self.columns)

    @property
    def size(self) -> str:
        """Classes that say how long the paper is."""
        return f"c{self.hours[1] - self.hours[0]} d0"

    @property
    def length(self) -> int:
        """How many ticks the paper is long."""
        return (self.hours[1] - self.hours[0]) * HOUR

    @property
    def first_tick(self) -> int:
        """The tick at its top, counted from midnight."""
        return self.hours[0] * HOUR


def name_of(resource: Resource, language: str) -> str:
    """The name in the reader's language."""
    return resource.name_en if language == "en" and resource.name_en else resource.name


def service_name(booking: Booking, language: str) -> str:
    """The service in the reader's language."""
    service = booking.service
    return service.name_en if language == "en" and service.name_en else service.name


def client_name(visit: Visit, booking: Booking) -> str:
    """The client as this member may see them."""
    return visit.person(booking.customer.name) if booking.customer else _("No name")


def by_day(visit: Visit, found: Days, resources: Sequence[Resource], zone: ZoneInfo) -> Board:
    """The first day, a column for each of these."""
    return _board(visit, found, [(one, found.first) for one in resources], zone)


def by_week(visit: Visit, found: Days, resource: Resource, zone: ZoneInfo) -> Board:
    """One person or chair, a column for each day."""
    return _board(visit, found, [(resource, day) for day in found.days], zone)


def _board(visit: Visit, found: Days, wanted: Sequence[tuple[Resource, date]], zone: ZoneInfo) -> Board:
    drawn = [_Drawing(visit, found, resource, day, zone) for resource, day in wanted]
    hours = rules.hours_of((mark for one in drawn for mark in one.reach()), USUAL)
    is_week = len({day for _, day in wanted}) > 1
    return Board(hours, [one.column(hours, is_week=is_week) for one in drawn])


class _Drawing:
    """What one column takes from the rows."""

    def __init__(self, visit: Visit, found: Days, resource: Resource, day: date, zone: ZoneInfo) -> None:
        self.visit, self.found, self.resource, self.day, self.zone = visit, found, resource, day, zone
        self.is_staff = resource.kind == "staff"
        self.shifts = [row for row in found.shifts if row.resource_id == resource.id and row.day == day]
        self.bookings = [row for row in found.bookings if self._is_mine(row) and self._is_of_day(row.starts_at)]
        self.blocks = [row for row in found.blocks if row.resource_id == resource.id and self._is_of_day(row.starts_at)]
        self.openings = [
            row for row in found.openings if resource.id in (row.staff_id, row.chair_id) and self._is_of_day(row.starts_at)
        ]  # fmt: skip
        self.exceptions = [row for row in found.exceptions if row.day == day and row.resource_id in (None, resource.id)]

    def _is_mine(self, row: Booking) -> bool:
        return self.resource.id == (row.staff_id if self.is_staff else row.chair_id)

    def _is_of_day(self, at: datetime) -> bool:
        """Its own day; after midnight still the day before while that day's shift goes on."""
        local = at.astimezone(self.zone).date()
        if local == self.day:
            return not self._is_of_night(at, self.day - timedelta(days=1))
        return local == self.day + timedelta(days=1) and self._is_of_night(at, self.day)

    def _is_of_night(self, at: datetime, day: date) -> bool:
        return any(
            row.resource_id == self.resource.id and row.day == day and row.starts_at <= at < row.ends_at
            and row.starts_at.astimezone(self.zone).date() == day != at.astimezone(self.zone).date()
            for row in self.found.shifts
        )  # fmt: skip

    def _ticks(self, starts: datetime, ends: datetime) -> tuple[int, int]:
        start = rules.ticks(starts, self.day, self.zone)
        return start, max(start + 1, rules.ticks(ends, self.day, self.zone))

    def _parts(self, row: Booking) -> list[Part]:
        """(kind, name, ticks) of each part on this column: a chair is taken as one."""
        if not self.is_staff:
            return [("busy", "", self._ticks(row.starts_at, row.ends_at))]
        found = rules.pieces(row.stages, row.cleanup_minutes, row.starts_at)
        return [(one.kind, one.name, self._ticks(one.starts_at, one.ends_at)) for one in found]

    def reach(self) -> Iterable[tuple[int, int]]:
        """All ticks that want a place."""
        yield from (self._ticks(row.starts_at, row.ends_at) for row in self.shifts)
        yield from (ticks for row in self.bookings for _, _, ticks in self._parts(row))
        yield from (self._ticks(row.starts_at, row.ends_at) for row in self.blocks)
        yield from (self._ticks(row.starts_at, row.ends_at) for row in self.openings)

    def column(self, hours: tuple[int, int], *, is_week: bool) -> Column:
        language = self.visit.language
        head = wording.day(self.day, language, self.day.year) if is_week else name_of(self.resource, language)
        opened = [rules.place(*self._ticks(row.starts_at, row.ends_at), hours) for row in self.shifts]
        return Column(
            key=f"{self.resource.id}-{self.day.isoformat()}",
            resource=self.resource,
            day=self.day,
            name=head,
            note=self._note(),
            count=sum(1 for row in self.bookings if row.state != BookingState.NO_SHOW),
            open=[one for one in opened if one],
            items=list(self._items(hours)),
            now=self._now(hours),
            is_away=not self.shifts,
        )

    def _note(self) -> str:
        said = [exception_words(row) for row in self.exceptions]
        if not said and not self.shifts:
            return _("Not working") if self.is_staff else _("Closed")
        return " · ".join(dict.fromkeys(said))

    def _now(self, hours: tuple[int, int]) -> Place | None:
        tick = rules.ticks(clock.now(), self.day, self.zone)
        is_today = clock.now().astimezone(self.zone).date() == self.day
        return rules.place(tick, tick + 1, hours) if is_today else None

    def _items(self, hours: tuple[int, int]) -> Iterable[Item]:
        """What is solid stands side by side where it meets; gaps and clean-ups lie behind."""
        solid: list[tuple[tuple[int, int], Callable[[Place], Item]]] = []
        for row in self.bookings:
            parts = self._parts(row)
            is_first = True
            for kind, name, ticks in parts:
                if kind == "busy":
                    draw = self._visit if is_first else self._rest
                    solid.append((ticks, partial(draw, row, parts, name)))
                    is_first = False
                elif row.state != BookingState.NO_SHOW and (place := rules.place(*ticks, hours)):
                    yield Item(place, kind, row.id)
        solid += [(self._ticks(row.starts_at, row.ends_at), partial(self._block, row)) for row in self.blocks]
        solid += [(self._ticks(row.starts_at, row.ends_at), partial(self._opening, row)) for row in self.openings]
        beside = rules.lanes([ticks for ticks, _ in solid])
        for (ticks, drawn), lane in zip(solid, beside, strict=True):
            if place := rules.place(*ticks, hours, *lane):
                yield drawn(place)

    def _clock(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        return f"{local.hour}:{local.minute:02d}"

    def _href(self, name: str, key: int) -> str:
        """The page of something; empty while it is not there."""
        slug = f"?shop={self.visit.shop.slug}" if self.visit.shop and len(self.visit.shops) > 1 else ""
        with suppress(NoReverseMatch):
            return reverse(f"console:{name}", args=[key]) + slug
        return ""

    def _visit(self, row: Booking, parts: Sequence[Part], _name: str, place: Place) -> Item:
        language = self.visit.language
        who, what = client_name(self.visit, row), service_name(row, language)
        staff = next((name_of(one, language) for one in self.found.resources if one.id == row.staff_id), "")
        text = what if self.is_staff else f"{staff} · {what}"
        marks, first = tuple(marks_of(row, self.found)), parts[0][2][0]
        can_move = row.state in (BookingState.BOOKED, BookingState.HELD) and self.visit.may("decide")
        confirmed = [_("Coming")] if row.confirmed_at else []
        said = [self._clock(row.starts_at), who, text, state_words(row), *confirmed, *marks]
        return Item(
            place, "visit", row.id,
            at=self._clock(row.starts_at), title=who, text=text, marks=marks, is_confirmed=bool(confirmed),
            tone=TONES.get(BookingState(row.state), ""),
            says=" ".join(word for word in said if word),
            href=self._href("visit", row.id),
            move={"first": first, "length": parts[-1][2][1] - first, "staff": row.staff_id, "who": who} if can_move else None,
        )  # fmt: skip

    def _rest(self, row: Booking, _parts: Sequence[Part], name: str, place: Place) -> Item:
        tone = TONES.get(BookingState(row.state), "")
        return Item(place, "rest", row.id, text=name, tone=tone, href=self._href("visit", row.id))

    def _block(self, row: Occupancy, place: Place) -> Item:
        href = salon_page("calendar_leave", self.visit, day=self.day) + "#blocks"
        return Item(place, "block", row.id, at=self._clock(row.starts_at), title=row.note or _("Blocked"), href=href)

    def _opening(self, row: Opening, place: Place) -> Item:
        href = self._href("opening", row.id) or (
            self._href("visit", row.from_booking_id) if row.from_booking_id else ""
        )
        return Item(
            place,
            "opening",
            row.id,
            at=self._clock(row.starts_at),
            title=_("Opening"),
            text=opening_words(row),
            href=href,
        )


def opening_words(row: Opening) -> str:
    """How the asking stands."""
    if row.started_at is None:
        return _("Not offered yet")
    if row.pushes:
        return _("Wave %(wave)s, %(pushes)s asked") % {"wave": row.wave, "pushes": row.pushes}
    return _("Wave %(wave)s") % {"wave": row.wave}


def exception_words(row: DayException) -> str:
    """休み, or from when to when."""
    word = {"closed": _("Closed"), "leave": _("Day off"), "extra": _("Extra shift"), "break": _("Break")}.get(
        row.kind, ""
    )
    if row.starts is None or row.ends is None:
        return word
    return f"{word} {row.starts.hour}:{row.starts.minute:02d}–{row.ends.hour}:{row.ends.minute:02d}"


def marks_of(row: Booking, found: Days) -> Iterable[str]:
    """What the salon wants to see at a glance."""
    card = found.cards.get(row.customer_id or 0)
    if row.is_nominated:
        yield _("Nominated")
    if row.customer_id and (card is None or card.visits == 0) and row.state == BookingState.BOOKED:
        yield _("First visit")
    if card and card.no_shows:
        yield _("No-shows %(n)s") % {"n": card.no_shows}
    if row.note or (card and card.note):
        yield _("Note")


def state_words(row: Booking) -> str:
    """Where the visit stands; empty while it is simply booked."""
    return {
        BookingState.HELD: _("Kept for the client"),
        BookingState.DONE: _("Was here"),
        BookingState.NO_SHOW: _("No-show"),
        BookingState.CANCELLED: _("Visit cancelled"),
        BookingState.LAPSED: _("The hold ran out"),
    }.get(BookingState(row.state), "")
