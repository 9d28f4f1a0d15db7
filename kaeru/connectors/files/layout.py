"""Layouts are data: a TOML file says which header means what, which words mean cancelled, and whose clock the times are of.

Kaeru's own are in `layouts/`; an operator's map is laid over one of them, table by table, or stands alone.
`docs/reference/import-orders.md` describes every key.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kaeru.connectors.files.cells import plain
from kaeru.connectors.files.columns import Column, parse_column
from kaeru.connectors.files.errors import FileRefused

FOLDER = Path(__file__).parent / "layouts"
ORDER_FIELDS = frozenset(
    "key source_id number placed_at updated_at currency total subtotal shipping_fee discount payment_kind sales_channel cancelled_at"
    " cancel_reason cancel_side shipped_at carrier tracking_number coupon reorder_ref refunded paid_at dispatch_by wished_on wished_slot"
    " mall_state".split()
)
CUSTOMER_FIELDS = frozenset("source_id name email phone locale accepts_advertising".split())
LINE_FIELDS = frozenset(
    "source_id title sku product_id variant_id variant quantity unit_price tags tax_rate paid discount".split()
)
STATES = ("cancelled", "pending", "shipped", "returned", "open")
SIDES = ("shop", "customer")
_TABLES = {
    "title": str, "time_zone": str, "currency": str, "sales_channel": str, "encoding": str, "delimiter": str, "date_form": str, "empty": list,
    "other_times": list, "order": dict, "customer": dict, "line": dict, "only_lines": dict, "status": dict, "payment": dict,
    "credit_slip": dict, "leave_out": list, "side": dict,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowRule:
    """Rows that are left out, and why: by a pattern their cell has or lacks, or by a number below or above a bound."""

    why: str
    column: Column
    matches: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None
    below: Decimal | None = None
    above: Decimal | None = None
    of: str = ""
    """orders | credit_slips; empty: both"""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one kind of file is read."""

    name: str
    zone: ZoneInfo
    order: Mapping[str, Column]
    customer: Mapping[str, Column]
    line: Mapping[str, Column]
    currency: str = ""
    sales_channel: str = ""
    encoding: str = ""
    delimiter: str = ""
    date_form: str = ""
    empty: frozenset[str] = frozenset()
    other_times: tuple[Column, ...] = ()
    """Further moments of the order; the latest one known tells how new the state is."""
    status: Column | None = None
    status_words: Mapping[str, str] = field(default_factory=dict)
    is_status_per_line: bool = False
    payment_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    side_words: Mapping[str, str] = field(default_factory=dict)
    """Whose cancellation it is, by the list's own words: {"在庫切れ": "shop"}."""
    only_lines: RowRule | None = None
    """Rows for which this does not hold belong to the order, but are no line of it (EC-CUBE's rows for postage)."""
    credit_slip: RowRule | None = None
    """Rows for which this holds are credit slips that name no order."""
    leave_out: tuple[RowRule, ...] = ()

    @property
    def headers(self) -> list[str]:
        """Every header text that the layout knows."""
        columns = [
            *self.order.values(),
            *self.customer.values(),
            *self.line.values(),
            *([self.status] if self.status else []),
        ]
        return [header for column in columns for header in column.headers]


def names() -> list[str]:
    """The layouts that come with Kaeru."""
    return sorted(path.stem for path in FOLDER.glob("*.toml") if not path.stem.startswith("_"))


def load(name: str, map_file: Path | None = None) -> Layout:
    """The layout of this name with the operator's map laid over it. Raises FileRefused with the place of what is wrong."""
    return build(name if not map_file else map_file.stem, document(name, map_file))


def document(name: str, map_file: Path | None = None) -> dict[str, Any]:
    """What the layout and the map over it say together, as it is remembered. Raises FileRefused."""
    said: dict[str, Any] = {}
    if name and name not in names():
        raise FileRefused("layout", f"unknown layout {name!r}; known are {', '.join(names())}")
    for path in ([FOLDER / f"{name}.toml"] if name else []) + ([map_file] if map_file else []):
        said = _laid_over(said, _read(path))
    if not said:
        raise FileRefused("layout", "say a layout or a map")
    return said


def build(name: str, said: Mapping[str, Any]) -> Layout:
    """The layout that the document describes. Raises FileRefused with the place of what is wrong."""
    return _build(name, {**said, "payment": _read(FOLDER / "_payment.toml") | said.get("payment", {})})


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as failure:
        raise FileRefused("layout", f"{path.name} cannot be read: {failure}") from None


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    if above.pop("replace", False):
        return above
    merged = dict(below)
    for key, value in above.items():
        merged[key] = (
            {**merged[key], **value} if isinstance(value, dict) and isinstance(merged.get(key), dict) else value
        )
    return merged


def _build(name: str, said: dict[str, Any]) -> Layout:
    for key, value in said.items():
        if not isinstance(value, _TABLES.get(key, ())):
            raise FileRefused(
                "layout",
                f"{name}: {key!r} is not known here, or is not a {getattr(_TABLES.get(key), '__name__', 'key')}",
            )
    status = dict(said.get("status", {}))
    status_column, per_line = status.pop("column", None), status.pop("per_line", False)
    if set(status) - set(STATES):
        raise FileRefused(
            "layout",
            f"{name}: status has {', '.join(sorted(set(status) - set(STATES)))}; known are column, per_line, {', '.join(STATES)}",
        )
    if set(said.get("side", {})) - set(SIDES):
        raise FileRefused("layout", f"{name}: side has lists of words for {', '.join(SIDES)}")
    try:
        zone = ZoneInfo(said.get("time_zone", "Asia/Tokyo"))
    except (KeyError, ValueError, OSError):
        raise FileRefused("layout", f"{name}: unknown time zone {said.get('time_zone')!r}") from None
    return Layout(
        name=name, zone=zone, currency=said.get("currency", ""), sales_channel=said.get("sales_channel", ""),
        order=_columns(said, "order", ORDER_FIELDS, name), customer=_columns(said, "customer", CUSTOMER_FIELDS, name),
        line=_columns(said, "line", LINE_FIELDS, name), encoding=said.get("encoding", ""), delimiter=said.get("delimiter", ""),
        date_form=said.get("date_form", ""), empty=frozenset(said.get("empty", ())),
        other_times=tuple(parse_column(column, f"{name}: other_times") for column in said.get("other_times", ())),
        status=parse_column(status_column, f"{name}: status.column") if status_column else None,
        status_words={plain(str(word)): state for state, words in status.items() for word in words}, is_status_per_line=bool(per_line),
        payment_words={kind: tuple(plain(word).casefold() for word in words) for kind, words in said["payment"].items()},
        side_words={plain(str(word)): side for side, words in said.get("side", {}).items() for word in words},
        only_lines=_rule(said["only_lines"], f"{name}: only_lines") if "only_lines" in said else None,
        credit_slip=_rule(said["credit_slip"], f"{name}: credit_slip") if "credit_slip" in said else None,
        leave_out=tuple(_rule(rule, f"{name}: leave_out") for rule in said.get("leave_out", ())),
    )  # fmt: skip


def _columns(said: dict[str, Any], table: str, fields: Iterable[str], name: str) -> dict[str, Column]:
    unknown = set(said.get(table, {})) - set(fields)
    if unknown:
        raise FileRefused(
            "layout", f"{name}: {table} has no field {', '.join(sorted(unknown))}; it has {', '.join(sorted(fields))}"
        )
    return {
        field: parse_column(column, f"{name}: {table}.{field}")
        for field, column in said.get(table, {}).items()
        if column != ""
    }


def _rule(said: Any, where: str) -> RowRule:
    known = {"why", "column", "matches", "unless", "below", "above", "of"}
    if (
        not isinstance(said, dict)
        or set(said) - known
        or not set(said) & {"matches", "unless", "below", "above"}
        or "column" not in said
    ):
        raise FileRefused(
            "layout", f"{where}: a rule has a column and one of matches, unless, below, above; also why and of"
        )
    try:
        patterns = {key: re.compile(said[key]) for key in ("matches", "unless") if key in said}
        bounds = {key: Decimal(str(said[key])) for key in ("below", "above") if key in said}
    except (re.error, ArithmeticError, TypeError) as failure:
        raise FileRefused("layout", f"{where}: {failure}") from None
    if said.get("of", "") not in ("", "orders", "credit_slips"):
        raise FileRefused("layout", f"{where}: of is orders or credit_slips")
    return RowRule(
        why=str(said.get("why", "left out by rule")), column=parse_column(said["column"], where), of=said.get("of", ""),
        matches=patterns.get("matches"), unless=patterns.get("unless"), below=bounds.get("below"), above=bounds.get("above"),
    )  # fmt: skip
