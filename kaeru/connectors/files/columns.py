"""Columns by their header text: what a layout says of them, and how they are found in a file's header.

A column is named in TOML as "text", as "text[2]" (the second of that name), as a list of alternatives (the first that the file
has is used), as { join = ["姓", "名"], with = " " }, or as { value = "fixed text" }.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from kaeru.connectors.files.cells import plain, text
from kaeru.connectors.files.errors import FileRefused

Getter = Callable[[list[str]], str]


@dataclass(frozen=True, slots=True)
class Column:
    """Where a field's text comes from."""

    alternatives: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    glue: str = ""
    fixed: str | None = None

    @property
    def headers(self) -> tuple[str, ...]:
        """All header texts it may use."""
        return self.alternatives + self.joined


def parse_column(said: Any, where: str) -> Column:
    """The column that a layout describes. Raises FileRefused for anything else."""
    match said:
        case str():
            return Column(alternatives=(said,))
        case list() if said and all(isinstance(name, str) for name in said):
            return Column(alternatives=tuple(said))
        case {"join": list() as names, **rest} if set(rest) <= {"with"} and all(
            isinstance(name, str) for name in names
        ):
            return Column(joined=tuple(names), glue=str(rest.get("with", "")))
        case {"value": str() as fixed} if len(said) == 1:
            return Column(fixed=fixed)
    raise FileRefused("layout", f"{where}: a column is a header text, a list of them, {{join, with}} or {{value}}")


def normal(header: str) -> str:
    """Header texts are compared without blanks, width and case: 受注住所１ and 受注住所1 are one."""
    return "".join(plain(header).casefold().split())


class Header:
    """A file's header row, asked for columns."""

    def __init__(self, names: list[str]) -> None:
        self._places: dict[str, list[int]] = {}
        for place, name in enumerate(names):
            self._places.setdefault(normal(name), []).append(place)
        self._names = names

    def place(self, header: str) -> int | None:
        """The index of the column of this header text, or None. Raises FileRefused when several have it and none is named."""
        name, _, number = header.removesuffix("]").rpartition("[") if header.endswith("]") else (header, "", "")
        if not number.isdigit():
            name, number = header, ""
        places = self._places.get(normal(name), [])
        if len(places) > 1 and not number:
            columns = ", ".join(str(place + 1) for place in places)
            raise FileRefused(
                "duplicate_header",
                f'the header {name!r} stands {len(places)} times (columns {columns}); say which in a map: "{name}[1]"',
                1,
            )
        index = int(number or 1) - 1
        return places[index] if 0 <= index < len(places) else None

    def find(self, column: Column) -> Getter | None:
        """How to read the column from a row, or None when the file does not have it."""
        if column.fixed is not None:
            fixed = column.fixed
            return lambda _row: fixed
        if column.joined:
            places = [place for name in column.joined if (place := self.place(name)) is not None]
            glue = column.glue
            return (lambda row: glue.join(part for place in places if (part := text(row[place])))) if places else None
        for name in column.alternatives:
            if (place := self.place(name)) is not None:
                return itemgetter(place)
        return None

    def count(self, headers: Iterable[str]) -> int:
        """How many of these headers the file has."""
        return sum(normal(header.partition("[")[0]) in self._places for header in headers)

    def getters(self, columns: Mapping[str, Column]) -> dict[str, Getter]:
        """The columns that the file has, by field."""
        return {field: getter for field, column in columns.items() if (getter := self.find(column)) is not None}

    def __str__(self) -> str:
        return ", ".join(self._names[:60])[:600]
