"""What the results page reads: few queries, whatever the size; the alarm; what the shop says about itself."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.cancellations.models import RequestState
from kaeru.core import clock, scope
from kaeru.core.models import AuditEntry
from kaeru.offers import grants, stops
from kaeru.offers.rules import Ask
from kaeru.recoveries import costs, rollup
from kaeru.recoveries.figures import figure, figures, side_by_side, until_proof
from kaeru.recoveries.models import Figure, FigureRound, Outcome
from kaeru.recoveries.savings import saved
from tests import builders
from tests.cast import Cast
from tests.integration.recoveries.world import fill, scenarios


def test_it_reads_all_figures_in_one_query(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 300, seed=1)
        rollup.roll_shops([cast.kotori.id])
        with CaptureQueriesContext(
            connection,
        ) as asked:
            found = figures(cast.kotori.id)
            told = [(row.key, row.scenario, row.reason, row.answer["verdict"]) for row in found]
        assert len(asked) == 1
        assert [row[0].partition(":")[0] for row in told] == [
            "all",
            "scenario",
            "scenario",
            "reason",
            "reason",
            "channel",
        ]
        assert found[0].answer["verdict"] == "proven"
        with CaptureQueriesContext(connection) as asked:
            beside = side_by_side(cast.kotori.id)
        assert len(asked) == 1
        assert list(beside.answers) == [7, 14, 30, 60]
        assert not beside.is_pulled_forward
        one = scenarios(cast.kotori)[0]
        own = figure(cast.kotori.id, scenario_id=one.id)
        assert own is not None
        assert own.units == Outcome.objects.filter(scenario=one, matured__gte=3).count()


def test_it_carries_many_shops_forward_in_a_constant_number_of_queries(cast: Cast) -> None:
    second = builders.shop(cast.organization, "hato", "鳩の店")
    counts = []
    with scope.organization(cast.organization.id):
        for shops in ([cast.kotori], [cast.kotori, second]):
            for number, shop in enumerate(shops):
                Outcome.objects.filter(shop=shop).delete()
                Figure.objects.filter(shop=shop).delete()
                fill(shop, 60 * len(shops), seed=number)
            with CaptureQueriesContext(connection) as asked:
                rollup.roll_shops([shop.id for shop in shops])
            counts.append(len(asked))
    assert abs(counts[0] - counts[1]) <= 3, "months of a shop that is new are counted from the first on"
    assert counts[0] < 30


def test_it_rests_between_two_turns_and_takes_what_is_new(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 30, seed=1)
        assert rollup.roll(10) == Outcome.objects.filter(matured__gt=0).count() > 20
        assert rollup.roll(10) == 0
        fill(cast.kotori, 5, seed=2, days=1)
        fresh = Outcome.objects.filter(matured=0).update(matured=1, back_7=True)
        assert rollup.roll(10) == 0, "it rests"
        clock.skip_to(clock.now() + rollup.REST + timedelta(minutes=1))
        Outcome.objects.filter(due_at__lte=clock.now()).update(due_at=clock.now() + timedelta(days=1))
        assert rollup.roll(10) == fresh >= 5
        assert Figure.objects.get(key="all", window=7).units == Outcome.objects.filter(matured__gte=1).count()


def test_it_waits_while_windows_are_not_filled_in(cast: Cast) -> None:
    """Units enter in the order in which their windows ended; a turn fills in first what ended since the last."""
    with scope.organization(cast.organization.id):
        row = fill(cast.kotori, 30, seed=1)[0]
        Outcome.objects.filter(id=row.id).update(due_at=clock.now() - timedelta(minutes=1))
        assert rollup.roll_shops([cast.kotori.id]) == 0
        assert rollup.roll(10) == Outcome.objects.filter(matured__gt=0).count() > 20


def test_it_says_how_long_a_proof_takes_before_a_shop_starts(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        for number in range(9):
            buyer = builders.customer(cast.kotori, email=None, source_id=f"p{number}")
            builders.cancellation(builders.order(cast.kotori, buyer))
        told = until_proof(cast.kotori.id)
        assert (told.a_month, told.is_own_rate) == (3, False)
        assert [one.uplift for one in told.proofs] == [0.05, 0.1, 0.2]
        months = [one.months for one in told.proofs]
        assert all(months)
        assert months == sorted(months, key=lambda month: -(month or 0))
        fill(cast.kotori, 300, seed=1)
        rollup.roll_shops([cast.kotori.id])
        with CaptureQueriesContext(connection) as asked:
            own = until_proof(cast.kotori.id, scenario_id=scenarios(cast.kotori)[0].id)
        assert own.is_own_rate
        assert len(asked) <= 6
    with scope.organization(cast.other_organization.id):
        assert until_proof(cast.other_shop.id).proofs[0].months is None, "nobody cancels"


def test_it_stops_coupons_by_itself_when_people_learn_that_cancelling_pays(cast: Cast) -> None:
    ask = Ask(cast.kotori.id, None, "k", None, 500, clock.now())
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 900, seed=7, again1=0.35)
        assert grants.grant([ask]) == [""]
        rollup.roll_shops([cast.kotori.id])
        row = stops.stopped([cast.kotori.id])[cast.kotori.id]
        assert row.reason == "farming"
        assert row.evidence["treated"] > row.evidence["held"]
        assert AuditEntry.objects.get(verb="coupons.stopped").actor == "figures"
        assert grants.grant([ask]) == ["farming"]
        stops.lift(cast.kotori, actor="member:1")
        assert grants.grant([ask]) == [""]
        rollup.roll_shops([cast.kotori.id])
        assert not stops.stopped([cast.kotori.id]), "the owner knows; as much must come anew"


def test_it_leaves_coupons_alone_when_nobody_farms(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 900, seed=7)
        rollup.roll_shops([cast.kotori.id])
        again = Figure.objects.get(key="all", window=30).answer["again"]
        assert again["alarm"] is False
        assert not stops.stopped([cast.kotori.id])
        assert Figure.objects.get(key="all", window=7).answer["again"] is None


def test_it_keeps_what_the_shop_says_and_counts_anew_with_its_margin(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 300, seed=1)
        rollup.roll_shops([cast.kotori.id])
        before = figure(cast.kotori.id)
        assert costs.costs_of([cast.kotori.id]) == {cast.kotori.id: costs.USUAL}
        costs.set_costs(cast.kotori, costs.Costs(minutes_per_contact=6, margin_percent=30), actor="test")
        assert FigureRound.objects.get().is_stale
        rollup.roll(10)
        after = figure(cast.kotori.id)
        assert before is not None
        assert after is not None
        assert after.answer["money"]["per_cancellation"] < before.answer["money"]["per_cancellation"] / 2
        assert after.answer["uplift"] == before.answer["uplift"]
        for wrong in ({"minutes_per_contact": 0}, {"margin_percent": 101}, {"yen_per_line": -1}):
            with pytest.raises(ValueError, match=r"takes|margin|message"):
                costs.set_costs(cast.kotori, costs.Costs(**wrong), actor="test")


def test_it_counts_contacts_that_nobody_had_to_answer(cast: Cast) -> None:
    now = clock.now()
    with scope.organization(cast.organization.id):
        for number, (state, origin) in enumerate(
            [("requested", "page"), ("kept", "page"), ("cancelled", "shop"), ("asked", "page")]
        ):
            buyer = builders.customer(cast.kotori, email=None, source_id=f"p{number}")
            builders.cancellation(builders.order(cast.kotori, buyer), state=RequestState(state), origin=origin)
        costs.set_costs(cast.kotori, costs.Costs(minutes_per_contact=15), actor="test")
        found = saved(cast.kotori.id, now - timedelta(days=1), now + timedelta(days=1))
    assert (found.cancelled, found.kept, found.repaired) == (1, 1, 0)
    assert (found.contacts, found.hours) == (2, 0.5)
