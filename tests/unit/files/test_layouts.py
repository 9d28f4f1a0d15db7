"""Each layout, on rows as its system writes them."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kaeru.connectors.files import layout
from kaeru.connectors.files.columns import Header
from kaeru.connectors.files.errors import FileRefused
from kaeru.connectors.files.reading import OrderFile
from tests.unit.files.samples import orders, put, read, refunds, rejections, row, table

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "order_csv_layouts"
HEADERS = {
    "eccube4": "eccube4_order", "nextengine": "nextengine_order_import", "qoo10": "qoo10_qsm_delivery", "rakuten": "rakuten_rms_order",
    "shopify": "shopify_orders_export",
}  # fmt: skip


@pytest.mark.parametrize("name", layout.names())
def test_it_loads(name: str) -> None:
    assert layout.load(name).order["key"].headers


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_it_finds_every_column_in_the_header_seen_in_the_wild(name: str) -> None:
    path = SHARED / f"{HEADERS[name]}.header.csv"
    if not path.exists():
        pytest.skip(f"LOUD: {path} is not here; the layouts are checked against their samples only")
    header = Header(next(csv.reader([path.read_text("utf-8")])))
    known = layout.load(name)
    columns = {
        **known.order,
        **{f"customer.{k}": c for k, c in known.customer.items()},
        **{f"line.{k}": c for k, c in known.line.items()},
    }
    missing = {field for field, column in columns.items() if header.find(column) is None}
    assert not missing
    assert known.status is None or header.find(known.status)


def test_it_reads_shopify(tmp_path: Path) -> None:
    first = {
        "Name": "#1001", "Email": "a@example.com", "Financial Status": "paid", "Paid at": "2026-11-01 10:00:05 +0900", "Fulfilled at": "",
        "Accepts Marketing": "yes", "Currency": "JPY", "Subtotal": "3960", "Shipping": "500", "Total": "4460", "Discount Code": "WELCOME",
        "Discount Amount": "0", "Created at": "2026-11-01 10:00:00 +0900", "Lineitem quantity": "2", "Lineitem name": "手ぬぐい - 藍",
        "Lineitem price": "1980", "Lineitem sku": "T-1", "Billing Name": "山田 花子", "Phone": "'+819012345678", "Cancelled at": "",
        "Payment Method": "Shopify Payments", "Refunded Amount": "0", "Id": "5001", "Source": "web",
    }  # fmt: skip
    second = {
        "Name": "#1001",
        "Email": "a@example.com",
        "Lineitem quantity": "1",
        "Lineitem name": "急須",
        "Lineitem price": "0",
        "Lineitem sku": "",
    }
    gone = {
        **first,
        "Name": "#1002",
        "Id": "5002",
        "Cancelled at": "2026-11-02 09:00:00 +0900",
        "Refunded Amount": "4460",
    }
    part = {**first, "Name": "#1003", "Id": "5003", "Refunded Amount": "1980"}
    told = read(put(tmp_path, table([first, second, gone, part])), "shopify")
    one, two, three = orders(told)
    assert (one.source_id, one.number, one.total, one.shipping_fee) == ("5001", "#1001", 4460, 500)
    assert [(line.title, line.quantity) for line in one.lines] == [("手ぬぐい - 藍", 2), ("急須", 1)]
    assert (one.placed_at, one.updated_at) == (
        datetime(2026, 11, 1, 1, tzinfo=UTC),
        datetime(2026, 11, 1, 1, 0, 5, tzinfo=UTC),
    )
    assert one.customer is not None
    assert (one.customer.phone, one.customer.accepts_advertising) == ("+819012345678", True)
    assert (one.payment_kind, one.sales_channel, one.coupon_codes) == ("card", "web", ("WELCOME",))
    assert two.cancelled_at == datetime(2026, 11, 2, tzinfo=UTC)
    assert [(slip.order_source_id, slip.amount) for slip in refunds(told)] == [(three.source_id, 1980)]


def test_it_reads_rakuten(tmp_path: Path) -> None:
    base = {
        "注文番号": "123456-20261101-0000100", "ステータス": "発送待ち", "注文日時": "2026-11-01 10:00:00", "発送完了報告日時": "",
        "注文確定日時": "2026-11-01 11:30:00", "支払方法名": "クレジットカード", "商品合計金額": "3960", "送料合計": "660", "合計金額": "4620",
        "クーポン利用総額": "300", "注文者姓": "髙﨑", "注文者名": "花子", "注文者電話番号1": "090", "注文者電話番号2": "1234",
        "注文者電話番号3": "5678",
        "注文者メールアドレス": "x@pc.fw.rakuten.ne.jp", "商品明細ID": "77", "商品名": "手ぬぐい", "商品番号": "t-1", "商品管理番号": "tenugui",
        "単価": "1980", "個数": "2", "項目・選択肢": "色:藍",
    }  # fmt: skip
    told = read(
        put(
            tmp_path,
            table(
                [
                    base,
                    {**base, "注文番号": "2", "ステータス": "キャンセル確定"},
                    {**base, "注文番号": "3", "ステータス": "800"},
                ]
            ),
            "cp932",
        ),
        "rakuten",
    )
    open_, gone, asked = orders(told)
    assert (open_.total, open_.discount, open_.payment_kind, open_.sales_channel) == (4620, 300, "card", "rakuten")
    assert open_.customer is not None
    assert (open_.customer.name, open_.customer.phone) == ("髙﨑 花子", "09012345678")
    assert (open_.lines[0].source_id, open_.lines[0].variant) == ("77", "色:藍")
    assert gone.cancelled_at == datetime(2026, 11, 1, 2, 30, tzinfo=UTC)
    assert asked.cancelled_at is None


def test_it_reads_qoo10_with_carts_lying_apart_and_one_line_cancelled(tmp_path: Path) -> None:
    base = {
        "配送状態": "配送要請(2)", "注文番号": "801", "カート番号": "9001", "送り状番号": "", "発送日": "", "注文日": "2026/11/01 10:00:00",
        "入金日": "2026/11/01 10:05:00", "商品番号": "1", "商品名": "手ぬぐい", "数量": "1", "オプション情報": "色:藍", "通貨": "JPY",
        "販売価格": "1980", "割引額": "100", "注文金額の合計": "1880", "購入者名": "山田花子", "購入者携帯電話番号": "-", "購入者電話番号": "-",
        "販売者商品コード": "T-1",
    }  # fmt: skip
    rows = [
        base,
        {**base, "注文番号": "802", "カート番号": "9002"},
        {**base, "注文番号": "803", "配送状態": "キャンセル完了"},
    ]
    told = read(put(tmp_path, table(rows)), "qoo10")
    by_id = {order.source_id: order for order in orders(told)}
    assert [line.source_id for line in by_id["9001"].lines] == ["801", "803"]
    assert (by_id["9001"].total, by_id["9001"].discount) == (3760, 200)
    assert by_id["9001"].cancelled_at is None
    assert [(slip.source_id, slip.order_source_id, slip.amount) for slip in refunds(told)] == [
        ("9001/803", "9001", 1980)
    ]
    assert by_id["9002"].customer is not None
    assert by_id["9002"].customer.phone == ""


def test_it_reads_next_engine(tmp_path: Path) -> None:
    base = {
        "店舗伝票番号": "N-1", "受注日": "2026/11/01", "受注名": "山田花子", "受注電話番号": "090-1234-5678", "受注メールアドレス": "a@example.com",
        "支払方法": "代金引換", "商品計": "1980", "発送料": "660", "合計金額": "2640", "商品名": "手ぬぐい", "商品コード": "T-1", "商品価格": "1980",
        "受注数量": "1", "出荷済フラグ": "1", "顧客コード": "C1", "受注住所１": "東京都",
    }  # fmt: skip
    (order,) = orders(read(put(tmp_path, table([base]), "cp932"), "nextengine"))
    assert (order.total, order.payment_kind, order.shipped_at) == (2640, "cod", order.placed_at)


def test_it_reads_ec_cube_with_postage_twice_in_the_header(tmp_path: Path) -> None:
    header = (
        "注文ID,注文番号,会員ID,お名前(姓),お名前(名),メールアドレス,小計,値引き,送料,支払合計,対応状況(ID),支払方法(名称),受注日,"
        "注文詳細ID,商品名,商品コード,価格,個数,税率,明細区分(ID),送料,発送日"
    )
    rows = [
        "1,N1,7,髙﨑,花子,a@example.com,2178,0,500,2678,1,銀行振込,2026/11/01 10:00,11,手ぬぐい,T-1,990,2,10,1,450,",
        "1,N1,7,髙﨑,花子,a@example.com,2178,0,500,2678,1,銀行振込,2026/11/01 10:00,12,送料,,455,1,10,2,450,",
        "2,N2,,佐藤,,b@example.com,2178,0,500,2678,3,銀行振込,2026/11/01 10:00,13,手ぬぐい,T-1,990,2,10,1,450,",
        "3,N3,,佐藤,,b@example.com,2178,0,500,2678,9,銀行振込,2026/11/01 10:00,14,手ぬぐい,T-1,990,2,10,1,450,",
    ]
    told = read(put(tmp_path, "\r\n".join([header, *rows]), "cp932"), "eccube4")
    one, two, _ = orders(told)
    assert (one.shipping_fee, one.total, one.number) == (500, 2678, "N1")
    assert [(line.title, line.quantity, line.unit_price) for line in one.lines] == [("手ぬぐい", 2, 1089)]
    assert two.cancelled_at is not None
    assert [(slip.order_source_id, slip.is_cancellation) for slip in refunds(told)] == [("3", False)]
    assert not rejections(told)


def test_it_asks_which_of_two_equal_headers_is_meant(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[order]\nshipping_fee = "送料"\n', "utf-8")
    text = "注文ID,受注日,支払合計,送料,送料,商品名,個数,価格\n1,2026/11/01,100,1,2,x,1,100\n"
    with pytest.raises(FileRefused, match=r"stands 2 times \(columns 4, 5\)"):
        read(put(tmp_path, text), "eccube4", own)
    own.write_text('[order]\nshipping_fee = "送料[2]"\n', "utf-8")
    assert orders(read(put(tmp_path, text), "eccube4", own))[0].shipping_fee == 2


def test_it_lays_the_operators_map_over_a_layout(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[order]\nplaced_at = "購入日"\n[status]\ncancelled = ["やめた"]\n', "utf-8")
    text = table([{**row(), "購入日": "2026-11-05", "status": "やめた"}])
    (order,) = orders(read(put(tmp_path, text), "kaeru", own))
    assert order.placed_at == datetime(2026, 11, 4, 15, tzinfo=UTC)
    assert order.cancelled_at == order.placed_at


def test_it_matches_credit_slips_and_leaves_out_by_rule(tmp_path: Path) -> None:
    names = "InvoiceNo StockCode Description Quantity InvoiceDate UnitPrice CustomerID".split()
    cells = [
        "1 85123A HEART 6 2011-07-01T08:26:00 2.55 17850",
        "1 POST POSTAGE 1 2011-07-01T08:26:00 18 17850",
        "C2 85123A HEART -2 2011-07-02T08:26:00 2.55 17850",
        "A3 85123A debt 1 2011-07-02T08:26:00 -11062.06",
        "4 85123A lost -9 2011-07-02T08:26:00 0",
    ]
    rows = [dict(zip(names, line.split(), strict=False)) for line in cells]
    map_file = Path(__file__).parents[3] / "examples" / "online_retail.toml"
    file = OrderFile(put(tmp_path, table(rows)), layout.load("kaeru", map_file), currency="JPY")
    told = list(file)
    (order,), (slip,) = orders(told), refunds(told)
    assert (order.total, order.currency, order.placed_at) == (1530, "GBP", datetime(2011, 7, 1, 7, 26, tzinfo=UTC))
    assert (slip.source_id, slip.order_source_id, slip.amount, slip.lines[0].sku, slip.lines[0].quantity) == (
        "C2",
        "",
        510,
        "85123A",
        2,
    )
    assert slip.customer is not None
    assert slip.customer.source_id == "17850"
    assert sum(file.tally.left_out.values()) == 3
    assert not rejections(told)


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[order\n", "cannot be read"), ("[order]\nwhen = 'x'\n", "no field when"), ("colour = 'red'\n", "'colour' is not known"),
        ("[order]\nkey = 5\n", "order.key"), ("time_zone = 'Mars/Olympus'\n", "time zone"), ("[status]\nlost = ['x']\n", "status has lost"),
        ("[[leave_out]]\ncolumn = 'a'\n", "leave_out"), ("[[leave_out]]\ncolumn = 'a'\nmatches = '('\n", "leave_out"),
    ],
)  # fmt: skip
def test_it_says_what_is_wrong_with_a_map(tmp_path: Path, toml: str, says: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(toml, "utf-8")
    with pytest.raises(FileRefused, match=says):
        layout.load("kaeru", path)


def test_it_knows_no_other_layout() -> None:
    with pytest.raises(FileRefused, match="known are eccube4, kaeru"):
        layout.load("amazon")
