"""Waiting is a row, and a pass moves what is due. Rooms list theirs in `passes.py` as PASSES; the first is here: the news."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kaeru.core import events

LANES = ("rows", "messages", "calls", "polls", "rehearsals")
"""Passes of one lane turn one after another, the lanes beside each other: whoever waits for other people's servers holds up
nobody's timers. `rows` only touch the database, `messages` talk to mail servers and the like, `calls` to the shops' systems,
`polls` ask malls what is new;
`rehearsals` only compute, for up to a minute."""
WAKES = {"rows": ("messages", "calls")}
"""When a turn of this lane moved something, these look at once: what rows decide is handed over by them."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One kind of due rows and what moves them."""

    name: str
    run: Callable[[int], int]
    """Move up to `limit` due rows; returns how many were moved. Opens its own transactions and scope."""
    limit: int = 1000
    next_due: Callable[[], datetime | None] | None = None
    """When the earliest waiting row is due: for the demo's "skip to the next step" and for readiness."""
    every_seconds: float = 0.0
    """Real seconds between two runs; 0 means as often as the runner turns."""
    lane: str = "rows"
    """One of LANES."""


PASSES = [Pass("events", events.deliver, limit=500)]
