"""When to call again, as a person says it: in an hour, at five today, when we open tomorrow. Pure."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kaeru.calls.rules import OpeningHours
from kaeru.core.calendar import NeverOpen, at_local

EVENING = time(17, 0)
STEP = timedelta(minutes=5)
"""Chosen times are round."""
LEAST_AHEAD = timedelta(minutes=30)
"""A choice that is nearer than this is left out: there is "in an hour"."""
_TYPED = re.compile(r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?")


def choices(now: datetime, zone: str, hours: OpeningHours) -> Mapping[str, datetime]:
    """The usual choices, by name and in the order of the screen: hour | evening | opening."""
    today = now.astimezone(ZoneInfo(zone)).date()
    found = {"hour": _round(now + timedelta(hours=1))}
    evening = at_local(today, EVENING, zone)
    if evening - now >= LEAST_AHEAD:
        found["evening"] = evening
    with suppress(NeverOpen):
        found["opening"] = hours.next_open(at_local(today + timedelta(days=1), time(), zone))
    return found


def _round(moment: datetime) -> datetime:
    """Up to the next five minutes."""
    over = timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
    return moment + (STEP - over) if over else moment


def typed(text: str, zone: str) -> datetime | None:
    """The moment that a browser's date-and-time field names in the shop's zone; None for what is no time there."""
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute = (int(part) for part in found.groups())
    try:
        return at_local(date(year, month, day), time(hour, minute), zone)
    except (ValueError, OverflowError):
        return None


def for_field(moment: datetime, zone: str) -> str:
    """The moment as that field wants it: 2026-11-24T17:00."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
