"""Money: whole minor units and a currency. Yen have no minor unit, so 1,980円 is 1980."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

MINOR_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "BHD": 3, "KWD": 3, "TND": 3}
"""ISO 4217 currencies whose minor unit is not a hundredth."""

LARGEST = 10**15
"""Minor units; beyond it a figure is a slip, and sums would leave 64 bits."""


def minor_digits(currency: str) -> int:
    """Decimal places of the currency (ISO 4217)."""
    return MINOR_DIGITS.get(currency, 2)


def to_minor(amount: str | Decimal, currency: str) -> int:
    """Minor units of a decimal amount. Raises ValueError for text that is no amount, or has more places than the currency.

    >>> to_minor("1980", "JPY"), to_minor("2.55", "GBP")
    (1980, 255)
    """
    try:
        exact = Decimal(str(amount)).scaleb(minor_digits(currency))
    except InvalidOperation:
        raise ValueError(f"not an amount: {str(amount)[:40]!r}") from None
    if not exact.is_finite():
        raise ValueError(f"not an amount: {str(amount)[:40]!r}")
    if abs(exact) > LARGEST:
        raise ValueError(f"no amount of money is that large: {str(amount)[:40]!r}")
    whole = exact.to_integral_value(ROUND_HALF_UP)
    if whole != exact:
        raise ValueError(f"{amount} has more decimal places than {currency} has")
    return int(whole)


def show(amount: int, currency: str, language: str = "ja") -> str:
    """The amount as people read it: 1,980円 in Japanese, ¥1,980 in English, 12.50 GBP for the rest."""
    digits = minor_digits(currency)
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    whole, part = divmod(size, 10**digits)
    figure = f"{whole:,}" + (f".{part:0{digits}d}" if digits else "")
    if currency == "JPY":
        return f"{sign}{figure}円" if language == "ja" else f"{sign}¥{figure}"
    return f"{sign}{figure} {currency}"
