"""Every text exists in Japanese, the compiled catalogues are those of the sources, and nobody is shouted at."""

import gettext
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted(ROOT.glob("kaeru/*/locale/ja/LC_MESSAGES/django.po")) + sorted(
    ROOT.glob("examples/*/locale/ja/LC_MESSAGES/django.po")
)
VALUES = re.compile(r"%\(\w+\)s|\{\w*\}|</?\w+>")


@pytest.fixture(params=CATALOGUES, ids=lambda path: path.parts[-5])
def path(request: pytest.FixtureRequest) -> Path:
    """One catalogue after the other."""
    found: Path = request.param
    return found


def _messages(path: Path) -> list[Message]:
    with path.open("rb") as file:
        return [message for message in read_po(file, locale="ja", abort_invalid=True) if message.id]


def _english(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[0])


def _japanese(message: Message) -> str:
    """Japanese has one plural form."""
    return message.string if isinstance(message.string, str) else str((message.string or ("",))[0])


def _served(compiled: gettext.GNUTranslations, message: Message) -> str:
    english = _english(message)
    if isinstance(message.id, str):
        return compiled.pgettext(message.context, english) if message.context else compiled.gettext(english)
    if message.context:
        return compiled.npgettext(message.context, english, english, 1)
    return compiled.ngettext(english, english, 1)


def test_it_says_everything_in_japanese(path: Path) -> None:
    assert [_english(message) for message in _messages(path) if not _japanese(message) or message.fuzzy] == []


def test_it_serves_what_is_written(path: Path) -> None:
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    stale = [_english(message) for message in _messages(path) if _served(compiled, message) != _japanese(message)]
    assert stale == [], "compile the catalogue: msgfmt -o django.mo django.po"


def test_it_fills_in_the_same_values(path: Path) -> None:
    wrong = [
        _english(message)
        for message in _messages(path)
        if set(VALUES.findall(_english(message))) != set(VALUES.findall(_japanese(message)))
    ]
    assert wrong == []


def test_it_does_not_shout(path: Path) -> None:
    assert [text for text in map(_japanese, _messages(path)) if "！" in text or "!" in text] == []
