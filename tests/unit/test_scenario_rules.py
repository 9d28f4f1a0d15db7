"""The engine's rules: programs end, do the same however they are cut by waits, and say why."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kaeru.scenarios.rules import Facts, advance
from kaeru.scenarios.steps import (
    Branch,
    Exit,
    Give,
    Jump,
    Op,
    Say,
    Wait,
    check_steps,
    compile_steps,
    from_json,
    to_json,
)

texts = {"ja": {"subject": "件名", "body": "本文"}}
leaf = st.one_of(
    st.builds(lambda hours: {"kind": "wait", "hours": hours}, st.integers(1, 48)),
    st.sampled_from(["notice", "advertisement"]).map(lambda p: {"kind": "message", "purpose": p, "texts": texts}),
    st.builds(lambda value: {"kind": "coupon", "coupon": "amount", "value": value, "days": 14}, st.integers(1, 9999)),
    st.just({"kind": "exit"}),
)


def branch(inner: st.SearchStrategy[list[dict[str, Any]]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.builds(
            lambda n, t, e: {"kind": "branch", "on": "order_value", "at_least": n, "then": t, "else": e},
            st.integers(1, 9999),
            inner,
            inner,
        ),
        st.builds(lambda t, e: {"kind": "branch", "on": "first_order", "then": t, "else": e}, inner, inner),
    )


def trees(depth: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    if depth == 0:
        return st.lists(leaf, max_size=4)
    return st.lists(st.one_of(leaf, branch(trees(depth - 1))), max_size=4)


facts = st.builds(
    Facts,
    end=st.just(""),
    order_value=st.integers(0, 20_000),
    is_first_order=st.booleans(),
    may_advertise=st.booleans(),
)


def told(steps: list[dict[str, Any]], known: Facts) -> tuple[list[str], bool]:
    """What a scenario does, read from the tree as a person would: the effects, and whether it left by an exit."""
    done: list[str] = []
    for step in steps:
        match step["kind"]:
            case "exit":
                return done, True
            case "message":
                if step["purpose"] == "notice" or known.may_advertise:
                    done.append(f"say {step['purpose']}")
            case "coupon":
                if known.may_advertise:
                    done.append(f"give {step['value']}")
            case "branch":
                holds = known.order_value >= step["at_least"] if step["on"] == "order_value" else known.is_first_order
                inner, left = told(step["then"] if holds else step["else"], known)
                done += inner
                if left:
                    return done, True
    return done, False


def ran(program: list[Op], known: Facts) -> tuple[list[str], str]:
    done: list[str] = []
    step, end = 0, ""
    for _ in range(len(program) + 1):
        decision = advance(program, step, known)
        done += [f"say {e.purpose}" if isinstance(e, Say) else f"give {e.value}" for e in decision.effects]
        if decision.wait is None:
            end = decision.end
            break
        assert decision.step > step
        step = decision.step
    return done, end


@given(trees(2), facts)
def test_it_does_what_the_tree_says(steps: list[dict[str, Any]], known: Facts) -> None:
    program = compile_steps(steps, lambda step: 1)
    effects, left = told(steps, known)
    assert ran(program, known) == (effects, "exit" if left else "finished")


@given(trees(2))
def test_it_keeps_a_program_as_json_without_loss(steps: list[dict[str, Any]]) -> None:
    program = compile_steps(steps, lambda step: 2**62 + 1)
    assert list(from_json(to_json(program))) == program


@given(trees(2), st.sampled_from(["reordered", "shipped", "restored"]), st.integers(0, 10))
def test_it_says_nothing_more_once_the_facts_end_it(steps: list[dict[str, Any]], end: str, step: int) -> None:
    program = compile_steps(steps, lambda step: 1)
    decision = advance(program, min(step, len(program)), Facts(end=end, may_advertise=True))
    assert (decision.effects, decision.wait, decision.end) == ((), None, end)


@given(trees(2))
def test_it_finds_no_fault_with_a_sound_tree(steps: list[dict[str, Any]]) -> None:
    found = {problem.code for problem in check_steps(steps)}
    assert found <= {"too_many"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["kind", "then", "else", "on", "hours", "texts", "x"]), inner)
    ),
    max_leaves=20,
)


@given(json_values)
def test_it_answers_any_json_with_problems_instead_of_a_traceback(steps: Any) -> None:
    for problem in check_steps(steps):
        assert problem.message
        assert problem.path.startswith("steps")


def test_it_explains_each_step_it_left_out() -> None:
    program: list[Op] = [
        Give("amount", 500, 14, 0),
        Say(1, "advertisement"),
        Branch("first_order", 0, 4),
        Jump(5),
        Exit(),
    ]
    decision = advance(program, 0, Facts())
    assert [(entry.kind, entry.outcome, entry.reason) for entry in decision.log] == [
        ("coupon", "skipped", "no_consent"), ("message", "skipped", "no_consent"), ("branch", "else", "first_order"), ("exit", "ended", "exit"),
    ]  # fmt: skip


def test_it_waits_as_long_as_the_owner_wrote() -> None:
    program = compile_steps([{"kind": "wait", "days": 1, "hours": 2, "minutes": 3}], lambda step: 1)
    assert program == [Wait(93_780)]
