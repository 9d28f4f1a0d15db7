"""What was measured of a scenario, told from above: rooms that count what came back register here, and publishing listens.

Nothing is known of those rooms below: without one, nothing is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kaeru.scenarios.models import Scenario


@dataclass(frozen=True, slots=True)
class Known:
    """What can be said of a scenario's cancellations today. Shares are parts of one; money in minor units."""

    p0: float
    """Share that comes back by itself."""
    is_measured: bool
    """Whether p0 is of customers who were held back; else it is the usual one."""
    margin: int
    """What is left of an order before coupons and sending."""
    order_value: int
    """Of an average order that was cancelled."""
    shipping_fee: int = 0
    monthly: int = 0
    """Cancellations in a month that it is for, at most."""
    verdict: str = ""
    """proven | not_yet | harmful, at any look; empty: nothing can be said."""
    low: float | None = None
    """The interval of its effect, valid at any look."""
    high: float | None = None


Teller = Callable[[Scenario], Known | None]
_tellers: list[Teller] = []


def register(teller: Teller) -> Teller:
    """Register a room that knows; a second one is asked where the first has nothing to say."""
    if teller not in _tellers:
        _tellers.append(teller)
    return teller


def of(scenario: Scenario) -> Known | None:
    """What is known of the scenario; None when nobody counts."""
    return next((found for teller in _tellers if (found := teller(scenario)) is not None), None)
