"""What the API says and hears of visits."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Field, Schema
from pydantic import AfterValidator, StrictBool, StrictInt, StrictStr, StringConstraints

from kaeru.api.v1.schemas import one_of
from kaeru.connectors.reading import storable
from kaeru.connectors.webhook.words import CustomerIn, Moment, Short, Words

State = Annotated[str, one_of("held", "booked", "done", "cancelled", "no_show", "lapsed")]
Key = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")]
"""An id of Kaeru's own."""
By = Annotated[
    Literal["customer", "salon"],
    Field(
        description="customer: the client does it on your page, so the salon's limits and policy bind them · salon: staff do it,"
        " also outside of shifts, but never over another visit"
    ),
]


class BookingOut(Schema):
    """One visit."""

    id: str
    state: State
    service_id: str
    staff_id: str
    chair_id: str | None
    customer_id: str | None = Field(description="Your own id; null for somebody whom your system does not know")
    starts_at: datetime
    ends_at: datetime = Field(description="When the client leaves; the clean-up comes after")
    price: int
    currency: str
    is_nominated: bool
    origin: Annotated[str, one_of("line", "web", "staff", "walk_in", "refill", "import")]
    hold_until: datetime | None
    confirmed_at: datetime | None = Field(description="The client said that they are coming")
    changes: int = Field(description="How often the client has moved it")
    made_at: datetime
    ended_at: datetime | None
    ended_by: str
    reason: str
    note: str


class BookingsPage(Schema):
    """By start. Ask again with `cursor` until it is null."""

    bookings: list[BookingOut]
    cursor: str | None


class BookingIn(Words):
    """A visit to be booked."""

    service_id: Key
    starts_at: Moment
    staff_id: Key | None = Field(
        None, description="null: whoever can; the one with the least to do that day comes first"
    )
    customer: CustomerIn | None = Field(
        None, description="Who comes: by your id or mail, else by name and phone; null: a walk-in"
    )
    is_nominated: StrictBool = False
    hold_seconds: Annotated[StrictInt, Field(ge=30, le=3600)] | None = Field(
        None, description="Only keep the time for so long, until `settle`; null: book it"
    )
    by: By = "customer"
    note: Annotated[StrictStr, StringConstraints(max_length=500), AfterValidator(storable)] = ""


class MoveIn(Words):
    """To when, and with whom."""

    starts_at: Moment
    staff_id: Key | None = Field(None, description="null: the same person, or whoever can when nobody was nominated")
    by: By = "customer"


class GiveUpIn(Words):
    """One reason."""

    reason: Short = Field(
        "",
        description="schedule, unwell, other_day, not_needed, other; of the salon also asked_by_phone, staff_away, mistake",
    )
    by: By = "customer"


class DeedIn(Words):
    """Who does it."""

    by: By = "customer"
