"""What moves by itself: each shop is forecast in the mall's morning, and warned; forecasts are scored when their period is judged.

Forecasting only computes, so it turns beside the timers. The room's `passes` lists these.
"""

from django.db import transaction

from kaeru.core import scope
from kaeru.core.passes import Pass
from kaeru.marketplaces.forecast import actions, alarms


def forecast_due(limit: int) -> int:
    """Forecast up to `limit` shops and warn where a line comes near; returns how many shops."""
    with scope.everyone():
        terms = actions.due(limit)
        if terms:
            morning = actions.work_out(terms)
            with transaction.atomic():
                alarms.raise_for(actions.keep(morning))
        return len(terms)


PASSES = [
    Pass("forecasts", forecast_due, limit=200, every_seconds=10.0, lane="rehearsals"),
    Pass("forecast scores", actions.score_due, limit=1000, every_seconds=60.0),
]
