"""The scenario builder: the flow as cards to be edited, what is wrong with it, and its map beside it.

Every button brings the whole form, so every button keeps what was typed. With the page's own script the answer takes the
place of the builder; without it, each button leads back to the page, at the step that was touched.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaeru.cancellations import queries as cancellations
from kaeru.console import comparison, flow_map, summary
from kaeru.console.chosen import one
from kaeru.console.doors import Visit, page, show
from kaeru.console.editor import conditions, drawing, edits, reading, start
from kaeru.console.editor.form import Form
from kaeru.console.editor.widgets import Paper
from kaeru.core import wording
from kaeru.messages.variables import COUPON as COUPON_VARIABLES
from kaeru.messages.variables import WITHOUT_COUPON as VARIABLES
from kaeru.scenarios import actions, drafting, queries
from kaeru.scenarios.errors import DraftMoved, NotPublishable
from kaeru.scenarios.flow import Flow, walk
from kaeru.scenarios.kinds import kinds
from kaeru.scenarios.models import Scenario
from kaeru.tenants import queries as tenants
from kaeru.tenants.models import Member

PART = "X-Kaeru-Part"
"""Sent by the page's script: answer with the builder alone."""


@dataclass(frozen=True)
class Desk:
    """How the builder lies before its reader."""

    open: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    look: str = ""
    at: str = ""
    """LIST:INDEX where a kind of step is being chosen."""
    is_checked: bool = False
    tab: str = field(default_factory=lambda: secrets.token_hex(8))
    did: str = ""
    clash: str = ""
    """Who saved the draft meanwhile, and when."""

    @classmethod
    def read(cls, said: Mapping[str, str]) -> "Desk":
        """From a form or an address."""

        def ids(name: str) -> tuple[str, ...]:
            return tuple(said.get(name, "")[:4000].replace(".", " ").split()[:400])

        known = {"tab": said["tab"][:20]} if said.get("tab") else {}
        return cls(
            ids("open"), ids("folded"), said.get("look", "")[:20], said.get("at", "")[:200],
            said.get("checked", "") == "1", **known,
        )  # fmt: skip

    @property
    def query(self) -> dict[str, str]:
        """As parts of an address."""
        told = {
            "open": ".".join(self.open), "folded": ".".join(self.folded), "look": self.look, "at": self.at,
            "checked": "1" if self.is_checked else "",
        }  # fmt: skip
        return {name: value for name, value in told.items() if value}


@page("see", "GET", "POST")
def builder(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """The page of one scenario."""
    scenario = one(scenario_id)
    if request.method != "POST":
        return _draw(request, visit, scenario, reading.tidy(scenario.draft), Desk.read(request.GET.dict()))
    if not visit.may("edit_scenarios"):
        raise PermissionDenied
    return _Post(request, visit, scenario).answer()


class _Post:
    """One press of a button."""

    def __init__(self, request: HttpRequest, visit: Visit, scenario: Scenario) -> None:
        self.request, self.visit, self.scenario = request, visit, scenario
        self.form = Form(dict(request.POST.lists()))
        self.command = self.form.one("do", "save")
        self.verb, _colon, self.rest = self.command.partition(":")
        self.desk = Desk.read(self.form.flat)
        paper = Paper(currency=scenario.shop.currency, shop=scenario.shop)
        is_whole = self.form.has("steps:count") and self.form.has("start:trigger")
        self.flow: Flow = reading.read(self.form, paper) if is_whole else reading.tidy(scenario.draft)

    def answer(self) -> HttpResponse:
        """Keep what was typed, do what was asked, and show it."""
        before = self.scenario.draft
        edited = edits.edit(conditions.edit(self.flow, self.form), self.command)
        if self.verb != "theirs":
            try:
                self._keep(edited)
            except DraftMoved:
                return self._clash()
        match self.verb:
            case "undo" | "redo":
                (drafting.undo if self.verb == "undo" else drafting.redo)(self.scenario.id, actor=self.visit.actor)
                return self._back(replace(self.desk, look="", at=""))
            case "theirs":
                self._take(self.flow)
                self._take(before)
                return self._back(self.desk)
            case "discard":
                self._take(self.scenario.revision.flow if self.scenario.revision else {})
                return self._back(Desk(tab=self.desk.tab))
            case "publish":
                return self._publish()
            case "preview":
                address = reverse("console:preview", args=[self.scenario.id])
                return _see_other(f"{address}?{urlencode({'at': self.rest})}")
            case "check":
                return self._back(replace(self.desk, is_checked=True))
            case "fold" | "unfold":
                keys = tuple(str(place.step.get("id")) for place in walk(self.flow["steps"]))
                none: tuple[str, ...] = ()
                told = (none, keys) if self.verb == "fold" else (keys, none)
                return self._back(replace(self.desk, open=told[0], folded=told[1], look=""))
            case "at":
                return self._back(replace(self.desk, at=self.rest, look=""))
        is_new = edited.did in ("added", "copied")
        look = edited.look or conditions.look_of(self.flow, self.command)
        opened = (*self.desk.open, look) if is_new or not self.request.headers.get(PART) else self.desk.open
        return self._back(replace(self.desk, look=look, at="", did=self._did(edited), open=opened))

    def _keep(self, edited: edits.Edited) -> None:
        name = self.form.one("start:name", self.scenario.name).strip() or self.scenario.name
        version = self.form.one("version")
        what = self.verb if edited.did else f"field:{self.form.one('typed')}" if self.form.one("typed") else "typing"
        is_mine = self.verb == "mine" or not version.isdecimal()
        if reading.tidy(edited.flow) != reading.tidy(self.scenario.draft):
            actions.save_draft(
                self.scenario.id, edited.flow, actor=self.visit.actor, version=None if is_mine else int(version),
                tab=self.desk.tab, what=what,
            )  # fmt: skip
        if self.form.has("start:reason"):
            self._describe(name)

    def _describe(self, name: str) -> None:
        asked = self.form.one("start:reason")
        reason = next((r for r in cancellations.reasons(self.scenario.shop_id) if str(r.id) == asked), None)
        if asked and reason is None:
            return
        if name != summary.name_of(self.scenario) and name != self.scenario.name or (
            (reason.id if reason else None) != self.scenario.reason_id
        ):  # fmt: skip
            kept = self.scenario.name if name == summary.name_of(self.scenario) else name
            actions.describe(self.scenario.id, actor=self.visit.actor, name=kept, reason=reason)

    def _take(self, flow: Mapping[str, Any]) -> None:
        actions.save_draft(self.scenario.id, flow, actor=self.visit.actor, tab=self.desk.tab, what=self.verb)

    def _clash(self) -> HttpResponse:
        desk = replace(self.desk, clash=_who(drafting.newest(self.scenario.id)) or _("Somebody"))
        return _draw(self.request, self.visit, self.scenario, self.flow, desk, status=409)

    def _did(self, edited: edits.Edited) -> str:
        if edited.step is None:
            return ""
        told = {"step": summary.says(edited.step, self.scenario.shop)}
        said = {
            "added": _("Added: %(step)s"), "removed": _("Removed: %(step)s"), "copied": _("Copied: %(step)s"),
            "moved": _("Moved: %(step)s"),
        }  # fmt: skip
        return said[edited.did] % told

    def _publish(self) -> HttpResponse:
        try:
            revision = actions.publish(self.scenario.id, actor=self.visit.actor, note=self.form.one("note").strip())
        except NotPublishable:
            desk = replace(self.desk, is_checked=True)
            return _draw(self.request, self.visit, one(self.scenario.id), self.flow, desk, status=422)
        text = _("Version %(number)s is published. Who is already on the way finishes the version they began.")
        messages.success(self.request, text % {"number": revision.number})
        return _see_other(reverse("console:scenario", args=[self.scenario.id]))

    def _back(self, desk: Desk) -> HttpResponse:
        """The builder again: at once for the script, else by an address that can be reloaded."""
        if self.request.headers.get(PART):
            scenario = one(self.scenario.id)
            return _draw(self.request, self.visit, scenario, reading.tidy(scenario.draft), desk)
        step = "#start" if desk.look == "start" else f"#step-{desk.look}"
        place = step if desk.look else "#choose" if desk.at else ""
        query = f"?{urlencode(desk.query)}" if desk.query else ""
        return _see_other(reverse("console:scenario", args=[self.scenario.id]) + query + place)


def _see_other(address: str) -> HttpResponse:
    """303: the answer is read with a GET."""
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


def _who(state: Any) -> str:
    """Name and time of a save; empty when nobody is known."""
    if state is None or not state.saved_by.startswith("member:"):
        return ""
    member = Member.objects.select_related("user").filter(id=int(state.saved_by.removeprefix("member:"))).first()
    name = (member.user.name or member.user.email) if member else _("Somebody")
    from kaeru.core.templatetags.look import soon

    return _("%(name)s, %(at)s") % {"name": name, "at": soon(state.saved_at)}


def _members() -> tuple[tuple[str, str], ...]:
    return tuple((one.user.email, one.user.name or one.user.email) for one in tenants.members())


def _map_facts(flow: Flow, waiting: Mapping[str, int]) -> flow_map.Facts:
    steps = {str(place.step.get("id")): place.step for place in walk(flow["steps"])}

    def lasts(card: drawing.Card) -> timedelta | None:
        return kinds()[card.kind].lasts(steps[card.id]) if card.is_known and card.id in steps else None

    def ends(card: drawing.Card) -> bool:
        return card.is_known and card.id in steps and kinds()[card.kind].ends(steps[card.id])

    def people(count: int) -> str:
        return ngettext("%d waits here", "%d wait here", count) % count

    return flow_map.Facts(lasts, ends, waiting, people)


def _draw(
    request: HttpRequest, visit: Visit, scenario: Scenario, flow: Flow, desk: Desk, status: int = 200
) -> HttpResponse:
    currency = scenario.shop.currency
    can_edit = visit.may("edit_scenarios")
    problems = actions.check(scenario, flow)
    by_path: dict[str, list[Any]] = {}
    for problem in problems if desk.is_checked else ():
        by_path.setdefault(problem.path, []).append(problem)
    paper = Paper(currency=currency, shop=scenario.shop, problems=by_path, can_edit=can_edit, members=_members())
    notes = comparison.notes(scenario, flow)
    view = drawing.View(desk.open, desk.folded, desk.look, desk.is_checked, problems, notes)
    cards = drawing.draw(flow, view, paper)
    told = drawing.told(cards, problems)
    by_step = queries.waiting_by_step(scenario.id)
    waiting = sum(by_step.values())
    begins = summary.begins(flow, scenario, visit.language)
    can_undo, can_redo = drafting.can_go(scenario.id)
    newest = drafting.newest(scenario.id)
    context: dict[str, Any] = {
        "scenario": scenario,
        "name": summary.name_of(scenario),
        "reasons": [
            (reason.id, wording.pick(reason.labels, visit.language), reason.id == scenario.reason_id)
            for reason in cancellations.reasons(scenario.shop_id)
            if reason.is_active or reason.id == scenario.reason_id
        ],
        "start": start.draw(flow, paper),
        "begins": begins,
        "map": flow_map.draw(begins, cards, _map_facts(flow, by_step), _("End")),
        "elsewhere": waiting - sum(by_step.get(card.id, 0) for card in drawing.every(cards)),
        "cards": cards,
        "kinds": list(kinds().values()),
        "desk": desk,
        "at_list": desk.at.rpartition(":")[0],
        "at_index": desk.at.rpartition(":")[2],
        "wrong": [one for one in told if not one.is_warning],
        "warnings": [one for one in told if one.is_warning],
        "is_refused": status == 422,
        "currency": currency,
        "can_edit": can_edit,
        "is_changed": scenario.revision is None or reading.essence(flow) != reading.essence(scenario.revision.flow),
        "saved_at": newest.saved_at if newest and newest.saved_by else None,
        "can_undo": can_undo,
        "can_redo": can_redo,
        "waiting": waiting,
        "waiting_words": ngettext("%d waits in it", "%d wait in it", waiting) % waiting,
        "variables": sorted(VARIABLES),
        "coupon_variables": sorted(COUPON_VARIABLES),
        "comparison": None if request.headers.get(PART) else comparison.panel(scenario),
    }
    template = "console/part/builder.html" if request.headers.get(PART) else "console/scenario.html"
    return show(request, visit, template, "scenarios", context, status=status)
