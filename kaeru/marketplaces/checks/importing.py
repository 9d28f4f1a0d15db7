"""A list of stock as a shop's system or a mall lets its people download it: code, pieces, cost, price. CSV or TSV, Shift_JIS included."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kaeru.connectors.files import cells, encoding
from kaeru.connectors.files.errors import BadCell, FileRefused, Rejection
from kaeru.connectors.files.opening import open_text
from kaeru.connectors.files.table import Table
from kaeru.marketplaces.checks import actions
from kaeru.marketplaces.checks.actions import Kept, StockRecord
from kaeru.tenants.models import Shop

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "sku": ("sku", "商品コード", "商品番号", "販売者商品コード", "商品管理番号", "システム連携用SKU番号", "seller_code", "item code", "code"),
    "quantity": ("quantity", "在庫数", "在庫", "在庫数量", "stock", "qty", "inventory quantity", "available"),
    "cost": ("cost", "原価", "仕入価格", "仕入単価", "仕入れ値", "cost per item", "unit cost"),
    "price": ("price", "販売価格", "価格", "通常価格", "variant price", "selling price"),
}  # fmt: skip
MOST_ROWS = 200_000
MOST_LISTED = 50


@dataclass(slots=True)
class StockImport:
    """What a file brought."""

    rows: int = 0
    kept: int = 0
    stale: int = 0
    discrepancies: int = 0
    rejected: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    """The first of them."""


def import_stock(shop: Shop, path: Path, *, actor: str, said_encoding: str = "") -> StockImport:
    """Keep what the file says; a row that cannot be read is refused with its line and stops nothing else.

    Raises FileRefused when the file cannot be read at all, or names neither pieces nor cost nor price.
    """
    codec = encoding.choose(path, said_encoding, _known_headers)
    report = StockImport()
    with open_text(path, codec) as stream:
        start = stream.readline()
    delimiter = max((",", "\t", ";"), key=lambda sign: _known_headers(start, sign))
    told: list[StockRecord] = []
    with open_text(path, codec) as stream:
        table = Table(stream, delimiter)
        places = _places(table.header)
        for row in table.rows():
            report.rows += 1
            if report.rows > MOST_ROWS:
                raise FileRefused("too_long", f"a list of stock has at most {MOST_ROWS} rows", report.rows)
            if isinstance(row, Rejection):
                _reject(report, row)
                continue
            line, fields = row
            try:
                told.append(_record(fields, places, shop.currency))
            except BadCell as bad:
                _reject(report, Rejection(line, bad.code, bad.message))
    for first in range(0, len(told), actions.MOST_AT_ONCE):
        _add(report, actions.tell_stock(shop, told[first : first + actions.MOST_AT_ONCE], actor=actor))
    return report


def _add(report: StockImport, kept: Kept) -> None:
    report.kept += kept.kept
    report.stale += kept.stale
    report.discrepancies += kept.discrepancies


def _reject(report: StockImport, rejection: Rejection) -> None:
    report.rejected += 1
    if len(report.rejections) < MOST_LISTED:
        report.rejections.append(rejection)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().strip('"').lower()


def _known_headers(start: str, delimiter: str = "") -> int:
    """How many columns of ours the first line has."""
    known = {_plain(name) for names in COLUMNS.values() for name in names}
    line = next((line for line in start.lstrip("\ufeff").splitlines() if line.strip()), "")
    signs = [delimiter] if delimiter else [",", "\t", ";"]
    return max(sum(_plain(name) in known for name in line.split(sign)) for sign in signs)


def _places(header: list[str]) -> dict[str, int]:
    names = [_plain(name.lstrip("\ufeff")) for name in header]
    found = {}
    for column, words in COLUMNS.items():
        place = next((names.index(_plain(word)) for word in words if _plain(word) in names), None)
        if place is not None:
            found[column] = place
    if "sku" not in found or len(found) == 1:
        wanted = ", ".join(words[1] for words in COLUMNS.values())
        raise FileRefused(
            "columns_missing", f"a list of stock needs the item's code and pieces, cost or price ({wanted})"
        )
    return found


def _record(fields: list[str], places: Mapping[str, int], currency: str) -> StockRecord:
    told = {name: cells.text(fields[place]) for name, place in places.items()}
    sku = told["sku"][:100]
    if not sku:
        raise BadCell("sku", "the item has no code")
    quantity, cost, price = (told.get(name, "") for name in ("quantity", "cost", "price"))
    return StockRecord(
        sku,
        cells.whole(quantity) if quantity else None,
        cells.money(cost, currency) if cost else None,
        cells.money(price, currency) if price else None,
    )
