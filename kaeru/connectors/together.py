"""Deliveries that arrive together are written together: one transaction, one wait for the disk, one turn at SQLite's one writer.

Whoever is first writes for all who wait behind; each is answered only after the commit that holds its own row. PostgreSQL
does the same by itself, so there each writes alone.
"""

import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError, connection, transaction

from kaeru.core import sql

COLUMNS = "id, organization_id, shop_id, source, topic, event_id, body, received_at, due_at, attempts, error"
_INSERT = f"INSERT INTO connectors_inbounddelivery ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, '') ON CONFLICT DO NOTHING"  # noqa: S608
_MOST = 200


class _Ticket:
    """One row and the one who waits for it."""

    __slots__ = ("failure", "is_written", "row", "woken")

    def __init__(self, row: Sequence[Any]) -> None:
        self.row = row
        self.is_written = False
        self.failure: DatabaseError | None = None
        self.woken = threading.Event()


_guard = threading.Lock()
_waiting: deque[_Ticket] = deque()
_is_led = False
"""Whether somebody is writing right now."""


def write(row: Sequence[Any]) -> None:
    """Write one delivery (values in the order of COLUMNS, without the last two) durably; one that is known changes nothing.

    Raises DatabaseError.
    """
    global _is_led
    if sql.is_postgres() or connection.in_atomic_block:
        sql.execute_many(_INSERT, [row])
        return
    ticket = _Ticket(row)
    with _guard:
        _waiting.append(ticket)
        leads, _is_led = not _is_led, True
    if not leads:
        ticket.woken.wait()  # written, or called to lead
    if not ticket.is_written and ticket.failure is None:
        _lead()
    if not ticket.is_written and ticket.failure is None:
        _insert([row])  # the leader was torn away: nobody is answered before the row is there
    if ticket.failure is not None:
        raise ticket.failure


def _lead() -> None:
    """Write for all who wait, wake them, and call the next leader."""
    global _is_led
    with _guard:
        chosen = [_waiting.popleft() for _ in range(min(_MOST, len(_waiting)))]
    try:
        _write(chosen)
    finally:
        with _guard:
            following = _waiting[0] if _waiting else None
            _is_led = following is not None
        for ticket in chosen:
            ticket.woken.set()
        if following is not None:
            following.woken.set()


def _write(chosen: Sequence[_Ticket]) -> None:
    try:
        _insert([ticket.row for ticket in chosen])
    except DatabaseError:
        for ticket in chosen:  # one of them is at fault; the others must not pay for it
            try:
                _insert([ticket.row])
                ticket.is_written = True
            except DatabaseError as failure:
                ticket.failure = failure
        return
    for ticket in chosen:
        ticket.is_written = True


def _insert(rows: Sequence[Sequence[Any]]) -> None:
    with transaction.atomic():
        sql.execute_many(_INSERT, rows)
