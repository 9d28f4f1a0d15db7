"""How money goes back the way it came: which payments of an order can take how much. Pure but for the call itself."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kaeru.connectors.base import Access
from kaeru.connectors.reading import part, text
from kaeru.connectors.shopify import client
from kaeru.core.money import minor_digits, to_minor

_SPACE = uuid.UUID("6f3d5a5e-6d0e-5b7c-9d55-2c1d4f3b9a10")
"""Names the room of our idempotency keys."""


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in, with what of it can still go back."""

    id: str
    gateway: str
    left: int
    """Minor units."""
    is_manual: bool
    """Cash on delivery, a bank transfer: Shopify notes it, but moves nothing."""


def payments(transactions: Sequence[Mapping[str, Any]], currency: str) -> tuple[Payment, ...]:
    """The payments of an order."""
    back: Counter[str] = Counter()
    for row in transactions:
        if row.get("kind") == "REFUND" and row.get("status") in {"SUCCESS", "PENDING"}:
            back[text(part(row.get("parentTransaction")).get("id"), 200)] += _amount(row, currency)
    return tuple(
        Payment(
            id=text(row.get("id"), 200),
            gateway=text(row.get("gateway"), 100),
            left=_amount(row, currency) - back[text(row.get("id"), 200)],
            is_manual=row.get("manualPaymentGateway") is True,
        )
        for row in transactions
        if row.get("kind") in {"SALE", "CAPTURE"} and row.get("status") == "SUCCESS"
    )


def _amount(row: Mapping[str, Any], currency: str) -> int:
    told = part(part(row.get("amountSet")).get("shopMoney")).get("amount")
    return to_minor(str(told), currency) if told is not None else 0


def plan(known: Sequence[Payment], amount: int) -> list[tuple[Payment, int]] | None:
    """From which payments the amount goes back, the largest first; None when it cannot go back by itself.

    Of payments by hand nothing is planned: the money would be noted as returned while nobody returned it.
    """
    found, missing = [], amount
    for payment in sorted(known, key=lambda one: -one.left):
        value = min(missing, payment.left)
        if value > 0 and not payment.is_manual:
            found.append((payment, value))
            missing -= value
    return found if missing == 0 and amount > 0 else None


def decimal(amount: int, currency: str) -> str:
    """1980 for 1980 yen, 19.80 for 1980 cents."""
    digits = minor_digits(currency)
    whole, rest = divmod(amount, 10**digits)
    return f"{whole}.{rest:0{digits}d}" if digits else str(whole)


def give(access: Access, order_id: str, parts: Sequence[tuple[Payment, int]], key: str, note: str) -> None:
    """Give the money back. The same key moves it once. Raises what `client.change` raises."""
    transactions = [
        {
            "orderId": order_id, "parentId": payment.id, "gateway": payment.gateway, "kind": "REFUND",
            "amount": decimal(value, access.currency),
        }
        for payment, value in parts
    ]  # fmt: skip
    client.change(
        access,
        "refund",
        {
            "input": {"orderId": order_id, "note": note[:250], "notify": False, "transactions": transactions},
            "key": str(uuid.uuid5(_SPACE, f"{access.account} {key}")),
        },
    )
