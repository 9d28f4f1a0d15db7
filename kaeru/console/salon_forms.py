"""Forms of the salon's settings: what clients can choose among, services with stages, people with their weeks, days that are otherwise."""

from collections.abc import Iterable
from datetime import date, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import pgettext_lazy

from kaeru.appointments.salons.actions import ResourceSaid, ServiceSaid
from kaeru.appointments.salons.checks import MOST_DAYS_AHEAD, MOST_NOTICE_MINUTES
from kaeru.appointments.salons.models import Resource, Salon, Service, ShiftRule
from kaeru.appointments.salons.rules import Rule
from kaeru.appointments.slots.rules import GRIDS, STEP_MINUTES
from kaeru.console.client_words import called
from kaeru.console.hours import WEEKDAYS, Clock
from kaeru.core.money import LARGEST

STAGES = 5
"""Rows of stages on the page."""
USUAL_COLOR = "#2b6a3d"
REFUSED = {
    "no_name": lazy("Please enter a name."),
    "no_stages": lazy("Please enter how long it takes."),
    "no_minutes": lazy("Times are multiples of five minutes."),
    "too_long": lazy("A visit takes twelve hours at most."),
    "never_busy": lazy("In at least one stage a stylist is needed."),
    "no_time": lazy("Please enter from when until when."),
    "overlap": lazy("These times overlap."),
    "no_kind": lazy("A closed day is for the whole salon, a day off for one person."),
    "no_day": lazy("The last day comes after the first."),
}
"""What the salon's own checks say, by code."""


def _day(label: Any, *, required: bool = True, hint: Any = "") -> forms.DateField:
    told = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=told, help_text=hint)


class LimitsForm(forms.Form):
    """What clients can choose among."""

    grid_minutes = forms.TypedChoiceField(
        label=lazy("Starts every (minutes)"), choices=[(str(one), str(one)) for one in GRIDS], coerce=int
    )
    days_ahead = forms.IntegerField(label=lazy("Days ahead, today included"), min_value=1, max_value=MOST_DAYS_AHEAD)
    notice_minutes = forms.IntegerField(
        label=lazy("No later than (minutes before)"), min_value=0, max_value=MOST_NOTICE_MINUTES
    )

    @classmethod
    def of(cls, salon: Salon) -> "LimitsForm":
        """As it is now."""
        return cls(initial={name: getattr(salon, name) for name in cls.base_fields})


class ServiceForm(forms.Form):
    """A service and its stages."""

    name = forms.CharField(label=lazy("Name"), max_length=80)
    name_en = forms.CharField(label=lazy("Name in English"), max_length=80, required=False)
    category = forms.CharField(label=lazy("Group in the menu"), max_length=40, required=False)
    price = forms.IntegerField(label=lazy("Price of the service"), min_value=0, max_value=LARGEST)
    cleanup_minutes = forms.IntegerField(
        label=lazy("Clean-up (minutes)"), min_value=0, step_size=STEP_MINUTES, max_value=120,
        help_text=lazy("After the client has left. The stylist is busy, the chair is free."),
    )  # fmt: skip
    needs = forms.ChoiceField(
        label=lazy("Where"),
        choices=[
            ("chair", lazy("On a chair")), ("room", lazy("In a room")), ("", lazy("Anywhere: it needs neither")),
        ],
        required=False,
    )  # fmt: skip
    is_online = forms.BooleanField(label=lazy("Clients can book it themselves"), required=False)
    is_active = forms.BooleanField(label=lazy("On the menu"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        busy = [("1", lazy("with the stylist")), ("0", lazy("the stylist is free"))]
        for number in range(STAGES):
            self.fields[f"stage_{number}"] = forms.CharField(
                label=lazy("Name of the stage"), max_length=40, required=False
            )
            self.fields[f"minutes_{number}"] = forms.IntegerField(
                label=lazy("Minutes"), min_value=0, max_value=720, step_size=STEP_MINUTES, required=False
            )
            self.fields[f"busy_{number}"] = forms.ChoiceField(label=lazy("Stylist"), choices=busy, required=False)

    @classmethod
    def of(cls, row: Service | None) -> "ServiceForm":
        """As the service is now; a new one is an hour on a chair."""
        if row is None:
            usual = {"cleanup_minutes": 0, "needs": "chair", "is_online": True, "is_active": True, "minutes_0": 60}
            return cls(initial={**usual, "busy_0": "1"})
        names = ("name", "name_en", "category", "price", "cleanup_minutes", "needs", "is_online", "is_active")
        told: dict[str, Any] = {name: getattr(row, name) for name in names}
        for number, one in enumerate(row.stages[:STAGES]):
            told |= {f"stage_{number}": one.get("name", ""), f"minutes_{number}": one["minutes"]}
            told[f"busy_{number}"] = "1" if one.get("busy", True) else "0"
        return cls(initial=told)

    def stages(self) -> list[dict[str, forms.BoundField]]:
        """The fields of each stage."""
        return [
            {"name": self[f"stage_{n}"], "minutes": self[f"minutes_{n}"], "busy": self[f"busy_{n}"]}
            for n in range(STAGES)
        ]

    def said(self) -> ServiceSaid:
        """As the action takes it; rows without minutes are no stages."""
        told = self.cleaned_data
        stages = [
            {"minutes": told[f"minutes_{n}"], "busy": told[f"busy_{n}"] != "0", "name": told[f"stage_{n}"]}
            for n in range(STAGES)
            if told.get(f"minutes_{n}")
        ]
        names = ("name", "name_en", "category", "price", "cleanup_minutes", "needs", "is_online", "is_active")
        return ServiceSaid(stages=stages, **{name: told[name] for name in names})


class ResourceForm(forms.Form):
    """A staff member, a chair or a room."""

    name = forms.CharField(label=lazy("Name"), max_length=80)
    name_en = forms.CharField(label=lazy("Name in English"), max_length=80, required=False)
    is_active = forms.BooleanField(
        label=lazy("Can be booked"), required=False, help_text=lazy("What is booked already stands.")
    )


class PlaceForm(ResourceForm):
    """A chair or a room."""

    kind = forms.ChoiceField(label=lazy("Kind"), choices=[("chair", lazy("Chair")), ("room", lazy("Private room"))])

    @classmethod
    def of(cls, row: Resource | None) -> "PlaceForm":
        """As it is now."""
        return cls(initial=_said(row) if row else {"is_active": True, "kind": "chair"})

    def said(self) -> ResourceSaid:
        """As the action takes it."""
        told = self.cleaned_data
        return ResourceSaid(told["name"], told["kind"], told["name_en"], is_active=told["is_active"])


class StaffForm(ResourceForm):
    """A staff member with what they do."""

    nomination_fee = forms.IntegerField(label=lazy("Fee for asking for this person"), min_value=0, max_value=LARGEST)
    color = forms.CharField(
        label=lazy("Colour in the calendar"), required=False, widget=forms.TextInput(attrs={"type": "color"})
    )
    skills = forms.MultipleChoiceField(
        label=lazy("What this person does"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, services: Iterable[Service], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["skills"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(str(row.id), called(row)) for row in services]

    @classmethod
    def of(cls, row: Resource | None, services: list[Service], skills: Iterable[int]) -> "StaffForm":
        """As it is now; somebody new does everything."""
        chosen = [str(key) for key in (skills if row else (one.id for one in services))]
        told = _said(row) if row else {"is_active": True, "nomination_fee": 0, "color": USUAL_COLOR}
        return cls(services, initial={**told, "skills": chosen})

    def said(self) -> ResourceSaid:
        """As the action takes it."""
        told = self.cleaned_data
        return ResourceSaid(
            told["name"], "staff", told["name_en"], told["color"], told["nomination_fee"], is_active=told["is_active"]
        )


def _said(row: Resource) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("name", "name_en", "is_active", "kind", "nomination_fee", "color")}
    return {**told, "color": row.color or USUAL_COLOR}


class WeekForm(forms.Form):
    """Somebody's week: on each day from when to when, and a break."""

    since = _day(lazy("From this day on"), hint=lazy("Until the day before it stays as it is."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, name in enumerate(WEEKDAYS):
            self.fields[f"works_{number}"] = forms.BooleanField(label=name, required=False)
            for part in ("from", "to", "pause", "back"):
                self.fields[f"{part}_{number}"] = forms.TimeField(required=False, widget=Clock())

    @classmethod
    def of(cls, lines: list[ShiftRule], today: date) -> "WeekForm":
        """As the week is on the last day for which something is said; somebody new works as long as the salon usually is open."""
        told: dict[str, Any] = {"since": today}
        latest = max((line.valid_from for line in lines), default=None)
        for number in range(7):
            told |= {f"works_{number}": not lines and number > 0, f"from_{number}": time(10), f"to_{number}": time(19)}
        for line in lines:
            if line.valid_from != latest:
                continue
            start, end = ("pause", "back") if line.is_break else ("from", "to")
            told |= {f"{start}_{line.weekday}": line.starts, f"{end}_{line.weekday}": line.ends}
            if not line.is_break:
                told[f"works_{line.weekday}"] = True
        if latest and latest > today:
            told["since"] = latest
        return cls(initial=told)

    def days(self) -> list[dict[str, forms.BoundField]]:
        """The fields of each day of the week."""
        return [{part: self[f"{part}_{n}"] for part in ("works", "from", "to", "pause", "back")} for n in range(7)]

    def clean(self) -> dict[str, Any]:
        """Working days have both times; a break has both, or none."""
        told = super().clean() or self.cleaned_data
        for number in (n for n in range(7) if told.get(f"works_{n}")):
            if not (told.get(f"from_{number}") and told.get(f"to_{number}")) or (
                bool(told.get(f"pause_{number}")) != bool(told.get(f"back_{number}"))
            ):
                self.add_error(f"from_{number}", _("Please enter from when until when."))
        return told

    def week(self) -> list[Rule]:
        """As the action takes it."""
        told, found = self.cleaned_data, []
        for number in (n for n in range(7) if told[f"works_{n}"]):
            found.append(Rule(0, number, told[f"from_{number}"], told[f"to_{number}"]))
            if told[f"pause_{number}"]:
                found.append(Rule(0, number, told[f"pause_{number}"], told[f"back_{number}"], is_break=True))
        return found


class DayForm(forms.Form):
    """A day, or some, that are otherwise."""

    kind = forms.ChoiceField(
        label=lazy("Kind"),
        choices=[
            ("leave", lazy("Day off")), ("closed", lazy("The salon is closed")), ("extra", lazy("Works besides")),
            ("break", lazy("Break")),
        ],
    )  # fmt: skip
    who = forms.ChoiceField(label=lazy("Who or what"))
    day = _day(lazy("First day"))
    last = _day(lazy("Last day (may be empty)"), required=False)
    starts = forms.TimeField(label=pgettext_lazy("time of day", "From"), required=False, widget=Clock())
    ends = forms.TimeField(
        label=pgettext_lazy("time of day", "Until"), required=False, widget=Clock(), help_text=lazy("Without times: all day.")
    )  # fmt: skip
    note = forms.CharField(label=lazy("Note"), max_length=200, required=False)

    def __init__(self, resources: Iterable[Resource], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["who"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("The whole salon")), *((str(row.id), row.name) for row in resources)]
        field.required = False
