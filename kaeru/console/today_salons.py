"""Today for salons: the night in one sentence, today's visits in figures, and what needs somebody. No word of malls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaeru.appointments import mornings
from kaeru.appointments.calendar import queries as calendar
from kaeru.appointments.mornings import Morning
from kaeru.console.needs import SHOWN, Need
from kaeru.console.standing import Figure
from kaeru.tenants.models import Shop, ShopKind

MOST_SALONS = 10
"""So many salons are looked through for visits that nobody has room for."""


@dataclass(frozen=True, slots=True)
class Night:
    """What happened to one salon since the evening."""

    shop: Shop
    morning: Morning

    @property
    def sentence(self) -> SafeString:
        """2 cancellations, 1 filled again, 3 booked by themselves; 14 visits today."""
        told = self.morning
        parts = (
            (ngettext("<b>{n}</b> cancellation, ", "<b>{n}</b> cancellations, ", told.cancelled), told.cancelled),
            (ngettext("<b>{n}</b> filled again, ", "<b>{n}</b> filled again, ", told.refilled), told.refilled),
            (ngettext("<b>{n}</b> booked by clients. ", "<b>{n}</b> booked by clients. ", told.booked), told.booked),
            (ngettext("<b>{n}</b> visit today.", "<b>{n}</b> visits today.", told.visits), told.visits),
        )
        return format_html_join("", "{}", ((format_html(words, n=f"{count:,}"),) for words, count in parts))

    @property
    def figures(self) -> list[Figure]:
        """Today's visits, who said nothing, what is free."""
        told, at = self.morning, f"?shop={self.shop.slug}"
        return [
            Figure(
                _("Visits today"), f"{told.visits:,}", "", _("Booked for today, what is over included."), href=reverse("console:calendar") + at
            ),
            Figure(_("Said that they come"), f"{told.confirmed:,}", "", _silent(told.silent)),
            Figure(
                _("Freed times, open"), f"{told.offered:,}", "", _("Left by a cancellation or a change, and not taken yet."),
                href=reverse("console:openings") + at,
            ),
        ]  # fmt: skip


def _silent(count: int) -> str:
    words = ngettext(
        "Of those still to come; {n} has said nothing.", "Of those still to come; {n} have said nothing.", count
    )
    return words.format(n=f"{count:,}")


def salons_of(shops: Sequence[Shop]) -> list[Shop]:
    """Those of the shops that are salons."""
    return [shop for shop in shops if shop.kind == ShopKind.SALON]


def nights(salons: Sequence[Shop], since: datetime, now: datetime) -> list[Night]:
    """One for each salon."""
    told = mornings.mornings([shop.id for shop in salons], since, now) if salons else {}
    return [Night(shop, told[shop.id]) for shop in salons]


def needs(salons: Sequence[Shop], now: datetime) -> list[Need]:
    """Visits without room, freed times that go no further, official accounts that cannot speak."""
    ids = [shop.id for shop in salons]
    if not ids:
        return []
    found = [
        Need(
            title=_("%(salon)s cannot speak in LINE") % {"salon": one.shop.name},
            why=_("LINE does not accept the access token. Reminders go by mail until there is a new one."),
            since=one.broken_since or now, href=reverse("console:line") + f"?shop={one.shop.slug}", action=_("Enter a new token"), tone="bad",
        )
        for one in mornings.mute(ids)
    ]  # fmt: skip
    for shop in salons[:MOST_SALONS]:
        clashes = calendar.clashes(shop)
        if clashes:
            found.append(
                Need(
                    title=ngettext("{n} visit has no room any more", "{n} visits have no room any more", len(clashes)).format(n=len(clashes)),
                    why=_("Somebody is away then, or the hours have changed. The clients do not know yet."),
                    since=now, href=reverse("console:calendar_clashes") + f"?shop={shop.slug}", action=_("Find another time"), tone="bad",
                    badge=shop.name,
                )
            )  # fmt: skip
    for row in mornings.stuck(ids, now, SHOWN):
        found.append(
            Need(
                title=_("A freed time of %(staff)s is offered to nobody more") % {"staff": row.staff.name},
                why=_("The messages of the month or of this opening are used up, or nobody fits."),
                since=row.starts_at, href=reverse("console:opening", args=[row.id]), action=_("Look at it"), tone="clock",
            )
        )  # fmt: skip
    return found
