"""Call 電話: a member of staff calls the customer, with a script and a deadline in opening hours.

The enrolment waits for the call. Reached: one way; not reached, too late, or no number: another.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.calls import scripts
from kaeru.core import ids, sql
from kaeru.core.calendar import NeverOpen
from kaeru.scenarios.fields import Field, Problem, Step, check_fields
from kaeru.scenarios.kinds.base import Arm, Compiler, Kind
from kaeru.scenarios.program import Effect, Facts, Jump, Op, Turn, op, skip_held
from kaeru.tenants.models import Member

CLOSED = "call.closed"
REACHED = "call.closed:reached"
GRACE = timedelta(days=40)
"""How much longer than the deadline the enrolment listens. The calls' own pass closes each at its deadline, which moves when
the customer asks to be called later; this is only the net under it."""
_COLUMNS = (
    "id", "organization_id", "shop_id", "customer_id", "order_id", "source", "source_id", "script", "assignee_id", "value", "currency",
    "state", "outcome", "detail", "note", "tries", "most_tries", "deadline_at", "created_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Task(Effect):
    """A call to be made."""

    kind = "call"
    script: str
    """JSON of {"ja": …, "en": …}."""
    tries: int
    deadline_at: datetime
    assignee: str = ""
    """Mail address of a member; empty: anybody."""

    @classmethod
    def write(cls, told: Sequence[tuple[Any, Sequence[Any]]], moment: datetime) -> None:
        """Onto the call list."""
        at = sql.moment(moment)
        members = _members({one.assignee for one, _claimed in told} - {""})
        rows: list[tuple[Any, ...]] = []
        for one, claimed in told:
            rest = ("waiting", "", "", "", 0, one.tries, sql.moment(one.deadline_at), at)
            rows += [
                (key, row.organization_id, row.shop_id, row.customer_id, row.order_id, "enrollment", row.id, one.script,
                 members.get((row.organization_id, one.assignee)),
                 row.order_value, row.currency, *rest)
                for key, row in zip(ids.new_ids(len(claimed)), claimed, strict=True)
            ]  # fmt: skip
        sql.insert_many("calls_calltask", _COLUMNS, rows)


def _members(addresses: set[str]) -> dict[tuple[int, str], int]:
    """User by organization and mail address; who has left is missing, and anybody may call."""
    if not addresses:
        return {}
    rows = Member.objects.filter(user__email__in=addresses).values_list("organization_id", "user__email", "user_id")
    return {(organization_id, email): user_id for organization_id, email, user_id in rows}


@op
@dataclass(frozen=True, slots=True)
class Call(Op):
    """Put a call on the list and wait for it; without a number go on at `otherwise`."""

    name = "call"
    script: str
    hours: int
    tries: int
    otherwise: int
    assignee: str = ""

    def run(self, here: int, facts: Facts) -> Turn:
        """Call and rest, or the other way."""
        assert facts.calendar is not None
        if not facts.can_call:
            return Turn(to=self.otherwise, outcome="skipped", reason="no_phone")
        try:
            deadline = facts.calendar.add_open(facts.now, self.hours * 3600)
        except NeverOpen:  # a shop without opening hours: count the hours of the clock
            deadline = facts.now + timedelta(hours=self.hours)
        effect = Task(self.script, self.tries, deadline, self.assignee)
        return Turn(until=deadline + GRACE, awaiting=CLOSED, effect=effect)

    def run_held(self, here: int, facts: Facts) -> Turn:
        """No call: the other way, at once."""
        return skip_held(self.otherwise)

    def holds(self) -> bool:
        """Always."""
        return True

    def goes(self, here: int) -> tuple[int, ...]:
        """The way of those who cannot be called; the other begins with a rest."""
        return (self.otherwise,)

    def needs(self) -> frozenset[str]:
        """Opening hours, and whether there is a number."""
        return frozenset({"calendar", "phone"})


@op
@dataclass(frozen=True, slots=True)
class Called(Op):
    """Go on if the customer was reached, else at `otherwise`."""

    name = "called"
    otherwise: int

    def run(self, here: int, facts: Facts) -> Turn:
        """One of the two ways."""
        is_reached = facts.heard == REACHED
        outcome = facts.heard.partition(":")[2] or "expired"
        return Turn(to=None if is_reached else self.otherwise, outcome=outcome)

    def goes(self, here: int) -> tuple[int, ...]:
        """Both."""
        return (here + 1, self.otherwise)


class CallKind(Kind):
    """The step."""

    name = "call"
    label = lazy("Call")
    hint = lazy("Puts a call on the staff's list, with what to say and until when.")
    mark = "call"
    fields = (
        Field("script", "script", lazy("Script"), {"ja": "", "en": ""}, high=2000, error=lazy("Please write what the caller is to say.")),
        Field("hours", "whole", lazy("Deadline"), 4, 1, 200, unit=lazy("opening hours"),
              hint=lazy("Counted in the shop's opening hours: a call of Friday evening is due on Monday.")),
        Field("assignee", "member", lazy("Assignee"), "", is_optional=True, hint=lazy("Empty: anybody of the staff.")),
        Field("tries", "whole", lazy("Tries"), 3, 1, 10, unit=lazy("times")),
    )  # fmt: skip

    def arms(self, step: Step) -> tuple[Arm, ...]:
        """Two."""
        return Arm("reached", lazy("When reached")), Arm("unreached", lazy("When not reached"))

    def check(self, step: Step, path: str) -> list[Problem]:
        """The fields, and the words of the script."""
        problems = check_fields(self.fields, step, path)
        if problems:
            return problems
        text = _("“%(word)s” cannot stand in a script. There are: %(known)s.")
        return [
            Problem(f"{path}.script", found.code, text % {"word": found.detail, "known": ", ".join(scripts.VARIABLES)})
            for found in scripts.check(step["script"])
        ]

    def compile(self, step: Step, out: Compiler) -> None:
        """Call, ask what came of it, one way, the other."""
        script = json.dumps(dict(step["script"]), ensure_ascii=False)
        at = out.emit(Jump(out.here + 1))  # its place; filled in once the target is known
        otherwise = out.fork(Called, step.get("reached", []), step.get("unreached", []))
        out.patch(at, Call(script, step["hours"], step["tries"], otherwise, step.get("assignee") or ""))

    def says(self, step: Step, currency: str) -> str:
        """Call within 4 opening hours."""
        return _("Call within %(hours)s opening hours") % {"hours": step.get("hours", "")}


KIND = CallKind()
