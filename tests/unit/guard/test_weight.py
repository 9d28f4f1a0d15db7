"""Nobody can make the guard work for long: what a text may be at most is read within a second."""

import time

import pytest

from kaeru.messages.guard.judge import judge
from kaeru.messages.guard.text import Text
from tests.texts import ON

HEAVY = {
    "a long word": "please send us your bank account " + "a" * 9_000,
    "many words": "please send your bank account " + "and then some more words " * 400,
    "one question": "we need " + "very " * 2_000 + "much",
    "many cancels": "キャンセル" * 2_000,
    "cancels and gaps": "キャンセルを、" * 1_400,
    "many asks": "お知らせ" * 2_500,
    "english cancels": "please you cancel " * 550,
    "spaces": " " * 10_000,
    "lines": "口座\n" * 3_000,
    "set apart": "口 座 " * 2_500,
    "spelled": "b a n k " * 1_200,
    "marks": "!?。" * 3_000,
    "braces": "{{" * 5_000,
    "brackets": "[" * 5_000 + "](https://a.example",
    "invisible": "\u200b" * 10_000,
    "zalgo": "a" + "\u0301" * 9_000,
    "stars": "★" * 10_000,
    "digits": "090-1234-" * 1_100,
}


@pytest.mark.parametrize("name", HEAVY)
@pytest.mark.parametrize("side", ["", "shop"])
def test_it_is_quick_whatever_it_reads(name: str, side: str) -> None:
    text = HEAVY[name]
    begun = time.process_time()
    judge(Text(body=text, subject=text[:120], side=side, kind="advertisement"), ON)
    assert time.process_time() - begun < 2.0


@pytest.mark.parametrize(
    "html",
    ["<div>" * 5_000, "<a href='" * 3_000, "<!--" * 5_000, "<p style='" + "color:#fff;" * 2_000 + "'>x", "<" * 20_000],
)
def test_it_is_quick_with_any_html(html: str) -> None:
    begun = time.process_time()
    judge(Text(html=html), ON)
    assert time.process_time() - begun < 2.0
