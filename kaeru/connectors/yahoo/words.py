"""Yahoo! Shopping's numbers: states of an order, and the operator's own table of cancel reasons. Pure.

The vendor's list of CancelReason could not be read, so who connects the store enters the numbers that are to be used, from the
vendor's page; nothing outside of the table is ever sent. It is kept with the connection as `cancel/customer=110`.
"""

from collections.abc import Mapping, Sequence

RESERVED, OPEN, HELD, CANCELLED, DONE = "1", "2", "3", "4", "5"
"""OrderStatus: 予約中, 処理中, 保留, キャンセル, 完了."""
CANCELLABLE = frozenset({RESERVED, OPEN, HELD, DONE})
"""From here to 4; from 4 nothing leads back."""
PAID = "1"
SHIPPED = frozenset({"3", "4"})
"""ShipStatus: 3 is 出荷済み; what comes after it has left as well."""
KNOWN_ELSEWHERE = "400"
"""役務連動キャンセル: the one number that the vendor's change notes name; whose wish it is, they do not say."""

ROWS = ("customer", "customer/unpaid", "shop", "shop/out_of_stock", "shop/delay")
"""What a number can be entered for; the two without a reason stand for all others of their side."""
_PREFIX = "cancel/"
_ALIKE = {"unpaid": ("unpaid", "not_paid"), "out_of_stock": ("out_of_stock",), "delay": ("delay", "late", "slow")}


def to_scopes(table: Mapping[str, int]) -> list[str]:
    """The table as it is kept with the connection.

    >>> to_scopes({"shop": 200, "customer": 100})
    ['cancel/customer=100', 'cancel/shop=200']
    """
    return [f"{_PREFIX}{row}={table[row]}" for row in ROWS if row in table]


def table(scopes: Sequence[str]) -> dict[str, int]:
    """The opposite; what is no row of the table is left out.

    >>> table(["cancel/shop=200", "cancel/moon=1", "orders"])
    {'shop': 200}
    """
    found: dict[str, int] = {}
    for one in scopes:
        row, _, number = one.removeprefix(_PREFIX).partition("=")
        if one.startswith(_PREFIX) and row in ROWS and number.isdecimal() and number.isascii():
            found[row] = int(number)
    return found


def number_for(reason: str, side: str, scopes: Sequence[str]) -> int | None:
    """The number under which a cancellation goes out; None: the table has none for its side, or side or reason is not said.

    >>> number_for("out_of_stock", "shop", ["cancel/shop=200", "cancel/shop/out_of_stock=210"])
    210
    >>> number_for("changed_mind", "customer", ["cancel/shop=200"]) is None
    True
    """
    if not reason.strip() or side not in {"customer", "shop"}:
        return None
    known = table(scopes)
    for row, number in known.items():
        told_side, _, why = row.partition("/")
        if told_side == side and why and any(word in reason for word in _ALIKE[why]):
            return number
    return known.get(side)


def side_of(number: str, scopes: Sequence[str]) -> str:
    """Whose wish or fault a cancellation with this number was, by the operator's table; empty: the table does not say.

    >>> side_of("210", ["cancel/shop/out_of_stock=210"]), side_of("400", [])
    ('shop', '')
    """
    sides = {row.partition("/")[0] for row, known in table(scopes).items() if str(known) == number}
    return sides.pop() if len(sides) == 1 else ""


def state(order: str, pay: str, ship: str) -> str:
    """All three states as one word, as it is kept with the order.

    >>> state("2", "1", "")
    '2-1-'
    """
    return f"{order}-{pay}-{ship}"[:20]
