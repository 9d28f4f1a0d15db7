"""What a cart costs: yen, tax included. Shipping is 550 yen, free from 8,000 yen."""

from collections.abc import Iterable
from dataclasses import dataclass

from examples.demo_shop import catalogue

SHIPPING_FEE = 550
FREE_FROM = 8000
MOST_OF_ONE = 20


@dataclass(frozen=True, slots=True)
class CartLine:
    """So many of one SKU."""

    sku: str
    quantity: int

    @property
    def product(self) -> catalogue.Product:
        """The product."""
        found = catalogue.find(self.sku)
        assert found is not None
        return found[0]

    @property
    def variant(self) -> catalogue.Variant:
        """The chosen kind."""
        found = catalogue.find(self.sku)
        assert found is not None
        return found[1]

    @property
    def amount(self) -> int:
        """Yen."""
        return self.product.price * self.quantity


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon as Kaeru described it, and whether it may be used; `problem` is empty when it may."""

    code: str
    discount: int = 0
    """Off this cart, yen."""
    minimum: int = 0
    problem: str = ""
    """unknown | expired | used | unreachable | minimum"""


@dataclass(frozen=True, slots=True)
class Total:
    """The figures of a cart."""

    subtotal: int
    shipping_fee: int
    discount: int

    @property
    def total(self) -> int:
        """What is to be paid."""
        return self.subtotal + self.shipping_fee - self.discount

    @property
    def missing_for_free(self) -> int:
        """How many yen are missing for free shipping; 0 when it is free."""
        return max(0, FREE_FROM - self.subtotal)


def read_items(text: str) -> list[CartLine]:
    """The lines of `SKU:2,SKU:1`; what the shop does not sell is left out, the same SKU is added up."""
    wanted: dict[str, int] = {}
    for part in text.split(",")[:50]:
        sku, _, count = part.partition(":")
        if catalogue.find(sku) and (count or "1").isdecimal():
            wanted[sku] = min(MOST_OF_ONE, wanted.get(sku, 0) + int((count or "1")[:4]))
    return [CartLine(sku, quantity) for sku, quantity in wanted.items() if quantity > 0]


def write_items(lines: Iterable[CartLine]) -> str:
    """The opposite of `read_items`."""
    return ",".join(f"{line.sku}:{line.quantity}" for line in lines)


def add_up(lines: Iterable[CartLine], coupon: Coupon | None = None) -> Total:
    """The figures, with the coupon taken off when it may be used."""
    subtotal = sum(line.amount for line in lines)
    shipping_fee = 0 if subtotal >= FREE_FROM or subtotal == 0 else SHIPPING_FEE
    discount = 0 if coupon is None or coupon.problem else coupon.discount
    return Total(subtotal, shipping_fee, min(discount, subtotal + shipping_fee))
