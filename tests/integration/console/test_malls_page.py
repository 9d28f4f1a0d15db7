"""The page of malls: a key is tried before it is kept, nothing is changed before somebody switches it on, and every limit says what to do."""

import html
from collections.abc import Iterator
from datetime import timedelta

import pytest

from kaeru.connectors import capabilities
from kaeru.connectors.gate import queries as gates
from kaeru.connectors.models import Connection
from kaeru.connectors.qoo10.client import JST
from kaeru.connectors.qoo10.early_dates import EarlyDates
from kaeru.core import clock, scope
from tests.cast import Cast
from tests.fakes.qoo10_wire import Wire
from tests.integration.connectors.qoo10_stage import at_the_mall, connect, row

PAGE = "/settings/malls/"


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    with at_the_mall(monkeypatch) as found:
        yield found


def typed(wire: Wire, **other: str) -> dict[str, str]:
    return {
        "qoo10-seller": "testshop",
        "qoo10-key": wire.mall.key,
        "qoo10-issued_on": clock.now().date().isoformat(),
        **{f"qoo10-{name}": value for name, value in other.items()},
    }


def kept(cast: Cast) -> int:
    with scope.everyone():
        return Connection.objects.filter(shop=cast.kotori, source="qoo10", removed_at=None).count()


def test_a_key_is_tried_kept_sealed_and_ends_after_a_year(cast: Cast, wire: Wire) -> None:
    browser = cast.aoi.browser()
    assert browser.post(f"{PAGE}qoo10/connect/", typed(wire)).status_code == 302
    found = row(cast.kotori)
    assert found.key_expires_on == clock.now().date() + timedelta(days=364)
    assert wire.names() == ["GetClaimInfo_V3"]
    page = browser.get(PAGE).content.decode()
    assert wire.mall.key not in page and "testshop" in page
    with scope.everyone():
        assert not gates.is_live(cast.kotori.id)


@pytest.mark.parametrize(
    "other",
    [
        {"key": "wrong-key-altogether"},
        {"key": "with space inside"},
        {"key": "改行"},
        {"key": ""},
        {"seller": ""},
        {"issued_on": "2020-01-01"},
        {"issued_on": "2099-01-01"},
        {"issued_on": "soon"},
    ],
)
def test_what_is_no_key_is_not_kept(cast: Cast, wire: Wire, other: dict[str, str]) -> None:
    answer = cast.aoi.browser().post(f"{PAGE}qoo10/connect/", typed(wire, **other))
    assert answer.status_code == 422 and kept(cast) == 0
    assert wire.mall.key not in answer.content.decode()


def test_a_silent_mall_connects_nothing(cast: Cast, wire: Wire) -> None:
    wire.faults["GetClaimInfo_V3"].append("silent")
    assert cast.aoi.browser().post(f"{PAGE}qoo10/connect/", typed(wire)).status_code == 422
    assert kept(cast) == 0


def test_only_who_manages_keys_may(cast: Cast, wire: Wire) -> None:
    for who in (cast.bunta, cast.mei):
        assert who.browser().get(PAGE).status_code == 403
        assert who.browser().post(f"{PAGE}qoo10/connect/", typed(wire)).status_code == 403
    connect(cast.kotori, wire.mall)
    cast.chika.browser().post(f"{PAGE}qoo10/leave/")
    assert kept(cast) == 1
    assert "testshop" not in cast.chika.browser().get(PAGE).content.decode()


def test_the_operator_switches_on_and_off(cast: Cast, wire: Wire) -> None:
    connect(cast.kotori, wire.mall)
    browser = cast.aoi.browser()
    browser.post(f"{PAGE}live/", {"is_live": "live"})
    with scope.everyone():
        terms = gates.terms_of([cast.kotori.id])[cast.kotori.id]
    assert (terms.is_live, terms.cancels_alone, terms.most_per_order) == (True, False, 30_000)
    browser.post(f"{PAGE}live/", {"is_live": "dry_run", "cancels_alone": "on"})
    with scope.everyone():
        terms = gates.terms_of([cast.kotori.id])[cast.kotori.id]
    assert (terms.is_live, terms.cancels_alone) == (False, True)


def test_early_dates_are_off_until_somebody_wants_them(cast: Cast, wire: Wire) -> None:
    connect(cast.kotori, wire.mall)
    browser = cast.aoi.browser()
    assert not EarlyDates.of(row(cast.kotori).rules).is_on
    told = {"early-is_on": "on", "early-days": "3", "early-only_known_stock": "on"}
    browser.post(f"{PAGE}qoo10/early/", told)
    assert EarlyDates.of(row(cast.kotori).rules) == EarlyDates(True, 3, True)
    assert browser.post(f"{PAGE}qoo10/early/", {**told, "early-days": "40"}).status_code == 422
    assert EarlyDates.of(row(cast.kotori).rules).days == 3


def test_a_key_that_is_tried_again_opens_or_shuts_the_door(cast: Cast, wire: Wire) -> None:
    connect(cast.kotori, wire.mall)
    right, browser = wire.mall.key, cast.aoi.browser()
    wire.mall.key = "somebody-changed-the-password"
    browser.post(f"{PAGE}qoo10/test/")
    assert row(cast.kotori).problem == "token_revoked"
    assert "token_revoked" not in browser.get(PAGE).content.decode()
    wire.mall.key = right
    browser.post(f"{PAGE}qoo10/test/")
    assert row(cast.kotori).problem == ""


@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_limit_says_what_to_do_instead(cast: Cast, wire: Wire, language: str) -> None:
    connect(cast.kotori, wire.mall)
    page = cast.aoi.browser().get(f"{PAGE}?lang={language}").content.decode()
    with scope.everyone():
        lacking = capabilities.lacking(cast.kotori, ["can_decline", "can_write_first", "can_cancel"], language)
    assert [one.capability for one in lacking] == ["can_decline", "can_write_first"]
    assert [one.instead for one in lacking if one.instead not in html.unescape(page)] == []


@pytest.mark.parametrize(("left", "tone"), [(36, ""), (35, "clock"), (3, "clock"), (-1, "bad")])
def test_the_end_of_the_key_is_seen_in_time(cast: Cast, wire: Wire, left: int, tone: str) -> None:
    connect(cast.kotori, wire.mall)
    with scope.everyone():
        Connection.objects.update(key_expires_on=clock.now().astimezone(JST).date() + timedelta(days=left))
    page = cast.aoi.browser().get(PAGE).content.decode()
    assert [one for one in ("clock", "bad") if f'class="notice {one}"' in page] == ([tone] if tone else [])


def test_today_says_that_a_key_ends_or_is_not_accepted(cast: Cast, wire: Wire) -> None:
    connect(cast.kotori, wire.mall)
    assert "モールのキー" not in cast.aoi.browser().get("/").content.decode()
    with scope.everyone():
        Connection.objects.update(key_expires_on=clock.now().astimezone(JST).date() + timedelta(days=9))
    page = cast.aoi.browser().get("/").content.decode()
    assert "小鳥雑貨店：モールのキーの期限が近づいています" in page and "/settings/malls/?shop=kotori#qoo10" in page
    assert "モールのキー" not in cast.mei.browser().get("/").content.decode()
    with scope.everyone():
        Connection.objects.update(problem="token_revoked")
    assert "モールがキーを受け付けません" in cast.aoi.browser().get("/").content.decode()
