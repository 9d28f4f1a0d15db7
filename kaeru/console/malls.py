"""Malls: how each connection stands, what Kaeru can do there and what it cannot, whether it acts or only notes down.

Each mall has a part of its own (`mall_qoo10.py`, …): its form, its words, its rows on this page. A part is added to `PARTS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.connectors import asking, capabilities, connecting, key_ends, queries, registry
from kaeru.connectors.base import Access
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.gate import queries as gates
from kaeru.connectors.gate.rules import Terms
from kaeru.connectors.models import Connection
from kaeru.console import gate_words, mall_qoo10, mall_rakuten, mall_yahoo, phrases
from kaeru.console.doors import Visit, page, show
from kaeru.console.settings import back_to, shop_of
from kaeru.core import wording
from kaeru.tenants.models import Shop


@dataclass(frozen=True, slots=True)
class Part:
    """One mall's place on the page."""

    source: str
    label: Any
    template: str
    """Its forms: `console/part/mall_qoo10.html`."""
    context: Callable[[Shop, Connection | None], dict[str, Any]]
    """What its template needs; a form that was typed wrong comes instead of its own under the same name."""
    problems: phrases.Words
    """What a person must put right, by `Connection.problem`."""
    instead: Mapping[str, Any] = field(default_factory=dict)
    """What to do instead of what this mall cannot, where the usual words do not fit."""
    renew: Any = ""
    """How the form behind "enter a new key" is called where it is no key."""


PARTS: tuple[Part, ...] = (
    Part("qoo10", "Qoo10", "console/part/mall_qoo10.html", mall_qoo10.context, mall_qoo10.PROBLEM),
    Part(
        "rakuten", lazy("Rakuten Ichiba"), "console/part/mall_rakuten.html", mall_rakuten.context, mall_rakuten.PROBLEM
    ),
    Part(
        "yahoo",
        lazy("Yahoo! Shopping"),
        "console/part/mall_yahoo.html",
        mall_yahoo.context,
        mall_yahoo.PROBLEM,
        mall_yahoo.INSTEAD,
        lazy("Agree again"),
    ),
)


def part_of(source: str) -> Part:
    """The part of this mall; 404 without one."""
    found = next((one for one in PARTS if one.source == source), None)
    if found is None:
        raise Http404
    return found


def draw(request: HttpRequest, visit: Visit, shop: Shop, *, status: int = 200, **typed: Any) -> HttpResponse:
    """The page. `typed`: forms that were typed wrong, by the name that the mall's template gives them."""
    terms = gates.terms_of([shop.id]).get(shop.id, Terms())
    told = {
        "malls": [_drawn(part, shop, visit.language, typed) for part in PARTS],
        "is_live": terms.is_live,
        "cancels_alone": terms.cancels_alone,
        "can_edit": visit.may("edit_shop"),
        "is_any": any(queries.connection(shop, part.source) for part in PARTS),
    }
    return show(request, visit, "console/malls.html", "settings", told, status=status)


def _drawn(part: Part, shop: Shop, language: str, typed: dict[str, Any]) -> dict[str, Any]:
    row = queries.connection(shop, part.source)
    form = part.context(shop, row)
    return {
        "source": part.source,
        "label": part.label,
        "renew": part.renew or _("Enter a new key"),
        "template": part.template,
        "connection": row,
        "problem": phrases.said(part.problems, row.problem) if row and row.problem else "",
        "is_shut": row is not None and row.problem in connecting.CLOSED,
        "key": _key_words(row, language) if row else None,
        "minutes": row.poll_minutes if row else 0,
        "left_over": row.upkeep.get("left_over") if row else 0,
        "strange": row.upkeep.get("strange") if row else 0,
        **_able(part, shop, row),
        "form": {**form, **typed},
        "is_typed": bool(typed.keys() & form.keys()),
    }


def _able(part: Part, shop: Shop, row: Connection | None) -> dict[str, Any]:
    """What Kaeru can do there, and what it cannot, with what to do instead."""
    writer = registry.find_writer(part.source)
    if writer is None:
        return {"able": [], "unable": []}
    able = writer.capabilities(Access(shop.id, "", (), scopes=tuple(row.scopes) if row else ()))
    return {
        "able": [words for name, words in gate_words.ABLE.items() if getattr(able, name)],
        "unable": [
            (gate_words.UNABLE[name], part.instead.get(name, instead))
            for name, instead in capabilities.INSTEAD.items()
            if name in gate_words.UNABLE and not getattr(able, name)
        ],
    }


def _key_words(row: Connection, language: str) -> dict[str, str] | None:
    """Until when the key works, and how urgent that is."""
    left = key_ends.days_left(row)
    if left is None or row.key_expires_on is None:
        return None
    day = wording.day(row.key_expires_on, language)
    if left < 0:
        return {"tone": "bad", "words": _("The key ended on %(day)s.") % {"day": day}}
    tone = "clock" if key_ends.stage(left, row.source) is not None else ""
    return {"tone": tone, "words": _("The key works until %(day)s (%(n)s days left).") % {"day": day, "n": left}}


@page("manage_keys")
def malls(request: HttpRequest, visit: Visit) -> HttpResponse:
    """How it stands with each mall."""
    return draw(request, visit, shop_of(visit))


@page("edit_shop", "POST")
def live(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Switch between a dry run and acting; the caps stay as they are. And whether a cancellation wants a person."""
    mine = shop_of(visit)
    terms = gates.terms_of([mine.id]).get(mine.id, Terms())
    gate.set_terms(
        mine,
        is_live=request.POST.get("is_live") == "live",
        most_per_order=terms.most_per_order,
        most_per_day=terms.most_per_day,
        actor=visit.actor,
    )
    is_allowed = request.POST.get("cancels_alone") == "on"
    if is_allowed != terms.cancels_alone:
        gate.let_cancel_alone(mine, is_allowed=is_allowed, actor=visit.actor)
    messages.success(request, _("Saved. It holds for everything that is not made yet."))
    return back_to("malls", visit)


@page("manage_keys", "POST")
def ask_now(request: HttpRequest, visit: Visit, mall: str) -> HttpResponse:
    """Ask the mall within seconds, not in minutes."""
    asking.soon(shop_of(visit), part_of(mall).source)
    messages.success(request, _("Kaeru asks the mall now. Open this page again in a moment."))
    return back_to("malls", visit)


@page("manage_keys", "POST")
def leave(request: HttpRequest, visit: Visit, mall: str) -> HttpResponse:
    """Forget the key at once."""
    if connecting.disconnect(shop_of(visit), part_of(mall).source, actor=visit.actor):
        messages.success(request, _("Disconnected. Kaeru has forgotten the key. Orders that are known stay."))
    return back_to("malls", visit)
