"""A plot with the table behind it: one message each, its sentence as the title; the same rows as CSV, without personal data."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO

from django.utils.safestring import SafeString

from kaeru.console.plots import NARROW, WIDE

Cell = tuple[str, str | int | float | None]
"""As people read it, and as it is computed with."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that are shown and exported."""

    name: str
    """Of the file: windows, parts, months, reasons."""
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    links: Sequence[str] = ()
    """By row: where it leads."""

    @property
    def shown(self) -> list[tuple[str, str, list[str]]]:
        """By row: where it leads, its name, the other cells."""
        links = self.links or [""] * len(self.rows)
        return [(link, row[0][0], [cell[0] for cell in row[1:]]) for link, row in zip(links, self.rows, strict=True)]


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing in both widths, what it counts, and its table."""

    title: str
    definition: str
    wide: SafeString
    narrow: SafeString
    table: Table


def plot(title: str, definition: str, draw: Callable[[int], SafeString], table: Table) -> Plot:
    """`draw` takes the width."""
    return Plot(title, definition, draw(WIDE), draw(NARROW), table)


def written(table: Table) -> str:
    """CSV as spreadsheets read it: a byte order mark, no text that could run as a formula."""
    out = StringIO()
    lines = csv.writer(out)
    lines.writerow(table.head)
    for row in table.rows:
        lines.writerow([_safe(cell[1]) for cell in row])
    return "\ufeff" + out.getvalue()


def _safe(value: str | int | float | None) -> str | int | float | None:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
