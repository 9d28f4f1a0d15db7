"""What moves by itself: windows that end are filled in, figures are carried forward, beliefs about many shops formed, forecasts kept and scored."""

from kaeru.core.passes import Pass
from kaeru.recoveries import outcomes, rollup, sharing, visit_forecasts

PASSES = [
    Pass("outcomes", outcomes.mature, limit=1000),
    Pass("figures", rollup.roll, limit=500, every_seconds=60.0, lane="rehearsals"),
    Pass("shops like yours", sharing.pool, every_seconds=600.0, lane="rehearsals"),
    Pass("visit forecasts", visit_forecasts.forecast, every_seconds=60.0),
    Pass("visit forecast scores", visit_forecasts.close, every_seconds=60.0),
]
