"""What a salon can say about its services and its weeks, and what it cannot. Pure."""

from collections.abc import Iterable, Sequence
from datetime import time
from typing import Any

from kaeru.appointments.salons.rules import Rule
from kaeru.appointments.slots.rules import GRIDS, LONGEST_MINUTES, STEP_MINUTES

MOST_STAGES = 8
MOST_DAYS_AHEAD = 89
"""Shifts are laid out for 90 days, today included."""
MOST_NOTICE_MINUTES = 30 * 24 * 60
KINDS = ("closed", "leave", "extra", "break")


class SalonRefused(ValueError):
    """What was said cannot be kept; `code` says why, `place` where.

    Codes: no_name · no_stages · too_many_stages · no_minutes (not above 0, no multiple of five) · too_long · never_busy (no stage needs
    the stylist) · no_kind · no_time (one of two, or the same) · overlap (two lines of a week) · grid · days_ahead · notice ·
    not_staff · not_theirs (of another salon) · no_day (the last before the first).
    """

    def __init__(self, code: str, place: str = "") -> None:
        super().__init__(f"{code}: {place}" if place else code)
        self.code, self.place = code, place


def read_stages(told: Any, cleanup_minutes: int = 0) -> list[dict[str, Any]]:
    """The stages as they are kept (see `Service.stages`). Raises SalonRefused."""
    if not isinstance(told, Sequence) or isinstance(told, str) or not told:
        raise SalonRefused("no_stages")
    if len(told) > MOST_STAGES:
        raise SalonRefused("too_many_stages")
    stages = [
        {"minutes": one["minutes"], "busy": bool(one.get("busy", True)), "name": str(one.get("name", "")).strip()[:40]}
        for one in told
    ]
    for number, minutes in enumerate([*(one["minutes"] for one in stages), cleanup_minutes]):
        least = 0 if number == len(stages) else 1
        if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes < least or minutes % STEP_MINUTES:
            raise SalonRefused("no_minutes", str(number))
    if sum(one["minutes"] for one in stages) + cleanup_minutes > LONGEST_MINUTES:
        raise SalonRefused("too_long")
    if not any(one["busy"] for one in stages):
        raise SalonRefused("never_busy")
    return stages


def check_week(lines: Iterable[Rule]) -> None:
    """Work does not overlap work on one weekday, nor a break a break, and each line has two different times. Raises SalonRefused."""
    seen: dict[tuple[int, bool], list[tuple[int, int]]] = {}
    for line in lines:
        check_times(line.starts, line.ends, str(line.weekday))
        start = line.starts.hour * 60 + line.starts.minute
        end = line.ends.hour * 60 + line.ends.minute
        span = start, end if end > start else end + 24 * 60
        others = seen.setdefault((line.weekday, line.is_break), [])
        if line.nth is None and any(span[0] < other[1] and other[0] < span[1] for other in others):
            raise SalonRefused("overlap", str(line.weekday))
        if line.nth is None:
            others.append(span)


def check_times(starts: time | None, ends: time | None, place: str = "") -> None:
    """Both, and different ones, to the minute. Raises SalonRefused."""
    if starts is None or ends is None or starts == ends or any(at.second or at.microsecond for at in (starts, ends)):
        raise SalonRefused("no_time", place)


def check_terms(grid_minutes: int, days_ahead: int, notice_minutes: int) -> None:
    """What clients may choose among. Raises SalonRefused."""
    if grid_minutes not in GRIDS:
        raise SalonRefused("grid")
    if not 1 <= days_ahead <= MOST_DAYS_AHEAD:
        raise SalonRefused("days_ahead")
    if not 0 <= notice_minutes <= MOST_NOTICE_MINUTES:
        raise SalonRefused("notice")
