"""What every page says while something is paused: what stands still, and who lets it go on."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kaeru.core import pause
from kaeru.tenants.models import Organization, Shop


@dataclass(frozen=True, slots=True)
class Standstill:
    """One thing that is paused, as every page says it."""

    title: str
    text: str
    slug: str = ""
    """Of the shop that a person here may let go on; empty where that is not theirs to decide."""


def standstills(organization: Organization, shops: Sequence[Shop], *, may_decide: bool) -> list[Standstill]:
    """What is paused and concerns this organization: the installation, the organization, its shops."""
    found = []
    everything = pause.state()
    if everything is not None:
        text = _(
            "Nothing is sent and no scenario moves. The operator of this installation lets it go on; nothing is lost."
        )
        found.append(Standstill(_("Kaeru is paused as a whole"), f"{everything.reason} {text}".strip()))
    if organization.is_paused:
        text = _("Nothing is sent and no scenario moves at any of your shops. Nothing is lost.")
        found.append(Standstill(_("All your shops are paused"), text))
    text = _("Nothing is sent and no scenario moves. Nothing is lost: it goes on where it stopped.")
    for shop in shops:
        if shop.is_paused:
            title = _("%(shop)s is paused") % {"shop": shop.name}
            found.append(Standstill(title, text, shop.slug if may_decide else ""))
    return found
