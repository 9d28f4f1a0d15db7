"""When a month is over on the shop's clock, and how it is written."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kaeru.core import clock
from kaeru.tenants.models import Shop


def read_month(text: str) -> date:
    """The first day of a month written YYYY-MM. Raises ValueError."""
    if len(text) != 7:
        raise ValueError(text)
    return date.fromisoformat(f"{text}-01")


def span_of(shop: Shop, first_on: date) -> tuple[datetime, datetime]:
    """The month on the shop's clock, half open."""
    zone = ZoneInfo(shop.timezone)
    following = (first_on + timedelta(days=31)).replace(day=1)
    begin, end = (datetime(day.year, day.month, 1, tzinfo=zone) for day in (first_on, following))
    return begin, end


def last_closed(shop: Shop, moment: datetime | None = None) -> date:
    """The first day of the last month that is over on the shop's clock at the moment: now, when none is given."""
    today = (moment or clock.now()).astimezone(ZoneInfo(shop.timezone)).date()
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
