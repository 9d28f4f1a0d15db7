"""The shop's words for states and payments, translated by the layout. A word nobody knows is never taken for "all is well" silently."""

import re
from collections import Counter
from functools import lru_cache

from kaeru.connectors.files.cells import plain, text
from kaeru.connectors.files.columns import Header
from kaeru.connectors.files.errors import BadCell
from kaeru.connectors.files.layout import Layout
from kaeru.connectors.files.table import Row

_SMELLS_CANCELLED = ("キャンセル", "取消", "取り消", "取りやめ", "cancel", "void")
_MOST_WARNINGS = 100
_CODE_BEHIND = re.compile(r"(.*)\(([^()]*)\)")
_CURRENCY_SIGNS = {"円": "JPY", "¥": "JPY", "£": "GBP", "€": "EUR"}


def currency_code(said: str) -> str:
    """The ISO 4217 code. Raises BadCell."""
    code = plain(said).upper()
    code = _CURRENCY_SIGNS.get(code, code)
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise BadCell("currency", f"not a currency code: {said[:20]!r}")
    return code


class Words:
    """Translates for a file with this header."""

    def __init__(self, layout: Layout, header: Header) -> None:
        self._layout = layout
        self._column = header.find(layout.status) if layout.status else None
        self._payment = lru_cache(1024)(self._find_payment)

    def states(self, first: list[str], line_rows: list[Row], warnings: Counter[str]) -> set[str]:
        """The states the order's rows are in; one, unless the layout tells the state of each line."""
        if self._layout.is_status_per_line and line_rows:
            return {self.state(row, warnings) for _, row in line_rows}
        return {self.state(first, warnings)}

    def state(self, row: list[str], warnings: Counter[str]) -> str:
        """cancelled, pending, shipped, returned or open. Raises BadCell for an unknown word that smells of a cancellation."""
        said = plain(text(self._column(row))) if self._column else ""
        if not said:
            return "open"
        words = self._layout.status_words
        split = _CODE_BEHIND.fullmatch(said)
        for word in (said, *((split[1].strip(), split[2].strip()) if split else ())):
            if word in words:
                return words[word]
        if any(part in said.lower() for part in _SMELLS_CANCELLED):
            raise BadCell(
                "status", f"unknown state {said[:40]!r}: is it a cancellation? Say so in a map, under [status]"
            )
        warning = f"unknown state {said[:40]!r}: taken as open"
        warnings[
            warning if warning in warnings or len(warnings) < _MOST_WARNINGS else "more unknown states: taken as open"
        ] += 1
        return "open"

    def payment(self, said: str) -> str:
        """card, konbini, bank, cod, wallet … ; `other` for a name without a known word, empty for none."""
        return self._payment(said) if said else ""

    def _find_payment(self, said: str) -> str:
        name = plain(said).casefold()
        return next(
            (kind for kind, words in self._layout.payment_words.items() if any(word in name for word in words)), "other"
        )
