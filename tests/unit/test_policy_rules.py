"""A shop's rules for cancelling: the first that certainly holds decides."""

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.audiences import registry
from kaeru.audiences import rules as conditions
from kaeru.cancellations.policy.document import EMPTY, NotAPolicy, check, parse
from kaeru.cancellations.policy.grounds import WORDS, words_of
from kaeru.cancellations.policy.ready import READY
from kaeru.cancellations.policy.rules import RESULTS, Cutoffs, Policy, Rule, Verdict, asked_of, decide
from kaeru.core.calendar import Calendar

FIELDS = registry.fields()
LARGE = {"field": "order.value", "op": "at_least", "value": 10_000}
TESTS = st.sampled_from(
    [
        LARGE,
        {"not": LARGE},
        {"field": "order.is_first", "op": "is", "value": True},
        {"field": "order.product_tag", "op": "has_any", "value": ["made-to-order"]},
        {"field": "order.product_tag", "op": "has_none", "value": ["made-to-order"]},
        {"field": "order.minutes", "op": "less_than", "value": 30},
        {"field": "order.passed_cutoff", "op": "is", "value": True},
        {"field": "customer.cancellations", "op": "more_than", "value": 2, "days": 90},
    ]
)
CONDITIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)
RULES = st.lists(
    st.builds(
        Rule,
        id=st.uuids().map(lambda key: f"r{key.hex[:20]}"),
        name=st.just(""),
        when=st.one_of(st.none(), CONDITIONS.map(conditions.parse)),
        result=st.sampled_from(RESULTS),
        ground=st.sampled_from(sorted(WORDS)),
    ),
    max_size=6,
).map(tuple)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "order.value": st.integers(0, 20_000),
        "order.is_first": st.booleans(),
        "order.product_tag": st.frozensets(st.sampled_from(["made-to-order", "sale"])),
        "order.minutes": st.integers(0, 90),
        "order.passed_cutoff": st.booleans(),
        "customer.cancellations/90": st.integers(0, 5),
    },
)


@given(RULES, VALUES, st.sampled_from(RESULTS))
def test_it_is_decided_by_the_first_rule_that_holds(
    rules: tuple[Rule, ...], values: dict[str, Any], otherwise: Any
) -> None:
    found = decide(Policy(rules, otherwise), values)
    fitting = [rule for rule in rules if rule.when is None or conditions.holds(rule.when, values)]
    first = fitting[0] if fitting else None
    expected = Verdict(first.result, first.id, first.ground) if first else Verdict(otherwise)
    assert found == expected


@given(RULES, VALUES)
def test_it_does_not_matter_what_stands_below_the_rule_that_fits(
    rules: tuple[Rule, ...], values: dict[str, Any]
) -> None:
    found = decide(Policy(rules), values)
    if found.rule:
        upto = [rule.id for rule in rules].index(found.rule) + 1
        assert decide(Policy(rules[:upto], "refuse", "other"), values) == found


@given(RULES)
def test_it_takes_nothing_for_granted_of_an_order_of_which_nothing_is_known(rules: tuple[Rule, ...]) -> None:
    found = decide(Policy(rules), {})
    always = [rule for rule in rules if rule.when is None or isinstance(conditions.weigh(rule.when, {}), bool)]
    assert found.rule in {"", *(rule.id for rule in always)}
    assert all(rule.when is None for rule in always), (
        "nothing is certain of the unknown, not even that something is not so"
    )


@given(RULES, VALUES)
def test_it_looks_only_at_what_it_asks_for(rules: tuple[Rule, ...], values: dict[str, Any]) -> None:
    policy = Policy(rules)
    known = {name: value for name, value in values.items() if name in asked_of(policy)}
    assert decide(policy, known) == decide(policy, values)


ALL_DAY = tuple((time(0), time(0)) for _ in range(7))
WEEKDAYS = ((time(10), time(18)),) * 5 + (None, None)


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("placed", "cutoff"),
    [
        (utc(19, 4, 59), utc(19, 5)),  # Thursday 13:59 in Tokyo
        (utc(19, 5), utc(20, 5)),  # at the minute: with tomorrow's
        (utc(20, 5, 1), utc(24, 5)),  # Friday afternoon: weekend, and Monday is a public holiday
        (utc(22, 15, 30), utc(24, 5)),  # Monday 0:30 in Tokyo is Sunday evening in UTC
    ],
)
def test_it_counts_the_cutoff_on_the_days_on_which_the_shop_is_open(placed: datetime, cutoff: datetime) -> None:
    assert Cutoffs(time(14), Calendar(hours=WEEKDAYS)).after(placed) == cutoff


def test_it_knows_no_cutoff_of_a_shop_that_never_opens() -> None:
    assert Cutoffs(time(14), Calendar(hours=(None,) * 7)).after(utc(19, 5)) is None


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
)
def test_it_finds_a_cutoff_after_the_order_within_a_day_where_the_shop_is_always_open(
    placed: datetime, clock: time
) -> None:
    moment = placed.replace(tzinfo=UTC)
    found = Cutoffs(clock, Calendar("Europe/Berlin", ALL_DAY, keeps_holidays=False)).after(moment)
    assert found is not None
    assert moment < found <= moment + timedelta(hours=25)


def document(**fields: Any) -> dict[str, Any]:
    rule = {"id": "large", "name": "高額", "when": LARGE, "result": "ask", "ground": ""}
    return {"cutoff": "14:00", "rules": [rule], "otherwise": "accept", "grounds": {}, "refund": {}, **fields}


def rule(**fields: Any) -> dict[str, Any]:
    return document(rules=[{"id": "a", "name": "", "when": None, "result": "ask", "ground": "", **fields}])


def test_it_reads_what_it_checked() -> None:
    assert check(document(), FIELDS) == []
    policy = parse(document())
    assert (policy.cutoff, policy.otherwise, policy.rules[0].id) == (time(14), "accept", "large")
    assert decide(policy, {"order.value": 10_000}) == Verdict("ask", "large")
    assert check(EMPTY, FIELDS) == []
    assert parse(EMPTY) == Policy()


@pytest.mark.parametrize("ready", READY, ids=lambda one: one.code)
def test_it_has_ready_policies_that_can_be_saved_as_they_are(ready: Any) -> None:
    assert check(ready.document, FIELDS) == []
    assert json.loads(json.dumps(ready.document)) == ready.document
    assert decide(parse(ready.document), {}).result == "accept"


@pytest.mark.parametrize(
    ("told", "path", "code"),
    [
        ([], "", "not_a_policy"),
        (document(colour="red"), "", "unknown_key"),
        (document(cutoff="25:00"), "cutoff", "not_a_time"),
        (document(cutoff=14), "cutoff", "not_a_time"),
        (document(rules={}), "rules", "bad_rules"),
        (document(rules=[7]), "rules.0", "not_a_rule"),
        (document(rules=document()["rules"] * 2), "rules.1.id", "same_id"),
        (document(rules=document()["rules"] * 51), "rules", "bad_rules"),
        (rule(id="Ä"), "rules.0.id", "bad_id"),
        (rule(name="x" * 81), "rules.0.name", "bad_name"),
        (rule(name="a\u202eb"), "rules.0.name", "bad_name"),
        (rule(more=1), "rules.0", "unknown_key"),
        (rule(result="perhaps"), "rules.0.result", "unknown_result"),
        (rule(result=["ask"]), "rules.0.result", "unknown_result"),
        (rule(result="refuse"), "rules.0.ground", "no_ground"),
        (rule(result="refuse", ground="mine"), "rules.0.ground", "unknown_ground"),
        (rule(ground=["x"]), "rules.0.ground", "unknown_ground"),
        (rule(when={"field": "order.value", "op": "at_least", "value": "x"}), "rules.0.when.value", "not_a_number"),
        (rule(when={"all": []}), "rules.0.when.all", "empty_group"),
        (document(otherwise="refuse"), "otherwise_ground", "no_ground"),
        (document(grounds={"mine": {"en": "No."}}), "grounds.mine.ja", "no_words"),
        (document(grounds={"mine": {"ja": "x" * 301}}), "grounds.mine.ja", "bad_words"),
        (document(grounds={"mine": "no"}), "grounds.mine", "bad_words"),
        (document(grounds={"Mine!": {"ja": "あ"}}), "grounds.Mine!", "bad_id"),
        (document(grounds=[]), "grounds", "bad_grounds"),
        (document(refund={"coupons": "maybe"}), "refund.coupons", "unknown_choice"),
        (document(refund={"points": []}), "refund.points", "unknown_choice"),
        (document(refund={"form_url": "http://pay.example"}), "refund.form_url", "bad_url"),
        (document(refund={"form_url": "https://[broken"}), "refund.form_url", "bad_url"),
        (document(refund={"account": "1234567"}), "refund", "unknown_key"),
        (document(refund=7), "refund", "bad_refund"),
    ],
)  # fmt: skip
def test_it_says_where_a_document_is_wrong(told: Any, path: str, code: str) -> None:
    assert (path, code) in {(problem.path, problem.code) for problem in check(told, FIELDS)}


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from(["accept", "order.value"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["rules", "when", "all", "id", "grounds", "refund", "result", "cutoff"]), inner, max_size=5),
    ),
    max_leaves=20,
)  # fmt: skip


@given(JSON)
def test_it_never_fails_on_a_strange_document_and_reads_what_it_lets_through(told: Any) -> None:
    if check(told, FIELDS):
        try:
            parse(told)
        except NotAPolicy:
            return
    else:
        parse(told)


def test_it_says_a_ground_in_the_shops_words_where_it_has_some() -> None:
    own = {"mine": {"ja": "お作り中です。", "en": ""}, "shipped": {"ja": "出ました。"}}
    assert words_of("mine", own)["ja"] == "お作り中です。"
    assert words_of("mine", own)["en"] == WORDS["other"]["en"]
    assert words_of("shipped", own) == {"ja": "出ました。", "en": WORDS["shipped"]["en"]}
    assert words_of("", {}) == WORDS["other"]
