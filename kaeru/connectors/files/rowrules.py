"""The rules of a layout on single rows, made ready for one file: which rows are credit slips, no lines, or left out."""

from collections.abc import Callable
from decimal import Decimal

from kaeru.connectors.files.cells import figure, text
from kaeru.connectors.files.columns import Getter, Header
from kaeru.connectors.files.errors import BadCell, FileRefused
from kaeru.connectors.files.layout import Layout, RowRule
from kaeru.connectors.files.table import Row

MOST_REMEMBERED, LONGEST_REMEMBERED = 10_000, 200


class Verdicts(dict[str, bool]):
    """What a rule says of a cell, remembered: the same few cells come again and again."""

    def __init__(self, decide: Callable[[str], bool]) -> None:
        super().__init__()
        self._decide = decide

    def __missing__(self, cell: str) -> bool:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        verdict = self._decide(cell)
        if len(cell) <= LONGEST_REMEMBERED:
            self[cell] = verdict
        return verdict


def verdicts(rule: RowRule) -> Verdicts:
    """Whether the rule holds for a cell; asking raises BadCell for a cell that should be a number and is none."""

    def decide(cell: str) -> bool:
        if rule.matches:
            return rule.matches.search(text(cell)) is not None
        if rule.unless:
            return rule.unless.search(text(cell)) is None
        amount = Decimal(figure(cell))
        return (rule.below is not None and amount < rule.below) or (rule.above is not None and amount > rule.above)

    return Verdicts(decide)


Ready = tuple[str, Getter, Verdicts]
"""Why rows are left out, the cell that is asked, and the verdict on it."""


class RowRules:
    """All rules of the layout, for a file with this header. Raises FileRefused when the file lacks a column they need."""

    def __init__(self, layout: Layout, header: Header) -> None:
        self._slip = self._ready(layout.credit_slip, header) if layout.credit_slip else None
        has_marks = layout.only_lines is not None and header.find(layout.only_lines.column) is not None
        self._line = self._ready(layout.only_lines, header) if layout.only_lines and has_marks else None
        ready = [(rule, *self._ready(rule, header)) for rule in layout.leave_out]
        self._of_orders: list[Ready] = [
            (rule.why, get, holds) for rule, get, holds in ready if rule.of != "credit_slips"
        ]
        self._of_slips: list[Ready] = [(rule.why, get, holds) for rule, get, holds in ready if rule.of != "orders"]

    @staticmethod
    def _ready(rule: RowRule, header: Header) -> tuple[Getter, Verdicts]:
        get = header.find(rule.column)
        if get is None:
            raise FileRefused(
                "columns_missing", f"the rule {rule.why!r} needs a column that is missing; the file has: {header}", 1
            )
        return get, verdicts(rule)

    def is_slip(self, row: list[str]) -> bool:
        """Whether the row belongs to a credit slip."""
        return self._slip is not None and _holds(self._slip, row, otherwise=False)

    def lines(self, rows: list[Row]) -> list[Row]:
        """The rows that are line items, not only something else of their order."""
        if self._line is None:
            return rows
        marked = self._line
        return [row for row in rows if _holds(marked, row[1], otherwise=True)]

    def for_row(self, row: list[str]) -> list[Ready]:
        """The rules that leave rows out, for an order or credit slip that begins with this row. Asking one may raise BadCell."""
        return self._of_slips if row and self.is_slip(row) else self._of_orders


def _holds(marked: tuple[Getter, Verdicts], row: list[str], *, otherwise: bool) -> bool:
    """The verdict on the row; `otherwise` for a cell that should be a number and is none: the row is rejected for it later."""
    try:
        return marked[1][marked[0](row)]
    except BadCell:
        return otherwise
