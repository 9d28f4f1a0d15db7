"""A posted form, read without surprises: one line ending, no control characters, no endless texts."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from kaeru.core.money import minor_digits, to_minor

LONGEST_TEXT = 100_000
"""Longer than any text that may be published: the check says so, and nothing typed is cut off."""
LONGEST_KEPT = 1_000_000


class Form:
    """What a browser sent: each name with all its values."""

    def __init__(self, data: Mapping[str, Sequence[str]]) -> None:
        self._data = data
        self.flat: dict[str, str] = {name: _clean(values[-1]) for name, values in data.items() if values}
        """Each name with its last value."""

    def has(self, name: str) -> bool:
        """Whether the name was sent at all."""
        return name in self._data

    def many(self, name: str) -> list[str]:
        """All values of the name."""
        return [_clean(value) for value in self._data.get(name, ())]

    def one(self, name: str, default: str = "") -> str:
        """The name's last value."""
        values = self._data.get(name, ())
        return _clean(values[-1]) if values else default

    def kept(self, name: str) -> Any:
        """What a form carries along unseen, as JSON; None when there is nothing."""
        values = self._data.get(name, ())
        try:
            return json.loads(values[-1][:LONGEST_KEPT]) if values and values[-1] else None
        except (ValueError, RecursionError):
            return None


def _clean(value: str) -> str:
    return str(value).replace("\x00", "").replace("\r\n", "\n")[:LONGEST_TEXT]


def number(typed: str) -> int | str:
    """The whole number, in half or full width, with or without thousands marks; else the text as typed."""
    tidy = unicodedata.normalize("NFKC", typed).replace(",", "").strip()
    return int(tidy) if tidy.isascii() and tidy.isdigit() and len(tidy) <= 12 else typed


def amount(typed: str, currency: str) -> int | str:
    """Minor units of the amount typed; else the text as typed."""
    tidy = unicodedata.normalize("NFKC", typed).replace(",", "").strip()
    try:
        return to_minor(tidy, currency) if tidy and len(tidy) <= 15 else typed
    except ValueError:
        return typed


def clock(typed: str) -> str:
    """A time of day as 09:05 when it can be read (９：０５, 9:05, 9時5分); else the text as typed."""
    tidy = unicodedata.normalize("NFKC", typed).replace("時", ":").replace("分", "").strip()
    hour, _, minute = tidy.partition(":")
    minute = minute or "0"
    if not (hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit()):
        return typed
    if len(hour) > 2 or len(minute) > 2 or int(hour) > 23 or int(minute) > 59 or ":" not in tidy:
        return typed
    return f"{int(hour):02d}:{int(minute):02d}"


def shown_amount(value: object, currency: str) -> str:
    """Minor units as one types them: 1980 for yen, 19.80 for dollars; anything else as it is."""
    digits = minor_digits(currency)
    if not isinstance(value, int) or isinstance(value, bool) or not digits or value < 0:
        return str(value)
    return f"{value // 10**digits}.{value % 10**digits:0{digits}d}"
