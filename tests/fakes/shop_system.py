"""A shop's system with a memory that takes Kaeru's changes: worst case, it neither knows keys nor drops repeats.

What goes wrong is told beforehand: `plan` holds a word for each coming call (`fine` when it is empty).
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace

from kaeru.connectors.base import Access, Busy, Capabilities, Standing, Written
from kaeru.connectors.changes import (
    AddDiscount,
    Cancel,
    Change,
    ChangeAddress,
    ChangeLines,
    GiveBack,
    Hold,
    MakeCode,
    MakeDraft,
    Release,
)
from kaeru.core import http

ALL = Capabilities(
    can_hold=True, can_cancel=True, can_change_address=True, can_change_lines=True, can_discount=True, can_refund=True,
    can_draft=True, can_make_codes=True,
)  # fmt: skip


class Death(BaseException):
    """The worker is killed here: nobody catches it."""


@dataclass
class System:
    """The writer, and the shop behind it."""

    able: Capabilities = ALL
    orders: dict[str, Standing] = field(default_factory=lambda: defaultdict(lambda: Standing(total=3960, paid=3960)))
    plan: list[str] = field(default_factory=list)
    """For each call of `write`: fine | lost (acts, no answer) | silent (does not act, no answer) | busy | pending | refuse |
    die_before | die_after | late (acts after the next look)."""
    looks: list[str] = field(default_factory=list)
    """For each `look`: fine | silent | busy | die (it arrives, and nobody is left to read the answer: what was late is done by the next
    try, which comes a minute later at least; a system that acts between a proof and the call it allows could not be told from one that
    never acts)."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """(kind, key) of all calls that arrived."""
    done: list[str] = field(default_factory=list)
    """Kinds that had an effect."""
    later: list[tuple[str, Change]] = field(default_factory=list)

    def capabilities(self, access: Access) -> Capabilities:
        return self.able

    def look(self, access: Access, order_source_id: str) -> Standing:
        word = self.looks.pop(0) if self.looks else "fine"
        if word == "silent":
            raise http.Unanswered("silence")
        if word == "busy":
            raise Busy(7)
        seen, waiting, self.later = self.orders[order_source_id], self.later, []
        for one in waiting:
            self._act(*one)
        if word == "die":
            raise Death
        return seen

    def stands(self, change: Change, before: Standing, now: Standing) -> bool:
        match change:
            case Hold():
                return now.is_held
            case Release():
                return not now.is_held
            case Cancel():
                return now.is_cancelled
            case ChangeAddress():
                return now.address_mark == f"mark of {change.postal_code}"
            case AddDiscount():
                return now.discounts >= before.discounts + change.amount
            case GiveBack():
                return now.refunded >= before.refunded + change.amount
            case ChangeLines():
                return all(now.lines.get(line, 0) == quantity for line, quantity in change.quantities.items())
            case _:
                return False

    def write(self, access: Access, order_source_id: str, change: Change, key: str, before: Standing) -> Written:
        word = self.plan.pop(0) if self.plan else "fine"
        if word == "die_before":
            raise Death
        self.asked.append((change.kind, key))
        if word == "silent":
            raise http.Unanswered("silence")
        if word == "busy":
            return Written("busy", retry_after=5)
        if word == "refuse":
            return Written("refused", "edited_meanwhile")
        if word == "late":
            self.later.append((order_source_id, change))
            return Written("pending")
        self._act(order_source_id, change)
        if word == "die_after":
            raise Death
        if word == "lost":
            return Written("unknown")
        made = {"url": f"https://kotori.example/pay/{key}"} if isinstance(change, MakeDraft | MakeCode) else {}
        return Written("pending" if word == "pending" else "done", made=made)

    def _act(self, order: str, change: Change) -> None:
        now = self.orders[order]
        self.done.append(change.kind)
        match change:
            case Hold() | Release():
                now = replace(now, is_held=change.kind == "hold")
            case Cancel():
                now = replace(now, is_cancelled=True, refunded=now.paid if change.refund else now.refunded)
            case ChangeAddress():
                now = replace(now, address_mark=f"mark of {change.postal_code}")
            case AddDiscount():
                now = replace(now, discounts=now.discounts + change.amount, total=now.total - change.amount)
            case GiveBack():
                now = replace(now, refunded=now.refunded + change.amount)
            case ChangeLines():
                now = replace(now, lines={**now.lines, **change.quantities}, refunded=now.refunded + change.given_back)
            case _:
                pass
        self.orders[order] = now
