"""Deeds of clients, staff and time in any order; after each the books say what the model says, and the free starts do too."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Model
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kaeru.appointments.bookings import actions, passes
from kaeru.appointments.bookings.actions import Wish
from kaeru.appointments.bookings.models import Booking, BookingChange, Occupancy
from kaeru.appointments.errors import NotAllowed, NotOffered, Taken
from kaeru.appointments.models import Salon, Shift
from kaeru.appointments.slots import kept, queries
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

services = st.sampled_from(["cut", "cut", "color", "nail"])
people = st.sampled_from([None, 0, 0, 1])
starts = st.builds(
    lambda day, quarter, odd: day * DAY + OPENS + quarter * 15 + odd,
    st.sampled_from([0, 0, 0, 1]), st.one_of(st.integers(0, 9), st.integers(-2, 38)), st.sampled_from([0, 0, 0, 0, 0, 5, 7]),
)  # fmt: skip
bys = st.sampled_from(["customer", "customer", "salon"])
picks = st.integers(0, 30)
places = st.one_of(st.none(), st.tuples(picks, st.sampled_from(["same", "after", "before"])))
"""Where: anywhere, or beside a visit that is known."""


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


class Visits(RuleBasedStateMachine):
    """One salon of two people and two chairs, over two days."""

    @initialize(is_furnished=st.sampled_from([True, True, True, False]))
    def open(self, is_furnished: bool) -> None:
        self.stack = ExitStack()
        self.stack.enter_context(undone())
        kept.forget()
        self.set_now(8 * 60)
        self.told: list[tuple[str, int, int | None, int | None]] = []
        for name in NEWS:
            events._receivers[f"appointment.{name}"].append(nobody)
            self.stack.callback(events._receivers[f"appointment.{name}"].remove, nobody)
        self.house: House = salon(builders.organization(f"o{ids.new_id()}", "机の上"), days=3)
        self.house.sakura.nomination_fee = FEE
        self.stack.enter_context(scope.organization(self.house.shop.organization_id))
        self.house.sakura.save()
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

    # what the story stands on

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

    # booking

    @rule(
        service=services, which=people, start=starts, near=places, hold=st.sampled_from([None, None, 2, 30]), is_bound=st.booleans(),
        key=st.sampled_from(["", "", "", "tap1", "tap2"]), is_nominated=st.booleans(),
    )  # fmt: skip
    def books(
        self, service: str, which: int | None, start: int, near: tuple[int, str] | None, hold: int | None, is_bound: bool, key: str,
        is_nominated: bool,
    ) -> None:  # fmt: skip
        self.do_book(
            service, self.person(which), self.beside(service, start, near), hold, key, is_bound=is_bound, is_nominated=is_nominated
        )  # fmt: skip

    @precondition(lambda self: self.has("held"))
    @rule(number=picks, who=st.sampled_from(["same", "other", "any"]), passed=st.sampled_from([-1, 0, 0, 1]))
    def comes_when_a_hold_ends(self, number: int, who: str, passed: int) -> None:
        """Somebody wants the time that was kept for another, a minute before or as the hold ends."""
        visit = self.pick(number, "held")
        assert visit is not None and visit.hold_until is not None
        self.set_now(max(self.book.now, visit.hold_until + passed))
        other = next(one for one in self.book.staff if one != visit.staff)
        staff = {"same": visit.staff, "other": other, "any": None}[who]
        self.do_book("cut", staff, visit.start, None, "", is_bound=False, is_nominated=False)

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

    @precondition(lambda self: self.has("held", "lapsed"))
    @rule(number=picks)
    def settles(self, number: int) -> None:
        visit = self.pick(number, "held", "lapsed")
        assert visit is not None
        is_free = not any(meets(row, other) for row in visit.rows() for other in self.book.taken(visit.id))
        expected = (
            "not_allowed" if visit.start <= self.book.now else "ok" if visit.state == "held" or is_free else "taken"
        )
        said, _ = self.outcome(lambda: actions.settle(visit.id, by="customer", via="web", actor="test"))
        self.lapsed_by_others_but(visit)
        assert said == expected, f"settle: {said}, the model says {expected}"
        if said == "ok":
            visit.state, visit.hold_until = "booked", None
            visit.story.append("booked")
            self.news("booked", visit)

    def lapsed_by_others_but(self, visit: Visit) -> None:
        was = visit.state
        visit.state = "booked" if was == "held" else was
        self.lapsed_by_others()
        visit.state = was

    @precondition(lambda self: self.has("held"))
    @rule(number=picks)
    def lets_go(self, number: int) -> None:
        visit = self.pick(number, "held")
        assert visit is not None
        assert self.outcome(lambda: actions.release(visit.id, by="customer", via="web", actor="test"))[0] == "ok"
        visit.state = "lapsed"
        visit.story.append("lapsed")

    # what is done with a visit

    @precondition(lambda self: self.has("held", "booked"))
    @rule(number=picks, start=starts, near=places, which=people, by=bys, tap=st.sampled_from(["", "a", "a", "b"]))
    def moves(
        self, number: int, start: int, near: tuple[int, str] | None, which: int | None, by: str, tap: str
    ) -> None:
        visit = self.pick(number, "held", "booked")
        assert visit is not None
        start = self.beside(visit.service, start, near)
        staff = self.person(which)
        expected, ways = self.expect_move(visit, start, staff, by, tap)
        said, row = self.outcome(
            lambda: actions.move(visit.id, self.at(start), staff_id=staff, by=by, via="line", actor="test", key=tap)
        )  # fmt: skip
        self.lapsed_by_others_but(visit)
        if expected == "same":
            assert said == "ok" and row.starts_at == self.at(visit.start), "there was nothing to move"
            return
        assert said == expected, f"move: {said}, the model says {expected}"
        if said != "ok":
            return
        assert (row.staff_id, row.chair_id) in ways, "moved to somebody who cannot, or onto a chair that is taken"
        was_at, was_with = visit.start, visit.staff
        if row.staff_id != visit.staff:
            visit.stages, visit.cleanup = (
                list(self.book.services[visit.service][0]),
                self.book.services[visit.service][1],
            )
        visit.start, visit.staff, visit.chair, visit.is_confirmed = start, row.staff_id, row.chair_id, False
        visit.changes += by == "customer"
        visit.taps |= {tap} - {""}
        visit.story.append("moved")
        if visit.state == "booked":
            self.news("moved", visit, was_at, was_with)

    def expect_move(
        self, visit: Visit, start: int, staff: int | None, by: str, tap: str
    ) -> tuple[str, set[tuple[int, int | None]]]:
        if tap in visit.taps or (start == visit.start and staff in (None, visit.staff)):
            return "same", set()
        is_bound = by == "customer"
        if is_bound and (start < self.book.now + self.book.notice or start % 5):
            return "not_offered", set()
        able = [one for one, does in self.book.staff.items() if visit.service in does]
        asked = visit.staff if staff is None else staff
        found: tuple[set[tuple[int, int | None]], str] = (set(), "closed")
        if not is_bound or asked in able or asked == visit.staff:
            found = self.book.ways(visit.service, start, [asked], is_bound=is_bound, kept=visit)
        if not found[0] and staff is None and not visit.is_nominated:
            found = self.book.ways(visit.service, start, able, is_bound=is_bound, kept=visit)
        if not found[0]:
            return "not_offered" if found[1] == "closed" else "taken", set()
        return ("not_allowed" if is_bound and visit.start <= self.book.now else "ok"), found[0]

    @precondition(lambda self: self.has("booked", "cancelled"))
    @rule(number=picks, by=bys, is_late=st.sampled_from([False, False, True]))
    def cancels(self, number: int, by: str, is_late: bool) -> None:
        visit = self.pick(number, "booked", "cancelled")
        assert visit is not None
        if is_late and self.book.now < visit.start < 2 * DAY:
            self.set_now(visit.start)
        said, _ = self.outcome(lambda: actions.cancel(visit.id, by=by, via="line", actor="test", reason="schedule"))
        if visit.state == "cancelled":
            assert said == "ok", "cancelled again"
            return
        assert said == ("not_allowed" if by == "customer" and visit.start <= self.book.now else "ok"), "cancel"
        if said == "ok":
            visit.state = "cancelled"
            visit.story.append("cancelled")
            self.news("cancelled", visit, visit.start, visit.staff)

    @precondition(lambda self: self.has("booked"))
    @rule(number=picks)
    def says_that_they_come(self, number: int) -> None:
        visit = self.pick(number, "booked")
        assert visit is not None
        said, _ = self.outcome(lambda: actions.confirm(visit.id, via="line", actor="test"))
        if visit.is_confirmed:
            assert said == "ok", "confirmed again"
            return
        assert said == ("not_allowed" if visit.start <= self.book.now else "ok"), "confirm"
        if said == "ok":
            visit.is_confirmed = True
            visit.story.append("confirmed")
            self.news("confirmed", visit)

    @precondition(lambda self: self.has("booked", "done"))
    @rule(number=picks, came=st.booleans())
    def is_marked(self, number: int, came: bool) -> None:
        visit = self.pick(number, "booked", "done")
        assert visit is not None
        deed = actions.done if came else actions.no_show
        said, _ = self.outcome(lambda: deed(visit.id, via="console", actor="test"))
        if came and visit.state == "done":
            assert said == "ok", "done again"
            return
        early = visit.start > self.book.now + (120 if came else 0)
        assert said == ("not_allowed" if early else "ok"), "marked"
        if said == "ok":
            visit.state = "done" if came else "no_show"
            visit.story.append(visit.state)
            self.news(visit.state, visit, *(() if came else (visit.start, visit.staff)))

    @precondition(lambda self: self.has("cancelled", "done", "no_show"))
    @rule(number=picks)
    def is_taken_back(self, number: int) -> None:
        visit = self.pick(number, "cancelled", "done", "no_show")
        assert visit is not None
        others = self.book.taken(visit.id)
        is_free = not any(meets(row, other) for row in visit.rows() for other in others)
        said, _ = self.outcome(lambda: actions.undo(visit.id, by="salon", via="console", actor="test"))
        self.lapsed_by_others()
        assert said == ("ok" if visit.state == "done" or is_free else "taken"), "taken back"
        if said == "ok":
            visit.state = "booked"
            visit.story.append("undone")
            self.news("undone", visit, visit.start, visit.staff)

    # the salon and time

    @rule(which=st.integers(0, 3), start=starts, minutes=st.sampled_from([15, 60, 240]))
    def blocks(self, which: int, start: int, minutes: int) -> None:
        resource = (self.house.sakura, self.house.jun, *self.house.chairs)[which].id
        row = (resource, start, start + minutes)
        is_free = not any(meets(row, other) for other in self.book.taken())
        said, made = self.outcome(
            lambda: actions.block(resource, self.at(start), self.at(start + minutes), actor="test")
        )
        self.lapsed_by_others()
        assert said == ("ok" if is_free else "taken"), "block"
        if said == "ok":
            self.book.blocks[made.id] = row

    @precondition(lambda self: bool(self.book.blocks))
    @rule(number=picks)
    def unblocks(self, number: int) -> None:
        key = list(self.book.blocks)[number % len(self.book.blocks)]
        actions.unblock(key, actor="test")
        del self.book.blocks[key]

    @precondition(lambda self: bool(self.book.visits))
    @rule(number=picks)
    def is_not_unblocked(self, number: int) -> None:
        """A visit's own time is no block."""
        visit = list(self.book.visits.values())[number % len(self.book.visits)]
        for key in Occupancy.objects.filter(booking_id=visit.id).values_list("id", flat=True):
            actions.unblock(key, actor="test")

    @rule(which=st.integers(0, 1), day=st.integers(0, 1))
    def takes_leave(self, which: int, day: int) -> None:
        """Visits that stand stay; nothing new is booked."""
        person = self.person(which)
        assert person is not None
        if len(self.book.away) < 2:
            Shift.objects.filter(resource_id=person, starts_at=self.at(day * DAY + OPENS)).delete()
            self.touch()
            self.book.away.add((person, day))

    @rule()
    def shortens_the_cut(self) -> None:
        """What was booked before keeps its length."""
        stages, cleanup, needs = self.book.services["cut"]
        if stages[0]["minutes"] == 60:
            self.book.services["cut"] = ([{"minutes": 30, "busy": True, "name": "カット"}], cleanup, needs)
            row = self.house.services["cut"]
            row.stages = self.book.services["cut"][0]
            row.save()
            self.touch()

    @rule(minutes=st.sampled_from([1, 2, 5, 30]))
    def time_passes(self, minutes: int) -> None:
        if self.book.now + minutes < 2 * DAY:
            self.set_now(self.book.now + minutes)

    @precondition(lambda self: self.has("booked", "done"))
    @rule(number=picks, later=st.sampled_from([-130, -30, 0, 15, 15, 6 * 60]))
    def the_time_comes(self, number: int, later: int) -> None:
        """Around the start of a visit, or six hours after its end."""
        visit = self.pick(number, "booked", "done")
        assert visit is not None
        moment = visit.start + later + (visit.end - visit.start if later >= 6 * 60 else 0)
        if self.book.now < moment < 2 * DAY:
            self.set_now(moment)

    @rule()
    def sweeps(self) -> None:
        dead = [one for one in self.book.visits.values() if self.book.is_dead(one)]
        assert passes.lapse(100) == len(dead), "the sweeper"
        for one in dead:
            one.state = "lapsed"
            one.story.append("lapsed")

    @rule()
    def closes_the_evening(self) -> None:
        over = [
            one for one in self.book.visits.values() if one.state == "booked" and one.end + 6 * 60 <= self.book.now
        ]  # fmt: skip
        assert passes.close(100) == len(over), "the evening"
        for one in sorted(over, key=lambda one: one.id):
            one.state = "done"
            one.story.append("done")
            self.news("done", one)

    @precondition(lambda self: any(one.state in ("held", "booked") for one in self.book.visits.values()))
    @rule(number=picks, shift=st.sampled_from([-10, 0, 10]))
    def barges_in(self, number: int, shift: int) -> None:
        """Code that asks nobody writes a row over another: the judge leaves it out."""
        visit = self.pick(number, "held", "booked")
        assert visit is not None
        resource, first, last = visit.rows()[0]
        row = Occupancy(
            organization_id=self.house.shop.organization_id, shop=self.house.shop, resource_id=resource,
            starts_at=self.at(first + shift), ends_at=self.at(last + shift),
        )  # fmt: skip
        Occupancy.objects.bulk_create([row], ignore_conflicts=True)
        assert not Occupancy.objects.filter(id=row.id).exists(), "the judge sleeps"

    # what must be so

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

    @rule(service=services, day=st.integers(0, 1))
    def free_starts_are_what_is_free(self, service: str, day: int) -> None:
        row = self.house.services[service]
        first = FIRST + timedelta(days=day)
        found = queries.free(self.house.shop.id, row.id, first, 1)
        told = {self.minute(one.at): set(one.staff) for one in found.starts}
        assert told == self.book.free(service, day), "free starts"
