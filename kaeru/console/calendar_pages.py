"""What all pages of the calendar share: which salon they are about, their addresses, days and keys as forms give them."""

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse

from kaeru.console.doors import Visit
from kaeru.core.calendar import at_local
from kaeru.tenants.models import Shop, ShopKind

HERE = "calendar"
FURTHEST = timedelta(days=3660)
"""Nobody looks further; an address typed by hand may."""


class NoSalon(Exception):
    """The page is about a salon, and the shop in the address is none. `to`: where there is one, else empty."""

    def __init__(self, to: str = "") -> None:
        super().__init__(to)
        self.to = to


def salon_shop(request: HttpRequest, visit: Visit) -> Shop:
    """The salon the page is about. Raises NoSalon when another shop is first; 404 when the organization has none."""
    if visit.shop and visit.shop.kind == ShopKind.SALON:
        return visit.shop
    other = next((shop for shop in visit.shops if shop.kind == ShopKind.SALON), None)
    if other is None or visit.is_asked or request.method == "POST":
        raise Http404
    query = request.GET.copy()
    query["shop"] = other.slug
    raise NoSalon(f"{request.path}?{query.urlencode()}")


def salon_page(name: str, visit: Visit, **query: object) -> str:
    """Address of a page of the calendar, about this salon; empty values are left out."""
    many = {"shop": visit.shop.slug} if visit.shop and len(visit.shops) > 1 else {}
    told = {**many, **{key: str(value) for key, value in query.items() if value not in (None, "")}}
    return reverse(f"console:{name}") + (f"?{urlencode(told)}" if told else "")


def day_of(text: str, otherwise: date) -> date:
    """A day as an address or a form gives it; `otherwise` for anything else, and for what is further than ten years away."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else otherwise
    except ValueError:
        return otherwise
    return day if abs(day - otherwise) <= FURTHEST else otherwise


def key_of(text: str | None) -> int:
    """A row's key as an address or a form gives it; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 20 else 0


def moment_of(day: str, at: str, zone: str, today: datetime) -> datetime | None:
    """The moment of a day and a time as a form gives them: `at` is a time, or minutes after the day's midnight; None for anything else."""
    on = day_of(day, today.date())
    if at.isascii() and at.isdigit() and len(at) < 5:
        minutes = int(at)
        return at_local(on + timedelta(days=minutes // 1440), time(minutes % 1440 // 60, minutes % 60), zone)
    try:
        return at_local(on, time.fromisoformat(at), zone) if len(day) == 10 else None
    except ValueError:
        return None
