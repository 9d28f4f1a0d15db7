"""`kaeru standing`: where a shop stands by its mall's rules on a day, from its orders as they are known."""

from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from kaeru.cli.output import answer, fail
from kaeru.cli.shops import the_shop
from kaeru.core import scope
from kaeru.core.wording import share


def standing(
    shop: Annotated[str, typer.Option(help="The shop's short name.")],
    programme: Annotated[str, typer.Option(help="qoo10, rakuten …; the shop's own mall when it is not said.")] = "",
    on: Annotated[str, typer.Option(help="The day, YYYY-MM-DD; today.")] = "",
    definition: Annotated[
        str,
        typer.Option(help="How it is counted: a reading of the programme by name; the shop's own when it is not said."),
    ] = "",
    recount: Annotated[
        bool, typer.Option("--recount", help="Count the orders themselves, not the days kept of them.")
    ] = False,
    organization: Annotated[str, typer.Option(help="Needed only where several exist.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Each rule with its count, its lines and the stage that follows, as last judged and as it runs now.

    A shop that is not on the mall is looked at as if it were, with days of its own zone.
    """
    from kaeru.marketplaces import counting
    from kaeru.marketplaces import standing as reads
    from kaeru.marketplaces.models import MallTerms
    from kaeru.marketplaces.programme import ProgrammeRefused, load
    from kaeru.marketplaces.telling import document

    chosen = the_shop(shop, organization)
    with scope.organization(chosen.organization_id):
        terms = MallTerms.objects.filter(shop=chosen).first()
        name = programme or (terms.programme if terms else "")
        if not name:
            fail("The shop is on no mall yet: please say --programme.", code=2)
        try:
            rules = load(name)
        except ProgrammeRefused as refused:
            fail(str(refused), code=2)
        named = {one.name: one.reading for one in rules.readings}
        if definition and definition not in named:
            fail(f"{name} has no definition {definition!r}; it has {', '.join(named)}.", code=2)
        own = counting.reading_of(terms) if terms and terms.programme == name else rules.default
        reading = named.get(definition, own)
        if terms and terms.programme == name and reading.services == own.services and not recount:
            if terms.counted_at is None:
                counting.lay_out(terms)
            counting.settle(chosen.id)
            told = reads.answer(terms, _day(on), reading)
        else:
            own_days = None if terms and terms.programme == name else ZoneInfo(chosen.timezone)
            told = reads.recounted(chosen, rules, _day(on), reading, own_days)
        found = {"shop": chosen.slug, **document(told)}
    if json:
        answer(found, as_json=True)
    else:
        _show(found)


def _show(found: dict[str, Any]) -> None:
    console = Console()
    console.print(
        f"{found['programme']} on {found['on']}, counted as {found['definition']}: "
        f"[bold]{found['stage'] or 'within the lines'}[/bold]; by now heading for {found['heading_for'] or 'none of them'}"
    )
    table = Table("rule", "from", "to", "judged on", "counted", "orders", "rate", "stage", "may still lose")
    for verdict in [*found["judged"], *found["running"]]:
        if not verdict["is_applied"]:
            continue
        room = ", ".join(
            f"{line['stage']}: {'unknown' if not line['is_known'] else line['may_still_lose']}"
            for line in verdict["lines"]
            if line["may_still_lose"] is not None or not line["is_known"]
        )
        table.add_row(
            *(verdict[name] for name in ("rule", "from", "to", "judged_on")), str(verdict["counted"]), str(verdict["orders"]),
            share(verdict["rate"]), verdict["stage"] or "", room,
        )  # fmt: skip
    console.print(table)
    for other in found["other_definitions"]:
        figures = ", ".join(f"{one['rule']} {one['counted']} of {one['orders']}" for one in other["judged"])
        console.print(
            f"counted as {other['definition']}: {other['stage'] or 'within the lines'} ({figures})", markup=False
        )


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        fail(f"Not a day: {said!r}; write YYYY-MM-DD.", code=2)
