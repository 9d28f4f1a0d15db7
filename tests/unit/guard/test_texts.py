"""The guard's own texts: what is bad is caught, what is good passes, and every rule is tried in both languages."""

import pytest
from django.utils import translation

from kaeru.cancellations import letter_texts, letters
from kaeru.messages import guarding
from kaeru.messages.guard import book
from kaeru.scenarios import ready
from kaeru.scenarios.checks import check_flow
from tests.texts import Sample, by_rule, count, samples

ELSEWHERE = {"L25", "L27"}
"""Kept at the hand-over; no text shows them."""
ALL = samples()


def test_it_is_measured_on_four_hundred_texts_half_of_them_good() -> None:
    good = [one for one in ALL if one.wanted == "pass"]
    assert len(ALL) >= 400
    assert 0.4 < len(good) / len(ALL) < 0.6
    assert {one.language for one in ALL} == {"ja", "en"}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_catches_what_is_bad_and_lets_good_pass(language: str) -> None:
    total = count([one for one in ALL if one.language == language])
    assert total.recall >= 0.99
    assert total.alarm_rate <= 0.01


@pytest.mark.parametrize("name", [one.id for one in book.rules() if one.id not in ELSEWHERE])
def test_it_tries_each_rule(name: str) -> None:
    bad = [one for one in by_rule(ALL)[name] if one.wanted != "pass"]
    assert bad
    assert count(bad).recall == 1.0


def _of(*rules: str) -> list[Sample]:
    return [one for one in ALL if one.rule in rules and one.wanted == "block"]


def test_it_never_lets_through_what_nobody_may_overrule() -> None:
    absolute = [one.id for one in book.rules() if one.is_absolute]
    assert absolute == ["L01", "L02", "L03", "L05", "L07"]
    for sample in _of(*absolute):
        assert any(found.is_absolute for found in sample.judged()), sample.said


@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_has_nothing_to_say_of_the_houses_own_texts(language: str) -> None:
    """The ready scenarios, and the letters of the desk with every cause."""
    with translation.override(language):
        for one in ready.everything().values():
            said = [problem for problem in check_flow(one.flow) if problem.code.startswith("guard_")]
            assert said == [], one.name
    for kind in letter_texts.KINDS:
        for cause in letter_texts.CAUSES:
            words = letters.Said(title="藍染めの手ぬぐい", cause=cause, items=["生成り"], until="11月26日(木) 14:00")
            text = letters.compose(kind, language, words)
            assert guarding.findings("notice", text, language) == (), (kind, cause)
