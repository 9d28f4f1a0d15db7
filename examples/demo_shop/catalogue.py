"""What 小鳥雑貨店 sells, read from products.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Variant:
    """One thing that can be put into a cart."""

    sku: str
    ja: str = ""
    en: str = ""

    def words(self, language: str) -> str:
        """Colour or size in the reader's language; empty for a product that comes in one kind."""
        return self.en if language == "en" else self.ja


@dataclass(frozen=True, slots=True)
class Product:
    """One product with its variants."""

    key: str
    price: int
    """Yen, tax included."""
    picture: str
    """A symbol of pictures.svg."""
    tone: str
    ja: tuple[str, str]
    en: tuple[str, str]
    """Name and one sentence."""
    variants: tuple[Variant, ...]

    def title(self, language: str) -> str:
        """The name in the reader's language."""
        return (self.en if language == "en" else self.ja)[0]

    def about(self, language: str) -> str:
        """One sentence in the reader's language."""
        return (self.en if language == "en" else self.ja)[1]

    @property
    def has_kinds(self) -> bool:
        """Whether there is something to choose."""
        return len(self.variants) > 1


def _read() -> tuple[Product, ...]:
    text = (Path(__file__).parent / "products.toml").read_text("utf-8")
    found = []
    for row in tomllib.loads(text)["product"]:
        key, kinds = row["key"], row.pop("kinds", [])
        variants = tuple(Variant(f"{key}-{n}", ja, en) for n, (ja, en) in enumerate(kinds, 1)) or (Variant(key),)
        found.append(Product(**{**row, "ja": tuple(row["ja"]), "en": tuple(row["en"])}, variants=variants))
    return tuple(found)


PRODUCTS = _read()
_BY_KEY = {product.key: product for product in PRODUCTS}
_BY_SKU = {variant.sku: (product, variant) for product in PRODUCTS for variant in product.variants}


def product(key: str) -> Product | None:
    """The product of this key, or None."""
    return _BY_KEY.get(key)


def find(sku: str) -> tuple[Product, Variant] | None:
    """What a SKU names, or None."""
    return _BY_SKU.get(sku)
