"""The standing in words: one sentence for each rule, what follows behind each line, how it is counted."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaeru.console.gauge import Gauge, draw
from kaeru.core import wording
from kaeru.marketplaces.meter import Standing, Verdict
from kaeru.marketplaces.programme import Programme, Source
from kaeru.marketplaces.reading import Reading
from kaeru.marketplaces.rules import Line, is_crossed

NEAR = 0.8


@dataclass(frozen=True, slots=True)
class RuleShown:
    """One rule as the page shows it."""

    code: str
    title: str
    sentence: str
    figure: str
    of: str
    gauge: Gauge | None
    tone: str
    verdict: Verdict
    lines: list[dict[str, Any]]
    notes: list[str]


def limit(line: Line) -> str:
    """7%, 35 or unknown."""
    if line.amount is not None:
        return str(line.amount)
    return str(line.share) if line.share else _("unknown")


def rate(verdict: Verdict) -> str:
    """The share in per cent; with more places where one would hide on which side of the line it is."""
    share = verdict.count.rate
    if share is None:
        return "–"
    near = any(line.share and abs(share - line.share.part / line.share.whole) < 0.0006 for line in verdict.lines)
    return f"{share * 100:.3f}%" if near else wording.share(share)


def shown(programme: Programme, verdict: Verdict, language: str) -> RuleShown:
    """The rule with its sentence, its gauge and its lines."""
    rule = verdict.rule
    lines = [_line(programme, verdict, line, language) for line in verdict.lines]
    gauge = _gauge(verdict)
    tone = "bad" if verdict.line else gauge.tone if gauge else ""
    notes = [wording.pick(text, language) for text in rule.unknown]
    if rule.few and verdict.is_few:
        notes.append(
            _("Fewer than %(n)s orders so far: only the line at %(limit)s counts.")
            % {"n": rule.few.below, "limit": limit(rule.few.line)}
        )
    return RuleShown(
        rule.code, wording.pick(rule.title, language), _sentence(programme, verdict, language), figure(verdict), of(programme, verdict),
        gauge, tone, verdict, lines, notes,
    )  # fmt: skip


def figure(verdict: Verdict) -> str:
    """7.4%, 45 points, or 2 in a row."""
    if verdict.rule.in_a_row:
        return ngettext("%(n)s in a row", "%(n)s in a row", verdict.count.counted) % {"n": verdict.count.counted}
    if verdict.rule.counted == "points":
        return _("%(n)s points") % {"n": verdict.count.counted}
    return rate(verdict)


def of(programme: Programme, verdict: Verdict) -> str:
    """What the figure is made of: 29 cancelled of 500 orders."""
    if verdict.rule.in_a_row or not verdict.is_applied:
        return ""
    counts = {"counted": f"{verdict.count.counted:,}", "orders": f"{verdict.count.orders:,}"}
    if verdict.rule.counted == "points":
        return _("%(n)s cancellations × %(each)s points") % {
            "n": verdict.count.counted // verdict.rule.points_each, "each": verdict.rule.points_each,
        }  # fmt: skip
    if programme.unit == "items":
        return _("%(counted)s cancelled of %(orders)s items") % counts
    return _("%(counted)s cancelled of %(orders)s orders") % counts


def _sentence(programme: Programme, verdict: Verdict, language: str) -> str:
    """The one thing to know of this rule."""
    if verdict.rule.counted == "not_counted":
        return _("Kaeru does not count this. Please look at the mall's own screen.")
    if not verdict.is_applied:
        return _("This rule does not apply with so few orders, or another one stands for it.")
    if verdict.line is not None:
        return _("Over the line: %(stage)s.") % {"stage": stage(programme, verdict.line, language)}
    ahead = verdict.next_line
    if ahead is None:
        return _("The mall's line is not known. Only the rate is shown.")
    if verdict.rule.in_a_row:
        return _("Within the line.")
    if not verdict.count.counted and not verdict.count.orders:
        return _("No orders in this time yet.")
    room = verdict.room(ahead)
    if room is None:
        return _("Within the line.")
    if room == 0:
        return _("One more cancellation crosses the line at %(limit)s.") % {"limit": limit(ahead)}
    return ngettext(
        "%(n)s more cancellation stays within the line at %(limit)s.", "%(n)s more cancellations stay within the line at %(limit)s.", room,
    ) % {"n": f"{room:,}", "limit": limit(ahead)}  # fmt: skip


def stage(programme: Programme, line: Line, language: str) -> str:
    """What the stage behind the line is called."""
    return wording.pick(programme.stages[line.stage].title, language)


def _line(programme: Programme, verdict: Verdict, line: Line, language: str) -> dict[str, Any]:
    known = programme.stages[line.stage]
    room = verdict.room(line)
    return {
        "code": line.stage,
        "title": wording.pick(known.title, language),
        "follows": wording.pick(known.follows, language),
        "limit": _limit_said(line),
        "is_crossed": is_crossed(line, verdict.count) and verdict.is_applied,
        "is_known": line.is_known,
        "room": room,
    }


def _limit_said(line: Line) -> str:
    if not line.is_known:
        return _("line not known")
    said = _("over %(limit)s") if line.is_strict else _("%(limit)s or more")
    told = said % {"limit": limit(line)}
    return told if not line.least else _("%(line)s and at least %(n)s") % {"line": told, "n": line.least}


def _gauge(verdict: Verdict) -> Gauge | None:
    known = [line for line in verdict.lines if line.is_known]
    if verdict.rule.in_a_row or not verdict.is_applied or not known:
        return None
    lines = [(_place(line), limit(line), is_crossed(line, verdict.count)) for line in known]
    is_sum = verdict.rule.counted == "points"
    value = float(verdict.count.counted) if is_sum else verdict.count.rate
    if value is None:
        value = 0.0 if not verdict.count.counted else max(at for at, _, _ in lines) * 2
    return draw(value, lines, near=NEAR)


def _place(line: Line) -> float:
    return float(line.amount) if line.amount is not None else line.share.part / line.share.whole if line.share else 0.0


def how(reading: Reading) -> str:
    """The reading in one sentence."""
    parts = [
        {
            "orders": _("orders cancelled whole"),
            "slips": _("every credit slip"),
            "product_slips": _("credit slips with goods on them"),
        }[reading.cancels]
    ]
    if reading.within_days is not None:
        parts.append(_("within %(n)s days of the order") % {"n": reading.within_days})
    if reading.grace_hours:
        parts.append(_("later than %(n)s hours after the order") % {"n": reading.grace_hours})
    if len(reading.sides) < 3:
        names = {"shop": _("the shop's"), "customer": _("the buyer's"), "unknown": _("not known whose")}
        parts.append(_("only: %(sides)s") % {"sides": _(", ").join(names[side] for side in reading.sides)})
    parts.append(
        _("in the month of the order") if reading.month_of == "order" else _("in the month of the cancellation")
    )
    parts.append(_("of paid orders") if reading.only_paid else _("of all orders"))
    return _(" · ").join(parts)


def sources(programme: Programme, language: str) -> list[dict[str, Any]]:
    """Where the numbers were read."""

    def said(source: Source) -> dict[str, Any]:
        return {
            "address": source.address,
            "is_official": source.kind == "official",
            "dated": source.dated,
            "note": wording.pick(source.note, language) if source.note else "",
        }

    return [said(source) for source in programme.sources.values()]


def lead(programme: Programme, standing: Standing, language: str) -> tuple[str, str]:
    """The page's one sentence, and its tone."""
    running = [verdict for verdict in standing.running if verdict.is_applied and not verdict.rule.in_a_row]
    if standing.heading is not None:
        over = next(verdict for verdict in standing.running if verdict.line is standing.heading)
        return _("%(rule)s: over the line now. What follows: %(stage)s.") % {
            "rule": wording.pick(over.rule.title, language), "stage": stage(programme, standing.heading, language),
        }, "bad"  # fmt: skip
    rooms = [
        (room, verdict, line)
        for verdict in running
        if (line := verdict.next_line) and (room := verdict.room(line)) is not None
    ]
    if not any(verdict.count.orders for verdict in running):
        return _("No orders in this time yet."), ""
    if not rooms:
        return _("The mall's line is not known. Only the rate is shown."), ""
    room, verdict, line = min(rooms, key=lambda one: one[0])
    tone = "clock" if (drawn := _gauge(verdict)) and drawn.tone == "clock" else "good"
    told = {"rule": wording.pick(verdict.rule.title, language), "limit": limit(line), "n": f"{room:,}"}
    if room == 0:
        return _("%(rule)s: one more cancellation crosses the line at %(limit)s.") % told, "clock"
    return ngettext(
        "%(rule)s: %(n)s more cancellation stays within the line at %(limit)s.",
        "%(rule)s: %(n)s more cancellations stay within the line at %(limit)s.", room,
    ) % told, tone  # fmt: skip
