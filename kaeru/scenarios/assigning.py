"""Customers are put on their side of a scenario when they enter it: many at once, in the order in which they come."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from kaeru.core import ids, sql
from kaeru.scenarios.holdout import HELD, OFF, TAPER_ENDS, TREATED, Draw
from kaeru.scenarios.models import Assignment


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who enters a scenario."""

    organization_id: int
    shop_id: int
    scenario_id: int
    revision_id: int
    customer_id: int | None
    setting: str
    """Scenario.holdout; off where nothing of the program is held back."""
    salt: str


def assign(entries: Sequence[Entry], moment: datetime) -> list[str]:
    """The arm of each, in order; who has none in the scenario yet gets one, kept with its probability.

    Four queries, however many enter; none where nobody is held back. Two workers that meet the same customer at once agree:
    what was written first counts for both.
    """
    asked = [one for one in entries if one.setting != OFF and one.customer_id is not None]
    if not asked:
        return [TREATED] * len(entries)
    known = _known(asked)
    fresh = {one.scenario_id for one in asked if (one.scenario_id, one.customer_id) not in known}
    draws = _draws(asked, known, units_before(fresh))
    for one in asked:
        draws[one.scenario_id].take(one.customer_id)
    rows = _rows(asked, draws, moment)
    if rows:
        Assignment.objects.bulk_create(rows, ignore_conflicts=True)
        known |= _known(asked)
    return [
        TREATED if one.setting == OFF else known.get((one.scenario_id, one.customer_id), TREATED) for one in entries
    ]


def draw_of(scenario_id: int, salt: str, setting: str, customers: Collection[int]) -> Draw:
    """The next customers of one scenario, knowing what was decided about these; two queries, nothing is written."""
    rows = Assignment.objects.filter(scenario_id=scenario_id, customer_id__in=sql.keys(customers))
    units = units_before({scenario_id}).get(scenario_id, 0)
    return Draw(str(scenario_id), salt, setting, units, dict(rows.values_list("customer_id", "arm")))


def held_of(scenario_id: int) -> int:
    """How many customers of the scenario are held back for comparison."""
    return Assignment.objects.filter(scenario_id=scenario_id, arm=HELD).count()


Known = dict[tuple[int, int | None], str]


def _known(asked: Sequence[Entry]) -> Known:
    rows = Assignment.objects.filter(
        customer_id__in=sql.keys({one.customer_id for one in asked if one.customer_id is not None}),
        scenario_id__in=sql.keys({one.scenario_id for one in asked}),
    )
    return {(scenario, customer): arm for scenario, customer, arm in rows.values_list("scenario_id", "customer_id", "arm")}  # fmt: skip


def _draws(asked: Sequence[Entry], known: Known, units: Mapping[int, int]) -> dict[int, Draw]:
    arms: dict[int, dict[int, str]] = {}
    for (scenario, customer), arm in known.items():
        if customer is not None:
            arms.setdefault(scenario, {})[customer] = arm
    return {
        one.scenario_id: Draw(
            str(one.scenario_id), one.salt, one.setting, units.get(one.scenario_id, 0), arms.get(one.scenario_id, {})
        )
        for one in asked
    }


def _rows(asked: Sequence[Entry], draws: Mapping[int, Draw], moment: datetime) -> list[Assignment]:
    first = {(one.scenario_id, one.customer_id): one for one in reversed(asked)}
    drawn = [
        (first[scenario, customer], customer, told)
        for scenario, draw in draws.items()
        for customer, told in draw.drawn.items()
    ]
    return [
        Assignment(
            id=key, organization_id=one.organization_id, shop_id=one.shop_id, scenario_id=one.scenario_id, customer_id=customer,
            arm=told.arm, pi=told.pi, bucket=told.bucket, revision_id=one.revision_id, at=moment,
        )
        for key, (one, customer, told) in zip(ids.new_ids(len(drawn)), drawn, strict=True)
    ]  # fmt: skip


_UNITS = """
SELECT s.id, (SELECT COUNT(*) FROM (SELECT 1 FROM scenarios_assignment a WHERE a.scenario_id = s.id LIMIT %s) few)
FROM scenarios_scenario s"""


def units_before(scenarios: Collection[int]) -> dict[int, int]:
    """How many customers each of these scenarios has decided about, counted up to where the share does not change any more."""
    if not scenarios:
        return {}
    where, values = sql.among("s.id", list(scenarios))
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_UNITS} WHERE {where}",
            [TAPER_ENDS, *values],
        )
        return dict(cursor.fetchall())
