"""When a message may go: quiet hours, weekdays and holidays of a channel, and how many one customer gets. Pure.

What may not go now is put off to the next minute that is allowed; it is never dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from kaeru.core.calendar import Calendar, at_local, next_local

EVERY_DAY = frozenset(range(7))
ADVERTISEMENT = "advertisement"
EVERYTHING = "everything"
LONGEST_WINDOW_DAYS = 366
"""Of a cap."""
_MOST_STEPS = 1500
"""Rules that pass `check_rule` allow a minute long before; a bound, so that nothing turns for ever."""


class Wait(StrEnum):
    """Why a message waits, as it is stored."""

    QUIET_HOURS = "quiet_hours"
    WEEKDAY = "weekday"
    HOLIDAY = "holiday"
    CAP = "cap"


@dataclass(frozen=True, slots=True)
class Rule:
    """When one channel is silent. Without a row of its own a shop has `usual_rule`."""

    channel: str = "mail"
    quiet_from: time | None = None
    quiet_to: time | None = None
    """Nothing from `quiet_from` until `quiet_to`, over midnight when that is earlier; None, None: at any hour."""
    weekdays: frozenset[int] = EVERY_DAY
    """Days on which it may go, 0 is Monday."""
    on_holidays: bool = True
    covers: str = ADVERTISEMENT
    """advertisement | everything: notices go at any time unless it is everything."""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many advertisements to one customer in so many days (of 24 hours), over all scenarios and channels."""

    most: int
    days: int


USUAL_CAP = Cap(most=3, days=7)


def usual_rule(channel: str) -> Rule:
    """Of a shop that said nothing: advertisements not between 21:00 and 8:00, notices at any hour."""
    return Rule(channel=channel, quiet_from=time(21), quiet_to=time(8))


def check_rule(rule: Rule) -> str:
    """Why the rule cannot be kept, or "": quiet_incomplete | never_quiet_hours | never_weekday | no_such_weekday | covers."""
    if (rule.quiet_from is None) != (rule.quiet_to is None):
        return "quiet_incomplete"
    if rule.quiet_from is not None and rule.quiet_from == rule.quiet_to:
        return "never_quiet_hours"
    if not rule.weekdays:
        return "never_weekday"
    if not rule.weekdays <= EVERY_DAY:
        return "no_such_weekday"
    return "" if rule.covers in {ADVERTISEMENT, EVERYTHING} else "covers"


def check_cap(cap: Cap) -> str:
    """Why the cap cannot be kept, or "": never_cap (it would allow nothing) | window."""
    if cap.most < 1:
        return "never_cap"
    return "" if 1 <= cap.days <= LONGEST_WINDOW_DAYS else "window"


def allowed_from(rule: Rule, calendar: Calendar, is_advertisement: bool, now: datetime) -> tuple[datetime, str]:
    """(`now`, "") when the message may go; else the next minute at which it may, and why it may not go now.

    The reason is the first that holds now: weekday, holiday, then quiet_hours. A rule that allows nothing
    (see `check_rule`) raises ValueError.
    """
    if not is_advertisement and rule.covers != EVERYTHING:
        return now, ""
    place, at, why = ZoneInfo(calendar.zone), now, ""
    for _ in range(_MOST_STEPS):
        local = at.astimezone(place)
        reason = _stop(rule, calendar, local.date(), local.time())
        if not reason:
            return at, why
        why = why or reason
        if reason == Wait.QUIET_HOURS:
            assert rule.quiet_to is not None
            at = next_local(at, calendar.zone, rule.quiet_to)
        else:
            at = at_local(local.date() + timedelta(days=1), time(0), calendar.zone)
    raise ValueError(f"this rule never allows anything: {rule}")


def _stop(rule: Rule, calendar: Calendar, day: date, clock: time) -> str:
    if day.weekday() not in rule.weekdays:
        return Wait.WEEKDAY
    if not rule.on_holidays and calendar.is_holiday(day):
        return Wait.HOLIDAY
    if rule.quiet_from is None or rule.quiet_to is None:
        return ""
    is_over_midnight = rule.quiet_from > rule.quiet_to
    is_late, is_early = clock >= rule.quiet_from, clock < rule.quiet_to
    is_quiet = (is_late or is_early) if is_over_midnight else (is_late and is_early)
    return Wait.QUIET_HOURS if is_quiet else ""


def free_from(sent: Sequence[datetime], cap: Cap, now: datetime) -> datetime | None:
    """When the customer may get one more, given when they got theirs (in any order); None when now."""
    window = timedelta(days=cap.days)
    counted = sorted(at for at in sent if at > now - window)
    if len(counted) < cap.most:
        return None
    return counted[len(counted) - cap.most] + window


def next_chance(
    rule: Rule, calendar: Calendar, cap: Cap | None, is_advertisement: bool, sent: Sequence[datetime], now: datetime
) -> tuple[datetime, str]:
    """(`now`, "") when a message may go; else the next minute at which both the rule and the cap allow it, and why it waits.

    `sent`: when the customer got advertisements. A cap that is still reached when the rule allows is the reason told.
    """
    at, why = allowed_from(rule, calendar, is_advertisement, now)
    if cap is None or not is_advertisement:
        return at, why
    free = free_from(sent, cap, at)
    if free is None:
        return at, why
    return allowed_from(rule, calendar, is_advertisement, free)[0], Wait.CAP
