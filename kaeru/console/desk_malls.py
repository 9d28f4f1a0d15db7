"""What a mall adds to the desk's pages: its clocks in words with the rule and its source, its own screens, what it will be told."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.cancellations import letters
from kaeru.cancellations.deciding import BUYERS_WISH, MALL
from kaeru.cancellations.desk import inquiries, mall
from kaeru.cancellations.desk.opening import UNCOUNTED
from kaeru.cancellations.desk.queries import Whole
from kaeru.cancellations.desk.rules import Why
from kaeru.cancellations.models import Case, Reason
from kaeru.connectors.capabilities import lacking
from kaeru.connectors.models import Inquiry
from kaeru.console import desk_what_if, desk_words, phrases
from kaeru.console.doors import Visit
from kaeru.console.phrases import Words
from kaeru.core import clock, wording
from kaeru.marketplaces.desk import clocks
from kaeru.marketplaces.desk.book import Mall
from kaeru.marketplaces.desk.clocks import Timed
from kaeru.marketplaces.desk.rules import Deadline
from kaeru.messages.errors import TemplateBroken

AHEAD: Words = {
    "uncounted": lazy("settle before %(at)s or it counts"),
    "buyer_alone": lazy("until %(at)s the buyer can cancel alone on %(mall)s"),
    "held": lazy("until %(at)s %(mall)s keeps the order back"),
    "buyer_asks": lazy("until %(at)s the buyer may ask on %(mall)s"),
    "buyer_free": lazy("settle by the end of %(at)s, or the buyer may cancel freely"),
    "answer": lazy("%(mall)s waits for your answer until %(at)s"),
}
BEHIND: Words = {
    "uncounted": lazy("a cancellation counts since %(at)s"),
    "buyer_alone": lazy("since %(at)s it takes the shop's consent"),
    "buyer_free": lazy("the planned dispatch date (%(at)s) is over: the buyer may cancel freely"),
    "answer": lazy("your answer was due at %(at)s"),
}
"""The other clocks say nothing when they are over."""
CERTAINTY: Words = {
    "official": lazy("from the mall's own page"),
    "several": lazy("from several pages that are not the mall's"),
    "one_source": lazy("from one page only; please compare with what the mall tells you"),
}
SCREEN_OF = {"inquiry": "inquiries"}
"""Which screen of the mall a case is settled on, by kind; else the one for cancellations."""


def clock_words(one: Deadline, mall: Mall, language: str) -> str:
    """One clock in words; "" for one that is over and says nothing."""
    words = BEHIND if one.is_over(clock.now()) else AHEAD
    if one.rule.means not in words:
        return ""
    told = {"at": _at(one, language), "mall": mall.called(language)}
    return phrases.said(words, one.rule.means) % told


def _at(one: Deadline, language: str) -> str:
    """A moment; of a clock that ends with a day, the day."""
    if one.rule.starts != "dispatch_by":
        return desk_words.time_of(one.at, language)
    there = (one.at - timedelta(hours=12)).astimezone(ZoneInfo(one.rule.zone)).date()
    return wording.day(there, language, clock.now().year)


def lines(cases: Sequence[Case], language: str) -> dict[int, dict[str, Any]]:
    """What the queue says of each case about a mall: the nearest clock that still runs, else the last that is over. One query."""
    asked = [case for case in cases if case.state == "open" and case.kind not in UNCOUNTED]
    told = clocks.timed([case.request for case in asked if case.request is not None])
    found = {}
    for case in asked:
        timed = told.get(case.request_id or 0)
        if timed is not None and (words := _nearest(timed, language)):
            is_clock = case.due_why == Why.MALL
            found[case.id] = {
                "words": words,
                "mall": timed.mall.called(language),
                "is_clock": is_clock,
                "left": desk_words.left_of(case, language) if is_clock else "",
            }
    return found


def _nearest(timed: Timed, language: str) -> str:
    now = clock.now()
    running = [one for one in timed.deadlines if not one.is_over(now)]
    over = [one for one in reversed(timed.deadlines) if one.is_over(now)]
    return next((words for one in (*running, *over) if (words := clock_words(one, timed.mall, language))), "")


def rules_of(visit: Visit) -> list[dict[str, Any]]:
    """The clocks of the malls that the member's shops are on, each with where it was read."""
    malls = {mall.code: mall for mall in clocks.malls_of(visit.shop_ids).values()}
    return [_rule(rule, mall, visit.language) for mall in malls.values() for rule in mall.rules]


def _rule(rule: Any, mall: Mall, language: str) -> dict[str, Any]:
    return {
        "mall": mall.called(language),
        "says": wording.pick(dict(rule.says), language),
        "certainty": phrases.said(CERTAINTY, rule.certainty),
        "sources": [
            {"words": one.removeprefix("https://"), "href": one if one.startswith("https://") else ""}
            for one in rule.sources
        ],
        "seen": rule.seen,
    }


def part(visit: Visit, case: Case, whole: Whole) -> dict[str, Any] | None:
    """What the page of a case says about the mall; None for a case that is about none."""
    wish, language = case.request, visit.language
    malls = clocks.malls_of([case.shop_id])
    mall = malls.get(case.shop_id)
    if mall is None:
        return None
    counted = wish if case.kind not in UNCOUNTED else None
    timed = clocks.timed([counted]).get(counted.id) if counted is not None else None
    screen = mall.screens.get(SCREEN_OF.get(case.kind, "cancellations"))
    return {
        "name": mall.called(language),
        "clocks": [
            {"words": words, "is_over": one.is_over(clock.now()), "rule": _rule(one.rule, mall, language)}
            for one in (timed.deadlines if timed else ())
            if (words := clock_words(one, mall, language))
        ],
        "screen": {"url": screen.url, "name": wording.pick(dict(screen.name), language)} if screen else None,
        "reasons": _reasons(case) if "approve" in whole.deeds else [],
        "text": _text(visit, case),
        "instead": _instead(case),
        "what_if": desk_what_if.part(wish, language) if case.kind == "decide" else None,
    }


def _instead(case: Case) -> str:
    """Why no substitute is offered here, and what to do instead; "" where it can be."""
    if case.kind != "decide" or case.request is None or mall.may_write(case.request):
        return ""
    return next((one.instead for one in lacking(case.shop, ["can_write_first"])), "")


def _reasons(case: Case) -> list[dict[str, Any]]:
    """What the mall can be told: the buyer's wish as such, and the shop's reasons; never nothing."""
    wish = case.request
    if wish is None or wish.origin != MALL:
        return []
    rows = Reason.objects.filter(shop_id=case.shop_id, is_active=True, side="customer").order_by("position", "id")
    chosen = wish.reason.code if wish.reason else ""
    found = [{"code": row.code, "labels": row.labels, "is_chosen": row.code == chosen} for row in rows]
    if not chosen:
        found.insert(
            0, {"code": "", "labels": _("The buyer's wish, no reason told"), "is_chosen": True, "why": BUYERS_WISH}
        )
    elif not any(one["is_chosen"] for one in found) and wish.reason:
        found.insert(0, {"code": chosen, "labels": wish.reason.labels, "is_chosen": True})
    return found


def _text(visit: Visit, case: Case) -> dict[str, str] | None:
    """The words of a refusal, as they are pasted on the mall's screen."""
    text, wish = case.proposal.get("text"), case.request
    if case.kind != "refuse" or not text or wish is None or not visit.may("see_people"):
        return None
    try:
        worded = letters.preview(wish, text)
    except TemplateBroken:
        return None
    return {"subject": worded.subject, "body": worded.text}


def refusal_of(case: Case) -> Case | None:
    """The task that a refusal on a mall leaves: it comes next, while the words are fresh."""
    if case.outcome != "declined" or case.request_id is None:
        return None
    return Case.objects.filter(kind="refuse", request_id=case.request_id, state="open").first()


def asked_words(one: Inquiry, visit: Visit, *, with_lines: bool = False) -> dict[str, Any]:
    """A buyer's question, for those who may read it."""
    can_read = visit.may("see_people")
    return {
        "title": one.title if can_read else _("A question that your role does not show."),
        "body": one.body if can_read else "",
        "asked_at": one.asked_at,
        "number": one.order.number if one.order else "",
        "is_about_claim": one.is_about_claim,
        "order": one.order,
        "lines": list(one.order.lines.order_by("position")) if one.order and with_lines else [],
        "name": visit.person(one.order.customer.name) if one.order and one.order.customer else "",
    }


def reply_problems(text: str) -> list[str]:
    """What the guard says of a reply."""
    return inquiries.problems(text) if text.strip() else [_("Please write a reply.")]
