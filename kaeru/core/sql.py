"""The few statements that both databases need in their own words: claiming due rows, writing many rows at once."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection
from django.db.models.expressions import RawSQL

LOST = (OperationalError, InterfaceError)
"""The database itself failed (gone, locked, shutting down): nobody's poison, so nothing is counted against a row."""


def is_postgres() -> bool:
    """Whether the default database is PostgreSQL."""
    return connection.vendor == "postgresql"


def claim_ids(table: str, where: str, values: Sequence[Any], order: str, limit: int) -> list[int]:
    """Keys of up to `limit` rows for which `where` holds, locked until the transaction ends.

    PostgreSQL skips rows that another worker holds; SQLite has one writer, and the IMMEDIATE transaction is the lock.
    `table`, `where` and `order` are the house's own text, never a request's.
    """
    lock = " FOR UPDATE SKIP LOCKED" if is_postgres() else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {table} WHERE {where} ORDER BY {order} LIMIT %s{lock}",
            [*values, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def execute_many(statement: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run one statement for each row of values, in one round trip where the driver can (psycopg pipelines, sqlite3 loops in C)."""
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(rows))


def moment(value: datetime | None) -> Any:
    """A time as the database's driver wants it in hand-written SQL (SQLite: UTC text; PostgreSQL: as it is)."""
    return None if value is None else connection.ops.adapt_datetimefield_value(value)


def one_at_a_time(key: int) -> None:
    """Until this transaction ends, nobody else is past this line with the same key. SQLite has one writer anyway."""
    if is_postgres():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def insert_many(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write many rows in one go: COPY on PostgreSQL, one prepared statement on SQLite. Values are driver values (see `moment`)."""
    if not rows:
        return
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if is_postgres():
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


def among(column: str, values: Sequence[int]) -> tuple[str, list[Any]]:
    """`column IN (values)` as text and one parameter, however many: SQLite takes at most 32,766 parameters."""
    if is_postgres():
        return f"{column} = ANY(%s)", [list(values)]
    return f"{column} IN (SELECT value FROM json_each(%s))", [json.dumps(list(values))]


def keys(values: Iterable[int]) -> RawSQL:
    """The same for `filter(id__in=…)`."""
    if is_postgres():
        return RawSQL("SELECT unnest(%s::bigint[])", [list(values)])
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(values))])


def uuid_value(value: UUID) -> Any:
    """A UUID as the database's driver wants it in hand-written SQL."""
    return value if is_postgres() else value.hex


def read_moment(value: Any) -> datetime:
    """The aware UTC time that hand-written SQL brought (SQLite: text, or a naive time, in UTC)."""
    told = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def pairs(number: str, name: str, rows: Sequence[tuple[int, str]]) -> tuple[str, list[Any]]:
    """A subquery with these (number, name) rows, and its parameters: two arrays on PostgreSQL, one JSON text on SQLite."""
    if is_postgres():
        text = f"SELECT * FROM unnest(%s::bigint[], %s::text[]) AS p({number}, {name})"
        return text, [[a for a, _ in rows], [b for _, b in rows]]
    text = f"SELECT json_extract(value, '$[0]') AS {number}, json_extract(value, '$[1]') AS {name} FROM json_each(%s)"
    return text, [json.dumps(rows)]
