"""How an order stands at Qoo10 right now: each of its lines asked for by its number, with the claim on it."""

from dataclasses import dataclass

from kaeru.connectors.base import Access, Standing
from kaeru.connectors.qoo10 import client, reading
from kaeru.connectors.qoo10.reading import Claim, Line

ONE = "ShippingBasic.GetShippingAndClaimInfoByOrderNo_V2"
GOING = frozenset({"2", "3"})
"""Claims by which a line is on its way out or gone."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The order as Qoo10 tells it."""

    lines: tuple[Line, ...]
    claims: dict[str, Claim]
    standing: Standing

    @property
    def live(self) -> list[Line]:
        """Lines that are not cancelled."""
        return [line for line in self.lines if not self._is_gone(line.number)]

    @property
    def waiting(self) -> list[Line]:
        """Live lines that have not left."""
        return [line for line in self.live if line.state not in reading.LEFT]

    def _is_gone(self, number: str) -> bool:
        return number in self.claims and (self.claims[number].cancels or self.claims[number].status in GOING)


def look(access: Access, order_source_id: str) -> Seen:
    """Read the order: one call for each line. Raises Busy, Barred, http.Unanswered."""
    found: dict[str, Line] = {}
    claims: dict[str, Claim] = {}
    pending = list(access.lines(order_source_id)) or [order_source_id]
    asked: set[str] = set()
    while pending:
        number = pending.pop(0)
        if number in asked or not number.isdecimal():
            continue
        asked.add(number)
        try:
            told = client.call(access, ONE, {"OrderNo": number})
        except client.Refused:
            continue  # a number that is not known there
        for line in reading.lines_of(told):
            if line.pack == order_source_id:
                found[line.number] = line
                pending += line.related
        claims.update({claim.line: claim for claim in reading.claims_of(told)[0]})
    lines = tuple(found[number] for number in sorted(found, key=int))
    return Seen(lines, claims, _standing(lines, claims))


def _standing(lines: tuple[Line, ...], claims: dict[str, Claim]) -> Standing:
    if not lines:
        return Standing(is_there=False)
    gone = {number for number, claim in claims.items() if claim.cancels}
    total = sum(line.total for line in lines) + max((line.head.fee for line in lines if line.head), default=0)
    is_paid = any(line.head is not None and line.head.paid_at for line in lines)
    days = {
        line.dispatch_by.isoformat() if line.dispatch_by else ""
        for line in lines
        if line.number not in gone and line.state not in reading.LEFT
    }
    marks = [f"state:{line.number}:{line.state}" for line in lines]
    marks += [f"claim:{number}:{claim.status}" for number, claim in sorted(claims.items())]
    return Standing(
        is_there=True,
        is_cancelled=all(line.number in gone for line in lines),
        is_shipped=any(line.state in reading.LEFT for line in lines if line.number not in gone),
        total=total,
        paid=total if is_paid else 0,
        refunded=sum(claims[number].amount for number in gone),
        lines={line.number: 0 if line.number in gone else line.quantity for line in lines},
        marks=tuple(marks),
        dispatch_by=days.pop() if len(days) == 1 else "",
    )


def states(standing: Standing) -> dict[str, str]:
    """The shipping state of each line in what was kept of a look."""
    told = (mark.split(":") for mark in standing.marks if mark.startswith("state:"))
    return {number: state for _, number, state in told}


def claims(standing: Standing) -> dict[str, str]:
    """The state of each claim in what was kept of a look."""
    told = (mark.split(":") for mark in standing.marks if mark.startswith("claim:"))
    return {number: state for _, number, state in told}
