"""Rehearsal: what a scenario would have done with the shop's own cancellations, before it is let loose on anybody."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kaeru.cancellations.models import CancellationRequest
from kaeru.console import charts, phrases, summary
from kaeru.console.chosen import one
from kaeru.console.doors import Visit, page, show
from kaeru.core import wording
from kaeru.core.money import show as money
from kaeru.core.templatetags.look import day
from kaeru.scenarios import queries
from kaeru.scenarios.flow import walk
from kaeru.scenarios.models import RehearsalRun, Revision, RunState, Scenario
from kaeru.scenarios.rehearsal import NotRehearsable, stored
from kaeru.tenants.models import Shop

SPANS = (30, 90, 180, 365)
PEOPLE = 20
"""On one sheet."""
MARKS = {"message": "mail", "coupon": "coupon", "call": "call", "start": "cancel", "end": "exit", "notify": "note"}
WHAT = {
    "message": gettext_lazy("Mail"), "coupon": gettext_lazy("Coupon"), "call": gettext_lazy("Call"),
    "notify": gettext_lazy("Mail to the staff"), "tag": gettext_lazy("Tag"), "webhook": gettext_lazy("Webhook"),
    "start": gettext_lazy("Cancels"), "end": gettext_lazy("Over"),
}  # fmt: skip
FIGURES = (
    ("enrolled", gettext_lazy("Started")), ("held", gettext_lazy("Held back for comparison")),
    ("messages", gettext_lazy("Messages")), ("coupons", gettext_lazy("Coupons")),
    ("cost", gettext_lazy("Coupons cost at most")), ("calls", gettext_lazy("Calls")), ("calls_peak", gettext_lazy("Most calls on one day")),
    ("deferred", gettext_lazy("Put off")), ("blocked", gettext_lazy("Not made")), ("waiting", gettext_lazy("Still on the way at the end")),
)  # fmt: skip


@page("see", "GET", "POST")
def start(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """Choose what to rehearse; the answers of before stand below."""
    scenario = one(scenario_id)
    if request.method == "POST":
        if not visit.may("edit_scenarios"):
            raise PermissionDenied
        return _ask(request, visit, scenario)
    runs = list(RehearsalRun.objects.filter(scenario=scenario).defer("answer").order_by("-id")[:10])
    context = {
        "scenario": scenario, "name": summary.name_of(scenario), "choices": _choices(scenario), "spans": SPANS,
        "runs": [{"run": run, "what": _what(run)} for run in runs], "can_edit": visit.may("edit_scenarios"),
    }  # fmt: skip
    return show(request, visit, "console/rehearsal.html", "scenarios", context)


def _choices(scenario: Scenario) -> list[tuple[str, str]]:
    """The draft and the versions."""
    versions = queries.revisions(scenario.id)
    told = [(str(row.number), _("Version %(number)s") % {"number": row.number}) for row in versions]
    return [("draft", _("The draft")), *told]


def _ask(request: HttpRequest, visit: Visit, scenario: Scenario) -> HttpResponse:
    known = dict(_choices(scenario))
    what, against = request.POST.get("what", "draft"), request.POST.get("against", "")
    days = request.POST.get("days", "90")
    calls = "reached" if request.POST.get("calls") == "reached" else "unreached"
    back = reverse("console:scenario_rehearsal", args=[scenario.id])
    if (
        what not in known
        or against not in ("", *known)
        or not (days.isascii() and days.isdigit() and 1 <= int(days[:5]) <= 366)
    ):
        messages.error(request, _("Please choose a version and 1 to 366 days."))
        return _see(back)
    if against == what:
        against = ""
    try:
        run = stored.ask(scenario, what=what, against=against, days=int(days), calls=calls, actor=visit.actor)
    except NotRehearsable as refused:
        messages.error(request, refused.message)
        return _see(back)
    except Revision.DoesNotExist:
        raise Http404 from None
    if stored.is_short(scenario, int(days)):
        stored.run_now(run.id)
    return _see(reverse("console:rehearsal", args=[scenario.id, run.id]))


def _see(address: str) -> HttpResponse:
    """303: the answer is read with a GET."""
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


def _what(run: RehearsalRun) -> str:
    def named(choice: str) -> str:
        return _("draft") if choice == "draft" else _("version %(number)s") % {"number": choice}

    first, second = run.asked["what"], run.asked["against"]
    told = (
        named(first)
        if not second
        else _("%(first)s beside %(second)s") % {"first": named(first), "second": named(second)}
    )
    days = ngettext("%(n)d day", "%(n)d days", run.asked["days"]) % {"n": run.asked["days"]}
    return f"{told} · {days}"


@page("see")
def answer(request: HttpRequest, visit: Visit, scenario_id: int, run_id: int) -> HttpResponse:
    """The answer, or how far it is."""
    scenario = one(scenario_id)
    run = RehearsalRun.objects.filter(id=run_id, scenario=scenario).first()
    if run is None:
        raise Http404
    context: dict[str, Any] = {
        "scenario": scenario, "name": summary.name_of(scenario), "run": run, "what": _what(run),
        "is_going": run.state in (RunState.WAITING, RunState.RUNNING), "can_edit": visit.may("edit_scenarios"),
    }  # fmt: skip
    if run.answer is not None:
        context |= _shown(request, visit, scenario, run)
    return show(request, visit, "console/rehearsal_answer.html", "scenarios", context)


def _shown(request: HttpRequest, visit: Visit, scenario: Scenario, run: RehearsalRun) -> dict[str, Any]:
    told, shop = run.answer or {}, scenario.shop
    first, second = told["first"], told["second"]
    people = _people(first["rows"], (second or {}).get("rows", []))
    asked = request.GET.get("page", "1")
    number = max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 1
    keys = list(people)[(number - 1) * PEOPLE : number * PEOPLE]
    return {
        "sides": [
            _side(one_side, shop, run.asked["days"], label)
            for one_side, label in ((first, _named(run.asked["what"])), (second, _named(run.asked["against"])))
            if one_side
        ],
        "table": [(label, [_figure(name, side.get(name, 0), shop) for side in (first, second) if side]) for name, label in FIGURES],
        "differing": (told["difference"] or {}).get("people_differing"),
        "people": _cards(visit, scenario, run, keys, people),
        "more": first["enrolled"] - first["people_shown"] if not second else 0,
        "before": number - 1 if number > 1 else None,
        "after": number + 1 if len(people) > number * PEOPLE else None,
        "calls_taken": run.asked["calls"],
    }  # fmt: skip


def _named(choice: str) -> str:
    return _("The draft") if choice == "draft" else _("Version %(number)s") % {"number": choice}


def _figure(name: str, value: int, shop: Shop) -> str:
    return money(value, shop.currency, _language()) if name == "cost" else f"{value:,}"


def _language() -> str:
    from django.utils.translation import get_language

    return wording.language_of(get_language())


def sentence(told: Mapping[str, Any], days: int, shop: Shop) -> str:
    """The answer in one sentence."""
    return _(
        "In %(days)s days %(enrolled)s customers would have started: %(messages)s messages, %(coupons)s coupons (%(cost)s), %(calls)s calls."
    ) % {
        "days": days, "enrolled": f"{told['enrolled']:,}", "messages": f"{told['messages']:,}", "coupons": f"{told['coupons']:,}",
        "cost": money(told["cost"], shop.currency, _language()), "calls": f"{told['calls']:,}",
    }  # fmt: skip


def _side(told: Mapping[str, Any], shop: Shop, days: int, label: str) -> dict[str, Any]:
    first = timezone.localtime(datetime.fromisoformat(told["from"])).date()
    last = timezone.localtime(datetime.fromisoformat(told["to"])).date()
    drawn = [
        (said, charts.days(told[name], first, last))
        for name, said in (("messages_by_day", _messages_said(told)), ("calls_by_day", _calls_said(told)))
        if told[name]
    ]
    return {
        "label": label,
        "sentence": sentence(told, days, shop),
        "charts": drawn,
        "deferred": [(phrases.said(phrases.WHY, reason), count) for reason, count in told["deferred_by"].items()],
        "blocked": [(phrases.said(phrases.WHY, reason), count) for reason, count in told["blocked_by"].items()],
        "ends": [(phrases.said(phrases.WHY, reason), count) for reason, count in sorted(told["ends"].items())],
        "notes": _notes(told),
    }


def _messages_said(told: Mapping[str, Any]) -> str:
    on, count = max(told["messages_by_day"].items(), key=lambda item: item[1], default=("", 0))
    return _("%(count)s messages on the busiest day, %(day)s") % {"count": count, "day": _day(on)}


def _calls_said(told: Mapping[str, Any]) -> str:
    on, count = max(told["calls_by_day"].items(), key=lambda item: item[1], default=("", 0))
    return _("%(count)s calls on the busiest day, %(day)s") % {"count": count, "day": _day(on)}


def _day(text: str) -> str:
    return day(datetime.fromisoformat(text).date()) if text else ""


def _notes(told: Mapping[str, Any]) -> list[str]:
    """What one should know of the figures."""
    found = []
    if told["taken_before"]:
        found.append(
            ngettext(
                "%(n)d cancellation goes to a scenario that comes before this one.",
                "%(n)d cancellations go to scenarios that come before this one.",
                told["taken_before"],
            )
            % {"n": told["taken_before"]}
        )
    if told["not_fitting"]:
        found.append(
            ngettext(
                "To %(n)d cancellation its condition does not apply.",
                "To %(n)d cancellations its condition does not apply.",
                told["not_fitting"],
            )
            % {"n": told["not_fitting"]}
        )
    if told.get("held"):
        found.append(
            ngettext(
                "%(n)d of them is held back for comparison and gets no offers.",
                "%(n)d of them are held back for comparison and get no offers.",
                told["held"],
            )
            % {"n": told["held"]}
        )
    if not told["considered"]:
        found.append(_("There was no cancellation in these days that it is for."))
    return found


People = dict[str, list[list[Mapping[str, Any]]]]


def _people(*sides: Sequence[Mapping[str, Any]]) -> People:
    """The rows of each cancellation, one list for each side."""
    found: People = {}
    for number, rows in enumerate(sides):
        for row in rows:
            found.setdefault(row["cancellation"], [[] for _side in sides])[number].append(row)
    return found


def _cards(
    visit: Visit, scenario: Scenario, run: RehearsalRun, keys: Sequence[str], people: People
) -> list[dict[str, Any]]:
    """One person each: who, and what would have come when."""
    wishes = CancellationRequest.objects.select_related("customer", "order").in_bulk([int(key) for key in keys])
    flows = [run.asked["flow"], run.asked["against_flow"]]
    steps = [
        {str(place.step.get("id")): summary.says(place.step, scenario.shop) for place in walk(flow["steps"])}
        if flow
        else {}
        for flow in flows
    ]
    labels = [_named(run.asked["what"]), _named(run.asked["against"])] if flows[1] else [""]
    cards = []
    for key in keys:
        wish = wishes.get(int(key))
        sides = [
            [_entry(row, steps[number], scenario.shop) for row in rows]
            for number, rows in enumerate(people[key][: 2 if flows[1] else 1])
        ]
        cards.append(
            {
                "name": visit.person(wish.customer.name if wish and wish.customer else ""),
                "number": wish.order.number if wish and wish.order else "",
                "href": reverse("console:cancellation", args=[key]) if wish else "",
                "sides": list(zip(labels, sides, strict=False)),
                "line": [_short(rows) for rows in people[key][: len(sides)]],
            }
        )
    return cards


def _short(rows: Sequence[Mapping[str, Any]]) -> str:
    """In one line: Mail, Coupon, Mail."""
    made = [
        str(WHAT.get(row["what"], row["what"]))
        for row in rows
        if row["outcome"] in ("sent", "done") and row["what"] != "start"
    ]
    held = any(row["what"] == "start" and row["reason"] == "held" for row in rows)
    line = " → ".join(made) or _("nothing")
    return _("%(what)s (for comparison)") % {"what": line} if held else line


def _entry(row: Mapping[str, Any], steps: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    outcome = row["outcome"]
    what = steps.get(row["step"]) or str(WHAT.get(row["what"], row["what"]))
    badge = {"deferred": _("put off"), "closed": _("not sent"), "skipped": _("not made")}.get(outcome, "")
    why = [phrases.said(phrases.WHY, row["reason"])] if row["reason"] and row["reason"] != "finished" else []
    if row["until"] and outcome == "deferred":
        why.append(_("Goes on %(at)s.") % {"at": _moment(row["until"])})
    if row["cost"]:
        why.append(_("Costs %(money)s at most.") % {"money": money(row["cost"], shop.currency, _language())})
    return {
        "at": datetime.fromisoformat(row["at"]),
        "mark": MARKS.get(row["what"], "done"),
        "tone": {"sent": "good", "deferred": "clock", "closed": "bad", "skipped": "bad"}.get(
            outcome, "good" if row["what"] in ("coupon", "call") else ""
        ),
        "what": what,
        "badge": badge,
        "why": [text for text in why if text],
    }


def _moment(text: str) -> str:
    from kaeru.core.templatetags.look import moment

    return moment(datetime.fromisoformat(text))
