"""`kaeru pause` and `kaeru resume`: the kill switch of the installation, of one organization, of one shop."""

from typing import Annotated

import typer

from kaeru.cli.output import answer, people
from kaeru.cli.shops import the_organization, the_shop
from kaeru.core import pause as installation
from kaeru.core import scope
from kaeru.tenants import actions

ACTOR = "cli"
Shop = Annotated[str, typer.Option(help="This shop only.")]
Owner = Annotated[str, typer.Option(help="All shops of this organization; with --shop: where the shop is.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def pause(
    shop: Shop = "",
    organization: Owner = "",
    reason: Annotated[str, typer.Option(help="Shown to everybody who wonders.")] = "",
    json: Json = False,
) -> None:
    """Stop everything that is sent or moves, within a second. Nothing is lost; `kaeru resume` lets it go on."""
    if shop:
        found = the_shop(shop, organization)
        with scope.organization(found.organization_id):
            is_new = actions.pause_shop(found, actor=ACTOR, reason=reason)
    elif organization:
        is_new = actions.pause_organization(the_organization(organization), actor=ACTOR, reason=reason)
    else:
        is_new = installation.pause(reason, actor=ACTOR)
    _tell(shop, organization, is_new, is_paused=True, json=json)


def resume(shop: Shop = "", organization: Owner = "", json: Json = False) -> None:
    """Let it go on where it stopped. What is paused besides (the shop, its organization, the installation) stays so."""
    if shop:
        found = the_shop(shop, organization)
        with scope.organization(found.organization_id):
            is_new = actions.resume_shop(found, actor=ACTOR)
    elif organization:
        is_new = actions.resume_organization(the_organization(organization), actor=ACTOR)
    else:
        is_new = installation.resume(actor=ACTOR)
    _tell(shop, organization, is_new, is_paused=False, json=json)


def _tell(shop: str, organization: str, is_new: bool, *, is_paused: bool, json: bool) -> None:
    what = "shop" if shop else "organization" if organization else "installation"
    if not is_new:
        people.print(f"The {what} was {'paused' if is_paused else 'going on'} already.")
    answer({"what": what, "name": shop or organization, "paused": is_paused, "changed": is_new}, json)
