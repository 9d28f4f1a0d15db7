"""The page of malls is made of parts: each mall brings its form, its words and its rows (`mall_qoo10.py`, …) and adds itself here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from kaeru.connectors import capabilities, connecting, key_ends, queries, registry
from kaeru.connectors.base import Access
from kaeru.connectors.gate import queries as gates
from kaeru.connectors.gate.rules import Terms
from kaeru.connectors.models import Connection
from kaeru.console import gate_words, phrases
from kaeru.console.doors import Visit, show
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


_parts: dict[str, Part] = {}


def add_part(part: Part) -> None:
    """This mall has a place on the page; a second call replaces the first."""
    _parts[part.source] = part


def parts() -> list[Part]:
    """All of them, in the order of their names."""
    return [_parts[source] for source in sorted(_parts)]


def part_of(source: str) -> Part:
    """The part of this mall; 404 without one."""
    found = _parts.get(source)
    if found is None:
        raise Http404
    return found


def draw(request: HttpRequest, visit: Visit, shop: Shop, *, status: int = 200, **typed: Any) -> HttpResponse:
    """The page. `typed`: forms that were typed wrong, by the name that the mall's template gives them."""
    terms = gates.terms_of([shop.id]).get(shop.id, Terms())
    told = {
        "malls": [_drawn(part, shop, visit.language, typed) for part in parts()],
        "is_live": terms.is_live,
        "cancels_alone": terms.cancels_alone,
        "can_edit": visit.may("edit_shop"),
        "is_any": any(queries.connection(shop, part.source) for part in parts()),
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
        "able": gate_words.able(able),
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
