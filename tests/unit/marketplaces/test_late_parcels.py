"""Which parcels are late: each line at its boundary, over weekends, public holidays, New Year and month ends."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.core.calendar import USUAL_HOURS, Calendar
from kaeru.marketplaces.dispatch import book, days, rules
from kaeru.marketplaces.dispatch.rules import Level, Parcel, Sent, Watch

SHOP = Calendar("Asia/Tokyo", USUAL_HOURS)
EVERY_DAY = Calendar("Asia/Tokyo", ((time(9), time(17)),) * 7, keeps_holidays=False)
QOO10 = book.malls()["qoo10"]
DATES = st.dates(date(2023, 5, 10), date(2027, 12, 1))


def seen(parcel: Parcel, today: date, *, shop: Calendar = SHOP, mall: str = "qoo10", counts: bool = True) -> Watch:
    found = rules.lines(book.mall(mall), parcel)
    return rules.watch(parcel, found, today=today, shop=shop, today_counts=counts, delivery_days=2)


def lines(parcel: Parcel) -> dict[str, tuple[date, date]]:
    return {one.step.effect: (one.safe_until, one.falls_on) for one in rules.lines(QOO10, parcel)}


def paid(on: date, **fields: object) -> Parcel:
    return Parcel(on, on, **fields)  # type: ignore[arg-type]


# --- the mall's days ---------------------------------------------------------------------------------------------------


def test_it_counts_as_qoo10_shows_it() -> None:
    """Paid on Monday: mail on Thursday, two points on the Monday after, the stop on the Tuesday."""
    assert lines(paid(date(2026, 10, 5))) == {
        "mail": (date(2026, 10, 7), date(2026, 10, 8)),
        "points": (date(2026, 10, 9), date(2026, 10, 13)),  # the 12th is a public holiday
        "stop": (date(2026, 10, 13), date(2026, 10, 14)),
    }


@pytest.mark.parametrize(
    ("on", "fourth"),
    [
        (date(2026, 4, 28), date(2026, 5, 8)),  # the golden week: the 29th, the 4th, 5th and 6th of May
        (date(2026, 12, 28), date(2027, 1, 4)),  # 1 January falls on a Friday
        (date(2025, 12, 30), date(2026, 1, 6)),
        (date(2026, 9, 18), date(2026, 9, 29)),  # three holidays in a row, the 22nd because it lies between two
        (date(2024, 2, 27), date(2024, 3, 4)),  # 29 February is a Thursday
        (date(2026, 8, 31), date(2026, 9, 4)),
        (date(2026, 1, 31), date(2026, 2, 5)),  # paid on a Saturday
    ],
)
def test_it_counts_over_holidays_and_month_ends(on: date, fourth: date) -> None:
    assert lines(paid(on))["points"][0] == fourth


def test_it_watches_only_what_the_parcel_is() -> None:
    reserved = paid(date(2026, 10, 5), dispatch_by=date(2026, 10, 10), is_reserved=True)
    assert lines(reserved) == {
        "buyer_may_cancel": (date(2026, 10, 10), date(2026, 10, 11)),
        "stop": (date(2026, 10, 12), date(2026, 10, 13)),  # calendar days, holiday or not
    }
    assert lines(Parcel(date(2026, 10, 5))) == {}
    assert lines(paid(date(2023, 5, 9))) == {}, "the rule is of 10 May 2023"


def test_it_asks_the_state_where_the_mall_does() -> None:
    new, confirmed = (Parcel(date(2026, 10, 5), mall_state=state) for state in ("100", "300"))
    rakuten = book.mall("rakuten")
    [line] = rules.lines(rakuten, new)
    assert (line.safe_until, line.step.effect) == (date(2026, 10, 19), "auto_cancel")
    assert rules.lines(rakuten, confirmed) == ()


def test_it_knows_where_each_figure_is_from() -> None:
    told = [rule for mall in book.malls().values() for rule in mall.rules]
    assert {mall.programme for mall in book.malls().values()} >= {"qoo10", "amazon_jp", "rakuten", "yahoo", "ebay"}
    assert all(rule.source and rule.certainty in ("official", "two_sources", "one_source") for rule in told)
    assert all(step.falls > step.within for rule in told for step in rule.steps)
    assert book.malls()["ebay"].rules == (), "what is not known is not made up"


# --- how a parcel stands ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "level"),
    [
        (date(2026, 11, 9), Level.CALM),  # Monday, paid today: the fourth working day is Friday
        (date(2026, 11, 11), Level.CALM),
        (date(2026, 11, 12), Level.SOON),
        (date(2026, 11, 13), Level.TODAY),
        (date(2026, 11, 14), Level.LATE),
    ],
)
def test_it_says_how_much_time_is_left(today: date, level: Level) -> None:
    assert seen(paid(date(2026, 11, 9)), today).level is level


def test_it_counts_the_days_on_which_the_shop_works() -> None:
    """Promised for Saturday: a shop that rests on Saturdays must send on Friday; on Friday evening it is too late."""
    parcel = Parcel(date(2026, 11, 9), dispatch_by=date(2026, 11, 14))
    friday, saturday = date(2026, 11, 13), date(2026, 11, 14)
    assert seen(parcel, friday, mall="").last_chance == friday
    assert seen(parcel, friday, mall="").level is Level.TODAY
    assert seen(parcel, friday, mall="", counts=False).level is Level.MISSES
    assert seen(parcel, saturday, mall="").level is Level.MISSES
    assert seen(parcel, saturday, mall="", shop=EVERY_DAY).level is Level.TODAY
    assert seen(parcel, saturday + timedelta(days=1), mall="").level is Level.LATE


def test_it_sees_a_new_year_in_which_nobody_packs() -> None:
    closed = frozenset(date(2026, 12, 29) + timedelta(days=number) for number in range(6))
    shop = Calendar("Asia/Tokyo", USUAL_HOURS, closed)
    parcel = paid(date(2026, 12, 25))  # Friday: the fourth working day of the mall is Thursday, the 31st
    found = seen(parcel, date(2026, 12, 28), shop=shop)
    assert (found.due_on, found.last_chance, found.level) == (date(2026, 12, 31), date(2026, 12, 28), Level.TODAY)
    assert seen(parcel, date(2026, 12, 29), shop=shop).level is Level.MISSES
    later = seen(parcel, date(2027, 1, 4), shop=shop)
    assert (later.level, later.why, later.days_late) == (Level.LATE, "points", 4)


def test_it_says_which_clock_presses() -> None:
    parcel = paid(date(2026, 11, 9), dispatch_by=date(2026, 11, 11))
    assert seen(parcel, date(2026, 11, 10)).why == "promise"
    assert seen(parcel, date(2026, 11, 12)).why == "promise"
    assert seen(parcel, date(2026, 11, 12)).days_late == 1
    assert seen(Parcel(date(2026, 11, 9)), date(2026, 12, 9), mall="").level is Level.CALM


def test_it_does_not_take_a_reminder_for_a_loss() -> None:
    found = seen(paid(date(2026, 11, 9)), date(2026, 11, 12))
    assert found.crossed == ()
    assert found.next is not None
    assert found.next.step.effect == "points"


# --- the wished day ------------------------------------------------------------------------------------------------------


def test_it_keeps_the_wished_day_before_the_planned_one() -> None:
    wish = date(2026, 11, 13)  # Friday; two days on the way: it leaves on Wednesday
    parcel = Parcel(date(2026, 11, 9), dispatch_by=date(2026, 11, 12), wished_on=wish)
    found = seen(parcel, date(2026, 11, 10), mall="")
    assert (found.leave_by, found.due_on, found.why) == (date(2026, 11, 11), date(2026, 11, 11), "wish")
    assert found.conflict == "plan_after_wish"
    assert seen(parcel, date(2026, 11, 12), mall="").conflict == "wish_lost"


def test_it_says_that_a_wish_lies_behind_the_malls_line() -> None:
    far = paid(date(2026, 11, 9), wished_on=date(2026, 11, 30))
    near = paid(date(2026, 11, 9), wished_on=date(2026, 11, 20))
    assert seen(far, date(2026, 11, 10)).conflict == "line_before_wish"
    assert seen(near, date(2026, 11, 10)).conflict == "", "carriers keep it for a week"


def test_it_does_not_call_a_lost_wish_late() -> None:
    parcel = Parcel(date(2026, 11, 9), wished_on=date(2026, 11, 11))
    found = seen(parcel, date(2026, 11, 11), mall="")
    assert (found.level, found.conflict, found.why) == (Level.SOON, "wish_lost", "wish")


# --- the dispatch rate -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sent", "risk"), [(0, "yes"), (95, "yes"), (96, "no"), (100, "no")])
def test_it_stops_at_exactly_ninety_five(sent: int, risk: str) -> None:
    assert rules.stop_risk(Sent(100, sent), Sent(100, sent), 95) == risk


def test_it_says_possible_where_the_readings_differ() -> None:
    assert rules.stop_risk(Sent(1, 0), Sent(1000, 990), 95) == "possible"
    assert rules.stop_risk(Sent(), Sent(), 95) == "no"


# --- whatever the day ------------------------------------------------------------------------------------------------------


@given(DATES, st.integers(0, 40), st.booleans())
def test_it_never_gets_better_by_waiting(on: date, passed: int, counts: bool) -> None:
    parcel = paid(on, dispatch_by=on + timedelta(days=3))
    today, rank = on + timedelta(days=passed), rules.RANK.index
    now = seen(parcel, today, counts=counts)
    tomorrow = seen(parcel, today + timedelta(days=1))
    assert now.level is not Level.LATE or tomorrow.level is Level.LATE
    assert (now.level is Level.LATE) == any(one < today for one in (on + timedelta(days=3), *_costly(parcel)))
    if now.level is Level.MISSES:
        assert rank(tomorrow.level) <= rank(Level.MISSES)
    if now.last_chance is not None:
        assert now.due_on is not None
        assert today <= now.last_chance <= now.due_on
        assert not SHOP.is_closed_all_day(now.last_chance)


def _costly(parcel: Parcel) -> list[date]:
    return [one.safe_until for one in rules.lines(QOO10, parcel) if one.is_costly]


@given(DATES, st.integers(0, 12), st.integers(0, 12))
def test_it_adds_working_days(on: date, first: int, more: int) -> None:
    middle = days.after(on, first)
    assert days.after(middle, more) == days.after(on, first + more)
    assert first == 0 or not days.TOKYO.is_closed_all_day(middle)
    assert days.working_days(on + timedelta(days=1), middle, days.TOKYO) == first


@given(DATES)
def test_it_proposes_a_day_on_which_the_shop_works(today: date) -> None:
    new = rules.first_new_date(today, SHOP)
    assert new > today
    assert not SHOP.is_closed_all_day(new)
    assert rules.first_new_date(today, Calendar("Asia/Tokyo", (None,) * 7)) == today + timedelta(days=1)
