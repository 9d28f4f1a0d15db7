"""What came back: recoveries one by one, and the figures of a span with their definitions."""

from datetime import datetime, timedelta
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from kaeru.api.answers import Refused
from kaeru.api.guard import caller_of, only
from kaeru.api.v1.schemas import RateOut, RecoveriesPage, RecoveryOut, SummaryOut
from kaeru.cancellations import queries as cancellations
from kaeru.connectors.webhook.words import Moment
from kaeru.core import clock
from kaeru.recoveries import queries
from kaeru.recoveries.models import Recovery

router = Router(tags=["results"])


class Page(Schema):
    """Where a list goes on."""

    cursor: Annotated[str, Field(pattern="^[0-9]{1,19}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class Span(Schema):
    """A span of time, half open; the last 30 days when nothing is said."""

    since: Moment | None = None
    until: Moment | None = None
    window_days: Annotated[int, Field(ge=1, le=365)] = 30

    def ends(self) -> tuple[datetime, datetime]:
        """From when, until when. Raises Refused when it runs backwards."""
        until = self.until or clock.now()
        since = self.since or until - timedelta(days=30)
        if since >= until:
            raise Refused(422, "invalid", "`since` must lie before `until`.", "since")
        return since, until


@router.get(
    "/recoveries",
    response=RecoveriesPage,
    operation_id="list_recoveries",
    summary="Cancellations that came back, newest first",
)
def list_recoveries(request: HttpRequest, page: Query[Page]) -> RecoveriesPage:
    """`how` says how we know that the two belong together."""
    only(request, page)
    rows = Recovery.objects.filter(shop=caller_of(request).shop).select_related("order").order_by("-id")
    if page.cursor:
        rows = rows.filter(id__lt=min(int(page.cursor), 2**63 - 1))
    found = list(rows[: page.limit + 1])
    shown = [
        RecoveryOut(
            id=str(row.id),
            cancellation_id=str(row.cancellation_id),
            order_id=row.order.source_id,
            how=row.how,
            amount=row.amount,
            currency=row.currency,
            recovered_at=row.recovered_at,
        )
        for row in found[: page.limit]
    ]
    return RecoveriesPage(recoveries=shown, cursor=shown[-1].id if len(found) > page.limit else None)


@router.get(
    "/reports/summary",
    response=SummaryOut,
    operation_id="get_summary",
    summary="The figures of a span, with their definitions",
)
def get_summary(request: HttpRequest, span: Query[Span]) -> SummaryOut:
    """None of them is a proof of effect: who came back might have come back anyway."""
    only(request, span)
    shop = caller_of(request).shop
    since, until = span.ends()
    window = timedelta(days=span.window_days)
    lost = cancellations.tallies([shop.id], since, until).get(shop.id, cancellations.Tally())
    back = queries.came_back([shop.id], since, until).get(shop.id, queries.Back())
    cancelled, again = (
        queries.cancelled_share(shop.id, since, until),
        queries.bought_again_share(shop.id, since, until, window),
    )
    return SummaryOut(
        since=since,
        until=until,
        currency=shop.currency,
        cancellations=lost.count,
        cancelled_value=lost.value,
        recoveries=back.count,
        recovered_amount=back.amount,
        cancelled_share=RateOut(
            definition="Of the orders placed in the span, those cancelled in whole or in part, whenever that was.",
            units=cancelled.units,
            counted=cancelled.returned,
            rate=cancelled.rate,
        ),
        bought_again=RateOut(
            definition=f"Of the cancellations in the span by known customers, those after which the same customer ordered again within "
            f"{span.window_days} days. Not causal.",
            units=again.units,
            counted=again.returned,
            rate=again.rate,
        ),
        causal=False,
    )
