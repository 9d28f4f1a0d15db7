"""The malls' clocks: until when a decision makes a difference, and where that was read."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kaeru.marketplaces.desk import book
from kaeru.marketplaces.desk.rules import Rule, Times, deadlines, is_free, read_as

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""12:00 in Tokyo."""


def ends(mall: str, times: Times) -> dict[str, datetime]:
    return {one.rule.code: one.at for one in deadlines(book.malls()[mall].rules, times)}


def test_it_knows_the_clocks_of_five_malls_with_their_sources() -> None:
    known = book.malls()
    assert set(known) == {"qoo10", "rakuten", "yahoo", "amazon_jp", "ebay"}
    for mall in known.values():
        assert set(mall.screens) == {"cancellations", "inquiries"}
        for rule in mall.rules:
            assert rule.sources, rule
            assert rule.seen is not None
            assert set(rule.says) == {"ja", "en"}
            assert (rule.minutes == 0) == (rule.starts == "dispatch_by")


def test_it_counts_from_the_order() -> None:
    minutes = {"qoo10": 360, "rakuten": 30, "yahoo": 10, "amazon_jp": 30, "ebay": 60}
    for mall, wanted in minutes.items():
        first = deadlines(book.malls()[mall].rules, Times(NOON))[0]
        assert first.at == NOON + timedelta(minutes=wanted), mall


def test_it_ends_the_dispatch_day_at_midnight_where_the_mall_is() -> None:
    found = ends("qoo10", Times(NOON, dispatch_by=date(2026, 11, 26)))
    assert found["dispatch_day"] == datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
    assert "dispatch_day" not in ends("qoo10", Times(NOON))


def test_it_has_no_clock_without_its_start() -> None:
    assert "answer" not in ends("ebay", Times(NOON))
    assert ends("ebay", Times(NOON, asked_at=NOON))["answer"] == NOON + timedelta(days=3)


def test_it_is_over_at_the_moment_itself() -> None:
    [six, *_] = deadlines(book.malls()["qoo10"].rules, Times(NOON))
    assert not six.is_over(six.at - timedelta(microseconds=1))
    assert six.is_over(six.at)
    assert is_free([six], six.at - timedelta(seconds=1))
    assert not is_free([six], six.at)


def test_it_changes_with_the_day_on_which_a_rule_begins() -> None:
    old = Rule("x", "old", "uncounted", "placed", 60, until=date(2026, 11, 24))
    new = Rule("x", "new", "uncounted", "placed", 120, since=date(2026, 11, 24))
    before = datetime(2026, 11, 23, 14, 59, tzinfo=UTC)
    assert [one.rule.code for one in deadlines([old, new], Times(before))] == ["old"]
    assert [one.rule.code for one in deadlines([old, new], Times(before + timedelta(minutes=1)))] == ["new"]


def test_it_follows_the_shops_own_reading() -> None:
    rules = book.malls()["qoo10"].rules
    twelve = read_as(rules, grace_hours=12, counts_buyers=True)
    assert deadlines(twelve, Times(NOON))[0].at == NOON + timedelta(hours=12)
    assert deadlines(read_as(rules, grace_hours=0, counts_buyers=True), Times(NOON)) == []
    assert deadlines(read_as(rules, grace_hours=None, counts_buyers=False), Times(NOON)) == []
    assert read_as(rules, grace_hours=None, counts_buyers=True) == rules


@given(
    placed=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1), timezones=st.just(UTC)),
    asked=st.integers(0, 10_000),
    days=st.integers(0, 60) | st.none(),
)
def test_it_never_ends_before_its_start(placed: datetime, asked: int, days: int | None) -> None:
    dispatch = None if days is None else (placed + timedelta(days=days + 1)).date()
    times = Times(placed, placed + timedelta(minutes=asked), dispatch)
    for mall in book.malls().values():
        found = deadlines(mall.rules, times)
        assert [one.at for one in found] == sorted(one.at for one in found)
        assert all(one.at > placed for one in found)
        assert is_free(found, placed) == any(one.rule.means == "uncounted" for one in found)
