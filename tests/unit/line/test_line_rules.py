"""LINE's rules: what an answer means, who signed, when a month begins, what fits into a bubble."""

import doctest
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples.line import shapes
from kaeru.channels.base import Button
from kaeru.channels.line import bubbles, rules
from kaeru.channels.line.conversation import Bubble, Said
from kaeru.channels.line.rules import Room, What, meaning

TEXT = st.text(max_size=60) | st.text(alphabet="髙﨑💇👩\u200d🦰あア\n \u202e", max_size=6_000)
URLS = st.sampled_from(["", "https://hasami.example/v/abc", "tel:0312345678"])
BUTTONS = st.builds(Button, TEXT, URLS, st.text(max_size=300), TEXT)
BUBBLES = st.builds(
    Bubble,
    TEXT,
    TEXT,
    st.lists(st.tuples(TEXT, TEXT), max_size=15).map(tuple),
    st.lists(BUTTONS, max_size=9).map(tuple),
)


def test_it_says_what_the_examples_say() -> None:
    assert doctest.testmod(rules).failed == 0


@pytest.mark.parametrize(
    ("status", "message", "what"),
    [
        (200, "", What.DONE),
        (409, "The retry key is already accepted", What.ALREADY),
        (400, "Invalid reply token", What.REFUSED),
        (404, "Not found", What.REFUSED),
        (413, "", What.REFUSED),
        (401, "", What.DENIED),
        (403, "", What.DENIED),
        (429, "The API rate limit has been exceeded. Try again later.", What.RATE),
        (429, "The number of concurrent requests has been exceeded. Try again later.", What.CONCURRENT),
        (429, "You have reached your monthly limit.", What.QUOTA),
        (500, "", What.DOWN),
        (503, "", What.DOWN),
        (0, "", What.DOWN),
        (302, "", What.REFUSED),
    ],
)
def test_it_tells_answers_apart(status: int, message: str, what: What) -> None:
    assert meaning(status, message) is what
    assert what.is_good == (status in (200, 409))


@settings(deadline=None)
@given(
    st.binary(max_size=200), st.text(min_size=1, max_size=40), st.binary(min_size=1, max_size=5), st.integers(0, 200)
)
def test_it_refuses_every_other_body(body: bytes, secret: str, more: bytes, place: int) -> None:
    good = rules.signature(secret, body)
    changed = body[:place] + more + body[place:]
    assert rules.is_signed([secret], body, good)
    assert not rules.is_signed([secret], changed, good)
    assert not rules.is_signed([secret + "x"], body, good)
    assert not rules.is_signed([], body, good)


@settings(deadline=None)
@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["Asia/Tokyo", "America/New_York", "Pacific/Kiritimati"]),
)
def test_a_month_begins_at_its_first_midnight(now: datetime, zone: str) -> None:
    start = rules.next_month(now, zone)
    before, after = now.astimezone(ZoneInfo(zone)), start.astimezone(ZoneInfo(zone))
    assert start > now
    assert (after.day, after.hour, after.minute) == (1, 0, 0)
    assert (after.year * 12 + after.month) - (before.year * 12 + before.month) == 1


def test_it_knows_how_many_pushes_are_left() -> None:
    assert Room("limited", 200, 150).left == 50
    assert Room("limited", 200, 250).left == 0
    assert Room("none", 0, 10).left is None
    assert Room("", 0, 0).left is None
    assert Room("limited", 200, 0, is_spent=True).left == 0


@settings(deadline=None)
@given(TEXT, st.integers(1, 40))
def test_it_cuts_between_characters(text: str, most: int) -> None:
    cut = rules.cut(text, most)
    assert rules.units(cut) <= most
    assert cut == text or cut.endswith("…")
    cut.encode("utf-16-le")


@settings(deadline=None)
@given(
    st.lists(BUBBLES, max_size=7).map(tuple),
    st.lists(BUTTONS, max_size=16).map(tuple),
    st.sampled_from(["#2b6a3d", "#ffffff", "no"]),
)
def test_line_takes_whatever_a_room_says(said: tuple[Bubble, ...], quick: tuple[Button, ...], colour: str) -> None:
    found = bubbles.messages_of(Said(said, quick), colour, "はさみ美容室")
    assert len(found) <= 5
    assert not found or shapes.messages(found) == []
    for one in found:
        assert one["type"] == "text" or _has_words(one), "a card is never empty"


def _has_words(card: dict[str, Any]) -> bool:
    return bool(card["altText"].strip()) and ("body" in card["contents"] or "footer" in card["contents"])


def test_it_does_not_cut_what_a_button_does() -> None:
    with pytest.raises(ValueError, match="300"):
        bubbles.action(Button("長い", data="x" * 301))
    with pytest.raises(ValueError, match="address"):
        bubbles.action(Button("長い", url="https://hasami.example/" + "x" * 1_000))
    with pytest.raises(ValueError, match="address"):
        bubbles.action(Button("わな", url="javascript:alert(1)"))


def test_its_first_button_can_be_read_on_every_colour() -> None:
    card = bubbles.card("予約", [], [Button("はい", data="y"), Button("いいえ", data="n")], "#ffee00")
    first, second = card["contents"]["footer"]["contents"]
    assert first["style"] == "primary" and first["color"] != "#ffee00"
    assert second["style"] == "secondary"
