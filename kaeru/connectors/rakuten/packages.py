"""What is sent back to RMS when address or items change: the packages as RMS told them, changed in place. Pure.

updateOrderSender takes the whole of it and lays it over the order, so an order whose other parts would not survive that (wrapping,
amounts that are not settled, several addresses) is left to a person.
"""

import re
from collections.abc import Mapping
from typing import Any

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from kaeru.connectors.changes import ChangeAddress
from kaeru.connectors.rakuten import words
from kaeru.connectors.rakuten.orders import line_id, number, yen
from kaeru.connectors.rakuten.standing import NAME, PLACE
from kaeru.connectors.reading import part, rows, text

TAKEN = (
    "basketId", "postagePrice", "postageTaxRate", "deliveryPrice", "deliveryTaxRate", "goodsTax", "noshi", "packageDeleteFlag",
    "SenderModel", "ItemModelList",
)  # fmt: skip
"""What a package of updateOrderSender may hold; sums and shipments are RMS's own."""
_ZIP = re.compile(r"(\d{3})-?(\d{4})")


def not_by_machine(order: Mapping[str, Any]) -> str:
    """Why a person must change this order in RMS: wrapped | not_settled | unknown_line; empty: Kaeru may."""
    if any(order.get(name) for name in ("WrappingModel1", "WrappingModel2")):
        return "wrapped"  # a second telling would add the wrapping and its price once more
    packages = rows(order.get("PackageModelList"))
    amounts = [package.get(name) for package in packages for name in ("postagePrice", "goodsPrice", "totalPrice")]
    if words.NOT_FIXED in amounts:
        return "not_settled"
    return "" if packages else "unknown_line"


def sender_of(change: ChangeAddress, before: Mapping[str, Any]) -> dict[str, Any] | None:
    """The new address in Rakuten's words, over what stands there; None when the postal code is none.

    Who gets it under the same name keeps the reading of the name (kana); for another name the old reading would be wrong, so the
    name itself stands there until a person mends it.
    """
    digits = _ZIP.fullmatch(change.postal_code.strip())
    if digits is None:
        return None
    family, _, given = change.name.strip().replace("\u3000", " ").partition(" ")
    told: dict[str, Any] = {
        **before, "zipCode1": digits[1], "zipCode2": digits[2], "prefecture": change.region.strip(), "city": change.city.strip(),
        "subAddress": f"{change.line1.strip()} {change.line2.strip()}".strip(),
    }  # fmt: skip
    if family:
        told |= {"familyName": family, "firstName": given.strip()}
    if phone := _phone(change.phone):
        told |= dict(zip(("phoneNumber1", "phoneNumber2", "phoneNumber3"), phone, strict=True))
    return told


def with_sender(order: Mapping[str, Any], change: ChangeAddress) -> list[dict[str, Any]] | str:
    """All packages with the new address, or why not: several_addresses | no_such_postal_code."""
    packages = [dict(row) for row in rows(order.get("PackageModelList"))]
    places = {tuple(text(part(one.get("SenderModel")).get(name), 200) for name in (*PLACE, *NAME)) for one in packages}
    if len(places) > 1:
        return "several_addresses"
    for package in packages:
        sender = sender_of(change, part(package.get("SenderModel")))
        if sender is None:
            return "no_such_postal_code"
        package["SenderModel"] = sender
    return [_taken(package) for package in packages]


def with_quantities(order: Mapping[str, Any], quantities: Mapping[str, int]) -> tuple[list[dict[str, Any]], int] | str:
    """All packages with these quantities by line, and how much less the goods cost then (yen); or why not: unknown_line | nothing_left."""
    left, fall, met = 0, 0, set[str]()
    packages = []
    for row in rows(order.get("PackageModelList")):
        package, changed = dict(row), []
        for item in rows(row.get("ItemModelList")):
            name, had = line_id(row, item), number(item.get("units")) or 0
            is_gone = number(item.get("deleteItemFlag")) == 1
            wanted = had if is_gone else quantities.get(name, had)
            if not is_gone:
                met.add(name)
                left += wanted
                fall += (had - wanted) * (yen(item.get("price")) or 0)
            changed.append({**item, "units": wanted} if wanted else {**item, "deleteItemFlag": 1})
        package["ItemModelList"] = changed
        packages.append(_taken(package))
    if set(quantities) - met:
        return "unknown_line"
    return (packages, fall) if left else "nothing_left"


def coupons_of(order: Mapping[str, Any]) -> dict[str, Any]:
    """The coupons on the order, told back so that they stay; {} when there are none."""
    found = rows(order.get("CouponModelList"))
    return {"CouponModelList": [dict(row) for row in found]} if found else {}


def _taken(package: Mapping[str, Any]) -> dict[str, Any]:
    return {name: package[name] for name in TAKEN if package.get(name) is not None}


def _phone(written: str) -> list[str] | None:
    """The three parts of a Japanese number; None when it has no three."""
    try:
        found = phonenumbers.format_number(phonenumbers.parse(written, "JP"), PhoneNumberFormat.NATIONAL)
    except NumberParseException:
        return None
    parts = found.split("-")
    return parts if len(parts) == 3 and all(one.isdecimal() for one in parts) else None
