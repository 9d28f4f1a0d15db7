"""Which encoding a file is in: decided over all of its bytes and by evidence, or refused. No replacement characters, ever.

Order: what the operator says; a byte order mark; the one of UTF-8 and cp932 in which every byte of the file makes sense;
when both do, the one in which the layout's own headers appear; then the one in which the words look like words. Some cp932
bytes are also valid UTF-8 (ﾃｩ and é are the same two bytes), and cp932 finds sense in much Western text: hence the last step.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kaeru.connectors.files.errors import FileRefused
from kaeru.connectors.files.opening import open_bytes

KNOWN = ("utf-8", "cp932", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "euc_jp")
"""Names an operator may say. `shift_jis` is read as cp932: 髙﨑①㈱ are not in the strict one."""
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_UTF32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_CHUNK = 1 << 20
_RUNS_LOOKED_AT = 5000
_RUN = re.compile(r"[^\x00-\x7f]+")
_NOT_IN_CP932 = re.compile("[\x80-\xa0\uf8f0-\uf8f3]")
"""Single bytes that Python's cp932 lets through as control or private characters."""


@dataclass(slots=True)
class _Reading:
    """One candidate being tried on the file, chunk by chunk."""

    name: str
    decoder: codecs.IncrementalDecoder
    consumed: int = 0
    lines: int = 0
    failure: str = ""
    likely: int = 0
    unlikely: int = 0
    start: str = ""
    """The first chunk's text: the header is in it."""

    @property
    def held(self) -> bytes:
        """Bytes of a character that the chunk cut in two."""
        return self.decoder.getstate()[0]

    @property
    def is_sound(self) -> bool:
        """The words in it look like words, bar the odd one."""
        return self.likely > 10 * self.unlikely

    def take(self, chunk: bytes, final: bool) -> None:
        """Decode the next bytes; afterwards `failure` says where they made no sense."""
        if self.failure:
            return
        before = self.consumed - len(self.held)
        try:
            text = self.decoder.decode(chunk, final)
        except UnicodeDecodeError as problem:
            self._fail(before, problem.object[: problem.start], problem.object[problem.start : problem.start + 2])
            return
        if self.name == "cp932" and not text.isascii() and (odd := _NOT_IN_CP932.search(text)):
            self._fail(before, text[: odd.start()].encode("cp932"), odd[0].encode("cp932"))
            return
        if not self.consumed:
            self.start = text
        self.consumed += len(chunk)
        self.lines += text.count("\n")
        if not text.isascii() and self.likely + self.unlikely < _RUNS_LOOKED_AT:
            self._weigh(text)

    def _fail(self, before: int, sound: bytes, found: bytes) -> None:
        line = self.lines + sound.count(b"\n") + 1
        self.failure = f"line {line}, byte {before + len(sound)} ({found.hex(' ')})"

    def _weigh(self, text: str) -> None:
        looks_written = _looks_written_cp932 if self.name == "cp932" else _looks_written_utf8
        for run in _RUN.finditer(text):
            around = text[max(run.start() - 1, 0) : run.start()] + text[run.end() : run.end() + 1]
            if looks_written(run[0], around):
                self.likely += 1
            else:
                self.unlikely += 1


def _looks_written_utf8(run: str, around: str) -> bool:
    """Accents and signs stand in words (Café, £40), other scripts in words of their own; katakana bytes give é± or a mix of scripts."""
    if any(letter >= "\u0800" for letter in run):
        return True
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in run if letter > "\xbf"}
    is_in_word = any(letter.isalnum() for letter in around)
    return (scripts <= {"LATIN"} and is_in_word) or (
        len(run) > 1 and len(scripts) == 1 and not scripts & {"LATIN", "?"}
    )


def _looks_written_cp932(run: str, around: str) -> bool:
    """An accented Western letter becomes half-width katakana, or one odd kanji, in the middle of a word."""
    is_in_word = any(letter.isalpha() for letter in around)
    if all("\uff61" <= sign <= "\uff9f" for sign in run):
        return len(run) > 1 and not is_in_word
    return len(run) > 1 or not is_in_word


def choose(path: Path, said: str = "", headers_found: Callable[[str], int] = lambda _start: 0) -> str:
    """The codec name for the whole file. `headers_found` counts the layout's headers that are not ASCII in the first line of a text.

    Raises FileRefused with the line and byte where each candidate fails, or when two fit equally well.
    """
    with open_bytes(path) as stream:
        first = stream.read(_CHUNK)
        mark = next((name for sign, name in _MARKS.items() if first.startswith(sign)), "")
        if any(first.startswith(sign) for sign in _UTF32_MARKS):
            raise FileRefused("encoding", "the file is UTF-32; save it as UTF-8")
        names = [_said(said, mark)] if said else [mark] if mark else ["utf-8", "cp932"]
        if len(names) == 2 and b"\0" in first[:1000]:
            raise FileRefused(
                "encoding",
                "there are zero bytes in the header: UTF-16 without a byte order mark? Say it: --encoding utf-16-le",
                1,
            )
        readings = [_Reading(name, codecs.getincrementaldecoder(name)("strict")) for name in names]
        _try(readings, first, iter(lambda: stream.read(_CHUNK), b""))
    return _decide(readings, headers_found)


def _said(said: str, mark: str) -> str:
    try:
        name = codecs.lookup(said).name
    except LookupError:
        name = ""
    name = {"shift_jis": "cp932", "utf-8-sig": "utf-8"}.get(name, name)
    if name not in KNOWN:
        raise FileRefused("encoding", f"unknown encoding {said!r}; known are {', '.join(KNOWN)}")
    return mark if mark.startswith(name) else name


def _try(readings: list[_Reading], first: bytes, rest: Iterator[bytes]) -> None:
    chunk = first
    while chunk:
        following = next(rest, b"")
        is_plain = chunk is not first and len(readings) > 1 and chunk.isascii()
        for reading in readings:
            if is_plain and not reading.held:
                reading.consumed += len(chunk)
                reading.lines += chunk.count(b"\n")
            else:
                reading.take(chunk, final=not following)
        if all(reading.failure for reading in readings):
            return
        chunk = following


def _decide(readings: list[_Reading], headers_found: Callable[[str], int]) -> str:
    fitting = [reading for reading in readings if not reading.failure]
    if not fitting:
        tried = "; ".join(f"not {reading.name}: {reading.failure}" for reading in readings)
        raise FileRefused(
            "encoding", f"the text cannot be decoded: {tried}. If it is in another encoding, say it: --encoding"
        )
    if len(readings) == 1 or not any(reading.likely + reading.unlikely for reading in fitting):
        return fitting[0].name  # no choice, or nothing but ASCII, which is the same in both
    if len(fitting) == 1 and fitting[0].name == "utf-8":
        return "utf-8"  # text of another encoding is hardly ever valid UTF-8
    found = [headers_found(reading.start) for reading in fitting]
    if max(found) and found.count(max(found)) == 1:
        return fitting[found.index(max(found))].name
    sound = [
        reading for reading in fitting if reading.is_sound or (len(fitting) == 1 and reading.likely > reading.unlikely)
    ]
    if not sound:
        readable = " and as ".join(reading.name for reading in fitting)
        raise FileRefused(
            "encoding_ambiguous",
            f"the bytes can be read as {readable}, and that is not sure enough; say which it is: --encoding",
        )
    return sound[0].name  # both sound: text that is valid UTF-8 by chance is the rarer accident
