"""成果 of a shop that sells: effects with their intervals first, what to do where there is none, tables as files, a constant number of queries."""

import math
import time
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.core import clock, scope
from kaeru.offers import stops
from kaeru.recoveries import rollup
from kaeru.recoveries.costs import costs_of
from kaeru.recoveries.models import Figure
from kaeru.recoveries.sharing import is_sharing
from tests.cast import Cast
from tests.integration.console.test_cancellations import seen
from tests.integration.recoveries import world


@pytest.fixture(autouse=True)
def november() -> None:
    clock.set_clock(clock.Clock(real=time.time(), shown=datetime(2026, 11, 24, 1, tzinfo=UTC), speed=1e-9))


def fill(cast: Cast, count: int = 240, **told: float) -> None:
    with scope.organization(cast.organization.id):
        world.fill(cast.kotori, count, seed=3, **told)  # type: ignore[arg-type]
        rollup.roll_shops([cast.kotori.id])


def page(cast: Cast, language: str = "en", **query: str) -> str:
    return seen(cast.aoi.browser().get("/results/", {"lang": language, **query}).content)


def test_it_says_what_to_do_while_there_is_nothing(cast: Cast) -> None:
    said = page(cast)
    assert "There is nothing to compare yet" in said and "Publish a scenario." in said
    assert "Months until proof" in said and "No forecast has been judged yet." in said
    assert "シナリオを公開してください" in page(cast, "ja")


def test_it_leads_with_what_is_proven_and_marks_raw_rates(cast: Cast) -> None:
    fill(cast, rate1=0.8, rate0=0.2)
    said = page(cast)
    assert "More people buy again because of your scenarios" in said
    assert said.index("Bought again because of you") < said.index("not causal")
    assert said.count("Not causal: it does not show that Kaeru was the reason.") >= 3
    assert "証明済み" in page(cast, "ja") and "因果を示すものではありません" in page(cast, "ja")


def test_it_shows_no_effect_while_the_sides_do_not_fit_the_lot(cast: Cast) -> None:
    fill(cast)
    with scope.organization(cast.organization.id):
        row = Figure.objects.get(key="all", window=30)
        nothing = dict.fromkeys(("uplift", "low", "high", "log_e", "needed", "money", "again"))
        row.answer = {**row.answer, "verdict": "blocked", "causal": False, **nothing}
        row.save()
    said = page(cast)
    assert "No effect is told: the two sides do not fit the lot" in said and "Export the audit file below" in said
    assert "Bought again because of you" not in said


def test_it_warns_when_customers_only_came_sooner(cast: Cast) -> None:
    fill(cast)
    with scope.organization(cast.organization.id):
        row = Figure.objects.get(key="all", window=60)
        row.answer = {**row.answer, "soon": 0.2, "uplift": 0.01}
        row.save()
    assert "Most of it is buying sooner: +20.0 points after 7 days, +1.0 points after 60" in page(cast)


@pytest.mark.parametrize(("e", "hold"), [(22, 0), (2_000, 1)])
def test_it_says_how_many_parts_hold_when_all_are_looked_at_together(cast: Cast, e: int, hold: int) -> None:
    fill(cast)
    with scope.organization(cast.organization.id):
        parts = Figure.objects.filter(window=30).exclude(key="all").order_by("-key")
        for number, row in enumerate(parts):
            is_one = number == 0
            row.answer = {
                **row.answer,
                "verdict": "proven" if is_one else "not_yet",
                "log_e": math.log(e) if is_one else 0.0,
            }
            row.save()
    assert f"looked at together, {hold} of 4 parts hold." in page(cast)


def test_it_shows_one_part_by_itself(cast: Cast) -> None:
    fill(cast)
    with scope.organization(cast.organization.id):
        keys = sorted(set(Figure.objects.values_list("key", flat=True)))
    assert len(keys) == 6
    for key in keys:
        assert "Back, or only sooner" in page(cast, part=key)
    assert cast.aoi.browser().get("/results/?part=scenario:1").status_code == 404


def test_it_needs_as_many_queries_for_many_customers_as_for_few(cast: Cast) -> None:
    fill(cast, 40)
    browser = cast.aoi.browser()
    browser.get("/results/")

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert browser.get("/results/").status_code == 200
        return len(caught)

    few = count()
    with scope.organization(cast.organization.id):
        world.fill(cast.kotori, 200, seed=9)
        rollup.roll_shops([cast.kotori.id])
    assert count() <= few <= 40


@pytest.mark.parametrize("name", ["windows", "parts", "proof"])
def test_it_gives_each_table_as_a_file_without_personal_data(cast: Cast, name: str) -> None:
    fill(cast)
    answer = cast.aoi.browser().get(f"/results/{name}.csv?lang=en")
    text = answer.content.decode()
    assert answer["Content-Disposition"].startswith("attachment") and text.startswith("\ufeff")
    assert len(text.splitlines()) >= 4 and "@" not in text


def test_it_gives_the_audit_file_to_those_who_may_see_people(cast: Cast) -> None:
    fill(cast)
    answer = cast.aoi.browser().get("/results/audit.csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("unit,") and len(lines) > 200
    assert cast.aoi.browser().get("/results/audit.csv?part=all'--").status_code == 404


def test_it_keeps_what_the_shop_states(cast: Cast) -> None:
    told = {"minutes_per_contact": 12, "margin_percent": 40, "yen_per_mail": 0, "yen_per_line": 3, "yen_per_sms": 10}
    assert cast.aoi.browser().post("/results/costs/", told).status_code == 303
    with scope.organization(cast.organization.id):
        assert costs_of([cast.kotori.id])[cast.kotori.id].minutes_per_contact == 12
    assert "at 12 minutes per contact" in page(cast)
    assert cast.aoi.browser().post("/results/costs/", told | {"margin_percent": 0}).status_code == 303
    assert cast.bunta.browser().post("/results/costs/", told).status_code == 403


def test_it_shares_only_when_the_owner_says_so(cast: Cast) -> None:
    browser = cast.aoi.browser()
    for is_on in (True, False):
        assert browser.post("/results/sharing/", {"is_on": "1" if is_on else "0"}).status_code == 303
        with scope.organization(cast.organization.id):
            assert is_sharing(cast.kotori.id) is is_on


def test_it_shows_the_alarm_and_lets_coupons_be_given_again(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        stops.stop(cast.kotori, "farming", {"treated": 0.5, "held": 0.1, "log_e": 4.0}, actor="test")
    assert "scenarios give no coupons" in page(cast)
    assert cast.aoi.browser().post("/results/coupons/").status_code == 303
    assert "scenarios give no coupons" not in page(cast)


def test_it_shows_nothing_of_another_organization(cast: Cast) -> None:
    fill(cast)
    assert "nothing to compare" in seen(cast.chika.browser().get("/results/", {"lang": "en", "shop": "kotori"}).content)
