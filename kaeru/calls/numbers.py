"""Phone numbers: as a telephone dials them, and as people read them. Pure."""

from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat

REGIONS = {"JPY": "JP", "KRW": "KR", "TWD": "TW", "USD": "US", "CAD": "CA", "GBP": "GB", "AUD": "AU", "CNY": "CN"}
"""In which country a shop's own numbers are, by its currency: for numbers that were written without a country."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that can be dialled."""

    e164: str
    """+819012345678: for the `tel:` link, and the only form that is hashed."""
    shown: str
    """090-1234-5678 for numbers of the shop's own country, +1 202-555-0123 for others."""


@lru_cache(maxsize=4096)
def read(written: str, currency: str = "JPY") -> Phone | None:
    """The number in what a customer wrote; None when there is none that exists.

    >>> read("０９０−１２３４−５６７８")
    Phone(e164='+819012345678', shown='090-1234-5678')
    >>> read("なし") is None
    True
    """
    region = REGIONS.get(currency)
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    is_home = phonenumbers.region_code_for_number(number) == region
    form = PhoneNumberFormat.NATIONAL if is_home else PhoneNumberFormat.INTERNATIONAL
    return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164), phonenumbers.format_number(number, form))
