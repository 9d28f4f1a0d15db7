"""Wait 待つ: some time, until a time of day, or until the shop opens."""

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from kaeru.core import calendar
from kaeru.scenarios.fields import Field, Problem, Step, check_fields
from kaeru.scenarios.kinds.base import Compiler, Kind
from kaeru.scenarios.program import Facts, Op, Turn, op

SPAN = ("months", "days", "hours", "minutes")
LONGEST_DAYS = 3660
"""Ten years: longer than that is a slip of the finger."""


@op
@dataclass(frozen=True, slots=True)
class Wait(Op):
    """Rest for a span: months and days by the shop's calendar (the clock keeps its time), then `seconds`."""

    name = "wait"
    seconds: int = 0
    days: int = 0
    months: int = 0

    def run(self, here: int, facts: Facts) -> Turn:
        """Rest."""
        if facts.calendar is not None and (self.months or self.days):
            until = calendar.later(
                facts.now, facts.calendar.zone, months=self.months, days=self.days, seconds=self.seconds
            )
        else:
            until = facts.now + timedelta(seconds=self.seconds)
        return Turn(until=until)

    def rests(self) -> bool:
        """Always."""
        return True

    def needs(self) -> frozenset[str]:
        """The shop's zone, for days and months."""
        return frozenset({"calendar"}) if self.months or self.days else frozenset()


@op
@dataclass(frozen=True, slots=True)
class Until(Op):
    """Rest until the shop's clock shows `at` next, on one of the weekdays (none: any day)."""

    name = "until"
    at: str
    weekdays: tuple[int, ...] = ()

    def run(self, here: int, facts: Facts) -> Turn:
        """Rest."""
        assert facts.calendar is not None
        at = time.fromisoformat(self.at)
        return Turn(until=calendar.next_local(facts.now, facts.calendar.zone, at, frozenset(self.weekdays)))

    def rests(self) -> bool:
        """Always."""
        return True

    def needs(self) -> frozenset[str]:
        """The shop's zone."""
        return frozenset({"calendar"})


@op
@dataclass(frozen=True, slots=True)
class UntilOpen(Op):
    """Rest until the shop is open; not at all when it is."""

    name = "until_open"

    def run(self, here: int, facts: Facts) -> Turn:
        """Rest, or go on."""
        assert facts.calendar is not None
        try:
            opens = facts.calendar.next_open(facts.now)
        except calendar.NeverOpen:  # waiting would be for ever: going on is what the shop can still see and stop
            return Turn(outcome="skipped", reason="never_open")
        return Turn(until=opens if opens > facts.now else None)

    def needs(self) -> frozenset[str]:
        """Opening hours."""
        return frozenset({"calendar"})


def span(step: Step) -> dict[str, int]:
    """The length of a step's wait by unit; what is not a number counts as none."""
    return {unit: step[unit] if isinstance(step.get(unit), int) else 0 for unit in SPAN}


def longest(step: Step) -> timedelta:
    """The longest that a wait of this span takes: a month as 31 days."""
    told = span(step)
    return timedelta(days=told["months"] * 31 + told["days"], hours=told["hours"], minutes=told["minutes"])


def span_words(step: Step) -> str:
    """1 d 2 h, 1日2時間."""
    told = span(step)
    parts = [
        ngettext("%d month", "%d months", told["months"]) % told["months"] if told["months"] else "",
        ngettext("%d day", "%d days", told["days"]) % told["days"] if told["days"] else "",
        ngettext("%d hour", "%d hours", told["hours"]) % told["hours"] if told["hours"] else "",
        ngettext("%d minute", "%d minutes", told["minutes"]) % told["minutes"] if told["minutes"] else "",
    ]
    return " ".join(part for part in parts if part) or _("no time")


def span_fields(shown_if: tuple[str, tuple[str, ...]] | None = None) -> tuple[Field, ...]:
    """Months, days, hours and minutes; what a step does not say is none."""
    names = {"months": lazy("Months"), "days": lazy("Days"), "hours": lazy("Hours"), "minutes": lazy("Minutes")}
    high = {"months": 120, "days": LONGEST_DAYS, "hours": 100_000, "minutes": 1_000_000}
    error = lazy("Please enter the wait as whole numbers.")
    return tuple(Field(unit, "whole", names[unit], 0, 0, high[unit], shown_if=shown_if, error=error) for unit in SPAN)


def check_span(step: Step, path: str) -> list[Problem]:
    """A span of up to ten years."""
    if longest(step) <= timedelta(days=LONGEST_DAYS):
        return []
    return [Problem(path, "bad_wait", _("A wait is at most ten years. Please make it shorter."))]


class WaitKind(Kind):
    """The step."""

    name = "wait"
    label = lazy("Wait")
    hint = lazy("Goes on after some time, at a time of day, or when the shop opens.")
    mark = "wait"
    fields = (
        Field(
            "mode", "choice", lazy("How long"), "span",
            choices=(
                ("span", lazy("for some time")),
                ("clock", lazy("until a time of day")),
                ("open", lazy("until the shop is open")),
            ),
        ),
        *span_fields(("mode", ("span", "None"))),
        Field("at", "clock", lazy("Time of day"), "09:00", shown_if=("mode", ("clock",))),
        Field("weekdays", "weekdays", lazy("Only on"), [], shown_if=("mode", ("clock",)), hint=lazy("None chosen: any day.")),
    )  # fmt: skip

    def new(self) -> dict[str, Any]:
        """A day."""
        return {**super().new(), "days": 1}

    def check(self, step: Step, path: str) -> list[Problem]:
        """The fields, and the whole span."""
        return check_fields(self.fields, step, path) or check_span(step, path)

    def compile(self, step: Step, out: Compiler) -> None:
        """One rest."""
        match step.get("mode") or "span":
            case "clock":
                out.emit(Until(step["at"], tuple(sorted(step.get("weekdays") or []))))
            case "open":
                out.emit(UntilOpen())
            case _:
                out.emit(wait_op(step))

    def lasts(self, step: Step) -> timedelta:
        """The span; until a time of day or the opening about a day."""
        return longest(step) if (step.get("mode") or "span") == "span" else timedelta(days=1)

    def says(self, step: Step, currency: str) -> str:
        """After 1 day · until 09:00 · until the shop opens."""
        match step.get("mode") or "span":
            case "clock":
                return _("until %(clock)s") % {"clock": step.get("at", "")}
            case "open":
                return _("until the shop is open")
        return _("after %(span)s") % {"span": span_words(step)}


def wait_op(step: Step) -> Wait:
    """The rest that a step's span asks for."""
    told: dict[str, Any] = span(step)
    return Wait(told["hours"] * 3600 + told["minutes"] * 60, told["days"], told["months"])


KIND = WaitKind()
