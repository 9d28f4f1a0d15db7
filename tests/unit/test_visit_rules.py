"""What a client may do alone with a visit, when reminders go, and what stands of a fee."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kaeru.appointments.visits import rules
from kaeru.appointments.visits.fees import Case, FeeRule, Refilled, fee
from kaeru.appointments.visits.reminder_texts import ALLOWED, TEXTS
from kaeru.appointments.visits.rules import Limits, Standing
from kaeru.messages import guarding
from kaeru.messages.texts import check_texts

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""Noon in Tokyo."""
TOKYO = "Asia/Tokyo"


def visit(hours: float, *, is_booked: bool = True, changes: int = 0) -> Standing:
    """A visit so many hours from now."""
    return Standing(is_booked, NOW + timedelta(hours=hours), changes)


def test_it_allows_a_change_up_to_the_very_minute_of_the_limit() -> None:
    assert rules.may_change(visit(2), Limits(), NOW) == ""
    assert rules.may_change(visit(1.99), Limits(), NOW) == "too_late"
    assert rules.may_cancel(visit(2), Limits(), NOW) == ""
    assert rules.may_cancel(visit(1.99), Limits(), NOW) == "too_late"


def test_it_refuses_what_is_over_before_it_asks_for_limits() -> None:
    assert rules.may_change(visit(-1), Limits(), NOW) == "past"
    assert rules.may_change(visit(30, is_booked=False), Limits(), NOW) == "ended"
    assert rules.may_confirm(visit(0), NOW) == "past"
    assert rules.may_confirm(visit(0.1), NOW) == ""


def test_it_limits_repeated_changes_but_never_cancelling() -> None:
    assert rules.may_change(visit(30, changes=3), Limits(), NOW) == "too_often"
    assert rules.may_change(visit(30, changes=30), Limits(most_changes=0), NOW) == ""
    assert rules.may_cancel(visit(30, changes=3), Limits(), NOW) == ""


def test_it_forgets_a_no_show_after_the_salons_months() -> None:
    limits = Limits(no_shows_most=2, no_show_months=12)
    recent, old = NOW - timedelta(days=100), datetime(2025, 11, 24, 2, 59, tzinfo=UTC)
    assert rules.may_book([recent, recent], limits, TOKYO, NOW) == "no_shows"
    assert rules.may_book([recent, old], limits, TOKYO, NOW) == ""
    assert rules.may_book([recent] * 9, Limits(), TOKYO, NOW) == ""


def test_it_tells_of_one_whole_day_of_the_salons_own() -> None:
    first, last = rules.day_reminded(
        datetime(2026, 3, 7, 23, tzinfo=UTC), "America/New_York", 1
    )  # 18:00 on 7 March there
    assert (first, last) == (datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 3, 9, 4, tzinfo=UTC))  # 23 hours


def test_it_finds_the_next_round_where_the_clock_is_put_forward() -> None:
    at = rules.next_round(datetime(2026, 3, 8, 6, 30, tzinfo=UTC), "America/New_York", time(2, 30))
    assert at == datetime(2026, 3, 8, 7, tzinfo=UTC)  # 2:30 is not there on that day: the first that exists


def test_it_never_reminds_at_night() -> None:
    evening = datetime(2026, 11, 24, 13, tzinfo=UTC)  # 22:00 in Tokyo
    morning = datetime(2026, 11, 24, 23, tzinfo=UTC)  # 8:00
    assert rules.goes_at(evening, morning + timedelta(hours=2), TOKYO) == morning
    assert rules.goes_at(evening, morning + timedelta(minutes=59), TOKYO) is None
    assert rules.goes_at(morning - timedelta(hours=3), morning + timedelta(hours=1), TOKYO) == morning


@given(st.integers(0, 60 * 72), st.integers(0, 60 * 72), st.integers(1, 48))
def test_it_asks_again_only_in_waking_hours_and_in_time(first: int, start: int, hours: int) -> None:
    first_at, starts_at = NOW + timedelta(minutes=first), NOW + timedelta(minutes=start)
    at = rules.nudge_at(first_at, starts_at, TOKYO, hours)
    if at is not None:
        local = (at + timedelta(hours=9)).time()
        assert rules.DAY_BEGINS <= local < rules.DAY_ENDS
        assert starts_at - at >= rules.LATEST_NOTICE
        assert at - first_at >= timedelta(hours=1)


RULE = FeeRule(24, 50, 100, 20, NOW - timedelta(days=30))


def case(what: str = "cancelled", *, notice: float = 3, made_days: float = 5, is_online: bool = True) -> Case:
    """A visit of 10,000 yen that did not take place."""
    start = NOW + timedelta(days=2)
    ended = start if what == "no_show" else start - timedelta(hours=notice)
    return Case(what, 10_000, start, ended, NOW - timedelta(days=made_days), is_online)  # type: ignore[arg-type]


def test_it_bounds_the_fee_by_the_average_damage() -> None:
    told = fee(case(), RULE, Refilled(40, 20))
    assert (told.by_rule, told.bound, told.most, told.why) == (5000, 4000, 4000, "over_bound")
    told = fee(case("no_show"), RULE, Refilled(40, 20))
    assert (told.by_rule, told.bound, told.most, told.why) == (10_000, 8000, 8000, "over_bound")


def test_it_asks_nothing_in_time_without_a_rule_or_where_it_was_not_shown() -> None:
    assert fee(case(notice=24), RULE, Refilled()).why == "in_time"
    assert fee(case(), FeeRule(), Refilled()).why == "no_rule"
    told = fee(case(made_days=31), RULE, Refilled())
    assert (told.most, told.why) == (0, "not_shown")
    assert fee(case(is_online=False), RULE, Refilled(40, 0)).why == "not_known"


def test_it_says_when_the_share_is_an_assumption() -> None:
    assert fee(case(), RULE, Refilled(19, 0)).is_assumed
    assert not fee(case(), RULE, Refilled(20, 0)).is_assumed
    assert not fee(case("no_show"), RULE, Refilled()).is_assumed


@given(
    st.integers(0, 10**7), st.integers(0, 100), st.integers(0, 100), st.integers(0, 100), st.integers(0, 200),
    st.integers(0, 200), st.floats(0, 100), st.sampled_from(["cancelled", "no_show"]),
)  # fmt: skip
def test_it_never_asks_more_than_the_rule_the_bound_or_the_price(
    price: int, late: int, missed: int, spared: int, freed: int, taken: int, notice: float, what: str
) -> None:
    start = NOW + timedelta(days=5)
    one = Case(what, price, start, start - timedelta(hours=notice), NOW, True)  # type: ignore[arg-type]
    told = fee(one, FeeRule(24, late, missed, spared, NOW), Refilled(max(freed, taken), min(freed, taken)))
    assert 0 <= told.most <= min(told.by_rule, told.bound) <= price


def test_it_words_reminders_so_that_they_can_be_sent() -> None:
    for texts in TEXTS.values():
        assert check_texts(texts, "notice", ALLOWED) == []
        assert [one for one in guarding.check(texts, "notice") if not one.is_warning] == []
