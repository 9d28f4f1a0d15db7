"""A disguise never helps: what is bad stays forbidden, and what is good is not taken for bad."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from kaeru.messages.guard.judge import judge, verdict
from kaeru.messages.guard.lookalikes import FOREIGN, fold
from tests.texts import ON, Sample, samples
from tests.texts.tricks import TRICKS

PLAIN = [one for one in samples() if one.text.body and not one.text.html]
BAD = [one for one in PLAIN if one.rule in {"L01", "L02", "L03", "L17", "L29", "L31"} and one.wanted == "block"]
GOOD = [one for one in PLAIN if one.wanted == "pass" and one.rule in {"L01", "L02", "L03", "L17", "L29", "L31"}]
some_tricks = st.lists(st.sampled_from(TRICKS), min_size=1, max_size=2, unique=True)


def disguised(sample: Sample, tricks: list, seed: int) -> Sample:  # type: ignore[type-arg]
    body, chance = sample.text.body, Random(seed)
    for trick in tricks:
        body = trick(body, chance)
    return replace(sample, text=replace(sample.text, body=body))


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(BAD), some_tricks, st.integers(0, 1000))
def test_it_forbids_what_is_bad_in_any_disguise(sample: Sample, tricks: list, seed: int) -> None:  # type: ignore[type-arg]
    told = disguised(sample, tricks, seed)
    found = judge(told.text, ON)
    assert verdict(found) == "block", told.text.body


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(GOOD), some_tricks, st.integers(0, 1000))
def test_it_never_forbids_what_is_good_for_its_letters(sample: Sample, tricks: list, seed: int) -> None:  # type: ignore[type-arg]
    told = disguised(sample, tricks, seed)
    found = judge(told.text, ON)
    is_link = {"L20"} if "http" in sample.text.body else set()  # an address in foreign letters is a false one indeed
    assert {one.rule for one in found if one.severity == "block"} <= is_link, told.text.body


@given(st.sampled_from(sorted(FOREIGN)), st.sampled_from(["\u034f", "\u0301", "\u0489"]))
def test_it_knows_a_foreign_letter_whatever_hangs_on_it(letter: str, mark: str) -> None:
    assert fold(letter + mark) == fold(letter)
