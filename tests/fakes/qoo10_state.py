"""What a Qoo10 shop knows of its orders: lines, claims, inquiries. In yen, on the business clock, in Japan's time."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kaeru.core import clock

JST = ZoneInfo("Asia/Tokyo")
SHIPPING = {"1": "入金待ち", "2": "配送要請", "3": "配送準備", "4": "配送中", "5": "配送完了"}
_packs = itertools.count(500_000_001)
_numbers = itertools.count(1_062_428_737)


def stamp(at: datetime | None) -> str:
    """As Qoo10 writes a time: Japan's, without a zone; empty for none."""
    return f"{at.astimezone(JST):%Y-%m-%d %H:%M:%S}" if at else ""


@dataclass
class Line:
    pack: int
    number: int
    title: str
    sku: str
    price: int
    quantity: int
    ordered_at: datetime
    paid_at: datetime | None
    state: str = "2"
    dispatch_by: str = ""
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    carrier: str = ""
    tracking: str = ""
    fee: int = 500
    email: str = "buyer@example.com"
    buyer: str = "山田花子"
    wish: str = ""
    send_type: str = "0"
    memo: str = ""
    related: list[int] = field(default_factory=list)


@dataclass
class Claim:
    line: int
    status: str
    asked_at: datetime
    reason: str = "注文間違い"
    done_at: datetime | None = None


@dataclass
class Inquiry:
    question: int
    seq: int
    at: datetime
    title: str
    contents: str
    line: int | None = None
    status: str = "S1"
    about_claim: bool = False
    answers: list[str] = field(default_factory=list)


@dataclass
class Mall:
    """One shop there. What happens is told by its verbs; QAPI reads and writes it (`qoo10_wire`)."""

    key: str = "S5_TEST_SELLER_AUTH_KEY"
    lines: dict[int, Line] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    inquiries: list[Inquiry] = field(default_factory=list)
    cancelled_by_seller: dict[int, tuple[str, str]] = field(default_factory=dict)
    """(reason, memo) as it arrived, by line."""

    def place(
        self, *items: tuple[str, int, int], paid: bool = True, at: datetime | None = None, **more: Any
    ) -> list[Line]:
        """A buyer orders: (title, quantity, price) for each line, all in one pack."""
        moment, pack = at or clock.now(), next(_packs)
        numbers = [next(_numbers) for _ in items or [1]]
        made = [
            Line(
                pack, number, title, f"SKU-{title}", price, quantity, moment, moment if paid else None,
                "2" if paid else "1", related=numbers, **more,
            )
            for number, (title, quantity, price) in zip(numbers, items or [("Tシャツ", 2, 3500)], strict=True)
        ]  # fmt: skip
        self.lines.update({line.number: line for line in made})
        return made

    def claim_of(self, number: int) -> Claim | None:
        """The newest claim about a line."""
        return next((one for one in reversed(self.claims) if one.line == number), None)

    def is_cancelled(self, number: int) -> bool:
        claim = self.claim_of(number)
        return claim is not None and claim.status in {"2", "3", "16"}

    def ask_to_cancel(self, line: Line, reason: str = "注文間違い") -> Claim:
        """The buyer asks. Before a dispatch date is set, it is cancelled at once."""
        at_once = line.state in {"1", "2"} and not line.dispatch_by and line.send_type == "0"
        claim = Claim(line.number, "3" if at_once else "1", clock.now(), reason, clock.now() if at_once else None)
        self.claims.append(claim)
        return claim

    def finish(self, claim: Claim, status: str = "3") -> None:
        """The mall is done with it."""
        claim.status, claim.done_at = status, clock.now()

    def take_back(self, claim: Claim) -> None:
        """The buyer does not want to cancel any more."""
        self.claims.remove(claim)

    def ship(self, line: Line, tracking: str = "1234-5678-9012") -> None:
        """The seller ships it on the mall's own screen."""
        line.state, line.shipped_at, line.carrier, line.tracking = "4", clock.now(), "ヤマト宅急便", tracking

    def deliver(self, line: Line) -> None:
        """It arrived."""
        line.state, line.delivered_at = "5", clock.now()

    def ask(self, title: str, contents: str, line: Line | None = None, **more: Any) -> Inquiry:
        """A buyer asks something."""
        made = Inquiry(
            len(self.inquiries) + 7001, 1, clock.now(), title, contents, line.number if line else None, **more
        )
        self.inquiries.append(made)
        return made

    def in_window(self, at: datetime | None, begin: str, end: str) -> bool:
        """Whether a time lies within what was asked for (yyyyMMdd or yyyyMMddHHmmss)."""
        if at is None:
            return False
        first, last = read(begin), read(end)
        if len(end) == 8:
            last += timedelta(days=1) - timedelta(seconds=1)
        return first <= at.replace(microsecond=0) <= last


def read(told: str) -> datetime:
    """A time as it is asked for."""
    return datetime.strptime(told, "%Y%m%d" if len(told) == 8 else "%Y%m%d%H%M%S").replace(tzinfo=JST)
