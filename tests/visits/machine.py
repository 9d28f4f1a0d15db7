"""Deeds of clients, staff and time in any order; after each the books say what the model says, and the free starts do too."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from kaeru.appointments.bookings import actions, passes
from kaeru.appointments.bookings.models import Occupancy
from kaeru.appointments.models import Shift
from kaeru.appointments.slots import queries
from tests.visits.ground import FIRST, Ground
from tests.visits.model import DAY, OPENS, Visit, meets

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


class Visits(Ground):
    """Deeds of clients, staff and time."""

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

    @precondition(lambda self: self.has("held"))
    @rule(number=picks)
    def lets_go(self, number: int) -> None:
        visit = self.pick(number, "held")
        assert visit is not None
        assert self.outcome(lambda: actions.release(visit.id, by="customer", via="web", actor="test"))[0] == "ok"
        visit.state = "lapsed"
        visit.story.append("lapsed")

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

    @rule(service=services, day=st.integers(0, 1))
    def free_starts_are_what_is_free(self, service: str, day: int) -> None:
        row = self.house.services[service]
        first = FIRST + timedelta(days=day)
        found = queries.free(self.house.shop.id, row.id, first, 1)
        told = {self.minute(one.at): set(one.staff) for one in found.starts}
        assert told == self.book.free(service, day), "free starts"
