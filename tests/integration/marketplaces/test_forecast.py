"""What is forecast each morning, who is warned and how often, what comes of it, and what a request would change."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.cancellations.models import CancellationRequest, RequestState
from kaeru.core import clock, scope
from kaeru.core.clock import Clock
from kaeru.core.models import AuditEntry
from kaeru.marketplaces import actions as malls
from kaeru.marketplaces.forecast import actions, passes, queries
from kaeru.marketplaces.forecast.models import Forecast, ForecastAlarm, ForecastRound
from kaeru.marketplaces.forecast.prior import Belief
from kaeru.marketplaces.models import MallTerms, Tally
from kaeru.messages.models import Message
from kaeru.tenants.models import Shop
from kaeru.worker.registry import drain
from tests import builders
from tests.cast import Cast
from tests.integration.api.client import System
from tests.smtp import Catcher

TOKYO_8 = datetime(2026, 9, 14, 23, tzinfo=UTC)
"""8:00 on Tuesday 15 September in Tokyo."""


def at(moment: datetime) -> None:
    clock.set_clock(Clock(real=0.0, shown=moment, speed=0.0))


@pytest.fixture(autouse=True)
def _scoped(db: None) -> Iterator[None]:
    at(TOKYO_8)
    with scope.everyone():
        yield


def on_qoo10(shop: Shop, **fields: Any) -> Shop:
    """A shop that has sold for ten weeks, ten orders a day, of which one in 25 was cancelled on the next day."""
    malls.join(shop, "qoo10", actor="test", reading={"grace_hours": 6})
    MallTerms.objects.filter(shop=shop).update(counted_at=clock.now(), judged_on=date(2026, 9, 15), **fields)
    return shop


def day(shop: Shop, on: date, orders: int, cancelled: int = 0) -> None:
    start = datetime(on.year, on.month, on.day, tzinfo=UTC) - timedelta(hours=9)
    counts = {"o": orders, "o w c - 20 1": cancelled} if cancelled else {"o": orders}
    Tally.objects.update_or_create(
        organization_id=shop.organization_id, shop=shop, day=on,
        defaults={"starts_at": start, "ends_at": start + timedelta(days=1), "counts": counts, "is_stale": False},
    )  # fmt: skip


def sells(shop: Shop, until: date, *, orders: int = 10, every: int = 5, since: date = date(2026, 7, 1)) -> None:
    """`orders` a day; on each `every`-th day two of them were cancelled."""
    for number in range((until - since).days):
        day(shop, since + timedelta(days=number), orders, 2 if number % every == 0 else 0)


@pytest.fixture
def shop(cast: Cast) -> Shop:
    return on_qoo10(cast.kotori)


def asked(shop: Shop, hours_ago: float = 30, **fields: Any) -> CancellationRequest:
    order = builders.order(shop, placed_at=clock.now() - timedelta(hours=hours_ago))
    return builders.cancellation(order, state=RequestState.ASKED, **{"origin": "mall", **fields})


def morning() -> int:
    return passes.forecast_due(50)


def test_it_forecasts_every_known_line_once_a_morning(shop: Shop) -> None:
    sells(shop, date(2026, 9, 15))
    assert morning() == 1
    rows = {(row.rule, row.stage): row for row in Forecast.objects.filter(shop=shop)}
    assert set(rows) == {("month", "warning"), ("quarter", "no_sale"), ("quarter", "items_500")}
    month = rows["month", "warning"]
    assert (month.period_from, month.period_to, month.judged_on) == (
        date(2026, 9, 1), date(2026, 9, 30), date(2026, 10, 1),
    )  # fmt: skip
    assert (month.orders, month.counted, month.made_on, month.came) == (140, 6, date(2026, 9, 15), None)
    assert 0 < month.probability < 0.5
    assert rows["quarter", "no_sale"].probability >= rows["quarter", "items_500"].probability
    assert month.basis["orders"] == 140 and month.basis["may_lose"] > 0
    assert morning() == 0
    assert Forecast.objects.count() == 3
    at(TOKYO_8 + timedelta(days=1))
    assert morning() == 1
    assert Forecast.objects.count() == 6


def test_it_waits_for_the_morning_and_for_the_counts(shop: Shop) -> None:
    sells(shop, date(2026, 9, 15))
    at(TOKYO_8 - timedelta(hours=4))
    assert morning() == 0
    at(TOKYO_8)
    MallTerms.objects.update(counted_at=None)
    assert morning() == 0


def test_it_writes_nothing_when_somebody_else_was_first(shop: Shop) -> None:
    sells(shop, date(2026, 9, 15))
    terms = actions.due(10)
    one, other = actions.work_out(terms), actions.work_out(terms)
    assert len(actions.keep(one)) == 3
    assert actions.keep(other) == []
    ForecastRound.objects.all().delete()  # as if both had begun at the same moment
    assert actions.keep(other) == []
    assert Forecast.objects.count() == 3


def test_it_can_be_worked_out_again_from_what_was_kept(shop: Shop) -> None:
    from kaeru.marketplaces.forecast.chance import p_over
    from kaeru.marketplaces.forecast.lines import Bar
    from kaeru.marketplaces.forecast.outlook import Outlook
    from kaeru.marketplaces.programme import load

    sells(shop, date(2026, 9, 15))
    morning()
    row = Forecast.objects.get(rule="month")
    kept = Outlook(**{name: row.basis[name] for name in Outlook.__dataclass_fields__})
    rule = load("qoo10").rule("month", date(2026, 9, 15))
    assert rule is not None
    assert p_over(kept, Bar(rule.lines[0], rule.few)) == pytest.approx(row.probability, abs=1e-9)


def near(shop: Shop) -> None:
    """A month that stands just below the line."""
    sells(shop, date(2026, 9, 1), every=3)
    for number in range(14):
        day(shop, date(2026, 9, 1) + timedelta(days=number), 10, number % 2 if number > 1 else 0)
    day(shop, date(2026, 9, 2), 10, 3)


def test_it_warns_before_the_line_once_for_each_level(shop: Shop, inbox: Catcher) -> None:
    near(shop)
    morning()
    month = Forecast.objects.get(rule="month")
    assert not month.counted * 100 > 7 * month.orders
    assert month.probability >= 0.2
    drain()
    [mail] = inbox.mails
    body = mail.get_content() if not mail.is_multipart() else mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "1か月のキャンセル率" in body and "/standing/" in body and "/desk/" in body
    assert f"{month.orders}件のうちキャンセル{month.counted}件" in body
    assert mail["To"] == "aoi@example.com"
    assert AuditEntry.objects.filter(verb="mall.alarmed").exists()
    levels = set(ForecastAlarm.objects.filter(rule="month").values_list("level", flat=True))
    at(TOKYO_8 + timedelta(days=1))
    for one in Forecast.objects.filter(rule="month"):
        assert "watch" in levels and one.judged_on == date(2026, 10, 1)
    day(shop, date(2026, 9, 15), 10)
    morning()
    drain()
    assert len(inbox.mails) == 1 + ("likely" not in levels and ForecastAlarm.objects.filter(level="likely").exists())


def test_it_warns_again_when_it_becomes_more_likely_than_not(shop: Shop) -> None:
    near(shop)
    morning()
    Forecast.objects.all().delete()
    ForecastRound.objects.all().delete()
    Message.objects.all().delete()
    rows = [_said(shop, 0.3), _said(shop, 0.3, made_on=date(2026, 9, 16)), _said(shop, 0.8, made_on=date(2026, 9, 17))]
    from kaeru.marketplaces.forecast import alarms

    assert [alarms.raise_for([row]) for row in rows] == [1, 0, 1]
    assert alarms.raise_for([_said(shop, 0.3, made_on=date(2026, 9, 18))]) == 0
    assert Message.objects.filter(source="forecast").count() == 2


def _said(shop: Shop, probability: float, *, made_on: date = date(2026, 9, 15), **fields: Any) -> Forecast:
    known: dict[str, Any] = {
        "programme": "qoo10", "rule": "month", "stage": "warning", "period_from": date(2026, 9, 1), "period_to": date(2026, 9, 30),
        "judged_on": date(2026, 10, 1), "made_at": clock.now(), "counted": 9, "orders": 140,
    }  # fmt: skip
    return Forecast.objects.create(
        organization_id=shop.organization_id, shop=shop, probability=probability, made_on=made_on, **{**known, **fields}
    )


def test_it_alarms_nobody_when_little_has_happened(shop: Shop) -> None:
    from kaeru.marketplaces.forecast import alarms

    assert alarms.raise_for([_said(shop, 0.4, orders=4, counted=1)]) == 0
    assert Message.objects.count() == 0


def test_it_writes_to_the_staff_in_their_language(shop: Shop, inbox: Catcher) -> None:
    Shop.objects.filter(id=shop.id).update(staff_language="en")
    near(shop)
    morning()
    drain()
    [mail] = inbox.mails
    assert mail["Subject"].startswith("Mall: ")


def test_it_drops_a_warning_that_comes_too_late(shop: Shop, inbox: Catcher) -> None:
    near(shop)
    morning()
    at(datetime(2026, 10, 3, tzinfo=UTC))
    Tally.objects.update(is_stale=False)
    drain()
    assert Message.objects.get(source="forecast").reason == "settled"
    assert inbox.mails == []


def test_it_scores_what_it_said_once_the_mall_has_judged(shop: Shop) -> None:
    sells(shop, date(2026, 9, 15))
    morning()
    assert actions.score_due(100) == 0
    assert queries.record([shop.id]) is None
    for number in range(15, 31):
        day(shop, date(2026, 9, number), 10, 3)
    at(datetime(2026, 9, 30, 16, tzinfo=UTC))
    assert actions.score_due(100) == 3
    came = dict(Forecast.objects.values_list("stage", "came"))
    assert came == {"warning": True, "no_sale": False, "items_500": False}
    found = queries.record([shop.id])
    assert found is not None and (found.forecasts, found.over) == (3, 1)
    assert actions.score_due(100) == 0


def test_it_waits_with_the_score_for_days_that_are_to_be_counted(shop: Shop) -> None:
    sells(shop, date(2026, 9, 15))
    morning()
    at(datetime(2026, 9, 30, 16, tzinfo=UTC))
    Tally.objects.filter(day=date(2026, 9, 3)).update(is_stale=True)
    assert actions.score_due(100) == 0
    at(datetime(2026, 10, 12, tzinfo=UTC))
    assert actions.score_due(100) == 3


def test_it_knows_the_line_that_only_this_quarter_decides(shop: Shop) -> None:
    sells(shop, date(2026, 9, 15), since=date(2026, 3, 1))
    assert "stopped" not in {one.line.stage for one in _heading(shop).lines}
    for number in range(90):
        day(shop, date(2026, 4, 1) + timedelta(days=number), 10, 2)
    found = {(one.rule.code, one.line.stage): one for one in _heading(shop).lines}
    assert found["quarters", "stopped"].is_chained
    assert found["quarters", "stopped"].probability == found["quarter", "items_500"].probability


def _heading(shop: Shop) -> queries.Heading:
    found = queries.outlook(shop)
    assert found is not None
    return found


def test_it_says_where_a_shop_is_heading(shop: Shop, cast: Cast) -> None:
    near(shop)
    heading = _heading(shop)
    assert heading.tightest is not None and heading.tightest.line.stage == "warning"
    month = heading.tightest
    assert not month.is_crossed and not month.is_thin
    assert month.orders_at_least > month.outlook.orders
    assert month.may_lose >= month.may_lose_now
    assert queries.outlook(cast.other_shop) is None


def test_it_forecasts_a_shop_that_has_sold_nothing(shop: Shop) -> None:
    assert morning() == 1
    heading = _heading(shop)
    assert all(0 <= one.probability <= 1 and one.is_thin for one in heading.lines)
    assert Message.objects.count() == 0


def test_it_says_what_a_request_would_change(shop: Shop) -> None:
    near(shop)
    request = asked(shop)
    found = queries.what_if([request.id])[request.id]
    month = found.tightest
    assert month is not None and month.counts and found.counts and found.free_until is None
    assert month.if_cancelled > month.line.probability > month.if_kept
    assert month.may_lose_after == max(0, month.line.may_lose - 1)


def test_it_says_until_when_a_cancellation_is_free(shop: Shop) -> None:
    near(shop)
    request = asked(shop, hours_ago=4)
    found = queries.what_if([request.id])[request.id]
    assert not found.counts
    assert found.free_until == clock.now() + timedelta(hours=2)
    assert all(one.cost == 0 for one in found.lines)
    at(clock.now() + timedelta(hours=2, minutes=1))
    assert queries.what_if([request.id])[request.id].counts


def test_it_leaves_out_whose_cancellations_do_not_count(shop: Shop) -> None:
    near(shop)
    request = asked(shop)
    MallTerms.objects.update(reading={"sides": ["shop"], "grace_hours": 6})
    found = queries.what_if([request.id])[request.id]
    assert not found.counts
    assert [one.if_cancelled for one in found.lines] == [one.line.probability for one in found.lines]


def test_it_has_no_answer_for_what_waits_no_more(shop: Shop, cast: Cast) -> None:
    request = asked(shop)
    CancellationRequest.objects.filter(id=request.id).update(state=RequestState.DECLINED)
    elsewhere = asked(cast.other_shop)
    assert queries.what_if([request.id, elsewhere.id, 1]) == {}
    assert queries.what_if([]) == {}


def test_it_tells_nobody_about_another_organizations_shop(shop: Shop, cast: Cast) -> None:
    near(shop)
    request = asked(shop)
    with scope.organization(cast.other_organization.id):
        assert queries.what_if([request.id]) == {}
        assert queries.outlook(shop) is None
        assert queries.record([shop.id]) is None


def test_it_asks_the_same_number_of_questions_for_many_shops_and_requests(shop: Shop, cast: Cast) -> None:
    near(shop)
    one = asked(shop)
    with CaptureQueriesContext(
        connection,
    ) as few:
        queries.what_if([one.id])
    more = [asked(shop) for _ in range(4)]
    others = [on_qoo10(builders.shop(cast.organization, f"shop-{number}", f"店{number}")) for number in range(3)]
    more += [asked(other) for other in others]
    with CaptureQueriesContext(connection) as many:
        assert len(queries.what_if([one.id, *(row.id for row in more)])) == 8
    assert len(many) == len(few) <= 8
    with CaptureQueriesContext(connection) as first:
        morning()
    assert Forecast.objects.values("shop").distinct().count() == 4
    assert len(first) <= 24


def test_it_learns_from_the_other_shops_here(shop: Shop) -> None:
    from kaeru.marketplaces.forecast.gathering import believed
    from kaeru.marketplaces.forecast.prior import USUAL
    from kaeru.marketplaces.models import Judgement
    from kaeru.marketplaces.programme import load

    assert believed(load("qoo10"), date(2026, 9, 15)) == USUAL
    owner = builders.organization("many", "たくさん")
    for number in range(20):
        other = builders.shop(owner, f"m-{number}", f"店{number}")
        Judgement.objects.create(
            organization_id=owner.id, shop=other, programme="qoo10", rule="month", judged_on=date(2026, 9, 1),
            period_from=date(2026, 8, 1), period_to=date(2026, 8, 31), counted=20 + number % 3, orders=200, made_at=clock.now(),
        )  # fmt: skip
    learned = believed(load("qoo10"), date(2026, 9, 15))
    assert learned.mean == pytest.approx(0.105, abs=0.01)
    sells(shop, date(2026, 9, 15))
    before = _heading(shop).lines[0].probability
    morning()
    kept = ForecastRound.objects.get(shop=shop).others
    assert Belief(*kept) == learned
    assert _heading(shop).lines[0].probability > before


def test_it_answers_over_rest(shop: Shop, cast: Cast) -> None:
    near(shop)
    request, early = asked(shop), asked(shop, hours_ago=2)
    told = System(shop).get("/standing/forecast")
    assert told["programme"] == "qoo10"
    assert (told["lines"][0]["rule"], told["lines"][0]["stage"]) == ("month", "warning")
    assert 0 < told["lines"][0]["probability"] < 1
    by_request = {one["cancellation_id"]: one for one in told["requests"]}
    assert by_request[str(request.id)]["counts"] and not by_request[str(early.id)]["counts"]
    assert by_request[str(early.id)]["free_until"] is not None
    assert told["record"] is None
    assert System(cast.other_shop).call("GET", "/standing/forecast").status_code == 404
