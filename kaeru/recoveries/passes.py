"""What moves by itself: windows that end are filled in, figures are carried forward, beliefs about many shops formed, forecasts kept and scored."""

from kaeru.core.passes import Pass
from kaeru.recoveries import outcomes, reporting, visit_forecasts


def roll(limit: int) -> int:
    """`rollup.roll`; numbers are loaded when there is something to count."""
    from kaeru.recoveries import rollup

    return rollup.roll(limit)


def pool(limit: int) -> int:
    """`sharing.pool`."""
    from kaeru.recoveries import sharing

    return sharing.pool(limit)


PASSES = [
    Pass("outcomes", outcomes.mature, limit=1000),
    Pass("figures", roll, limit=500, every_seconds=60.0, lane="rehearsals"),
    Pass("monthly reports", reporting.send, limit=200, every_seconds=60.0),
    Pass("shops like yours", pool, every_seconds=600.0, lane="rehearsals"),
    Pass("visit forecasts", visit_forecasts.forecast, every_seconds=60.0),
    Pass("visit forecast scores", visit_forecasts.close, every_seconds=60.0),
]
