"""What stands in one cell: text, whole numbers, money, moments, yes or no, as Japanese and Western systems write them.

Full-width digits and signs, yen marks and thousands commas are understood; whatever is not understood raises BadCell.
"""

import re
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from kaeru.connectors.files.errors import BadCell
from kaeru.core.money import to_minor

_EXCEL_TEXT = re.compile(r'="(.*)"')
_NUMBER = re.compile(r"([+-]?)(\d+|\d{1,3}(?:,\d{3})+)(\.\d+)?", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T\s]*(\d{1,2})[:時](\d{1,2})(?:[:分](\d{1,2})(?:\.\d+)?秒?|分)?\s*(?P<zone>Z|UTC|GMT|JST|[+-]\d{2}:?\d{2})?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?")
_LARGEST_COUNT = 2_147_483_647
_SIGNS = {sign + 0xFEE0: chr(sign) for sign in range(0x21, 0x7F)}
"""Full-width digits and signs become half-width; minus signs of all sorts become one; currency signs go."""
_SIGNS |= dict.fromkeys(map(ord, "−‐▲△"), "-") | dict.fromkeys(map(ord, "¥￥\\＼£￡$＄€"), "")
_YES = frozenset({"yes", "true", "1", "y", "はい", "希望する", "購読する", "受け取る", "可"})
_NO = frozenset({"no", "false", "0", "n", "いいえ", "希望しない", "購読しない", "受け取らない", "不可"})


def text(cell: str) -> str:
    """The cell without the blanks around it; Excel's ="090…" way to keep zeros is undone."""
    cell = cell.strip()
    return match[1] if cell.startswith('="') and (match := _EXCEL_TEXT.fullmatch(cell)) else cell


def plain(cell: str) -> str:
    """The cell in half width without blanks around it: for comparing words, codes and headers."""
    return unicodedata.normalize("NFKC", cell).strip()


def figure(cell: str) -> str:
    """The number in the cell as Decimal reads it: (¥1,980) is -1980. Raises BadCell."""
    bare = text(cell).translate(_SIGNS).strip().removesuffix("円").strip()
    if bare.startswith("(") and bare.endswith(")"):
        bare = "-" + bare[1:-1]
    match = _NUMBER.fullmatch(bare)
    if not match:
        raise BadCell("number", f"not a number: {cell[:40]!r}")
    return match[1] + match[2].replace(",", "") + (match[3] or "")


@lru_cache(4096)
def whole(cell: str) -> int:
    """A whole number: 3, ３, 1,200, 2.0. Raises BadCell."""
    number, _, part = figure(cell).partition(".")
    if part.strip("0"):
        raise BadCell("number", f"not a whole number: {cell[:40]!r}")
    if len(number) > 11 or abs(int(number)) > _LARGEST_COUNT:
        raise BadCell("number", f"too large a number: {cell[:40]!r}")
    return int(number)


@lru_cache(16384)
def money(cell: str, currency: str) -> int:
    """Minor units of the currency: ￥1,980 is 1980, 2.55 GBP is 255. Raises BadCell, also for more decimal places than it has."""
    bare = figure(cell)
    try:
        amount = to_minor(bare, currency)
    except ValueError:
        raise BadCell("money", f"{cell[:40]!r} has more decimal places than {currency}") from None
    if abs(amount) > 10**15:
        raise BadCell("money", f"too large an amount: {cell[:40]!r}")
    return amount


@lru_cache(4096)
def moment(cell: str, zone: ZoneInfo, form: str = "") -> datetime:
    """The instant in UTC; a time without an offset is in `zone`, a day without a time is its midnight. Raises BadCell.

    Read are 2026-11-24 08:50, 2026/11/24 8:50:00, 2026年11月24日 8時50分, 20261124085000 and ISO 8601; anything else needs
    `form` in the words of strptime (%d/%m/%Y).
    """
    written = plain(cell)
    try:
        when = datetime.strptime(written, form) if form else _read_moment(written)  # noqa: DTZ007 the zone follows
        return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadCell("moment", f"not a date or time: {cell[:40]!r}") from None


def _read_moment(written: str) -> datetime:
    match = _COMPACT.fullmatch(written) or _MOMENT.fullmatch(written)
    if not match:
        raise ValueError(written)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    when = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 the zone follows
    named: str = (match.groupdict().get("zone") or "").replace(":", "")
    if not named:
        return when
    if named == "JST":
        return when.replace(tzinfo=ZoneInfo("Asia/Tokyo"))
    return when.replace(tzinfo=datetime.strptime(named if named[0] in "+-" else "+0000", "%z").tzinfo)


def yes_no(cell: str) -> bool | None:
    """True, False, or None for an empty cell. Raises BadCell for any other word: consent is never guessed."""
    word = plain(cell).lower()
    if not word:
        return None
    if word not in _YES | _NO:
        raise BadCell("yes_no", f"neither yes nor no: {cell[:40]!r}")
    return word in _YES
