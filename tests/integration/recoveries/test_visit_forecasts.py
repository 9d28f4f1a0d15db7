"""A salon's forecasts are kept when they are made, and scored when the day is over."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.clients.models import ClientCard
from kaeru.appointments.openings.models import Opening
from kaeru.core import clock, ids, scope
from kaeru.recoveries import visit_forecasts
from kaeru.recoveries.models import VisitForecast
from tests import builders
from tests.cast import Cast
from tests.integration.appointments.test_clients import visit
from tests.salon import House, salon


@pytest.fixture
def house(cast: Cast) -> House:
    return salon(cast.organization)


def soon(house: House, number: int, *, no_shows: int = 0) -> Booking:
    who = builders.customer(house.shop, email=None, source_id=f"v{number}")
    at = clock.now() + timedelta(hours=1 + number % 20)
    with scope.organization(house.shop.organization_id):
        ClientCard.objects.create(
            organization_id=house.shop.organization_id, shop=house.shop, customer=who, visits=4, no_shows=no_shows, made_at=at
        )  # fmt: skip
    row = visit(house, who, 0, state="booked", made_at=at - timedelta(days=5))
    with scope.organization(house.shop.organization_id):
        Booking.objects.filter(id=row.id).update(starts_at=at, ends_at=at + timedelta(hours=1))
    return row


def test_it_says_once_who_may_not_come_and_notes_what_came(house: House) -> None:
    rows = [soon(house, number, no_shows=number % 3) for number in range(30)]
    assert visit_forecasts.forecast(1000) == 30
    assert visit_forecasts.forecast(1000) == 0, "said once"
    with scope.everyone():
        said = dict(VisitForecast.objects.values_list("subject_id", "probability"))
    assert said[rows[0].id] < said[rows[1].id] < said[rows[2].id]
    with scope.organization(house.shop.organization_id):
        Booking.objects.filter(id__in=[row.id for row in rows]).update(state="done")
        Booking.objects.filter(id=rows[2].id).update(state="no_show")
        Booking.objects.filter(id=rows[3].id).update(state="cancelled")
        assert visit_forecasts.close(1000) == 0
        assert visit_forecasts.scores(house.shop.id) == {}
        clock.skip_to(clock.now() + timedelta(days=3))
        with CaptureQueriesContext(connection) as asked:
            assert visit_forecasts.close(1000) == 30
        assert len(asked) < 9
        came = dict(VisitForecast.objects.values_list("subject_id", "came"))
        assert (came[rows[2].id], came[rows[3].id], came[rows[4].id]) == (True, None, False)
        scored = visit_forecasts.scores(house.shop.id)["no_show"]
    assert (scored.forecasts, scored.over) == (29, 1)
    assert scored.brier < 0.1


def test_it_forecasts_many_visits_in_a_constant_number_of_queries(house: House) -> None:
    counts = []
    for count in (3, 20):
        for number in range(count):
            soon(house, 100 * count + number)
        with CaptureQueriesContext(connection) as asked:
            assert visit_forecasts.forecast(1000) == count
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_it_says_of_a_freed_time_whether_it_will_be_taken(house: House) -> None:
    now = clock.now()
    with scope.organization(house.shop.organization_id):
        told = [
            Opening(
                id=ids.new_id(), organization_id=house.shop.organization_id, shop=house.shop, staff=house.sakura, cause="cancelled",
                starts_at=now + timedelta(hours=4 + number), ends_at=now + timedelta(hours=5 + number), created_at=now,
                deadline=now + timedelta(hours=3 + number),
            )
            for number in range(2)
        ]  # fmt: skip
        Opening.objects.bulk_create(told)
        assert visit_forecasts.forecast(10) == 2
        Opening.objects.filter(id=told[0].id).update(state="claimed")
        Opening.objects.filter(id=told[1].id).update(state="sold")
        clock.skip_to(now + timedelta(hours=9))
        assert visit_forecasts.close(10) == 2
        assert dict(VisitForecast.objects.values_list("subject_id", "came")) == {told[0].id: True, told[1].id: None}
        assert visit_forecasts.scores(house.shop.id)["refill"].forecasts == 1
