"""What a rehearsal stands on: the cases of the past, the people in them, the shop's rules, and the scenario. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kaeru.audiences.rules import Condition
from kaeru.core.calendar import Calendar
from kaeru.messages.timing import Cap, Rule, usual_rule
from kaeru.offers.rules import ShopTerms
from kaeru.scenarios.fields import Step
from kaeru.scenarios.holdout import Draw
from kaeru.scenarios.program import Program

NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True)
class Person:
    """A customer as far as it decides what they may get, as of now."""

    id: int
    name: str = ""
    ways: frozenset[str] = NOTHING
    """Channels by which they can be told something."""
    ad_ways: frozenset[str] = NOTHING
    """Channels on which they agreed to advertisements, and which are not closed."""
    withdrawn: frozenset[str] = NOTHING
    agreed: frozenset[str] = NOTHING
    stops: Mapping[str, str] = field(default_factory=dict)
    """Closed addresses: channel -> advertisement | everything."""
    can_call: bool = False


NOBODY = Person(0)


@dataclass(slots=True)
class Case:
    """One cancellation of the past, with what happened after it. Its names are those of the engine's claimed rows."""

    id: int
    organization_id: int
    shop_id: int
    customer_id: int | None
    order_id: int | None
    reason_id: int | None
    number: str
    entered_at: datetime
    order_value: int
    shipping_fee: int
    currency: str
    person: Person = field(default_factory=lambda: NOBODY)
    end_at: datetime | None = None
    end: str = ""
    """Why nothing more was needed from `end_at` on: reordered, shipped, restored."""
    news: tuple[tuple[datetime, str], ...] = ()
    """What a step could have waited for: (when, event), in order."""
    values: tuple[tuple[str, Any], ...] = ()
    """What conditions ask of it, as it was when it began."""


Moments = Mapping[str, Any]
"""By need: a function (calendar, moment) -> value, for what depends on the moment alone."""


@dataclass(slots=True)
class Ground:
    """The shop's rules, and what other scenarios gave in that time."""

    calendar: Calendar
    rules: Mapping[str, Rule] = field(default_factory=dict)
    cap: Cap | None = None
    terms: ShopTerms = field(default_factory=ShopTerms)
    has_identity: bool = True
    moments: Moments = field(default_factory=dict)
    advertised: Sequence[tuple[datetime, int]] = ()
    """(when, customer): advertisements of other scenarios."""
    incentives: Sequence[tuple[datetime, int]] = ()
    """(when, customer): coupons of other scenarios."""
    draw: Draw | None = None
    """Who is held back for comparison; None: nobody."""
    before: Sequence[tuple[int | None, Condition | None]] = ()
    """(reason, condition) of the scenarios that are on and come first: they take what fits them."""

    def rule(self, channel: str) -> Rule:
        """When the channel is silent."""
        return self.rules.get(channel) or usual_rule(channel)


@dataclass(frozen=True, slots=True)
class Plan:
    """The scenario that is rehearsed."""

    program: Program
    goal: str = ""
    trigger: str = "cancellation.requested"
    steps: Mapping[str, Step] = field(default_factory=dict)
    """By id."""
    naming_coupon: frozenset[int] = frozenset()
    """Templates whose words name the coupon."""
    texts: Mapping[int, int] = field(default_factory=dict)
    """By template, a number that is equal for equal words."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the past cannot tell, and is taken as so."""

    calls: str = "unreached"
    """unreached: nobody answers until the deadline · reached: everybody does, at the first open minute."""
    prices: Mapping[str, int] = field(default_factory=dict)
    """What one message costs, minor units by channel."""
