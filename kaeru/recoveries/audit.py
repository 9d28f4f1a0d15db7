"""The audit file: each assignment with its lot and its outcome, so that anybody can work a figure out again with `kaeru uplift FILE.csv`.

A unit is named by Kaeru's own number of the customer, from which (with the scenario's salt) its side can be drawn again; nothing else of the
person is in it. Values are what counts in the figure: the shop's margin of what was bought, capped; `cost` is coupons and sending.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db.models import Q

from kaeru.core import scope
from kaeru.recoveries.costs import costs_of
from kaeru.recoveries.models import Outcome
from kaeru.recoveries.tally import MOST
from kaeru.recoveries.windows import DECIDES, WINDOWS, over_at
from kaeru.tenants.models import Shop
from kaeru.uplift import files

PORTION = 5000
_COLUMNS = (
    "assignment_id", "customer_id", "scenario_id", "assignment__revision__number", "pi", "is_treated", "first_at", "matured",
    *(f"{name}_{days}" for days in WINDOWS for name in ("back", "value", "coupons", "sends")),
)  # fmt: skip


def lines(shop: Shop, *, part: str = "all", window: int = DECIDES) -> Iterator[str]:
    """The file of one part of the shop (as Figure.key names it), line by line, in the order in which windows ended.

    `window`: the days whose cost is in it. Opens its own scope for each portion, so that it may be sent while it is read.
    Raises ValueError for a part or a window that there is not.
    """
    where = where_of(part)
    if window not in WINDOWS:
        raise ValueError(f"windows are {WINDOWS} days, not {window}")
    return files.write(_rows(shop, where, window))


def where_of(part: str) -> Q:
    """The rows of a part of a shop. Raises ValueError."""
    kind, _, name = part.partition(":")
    if part == "all":
        return Q(is_first_in_shop=True)
    if kind == "channel" and name:
        return Q(channel=name, is_first_of_channel=True)
    if kind in ("scenario", "reason") and name.isascii() and name.isdigit() and len(name) < 20:
        return Q(scenario_id=int(name)) if kind == "scenario" else Q(reason_id=int(name), is_first_of_reason=True)
    raise ValueError(f"a part is all, scenario:ID, reason:ID or channel:NAME, not {part!r}")


def _rows(shop: Shop, where: Q, window: int) -> Iterator[Mapping[str, object]]:
    after: tuple[datetime, int] | None = None
    while True:
        with scope.organization(shop.organization_id):
            margin = costs_of([shop.id])[shop.id].margin_percent
            rows = Outcome.objects.filter(where, shop_id=shop.id)
            if after is not None:
                rows = rows.filter(Q(first_at__gt=after[0]) | Q(first_at=after[0], assignment_id__gt=after[1]))
            portion = list(rows.order_by("first_at", "assignment_id").values(*_COLUMNS)[:PORTION])
        for row in portion:
            yield _row(row, window, margin)
        if len(portion) < PORTION:
            return
        after = portion[-1]["first_at"], portion[-1]["assignment_id"]


def _row(row: Mapping[str, object], window: int, margin: int) -> Mapping[str, object]:
    first_at, over = row["first_at"], WINDOWS[: int(str(row["matured"]))]
    assert isinstance(first_at, datetime)
    return {
        "unit": row["customer_id"],
        "scenario": row["scenario_id"],
        "revision": row["assignment__revision__number"],
        "pi": row["pi"],
        "arm": "treated" if row["is_treated"] else "held",
        "assigned_at": first_at.isoformat(),
        "matured_at": over_at(first_at, DECIDES).isoformat(),
        **{f"outcome_{days}": int(bool(row[f"back_{days}"])) for days in over},
        **{f"value_{days}": min(_number(row, f"value_{days}") * margin / 100, MOST) for days in over},
        "cost": _number(row, f"coupons_{window}") + _number(row, f"sends_{window}") if window in over else None,
    }


def _number(row: Mapping[str, object], name: str) -> int:
    return int(str(row[name]))
