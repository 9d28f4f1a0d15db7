"""The engine's rules: programs do what the tree says, end, do the same however they are cut by rests, and say why."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaeru.core.calendar import Calendar
from kaeru.scenarios.checks import check_flow
from kaeru.scenarios.flow import flow_of, preview_program, walk, with_ids
from kaeru.scenarios.kinds import kinds
from kaeru.scenarios.kinds.split import share
from kaeru.scenarios.program import Effect, Facts, Op, Program, Turn, from_json, to_json
from kaeru.scenarios.rules import advance
from tests.drafts import trees

Steps = list[dict[str, Any]]
PEOPLE = frozenset({"mail"})
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
"""Tuesday, 10:00 in Tokyo."""
TOKYO = Calendar("Asia/Tokyo", (*[(time(10), time(18))] * 5, None, None), frozenset(), keeps_holidays=True)
FACTS = st.builds(
    Facts,
    now=st.just(NOW),
    calendar=st.just(TOKYO),
    values=st.builds(
        lambda value, first: (("order.is_first", first), ("order.value", value)), st.integers(0, 20_000), st.booleans()
    ),
    ways=st.just(PEOPLE),
    ad_ways=st.sampled_from([frozenset(), PEOPLE]),
    seed=st.integers(1, 2**62),
    can_call=st.booleans(),
    refused=st.sampled_from(["", "budget_spent"]),
)


def program(steps: Steps) -> Program:
    return preview_program(flow_of(steps))


def told(steps: Steps, known: Facts, heard: str) -> tuple[list[str], bool]:
    """What a scenario does, read from the tree as a person would: the effects, and whether it left by an exit."""
    done: list[str] = []
    values = dict(known.values)
    for step in steps:
        inner: Steps = []
        match step["kind"]:
            case "exit":
                return done, True
            case "message" if step["purpose"] == "notice" or known.ad_ways:
                done.append(f"message {step['purpose']}")
            case "coupon" if known.ad_ways and not known.refused:
                done.append(f"coupon {step['value']}")
            case "tag" | "webhook" | "notify" as kind:
                done.append(kind)
            case "branch":
                asked = step["if"]
                value = values[asked["field"]]
                is_so = value >= asked["value"] if asked["op"] == "at_least" else value is asked["value"]
                inner = step["then"] if is_so else step["else"]
            case "split":
                inner = step["a"] if share(known.seed, f":{step['id']}") * 100 < step["weight_a"] else step["b"]
            case "await":
                inner = step["then"] if heard == "coupon.redeemed" else step["else"]
            case "call":
                done += ["call"] if known.can_call else []
                inner = step["reached"] if known.can_call and heard == "call.closed:reached" else step["unreached"]
        more, is_out = told(inner, known, heard)
        done += more
        if is_out:
            return done, True
    return done, False


def ran(made: Program, known: Facts, heard: str) -> tuple[list[str], str]:
    """What the engine does of it, from rest to rest, each rest ended by what it hears."""
    done: list[str] = []
    step = 0
    for _ in range(len(made.ops) + 1):
        decision = advance(made, step, known)
        for effect in decision.effects:
            more = getattr(effect, "purpose", "") if effect.kind == "message" else getattr(effect, "value", "")
            done.append(f"{effect.kind} {more}".strip())
        if decision.due_at is None:
            return done, decision.end
        assert decision.step > step
        assert decision.due_at >= known.now
        step = decision.step
        known = replace(known, now=decision.due_at, heard=heard if decision.awaiting else "")
    raise AssertionError("it never ends")


@given(trees(), FACTS, st.sampled_from(["", "coupon.redeemed", "call.closed:reached", "call.closed:unreached"]))
def test_it_does_what_the_tree_says(steps: Steps, known: Facts, heard: str) -> None:
    tree = flow_of(steps)["steps"]
    effects, is_out = told(tree, known, heard)
    assert ran(program(steps), known, heard) == (effects, "exit" if is_out else "finished")


@given(trees())
def test_it_keeps_a_program_as_json_without_loss(steps: Steps) -> None:
    made = program(steps)
    assert from_json(to_json(made.ops)) == made.ops


@given(trees(), st.sampled_from(["reordered", "shipped", "restored"]), st.integers(0, 10))
def test_it_says_nothing_more_once_the_facts_end_it(steps: Steps, end: str, step: int) -> None:
    made = program(steps)
    decision = advance(made, min(step, len(made.ops)), Facts(NOW, end=end, ad_ways=PEOPLE))
    assert (decision.effects, decision.due_at, decision.end) == ((), None, end)


@given(trees(), st.integers(0, 10), st.sampled_from(["", "call.closed"]))
def test_it_goes_on_resting_when_it_was_woken_for_nothing(steps: Steps, step: int, awaiting: str) -> None:
    made, until = program(steps), NOW + timedelta(hours=3)
    decision = advance(made, min(step, len(made.ops)), Facts(NOW, rest_until=until, awaiting=awaiting))
    assert (decision.due_at, decision.awaiting, decision.effects, decision.log) == (until, awaiting, (), ())


@given(trees())
def test_it_gives_each_step_one_id_that_stays(steps: Steps) -> None:
    flow = flow_of(steps)
    ids = [place.step["id"] for place in walk(flow["steps"])]
    assert len(set(ids)) == len(ids)
    assert with_ids(flow) == flow


@given(trees())
def test_it_asks_for_no_fact_that_it_did_not_announce(steps: Steps) -> None:
    """Whatever is left out because no step ahead asked for it changes nothing."""
    made = program(steps)
    full = Facts(NOW, calendar=TOKYO, values=(("order.is_first", True), ("order.value", 500)), ways=PEOPLE, ad_ways=PEOPLE,
                 seed=7, can_call=True)  # fmt: skip
    for step in range(len(made.ops)):
        need = made.needs[step]
        least = Facts(
            NOW,
            calendar=TOKYO if "calendar" in need else None,
            values=full.values if any(key.startswith("value:") for key in need) else (),
            ways=PEOPLE if "ways" in need else frozenset(),
            ad_ways=PEOPLE if "ad_ways" in need else frozenset(),
            seed=7 if "seed" in need else 0,
            can_call="phone" in need,
        )
        assert advance(made, step, least) == advance(made, step, full)


@settings(deadline=None)
@given(trees())
def test_it_finds_no_fault_with_a_sound_tree(steps: Steps) -> None:
    found = {problem.code for problem in check_flow(flow_of(steps)) if not problem.is_warning}
    assert found <= {"too_many", "empty", "unreachable", "second_coupon", "no_address", "after_the_end"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["kind", "then", "else", "if", "hours", "texts", "steps", "trigger", "x"]), inner
        )
        | st.fixed_dictionaries(
            {"kind": st.sampled_from(sorted(kinds()))}, optional={"if": inner, "a": inner, "value": inner}
        )
    ),
    max_leaves=20,
)


@given(json_values)
def test_it_answers_any_json_with_problems_instead_of_a_traceback(flow: Any) -> None:
    for problem in [*check_flow(flow), *check_flow({"trigger": "cancellation.requested", "steps": flow})]:
        assert problem.message
        assert problem.path


def test_it_lets_an_effect_of_any_kind_say_what_the_next_step_knows() -> None:
    class Rang(Effect):
        kind = "rang"

        def after(self, facts: Facts) -> Facts:
            return replace(facts, can_call=True)

        @classmethod
        def write(cls, told: Any, moment: datetime) -> None: ...

    class Ring(Op):
        name = "ring"

        def run(self, here: int, facts: Facts) -> Turn:
            return Turn(end="answered") if facts.can_call else Turn(effect=Rang())

    made = Program(ops=(Ring(), Ring()), places=("a", "b", ""))
    assert advance(made, 0, Facts(NOW)).end == "answered"
    assert advance(replace(made, ops=made.ops[:1]), 0, Facts(NOW)).end == "finished"


def test_it_explains_each_step_it_left_out() -> None:
    steps: Steps = [
        {"kind": "coupon", "coupon": "amount", "value": 500, "days": 14, "budget": 9000},
        {"kind": "message", "purpose": "advertisement", "texts": {"ja": {"subject": "割引", "body": "{{ coupon.code }}"}}},
        {"kind": "branch", "if": {"field": "order.is_first", "op": "is", "value": True}, "then": [], "else": [{"kind": "exit"}]},
    ]  # fmt: skip
    log = [(e.kind, e.outcome, e.reason) for e in advance(program(steps), 0, Facts(NOW)).log]
    assert log == [
        ("coupon", "skipped", "no_consent"), ("message", "skipped", "no_consent"), ("branch", "else", ""),
        ("exit", "ended", "exit"),
    ]  # fmt: skip
    refused = advance(program(steps), 0, Facts(NOW, ad_ways=PEOPLE, refused="budget_spent")).log
    assert [entry.reason for entry in refused[:2]] == ["budget_spent", "budget_spent"]


@pytest.mark.parametrize(
    ("step", "zone", "at", "until"),
    [
        ({"days": 1, "hours": 2, "minutes": 3}, "Asia/Tokyo", "2026-11-24T01:00", "2026-11-25T03:03"),
        ({"days": 1}, "Europe/Berlin", "2026-10-24T10:00", "2026-10-25T11:00"),
        ({"hours": 24, "days": 0}, "Europe/Berlin", "2026-10-24T10:00", "2026-10-25T10:00"),
        ({"months": 1, "days": 0}, "Asia/Tokyo", "2027-01-31T01:00", "2027-02-28T01:00"),
        ({"months": 12, "days": 0}, "Asia/Tokyo", "2028-02-29T01:00", "2029-02-28T01:00"),
        ({"days": 0}, "Asia/Tokyo", "2026-11-24T01:00", "2026-11-24T01:00"),
        ({"months": 120, "days": 0}, "Asia/Tokyo", "2026-11-24T01:00", "2036-11-24T01:00"),
        ({"mode": "clock", "at": "09:00"}, "Asia/Tokyo", "2026-11-24T01:00", "2026-11-25T00:00"),
        ({"mode": "clock", "at": "09:00", "weekdays": [0]}, "Asia/Tokyo", "2026-11-24T01:00", "2026-11-30T00:00"),
        ({"mode": "open"}, "Asia/Tokyo", "2026-11-27T10:00", "2026-11-30T01:00"),
    ],
)
def test_it_waits_as_long_as_the_owner_wrote(step: dict[str, Any], zone: str, at: str, until: str) -> None:
    begun = datetime.fromisoformat(at).replace(tzinfo=UTC)
    known = Facts(begun, calendar=replace(TOKYO, zone=zone))
    assert advance(program([{"kind": "wait", **step}]), 0, known).due_at == datetime.fromisoformat(until).replace(
        tzinfo=UTC
    )


def test_it_does_not_wait_for_a_shop_that_is_open() -> None:
    decision = advance(program([{"kind": "wait", "mode": "open"}]), 0, Facts(NOW, calendar=TOKYO))
    assert (decision.due_at, decision.end) == (None, "finished")


def test_it_splits_customers_as_the_shares_say_and_each_always_the_same_way() -> None:
    steps: Steps = [{"kind": "split", "weight_a": 20, "weight_b": 30, "weight_c": 50, "a": [], "b": [], "c": []}]
    made = program(steps)
    ways = Counter(advance(made, 0, Facts(NOW, seed=seed)).log[0].outcome for seed in range(20_000))
    assert [round(ways[letter] / 200) for letter in "abc"] == pytest.approx([20, 30, 50], abs=1)
    assert {advance(made, 0, Facts(NOW, seed=42)) for _ in range(5)} == {advance(made, 0, Facts(NOW, seed=42))}


@pytest.mark.parametrize(
    ("steps", "code", "path"),
    [
        ([{"kind": "exit"}, {"kind": "wait", "days": 1}], "unreachable", "steps.1"),
        ([{"kind": "split", "weight_a": 60, "weight_b": 30}], "bad_weights", "steps.0.weight_a"),
        (
            [{"kind": "coupon", "coupon": "amount", "value": 500, "days": 14, "budget": 0}],
            "bad_budget",
            "steps.0.budget",
        ),
        (
            [{"kind": "coupon", "coupon": "amount", "value": 500, "budget": 9000, "days": "two weeks"}],
            "bad_days",
            "steps.0.days",
        ),
        ([{"kind": "wait", "days": 4000}], "bad_days", "steps.0.days"),
        (
            [{"kind": "message", "purpose": "notice", "channels": ["pigeon"], "texts": {}}],
            "no_channel",
            "steps.0.channels",
        ),
        ([{"kind": "branch", "if": {"field": "order.value", "op": "at_least", "value": "many"}}], None, "steps.0.if"),
        ([{"kind": "dance"}], "unknown_step", "steps.0"),
        (["message"], "not_a_step", "steps.0"),
    ],
)
def test_it_names_what_can_never_work(steps: Any, code: str | None, path: str) -> None:
    found = check_flow({"trigger": "cancellation.requested", "steps": steps})
    assert any(problem.path.startswith(path) and code in (None, problem.code) for problem in found), found


def test_it_names_a_message_that_goes_after_its_coupon_has_ended() -> None:
    texts = {
        "ja": {
            "subject": "クーポン {{ coupon.value }}",
            "body": "{{ coupon.code }}（{{ coupon.expires_on }}まで、{{ coupon.minimum }}）",
        }
    }
    steps: Steps = [
        {"kind": "coupon", "coupon": "amount", "value": 500, "days": 7, "minimum": 0, "budget": 9000},
        {"kind": "wait", "days": 8},
        {"kind": "message", "purpose": "advertisement", "channels": ["mail"], "texts": texts},
    ]
    assert "after_the_end" in {problem.code for problem in check_flow(flow_of(steps))}
    steps[1]["days"] = 6
    assert "after_the_end" not in {problem.code for problem in check_flow(flow_of(steps))}


def test_it_keeps_every_kind_in_a_file_of_its_own() -> None:
    assert set(kinds()) == {
        "message", "coupon", "call", "wait", "await", "branch", "split", "notify", "tag", "webhook", "exit",
    }  # fmt: skip
    for name, kind in kinds().items():
        fresh = flow_of([kind.new()])["steps"][0]
        assert fresh["kind"] == name
        assert str(kind.label)
        assert str(kind.hint)
