"""Effects over windows and over the parts of a shop, as plots with their tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from kaeru.console import plots, result_figures, summary
from kaeru.console.plots import Range
from kaeru.console.result_tables import Cell, Plot, Table, plot
from kaeru.core import wording
from kaeru.recoveries.figures import ENOUGH, Outlook, SideBySide
from kaeru.recoveries.models import Figure
from kaeru.recoveries.windows import WINDOWS
from kaeru.uplift import several

SIDES = ("treated", "held")
TONE = {"proven": "good", "harmful": "bad"}


def _head(first: str) -> tuple[str, ...]:
    return (
        first, _("Effect"), _("from"), _("to"), _("Verdict"), _("Customers"), _("Held back"), _("With the scenarios (not causal)"),
        _("Held back (not causal)"), _("Net for each cancellation"),
    )  # fmt: skip


def _row(name: str, answer: Mapping[str, Any] | None, language: str) -> list[Cell]:
    if answer is None:
        return [(name, name), *[("–", None)] * 9]
    money, said = answer["money"], result_figures.label(answer["verdict"])
    net = money["per_cancellation"] if money else None
    return [
        (name, name),
        *((result_figures.change(answer[one]), _points(answer[one])) for one in ("uplift", "low", "high")),
        (said, answer["verdict"]),
        (f"{answer['units']:,}", answer["units"]),
        (f"{answer['held']['units']:,}", answer["held"]["units"]),
        *((wording.share(answer[side]["rate"]), _points(answer[side]["rate"])) for side in ("treated", "held")),
        (result_figures.signed(net, money["currency"], language) if money else "–", None if net is None else round(net)),
    ]  # fmt: skip


def _points(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 2)


def _range(name: str, answer: Mapping[str, Any] | None) -> Range:
    if answer is None:
        return Range(name, None, None, None, _("not over yet"))
    said = result_figures.label(answer["verdict"])
    if answer["uplift"] is None:
        return Range(name, None, None, None, said)
    told = f"{result_figures.change(answer['uplift'])}  {said}"
    return Range(name, answer["uplift"], answer["low"], answer["high"], told, TONE.get(answer["verdict"], "soft"))


def windows(found: SideBySide, language: str) -> Plot | None:
    """7, 14, 30 and 60 days side by side."""
    if not found.answers:
        return None
    rows = [(_("%(days)s days") % {"days": days}, found.answers.get(days)) for days in WINDOWS]
    longest = found.answers.get(WINDOWS[-1], {})
    early, late = longest.get("soon"), longest.get("uplift")
    if found.is_pulled_forward:
        title = _("Most of it is buying sooner: %(early)s after 7 days, %(late)s after 60")
    elif early is not None and late is not None:
        title = _("After 7 days the difference is %(early)s, after 60 days %(late)s")
    else:
        title = _("The difference, window by window")
    title %= {"early": result_figures.points(early), "late": result_figures.points(late)}
    definition = _(
        "Difference in the share of customers who bought again within so many days, in points, with its interval. 30 days decide."
    )
    compared = _("The headline compares the same customers, those whose 60 days are over.")
    return plot(
        title,
        definition if late is None else f"{definition} {compared}",
        lambda width: plots.ranges(title, [_range(*one) for one in rows], result_figures.change, width),
        Table("windows", _("Windows"), _head(_("Window")), [_row(*one, language) for one in rows]),
    )  # fmt: skip


def parts(rows: Sequence[Figure], names: Mapping[int, str], language: str, address: str) -> Plot | None:
    """All parts of the shop beside each other; each row leads to its own page."""
    channels = sum(row.key.startswith("channel:") for row in rows)
    rows = [row for row in rows if channels > 1 or not row.key.startswith("channel:")]  # a lone one is the shop again
    told = [(result_figures.name_of(row, language, names.get(row.scenario_id or 0, "")), row) for row in rows]
    if not told:
        return None
    kinds = {"all": "", "scenario": _("Scenario"), "reason": _("Reason"), "channel": _("Channel")}
    named = [
        (f"{kind}{_(': ')}{name}" if (kind := kinds[row.key.partition(":")[0]]) else name, row) for name, row in told
    ]
    drawn = [(name, row) for name, row in named if min(row.answer[one]["units"] for one in SIDES) >= ENOUGH] or named
    shown = {key: sum(row.answer["verdict"] == key for _name, row in named) for key in ("proven", "harmful")}
    title = _("%(proven)s proven, %(harmful)s harmful, of %(all)s comparisons") % {**shown, "all": len(named)}
    definition = _(
        "Difference in the share of customers who bought again within 30 days, in points, with its interval. What has fewer than %(n)s"
        " customers on a side is only in the table."
    ) % {"n": ENOUGH}  # fmt: skip
    return plot(
        title,
        f"{definition} {together}" if (together := _together(rows)) else definition,
        lambda width: plots.ranges(title, [_range(name, row.answer) for name, row in drawn], result_figures.change, width),
        Table(
            "parts", _("Scenarios, reasons, channels"), _head(_("Part")), [_row(name, row.answer, language) for name, row in named],
            [f"{address}part={row.key}" for _name, row in named],
        ),
    )  # fmt: skip


def _together(rows: Sequence[Figure]) -> str:
    """Whoever compares much finds something: how many of the proven parts hold when all are looked at together."""
    told = [row.answer for row in rows if row.key != "all" and row.answer["log_e"] is not None]
    if len(told) < 2 or not any(answer["verdict"] in TONE for answer in told):
        return ""
    held = len(several.shown([answer["log_e"] for answer in told]))
    return _("Whoever compares much finds something by chance: looked at together, %(held)s of %(all)s parts hold.") % {
        "held": held, "all": len(told),
    }  # fmt: skip


def scenario_names(rows: Sequence[Figure]) -> dict[int, str]:
    """By id, as the reader's language has them."""
    return {row.scenario_id: summary.name_of(row.scenario) for row in rows if row.scenario and row.scenario_id}


def waits(outlook: Outlook) -> Table:
    """How long it takes until an effect is shown, should it be there."""
    return Table(
        "proof", _("Months until proof"), (_("If the effect is"), _("Customers needed"), _("Months needed")),
        [
            [
                (result_figures.points(one.uplift), _points(one.uplift)),
                (f"{one.units:,}" if one.units is not None else _("too many"), one.units),
                (_months(one.months), one.months),
            ]
            for one in outlook.proofs
        ],
    )  # fmt: skip


def _months(months: int | None) -> str:
    return "–" if months is None else _("%(months)s months") % {"months": f"{months:,}"} if months > 1 else _("1 month")
