"""The shop's own book of orders: one SQLite file that only the shop reads and writes."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS buyer (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL, postal_code TEXT NOT NULL,
  address TEXT NOT NULL, language TEXT NOT NULL, accepts_advertising INTEGER
);
CREATE TABLE IF NOT EXISTS purchase (
  id TEXT PRIMARY KEY, buyer_id TEXT NOT NULL REFERENCES buyer, placed_at TEXT NOT NULL, updated_at TEXT NOT NULL, lines TEXT NOT NULL,
  subtotal INTEGER NOT NULL, shipping_fee INTEGER NOT NULL, discount INTEGER NOT NULL, total INTEGER NOT NULL, payment TEXT NOT NULL,
  coupon TEXT NOT NULL, ref TEXT NOT NULL, cancelled_at TEXT, cancel_reason TEXT NOT NULL DEFAULT '', shipped_at TEXT,
  tracking_number TEXT NOT NULL DEFAULT '', address TEXT NOT NULL DEFAULT '', once TEXT UNIQUE, told_at TEXT,
  held_at TEXT, paid INTEGER NOT NULL DEFAULT 0, refunded INTEGER NOT NULL DEFAULT 0, cancel_side TEXT NOT NULL DEFAULT 'customer'
);
CREATE INDEX IF NOT EXISTS purchase_time ON purchase (placed_at);
CREATE TABLE IF NOT EXISTS change (
  id TEXT PRIMARY KEY, purchase_id TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL, answer TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS change_purchase ON change (purchase_id);
CREATE TABLE IF NOT EXISTS draft (id TEXT PRIMARY KEY, items TEXT NOT NULL, ref TEXT NOT NULL, held_until TEXT);
"""
ADDED = {
    "held_at": "TEXT",
    "paid": "INTEGER NOT NULL DEFAULT 0",
    "refunded": "INTEGER NOT NULL DEFAULT 0",
    "cancel_side": "TEXT NOT NULL DEFAULT 'customer'",
}
"""Columns of `purchase` that an older book does not have yet."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """A registered customer of the shop."""

    id: str
    name: str
    email: str
    phone: str = ""
    postal_code: str = ""
    address: str = ""
    language: str = "ja"
    accepts_advertising: bool | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a purchase, as it was worded and priced then."""

    sku: str
    title: str
    variant: str
    quantity: int
    unit_price: int
    id: str = ""
    """Its own name once the order was changed; before, its place is its name."""


@dataclass(frozen=True, slots=True)
class Done:
    """A change that Kaeru asked for and the shop carried out, or refused."""

    id: str
    """The `webhook-id`: the same again changes nothing and is answered the same."""
    purchase_id: str
    kind: str
    at: datetime
    answer: dict[str, object]

    @property
    def is_done(self) -> bool:
        """Carried out, not refused."""
        return self.answer.get("outcome") == "done"


@dataclass(frozen=True, slots=True)
class Draft:
    """A cart that was made ready for somebody, with what is kept for them."""

    id: str
    items: str
    ref: str
    held_until: datetime | None


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order in the shop's book. Yen, aware UTC."""

    id: str
    buyer_id: str
    placed_at: datetime
    updated_at: datetime
    lines: tuple[Line, ...]
    subtotal: int
    shipping_fee: int
    discount: int
    total: int
    payment: str
    coupon: str = ""
    ref: str = ""
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    shipped_at: datetime | None = None
    tracking_number: str = ""
    address: str = ""
    once: str | None = None
    told_at: datetime | None = None
    """When Kaeru last took over this state; None: still to be told."""
    held_at: datetime | None = None
    """Since when it stays in the warehouse, because its buyer and the shop are deciding."""
    paid: int = 0
    refunded: int = 0
    cancel_side: str = "customer"
    """Whose wish or fault the cancellation was: customer or shop."""

    @property
    def number(self) -> str:
        """What the buyer sees."""
        return f"K-{self.id}"


def _path() -> Path:
    return Path(settings.KAERU_HOME) / "demo_shop.sqlite3"


@contextmanager
def book() -> Iterator[sqlite3.Connection]:
    """A connection; what happens inside is one transaction."""
    connection = sqlite3.connect(_path(), timeout=20)
    connection.row_factory = sqlite3.Row
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def prepare() -> None:
    """Make the tables; harmless when they are there."""
    with book() as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.executescript(SCHEMA)
        known = {row["name"] for row in db.execute("PRAGMA table_info(purchase)")}
        for name, kind in ADDED.items():
            if name not in known:
                db.execute(f"ALTER TABLE purchase ADD COLUMN {name} {kind}")
        if "paid" not in known:
            db.execute(
                "UPDATE purchase SET paid = total, refunded = CASE WHEN cancelled_at IS NULL THEN 0 ELSE total END"
            )


def setting(name: str) -> str:
    """A setting of the shop, empty when it was never set."""
    with book() as db:
        row = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return str(row["value"]) if row else ""


def set_settings(**values: str) -> None:
    """Keep settings (Kaeru's address, the API key, the webhook secret)."""
    with book() as db:
        db.executemany("INSERT OR REPLACE INTO setting VALUES (?, ?)", list(values.items()))


def _buyer(row: sqlite3.Row) -> Buyer:
    known = dict(row)
    told = known["accepts_advertising"]
    return Buyer(**{**known, "accepts_advertising": None if told is None else bool(told)})


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _purchase(row: sqlite3.Row) -> Purchase:
    known = dict(row)
    for name in ("placed_at", "updated_at", "cancelled_at", "shipped_at", "told_at", "held_at"):
        known[name] = _time(known[name])
    return Purchase(**{**known, "lines": tuple(Line(**line) for line in json.loads(known["lines"]))})


def _columns(purchase: Purchase) -> dict[str, object]:
    values = asdict(purchase)
    for name, value in values.items():
        if isinstance(value, datetime):
            values[name] = value.isoformat()
    return {**values, "lines": json.dumps(values["lines"], ensure_ascii=False)}


def save_buyers(buyers: Sequence[Buyer]) -> None:
    """Write or replace buyers."""
    with book() as db:
        db.executemany(
            "INSERT OR REPLACE INTO buyer VALUES (:id,:name,:email,:phone,:postal_code,:address,:language,:accepts_advertising)",
            [asdict(buyer) for buyer in buyers],
        )


def save_purchases(purchases: Sequence[Purchase]) -> None:
    """Write or replace purchases. Raises sqlite3.IntegrityError when another purchase has the same `once`."""
    with book() as db:
        _write(db, purchases)


def _write(db: sqlite3.Connection, purchases: Sequence[Purchase]) -> None:
    names = list(Purchase.__dataclass_fields__)
    updates = ",".join(f"{name}=excluded.{name}" for name in names if name != "id")
    statement = (
        f"INSERT INTO purchase ({','.join(names)}) VALUES ({','.join(':' + name for name in names)})"  # noqa: S608 - the names are our own columns
        f" ON CONFLICT (id) DO UPDATE SET {updates}"
    )
    db.executemany(statement, [_columns(purchase) for purchase in purchases])


def change_once(done: Done, change: Callable[[Purchase], tuple[Purchase, dict[str, object]]]) -> dict[str, object]:
    """Change a purchase and remember what was answered, in one transaction. A change that was there before is only answered again.

    `change` gets the purchase as it stands and gives it back changed, with the answer.
    """
    with book() as db:
        db.execute("BEGIN IMMEDIATE")
        known = db.execute("SELECT answer FROM change WHERE id = ?", (done.id,)).fetchone()
        if known:
            return dict(json.loads(known["answer"]))
        row = db.execute("SELECT * FROM purchase WHERE id = ?", (done.purchase_id,)).fetchone()
        if row is None:
            return {"outcome": "refused", "code": "gone"}
        before = _purchase(row)
        after, answer = change(before)
        if after != before:
            _write(db, [after])
        told = json.dumps(answer, ensure_ascii=False)
        db.execute(
            "INSERT INTO change VALUES (?,?,?,?,?)", (done.id, done.purchase_id, done.kind, done.at.isoformat(), told)
        )
    return answer


def changes_of(purchase_id: str) -> list[Done]:
    """What Kaeru had done to this purchase, oldest first."""
    with book() as db:
        rows = db.execute("SELECT * FROM change WHERE purchase_id = ? ORDER BY at, id", (purchase_id,)).fetchall()
    return [
        Done(row["id"], row["purchase_id"], row["kind"], datetime.fromisoformat(row["at"]), json.loads(row["answer"]))
        for row in rows
    ]


def save_draft(draft: Draft) -> None:
    """Keep a prepared cart; the same one again changes nothing."""
    until = draft.held_until.isoformat() if draft.held_until else None
    with book() as db:
        db.execute("INSERT OR IGNORE INTO draft VALUES (?,?,?,?)", (draft.id, draft.items, draft.ref, until))


def draft(draft_id: str) -> Draft | None:
    """A prepared cart, or None."""
    with book() as db:
        row = db.execute("SELECT * FROM draft WHERE id = ?", (draft_id,)).fetchone()
    return Draft(row["id"], row["items"], row["ref"], _time(row["held_until"])) if row else None


def buyer(buyer_id: str) -> Buyer | None:
    """One buyer, or None."""
    with book() as db:
        row = db.execute("SELECT * FROM buyer WHERE id = ?", (buyer_id,)).fetchone()
    return _buyer(row) if row else None


def purchase(purchase_id: str) -> Purchase | None:
    """One purchase, or None."""
    with book() as db:
        row = db.execute("SELECT * FROM purchase WHERE id = ?", (purchase_id,)).fetchone()
    return _purchase(row) if row else None


def purchase_once(once: str) -> Purchase | None:
    """The purchase that this form made, or None."""
    with book() as db:
        row = db.execute("SELECT * FROM purchase WHERE once = ?", (once,)).fetchone()
    return _purchase(row) if row else None


def newest(limit: int, buyer_id: str = "") -> list[tuple[Purchase, Buyer]]:
    """The newest purchases with their buyers, of one buyer when given."""
    with book() as db:
        rows = db.execute(
            "SELECT * FROM purchase WHERE ? = '' OR buyer_id = ? ORDER BY placed_at DESC, id DESC LIMIT ?",
            (buyer_id, buyer_id, limit),
        ).fetchall()
        people = {row["id"]: _buyer(row) for row in db.execute("SELECT * FROM buyer").fetchall()}
    return [(_purchase(row), people[row["buyer_id"]]) for row in rows]


def untold() -> list[Purchase]:
    """What Kaeru has not heard yet, oldest first."""
    with book() as db:
        rows = db.execute("SELECT * FROM purchase WHERE told_at IS NULL ORDER BY updated_at LIMIT 50").fetchall()
    return [_purchase(row) for row in rows]


def next_number() -> str:
    """A fresh order number; two buyers never get the same."""
    with book() as db:
        db.execute("BEGIN IMMEDIATE")
        row = db.execute("SELECT max(CAST(id AS INTEGER)) AS last FROM purchase").fetchone()
        kept = db.execute("SELECT value FROM setting WHERE name = 'last_number'").fetchone()
        number = max(row["last"] or 10000, int(kept["value"]) if kept else 0) + 1
        db.execute("INSERT OR REPLACE INTO setting VALUES ('last_number', ?)", (str(number),))
    return str(number)
