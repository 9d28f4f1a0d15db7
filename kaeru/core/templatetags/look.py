"""What the pages of every room share: marks, money, days and moments as the reader's language writes them."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.http import QueryDict
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from kaeru.core import clock, wording
from kaeru.core.money import show

register = template.Library()


def _language() -> str:
    return wording.language_of(get_language())


@register.simple_tag
def mark(name: str, classes: str = "icon") -> SafeString:
    """A small line drawing from the sprite; decoration only, so the words beside it must say it all."""
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', classes, static("kaeru/marks.svg"), name
    )


@register.filter
def called(row: Any) -> str:
    """What somebody or something with a name and an English name is called in the reader's language."""
    english: str = row.name_en if _language() == "en" else ""
    return english or str(row.name)


@register.filter
def money(amount: int | None, currency: str = "JPY") -> str:
    """1,980円, or a dash when there is no amount."""
    return "–" if amount is None else show(amount, currency or "JPY", _language())


@register.filter
def counted(value: int) -> str:
    """4,363."""
    return f"{value:,}"


@register.filter
def day(value: date | datetime | None) -> str:
    """The day with its weekday, in the active time zone."""
    if value is None:
        return "–"
    on = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return wording.day(on, _language(), timezone.localtime(clock.now()).year)


@register.filter
def moment(value: datetime | None) -> str:
    """Day with weekday and time, in the active time zone."""
    if value is None:
        return "–"
    return wording.moment(timezone.localtime(value), _language(), timezone.localtime(clock.now()).year)


@register.filter
def soon(value: datetime) -> str:
    """The time alone when it is today, else day and time."""
    local, today = timezone.localtime(value), timezone.localtime(clock.now()).date()
    return f"{local.hour}:{local.minute:02d}" if local.date() == today else moment(value)


@register.filter
def span(value: timedelta | int | None) -> str:
    """A length of time; a bare number is seconds."""
    if value is None:
        return "–"
    return wording.span(value if isinstance(value, timedelta) else timedelta(seconds=value), _language())


@register.filter
def until(value: datetime) -> str:
    """How long from now until then."""
    return wording.span(value - clock.now(), _language())


@register.filter
def share(value: float | None) -> str:
    """A fraction as a percentage."""
    return wording.share(value)


@register.filter
def words(texts: Any) -> str:
    """A text that the shop wrote in both languages, in the reader's."""
    return wording.pick(texts, _language())


@register.filter
def at(values: Mapping[str, Any] | None, name: str) -> Any:
    """What a mapping holds under a name; empty when nothing: `problems|at:"city"`."""
    return (values or {}).get(name, "")


@register.simple_tag(takes_context=True)
def same_page(context: template.Context, **changes: Any) -> str:
    """This page's own address with parts of its query changed: `{% same_page lang="en" %}`, `{% same_page page=2 %}`."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else QueryDict(mutable=True)
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return "?" + query.urlencode()
