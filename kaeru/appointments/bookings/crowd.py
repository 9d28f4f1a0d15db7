"""Many tap the same time in the same second: in each process one of them asks the database, and the others hear what came of it.

Nobody is told anything that was not so while they waited: an answer counts for those who had come before the database was looked at for
the last time, and whoever came later asks anew. Several processes still meet in the database, where the judge is. Without this, sixty
clients who want one chair are sixty queues for the salon's lock.
"""

import threading
import time
from collections.abc import Callable, Hashable

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.errors import Taken


class Turn:
    """One who asks, and those who wait for the answer."""

    __slots__ = ("_over", "is_gone", "seen_at")

    def __init__(self) -> None:
        self._over = threading.Lock()
        self._over.acquire()
        self.is_gone = False
        self.seen_at = float("-inf")
        """Real time (monotonic seconds) at which the last look at the database began."""

    def looks(self) -> None:
        """Call it right before each look that may say that the time is taken."""
        self.seen_at = time.monotonic()

    def end(self) -> None:
        """Let those who wait go on."""
        self._over.release()

    def wait(self) -> None:
        """Until it has ended."""
        with self._over:
            return


_turns: dict[Hashable, Turn] = {}
_door = threading.Lock()


def one_asks(wanted: Hashable, attempt: Callable[[Turn], Booking], takes_it: Callable[[Booking], bool]) -> Booking:
    """What `attempt` answers, or Taken when somebody of this process who wanted the very same was told so, or got it, meanwhile.

    `takes_it`: whether this visit leaves nothing for others who want the same. Call it outside of transactions: who waits here must hold
    nothing that the one who asks could wait for.
    """
    came_at = time.monotonic()
    while True:
        with _door:
            turn = _turns.get(wanted)
            if turn is None:
                mine = _turns[wanted] = Turn()
                break
        turn.wait()
        if turn.is_gone and came_at <= turn.seen_at:
            raise Taken
    try:
        row = attempt(mine)
        if takes_it(row):
            mine.looks()  # it is committed: gone for everybody who had come by now
            mine.is_gone = True
        return row
    except Taken:
        mine.is_gone = True
        raise
    finally:
        with _door:
            del _turns[wanted]
        mine.end()
