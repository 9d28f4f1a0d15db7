"""Who books on the page: a card that the salon has under this address, or a new one.

A stranger who knows an address can book for it, as anybody can on the telephone; nothing of the card is shown to them, and nothing in
it is changed by what they typed.
"""

import re
import unicodedata
from dataclasses import dataclass

from kaeru.core import clock, ids
from kaeru.customers.models import Customer, Identity
from kaeru.customers.rules import tidy_email, tidy_name
from kaeru.tenants.models import Shop

_PHONE = re.compile(r"\+?[0-9]{9,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Guest:
    """What somebody typed about themselves."""

    name: str
    mail: str = ""
    phone: str = ""

    def problems(self) -> dict[str, str]:
        """What is missing, by field: name | mail | phone | contact (neither of both) -> missing | wrong."""
        found = {}
        if not tidy_name(self.name):
            found["name"] = "missing"
        if self.mail.strip() and not tidy_email(self.mail):
            found["mail"] = "wrong"
        if self.phone.strip() and not tidy_phone(self.phone):
            found["phone"] = "wrong"
        if not (self.mail.strip() or self.phone.strip()):
            found["contact"] = "missing"
        return found


def tidy_phone(text: str) -> str:
    """The digits in half width, with a leading + where it was typed; empty when it cannot be a number.

    >>> tidy_phone("０９０−１２３４−５６７８"), tidy_phone("12")
    ('09012345678', '')
    """
    digits = re.sub(r"[\s\-‐-―−ー()（）.]", "", unicodedata.normalize("NFKC", text))
    return digits if _PHONE.fullmatch(digits) else ""


def card_of(shop: Shop, guest: Guest, language: str) -> int:
    """The id of the card with this address, made when there is none. Call it in a transaction, with a guest without problems."""
    mail, phone = tidy_email(guest.mail), tidy_phone(guest.phone)
    for kind, value in (("mail", mail), ("phone", phone)):
        known = Identity.objects.filter(shop=shop, kind=kind, value=value).order_by("id").first() if value else None
        if known is not None:
            return known.customer_id
    own = {"organization_id": shop.organization_id, "shop": shop}
    row = Customer.objects.create(**own, name=tidy_name(guest.name), language=language, created_at=clock.now())
    Identity.objects.bulk_create(
        Identity(id=ids.new_id(), **own, customer=row, kind=kind, value=value)
        for kind, value in (("mail", mail), ("phone", phone))
        if value
    )
    return row.id
