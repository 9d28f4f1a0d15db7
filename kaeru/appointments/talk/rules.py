"""What a button in LINE asks for. Pure: the data that it carries is read here, and nothing in it is believed yet.

visit:<deed>:<booking>:<start>[:<more>]     of a visit, as it stood when the button was made
visit:new · visit:mine · visit:service:<service> · visit:pick:<service>:<start>
"""

import re
from dataclasses import dataclass

OF_A_VISIT = {
    "coming": 0, "change": 0, "move": 1, "cancel": 0, "reason": 1, "back": 0, "take": 0, "drop": 0,
}  # fmt: skip
"""Deeds with a visit and its start, and how much more they carry."""
WITHOUT = {"new": 0, "mine": 0, "service": 1, "pick": 2}
"""Deeds without a visit, and how much they carry."""
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_CODE = re.compile(r"[a-z_]{1,40}", re.ASCII)
_WORDS = {
    "change": re.compile(r"変更|ずらし|リスケ|\bchange\b|\bmove\b|\breschedule\b", re.IGNORECASE),
    "cancel": re.compile(r"キャンセル|取り?消し?|\bcancel\b", re.IGNORECASE),
    "new": re.compile(r"予約したい|予約を?取りたい|空き|空いて|\bbook\b", re.IGNORECASE),
    "mine": re.compile(r"^\s*(予約|予約の?確認|予約状況|my (visit|booking)s?)\s*[。.!?？！]*\s*$", re.IGNORECASE),
}
LONGEST_TEXT = 40
"""A longer text is a letter to the salon, not a word to us: a person reads it."""


@dataclass(frozen=True, slots=True)
class Tap:
    """What was pressed."""

    deed: str
    booking_id: int = 0
    start: int = 0
    """Minutes since 1970: where the visit stood; of `pick` the start that is wished for."""
    more: str = ""


def read(data: str) -> Tap | None:
    """The tap, or None for data that is not ours or not whole.

    >>> read("visit:move:7:29000000:29000060")
    Tap(deed='move', booking_id=7, start=29000000, more='29000060')
    """
    room, _, rest = data.partition(":")
    deed, *parts = rest.split(":")
    if room != "visit":
        return None
    if deed in WITHOUT:
        if len(parts) != WITHOUT[deed] or not all(map(_NUMBER.fullmatch, parts)):
            return None
        return Tap(deed, more=parts[0] if parts else "", start=int(parts[1]) if len(parts) > 1 else 0)
    if deed not in OF_A_VISIT or len(parts) != 2 + OF_A_VISIT[deed]:
        return None
    if not all(map(_NUMBER.fullmatch, parts[:2])):
        return None
    more = parts[2] if len(parts) > 2 else ""
    shape = _CODE if deed == "reason" else _NUMBER
    return None if more and not shape.fullmatch(more) else Tap(deed, int(parts[0]), int(parts[1]), more)


def meant(text: str) -> str:
    """What a short text asks for: change | cancel | new | mine; empty for everything else, which people answer.

    >>> meant("変更したいです"), meant("予約"), meant("こんにちは")
    ('change', 'mine', '')
    """
    if len(text) > LONGEST_TEXT:
        return ""
    return next((deed for deed, words in _WORDS.items() if words.search(text)), "")
