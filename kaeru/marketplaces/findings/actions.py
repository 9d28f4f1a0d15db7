"""Verbs: make a shop's findings of the week, and note what a person did about one."""

from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from django.db import transaction

from kaeru.core import audit, clock, ids
from kaeru.core.calendar import at_local
from kaeru.marketplaces.dispatch.ground import programmes
from kaeru.marketplaces.findings import counting, queries, rules
from kaeru.marketplaces.findings.counting import Counts, Subject
from kaeru.marketplaces.findings.models import Finding, FindingRound
from kaeru.tenants.models import Shop

MOST_KEPT = 40
"""Findings of one shop and week, the costliest first."""
ANSWERED_FOR = timedelta(weeks=8)
BY = "findings"


def monday(on: date) -> date:
    """The Monday of that week.

    >>> monday(date(2026, 11, 22)), monday(date(2026, 11, 23))
    (datetime.date(2026, 11, 16), datetime.date(2026, 11, 23))
    """
    return on - timedelta(days=on.weekday())


@transaction.atomic
def make(shop: Shop, now: datetime) -> int:
    """The findings of the week in which `now` is; returns how many. Made twice, the second time changes nothing. Thirteen statements,
    however many orders.
    """
    week_on = monday(now.astimezone(ZoneInfo(shop.timezone)).date())
    done = FindingRound.objects.select_for_update().filter(shop=shop, week_on__gte=week_on)
    if done.exists():
        return 0
    counts = counting.count(shop, at_local(week_on, time(0), shop.timezone))
    answers = _answers(shop)
    programme = programmes([shop.id]).get(shop.id, "")
    rows = [_finding(shop, week_on, one, counts, programme) for one in counts.subjects.values() if _counts(one)]
    rows = [row for row in rows if row.kind != "promise" or queries.card(row).is_proven]
    rows = sorted(_without_echoes(rows), key=lambda row: (-row.cost, row.kind, row.subject))[:MOST_KEPT]
    for key, row in zip(ids.new_ids(len(rows)), rows, strict=True):
        row.id = key
        row.answer, row.answered_at, row.answered_by = answers.get((row.kind, row.subject), ("", None, ""))
    Finding.objects.bulk_create(rows)
    FindingRound.objects.update_or_create(
        shop=shop, defaults={"organization_id": shop.organization_id, "week_on": week_on}
    )
    audit.record(
        shop.organization_id, BY, "findings.made", "shop", shop.id, week_on=week_on.isoformat(), count=len(rows)
    )
    return len(rows)


def _counts(one: Subject) -> bool:
    """Two at least: one is an accident. (A promise is told only where it is worse than the others.)"""
    return len(one.losses) >= rules.LISTED_FROM


def _finding(shop: Shop, week_on: date, one: Subject, counts: Counts, programme: str) -> Finding:
    reason, with_reason = rules.main_reason(one.losses)
    cancelled = len(one.losses)
    orders = max(one.orders, cancelled)
    return Finding(
        organization_id=shop.organization_id, shop=shop, week_on=week_on, kind=one.kind, subject=one.subject[:100],
        title=one.title[:300], programme=programme, orders=orders, cancelled=cancelled, orders_before=one.orders_before,
        cancelled_before=min(one.cancelled_before, one.orders_before), rest_orders=max(0, counts.orders - orders),
        rest_cancelled=max(0, counts.cancelled - cancelled), cost=sum(loss.value for loss in one.losses),
        median=rules.median_of(one.losses), reason=reason[:40], with_reason=with_reason, fix=rules.fix(one.kind, one.losses),
        made_at=clock.now(),
    )  # fmt: skip


def _without_echoes(rows: list[Finding]) -> list[Finding]:
    """A page with a single item says nothing that the item does not say; an item all of whose cancellations are shortages is its stock."""
    products = {(row.title, row.cancelled) for row in rows if row.kind == "product"}
    stocks = {row.subject: row.cancelled for row in rows if row.kind == "stock"}
    return [
        row
        for row in rows
        if not (row.kind == "page" and (row.title, row.cancelled) in products)
        and not (row.kind == "product" and stocks.get(row.subject) == row.cancelled)
    ]


Answer = tuple[str, datetime | None, str]


def _answers(shop: Shop) -> dict[tuple[str, str], Answer]:
    """What was done about the same subjects lately."""
    rows = Finding.objects.filter(shop=shop, answered_at__gte=clock.now() - ANSWERED_FOR).exclude(answer="")
    return {
        (row.kind, row.subject): (row.answer, row.answered_at, row.answered_by) for row in rows.order_by("answered_at")
    }


@transaction.atomic
def answer(finding_id: int, what: Literal["done", "dismissed", ""], *, actor: str) -> bool:
    """A person has put it right, or lets it be; "" takes that back. False when there is no such finding."""
    rows = Finding.objects.filter(id=finding_id)
    found = list(rows.select_for_update())
    if not found:
        return False
    at = clock.now() if what else None
    rows.update(answer=what, answered_at=at, answered_by=actor[:60] if what else "")
    audit.record(found[0].organization_id, actor, "finding.answered", "finding", finding_id, answer=what)
    return True
