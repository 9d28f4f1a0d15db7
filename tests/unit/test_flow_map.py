"""The map: nothing lies on anything else, every step is on it once, and a longer wait is a longer line."""

from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings

from kaeru.console import flow_map
from kaeru.console.editor import drawing, reading
from kaeru.console.editor.drawing import Card, View
from kaeru.console.editor.widgets import Paper
from kaeru.scenarios.flow import flow_of, walk
from kaeru.scenarios.kinds import kinds
from tests.unit import kind_flows

PAPER = Paper(shop=SimpleNamespace(id=0, kind="ec", currency="JPY"))


def drawn(flow: dict[str, Any], waiting: dict[str, int] | None = None) -> flow_map.Drawing:
    """The map of a flow."""
    tidied = reading.tidy(flow)
    steps = {str(place.step["id"]): place.step for place in walk(tidied["steps"])}

    def lasts(card: Card) -> timedelta | None:
        return kinds()[card.kind].lasts(steps[card.id])

    def ends(card: Card) -> bool:
        return kinds()[card.kind].ends(steps[card.id])

    cards = drawing.draw(tidied, View(), PAPER)
    return flow_map.draw("お客様がキャンセルしたとき", cards, flow_map.Facts(lasts, ends, waiting or {}), "終了")


@settings(max_examples=100, deadline=None)
@given(kind_flows.flows())
def test_it_draws_every_step_once_and_nothing_on_anything(flow: dict[str, Any]) -> None:
    out = drawn(flow)
    hrefs = [node.href for node in out.nodes if node.href]
    assert sorted(hrefs) == sorted(f"#step-{place.step['id']}" for place in walk(flow["steps"]))
    for node in out.nodes:
        assert 0 <= node.x <= node.x + node.width <= out.width
        assert 0 <= node.y <= node.y + node.height <= out.height
    for at, one in enumerate(out.nodes):
        for other in out.nodes[at + 1 :]:
            is_beside = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert is_beside or one.y + one.height <= other.y or other.y + other.height <= one.y


def test_it_draws_a_longer_wait_longer() -> None:
    spans = [timedelta(minutes=30), timedelta(hours=6), timedelta(days=1), timedelta(days=7), timedelta(days=30)]
    lengths = [flow_map.length(span) for span in spans]
    assert all(shorter < longer for shorter, longer in pairwise(lengths))
    assert flow_map.length(timedelta(days=3660)) == flow_map.LONGEST


def test_it_ends_where_nobody_goes_on() -> None:
    condition = {"field": "order.value", "op": "at_least", "value": 1}
    branch = {"kind": "branch", "if": condition, "then": [{"kind": "exit"}], "else": [{"kind": "exit"}]}
    assert [node.shape for node in drawn(flow_of([branch])).nodes if node.shape == "end"] == []
    half = {**branch, "else": []}
    assert [node.shape for node in drawn(flow_of([half])).nodes if node.shape == "end"] == ["end"]


def test_it_says_who_waits_where() -> None:
    flow = flow_of([{"id": "w1", "kind": "wait", "days": 1}])
    [node] = [node for node in drawn(flow, {"w1": 12}).nodes if node.waiting]
    assert (node.waiting, node.shape, node.href) == (12, "wait", "#step-w1")
    assert "12" in node.label


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("メール", ["メール"]),
        ("営業時間で4時間以内に電話", ["営業時間で4時間", "以内に電話"]),
        ("until the coupon is used, at most", ["until the", "coupon is", "used, at most"]),
        ("", [""]),
    ],
)
def test_it_breaks_words_where_they_may_be_broken(text: str, lines: list[str]) -> None:
    assert flow_map.wrapped(text, 110, 4) == lines


def test_it_shortens_what_does_not_fit() -> None:
    lines = flow_map.wrapped("とても長い" * 20, 100, 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert all(flow_map.measure(line) <= 100 for line in lines)
    assert all(flow_map.measure(line) <= 160 for line in flow_map.wrapped("x" * 200, 160, 3))
