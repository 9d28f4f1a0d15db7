"""Japanese postal codes: which place a code names. From Japan Post's own list, see `scripts/postal_codes.py`.

A code that is not in the list may be younger than it, so that only contradictions are refused.
"""

import unicodedata
import zipfile
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

FILE = Path(__file__).parent / "postal_codes.zip"

REGIONS = (
    "北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県", "群馬県", "埼玉県", "千葉県",
    "東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県", "岐阜県", "静岡県", "愛知県", "三重県",
    "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県", "鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県",
    "香川県", "愛媛県", "高知県", "福岡県", "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県",
)  # fmt: skip
"""The prefectures from north to south, as every Japanese form lists them."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a code names; city and town are empty where it names several."""

    region: str
    city: str = ""
    town: str = ""


def tidy(text: str) -> str:
    """The seven digits, however they were typed: full-width, with 〒, with any kind of hyphen; empty for anything else.

    >>> tidy("〒１１０－０００１"), tidy("110-001")
    ('1100001', '')
    """
    folded = unicodedata.normalize("NFKC", text)
    kept = "".join(letter for letter in folded if letter not in " 〒-‐‑‒–—―−ーｰ\u3000")
    return kept if len(kept) == 7 and kept.isascii() and kept.isdigit() else ""


def shown(code: str) -> str:
    """110-0001."""
    return f"{code[:3]}-{code[3:]}"


def find(code: str) -> Place | None:
    """The place of seven digits; None when the list does not know them."""
    return _codes(code[:3]).get(code)


def fits(code: str, region: str) -> bool:
    """Whether the prefecture may have this code: the code's own, or one that has a code with the same first three digits."""
    place = find(code)
    if place is not None and place.region:
        return place.region == region
    near = {known.region for known in _codes(code[:3]).values() if known.region}
    return not near or region in near


@cache
def _folder() -> zipfile.ZipFile:
    return zipfile.ZipFile(FILE)


@lru_cache(maxsize=64)
def _codes(prefix: str) -> dict[str, Place]:
    """The codes that begin so: at most a few hundred."""
    try:
        text = _folder().read(prefix).decode()
    except KeyError:
        return {}
    rows = (line.split("\t") for line in text.split("\n"))
    return {code: Place(region, city, town) for code, region, city, town in rows}
