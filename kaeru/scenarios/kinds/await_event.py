"""Wait for news 出来事を待つ: until something happens, one way; when it does not within the time, another."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.scenarios import triggers
from kaeru.scenarios.fields import Field, Problem, Step, check_fields
from kaeru.scenarios.kinds.base import Arm, Compiler, Kind
from kaeru.scenarios.kinds.wait import Wait, check_span, longest, span_fields, span_words, wait_op
from kaeru.scenarios.program import Facts, Op, Turn, op


@op
@dataclass(frozen=True, slots=True)
class Await(Op):
    """Rest as `rest` does, or until `event`."""

    name = "await"
    event: str
    seconds: int = 0
    days: int = 0
    months: int = 0

    def run(self, here: int, facts: Facts) -> Turn:
        """Rest, listening."""
        until = Wait(self.seconds, self.days, self.months).run(here, facts).until
        return Turn(until=until, awaiting=self.event)

    def rests(self) -> bool:
        """Always."""
        return True

    def needs(self) -> frozenset[str]:
        """The shop's zone, for days and months."""
        return Wait(self.seconds, self.days, self.months).needs()


@op
@dataclass(frozen=True, slots=True)
class Heard(Op):
    """Go on if the rest before ended by `event`, else at `otherwise`."""

    name = "heard"
    event: str
    otherwise: int

    def run(self, here: int, facts: Facts) -> Turn:
        """One of the two ways."""
        is_so = facts.heard == self.event
        return Turn(to=None if is_so else self.otherwise, outcome="then" if is_so else "else", reason=facts.heard[:40])

    def goes(self, here: int) -> tuple[int, ...]:
        """Both."""
        return (here + 1, self.otherwise)


class AwaitKind(Kind):
    """The step."""

    name = "await"
    label = lazy("Wait for news")
    hint = lazy("Goes one way when something happens in time, and another when it does not.")
    mark = "await"
    fields = (
        Field("event", "choice", lazy("Until"), "coupon.redeemed", choices=triggers.AWAITABLE),
        Field("custom", "text", lazy("Name of your event"), "", high=40, shown_if=("event", ("custom",)),
              hint=lazy("Your system sends it over the API.")),
        *span_fields(),
    )  # fmt: skip

    def new(self) -> dict[str, Any]:
        """Three days."""
        return {**super().new(), "days": 3}

    def arms(self, step: Step) -> tuple[Arm, ...]:
        """Two."""
        return Arm("then", lazy("When it happened")), Arm("else", lazy("When the time is over"))

    def check(self, step: Step, path: str) -> list[Problem]:
        """The fields, the span, and the name of an own event."""
        problems = check_fields(self.fields, step, path) or check_span(step, path)
        if not problems and step.get("event") == "custom" and not triggers.CUSTOM.fullmatch(str(step.get("custom"))):
            problems.append(Problem(f"{path}.custom", "bad_custom", triggers.bad_name()))
        return problems

    def compile(self, step: Step, out: Compiler) -> None:
        """Rest, ask what was heard, one way, the other."""
        event, rest = triggers.event_of(step), wait_op(step)
        out.emit(Await(event, rest.seconds, rest.days, rest.months))
        out.fork(lambda otherwise: Heard(event, otherwise), step.get("then", []), step.get("else", []))

    def lasts(self, step: Step) -> timedelta:
        """Until the time is over."""
        return longest(step)

    def says(self, step: Step, currency: str) -> str:
        """Until …, at most 3 days."""
        told = {"event": triggers.event_label(triggers.event_of(step)), "span": span_words(step)}
        return _("until %(event)s, at most %(span)s") % told


KIND = AwaitKind()
