"""What this room does to due rows: count the days that changed, judge the shops at midnight."""

from kaeru.core.passes import Pass
from kaeru.marketplaces import counting, early_dispatch, judging
from kaeru.marketplaces.desk import approving
from kaeru.marketplaces.dispatch import mornings
from kaeru.marketplaces.findings import passes as findings
from kaeru.marketplaces.forecast import passes as forecast

PASSES = [
    Pass(name="marketplaces.lay_out", run=counting.lay_out_new, limit=20),
    Pass(name="marketplaces.count", run=counting.count_marked, limit=200),
    Pass(name="marketplaces.judge", run=judging.judge_due, limit=1000, next_due=judging.next_due),
    *early_dispatch.PASSES,
    *mornings.PASSES,
    *findings.PASSES,
    *forecast.PASSES,
    *approving.PASSES,
]
