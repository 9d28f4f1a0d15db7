"""What the API answers about wishes to cancel. Ids are text, money is whole minor units with its currency, times have an offset."""

from datetime import datetime
from typing import Annotated

from ninja import Field, Schema

from kaeru.api.v1.schemas import Side, one_of
from kaeru.connectors.webhook.words import Id, Words

Origin = Annotated[str, one_of("page", "shop", "import", "api", "desk", "swap", "mall")]
State = Annotated[str, one_of("considering", "asked", "requested", "cancelled", "kept", "declined", "restored")]
Decided = Annotated[str, one_of("approve", "decline", "keep", "ask")]


class WishIn(Words):
    """A buyer's wish to cancel, given in your own form."""

    reason: Annotated[Id, Field(description="Exactly one code of GET /reasons")]


class DecisionOut(Schema):
    """What was decided about a wish to cancel, and why."""

    verdict: Decided = Field(description="ask: the policy left it to the staff, who have not decided yet")
    by: str = Field(description="policy | customer | staff | shop | api")
    rule: str = Field(description="The rule of the cancellation policy that fitted")
    policy: int | None = Field(description="The version of the policy that was asked")
    ground: str = Field(description="The code of the ground on which it was declined")
    words: dict[str, str] = Field(description="The ground as the buyer reads it, by language")
    decided_at: datetime


class CancellationOut(Schema):
    """A wish to cancel."""

    id: str
    order_id: str | None
    order_number: str
    reason: str | None
    side: Side
    origin: Origin
    state: State = Field(description="asked: the shop decides · declined: the shop said no, see `decision`")
    is_whole: bool
    value: int
    currency: str
    requested_at: datetime
    decided_at: datetime | None
    cancelled_at: datetime | None
    decision: DecisionOut | None = Field(description="The newest; null: nothing was decided here")


class TimelineEntry(Schema):
    """One thing that happened."""

    at: datetime
    what: str
    detail: str


class CancellationStory(CancellationOut):
    """A wish to cancel with everything that followed, oldest first."""

    recovered_by: str | None = Field(description="Your id of the order that came back")
    timeline: list[TimelineEntry]


class CancellationsPage(Schema):
    """Newest first. Ask again with `cursor` until it is null."""

    cancellations: list[CancellationOut]
    cursor: str | None
