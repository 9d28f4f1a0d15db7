"""Questions about a customer as SQL: each gives a boolean expression over the row `c` of customers_customer, and its parameters.

SQL's own NULL is our "not known": AND, OR and NOT treat it as `rules.weigh` does. The text is the house's own; what a person typed is
always a parameter.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from kaeru.audiences.rules import Test
from kaeru.core import sql


class Asked(NamedTuple):
    """An expression and its parameters."""

    text: str
    values: tuple[Any, ...] = ()


Compile = Callable[[Test, datetime], Asked]

_SIGNS = {"is": "=", "is_not": "<>", "at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<"}


def compare(expression: Asked, test: Test) -> Asked:
    """`expression op value` for numbers and texts."""
    if test.op in _SIGNS:
        return Asked(f"({expression.text} {_SIGNS[test.op]} %s)", (*expression.values, test.value))
    if test.op == "between":
        return Asked(f"({expression.text} BETWEEN %s AND %s)", (*expression.values, *test.value))
    marks = ", ".join(["%s"] * len(test.value))
    word = {"one_of": "IN", "none_of": "NOT IN"}[test.op]
    return Asked(f"({expression.text} {word} ({marks}))", (*expression.values, *test.value))


def column(text: str) -> Compile:
    """A field that is a column, or an expression without parameters; NULL when not known."""
    return lambda test, at: compare(Asked(text), test)


def count(table: str, moment: str, where: str = "TRUE") -> Compile:
    """How many rows of the table are the customer's, up to the moment asked about."""

    def asked(test: Test, at: datetime) -> Asked:
        text = f"(SELECT COUNT(*) FROM {table} n WHERE n.customer_id = c.id AND ({where}) AND n.{moment} <= %s"
        values: tuple[Any, ...] = (sql.moment(at),)
        if test.days is not None:
            text, values = f"{text} AND n.{moment} > %s", (*values, sql.moment(at - timedelta(days=test.days)))
        return compare(Asked(f"{text})", values), test)

    return asked


def listed(table: str, word: str) -> Compile:
    """Whether the customer has rows in the table with these words."""

    def asked(test: Test, at: datetime) -> Asked:
        marks = ", ".join(["%s"] * len(set(test.value)))
        words = tuple(sorted(set(test.value)))
        among = f"FROM {table} n WHERE n.customer_id = c.id AND n.{word} IN ({marks})"
        if test.op == "has_all":
            return Asked(f"((SELECT COUNT(DISTINCT n.{word}) {among}) = {len(words)})", words)
        return Asked(f"({'NOT ' if test.op == 'has_none' else ''}EXISTS (SELECT 1 {among}))", words)

    return asked
