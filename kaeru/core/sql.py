"""The few statements that both databases need in their own words: claiming due rows, writing many rows at once."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection


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
            f"SELECT id FROM {table} WHERE {where} ORDER BY {order} LIMIT %s{lock}",  # noqa: S608
            [*values, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def execute_many(statement: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run one statement for each row of values, in one round trip where the driver can (psycopg pipelines, sqlite3 loops in C)."""
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(rows))
