"""What every channel speaks: a letter goes in, a typed outcome comes out, and nothing in it is trusted that a customer wrote.

A letter's words are pieces, not one string: what the shop wrote, what customers are called, where links lead. Each channel
escapes each kind in its own way, and nobody has to guess afterwards.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

if TYPE_CHECKING:  # words and letters are pure; only the type of the shop is named
    from kaeru.tenants.models import Shop


class PieceKind(StrEnum):
    """How far a piece of text is trusted, and what it is."""

    WORDS = "words"  #: the shop's own text; addresses in it become links
    VALUE = "value"  #: data of a customer or an order: never a link, never markup
    LINK = "link"  #: one of our links; `role` says which
    CODE = "code"  #: a coupon code


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text of one kind."""

    kind: PieceKind
    text: str
    role: str = ""
    """Of a link: reorder, cancel, account, unsubscribe."""


@dataclass(frozen=True, slots=True)
class Button:
    """One thing that the reader can press. Mail shows those with an address; a talk carries all of them.

    With `url` it opens a page. With `data` it is a deed that the talk tells us of (a postback; at most 300 characters), and
    `text` is what then stands there as said by the client. With `text` alone it says these words.
    """

    label: str
    """What stands on it: at most 20 characters, longer ones are cut."""
    url: str = ""
    data: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """What goes with a mail: a sheet to keep. Other channels leave it out."""

    name: str
    """In ASCII."""
    media: str
    """application/pdf"""
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one person, ready to be worded."""

    key: UUID
    """Stable over all attempts: becomes the Message-ID."""
    shop: "Shop"
    language: str
    is_advertisement: bool
    address: str
    subject: tuple[Piece, ...]
    body: tuple[Piece, ...]
    at: datetime
    unsubscribe_url: str = ""
    """Set for advertisements."""
    buttons: tuple[Button, ...] = ()
    """Under the words, in this order; given by the room that asked for the message."""
    files: tuple[File, ...] = ()
    """Attached to a mail; given by the room that asked for it."""


@dataclass(frozen=True, slots=True)
class Worded:
    """The letter as the person will read it."""

    subject: str
    text: str
    html: str


class Outcome(StrEnum):
    """What became of a hand-over, by what to do next."""

    ACCEPTED = "accepted"  #: the other side has it: done
    REFUSED = "refused"  #: will never be taken: tell a person
    TRANSIENT = "transient"  #: surely not taken; try again later
    UNKNOWN = "unknown"  #: no proof either way: never resend blindly


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one hand-over, with what the other side said."""

    outcome: Outcome
    detail: str = ""
    provider_id: str = ""
    is_address_dead: bool = False
    """The other side says that nobody lives at this address."""
    is_server_down: bool = False
    """Transient, and it would befall every other letter too: stop for now."""
    reason: str = ""
    """Why, in a word that the outbox shows (quota, blocked, account); empty: the outbox's own word."""
    wait_until: datetime | None = None
    """Transient through no fault of this letter: not before then, and it counts as no try."""
    may_go_by_mail: bool = False
    """Not this way, for reasons that mail does not share: it goes by mail where the customer has an address."""


class Line(Protocol):
    """An open way to the other side, for one batch."""

    def send(self, letter: Letter, worded: Worded) -> Result:
        """Hand one letter over. Never raises for what the other side does."""


class Channel(Protocol):
    """A way to reach people."""

    name: str

    def word(self, letter: Letter) -> Worded:
        """The letter as the person will read it, in the letter's language."""

    def open(self) -> AbstractContextManager[Line]:
        """A line for a batch; it connects when the first letter is sent."""
