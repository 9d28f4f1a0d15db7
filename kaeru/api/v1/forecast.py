"""Where the shop is heading by its mall's rules: the chance to end beyond each line, and what each waiting request would change."""

from datetime import date, datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema

from kaeru.api.answers import not_found
from kaeru.api.guard import caller_of
from kaeru.marketplaces.forecast import queries
from kaeru.marketplaces.forecast.ahead import Ahead
from kaeru.marketplaces.forecast.queries import WhatIf

router = Router(tags=["malls"])


class LineForecast(Schema):
    """One line of a period that is running."""

    rule: str
    stage: str = Field(description="What begins behind the line, as the standing names it.")
    period_from: date
    period_to: date
    judged_on: date
    probability: float = Field(
        description="The chance to end beyond the line, 0 to 1. An estimate, scored when the period is over."
    )
    is_crossed: bool = Field(description="Beyond the line by the orders so far; more orders can bring the shop back.")
    is_thin: bool = Field(
        description="So little has happened that the chance says more about other shops than about this one."
    )
    counted: int
    orders: int
    pending: int = Field(description="Requests that nobody has settled, and that can count in this period.")
    may_lose_now: int = Field(description="Of the orders so far, so many more may be cancelled within the line.")
    may_lose: int = Field(description="The same with the orders that come at least in nine of ten such periods.")
    orders_at_least: int


class LineIfOut(Schema):
    """What settling one request makes of one line."""

    rule: str
    stage: str
    counts: bool = Field(description="Whether cancelling it now counts there.")
    if_cancelled: float
    if_kept: float
    may_lose_after: int


class RequestOut(Schema):
    """One waiting request."""

    cancellation_id: str
    counts: bool
    free_until: datetime | None = Field(description="Cancelled by then, it does not count.")
    lines: list[LineIfOut]


class RecordOut(Schema):
    """How right the forecasts for this shop were, over the periods that have been judged."""

    forecasts: int
    brier: float
    log_loss: float
    ece: float
    is_calibrated: bool | None = Field(description="Whether nothing speaks against the chances; null: too few to say.")


class ForecastOut(Schema):
    """The outlook of the caller's shop."""

    programme: str
    at: datetime
    lines: list[LineForecast]
    requests: list[RequestOut]
    record: RecordOut | None


@router.get(
    "/standing/forecast",
    response=ForecastOut,
    operation_id="get_forecast",
    summary="Where the shop is heading by its mall's rules",
)
def get_forecast(request: HttpRequest) -> ForecastOut:
    """For each line of a running period the chance to end beyond it; for each waiting request what cancelling or keeping the order would
    change. 404 for a shop that is on no mall.
    """
    shop = caller_of(request).shop
    heading = queries.outlook(shop)
    if heading is None:
        raise not_found("mall")
    found = queries.changes(heading)
    record = queries.record([shop.id])
    return ForecastOut(
        programme=heading.grounds.programme.name,
        at=heading.grounds.now,
        lines=[_line(one) for one in heading.lines],
        requests=[_request(found[one.id]) for one in heading.grounds.pending],
        record=None
        if record is None
        else RecordOut(
            forecasts=record.forecasts, brier=record.brier, log_loss=record.log_loss, ece=record.ece, is_calibrated=record.is_calibrated
        ),
    )  # fmt: skip


def _line(one: Ahead) -> LineForecast:
    return LineForecast(
        rule=one.rule.code, stage=one.line.stage, period_from=one.period.first, period_to=one.period.last, judged_on=one.judged_on,
        probability=one.probability, is_crossed=one.is_crossed, is_thin=one.is_thin, counted=one.outlook.counted,
        orders=one.outlook.orders, pending=one.outlook.pending, may_lose_now=one.may_lose_now, may_lose=one.may_lose,
        orders_at_least=one.orders_at_least,
    )  # fmt: skip


def _request(one: WhatIf) -> RequestOut:
    return RequestOut(
        cancellation_id=str(one.request_id),
        counts=one.counts,
        free_until=one.free_until,
        lines=[
            LineIfOut(
                rule=line.line.rule.code, stage=line.line.line.stage, counts=line.counts, if_cancelled=line.if_cancelled,
                if_kept=line.if_kept, may_lose_after=line.may_lose_after,
            )
            for line in one.lines
            if line.belongs
        ],
    )  # fmt: skip
