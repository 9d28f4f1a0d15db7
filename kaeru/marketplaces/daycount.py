"""Counting whole days of orders, cancellations and credit slips, many days of many shops with the same few statements.

The same counting serves the days that changed, a full recount, and a shop that is looked at without being on a mall.
"""

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from kaeru.core import sql
from kaeru.marketplaces.counts import ORDERS, PAID, Basis, What, age_of, key
from kaeru.marketplaces.programme import Unit


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a shop, [starts_at, ends_at); `id` is what its counts are returned under."""

    id: int
    organization_id: int
    shop_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Manner:
    """In what is counted, and which item codes are no goods."""

    zone: ZoneInfo
    unit: Unit
    services: tuple[str, ...]


_IN_DAY = (
    "o.organization_id = d.organization_id AND o.shop_id = d.shop_id AND o.{at} >= d.starts_at AND o.{at} < d.ends_at"
)
_ITEMS = "(SELECT COALESCE(SUM(l.quantity), 0) FROM orders_orderline l WHERE l.order_id = o.id AND l.quantity > 0)"


def count_days(days: Sequence[Day], manner: Manner) -> dict[int, dict[str, int]]:
    """The counts of each of these days, by `Day.id`; a constant number of statements."""
    found: dict[int, Counter[str]] = {day.id: Counter() for day in days}
    if not days:
        return {}
    frame = _frame(days)
    _orders(frame, manner, found)
    _cancelled(frame, manner, found)
    slipping = _with_slips(frame)
    if slipping:
        _Slips([day for day in days if day.shop_id in slipping], manner, found).count()
    return {id: {name: number for name, number in counts.items() if number} for id, counts in found.items()}


Frame = tuple[str, list[Any]]


def _frame(days: Sequence[Day]) -> Frame:
    """The days as a table of the statement: arrays on PostgreSQL, one JSON text on SQLite."""
    rows = [
        (day.id, day.organization_id, day.shop_id, sql.moment(day.starts_at), sql.moment(day.ends_at)) for day in days
    ]
    if sql.is_postgres():
        arrays = "%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[]"
        text = f"SELECT * FROM unnest({arrays}) AS a(id, organization_id, shop_id, starts_at, ends_at)"
        return f"WITH d AS ({text})", [list(column) for column in zip(*rows, strict=True)]
    names = ("id", "organization_id", "shop_id", "starts_at", "ends_at")
    columns = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(names))
    return f"WITH d AS MATERIALIZED (SELECT {columns} FROM json_each(%s))", [json.dumps(rows)]


def _asked(frame: Frame, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"{frame[0]} {statement}", [*frame[1], *values])
        return list(cursor.fetchall())


def _by_day(
    frame: Frame, columns: str, source: str, where: str, *, is_sum: bool = False
) -> list[tuple[Any, ...]]:  # fmt: skip
    """(day, columns…) of what each day holds, the days outside and the index of the shop's orders inside.

    PostgreSQL would rather compare every order with every day; a lateral query leaves it no choice.
    """
    if sql.is_postgres():
        asked = f"SELECT d.id, x.* FROM d CROSS JOIN LATERAL (SELECT {columns} FROM {source} WHERE {where} OFFSET 0) x"
    else:
        asked = f"SELECT d.id, {columns} FROM d CROSS JOIN {source} WHERE {where}{' GROUP BY d.id' if is_sum else ''}"
    return _asked(frame, asked)


def _orders(frame: Frame, manner: Manner, found: dict[int, Counter[str]]) -> None:
    columns, source = "COUNT(*), COUNT(o.paid_at)", "orders_order o"
    if manner.unit == "items":
        columns = "SUM(l.quantity), SUM(CASE WHEN o.paid_at IS NULL THEN 0 ELSE l.quantity END)"
        source += " JOIN orders_orderline l ON l.order_id = o.id AND l.quantity > 0"
    for id, orders, paid in _by_day(frame, columns, source, _IN_DAY.format(at="placed_at"), is_sum=True):
        found[id][ORDERS], found[id][PAID] = int(orders or 0), int(paid or 0)


def _cancelled(frame: Frame, manner: Manner, found: dict[int, Counter[str]]) -> None:
    weight = _ITEMS if manner.unit == "items" else "1"
    columns = f"o.placed_at, o.cancelled_at, o.cancel_side, o.paid_at IS NOT NULL, {weight}"
    bases: tuple[tuple[Basis, str], ...] = (("o", "placed_at"), ("c", "cancelled_at"))
    for basis, at in bases:
        where = f"{_IN_DAY.format(at=at)} AND o.cancelled_at IS NOT NULL"
        for id, placed_at, cancelled_at, side, paid, number in _by_day(frame, columns, "orders_order o", where):
            age = age_of(sql.read_moment(placed_at), sql.read_moment(cancelled_at), manner.zone)
            found[id][key(basis, "w", side, is_paid=bool(paid), age=age)] += int(number)


def _with_slips(frame: Frame) -> set[int]:
    """Shops that have credit slips at all; most on malls have none."""
    asked = """SELECT DISTINCT d.shop_id FROM d WHERE EXISTS (SELECT 1 FROM orders_refund r
                WHERE r.organization_id = d.organization_id AND r.shop_id = d.shop_id)"""
    return {shop_id for (shop_id,) in _asked(frame, asked)}


@dataclass(frozen=True, slots=True)
class _Of:
    """The order that something is about."""

    id: int
    shop_id: int
    placed_at: datetime
    is_paid: bool
    side: str
    is_cancelled: bool


class _Slips:
    """Credit slips by their own day and by their order's day, and the orders of which nothing is left after them."""

    def __init__(self, days: Sequence[Day], manner: Manner, found: dict[int, Counter[str]]) -> None:
        self._days, self._manner, self._found = days, manner, found
        self._calendar: dict[int, list[Day]] = defaultdict(list)
        for day in sorted(days, key=lambda day: day.starts_at):
            self._calendar[day.shop_id].append(day)

    def count(self) -> None:
        """Into the counts of the days."""
        frame, placed = _frame(self._days), f"{_IN_DAY.format(at='placed_at')} AND r.is_cancellation"
        own = f"{_IN_DAY.format(at='refunded_at')} AND o.is_cancellation"
        matched = """orders_order o JOIN orders_orderline l ON l.order_id = o.id JOIN orders_refundline b ON b.order_line_id = l.id
                     JOIN orders_refund r ON r.id = b.refund_id"""
        slips = {id for _, id in _by_day(frame, "o.id", "orders_refund o", own)}
        slips |= {
            id for _, id in _by_day(frame, "r.id", "orders_order o JOIN orders_refund r ON r.order_id = o.id", placed)
        }
        slips |= {id for _, id in _by_day(frame, "r.id", matched, placed)}
        self._count_slips(sorted(slips))
        self._count_given_back(sorted(slips))

    def _count_slips(self, slips: list[int]) -> None:
        for shop_id, at, has_goods, number, of in self._told(slips):
            what: What = "g" if has_goods else "f"
            age = age_of(of.placed_at if of else None, at, self._manner.zone)
            name = (what, of.side if of else "")
            weight = number if self._manner.unit == "items" else 1
            self._add(shop_id, at, "c", *name, of, age, weight)
            self._add(shop_id, of.placed_at if of else at, "o", *name, of, age, weight)

    def _add(
        self, shop_id: int, at: datetime, basis: Basis, what: What, side: str, of: _Of | None, age: tuple[int, int], weight: int
    ) -> None:  # fmt: skip
        days = self._calendar[shop_id]
        place = bisect_right(days, at, key=lambda day: day.starts_at) - 1
        if place >= 0 and at < days[place].ends_at:
            self._found[days[place].id][key(basis, what, side, is_paid=of is None or of.is_paid, age=age)] += weight

    def _told(self, slips: list[int]) -> Iterator[tuple[int, datetime, bool, int, _Of | None]]:
        """(shop, when, with goods on it, items, order) of each slip; one that names no order is of its first matched line's."""
        first = """(SELECT l.order_id FROM orders_refundline b JOIN orders_orderline l ON l.id = b.order_line_id
                     WHERE b.refund_id = r.id ORDER BY b.id LIMIT 1)"""
        where, values = sql.among("r.id", slips)
        asked = (
            f"SELECT r.id, r.shop_id, r.refunded_at, COALESCE(r.order_id, {first}) FROM orders_refund r WHERE {where}"
        )
        rows = _asked(("", []), asked, values)
        goods, items = self._lines(slips)
        orders = _the_orders({order_id for *_, order_id in rows if order_id})
        for id, shop_id, at, order_id in rows:
            yield shop_id, sql.read_moment(at), goods.get(id, True), items.get(id, 1), orders.get(order_id)

    def _lines(self, slips: list[int]) -> tuple[dict[int, bool], dict[int, int]]:
        """Of each slip that has lines: whether goods are on it, and how many items."""
        services = {code.strip().upper() for code in self._manner.services}
        where, values = sql.among("b.refund_id", slips)
        goods: dict[int, bool] = {}
        items: dict[int, int] = defaultdict(int)
        for id, sku, quantity in _asked(
            ("", []), f"SELECT b.refund_id, b.sku, b.quantity FROM orders_refundline b WHERE {where}", values
        ):
            is_goods = sku.strip().upper() not in services
            goods[id] = goods.get(id, False) or is_goods
            items[id] += quantity if is_goods else 0
        return goods, items

    def _count_given_back(self, slips: list[int]) -> None:
        """Orders that are not told to be cancelled, but of which slips took every line: cancelled whole by the last of them."""
        where, values = sql.among("b.refund_id", slips)
        asked = f"SELECT DISTINCT l.order_id FROM orders_refundline b JOIN orders_orderline l ON l.id = b.order_line_id WHERE {where}"
        touched = [id for (id,) in _asked(("", []), asked, values)]
        orders = _the_orders(touched)
        for order_id, (at, items) in _given_back(touched).items():
            of = orders[order_id]
            if of.is_cancelled:
                continue
            age = age_of(of.placed_at, at, self._manner.zone)
            weight = items if self._manner.unit == "items" else 1
            self._add(of.shop_id, of.placed_at, "o", "w", of.side, of, age, weight)
            self._add(of.shop_id, at, "c", "w", of.side, of, age, weight)


def _given_back(orders: Sequence[int]) -> dict[int, tuple[datetime, int]]:
    """When the last line of each of these orders was given back, and how many items that were; without those that keep a line."""
    where, values = sql.among("l.order_id", orders)
    lines: dict[int, tuple[int, int]] = {}
    open_lines: dict[int, set[int]] = defaultdict(set)
    items: dict[int, int] = defaultdict(int)
    asked = f"SELECT l.id, l.order_id, l.quantity FROM orders_orderline l WHERE {where} AND l.quantity > 0"
    for line_id, order_id, quantity in _asked(("", []), asked, values):
        lines[line_id] = order_id, quantity
        open_lines[order_id].add(line_id)
        items[order_id] += quantity
    asked = f"""SELECT l.id, r.refunded_at, b.quantity FROM orders_refundline b JOIN orders_orderline l ON l.id = b.order_line_id
                  JOIN orders_refund r ON r.id = b.refund_id WHERE {where} AND r.is_cancellation ORDER BY r.refunded_at, r.id"""
    left = {line_id: quantity for line_id, (_, quantity) in lines.items()}
    whole: dict[int, tuple[datetime, int]] = {}
    for line_id, at, quantity in _asked(("", []), asked, values):
        if line_id not in left:
            continue
        left[line_id] -= quantity
        order_id = lines[line_id][0]
        if left[line_id] <= 0:
            open_lines[order_id].discard(line_id)
            if not open_lines[order_id] and order_id not in whole:
                whole[order_id] = sql.read_moment(at), items[order_id]
    return whole


def _the_orders(orders: Iterable[int]) -> dict[int | None, _Of]:
    where, values = sql.among("o.id", sorted(orders))
    asked = f"SELECT o.id, o.shop_id, o.placed_at, o.paid_at IS NOT NULL, o.cancel_side, o.cancelled_at IS NOT NULL FROM orders_order o WHERE {where}"
    return {
        id: _Of(id, shop_id, sql.read_moment(placed_at), bool(paid), side, bool(cancelled))
        for id, shop_id, placed_at, paid, side, cancelled in _asked(("", []), asked, values)
    }
