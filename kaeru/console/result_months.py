"""A shop's months as plots with their tables: what cancellations took and what came back, and the reasons."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from kaeru.console import plots
from kaeru.console.plots import Series
from kaeru.console.result_tables import Cell, Plot, Table, plot
from kaeru.core import wording
from kaeru.core.money import minor_digits, show
from kaeru.recoveries.monthly import Month

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
OTHERS = 6
"""So many reasons have a strip of their own."""


def name(on: date, *, is_long: bool = False) -> str:
    """11月, Nov; with the year in tables."""
    if wording.language_of(get_language()) == "ja":
        return f"{on.year}年{on.month}月" if is_long else f"{on.month}月"
    return f"{_MONTHS[on.month - 1]} {on.year}" if is_long else _MONTHS[on.month - 1]


def money(rows: Sequence[Month], currency: str, language: str, *, is_sure: bool) -> Plot | None:
    """What cancellations took, what came back, and what of that would have come anyway. `is_sure`: the difference is no chance."""
    if not any(row.taken or row.facts.came_back for row in rows):
        return None
    caused = [row.caused for row in rows if row.caused is not None]
    taken = sum(row.taken for row in rows)
    told = {"taken": show(taken, currency, language), "caused": show(abs(sum(caused)), currency, language)}
    if not caused:
        title = _("Cancellations took %(taken)s") % told
    elif not is_sure:
        title = (
            _("Cancellations took %(taken)s; whether more came back because of your scenarios may still be chance")
            % told
        )
    elif sum(caused) >= 0:
        title = _("Cancellations took %(taken)s; %(caused)s came back because of your scenarios") % told
    else:
        title = _("Cancellations took %(taken)s; %(caused)s less came back than without your scenarios") % told
    series = (
        Series(_("Taken by cancellations"), [row.taken for row in rows], "soft"),
        Series(_("Came back"), [row.facts.came_back if row.units else None for row in rows], "good"),
        Series(_("would have come anyway"), [row.anyway for row in rows], is_mark=True),
    )
    names = [name(row.first_on) + ("*" if row.facts.waiting else "") for row in rows]
    return plot(
        title,
        _(
            "In the month of the first cancellation, before coupons and sending. Came back: what customers with the scenarios bought within"
            " 30 days. The line: what they would have bought anyway, as the held customers did on average. * Some of the 30 days are not over."
        ),
        lambda width: plots.columns(title, names, series, lambda value: _short(value, currency, language), width),
        Table(
            "months", _("Month by month"),
            (
                _("Month"), _("Cancellations"), _("Taken"), _("Came back"), _("Anyway"), _("Because of you"), _("Coupons"), _("Sending"),
                _("Net"), _("Customers not over"),
            ),
            [_month(row, currency, language) for row in rows],
        ),
    )  # fmt: skip


def _month(row: Month, currency: str, language: str) -> list[Cell]:
    def yen(amount: int | None) -> Cell:
        return ("–" if amount is None else show(amount, currency, language), amount)

    return [
        (name(row.first_on, is_long=True), row.first_on.isoformat()[:7]),
        (f"{row.cancellations:,}", row.cancellations),
        *(yen(one) for one in (row.taken, row.facts.came_back if row.units else None, row.anyway, row.caused)),
        *(yen(one) for one in (row.facts.coupons, row.facts.sending, row.net)),
        (f"{row.facts.waiting:,}", row.facts.waiting),
    ]  # fmt: skip


def _short(value: float, currency: str, language: str) -> str:
    """Money on an axis: 120万円, ¥1.2M."""
    whole, size = round(value), abs(value)
    if currency == "JPY" and language == "ja" and size >= 10_000:
        return f"{value / 10_000:,.4g}万円".replace("-", "−")
    if minor_digits(currency) == 0 and size >= 1_000 and language == "en":
        sign, (unit, letter) = "−" if value < 0 else "", (1_000_000, "M") if size >= 1_000_000 else (1_000, "k")
        return f"{sign}{'¥' if currency == 'JPY' else ''}{size / unit:,.4g}{letter}"
    return show(whole, currency, language)


def reasons(rows: Sequence[Month], labels: Mapping[int, Mapping[str, str]], language: str) -> Plot | None:
    """How often for which reason, month by month."""
    totals: dict[str, int] = {}
    for row in rows:
        for key, (count, _value) in row.facts.reasons.items():
            totals[key] = totals.get(key, 0) + count
    if not totals:
        return None
    order = sorted(totals, key=lambda key: -totals[key])
    most, whole = order[0], sum(totals.values())
    title = _("%(reason)s: %(share)s of all cancellations") % {
        "reason": _reason(most, labels, language),
        "share": wording.share(totals[most] / whole),
    }

    def of(key: str) -> list[int]:
        return [row.facts.reasons.get(key, (0, 0))[0] for row in rows]

    series = [Series(_reason(key, labels, language), of(key)) for key in order[:OTHERS]]
    if order[OTHERS:]:
        rest = [sum(column) for column in zip(*(of(key) for key in order[OTHERS:]), strict=True)]
        series.append(Series(_("Other reasons"), rest, "soft"))
    names = [name(row.first_on) for row in rows]
    return plot(
        title,
        _("Orders that were cancelled, in the month of the wish, by the reason that was chosen. On the right the last month."),
        lambda width: plots.strips(title, names, series, _orders, width),
        Table(
            "reasons", _("Reasons over time"), (_("Reason"), *(name(row.first_on, is_long=True) for row in rows), _("All")),
            [
                [(said, said), *((f"{one:,}", one) for one in of(key)), (f"{totals[key]:,}", totals[key])]
                for key in order
                if (said := _reason(key, labels, language))
            ],
        ),
    )  # fmt: skip


def _orders(value: float) -> str:
    return ngettext("%(n)s order", "%(n)s orders", round(value)) % {"n": f"{value:,.0f}"}


def _reason(key: str, labels: Mapping[int, Mapping[str, str]], language: str) -> str:
    return (wording.pick(labels.get(int(key)), language) if key else "") or _("No reason given")
