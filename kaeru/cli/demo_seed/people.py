"""Three hundred invented customers. Names that systems like to break are among them."""

import random
import tomllib
from pathlib import Path
from typing import Any

from examples.demo_shop.store import Buyer


def _told() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "people.toml").read_text("utf-8"))


def _address(draw: random.Random, places: list[list[str]]) -> tuple[str, str]:
    postal_code, place = draw.choice(places)
    return postal_code, f"{place}{draw.randint(1, 9)}-{draw.randint(1, 24)}-{draw.randint(1, 30)}"


def visitors() -> list[Buyer]:
    """Who is signed in at the sample shop: one reads Japanese, one English. Both agreed to the shop's offers."""
    haruka = Buyer(
        "guest-ja", "山田 はるか", "haruka@mail.example", "090-0000-0001", "110-0001", "東京都台東区谷中3-12-8",
        language="ja", accepts_advertising=True,
    )  # fmt: skip
    hanna = Buyer(
        "guest-en", "Hanna Lindqvist", "hanna@mail.example", "090-0000-0002", "150-0001", "東京都渋谷区神宮前4-2-17",
        language="en", accepts_advertising=True,
    )  # fmt: skip
    return [haruka, hanna]


def customers(draw: random.Random, count: int = 300) -> list[Buyer]:
    """So many buyers, the same for the same seed; addresses end in .example, where no mail can ever arrive."""
    told = _told()
    found: list[Buyer] = []
    for name, mail, language in told["special"]:
        found.append(_buyer(draw, told, len(found), name, mail, language, agreed=True))
    taken = {buyer.email for buyer in found}
    while len(found) < count:
        (family, f), (given, g) = draw.choice(told["family"]), draw.choice(told["given"])
        agreed = draw.choices([True, False, None], [62, 18, 20])[0]
        buyer = _buyer(draw, told, len(found), f"{family} {given}", f"{f}.{g}", "ja", agreed=agreed)
        if buyer.email not in taken:
            taken.add(buyer.email)
            found.append(buyer)
    return found


def _buyer(
    draw: random.Random, told: dict[str, Any], before: int, name: str, mail: str, language: str, *, agreed: bool | None
) -> Buyer:
    postal_code, address = _address(draw, told["places"])
    return Buyer(
        f"C{before + 1:04d}",
        name,
        f"{mail}@mail.example",
        "",
        postal_code,
        address,
        language,
        accepts_advertising=agreed,
    )
