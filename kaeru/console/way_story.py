"""One customer's way through a scenario, in words: what each step did and why, what they wait for now, and what comes then.

Steps that have a story of their own (messages, coupons, calls) tell it elsewhere; here is what they left out, and everything
else. No kind of step is named: a step says itself, and a step with ways says which one was taken.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kaeru.console import phrases, summary
from kaeru.console.entries import Entry
from kaeru.scenarios import queries
from kaeru.scenarios.flow import walk
from kaeru.scenarios.holdout import HELD
from kaeru.scenarios.kinds import kinds
from kaeru.scenarios.models import Enrollment, EnrollmentState, Revision, StepLog

TELL_THEMSELVES = frozenset({"message", "coupon", "call"})
"""Operations whose effect is an entry of its own: the mail, the coupon, the call."""
Step = Mapping[str, Any]


def tell(enrollment: Enrollment) -> Iterator[Entry]:
    """From the beginning to what is still to come."""
    revision, scenario = enrollment.revision, enrollment.revision.scenario
    yield Entry(
        at=enrollment.entered_at,
        mark="scenarios",
        what=_("The scenario “%(name)s” began") % {"name": summary.name_of(scenario)},
        why=[_("Version %(number)s") % {"number": revision.number}],
        href=reverse("console:scenario", args=[scenario.id]),
        action=_("Open the scenario"),
    )
    if enrollment.arm == HELD:
        yield Entry(
            at=enrollment.entered_at,
            mark="split",
            what=_("Held back for comparison"),
            why=[
                _(
                    "No offers go to this customer, so that the effect of the scenario can be seen. What is owed is sent."
                )
            ],
            tone="clock",
        )
    steps = _steps(revision)
    log = queries.log_of(enrollment.id)
    before = _before_moves(enrollment, log)
    for at, line in enumerate(log):
        then = before.get(at, revision)
        step = _steps(then).get(then.places[line.position] if line.position < len(then.places) else "")
        is_now = at == len(log) - 1 and enrollment.state in (EnrollmentState.WAITING, EnrollmentState.HELD)
        yield from _done(line, step, enrollment, is_now=is_now)
    if enrollment.state in (EnrollmentState.WAITING, EnrollmentState.HELD):
        yield _coming(enrollment, steps)
    elif enrollment.ended_at:
        yield Entry(
            at=enrollment.ended_at,
            mark="exit",
            what=_("The scenario ended"),
            why=[phrases.said(phrases.WHY, enrollment.end_reason)],
        )
    else:
        yield Entry(
            at=enrollment.due_at,
            mark="note",
            what=_("The scenario has stopped"),
            why=[_("A step failed five times.")],
            tone="bad",
        )


def _steps(revision: Revision) -> dict[str, Step]:
    return {str(place.step.get("id")): place.step for place in walk(revision.flow.get("steps", []))}


def _before_moves(enrollment: Enrollment, log: Sequence[StepLog]) -> dict[int, Revision]:
    """By place in the log, the version that the line is of, where it is not the one they are on now."""
    left = {at: line.reason.partition("→")[0] for at, line in enumerate(log) if line.outcome == "moved"}
    numbers = [int(number) for number in left.values() if number.isdigit()]
    if not numbers:
        return {}
    rows = Revision.objects.filter(scenario_id=enrollment.revision.scenario_id, number__in=numbers)
    known = {str(row.number): row for row in rows}
    found: dict[int, Revision] = {}
    then: Revision | None = None
    for at in range(len(log) - 1, -1, -1):
        if then is not None:
            found[at] = then
        then = known.get(left.get(at, ""), then)
    return found


def _done(line: StepLog, step: Step | None, enrollment: Enrollment, *, is_now: bool) -> Iterator[Entry]:
    """One line of the log."""
    if line.outcome == "ended":
        return
    if line.outcome == "moved":
        yield Entry(at=line.at, mark="scenarios", what=_("Moved to another version of the scenario"))
        return
    known = kinds().get(str(step.get("kind"))) if step else None
    if step is None or known is None:
        yield Entry(at=line.at, mark="note", what=line.kind, why=[line.outcome])
        return
    says = summary.says(step, enrollment.shop)
    why = [phrases.said(phrases.WHY, line.reason)] if phrases.WHY.get(line.reason) else []
    arm = next((arm for arm in known.arms(step) if arm.name == line.outcome), None)
    if arm is not None:
        yield Entry(at=line.at, mark=known.mark, what=says, why=[_("Went on: %(way)s") % {"way": arm.label}])
    elif line.outcome == "skipped":
        yield Entry(at=line.at, mark="note", what=_("Left out: %(step)s") % {"step": says}, why=why)
    elif line.outcome in phrases.CALL_OUTCOME:
        yield Entry(at=line.at, mark=known.mark, what=says, why=[phrases.said(phrases.CALL_OUTCOME, line.outcome)])
    elif known.lasts(step) is not None:
        if not is_now:
            yield Entry(at=line.at, mark=known.mark, what=_("Begins to wait: %(step)s") % {"step": says}, why=why)
    elif line.kind not in TELL_THEMSELVES:
        yield Entry(at=line.at, mark=known.mark, what=says, why=why)


def until(enrollment: Enrollment) -> datetime:
    """When an enrolment goes on at the latest: one that was woken to have a look rests on after it."""
    rest = enrollment.rest_until
    return max(enrollment.due_at, rest) if rest is not None and not enrollment.heard else enrollment.due_at


def _coming(enrollment: Enrollment, steps: Mapping[str, Step]) -> Entry:
    """What is waited for, until when, and what comes then."""
    held = [phrases.said(phrases.WHY, "switched_off")] if enrollment.state == EnrollmentState.HELD else []
    if enrollment.arm == HELD:
        held.append(phrases.said(phrases.WHY, "held"))
    resting = _resting(enrollment, steps)
    known = kinds().get(str(resting.get("kind"))) if resting else None
    arms = known.arms(resting) if known and resting else ()
    if resting is not None and arms:
        ways = [
            _("%(way)s: %(step)s") % {"way": arm.label, "step": _first(resting.get(arm.name), enrollment)}
            for arm in arms
        ]
        what = _("Waits: %(step)s") % {"step": summary.says(resting, enrollment.shop)}
        return Entry(until(enrollment), known.mark if known else "wait", what, [*ways, *held], "clock", is_coming=True)
    why = [_("Waits: %(step)s") % {"step": summary.says(resting, enrollment.shop)}] if resting is not None else []
    what = _("Next: %(step)s") % {"step": summary.next_of(enrollment)}
    return Entry(until(enrollment), "wait", what, [*why, *held], "clock", is_coming=True)


def _resting(enrollment: Enrollment, steps: Mapping[str, Step]) -> Step | None:
    """The step at which they rest; None before the first one."""
    if enrollment.step == 0:
        return None
    step = steps.get(enrollment.revision.places[min(enrollment.step, len(enrollment.revision.places)) - 1])
    known = kinds().get(str(step.get("kind"))) if step else None
    rests = known is not None and step is not None and (known.lasts(step) is not None or bool(enrollment.awaiting))
    return step if rests else None


def _first(steps: Any, enrollment: Enrollment) -> str:
    """What a way begins with."""
    if isinstance(steps, list) and steps and isinstance(steps[0], Mapping):
        return summary.says(steps[0], enrollment.shop)
    return _("goes on below")
