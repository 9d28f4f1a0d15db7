"""Lists of a mall without a connection: orders and cancellations by file, columns named once, and the standing from them alone."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kaeru.cancellations.models import CancellationRequest
from kaeru.cli.commands import app
from kaeru.connectors.models import FileMap
from kaeru.core import scope
from kaeru.messages.models import Message
from kaeru.orders.models import Order, Refund
from tests.cast import Cast

HEADER = "配送状態,注文番号,カート番号,発送日,注文日,入金日,お届け希望日,発送予定日,商品番号,商品名,数量,販売価格,注文金額の合計,購入者名"
COLUMNS = [
    "--column",
    "key=注文番号",
    "--column",
    "cancelled_at=キャンセル完了日時",
    "--column",
    "cancel_side=区分",
    "--column",
    "cancel_reason=理由",
]
SIDES = ["--side", "shop=販売者都合", "--side", "customer=購入者都合"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["import", *map(str, arguments)])


def orders(folder: Path) -> Path:
    """A hundred carts of one line, and one of two, as QSM writes them (Shift_JIS)."""
    rows = [
        f"配送要請,{900 + n},{n},,2026/11/02 10:00:00,2026/11/02 10:05:00,,2026/11/06,55,手ぬぐい,1,1980,1980,山田"
        for n in range(100)
    ]
    rows += [
        f"配送要請,{line},500,,2026/11/02 10:00:00,2026/11/02 10:05:00,2026/11/09,2026/11/06,56,風呂敷,1,900,900,山田"
        for line in (1500, 1501)
    ]
    path = folder / "orders.csv"
    path.write_bytes("\r\n".join([HEADER, *rows, ""]).encode("cp932"))
    return path


def cancels(folder: Path, rows: list[str], name: str = "cancels.csv") -> Path:
    path = folder / name
    path.write_bytes("\r\n".join(["注文番号,キャンセル完了日時,区分,理由", *rows, ""]).encode("cp932"))
    return path


@pytest.fixture
def told(cast: Cast, tmp_path: Path) -> Path:
    assert run("orders", orders(tmp_path), "--shop", "kotori", "--layout", "qoo10").exit_code == 0
    return tmp_path


def test_it_reads_what_qsm_knows_of_an_order(cast: Cast, told: Path) -> None:
    with scope.organization(cast.organization.id):
        order = Order.objects.get(source_id="500")
        assert order.paid_at is not None and order.paid_at.isoformat() == "2026-11-02T01:05:00+00:00"
        assert (str(order.dispatch_by), str(order.wished_on), order.mall_state) == (
            "2026-11-06",
            "2026-11-09",
            "配送要請",
        )


def test_it_stands_on_imports_alone(cast: Cast, told: Path) -> None:
    rows = [
        f"{900 + n},2026/11/02 {'15:59:59' if n < 2 else '16:00:01'},{'販売者都合' if n % 2 else '購入者都合'},在庫なし"
        for n in range(10)
    ]
    done = run("cancellations", cancels(told, rows), "--shop", "kotori", *COLUMNS, *SIDES, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["orders"] == {"cancelled": 10, "known": 0, "in_part": 0}
    shown = CliRunner().invoke(
        app, ["standing", "--shop", "kotori", "--programme", "qoo10", "--on", "2026-12-01", "--json"]
    )
    month = json.loads(shown.stdout)["judged"][0]
    assert (month["counted"], month["orders"], month["stage"]) == (8, 101, "warning"), (
        "two were cancelled within six hours"
    )
    others = {one["definition"]: one["judged"][0]["counted"] for one in json.loads(shown.stdout)["other_definitions"]}
    assert (others["shop_side"], others["everything"]) == (4, 10)
    with scope.organization(cast.organization.id):
        assert not Message.objects.exists(), "a list is history: nobody is written to"
        assert set(CancellationRequest.objects.values_list("is_history", flat=True)) == {True}


def test_it_remembers_the_columns(cast: Cast, told: Path) -> None:
    first = cancels(told, ["900,2026/11/03 10:00:00,販売者都合,"])
    assert run("cancellations", first, "--shop", "kotori").exit_code == 2, "nobody has named the columns yet"
    assert run("cancellations", first, "--shop", "kotori", *COLUMNS, *SIDES).exit_code == 0
    again = run(
        "cancellations",
        cancels(told, ["901,2026/11/04 10:00:00,購入者都合,"], "second.csv"),
        "--shop",
        "kotori",
        "--json",
    )
    assert (again.exit_code, json.loads(again.stdout)["orders"]["cancelled"]) == (0, 1)
    with scope.organization(cast.organization.id):
        assert FileMap.objects.count() == 1
        assert Order.objects.get(source_id="1").cancel_side == "customer"
    other = told / "other.csv"
    other.write_text("受注番号,取消日\n900,2026/11/04\n", "utf-8")
    assert run("cancellations", other, "--shop", "kotori").exit_code == 2, "other columns are not guessed"


def test_it_changes_nothing_the_second_time_and_is_not_undone(cast: Cast, told: Path) -> None:
    path = cancels(told, ["900,2026/11/03 10:00:00,販売者都合,在庫なし"])
    for known in (0, 1):
        done = run("cancellations", path, "--shop", "kotori", *COLUMNS, *SIDES, "--json")
        assert json.loads(done.stdout)["orders"]["known"] == known
    assert run("orders", orders(told), "--shop", "kotori", "--layout", "qoo10").exit_code == 0
    with scope.organization(cast.organization.id):
        order = Order.objects.get(source_id="0")
        assert order.cancelled_at is not None
        assert (order.cancel_side, order.cancel_reason) == ("shop", "在庫なし")
        assert CancellationRequest.objects.count() == 1


def test_it_takes_lines_of_an_order_as_slips_until_all_are_gone(cast: Cast, told: Path) -> None:
    one = ["1500,2026/11/03 10:00:00,購入者都合,"]
    done = run("cancellations", cancels(told, one), "--shop", "kotori", *COLUMNS, *SIDES, "--json")
    assert json.loads(done.stdout)["orders"] == {"cancelled": 0, "known": 0, "in_part": 1}
    both = [*one, "1501,2026/11/05 10:00:00,購入者都合,"]
    done = run("cancellations", cancels(told, both, "both.csv"), "--shop", "kotori", "--json")
    assert json.loads(done.stdout)["orders"]["cancelled"] == 1
    with scope.organization(cast.organization.id):
        assert Refund.objects.count() == 1
        assert Order.objects.get(source_id="500").cancelled_at is not None


def test_it_rejects_what_it_does_not_understand_and_takes_the_rest(cast: Cast, told: Path) -> None:
    rows = [
        "900,2026/11/03 10:00:00,販売者都合,",
        "7777,2026/11/03,,",
        "901,soon,,",
        "902,2026/11/03,誰か,",
        ",2026/11/03,,",
    ]
    done = run("cancellations", cancels(told, rows), "--shop", "kotori", *COLUMNS, *SIDES, "--json")
    found = json.loads(done.stdout)
    assert (done.exit_code, found["orders"]["cancelled"]) == (1, 1)
    assert [(bad["line"], bad["code"]) for bad in sorted(found["rejections"], key=lambda bad: bad["line"])] == [
        (3, "unknown_order"), (4, "moment"), (5, "cancel_side"), (6, "no_order_number"),
    ]  # fmt: skip


def test_it_writes_nothing_when_it_is_only_tried(cast: Cast, told: Path) -> None:
    done = run(
        "cancellations", cancels(told, ["900,2026/11/03,,"]), "--shop", "kotori", *COLUMNS, "--dry-run", "--json"
    )
    assert json.loads(done.stdout)["orders"]["cancelled"] == 1
    with scope.organization(cast.organization.id):
        assert not Order.objects.filter(cancelled_at__isnull=False).exists()
        assert not FileMap.objects.exists()


def test_it_remembers_a_map_of_orders(cast: Cast, tmp_path: Path) -> None:
    map_file = tmp_path / "mine.toml"
    map_file.write_text(
        'replace = true\n[order]\nkey = "番号"\nplaced_at = "日時"\ntotal = "合計"\n[line]\ntitle = "品名"\n', "utf-8"
    )
    path = tmp_path / "mine.csv"
    path.write_text("番号,日時,合計,品名\n1,2026/11/02 10:00,1980,手ぬぐい\n", "utf-8")
    assert run("orders", path, "--shop", "kotori").exit_code == 2
    assert run("orders", path, "--shop", "kotori", "--map", map_file).exit_code == 0
    path.write_text("番号,日時,合計,品名\n2,2026/11/03 10:00,1980,手ぬぐい\n", "utf-8")
    assert run("orders", path, "--shop", "kotori").exit_code == 0
    with scope.organization(cast.organization.id):
        assert Order.objects.count() == 2
