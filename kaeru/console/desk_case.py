"""One case: what it is about, what Kaeru would answer and why, the letter that follows, and the buttons that decide."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kaeru.audiences.fields.orders import PAYMENTS
from kaeru.calls import choices
from kaeru.cancellations.deciding import MALL
from kaeru.cancellations.desk import actions, queries, rules
from kaeru.cancellations.desk.choice import Choice
from kaeru.cancellations.desk.errors import (
    LetterRefused,
    NoSuchMember,
    NotNow,
    SnoozeRefused,
    SomebodyWasFirst,
    TooLate,
)
from kaeru.cancellations.models import Case
from kaeru.console import desk_letter, desk_malls, desk_story, desk_words, gate_words, money_back, phrases
from kaeru.console.desk import repair_words, row_of, undoable
from kaeru.console.desk_letter import Draft
from kaeru.console.doors import Visit, page, show
from kaeru.core import clock
from kaeru.core.calendar import NeverOpen
from kaeru.core.templatetags.look import moment
from kaeru.tenants import queries as tenants

WITH_LETTER = ("approve", "decline", "substitute")


def _one(case_id: int) -> Case:
    case = queries.one(case_id)
    if case is None:
        raise Http404
    return case


@page("see")
def detail(request: HttpRequest, visit: Visit, case_id: int) -> HttpResponse:
    """The case with everything that a decision needs."""
    return _page(request, visit, _one(case_id))


def _page(
    request: HttpRequest, visit: Visit, case: Case, typed: Draft | None = None, error: str = "", status: int = 200,
    reply_problems: Sequence[str] = (),
) -> HttpResponse:  # fmt: skip
    whole, wish = queries.whole(case), case.request
    deeds = whole.deeds if visit.may("decide") else frozenset()
    grounds = desk_letter.grounds(wish) if wish else []
    proposed = str(case.proposal.get("verdict", ""))
    sold = desk_letter.suggestions(wish, whole.lines) if wish and "substitute" in deeds else []
    forms: list[dict[str, Any]] = []
    for deed in WITH_LETTER:
        if wish is not None and deed in deeds:
            ground = str(case.proposal.get("ground", "")) or grounds[0].code
            made = typed if typed is not None and typed.deed == deed else None
            made = made or desk_letter.draft(None, wish, deed, grounds, ground if deed == "decline" else "", sold)
            is_open = typed.deed == deed if typed is not None else deed == proposed
            forms.append({"deed": deed, "draft": made, "is_open": is_open})
    repair = whole.repair
    asked = desk_malls.asked_words(whole.inquiry, visit, with_lines=True) if whole.inquiry else None
    context = {
        "row": row_of(
            visit,
            case,
            queries.assignees([case]),
            asked=asked,
            mall=desk_malls.lines([case], visit.language).get(case.id),
        ),
        "asked": asked,
        "mall": desk_malls.part(visit, case, whole),
        "reply": request.POST.get("reply", ""),
        "reply_problems": reply_problems,
        "is_read": request.POST.get("do") == "preview",
        "case": case,
        "wish": wish,
        "whole": whole,
        "task": phrases.said(desk_words.TASK, case.kind),
        "grounds_of_proposal": _why(visit, whole),
        "wanted": repair_words(repair, visit.language) if repair is not None and visit.may("see_people") else "",
        "change": _change(whole),
        "forms": forms,
        "grounds": grounds,
        "suggestions": sold,
        "deeds": deeds,
        "story": desk_story.tell(visit, whole),
        "can_decide": visit.may("decide"),
        "can_read": visit.may("see_people"),
        "people": [{"id": user.id, "name": user.name or user.email} for user in queries.deciders(case.shop)],
        "times": _times(case),
        "earliest": choices.for_field(clock.now(), case.shop.timezone),
        "latest": choices.for_field(clock.now() + rules.FURTHEST_SNOOZE, case.shop.timezone),
        "ended": _ended(whole),
        "undo": undoable(request, visit),
        "money_back": money_back.drawn(wish) if wish is None or wish.origin != MALL else None,
        "payment": phrases.said(PAYMENTS, wish.order.payment_kind) if wish is not None and wish.order else "",
        "error": error,
    }
    return show(request, visit, "console/case.html", "desk", context, status=status)


def _why(visit: Visit, whole: queries.Whole) -> list[str]:
    """What speaks for the proposed answer, as facts."""
    case, wish, known = whole.case, whole.case.request, whole.history
    if case.kind != "decide" or wish is None:
        return []
    found = []
    order = wish.order
    if order is not None and order.shipped_at is not None:
        found.append(_("The order was shipped on %(at)s.") % {"at": moment(order.shipped_at)})
    elif order is not None:
        found.append(_("The order has not been shipped."))
    if case.due_why == rules.Why.CUTOFF and case.due_at > clock.now():
        at = desk_words.time_of(case.due_at, visit.language)
        found.append(_("The warehouse packs it after %(at)s.") % {"at": at})
    if case.proposal.get("rule_name"):
        found.append(_("Your policy asks a person: %(rule)s.") % {"rule": case.proposal["rule_name"]})
    if not known.wishes:
        found.append(_("The buyer has not asked to cancel before."))
    else:
        told = {"wishes": known.wishes, "orders": known.orders}
        found.append(_("The buyer has asked to cancel %(wishes)s times before, with %(orders)s orders in all.") % told)
    return found


def _change(whole: queries.Whole) -> dict[str, str] | None:
    """What became of a change at the gate."""
    change = whole.change
    if change is None:
        return None
    return {
        "words": phrases.said(desk_words.CHANGE, change.state),
        "answer": phrases.said(gate_words.WHY, change.answer),
        "kind": change.kind,
    }


def _ended(whole: queries.Whole) -> str:
    """How a closed case ended, and who did it."""
    case = whole.case
    if case.closed_at is None:
        return ""
    told = {"outcome": phrases.said(desk_words.OUTCOME, case.outcome), "by": desk_story.by(whole, case.closed_by)}
    return _("%(outcome)s (%(by)s)") % told


def _times(case: Case) -> list[dict[str, Any]]:
    """Until when a case may be put off, as choices."""
    words = {"hour": _("in an hour"), "evening": _("today at 17:00"), "opening": _("when we open next")}
    hours = tenants.calendars([case.shop_id])[case.shop_id]
    with suppress(NeverOpen):
        found = choices.choices(clock.now(), case.shop.timezone, hours)
        return [{"name": name, "label": words[name], "at": at} for name, at in found.items()]
    return []


@page("decide", "POST")
def decide(request: HttpRequest, visit: Visit, case_id: int) -> HttpResponse:
    """Decide; or, with `do=preview`, read the letter first."""
    case = _one(case_id)
    deed = request.POST.get("deed", "")
    typed: Draft | None = None
    if deed in WITH_LETTER and case.request is not None:
        lines = list(case.request.order.lines.order_by("position")) if case.request.order else []
        sold = desk_letter.suggestions(case.request, lines) if deed == "substitute" else []
        typed = desk_letter.draft(request, case.request, deed, desk_letter.grounds(case.request), sold=sold)
        if request.POST.get("do") == "preview":
            return _page(request, visit, case, typed)
        if typed.problems:
            return _page(request, visit, case, typed, status=422)
    if case.kind == "inquiry" and (deed == "answer" or request.POST.get("do") == "preview"):
        wrong = desk_malls.reply_problems(request.POST.get("reply", ""))
        if wrong or request.POST.get("do") == "preview":
            return _page(request, visit, case, status=422 if wrong else 200, reply_problems=wrong)
        choice = Choice(deed, letter={"body": request.POST.get("reply", "")})
    else:
        choice = typed.choice(None) if typed is not None else Choice(deed)
    try:
        told = actions.decide(case_id, choice, actor=visit.actor, user=visit.member.user)
    except KeyError:
        return HttpResponse(status=400)
    except SomebodyWasFirst as first:
        messages.warning(request, first_words(first))
        return redirect("console:case", case_id=case_id)
    except LetterRefused as refused:
        return _page(request, visit, case, typed, " ".join(refused.problems), 422)
    except NotNow as not_now:
        error = phrases.said(desk_words.NOT_NOW, not_now.code)
        return _page(request, visit, _one(case_id), typed, error, 422)
    if told.call_id is not None:
        messages.success(request, _("The call is on the list, and the case is yours."))
        return redirect("console:call", task_id=told.call_id)
    return _go_on(request, visit, told.case)


def _go_on(request: HttpRequest, visit: Visit, case: Case) -> HttpResponse:
    """To the next case; to the desk when it is empty. What can be taken back says so there."""
    who = case.request.order.number if case.request and case.request.order else ""
    outcome = phrases.said(desk_words.OUTCOME, case.outcome)
    messages.success(request, _("%(number)s: %(outcome)s.") % {"number": who, "outcome": outcome})
    following = desk_malls.refusal_of(case) or queries.next_after(visit.member.user_id)
    address = reverse("console:case", args=[following.id]) if following else reverse("console:desk")
    undo = f"?undo={case.id}" if actions.can_undo(case, visit.actor) else ""
    return HttpResponseRedirect(address + undo)


def first_words(first: SomebodyWasFirst) -> str:
    """Who was first, and what they did."""
    outcome = phrases.said(desk_words.OUTCOME, first.outcome)
    if first.by:
        return _("%(name)s was first: %(outcome)s. Nothing was changed by you.") % {
            "name": first.by,
            "outcome": outcome,
        }
    return _("This case has settled: %(outcome)s. Nothing was changed by you.") % {"outcome": outcome}


@page("decide", "POST")
def undo(request: HttpRequest, visit: Visit, case_id: int) -> HttpResponse:
    """Take a decision back while nobody was told."""
    _one(case_id)
    try:
        actions.undo(case_id, actor=visit.actor)
        messages.success(request, _("Taken back. Nobody was told."))
    except TooLate:
        messages.warning(request, _("It cannot be taken back any more: the letter has left."))
    return redirect("console:case", case_id=case_id)


@page("decide", "POST")
def take(request: HttpRequest, visit: Visit, case_id: int) -> HttpResponse:
    """I see to this case."""
    _one(case_id)
    try:
        actions.take(case_id, actor=visit.actor, user=visit.member.user)
    except SomebodyWasFirst as first:
        messages.warning(request, first_words(first))
    return redirect("console:case", case_id=case_id)


@page("decide", "POST")
def assign(request: HttpRequest, visit: Visit, case_id: int) -> HttpResponse:
    """Give the case to somebody, or to anybody."""
    _one(case_id)
    who = request.POST.get("user", "")
    try:
        user_id = int(who) if who.isascii() and who.isdigit() and len(who) < 20 else None
        actions.assign(case_id, user_id, actor=visit.actor)
    except NoSuchMember:
        return HttpResponse(status=400)
    except SomebodyWasFirst as first:
        messages.warning(request, first_words(first))
    return redirect("console:case", case_id=case_id)


@page("decide", "POST")
def snooze(request: HttpRequest, visit: Visit, case_id: int) -> HttpResponse:
    """Put the case off, or take it back into the queue."""
    case = _one(case_id)
    when, written = request.POST.get("when", ""), request.POST.get("at", "").strip()
    try:
        if when == "now":
            until = None
        elif written:
            until = choices.typed(written, case.shop.timezone)
            if until is None:
                raise SnoozeRefused("unreadable")
        else:
            until = next((time["at"] for time in _times(case) if time["name"] == when), None)
            if until is None:
                raise SnoozeRefused("unreadable")
        actions.snooze(case_id, until, actor=visit.actor)
    except SnoozeRefused as refused:
        return _page(request, visit, case, error=phrases.said(desk_words.SNOOZE, refused.code), status=422)
    except SomebodyWasFirst as first:
        messages.warning(request, first_words(first))
        return redirect("console:case", case_id=case_id)
    if until is None:
        return redirect("console:case", case_id=case_id)
    messages.success(request, _("Put off until %(at)s.") % {"at": desk_words.time_of(until, visit.language)})
    return redirect("console:desk")


@page("decide", "POST")
def note(request: HttpRequest, visit: Visit, case_id: int) -> HttpResponse:
    """Write something for the others."""
    _one(case_id)
    actions.note(case_id, request.POST.get("text", ""), actor=visit.actor)
    return HttpResponseRedirect(reverse("console:case", args=[case_id]) + "#story")
