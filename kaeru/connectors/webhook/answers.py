"""What an own shop answers when it is asked about an order, or to change one. Unknown words are left alone: it is the shop's answer.

Read leniently where nothing hangs on it, strictly where money does: an answer that cannot be read is no answer.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool, StrictInt, StrictStr, StringConstraints

from kaeru.connectors.base import Standing
from kaeru.connectors.changes import KINDS
from kaeru.connectors.reading import MOST_MINOR_UNITS, MOST_PIECES

Money = Annotated[StrictInt, Field(ge=0, le=MOST_MINOR_UNITS)]
Pieces = Annotated[StrictInt, Field(ge=0, le=MOST_PIECES)]
Mark = Annotated[StrictStr, StringConstraints(max_length=120)]


class StandingOut(BaseModel):
    """How the order stands in the shop's system right now."""

    is_cancelled: StrictBool
    is_shipped: StrictBool
    is_held: StrictBool = False
    total: Money
    paid: Money = 0
    refunded: Money = 0
    discounts: Money = 0
    lines: dict[Mark, Pieces] = {}
    address_mark: Mark = ""
    changes: list[Mark] = []
    """The `webhook-id`s of Kaeru's changes that the shop has carried out on this order."""

    def standing(self) -> Standing:
        """In Kaeru's words."""
        told = self.model_dump(exclude={"changes"})
        return Standing(**told, marks=tuple(self.changes[-50:]))


class LookOut(BaseModel):
    """The answer to `order.look`; no order: the shop does not know it."""

    order: StandingOut | None


class ChangeOut(BaseModel):
    """The answer to `order.change`."""

    outcome: Literal["done", "pending", "refused"]
    code: Annotated[StrictStr, StringConstraints(max_length=60)] = ""
    """Why it is refused, in one word: shipped, cancelled, out_of_stock."""
    made: dict[Mark, Annotated[StrictStr, StringConstraints(max_length=2000)]] = {}


class HelloOut(BaseModel):
    """The answer to `hello`: which kinds of changes the shop carries out."""

    capabilities: list[StrictStr]

    def kinds(self) -> list[str]:
        """Those that Kaeru knows, in its order."""
        return [kind for kind in KINDS if kind in self.capabilities]
