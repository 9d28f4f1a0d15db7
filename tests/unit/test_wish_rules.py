"""What may become of a wish to cancel: every state, every deed."""

from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.cancellations import rules
from kaeru.cancellations.models import RequestState

STATES = [str(state.value) for state in RequestState]
DEEDS: list[rules.Deed] = list(get_args(rules.Deed))
EXPECTED = {
    "considering": {"accept": "requested", "ask": "asked", "decline": "declined", "keep": "kept", "cancelled": "cancelled"},
    "asked": {
        "approve": "requested", "decline": "declined", "keep": "kept", "shipped": "declined", "cancelled": "cancelled",
    },
    "requested": {"cancelled": "cancelled"},
    "cancelled": {"restored": "restored"},
    "kept": {},
    "declined": {},
    "restored": {},
}  # fmt: skip


@pytest.mark.parametrize(("state", "deed"), list(product(STATES, DEEDS)))
def test_it_goes_only_where_the_table_says(state: str, deed: rules.Deed) -> None:
    assert rules.after(state, deed) == EXPECTED[state].get(deed)


def test_it_knows_every_state_and_deed_of_the_table() -> None:
    assert {state for state, _ in rules.STEPS} | set(rules.STEPS.values()) <= set(STATES)
    assert {deed for _, deed in rules.STEPS} == set(DEEDS)


@given(st.lists(st.sampled_from(DEEDS), max_size=30))
def test_it_never_cancels_what_was_declined_or_kept_and_never_asks_twice(deeds: list[rules.Deed]) -> None:
    state, seen = "considering", ["considering"]
    for deed in deeds:
        following = rules.after(state, deed)
        if following is not None:
            state = following
            seen.append(state)
    assert len(seen) == len(set(seen)), "a wish never comes back to where it was"
    if {"declined", "kept"} & set(seen):
        assert seen[-1] in {"declined", "kept"}
    if "requested" in seen:
        assert seen[seen.index("requested") - 1] in {"considering", "asked"}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("deed", ["approve", "decline"])
def test_it_says_of_each_decision_of_the_staff_whether_it_goes_was_done_or_is_too_late(
    state: str, deed: rules.Deed
) -> None:
    goes, done = rules.after(state, deed) is not None, state in rules.REACHED[deed]
    assert not (goes and done)


FREE = rules.OrderState(is_cancelled=False, is_shipped=False)


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("asked", "unchanged"), ("requested", "unchanged"), ("declined", "open"), ("kept", "open"), ("restored", "open"),
        ("considering", "choose_anew"), (None, "open"),
    ],
)  # fmt: skip
def test_it_lets_a_reason_be_chosen_anew_after_a_no_but_not_while_the_shop_decides(
    state: str | None, verdict: str
) -> None:
    assert rules.on_reason(FREE, state, has_reason=True) == verdict


def test_it_takes_the_same_wish_as_settled_and_another_as_new() -> None:
    said_no_to = rules.Situation(1, 3960, "made_to_order")
    assert rules.is_settled(rules.Situation(1, 3960, "made_to_order"), [said_no_to])
    for other in (
        rules.Situation(2, 3960, "made_to_order"), rules.Situation(1, 1980, "made_to_order"), rules.Situation(1, 3960, "large"),
    ):  # fmt: skip
        assert not rules.is_settled(other, [said_no_to])
    assert not rules.is_settled(said_no_to, [])
