"""The engine's one decision: where an enrolment goes from here. Pure: no clock, no database, no chance."""

from collections.abc import Sequence
from dataclasses import dataclass

from kaeru.scenarios.steps import Branch, Exit, Give, Jump, Op, Say, Wait, kind_of


@dataclass(frozen=True, slots=True)
class Facts:
    """What must be known of an enrolment to decide."""

    end: str = ""
    """Why nothing more is needed: reordered, shipped, restored; empty: it still is."""
    order_value: int = 0
    """Minor units of the order's currency."""
    is_first_order: bool = False
    may_advertise: bool = False
    """Consent and no opt-out: without it a coupon cannot be told, so it is not issued."""


@dataclass(frozen=True, slots=True)
class Log:
    """What was done at a step, and why."""

    position: int
    kind: str
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Where the enrolment goes: it waits `wait` seconds at `step`, or has ended for `end`."""

    step: int
    wait: int | None
    end: str
    effects: tuple[Say | Give, ...]
    log: tuple[Log, ...]


def advance(program: Sequence[Op], step: int, facts: Facts) -> Decision:
    """Run the program from `step` up to the next wait or the end.

    An end that the facts give comes first: nothing is said to a buyer who has ordered again. Programs have only forward
    jumps, so this always ends.
    """
    if facts.end:
        return Decision(step, None, facts.end, (), (Log(step, "exit", "ended", facts.end),))
    effects: list[Say | Give] = []
    log: list[Log] = []
    while step < len(program):
        op = program[step]
        match op:
            case Wait():
                log.append(Log(step, "wait", "done"))
                return Decision(step + 1, op.seconds, "", tuple(effects), tuple(log))
            case Exit():
                log.append(Log(step, "exit", "ended", "exit"))
                return Decision(step, None, "exit", tuple(effects), tuple(log))
            case Jump():
                step = op.to
                continue
            case Branch():
                holds = facts.order_value >= op.at_least if op.on == "order_value" else facts.is_first_order
                log.append(Log(step, "branch", "then" if holds else "else", op.on))
                step = step + 1 if holds else op.otherwise
                continue
            case Give() if not facts.may_advertise:
                log.append(Log(step, "coupon", "skipped", "no_consent"))
            case Say() if op.purpose == "advertisement" and not facts.may_advertise:
                log.append(Log(step, "message", "skipped", "no_consent"))
            case _:
                effects.append(op)
                log.append(Log(step, kind_of(op), "done"))
        step += 1
    return Decision(step, None, "finished", tuple(effects), tuple(log))
