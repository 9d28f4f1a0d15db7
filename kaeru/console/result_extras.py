"""Beside the effects: shops like yours, the farming alarm, contacts and hours saved, how good forecasts were."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.console import phrases, result_figures
from kaeru.console.phrases import Words
from kaeru.console.result_tables import Table
from kaeru.console.standing import Figure
from kaeru.core import wording
from kaeru.offers.models import CouponStop
from kaeru.recoveries.costs import Costs
from kaeru.recoveries.models import Figure as Kept
from kaeru.recoveries.models import Sharing
from kaeru.recoveries.monthly import Month
from kaeru.uplift.calibration import Score

FORECAST: Words = {
    "penalty": lazy("A line of the mall is crossed"),
    "no_show": lazy("A client does not come"),
    "refill": lazy("A freed time is taken"),
}


def shared(kept: Kept | None, sharing: Sharing | None, part: str) -> dict[str, Any]:
    """What shops like this one see; `figures` is empty while there is nothing to say."""
    from kaeru.recoveries.sharing import beside

    found = beside(kept, sharing, part)
    if found is None:
        return {"is_on": sharing is not None, "figures": ()}
    own = found.own_weight
    return {
        "is_on": True,
        "figures": (
            Figure(
                _("Shops like yours"), result_figures.points(found.usual), result_figures.between(*found.usual_between),
                _("The usual effect among %(shops)s shops that share, with its interval.") % {"shops": f"{found.shops:,}"},
            ),
            Figure(
                _("Yours, seen among them"), result_figures.points(found.own), result_figures.between(*found.own_between),
                _("Your own figure counts %(own)s%% in it, what is usual the rest: the more customers, the more your own.")
                % {"own": f"{100 * own:.0f}"},
                caveat=_("An estimate, not a proof."),
            ),
        ),
    }  # fmt: skip


def farming(answer: Mapping[str, Any] | None, stop: CouponStop | None) -> dict[str, Any]:
    """Whether people cancel because cancelling is rewarded."""
    again = answer.get("again") if answer else None
    if again is None:
        return {"says": "", "tone": "", "stop": stop}
    told = {"treated": f"{again['treated']:.2f}", "held": f"{again['held']:.2f}"}
    is_more = again["alarm"] and again["treated"] > again["held"]
    if is_more:
        says = _(
            "Customers with the scenarios cancel again %(treated)s times in 30 days, held customers %(held)s times:"
            " cancelling is being rewarded."
        )
    else:
        says = _(
            "Customers with the scenarios cancel again %(treated)s times in 30 days, held customers %(held)s times."
            " Nothing shows that people cancel for the coupon."
        )
    return {"says": says % told, "tone": "bad" if is_more else "good", "stop": stop}  # fmt: skip


def saved(rows: Sequence[Month], costs: Costs) -> tuple[Figure, ...]:
    """Over the months that are shown."""
    cancelled, kept, repaired = (
        sum(getattr(row.facts, one) for row in rows) for one in ("cancelled_alone", "kept_alone", "repaired_alone")
    )
    contacts = cancelled + kept + repaired
    return (
        Figure(
            _("Contacts saved"), f"{contacts:,}", _("in %(months)s months") % {"months": len(rows)},
            _("Wishes that buyers settled on the page and that never came to your desk."),
            details=_("Cancelled %(cancelled)s, kept %(kept)s, put right %(repaired)s. Each would have been a mail or a call to you.")
            % {"cancelled": f"{cancelled:,}", "kept": f"{kept:,}", "repaired": f"{repaired:,}"},
        ),
        Figure(
            _("Hours saved"), f"{contacts * costs.minutes_per_contact / 60:,.1f}",
            _("at %(minutes)s minutes per contact") % {"minutes": costs.minutes_per_contact},
            _("Contacts saved, times the minutes that you state for one contact."),
        ),
    )  # fmt: skip


def forecasts(scores: Mapping[str, Score]) -> Table | None:
    """How good they were; None while none was scored."""
    if not scores:
        return None
    return Table(
        "forecasts", _("Forecasts, and how good they were"),
        (_("Forecast"), _("Judged"), _("It came"), _("Distance"), _("Brier score"), _("Verdict")),
        [
            [
                (phrases.said(FORECAST, what), what),
                (f"{one.forecasts:,}", one.forecasts),
                (wording.share(one.over / one.forecasts), one.over),
                (_("%(n)s points") % {"n": f"{100 * one.ece:.1f}"}, round(100 * one.ece, 2)),
                (f"{one.brier:.3f}", round(one.brier, 4)),
                (_calibrated(one), str(one.is_calibrated)),
            ]
            for what, one in scores.items()
        ],
    )  # fmt: skip


def _calibrated(score: Score) -> str:
    if score.is_calibrated is None:
        return _("too few to say")
    return _("as sure as it should be") if score.is_calibrated else _("too sure, or not sure enough")
