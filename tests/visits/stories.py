"""Short stories that anybody who knows salons tries first: after each deed the books must say what the model says.

A story is deeds of the machine, played one after the other; its place in the day is minutes since midnight.
"""

from collections.abc import Iterator
from typing import Any

from tests.visits.machine import Visits
from tests.visits.model import DAY, OPENS

Deed = tuple[str, dict[str, Any]]
TEN, NOON, LAST = OPENS, OPENS + 120, OPENS + 8 * 60 + 30
SAKURA, JUN = 0, 1


def book(start: int, which: int | None = SAKURA, **more: Any) -> Deed:
    """Somebody books on the web, unless told otherwise."""
    usual = {"service": "cut", "near": None, "hold": None, "is_bound": True, "key": "", "is_nominated": False}
    return "books", {**usual, "which": which, "start": start, **more}


def move(start: int, which: int | None = None, *, by: str = "customer", tap: str = "") -> Deed:
    """The first visit is moved."""
    return "moves", {"number": 0, "start": start, "near": None, "which": which, "by": by, "tap": tap}


def wait(minutes: int) -> Deed:
    """Time goes by."""
    return "time_passes", {"minutes": minutes}


def first(deed: str, **more: Any) -> Deed:
    """Something happens to the first visit that it can happen to."""
    return deed, {"number": 0, **more}


CANCELS = first("cancels", by="customer", is_late=False)
STORIES: dict[str, list[Deed]] = {
    "one after the other": [book(TEN), book(TEN + 70), CANCELS, CANCELS, book(TEN, None)],
    "two at once": [book(TEN), book(TEN, JUN), book(TEN, None), book(TEN + 70, None)],
    "the least busy comes first": [book(TEN), book(NOON, None)],
    "after hours, and too late": [book(LAST), wait(90), book(TEN)],
    "a colour": [book(TEN, service="color"), book(TEN + 45), book(TEN + 45, JUN), book(TEN + 45, JUN, is_bound=False)],
    "by name": [book(TEN, is_nominated=True), book(NOON), move(NOON), move(NOON + 70), move(TEN, JUN, by="salon")],
    "a hold ends": [
        book(TEN, JUN, hold=5), first("settles"), book(NOON, JUN, hold=5), ("sweeps", {}), book(NOON, JUN), wait(6), book(NOON, SAKURA),
    ],
    "a hold gives way": [book(TEN, hold=2), wait(3), book(TEN, is_bound=False), first("settles")],
    "a hold is let go": [book(TEN, hold=2), first("lets_go"), book(TEN)],
    "a hold is swept": [book(TEN, hold=2), wait(3), ("sweeps", {}), first("settles")],
    "moved a little": [book(TEN), first("says_that_they_come"), move(TEN + 15, tap="a"), move(TEN, tap="a"), move(TEN, tap="b")],
    "moved onto another": [book(TEN), book(NOON), move(NOON, SAKURA)],
    "the menu changes": [book(TEN), ("shortens_the_cut", {}), move(NOON)],
    "the same tap twice": [book(TEN, key="tap1"), book(NOON, key="tap1")],
    "taken back too late": [book(TEN), CANCELS, book(TEN), first("is_taken_back")],
    "taken back": [book(TEN), CANCELS, first("is_taken_back")],
    "does not come": [book(TEN), first("the_time_comes", later=15), first("is_marked", came=False), book(TEN, is_bound=False)],
    "comes": [
        book(TEN), first("the_time_comes", later=15), ("closes_the_evening", {}), first("is_marked", came=True), book(TEN, is_bound=False),
    ],
    "cancels too late": [book(TEN), first("cancels", by="customer", is_late=True)],
    "the evening": [book(TEN), wait(TEN + 8 * 60 - 8 * 60), ("closes_the_evening", {})],
    "a visit is no block": [
        book(TEN), first("is_not_unblocked"), ("blocks", {"which": 0, "start": NOON, "minutes": 60}), book(NOON), ("unblocks", {"number": 0}),
        book(NOON),
    ],
    "nobody asks": [book(TEN), first("barges_in", shift=10)],
    "on leave": [("takes_leave", {"which": SAKURA, "day": 1}), book(DAY + TEN), book(DAY + TEN, None)],
}  # fmt: skip


def play(story: list[Deed]) -> None:
    """Raises AssertionError where the books say something else than the model, or whatever a bug leads to."""
    stage = Visits()
    try:
        stage.open(is_furnished=False)
        for deed, how in story:
            getattr(stage, deed)(**how)
            stage.the_books_say_what_the_model_says()
            stage.free_starts_are_what_is_free(service="cut", day=0)
    finally:
        stage.teardown()


def found() -> Iterator[tuple[str, Exception]]:
    """Each story that comes to another end than the model, and why."""
    for name, story in STORIES.items():
        try:
            play(story)
        except Exception as failure:  # whatever the bug leads to
            yield name, failure
