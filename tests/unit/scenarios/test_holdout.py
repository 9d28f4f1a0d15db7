"""Who is held back for comparison: the setting, the shares, the stable sides. The one decision, without a database."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.scenarios import holdout
from kaeru.scenarios.flow import flow_of, preview_program
from kaeru.scenarios.holdout import HELD, TREATED, Draw
from kaeru.scenarios.kinds import kinds
from kaeru.scenarios.program import OPS, Facts, Program
from kaeru.scenarios.rules import advance

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def test_it_holds_back_half_then_a_fifth_then_a_tenth() -> None:
    draw = Draw("1", "salt", holdout.BY_ITSELF)
    for customer in range(1, 701):
        draw.take(customer)
    drawn = list(draw.drawn.values())
    assert [one.pi for one in (drawn[0], drawn[199], drawn[200], drawn[599], drawn[600])] == [0.5, 0.5, 0.8, 0.8, 0.9]
    assert 70 < sum(one.arm == HELD for one in drawn[:200]) < 130
    assert all((one.arm == HELD) == (one.bucket < round((1 - one.pi) * 10_000)) for one in drawn)


@given(st.lists(st.integers(1, 40), max_size=120), st.integers(0, 700))
def test_it_never_changes_anybodys_side(customers: list[int], before: int) -> None:
    draw = Draw("1", "salt", holdout.BY_ITSELF, before)
    sides: dict[int, str] = {}
    for customer in customers:
        assert draw.take(customer) == sides.setdefault(customer, draw.take(customer))
    assert draw.units == before + len(set(customers))


@given(st.lists(st.integers(1, 40)), st.integers(0, 120))
def test_it_decides_the_same_in_pieces_as_at_once(customers: list[int], cut: int) -> None:
    whole = Draw("1", "salt", holdout.BY_ITSELF, 190)
    first = Draw("1", "salt", holdout.BY_ITSELF, 190)
    for customer in customers:
        whole.take(customer)
    for customer in customers[:cut]:
        first.take(customer)
    known = {customer: one.arm for customer, one in first.drawn.items()}
    second = Draw("1", "salt", holdout.BY_ITSELF, first.units, known)
    for customer in customers[cut:]:
        second.take(customer)
    assert {**first.drawn, **second.drawn} == whole.drawn


def test_it_treats_strangers_and_everybody_where_it_is_off() -> None:
    assert Draw("1", "salt", "5000").take(None) == TREATED
    off = Draw("1", "salt", holdout.OFF, known={1: HELD})
    assert {off.take(customer) for customer in range(1, 50)} == {TREATED}
    assert not off.drawn


@pytest.mark.parametrize(
    ("told", "setting"), [("tapered", ""), (None, ""), ("off", "off"), (10, "1000"), ("10", "1000"), ("50 %", "5000")]
)
def test_it_reads_a_setting(told: object, setting: str) -> None:
    assert holdout.read(told) == setting
    assert holdout.read(holdout.write(setting)) == setting


@pytest.mark.parametrize("told", [0, 51, True, "none", "-5", "5000", "１０", [], 1.5])
def test_it_refuses_what_is_no_setting(told: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the value is the message
        holdout.read(told)


TEXTS = {"ja": {"subject": "件名", "body": "本文"}}
NOTICE = {"kind": "message", "purpose": "notice", "texts": TEXTS}
ADVERTISEMENT = {"kind": "message", "purpose": "advertisement", "texts": TEXTS}
COUPON = {"kind": "coupon", "coupon": "amount", "value": 500, "days": 14, "minimum": 0, "budget": 30_000}
CALL = {
    "kind": "call",
    "script": {"ja": "お電話"},
    "hours": 4,
    "tries": 3,
    "reached": [],
    "unreached": [{"kind": "exit"}],
}


def preview(*steps: dict[str, Any]) -> Program:
    return preview_program(flow_of(list(steps)))


def lived(program: Program, *, is_held: bool) -> tuple[list[str], list[tuple[str, str]]]:
    """Effects, and (operation, reason) of what was skipped, up to the first rest."""
    facts = Facts(NOW, ways=frozenset({"mail"}), ad_ways=frozenset({"mail"}), can_call=True, is_held=is_held)
    said = advance(program, 0, facts)
    return [one.kind for one in said.effects], [(one.kind, one.reason) for one in said.log if one.outcome == "skipped"]


def test_it_leaves_out_offers_and_keeps_what_is_owed() -> None:
    program = preview(NOTICE, COUPON, ADVERTISEMENT, {"kind": "tag", "tag": "戻り待ち"})
    assert lived(program, is_held=False)[0] == ["message", "coupon", "message", "tag"]
    assert lived(program, is_held=True) == (["message", "tag"], [("coupon", "held"), ("message", "held")])


def test_it_goes_the_way_of_those_not_reached_without_calling() -> None:
    facts = Facts(NOW, can_call=True, is_held=True)
    said = advance(preview(CALL), 0, facts)
    assert (said.effects, said.due_at, said.end) == ((), None, "exit")


def test_it_leaves_a_notice_out_when_the_shop_says_that_nobody_is_owed_it() -> None:
    question = {**NOTICE, "comparison": "leave_out"}
    assert lived(preview(question), is_held=True) == ([], [("message", "held")])
    assert not preview(NOTICE).holds()
    assert preview(question).holds()


@pytest.mark.parametrize("kind", ["notify", "webhook"])
def test_it_tells_staff_and_systems_nothing_unless_they_are_to_know(kind: str) -> None:
    step = {"kind": kind, "note": {"ja": "ご確認ください"}, "event": "parcel.returned"}
    assert lived(preview(step), is_held=True)[0] == []
    assert lived(preview({**step, "comparison": "include"}), is_held=True)[0] == [kind]


def test_it_knows_of_every_operation_whether_it_holds_anything_back() -> None:
    """Whoever adds an operation with an effect that is left out says so: else its scenario would divide nobody."""
    kinds()
    holding = {name for name, op in OPS.items() if "holds" in vars(op)}
    assert holding == {"message", "coupon", "call", "notify", "webhook"}
