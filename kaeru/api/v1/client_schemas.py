"""What the API says and hears of a salon's clients, their ticket packs, the waitlist, and the salon's results."""

from datetime import date, datetime, time
from typing import Annotated

from ninja import Field, Schema
from pydantic import AfterValidator, StrictInt, StrictStr, StringConstraints

from kaeru.api.v1.schemas import Day, RateOut, one_of
from kaeru.connectors.reading import storable
from kaeru.connectors.webhook.words import Words

Key = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")]
"""An id of Kaeru's own."""
Standing = Annotated[str, one_of("new", "regular", "due", "almost_lost", "lost")]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class PackOut(Schema):
    """A ticket pack."""

    id: str
    client_id: str
    name: str
    services: list[str] = Field(description="Ids of the services it is good for; empty: each")
    total: int
    used: int
    price: int
    bought_on: date
    expires_on: date | None
    is_withdrawn: bool


class ClientOut(Schema):
    """A client as the salon knows them."""

    id: str
    customer_id: str | None = Field(description="Your own id; null for somebody whom your system does not know")
    name: str
    standing: Standing = Field(
        description="due: longer away than their usual interval · almost_lost: 1.5 times · lost: 3 times"
    )
    visits: int
    first_visit_at: datetime | None
    last_visit_at: datetime | None
    next_visit_at: datetime | None
    usual_interval_days: int | None = Field(description="Median of the last six gaps; null: fewer than two are known")
    nominated_staff_id: str | None
    no_shows: int = Field(description="Ever")
    tickets_left: int = Field(description="Of packs that are good today")


class ClientsPage(Schema):
    """In the order in which cards were made. Ask again with `cursor` until it is null."""

    clients: list[ClientOut]
    cursor: str | None


class PacksOut(Schema):
    """All packs of one client."""

    packs: list[PackOut]


class PackIn(Words):
    """A pack that the client has paid for."""

    name: Annotated[StrictStr, StringConstraints(min_length=1, max_length=80), AfterValidator(storable)]
    total: Annotated[StrictInt, Field(ge=1, le=500)]
    used: Annotated[StrictInt, Field(ge=0, le=500)] = 0
    price: Annotated[StrictInt, Field(ge=0, le=99_999_999)] = 0
    services: Annotated[list[Key], Field(max_length=200)] = Field([], description="Empty: good for each")
    bought_on: Day
    expires_on: Day | None = None


class WaitOut(Schema):
    """Somebody waits for a time."""

    id: str
    client_id: str
    state: Annotated[str, one_of("waiting", "booked", "withdrawn", "passed")]
    service_id: str
    staff_id: str | None
    first_day: date
    until: date
    weekdays: list[int]
    not_before: time | None
    not_after: time | None
    booking_id: str | None = Field(description="The visit that ended the waiting")
    made_at: datetime


class WaitlistPage(Schema):
    """Who waits, in the order in which they came. Ask again with `cursor` until it is null."""

    waitlist: list[WaitOut]
    cursor: str | None


class WaitIn(Words):
    """When somebody wants to come, if only something were free."""

    client_id: Key
    service_id: Key
    staff_id: Key | None = None
    first_day: Day
    until: Day
    weekdays: Annotated[list[Annotated[StrictInt, Field(ge=0, le=6)]], Field(max_length=7)] = Field(
        [], description="0 is Monday; empty: any"
    )
    not_before: Clock | None = None
    not_after: Clock | None = None


class AnswerOut(Schema):
    """What became of the reminded visits whose clients answered so."""

    answer: Annotated[str, one_of("coming", "moved", "cancelled", "silent")]
    visits: int
    came: int
    cancelled: int
    no_show: int
    still_open: int


class SalonSummaryOut(Schema):
    """A salon's figures over a span, half open: `since` counts, `until` does not. None is a proof of effect."""

    since: datetime
    until: datetime
    currency: str
    cancelled: RateOut
    no_shows: RateOut
    notice_hours: float | None = Field(description="Half of the clients who cancelled did so earlier than this")
    moved: int
    refilled: RateOut
    minutes_to_refill: float | None = Field(description="Median, of openings that a client who was asked took")
    pushes: int = Field(description="LINE messages for the openings of the span, those that stayed empty included")
    yen: int = Field(description="The same at the salon's price for one")
    pushes_per_filled: float | None
    yen_per_filled: float | None
    came_again: RateOut
    clients: dict[str, int] = Field(description="Today, by standing")
    reminders: list[AnswerOut] = Field(
        description="Not to be compared with each other: who answers is another kind of person"
    )
    causal: bool
