"""The salon's rules for visits, and the calculator that never charges."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from kaeru.appointments.models import Opening
from kaeru.appointments.visits.refilled import refilled
from kaeru.appointments.visits.terms import BOUNDS, set_terms, terms_of
from kaeru.core import clock, scope
from tests.cast import Cast
from tests.salon import House, salon

ADDRESS = "/settings/visits/?shop=hasami"


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    """Aoi's salon."""
    made = salon(cast.organization)
    with scope.organization(cast.organization.id):
        yield made


def typed(house: House, **changed: Any) -> dict[str, Any]:
    """The form as it stands, with changes."""
    terms = terms_of(house.shop.id)
    now = {name: getattr(terms, name) for name in BOUNDS}
    return {**now, "reminds": "on", "nudges": "on", "remind_at": "18:00", **changed}


def test_it_saves_the_rules(cast: Cast, house: House) -> None:
    browser = cast.aoi.browser()
    assert (
        browser.post(ADDRESS, typed(house, change_until_hours=5, late_percent=50, remind_at="19:30")).status_code == 302
    )
    terms = terms_of(house.shop.id)
    assert (terms.change_until_hours, terms.late_percent, f"{terms.remind_at:%H:%M}") == (5, 50, "19:30")
    assert terms.fee_shown_since is not None


@pytest.mark.parametrize(
    "wrong", [{"late_percent": 101}, {"days_before": 0}, {"remind_at": "25:00"}, {"nudge_hours": ""}]
)
def test_it_keeps_what_was_typed_when_something_is_wrong(cast: Cast, house: House, wrong: dict[str, Any]) -> None:
    response = cast.aoi.browser().post(ADDRESS, typed(house, most_changes=7, **wrong))
    assert response.status_code == 422 and 'value="7"' in response.content.decode()
    assert terms_of(house.shop.id).most_changes == 3


def test_it_warns_when_the_reminder_comes_too_late_to_act(cast: Cast, house: House) -> None:
    set_terms(house.shop, {"cancel_until_hours": 24}, actor="test")
    assert "期限を過ぎているお客様" in cast.aoi.browser().get(ADDRESS + "&lang=ja").content.decode()


def test_it_works_out_what_can_be_asked_and_where_that_comes_from(cast: Cast, house: House) -> None:
    set_terms(house.shop, {"late_percent": 100}, actor="test")
    query = "&price=10000&what=cancelled&notice=3&is_online=on&lang=ja"
    text = cast.aoi.browser().get(ADDRESS + query).content.decode()
    assert "10,000円" in text and "4,000円" in text and "消費者契約法" in text and "仮定" in text
    text = cast.aoi.browser().get(ADDRESS + query + "&booked_on=2020-01-01").content.decode()
    assert "請求できません" in text


def test_it_rests_on_the_salons_own_freed_times(house: House) -> None:
    now = clock.now()
    for n in range(6):
        Opening.objects.create(
            organization_id=house.shop.organization_id, shop=house.shop, staff=house.sakura, cause="cancelled",
            starts_at=now - timedelta(days=n + 1), ends_at=now - timedelta(days=n + 1, hours=-1), deadline=now,
            created_at=now - timedelta(days=n + 1, hours=4), state=("claimed", "sold", "passed", "passed", "closed", "open")[n],
        )  # fmt: skip
    found = refilled(house.shop.id, timedelta(hours=3))
    assert (found.freed, found.taken) == (4, 2) and not found.is_enough
    assert refilled(house.shop.id, timedelta(hours=24)).freed == 0


def test_it_is_for_those_who_may_change_the_shop(cast: Cast, house: House) -> None:
    assert cast.bunta.browser().get(ADDRESS).status_code == 403
    assert cast.chika.browser().get(ADDRESS).status_code in (302, 404)
