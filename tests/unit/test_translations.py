"""Japanese and English are complete, agree in what they fill in, and use the words of docs/reference/words.md."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from scripts import texts

ROOMS = texts.rooms()
CATALOGUES = sorted({path for room in ROOMS if (path := texts.catalogue_path(room)).exists()})
WORDS = Path(__file__).parents[2] / "docs" / "reference" / "words.md"
JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def _name(path: Path) -> str:
    return path.relative_to(texts.ROOT).as_posix().removesuffix("/locale/ja/LC_MESSAGES/django.po")


def _entries(path: Path, *, with_context: bool = False) -> list[tuple[str, str]]:
    """(English, Japanese), plural forms flattened; English begins with its context when asked."""
    found = []
    for entry in texts.read(path):
        if entry.id:
            english = entry.id if isinstance(entry.id, str) else entry.id[-1]
            japanese = entry.string if isinstance(entry.string, str) else (entry.string or ("",))[0]
            found.append((f"{entry.context or ''}|{english}" if with_context else english, japanese))
    return found


def _wrong_words() -> list[tuple[str, str]]:
    """(wrong, right) from the last column of the table in words.md."""
    pairs = []
    for line in WORDS.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and cells[3] not in ("", "not", "---"):
            pairs += [(wrong.strip(), cells[1]) for wrong in cells[3].split("、")]
    return pairs


@pytest.mark.parametrize("room", ROOMS, ids=_name)
def test_it_has_japanese_for_every_text(room: Path) -> None:
    lacking = [f"{text.where}: {text.msgid}" for text in texts.missing(room)]
    assert lacking == [], "python scripts/texts.py missing"


@pytest.mark.parametrize("path", CATALOGUES, ids=_name)
def test_it_keeps_no_text_that_nobody_says(path: Path) -> None:
    assert sorted(map(str, texts.keys(path) - {text.key for text in texts.said_through(path)})) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=_name)
def test_it_is_compiled(path: Path) -> None:
    """`make texts` compiles."""
    assert texts.messages(path.with_suffix(".mo").read_bytes()) == texts.messages(texts.compiled(path))


@pytest.mark.parametrize("path", CATALOGUES, ids=_name)
def test_it_leaves_nothing_doubtful(path: Path) -> None:
    assert [entry.id for entry in texts.read(path) if entry.fuzzy and entry.id] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=_name)
def test_it_fills_in_the_same_names(path: Path) -> None:
    differing = [
        (english, japanese)
        for english, japanese in _entries(path)
        if texts.placeholders(japanese) != texts.placeholders(english)
    ]
    assert differing == []


@pytest.mark.parametrize("path", CATALOGUES, ids=_name)
def test_it_shouts_at_nobody(path: Path) -> None:
    """One company's name ends so."""
    said = [japanese.replace("Yahoo!", "Yahoo") for _, japanese in _entries(path)]
    assert [japanese for japanese in said if "！" in japanese or "!" in japanese] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=_name)
def test_it_uses_the_words_of_the_house(path: Path) -> None:
    pairs = _wrong_words()
    assert pairs
    found = [
        f"{japanese!r}: say {right}, not {wrong}"
        for _, japanese in _entries(path)
        for wrong, right in pairs
        if wrong in japanese
    ]
    assert found == []


@pytest.mark.parametrize("path", CATALOGUES, ids=_name)
def test_it_spells_cancelled_with_two_l(path: Path) -> None:
    assert [
        english for english, _ in _entries(path) if re.search(r"(?i)\bcancel(ed|ing|ation)\b(?<!cancellation)", english)
    ] == []


def test_it_says_one_thing_in_one_way() -> None:
    said: dict[str, set[str]] = defaultdict(set)
    for path in CATALOGUES:
        if path.is_relative_to(texts.ROOT / "kaeru"):
            for english, japanese in _entries(path, with_context=True):
                said[english].add(japanese)
    assert {english: ways for english, ways in said.items() if len(ways) > 1} == {}


def test_it_writes_english_in_the_source() -> None:
    found = [
        f"{text.where}: {text.msgid}"
        for room in ROOMS
        for text in texts.texts(room)
        if JAPANESE.search(str(text.msgid))
    ]
    assert found == []
