"""How clients are reached: on LINE while they are a friend of an account that speaks, else by mail."""

from collections.abc import Collection

from kaeru.channels.line.models import LineAccount, LineFriend
from kaeru.core import clock, sql
from kaeru.customers.models import Identity
from kaeru.customers.queries import may_advertise


def ways(shop_id: int, customer_ids: Collection[int]) -> dict[int, str]:
    """By customer, line or mail; who cannot be reached is missing. At most three queries, however many."""
    if not customer_ids:
        return {}
    asked = sql.keys(customer_ids)
    found: dict[int, str] = {}
    friends: set[int | None] = set()
    if speaks(shop_id):
        friends = set(
            LineFriend.objects.filter(shop_id=shop_id, customer_id__in=asked, state="friend").values_list("customer_id", flat=True)
        )  # fmt: skip
    rows = Identity.objects.filter(customer_id__in=asked, kind__in=("line", "mail"))
    for customer_id, kind in rows.values_list("customer_id", "kind"):
        if kind == "line" and customer_id in friends:
            found[customer_id] = "line"
        elif kind == "mail":
            found.setdefault(customer_id, "mail")
    return found


def speaks(shop_id: int) -> bool:
    """Whether the salon has a LINE account that can push this month."""
    accounts = LineAccount.objects.filter(shop_id=shop_id, is_on=True).exclude(sealed_token=None)
    return any(one.spent_until is None or one.spent_until <= clock.now() for one in accounts)


def agreed(reached: dict[int, str]) -> set[int]:
    """Those of them who agreed to advertisements on the way on which they are reached. Four queries for each way at most."""
    found: set[int] = set()
    for way in {"line", "mail"} & set(reached.values()):
        found |= may_advertise((key for key, used in reached.items() if used == way), way, way)
    return found
