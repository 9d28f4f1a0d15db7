"""What the API says and hears of calls."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Field, Schema
from pydantic import AfterValidator, StrictBool, StrictStr, StringConstraints

from kaeru.api.v1.schemas import one_of
from kaeru.connectors.reading import storable
from kaeru.connectors.webhook.words import Moment, Words

State = Annotated[str, one_of("waiting", "closed")]
Outcome = Annotated[str, one_of("reached", "unreached", "expired", "not_needed")]
Answer = Literal["will_reorder", "wants_message", "not_interested", "needs_time", "wrong_number", "unreached"]


class CallOut(Schema):
    """A call that staff make."""

    id: str
    state: State
    outcome: Outcome | None = Field(description="How it ended; null while it waits")
    answer: str | None = Field(description="What the caller told last; or why nobody needs to call")
    customer_id: str | None = Field(description="Your own id")
    order_id: str | None = Field(description="Your own id")
    order_number: str
    phone: str | None = Field(description="E.164; null when nobody may dial, then `blocked` says why")
    blocked: str | None = Field(description="no_number, bad_number, opt_out, wrong_number, …")
    reason: dict[str, str]
    script: dict[str, str] = Field(
        description="What to say, by language; `{{ staff.name }}` is left for you to fill in"
    )
    assignee: str | None = Field(description="Who makes the call; null: anybody")
    value: int
    currency: str
    tries: int
    most_tries: int
    next_try_at: datetime | None
    deadline_at: datetime
    created_at: datetime
    closed_at: datetime | None


class CallTold(CallOut):
    """The call, and what telling the try did."""

    result: Annotated[str, one_of("recorded", "repeated", "late")] = Field(
        description="late: the call had closed by itself; the answer is kept, the scenario has gone on"
    )


class CallsPage(Schema):
    """Calls that wait: the one to make next is first. Closed ones: newest first; ask again with `cursor` until it is null."""

    calls: list[CallOut]
    cursor: str | None


class AttemptIn(Words):
    """What came of one try."""

    answer: Answer
    note: Annotated[StrictStr, StringConstraints(max_length=2000), AfterValidator(storable)] = ""
    next_try_at: Moment | None = Field(
        None, description="For needs_time and unreached; left out: two opening hours later"
    )
    do_not_call: StrictBool = Field(
        default=False, description="With will_reorder, wants_message, not_interested: close the number to calls"
    )
