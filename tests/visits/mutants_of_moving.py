"""Bugs of moving, of what is done twice or late, and of what others are told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from kaeru.appointments.bookings import actions, looking, passes, rules, taking, telling
from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.errors import Taken
from tests.visits.mutants import BUGS, Bug, bug, during

# moving


@bug
def frees_before_it_takes() -> Bug:
    whole = actions.move

    def loses(which: int, *told: Any, **named: Any) -> Booking:
        try:
            return whole(which, *told, **named)
        except Taken:
            taking.free([which])
            return Booking.objects.get(id=which)

    return patch.object(actions, "move", loses)


@bug
def meets_itself_when_it_moves() -> Bug:
    whole = looking.ask
    return patch.object(looking, "ask", lambda *told, ignoring=None, **named: whole(*told, **named))


@bug
def moves_with_todays_stages() -> Bug:
    whole = looking.ask
    return patch.object(looking, "ask", lambda *told, kept=None, **named: whole(*told, **named))


@bug
def moves_the_nominated_to_anybody() -> Bug:
    whole = actions.move

    def anybody(which: int, *told: Any, **named: Any) -> Booking:
        Booking.objects.filter(id=which).update(is_nominated=False)
        return whole(which, *told, **named)

    return patch.object(actions, "move", anybody)


@bug
def moves_again_for_the_same_tap() -> Bug:
    whole = actions.move
    return patch.object(actions, "move", lambda *told, key="", **named: whole(*told, **named))


@bug
def forgets_how_often_it_was_moved() -> Bug:
    return _unwritten("changes")


@bug
def takes_the_yes_along_to_another_day() -> Bug:
    return _unwritten("confirmed_at", only=None)


def _unwritten(name: str, only: Any = ...) -> Bug:
    whole = actions._write

    def partly(row: Booking, **fields: Any) -> None:
        if name in fields and (only is ... or fields[name] is only):
            del fields[name]
        whole(row, **fields)

    return patch.object(actions, "_write", partly)


# twice, late, and what others are told


@bug
def books_again_for_the_same_key() -> Bug:
    whole = actions.book

    def anew(wish: actions.Wish, **named: Any) -> Booking:
        return whole(replace(wish, key=""), **named)

    return patch.object(actions, "book", anew)


@bug
def lets_clients_cancel_what_has_begun() -> Bug:
    whole = actions.cancel
    return patch.object(actions, "cancel", lambda key, *, by, **named: whole(key, by="salon", **named))


@bug
def cancels_twice() -> Bug:
    allowed = {**rules.AFTER, "cancel": (frozenset({"booked", "cancelled"}), "cancelled")}
    return patch.object(rules, "AFTER", allowed)


@bug
def closes_visits_that_go_on() -> Bug:
    return patch.object(passes, "CLOSES_AFTER", timedelta(hours=-1))


@bug
def tells_nobody_that_the_calendar_changed() -> Bug:
    return patch.object(taking, "changed", lambda shop_id: None)


@bug
def tells_nobody_that_a_cancelled_time_is_free() -> Bug:
    return during("cancel", patch.object(taking, "changed", lambda shop_id: None))


@bug
def tells_of_holds() -> Bug:
    return patch.object(telling, "NEWS", {**telling.NEWS, "held": "appointment.booked"})


@bug
def forgets_where_a_visit_was() -> Bug:
    whole = telling.Deed
    return patch.object(actions, "Deed", lambda *told, was_at=None, **named: whole(*told, **named))


__all__ = ["BUGS"]
