"""One row's line item: what was bought, how many, at which price."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from itertools import islice, repeat
from typing import Any

from kaeru.connectors.files.cells import figure, money, text, whole
from kaeru.connectors.files.columns import Header
from kaeru.connectors.files.errors import BadCell
from kaeru.connectors.files.layout import Layout
from kaeru.connectors.files.table import Row
from kaeru.orders.rules import LineRecord

_LIMITS = {
    "key": 100, "source_id": 100, "number": 100, "title": 300, "sku": 100, "product_id": 100, "variant_id": 100, "variant": 200,
    "cancel_reason": 100, "sales_channel": 40, "carrier": 60, "tracking_number": 100, "coupon": 200, "reorder_ref": 40, "name": 200,
    "email": 254, "phone": 40, "locale": 5,
}  # fmt: skip
_TEXTS = ("title", "source_id", "sku", "product_id", "variant_id", "variant")
_BETWEEN_TAGS = re.compile(r"[,、;；]")
MOST_TAGS = 50
LONGEST_TAG = 60
_line_record: Callable[[tuple[Any, ...]], LineRecord] = partial(tuple.__new__, LineRecord)
"""LineRecord._make without its check of the length."""


def limited(cell: str, name: str, empty: frozenset[str] = frozenset()) -> str:
    """The cell's text for this field; raises BadCell when it is longer than the field can be: nothing is cut off silently."""
    said = text(cell)
    if said in empty:
        return ""
    if len(said) > _LIMITS.get(name, 100):
        raise BadCell(
            "too_long", f"{name} has {len(said):,} characters, at most {_LIMITS.get(name, 100)} fit: {said[:20]!r}…"
        )
    return said


@lru_cache(8192)
def tags(cell: str) -> tuple[str, ...]:
    """The tags of a cell, divided by commas (also 、) or semicolons. Raises BadCell for more or longer ones than fit."""
    found = tuple(dict.fromkeys(part for part in map(str.strip, _BETWEEN_TAGS.split(text(cell))) if part))
    if len(found) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in found):
        raise BadCell("too_long", f"at most {MOST_TAGS} tags of {LONGEST_TAG} characters: {cell[:20]!r}…")
    return found


class LineReader:
    """Reads line items of a file with this header."""

    def __init__(self, layout: Layout, header: Header) -> None:
        self._columns = header.getters(layout.line)
        self._empty = layout.empty
        self._texts = [self._text_reader(name) for name in _TEXTS]
        self._tags = self._columns.get("tags")
        self._quantity, self._price = self._columns.get("quantity"), self._columns.get("unit_price")
        self._paid, self._tax = self._columns.get("paid"), self._columns.get("tax_rate")

    def _text_reader(self, name: str) -> Callable[[list[list[str]]], Iterable[str]]:
        """Reads one text of many rows; a few thousand cells are remembered, since products repeat."""
        getter = self._columns.get(name)
        if getter is None:
            return lambda _rows: repeat("")
        read = lru_cache(8192)(partial(limited, name=name, empty=self._empty))
        return lambda rows: map(read, map(getter, rows))

    @property
    def has_price(self) -> bool:
        """Whether an order's value can be told from its lines."""
        return self._price is not None or self._paid is not None

    def read(self, rows: list[list[str]], currency: str) -> list[LineRecord]:
        """The line items of these rows, column by column, which is twice as fast as row by row. Raises BadCell."""
        quantities = list(map(whole, map(self._quantity, rows))) if self._quantity else [1] * len(rows)
        prices = self._prices(rows, quantities, currency)
        titles, source_ids, skus, *others = [list(islice(read(rows), len(rows))) for read in self._texts]
        if "" in titles:
            titles = [title or sku for title, sku in zip(titles, skus, strict=True)]
        all_tags = map(tags, map(self._tags, rows)) if self._tags else repeat((), len(rows))
        columns = zip(titles, quantities, prices, source_ids, skus, *others, all_tags, strict=True)
        return list(map(_line_record, columns))

    def _prices(self, rows: list[list[str]], quantities: list[int], currency: str) -> list[int]:
        cells = list(map(self._price, rows)) if self._price else []
        if cells and self._tax is None and all(cells) and not any(map(str.isspace, cells)):
            return list(map(money, cells, repeat(currency)))
        return [self._unit_price(row, quantity, currency) for row, quantity in zip(rows, quantities, strict=True)]

    def _unit_price(self, row: list[str], quantity: int, currency: str) -> int:
        if self._price and (cell := text(self._price(row))):
            price = money(cell, currency)
            return _with_tax(price, rate) if self._tax and (rate := text(self._tax(row))) else price
        if self._paid and (cell := text(self._paid(row))) and quantity:
            return round(money(cell, currency) / abs(quantity))
        return 0

    def sum(self, name: str, rows: list[Row], currency: str) -> int | None:
        """The sum of a money column over these rows; None when the file does not have it."""
        getter = self._columns.get(name)
        if getter is None:
            return None
        return sum(money(cell, currency) for _, row in rows if (cell := text(getter(row))) and cell not in self._empty)


def _with_tax(price: int, rate: str) -> int:
    """Price with `rate` percent of tax, halves rounded up as EC-CUBE does unless told otherwise."""
    percent = figure(rate)
    if not percent.isdigit() and not percent.replace(".", "", 1).isdigit():
        raise BadCell("number", f"not a tax rate: {rate[:40]!r}")
    thousandths = round(float(percent) * 1000)
    return (price * (100_000 + thousandths) + 50_000) // 100_000
