"""The talk: what a client says or presses in LINE goes to the rooms above, and their answer goes back as a free reply.

A room registers a handler (in its `receivers.py`). Handlers are asked in the order in which they registered, within the
transaction that marks the event as handled; the first answer counts. What a handler writes and what it says stand or fall together:

    @conversation.register
    def talk(heard: Heard) -> Said | None:
        if heard.kind != "postback" or not heard.data.startswith("visit:"):
            return None  # not mine
        ...
        return Said((Bubble("かしこまりました。"),), quick=(Button("14:00", data="visit:7:move:1700"),))
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kaeru.channels.base import Button
from kaeru.channels.line.models import LineFriend

MOST_BUBBLES = 5
"""Message objects in one answer (LINE's limit)."""
MOST_QUICK = 13
"""Quick replies under the last bubble (LINE's limit); they are shown on phones only and go with the next message."""


class Kind(StrEnum):
    """What a client did."""

    FOLLOW = "follow"  #: added the account, or unblocked it
    UNFOLLOW = "unfollow"  #: blocked it: no answer reaches them
    TEXT = "text"  #: wrote `text`
    POSTBACK = "postback"  #: pressed a button with `data`
    LINK = "link"  #: their LINE account was linked to a card just now; `data` is the visit's id by which, or empty


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that a client did in LINE, told once: redelivered webhooks with the same id never come here again."""

    shop_id: int
    friend: LineFriend
    """With `customer_id` (None: not linked yet) and `language` (ja | en)."""
    kind: Kind
    at: datetime
    """By LINE's clock. May be long ago when LINE delivers late: look at it before acting on an old button."""
    data: str = ""
    text: str = ""
    is_redelivered: bool = False
    """LINE tried before: we may be late."""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One bubble: words alone are a text message, with a title, rows or buttons it becomes a card in the shop's colour."""

    text: str = ""
    title: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    """Label and value: ("日時", "11月23日（月）14:00")."""
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What the shop answers. More than five bubbles are cut off; without bubbles nothing is said and the event counts as handled."""

    bubbles: tuple[Bubble, ...] = ()
    quick: tuple[Button, ...] = ()
    must_arrive: bool = False
    """When the free reply comes too late (the token lives a minute), push it: that counts against the month's quota."""


Handler = Callable[[Heard], Said | None]
_handlers: list[Handler] = []


def register(handler: Handler) -> Handler:
    """Add a handler; one that is there already stays where it is. Usable as a decorator."""
    if handler not in _handlers:
        _handlers.append(handler)
    return handler


def ask(heard: Heard) -> Said | None:
    """The first answer that a room gives; None when nobody feels spoken to. Call it inside a transaction."""
    for handler in _handlers:
        said = handler(heard)
        if said is not None:
            return said
    return None
