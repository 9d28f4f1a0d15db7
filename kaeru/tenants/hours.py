"""Opening hours as they are stored and typed: JSON in the shop's row, a Calendar for everybody else. Pure."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from kaeru.core.calendar import USUAL_HOURS, Calendar, Hours

MOST_CLOSED_DAYS = 400
"""In the list of a shop."""


class HoursRefused(ValueError):
    """The hours cannot be kept; `code` says why: seven_days | no_time | never_open | no_day | too_many_days."""

    def __init__(self, code: str, place: str = "") -> None:
        super().__init__(f"{code}: {place}" if place else code)
        self.code, self.place = code, place


def usual_hours() -> list[list[str] | None]:
    """Monday to Friday, 10:00 to 18:00, as JSON."""
    return to_json(USUAL_HOURS)


def to_json(hours: Hours) -> list[list[str] | None]:
    """`[["10:00", "18:00"], …, null]`, Monday first."""
    return [None if span is None else [f"{at:%H:%M}" for at in span] for span in hours]


def read_hours(told: Any) -> Hours:
    """The hours of this JSON. Raises HoursRefused."""
    if not isinstance(told, Sequence) or isinstance(told, str) or len(told) != 7:
        raise HoursRefused("seven_days")
    found = tuple(_span(span, number) for number, span in enumerate(told))
    if not any(found):
        raise HoursRefused("never_open")
    return found


def _span(told: Any, number: int) -> tuple[time, time] | None:
    if not told:
        return None
    try:
        opens, closes = (time.fromisoformat(text) for text in told)
    except (TypeError, ValueError):
        raise HoursRefused("no_time", str(number)) from None
    if opens.tzinfo or closes.tzinfo or opens.second or closes.second or opens.microsecond or closes.microsecond:
        raise HoursRefused("no_time", str(number))
    return opens, closes


def read_days(told: Any) -> frozenset[date]:
    """The days of this JSON list (2026-12-31). Raises HoursRefused."""
    if not isinstance(told, Sequence) or isinstance(told, str):
        raise HoursRefused("no_day")
    if len(told) > MOST_CLOSED_DAYS:
        raise HoursRefused("too_many_days")
    days = set()
    for text in told:
        try:
            days.add(date.fromisoformat(text))
        except (TypeError, ValueError):
            raise HoursRefused("no_day", str(text)[:40]) from None
    return frozenset(days)


def calendar_of(zone: str, hours: Any, closed_on: Any, keeps_holidays: bool) -> Calendar:
    """The calendar of a shop's columns, which its action checked when they were saved."""
    return Calendar(zone, read_hours(hours), read_days(closed_on), keeps_holidays)
