"""How an order stands at Rakuten right now, in Kaeru's words."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kaeru.connectors.base import Access, Standing
from kaeru.connectors.rakuten import client, words
from kaeru.connectors.rakuten.orders import has_left, items, line_id, number, yen
from kaeru.connectors.reading import part, pieces, rows, text
from kaeru.core import secrets

PLACE = ("zipCode1", "zipCode2", "prefecture", "city", "subAddress")
"""What makes up a delivery address in a SenderModel."""
NAME = ("familyName", "firstName")


@dataclass(frozen=True, slots=True)
class Seen:
    """The order as RMS told it, with what it means. `order` holds personal data and is never kept."""

    standing: Standing
    order: Mapping[str, Any] = field(default_factory=dict, repr=False)
    progress: int | None = None


def look(access: Access, order_number: str) -> Seen:
    """Ask. Raises Busy, Barred, http.Unanswered."""
    if not order_number:
        return Seen(Standing())
    try:
        found = client.order(access, order_number)
    except client.Refused:
        found = None
    return seen(found) if found is not None else Seen(Standing(is_there=False))


def seen(order: Mapping[str, Any]) -> Seen:
    """The answer in Kaeru's words."""
    progress = number(order.get("orderProgress"))
    total = yen(order.get("totalPrice"))
    if total is None:
        total = sum((yen(item.get("price")) or 0) * pieces(item.get("units"), "units") for _, item in items(order))
    senders = [part(package.get("SenderModel")) for package in rows(order.get("PackageModelList"))]
    standing = Standing(
        is_cancelled=progress == words.CANCELLED,
        is_shipped=has_left(order),
        total=total,
        paid=total,  # the mall settles with the buyer: what the order costs is what may go back
        lines={line_id(package, item): pieces(item.get("units"), "units") for package, item in items(order)},
        address_mark=_mark(senders, PLACE),
        discounts=yen(order.get("couponAllTotalPrice")) or 0,
        marks=(f"progress:{progress}", f"name:{_mark(senders, NAME)}"),
    )
    return Seen(standing, order, progress)


def _mark(senders: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """A keyed hash of these words, the same for full and half width; of several packages, of all of them."""
    told = {"".join(text(sender.get(name), 200) for name in names) for sender in senders}
    plain = unicodedata.normalize("NFKC", "|".join(sorted(told))).casefold()
    kept = "".join(letter for letter in plain if letter.isalnum() or letter == "|")
    return secrets.fingerprint(kept).hex()[:32] if kept.strip("|") else ""


def goes_to(standing: Standing, sender: Mapping[str, Any]) -> bool:
    """Whether the order goes to this address, and to this name when one is said."""
    name = _mark([sender], NAME)
    return standing.address_mark == _mark([sender], PLACE) and (not name or f"name:{name}" in standing.marks)
