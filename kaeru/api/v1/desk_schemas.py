"""What the API says and hears of the desk."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Field, Schema
from pydantic import AfterValidator, StrictBool, StrictInt, StrictStr, StringConstraints

from kaeru.api.v1.schemas import one_of
from kaeru.connectors.reading import storable
from kaeru.connectors.webhook.words import Moment, Words

Kind = Annotated[str, one_of("decide", "cancel", "refuse", "repair", "change", "swap", "inquiry")]
Text = Annotated[StrictStr, StringConstraints(max_length=2000), AfterValidator(storable)]
Short = Annotated[StrictStr, StringConstraints(max_length=200), AfterValidator(storable)]


class ProposalOut(Schema):
    """What Kaeru would answer."""

    verdict: str | None = Field(description="approve or decline; null: no answer is proposed")
    ground: str | None = Field(description="The code of the ground, when it is declined")
    rule: str | None = Field(description="The rule of the policy that left it to a person")


class CaseOut(Schema):
    """Something that needs a person."""

    id: str
    kind: Kind
    state: Annotated[str, one_of("open", "closed")]
    outcome: str | None = Field(description="How it was closed; null while it is open")
    due_at: datetime = Field(description="When waiting begins to cost")
    due_why: Annotated[str, one_of("cutoff", "promised", "opening", "mall")]
    value: int
    currency: str
    proposal: ProposalOut
    cancellation_id: str | None
    order_id: str | None = Field(description="Your own id")
    order_number: str
    customer_id: str | None = Field(description="Your own id")
    reason: str | None = Field(description="The code of the buyer's reason")
    assignee: str | None = Field(description="Mail address of the member who has it; null: anybody")
    snoozed_until: datetime | None
    opened_at: datetime
    closed_at: datetime | None


class NoteOut(Schema):
    """What somebody wrote for the others."""

    by: str = Field(description="staff or api")
    text: str
    at: datetime


class CaseStory(CaseOut):
    """One case, what may be done with it, and its notes."""

    deeds: list[str] = Field(description="What may be decided now")
    wants: str = Field(description="For kind repair: what is to be changed, in one line")
    question: str = Field(description="For kind inquiry: what the buyer asked on the mall")
    counts_from: datetime | None = Field(
        description="From when on a cancellation counts for the mall; null: no mall counts it by the clock"
    )
    notes: list[NoteOut]


class CasesPage(Schema):
    """Open cases: the one whose waiting costs first is first. Closed ones: newest first; ask again with `cursor` until it is null."""

    cases: list[CaseOut]
    cursor: str | None


class ItemIn(Words):
    """One substitute."""

    title: Annotated[StrictStr, StringConstraints(min_length=1, max_length=200), AfterValidator(storable)]
    unit_price: Annotated[StrictInt, Field(ge=0, le=10**12)]
    variant_id: Short = ""
    sku: Short = ""


class DecideIn(Words):
    """What is decided. A call puts a call on the list and leaves the case open."""

    deed: Literal["approve", "decline", "substitute", "call", "done", "cannot", "let_go", "drop", "answer"]
    ground: Annotated[StrictStr, StringConstraints(max_length=60), AfterValidator(storable)] = Field(
        "",
        description="For decline: shipped, passed_cutoff, made_to_order, too_late, repair_only, other, or the shop's own",
    )
    own_words: Text = Field("", description="Added to the letter")
    alternative: Text = Field(
        "", description="For decline: what is offered instead; left out: the usual words of the ground"
    )
    items: Annotated[list[ItemIn], Field(max_length=12)] = Field([], description="For substitute, the best first")
    line_id: Short = Field("", description="For substitute: the line of the order, by your own id; left out: the first")
    reason: Annotated[StrictStr, StringConstraints(max_length=40), AfterValidator(storable)] = Field(
        "",
        description="For approve, of a mall's order: the code of your reason that the mall is told; left out: the buyer's",
    )
    reply: Text = Field("", description="For answer: the words to the buyer")
    send_letter: StrictBool = Field(default=True, description="Whether the buyer gets the letter")


class AssignIn(Words):
    """Who sees to it."""

    member: Annotated[StrictStr, StringConstraints(max_length=254), AfterValidator(storable)] | None = Field(
        description="Mail address of a member; null: anybody"
    )


class SnoozeIn(Words):
    """Until when it is put off."""

    until: Moment | None = Field(description="At most 14 days ahead; null: back into the queue")


class NoteIn(Words):
    """A note for the others."""

    text: Annotated[StrictStr, StringConstraints(min_length=1, max_length=2000), AfterValidator(storable)]
