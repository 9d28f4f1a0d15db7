"""Many who want the very same at once: one asks, the others hear what came of it, and nobody hears what was not so."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

import pytest

from kaeru.appointments.bookings import crowd
from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.errors import NotOffered, Taken

VISIT = cast(Booking, SimpleNamespace(id=1))
WANTED = (1, 2, 3)


class First:
    """Somebody who asks and stands before the database until told to go on."""

    def __init__(self, answer: Callable[[crowd.Turn], Booking], *, takes_it: bool = True) -> None:
        self.stands, self.goes_on = threading.Event(), threading.Event()
        self.answer, self.takes_it, self.heard = answer, takes_it, ""
        self.thread = threading.Thread(target=self._ask)
        self.thread.start()
        assert self.stands.wait(5)

    def _ask(self) -> None:
        def attempt(turn: crowd.Turn) -> Booking:
            self.stands.set()
            assert self.goes_on.wait(5)
            return self.answer(turn)

        self.heard = told(attempt, takes_it=self.takes_it)


def told(attempt: Callable[[crowd.Turn], Booking], *, takes_it: bool = True) -> str:
    """What a client hears."""
    try:
        crowd.one_asks(WANTED, attempt, lambda row: takes_it)
    except (Taken, NotOffered, RuntimeError) as refusal:
        return type(refusal).__name__
    return "yes"


def gets_it(turn: crowd.Turn) -> Booking:
    turn.looks()
    return VISIT


def comes_too_late(turn: crowd.Turn) -> Booking:
    turn.looks()
    raise Taken


def is_turned_away(turn: crowd.Turn) -> Booking:
    raise NotOffered("notice")


@contextmanager
def crowd_behind(first: First, attempt: Callable[[crowd.Turn], Booking], count: int = 8) -> Iterator[list[str]]:
    """So many who come while the first one asks; what they heard, once the block is over."""
    heard: list[str] = []
    has_come = threading.Semaphore(0)
    waits = crowd.Turn.wait

    def comes(turn: crowd.Turn) -> None:
        has_come.release()
        waits(turn)

    waiting = [threading.Thread(target=lambda: heard.append(told(attempt))) for _ in range(count)]
    with patch.object(crowd.Turn, "wait", comes):
        for one in waiting:
            one.start()
        for _ in waiting:
            assert has_come.acquire(timeout=5)
        yield heard
    for one in [first.thread, *waiting]:
        one.join(5)
    assert not crowd._turns


def never(turn: crowd.Turn) -> Booking:
    raise AssertionError("nobody needs to ask")


def test_it_tells_those_who_waited_that_the_time_is_gone_without_asking_again() -> None:
    first = First(gets_it)
    with crowd_behind(first, never) as heard:
        first.goes_on.set()
    assert first.heard == "yes"
    assert heard == ["Taken"] * 8


def test_it_tells_those_who_waited_that_somebody_elsewhere_was_faster() -> None:
    first = First(comes_too_late)
    with crowd_behind(first, never) as heard:
        first.goes_on.set()
    assert [first.heard, *heard] == ["Taken"] * 9


def test_it_lets_those_ask_who_came_after_the_last_look() -> None:
    looked, end = threading.Event(), threading.Event()

    def looks_early(turn: crowd.Turn) -> Booking:
        turn.looks()
        looked.set()
        assert end.wait(5)
        raise Taken

    first = First(looks_early)
    first.goes_on.set()
    assert looked.wait(5)
    with crowd_behind(first, gets_it, 1) as heard:
        end.set()
    assert heard == ["yes"]


@pytest.mark.parametrize(("answer", "takes_it"), [(is_turned_away, True), (gets_it, False)])
def test_it_lets_everybody_ask_when_the_first_took_nothing_away(answer: Any, takes_it: bool) -> None:
    first = First(answer, takes_it=takes_it)
    asked: list[int] = []

    def counts(turn: crowd.Turn) -> Booking:
        asked.append(1)
        raise NotOffered("closed")

    with crowd_behind(first, counts) as heard:
        first.goes_on.set()
    assert heard == ["NotOffered"] * 8
    assert len(asked) == 8


def test_it_lets_the_others_go_on_when_the_first_one_breaks() -> None:
    def breaks(turn: crowd.Turn) -> Booking:
        turn.looks()
        raise RuntimeError

    first = First(gets_it)
    first.answer = breaks
    with crowd_behind(first, comes_too_late, 2) as heard:
        first.goes_on.set()
    assert [first.heard, *heard] == ["RuntimeError", "Taken", "Taken"]
