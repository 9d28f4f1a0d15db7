"""The letter as a whole: a false reply, what is hidden, what is fetched from elsewhere, invisible letters, a bare cancellation."""

import re
import unicodedata
from collections.abc import Iterator

from kaeru.messages.guard import lookalikes
from kaeru.messages.guard.book import rule as rule_of
from kaeru.messages.guard.page import Page, compiled
from kaeru.messages.guard.text import Hit, Rule

_REPLY = re.compile(r"^\s*(?:【[^】]*】\s*)?(?:re|fw|fwd|aw|wg|返信|転送)\s?(?:\[\d+\])?\s?:", re.IGNORECASE)
_EMOJI = re.compile("[\u200d\ufe0e\ufe0f\U000e0020-\U000e007f]")
_STRANGE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u2800\u3164\ufeff\uffa0\U000e0001-\U000e007f]"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_KATAKANA_IN_KANJI = re.compile(
    r"ロ座|[暗個人口座]番芳|力ード|ク口|コ一ド|カ一ド|ナ二ー|キャンセ儿|返全|囗座|[\u4e00-\u9fff]ロ座|銀行ロ|夕ップ|二ューヨーク|工ラー"
)
_FAR_BELOW = re.compile(r"(?:[ \t　.．・]*\n){15,}\s*(?=\S)")


def fake_reply(page: Page, rule: Rule) -> Iterator[Hit]:
    """A subject that pretends to answer."""
    if page.text.is_reply or not page.text.subject:
        return
    found = _REPLY.match(unicodedata.normalize("NFKC", page.text.subject))
    if found:
        yield Hit(0, min(len(page.text.subject), 60))


def hidden(page: Page, rule: Rule) -> Iterator[Hit]:
    """Words that nobody sees, or that stand far below everything else."""
    for said in page.hidden:
        if len(re.sub(r"[\s\W]+", "", said)) < 4:
            continue
        at = page.whole.find(said)
        yield Hit(at, at + len(said)) if at >= 0 else Hit()
    for part in page.parts:
        if part.place == "body":
            for found in _FAR_BELOW.finditer(page.whole, part.start, part.end):
                yield Hit(found.end(), min(found.end() + 80, part.end))


def tags(page: Page, rule: Rule) -> Iterator[Hit]:
    """Scripts, frames and invisible pictures."""
    if page.seen.outside:
        yield Hit()


def invisible(page: Page, rule: Rule) -> Iterator[Hit]:
    """Letters that nobody sees, that turn the text around, or that pass for others."""
    for found in _STRANGE.finditer(page.whole):
        if not _is_of_emoji(page.whole, found.start()):
            yield Hit(max(0, found.start() - 6), min(len(page.whole), found.end() + 6))
            return
    for found in _WORD.finditer(page.whole):
        if not found[0].isascii() and _is_mixed(found[0]):
            yield Hit(found.start(), found.end())
            return
    found_in = _KATAKANA_IN_KANJI.search(page.whole)
    if found_in:
        yield Hit(found_in.start(), found_in.end())


def _is_of_emoji(text: str, at: int) -> bool:
    """Whether it joins emoji, as families and flags do."""
    if not _EMOJI.match(text[at]):
        return False
    before = text[at - 1] if at else ""
    return bool(before) and (
        unicodedata.category(before) in {"So", "Sk", "Cf", "Mn"} or before in "\ufe0f\u200d#*0123456789"
    )


def _is_mixed(word: str) -> bool:
    has_latin = any(letter.isascii() and letter.isalpha() for letter in word)
    return has_latin and any(letter in lookalikes.FOREIGN for letter in word)


def reason_and_alternative(page: Page, rule: Rule) -> Iterator[Hit]:
    """A cancellation by the shop that says no reason, or offers nothing instead."""
    words = rule_of("L03").words
    if page.text.side != "shop" or not (page.has(words["cancel_ja"]) or page.has("cance")):
        return
    has_cause = any(page.has(one) for one in (words["shop_cause_ja"], words["shop_cause_en"], rule.words["cause"]))
    if has_cause and page.has(rule.words["offer"]):
        return
    wanted = compiled(words["cancel_ja"] + "|cance")
    found = wanted.search(page.normal.text)
    if found:
        yield Hit(*page.normal.span(found.start(), found.end()))
