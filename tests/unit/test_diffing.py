"""What changed between two versions, as the history page tells it."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kaeru.scenarios.diffing import ADDED, CHANGED, MOVED, REMOVED, SAME, diff, segments, shortened
from kaeru.scenarios.flow import flow_of, walk
from tests import drafts as flows

A = flows.message(word="a") | {"id": "a"}
B = flows.message(word="b") | {"id": "b"}
W = flows.wait(days=1) | {"id": "w"}
C = flows.coupon() | {"id": "c"}


def kinds(before: list[Any], after: list[Any]) -> list[tuple[str, str]]:
    return [(str(change.step["id"]), change.kind) for change in diff(flow_of(before), flow_of(after)).steps]


def test_it_finds_what_came_went_and_moved() -> None:
    assert kinds([A, W, B], [A, W, C, B]) == [("a", SAME), ("w", SAME), ("c", ADDED), ("b", SAME)]
    assert kinds([A, W, B], [A, B]) == [("a", SAME), ("w", REMOVED), ("b", SAME)]
    assert kinds([A, W, B], [B, A, W]) == [("b", MOVED), ("a", SAME), ("w", SAME)]
    assert kinds([A, W], [A]) == [("a", SAME), ("w", REMOVED)]
    wrapped = {**flows.branch(1, [B], []), "id": "x"}
    assert kinds([A, B], [A, wrapped]) == [("a", SAME), ("x", ADDED), ("b", MOVED)]


def test_it_says_which_field_and_from_what_to_what() -> None:
    [change] = diff(flow_of([W]), flow_of([{**W, "days": 3}])).steps
    assert (change.kind, [(field.field, field.before, field.after) for field in change.fields]) == (
        CHANGED,
        [("days", 1, 3)],
    )


def test_it_takes_a_default_for_what_it_is() -> None:
    assert diff(flow_of([C]), flow_of([{**C, "minimum": 0}])).is_empty
    without = {key: value for key, value in C.items() if key != "minimum"}
    assert diff(flow_of([C]), flow_of([without])).is_empty


def test_it_marks_texts_in_both_languages() -> None:
    changed = {
        **A,
        "texts": {
            "ja": {"subject": "件名 い", "body": A["texts"]["ja"]["body"]},
            "en": {"subject": "Topic a", "body": "New"},
        },
    }
    [change] = diff(flow_of([A]), flow_of([changed])).steps
    assert [(text.language, text.part) for text in change.texts] == [
        ("ja", "subject"),
        ("en", "subject"),
        ("en", "body"),
    ]
    assert [(one.mark, one.text) for one in change.texts[0].segments] == [("", "件名 "), ("del", "a"), ("ins", "い")]


def test_it_compares_what_starts_and_ends_it() -> None:
    found = diff(flow_of([A], goal=""), flow_of([A], goal="coupon.redeemed"))
    assert [(one.field, one.before, one.after) for one in found.settings] == [("goal", "", "coupon.redeemed")]
    assert not found.is_empty


def test_it_leaves_long_unchanged_text_out() -> None:
    told = segments("前" * 500 + "a" + "後" * 500, "前" * 500 + "b" + "後" * 500)
    assert sum(len(one.text) for one in shortened(told)) < 120


@settings(max_examples=80, deadline=None)
@given(flows.flows_of_a_family(), flows.flows_of_a_family())
def test_it_forgets_no_step(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = diff(before, after)
    told = [str(change.step["id"]) for change in found.steps]
    ids = {str(place.step["id"]) for flow in (before, after) for place in walk(flow["steps"])}
    assert sorted(told) == sorted(ids)
    assert diff(after, after).is_empty
    assert [key for key in told if key in {str(p.step["id"]) for p in walk(after["steps"])}] == [
        str(place.step["id"]) for place in walk(after["steps"])
    ]


@given(st.text(max_size=60), st.text(max_size=60))
def test_it_keeps_every_letter(before: str, after: str) -> None:
    told = segments(before, after)
    assert "".join(one.text for one in told if one.mark != "del") == after
    assert "".join(one.text for one in told if one.mark != "ins") == before
