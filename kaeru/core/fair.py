"""Whose turn it is when more is due than one batch takes: every shop's.

Normally a batch is simply the oldest due rows. When there are more than fit, one shop with a million due rows would keep all
others waiting; then the shops share the batch, and it goes round: the oldest row of each, the next of each, and so on.

The table has the columns `shop_id`, `state` ('waiting' while it waits) and `due_at`, an index over `due_at` of what waits,
and one that begins with `shop_id, state` and ends with `due_at`.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from itertools import chain, zip_longest
from typing import Any, NamedTuple

from django.db import connection

from kaeru.core import sql

_WAITS = "state = (SELECT 'waiting')"
"""As a question, not as a word: else PostgreSQL takes the index over due_at of what waits, and walks past a million rows of one
shop to find three of another."""

_served: dict[str, int] = {}
"""The last shop served by table, where there are more shops than places."""


class Due(NamedTuple):
    """What is claimed: rows of `table` that are due at `moment`. All text is the house's own, never a request's."""

    table: str
    moment: datetime
    where: str = "true"
    """A further condition on the row, in plain column names, with `values` for its marks."""
    values: Sequence[Any] = ()
    shops: str = "true"
    """A condition on `s.shop_id`: shops for which it does not hold are passed over without looking at their rows."""


def count(due: Due, most: int) -> int:
    """How many rows are due, at most `most`; `where` and `shops` are not asked, so that it is cheap whatever waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM {due.table} WHERE state = 'waiting' AND due_at <= %s LIMIT %s) AS found",
            [sql.moment(due.moment), most],
        )
        return int(cursor.fetchone()[0])


def due_ids(due: Due, limit: int) -> list[int]:
    """Keys of up to `limit` due rows in the order in which they are to be worked on, locked until the transaction ends.

    One or two statements when all that is due fits into the batch, at most four when it does not. A claim that joins other
    tables takes the keys first and joins on them:

        keys = due_ids(Due("scenarios_enrollment", moment), limit)
        where, values = sql.among("e.id", keys)        # then SELECT … FROM scenarios_enrollment e JOIN … WHERE {where}
    """
    if count(due, limit + 1) > limit:
        return shared(due, limit)
    shop = (
        f"EXISTS (SELECT 1 FROM (SELECT {due.table}.shop_id) AS s WHERE {due.shops})" if due.shops != "true" else "true"
    )
    where = f"state = 'waiting' AND due_at <= %s AND {due.where} AND {shop}"
    return sql.claim_ids(due.table, where, [sql.moment(due.moment), *due.values], "due_at", limit)


def shared(due: Due, limit: int) -> list[int]:
    """The same for who has counted already that more is due than fits: each shop the same part; what some leave over goes to those who have more."""
    shops = _next_shops(due.table, _waiting_shops(due), limit)
    if not shops:
        return []
    part = max(1, limit // len(shops))
    found = _oldest(due, shops, part)
    hungry = [shop for shop in shops if len(found[shop]) == part]
    left = limit - sum(map(len, found.values()))
    if left >= len(hungry) > 0:
        found |= _oldest(due, hungry, part + left // len(hungry))
    rounds = zip_longest(*(found[shop] for shop in shops))
    return [key for key in chain.from_iterable(rounds) if key is not None]


def _next_shops(table: str, shops: list[int], limit: int) -> list[int]:
    """All of them, or with more shops than places those whose turn it is after the ones that this process served last."""
    if len(shops) <= limit:
        return shops
    shops.sort()
    first = bisect_right(shops, _served.get(table, 0))
    chosen = (shops[first:] + shops[:first])[:limit]
    _served[table] = chosen[-1]
    return chosen


def _waiting_shops(due: Due) -> list[int]:
    """The shops with due rows, the longest waiting first. One look into the index for each shop, however many rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH RECURSIVE s(shop_id) AS (
                SELECT min(shop_id) FROM {due.table}
                UNION ALL
                SELECT (SELECT min(t.shop_id) FROM {due.table} t WHERE t.shop_id > s.shop_id) FROM s WHERE s.shop_id IS NOT NULL
            ), oldest(shop_id, due_at) AS (
                SELECT s.shop_id, (SELECT min(due_at) FROM {due.table}
                                   WHERE shop_id = s.shop_id AND {_WAITS} AND {due.where})
                FROM s WHERE s.shop_id IS NOT NULL AND {due.shops}
            )
            SELECT shop_id FROM oldest WHERE due_at <= %s ORDER BY due_at, shop_id""",
            [*due.values, sql.moment(due.moment)],
        )
        return [row[0] for row in cursor.fetchall()]


def _oldest(due: Due, shops: Sequence[int], most: int) -> dict[int, list[int]]:
    """The oldest due rows of each shop, locked; a shop whose rows others hold has none."""
    row = f"{_WAITS} AND due_at <= %s AND {due.where} ORDER BY due_at LIMIT %s"
    values = [sql.moment(due.moment), *due.values, most]
    if sql.is_postgres():
        text = f"""
            SELECT s.shop_id, d.id FROM unnest(%s::bigint[]) AS s(shop_id) CROSS JOIN LATERAL (
                SELECT id, due_at FROM {due.table} WHERE shop_id = s.shop_id AND {row} FOR UPDATE SKIP LOCKED
            ) d ORDER BY d.due_at, d.id"""
        values = [list(shops), *values]
    else:
        text = f"""
            SELECT s.shop_id, d.id FROM (SELECT value AS shop_id FROM json_each(%s)) AS s JOIN {due.table} d ON d.id IN (
                SELECT id FROM {due.table} WHERE shop_id = s.shop_id AND {row}
            ) ORDER BY d.due_at, d.id"""
        values = [f"[{','.join(map(str, shops))}]", *values]
    found: dict[int, list[int]] = {shop: [] for shop in shops}
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        for shop, key in cursor.fetchall():
            found[shop].append(key)
    return found
