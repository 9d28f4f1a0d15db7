"""What a scenario is made of: the steps as the owner writes them, checked, and compiled for the engine. Pure.

The owner's form is a tree (branches hold steps); the engine's form is a flat program with jumps, so that one number says
where an enrolment stands.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

Step = Mapping[str, Any]
MOST_STEPS = 40
MOST_DEPTH = 4
LONGEST_WAIT_DAYS = 90
UNITS = {"minutes": 60, "hours": 3600, "days": 86400}
"""Seconds in each unit of a wait."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a scenario cannot be published: where, and in the reader's language what to do."""

    path: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Go on `seconds` later."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Say:
    """Send the message of this template."""

    template_id: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Give:
    """Issue a coupon: `kind` amount | percent | free_shipping, `value` minor units or points, good for `days`."""

    kind: str
    value: int
    days: int
    minimum: int


@dataclass(frozen=True, slots=True)
class Branch:
    """Go on with the next step if the condition holds, else at `otherwise`."""

    on: str
    at_least: int
    otherwise: int


@dataclass(frozen=True, slots=True)
class Jump:
    """Go on at `to`."""

    to: int


@dataclass(frozen=True, slots=True)
class Exit:
    """The scenario ends here."""


Op = Wait | Say | Give | Branch | Jump | Exit
_OPS: dict[str, type[Any]] = {
    "wait": Wait,
    "message": Say,
    "coupon": Give,
    "branch": Branch,
    "jump": Jump,
    "exit": Exit,
}
_NAMES = {op: name for name, op in _OPS.items()}


def kind_of(op: Op) -> str:
    """The step's word: wait, message, coupon, branch, jump, exit."""
    return _NAMES[type(op)]


def wait_seconds(step: Step) -> int:
    """Length of a wait step in seconds; units may be combined."""
    return sum(int(step.get(unit) or 0) * seconds for unit, seconds in UNITS.items())


def _whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def check_steps(steps: Any, path: str = "steps", depth: int = 0) -> list[Problem]:
    """What keeps these steps from being published; message texts are checked by the messages room beside this."""
    if not isinstance(steps, list):
        return [Problem(path, "not_a_list", _("The steps cannot be read. Please reload the page."))]
    problems: list[Problem] = []
    if depth == 0 and _count(steps) > MOST_STEPS:
        problems.append(Problem(path, "too_many", _("A scenario can have at most %d steps.") % MOST_STEPS))
    if depth > MOST_DEPTH:
        return [Problem(path, "too_deep", _("Branches can be nested %d deep at most.") % MOST_DEPTH)]
    for index, step in enumerate(steps):
        here = f"{path}.{index}"
        check = _CHECKS.get(str(step.get("kind"))) if isinstance(step, Mapping) else None
        if check is None:
            problems.append(Problem(here, "unknown_step", _("This kind of step is not known.")))
            continue
        problems += check(step, here, depth)
    return problems


def _count(steps: Any) -> int:
    if not isinstance(steps, list):
        return 0
    return sum(
        1 + (_count(step.get("then")) + _count(step.get("else")) if isinstance(step, Mapping) else 0) for step in steps
    )


def _check_wait(step: Step, path: str, depth: int) -> list[Problem]:
    if not all(_whole(step.get(unit, 0) or 0, 0, 100_000) for unit in UNITS):
        return [Problem(path, "bad_wait", _("Please enter the wait as a whole number."))]
    if not 60 <= wait_seconds(step) <= LONGEST_WAIT_DAYS * 86400:
        return [Problem(path, "bad_wait", _("A wait is between 1 minute and %d days.") % LONGEST_WAIT_DAYS)]
    return []


def _check_message(step: Step, path: str, depth: int) -> list[Problem]:
    if step.get("purpose") not in ("notice", "advertisement"):
        return [Problem(path, "bad_purpose", _("Please choose whether this is a notice or an advertisement."))]
    if not isinstance(step.get("texts"), Mapping):
        return [Problem(path, "no_texts", _("Please write the message."))]
    return []


def _check_coupon(step: Step, path: str, depth: int) -> list[Problem]:
    kind, value = str(step.get("coupon")), step.get("value", 0)
    limits = {"amount": (1, 10_000_000), "percent": (1, 100), "free_shipping": (0, 10_000_000)}
    if kind not in limits:
        return [Problem(path, "bad_coupon", _("Please choose what the coupon gives."))]
    problems = []
    if not _whole(value, *limits[kind]):
        problems.append(
            Problem(
                f"{path}.value", "bad_value", _("Please enter the coupon's value as a whole number within its limits.")
            )
        )
    if not _whole(step.get("days"), 1, 365):
        problems.append(Problem(f"{path}.days", "bad_days", _("A coupon is valid for 1 to 365 days.")))
    if not _whole(step.get("minimum", 0), 0, 100_000_000):
        problems.append(
            Problem(f"{path}.minimum", "bad_minimum", _("Please enter the smallest order as a whole number."))
        )
    return problems


def _check_branch(step: Step, path: str, depth: int) -> list[Problem]:
    problems = []
    if step.get("on") not in ("order_value", "first_order"):
        problems.append(Problem(path, "bad_condition", _("Please choose what the branch looks at.")))
    if step.get("on") == "order_value" and not _whole(step.get("at_least"), 1, 1_000_000_000):
        problems.append(Problem(f"{path}.at_least", "bad_amount", _("Please enter the order value as a whole number.")))
    for side in ("then", "else"):
        problems += check_steps(step.get(side, []), f"{path}.{side}", depth + 1)
    return problems


def _check_exit(step: Step, path: str, depth: int) -> list[Problem]:
    return []


_CHECKS: dict[str, Callable[[Step, str, int], list[Problem]]] = {
    "wait": _check_wait, "message": _check_message, "coupon": _check_coupon, "branch": _check_branch, "exit": _check_exit,
}  # fmt: skip


def compile_steps(steps: Sequence[Step], template_of: Callable[[Step], int]) -> list[Op]:
    """The program of checked steps; `template_of` publishes a message step's texts and gives the template's id."""
    program: list[Op] = []
    _compile(steps, template_of, program)
    return program


def _compile(steps: Sequence[Step], template_of: Callable[[Step], int], program: list[Op]) -> None:
    for step in steps:
        match step["kind"]:
            case "wait":
                program.append(Wait(wait_seconds(step)))
            case "message":
                program.append(Say(template_of(step), step["purpose"]))
            case "coupon":
                program.append(
                    Give(step["coupon"], int(step.get("value", 0)), int(step["days"]), int(step.get("minimum", 0)))
                )
            case "exit":
                program.append(Exit())
            case "branch":
                _compile_branch(step, template_of, program)


def _compile_branch(step: Step, template_of: Callable[[Step], int], program: list[Op]) -> None:
    at = len(program)
    program.append(Exit())  # its place; filled in once the jump's target is known
    _compile(step.get("then", []), template_of, program)
    end_of_then = len(program)
    program.append(Exit())
    program[at] = Branch(step["on"], int(step.get("at_least") or 0), len(program))
    _compile(step.get("else", []), template_of, program)
    program[end_of_then] = Jump(len(program))


def to_json(program: Sequence[Op]) -> list[dict[str, Any]]:
    """The program as kept in a Revision; ids as text, as JSON numbers lose their ends."""
    return [
        {
            "op": kind_of(op),
            **{name: str(value) if name == "template_id" else value for name, value in _fields(op).items()},
        }
        for op in program
    ]


def _fields(op: Op) -> dict[str, Any]:
    return {name: getattr(op, name) for name in op.__slots__}


def from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[Op, ...]:
    """The program again."""
    return tuple(
        _OPS[entry["op"]](
            **{name: int(value) if name == "template_id" else value for name, value in entry.items() if name != "op"}
        )
        for entry in stored
    )
