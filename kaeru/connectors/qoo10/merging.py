"""What follows from comparing: which orders are new, which left, which were cancelled, and which must be asked for by their number."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kaeru.connectors.qoo10 import orders, reading
from kaeru.connectors.qoo10.memory import Memory
from kaeru.connectors.qoo10.reading import Claim, Line
from kaeru.orders.rules import CancelledRecord, OrderRecord, RefundRecord

MOST_LOOKS = 20
"""Lines that are asked for by their number in one poll; the others wait for the next."""
AGAIN = timedelta(days=1)
ASKED_AGAIN = timedelta(hours=1)
"""When a line is asked for again that waits but is not listed; the second while a wish to cancel it is open."""

Sent = Callable[[], Sequence[Line]]
One = Callable[[str], tuple[list[Line], list[Claim]]]


@dataclass(slots=True)
class Found:
    """What the poll brings."""

    orders: list[OrderRecord] = field(default_factory=list)
    cancelled: list[CancelledRecord] = field(default_factory=list)
    refunds: list[RefundRecord] = field(default_factory=list)


class Merging:
    """One comparison. `sent` and `one` ask Qoo10, and are used only when something has changed."""

    def __init__(self, memory: Memory, now: datetime, sent: Sent, one: One) -> None:
        self.memory, self.now, self._sent, self._one = memory, now, sent, one
        self.found = Found()
        self.has_news = False
        """Whether the claims make it worth asking for the orders at once."""
        self._claims: dict[str, Claim] = {number: claim for number, (_, claim) in memory.kept.items() if claim}
        self._rows: Mapping[str, Line] = {}
        self._fresh: dict[str, Claim] = {}
        self._listed: set[str] = set()
        self._looks = 0

    def hear(self, claims: Iterable[Claim], rows: Mapping[str, Line], *, is_past: bool) -> None:
        """Take the claims in. `rows`: their lines, as far as claims tell of them. `is_past`: what is finished was so before Kaeru came."""
        told: dict[str, Claim] = {}
        for claim in sorted(claims, key=lambda one: one.rank):
            told[claim.line] = claim
        self._claims.update(told)
        self._rows = rows
        known = self.memory.claims
        fresh = {number: claim for number, claim in told.items() if known.get(number) != _mark(claim)}
        moves = {number: claim for number, claim in fresh.items() if claim.cancels or claim.status in reading.ASKED}
        if is_past:
            moves = {number: claim for number, claim in moves.items() if not claim.cancels}
        lines = {number for numbers in self.memory.open.values() for number in numbers}
        is_taken_back = any(number in lines and number not in told for number in known)
        self._fresh, self.has_news = moves, bool(moves) or is_taken_back
        self.memory.claims = {
            number: known.get(number, "") if number in moves else _mark(claim) for number, claim in told.items()
        }
        back = [claim for number, claim in fresh.items() if claim.status == reading.RETURNED]
        self.found.refunds += [orders.refund(claim, self.now) for claim in back]

    def compare(self, listed: Sequence[Line]) -> None:
        """Compare the open lines as Qoo10 lists them now with those that were open before."""
        memory = self.memory
        seen = {line.number: line for line in listed}
        self._listed = set(seen)
        for line in listed:
            memory.kept.pop(line.number, None)
            memory.apart.pop(line.number, None)
            if not self._is_gone(line.number):
                memory.open.setdefault(line.pack, set()).update({line.number, *line.related} - memory.nowhere)
        for claim in self._fresh.values():
            if claim.pack not in memory.open:
                memory.untold.add(claim.pack)
            memory.open.setdefault(claim.pack, set()).add(claim.line)
        if set(self._missing(seen)) - self._fresh.keys():
            seen.update({line.number: line for line in self._sent() if line.number not in seen})
        memory.left_over = 0
        for pack in list(memory.open):
            self._pack(pack, seen)

    def _is_gone(self, number: str) -> bool:
        claim = self._claims.get(number)
        return claim is not None and claim.cancels

    def _usable(self, number: str) -> bool:
        """Whether what is kept of the line still holds."""
        if number not in self.memory.kept or number in self._fresh:
            return False
        again = self.memory.apart.get(number)
        return again is None or again > self.now

    def _missing(self, seen: Mapping[str, Line]) -> Iterable[str]:
        """Lines of open orders of which neither the list, nor a claim, nor memory says how they stand."""
        for numbers in self.memory.open.values():
            for number in numbers:
                if number not in seen and not self._is_gone(number) and not self._usable(number):
                    yield number

    def _pack(self, pack: str, seen: dict[str, Line]) -> None:
        """One order: told when all its lines are known."""
        numbers = self.memory.open[pack]
        if self._all_cancelled(pack, seen):
            return
        lines: dict[str, Line] = {}
        pending = sorted(numbers, key=int)
        while pending:
            number = pending.pop(0)
            if number in lines or number in self.memory.nowhere:
                continue
            line = self._find(pack, number, seen)
            if line is not None:
                lines[number] = line
                pending += [one for one in line.related if one not in lines]
            elif number not in self.memory.nowhere:
                self.memory.left_over += 1
                return
        numbers.clear()
        numbers.update(lines)
        self._settle(pack, lines)

    def _all_cancelled(self, pack: str, seen: Mapping[str, Line]) -> bool:
        """An order that was told before, and of which claims say that all is cancelled: nothing more needs to be asked."""
        memory = self.memory
        numbers = memory.open[pack]
        gone = [self._claims[number] for number in numbers if self._is_gone(number)]
        if pack in memory.untold or not gone or len(gone) < len(numbers) or any(number in seen for number in numbers):
            return False
        last = max(gone, key=lambda claim: claim.rank)
        at = max(claim.done_at or claim.asked_at or self.now for claim in gone)
        self.found.cancelled.append(CancelledRecord(pack, at, self.now, last.reason, reading.side_of(last.reason)))
        self._note(numbers)
        memory.close(pack)
        return True

    def _find(self, pack: str, number: str, seen: dict[str, Line]) -> Line | None:
        """The line as it stands: listed, remembered, or asked for by its number; None when that must wait, or nobody knows it."""
        if number in seen:
            return seen[number]
        if self._usable(number):
            return self.memory.kept[number][0]
        if self._looks >= MOST_LOOKS:
            return None
        self._looks += 1
        lines, claims = self._one(number)
        for claim in claims:
            known = self._claims.get(claim.line)
            if known is None or known.rank <= claim.rank:
                self._claims[claim.line] = claim
        line = next((one for one in lines if one.number == number and one.pack == pack), self._rows.get(number))
        if line is None:
            self.memory.nowhere.add(number)
            return None
        seen[number] = line
        return line

    def _settle(self, pack: str, lines: Mapping[str, Line]) -> None:
        """Tell the order, and remember of it what is needed. Without a line that is told anew nothing has changed."""
        memory = self.memory
        told = [lines[number] for number in sorted(lines, key=int)]
        claims = {number: self._claims[number] for number in lines if number in self._claims}
        record = orders.order_record(told, claims, self.now)
        if record is None:
            if not told:
                memory.close(pack)
            return
        self.found.orders.append(record)
        self.found.refunds += orders.refunds(told, claims, self.now)
        self._note(lines)
        memory.untold.discard(pack)
        if record.cancelled_at is not None or record.shipped_at is not None:
            memory.close(pack)
            return
        for line in told:
            is_over = line.state in reading.LEFT or self._is_gone(line.number)
            if is_over or line.number not in self._listed:
                memory.kept[line.number] = (line, claims.get(line.number))
            if not is_over and line.number not in self._listed and line.head is not None:
                memory.apart[line.number] = self.now + (ASKED_AGAIN if line.number in claims else AGAIN)

    def _note(self, numbers: Iterable[str]) -> None:
        """What these claims say is worked on."""
        for number in numbers:
            if number in self._fresh:
                self.memory.claims[number] = _mark(self._fresh[number])

    def past(self, lines: Sequence[Line], claims: Sequence[Claim], rows: Mapping[str, Line]) -> list[OrderRecord]:
        """Orders that were over before Kaeru came: those that left, and those that were cancelled as far as a claim tells."""
        by_line = {claim.line: claim for claim in claims}
        left = {line.number for line in lines}
        gone = [row for number, row in rows.items() if number in by_line and by_line[number].cancels]
        over = [*lines, *(row for row in gone if row.number not in left)]
        told: list[OrderRecord] = []
        for pack, some in reading.by_pack(over).items():
            record = None if pack in self.memory.open else orders.order_record(some, by_line, self.now)
            if record is not None:
                told.append(record)
                self.found.refunds += orders.refunds(some, by_line, self.now)
        return told


def _mark(claim: Claim) -> str:
    return f"{claim.status}@{claim.asked_at.isoformat() if claim.asked_at else ''}"
