"""The page about message texts names every variable, filter, tag, state and reason, and no other."""

import re
from pathlib import Path

import pytest

from kaeru.messages import liquid, texts
from kaeru.messages.models import MessageState
from kaeru.messages.rules import Reason
from kaeru.messages.variables import VARIABLES

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ["reference/message-texts.md", "ja/message-texts.md"]


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return (DOCS / name).read_text("utf-8")


def test_it_names_every_variable_and_no_other(page: str) -> None:
    named = set(re.findall(r"`((?:shop|customer|order|reason|coupon|links)\.[a-z_]+)`", page))
    assert named == {name for name in VARIABLES if "[]" not in name}
    assert set(re.findall(r"line\.([a-z]+)", page)) == {name.rpartition(".")[2] for name in VARIABLES if "[]" in name}


def test_it_names_every_filter_and_tag(page: str) -> None:
    [filters] = re.findall(r"^(?:Filters|フィルター): (.*?)\.?$", page, re.MULTILINE)
    [tags] = re.findall(r"^(?:Tags|タグ): (.*?)\.?$", page, re.MULTILINE)
    assert set(re.findall(r"`(.+?)`", filters)) == set(liquid.FILTERS)
    assert set(re.findall(r"`(.+?)`", tags)) == {tag.name for tag in liquid.TAGS}


def test_it_names_the_limits(page: str) -> None:
    for limit in (texts.LONGEST_SUBJECT, texts.LONGEST_BODY, liquid.MOST_TURNS):
        assert f"{limit:,}" in page


def test_it_names_every_state_and_reason() -> None:
    named = set(re.findall(r"`([a-z_]+)`", (DOCS / PAGES[0]).read_text("utf-8")))
    assert {state.value for state in MessageState} | {reason.value for reason in Reason} <= named
