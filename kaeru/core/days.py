"""Days as people read them, in the shop's own zone: 11月24日(火), Tue, Nov 24."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

_JA = "月火水木金土日"
_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def local(moment: datetime, zone: str) -> datetime:
    """The moment on the shop's wall clock."""
    return moment.astimezone(ZoneInfo(zone))


def show_day(moment: datetime | date, zone: str = "Asia/Tokyo", language: str = "ja") -> str:
    """The day with its weekday; a datetime is taken into the shop's zone first."""
    day = local(moment, zone).date() if isinstance(moment, datetime) else moment
    if language == "ja":
        return f"{day.month}月{day.day}日({_JA[day.weekday()]})"
    return f"{_EN[day.weekday()]}, {_MONTHS[day.month - 1]} {day.day}"


def show_time(moment: datetime, zone: str = "Asia/Tokyo", language: str = "ja") -> str:
    """Day and time of day: 11月24日(火) 9:05."""
    here = local(moment, zone)
    return f"{show_day(moment, zone, language)} {here.hour}:{here.minute:02d}"
