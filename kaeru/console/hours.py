"""Opening hours: when calls are made, and when "the next business hour" is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.console.doors import Visit, page, show
from kaeru.console.settings import back_to, shop_of
from kaeru.core import clock, wording
from kaeru.core.calendar import USUAL_HOURS, NeverOpen
from kaeru.tenants import actions
from kaeru.tenants.hours import MOST_CLOSED_DAYS, HoursRefused, calendar_of, read_days, read_hours
from kaeru.tenants.models import Shop

WEEKDAYS = (
    pgettext_lazy("weekday", "Mon"), pgettext_lazy("weekday", "Tue"), pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"), pgettext_lazy("weekday", "Fri"), pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
)  # fmt: skip
KEPT_DAYS = timedelta(days=400)
"""Days off that are longer ago than this are forgotten when the page is saved."""
LONGEST_SPAN = 60


class Clock(forms.TimeInput):
    """A time of day as phones ask for it: hours and minutes."""

    def __init__(self) -> None:
        super().__init__(format="%H:%M", attrs={"type": "time"})


class HoursForm(forms.Form):
    """Seven days, holidays, and one span of days off to be added."""

    keeps_holidays = forms.BooleanField(label=lazy("Closed on public holidays of Japan"), required=False)
    closed_from = forms.DateField(
        label=lazy("First day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    closed_to = forms.DateField(
        label=lazy("Last day (may be empty)"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, name in enumerate(WEEKDAYS):
            self.fields[f"open_{number}"] = forms.BooleanField(label=name, required=False)
            self.fields[f"from_{number}"] = forms.TimeField(required=False, widget=Clock())
            self.fields[f"to_{number}"] = forms.TimeField(required=False, widget=Clock())

    @classmethod
    def of(cls, shop: Shop) -> "HoursForm":
        """The form as the shop is now; closed days propose the usual hours."""
        usual = USUAL_HOURS[0]
        initial: dict[str, Any] = {"keeps_holidays": shop.keeps_holidays}
        for number, span in enumerate(read_hours(shop.hours)):
            opens, closes = span or usual or (time(10), time(18))
            initial |= {f"open_{number}": span is not None, f"from_{number}": opens, f"to_{number}": closes}
        return cls(initial=initial)

    def days(self) -> list[dict[str, forms.BoundField]]:
        """The fields of each day of the week."""
        return [{"open": self[f"open_{n}"], "from": self[f"from_{n}"], "to": self[f"to_{n}"]} for n in range(7)]

    def clean(self) -> dict[str, Any]:
        """Open days have both times, at least one day is open, and the span of days off is one."""
        told = super().clean() or self.cleaned_data
        for number in range(7):
            if told.get(f"open_{number}") and not (told.get(f"from_{number}") and told.get(f"to_{number}")):
                self.add_error(f"from_{number}", _("Please enter when the shop opens and closes."))
        if not any(told.get(f"open_{number}") for number in range(7)):
            raise ValidationError(_("The shop must be open on at least one day of the week."))
        first, last = told.get("closed_from"), told.get("closed_to")
        if last and (not first or last < first):
            self.add_error("closed_to", _("The last day comes after the first."))
        elif first and last and (last - first).days >= LONGEST_SPAN:
            self.add_error("closed_to", _("At most %d days at once.") % LONGEST_SPAN)
        return told

    def hours(self) -> list[list[str] | None]:
        """The week as the action takes it."""
        told = self.cleaned_data
        return [
            [f"{told[f'from_{n}']:%H:%M}", f"{told[f'to_{n}']:%H:%M}"] if told[f"open_{n}"] else None for n in range(7)
        ]

    def added(self) -> set[date]:
        """The days off of the span."""
        first = self.cleaned_data.get("closed_from")
        last = self.cleaned_data.get("closed_to") or first
        return {first + timedelta(days=n) for n in range((last - first).days + 1)} if first else set()


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Consecutive days off."""

    first: date
    last: date

    @property
    def value(self) -> str:
        """As the form sends it."""
        return f"{self.first.isoformat()}/{self.last.isoformat()}"

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def spans(days: Iterable[date]) -> list[DaysOff]:
    """The days, consecutive ones together, in order."""
    found: list[DaysOff] = []
    for day in sorted(days):
        if found and day - found[-1].last == timedelta(days=1):
            found[-1] = DaysOff(found[-1].first, day)
        else:
            found.append(DaysOff(day, day))
    return found


@page("edit_shop", "GET", "POST")
def hours(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The week, the holidays and the days off; what follows from them is said at once."""
    mine = shop_of(visit)
    today = timezone.localtime(clock.now()).date()
    form = HoursForm(request.POST) if request.method == "POST" else HoursForm.of(mine)
    coming = spans(day for day in read_days(mine.closed_on) if day >= today)
    if request.method == "POST" and form.is_valid():
        gone = [one for one in coming if one.value in request.POST.getlist("remove")]
        kept = {
            day for day in read_days(mine.closed_on) if day >= today - KEPT_DAYS and not any(day in one for one in gone)
        }
        try:
            actions.change_hours(
                mine,
                hours=form.hours(),
                closed_on=[day.isoformat() for day in kept | form.added()],
                keeps_holidays=form.cleaned_data["keeps_holidays"],
                actor=visit.actor,
            )
        except HoursRefused:
            form.add_error(None, _("At most %d days off can be kept.") % MOST_CLOSED_DAYS)
        else:
            messages.success(request, _("Saved."))
            return back_to("hours", visit)
    context = {"form": form, "coming": coming, "next": _next(mine)}
    return show(request, visit, "console/opening_hours.html", "settings", context, status=422 if form.errors else 200)


def _next(shop: Shop) -> str:
    """Whether the shop is open now, and else when it opens, as the saved hours say."""
    calendar = calendar_of(shop.timezone, shop.hours, shop.closed_on, shop.keeps_holidays)
    now = clock.now()
    if calendar.is_open(now):
        return _("The shop is open now.")
    try:
        opens = timezone.localtime(calendar.next_open(now))
    except NeverOpen:
        return _("With these days off the shop never opens.")
    language = wording.language_of(get_language())
    return _("The shop opens next on %(when)s.") % {"when": wording.moment(opens, language, now.year)}
