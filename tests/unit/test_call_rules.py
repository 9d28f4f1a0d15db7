"""What comes of a call, when it is tried again, which one is next, and what is said."""

import doctest
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as some

from kaeru.calls import choices, numbers, rules, scripts
from kaeru.calls.errors import NextTryRefused
from kaeru.calls.rules import Answer, Call, Outcome, Pressure, Waiting, place, pressure, told
from kaeru.core.calendar import Calendar

OPEN = Calendar(keeps_holidays=False)
"""Monday to Friday, 10:00 to 18:00 in Tokyo."""
NEVER = Calendar(hours=(None,) * 7)
MONDAY_NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""12:00 in Tokyo."""
EVENING = MONDAY_NOON + timedelta(hours=6)
HOUR = timedelta(hours=1)


def call(tries: int = 0, deadline_at: datetime = EVENING, **fields: object) -> Call:
    return Call(tries=tries, most_tries=3, deadline_at=deadline_at, **fields)  # type: ignore[arg-type]


def test_it_does_what_its_examples_say() -> None:
    assert doctest.testmod(numbers).failed == 0


# --- what comes of a try ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", sorted(rules.SPOKEN))
def test_it_ends_when_the_customer_was_spoken_to(answer: Answer) -> None:
    verdict = told(call(), answer, MONDAY_NOON, OPEN)
    assert (verdict.outcome, verdict.tries, verdict.next_try_at) == (Outcome.REACHED, 0, None)


def test_it_counts_a_wrong_number_as_nobody_reached_and_closes_the_number() -> None:
    verdict = told(call(), Answer.WRONG_NUMBER, MONDAY_NOON, OPEN)
    assert (verdict.outcome, verdict.stops_number) == (Outcome.UNREACHED, True)


def test_it_tries_again_two_opening_hours_later() -> None:
    tomorrow = MONDAY_NOON + timedelta(days=2)
    assert told(call(), Answer.UNREACHED, MONDAY_NOON, OPEN).next_try_at == MONDAY_NOON + 2 * HOUR
    at_five = MONDAY_NOON + 5 * HOUR
    verdict = told(call(deadline_at=tomorrow), Answer.UNREACHED, at_five, OPEN)
    assert verdict.next_try_at == MONDAY_NOON + timedelta(days=1) - HOUR, "an hour today and an hour from ten tomorrow"


def test_it_gives_up_after_the_most_tries() -> None:
    assert told(call(1), Answer.UNREACHED, MONDAY_NOON, OPEN).tries == 2
    last = told(call(2), Answer.UNREACHED, MONDAY_NOON, OPEN)
    assert (last.outcome, last.tries) == (Outcome.UNREACHED, 3)


def test_it_uses_what_is_left_before_the_deadline() -> None:
    verdict = told(call(deadline_at=MONDAY_NOON + HOUR), Answer.UNREACHED, MONDAY_NOON, OPEN)
    assert verdict.next_try_at == MONDAY_NOON + HOUR / 2
    hopeless = told(call(deadline_at=MONDAY_NOON + timedelta(minutes=20)), Answer.UNREACHED, MONDAY_NOON, OPEN)
    assert hopeless.outcome == Outcome.UNREACHED


def test_it_does_not_try_again_where_nobody_can_dial() -> None:
    assert told(call(can_dial=False), Answer.UNREACHED, MONDAY_NOON, OPEN).outcome == Outcome.UNREACHED


def test_it_keeps_a_promise_beyond_the_deadline() -> None:
    asked = EVENING + timedelta(days=2)
    verdict = told(call(2), Answer.NEEDS_TIME, MONDAY_NOON, OPEN, asked)
    assert (verdict.outcome, verdict.tries, verdict.next_try_at) == (None, 2, asked)
    assert verdict.deadline_at == asked + rules.PROMISE_GRACE
    assert told(call(), Answer.NEEDS_TIME, MONDAY_NOON, OPEN).next_try_at == MONDAY_NOON + 2 * HOUR


@pytest.mark.parametrize(
    ("answer", "asked", "code"),
    [
        (Answer.UNREACHED, MONDAY_NOON, "past"),
        (Answer.NEEDS_TIME, MONDAY_NOON - HOUR, "past"),
        (Answer.NEEDS_TIME, MONDAY_NOON + timedelta(days=31), "too_far"),
        (Answer.UNREACHED, EVENING, "after_deadline"),
    ],
)
def test_it_refuses_a_next_try_that_cannot_be(answer: Answer, asked: datetime, code: str) -> None:
    with pytest.raises(NextTryRefused) as refused:
        told(call(), answer, MONDAY_NOON, OPEN, asked)
    assert refused.value.code == code


MOMENTS = some.datetimes(
    min_value=datetime(2026, 1, 1),
    max_value=datetime(2027, 12, 31),
    timezones=some.just(UTC),
)


@given(
    now=MOMENTS,
    left=some.timedeltas(timedelta(days=-1), timedelta(days=40)),
    tries=some.integers(0, 5),
    answer=some.sampled_from(Answer),
    can_dial=some.booleans(),
    hours=some.sampled_from([OPEN, NEVER, Calendar(hours=((time(22), time(2)),) * 7), Calendar(zone="Europe/London")]),
    asked=some.none() | some.timedeltas(timedelta(days=-1), timedelta(days=40)),
)
def test_it_always_ends_or_has_a_next_try_that_can_be_made(
    now: datetime, left: timedelta, tries: int, answer: Answer, can_dial: bool, hours: Calendar, asked: timedelta | None
) -> None:
    waiting = Call(tries, 3, now + left, can_dial)
    try:
        verdict = told(waiting, answer, now, hours, None if asked is None else now + asked)
    except NextTryRefused:
        assert asked is not None
        return
    assert verdict.is_closed == (verdict.next_try_at is None)
    assert verdict.deadline_at >= waiting.deadline_at
    assert waiting.tries <= verdict.tries <= waiting.tries + 1
    if verdict.next_try_at is not None:
        assert now < verdict.next_try_at < verdict.deadline_at
        assert answer in rules.LATER
    assert (verdict.outcome == Outcome.REACHED) == (answer in rules.SPOKEN)


@given(now=MOMENTS, left=some.timedeltas(timedelta(0), timedelta(days=40)))
def test_it_is_unreached_for_good_after_three_tries(now: datetime, left: timedelta) -> None:
    tries, deadline, moment = 0, now + left, now
    for _ in range(3):
        verdict = told(Call(tries, 3, deadline), Answer.UNREACHED, moment, OPEN)
        tries, moment = verdict.tries, verdict.next_try_at or moment
        if verdict.is_closed:
            break
    assert verdict.outcome == Outcome.UNREACHED


# --- which call is next ----------------------------------------------------------------------------------------------


def order(*calls: Waiting) -> list[int]:
    return sorted(range(len(calls)), key=lambda number: place(calls[number], MONDAY_NOON))


def test_it_calls_first_what_waiting_costs_most() -> None:
    cheap_now = Waiting(3_000, MONDAY_NOON + timedelta(minutes=15))
    dear_today = Waiting(100_000, MONDAY_NOON + 6 * HOUR)
    dear_next_day = Waiting(100_000, MONDAY_NOON + 24 * HOUR)
    assert order(dear_next_day, dear_today, cheap_now) == [1, 2, 0]
    assert order(Waiting(3_000, EVENING), Waiting(9_000, EVENING)) == [1, 0]
    assert order(Waiting(3_000, EVENING), Waiting(3_000, MONDAY_NOON + HOUR)) == [1, 0]


def test_it_keeps_promises_first_and_what_nobody_can_call_last() -> None:
    promised = Waiting(1, EVENING, MONDAY_NOON - HOUR, is_promised=True)
    dear = Waiting(1_000_000, MONDAY_NOON + HOUR)
    no_number = Waiting(1_000_000, MONDAY_NOON + HOUR, can_dial=False)
    later = Waiting(1_000_000, MONDAY_NOON + HOUR, MONDAY_NOON + HOUR / 2)
    assert order(later, no_number, dear, promised) == [3, 2, 1, 0]


WAITING = some.builds(
    Waiting,
    value=some.integers(-(10**15), 10**15),
    deadline_at=MOMENTS,
    next_try_at=some.none() | MOMENTS,
    is_promised=some.booleans(),
    can_dial=some.booleans(),
)


@given(WAITING, some.integers(0, 10**15))
def test_it_never_puts_a_call_back_because_more_is_at_stake(waiting: Waiting, more: int) -> None:
    richer = Waiting(
        waiting.value + more, waiting.deadline_at, waiting.next_try_at, waiting.is_promised, waiting.can_dial
    )
    assert place(richer, MONDAY_NOON) <= place(waiting, MONDAY_NOON)


@given(WAITING)
def test_it_never_says_that_all_is_well_after_the_deadline(waiting: Waiting) -> None:
    found = pressure(waiting, MONDAY_NOON)
    assert (found == Pressure.OVER) == (waiting.deadline_at <= MONDAY_NOON)


def test_it_says_how_the_clock_stands() -> None:
    assert pressure(Waiting(1, EVENING), MONDAY_NOON) == Pressure.CALM
    assert pressure(Waiting(1, MONDAY_NOON + HOUR), MONDAY_NOON) == Pressure.SOON
    assert pressure(Waiting(1, EVENING, MONDAY_NOON + HOUR), MONDAY_NOON) == Pressure.LATER
    assert pressure(Waiting(1, EVENING, MONDAY_NOON - HOUR, is_promised=True), MONDAY_NOON) == Pressure.LATE
    assert rules.minutes_left(MONDAY_NOON + timedelta(seconds=59), MONDAY_NOON) == 1
    assert rules.minutes_left(MONDAY_NOON - HOUR, MONDAY_NOON) == 0


# --- what is said ----------------------------------------------------------------------------------------------------


def test_it_fills_in_what_it_knows_and_never_reads_it_again() -> None:
    text = "{{customer.name}} 様、{{ order.total }}の件です。{{ order.lines }}"
    values = {"customer.name": "{{ order.total }}", "order.total": "3,960円"}
    assert scripts.fill(text, values) == "{{ order.total }} 様、3,960円の件です。"


@pytest.mark.parametrize(
    ("script", "codes"),
    [
        ({"ja": "{{ customer.name }} 様"}, []),
        ({"ja": "", "en": " "}, ["missing"]),
        ({}, ["missing"]),
        ({"ja": "{{ customer.nmae }} 様"}, ["unknown_variable"]),
        ({"ja": "{% if x %}", "en": "{{ order.number"}, ["stray_braces", "stray_braces"]),
        ({"ja": "あ" * 4001}, ["too_long"]),
    ],
)
def test_it_says_what_is_wrong_with_a_script(script: dict[str, str], codes: list[str]) -> None:
    assert [problem.code for problem in scripts.check(script)] == codes


def test_it_guesses_what_was_meant() -> None:
    assert scripts.check({"ja": "{{ customer.nmae }}"})[0].nearest == "customer.name"


@given(some.text(), some.dictionaries(some.sampled_from(scripts.VARIABLES), some.text()))
def test_it_fills_in_anything(text: str, values: dict[str, str]) -> None:
    scripts.fill(text, values)
    scripts.check({"ja": text})


@pytest.mark.parametrize(
    ("written", "e164", "shown"),
    [
        ("090-1234-5678", "+819012345678", "090-1234-5678"),
        ("+81 3-1234-5678", "+81312345678", "03-1234-5678"),
        ("03(1234)5678", "+81312345678", "03-1234-5678"),
        ("0120-444-444", "+81120444444", "0120-444-444"),
        ("+1 202 555 0123", "+12025550123", "+1 202-555-0123"),
    ],
)
def test_it_reads_numbers_as_people_write_them(written: str, e164: str, shown: str) -> None:
    found = numbers.read(written)
    assert found is not None
    assert (found.e164, found.shown) == (e164, shown)


@pytest.mark.parametrize(
    "written", ["", "なし", "0", "090-1234", "000-0000-0000", "1" * 40, "090-1234-5678 / 03-1234-5678"]
)
def test_it_dials_nothing_that_does_not_exist(written: str) -> None:
    assert numbers.read(written) is None


@given(some.text())
def test_it_reads_anything(written: str) -> None:
    numbers.read(written)


@given(some.from_regex(r"\A[0０][0-9０-９]{1,4}[-− (]?[0-9]{2,4}[-ー )]?[0-9]{3,5}\Z"))
def test_it_reads_the_short_way_what_it_reads_the_long_way(written: str) -> None:
    """The long way is the library's own reading."""
    short = numbers.read(written)
    try:
        number = phonenumbers.parse(written, "JP")
    except phonenumbers.NumberParseException:
        assert short is None
        return
    valid = phonenumbers.is_valid_number(number)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assert (short.e164 if short else None) == (e164 if valid else None)


# --- when to call again ----------------------------------------------------------------------------------------------


def local(moment: datetime) -> str:
    return choices.for_field(moment, "Asia/Tokyo")


def test_it_offers_round_times() -> None:
    found = choices.choices(MONDAY_NOON + timedelta(minutes=1, seconds=20), "Asia/Tokyo", OPEN)
    assert {name: local(at) for name, at in found.items()} == {
        "hour": "2026-11-23T13:05",
        "evening": "2026-11-23T17:00",
        "opening": "2026-11-24T10:00",
    }


def test_it_offers_no_time_that_is_over_and_no_opening_that_never_comes() -> None:
    assert set(choices.choices(MONDAY_NOON + 5 * HOUR, "Asia/Tokyo", NEVER)) == {"hour"}
    friday_evening = MONDAY_NOON + timedelta(days=4, hours=7)
    assert local(choices.choices(friday_evening, "Asia/Tokyo", OPEN)["opening"]) == "2026-11-30T10:00"


@pytest.mark.parametrize(
    "text", ["", "x", "2026-02-30T10:00", "2026-11-23", "0000-01-01T00:00", "2026-11-23T25:00", "２０２６-11-23T10:00x"]
)
def test_it_reads_no_time_that_does_not_exist(text: str) -> None:
    assert choices.typed(text, "Asia/Tokyo") is None


def test_it_reads_the_shops_own_clock() -> None:
    assert choices.typed("2026-11-23T12:00", "Asia/Tokyo") == MONDAY_NOON
    gap = choices.typed("2026-03-29T01:30", "Europe/London")
    assert gap is not None
    assert gap.astimezone(ZoneInfo("Europe/London")).time() == time(2, 0), "the clocks jump over it"


@given(now=MOMENTS, zone=some.sampled_from(["Asia/Tokyo", "Europe/London", "America/St_Johns", "Pacific/Apia"]))
def test_it_offers_only_what_is_ahead(now: datetime, zone: str) -> None:
    for at in choices.choices(now, zone, Calendar(zone=zone)).values():
        assert timedelta(0) < at - now < timedelta(days=30)


@given(some.text(max_size=30))
def test_it_reads_any_time_field(text: str) -> None:
    choices.typed(text, "Asia/Tokyo")
