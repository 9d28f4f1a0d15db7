"""Stock that was told, prices of new orders: what cannot be right is found, told to the staff once, and settled."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from kaeru.connectors.files.errors import FileRefused
from kaeru.core import clock, scope
from kaeru.marketplaces.checks import actions, queries
from kaeru.marketplaces.checks.actions import Kept, StockRecord, tell_stock
from kaeru.marketplaces.checks.importing import import_stock
from kaeru.marketplaces.models import Discrepancy, Stock
from kaeru.orders.actions import mirror
from kaeru.orders.rules import LineRecord, OrderRecord
from kaeru.tenants.models import Shop
from kaeru.worker import registry
from tests.cast import Cast
from tests.integration.marketplaces.parcel_stage import later, letters, mall, shop, terms, wednesday
from tests.smtp import Catcher

__all__ = ["mall", "shop", "wednesday"]
AOI = "member:1"
_number = iter(range(10_000))


def sell(shop: Shop, price: int = 1980, *, sku: str = "sku-1", pieces: int = 1, **fields: Any) -> None:
    """An order that was just placed, a minute after whatever was before."""
    later(minutes=1)
    line = LineRecord("藍染めの手ぬぐい", pieces, price, "l1", sku, "p1", "v1")
    known: dict[str, Any] = {
        "placed_at": clock.now() - timedelta(seconds=1), "updated_at": clock.now(), "currency": "JPY", "total": price * pieces,
    }  # fmt: skip
    mirror(shop, [OrderRecord(f"s{next(_number)}", lines=(line,), **{**known, **fields})])
    registry.drain()


def open_ones(*shops: Shop) -> list[tuple[str, str]]:
    return [(row.kind, row.why) for row in queries.open_ones([one.id for one in shops])]


def test_it_stops_a_wrong_price_at_the_first_order(shop: Shop, inbox: Catcher) -> None:
    for _ in range(6):
        sell(shop)
    assert open_ones(shop) == []
    sell(shop, 198)
    sell(shop, 198)
    assert open_ones(shop) == [("price", "digit_missing")]
    [letter] = letters(inbox)
    assert "価格の桁が足りない可能性があります" in letter.subject
    assert "198円" in letter.text and "1,980円" in letter.text
    assert letter.to == "aoi@example.com"


def test_it_does_not_repeat_what_a_person_has_seen_to(shop: Shop, inbox: Catcher) -> None:
    for price in (1980,) * 6 + (198,):
        sell(shop, price)
    [row] = queries.open_ones([shop.id])
    assert actions.settle(row.id, actor=AOI)
    assert not actions.settle(row.id, actor=AOI)
    sell(shop, 198)
    assert open_ones(shop) == []
    sell(shop, 98)
    assert open_ones(shop) == [("price", "far_below")]


def test_it_minds_the_cost_that_was_told(shop: Shop) -> None:
    tell_stock(shop, [StockRecord("sku-1", cost=2500)], actor=AOI)
    sell(shop, 1980)
    assert open_ones(shop) == [("price", "below_cost")]


def test_it_looks_at_a_shown_price_before_anybody_orders(shop: Shop) -> None:
    for _ in range(6):
        sell(shop)
    assert tell_stock(shop, [StockRecord("sku-1", price=198)], actor=AOI).discrepancies == 1
    [row] = queries.open_ones([shop.id])
    assert (row.title, row.detail["loss"]) == ("藍染めの手ぬぐい", 1782)


def test_it_leaves_the_past_alone(shop: Shop) -> None:
    for _ in range(6):
        sell(shop)
    line = LineRecord("藍染めの手ぬぐい", 1, 198, "l1", "sku-1")
    old = clock.now() - timedelta(days=400)
    mirror(shop, [OrderRecord("old", old, old, "JPY", 198, (line,))], is_history=True)
    registry.drain()
    assert open_ones(shop) == []


# --- stock -------------------------------------------------------------------------------------------------------------


def test_it_finds_channels_that_do_not_agree(shop: Shop, mall: Shop, inbox: Catcher) -> None:
    tell_stock(mall, [StockRecord("sku-1", 10)], actor=AOI)
    later(hours=1)
    assert tell_stock(shop, [StockRecord("sku-1", 3)], actor=AOI).discrepancies == 1
    [row] = queries.open_ones([shop.id, mall.id])
    assert (row.shop_id, row.why, row.detail["pieces"]) == (mall.id, "shows_more", 7)
    registry.drain()
    assert "表示 10、実際 3" in letters(inbox)[0].text
    later(minutes=1)
    tell_stock(mall, [StockRecord("sku-1", 3)], actor=AOI)
    assert open_ones(shop, mall) == []
    assert Discrepancy.objects.get().settled_by == "check"


def test_it_counts_what_all_channels_sell(shop: Shop, mall: Shop) -> None:
    tell_stock(shop, [StockRecord("sku-1", 2)], actor=AOI)
    sell(shop, pieces=1)
    sell(mall, pieces=1)
    assert open_ones(shop, mall) == [("stock", "shows_more")], "both are sold, and the own shop still shows one"
    sell(mall, pieces=2)
    assert open_ones(shop, mall) == [("stock", "oversold")]


def test_it_lets_a_shop_have_a_shelf_of_its_own(shop: Shop, mall: Shop) -> None:
    terms(mall, shares_stock=False)
    tell_stock(mall, [StockRecord("sku-1", 50)], actor=AOI)
    later(minutes=1)
    tell_stock(shop, [StockRecord("sku-1", 0)], actor=AOI)
    assert open_ones(shop, mall) == []
    sell(mall, pieces=51)
    assert open_ones(shop, mall) == [("stock", "oversold")]


def test_it_gives_the_pieces_of_a_cancelled_order_back(shop: Shop) -> None:
    tell_stock(shop, [StockRecord("sku-1", 1)], actor=AOI)
    sell(shop, pieces=2)
    assert open_ones(shop) == [("stock", "oversold")]
    line = LineRecord("藍染めの手ぬぐい", 2, 1980, "l1", "sku-1", "p1", "v1")
    name = f"s{next(_number) - 1}"
    later(minutes=1)
    told = OrderRecord(name, clock.now(), clock.now(), "JPY", 3960, (line,), cancelled_at=clock.now())
    mirror(shop, [told])
    registry.drain()
    assert open_ones(shop) == []


def test_it_keeps_the_newest_count(shop: Shop) -> None:
    now = clock.now()
    assert tell_stock(shop, [StockRecord("a", 5), StockRecord("a", 3)], actor=AOI) == Kept(kept=1)
    assert tell_stock(shop, [StockRecord("a", 9, told_at=now - timedelta(days=1))], actor=AOI) == Kept(stale=1)
    later(minutes=1)
    tell_stock(shop, [StockRecord("a", cost=700)], actor=AOI)
    row = Stock.objects.get()
    assert (row.quantity, row.cost, row.told_at) == (3, 700, now)


def test_it_takes_a_list_as_it_takes_one(shop: Shop, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for first, count in ((0, 1), (1000, 400)):
        told = [StockRecord(f"sku-{first + number}", number, 100, 200) for number in range(count)]
        with django_assert_max_num_queries(18):
            assert tell_stock(shop, told, actor=AOI).kept == count


def test_it_shows_chika_nothing(cast: Cast, shop: Shop) -> None:
    tell_stock(shop, [StockRecord("sku-1", 0)], actor=AOI)
    sell(shop)
    with scope.organization(cast.other_organization.id):
        tell_stock(cast.other_shop, [StockRecord("sku-1", 5)], actor=AOI)
        assert open_ones(shop, cast.other_shop) == []


# --- files ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp932"])
def test_it_reads_a_list_of_stock(shop: Shop, tmp_path: Path, codec: str) -> None:
    file = tmp_path / "zaiko.csv"
    text = '商品コード,商品名,在庫数,原価,販売価格\nA-1,髙級手ぬぐい,"1,200",￥900,1980円\nA-2,皿,０,,\n,名無し,3,,\nA-3,壺,たくさん,,\n'
    file.write_bytes(text.encode(codec))
    told = import_stock(shop, file, actor=AOI)
    assert (told.rows, told.kept, told.rejected) == (4, 2, 2)
    assert [one.line for one in told.rejections] == [4, 5]
    rows = {row.sku: (row.quantity, row.cost, row.price) for row in Stock.objects.all()}
    assert rows == {"A-1": (1200, 900, 1980), "A-2": (0, None, None)}


def test_it_refuses_a_file_that_is_no_list_of_stock(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("name,colour\na,b\n")
    with pytest.raises(FileRefused) as refused:
        import_stock(shop, file, actor=AOI)
    assert refused.value.code == "columns_missing"
