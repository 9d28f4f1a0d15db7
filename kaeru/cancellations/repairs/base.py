"""What a kind of repair declares: which reasons it answers, what it shows, how it reads the form, and what it changes.

A kind decides and never writes: `repairs.actions.ask` writes the Repair and asks the gate for the changes, or opens a case on the
desk where the shop's system cannot do it by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.utils.functional import Promise

from kaeru.cancellations.models import CancellationRequest, Repair
from kaeru.cancellations.repairs.terms import Terms
from kaeru.connectors.base import Capabilities
from kaeru.connectors.changes import Change
from kaeru.offers import shipping as delivery
from kaeru.orders.models import Order, OrderLine

Form = Mapping[str, str]
"""What the buyer typed: request.POST; empty while nothing was."""
Item = tuple[str, int]
"""Variant id and quantity, as the shop's cart takes them."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything a kind may look at: loaded once for the page, in a constant number of queries."""

    request: CancellationRequest
    order: Order
    """With shop and customer."""
    lines: Sequence[OrderLine]
    capabilities: Capabilities
    """Of the shop's system, as connected and switched live; all False where staff act by hand."""
    terms: Terms
    shipping: delivery.Terms | None
    """None: the shop has not said what delivery costs."""
    language: str
    """ja | en: of the reader."""
    now: datetime

    @property
    def sums(self) -> delivery.Sums:
        """What the order costs now."""
        subtotal = self.order.subtotal
        known = sum(line.quantity * line.unit_price for line in self.lines) if subtotal is None else subtotal
        return delivery.Sums(known, self.order.shipping_fee, self.order.total)


@dataclass(frozen=True, slots=True)
class Read:
    """What came of a form: the repair's `asked`, or what to mend, by the name of the field ("" for the form as a whole)."""

    asked: Mapping[str, Any] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    """Sentences for the buyer, in their language."""


class Kind(Protocol):
    """One kind of repair."""

    name: str
    label: Promise
    """As the buyer and the shop's settings call it."""
    reasons: frozenset[str]
    """Codes of reasons that it answers."""
    template: str
    """The part of the answer page with its form: storefront/repair/<name>.html."""

    def show(self, stage: Stage, form: Form) -> Mapping[str, Any] | None:
        """What the template needs, with what was typed so far; None when this kind has nothing to offer here."""
        ...

    def read(self, stage: Stage, form: Form) -> Read:
        """Check what the buyer typed."""
        ...

    def changes(self, stage: Stage, asked: Mapping[str, Any]) -> Sequence[Change]:
        """What the shop's system must do, in this order. Empty: nothing that a system does by itself."""
        ...

    def cart(self, stage: Stage, asked: Mapping[str, Any]) -> Sequence[Item]:
        """What a new order would hold, where a safe swap does it when the system cannot. Empty: staff do it by hand."""
        ...

    def coupon(self, asked: Mapping[str, Any]) -> str:
        """The code of the coupon that it uses up; empty: none."""
        ...

    def says(self, repair: Repair, language: str) -> str:
        """What was wished, in one line, for the desk and the timeline. No personal data besides what staff may see."""
        ...


class Plain:
    """Base of kinds: needs no coupon and no new order."""

    def changes(self, stage: Stage, asked: Mapping[str, Any]) -> Sequence[Change]:
        """Staff do it by hand."""
        return ()

    def cart(self, stage: Stage, asked: Mapping[str, Any]) -> Sequence[Item]:
        """A new order would not help."""
        return ()

    def coupon(self, asked: Mapping[str, Any]) -> str:
        """None."""
        return ""


def can(stage: Stage, changes: Sequence[Change]) -> bool:
    """Whether the shop's system does all of this by itself."""
    return bool(changes) and all(getattr(stage.capabilities, change.needs) for change in changes)
