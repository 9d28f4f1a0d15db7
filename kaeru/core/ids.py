"""Names for rows: 63-bit keys that sort by time and are made by the application, so that a bulk insert knows its own ids.

Layout, high to low: 41 bits milliseconds since 2025-01-01 · 13 bits drawn at process start · 9 bits counter.
No database sequence is shared, so an installation can be split by organization without renumbering. Two processes that
drew the same 13 bits could make the same key within one millisecond; the insert then fails, its transaction rolls back
and the pass runs again: nothing is lost.
"""

import os
import secrets
import threading
import time

_EPOCH_MS = 1_735_689_600_000
_NODE_BITS, _COUNTER_BITS = 13, 9
_lock = threading.Lock()
_node = secrets.randbits(_NODE_BITS)
_last_tick = 0


def _after_fork() -> None:
    global _node, _last_tick
    _node, _last_tick = secrets.randbits(_NODE_BITS), 0


os.register_at_fork(after_in_child=_after_fork)


def new_id() -> int:
    """A fresh key, larger than every key this process made before."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[int]:
    """`count` fresh keys in rising order; a burst borrows from the coming milliseconds."""
    global _last_tick
    with _lock:
        start = max(((time.time_ns() // 1_000_000) - _EPOCH_MS) << _COUNTER_BITS, _last_tick + 1)
        _last_tick = start + count - 1
        node = _node << _COUNTER_BITS
        mask = (1 << _COUNTER_BITS) - 1
        return [
            ((tick >> _COUNTER_BITS) << (_NODE_BITS + _COUNTER_BITS)) | node | (tick & mask)
            for tick in range(start, start + count)
        ]
