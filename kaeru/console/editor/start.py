"""The head of a scenario as form fields: what starts it, for whom, what it aims at, and when it is left."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as lazy

from kaeru.console.editor import widgets
from kaeru.console.editor.form import Form
from kaeru.console.editor.widgets import Paper, Widget
from kaeru.scenarios import triggers
from kaeru.scenarios.fields import Field

NAME = "start"
CUSTOM = "custom"


def fields() -> tuple[Field, ...]:
    """In the order of the page."""
    own = lazy("Small letters, digits, _ and dots, for example parcel.returned.")
    return (
        Field("trigger", "choice", lazy("What starts it"), "cancellation.requested",
              options=lambda: tuple((one.name, one.label) for one in triggers.triggers())),
        Field("custom", "text", lazy("Name of your event"), "", hint=own, shown_if=("trigger", (CUSTOM,))),
        Field("again_after_days", "whole", lazy("The same customer again after"), 30, 0, 3660, unit=lazy("days"),
              shown_if=("trigger", (CUSTOM,))),
        Field("when", "condition", lazy("Who starts"), None, is_optional=True),
        Field("goal", "choice", lazy("Goal"), "", options=lambda: (("", lazy("none of its own")), *_goals()),
              hint=lazy("When it is reached, the scenario ends as a success. Ordering again after a cancellation ends it in any case.")),
        Field("goal_custom", "text", lazy("Name of your event"), "", hint=own, shown_if=("goal", (CUSTOM,))),
        Field("exit_when", "condition", lazy("Who leaves on the way"), None, is_optional=True),
    )  # fmt: skip


def _goals() -> tuple[tuple[str, Any], ...]:
    """What can be a goal: everything one can wait for but the scenario's own calls."""
    return tuple((code, label) for code, label in triggers.AWAITABLE if code != "call.closed")


def _split(event: Any) -> tuple[str, str]:
    told = str(event or "")
    if told.startswith(triggers.CUSTOM_PREFIX):
        return CUSTOM, told.removeprefix(triggers.CUSTOM_PREFIX)
    return told, ""


def _values(flow: Mapping[str, Any]) -> dict[str, Any]:
    trigger, custom = _split(flow.get("trigger"))
    goal, goal_custom = _split(flow.get("goal"))
    return {**flow, "trigger": trigger, "custom": custom, "goal": goal, "goal_custom": goal_custom}


def tidy(flow: Mapping[str, Any]) -> dict[str, Any]:
    """The head with every field said."""
    told = _values(flow)
    return _joined({one.name: widgets.tidy(one, told) for one in fields()})


def read(form: Form, paper: Paper) -> dict[str, Any]:
    """What the form says; a form without a head (another page's) says nothing."""
    return _joined({one.name: widgets.read(one, form, one.name, f"{NAME}:{one.name}", paper) for one in fields()})


def _joined(told: dict[str, Any]) -> dict[str, Any]:
    for name, own in (("trigger", "custom"), ("goal", "goal_custom")):
        custom = str(told.pop(own)).strip()
        if told[name] == CUSTOM:
            told[name] = f"{triggers.CUSTOM_PREFIX}{custom}"
    return told


def draw(flow: Mapping[str, Any], paper: Paper) -> dict[str, Widget]:
    """Each field by its name."""
    told = _values(flow)
    known = fields()
    drawn = {one.name: widgets.draw(one, told, one.name, f"{NAME}:{one.name}", paper, known) for one in known}
    chosen = triggers.trigger(str(flow.get("trigger") or ""))
    if chosen is not None and chosen.hint:
        drawn["trigger"] = replace(drawn["trigger"], hint=str(chosen.hint))
    return drawn
