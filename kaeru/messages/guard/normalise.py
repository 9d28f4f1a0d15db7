"""A text as it is compared: tricks undone, with the way back to the letters as they were written.

Full width, half width, invisible characters, look-alikes (`lookalikes`), letters set apart (銀 行 口 座, b-a-n-k), digits among
letters (acc0unt). Lines that only wrap are joined; what ends a sentence, an item or a form's label stays a break.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from kaeru.messages.guard import lookalikes

_MARKS = "\u0300-\u036f\u3099\u309a\uff9e\uff9f\u0489\u20d0-\u20f0"
_CLUSTER = re.compile(rf"\r\n|[\s\S][{_MARKS}]*")
_KANA = "ぁ-ゖー"
_LONG = "‐‑‒–—―−─━"
_CJK = f"{_KANA}々㐀-䶿一-鿿豈-\ufaff\U00020000-\U0003134f〓"
_APART = re.compile(
    rf"(?<=[{_CJK}])[ \t・.,_*~^'\"“”‘’|/\\+=「」『』〈〉《》-]{{1,3}}(?=[{_CJK}])"
    rf"|(?<=[{_CJK}])、(?=[{_CJK}](?:、[{_CJK}]){{2,}}(?![{_CJK}]))|(?<=、[{_CJK}])、(?=[{_CJK}](?:[、。\n]|$))"
)
_RUN = re.compile(rf"[{_CJK}](?:[ ・.,_*~|/\\-][{_CJK}{_LONG}]){{2,}}")
_SPELLED = re.compile(r"(?<![a-z0-9])(?:[a-z][ .\-_*/|·,]{1,2}){2,}[a-z](?![a-z0-9])")
_SPACES = re.compile("(?<= ) +")
_DASH = re.compile(rf"(?<=[{_KANA}])[{_LONG}﹣]")
_HYPHEN = re.compile(rf"(?<=[{_KANA}])-(?=[{_CJK}])")
_BETWEEN = re.compile(rf"(?<=[{_CJK}])-(?=[{_CJK}])")
FEW = 3
_KATAKANA = re.compile("[ァ-ヺー\uff66-\uff9f]")
_LEET = re.compile(r"(?<=[a-z])[0134578@$|!]+(?=[a-z])")
_LEETS = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "|": "i", "!": "i"}
_LINK = re.compile(r"(?:https?://|www\.|mailto:)\S+|\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_WRAP = re.compile(
    r"(?<![\s。.!?:;】）)>」])[ \t]*\n[ \t]*"
    r"(?=[^\s\n■□◆◇●○◎・*※①-⑳【\[［<＜＞〒(（・.‥…_=ー\-－—―–0-9])(?!https?:)"
)
_END = re.compile(
    r"(?:[。?\n;…]|(?<!yahoo)!)+|(?<!\bno)\.(?=\s|$)|(?<=が)、|(?<=けれど)、|(?<=けれども)、|(?<=けど)、|(?<=ものの)、|しかし|ただし"
    r"|,? but |\bhowever\b|,? although |(?:, | - | – | — )(?=(?:please|kindly|you must|you need|you have to)\b)"
)


_ODD = "\0"
_MARK = re.compile(f"[{_MARKS}\r]")


class _Table(dict[int, str]):
    """What each letter is compared as; one that becomes none or several letters is odd, and the text is read letter by letter."""

    def __missing__(self, code: int) -> str:
        folded = _fold(chr(code))
        if len(self) > 20_000:
            self.clear()
        self[code] = folded if len(folded) == 1 else _ODD
        return self[code]


_TABLE = _Table()


def _fold(cluster: str) -> str:
    if cluster.isspace():
        return "\n" if "\n" in cluster or "\r" in cluster or cluster in "\u2028\u2029\u0085\v\f" else " "
    return lookalikes.fold(cluster)


@dataclass(frozen=True, slots=True)
class Normalised:
    """The text as it is compared, and where each of its letters stood."""

    text: str
    where: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """From where to where that stood in the text as it was written."""
        return self.where[start], self.where[max(start, end - 1)] + 1


def normalise(text: str) -> Normalised:
    """The text with all tricks undone."""
    plain = _ODD if _MARK.search(text) else text.translate(_TABLE)
    if _ODD not in plain:
        return _tidied(plain, list(range(len(plain))), text)
    letters: list[str] = []
    where: list[int] = []
    for found in _CLUSTER.finditer(text):
        folded = _fold(found[0])
        letters.append(folded)
        where += [found.start()] * len(folded)
    return _tidied("".join(letters), where, text)


def _tidied(text: str, where: list[int], raw: str) -> Normalised:
    """Letters that are set apart one by one are joined first, so that their signs are not taken for long vowels."""
    run = {at for found in _RUN.finditer(text) for at in range(found.start() + 1, found.end(), 2)}
    if run:
        where = [place for at, place in enumerate(where) if at not in run]
        text = "".join(letter for at, letter in enumerate(text) if at not in run)
    links = [found.span() for found in _LINK.finditer(text)]
    text = _DASH.sub("ー", text)
    if len(_BETWEEN.findall(text)) < FEW:  # a few hyphens stand for long vowels, many only set letters apart
        text = _HYPHEN.sub(lambda found: "ー" if _KATAKANA.match(raw[where[found.start() - 1]]) else "-", text)
    text = _changed(text, links, _LEET, lambda said: "".join(_LEETS.get(one, one) for one in said))
    gone: set[int] = set()
    for found in _APART.finditer(text):
        gone.update(range(found.start(), found.end()))
    for found in _SPELLED.finditer(text):
        if not _within(found.start(), links):
            gone.update(at for at in range(found.start(), found.end()) if not text[at].isalpha())
    for found in _SPACES.finditer(text):
        gone.update(range(found.start(), found.end()))
    swapped: dict[int, str] = {}
    for found in _WRAP.finditer(text):
        before, after = text[found.start() - 1], text[found.end() : found.end() + 1]
        gone.update(range(found.start(), found.end()))
        if before.isascii() and after.isascii():
            swapped[found.start()] = " "
            gone.discard(found.start())
    if not gone and not swapped:
        return Normalised(text, where)
    kept = [at for at in range(len(text)) if at not in gone]
    return Normalised("".join(swapped.get(at, text[at]) for at in kept), [where[at] for at in kept])


def _changed(text: str, links: list[tuple[int, int]], what: re.Pattern[str], into: Callable[[str], str]) -> str:
    """The same length: what is found outside of links, changed letter by letter."""
    return what.sub(lambda found: found[0] if _within(found.start(), links) else into(found[0]), text)


def _within(at: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


def clauses(text: str) -> list[tuple[int, int]]:
    """From where to where each clause of a normalised text goes."""
    found: list[tuple[int, int]] = []
    start = 0
    for end in _END.finditer(text):
        if text[start : end.start()].strip():
            found.append((start, end.start()))
        start = end.end()
    if text[start:].strip():
        found.append((start, len(text)))
    return found
