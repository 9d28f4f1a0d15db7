"""A lock that is given in the order of asking.

SQLite has one writer and no queue: who finds it busy sleeps and looks again, ever longer, while a thread that writes again and
again slips in between. Within one process this queue stands before it, so that a web request waits for one transaction of the
passes and not for luck.
"""

import threading
from collections import deque


class Queue:
    """One at a time, first come, first served."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Event] = deque()

    def enter(self, timeout_seconds: float) -> bool:
        """Wait for one's turn; False when it did not come in time."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            called = threading.Event()
            self._waiting.append(called)
        if called.wait(timeout_seconds):
            return True
        with self._guard:
            if called.is_set():  # called in the last moment
                return True
            self._waiting.remove(called)
        return False

    def leave(self) -> None:
        """End one's turn; the next in the queue is called at once."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False
