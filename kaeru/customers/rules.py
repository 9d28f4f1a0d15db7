"""Who a customer is, as any shop system tells it: the record every connector speaks."""

import re
import unicodedata
from dataclasses import dataclass

_MAIL = re.compile(r"^[^@\s<>\"',;]+@[^@\s<>\"',;]+\.[^@\s<>\"',;]+$")


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """A customer as the shop's system knows them. Empty text means: not told."""

    source_id: str = ""
    """The shop system's own id; empty for guests, who are then known by their mail."""
    name: str = ""
    email: str = ""
    phone: str = ""
    locale: str = ""
    """`ja`, `en` or empty."""
    accepts_advertising: bool | None = None
    """True: told us yes; False: said no; None: never asked."""


def tidy_name(name: str) -> str:
    """One line, no control characters, at most 200 characters; the letters stay as written (髙﨑𠮷)."""
    visible = "".join(" " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter for letter in name)
    return " ".join(visible.split())[:200]


def tidy_email(email: str) -> str:
    """The address in lower case and half width, or empty when it cannot be one address."""
    address = unicodedata.normalize("NFKC", email).strip().lower()
    return address if len(address) <= 254 and _MAIL.match(address) else ""


def tidy_tag(tag: str) -> str:
    """The tag in one line and half width, at most 60 characters, so that VIP and ＶＩＰ are the same."""
    return tidy_name(unicodedata.normalize("NFKC", tag))[:60].strip()
