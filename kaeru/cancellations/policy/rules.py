"""What a shop's rules say about one wish to cancel. Pure: what is known of the order in, the verdict out.

Rules are asked from the top, and the first that certainly holds decides; what is not known never makes a rule hold. So a shop
writes its exceptions first, and says at the end what happens otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from kaeru.audiences.prepared import Ask, prepare
from kaeru.audiences.rules import Condition, needs
from kaeru.core.calendar import SEARCHED_DAYS, Calendar, at_local

Result = Literal["accept", "ask", "refuse", "repair_only"]
RESULTS: Final[tuple[Result, ...]] = ("accept", "ask", "refuse", "repair_only")
"""accept: cancelled at once · ask: a person decides · refuse: no, on a ground · repair_only: no, but it can be put right."""
DECLINES: Final = frozenset({"refuse", "repair_only"})

When = Literal["always", "shop_side", "never"]
"""When something that was used for an order comes back with its cancellation."""

PASSED_CUTOFF: Final = "order.passed_cutoff"
"""The one question whose answer depends on the policy itself."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: whom it is for and what happens to them."""

    id: str
    name: str
    when: Condition | None
    """None: every order."""
    result: Result
    ground: str = ""
    """Code of the ground, for rules that decline."""
    ask: Ask = field(init=False, repr=False, compare=False)
    """`when`, made ready to be asked of many."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ask", _always if self.when is None else prepare(self.when))


def _always(values: Mapping[str, Any]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Returns:
    """What comes back with a cancellation besides money, and where a payment company asks for the account itself."""

    coupons: When = "shop_side"
    points: When = "always"
    form_url: str = ""
    """The payment company's own form for money back by bank; an account number is never asked for here."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A shop's rules in their order. Without any: every wish to cancel is accepted."""

    rules: tuple[Rule, ...] = ()
    otherwise: Result = "accept"
    otherwise_ground: str = ""
    cutoff: time | None = None
    """The shop's local time at which the warehouse takes over the orders of the day."""
    grounds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The shop's own words for grounds, by code: {"ja": …, "en": …}."""
    returns: Returns = Returns()


class Verdict(NamedTuple):
    """What a policy says, and by which rule ("" when none fitted)."""

    result: Result
    rule: str = ""
    ground: str = ""


def decide(policy: Policy, values: Mapping[str, Any]) -> Verdict:
    """The verdict on an order with these values (see `audiences.registry.values`). Never raises."""
    for rule in policy.rules:
        if rule.ask(values) is True:
            return Verdict(rule.result, rule.id, rule.ground)
    return Verdict(policy.otherwise, "", policy.otherwise_ground)


def asked_of(policy: Policy) -> frozenset[str]:
    """Everything that the policy must know to decide."""
    return frozenset(key for rule in policy.rules if rule.when is not None for key in needs(rule.when))


class Cutoffs:
    """The cut-off clock of one shop: by when the warehouse takes over an order. Remembers days, so that many orders are cheap."""

    def __init__(self, at: time, calendar: Calendar) -> None:
        self._at, self._calendar, self._zone = at, calendar, ZoneInfo(calendar.zone)
        self._known: dict[Any, datetime | None] = {}

    def after(self, placed_at: datetime) -> datetime | None:
        """The first cut-off later than the order, on a day on which the shop is open; None for a shop that never opens."""
        day = placed_at.astimezone(self._zone).date()
        found = self._from(day)
        return found if found is None or found > placed_at else self._from(day + timedelta(days=1))

    def _from(self, day: Any) -> datetime | None:
        if day not in self._known:
            days = (day + timedelta(days=count) for count in range(SEARCHED_DAYS))
            opened = next((one for one in days if not self._calendar.is_closed_all_day(one)), None)
            self._known[day] = None if opened is None else at_local(opened, self._at, self._calendar.zone)
        return self._known[day]
