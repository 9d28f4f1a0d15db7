"""What the guard reads and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """What a finding does."""

    BLOCK = "block"  #: the text cannot be published, nor sent
    WARN = "warn"  #: the writer is told


@dataclass(frozen=True, slots=True)
class Text:
    """A message as its reader will see it, with what is known of its purpose."""

    body: str = ""
    subject: str = ""
    html: str = ""
    channel: str = "mail"
    """mail | line | sms"""
    kind: str = "notice"
    """notice | advertisement"""
    side: str = ""
    """Whose wish or fault it is about: customer | shop; empty: the text itself has to show it."""
    has_consent: bool | None = None
    """None: looked up elsewhere."""
    has_sender: bool | None = None
    """Whether the shop's name, address and contact stand in it; None: the text itself has to show it."""
    has_stop: bool | None = None
    """Whether there is a link that stops it; None: the text itself has to show it."""
    is_reply: bool = False
    """Whether it truly answers somebody."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a text, where, why, and what to write instead; in the reader's language."""

    rule: str
    severity: Severity
    excerpt: str
    """As it was written."""
    why: str
    source: str
    better: str
    place: str
    """subject | body | html | hidden"""
    title: str = ""
    is_absolute: bool = False
    """Nobody may overrule it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where a rule is broken: from where to where in the text as a whole; without a place it is about the whole."""

    start: int = 0
    end: int = 0
    severity: Severity | None = None
    """None: the rule's own."""


@dataclass(frozen=True, slots=True)
class Find:
    """Expressions that together break a rule: all of `all` within `span` clauses, none of `none` in any of them."""

    all: tuple[str, ...]
    none: tuple[str, ...] = ()
    span: int = 1
    scope: str = "clause"
    """clause | text"""
    when: str = ""
    """side_shop: told so · shop_side: told so, or the text shows it"""
    severity: Severity | None = None
    language: str = ""
    """ja | en, when it can only be about one of them"""


Both = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the book. `title`, `why`, `better` and `enforced` are {"ja": …, "en": …}."""

    id: str
    name: str
    severity: Severity
    starts: str
    """The day from which it counts, YYYY-MM-DD."""
    ends: str
    """The day from which it counts no more; empty: open."""
    title: Both
    why: Both
    better: Both
    source: str
    enforced: Both
    """Where else the house keeps it, whatever the text says."""
    is_absolute: bool = False
    kinds: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    check: str = ""
    """Name of a check in `guard.checks`, for what no expression can say."""
    finds: tuple[Find, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    """Expressions that its check uses, by name."""

    def counts_on(self, day: str) -> bool:
        """Whether it is in force on this day (YYYY-MM-DD)."""
        return self.starts <= day and (not self.ends or day < self.ends)
