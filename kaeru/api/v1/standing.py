"""Where the shop stands by its mall's rules: the same document as `kaeru standing --json`."""

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from kaeru.api.answers import Refused, not_found
from kaeru.api.guard import caller_of, only
from kaeru.api.v1.schemas import Day, one_of
from kaeru.marketplaces import standing as reads
from kaeru.marketplaces.models import MallTerms
from kaeru.marketplaces.programme import load
from kaeru.marketplaces.telling import document

router = Router(tags=["malls"])
Severity = Annotated[str, one_of("watch", "warn", "restrict", "stop")]


class StandingAsked(Schema):
    """Which day, and how it is counted."""

    on: Day | None = None
    definition: Annotated[str, Field(max_length=40)] = ""


class ReadingOut(Schema):
    """Which cancellations count, in which period, of which orders."""

    cancels: Annotated[str, one_of("orders", "slips", "product_slips")]
    month_of: Annotated[str, one_of("order", "cancel")]
    grace_hours: int
    sides: list[str]
    within_days: int | None
    only_paid: bool
    grace_leaves_orders: bool
    services: list[str]


class LineStandingOut(Schema):
    """One line of a rule. `may_still_lose` is null where that cannot be said."""

    stage: str
    severity: Severity
    limit: str | int | None
    exactly_is_within: bool | None
    is_known: bool
    may_still_lose: int | None


class RuleStandingOut(Schema):
    """One rule on one period; `counts` says what `counted` is. No rate without orders."""

    rule: str
    in_force_since: date | None
    judged_on: date
    from_: date = Field(alias="from")
    to: date
    is_applied: bool
    counts: Annotated[str, one_of("cancellations", "points", "periods_in_a_row", "not_counted")]
    counted: int
    orders: int
    rate: float | None
    only_few_orders: bool
    stage: str | None
    lines: list[LineStandingOut]


class RuleFigureOut(Schema):
    """The same rule under another definition, in short."""

    rule: str
    counted: int
    orders: int
    rate: float | None
    stage: str | None


class OtherDefinitionOut(Schema):
    """What another definition gives of the same days."""

    definition: str
    stage: str | None
    judged: list[RuleFigureOut]


class SeenOut(Schema):
    """What the seller entered from the mall's own screens."""

    points: int | None
    points_on: date | None
    payout_days: int | None
    next_sale_on: date | None


class StandingOut(Schema):
    """`judged`: each rule as it was last judged. `running`: what the coming judgement will look at, so far."""

    programme: str
    on: date
    definition: str
    reading: ReadingOut
    stage: str | None
    heading_for: str | None
    judged: list[RuleStandingOut]
    running: list[RuleStandingOut]
    other_definitions: list[OtherDefinitionOut]
    days_to_count: int
    seen: SeenOut


@router.get(
    "/standing",
    response=StandingOut,
    by_alias=True,
    operation_id="get_standing",
    summary="Where the shop stands by its mall's rules",
)
def get_standing(request: HttpRequest, asked: Query[StandingAsked]) -> StandingOut:
    """404 when the shop is on no mall. `days_to_count` above 0: the figures may change in a moment."""
    only(request, asked)
    terms = MallTerms.objects.filter(shop=caller_of(request).shop).first()
    if terms is None:
        raise not_found("mall: choose one on the page Mall of the console; none")
    named = {one.name: one.reading for one in load(terms.programme).readings}
    if asked.definition and asked.definition not in named:
        raise Refused(422, "invalid", f"`definition` is one of {', '.join(named)}.", "definition")
    if asked.on is not None and not 2000 <= asked.on.year <= 2100:
        raise Refused(422, "invalid", "`on` lies between 2000 and 2100.", "on")
    told = reads.answer(terms, asked.on, named.get(asked.definition))
    seen = SeenOut(
        points=terms.points, points_on=terms.points_on, payout_days=terms.payout_days, next_sale_on=terms.next_sale_on
    )
    return StandingOut.model_validate({**document(told), "seen": seen})
