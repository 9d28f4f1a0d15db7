"""What a kind of repair declares: which reasons it answers, what it shows, how it reads the form, and what it changes.

A kind decides and never writes: `repairs.actions.ask` writes the Repair and asks the gate for the changes, or opens a case on the
desk where the shop's system cannot do it by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from kaeru.cancellations.models import CancellationRequest, Repair
from kaeru.connectors.base import Capabilities
from kaeru.connectors.changes import Change
from kaeru.orders.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything a kind may look at: loaded once for the page, in a constant number of queries."""

    request: CancellationRequest
    order: Order
    """With shop and customer."""
    lines: Sequence[OrderLine]
    capabilities: Capabilities
    """Of the shop's system, as connected and switched live; all False where staff act by hand."""


@dataclass(frozen=True, slots=True)
class Read:
    """What came of a form: the repair's `asked`, or what to mend, by the name of the field ("" for the form as a whole)."""

    asked: Mapping[str, Any] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    """Sentences for the buyer, in their language."""


class Kind(Protocol):
    """One kind of repair."""

    name: str
    reasons: frozenset[str]
    """Codes of reasons that it answers."""
    template: str
    """The part of the answer page with its form: storefront/repair/<name>.html."""

    def show(self, stage: Stage) -> Mapping[str, Any] | None:
        """What the template needs; None when this kind has nothing to offer here (then the page stays plain)."""
        ...

    def read(self, stage: Stage, form: Mapping[str, str]) -> Read:
        """Check what the buyer typed. `form` is request.POST."""
        ...

    def changes(self, stage: Stage, asked: Mapping[str, Any]) -> Sequence[Change]:
        """What the shop's system must do, in this order. Empty: staff do it by hand."""
        ...

    def says(self, repair: Repair, language: str) -> str:
        """What was wished, in one line, for the desk and the timeline. No personal data besides what staff may see."""
        ...
