"""What the machine stands on: a salon, its model, one booking, and what must be so after every deed."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Model
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from kaeru.appointments.bookings import actions
from kaeru.appointments.bookings.actions import Wish
from kaeru.appointments.bookings.models import Booking, BookingChange, Occupancy
from kaeru.appointments.errors import NotAllowed, NotOffered, Taken
from kaeru.appointments.models import Salon
from kaeru.appointments.slots import kept
from kaeru.core import clock, events, ids, scope, sql
from kaeru.core.models import Event
from tests import builders
from tests.salon import House, salon
from tests.visits.model import DAY, OPENS, Book, Visit, length, meets, rows_of

BEGIN = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # Tuesday 24 November, midnight in Tokyo
FIRST = date(2026, 11, 24)
NEWS = ("booked", "moved", "cancelled", "no_show", "done", "confirmed", "undone")
FEE = 500
Outcome = str
"""ok | taken | not_offered | not_allowed"""


def read(columns: str, table: type[Model]) -> list[tuple[Any, ...]]:
    """All rows, past the house's own ways of reading."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table._meta.db_table}")
        return list(cursor.fetchall())


def nobody(batch: list[Event]) -> None:
    """A receiver, so that the news is written."""


@contextmanager
def undone() -> Iterator[None]:
    """What is written inside is gone afterwards."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


@cache
def build() -> House:
    """The salon, once for each process: stories are played on it and taken back."""
    clock.set_clock(clock.Clock(real=0, shown=BEGIN + timedelta(hours=8), speed=0.0))
    house = salon(builders.organization(f"o{ids.new_id()}", "机の上"), days=3)
    house.sakura.nomination_fee = FEE
    with scope.organization(house.shop.organization_id):
        house.sakura.save()
    return house


class Ground(RuleBasedStateMachine):
    """One salon of two people and two chairs, over two days."""

    @initialize(is_furnished=st.sampled_from([True, True, True, False]))
    def open(self, is_furnished: bool) -> None:
        built = build()
        self.stack = ExitStack()
        self.stack.enter_context(undone())
        kept.forget()
        self.set_now(8 * 60)
        self.told: list[tuple[str, int, int | None, int | None]] = []
        for name in NEWS:
            events._receivers[f"appointment.{name}"].append(nobody)
            self.stack.callback(events._receivers[f"appointment.{name}"].remove, nobody)
        self.house: House = replace(built, services={name: copy(row) for name, row in built.services.items()})
        self.stack.enter_context(scope.organization(self.house.shop.organization_id))
        self.book = Book(
            staff={self.house.sakura.id: ("cut", "color", "nail"), self.house.jun.id: ("cut",)},
            chairs=tuple(one.id for one in self.house.chairs),
            services={
                name: (row.stages, row.cleanup_minutes, bool(row.needs)) for name, row in self.house.services.items()
            },
            now=8 * 60, notice=60,
        )  # fmt: skip
        self.last_version = self.version()
        self.last_rows: set[Any] = set()
        if is_furnished:
            self.furnish()

    def teardown(self) -> None:
        clock.set_clock(None)
        kept.forget()
        if hasattr(self, "stack"):
            self.stack.close()

    def furnish(self) -> None:
        """Most days do not begin empty: visits that touch, one by name, one that is held."""
        sakura, jun = self.house.sakura.id, self.house.jun.id
        self.do_book("cut", sakura, OPENS, None, "", is_bound=True, is_nominated=True)
        self.do_book("cut", sakura, OPENS + 70, None, "", is_bound=True, is_nominated=True)
        self.do_book("cut", jun, OPENS + 70, None, "", is_bound=True, is_nominated=False)
        self.do_book("cut", None, OPENS + 180, 5, "", is_bound=True, is_nominated=False)

    def set_now(self, minute: int) -> None:
        clock.set_clock(clock.Clock(real=0, shown=BEGIN + timedelta(minutes=minute), speed=0.0))
        if hasattr(self, "book"):
            self.book.now = minute

    def at(self, minute: int) -> datetime:
        return BEGIN + timedelta(minutes=minute)

    def version(self) -> int:
        return int(Salon.objects.values_list("version", flat=True).get(shop=self.house.shop))

    def touch(self) -> None:
        """Something of the salon was changed by another hand."""
        Salon.objects.filter(shop=self.house.shop).update(version=F("version") + 1)

    def person(self, which: int | None) -> int | None:
        return None if which is None else (self.house.sakura.id, self.house.jun.id)[which]

    def pick(self, number: int, *states: str) -> Visit | None:
        found = [one for one in self.book.visits.values() if one.state in states]
        return found[number % len(found)] if found else None

    def has(self, *states: str) -> bool:
        return any(one.state in states for one in self.book.visits.values())

    def outcome(self, deed: Callable[[], Any]) -> tuple[Outcome, Any]:
        try:
            with transaction.atomic():
                return "ok", deed()
        except Taken:
            return "taken", None
        except NotOffered:
            return "not_offered", None
        except NotAllowed:
            return "not_allowed", None

    def lapsed_by_others(self) -> None:
        """A dead hold may be cleared away by whoever comes across it, and by nobody sooner."""
        dead = [one for one in self.book.visits.values() if self.book.is_dead(one)]
        states = dict(Booking.objects.filter(id__in=[one.id for one in dead]).values_list("id", "state"))
        for one in dead:
            if states[one.id] == "lapsed":
                one.state = "lapsed"
                one.story.append("lapsed")

    def news(self, name: str, visit: Visit, was_at: int | None = None, was_with: int | None = None) -> None:
        self.told.append((f"appointment.{name}", visit.id, was_at, was_with))

    def beside(self, service: str, start: int, near: tuple[int, str] | None) -> int:
        visit = near and self.pick(near[0], "held", "booked", "done")
        if near is None or visit is None:
            return start
        stages, cleanup, _ = self.book.services[service]
        own = visit.end + visit.cleanup
        return {"same": visit.start, "after": own, "before": visit.start - length(stages) - cleanup}[near[1]]

    def do_book(
        self, service: str, staff: int | None, start: int, hold: int | None, key: str, *, is_bound: bool, is_nominated: bool
    ) -> None:  # fmt: skip
        wish = Wish(
            self.house.shop.id, self.house.services[service].id, self.at(start), staff_id=staff, key=key, is_nominated=is_nominated
        )  # fmt: skip
        expected, ways = self.expect_booking(service, staff, start, is_bound=is_bound)
        busy = self.all_are_busy(service, staff, start)
        sold = {one: self.book.minutes_sold(one, start // DAY) for one in self.book.staff}
        by = "customer" if is_bound else "salon"
        said, row = self.outcome(
            lambda: actions.book(
                wish, by=by, via="web", actor="test", hold_seconds=hold and hold * 60, is_bound=is_bound
            )
        )
        self.lapsed_by_others()
        if key in self.book.keys:
            assert said == "ok" and row.id == self.book.keys[key], "the same key gets the first answer"
            return
        is_busy = is_bound and expected == "not_offered" and said == "taken"
        assert said == expected or (is_busy and busy), f"booking: {said}, the model says {expected}"
        if said != "ok":
            return
        assert (row.staff_id, row.chair_id) in ways, "somebody who cannot, or a chair that is taken"
        if staff is None:
            able = {person for person, _ in ways}
            assert sold[row.staff_id] == min(sold[one] for one in able), "not the one with the least to do"
        stages, cleanup, _ = self.book.services[service]
        was_asked = is_nominated and staff is not None
        fee = FEE if was_asked and staff == self.house.sakura.id else 0
        assert row.price == self.house.services[service].price + fee, "price"
        visit = Visit(
            row.id, service, row.staff_id, row.chair_id, start, list(stages), cleanup, "held" if hold else "booked",
            hold_until=self.book.now + hold if hold else None, is_nominated=was_asked, story=["held" if hold else "booked"],
        )  # fmt: skip
        self.book.visits[row.id] = visit
        if key:
            self.book.keys[key] = row.id
        if not hold:
            self.news("booked", visit)

    def expect_booking(
        self, service: str, staff: int | None, start: int, *, is_bound: bool
    ) -> tuple[Outcome, set[tuple[int, int | None]]]:
        if is_bound and (start < self.book.now + self.book.notice or start % 5):
            return "not_offered", set()
        able = [one for one, does in self.book.staff.items() if service in does]
        asked = able if staff is None else [staff]
        if is_bound and not set(asked) <= set(able):
            return "not_offered", set()
        ways, why = self.book.ways(service, start, asked, is_bound=is_bound)
        return ("ok" if ways else "not_offered" if why == "closed" else "taken"), ways

    def all_are_busy(self, service: str, staff: int | None, start: int) -> bool:
        """Whether nobody of those asked could have it, shifts or not: that may be said before anything else."""
        asked = [one for one, does in self.book.staff.items() if service in does and staff in (None, one)]
        stages, cleanup, _ = self.book.services[service]
        taken = self.book.taken()
        rows = {one: rows_of(stages, cleanup, start, one, None) for one in asked}
        return bool(asked) and all(any(meets(a, b) for a in rows[one] for b in taken) for one in asked)

    def lapsed_by_others_but(self, visit: Visit) -> None:
        was = visit.state
        visit.state = "booked" if was == "held" else was
        self.lapsed_by_others()
        visit.state = was

    @invariant()
    def the_books_say_what_the_model_says(self) -> None:
        if not hasattr(self, "book"):
            return
        rows = {
            (key, self.minute(first), self.minute(last), visit, until is not None)
            for key, first, last, visit, until in read(
                "resource_id, starts_at, ends_at, booking_id, hold_until", Occupancy
            )
        }
        wanted: set[Any] = {(*row, None, False) for row in self.book.blocks.values()}
        for one in self.book.visits.values():
            if one.state in ("held", "booked", "done"):
                wanted |= {(*row, one.id, one.state == "held") for row in one.rows()}
        assert rows == wanted, f"taken: {sorted(rows ^ wanted)}"
        version = self.version()
        gone = {row for row in self.last_rows - rows if not row[4]}
        assert version != self.last_version or (rows <= self.last_rows and not gone), "the version stands still"
        self.last_rows, self.last_version = rows, version
        self.check_visits()
        self.check_news()

    def minute(self, moment: Any) -> int:
        return int((sql.read_moment(moment) - BEGIN).total_seconds() // 60)

    def check_visits(self) -> None:
        columns = "id, state, starts_at, ends_at, staff_id, chair_id, changes, confirmed_at"
        found = {row[0]: row[1:] for row in read(columns, Booking)}
        assert set(found) == set(self.book.visits), "visits that nobody booked"
        for key, one in self.book.visits.items():
            state, starts_at, ends_at, staff, chair, changes, confirmed_at = found[key]
            assert (state, self.minute(starts_at), self.minute(ends_at), staff, chair) == (
                one.state, one.start, one.end, one.staff, one.chair,
            ), f"visit: {state} {self.minute(starts_at)}, the model says {one}"  # fmt: skip
            assert (changes, confirmed_at is not None) == (one.changes, one.is_confirmed), "changes, confirmed"
        stories: dict[int, list[str]] = {key: [] for key in self.book.visits}
        for _, key, verb in sorted(read("id, booking_id, verb", BookingChange)):
            stories[key].append(verb)
        assert stories == {key: one.story for key, one in self.book.visits.items()}, "stories"

    def check_news(self) -> None:
        told = []
        for _, name, subject, payload in sorted(read("id, name, subject_id, payload", Event)):
            if name.startswith("appointment."):
                more = json.loads(payload)
                told.append((name, subject, more["was_at"] and self.minute(more["was_at"]), more["was_with"]))
        assert told == self.told, "news"
