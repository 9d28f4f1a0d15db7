"""What the API says of changes in the shop's system."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Field, Schema

from kaeru.api.v1.schemas import one_of

State = Annotated[
    str, one_of("waiting", "held", "sending", "pending", "done", "dry_run", "refused", "failed", "dropped")
]
Kind = Annotated[
    str,
    one_of(
        "hold", "release", "change_address", "add_discount", "change_lines", "cancel", "give_back", "make_draft", "make_code",
        "set_dispatch_date", "mark_dispatched", "answer_inquiry",
    ),
]  # fmt: skip


class OrderChangeOut(Schema):
    """One thing that your shop's system is asked to do."""

    id: str
    order_id: str | None = Field(description="Your own id; null for what is about no order")
    order_number: str
    kind: Kind
    change: dict[str, Any] = Field(description="What exactly, without names, addresses and free text")
    why: str = Field(description="Why it was asked for: a reason's code")
    money: int = Field(description="What it may move: what the caps count")
    currency: str
    state: State
    answer: str = Field(
        description="Why it is held, was refused or given up, as a code; in a dry run what would have been called"
    )
    before: dict[str, Any] | None = Field(description="How the order stood before the call")
    after: dict[str, Any] | None
    made: dict[str, str] = Field(description="What came into being: `url` of a prepared order")
    asked_by: str = Field(description="customer, member:…, scenario")
    source: str
    tries: int
    created_at: datetime
    due_at: datetime
    done_at: datetime | None


class OrderChangesPage(Schema):
    """Newest first; ask again with `cursor` until it is null."""

    order_changes: list[OrderChangeOut]
    cursor: str | None
