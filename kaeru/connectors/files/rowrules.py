"""The rules of a layout on single rows, made ready for one file: which rows are credit slips, no lines, or left out."""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from kaeru.connectors.files.cells import figure, text
from kaeru.connectors.files.columns import Header
from kaeru.connectors.files.errors import FileRefused
from kaeru.connectors.files.layout import Layout, RowRule

Test = Callable[[list[str]], bool]


def test_of(rule: RowRule, header: Header) -> Test:
    """Whether the rule holds for a row. Raises FileRefused when the file lacks its column, the test BadCell for a cell that is no number."""
    get = header.find(rule.column)
    if get is None:
        raise FileRefused(
            "columns_missing", f"the rule {rule.why!r} needs a column that is missing; the file has: {header}", 1
        )
    pattern, wanted = (rule.matches, True) if rule.matches else (rule.unless, False)
    if pattern:
        has = lru_cache(8192)(lambda cell, pattern=pattern: pattern.search(text(cell)) is not None)
        return lambda row: has(get(row)) is wanted
    below, above = rule.below, rule.above

    @lru_cache(8192)
    def is_outside(cell: str) -> bool:
        amount = Decimal(figure(cell))
        return (below is not None and amount < below) or (above is not None and amount > above)

    return lambda row: is_outside(get(row))


class RowRules:
    """All rules of the layout, for a file with this header."""

    def __init__(self, layout: Layout, header: Header) -> None:
        self.is_slip: Test = test_of(layout.credit_slip, header) if layout.credit_slip else lambda _row: False
        has_marks = layout.only_lines is not None and header.find(layout.only_lines.column) is not None
        self.is_line: Test = (
            test_of(layout.only_lines, header) if layout.only_lines and has_marks else lambda _row: True
        )
        tests = [(rule, test_of(rule, header)) for rule in layout.leave_out]
        self._of_orders = [(rule.why, test) for rule, test in tests if rule.of != "credit_slips"]
        self._of_slips = [(rule.why, test) for rule, test in tests if rule.of != "orders"]

    def why_left_out(self, row: list[str]) -> str:
        """The first rule that leaves the row out, or empty."""
        for why, holds in self._of_slips if self.is_slip(row) else self._of_orders:
            if holds(row):
                return why
        return ""
