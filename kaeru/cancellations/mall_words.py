"""The mall's words for why a buyer wants to cancel, matched to the shop's own reasons where they allow. Pure, the words are data."""

import tomllib
import unicodedata
from collections.abc import Collection
from functools import cache
from importlib import resources

Table = tuple[tuple[str, tuple[str, ...]], ...]


@cache
def table() -> Table:
    """Codes of the usual reasons with the words that tell them, as `mall_words.toml` has them."""
    told = tomllib.loads((resources.files("kaeru.cancellations") / "mall_words.toml").read_text(encoding="utf-8"))
    return tuple((one["code"], tuple(_plain(word) for word in one["words"])) for one in told["reason"])


def reason_of(words: str, codes: Collection[str]) -> str:
    """The code among `codes` that these words of a mall tell; "" when they tell none: nothing is guessed.

    A mall that hands on the shop's own code is believed.
    """
    said = _plain(words)
    if said in codes:
        return said
    return next((code for code, known in table() if code in codes and any(word in said for word in known)), "")


def _plain(words: str) -> str:
    return unicodedata.normalize("NFKC", words).casefold().strip()
