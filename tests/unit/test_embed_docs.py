"""What the page about self-made links tells a shop to copy does what it says, in every language that is on this machine."""

import hashlib
import hmac
import re
import shutil
import subprocess
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from liquid import Environment

from kaeru.storefront import embedding

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("how-to/embed.md", "ja/embed.md")
SECRET, NOW, DAYS = "kaeru_embed_example", 1790236800, 60
ADDRESS = "https://kaeru.example/o/KEY/"
VECTORS = [
    (order, language, token)
    for order, language, token in re.findall(
        r"^\| `([^`]+)` \| `(ja|en|-)` \| `(1\.[^`]+)` \|$", (DOCS / PAGES[0]).read_text("utf-8"), re.MULTILINE
    )
]


def example(page: str, language: str) -> str:
    """The page's only block of code in this language."""
    (found,) = re.findall(
        rf"^   ```{language}\n(.*?)^   ```$", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return textwrap.dedent(found)


@pytest.mark.parametrize(("order", "language", "token"), VECTORS)
def test_it_shows_tokens_that_the_door_takes(order: str, language: str, token: str) -> None:
    until = datetime.fromtimestamp(NOW + DAYS * 86400, UTC)
    assert embedding.is_signed(token, [SECRET])
    told = embedding.read(token, datetime.fromtimestamp(NOW, UTC))
    assert told == embedding.Statement(order, until, language.strip("-"))
    assert embedding.token_for(order, until, language.strip("-"), SECRET) == token


def test_it_shows_the_same_in_both_languages() -> None:
    assert len(VECTORS) == 3
    english, japanese = ((DOCS / page).read_text("utf-8") for page in PAGES)
    assert all(token in japanese for _, _, token in VECTORS)
    for language in ("python", "php", "js"):
        assert example(PAGES[0], language) == example(PAGES[1], language)
    assert english.count("```") == japanese.count("```")


@pytest.mark.parametrize(("order", "language", "token"), VECTORS)
def test_it_works_in_python(order: str, language: str, token: str) -> None:
    known: dict[str, Any] = {}
    exec(example(PAGES[0], "python"), known)
    assert known["cancel_link"](ADDRESS, SECRET, order, DAYS, language, NOW) == ADDRESS + token


def _run(program: str, *arguments: str, code: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not on this machine: its example was NOT RUN")
    ran = subprocess.run([found, *arguments], input=code, capture_output=True, text=True, check=True, timeout=60)
    return ran.stdout.strip()


@pytest.mark.parametrize(("order", "language", "token"), VECTORS)
def test_it_works_in_javascript(order: str, language: str, token: str) -> None:
    call = f'console.log(cancelLink("{ADDRESS}", "{SECRET}", "{order}", {DAYS}, "{language}", {NOW}.7));'
    assert _run("node", "-", code=example(PAGES[0], "js") + call) == ADDRESS + token


@pytest.mark.parametrize(("order", "language", "token"), VECTORS)
def test_it_works_in_php(order: str, language: str, token: str) -> None:
    call = f'echo cancel_link("{ADDRESS}", "{SECRET}", "{order}", {DAYS}, "{language}", {NOW});'
    assert _run("php", code=example(PAGES[0], "php") + call) == ADDRESS + token


@pytest.mark.parametrize("page", PAGES)
def test_it_works_in_a_shop_mail_of_liquid(page: str) -> None:
    """With the one filter of the vendor's that the library lacks."""
    environment = Environment()
    environment.filters["hmac_sha256"] = lambda text, key: hmac.new(
        str(key).encode(), str(text).encode(), hashlib.sha256
    ).hexdigest()
    shown = environment.from_string(example(page, "liquid")).render(id=5432109876543)
    address = re.search(r'href="https://kaeru\.example/o/KEY/([^"]+)"', shown)
    assert address
    assert embedding.is_signed(address[1], ["kaeru_embed_…"])
    told = embedding.read(address[1], datetime.now(UTC))
    assert told is not None
    assert (told.order_source_id, told.language) == ("5432109876543", "")
    assert 59 <= (told.until - datetime.now(UTC)).days <= 60
