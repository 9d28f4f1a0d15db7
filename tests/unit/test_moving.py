"""Moving to another revision: nobody is lost, nobody goes through a step twice that kept its id."""

from typing import Any

import pytest
from hypothesis import given, settings

from kaeru.scenarios import moving
from kaeru.scenarios.flow import flow_of, preview_program
from kaeru.scenarios.moving import NEXT, OUT, PASSED, SAME, Landing, Tree
from kaeru.scenarios.program import Program
from tests import drafts as flows

Flow = dict[str, Any]


def side(flow: Flow) -> tuple[Tree, Program]:
    program = preview_program(flow)
    return moving.tree_of(flow, program), program


def rests(program: Program) -> list[int]:
    """Positions at which somebody may rest."""
    return [0, *(at + 1 for at, op in enumerate(program.ops) if op.rests() or op.name in ("until_open", "call"))]


def reachable(program: Program, start: int) -> set[int]:
    """Operations that may run from a position on, whatever the facts."""
    found, todo = set[int](), [start]
    while todo:
        at = todo.pop()
        if at < len(program.ops) and at not in found:
            found.add(at)
            op = program.ops[at]
            todo += op.goes(at)
            if op.rests() or op.name == "call":
                todo.append(at + 1)
    return found


def ways_to(program: Program, end: int) -> set[int]:
    """Operations that may have run before a position was reached."""
    return {at for at in range(end) if end in reachable(program, at) | {end} and _leads(program, at, end)}


def _leads(program: Program, at: int, end: int) -> bool:
    op = program.ops[at]
    steps = {*op.goes(at), *((at + 1,) if op.rests() or op.name == "call" else ())}
    return any(step == end or (step < end and _leads(program, step, end)) for step in steps)


@settings(max_examples=150, deadline=None)
@given(flows.flows_of_a_family(), flows.flows_of_a_family())
def test_it_loses_nobody_and_repeats_nothing(old: Flow, new: Flow) -> None:
    before, after = side(old), side(new)
    for step in rests(before[1]):
        landing = moving.land(before, after, step)
        assert 0 <= landing.step <= len(after[1].ops)
        if landing.is_out:
            assert before[0].places[step - 1] not in after[0].spots
            continue
        # One rests after the operation before: who came to this position by a jump did not rest here.
        had = {before[0].places[at] for at in {*ways_to(before[1], step - 1), step - 1}} if step else set()
        resting = before[0].places[step - 1] if step else ""
        comes = {after[0].places[at] for at in reachable(after[1], landing.step) if after[1].ops[at].name != "jump"}
        assert not (comes - {resting}) & had, "a step comes twice"
        if landing.way == SAME and step:
            assert after[0].places[landing.step - 1] == resting
        elif step:
            assert resting not in comes, "the step they rested at comes again"


@settings(max_examples=60, deadline=None)
@given(flows.flows_of_a_family())
def test_it_stays_where_it_is_when_nothing_changed(flow: Flow) -> None:
    same = side(flow)
    for step in rests(same[1]):
        landing = moving.land(same, same, step)
        assert (landing.step, landing.way, landing.is_new_rest) == (step, SAME, False)


@settings(max_examples=60, deadline=None)
@given(flows.flows_of_a_family(), flows.flows_of_a_family())
def test_it_ends_only_whom_nothing_is_left_for(old: Flow, new: Flow) -> None:
    before, after = side(old), side(new)
    for step in rests(before[1])[1:]:
        if moving.land(before, after, step).is_out:
            coming = set(before[0].inside_and_after(before[0].places[step - 1])) & after[0].spots.keys()
            done = moving.behind(before[0], before[1], step)
            assert not coming or done & after[0].spots.keys(), "somebody for whom steps are left was ended"


A = flows.message(word="a") | {"id": "a"}
B = flows.message(word="b") | {"id": "b"}
C = flows.message(word="c") | {"id": "c"}
W = flows.wait(days=1) | {"id": "w"}
V = flows.wait(days=2) | {"id": "v"}


def moved(old: list[Any], new: list[Any], step: int) -> Landing:
    return moving.land(side(flow_of(old)), side(flow_of(new)), step)


@pytest.mark.parametrize(
    ("old", "new", "step", "expected"),
    [
        ([A, W, B], [A, W, C, B], 2, (2, SAME, "c")),
        ([A, W, B], [C, A, W, B], 2, (3, SAME, "b")),
        ([A, W, B], [A, B], 2, (1, NEXT, "b")),
        ([A, W, B], [A], 2, (1, OUT, "")),
        ([A, W, B], [A, W], 2, (2, SAME, "")),
        ([A, W, B], [W, A, B], 2, (2, PASSED, "b")),
        ([A, W, B], [W, C, A, B], 2, (3, PASSED, "b")),
        ([A, W, V, B], [A, V, B], 2, (1, NEXT, "v")),
        ([A, W, B], [A, {**W, "days": 5}, B], 2, (2, SAME, "b")),
        ([A, W], [B, C], 0, (0, SAME, "b")),
    ],
)  # fmt: skip
def test_it_finds_the_place(old: list[Any], new: list[Any], step: int, expected: tuple[int, str, str]) -> None:
    landing = moved(old, new, step)
    assert (landing.step, landing.way, landing.then) == expected


def test_it_asks_a_new_condition_before_the_next_step() -> None:
    wrapped = {**flows.branch(5000, [B], [C]), "id": "x"}
    landing = moved([A, W, B], [A, wrapped], 2)
    assert (landing.step, landing.way, landing.then) == (1, NEXT, "x")


def test_it_keeps_a_call_that_is_on_the_list() -> None:
    call = {**flows.call([B], [C]), "id": "k"}
    landing = moved([A, call], [call], 2)
    assert (landing.step, landing.keeps_call, landing.awaiting) == (1, True, "call.closed")
    assert moved([A, call, W], [A, W], 2).keeps_call is False


def test_it_knows_a_rest_that_became_longer() -> None:
    assert moved([A, W, B], [A, {**W, "days": 5}, B], 2).is_new_rest
    assert moved([A, W, B], [A, {"kind": "wait", "mode": "open", "id": "w"}, B], 2).way == SAME
