"""The customers of a shop of whom a condition holds, found by one SQL query.

What a field declares as SQL is compiled (see `compiling`); the moment is the same for everybody and is asked once. Parts that need Python
(consent: closed addresses are kept as keyed hashes only) are asked of those whom SQL has left, some thousand at a time. Both ways answer
the same; a test compares them on both databases.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import connection

from kaeru.audiences import registry
from kaeru.audiences.compiling import Asked
from kaeru.audiences.operators import answer
from kaeru.audiences.rules import All, Any, Condition, Not, Subject, Test, holds, key, needs
from kaeru.tenants.models import Shop

OF_PEOPLE = ("customer", "client", "moment")
"""Kinds of questions that can be asked of people alone, without an order."""
_AT_ONCE = 2_000
_TRUE, _FALSE, _UNKNOWN = Asked("TRUE"), Asked("FALSE"), Asked("CAST(NULL AS BOOLEAN)")


class NotCompilable(ValueError):
    """A field of the condition is asked in Python only."""


@dataclass(frozen=True, slots=True)
class Found:
    """How many there are, and the first of them by id."""

    count: int
    customer_ids: list[int]


def find(shop: Shop, condition: Condition, at: datetime, limit: int | None = None) -> Found:
    """The shop's customers of whom the checked condition holds at `at`; at most `limit` of them are listed, all are counted."""
    parts = condition.parts if isinstance(condition, All) else (condition,)
    compiled: list[Asked] = []
    left: list[Condition] = []
    for part in parts:
        try:
            compiled.append(compile_condition(part, shop, at))
        except NotCompilable:
            left.append(part)
    where = _joined(compiled, "AND", _TRUE)
    if not left:
        return _selected(shop, where, limit)
    rest = All(tuple(left))
    found = [customer_id for chunk in _chunks(shop, where) for customer_id in _holding(shop, rest, chunk, at)]
    return Found(len(found), found if limit is None else found[:limit])


def compile_condition(condition: Condition, shop: Shop, at: datetime) -> Asked:
    """The condition as a boolean expression over the customer `c`. Raises NotCompilable."""
    match condition:
        case Test():
            return _test(condition, shop, at)
        case Not(part):
            inner = compile_condition(part, shop, at)
            return Asked(f"(NOT {inner.text})", inner.values)
        case All(parts):
            return _joined([compile_condition(part, shop, at) for part in parts], "AND", _TRUE)
        case Any(parts):
            return _joined([compile_condition(part, shop, at) for part in parts], "OR", _FALSE)


def _joined(parts: list[Asked], word: str, empty: Asked) -> Asked:
    if not parts:
        return empty
    return Asked(
        f"({f' {word} '.join(part.text for part in parts)})", tuple(value for part in parts for value in part.values)
    )


def _test(test: Test, shop: Shop, at: datetime) -> Asked:
    field = registry.field(test.field)
    if field is None or field.kind not in OF_PEOPLE:
        return _UNKNOWN  # of a customer alone, nothing is known of an order
    if field.kind == "moment":
        (known,) = registry.values([Subject(shop.organization_id, shop.id, None, None, None, at)], [key(test)])
        return {True: _TRUE, False: _FALSE, None: _UNKNOWN}[answer(test.op, known.get(key(test)), test.value)]
    if field.sql is None:
        raise NotCompilable(test.field)
    return field.sql(test, at)


_OF_SHOP = "FROM customers_customer c WHERE c.organization_id = %s AND c.shop_id = %s"


def _selected(shop: Shop, where: Asked, limit: int | None) -> Found:
    cut = "" if limit is None else "LIMIT %s"
    values = [shop.organization_id, shop.id, *where.values, *([] if limit is None else [limit])]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT c.id, COUNT(*) OVER () {_OF_SHOP} AND {where.text} ORDER BY c.id {cut}", values)
        rows = cursor.fetchall()
    return Found(rows[0][1] if rows else 0, [row[0] for row in rows])


def _chunks(shop: Shop, where: Asked) -> Iterator[list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id {_OF_SHOP} AND {where.text} ORDER BY c.id", [shop.organization_id, shop.id, *where.values]
        )
        ids = iter(cursor.fetchall())
    while chunk := [row[0] for row in islice(ids, _AT_ONCE)]:
        yield chunk


def _holding(shop: Shop, condition: Condition, customer_ids: list[int], at: datetime) -> list[int]:
    subjects = [Subject(shop.organization_id, shop.id, customer_id, None, None, at) for customer_id in customer_ids]
    values = registry.values(subjects, needs(condition))
    return [
        subject.customer_id
        for subject, known in zip(subjects, values, strict=True)
        if subject.customer_id and holds(condition, known)
    ]
