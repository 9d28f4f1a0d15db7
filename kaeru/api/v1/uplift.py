"""What came back because of us: the figures against those who were held back, and the file from which anybody can work them out again."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Field, Query, Router, Schema

from kaeru.api.answers import Refused
from kaeru.api.guard import caller_of, only
from kaeru.recoveries.figures import figures, side_by_side
from kaeru.recoveries.models import Figure

router = Router(tags=["results"])
Days = Literal["7", "14", "30", "60"]


class Window(Schema):
    """Days from the first cancellation."""

    window: Days = "30"


class Part(Schema):
    """A part of the shop, and the window whose costs are in the file."""

    part: Annotated[str, Field(max_length=40, examples=["all", "scenario:1", "reason:2", "channel:mail"])] = "all"
    window: Days = "30"


class SideOut(Schema):
    """Customers on one side, and how many bought again. The rate alone shows no effect."""

    units: int
    back: int
    rate: float | None


class MoneyOut(Schema):
    """Net of coupons and sending, minor units. `per_cancellation` is what treating one customer changes; `low` and `high` hold at every
    look, and are null while fewer than 100 customers are held back.
    """

    currency: str
    margin_percent: int
    per_cancellation: float
    low: float | None
    high: float | None
    caused: int
    came_back: int
    anyway: int
    coupons: int
    sending: int


class FigureOut(Schema):
    """One part of the shop. `verdict`: proven · harmful · not_yet · no_holdout · blocked (the sides are not as large as they should be)."""

    part: str
    name: str
    verdict: str
    causal: bool
    treated: SideOut
    held: SideOut
    uplift: float | None
    low: float | None
    high: float | None
    log_e: float | None
    needed: int | None
    money: MoneyOut | None
    counted_until: datetime | None


class UpliftOut(Schema):
    """Figures over one window, against customers who were held back by lot."""

    definition: str
    window: int
    figures: list[FigureOut]
    pulled_forward: bool


@router.get(
    "/reports/uplift",
    response=UpliftOut,
    operation_id="get_uplift",
    summary="What came back because of Kaeru, for the shop and each scenario, reason and channel",
)
def get_uplift(request: HttpRequest, asked: Query[Window]) -> UpliftOut:
    """The intervals may be looked at daily. `pulled_forward`: most of the gain is people who only came sooner."""
    only(request, asked)
    shop = caller_of(request).shop
    return UpliftOut(
        definition=f"Customers by assignment, from their first cancellation: a new order that was paid and not cancelled within {asked.window} "
        "days, treated less held back.",
        window=int(asked.window),
        figures=[_out(row) for row in figures(shop.id, int(asked.window))],
        pulled_forward=side_by_side(shop.id).is_pulled_forward,
    )


@router.get(
    "/reports/uplift/audit",
    operation_id="get_uplift_audit",
    summary="The file from which the figures can be worked out again",
    openapi_extra={"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}},
)
def get_audit(request: HttpRequest, asked: Query[Part]) -> HttpResponse:
    """CSV, one line for each customer with side, probability, scenario revision and outcomes; `kaeru uplift FILE.csv` reads it."""
    only(request, asked)
    try:
        from kaeru.recoveries import audit

        lines = audit.lines(caller_of(request).shop, part=asked.part, window=int(asked.window))
    except ValueError as failure:
        raise Refused(422, "invalid", str(failure), "part") from failure
    return StreamingHttpResponse(  # type: ignore[return-value]
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="uplift.csv"'},
    )


def _out(row: Figure) -> FigureOut:
    told: dict[str, Any] = row.answer
    name = row.scenario.name if row.scenario else row.reason.code if row.reason else row.channel
    return FigureOut(part=row.key, name=name, counted_until=row.counted_until, **{
        field: told[field]
        for field in ("verdict", "causal", "treated", "held", "uplift", "low", "high", "log_e", "needed", "money")
    })  # fmt: skip
