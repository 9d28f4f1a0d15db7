"""What the API answers. Ids are text, money is whole minor units with its currency, times have an offset."""

import re
from datetime import date, datetime
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import AfterValidator, BeforeValidator, StrictBool, StrictInt, StrictStr, StringConstraints

from kaeru.connectors.reading import storable
from kaeru.connectors.webhook.words import Fee, Id, OrderIn, Short, Words


def one_of(*words: str) -> Any:
    """Says in the document which words may come, without refusing a new one from the database."""
    return Field(json_schema_extra={"enum": list(words)})


def _day(told: Any) -> Any:
    """As the document promises, and nothing else that could be read as a day."""
    if isinstance(told, date) or (isinstance(told, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", told, re.ASCII)):
        return told
    raise ValueError("a day is written as 2026-11-24")


Day = Annotated[date, BeforeValidator(_day)]
Side = Annotated[str, one_of("customer", "shop", "unknown")]
How = Annotated[str, one_of("link", "coupon", "customer")]
CouponKind = Annotated[str, one_of("amount", "percent", "free_shipping")]
CouponState = Annotated[str, one_of("usable", "redeemed", "expired")]
Result = Annotated[str, one_of("created", "updated", "unchanged", "stale")]


class FieldProblem(Schema):
    """Where a request was wrong."""

    path: str
    message: str


class Problem(Schema):
    """What went wrong. `code` is a promise, `message` is for people."""

    code: str
    message: str
    fields: list[FieldProblem] = []


class ErrorOut(Schema):
    """Any answer from 400 up."""

    error: Problem


class LineOut(Schema):
    """One line of an order."""

    id: str
    title: str
    variant: str
    sku: str
    product_id: str
    variant_id: str
    quantity: int
    unit_price: int
    tags: list[str]


class OrderOut(Schema):
    """An order at its newest known state."""

    id: str = Field(description="Your own id")
    number: str
    placed_at: datetime
    updated_at: datetime
    currency: str
    total: int
    subtotal: int | None
    shipping_fee: int
    discount: int
    customer_id: str | None
    cancelled_at: datetime | None
    cancel_reason: str
    cancel_side: str
    shipped_at: datetime | None
    coupon_codes: list[str]
    reorder_ref: str
    cancel_url: str | None = Field(
        description="The buyer's own page to change or cancel this order; put it into your order mail"
    )
    lines: list[LineOut]


class OrderTold(OrderOut):
    """The order, and what telling it did."""

    result: Result = Field(description="stale: a newer state was known already and stays")


class OrdersIn(Words):
    """Up to 500 orders at once."""

    orders: Annotated[list[OrderIn], Field(min_length=1, max_length=500)]
    is_history: StrictBool = Field(
        default=False, description="Orders of the past: counted, but nobody is written to because of them"
    )


class OrderLink(Schema):
    """An order's own page."""

    id: str
    cancel_url: str | None


class OrdersTold(Schema):
    """What telling the orders did."""

    created: int
    updated: int
    unchanged: int
    stale: int
    orders: list[OrderLink]


class LinkOut(Schema):
    """A signed link for the buyer."""

    cancel_url: str
    expires_at: datetime


class RefundTold(Schema):
    """What telling the refund did."""

    id: str
    result: Annotated[str, one_of("created", "unchanged")]


class EventTold(Schema):
    """What telling the event did: `late` is kept, but starts nothing."""

    name: str
    result: Annotated[str, one_of("told", "late")]


class ReasonOut(Schema):
    """One of the shop's reasons."""

    code: str
    labels: dict[str, str]
    side: Side
    is_active: bool


class ReasonsOut(Schema):
    """In the shop's own order."""

    reasons: list[ReasonOut]


class ScenarioOut(Schema):
    """What follows when something happens."""

    id: str
    name: str
    reason: str | None = Field(description="Only for this reason; null: whatever the reason")
    trigger: str = Field(description="What starts it: cancellation.requested, order.delayed, custom:NAME, …")
    position: int
    is_on: bool
    revision: int | None = Field(description="Number of the published one; null: never published")
    draft_version: int
    has_changes: bool = Field(description="The draft differs from what is published")
    waiting: int = Field(description="How many are on the way")
    holdout: str = Field(description="Who is held back for comparison: tapered | off | per cent, 1 to 50")


class ScenariosOut(Schema):
    """In the shop's order."""

    scenarios: list[ScenarioOut]


class ScenarioIn(Words):
    """A new scenario; without a flow it is empty."""

    name: Annotated[StrictStr, StringConstraints(min_length=1, max_length=120), AfterValidator(storable)]
    reason: Short | None = None
    flow: dict[str, Any] | None = Field(None, description="The document, as in a scenario file")


class FlowIn(Words):
    """A document to be checked; without one the draft is."""

    flow: dict[str, Any] | None = None


class DraftIn(Words):
    """The document, whole."""

    flow: dict[str, Any]
    version: Annotated[StrictInt, Field(ge=0, le=2**31)] | None = Field(
        None, description="The version that was read: when somebody saved meanwhile, 409 and nothing is overwritten"
    )


class DraftOut(Schema):
    """The document as it stands."""

    version: int
    flow: dict[str, Any]


class FlowProblem(Schema):
    """What is wrong with a document: where, and what to do."""

    path: str
    code: str
    message: str
    is_warning: bool = Field(description="It may be published all the same")


class FlowProblems(Schema):
    """Empty: it may be published."""

    problems: list[FlowProblem]


class DraftSaved(FlowProblems):
    """The draft's new version, and what keeps it from being published."""

    version: int


class PublishIn(Words):
    """What was changed, in your words."""

    note: Annotated[StrictStr, StringConstraints(max_length=200), AfterValidator(storable)] = ""


class Published(Schema):
    """The frozen revision."""

    revision: int
    published_at: datetime


class HoldoutIn(Words):
    """Who is held back for comparison."""

    holdout: Annotated[StrictStr, StringConstraints(max_length=20)] = Field(
        description="tapered (50 %, after 200 customers 20 %, after 600 10 %) | off | per cent, 1 to 50"
    )


class SwitchIn(Words):
    """On or off."""

    is_on: StrictBool


class CouponOut(Schema):
    """A single-use code."""

    code: str
    state: CouponState
    kind: CouponKind
    value: int = Field(description="Minor units for amount, points for percent, 0 for free_shipping")
    minimum: int = Field(description="Smallest subtotal, minor units")
    currency: str
    expires_at: datetime
    discount: int | None = Field(description="Off the asked order, minor units; null when no subtotal was given")


class RedeemIn(Words):
    """The order that takes the coupon. The same order may ask again and gets the same answer."""

    order_id: Id
    subtotal: Fee | None = Field(
        None, description="When given, the coupon's minimum is checked and the discount is answered"
    )
    shipping_fee: Fee = 0


class ReorderItem(Schema):
    """What to put into the cart."""

    sku: str
    product_id: str
    variant_id: str
    title: str
    variant: str
    quantity: int


class ReorderOut(Schema):
    """The cart that a re-order link stands for."""

    ref: str = Field(description="Send it back as `reorder_ref` of the order that comes of it")
    order_id: str | None
    items: list[ReorderItem]
    coupon: str | None


class RecoveryOut(Schema):
    """A cancellation that came back."""

    id: str
    cancellation_id: str
    order_id: str
    how: How
    amount: int
    currency: str
    recovered_at: datetime


class RecoveriesPage(Schema):
    """Newest first. Ask again with `cursor` until it is null."""

    recoveries: list[RecoveryOut]
    cursor: str | None


class RateOut(Schema):
    """A share with its definition. `rate` is a fraction, null when there is nothing to divide by."""

    definition: str
    units: int
    counted: int
    rate: float | None


class SummaryOut(Schema):
    """Figures of a span of days, half open: `since` counts, `until` does not."""

    since: datetime
    until: datetime
    currency: str
    cancellations: int
    cancelled_value: int
    recoveries: int
    recovered_amount: int
    cancelled_share: RateOut
    bought_again: RateOut
    causal: bool = Field(default=False, description="Always false: who came back might have come back anyway")


class ShopOut(Schema):
    """The shop that your key opens."""

    id: str
    slug: str
    name: str
    currency: str
    timezone: str
    verbs: list[str]


Ref = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(storable)]
"""An id in an address."""
