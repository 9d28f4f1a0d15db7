"""state = fold(log): where an enrolment must stand, from its program and its log alone.

A reading of the stored program of its own: it knows what each operation's outcome means, and nothing of how it was decided.
Programs go forward only, so the log is read by position; a clock that was set back does not disturb it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Log = tuple[Any, ...]
"""(id, kind, position, outcome, reason, at), by position."""
LETTERS = "abcd"


def fold(program: list[dict[str, Any]], logs: list[Log], state: str, step: int, end: str, zone: str) -> Iterator[str]:
    """What does not fit, in words."""
    here, rested_until = 0, None
    entries = [log for log in logs if not (log[1] == "exit" and log[3] == "ended" and log[4] != "exit")]
    ended = [log for log in logs if log not in entries]
    for number, (_key, kind, position, outcome, _reason, at) in enumerate(entries):
        here = _jumped(program, here)
        if outcome == "moved":
            here = position
            continue
        if position != here:
            yield f"the log is at {position} ({kind}), its own steps lead to {here}"
            return
        if program[here]["op"] != kind:
            yield f"the log says {kind} at {here}, the program {program[here]['op']}"
            return
        if rested_until is not None and at < rested_until:
            yield f"{kind} came at {at:%Y-%m-%d %H:%M:%S}, the rest before lasted until {rested_until:%Y-%m-%d %H:%M:%S}"
        if kind == "exit":
            if number != len(entries) - 1 or state != "ended" or end != "exit" or step != here:
                yield "it went on after its end"
            return
        here, rested_until = _after(program[here], here, outcome), _rest(program[here], at, zone)
    if len(ended) > 1:
        yield f"it ended {len(ended)} times"
    if ended and state != "ended":
        yield "its log says that it ended"
    if state == "ended" and end == "finished":
        if _jumped(program, here) != len(program) or step != len(program):
            yield f"it finished at {step}, its log leads to {here} of {len(program)}"
    elif state == "ended":
        if not ended:
            yield f"it ended ({end}), and its log does not say so"
        elif step not in _on_the_way(program, here) or ended[0][2] != step:
            yield f"it ended at {step}, its log leads to {here}"
    elif step not in _on_the_way(program, here):
        yield f"it stands at {step}, its log leads to {here}"


def _jumped(program: list[dict[str, Any]], here: int) -> int:
    while here < len(program) and program[here]["op"] == "jump":
        here = program[here]["to"]
    return here


def _on_the_way(program: list[dict[str, Any]], here: int) -> set[int]:
    """Here, and wherever jumps alone lead: they leave no line in the log."""
    found = {here}
    while here < len(program) and program[here]["op"] == "jump":
        here = program[here]["to"]
        found.add(here)
    return found


def _after(op: dict[str, Any], here: int, outcome: str) -> int:
    match op["op"]:
        case "branch" | "heard":
            return here + 1 if outcome == "then" else int(op["otherwise"])
        case "call":
            return int(op["otherwise"]) if outcome == "skipped" else here + 1
        case "called":
            return here + 1 if outcome == "reached" else int(op["otherwise"])
        case "split":
            return int(op["targets"][LETTERS.index(outcome)])
    return here + 1


def _rest(op: dict[str, Any], at: datetime, zone: str) -> datetime | None:
    """Until when a plain wait lasts at least; local days may be an hour shorter where clocks change."""
    if op["op"] != "wait":
        return None
    days = op["days"] + op["months"] * 28
    until = at + timedelta(days=days, seconds=op["seconds"])
    if not days:
        return until
    here = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if op["months"]:
        month = here.month - 1 + op["months"]
        year, month = here.year + month // 12, month % 12 + 1
        for day in (here.day, 30, 29, 28):
            try:
                here = here.replace(year=year, month=month, day=min(here.day, day))
                break
            except ValueError:
                continue
    local = here + timedelta(days=op["days"])
    return local.replace(tzinfo=ZoneInfo(zone)) + timedelta(seconds=op["seconds"]) - timedelta(hours=1)
