"""What holds of every scenario that can be made of the step kinds, drawn at random from what they declare."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaeru.audiences.rules import holds, parse
from kaeru.channels import registry as channels
from kaeru.core.calendar import Calendar
from kaeru.scenarios import engine
from kaeru.scenarios.flow import preview_program
from kaeru.scenarios.program import Facts, Program, from_json, to_json
from kaeru.scenarios.rules import Decision, advance
from tests.simulation.chance import Chance
from tests.simulation.flows import random_condition, random_flow

NOW = datetime(2028, 1, 31, 14, 59, 30, tzinfo=UTC)
CALENDARS = (
    Calendar("Asia/Tokyo", (*[(time(10), time(18))] * 5, None, None), frozenset(), keeps_holidays=True),
    Calendar("America/New_York", ((time(22), time(2)),) * 7, frozenset(), keeps_holidays=False),
    Calendar("Pacific/Apia", (*[None] * 6, (time(9), time(9, 1))), frozenset(), keeps_holidays=False),
)
HEARD = ("", "coupon.redeemed", "order.placed", "call.closed:reached", "call.closed:unreached", "custom:pong")
VALUES: tuple[Any, ...] = (
    0,
    1,
    3000,
    12_000,
    True,
    False,
    "VIP",
    "12000",
    "card",
    "23:59",
    "mon",
    frozenset({"VIP"}),
    frozenset(),
)
seeds = st.integers(0, 2**40)


@pytest.fixture(autouse=True, scope="module")
def _two_channels() -> Iterator[None]:
    """Mail, and a second way, so that messages have a choice."""
    before = dict(channels._paths)
    channels.register("line", before["mail"])
    yield
    channels._paths.clear()
    channels._paths.update(before)
    channels.get.cache_clear()


def program_of(seed: int) -> Program:
    return preview_program(random_flow(Chance("properties", seed)))


def facts_of(program: Program, step: int, chance: Chance, now: datetime) -> Facts:
    """Everything that the step's turn may ask for, drawn at random; what it does not ask for is there, too."""
    asked = {need.removeprefix("value:") for needs in program.needs for need in needs if need.startswith("value:")}
    ways = frozenset(name for name in ("mail", "line") if chance.happens(0.6))
    return Facts(
        now=now,
        calendar=chance.choice(CALENDARS),
        values=tuple((key, chance.choice(VALUES)) for key in sorted(asked) if chance.happens(0.8)),
        ways=ways,
        ad_ways=frozenset(name for name in ways if chance.happens(0.6)),
        heard=chance.choice(HEARD),
        seed=chance.getrandbits(40),
        has_coupon=chance.happens(0.5),
        refused=chance.choice(("", "", "budget_spent")),
        can_call=chance.happens(0.5),
    )


def stripped(facts: Facts, needs: frozenset[str]) -> Facts:
    """The facts as the engine reads them: what nobody asks for is left at its default."""
    return replace(
        facts,
        calendar=facts.calendar if "calendar" in needs else None,
        values=tuple((key, value) for key, value in facts.values if f"value:{key}" in needs),
        ways=facts.ways if "ways" in needs else frozenset(),
        ad_ways=facts.ad_ways if "ad_ways" in needs else frozenset(),
        seed=facts.seed if "seed" in needs else 0,
        has_coupon=facts.has_coupon and "coupon" in needs,
        can_call=facts.can_call and "phone" in needs,
    )


def walk(program: Program, chance: Chance) -> Iterator[tuple[int, Facts, Decision]]:
    """Each turn of one enrolment, to its end."""
    step, now = 0, NOW
    for _ in range(len(program.ops) + 2):
        facts = facts_of(program, step, chance, now)
        decision = advance(program, step, facts)
        yield step, facts, decision
        if decision.due_at is None:
            return
        assert decision.due_at >= now, "nobody waits for the past"
        step, now = decision.step, decision.due_at
    raise AssertionError("it never ends")


@given(seeds, seeds)
@settings(max_examples=60, deadline=None)
def test_it_always_ends_and_only_goes_forward(seed: int, life: int) -> None:
    before = -1
    for step, _facts, decision in walk(program_of(seed), Chance(life)):
        assert before < step <= decision.step
        before = step
        positions = [entry.position for entry in decision.log if entry.outcome != "ended"]
        assert positions == sorted(set(positions)), "no place twice"
        assert (decision.due_at is None) == bool(decision.end)


@given(seeds, seeds)
@settings(max_examples=60, deadline=None)
def test_it_decides_the_same_from_the_same_and_from_what_was_stored(seed: int, life: int) -> None:
    program = program_of(seed)
    stored = replace(program, ops=from_json(json.loads(json.dumps(to_json(program.ops)))))
    assert stored.ops == program.ops
    for step, facts, decision in walk(program, Chance(life)):
        assert advance(program, step, facts) == decision == advance(stored, step, facts)


@given(seeds, seeds)
@settings(max_examples=100, deadline=None)
def test_it_asks_for_every_fact_that_a_turn_reads(seed: int, life: int) -> None:
    program = program_of(seed)
    for step, facts, decision in walk(program, Chance(life)):
        assert advance(program, step, stripped(facts, program.needs[step])) == decision


@given(seeds, seeds)
@settings(max_examples=40, deadline=None)
def test_it_decides_for_many_at_once_as_for_each_alone(seed: int, life: int) -> None:
    program, chance = program_of(seed), Chance(life)
    turns = [(step, facts) for _ in range(4) for step, facts, _ in walk(program, chance)]
    turns = [chance.choice(turns) for _ in range(40)]
    rows: Any = [SimpleNamespace(id=key, revision_id=7, step=step) for key, (step, _facts) in enumerate(turns)]
    moved = engine._decide(rows, [facts for _step, facts in turns], {7: program})
    found = {row.id: decision for decision, members in moved.items() for row in members}
    assert found == {key: advance(program, step, facts) for key, (step, facts) in enumerate(turns)}


@given(
    seeds,
    st.dictionaries(
        st.text(max_size=20), st.one_of(st.none(), st.integers(), st.text(), st.lists(st.text())), max_size=4
    ),
)
@settings(max_examples=60, deadline=None)
def test_it_compares_text_with_numbers_without_falling_over(seed: int, strange: dict[str, Any]) -> None:
    chance = Chance(seed)
    condition = parse(random_condition(chance))
    values = {
        **strange,
        **{key: chance.choice(VALUES) for key in ("order.value", "customer.tag", "moment.time", "order.is_first")},
    }
    assert holds(condition, values) in (True, False)


def test_it_rests_no_second_and_ten_years() -> None:
    wait = {"id": "w", "kind": "wait", "mode": "span", "months": 0, "days": 0, "hours": 0, "minutes": 0}
    for days, due in ((0, NOW), (3660, NOW + timedelta(days=3660))):
        program = preview_program({"steps": [{**wait, "days": days}], "when": None, "exit_when": None})
        assert advance(program, 0, Facts(now=NOW, calendar=CALENDARS[0])).due_at == due
