"""What conditions can ask about the moment at which they are asked, where the shop is."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from kaeru.audiences.operators import WEEKDAYS
from kaeru.audiences.registry import Column, Field
from kaeru.audiences.rules import Subject
from kaeru.core.calendar import Calendar
from kaeru.tenants.queries import calendars

Moment = tuple[Calendar, datetime]


def _moments(subjects: Sequence[Subject]) -> dict[Subject, Moment]:
    known = calendars({subject.shop_id for subject in subjects})
    return {subject: (known[subject.shop_id], subject.at) for subject in subjects if subject.shop_id in known}


def _asked(read: Callable[[Calendar, datetime], Any]) -> Column:
    """`read` gets the calendar and the shop's local time."""

    def value(moment: Moment) -> Any:
        calendar, at = moment
        return read(calendar, at.astimezone(ZoneInfo(calendar.zone)))

    return Column(_moments, value)


WEEKDAY_NAMES = {
    "mon": _("Monday"),
    "tue": _("Tuesday"),
    "wed": _("Wednesday"),
    "thu": _("Thursday"),
    "fri": _("Friday"),
    "sat": _("Saturday"),
    "sun": _("Sunday"),
}


def _weekdays(shop_id: int) -> list[tuple[str, str]]:
    return [(day, str(WEEKDAY_NAMES[day])) for day in WEEKDAYS]


FIELDS = (
    Field(
        "moment.time", _("time of day"), "time", _asked(lambda calendar, here: f"{here:%H:%M}"),
        _("The shop's local time at which the question is asked."),
    ),
    Field(
        "moment.weekday", _("day of the week"), "weekday", _asked(lambda calendar, here: WEEKDAYS[here.weekday()]),
        _("The shop's local day on which the question is asked."), _weekdays,
    ),
    Field(
        "moment.is_open", _("within opening hours"), "yes", _asked(lambda calendar, here: calendar.is_open(here)),
        _("The shop is open at this moment, by its opening hours, days off and holidays."),
        denied=_("outside opening hours"),
    ),
    Field(
        "moment.is_holiday", _("public holiday"), "yes", _asked(lambda calendar, here: calendar.is_holiday(here.date())),
        _("The shop's local day is a public holiday where the shop is."),
        denied=_("not a public holiday"),
    ),
)  # fmt: skip
