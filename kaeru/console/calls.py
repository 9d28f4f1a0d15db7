"""Calls: which to make next, and one call with its script, from dialling to what came of it."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaeru.calls import actions, choices, queries, rules
from kaeru.calls.errors import AlreadyClosed, NextTryRefused, NoSuchMember, SomebodyWasFaster
from kaeru.calls.models import CallState, CallTask
from kaeru.calls.queries import Card
from kaeru.calls.rules import Answer, Pressure
from kaeru.console import phrases
from kaeru.console.doors import Visit, page, show
from kaeru.console.sheets import sheet
from kaeru.core import clock, wording
from kaeru.core.calendar import NeverOpen
from kaeru.tenants import queries as tenants

SHOWN = ("all", "mine", "done")
TONE = {Pressure.SOON: "clock", Pressure.LATE: "bad", Pressure.OVER: "bad", Pressure.LATER: ""}
OUTCOME_TONE = {"reached": "good", "unreached": "clock", "expired": "bad"}


def clock_words(visit: Visit, card: Card, now: datetime) -> str:
    """How the call's clock stands, in words: あと1時間20分."""
    task = card.task
    match card.pressure:
        case Pressure.OVER:
            return _("deadline passed")
        case Pressure.LATER:
            return _("call later")
        case Pressure.LATE if task.next_try_at:
            late = wording.span(now - task.next_try_at, visit.language)
            return _("promise overdue by %(span)s") % {"span": late}
        case _:
            return _("%(span)s left") % {"span": wording.span(task.deadline_at - now, visit.language)}


def card_of(visit: Visit, card: Card) -> dict[str, Any]:
    """What a list card and the head of the call's page show."""
    task, now = card.task, clock.now()
    can_dial = visit.may("see_people") and visit.may("decide") and task.state == CallState.WAITING
    is_closed = task.state == CallState.CLOSED
    return {
        "id": task.id,
        "name": visit.person(task.customer.name if task.customer else ""),
        "number": task.order.number if task.order else "",
        "value": task.value,
        "currency": task.currency,
        "reason": card.reason,
        "shop": task.shop.name if len(visit.shops) > 1 else "",
        "left": phrases.said(phrases.CALL_OUTCOME, task.outcome) if is_closed else clock_words(visit, card, now),
        "tone": OUTCOME_TONE.get(task.outcome, "") if is_closed else TONE.get(card.pressure, ""),
        "is_later": card.pressure == Pressure.LATER,
        "is_promised": card.is_promised,
        "next_try_at": task.next_try_at,
        "deadline_at": task.deadline_at,
        "closed_at": task.closed_at,
        "tries": task.tries,
        "most_tries": task.most_tries,
        "phone": card.phone if can_dial else None,
        "blocked": phrases.said(phrases.CALL_BLOCKED, card.blocked) if card.blocked and not is_closed else "",
        "assignee": (task.assignee.name or task.assignee.email) if task.assignee else "",
        "is_mine": task.assignee_id == visit.member.user_id,
        "answer": phrases.said(phrases.CALL_ANSWER, task.detail) if is_closed and task.detail else "",
    }


@page("see")
def listing(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The calls to make, the one to make next first; or those that are over."""
    chosen = request.GET.get("show", "all")
    chosen = chosen if chosen in SHOWN else "all"
    part = None
    if chosen == "done":
        part = sheet(queries.closed(visit.shop_ids), request.GET.get("page"))
        rows = [card_of(visit, card) for card in queries.cards(part.rows)]
    else:
        mine = visit.member.user_id if chosen == "mine" else None
        rows = [card_of(visit, card) for card in queries.listed(visit.shop_ids, assignee_id=mine)]
    context = {
        "show": chosen,
        "tabs": [("all", _("To call")), ("mine", _("Mine")), ("done", _("Done"))],
        "now_rows": [row for row in rows if not row["is_later"]],
        "later_rows": [row for row in rows if row["is_later"]],
        "is_full": chosen != "done" and len(rows) >= queries.MOST_LISTED,
        "most": queries.MOST_LISTED,
        "sheet": part,
        "can_decide": visit.may("decide"),
        "opens_at": _opens_at(rows, visit),
    }
    return show(request, visit, "console/calls.html", "desk", context)


def _opens_at(rows: list[dict[str, Any]], visit: Visit) -> datetime | None:
    """When the next shop opens, if there is somebody to call and all are closed now: nobody likes to be called at night."""
    now, openings = clock.now(), []
    for calendar in tenants.calendars(visit.shop_ids).values() if rows else ():
        with suppress(NeverOpen):
            openings.append(calendar.next_open(now))
    return min(openings) if openings and min(openings) > now else None


def _one(task_id: int) -> Card:
    task = queries.one(task_id)
    if task is None:
        raise Http404
    return queries.cards([task])[0]


@page("see")
def detail(request: HttpRequest, visit: Visit, task_id: int) -> HttpResponse:
    """One call: number, script, what to tell, and each try so far."""
    return _page(request, visit, _one(task_id))


def _page(request: HttpRequest, visit: Visit, card: Card, error: str = "", status: int = 200) -> HttpResponse:
    task, person = card.task, None if visit.may("see_people") else visit.person(_name(card.task))
    staff = visit.member.user.name
    wanted = wording.language_of(task.customer.language if task.customer else "ja")
    scripts = {code: card.script(code, staff, person=person) for code in (wanted, "ja", "en")}
    spoken = next((code for code, text in scripts.items() if text), wanted)
    other = scripts.get(visit.language, "") if visit.language != spoken else ""
    zone = task.shop.timezone
    tries = queries.tries_of(task)
    context = {
        "row": card_of(visit, card),
        "cancellation_id": card.cancellation_id,
        "is_closed": task.state == CallState.CLOSED,
        "closed_by": (task.closed_by.name or task.closed_by.email) if task.closed_by else "",
        "can_decide": visit.may("decide"),
        "can_tell": visit.may("decide")
        and (task.outcome in rules.BY_ITSELF if task.state == CallState.CLOSED else not card.blocked),
        "unreached_hint": _unreached(visit, task),
        "script": scripts[spoken],
        "spoken": spoken,
        "other_script": other,
        "tries": [
            {
                "at": item.at,
                "what": phrases.said(phrases.CALL_ANSWER, item.answer),
                "by": (item.by.name or item.by.email) if item.by else "",
                "note": item.note if visit.may("see_people") else "",
                "again": item.next_try_at,
            }
            for item in tries
        ],
        "seen": len(tries),
        "people": [{"id": user.id, "name": user.name or user.email} for user in queries.callers(task.shop)],
        "assignee_id": task.assignee_id,
        "times": _times(task),
        "typed": request.POST if request.method == "POST" else {},
        "when": request.POST.get("when", "hour"),
        "earliest": choices.for_field(clock.now(), zone),
        "latest": choices.for_field(clock.now() + rules.FURTHEST_RETRY, zone),
        "error": error,
    }
    return show(request, visit, "console/call.html", "desk", context, status=status)


def _name(task: CallTask) -> str:
    return task.customer.name if task.customer else ""


def _times(task: CallTask) -> list[dict[str, Any]]:
    """When the customer may want to be called again, as choices."""
    words = {"hour": _("in an hour"), "evening": _("today at 17:00"), "opening": _("when we open next")}
    hours = tenants.calendars([task.shop_id])[task.shop_id]
    found = choices.choices(clock.now(), task.shop.timezone, hours)
    return [{"name": name, "label": words[name], "at": at} for name, at in found.items()]


def _unreached(visit: Visit, task: CallTask) -> str:
    """What happens when nobody answers now."""
    call = rules.Call(task.tries, task.most_tries, task.deadline_at)
    hours = tenants.calendars([task.shop_id])[task.shop_id]
    again = rules.told(call, Answer.UNREACHED, clock.now(), hours).next_try_at
    if again is not None:
        return _("If nobody answers, it is back in the list at %(at)s.") % {"at": _moment(visit, again)}
    if task.tries + 1 >= task.most_tries:
        return _("If nobody answers this time, the call closes and the scenario goes on.")
    return _(
        "No opening hour is left before the deadline. If nobody answers, the call closes and the scenario goes on."
    )


def _moment(visit: Visit, at: datetime) -> str:
    """The time alone when it is today, else day and time."""
    there, here = timezone.localtime(at), timezone.localtime(clock.now())
    is_today = there.date() == here.date()
    return f"{there.hour}:{there.minute:02d}" if is_today else wording.moment(there, visit.language, here.year)


def _promised(request: HttpRequest, task: CallTask) -> datetime | None:
    """The time that the customer wants to be called at: what was typed wins. Raises NextTryRefused("unreadable")."""
    zone, written = task.shop.timezone, request.POST.get("at", "").strip()
    if written:
        at = choices.typed(written, zone)
        if at is None:
            raise NextTryRefused("unreadable")
        return at
    hours = tenants.calendars([task.shop_id])[task.shop_id]
    return choices.choices(clock.now(), zone, hours).get(request.POST.get("when", "hour"))


@page("decide", "POST")
def tell(request: HttpRequest, visit: Visit, task_id: int) -> HttpResponse:
    """What came of a try."""
    card = _one(task_id)
    answer, seen = request.POST.get("answer", ""), request.POST.get("seen", "")
    if answer not in set(Answer):
        return HttpResponse(status=400)
    try:
        told = actions.record(
            task_id,
            answer,
            request.POST.get("note", ""),
            _promised(request, card.task) if answer == Answer.NEEDS_TIME else None,
            actor=visit.actor,
            user=visit.member.user,
            do_not_call=answer in rules.SPOKEN and "do_not_call" in request.POST,
            seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 6 else None,
        )
    except NextTryRefused as refused:
        return _page(request, visit, card, phrases.said(phrases.CALL_TIME, refused.code), 422)
    except (AlreadyClosed, SomebodyWasFaster) as faster:
        messages.warning(request, _faster(faster))
        return redirect("console:call", task_id=task_id)
    _say(request, visit, told)
    return redirect("console:calls")


def _say(request: HttpRequest, visit: Visit, told: actions.Recorded) -> None:
    task = told.task
    if told.is_late:
        messages.warning(
            request, _("Kept in the story. The call had already closed by itself, and the scenario has gone on.")
        )
    elif task.state == CallState.CLOSED:
        messages.success(request, _("Noted. The scenario goes on with this."))
    elif task.next_try_at:
        messages.success(
            request, _("Noted. It is back in the list at %(at)s.") % {"at": _moment(visit, task.next_try_at)}
        )


def _faster(faster: AlreadyClosed | SomebodyWasFaster) -> str:
    """Who was faster, and what became of the call."""
    if isinstance(faster, SomebodyWasFaster):
        told = _("%(name)s was faster. Nothing was changed by you.")
        return told % {"name": faster.by} if faster.by else _("Somebody was faster. Nothing was changed by you.")
    became = phrases.said(phrases.CALL_OUTCOME, faster.outcome)
    if faster.by:
        return _("%(name)s has already closed this call: %(outcome)s.") % {"name": faster.by, "outcome": became}
    return _("This call is already closed: %(outcome)s.") % {"outcome": became}


@page("decide", "POST")
def take(request: HttpRequest, visit: Visit, task_id: int) -> HttpResponse:
    """I make this call. Dialling takes it, too: then nobody waits for a page (`HX-Request`)."""
    _one(task_id)
    is_by_dialling = request.headers.get("HX-Request") == "true"
    try:
        actions.take(task_id, actor=visit.actor, user=visit.member.user)
    except (AlreadyClosed, SomebodyWasFaster) as faster:
        if not is_by_dialling:
            messages.warning(request, _faster(faster))
    return HttpResponse(status=204) if is_by_dialling else redirect("console:call", task_id=task_id)


@page("decide", "POST")
def assign(request: HttpRequest, visit: Visit, task_id: int) -> HttpResponse:
    """Give the call to somebody, or to anybody."""
    _one(task_id)
    who = request.POST.get("user", "")
    try:
        actions.assign(
            task_id, int(who) if who.isascii() and who.isdigit() and len(who) < 20 else None, actor=visit.actor
        )
    except NoSuchMember:
        return HttpResponse(status=400)
    except AlreadyClosed as closed:
        messages.warning(request, _faster(closed))
    return redirect("console:call", task_id=task_id)


def need_words(count: int, deadline_at: datetime, visit: Visit) -> tuple[str, str]:
    """For Today: how many calls, and until when."""
    left = wording.span(deadline_at - clock.now(), visit.language)
    return (
        ngettext("%(n)s call to make", "%(n)s calls to make", count) % {"n": count},
        _("due in %(span)s") % {"span": left} if deadline_at > clock.now() else _("deadline passed"),
    )
