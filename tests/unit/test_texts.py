"""Texts are checked when they are saved: each problem has its place, its code and words in the reader's language."""

from typing import Any

import pytest
from django.utils import translation

from kaeru.messages import rules
from kaeru.messages.texts import check_texts, language_for
from kaeru.messages.variables import VARIABLES, WITHOUT_COUPON

GOOD = {
    "subject": "【{{ shop.name }}】ご注文 {{ order.number }}",
    "body": "{{ customer.name }}さま\n\n{{ links.reorder }}",
}


def codes(text: dict[str, Any], purpose: str = "notice", allowed: Any = VARIABLES) -> list[tuple[str, str, int]]:
    return [(one.path, one.code, one.line) for one in check_texts({"ja": {**GOOD, **text}}, purpose, allowed)]


def test_it_passes_good_texts() -> None:
    assert rules.check_texts({"ja": GOOD, "en": GOOD}, "notice", WITHOUT_COUPON) == []


@pytest.mark.parametrize(
    ("body", "code", "line"),
    [
        ("a\n{{ costumer.name }}", "unknown_variable", 2),
        ("{{ customer }}", "unknown_variable", 1),
        ("{{ now }}", "unknown_variable", 1),
        ("{{ settings.SECRET_KEY }}", "unknown_variable", 1),
        ("{{ order.lines }}", "is_a_list", 1),
        ("{% for l in order.lines %}{{ l.tittle }}{% endfor %}", "unknown_variable", 1),
        ("{% for l in order.lines %}{% endfor %}{{ l.title }}", "unknown_variable", 1),
        ("{% if order.number == secret %}x{% endif %}", "unknown_variable", 1),
        ("{{ order[customer.name] }}", "computed", 1),
        ("{{ links.reorder | upcase }}", "link_not_plain", 1),
        ("{% assign x = links.reorder %}{{ x }}", "link_not_plain", 1),
        ("{{ 'a' | replace: 'a', 'b' }}", "unknown_filter", 1),
        ("a\n{% include 'x' %}", "syntax", 2),
        ("{% for i in (1..3000) %}x{% endfor %}", "too_heavy", 1),
        ("{% if customer.name == 'x' %}x{% endif %}", "comes_out_empty", 0),
        ("x" * 10_001, "too_long", 0),
        ("  ", "missing", 0),
    ],
)
def test_it_finds_what_would_fail_at_night(body: str, code: str, line: int) -> None:
    assert codes({"body": body}) == [("ja.body", code, line)]


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ("", "missing"),
        ("a\nb", "not_one_line"),
        ("長" * 121, "too_long"),
        ("{{ links.reorder }}", "link_in_subject"),
        ("{{ reason.guidance }}" * 9, "too_long"),
    ],
)
def test_it_keeps_a_subject_one_short_line(subject: str, code: str) -> None:
    assert [(path, found) for path, found, _ in codes({"subject": subject})] == [("ja.subject", code)]


def test_it_lets_a_coupon_only_into_an_advertisement_after_a_coupon_step() -> None:
    text = {"body": "{{ coupon.code }} {{ coupon.value }}"}
    assert codes(text, "advertisement") == []
    assert {code for _, code, _ in codes(text, "notice")} == {"coupon_in_notice"}
    assert {code for _, code, _ in codes(text, "advertisement", WITHOUT_COUPON)} == {"no_coupon"}
    assert codes({"body": "{{ links.unsubscribe }}"}, "notice") == [("ja.body", "unknown_variable", 1)]


def test_it_asks_for_one_whole_language() -> None:
    assert [one.code for one in check_texts({}, "notice")] == ["missing"]
    assert [one.code for one in check_texts({"ja": {"subject": " ", "body": ""}}, "notice")] == ["missing"]
    assert [one.code for one in check_texts(None, "notice")] == ["not_texts"]
    assert [one.path for one in check_texts({"ja": GOOD, "en": {"subject": "x"}}, "notice")] == ["en.body"]
    assert [one.code for one in check_texts({"ja": GOOD, "fr": GOOD}, "notice")] == ["unknown_language"]
    assert check_texts({"ja": GOOD, "en": {"subject": "", "body": ""}}, "notice") == []


def test_it_falls_back_to_the_language_that_is_written() -> None:
    assert language_for({"ja": GOOD, "en": GOOD}, "en") == "en"
    assert language_for({"ja": GOOD, "en": {"subject": "", "body": ""}}, "en") == "ja"
    assert language_for({"en": GOOD}, "ja") == "en"


def test_it_speaks_the_readers_language() -> None:
    wrong = {"ja": {**GOOD, "body": "{{ costumer.name }}"}}
    with translation.override("en"):
        assert check_texts(wrong, "notice")[0].message == (
            "Line 1: there is no “costumer.name”. Did you mean “customer.name”?"
        )
    with translation.override("ja"):
        assert "という変数はありません" in check_texts(wrong, "notice")[0].message
