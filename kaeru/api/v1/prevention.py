"""What prevents cancellations, over REST: parcels that will be late, causes that were found, and the stock that a shop tells."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from pydantic import AfterValidator, StrictInt, StrictStr, StringConstraints

from kaeru.api.answers import Refused
from kaeru.api.guard import caller_of, only
from kaeru.api.v1.schemas import Day, one_of
from kaeru.connectors.reading import storable
from kaeru.connectors.webhook.words import Moment
from kaeru.core.money import LARGEST
from kaeru.marketplaces.checks import actions as checks
from kaeru.marketplaces.checks.actions import StockRecord
from kaeru.marketplaces.dispatch.queries import LateRow, late_orders
from kaeru.marketplaces.findings import option_notice, queries
from kaeru.marketplaces.findings.queries import Card

router = Router(tags=["malls"])
Level = Annotated[str, one_of("late", "misses", "today", "soon", "calm")]
Effect = Annotated[str, one_of("mail", "points", "stop", "buyer_may_cancel", "auto_cancel", "late_share")]
Sku = Annotated[StrictStr, StringConstraints(min_length=1, max_length=100), AfterValidator(storable)]
Amount = Annotated[StrictInt, Field(ge=0, le=LARGEST)]


class LateFilters(Schema):
    """How many."""

    limit: Annotated[int, Field(ge=1, le=500)] = 200


class MallLineOut(Schema):
    """One consequence at the mall."""

    rule: str
    effect: Effect
    safe_until: date = Field(description="The last day on which sending it prevents this")
    falls_on: date
    points: int
    source: str


class LateOut(Schema):
    """One order that presses."""

    order_id: str = Field(description="Your own id")
    order_number: str
    level: Level = Field(description="calm is listed only where wish and plan do not fit")
    due_on: date | None = Field(description="Until then it must leave; null: that day is behind")
    last_chance: date | None = Field(
        description="The last working day of the shop until then; null: there is none any more"
    )
    why: str = Field(description="promise, wish, or the effect of the mall's line")
    days_late: int
    dispatch_by: date | None
    wished_on: date | None
    wished_slot: str
    conflict: Annotated[str, one_of("plan_after_wish", "wish_lost", "line_before_wish")] | None
    crossed: list[MallLineOut]
    next: MallLineOut | None
    stop: Annotated[str, one_of("yes", "possible", "no")] | None = Field(
        description="Whether the mall would stop its sale, where that is near"
    )
    told_on: date | None = Field(description="The new day that the buyer knows")
    asks_to_cancel: bool


class LateList(Schema):
    """What presses now."""

    orders: list[LateOut]


@router.get(
    "/late-orders", response=LateList, operation_id="list_late_orders", summary="Parcels that will be late, or are"
)
def list_late_orders(request: HttpRequest, filters: Query[LateFilters]) -> LateList:
    """The most pressing first. A list that moves has no second page: ask for it again."""
    only(request, filters)
    return LateList(
        orders=[LateOut(**_late(row)) for row in late_orders([caller_of(request).shop.id])[: filters.limit]]
    )


def _late(row: LateRow) -> dict[str, Any]:
    watch, order = row.watch, row.order
    return {
        "order_id": order.source_id,
        "order_number": order.number,
        "level": watch.level.value,
        "due_on": watch.due_on,
        "last_chance": watch.last_chance,
        "why": watch.why,
        "days_late": watch.days_late,
        "dispatch_by": order.dispatch_by,
        "wished_on": order.wished_on,
        "wished_slot": order.wished_slot,
        "conflict": watch.conflict or None,
        "crossed": [_line(line) for line in watch.crossed],
        "next": _line(watch.next) if watch.next else None,
        "stop": row.stop,
        "told_on": row.told.new_on if row.told and row.is_told else None,
        "asks_to_cancel": row.is_busy,
    }


def _line(line: Any) -> MallLineOut:
    step = line.step
    return MallLineOut(
        rule=line.rule.id, effect=step.effect, safe_until=line.safe_until, falls_on=line.falls_on, points=step.points,
        source=line.rule.source,
    )  # fmt: skip


class FindingFilters(Schema):
    """Which week."""

    week: Day | None = None


class ShareOut(Schema):
    """Cancelled of ordered, with its 95% interval (Wilson)."""

    cancelled: int
    orders: int
    rate: float | None
    low: float
    high: float


class OptionNoticeOut(Schema):
    """What to add to the item's page: an option with one choice."""

    name: dict[str, str]
    choice: dict[str, str]


class FindingOut(Schema):
    """One cause of cancellations."""

    id: str
    kind: Annotated[str, one_of("product", "page", "promise", "stock")]
    subject: str
    title: str
    programme: str | None = Field(description="The mall's rules that the shop was under")
    share: ShareOut
    rest: ShareOut = Field(description="Everything else in the shop")
    is_proven: bool = Field(description="Cancelled more often than the rest, beyond chance")
    is_small: bool = Field(description="Too few to be sure of anything")
    trend: Annotated[str, one_of("up", "down", "same", "new")]
    cost: int = Field(description="What its cancellations took away")
    median: int = Field(description="What one of them usually takes away")
    currency: str
    reason: str | None
    with_reason: int
    fix: str
    option_notice: OptionNoticeOut | None
    answer: Annotated[str, one_of("done", "dismissed")] | None


class FindingList(Schema):
    """The findings of one week."""

    week: date | None
    findings: list[FindingOut]


@router.get("/findings", response=FindingList, operation_id="list_findings", summary="What causes the cancellations")
def list_findings(request: HttpRequest, filters: Query[FindingFilters]) -> FindingList:
    """Counted each Monday over the 28 days before. `week` is a Monday; without it the newest."""
    only(request, filters)
    shop = caller_of(request).shop
    week = filters.week or queries.newest_week([shop.id])
    cards = queries.of_week([shop.id], week) if week else []
    return FindingList(week=week, findings=[FindingOut(**_finding(card)) for card in cards])


def _finding(card: Card) -> dict[str, Any]:
    row = card.it
    words = {language: option_notice.text(row.reason, language) for language in ("ja", "en")}
    notice = {
        "name": {language: one.name for language, one in words.items()},
        "choice": {language: one.choice for language, one in words.items()},
    }
    names = ("kind", "subject", "title", "cost", "median", "with_reason", "fix")
    return {
        **{name: getattr(row, name) for name in names},
        "id": str(row.id),
        "programme": row.programme or None,
        "share": _share(card.share),
        "rest": _share(card.rest),
        "is_proven": card.is_proven,
        "is_small": card.is_small,
        "trend": card.trend,
        "currency": row.shop.currency,
        "reason": row.reason or None,
        "option_notice": notice if row.fix == "option_notice" else None,
        "answer": row.answer or None,
    }


def _share(told: Any) -> ShareOut:
    return ShareOut(cancelled=told.cancelled, orders=told.orders, rate=told.rate, low=told.low, high=told.high)


class StockItemIn(Schema):
    """One item; what is left out stays as it was."""

    sku: Sku
    quantity: Annotated[StrictInt, Field(ge=-1_000_000, le=1_000_000_000)] | None = Field(
        default=None, description="Pieces for sale"
    )
    cost: Amount | None = Field(default=None, description="What one piece costs you")
    price: Amount | None = Field(default=None, description="What your page shows now")
    told_at: Moment | None = Field(default=None, description="When it was counted; now when left out")


class StockIn(Schema):
    """What is in stock."""

    items: Annotated[list[StockItemIn], Field(min_length=1, max_length=5000)]


class StockKept(Schema):
    """What became of it."""

    kept: int
    stale: int = Field(description="A newer count was known already")
    discrepancies: int = Field(description="Prices or stocks that came to light as impossible")


@router.post("/stock", response=StockKept, operation_id="post_stock", summary="Tell stock, cost and price of items")
def post_stock(request: HttpRequest, payload: StockIn) -> StockKept:
    """Compared between the organization's shops, and with what each item is usually sold for. An older count never replaces a newer."""
    caller = caller_of(request)
    told = [StockRecord(one.sku, one.quantity, one.cost, one.price, one.told_at) for one in payload.items]
    if any(one.quantity is None and one.cost is None and one.price is None for one in told):
        raise Refused(422, "invalid", "An item needs its quantity, cost or price.", "items")
    kept = checks.tell_stock(caller.shop, told, actor=caller.actor)
    return StockKept(kept=kept.kept, stale=kept.stale, discrepancies=kept.discrepancies)
