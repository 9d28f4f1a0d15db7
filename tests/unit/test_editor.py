"""The scenario editor without a browser: what is typed comes back, each button does one thing, and no kind is known by name."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaeru.console.editor import drawing, edits, reading, start
from kaeru.console.editor.drawing import Card, View
from kaeru.console.editor.form import Form, amount, clock, number, shown_amount
from kaeru.console.editor.widgets import Paper, Widget
from kaeru.scenarios.checks import check_flow
from kaeru.scenarios.fields import Field
from kaeru.scenarios.flow import flow_of, walk
from kaeru.scenarios.kinds import kinds
from kaeru.scenarios.kinds.base import Arm, Compiler, Kind
from tests.unit import kind_flows

PAPER = Paper(shop=SimpleNamespace(id=0, kind="ec", currency="JPY"))


def sent(flow: dict[str, Any], paper: Paper = PAPER, view: View = View()) -> dict[str, list[str]]:
    """The form a browser would send for this flow, made from what the page draws."""
    data: dict[str, list[str]] = {}
    for widget in start.draw(flow, paper).values():
        _send(widget, data)
    _send_steps(drawing.draw(flow, view, paper), "steps", data)
    return data


def _send_steps(cards: tuple[Card, ...], path: str, data: dict[str, list[str]]) -> None:
    data[f"{path}:count"] = [str(len(cards))]
    for card in cards:
        hidden = {"kind": card.kind, "id": card.id, "kept": card.kept, "arms": card.way_names}
        data.update({f"{card.path}:{name}": [value] for name, value in hidden.items() if value})
        for widget in card.widgets:
            _send(widget, data)
        for way in card.ways:
            _send_steps(way.steps, way.path, data)


def _send(widget: Widget, data: dict[str, list[str]]) -> None:
    if widget.type == "condition":
        _send_node(widget.inner["root"], data)
    elif widget.parts:
        for part in widget.parts:
            chosen = [option.code for option in part.options if option.is_chosen]
            data[part.name] = chosen if part.options else [part.value]
    elif widget.type in ("choices", "weekdays"):
        data[widget.name] = [option.code for option in widget.options if option.is_chosen]
    elif widget.type == "tick":
        data.update({widget.name: ["1"]} if widget.is_on else {})
    else:
        data[widget.name] = [option.code for option in widget.options if option.is_chosen] or [widget.value]


def _send_node(node: dict[str, Any], data: dict[str, list[str]]) -> None:
    path = node["path"]
    data[f"{path}:node"] = [node["kind"]]
    if node["kind"] == "group":
        data[f"{path}:count"] = [str(node["count"])]
        data[f"{path}:word"] = [word["value"] for word in node["words"] if word["is_chosen"]]
        for part in node["parts"]:
            _send_node(part, data)
    elif node["kind"] == "question":
        data[f"{path}:field"], data[f"{path}:was"] = [node["field"].name], [node["was"]]
        data[f"{path}:op"] = [op["value"] for op in node["operators"] if op["is_chosen"]]
        data[f"{path}:value"] = [("yes" if node["is_yes"] else "no") if node["field"].type == "yes" else node["value"]]
        data[f"{path}:to"], data[f"{path}:days"] = [node["to"]], [str(node["days"])]
    else:
        data[f"{path}:raw"] = [node["raw"]]


MAIL = {"kind": "message", "texts": {"ja": {"subject": "件名", "body": "本文\n{{ customer.name }}"}}}
WAIT = {"kind": "wait", "days": 1}
COUPON = {"kind": "coupon", "coupon": "amount", "value": 500}
BRANCH = {
    "kind": "branch",
    "if": {"field": "order.value", "op": "at_least", "value": 8000},
    "then": [MAIL],
    "else": [WAIT, COUPON],
}
FLOW = flow_of([MAIL, WAIT, BRANCH, {"kind": "exit"}])


@pytest.mark.parametrize("currency", ["JPY", "USD", "BHD"])
def test_it_reads_back_what_it_drew(currency: str) -> None:
    paper = Paper(currency, SimpleNamespace(id=0, kind="ec", currency=currency))
    assert reading.read(Form(sent(FLOW, paper)), paper) == reading.tidy(FLOW)


@settings(max_examples=150, deadline=None)
@given(kind_flows.flows())
def test_it_reads_back_any_flow_of_any_kinds(flow: dict[str, Any]) -> None:
    tidied = reading.tidy(flow)
    assert reading.read(Form(sent(flow)), PAPER) == tidied
    assert reading.tidy(tidied) == tidied
    assert reading.essence(tidied) == reading.essence(flow)


@settings(max_examples=100, deadline=None)
@given(kind_flows.flows(), st.data())
def test_its_edits_keep_every_step_and_every_id_unique(flow: dict[str, Any], data: st.DataObject) -> None:
    places = [place.path for place in walk(flow["steps"])]
    lists = ["steps", *(f"{place.path}.{arm.name}" for place in walk(flow["steps"]) for arm in _arms(place.step))]
    verb = data.draw(st.sampled_from(edits.STRUCTURE))
    path = data.draw(st.sampled_from(places)) if places else "steps.0"
    to = f"{data.draw(st.sampled_from(lists))}:{data.draw(st.integers(0, 6))}"
    names = st.sampled_from(sorted(kinds()))
    command = (
        f"add:{data.draw(names)}:{to}" if verb == "add" else f"{verb}:{path}" + (f":{to}" if verb == "move" else "")
    )
    before = [place.step["id"] for place in walk(flow["steps"])]
    edited = edits.edit(flow, command)
    after = [place.step["id"] for place in walk(edited.flow["steps"])]
    assert len(set(after)) == len(after)
    assert [place.step["id"] for place in walk(flow["steps"])] == before
    if verb in ("up", "down", "in", "out", "move"):
        assert sorted(after) == sorted(before)
    elif verb == "remove":
        assert set(after) < set(before) or not places
    else:
        assert set(before) < set(after) or not places
    assert not edited.look or edited.look in after


def _arms(step: Any) -> tuple[Arm, ...]:
    return kinds()[step["kind"]].arms(step)


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("down:steps.0", "wait message branch exit"),
        ("up:steps.1", "wait message branch exit"),
        ("up:steps.0", "message wait branch exit"),
        ("down:steps.3", "message wait branch exit"),
        ("remove:steps.3", "message wait branch"),
        ("copy:steps.1", "message wait wait branch exit"),
        ("add:coupon:steps", "message wait branch exit coupon"),
        ("add:coupon:steps:0", "coupon message wait branch exit"),
        ("add:bomb:steps", "message wait branch exit"),
        ("remove:steps.9", "message wait branch exit"),
        ("up:../etc", "message wait branch exit"),
        ("", "message wait branch exit"),
        ("move:steps.0:steps:3", "wait branch message exit"),
        ("move:steps.3:steps:0", "exit message wait branch"),
        ("move:steps.2.else.0:steps:0", "wait message wait branch exit"),
        ("move:steps.2:steps.2.then:0", "message wait branch exit"),
        ("out:steps.2.then.0", "message wait branch message exit"),
        ("up:steps.2.then.0", "message wait message branch exit"),
        ("down:steps.2.else.1", "message wait branch coupon exit"),
    ],
)
def test_it_does_one_edit(command: str, names: str) -> None:
    assert [step["kind"] for step in edits.edit(FLOW, command).flow["steps"]] == names.split()


@pytest.mark.parametrize(
    ("command", "then", "otherwise"),
    [
        ("add:exit:steps.2.then", "message exit", "wait coupon"),
        ("up:steps.2.else.1", "message", "coupon wait"),
        ("up:steps.2.else.0", "message wait", "coupon"),
        ("down:steps.2.then.0", "", "message wait coupon"),
        ("move:steps.2.then.0:steps.2.else:1", "", "wait message coupon"),
    ],
)
def test_it_edits_inside_a_branch(command: str, then: str, otherwise: str) -> None:
    branch = edits.edit(FLOW, command).flow["steps"][2]
    assert ([step["kind"] for step in branch["then"]], [step["kind"] for step in branch["else"]]) == (
        then.split(),
        otherwise.split(),
    )


def test_it_moves_a_step_into_the_way_beside_it() -> None:
    after = edits.edit(FLOW, "in:steps.3").flow["steps"]
    assert [step["kind"] for step in after[2]["then"]] == ["message", "exit"]
    before = edits.edit(FLOW, "in:steps.1").flow["steps"]
    assert [step["kind"] for step in before[1]["then"]] == ["wait", "message"]


def test_it_gives_a_copy_ids_of_its_own_inside_as_well() -> None:
    copied = edits.edit(FLOW, "copy:steps.2")
    keys = [place.step["id"] for place in walk(copied.flow["steps"])]
    assert len(keys) == len(set(keys)) == 11
    assert copied.look == copied.flow["steps"][3]["id"]


@pytest.mark.parametrize(
    ("typed", "read"), [("３", 3), (" 1,0 ", 10), ("あした", "あした"), ("-1", "-1"), ("1" * 13, "1" * 13)]
)
def test_it_reads_numbers_as_people_type_them(typed: str, read: int | str) -> None:
    assert number(typed) == read


def test_it_reads_amounts_and_times_as_people_type_them() -> None:
    assert (amount("１,９８０", "JPY"), amount("19.80", "USD"), amount("五百", "JPY")) == (1980, 1980, "五百")
    assert [clock(text) for text in ("9:00", "９時５分", "9時", "24:00", "朝")] == [
        "09:00",
        "09:05",
        "09:00",
        "24:00",
        "朝",
    ]
    assert (shown_amount(1980, "USD"), shown_amount("五百", "USD"), shown_amount(True, "USD")) == (
        "19.80",
        "五百",
        "True",
    )


def test_it_keeps_what_is_no_number_and_says_so_at_its_field() -> None:
    flow = flow_of([COUPON])
    data = sent(flow)
    data["steps.0:value"] = ["五百"]
    read = reading.read(Form(data), PAPER)
    assert read["steps"][0]["value"] == "五百"
    problems = check_flow(read)
    assert [problem.path for problem in problems] == ["steps.0.value"]
    [card] = drawing.draw(read, View(problems=problems), PAPER)
    [value] = [widget for widget in card.widgets if widget.name == "steps.0:value"]
    assert (value.value, value.wrong, card.problems) == ("五百", (problems[0].message,), 1)


def test_it_shows_a_problem_at_its_own_step_and_field_only() -> None:
    flow = reading.tidy(FLOW)
    flow["steps"][2]["then"][0]["texts"]["ja"]["body"] = "{{ customer.nmae }}"
    flow["steps"][1]["days"] = -1
    problems = check_flow({**flow, "steps": [flow["steps"][2]]})
    cards = drawing.draw({**flow, "steps": [flow["steps"][2]]}, View(is_checked=True, problems=problems), PAPER)
    assert cards[0].wrong == () and cards[0].problems == 0
    [inner] = cards[0].ways[0].steps
    [texts] = [widget for widget in inner.widgets if widget.type == "texts"]
    assert {part.lang for part in texts.parts if part.wrong} == {"ja"}
    [told] = drawing.told(cards, problems)
    assert told.href == f"#{inner.anchor}"


def test_it_keeps_what_it_does_not_know() -> None:
    strange = {"id": "x1", "kind": "teleport", "where": {"to": "Mars" * 30_000}}
    noted = {"id": "x2", "kind": "wait", "note": "ask Aoi"}
    flow = flow_of([strange, noted])
    read = reading.read(Form(sent(flow)), PAPER)
    assert read["steps"][0] == strange
    assert read["steps"][1]["note"] == "ask Aoi"


@given(
    st.dictionaries(
        st.from_regex(
            r"(steps|start)(\.[0-9]{1,3}(\.then|\.else)?){0,4}:(count|kind|days|value|on|kept|trigger)", fullmatch=True
        ),
        st.lists(st.text(max_size=6), max_size=2),
    )
)
def test_it_reads_any_form_without_failing(data: dict[str, list[str]]) -> None:
    flow = reading.read(Form({"steps:count": ["3"], **data}), PAPER)
    drawing.draw(flow, View(problems=check_flow(flow), is_checked=True), PAPER)
    edits.edit(flow, "down:steps.0")


class Toy(Kind):
    """A kind that nobody has heard of."""

    name, label, hint, mark = "toy", "Toy", "Plays.", "note"
    fields = (
        Field("size", "whole", "Size", 3, 1, 9),
        Field("fits", "choices", "Fits", ["a"], choices=(("a", "A"), ("b", "B"))),
        Field("is_loud", "tick", "Loud", True),
    )

    def arms(self, step: Any) -> tuple[Arm, ...]:
        return (Arm("played", "When played"),)

    def compile(self, step: Any, out: Compiler) -> None:
        """Nothing."""


def test_it_needs_only_the_kinds_own_file_for_a_new_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds(), "toy", Toy())
    flow = edits.edit(flow_of([]), "add:toy:steps:0").flow
    inside = edits.edit(flow, "add:toy:steps.0.played:0").flow
    assert inside["steps"][0]["played"][0]["fits"] == ["a"]
    data = sent(inside)
    data["steps.0.played.0:fits"], data["steps.0:size"] = ["b"], ["７"]
    del data["steps.0:is_loud"]
    read = reading.read(Form(data), PAPER)
    assert (read["steps"][0]["size"], read["steps"][0]["is_loud"], read["steps"][0]["played"][0]["fits"]) == (
        7,
        False,
        ["b"],
    )
    [card] = drawing.draw(read, View(), PAPER)
    assert [widget.label for widget in card.widgets] == ["Size", "Fits", "Loud"]
    assert [way.label for way in card.ways] == ["When played"]
