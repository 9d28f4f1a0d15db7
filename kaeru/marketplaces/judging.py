"""Verb of the night: judge the shops as their malls do, when the judgement day begins in the mall's zone."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Min

from kaeru.core import clock, events, ids, scope, sql
from kaeru.core.events import News
from kaeru.marketplaces import meter, periods
from kaeru.marketplaces.counting import bounds, in_use, local_day, reading_of
from kaeru.marketplaces.meter import Verdict
from kaeru.marketplaces.models import Judgement, MallTerms
from kaeru.marketplaces.periods import Period
from kaeru.marketplaces.programme import Programme, Rule, load
from kaeru.marketplaces.standing import Days, days_of

JUDGED = "mall.judged"
MOST_CAUGHT_UP = 40
"""Days of judgement that are made up for after Kaeru stood still."""


@dataclass(frozen=True, slots=True)
class Due:
    """A rule that is judged on a day."""

    rule: Rule
    on: date


def due(programme: Programme, judged_on: date | None, today: date) -> list[Due]:
    """What is to be judged: each rule's days since the last judging; of one never judged, and of rules judged daily, the newest."""
    found = []
    for code in programme.codes:
        for day in _days(programme, code, judged_on, today):
            rule = programme.rule(code, day)
            if rule is not None and rule.counted != "not_counted":
                found.append(Due(rule, day))
    return found


def _days(programme: Programme, code: str, judged_on: date | None, today: date) -> Iterator[date]:
    rule = programme.rule(code, today)
    if rule is None:
        return
    newest = periods.judgement_day(rule.span, today)
    if judged_on is None or rule.span.kind in ("days", "year"):
        if judged_on is None or newest > judged_on:
            yield newest
        return
    day = periods.next_judgement(rule.span, max(judged_on, today - timedelta(days=MOST_CAUGHT_UP)))
    while day <= newest:
        yield day
        day = periods.next_judgement(rule.span, day)


def judge_due(limit: int) -> int:
    """The pass: judge up to `limit` shops whose day has begun; returns how many. A constant number of statements for each programme."""
    now = clock.now()
    with scope.everyone(), transaction.atomic():
        todays = {name: local_day(now, load(name).zone) for name in in_use()}
        found = _claimed(todays, limit)
        groups: dict[tuple[str, date | None], list[MallTerms]] = defaultdict(list)
        for terms in found:
            groups[terms.programme, terms.judged_on].append(terms)
        for (name, judged_on), same in groups.items():
            _judge(load(name), same, due(load(name), judged_on, todays[name]), now)
        for name, today in todays.items():
            keys = [terms.id for terms in found if terms.programme == name]
            MallTerms.objects.filter(id__in=sql.keys(keys)).update(judged_on=today) if keys else None
    return len(found)


def _claimed(todays: dict[str, date], limit: int) -> list[MallTerms]:
    """Shops that were not judged today, and whose days are all counted."""
    if not todays:
        return []
    either = " OR ".join(["(programme = %s AND (judged_on IS NULL OR judged_on < %s))"] * len(todays))
    counted = "NOT EXISTS (SELECT 1 FROM marketplaces_tally t WHERE t.shop_id = marketplaces_mallterms.shop_id AND t.is_stale)"
    values = [value for name, day in todays.items() for value in (name, str(day))]
    found = sql.claim_ids(
        "marketplaces_mallterms", f"counted_at IS NOT NULL AND ({either}) AND {counted}", values, "id", limit
    )
    return list(MallTerms.objects.filter(id__in=sql.keys(found)).order_by("id")) if found else []


def _judge(programme: Programme, shops: Sequence[MallTerms], which: Sequence[Due], now: datetime) -> None:
    if not which:
        return
    needed = [meter.needs(one.rule, one.on) for one in which]
    days = days_of(
        [terms.shop_id for terms in shops], Period(min(p.first for p in needed), max(p.last for p in needed))
    )
    rows = [row for terms in shops for row in _rows(programme, terms, which, days.get(terms.shop_id, Days()), now)]
    Judgement.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2000)
    events.emit(
        News(JUDGED, row.organization_id, row.shop_id, {"rule": row.rule, "stage": row.stage, "on": str(row.judged_on)})
        for row in rows
        if row.stage
    )


def _rows(
    programme: Programme, terms: MallTerms, which: Sequence[Due], days: Days, now: datetime
) -> Iterator[Judgement]:
    reading = reading_of(terms)
    applied: dict[date, set[str]] = defaultdict(set)
    for one in which:
        verdict = meter.verdict_of(programme, one.rule, reading, one.on, days, applied=applied[one.on])
        if verdict.is_applied:
            applied[one.on].add(one.rule.code)
            if verdict.stage or one.rule.span.kind not in ("days", "year"):
                yield _row(terms, verdict, reading.as_json(), now)


def _row(terms: MallTerms, verdict: Verdict, reading: dict[str, object], now: datetime) -> Judgement:
    return Judgement(
        id=ids.new_id(), organization_id=terms.organization_id, shop_id=terms.shop_id, programme=terms.programme, rule=verdict.rule.code,
        edition=verdict.rule.since, judged_on=verdict.on, period_from=verdict.period.first, period_to=verdict.period.last,
        stage=verdict.stage, counted=verdict.count.counted, orders=verdict.count.orders, reading=reading, made_at=now,
    )  # fmt: skip


def next_due() -> datetime | None:
    """The next midnight at which a shop is judged."""
    with scope.everyone():
        rows = list(
            MallTerms.objects.filter(counted_at__isnull=False)
            .values_list("programme")
            .annotate(Min("judged_on"))
            .order_by()
        )
    return min((bounds(day, load(name).zone)[1] for name, day in rows if day is not None), default=None)
