"""The engine's one decision: where an enrolment goes from here. Pure: no clock, no database, no chance but a seeded one."""

from dataclasses import dataclass
from datetime import datetime

from kaeru.audiences.rules import holds
from kaeru.scenarios.program import Effect, Facts, Program


@dataclass(frozen=True, slots=True)
class Log:
    """What was done at a step, and why."""

    position: int
    kind: str
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Where the enrolment goes: it rests at `step` until `due_at`, or has ended for `end`."""

    step: int
    due_at: datetime | None
    awaiting: str
    end: str
    effects: tuple[Effect, ...]
    log: tuple[Log, ...]


def advance(program: Program, step: int, facts: Facts) -> Decision:
    """Run the program from `step` up to the next rest or the end.

    An end that the facts give comes first: nothing is said to a buyer who has ordered again. Programs have only forward
    jumps, so this always ends.
    """
    end = facts.end
    if not end and program.exit_when is not None and holds(program.exit_when, dict(facts.values)):
        end = "exit_condition"
    if end:
        return Decision(step, None, "", end, (), (Log(step, "exit", "ended", end),))
    if facts.rest_until is not None:
        return Decision(step, facts.rest_until, facts.awaiting, "", (), ())
    effects: list[Effect] = []
    log: list[Log] = []
    while step < len(program.ops):
        op = program.ops[step]
        turn = op.run_held(step, facts) if facts.is_held else op.run(step, facts)
        if turn.outcome:
            log.append(Log(step, op.name, turn.outcome, turn.reason))
        if turn.effect is not None:
            effects.append(turn.effect)
            facts = turn.effect.after(facts)
        if turn.end:
            return Decision(step, None, "", turn.end, tuple(effects), tuple(log))
        at, step = step, step + 1 if turn.to is None else turn.to
        assert step > at, "programs only go forward"
        if turn.until is not None:
            return Decision(step, turn.until, turn.awaiting, "", tuple(effects), tuple(log))
    return Decision(step, None, "", "finished", tuple(effects), tuple(log))
