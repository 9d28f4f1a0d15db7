"""`kaeru slots`: the free starts of a salon, as clients see them."""

from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from kaeru.cli.output import answer, fail
from kaeru.cli.shops import the_shop
from kaeru.core import clock, scope


def slots(
    salon: Annotated[str, typer.Option(help="The salon's short name.")],
    service: Annotated[str, typer.Option(help="The service: its name in either language, or its id.")],
    since: Annotated[str, typer.Option("--from", help="The first day, YYYY-MM-DD; today.")] = "",
    days: Annotated[int, typer.Option(min=1, max=100, help="So many days.")] = 14,
    staff: Annotated[str, typer.Option(help="With this person only: name or id.")] = "",
    organization: Annotated[str, typer.Option(help="Needed only where several exist.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Free starts of a service, with who can; real at the moment it is asked."""
    from kaeru.appointments.salons import queries as salons
    from kaeru.appointments.slots import queries

    shop = the_shop(salon, organization)
    zone = ZoneInfo(shop.timezone)
    with scope.organization(shop.organization_id):
        if salons.salon(shop.id) is None:
            fail(f"{shop.slug} is no salon.", code=2)
        asked = salons.find_service(shop.id, service)
        if asked is None:
            names = ", ".join(row.name for row in salons.services(shop.id)) or "none yet"
            fail(f"{shop.slug} offers no service {service!r}, or more than one; it offers: {names}.", code=2)
        person = salons.find_staff(shop.id, staff) if staff else None
        if staff and person is None:
            fail(f"Nobody called {staff!r} works at {shop.slug}, or more than one.", code=2)
        first = _day(since) or clock.now().astimezone(zone).date()
        found = queries.free(shop.id, asked.id, first, days, staff_id=person.id if person else None)
        names_of = {row.id: row.name for row in salons.resources(shop.id, "staff")}
    told: dict[str, Any] = {
        "salon": shop.slug,
        "service": asked.name,
        "version": found.version,
        "starts": [
            {
                "at": one.at.astimezone(zone).isoformat(),
                "staff": [names_of[key] for key in one.staff],
                "staff_ids": [str(key) for key in one.staff],
            }
            for one in found.starts
        ],
    }
    if json:
        answer(told, as_json=True)
    else:
        _show(told)


def _show(told: dict[str, Any]) -> None:
    """One line for each day."""
    table = Table("day", "free starts")
    by_day: dict[str, list[str]] = {}
    for start in told["starts"]:
        by_day.setdefault(start["at"][:10], []).append(start["at"][11:16])
    for day, times in by_day.items():
        table.add_row(day, " ".join(times))
    console = Console()
    console.print(f"{told['service']}: {len(told['starts'])} free starts", markup=False)
    console.print(table)


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        fail(f"Not a day: {said!r}; write YYYY-MM-DD.", code=2)
