"""Reading a file of orders: strictly, in flat memory, each order once and complete, however its rows are spread."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from kaeru.connectors.files.assemble import Assembler, Record
from kaeru.connectors.files.cells import text
from kaeru.connectors.files.columns import Header
from kaeru.connectors.files.errors import BadCell, Rejection
from kaeru.connectors.files.layout import Layout
from kaeru.connectors.files.opening import open_text
from kaeru.connectors.files.rowrules import RowRules
from kaeru.connectors.files.survey import Progress, Survey, look_over
from kaeru.connectors.files.table import Row, Table

MOST_ROWS = 10_000
"""Rows that one order may have."""
MOST_CHARACTERS = 30_000_000
"""Characters that the rows of one order may have; looked at every 16 rows."""
_COUNT_EVERY = 5_000


@dataclass(slots=True)
class Tally:
    """What became of the rows read so far; rows = accepted + rejected + left out + waiting in an order not yet complete."""

    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    """Rows left out by a rule of the layout, by why."""


class OrderFile:
    """A file that was looked over and can be read. Raises FileRefused when it cannot."""

    def __init__(
        self, path: Path, layout: Layout, *, currency: str, encoding: str = "", progress: Progress | None = None
    ) -> None:
        self._path, self._layout, self._progress = path, layout, progress
        self.survey: Survey = look_over(path, layout, encoding, progress)
        self.tally = Tally()
        with open_text(path, self.survey.encoding) as stream:
            names = Table(stream, self.survey.delimiter).header
        header = Header(names)
        self._assembler = Assembler(layout, header, currency)
        self._rules = RowRules(layout, header)
        key = header.find(layout.order["key"])
        assert key is not None  # the Assembler has seen to it
        self._key = key
        self.warnings = self._assembler.warnings

    def __iter__(self) -> Iterator[Record | Rejection]:
        """Orders, refunds and rejected rows, in the order of the file; orders with scattered rows come last."""
        with open_text(self._path, self.survey.encoding) as stream, closing(sqlite3.connect("")) as aside:
            aside.execute("CREATE TABLE row (key TEXT, line INTEGER, fields TEXT)")
            yield from self._grouped(Table(stream, self.survey.delimiter).rows(), aside)
            aside.execute("CREATE INDEX by_key ON row (key, line)")
            again = aside.execute("SELECT line, fields FROM row ORDER BY key, line")
            yield from self._grouped(((line, json.loads(fields)) for line, fields in again), None)

    def _grouped(
        self, rows: Iterator[Row | Rejection], aside: sqlite3.Connection | None
    ) -> Iterator[Record | Rejection]:
        """Neighbouring rows of one key become one order; rows to be left out are counted and dropped.

        With `aside`, the first time, rows are counted, and those of scattered orders are put there.
        """
        key_of, scattered, left_out = self._key, self.survey.scattered, self.tally.left_out
        current, group, rules, is_apart, size = "", list[Row](), self._rules.for_row([]), False, 0
        for seen, row in enumerate(rows, start=1):
            if not seen % _COUNT_EVERY and aside is not None:
                self._count(seen)
            if isinstance(row, Rejection):
                yield self._rejected(row)
                continue
            fields = row[1]
            key = key_of(fields)
            if key != current or not key:
                if group:
                    yield from self._finished(group)
                current, group, rules, size = key, [], self._rules.for_row(fields), 0
                is_apart = aside is not None and (scattered is None or text(key) in scattered)
            if is_apart and aside is not None:
                aside.execute("INSERT INTO row VALUES (?, ?, ?)", [text(key), row[0], json.dumps(fields)])
                continue
            try:
                for why, get, holds in rules:
                    if holds[get(fields)]:
                        left_out[why] += 1
                        break
                else:
                    group.append(row)
            except BadCell as trouble:
                yield self._rejected(Rejection(row[0], trouble.code, trouble.message))
            if not len(group) % 16:
                size += sum(map(len, chain.from_iterable([cells for _, cells in group[-16:]])))
            if len(group) > MOST_ROWS or size > MOST_CHARACTERS:
                group.pop()
                yield self._rejected(
                    Rejection(row[0], "order_too_large", "an order has at most 10,000 rows and 30 million characters")
                )
        if group:
            yield from self._finished(group)
        if aside is not None:
            self._count(self.survey.rows)

    def _count(self, rows: int) -> None:
        self.tally.rows = rows
        if self._progress:
            self._progress("import", rows, self.survey.rows)

    def _rejected(self, rejection: Rejection) -> Rejection:
        self.tally.rejected += 1
        return rejection

    def _finished(self, group: list[Row]) -> Iterator[Record | Rejection]:
        if not text(self._key(group[0][1])):
            told: list[Record] | list[Rejection] = [
                Rejection(number, "no_order_number", "the row names no order") for number, _ in group
            ]
        elif self._rules.is_slip(group[0][1]):
            told = self._assembler.slip(group)
        else:
            told = self._assembler.order(group, self._rules.lines(group))
        if told and isinstance(told[0], Rejection):
            self.tally.rejected += len(group)
        else:
            self.tally.accepted += len(group)
        yield from told
