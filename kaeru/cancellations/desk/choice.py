"""What a person decides about a case, as the page and the API hand it to the desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One substitute."""

    title: str
    unit_price: int
    variant_id: str = ""
    sku: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody decided."""

    deed: str
    """See `rules.Deed`."""
    ground: str = ""
    """Code of the ground, when declined."""
    words: Mapping[str, str] = field(default_factory=dict)
    """The ground as the buyer reads it, {"ja", "en"}; a language that is missing is said in the shop's usual words."""
    letter: Mapping[str, str] | None = None
    """Subject and body in Liquid, in the buyer's language; None: the buyer gets no letter."""
    items: Sequence[Item] = ()
    """Substitutes, the best first."""
    answer_by: datetime | None = None
    """Until when the offer stands; None: a day of opening time."""
    line: str = ""
    """The line of the order that the substitutes are for, by its own id in the shop's system; "": its only one."""
    reason: str = ""
    """Why a mall's order is cancelled, as the mall is told: the code of a reason of the shop's; "": what the buyer told, else that it
    is the buyer's wish."""
