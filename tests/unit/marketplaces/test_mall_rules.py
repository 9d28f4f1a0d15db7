"""How a mall judges: exactly on the line, small shops, no orders, periods, rules that change. Nothing is rounded."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.marketplaces import meter, periods
from kaeru.marketplaces.counts import key
from kaeru.marketplaces.periods import Period, Span
from kaeru.marketplaces.programme import Programme, ProgrammeRefused, load, names, parse
from kaeru.marketplaces.reading import MOST_DAYS, MOST_GRACE_HOURS, Reading, ReadingRefused, read
from kaeru.marketplaces.rules import Count, Few, Line, Share, is_crossed, judge, may_lose, most_within

SEVEN = Line("warning", "warn", Share(7, 100))
FEW = Few(10, Line("warning", "warn", Share(50, 100)))
ORDERS = st.integers(0, 10**7)
SHARES = st.builds(Share, st.integers(1, 999), st.just(1000))


@pytest.mark.parametrize(
    ("counted", "orders", "is_over"),
    [
        (7, 100, False), (8, 100, True), (700, 10_000, False), (701, 10_000, True), (0, 0, False), (1, 0, True), (0, 5, False),
        (1, 10, True), (0, 10, False), (1, 15, False), (1, 14, True),
    ],
)  # fmt: skip
def test_it_takes_exactly_seven_per_cent_as_within(counted: int, orders: int, is_over: bool) -> None:
    assert is_crossed(SEVEN, Count(counted, orders)) is is_over


@pytest.mark.parametrize(
    ("counted", "orders", "is_over"),
    [
        (4, 9, False),
        (5, 9, True),
        (1, 2, False),
        (2, 2, True),
        (1, 1, True),
        (9, 9, True),
        (1, 10, True),
        (0, 9, False),
        (2, 0, True),
    ],
)
def test_it_asks_half_of_the_orders_below_ten(counted: int, orders: int, is_over: bool) -> None:
    """Nine orders: five of them, not one; ten orders: one is ten per cent."""
    assert (judge([SEVEN], FEW, Count(counted, orders)) is not None) is is_over


@given(orders=ORDERS, counted=ORDERS, share=SHARES, strict=st.booleans())
def test_it_judges_as_exact_fractions_do(orders: int, counted: int, share: Share, strict: bool) -> None:
    line, limit = Line("x", share=share, is_strict=strict), Fraction(share.part, share.whole) * orders
    beyond = counted > limit if strict else counted >= limit
    assert is_crossed(line, Count(counted, orders)) is (counted > 0 and beyond)


@given(orders=ORDERS, counted=ORDERS, share=SHARES, strict=st.booleans(), least=st.integers(0, 20))
def test_it_may_lose_so_many_and_not_one_more(
    orders: int, counted: int, share: Share, strict: bool, least: int
) -> None:
    line = Line("x", share=share, is_strict=strict, least=least)
    room, most = may_lose(line, Count(counted, orders)), most_within(line, orders)
    assert room is not None and most is not None
    assert not is_crossed(line, Count(most, orders))
    assert is_crossed(line, Count(most + 1, orders))
    assert room == max(0, most - counted)


@given(orders=ORDERS, counted=ORDERS)
def test_it_never_gets_better_by_one_more_cancellation(orders: int, counted: int) -> None:
    lines = load("qoo10").rules[1].lines
    before, after = judge(lines, None, Count(counted, orders)), judge(lines, None, Count(counted + 1, orders))
    order: list[Line | None] = [None, *lines]  # two stages can weigh the same: further down the list is worse
    assert order.index(after) >= order.index(before)


def test_it_judges_nothing_by_a_line_that_nobody_knows() -> None:
    unknown = Line("x")
    assert not is_crossed(unknown, Count(100, 100))
    assert may_lose(unknown, Count(0, 100)) is None


@pytest.mark.parametrize(
    ("span", "on", "judged", "running"),
    [
        (Span("month"), date(2026, 11, 22), ("2026-10-01", "2026-10-31"), ("2026-11-01", "2026-11-30")),
        (Span("month"), date(2026, 3, 1), ("2026-02-01", "2026-02-28"), ("2026-03-01", "2026-03-31")),
        (Span("quarter"), date(2026, 10, 1), ("2026-07-01", "2026-09-30"), ("2026-10-01", "2026-12-31")),
        (Span("quarter"), date(2026, 9, 30), ("2026-04-01", "2026-06-30"), ("2026-07-01", "2026-09-30")),
        (Span("quarter"), date(2026, 1, 1), ("2025-10-01", "2025-12-31"), ("2026-01-01", "2026-03-31")),
        (Span("week"), date(2026, 11, 22), ("2026-11-09", "2026-11-15"), ("2026-11-16", "2026-11-22")),
        (Span("days", 7, 1), date(2026, 11, 22), ("2026-11-15", "2026-11-21"), ("2026-11-16", "2026-11-22")),
        (Span("days", 28, 8), date(2026, 11, 22), ("2026-10-18", "2026-11-14"), ("2026-10-19", "2026-11-15")),
        (Span("months", months=12, on_day=20), date(2026, 11, 22), ("2025-11-20", "2026-11-19"), ("2025-12-20", "2026-12-19")),
        (Span("months", months=3, on_day=20), date(2026, 1, 19), ("2025-09-20", "2025-12-19"), ("2025-10-20", "2026-01-19")),
        (Span("year"), date(2026, 11, 22), ("2026-01-01", "2026-11-21"), ("2026-01-01", "2026-12-31")),
        (Span("year"), date(2026, 1, 1), ("2026-01-01", "2025-12-31"), ("2026-01-01", "2026-12-31")),
    ],
)  # fmt: skip
def test_it_knows_which_days_a_rule_looks_at(
    span: Span, on: date, judged: tuple[str, str], running: tuple[str, str]
) -> None:
    def said(period: Period) -> tuple[str, str]:
        return period.first.isoformat(), period.last.isoformat()

    assert said(periods.judged(span, periods.judgement_day(span, on))) == judged
    assert said(periods.running(span, on)) == running


@given(day=st.dates(date(2000, 1, 1), date(2099, 1, 1)), kind=st.sampled_from(["month", "quarter", "week"]))
def test_it_leaves_no_day_unjudged(day: date, kind: Any) -> None:
    span = Span(kind)
    on = periods.judgement_day(span, day)
    assert on <= day < periods.next_judgement(span, day)
    assert periods.judged(span, on).last + timedelta(days=1) == on
    assert periods.before(span, periods.running(span, day)) == periods.judged(span, on)
    assert day in periods.running(span, day)


def steady(rate: Mapping[date, int], per_day: int = 10) -> meter.Totals:
    """So many orders every day; `rate`: from which day on how many of ten are cancelled."""

    def totals(period: Period) -> dict[str, int]:
        gone = sum(
            next((number for since, number in sorted(rate.items(), reverse=True) if day >= since), 0)
            for day in period.each()
        )
        return {"o": per_day * period.days, "p": 0, key("o", "w", "shop", is_paid=False, age=(99, 9)): gone}

    return totals


def stages(programme: Programme, on: date, totals: meter.Totals) -> dict[str, str]:
    return {
        verdict.rule.code: verdict.stage for verdict in meter.stand(programme, programme.default, on, totals).judged
    }


def test_it_stops_the_account_after_two_bad_quarters_and_not_after_one() -> None:
    bad = steady({date(2026, 4, 1): 2})
    assert stages(load("qoo10"), date(2026, 7, 1), bad) == {"month": "warning", "quarter": "items_500", "quarters": ""}
    assert stages(load("qoo10"), date(2026, 10, 1), bad)["quarters"] == "stopped"
    better = steady({date(2026, 4, 1): 2, date(2026, 7, 1): 1})
    assert stages(load("qoo10"), date(2026, 10, 1), better) == {"month": "warning", "quarter": "", "quarters": ""}


def test_it_takes_exactly_ten_and_fifteen_per_cent_as_within() -> None:
    def flat(counted: int) -> meter.Totals:
        return lambda period: {"o": 1000, key("o", "w", "", is_paid=False, age=(99, 9)): counted}

    found = {
        counted: stages(load("qoo10"), date(2026, 10, 1), flat(counted))["quarter"] for counted in (100, 101, 150, 151)
    }
    assert found == {100: "", 101: "no_sale", 150: "no_sale", 151: "items_500"}


CHANGES: dict[str, Any] = {
    "title": {"ja": "試", "en": "Trial"},
    "zone": "Asia/Tokyo",
    "reading": [{"name": "all", "title": {"ja": "全部", "en": "All"}}],
    "stage": [{"code": "off", "title": {"ja": "停", "en": "Off"}, "follows": {"ja": "停", "en": "Off"}}],
    "rule": [
        {"code": "quarter", "title": {"ja": "期", "en": "Quarter"}, "period": "quarter", "line": [{"stage": "off", "over": "15%"}]},
        {
            "code": "quarter", "title": {"ja": "期", "en": "Quarter"}, "period": "quarter", "line": [{"stage": "off", "over": "12%"}],
            "since": date(2026, 8, 15),
        },
    ],
}  # fmt: skip


def changed(**more: Any) -> Programme:
    return parse("trial", {**CHANGES, "rule": [CHANGES["rule"][0], {**CHANGES["rule"][1], **more}]})


def fourteen(period: Period) -> dict[str, int]:
    return {"o": 100, key("o", "w", "", is_paid=False, age=(99, 9)): 14}


def test_it_applies_a_change_to_the_judgements_from_that_day_on() -> None:
    """The rule changes in the middle of a quarter: judged on 1 October it is the new one, on 1 July it was the old one."""
    assert stages(changed(), date(2026, 10, 1), fourteen) == {"quarter": "off"}
    assert stages(changed(), date(2026, 9, 30), fourteen) == {"quarter": ""}, "judged on 1 July"
    assert stages(changed(), date(2026, 8, 15), fourteen) == {"quarter": ""}
    coming = meter.stand(changed(), Reading(), date(2026, 8, 1), fourteen).running[0]
    assert coming.stage == "off", "what runs now will be judged by the new rule"


def test_it_applies_a_change_to_whole_periods_where_the_mall_says_so() -> None:
    assert stages(changed(whole_periods=True), date(2026, 10, 1), fourteen) == {"quarter": ""}
    assert stages(changed(whole_periods=True), date(2027, 1, 1), fourteen) == {"quarter": "off"}


def test_it_ends_a_rule() -> None:
    ended = parse("trial", {**CHANGES, "rule": [{**CHANGES["rule"][0], "until": date(2026, 9, 1)}]})
    assert stages(ended, date(2026, 8, 1), fourteen) == {"quarter": ""}
    assert stages(ended, date(2026, 10, 1), fourteen) == {}


def test_it_adds_up_points_from_new_year_on() -> None:
    """15 points each; the third one reaches 35."""

    def points(counted: int) -> dict[str, str]:
        return stages(
            load("rakuten"),
            date(2026, 6, 1),
            lambda period: {"o": 900, key("c", "w", "shop", is_paid=False, age=(1, 0)): counted},
        )

    assert [points(counted)["points"] for counted in (2, 3, 4, 5, 6, 7)] == [
        "",
        "level_1",
        "level_2",
        "level_3",
        "level_4",
        "level_5",
    ]


def test_it_chooses_ebays_period_by_its_size() -> None:
    def of(orders: int) -> dict[str, bool]:
        told = meter.stand(load("ebay"), load("ebay").default, date(2026, 11, 22), lambda period: {"o": orders})
        return {verdict.rule.code: verdict.is_applied for verdict in told.judged}

    assert of(400) == {"defects_3": True, "defects_12": False}
    assert of(399) == {"defects_3": False, "defects_12": True}


@pytest.mark.parametrize("name", names())
def test_it_knows_the_source_of_each_line_that_it_judges_by(name: str) -> None:
    programme = load(name)
    for rule in programme.rules:
        known = [line for line in (*rule.lines, *([rule.few.line] if rule.few else [])) if line.is_known]
        assert rule.sources or not known, rule.code
        for line in known:
            assert programme.stages[line.stage].sources, line.stage
    assert programme.readings[0].sources
    assert programme.unknown, "what is not known is said"


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"period": "fortnight"}, "fortnight"), ({"line": [{"stage": "off", "over": "7"}]}, "not a percentage"),
        ({"line": [{"stage": "gone", "over": "7%"}]}, "no such stage"), ({"line": [{"stage": "off"}]}, "one of over"),
        ({"line": [{"stage": "off", "over": "9%"}, {"stage": "off", "over": "8%"}]}, "do not rise"), ({"sources": ["x"]}, "no such source"),
        ({"period": "days"}, "needs `days`"), ({"counted": "points"}, "points_each"), ({"typo": 1}, "typo"),
        ({"in_a_row": {"rule": "gone", "stage": "off"}}, "no such rule"), ({"title": {"ja": "期"}}, "texts are"),
        ({"reading": {"grace_hours": -1}}, "grace_hours"),
    ],
)  # fmt: skip
def test_it_refuses_a_document_that_it_does_not_understand(more: dict[str, Any], place: str) -> None:
    with pytest.raises(ProgrammeRefused, match=place):
        parse("trial", {**CHANGES, "rule": [{**CHANGES["rule"][0], **more}]})


@pytest.mark.parametrize(
    "wrong",
    [
        {"cancels": "most"}, {"grace_hours": -1}, {"grace_hours": MOST_GRACE_HOURS + 1}, {"grace_hours": True}, {"sides": []},
        {"sides": ["nobody"]}, {"within_days": MOST_DAYS + 1}, {"only_paid": "yes"}, {"typo": 1}, {"services": [1]},
    ],
)  # fmt: skip
def test_it_refuses_a_reading_that_it_does_not_understand(wrong: dict[str, Any]) -> None:
    with pytest.raises(ReadingRefused):
        read(wrong)


@given(
    st.fixed_dictionaries(
        {
            "cancels": st.sampled_from(["orders", "slips", "product_slips"]), "month_of": st.sampled_from(["order", "cancel"]),
            "grace_hours": st.integers(0, MOST_GRACE_HOURS), "only_paid": st.booleans(), "grace_leaves_orders": st.booleans(),
            "within_days": st.none() | st.integers(0, MOST_DAYS),
            "sides": st.sets(st.sampled_from(["shop", "customer", "unknown"]), min_size=1).map(sorted),
        }
    )
)  # fmt: skip
def test_it_reads_what_it_wrote(said: dict[str, Any]) -> None:
    assert read(read(said).as_json()) == read(said)
