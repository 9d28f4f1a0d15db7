"""What each answer to a mall's buyer would make of the shop's standing, beside the buttons that give it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaeru.cancellations.models import CancellationRequest
from kaeru.console import desk_words
from kaeru.core import wording
from kaeru.marketplaces.forecast import queries
from kaeru.marketplaces.forecast.queries import LineIf, WhatIf


def part(wish: CancellationRequest | None, language: str) -> dict[str, Any] | None:
    """Both answers with the chance to end beyond the line that is touched most; None where no line is touched."""
    if wish is None or wish.state != "asked":
        return None
    found = queries.what_if([wish.id]).get(wish.id)
    if found is None or not found.lines:
        return None
    if not found.counts:
        return {"counts": False, "words": _free(found, language), "rows": [], "line": ""}
    one = found.tightest
    if one is None:
        return None
    return {
        "counts": True,
        "words": _("Approved now, it counts."),
        "line": _line(one, language),
        "rows": [
            {"answer": _("Approve"), "chance": chance(one.if_cancelled), "left": _left(one, one.may_lose_after)},
            {
                "answer": _("Decline, or the buyer keeps it"),
                "chance": chance(one.if_kept),
                "left": _left(one, one.line.may_lose),
            },
        ],
        "is_crossed": one.line.is_crossed,
        "is_thin": one.line.is_thin,
    }


def _free(found: WhatIf, language: str) -> str:
    if found.free_until is None:
        return _("Approved, it does not count by your reading of the rules.")
    return _("Approved before %(at)s, it does not count.") % {"at": desk_words.time_of(found.free_until, language)}


def _line(one: LineIf, language: str) -> str:
    """The line in words: 1か月のキャンセル率 7%."""
    rule, share = one.line.rule, one.line.line.share
    limit = str(share) if share is not None else str(one.line.line.amount or "")
    return f"{wording.pick(dict(rule.title), language)} {limit}".strip()


def chance(p: float) -> str:
    """A chance as it is said: 18%, never 0% or 100%, as nothing is certain before the end."""
    if p < 0.01:
        return _("under 1%")
    return _("over 99%") if p > 0.99 else f"{round(p * 100)}%"


def _left(one: LineIf, orders: int) -> str:
    """How many more orders may be lost within the line, those to come included; nothing while the line is crossed: it would console falsely."""
    if one.line.is_crossed:
        return ""
    if orders < 0:
        return _("over the line")
    return ngettext("%(n)s more may be lost", "%(n)s more may be lost", orders) % {"n": orders}
