"""Rows of a salon's list: strict text, by the columns of a map, each with its line. Nothing is guessed, nothing is dropped in silence."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kaeru.appointments.imports.columns import Map
from kaeru.connectors.files import cells, encoding
from kaeru.connectors.files.columns import Header
from kaeru.connectors.files.errors import BadCell, FileRefused, Rejection
from kaeru.connectors.files.opening import open_text
from kaeru.connectors.files.table import Table

DELIMITERS = (",", "\t", ";")


@dataclass(frozen=True, slots=True)
class Row:
    """One row, asked by field."""

    line: int
    values: dict[str, str]
    zone: ZoneInfo
    form: str = ""

    def text(self, name: str) -> str:
        """The cell, empty where the list has no such column."""
        return self.values.get(name, "")

    def whole(self, name: str) -> int | None:
        """A whole number, not below zero; None when nothing is said. Raises BadCell."""
        said = self.text(name).removesuffix("分").removesuffix("回")
        if not said:
            return None
        number = cells.whole(said)
        if number < 0:
            raise BadCell("number", f"below zero: {said[:40]!r}")
        return number

    def moment(self, name: str) -> datetime | None:
        """A moment; None when nothing is said. Raises BadCell."""
        return cells.moment(self.text(name), self.zone, self.form) if self.text(name) else None

    def day(self, name: str) -> date | None:
        """A day on the salon's calendar; None when nothing is said. Raises BadCell."""
        at = self.moment(name)
        return at.astimezone(self.zone).date() if at else None


@dataclass(slots=True)
class Listed:
    """A list that is being read."""

    path: Path
    map: Map
    codec: str = ""
    delimiter: str = ","
    has: frozenset[str] = field(default_factory=frozenset)
    """Fields for which the list has a column."""

    def rows(self) -> Iterator[Row | Rejection]:
        """All rows, those that cannot be read as their rejection. Raises FileRefused."""
        with open_text(self.path, self.codec) as stream:
            table = Table(stream, self.delimiter)
            getters = Header(table.header).getters(self.map.columns)
            for row in table.rows():
                if isinstance(row, Rejection):
                    yield row
                elif any(cell.strip() for cell in row[1]):
                    values = {name: cells.text(get(row[1])) for name, get in getters.items()}
                    yield Row(row[0], values, self.map.zone, self.map.date_form)


def open_list(path: Path, chosen: Map, said_encoding: str = "") -> Listed:
    """Find out encoding, delimiter and columns. Raises FileRefused when the file cannot be read as such a list."""
    headers = [header for column in chosen.columns.values() for header in column.headers]

    def found(start: str) -> int:
        return _best(start, [header for header in headers if not header.isascii()])[0]

    codec = encoding.choose(path, said_encoding or chosen.encoding, found)
    with open_text(path, codec) as stream:
        first = stream.read(100_000)
    count, delimiter = _best(first, headers)
    if not count:
        line = first.splitlines()[0][:300] if first else ""
        raise FileRefused("wrong_layout", f"no column of such a list is in the header: {line}", 1)
    with open_text(path, codec) as stream:
        header = Header(Table(stream, delimiter).header)
    return Listed(path, chosen, codec, delimiter, frozenset(header.getters(chosen.columns)))


def _best(start: str, known: list[str]) -> tuple[int, str]:
    line = next((line for line in start.lstrip("\ufeff").splitlines() if line.strip()), "")
    return max(
        (Header([name.strip().strip('"') for name in line.split(delimiter)]).count(known), delimiter)
        for delimiter in DELIMITERS
    )
