"""The real file: half a million lines, and the figures that are known of it (facts B1 and B2)."""

from pathlib import Path

import pytest

from kaeru.cancellations.reports import Rate, cancellation_rate
from kaeru.cancellations.repurchase import repurchase
from kaeru.connectors.files import layout
from kaeru.connectors.files.importing import import_orders
from kaeru.core import events, scope
from kaeru.orders.models import RefundLine
from tests import builders

ROOT = Path(__file__).parents[3]
FILE = ROOT.parent / "shared" / "data" / "online_retail" / "online_retail.csv.gz"


def percent(row: Rate) -> float:
    return round(100 * row.cancelled / row.orders, 2)


@pytest.mark.only_on("sqlite")  # half a million rows: once is enough
def test_it_gives_the_known_figures(db: None) -> None:
    if not FILE.exists():
        pytest.skip(f"LOUD: {FILE} is not here; the figures of the reports were not checked")
    shop = builders.shop(builders.organization(), currency="GBP", timezone="Europe/London")
    told = import_orders(shop, FILE, layout.load("kaeru", ROOT / "examples" / "online_retail.toml"), actor="test")
    while events.deliver(1000):
        pass
    assert (told.rows, told.accepted, sum(told.left_out.values()), told.rejected) == (541_909, 536_429, 5_480, 0)
    assert (told.orders["created"], told.cancellations) == (19_773, 3_422)
    with scope.organization(shop.organization_id):
        figures = {
            count: percent(cancellation_rate(shop, count=count).rows[0])
            for count in ("requests", "orders_any", "orders_full", "lines", "value")
        }
        assert figures == {"requests": 17.31, "orders_any": 17.12, "orders_full": 0.66, "lines": 1.65, "value": 4.66}
        assert [percent(cancellation_rate(shop, count="orders_any", within=days).rows[0]) for days in (1, 7)] == [
            1.97,
            8.01,
        ]
        assert percent(cancellation_rate(shop, count="orders_full", within=1).rows[0]) == 0.36
        months = cancellation_rate(shop, by_month=True).rows
        assert [percent(row) for row in months] == [
            19.42,
            22.85,
            17.47,
            19.51,
            17.81,
            16.01,
            19.61,
            16.25,
            17.92,
            16.45,
            15.36,
            14.39,
            16.79,
        ]
        of_known = RefundLine.objects.filter(refund__customer__isnull=False)
        assert round(100 * of_known.filter(order_line__isnull=False).count() / of_known.count(), 1) == 86.5
        returns = {
            of: [round(100 * (window.rate or 0), 1) for window in repurchase(shop, [1, 7, 30, 90], of).windows]
            for of in ("any", "first", "orders", "never_cancelled")
        }
    assert returns == {
        "any": [18.6, 30.2, 53.2, 77.1], "first": [14.4, 21.9, 39.5, 67.1], "orders": [9.8, 19.4, 45.2, 72.8],
        "never_cancelled": [4.8, 8.5, 24.7, 51.6],
    }  # fmt: skip
