"""Decisions about one message, the values that are shown with it, and the words it may use."""

import doctest
from dataclasses import replace
from typing import Any

import pytest

from kaeru.cancellations.letters import ALLOWED as LETTERS
from kaeru.messages import rules, values, worst_case
from kaeru.messages.rules import Facts, Reason, retry_seconds, verdict
from kaeru.messages.values import many_lines, one_line
from kaeru.messages.variables import PARCEL, VARIABLES, VISIT

FINE = Facts(
    is_advertisement=True, has_address=True, has_consent=True, has_withdrawn=False, suppression="", has_identity=True, is_paused=False,
    not_needed="",
)  # fmt: skip


def test_it_does_what_its_examples_say() -> None:
    assert doctest.testmod(rules).failed == 0
    assert doctest.testmod(values).failed == 0


def test_it_lets_go_what_nothing_stops() -> None:
    assert verdict(FINE) is None
    assert (
        verdict(
            replace(FINE, is_advertisement=False, has_consent=False, has_identity=False, suppression="advertisement")
        )
        is None
    )


@pytest.mark.parametrize(
    ("facts", "reason", "is_final"),
    [
        ({"not_needed": "reordered"}, "reordered", True),
        ({"has_address": False}, Reason.NO_ADDRESS, True),
        ({"suppression": "everything"}, Reason.SUPPRESSED, True),
        ({"suppression": "advertisement"}, Reason.OPTED_OUT, True),
        ({"has_consent": False, "has_withdrawn": True}, Reason.OPTED_OUT, True),
        ({"has_consent": False}, Reason.NO_CONSENT, True),
        ({"is_paused": True}, Reason.PAUSED, False),
        ({"has_identity": False}, Reason.NO_IDENTITY, False),
        ({"is_paused": True, "has_consent": False}, Reason.NO_CONSENT, True),
        ({"is_paused": True, "not_needed": "shipped"}, "shipped", True),
    ],
)
def test_it_says_why_a_message_stays(facts: dict[str, Any], reason: str, is_final: bool) -> None:
    said = verdict(replace(FINE, **facts))
    assert said is not None
    assert (said.reason, said.is_final) == (reason, is_final)


def test_it_waits_longer_each_time_and_never_all_at_once() -> None:
    pauses = [retry_seconds(attempts, 0.5) for attempts in range(1, 9)]
    assert pauses == sorted(pauses)
    assert sum(pauses) > 4 * 3600, "a server may be busy for hours before a mail is given up"
    assert retry_seconds(3, 0.0) < retry_seconds(3, 0.5) < retry_seconds(3, 1.0)
    assert retry_seconds(10_000, 1.0) <= 5 * 3600


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("髙﨑 𠮷野󠄀 ｶﾅｺ", "髙﨑 𠮷野󠄀 ｶﾅｺ"),
        ("👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"),
        ("a\r\nb\tc\x00d\x85e\u2028f", "a b c d e f"),
        ("\u202eabc\u2066d\u200fe", "abcde"),
        ("\ufdd0x\ufdd1", "x"),
        ("\ud800x", "x"),
        ("x" * 600, "x" * 499 + "…"),
        ("  ", ""),
        ("株式会社\u3000山田", "株式会社\u3000山田"),
    ],
)
def test_it_tames_what_customers_are_called(text: str, line: str) -> None:
    assert one_line(text) == line


def test_it_keeps_the_shops_lines() -> None:
    assert many_lines("a\r\nb\rc\u2028d\n\ne\u202e") == "a\nb\nc\nd\n\ne"


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("name", list(worst_case.NAMES))
def test_it_has_worst_case_values_for_each_variable(language: str, name: str) -> None:
    found = set()
    for root, members in worst_case.values(language, name).items():
        for key, value in members.items():
            found.add(f"{root}.{key}")
            if isinstance(value, list):
                found |= {f"{root}.{key}[].{inner}" for inner in value[0]}
    assert found == VARIABLES | LETTERS | PARCEL | VISIT
