"""配送先の変更: another delivery address on the order that stands. The present one is never shown, as a link may be passed on."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import phonenumbers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import override

from kaeru.cancellations.models import Repair
from kaeru.cancellations.repairs import postal_codes
from kaeru.cancellations.repairs.base import Form, Plain, Read, Stage
from kaeru.connectors.changes import Change, ChangeAddress

FIELDS = ("name", "postal_code", "region", "city", "line1", "line2", "phone")
LONGEST = {"name": 60, "city": 60, "line1": 100, "line2": 100, "phone": 20}
_NUMBER = re.compile(r"[0-9〇一二三四五六七八九十]")
_JAPAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


class Address(Plain):
    """Postal code, prefecture, town, street, building, phone: an address in Japan."""

    name = "address"
    label = lazy("Another delivery address")
    reasons = frozenset({"change_address"})
    template = "storefront/repair/address.html"

    def show(self, stage: Stage, form: Form) -> Mapping[str, Any] | None:
        """The form as it was typed; asked to `look`, the place of the postal code is put in."""
        if stage.request.currency != "JPY":
            return None
        typed = {name: form.get(name, "") for name in FIELDS}
        is_unknown = False
        if form.get("do") == "look":
            code = postal_codes.tidy(typed["postal_code"])
            place = postal_codes.find(code) if code else None
            is_unknown = place is None
            if place is not None:
                typed["postal_code"] = postal_codes.shown(code)
                typed["region"] = place.region or typed["region"]
                typed["city"] = f"{place.city}{place.town}" or typed["city"]
        return {"typed": typed, "regions": postal_codes.REGIONS, "is_unknown": is_unknown}

    def read(self, stage: Stage, form: Form) -> Read:
        """Digits are folded; what a parcel service could not read is named field by field."""
        typed = {name: unicodedata.normalize("NFKC", form.get(name, "")).strip() for name in FIELDS}
        typed = {name: " ".join(text.split()) for name, text in typed.items()}
        for name in ("name", "city", "line1", "line2"):
            typed[name] = " ".join(form.get(name, "").split())[: LONGEST[name]]
        code, problems = postal_codes.tidy(typed["postal_code"]), {}
        if not code:
            problems["postal_code"] = _("Please enter the seven digits of the postal code.")
        if typed["region"] not in postal_codes.REGIONS:
            problems["region"] = _("Please choose the prefecture.")
        elif code and not postal_codes.fits(code, typed["region"]):
            problems["postal_code"] = _("Postal code and prefecture do not go together. Please check both.")
        if not typed["name"]:
            problems["name"] = _("Please enter the name of the person who receives it.")
        if not typed["city"]:
            problems["city"] = _("Please enter the city or town.")
        if not _NUMBER.search(unicodedata.normalize("NFKC", typed["line1"])):
            problems["line1"] = _("Please enter the street with its number.")
        phone = _phone(typed["phone"])
        if not phone:
            problems["phone"] = _("Please enter a phone number in Japan at which the courier can call.")
        if problems and not _is_of_japan(typed):
            problems[""] = _("We deliver within Japan. For an address abroad, please contact us.")
        typed |= {"postal_code": postal_codes.shown(code) if code else typed["postal_code"], "phone": phone}
        return Read(typed, problems)

    def changes(self, stage: Stage, asked: Mapping[str, Any]) -> Sequence[Change]:
        """One change with the whole address."""
        return (ChangeAddress(**{name: str(asked.get(name, "")) for name in FIELDS}),)

    def says(self, repair: Repair, language: str) -> str:
        """The town is enough for a list; the whole address is on the case's own page."""
        with override(language):
            place = f"{repair.asked.get('region', '')}{repair.asked.get('city', '')}"
            return (
                _("Another delivery address: %(place)s") % {"place": place} if place else _("Another delivery address")
            )


def _phone(text: str) -> str:
    """A number that exists in Japan, as it is written there; empty for anything else."""
    try:
        number = phonenumbers.parse(text, "JP")
    except phonenumbers.NumberParseException:
        return ""
    if number.country_code != 81 or not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))


def _is_of_japan(typed: Mapping[str, str]) -> bool:
    """Nothing speaks for an address abroad: a Japanese prefecture or postal code, or Japanese letters, or nothing typed."""
    told = f"{typed['city']}{typed['line1']}"
    return bool(typed["region"] or postal_codes.tidy(typed["postal_code"]) or _JAPAN.search(told) or not told)


KIND = Address()
