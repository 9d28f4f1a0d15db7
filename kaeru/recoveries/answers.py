"""What a figure says: rates, the uplift with its interval, the verdict, the money, and what is still missing. Pure.

Everything here is net of those who were held back; the raw rates stand beside it, as rates. A broken comparison (the arms are not as large
as the lot made them) says nothing but that.
"""

from collections.abc import Mapping
from typing import Any

from kaeru.recoveries.tally import Money, Tally
from kaeru.recoveries.windows import WINDOWS
from kaeru.uplift import analysis, pull_forward
from kaeru.uplift.foretold import Counts

ALARM = 20.0
"""e-value at which a difference in cancellations is taken as proven."""
BLOCKED = "blocked"
NO_HOLDOUT = "no_holdout"


def answer(tally: Tally, window: int, currency: str, margin_percent: int = 100) -> dict[str, Any]:
    """The document that pages, the API and reports read. Shares are fractions; money is in minor units, for each cancellation.

    verdict: proven | harmful | not_yet | no_holdout (nobody was held back) | blocked (then uplift, interval and money are null).
    """
    counts, ratio = tally.evidence.counts, tally.evidence.ratio
    money = analysis.of_money(tally.money.net1, tally.money.net0, tally.money.spend)
    told = analysis.answer(tally.evidence, money=money)
    verdict = BLOCKED if told.is_blocked else NO_HOLDOUT if not counts.n0 else told.verdict
    is_open = verdict not in (BLOCKED, NO_HOLDOUT)
    low, high = told.interval if is_open and told.interval else (None, None)
    return {
        "window": window,
        "causal": is_open,
        "verdict": verdict,
        "units": counts.n,
        "treated": {"units": counts.n1, "back": counts.s1, "rate": told.treated.rate},
        "held": {"units": counts.n0, "back": counts.s0, "rate": told.held.rate},
        "uplift": told.uplift if is_open else None,
        "soon": tally.soon.difference if is_open else None,
        "low": low,
        "high": high,
        "log_e": told.log_e if is_open else None,
        "needed": told.needed if is_open else None,
        "ratio": {
            "ok": not ratio.is_broken, "log_e": ratio.log_e, "p": ratio.p, "treated": ratio.treated, "promised": ratio.promised,
        },
        "money": _money(tally.money, money, counts, currency, margin_percent) if is_open and money else None,
        "again": _again(tally) if is_open else None,
    }  # fmt: skip


def _money(sums: Money, told: analysis.Money, counts: Counts, currency: str, margin_percent: int) -> dict[str, Any]:
    """Net of coupons and sending. `low` and `high` hold at every look, and are null while too few are held back."""
    low, high = told.interval or (None, None)
    return {
        "currency": currency,
        "margin_percent": margin_percent,
        "treated": told.treated,
        "held": told.held,
        "per_cancellation": told.difference,
        "low": low,
        "high": high,
        "log_e": told.log_e,
        "caused": round(told.difference * counts.n1),
        "sales_treated": sums.value1 / counts.n1,
        "sales_held": sums.value0 / counts.n0,
        "came_back": round(sums.value1),
        "anyway": round(sums.value0 / counts.n0 * counts.n1),
        "coupons": round(sums.coupons),
        "sending": round(sums.sends),
        "lost": round(sums.lost),
    }


def _again(tally: Tally) -> dict[str, Any] | None:
    """Cancellations for each customer in 30 days after the first one, treated against held."""
    if tally.again is None:
        return None
    counts = tally.again.counts
    if not counts.n1 or not counts.n0:
        return None
    treated, held = tally.money.again1 / counts.n1, tally.money.again0 / counts.n0
    return {
        "treated": treated,
        "held": held,
        "log_e": tally.again.log_e(),
        "alarm": tally.again.verdict(1 / ALARM) == "proven",
    }


def pulled_forward(windows: Mapping[int, Mapping[str, Any]]) -> bool:
    """Whether most of the gain is people who only came sooner: that of 60 days is under half of what the same customers gained in 7.

    `windows`: answers by days; `soon` of an answer is its own customers' gain in the shortest window.
    """
    last = windows.get(WINDOWS[-1], {})
    gains = {WINDOWS[0]: last.get("soon"), WINDOWS[-1]: last.get("uplift")}
    return pull_forward.Windows(gains).is_pulled_forward
