"""Small files of each kind, written as the systems write them."""

import csv
import gzip
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from kaeru.connectors.files import layout
from kaeru.connectors.files.assemble import Record
from kaeru.connectors.files.errors import Rejection
from kaeru.connectors.files.reading import OrderFile
from kaeru.orders.rules import OrderRecord, RefundRecord


def table(rows: Sequence[Mapping[str, str]], *, delimiter: str = ",", end: str = "\r\n") -> str:
    """A CSV text; the header is made of all keys in order of appearance."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    writer.writerow(names)
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    return out.getvalue()


def put(folder: Path, text: str | bytes, encoding: str = "utf-8", name: str = "orders.csv") -> Path:
    """The text as a file."""
    data = text if isinstance(text, bytes) else text.encode(encoding)
    path = folder / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def read(path: Path, name: str = "kaeru", map_file: Path | None = None) -> list[Record | Rejection]:
    """Everything the file tells."""
    return list(OrderFile(path, layout.load(name, map_file), currency="JPY"))


def orders(told: list[Record | Rejection]) -> list[OrderRecord]:
    """Only the orders."""
    return [one for one in told if isinstance(one, OrderRecord)]


def refunds(told: list[Record | Rejection]) -> list[RefundRecord]:
    """Only the refunds."""
    return [one for one in told if isinstance(one, RefundRecord)]


def rejections(told: list[Record | Rejection]) -> list[Rejection]:
    """Only the rejected rows."""
    return [one for one in told if isinstance(one, Rejection)]


def row(order_id: str = "1001", **cells: str) -> dict[str, str]:
    """A row of Kaeru's own layout."""
    return {
        "order_id": order_id,
        "placed_at": "2026-11-02 10:15",
        "status": "",
        "customer_name": "山田 花子",
        "customer_email": "hanako@example.com",
        "sku": "TENUGUI-1",
        "title": "藍染めの手ぬぐい",
        "quantity": "2",
        "unit_price": "1980",
        **cells,
    }
