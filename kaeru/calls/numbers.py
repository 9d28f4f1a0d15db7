"""Phone numbers: as a telephone dials them, and as people read them. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat

REGIONS = {"JPY": "JP", "KRW": "KR", "TWD": "TW", "USD": "US", "CAD": "CA", "GBP": "GB", "AUD": "AU", "CNY": "CN"}
"""In which country a shop's own numbers are, by its currency: for numbers that were written without a country."""
_PUNCTUATION = re.compile(r"[\s()\-\u2010-\u2015\u2212\u30fc.]+")
_PLAIN_JAPANESE = re.compile(r"0(?!10)[1-9][0-9]{8,9}", re.ASCII)
"""Written within the country, and not behind the prefix for calls abroad."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that can be dialled."""

    e164: str
    """+819012345678: for the `tel:` link, and the only form that is hashed."""
    region: str | None
    """Where the shop is."""

    @property
    def shown(self) -> str:
        """090-1234-5678 for numbers of the shop's own country, +1 202-555-0123 for others."""
        number = phonenumbers.parse(self.e164)
        is_home = phonenumbers.region_code_for_number(number) == self.region
        form = PhoneNumberFormat.NATIONAL if is_home else PhoneNumberFormat.INTERNATIONAL
        return phonenumbers.format_number(number, form)


@lru_cache(maxsize=4096)
def read(written: str, currency: str = "JPY") -> Phone | None:
    """The number in what a customer wrote; None when there is none that exists.

    >>> read("０９０−１２３４−５６７８").e164
    '+819012345678'
    >>> read("なし") is None
    True
    """
    region = REGIONS.get(currency)
    number = _plain(written) if region == "JP" else None
    try:
        number = number or phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164), region)


def _plain(written: str) -> PhoneNumber | None:
    """What nearly every Japanese customer writes, read five times faster than by the rules of all countries."""
    digits = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", written))
    if not _PLAIN_JAPANESE.fullmatch(digits):
        return None
    return PhoneNumber(country_code=81, national_number=int(digits[1:]))
