"""Importing: everything once, nothing twice, and nobody is written to."""

from pathlib import Path
from typing import Any

import pytest

from kaeru.cancellations.models import CancellationRequest
from kaeru.connectors.files import importing, layout
from kaeru.connectors.files.importing import ImportReport, import_orders
from kaeru.connectors.models import ImportRun
from kaeru.core import events, scope
from kaeru.core.models import AuditEntry, Event
from kaeru.customers.models import Customer
from kaeru.messages.models import Message
from kaeru.orders import actions as orders
from kaeru.orders.models import Order, OrderLine, Refund, RefundLine
from kaeru.orders.refunds import mirror_refunds
from kaeru.orders.rules import RefundRecord
from kaeru.scenarios.models import Enrollment
from kaeru.tenants.models import Shop
from tests.cast import Cast
from tests.unit.files.samples import put, row, table

RETAIL = Path(__file__).parents[3] / "examples" / "online_retail.toml"


def take(shop: Shop, path: Path, name: str = "kaeru", map_file: Path | None = None, **options: bool) -> ImportReport:
    report = import_orders(shop, path, layout.load(name, map_file), actor="test", **options)  # type: ignore[arg-type]
    while events.deliver(1000):
        pass
    return report


@pytest.fixture(autouse=True)
def _inside(cast: Cast):  # type: ignore[no-untyped-def]
    with scope.organization(cast.organization.id):
        yield


def rows(*keys: str, **cells: str) -> str:
    return table([row(key, **cells) for key in keys])


def test_it_imports_orders_with_lines_and_buyers(cast: Cast, tmp_path: Path) -> None:
    text = table(
        [
            row(title="髙﨑①㈱ 𠮷"),
            row(sku="KYUSU", quantity="1"),
            row("1002", customer_email="mei@example.com", total="９，８００"),
        ]
    )
    report = take(cast.kotori, put(tmp_path, text))
    assert report.as_json()["orders"] == {"created": 2, "updated": 0, "unchanged": 0, "stale": 0}
    assert (report.rows, report.accepted, report.rejected) == (3, 3, 0)
    first, second = Order.objects.order_by("source_id")
    assert (first.total, second.total, first.is_history) == (5940, 9800, True)
    assert list(OrderLine.objects.filter(order=first).order_by("position").values_list("title", "sku", "quantity")) == [
        ("髙﨑①㈱ 𠮷", "TENUGUI-1", 2), ("藍染めの手ぬぐい", "KYUSU", 1),
    ]  # fmt: skip
    assert Customer.objects.count() == 2


def test_it_imports_nothing_twice(cast: Cast, tmp_path: Path) -> None:
    path = put(tmp_path, rows("1", "2", "3") + rows("4", status="cancelled").split("\r\n", 1)[1])
    take(cast.kotori, path)
    before = (
        Order.objects.count(),
        OrderLine.objects.count(),
        CancellationRequest.objects.count(),
        Customer.objects.count(),
    )
    report = take(cast.kotori, path)
    assert report.as_json()["orders"] == {"created": 0, "updated": 0, "unchanged": 4, "stale": 0}
    assert before == (4, 4, 1, 1)
    assert (
        Order.objects.count(),
        OrderLine.objects.count(),
        CancellationRequest.objects.count(),
        Customer.objects.count(),
    ) == before


def test_it_updates_what_changed_since(cast: Cast, tmp_path: Path) -> None:
    take(cast.kotori, put(tmp_path, rows("1", "2")))
    report = take(cast.kotori, put(tmp_path, rows("1") + rows("2", status="cancelled").split("\r\n", 1)[1]))
    assert report.as_json()["orders"] == {"created": 0, "updated": 1, "unchanged": 1, "stale": 0}
    assert CancellationRequest.objects.get().order == Order.objects.get(source_id="2")


def test_it_writes_nothing_in_a_dry_run(cast: Cast, tmp_path: Path) -> None:
    take(cast.kotori, put(tmp_path, rows("1", "2")))
    before = (Order.objects.count(), Event.objects.count(), ImportRun.objects.count(), AuditEntry.objects.count())
    report = take(
        cast.kotori,
        put(
            tmp_path,
            rows("1") + rows("2", title="new", quantity="3").split("\r\n", 1)[1] + rows("3").split("\r\n", 1)[1],
        ),
        dry_run=True,
    )
    assert report.as_json()["orders"] == {"created": 1, "updated": 1, "unchanged": 1, "stale": 0}
    assert (
        Order.objects.count(),
        Event.objects.count(),
        ImportRun.objects.count(),
        AuditEntry.objects.count(),
    ) == before
    assert not OrderLine.objects.filter(title="new").exists()


def test_it_never_writes_to_anybody(cast: Cast, tmp_path: Path) -> None:
    take(cast.kotori, put(tmp_path, rows("1", "2", status="cancelled", accepts_advertising="yes")))
    assert CancellationRequest.objects.filter(is_history=True).count() == 2
    assert not Enrollment.objects.exists()
    assert not Message.objects.exists()


def test_it_stays_within_its_shop_and_organization(cast: Cast, tmp_path: Path) -> None:
    path = put(tmp_path, rows("1"))
    take(cast.kotori, path)
    with scope.organization(cast.other_organization.id):
        take(cast.other_shop, path)
        assert Order.objects.get().shop == cast.other_shop
    assert Order.objects.get().shop == cast.kotori


def test_it_keeps_going_past_bad_rows_and_keeps_the_report(cast: Cast, tmp_path: Path) -> None:
    path = put(tmp_path, rows("1", "2") + '3,"never closed\r\n' + rows("4").split("\r\n", 1)[1])
    report = take(cast.kotori, path)
    assert [(bad.line, bad.code) for bad in report.rejections] == [(4, "unclosed_quote")]
    assert sorted(Order.objects.values_list("source_id", flat=True)) == ["1", "2", "4"]
    run = ImportRun.objects.get()
    assert run.report["rejections"][0]["line"] == 4
    assert (run.file_name, run.layout, run.finished_at is not None) == ("orders.csv", "kaeru", True)


def test_it_writes_in_batches_that_stay_when_a_later_one_fails(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LINES_AT_ONCE", 4)
    path = put(tmp_path, rows(*(str(number) for number in range(10))))
    told = orders.mirror
    calls = []

    def fails_later(*args: Any, **options: Any) -> object:
        calls.append(1)
        if len(calls) == 4:
            raise RuntimeError("the power went")
        return told(*args, **options)

    monkeypatch.setattr(orders, "mirror", fails_later)
    with pytest.raises(RuntimeError):
        take(cast.kotori, path)
    assert Order.objects.count() == 6
    monkeypatch.setattr(orders, "mirror", told)
    assert take(cast.kotori, path).as_json()["orders"] == {"created": 4, "updated": 0, "unchanged": 6, "stale": 0}


def retail(*lines: str) -> str:
    return (
        "\n".join(["InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country", *lines]) + "\n"
    )


def test_it_matches_credit_slips_to_the_latest_purchase_with_enough_left(cast: Cast, tmp_path: Path) -> None:
    path = put(
        tmp_path,
        retail(
            "C9,11111,CUP,-2,2011-03-04 09:00,1.00,7,UK",  # before the orders in the file, after them in time
            "1,11111,CUP,6,2011-03-01 09:00,1.00,7,UK",
            "2,11111,CUP,3,2011-03-02 09:00,1.00,7,UK",
            "3,11111,CUP,9,2011-03-03 09:00,1.00,8,UK",
            "4,11111,CUP,9,2011-03-09 09:00,1.00,7,UK",
            "C10,11111,CUP,-2,2011-03-05 09:00,1.00,7,UK",  # only 1 left of invoice 2
            "C11,11111,CUP,-5,2011-03-06 09:00,1.00,7,UK",  # only 4 left of invoice 1
            "C12,11111,CUP,-1,2011-03-06 09:00,1.00,,UK",  # nobody
        ),
    )
    report = take(cast.kotori, path, map_file=RETAIL)
    assert report.cancellations == 4
    assert report.refunds == {"created": 4, "unchanged": 0, "lines_matched": 2, "lines_unmatched": 2}
    matched = RefundLine.objects.order_by("refund__source_id").values_list(
        "refund__source_id", "order_line__order__source_id"
    )
    assert dict(matched) == {"C9": "2", "C10": "1", "C11": None, "C12": None}
    again = take(cast.kotori, path, map_file=RETAIL)
    assert again.refunds["unchanged"] == 4
    assert Refund.objects.count() == CancellationRequest.objects.count() == 4


def test_it_remembers_what_earlier_imports_gave_back(cast: Cast, tmp_path: Path) -> None:
    take(
        cast.kotori,
        put(tmp_path, retail("1,11111,CUP,3,2011-03-01 09:00,1.00,7,UK", "C2,11111,CUP,-2,2011-03-04 09:00,1.00,7,UK")),
        map_file=RETAIL,
    )
    report = take(cast.kotori, put(tmp_path, retail("C3,11111,CUP,-2,2011-03-05 09:00,1.00,7,UK")), map_file=RETAIL)
    assert report.refunds["lines_unmatched"] == 1


def test_it_takes_texts_that_a_database_might_choke_on(cast: Cast, tmp_path: Path) -> None:
    nasty = "{{ x }} <b>\t\\N \\. 'quoted' \"double\" %s 😀 ﾃﾇｸﾞｲ"
    take(cast.kotori, put(tmp_path, table([row(title=nasty, customer_name=nasty, number="\\N")])))
    assert OrderLine.objects.get().title == nasty


def test_it_takes_the_same_money_back_only_once(cast: Cast, tmp_path: Path) -> None:
    cells = {
        "Name": "#1",
        "Id": "51",
        "Created at": "2026-11-01 10:00:00 +0900",
        "Total": "3960",
        "Currency": "JPY",
        "Refunded Amount": "1980",
    }
    cells |= {"Lineitem name": "手ぬぐい", "Lineitem quantity": "2", "Lineitem price": "1980", "Email": "a@example.com"}
    first = table([cells | {"Refunded Amount": "0"}])
    take(cast.kotori, put(tmp_path, first), "shopify")
    record = RefundRecord("r1", Order.objects.get().placed_at, "JPY", 1980, order_source_id="51")
    mirror_refunds(cast.kotori, [record])
    take(cast.kotori, put(tmp_path, table([cells, cells | {"Name": "#2", "Id": "52"}])), "shopify")
    assert sorted(Refund.objects.values_list("source_id", flat=True)) == ["52/refunded", "r1"]
