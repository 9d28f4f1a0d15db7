"""A shop's months: what cancellations took, what came back, what would have come anyway; reasons over time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.cancellations.models import CancellationRequest
from kaeru.core import clock, scope
from kaeru.recoveries import outcomes, rollup
from kaeru.recoveries.models import MonthFact, Outcome
from kaeru.recoveries.monthly import months
from tests import builders
from tests.cast import Cast
from tests.integration.recoveries.world import fill


def test_it_says_what_each_month_took_and_brought(cast: Cast) -> None:
    now = clock.now()
    since = now - timedelta(days=200)
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 400, seed=5)
        rollup.roll_shops([cast.kotori.id])
        with CaptureQueriesContext(connection) as asked:
            found = months(cast.kotori, since, now)
        assert len(asked) == 2
        rows = list(Outcome.objects.all())
    over = [row for row in rows if row.back_30 is not None]
    held = [row.value_30 for row in over if not row.is_treated]
    each = sum(held) / len(held)
    assert sum(month.units for month in found) == len(over)
    assert sum(month.units + month.facts.waiting for month in found) == 400
    assert sum(month.facts.came_back for month in found) == sum(row.value_30 for row in over if row.is_treated)
    assert sum(month.facts.coupons for month in found) == sum(row.coupons_30 for row in over)
    treated = sum(row.is_treated for row in over)
    assert sum(month.anyway or 0 for month in found) == pytest.approx(each * treated, abs=10)
    assert sum(month.net or 0 for month in found) > 0
    assert [month.first_on for month in found] == sorted(month.first_on for month in found)


def test_it_does_not_guess_what_would_have_come_anyway(cast: Cast) -> None:
    now = clock.now()
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 20, seed=5)
        rollup.roll_shops([cast.kotori.id])
        found = months(cast.kotori, now - timedelta(days=200), now)
    assert {month.anyway for month in found} == {month.net for month in found} == {None}


def test_it_counts_in_the_shops_own_months(cast: Cast) -> None:
    """23:30 in Tokyo on the last day of January is 14:30 UTC."""
    moments = [datetime(2026, 1, 31, 14, 30, tzinfo=UTC), datetime(2026, 1, 31, 15, 30, tzinfo=UTC)]
    with scope.organization(cast.organization.id):
        why = builders.reason(cast.kotori)
        for number, moment in enumerate(moments):
            buyer = builders.customer(cast.kotori, email=None, source_id=f"p{number}")
            row = builders.cancellation(builders.order(cast.kotori, buyer), why)
            CancellationRequest.objects.filter(id=row.id).update(requested_at=moment)
        span = (moments[0] - timedelta(days=40), moments[1] + timedelta(days=40))
        assert [(month.first_on.month, month.cancellations, month.taken) for month in months(cast.kotori, *span)] == [
            (1, 1, 3960),
            (2, 1, 3960),
        ]
        assert [month.facts.reasons for month in months(cast.kotori, *span)] == [{str(why.id): [1, 3960]}] * 2


def test_it_keeps_the_same_months_as_when_all_are_counted_anew(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 120, seed=5)
        rollup.roll_shops([cast.kotori.id])
        clock.skip_to(clock.now() + timedelta(days=1))
        outcomes.count_anew({cast.kotori.id: cast.organization.id})
        before = list(MonthFact.objects.order_by("first_on").values_list("first_on", "facts"))
        Outcome.objects.filter(due_at__lte=clock.now()).update(due_at=clock.now() + timedelta(days=1))
        rollup.roll_shops([cast.kotori.id])
        assert list(MonthFact.objects.order_by("first_on").values_list("first_on", "facts")) == before
