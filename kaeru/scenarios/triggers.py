"""What starts a scenario, and what a scenario can wait for: the words, and which news of lower rooms they stand for.

A room above (appointments) adds its own with `add_trigger`; the editor, the files and the engine read from here.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.scenarios.fields import Said, Step

CUSTOM = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+){0,3}")
"""Names of a shop's own events: small letters, digits, _ and dots, as `parcel.returned`."""
CUSTOM_PREFIX = "custom:"


@dataclass(frozen=True, slots=True)
class Trigger:
    """One kind of start."""

    name: str
    label: Said
    about: str
    """What the enrolment is about, which decides when nothing more is needed: cancellation | order | customer."""
    hint: Said = ""


_triggers: dict[str, Trigger] = {}


def add_trigger(trigger: Trigger) -> None:
    """Make a start known; a second call replaces the first."""
    _triggers[trigger.name] = trigger


def triggers() -> tuple[Trigger, ...]:
    """All that this installation knows."""
    return tuple(_triggers.values())


def trigger(name: str) -> Trigger | None:
    """The start of this name; an own event is `custom:NAME`."""
    if name.startswith(CUSTOM_PREFIX) and CUSTOM.fullmatch(name.removeprefix(CUSTOM_PREFIX)):
        return _triggers["custom"]
    return _triggers.get(name) if name != "custom" else None


for one in (
    Trigger(
        "cancellation.requested", lazy("A customer cancels"), "cancellation",
        lazy("On the cancel page, or as the shop's system tells it. At most once for each cancellation."),
    ),
    Trigger(
        "order.cancelled", lazy("The shop's system has cancelled the order"), "cancellation",
        lazy("After the cancellation is done, whoever wished it."),
    ),
    Trigger(
        "order.delayed", lazy("An order is delayed"), "order",
        lazy("Your system says so over the API. Ends by itself when the order is shipped or cancelled."),
    ),
    Trigger(
        "custom", lazy("Your own event"), "customer",
        lazy("Your system sends it over the API, under a name that you choose."),
    ),
):  # fmt: skip
    add_trigger(one)


AWAITABLE: tuple[tuple[str, Said], ...] = (
    ("coupon.redeemed", lazy("the coupon is used")),
    ("order.placed", lazy("the customer orders")),
    ("order.shipped", lazy("the order is shipped")),
    ("order.cancelled", lazy("the order is cancelled")),
    ("call.closed", lazy("the call is done")),
    ("custom", lazy("your own event")),
)
"""What a step can wait for. An order after a cancellation ends the scenario by itself."""


def event_of(step: Step) -> str:
    """The event that a step waits for, as it is told: `custom:NAME` for the shop's own."""
    event = str(step.get("event") or "")
    return f"{CUSTOM_PREFIX}{step.get('custom') or ''}" if event == "custom" else event


def event_label(event: str) -> str:
    """The event in the reader's words."""
    if event.startswith(CUSTOM_PREFIX):
        return _("the event %(name)s") % {"name": event.removeprefix(CUSTOM_PREFIX)}
    return str(dict(AWAITABLE).get(event, event))


def trigger_label(name: str) -> str:
    """The start in the reader's words."""
    found: Any = trigger(name)
    if found is not None and found.name == "custom":
        return _("Your own event: %(name)s") % {"name": name.removeprefix(CUSTOM_PREFIX)}
    return str(found.label) if found else name


def bad_name() -> str:
    """What to say when an own event's name does not fit."""
    return _("The name of an own event has small letters, digits, _ and dots, for example parcel.returned.")
