"""`kaeru setup` and `kaeru shop add`: an installation ready for its first shop."""

import secrets
import sys
from typing import Annotated
from zoneinfo import available_timezones

import typer
from django.core.management import call_command

from kaeru.appointments.salons.actions import open_salon
from kaeru.cancellations.seeds import seed_reasons
from kaeru.cli.output import answer, fail, people
from kaeru.core import scope
from kaeru.scenarios.seeds import seed_scenarios
from kaeru.tenants import actions
from kaeru.tenants.models import Organization, Shop, ShopKind

app = typer.Typer(help="Shops of this installation.", no_args_is_help=True)


def migrate() -> None:
    """Bring the database up to date, quietly."""
    call_command("migrate", verbosity=0, interactive=False)


def setup(
    email: Annotated[str, typer.Option(help="Mail address of the first owner.")] = "",
    organization: Annotated[str, typer.Option(help="Name of the business.")] = "Kaeru",
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Prepare the database and make the first owner. Asks nothing when it has no terminal."""
    migrate()
    owner = Organization.objects.order_by("id").first() or actions.create_organization("main", organization)
    if not email and sys.stdin.isatty():
        email = typer.prompt("Mail address of the owner", err=True)
    made: dict[str, str] = {"organization": owner.slug}
    if email:
        password = secrets.token_urlsafe(12)
        actions.add_member(owner, email, "owner", password)
        made |= {"owner": email, "password": password}
        people.print("Shown once: the owner's password. Please change it after signing in.")
    answer(made, json)


@app.command("add")
def add(
    slug: str,
    name: Annotated[str, typer.Option(help="Name as customers know it.")],
    kind: Annotated[str, typer.Option(help="ec or salon.")] = "ec",
    currency: str = "JPY",
    timezone: str = "Asia/Tokyo",
    organization: Annotated[str, typer.Option(help="Needed only where several exist.")] = "",
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Add a shop with the usual reasons, and scenarios that are switched off until you have read them; or a salon with its calendar."""
    if kind not in ShopKind.values or timezone not in available_timezones():
        fail(
            "--kind is ec or salon." if kind not in ShopKind.values else f"There is no time zone {timezone!r}.", code=2
        )
    owner = the_organization(organization)
    with scope.organization(owner.id):
        if Shop.objects.filter(slug=slug).exists():
            fail(f"There is a shop {slug} already.", code=1)
        shop = actions.add_shop(owner, slug, name, kind=kind, currency=currency, timezone=timezone, sender_name=name)
        if kind == "ec":
            seed_reasons(shop)
            seed_scenarios(shop, actor="cli")
        elif kind == "salon":
            open_salon(shop, actor="cli")
    answer({"shop": slug}, json)


def the_organization(slug: str = "") -> Organization:
    """The organization named, or the only one. Ends with exit code 2 when that is not clear."""
    found = list(Organization.objects.filter(slug=slug) if slug else Organization.objects.all()[:2])
    if not found and slug:
        fail(f"There is no organization {slug}.", code=2)
    if len(found) > 1:
        fail("There are several organizations: please name one with --organization.", code=2)
    return found[0] if found else actions.create_organization("main", "Kaeru")


def the_shop(slug: str, organization: str = "") -> Shop:
    """The shop named, in its organization. Ends with exit code 2 when there is none or several."""
    with scope.everyone():
        shops = Shop.objects.select_related("organization").filter(slug=slug)
        found = list(shops.filter(organization__slug=organization) if organization else shops[:2])
    if not found:
        fail(f"There is no shop {slug}. `kaeru shop add {slug} --name NAME` makes one.", code=2)
    if len(found) > 1:
        fail(f"Several organizations have a shop {slug}: please name one with --organization.", code=2)
    return found[0]
