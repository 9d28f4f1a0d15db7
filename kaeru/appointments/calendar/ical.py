"""A staff member's visits as an iCalendar file (RFC 5545), for the calendar on their telephone. Pure.

Moments are written in UTC, so that no reader has to know our time zones; whole days are written as dates.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MEDIA = "text/calendar; charset=utf-8"
LONGEST_LINE = 75
"""Octets, the line's end not counted (RFC 5545, 3.1)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the calendar."""

    uid: str
    """Stays the same as long as it is the same thing: a reader then moves it instead of doubling it."""
    starts: datetime | date
    ends: datetime | date
    """Not included; of whole days the day after the last."""
    summary: str
    changed_at: datetime
    sequence: int = 0
    details: str = ""
    is_tentative: bool = False
    is_free: bool = False
    """Does not count as busy: a note such as leave."""


def write(name: str, entries: Iterable[Entry]) -> bytes:
    """The file: CRLF at each line's end, folded between characters, never inside of one."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Kaeru//Kaeru//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT15M", "X-PUBLISHED-TTL:PT15M",
    ]  # fmt: skip
    for entry in entries:
        lines += _entry(entry)
    lines.append("END:VCALENDAR")
    return b"".join(piece + b"\r\n" for line in lines for piece in _folded(line))


def _entry(entry: Entry) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{entry.uid}"
    yield f"DTSTAMP:{_moment(entry.changed_at)}"
    yield f"LAST-MODIFIED:{_moment(entry.changed_at)}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DTSTART{_when(entry.starts)}"
    yield f"DTEND{_when(entry.ends)}"
    yield f"SUMMARY:{_text(entry.summary)}"
    if entry.details:
        yield f"DESCRIPTION:{_text(entry.details)}"
    yield f"STATUS:{'TENTATIVE' if entry.is_tentative else 'CONFIRMED'}"
    yield f"TRANSP:{'TRANSPARENT' if entry.is_free else 'OPAQUE'}"
    yield "END:VEVENT"


def _when(at: datetime | date) -> str:
    return f":{_moment(at)}" if isinstance(at, datetime) else f";VALUE=DATE:{at:%Y%m%d}"


def _moment(at: datetime) -> str:
    """Raises ValueError for a moment without a zone."""
    if at.utcoffset() is None:
        raise ValueError("a moment in a calendar has a zone")
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """As TEXT is escaped (3.3.11); control characters other than the line's end have no place in it."""
    known = value.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(one for one in known if one == "\n" or (ord(one) >= 32 and ord(one) != 127))
    return kept.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> Iterator[bytes]:
    """Pieces of at most 75 octets; each but the first begins with a space, which counts."""
    room, piece = LONGEST_LINE, b""
    for character in line:
        octets = character.encode("utf-8", "replace")
        if len(piece) + len(octets) > room:
            yield piece
            piece, room = b" ", LONGEST_LINE
        piece += octets
    yield piece


def day_after(day: date) -> date:
    """The end of a whole day."""
    return day + timedelta(days=1)
