"""A whole file becomes orders: grouped, complete, and nothing silently lost."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaeru.connectors.files import layout, reading, survey
from kaeru.connectors.files.errors import FileRefused
from kaeru.connectors.files.reading import OrderFile
from tests.unit.files.samples import orders, put, read, refunds, rejections, row, table


def test_it_reads_kaerus_own_layout(tmp_path: Path) -> None:
    rows = [
        row(
            total="4960",
            shipping_fee="500",
            discount="500",
            coupon="KAERU-1",
            payment="クレジットカード",
            customer_id="c7",
            number="",
        ),
        row(
            title="急須 ① 髙﨑𠮷",
            sku="",
            quantity="１",
            unit_price="￥1,000",
            total="",
            placed_at="",
            customer_email="",
        ),
        row(
            "1002",
            status="キャンセル",
            cancelled_at="2026/11/03 09:00",
            cancel_reason="間違えて注文した",
            cancel_side="customer",
        ),
    ]
    first, second = orders(read(put(tmp_path, table(rows))))
    assert [(line.title, line.quantity, line.unit_price) for line in first.lines] == [
        ("藍染めの手ぬぐい", 2, 1980), ("急須 ① 髙﨑𠮷", 1, 1000),
    ]  # fmt: skip
    assert (first.total, first.shipping_fee, first.discount, first.coupon_codes) == (4960, 500, 500, ("KAERU-1",))
    assert first.placed_at == datetime(2026, 11, 2, 1, 15, tzinfo=UTC)
    assert first.payment_kind == "card"
    assert first.customer is not None
    assert (first.customer.source_id, first.customer.email) == ("c7", "hanako@example.com")
    assert second.cancelled_at == second.updated_at == datetime(2026, 11, 3, 0, 0, tzinfo=UTC)
    assert (second.cancel_reason, second.cancel_side) == ("間違えて注文した", "customer")
    assert second.total == 3960


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("name", ["orders.csv", "orders.csv.gz"])
def test_it_reads_every_encoding_delimiter_and_packing(
    tmp_path: Path, encoding: str, delimiter: str, name: str
) -> None:
    text = table([row(title="髙﨑①㈱の急須"), row("1002")], delimiter=delimiter)
    told = read(put(tmp_path, text, encoding, name))
    assert [order.lines[0].title for order in orders(told)] == ["髙﨑①㈱の急須", "藍染めの手ぬぐい"]
    assert not rejections(told)


@given(st.permutations([str(number) for number in (1, 1, 1, 2, 2, 3, 4, 4)]))
@settings(max_examples=50)
def test_it_completes_orders_whose_rows_lie_apart(tmp_path_factory: pytest.TempPathFactory, keys: list[str]) -> None:
    rows = [row(key, sku=f"s{place}", quantity="1", unit_price="100") for place, key in enumerate(keys)]
    told = orders(read(put(tmp_path_factory.mktemp("files"), table(rows))))
    assert {order.source_id: [line.sku for line in order.lines] for order in told} == {
        key: [f"s{place}" for place, each in enumerate(keys) if each == key] for key in keys
    }
    assert len(told) == 4


def test_it_completes_orders_even_when_too_many_lie_apart_to_remember(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "MOST_SCATTERED", 3)
    rows = [row(str(number), sku=str(turn)) for turn in range(3) for number in range(10)]
    told = orders(read(put(tmp_path, table(rows))))
    assert sorted(order.source_id for order in told) == [str(number) for number in range(10)]
    assert all([line.sku for line in order.lines] == ["0", "1", "2"] for order in told)


def test_it_rejects_the_whole_order_with_its_bad_row(tmp_path: Path) -> None:
    rows = [row(), row(quantity="two"), row(), row("1002")]
    told = read(put(tmp_path, table(rows)))
    assert [(bad.line, bad.code) for bad in rejections(told)] == [
        (2, "order_rejected"),
        (3, "number"),
        (4, "order_rejected"),
    ]
    assert [order.source_id for order in orders(told)] == ["1002"]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"placed_at": ""}, "moment"), ({"placed_at": "02/11/2026"}, "moment"), ({"unit_price": "19.80"}, "money"),
        ({"title": "x" * 100_000}, "too_long"), ({"accepts_advertising": "perhaps"}, "yes_no"), ({"currency": "ドル"}, "currency"),
        ({"status": "キャンセルかも"}, "status"), ({"cancel_side": "weather"}, "cancel_side"), ({"order_id": " "}, "no_order_number"),
    ],
)  # fmt: skip
def test_it_says_what_is_wrong_with_a_row(tmp_path: Path, cells: dict[str, str], code: str) -> None:
    told = read(put(tmp_path, table([row("1000"), {**row(), **cells}])))
    assert [(bad.line, bad.code) for bad in rejections(told)] == [(3, code)]


def test_it_takes_a_note_of_a_hundred_thousand_characters(tmp_path: Path) -> None:
    told = read(put(tmp_path, table([row(memo="長い" * 50_000), row("1002")])))
    assert len(orders(told)) == 2


def test_it_warns_of_states_it_does_not_know(tmp_path: Path) -> None:
    file = OrderFile(put(tmp_path, table([row(status="梱包中")])), layout.load("kaeru"), currency="JPY")
    assert len(orders(list(file))) == 1
    assert file.warnings == {"unknown state '梱包中': taken as open": 1}


def test_it_counts_every_row_once(tmp_path: Path) -> None:
    text = table([row(), row(quantity="x"), row("1002"), row("1003", title="late")]) + "too,short\r\n" + '"open\r\n'
    file = OrderFile(put(tmp_path, text), layout.load("kaeru"), currency="JPY")
    told = list(file)
    tally = file.tally
    assert (tally.rows, tally.accepted, tally.rejected) == (6, 2, 4)
    assert len(rejections(told)) == 4
    assert file.survey.rows == 6


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a,b\n1,2\n", "wrong_layout"), ("order_id,title\n1,x\n", "columns_missing"), ("placed_at,unit_price\n1,x\n", "columns_missing"),
        ("order_id,placed_at,unit_price,unit_price\n", "duplicate_header"), ("", "wrong_layout"), ("\n\n\n", "wrong_layout"),
    ],
)  # fmt: skip
def test_it_refuses_a_file_of_another_layout(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read(put(tmp_path, text))
    assert refused.value.code == code


def test_it_does_not_mind_doubled_headers_that_nobody_needs(tmp_path: Path) -> None:
    text = "order_id,placed_at,memo,memo,title,unit_price,quantity\n1,2026-11-02,a,b,x,100,1\n"
    assert len(orders(read(put(tmp_path, text)))) == 1


def test_it_gives_back_nothing_of_an_order_cancelled_whole(tmp_path: Path) -> None:
    told = read(put(tmp_path, table([row(status="cancelled"), row(status="")])))
    assert orders(told)[0].cancelled_at is not None
    assert refunds(told) == []


def test_it_limits_the_rows_of_one_order(tmp_path: Path) -> None:
    told = read(put(tmp_path, table([row(quantity="1")] * 10_005)))
    assert [bad.code for bad in rejections(told)] == ["order_too_large"] * 5
    assert len(orders(told)[0].lines) == 10_000


def test_it_limits_what_one_order_may_hold_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_CHARACTERS", 30_000)
    told = read(put(tmp_path, table([row(memo="x" * 900)] * 50)))
    assert [bad.code for bad in rejections(told)] == ["order_too_large"] * (50 - len(orders(told)[0].lines))
    assert 16 <= len(orders(told)[0].lines) <= 48


def test_it_rejects_rows_whose_rule_cannot_read_its_cell(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[[leave_out]]\ncolumn = "quantity"\nbelow = 1\n[credit_slip]\ncolumn = "quantity"\nbelow = 0\n', "utf-8"
    )
    told = read(put(tmp_path, table([row(quantity="x"), row("1002"), row("1003", quantity="0")])), "kaeru", own)
    assert [(bad.line, bad.code) for bad in rejections(told)] == [(2, "number")]
    assert [order.source_id for order in orders(told)] == ["1002"]
