"""Bugs that are sown on purpose: each is one that somebody has made, here or elsewhere. The machine must find every one of them.

A bug is a way to break the product for as long as the context is open.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, get_type_hints
from unittest.mock import patch

from django.db import connection

from kaeru.appointments.bookings import actions, judge, looking, passes, rules, taking
from kaeru.appointments.bookings.models import Booking, BookingState, Occupancy
from kaeru.appointments.bookings.rules import Span
from kaeru.appointments.errors import Taken
from kaeru.core import clock

Bug = AbstractContextManager[Any]
BUGS: dict[str, Callable[[], Bug]] = {}


def bug(function: Callable[[], Bug]) -> Callable[[], Bug]:
    """Sow it under its name."""
    BUGS[function.__name__] = function
    return function


def _all(*parts: Bug) -> Bug:
    stack = ExitStack()
    for part in parts:
        stack.enter_context(part)
    return stack


def _blind() -> Bug:
    """Without the first glance, so that the look itself decides."""
    return patch.object(looking, "glance", lambda *told: None)


# who can have what


@bug
def ignores_shifts() -> Bug:
    return _all(_blind(), patch.object(rules, "covers", lambda *told: True))


@bug
def forgets_the_clean_up() -> Bug:
    whole = rules.spans
    return patch.object(rules, "spans", lambda stages, cleanup, at: whole(stages, 0, at))


@bug
def keeps_the_stylist_while_the_colour_develops() -> Bug:
    whole = rules.spans

    def busy(stages: Any) -> Any:
        return [{**stage, "busy": True} for stage in stages]

    return patch.object(rules, "spans", lambda stages, cleanup, at: whole(busy(stages), cleanup, at))


@bug
def frees_the_chair_while_the_colour_develops() -> Bug:
    whole = rules.spans

    def short(stages: Any, cleanup: int, at: datetime) -> rules.Spans:
        found = whole(stages, cleanup, at)
        return replace(found, whole=Span(at, at + timedelta(minutes=stages[0]["minutes"])))

    return patch.object(rules, "spans", short)


@bug
def counts_the_end_as_taken() -> Bug:
    closed = lambda one, other: one.starts_at <= other.ends_at and other.starts_at <= one.ends_at  # noqa: E731
    return _all(_blind(), patch.object(Span, "overlaps", closed))


@bug
def tries_only_the_first_chair() -> Bug:
    menus: Any = get_type_hints(looking.menu)["return"]
    whole: Callable[[Any], Any] = vars(menus)["chairs"].fget

    def one_only(menu: Any) -> Any:
        found = whole(menu)
        return found and found[:1]

    return _all(_blind(), patch.object(menus, "chairs", property(one_only)))


@bug
def asks_the_busiest_first() -> Bug:
    return patch.object(rules, "minutes_taken", lambda taken, day: -len(taken))


@bug
def lets_clients_book_at_the_last_minute() -> Bug:
    return patch.object(looking, "check_wish", lambda *told: None)


@bug
def asks_nobody_but_the_one_who_has_gone_home() -> Bug:
    """The first way only: nobody looks again behind the lock."""

    def once(owner: int, asked: Any, ways: Any, key: int, until: Any) -> Any:
        if not taking.take(owner, asked.shop_id, key, taking.rows_of(ways[0]), until):
            raise Taken
        return ways[0]

    return patch.object(actions, "_take", once)


@bug
def forgets_the_fee_of_a_nomination() -> Bug:
    whole = looking.menu

    def free(shop_id: int, service_id: int) -> Any:
        found = whole(shop_id, service_id)
        return replace(found, members=tuple(replace(one, nomination_fee=0) for one in found.members))

    return patch.object(looking, "menu", free)


# holds


@bug
def is_blocked_by_a_dead_hold() -> Bug:
    return patch.object(actions, "_out_of_the_way", lambda dead: None)


@bug
def ignores_a_live_hold() -> Bug:
    def ruthless(keys: Any, now: datetime) -> list[Booking]:
        over = list(Booking.objects.filter(id__in=list(keys), state=BookingState.HELD))
        Booking.objects.filter(id__in=[one.id for one in over]).update(state=BookingState.LAPSED)
        Occupancy.objects.filter(booking_id__in=[one.id for one in over]).delete()
        return over

    whole = looking._times

    def blind(keys: Any, first: datetime, last: datetime, asked: Any) -> Any:
        held = {one.id for one in Booking.objects.filter(state=BookingState.HELD)}
        rows = Occupancy.objects.filter(booking_id__in=held, resource_id__in=keys)
        dead = [(row.booking_id, Span(row.starts_at, row.ends_at)) for row in rows]
        with patch.object(clock, "now", lambda: datetime.max.replace(tzinfo=first.tzinfo)):
            taken, _, shifts = whole(keys, first, last, asked)
        return taken, dead, shifts

    return _all(_blind(), patch.object(taking, "lapse", ruthless), patch.object(looking, "_times", blind))


@bug
def keeps_a_hold_for_good() -> Bug:
    whole = taking.take
    return patch.object(taking, "take", lambda a, b, c, rows, until=None, note="": whole(a, b, c, rows, None, note))


@bug
def settles_without_taking_the_hold_off_the_time() -> Bug:
    return patch.object(taking, "keep", lambda key: None)


@bug
def settles_what_somebody_else_has_by_now() -> Bug:
    return patch.object(actions, "_retake", lambda row: None)


@bug
def sweeps_holds_too_early() -> Bug:
    whole = passes._due
    early = lambda where, moment, order, most: whole(where, moment + timedelta(minutes=10), order, most)  # noqa: E731
    return patch.object(passes, "_due", early)


@bug
def clears_a_dead_hold_by_halves() -> Bug:
    """Only the rows that stand in the way go, the rest of the hold stays."""

    def half(keys: Any, now: datetime) -> list[Booking]:
        held = Booking.objects.filter(id__in=list(keys), state=BookingState.HELD, hold_until__lte=now)
        over = list(held)
        held.update(state=BookingState.LAPSED)
        for one in over:
            Occupancy.objects.filter(booking_id=one.id, resource_id=one.staff_id).delete()
        return over

    return patch.object(taking, "lapse", half)


# taking and giving back


@bug
def is_content_with_half_of_the_rows() -> Bug:
    def some(owner: int, shop: int, key: Any, rows: Sequence[taking.Row], until: Any = None, note: str = "") -> bool:
        return sum(whole(owner, shop, key, [row], until, note) for row in rows) > 0

    whole = taking.take
    return patch.object(taking, "take", some)


@bug
def leaves_half_of_the_rows_behind() -> Bug:
    def each(owner: int, shop: int, key: Any, rows: Sequence[taking.Row], until: Any = None, note: str = "") -> bool:
        return sum(whole(owner, shop, key, [row], until, note) for row in rows) == len(rows)

    whole = taking.take
    return patch.object(taking, "take", each)


@bug
def has_no_judge() -> Bug:
    @contextmanager
    def without() -> Iterator[None]:
        with connection.schema_editor() as editor:
            judge.dismiss(editor)
        try:
            yield
        finally:
            with connection.schema_editor() as editor:
                judge.appoint(editor)

    return without()


@bug
def frees_the_neighbour_too() -> Bug:
    whole = taking.free

    def wide(keys: Any) -> int:
        mine = list(Occupancy.objects.filter(booking_id__in=list(keys)))
        for row in mine:
            Occupancy.objects.filter(resource_id=row.resource_id, starts_at=row.ends_at).delete()
        return whole([row.booking_id for row in mine if row.booking_id])

    return patch.object(taking, "free", wide)


@bug
def frees_the_stylist_but_not_the_chair() -> Bug:
    rows = Occupancy.objects
    return patch.object(
        taking, "free", lambda keys: rows.filter(booking_id__in=list(keys), resource__kind="staff").delete()[0]
    )


@bug
def cancels_and_keeps_the_time() -> Bug:
    return during("cancel", patch.object(taking, "free", lambda keys: 0))


@bug
def keeps_the_time_of_who_did_not_come() -> Bug:
    return during("no_show", patch.object(taking, "free", lambda keys: 0))


@bug
def lets_go_and_keeps_the_time() -> Bug:
    return during("release", patch.object(taking, "free", lambda keys: 0))


def during(verb: str, broken: Any) -> Bug:
    """Broken only while this verb is done."""
    whole = getattr(actions, verb)

    def worse(*told: Any, **named: Any) -> Any:
        with broken:
            return whole(*told, **named)

    return patch.object(actions, verb, worse)


@bug
def frees_the_chair_under_the_client() -> Bug:
    whole = actions.done

    def done(key: int, **named: Any) -> Booking:
        row = whole(key, **named)
        taking.free([key])
        taking.changed(row.shop_id)
        return row

    return patch.object(actions, "done", done)


@bug
def unblocks_visits() -> Bug:
    def any_row(key: int, *, actor: str) -> None:
        Occupancy.objects.filter(id=key).delete()

    return patch.object(actions, "unblock", any_row)


@bug
def takes_back_without_looking() -> Bug:
    return during("undo", patch.object(actions, "_retake", lambda row: None))
