"""キャンセル規定: the shop's rules for cancelling, tried on its past orders before they are saved; every version is kept."""

import json
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaeru.audiences import registry
from kaeru.cancellations.models import CancelPolicy
from kaeru.cancellations.policy import actions, queries
from kaeru.cancellations.policy.document import EMPTY, NotAPolicy, check, parse
from kaeru.cancellations.policy.malls import problems_at
from kaeru.cancellations.policy.ready import READY
from kaeru.cancellations.policy.trial import GONE, MOST_SHOWN, Trial, try_out
from kaeru.console import conditions, policy_form
from kaeru.console.doors import Visit, page, show
from kaeru.console.settings import back_to, shop_of
from kaeru.tenants.models import Shop
from kaeru.tenants.queries import actor_names

DAYS = 90
MOST_TRIED = 20_000
"""Orders of a trial on the page; the command tries more."""
MOST_VERSIONS = 20
SHOWN = {**policy_form.RESULTS}


@page("edit_shop", "GET", "POST")
def policy(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The rules in their order. Every button brings the whole form back; only what was tried is saved."""
    mine = shop_of(visit)
    newest = queries.newest(mine.id)
    if request.method != "POST":
        told = dict(newest.document) if newest else {**EMPTY}
        return _page(request, visit, mine, newest, told)
    data = {name: str(value) for name, value in request.POST.items()}
    command = conditions.command_of(data)
    told, look = policy_form.edit(policy_form.read(data, mine), command)
    if command not in ("try", "save"):
        return _page(request, visit, mine, newest, told, look=look, is_edited=True)
    problems = check(told, registry.fields()) or problems_at(mine, told)
    if problems:
        return _page(request, visit, mine, newest, told, problems=problems, is_edited=True, status=422)
    if command == "save" and data.get("tried") == mark_of(told):
        return _save(request, visit, mine, newest, told, data.get("version", ""))
    tried = try_out(mine, parse(told), days=DAYS, most=MOST_TRIED)
    return _page(request, visit, mine, newest, told, tried=tried, is_edited=True)


def _save(
    request: HttpRequest, visit: Visit, shop: Shop, newest: CancelPolicy | None, told: dict[str, Any], version: str
) -> HttpResponse:
    try:
        number = actions.save(shop, told, actor=visit.actor, after=int(version) if version.isdecimal() else 0)
    except actions.PolicyMoved:
        messages.warning(
            request,
            _(
                "Somebody has saved another version meanwhile. What you typed is still here; save it again if it should count."
            ),
        )
        return _page(request, visit, shop, newest, told, is_edited=True, status=409)
    messages.success(request, _("Saved as version %(number)s. It counts from now on.") % {"number": number})
    return back_to("policy", visit)


@page("edit_shop", "POST")
def restore(request: HttpRequest, visit: Visit) -> HttpResponse:
    """An old version counts again, as a new one."""
    mine, number = shop_of(visit), request.POST.get("number", "")
    if not number.isdecimal() or len(number) > 6:
        return back_to("policy", visit)
    try:
        saved = actions.restore(mine, int(number), actor=visit.actor)
    except CancelPolicy.DoesNotExist:
        raise Http404 from None
    except NotAPolicy:
        messages.error(request, _("This version asks for something that is not there any more. Please write it anew."))
    else:
        messages.success(request, _("Saved as version %(number)s. It counts from now on.") % {"number": saved})
    return back_to("policy", visit)


def mark_of(told: dict[str, Any]) -> str:
    """Names a document, so that what is saved is what was tried."""
    return sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:20]


def _page(
    request: HttpRequest, visit: Visit, shop: Shop, newest: CancelPolicy | None, told: dict[str, Any], *,
    problems: list[Any] | None = None, look: int | None = None, tried: Trial | None = None, is_edited: bool = False, status: int = 200,
) -> HttpResponse:  # fmt: skip
    rows = list(CancelPolicy.objects.filter(shop=shop).order_by("-number")[:MOST_VERSIONS])
    names = actor_names(row.created_by for row in rows)
    context = {
        "policy": policy_form.draw(told, problems or [], shop, visit.language, look),
        "shop": shop,
        "number": newest.number if newest else 0,
        "tried": _drawn(tried, told, shop, visit.language) if tried else None,
        "mark": mark_of(told) if tried else "",
        "is_edited": is_edited,
        "ready": READY,
        "has_rules": bool(told.get("rules")),
        "form": {"errors": bool(problems), "non_field_errors": _unplaced(problems or [])},
        "versions": [
            {"row": row, "by": names.get(row.created_by, ""), "rules": len(row.document.get("rules", ()))}
            for row in rows
        ],
        "can_edit": True,
    }
    return show(request, visit, "console/policy.html", "settings", context, status=status)


def _unplaced(problems: list[Any]) -> list[str]:
    """Problems that no field shows."""
    return [problem.message for problem in problems if problem.path in ("", "rules", "grounds", "refund")]


def _drawn(tried: Trial, told: dict[str, Any], shop: Shop, language: str) -> dict[str, Any]:
    """The trial in words: one sentence, a row for each rule, and what would change."""
    rows = [
        {
            "number": number,
            "name": rule["name"] or policy_form.says(rule["when"], shop, language),
            "count": f"{tried.by_rule.get(str(rule['id']), 0):,}",
        }
        for number, rule in enumerate(told["rules"], start=1)
    ]
    return {
        "sentence": _sentence(tried),
        "how": _how(tried),
        "rules": [*rows, {"number": 0, "name": "", "count": f"{tried.by_rule.get('', 0):,}"}],
        "different": tried.different,
        "changed": [
            {"before": SHOWN[before], "now": SHOWN[now], "count": f"{count:,}"}
            for (before, now), count in sorted(tried.changed.items(), key=lambda item: -item[1])
        ],
        "examples": [
            {
                "order": example.number or example.order_id,
                "at": example.asked_at,
                "total": example.total,
                "currency": example.currency,
                "before": SHOWN[example.before.result],
                "now": SHOWN[example.now.result],
                "tone": policy_form.TONES[example.now.result],
            }
            for example in tried.examples
        ],
        "more": max(0, tried.different - MOST_SHOWN),
        "is_empty": tried.orders == 0,
    }


def _sentence(tried: Trial) -> str:
    """Orders of the last 90 days: 1,240. Accepted at once 1,100 / asked 90 / declined 50."""
    counts = {name: f"{tried.counts.get(name, 0):,}" for name in (*SHOWN, GONE)}
    orders = ngettext(
        "%(orders)s order of the last %(days)s days", "%(orders)s orders of the last %(days)s days", tried.orders
    ) % {"orders": f"{tried.orders:,}", "days": tried.days}
    told = _("accepted at once %(accept)s / you decide %(ask)s / declined %(refuse)s") % counts
    parts = [told]
    if tried.counts.get("repair_only"):
        parts.append(_("a change instead %(repair_only)s") % counts)
    if tried.counts.get(GONE):
        parts.append(_("too late under any rule %(gone)s") % counts)
    return _("%(orders)s: %(parts)s") % {"orders": orders, "parts": " / ".join(parts)}


def _how(tried: Trial) -> str:
    """At which moment each order was judged."""
    told = _(
        "%(wishes)s orders with a wish to cancel are judged at the moment of the wish, all others as if it had come %(minutes)s minutes"
        " after the order. What had been shipped or cancelled by then is too late under any rule."
    ) % {"wishes": f"{tried.wishes:,}", "minutes": f"{tried.minutes:,}"}
    return (
        f"{told} {_('The newest %(most)s orders were tried.') % {'most': f'{MOST_TRIED:,}'}}"
        if tried.orders == MOST_TRIED
        else told
    )
