"""The first walk over a file, before anything is taken from it: encoding, delimiter, number of rows, and which orders lie apart.

Rows of one order are mostly neighbours, and then an order is done when the next begins. Orders whose rows are scattered are
found here, with a private SQLite file on disk as memory, so that the second walk can set their rows aside.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kaeru.connectors.files import encoding
from kaeru.connectors.files.cells import text
from kaeru.connectors.files.columns import Header
from kaeru.connectors.files.errors import FileRefused, Rejection
from kaeru.connectors.files.layout import Layout
from kaeru.connectors.files.opening import open_text
from kaeru.connectors.files.table import Table

Progress = Callable[[str, int, int], None]
"""Called with the stage (survey | import), what is done and the whole (0: not known yet)."""
MOST_SCATTERED = 100_000
_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a file before it is read."""

    encoding: str
    delimiter: str
    rows: int
    scattered: frozenset[str] | None
    """Keys of orders whose rows are not neighbours; None: so many that every order is to be gathered."""


def look_over(path: Path, layout: Layout, said_encoding: str = "", progress: Progress | None = None) -> Survey:
    """Walk over the whole file. Raises FileRefused when it cannot be read as this layout."""
    codec = encoding.choose(
        path, said_encoding or layout.encoding, lambda start: _best(start, layout, not_ascii=True)[0]
    )
    with open_text(path, codec) as stream:
        first = stream.read(100_000)
    known, delimiter = _best(first, layout)
    if not known:
        line = first.splitlines()[0][:300] if first else ""
        raise FileRefused("wrong_layout", f"none of the columns of layout {layout.name!r} is in the header: {line}", 1)
    with open_text(path, codec) as stream:
        rows, scattered = _walk(Table(stream, delimiter), layout, progress)
    return Survey(codec, delimiter, rows, scattered)


def _best(start: str, layout: Layout, *, not_ascii: bool = False) -> tuple[int, str]:
    """How many of the layout's headers the first line has, and with which delimiter."""
    known = [header for header in layout.headers if not (not_ascii and header.isascii())]
    line = next((line for line in start.lstrip("\ufeff").splitlines() if line.strip()), "")
    counts = []
    for delimiter in [layout.delimiter] if layout.delimiter else [",", "\t", ";"]:
        names = [name.strip().strip('"') for name in line.split(delimiter)]
        counts.append((Header(names).count(known), delimiter))
    return max(counts, key=lambda counted: counted[0])


def _walk(table: Table, layout: Layout, progress: Progress | None) -> tuple[int, frozenset[str] | None]:
    key_of = Header(table.header).find(layout.order["key"]) if "key" in layout.order else None
    if key_of is None:
        raise FileRefused(
            "columns_missing",
            f"the column for order.key is missing; the file has: {Header(table.header)}",
            table.header_line,
        )
    rows, last = 0, None
    with sqlite3.connect("") as seen:  # "" is a private file on disk that vanishes when it is closed
        seen.execute("CREATE TABLE key (name TEXT PRIMARY KEY, again INTEGER DEFAULT 0) WITHOUT ROWID")
        batch: list[tuple[str]] = []
        for rows, row in enumerate(table.rows(), start=1):
            if isinstance(row, Rejection):
                continue
            key = key_of(row[1])
            if key != last:
                batch.append((text(key),))
                last = key
                if len(batch) >= _BATCH:
                    _note(seen, batch)
            if progress and not rows % 50_000:
                progress("survey", rows, 0)
        _note(seen, batch)
        found = [name for (name,) in seen.execute("SELECT name FROM key WHERE again LIMIT ?", [MOST_SCATTERED + 1])]
    seen.close()
    return rows, frozenset(found) if len(found) <= MOST_SCATTERED else None


def _note(seen: sqlite3.Connection, batch: list[tuple[str]]) -> None:
    seen.executemany("INSERT INTO key (name) VALUES (?) ON CONFLICT (name) DO UPDATE SET again = 1", batch)
    batch.clear()
