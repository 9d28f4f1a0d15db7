"""The few places of the console, in the order of the day. A salon sees no mall words, a shop that sells sees no calendar."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from kaeru.cancellations.desk import queries as desk
from kaeru.marketplaces.models import MallTerms
from kaeru.tenants.models import ShopKind

if TYPE_CHECKING:
    from kaeru.console.doors import Visit

OF_SHOPS = frozenset(
    {
        "reasons",
        "policy",
        "prevention",
        "repairs",
        "desk_terms",
        "malls",
        "standing",
        "gate",
        "shopify",
        "shortages",
        "checks",
    }
)
"""Pages about orders and malls: a salon has none of them."""
OF_SALONS = frozenset({"salon", "visits", "refill", "calendar_feeds"})
"""Rooms of the settings about visits: a shop that sells has none of them."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """What the page is about: the shop that was asked for, else all of the organization."""

    has_salon: bool
    has_shop: bool

    def fits(self, room: str) -> bool:
        """Whether a room of the settings says something to these."""
        return (self.has_shop or room not in OF_SHOPS) and (self.has_salon or room not in OF_SALONS)


def kinds_of(kinds: Collection[str]) -> Kinds:
    """An organization without any shop is shown what a shop that sells sees."""
    return Kinds(ShopKind.SALON in kinds, ShopKind.EC in kinds or not kinds)


def kinds(visit: "Visit") -> Kinds:
    """Of the shop that was asked for by `?shop=`, else of all."""
    shown = [visit.shop] if visit.shop and visit.is_asked else visit.shops
    return kinds_of({shop.kind for shop in shown})


def places(visit: "Visit") -> list[dict[str, Any]]:
    """The places that the bar shows.

    `is_wide`: on a phone the bar has room for five; the others are listed on Today there. The malls have their place when a shop is on
    one; then the cancellations are one of those. Places of rooms that are not there are left out.
    """
    here = kinds(visit)
    slug = f"?shop={visit.shop.slug}" if visit.shop and visit.is_asked and not here.has_shop else ""
    found: list[tuple[str, str, bool]] = [("today", _("Today"), False)]
    if here.has_salon:
        found += [
            ("calendar", _("Calendar"), False),
            ("openings", _("Openings"), True),
            ("clients", _("Customers"), here.has_shop),
        ]
    if here.has_shop:
        has_malls = MallTerms.objects.exists()
        found += [
            ("desk", _("Desk"), False),
            *([("standing", _("Mall"), here.has_salon)] if has_malls else []),
            ("cancellations", _("Cancellations"), has_malls or here.has_salon),
        ]
    found += [("scenarios", _("Scenarios"), False), ("waiting", _("Waiting"), True)]
    found += [("results", _("Results"), True), ("settings", _("Settings"), False)]
    return list(_drawn(found, slug))


def _drawn(found: Iterable[tuple[str, str, bool]], slug: str) -> Iterable[dict[str, Any]]:
    for name, label, is_wide in found:
        with suppress(NoReverseMatch):
            place: dict[str, Any] = {"name": name, "href": reverse(f"console:{name}"), "label": label}
            if name != "today":
                place["href"] += slug
            if name == "desk":
                waiting = desk.how_many()
                place["count"] = waiting if waiting < desk.MOST_COUNTED else f"{desk.MOST_COUNTED - 1}+"
            if is_wide:
                place["is_wide"] = True
            yield place
