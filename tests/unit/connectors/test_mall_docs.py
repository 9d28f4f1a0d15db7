"""The lists of calls to Rakuten and Yahoo! Shopping cannot fall behind the calls."""

import re
from pathlib import Path

import pytest

from kaeru.connectors.rakuten import client as rakuten
from kaeru.connectors.rakuten import words as rakuten_words
from kaeru.connectors.yahoo import client as yahoo
from kaeru.console.mall_rakuten import FUNCTIONS

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
CALL = re.compile(
    r'client\.(?:ask|change)\(\s*(?:self\.)?access,\s*"(\w+)"|\bask\(access, "(\w+)"|return "(cancel[A-Z]\w+)"|name = "(cancelOrder\w*)"'
)


def made(folder: str) -> set[str]:
    """Names of calls that the connector makes."""
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "kaeru/connectors" / folder).glob("*.py"))
    return {name for found in CALL.findall(code) for name in found if name}


def told(page: str) -> dict[str, str]:
    """Kind by name of the calls that the page lists."""
    return dict(
        re.findall(r"^\| `(\w+)` \| (read|change) \|", (DOCS / "reference" / page).read_text("utf-8"), re.MULTILINE)
    )


def test_it_lists_every_call_to_rakuten() -> None:
    listed = told("rakuten-calls.md")
    assert set(listed) == made("rakuten")
    assert {name for name, kind in listed.items() if kind == "change"} == rakuten.CHANGES


def test_it_lists_every_call_to_yahoo() -> None:
    listed = told("yahoo-calls.md")
    assert set(listed) - {"token"} == made("yahoo")
    assert {name for name, kind in listed.items() if kind == "change"} == yahoo.CHANGES


@pytest.mark.parametrize("page", ["how-to/connect-rakuten.md", "ja/connect-rakuten.md"])
def test_it_says_what_to_tick_in_rms(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    assert [name for name in FUNCTIONS if f"`{name}`" not in text] == []
    assert {name.rsplit(".", 1)[-1] for name in FUNCTIONS} == made("rakuten")


def test_it_says_each_reason_that_it_sends() -> None:
    text = (DOCS / "reference/rakuten-calls.md").read_text("utf-8")
    sent = {
        rakuten_words.number_of(reason, side, are_goods_back=back)
        for reason in ("changed_mind", "unpaid", "out_of_stock", "delayed", "damaged", "price_error")
        for side in ("customer", "shop")
        for back in (False, True)
    }
    for number in sent:
        assert number is not None
        words = rakuten_words.reason_of(number).split("（")[0]
        assert words in text, words
