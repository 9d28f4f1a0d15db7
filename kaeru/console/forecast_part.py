"""Beside the lines of the standing: what the waiting requests would change, how the chance went, and how right such chances were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from kaeru.console.desk_what_if import chance
from kaeru.console.mall_words import limit
from kaeru.core import wording
from kaeru.marketplaces.forecast import queries
from kaeru.marketplaces.forecast.ahead import Ahead
from kaeru.marketplaces.forecast.queries import Heading, Said
from kaeru.tenants.models import Shop
from kaeru.uplift.calibration import Score

WIDTH, HEIGHT = 360.0, 72.0
LEAST_MORNINGS = 3
"""Fewer make no course."""


@dataclass(frozen=True, slots=True)
class Course:
    """The chance of one line, morning by morning."""

    title: str
    points: str
    """As SVG's polyline takes them."""
    last: tuple[float, float]
    half: float
    rows: list[dict[str, Any]]
    first_on: date
    last_on: date
    box: str = f"0 0 {WIDTH:g} {HEIGHT:g}"


def part(shop: Shop, heading: Heading | None, language: str) -> dict[str, Any]:
    """What the part of the page shows; two queries."""
    line = heading.tightest if heading else None
    if line is None:
        return {"forecast": None}
    said = queries.course(shop).get((line.rule.code, line.line.stage), [])
    score = queries.record([shop.id])
    return {
        "forecast": {
            "waiting": _waiting(line, language),
            "course": _course(line, said, language) if len(said) >= LEAST_MORNINGS else None,
            "record": _record(score) if score else "",
        }
    }


def _name(line: Ahead, language: str) -> str:
    return f"{wording.pick(line.rule.title, language)} {limit(line.line)}"


def _waiting(line: Ahead, language: str) -> dict[str, Any] | None:
    """None when nothing waits, or when it makes no difference that one could read."""
    if not line.outlook.pending:
        return None
    cancelled, kept = (chance(one) for one in queries.both_ways(line))
    if cancelled == kept:
        return None
    return {"count": line.outlook.pending, "line": _name(line, language), "if_cancelled": cancelled, "if_kept": kept}


def _course(line: Ahead, said: Sequence[Said], language: str) -> Course:
    first, whole = line.period.first, max(1, line.period.days)
    places = [
        (round(WIDTH * ((one.made_on - first).days + 0.5) / whole, 1), round(HEIGHT * (1 - one.probability), 1))
        for one in said
    ]
    title = _("%(line)s: %(before)s on %(on)s, %(now)s now") % {
        "line": _name(line, language), "before": chance(said[0].probability),
        "on": wording.day(said[0].made_on, language, line.judged_on.year), "now": chance(line.probability),
    }  # fmt: skip
    return Course(
        title=title,
        points=" ".join(f"{x:g},{y:g}" for x, y in places),
        last=places[-1],
        half=HEIGHT / 2,
        rows=[{"on": one.made_on, "chance": chance(one.probability)} for one in said],
        first_on=first,
        last_on=line.period.last,
    )


def _record(score: Score) -> str:
    """How right the chances were, in one sentence."""
    told = {"n": f"{score.forecasts:,}", "over": f"{score.over:,}", "gap": f"{score.ece * 100:.0f}"}
    if score.is_calibrated is None:
        return _("Chances said so far: %(n)s. Too few to say how right they are.") % told
    return (
        _(
            "%(n)s chances said and judged, %(over)s times the line was crossed; on average they were %(gap)s points from what came."
        )
        % told
    )
