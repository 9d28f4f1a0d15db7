"""What conditions can ask about an order."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kaeru.audiences.registry import Column, Field
from kaeru.audiences.rules import Subject
from kaeru.core import sql
from kaeru.orders.models import Order, OrderLine

RECENT = 300
"""Orders that are looked through for what can be chosen."""
MOST_OFFERED = 200


class Row(NamedTuple):
    """What of an order can be asked; one query for all of it."""

    id: int
    total: int
    currency: str
    shops_currency: str
    sales_channel: str
    payment_kind: str
    placed_at: datetime
    shipped_at: datetime | None
    at: datetime
    """The moment that is asked about."""


def _by_order(subjects: Sequence[Subject], found: dict[int, Any]) -> dict[Subject, Any]:
    return {subject: found[subject.order_id] for subject in subjects if subject.order_id in found}


def _orders(subjects: Sequence[Subject]) -> RawSQL:
    return sql.keys({subject.order_id for subject in subjects if subject.order_id is not None})


def _rows(subjects: Sequence[Subject]) -> dict[Subject, Row]:
    rows = Order.objects.filter(id__in=_orders(subjects)).values_list(
        "id", "total", "currency", "shop__currency", "sales_channel", "payment_kind", "placed_at", "shipped_at"
    )
    found = {row[0]: row for row in rows}
    return {subject: Row(*found[subject.order_id], subject.at) for subject in subjects if subject.order_id in found}


def _minutes(row: Row) -> int:
    return max(0, int((row.at - row.placed_at).total_seconds()) // 60)


def _is_shipped(row: Row) -> bool:
    return row.shipped_at is not None and row.shipped_at <= row.at


def _value(row: Row) -> int | None:
    """Comparable with what the shop wrote only in the shop's own currency."""
    return row.total if row.currency == row.shops_currency else None


def _is_first(subjects: Sequence[Subject], days: int | None) -> dict[Subject, bool]:
    earlier = Order.objects.filter(
        customer_id=OuterRef("customer_id"), shop_id=OuterRef("shop_id"), placed_at__lt=OuterRef("placed_at")
    )
    rows = Order.objects.filter(id__in=_orders(subjects), customer__isnull=False).values_list("id", ~Exists(earlier))
    return _by_order(subjects, {order_id: bool(is_first) for order_id, is_first in rows})


Line = tuple[str, str, list[str], int]
"""SKU, product id, tags, pieces."""


def _lines(subjects: Sequence[Subject]) -> dict[Subject, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    rows = OrderLine.objects.filter(order_id__in=_orders(subjects), quantity__gt=0)
    for order_id, *line in rows.values_list("order_id", "sku", "product_id", "tags", "quantity"):
        found[order_id].append((line[0], line[1], line[2], line[3]))
    return _by_order(subjects, found)


def _products(lines: list[Line]) -> frozenset[str]:
    return frozenset([word for line in lines for word in line[:2] if word])


def _tags(lines: list[Line]) -> frozenset[str]:
    return frozenset([tag for line in lines for tag in line[2]])


def _items(lines: list[Line]) -> int:
    return sum([line[3] for line in lines])


def _offered(words: set[str]) -> list[tuple[str, str]]:
    return [(word, word) for word in sorted(words - {""})[:MOST_OFFERED]]


def _recent(shop_id: int) -> list[int]:
    return list(Order.objects.filter(shop_id=shop_id).order_by("-placed_at").values_list("id", flat=True)[:RECENT])


def _recent_lines(word: Callable[[OrderLine], Sequence[str]]) -> Callable[[int], list[tuple[str, str]]]:
    def offered(shop_id: int) -> list[tuple[str, str]]:
        lines = OrderLine.objects.filter(order_id__in=sql.keys(_recent(shop_id))).only("sku", "tags")
        return _offered({text for line in lines for text in word(line)})

    return offered


def _channels(shop_id: int) -> list[tuple[str, str]]:
    rows = Order.objects.filter(id__in=sql.keys(_recent(shop_id)))
    return _offered(set(rows.order_by().values_list("sales_channel", flat=True).distinct()))


PAYMENTS = {
    "card": _("card"),
    "konbini": _("convenience store"),
    "bank": _("bank transfer"),
    "cod": _("cash on delivery"),
    "wallet": _("wallet or code payment"),
}


def _payments(shop_id: int) -> list[tuple[str, str]]:
    rows = Order.objects.filter(id__in=sql.keys(_recent(shop_id)))
    seen = set(rows.order_by().values_list("payment_kind", flat=True).distinct())
    return [*((kind, str(label)) for kind, label in PAYMENTS.items()), *_offered(seen - PAYMENTS.keys())]


FIELDS = (
    Field(
        "order.value", _("order value"), "money", Column(_rows, _value),
        _("What the order costs in all, shipping and discount included. An order in another currency than the shop's is not known."),
    ),
    Field(
        "order.is_first", _("first order"), "yes", _is_first,
        _("The customer placed no earlier order in this shop, cancelled ones included. Not known without a customer."),
        denied=_("not the first order"),
    ),
    Field(
        "order.items", _("number of items"), "number", Column(_lines, _items),
        _("The pieces of all lines together. Not known for an order without lines."), unit=pgettext_lazy("unit", "pieces"),
    ),
    Field(
        "order.product", _("product"), "tags", Column(_lines, _products),
        _("SKUs and product ids of the order's lines."), _recent_lines(lambda line: [line.sku]), is_open=True,
    ),
    Field(
        "order.product_tag", _("product tag"), "tags", Column(_lines, _tags),
        _("Tags of the products, as the shop's system told them with the order."), _recent_lines(lambda line: line.tags), is_open=True,
    ),
    Field(
        "order.sales_channel", _("sales channel"), "choice", Column(_rows, lambda row: row.sales_channel or None),
        _("Where it was ordered, in the words of the shop's system. Not known when it was not told."), _channels, is_open=True,
    ),
    Field(
        "order.payment_kind", _("way of payment"), "choice", Column(_rows, lambda row: row.payment_kind or None),
        _("How it is paid. Not known when it was not told."), _payments, is_open=True,
    ),
    Field(
        "order.minutes", _("time since the order"), "number", Column(_rows, _minutes),
        _("Whole minutes from the order to the moment at which the question is asked."), unit=pgettext_lazy("unit", "minutes"),
    ),
    Field(
        "order.is_shipped", _("shipped"), "yes", Column(_rows, _is_shipped),
        _("The shop's system has told that something of the order has left."), denied=_("nothing of it shipped yet"),
    ),
)  # fmt: skip
