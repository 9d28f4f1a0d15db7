"""The rows of one order, in the words of its layout, become records: an order, what of it was given back, or a credit slip."""

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime

from kaeru.connectors.files.cells import moment, money, plain, yes_no
from kaeru.connectors.files.columns import Header
from kaeru.connectors.files.errors import BadCell, FileRefused, Rejection
from kaeru.connectors.files.layout import Layout
from kaeru.connectors.files.lines import LineReader, limited
from kaeru.connectors.files.table import Row
from kaeru.connectors.files.words import Words, currency_code
from kaeru.customers.rules import CustomerRecord
from kaeru.orders.rules import LineRecord, OrderRecord, RefundLineRecord, RefundRecord

Record = OrderRecord | RefundRecord


class Assembler:
    """For a file with this header. Raises FileRefused when columns that the layout cannot do without are missing."""

    def __init__(self, layout: Layout, header: Header, shop_currency: str) -> None:
        self._layout, self._shop_currency = layout, shop_currency
        self._order = header.getters(layout.order)
        self._customer = header.getters(layout.customer)
        self._other_times = [getter for column in layout.other_times if (getter := header.find(column))]
        self._lines = LineReader(layout, header)
        self._words = Words(layout, header)
        self.warnings: Counter[str] = Counter()
        missing = [name for name in ("key", "placed_at") if name not in self._order]
        if "total" not in self._order and not self._lines.has_price:
            missing.append("total, or line.unit_price")
        if missing:
            raise FileRefused(
                "columns_missing", f"no column for order.{' and order.'.join(missing)}; the file has: {header}", 1
            )

    def order(self, rows: list[Row], line_rows: list[Row]) -> list[Record] | list[Rejection]:
        """The order that these rows tell of, and refunds of parts of it; or a rejection for each of its rows."""
        return self._guarded(rows, line_rows, self._order_records)

    def slip(self, rows: list[Row]) -> list[Record] | list[Rejection]:
        """The credit slip that these rows are; or a rejection for each of them."""
        return self._guarded(rows, rows, self._slip_records)

    def _guarded(
        self,
        rows: list[Row],
        line_rows: list[Row],
        build: Callable[[list[str], str, list[Row], list[LineRecord]], list[Record]],
    ) -> list[Record] | list[Rejection]:
        currency = self._shop_currency
        try:
            currency = currency_code(self._text(rows[0][1], "currency") or self._layout.currency or currency)
            lines = self._lines.read([row for _, row in line_rows], currency)
            return build(rows[0][1], currency, line_rows, lines)
        except BadCell as trouble:
            return self._rejections(rows, line_rows, currency, trouble)

    def _rejections(self, rows: list[Row], line_rows: list[Row], currency: str, trouble: BadCell) -> list[Rejection]:
        """Which rows are to blame; the rest of their order goes with them, as half an order would be a wrong one."""
        bad: dict[int, BadCell] = {}
        for number, row in line_rows:
            try:
                self._lines.read([row], currency)
            except BadCell as own:
                bad[number] = own
        bad = bad or {rows[0][0]: trouble}
        rest = BadCell("order_rejected", f"belongs to the order whose row in line {min(bad)} was rejected")
        return [Rejection(number, bad.get(number, rest).code, bad.get(number, rest).message) for number, _ in rows]

    def _order_records(
        self, first: list[str], currency: str, line_rows: list[Row], lines: list[LineRecord]
    ) -> list[Record]:
        key = self._text(first, "key")
        source_id = self._text(first, "source_id") or key
        placed_at, shipped_at, cancelled_at, told_at = (
            self._moment(first, name) for name in ("placed_at", "shipped_at", "cancelled_at", "updated_at")
        )
        if placed_at is None:
            raise BadCell("moment", "the order has no date")
        known = [
            placed_at,
            shipped_at,
            cancelled_at,
            *(self._read_moment(getter(first)) for getter in self._other_times),
        ]
        latest = max(at for at in known if at is not None)
        states = self._words.states(first, line_rows, self.warnings)
        if states == {"cancelled"} and cancelled_at is None:
            cancelled_at = told_at or latest
            self.warnings["cancelled without a date: the latest moment known of the order stands for it"] += 1
        if "shipped" in states and shipped_at is None:
            shipped_at = told_at or latest
        if "pending" in states:
            self.warnings["cancellation asked for but not decided: taken as open"] += 1
        shipping_fee, subtotal, total = (
            self._money(first, name, currency) for name in ("shipping_fee", "subtotal", "total")
        )
        discount = abs(
            self._money(first, "discount", currency) or self._lines.sum("discount", line_rows, currency) or 0
        )
        if total is None:
            paid = self._lines.sum("paid", line_rows, currency)
            total = (
                sum(line.unit_price * line.quantity for line in lines) + (shipping_fee or 0) - discount
                if paid is None
                else paid
            )
        carrier, parcel, coupon = (self._text(first, name) for name in ("carrier", "tracking_number", "coupon"))
        side = side_of(self._text(first, "cancel_side"), self._layout)
        order = OrderRecord(
            source_id=source_id, placed_at=placed_at, updated_at=max(told_at or latest, cancelled_at or placed_at, shipped_at or placed_at),
            currency=currency, total=total, lines=tuple(lines), number=self._text(first, "number"), customer=self._customer_record(first),
            subtotal=subtotal, shipping_fee=shipping_fee or 0, discount=discount,
            payment_kind=self._words.payment(self._text(first, "payment_kind")),
            sales_channel=self._text(first, "sales_channel") or self._layout.sales_channel, cancelled_at=cancelled_at,
            cancel_reason=self._text(first, "cancel_reason"), cancel_side=side, shipped_at=shipped_at,
            tracking=(carrier, parcel) if parcel else None, coupon_codes=tuple(code.strip() for code in coupon.split(",") if code.strip()),
            reorder_ref=self._text(first, "reorder_ref"), paid_at=self._moment(first, "paid_at"), dispatch_by=self._day(first, "dispatch_by"),
            wished_on=self._day(first, "wished_on"), wished_slot=self._text(first, "wished_slot")[:20],
            mall_state=self._text(first, "mall_state")[:20],
        )  # fmt: skip
        return [order, *self._given_back(order, first, line_rows, states)]

    def _given_back(self, order: OrderRecord, first: list[str], line_rows: list[Row], states: set[str]) -> list[Record]:
        """Refunds that an order list tells of: a return, an amount paid back, or single lines that were cancelled."""
        at, key, currency = order.updated_at, order.source_id, order.currency
        if order.cancelled_at is not None:
            return []
        if states == {"returned"}:
            return [
                RefundRecord(
                    _named(key, "returned"), at, currency, order.total, order_source_id=key, is_cancellation=False
                )
            ]
        refunded = self._money(first, "refunded", currency)
        if refunded:
            return [
                RefundRecord(
                    _named(key, "refunded"),
                    at,
                    currency,
                    refunded,
                    order_source_id=key,
                    is_cancellation=order.shipped_at is None,
                )
            ]
        if "cancelled" not in states:
            return []
        slips: list[Record] = []
        for place, ((_, row), line) in enumerate(zip(line_rows, order.lines, strict=True)):
            if self._words.state(row, self.warnings) == "cancelled":
                back = RefundLineRecord(
                    line.quantity, line.quantity * line.unit_price, line.source_id, line.sku, line.title
                )
                name = _named(key, line.source_id or str(place))
                slips.append(RefundRecord(name, at, currency, back.amount, order_source_id=key, lines=(back,)))
        return slips

    def _slip_records(self, first: list[str], currency: str, _rows: list[Row], lines: list[LineRecord]) -> list[Record]:
        given_at = self._moment(first, "cancelled_at") or self._moment(first, "placed_at")
        if given_at is None:
            raise BadCell("moment", "the credit slip has no date")
        back = tuple(
            RefundLineRecord(
                abs(line.quantity), abs(line.quantity) * line.unit_price, line.source_id, line.sku, line.title
            )
            for line in lines
        )
        amount = sum(line.amount for line in back)
        key = self._text(first, "key")
        return [RefundRecord(key, given_at, currency, amount, customer=self._customer_record(first), lines=back)]

    def _customer_record(self, row: list[str]) -> CustomerRecord | None:
        told = {name: self._limited(getter(row), name) for name, getter in self._customer.items()}
        consent = yes_no(told.pop("accepts_advertising", ""))
        if not any(told.values()):
            return None
        return CustomerRecord(**told | {"phone": told.get("phone", "").lstrip("'")}, accepts_advertising=consent)

    def _limited(self, cell: str, name: str) -> str:
        return limited(cell, name, self._layout.empty)

    def _text(self, row: list[str], name: str) -> str:
        getter = self._order.get(name)
        return self._limited(getter(row), name) if getter else ""

    def _money(self, row: list[str], name: str, currency: str) -> int | None:
        cell = self._text(row, name)
        return money(cell, currency) if cell else None

    def _moment(self, row: list[str], name: str) -> datetime | None:
        return self._read_moment(self._text(row, name))

    def _day(self, row: list[str], name: str) -> date | None:
        at = self._moment(row, name)
        return at.astimezone(self._layout.zone).date() if at else None

    def _read_moment(self, cell: str) -> datetime | None:
        cell = self._limited(cell, "moment")
        return moment(cell, self._layout.zone, self._layout.date_form) if cell else None


def side_of(said: str, layout: Layout) -> str:
    """customer, shop, or empty when the list does not tell. Raises BadCell for a word that nobody knows."""
    side = layout.side_words.get(plain(said), said.lower())
    if side not in ("", "customer", "shop"):
        raise BadCell("cancel_side", f"neither customer nor shop: {said[:40]!r}; name the word in a map, under [side]")
    return side


def _named(order: str, part: str) -> str:
    """A refund's own name within 100 characters, the same each time."""
    name = f"{order}/{part}"
    return name if len(name) <= 100 else f"{hashlib.sha256(name.encode()).hexdigest()[:40]}/{part[:50]}"
