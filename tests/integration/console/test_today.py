"""The first page of the day says what happened, what needs a person, and where the shop stands."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries

from kaeru.cancellations.models import RequestState
from kaeru.console.today import evening_before
from kaeru.core import clock, scope
from kaeru.recoveries.models import Recovery
from kaeru.tenants import actions as tenants
from tests import builders
from tests.cast import Cast, Person


def text_of(person: Person, address: str, **query: str) -> str:
    """The page's words without its tags."""
    response = person.browser().get(address, query)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def night(cast: Cast) -> Cast:
    """Three cancellations since the evening: one answered, one that came back, one to be cancelled by hand."""
    reason = builders.reason(cast.kotori)
    template = builders.template(cast.kotori)
    _, revision = builders.scenario(reason, template)
    earlier = clock.now() - timedelta(hours=2)
    for name, state in (
        ("山田 花子", RequestState.CANCELLED),
        ("髙﨑 𠮷野", RequestState.CANCELLED),
        ("<b>太郎</b>", RequestState.REQUESTED),
    ):
        buyer = builders.customer(cast.kotori, name=name, email=None)
        order = builders.order(cast.kotori, buyer, placed_at=earlier - timedelta(hours=1))
        wish = builders.cancellation(order, reason, state=state, requested_at=earlier, decided_at=earlier)
        if name != "<b>太郎</b>":
            builders.enrollment(revision, wish)
        if name == "山田 花子":
            again = builders.order(cast.kotori, buyer, placed_at=clock.now() - timedelta(minutes=5))
            with scope.organization(cast.organization.id):
                Recovery.objects.create(
                    organization=cast.organization, shop=cast.kotori, cancellation=wish, order=again, how="link",
                    amount=3460, currency="JPY", recovered_at=again.placed_at,
                )  # fmt: skip
    return cast


def test_it_says_the_night_in_one_sentence(night: Cast) -> None:
    page = text_of(night.aoi, "/", lang="en")
    assert "3 cancellations, 2 answered by scenario, 1 came back, 1 waits for you." in page
    assert (
        "キャンセルが 3 件ありました。シナリオが 2 件に答え、 1 件が戻りました。 1 件があなたを待っています。"
        in text_of(night.aoi, "/", lang="ja")
    )


def test_it_asks_for_what_a_person_must_do(night: Cast) -> None:
    response = night.aoi.browser().get("/", {"lang": "en"})
    page = response.content.decode()
    assert "in your shop&#x27;s system" in page
    assert "&lt;b&gt;太郎&lt;/b&gt;" in page
    assert "<b>太郎</b>" not in page


def test_it_shows_messages_without_proof_and_refused_ones(cast: Cast) -> None:
    buyer = builders.customer(cast.kotori)
    template = builders.template(cast.kotori)
    for state in ("unknown", "failed", "sent", "waiting"):
        builders.message(template, buyer, 1, state=state)
    page = text_of(cast.aoi, "/", lang="en")
    assert page.count("may or may not have arrived") == 1
    assert page.count("was refused") == 1
    assert "2 wait for you" in page


def test_it_writes_each_definition_beside_its_figure(night: Cast) -> None:
    page = text_of(night.aoi, "/", lang="en")
    assert "¥3,460" in page
    assert "75.0% 3 of 4 orders Orders placed in the last 28 days that were cancelled" in page
    assert "Not causal" in page
    assert "因果を示すものではありません" in text_of(night.aoi, "/", lang="ja")


def test_it_says_so_when_nothing_happened(cast: Cast) -> None:
    page = text_of(cast.aoi, "/", lang="en")
    assert "Nobody cancelled, and nothing waits for you." in page
    assert "Nothing needs you" in page
    assert "–" in page, "a rate of nothing is no number"


def test_it_masks_names_for_those_who_may_only_look(night: Cast) -> None:
    builders.message(
        builders.template(night.kotori), builders.customer(night.kotori, email="x@example.com"), 1, state="unknown"
    )
    assert "山田" not in text_of(night.mei, "/")
    assert "山田" in text_of(night.bunta, "/")


def test_it_shows_nobody_elses_night(night: Cast) -> None:
    page = text_of(night.chika, "/", lang="en")
    assert "Nobody cancelled" in page
    assert "小鳥" not in page


def test_it_stands_for_each_shop(cast: Cast) -> None:
    tenants.add_shop(cast.organization, "suzume", "すずめ堂", actor="test")
    page = text_of(cast.aoi, "/", lang="en")
    assert "すずめ堂" in page
    assert "小鳥雑貨店" in page


def test_it_costs_the_same_for_many(night: Cast, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    reason = builders.reason(night.kotori)
    for _ in range(12):
        builders.cancellation(builders.order(night.kotori, builders.customer(night.kotori)), reason)
    browser = night.aoi.browser()
    with django_assert_max_num_queries(28):
        browser.get("/")


@pytest.mark.parametrize(
    ("now", "evening"),
    [
        ("2026-11-24T08:50", "2026-11-23T18:00"),
        ("2026-11-24T00:10", "2026-11-23T18:00"),
        ("2026-11-24T23:00", "2026-11-23T18:00"),
    ],
)
def test_it_begins_the_night_at_six_of_the_day_before(now: str, evening: str) -> None:
    zone = ZoneInfo("Asia/Tokyo")
    assert evening_before(datetime.fromisoformat(now).replace(tzinfo=zone)) == datetime.fromisoformat(evening).replace(
        tzinfo=zone
    )


def test_it_sends_a_member_of_nothing_away(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        cast.mei.member.delete()
    assert cast.mei.browser().get("/").status_code == 403
