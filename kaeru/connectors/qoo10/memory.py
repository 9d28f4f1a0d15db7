"""What one poll of Qoo10 leaves for the next: numbers of orders and lines, never a name. Kept in `Connection.upkeep`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

from kaeru.connectors.qoo10.reading import Claim, Line
from kaeru.connectors.reading import part


@dataclass(slots=True)
class Memory:
    """See the fields."""

    turn: int = 0
    past_windows: int = 0
    """How many windows of the past were asked for."""
    strange: int = 0
    """Claims at the last look whose state nobody knows: a person looks on the mall's screen."""
    open: dict[str, set[str]] = field(default_factory=dict)
    """The lines of each order that is not over."""
    kept: dict[str, tuple[Line, Claim | None]] = field(default_factory=dict)
    """Lines of open orders that are not listed: they have left or were cancelled while others wait, or they are in `apart`."""
    apart: dict[str, datetime] = field(default_factory=dict)
    """Lines that wait but are not listed (older than the window, or set apart while a wish is open): when they are asked for again."""
    untold: set[str] = field(default_factory=set)
    """Orders that are known from a claim only, and are yet to be told."""
    nowhere: set[str] = field(default_factory=set)
    """Lines that Qoo10 names but does not know by their number, or that belong to another order."""
    claims: dict[str, str] = field(default_factory=dict)
    """How each claim stood that was worked on."""
    left_over: int = 0
    """Orders whose state is yet to be asked for: more had gone at once than one poll looks at."""

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """What was kept."""
        return cls(
            turn=int(told.get("turn", 0)),
            past_windows=int(told.get("past_windows", 0)),
            strange=int(told.get("strange", 0)),
            open={pack: set(lines) for pack, lines in part(told.get("open")).items()},
            kept={number: _read_kept(number, one) for number, one in part(told.get("kept")).items()},
            untold=set(told.get("untold", ())),
            nowhere=set(told.get("nowhere", ())),
            apart={pack: datetime.fromisoformat(at) for pack, at in part(told.get("apart")).items()},
            claims=dict(part(told.get("claims"))),
            left_over=int(told.get("left_over", 0)),
        )

    def told(self) -> dict[str, Any]:
        """As it is kept: JSON."""
        return {
            "turn": self.turn,
            "past_windows": self.past_windows,
            "strange": self.strange,
            "open": {pack: sorted(lines) for pack, lines in self.open.items()},
            "kept": {number: _kept(*one) for number, one in self.kept.items()},
            "apart": {pack: at.isoformat() for pack, at in self.apart.items()},
            "untold": sorted(self.untold),
            "nowhere": sorted(self.nowhere)[-500:],
            "claims": self.claims,
            "left_over": self.left_over,
        }

    def close(self, pack: str) -> None:
        """The order is over: nothing of it is remembered."""
        for number in self.open.pop(pack, ()):
            self.kept.pop(number, None)
            self.apart.pop(number, None)
        self.untold.discard(pack)


def _kept(line: Line, claim: Claim | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "pack": line.pack, "state": line.state, "title": line.title, "item": line.item, "sku": line.sku, "option": line.option,
        "option_code": line.option_code, "quantity": line.quantity, "price": line.price, "discount": line.discount, "total": line.total,
        "dispatch_by": _iso(line.dispatch_by), "shipped_at": _iso(line.shipped_at), "carrier": line.carrier, "tracking": line.tracking,
        "is_reserved": line.is_reserved,
    }  # fmt: skip
    if claim is not None:
        told["claim"] = {
            "status": claim.status, "asked_at": _iso(claim.asked_at), "done_at": _iso(claim.done_at), "reason": claim.reason,
            "quantity": claim.quantity, "amount": claim.amount, "is_paid": claim.is_paid,
        }  # fmt: skip
    return told


def _read_kept(number: str, told: Mapping[str, Any]) -> tuple[Line, Claim | None]:
    own = {name: value for name, value in told.items() if name not in {"claim", "dispatch_by", "shipped_at"}}
    day = told.get("dispatch_by")
    line = Line(
        number=number,
        dispatch_by=date.fromisoformat(day) if day else None,
        shipped_at=_moment(told.get("shipped_at")),
        **own,
    )
    claim = part(told.get("claim"))
    if not claim:
        return line, None
    return line, Claim(
        line=number, pack=line.pack, status=str(claim.get("status", "")), asked_at=_moment(claim.get("asked_at")),
        done_at=_moment(claim.get("done_at")), reason=str(claim.get("reason", "")), quantity=int(claim.get("quantity", 0)),
        amount=int(claim.get("amount", 0)), title=line.title, is_paid=bool(claim.get("is_paid", False)),
    )  # fmt: skip


def _iso(at: date | None) -> str:
    return at.isoformat() if at is not None else ""


def _moment(told: Any) -> datetime | None:
    return datetime.fromisoformat(told) if told else None
