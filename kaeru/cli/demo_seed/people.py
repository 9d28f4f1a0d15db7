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


def _phone(number: int) -> str:
    """A number that nobody can be reached at: these belonged to pagers, the last of which fell silent in 2019."""
    return f"020-4000-{number:04d}"


def visitors() -> list[Buyer]:
    """Who is signed in at the sample shop: one reads Japanese, one English. Both agreed to the shop's offers."""
    haruka = Buyer(
        "guest-ja", "山田 はるか", "haruka@mail.example", _phone(9001), "110-0001", "東京都台東区谷中3-12-8",
        language="ja", accepts_advertising=True,
    )  # fmt: skip
    hanna = Buyer(
        "guest-en", "Hanna Lindqvist", "hanna@mail.example", _phone(9002), "150-0001", "東京都渋谷区神宮前4-2-17",
        language="en", accepts_advertising=True,
    )  # fmt: skip
    return [haruka, hanna]


def newcomers() -> list[Buyer]:
    """Who orders for the first time in the last days."""
    told = [
        ("N0001", "早川 つばめ", "hayakawa.tsubame", "ja", "810-0001", "福岡県福岡市中央区天神2-8-31", 9101),
        ("N0002", "桐島 光", "kirishima.hikaru", "ja", "604-8101", "京都府京都市中京区柳馬場通5-4-2", 9102),
        ("N0003", "Emma Thornton", "emma.thornton", "en", "231-0023", "神奈川県横浜市中区山下町6-10-2", 9103),
        ("N0004", "鷺沢 真澄", "sagisawa.masumi", "ja", "650-0021", "兵庫県神戸市中央区三宮町3-7-14", 9104),
        ("N0005", "鶴見 一枝", "tsurumi.kazue", "ja", "980-0811", "宮城県仙台市青葉区一番町4-6-1", 9105),
        ("N0006", "雉子波 要", "kijinami.kaname", "ja", "460-0008", "愛知県名古屋市中区栄3-15-33", 9106),
    ]
    return [
        Buyer(key, name, f"{mail}@mail.example", _phone(phone), code, address, language, accepts_advertising=True)
        for key, name, mail, language, code, address, phone in told
    ]


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
        _phone(before + 1) if before % 5 < 3 else "",
        postal_code,
        address,
        language,
        accepts_advertising=agreed,
    )
