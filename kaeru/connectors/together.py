"""Deliveries that arrive together are written together: one transaction, one wait for the disk, one turn at SQLite's one writer.

Whoever is first writes for all who wait behind; each is answered only after the commit that holds its own row. PostgreSQL
does the same by itself, so there each writes alone.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, connection, transaction

from kaeru.core import sql

COLUMNS = "id, organization_id, shop_id, source, topic, event_id, body, received_at, due_at, attempts, error"
_INSERT = f"INSERT INTO connectors_inbounddelivery ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, '') ON CONFLICT DO NOTHING"  # noqa: S608
_MOST = 200


@dataclass(slots=True)
class _Ticket:
    row: Sequence[Any]
    is_written: bool = False
    failure: DatabaseError | None = field(default=None)


_guard = threading.Lock()
_turn = threading.Lock()
_waiting: list[_Ticket] = []


def write(row: Sequence[Any]) -> None:
    """Write one delivery (values in the order of COLUMNS, without the last two) durably; one that is known changes nothing.

    Raises DatabaseError.
    """
    if sql.is_postgres() or connection.in_atomic_block:
        sql.execute_many(_INSERT, [row])
        return
    ticket = _Ticket(row)
    with _guard:
        _waiting.append(ticket)
    with _turn:
        if not ticket.is_written and ticket.failure is None:
            _write_waiting(ticket)
    if ticket.failure is not None:
        raise ticket.failure


def _write_waiting(mine: _Ticket) -> None:
    with _guard:
        chosen = [mine, *(ticket for ticket in _waiting if ticket is not mine)][:_MOST]
        _waiting[:] = [ticket for ticket in _waiting if not any(ticket is one for one in chosen)]
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
