"""How a parcel that presses is told on screen: until when it must leave, what that is about, what it costs, what its wish says."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from kaeru.console import phrases
from kaeru.console.phrases import Words
from kaeru.core import wording
from kaeru.marketplaces.dispatch.book import Rule
from kaeru.marketplaces.dispatch.queries import LateRow
from kaeru.marketplaces.dispatch.rules import Level

LEVEL: Words = {
    "late": lazy("Late"),
    "misses": lazy("No working day is left"),
    "today": lazy("Must leave today"),
    "soon": lazy("Until the next working day"),
    "calm": lazy("Wished day and plan do not fit"),
}
TONE = {"late": "bad", "misses": "bad", "today": "clock", "soon": "clock", "calm": ""}

WHY: Words = {
    "promise": lazy("the planned dispatch date"),
    "wish": lazy("to be there on the wished day"),
    "points": lazy("the mall takes points off after it"),
    "stop": lazy("the mall may stop its sale after it"),
    "buyer_may_cancel": lazy("the planned dispatch date"),
    "auto_cancel": lazy("the mall cancels it after that"),
    "late_share": lazy("it counts as late at the mall after it"),
}
"""What `Watch.why` says, after a day."""

CAUSE: Words = {
    "preparing": lazy("Getting it ready takes longer"),
    "supplier": lazy("Our supplier is late"),
    "made_to_order": lazy("Making it takes longer"),
    "carrier": lazy("The carrier is late"),
    "crowded": lazy("Many orders at once"),
}
CONFLICT: Words = {
    "plan_after_wish": lazy("The planned dispatch date is too late for the wished day. Please bring it forward, or tell the buyer."),
    "wish_lost": lazy("It cannot be there on the wished day any more. Please tell the buyer."),
    "line_before_wish": lazy(
        "The wished day lies behind the mall's line. Set the planned dispatch date with the reason “the buyer asked for it”, or ask the mall."
    ),
}  # fmt: skip
CERTAINTY: Words = {
    "official": lazy("from the mall itself"),
    "two_sources": lazy("two sources"),
    "one_source": lazy("one source only"),
}
REFUSED: Words = {
    "past": lazy("Please choose a day after today as the new dispatch date."),
    "too_far": lazy("The new dispatch date is at most 60 days ahead."),
    "cause": lazy("Please choose why it is late."),
    "too_many": lazy("Please choose at most 500 orders at a time."),
    "nobody": lazy("Please choose the orders whose buyers are to be told."),
    "no_day": lazy("Please enter the new dispatch date as a day."),
}


def due(row: LateRow, language: str) -> str:
    """Until when it must leave, or how late it is, in one sentence."""
    watch = row.watch
    if watch.level is Level.LATE:
        why = _("the planned dispatch date") if watch.why in ("promise", "buyer_may_cancel") else _("the mall's line")
        days = ngettext("%(n)d day past %(why)s", "%(n)d days past %(why)s", watch.days_late)
        return days % {"n": watch.days_late, "why": why}
    if watch.due_on is None:
        return ""
    told = {"on": wording.day(watch.due_on, language, row.ground.today.year), "why": phrases.said(WHY, watch.why)}
    if watch.level is Level.MISSES:
        return _("No working day is left until %(on)s (%(why)s)") % told
    return _("Until %(on)s (%(why)s)") % told


def costs(row: LateRow) -> list[tuple[str, str]]:
    """What lies behind and what comes next at the mall: (words, tone)."""
    found = []
    points = sum(line.step.points for line in row.watch.crossed)
    if points:
        found.append((_("−%(n)d points") % {"n": points}, "bad"))
    elif row.watch.next is not None and row.watch.next.step.effect == "points":
        found.append((_("−%(n)d points next") % {"n": row.watch.next.step.points}, "clock"))
    if any(line.step.effect == "buyer_may_cancel" for line in row.watch.crossed):
        found.append((_("The buyer may cancel freely"), "bad"))
    if any(line.step.effect == "late_share" for line in row.watch.crossed):
        found.append((_("Counts as late at the mall"), "bad"))
    if row.stop == "yes":
        found.append((_("The mall would stop its sale"), "bad"))
    elif row.stop == "possible":
        found.append((_("The mall may stop its sale"), "clock"))
    return found


def wish(row: LateRow, language: str) -> str:
    """The day and hours that the buyer wished for."""
    if row.order.wished_on is None:
        return ""
    day = wording.day(row.order.wished_on, language, row.ground.today.year)
    return f"{day} {row.order.wished_slot}".strip()


def rate(row: LateRow) -> str:
    """The dispatch rate on which the mall's stop hangs, both readings."""
    if row.stop is None or row.parcel.paid_on is None:
        return ""
    day, lately = row.ground.sent.get(row.parcel.paid_on), row.ground.lately
    if day is None or not lately.paid:
        return ""
    return _("Sent of those paid on the same day: %(day)s, of those paid in 30 days: %(lately)s; the line is 95%%.") % {
        "day": f"{day.sent}/{day.paid}",
        "lately": f"{lately.sent}/{lately.paid}",
    }


def source(rule: Rule, mall: str) -> dict[str, Any]:
    """Where a rule of a mall is from."""
    return {
        "mall": mall,
        "source": rule.source,
        "certainty": phrases.said(CERTAINTY, rule.certainty),
        "since": rule.starts,
    }
