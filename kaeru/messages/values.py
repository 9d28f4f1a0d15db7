"""Customers' words are data: one line, nothing invisible that turns text around, of bounded length.

Letters stay as written (髙﨑𠮷, half-width kana, emoji with their joiners); what goes is control characters, directional
overrides, and the two marks that fence values inside a text that is being filled in.
"""

import unicodedata

OPEN, CLOSE = "\ufdd0", "\ufdd1"
"""Noncharacters: they cannot be part of any interchanged text, so nothing legitimate is lost when they are taken out."""
LONGEST_VALUE = 500
_TURNING = {"\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
_DROPPED = {OPEN, CLOSE, "\ufeff", "\u00ad", *_TURNING}


def _letter(letter: str, *, keeps_lines: bool) -> str:
    if letter in _DROPPED:
        return ""
    if letter == "\n" and keeps_lines:
        return letter
    category = unicodedata.category(letter)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category == "Cs" else letter


def one_line(text: str, longest: int = LONGEST_VALUE) -> str:
    """The text on one line, without control, directional and fencing characters, cut after `longest` characters.

    >>> one_line("山田\\r\\nBcc: all@example.com")
    '山田 Bcc: all@example.com'
    """
    cut = text[: longest * 4]
    line = " ".join("".join(_letter(letter, keeps_lines=False) for letter in cut).split(" "))
    line = " ".join(part for part in line.split(" ") if part) if "  " in line else line.strip(" ")
    return line if len(line) <= longest else line[: longest - 1] + "…"


def many_lines(text: str) -> str:
    """The shop's own text with its line breaks, without control, directional and fencing characters."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(_letter(letter, keeps_lines=True) for letter in plain)
