"""The scenario editor without a browser: what is typed comes back, and each button does one thing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.console import editor
from kaeru.scenarios.steps import Problem, check_steps

MAIL: dict[str, Any] = {
    "kind": "message",
    "purpose": "notice",
    "texts": {"ja": {"subject": "件名", "body": "本文\n{{ customer.name }}"}, "en": {"subject": "", "body": ""}},
}
WAIT = {"kind": "wait", "days": 1, "hours": 0, "minutes": 0}
COUPON = {"kind": "coupon", "coupon": "amount", "value": 500, "days": 14, "minimum": 3000}
BRANCH = {"kind": "branch", "on": "order_value", "at_least": 10000, "then": [MAIL], "else": [WAIT, COUPON]}
STEPS: editor.Steps = [MAIL, WAIT, BRANCH, {"kind": "exit"}]


def fields(steps: editor.Steps, currency: str = "JPY", path: str = editor.ROOT) -> dict[str, str]:
    """The form a browser would send for these steps."""
    data = {f"{path}:count": str(len(steps))}
    for index, step in enumerate(steps):
        here = f"{path}.{index}"
        for name, value in step.items():
            if name in ("then", "else"):
                data |= fields(value, currency, f"{here}.{name}")
            elif name == "texts":
                data |= {f"{here}:{code}_{part}": text for code, parts in value.items() for part, text in parts.items()}
            elif name in ("minimum", "at_least") or (name == "value" and step["coupon"] == "amount"):
                data[f"{here}:{name}"] = editor.shown_amount(value, currency)
            else:
                data[f"{here}:{name}"] = str(value)
    return data


@pytest.mark.parametrize("currency", ["JPY", "USD"])
def test_it_reads_back_what_it_drew(currency: str) -> None:
    assert editor.read(fields(STEPS, currency), currency) == STEPS
    assert check_steps(editor.read(fields(STEPS, currency), currency)) == []


def test_it_reads_full_width_digits() -> None:
    data = {**fields([WAIT]), "steps.0:days": "３", "steps.0:hours": " 1,0 "}
    assert editor.read(data, "JPY")[0] == {"kind": "wait", "days": 3, "hours": 10, "minutes": 0}


def test_it_keeps_what_is_no_number_and_the_rules_complain() -> None:
    steps = editor.read({**fields([COUPON]), "steps.0:value": "五百"}, "JPY")
    assert steps[0]["value"] == "五百"
    problems = check_steps(steps)
    assert [problem.path for problem in problems] == ["steps.0.value"]
    assert editor.draw(steps, problems, "JPY")[0]["wrong"] == {"value": [problems[0].message]}


@pytest.mark.parametrize(
    ("command", "kinds", "look"),
    [
        ("down:steps.0", ["wait", "message", "branch", "exit"], "steps.1"),
        ("up:steps.1", ["wait", "message", "branch", "exit"], "steps.0"),
        ("up:steps.0", ["message", "wait", "branch", "exit"], "steps.0"),
        ("remove:steps.3", ["message", "wait", "branch"], "steps.2"),
        ("add:coupon:steps", ["message", "wait", "branch", "exit", "coupon"], "steps.4"),
        ("add:bomb:steps", ["message", "wait", "branch", "exit"], "steps"),
        ("remove:steps.9", ["message", "wait", "branch", "exit"], "steps"),
        ("up:../etc", ["message", "wait", "branch", "exit"], "steps"),
        ("", ["message", "wait", "branch", "exit"], "steps"),
    ],
)
def test_it_does_one_edit(command: str, kinds: list[str], look: str) -> None:
    changed, path = editor.edit(STEPS, command)
    assert ([step["kind"] for step in changed], path) == (kinds, look)
    assert len(STEPS) == 4


def test_it_edits_inside_a_branch() -> None:
    changed, path = editor.edit(STEPS, "add:exit:steps.2.then")
    assert path == "steps.2.then.1" and editor.step_at(changed, path) == {"kind": "exit"}
    swapped, _ = editor.edit(STEPS, "up:steps.2.else.1")
    assert [step["kind"] for step in swapped[2]["else"]] == ["coupon", "wait"]


def test_it_shows_a_problem_at_its_own_step_only() -> None:
    problems = [
        Problem("steps.2.then.0.ja.body", "x", "inner"),
        Problem("steps.2.at_least", "x", "outer"),
        Problem("steps", "x", "all"),
    ]
    drawn = editor.draw(STEPS, problems, "JPY")
    assert drawn[2]["wrong"] == {"at_least": ["outer"]}
    assert drawn[2]["sides"][0]["steps"][0]["wrong"] == {"ja_body": ["inner"]}
    assert editor.unplaced(STEPS, problems) == ["all"]


@given(
    st.dictionaries(
        st.from_regex(r"steps(\.[0-9]{1,3}(\.then|\.else)?){0,4}:(count|kind|days|value|on)", fullmatch=True),
        st.text(max_size=6),
    )
)
def test_it_reads_any_form_without_failing(data: dict[str, str]) -> None:
    steps = editor.read({"steps:count": "3", **data}, "JPY")
    editor.draw(steps, check_steps(steps), "JPY")
    editor.edit(steps, "down:steps.0")
