"""Kaeru's own JSON: how an own shop tells an order, a cancellation, a refund. The REST API speaks the same words.

Money is whole minor units (yen: 1980), times are ISO 8601 with an offset, ids are text. A field that is not known is refused
rather than ignored: a mistyped `canceled_at` must not turn into an order that was never cancelled.
"""

import re
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
)

from kaeru.connectors.reading import FIRST_YEAR, LAST_YEAR, MOST_MINOR_UNITS, MOST_PIECES, storable
from kaeru.orders.own_events import KAERUS_OWN, LONGEST_NAME, NAME

_ONLY_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d[T ]")


def _iso(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and _DAY.match(value)):
        return value
    raise ValueError("must be ISO 8601 with an offset, such as 2026-11-22T08:50:00+09:00")


def _iso_day(value: object) -> object:
    if isinstance(value, str) and _ONLY_DAY.fullmatch(value):
        return value
    raise ValueError("must be a day, such as 2026-11-24")


def _day_in_our_time(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"the year must lie between {FIRST_YEAR} and {LAST_YEAR}")
    return day


def _in_our_time(moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"the year must lie between {FIRST_YEAR} and {LAST_YEAR}")
    return moment


def _no_blank(text: str) -> str:
    found = storable(text).strip()
    if not found:
        raise ValueError("must not be blank")
    return found


Id = Annotated[StrictStr, StringConstraints(min_length=1, max_length=100), AfterValidator(_no_blank)]
Short = Annotated[StrictStr, StringConstraints(max_length=100), AfterValidator(storable)]
Tag = Annotated[StrictStr, StringConstraints(min_length=1, max_length=60), AfterValidator(_no_blank)]
Word = Annotated[StrictStr, StringConstraints(max_length=20), AfterValidator(storable)]
Money = Annotated[StrictInt, Field(ge=-MOST_MINOR_UNITS, le=MOST_MINOR_UNITS)]
Fee = Annotated[StrictInt, Field(ge=0, le=MOST_MINOR_UNITS)]
Pieces = Annotated[StrictInt, Field(ge=-MOST_PIECES, le=MOST_PIECES)]
Moment = Annotated[AwareDatetime, BeforeValidator(_iso), AfterValidator(_in_our_time)]
Day = Annotated[date, BeforeValidator(_iso_day), AfterValidator(_day_in_our_time)]
Currency = Annotated[StrictStr, StringConstraints(pattern="^[A-Z]{3}$")]
Side = Literal["customer", "shop", ""]


class Words(BaseModel):
    """Base of everything that is told to Kaeru."""

    model_config = ConfigDict(extra="forbid")


class CustomerIn(Words):
    """Who bought. Give `id`, or at least `email`, so that the same person is known again."""

    id: Short = ""
    name: Annotated[StrictStr, StringConstraints(max_length=200), AfterValidator(storable)] = ""
    email: Annotated[StrictStr, StringConstraints(max_length=254), AfterValidator(storable)] = ""
    phone: Annotated[StrictStr, StringConstraints(max_length=40), AfterValidator(storable)] = ""
    locale: Word = Field("", examples=["ja"])
    accepts_advertising: StrictBool | None = Field(
        None, description="true: agreed · false: said no · null: never asked"
    )


class LineIn(Words):
    """One line of an order. `unit_price` as the shop shows it, tax included."""

    id: Short = ""
    title: Annotated[StrictStr, StringConstraints(min_length=1, max_length=300), AfterValidator(storable)]
    variant: Annotated[StrictStr, StringConstraints(max_length=200), AfterValidator(storable)] = ""
    sku: Short = ""
    product_id: Short = ""
    variant_id: Short = ""
    quantity: Pieces
    unit_price: Money
    tags: Annotated[list[Tag], Field(max_length=50)] = Field(
        [], description="The product's tags in your system; conditions can ask for them", examples=[["sale"]]
    )


class TrackingIn(Words):
    """The parcel."""

    carrier: Annotated[StrictStr, StringConstraints(max_length=60), AfterValidator(storable)] = ""
    number: Annotated[StrictStr, StringConstraints(min_length=1, max_length=100), AfterValidator(storable)]


class OrderState(Words):
    """The newest state of one order, whole. What is left out counts as empty."""

    number: Short = Field("", description="What the buyer sees as the order number; the id when empty")
    placed_at: Moment
    updated_at: Moment | None = Field(
        None, description="When your system last changed it: the newest state wins. Now, when left out"
    )
    currency: Currency = "JPY"
    total: Fee
    subtotal: Fee | None = None
    shipping_fee: Fee = 0
    discount: Fee = 0
    payment_kind: Word = Field("", examples=["card", "konbini", "bank", "cod", "wallet"])
    sales_channel: Annotated[StrictStr, StringConstraints(max_length=40), AfterValidator(storable)] = ""
    customer: CustomerIn | None = None
    lines: Annotated[list[LineIn], Field(max_length=500)] = []
    cancelled_at: Moment | None = None
    cancel_reason: Short = ""
    cancel_side: Side = Field("", description="Whose wish or fault the cancellation is; empty when unknown")
    shipped_at: Moment | None = None
    tracking: TrackingIn | None = None
    coupon_codes: Annotated[list[Short], Field(max_length=20)] = []
    reorder_ref: Annotated[StrictStr, StringConstraints(max_length=40), AfterValidator(storable)] = Field(
        "", description="The `ref` that a Kaeru re-order link brought to your cart"
    )
    paid_at: Moment | None = Field(None, description="When the buyer's money was there")
    dispatch_by: Day | None = Field(None, description="The day on which you said it will leave, in your time zone")
    wished_on: Day | None = Field(None, description="The day on which the buyer wants it")
    wished_slot: Word = Field("", description="The hours that the buyer chose", examples=["14:00-16:00"])
    is_reserved: StrictBool = Field(default=False, description="Sold before it is there")


class OrderIn(OrderState):
    """An order with your own id."""

    id: Id


class CancelledIn(Words):
    """An order that your system cancelled."""

    id: Id
    cancelled_at: Moment | None = None
    reason: Short = ""
    side: Side = ""


def _own_name(name: str) -> str:
    if name in KAERUS_OWN:
        raise ValueError(f"{name} is told by the order's own state, not as an event")
    return name


EventName = Annotated[
    StrictStr, StringConstraints(pattern=f"^{NAME.pattern}$", max_length=LONGEST_NAME), AfterValidator(_own_name)
]
EventValue = (
    Annotated[StrictStr, StringConstraints(max_length=500), AfterValidator(storable)] | StrictBool | Pieces | None
)


class EventIn(Words):
    """Something that happened at your shop, about one customer: name the order, or the customer."""

    name: EventName = Field(
        description="`order.delayed`, or a name of your own: small letters, digits, _ and dots",
        examples=["parcel.returned"],
    )
    order: Short | None = Field(None, description="Your id of the order", examples=["1001"])
    customer: Short | None = Field(None, description="Your id of the customer; not needed when the order is named")
    occurred_at: Moment | None = Field(
        None, description="Now, when left out. What is older than a day is kept, but starts nothing"
    )
    data: Annotated[dict[Tag, EventValue], Field(max_length=20)] = Field(
        {}, description="Up to 20 small values that are kept with the event"
    )


class RefundLineIn(Words):
    """One line given back, by the order line's own id, or by item."""

    line_id: Short = ""
    sku: Short = ""
    title: Annotated[StrictStr, StringConstraints(max_length=300), AfterValidator(storable)] = ""
    quantity: Annotated[StrictInt, Field(ge=1, le=MOST_PIECES)]
    amount: Fee


class RefundIn(Words):
    """A refund or credit slip. Without `order_id` its lines are matched to the customer's earlier purchases."""

    id: Id
    order_id: Short = ""
    refunded_at: Moment
    currency: Currency = "JPY"
    amount: Fee
    customer: CustomerIn | None = None
    lines: Annotated[list[RefundLineIn], Field(max_length=500)] = []
    is_cancellation: StrictBool = Field(
        default=True, description="false: a goodwill credit, a price adjustment, a return of goods"
    )
