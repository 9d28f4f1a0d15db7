"""`kaeru rehearse`: what a scenario would have done with the shop's own cancellations. Writes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from kaeru.cancellations.models import Reason
from kaeru.cli.output import answer, fail, people
from kaeru.cli.scenarios import inside, is_file, problems_of, read_file, show_problems, the_scenario
from kaeru.core.money import show
from kaeru.scenarios.files import FileProblem
from kaeru.scenarios.rehearsal import Candidate, NotRehearsable, Rehearsal, rehearse, rehearse_both
from kaeru.scenarios.rehearsal.simulation import Progress as Tell
from kaeru.scenarios.rehearsal.stage import Assumptions
from kaeru.tenants.models import Shop

DEFINITION = (
    "Whole cancellations of the span, each living through the scenario on its own day with the shop's rules as they are now. "
    "Consents, closed addresses, phone numbers and tags are those of now; re-orders, shipments and cancellations taken back are "
    "those of history, even where a message that really went brought them about. Calls are taken as {calls}. Coupons cost at most "
    "`cost`; whether one would have been used nobody knows. Budgets begin empty. What was not over at the end of the span counts as waiting."
)


def command(
    scenario: Annotated[
        str, typer.Option("--scenario", help="A file, or a scenario's number, name or reason (its draft).")
    ],
    shop: Annotated[str, typer.Option("--shop", help="The shop's short name.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="So many days back.")] = 90,
    against: Annotated[
        str, typer.Option(help="Another one (file, scenario, or version as v3), compared over the same days.")
    ] = "",
    calls: Annotated[Literal["unreached", "reached"], typer.Option(help="What becomes of calls.")] = "unreached",
    price: Annotated[
        list[str] | None, typer.Option(help="What a message costs: sms=8, in the smallest unit. May be repeated.")
    ] = None,
    rows: Annotated[int, typer.Option(min=0, help="List what happens to so many people at most.")] = 1000,
    organization: Annotated[str, typer.Option(help="Needed only where several exist.")] = "",
    language: Annotated[Literal["en", "ja"], typer.Option(help="The language of messages.")] = "en",
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Rehearse a scenario over the last days: who would have got what and when, what would have waited or stopped and why."""
    with inside(shop, organization, language) as chosen:
        first = _candidate(chosen, scenario, json)
        second = _candidate(chosen, against, json, beside=scenario) if against else None
        assumptions = Assumptions(calls=calls, prices=_prices(price or []))
        try:
            with _progress() as tell:
                if second is None:
                    found = rehearse(chosen, first, days=days, assumptions=assumptions, most_shown=rows, tell=tell)
                    document = _document(found, calls)
                else:
                    found, other, difference = rehearse_both(
                        chosen, first, second, days=days, assumptions=assumptions, most_shown=rows, tell=tell
                    )
                    document = {
                        **_document(found, calls),
                        "against": _document(other, calls),
                        "difference": difference.as_json(),
                    }
        except NotRehearsable as refused:
            fail(refused.message, code=1)
    if json:
        answer(document, as_json=True)
    else:
        _say(document, chosen)


def _document(found: Rehearsal, calls: str) -> dict[str, Any]:
    told = {"definition": DEFINITION.format(calls=calls), **found.as_json(is_masked=False)}
    return {**told, "calls_taken_as": calls, "seconds": round(found.seconds, 2)}


def _candidate(shop: Shop, said: str, json: bool, beside: str = "") -> Candidate:
    """What is meant. Ends with exit code 1 when it is not ready, 2 when there is no such thing."""
    if said[:1] == "v" and said[1:].isdigit() and beside and not is_file(beside):
        one = the_scenario(shop, beside)
        revision = next((row for row in one.revisions.all() if row.number == int(said[1:])), None)
        if revision is None:
            fail(f"There is no version {said[1:]}.", code=2)
        return Candidate(revision.flow, one, one.reason_id)
    if is_file(said):
        read = read_file(Path(said), shop)
        if read.errors or read.flow is None:
            _refuse(read.errors, said, json)
        reason = Reason.objects.filter(shop=shop, code=read.reason).first() if read.reason else None
        return Candidate(read.flow or {}, None, reason.id if reason else None, read.holdout)
    one = the_scenario(shop, said)
    if errors := [problem for problem in problems_of(one) if not problem.is_warning]:
        _refuse(errors, said, json)
    return Candidate(one.draft, one, one.reason_id)


def _refuse(errors: list[FileProblem], name: str, json: bool) -> None:
    show_problems(errors, name)
    if json:
        answer({"errors": [one.as_json() for one in errors]}, as_json=True)
    raise typer.Exit(1)


def _prices(said: list[str]) -> dict[str, int]:
    found = {}
    for one in said:
        channel, _equals, amount = one.partition("=")
        if not channel or not amount.isdigit():
            fail(f"--price takes CHANNEL=AMOUNT, for example sms=8, not {one!r}.", code=2)
        found[channel] = int(amount)
    return found


def _say(document: dict[str, Any], shop: Shop) -> None:
    """The figures and reasons for people."""
    console, other = Console(), document.get("against")
    table = Table("", "first", "second") if other else Table("", "")
    for name in (
        "enrolled",
        "held",
        "messages",
        "deferred",
        "blocked",
        "coupons",
        "cost",
        "calls",
        "calls_peak",
        "waiting",
    ):
        values = [one[name] for one in ([document, other] if other else [document])]
        table.add_row(name, *(show(value, shop.currency, "en") if name == "cost" else f"{value:,}" for value in values))
    console.print(table)
    for name in ("deferred_by", "blocked_by", "ends"):
        if document[name]:
            console.print(f"{name}: " + ", ".join(f"{reason} {count:,}" for reason, count in document[name].items()))
    if other:
        console.print(f"{document['difference']['people_differing']:,} people get something else.")
    people.print(document["definition"], style="dim", markup=False)


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar on standard error; nothing where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=people, disable=not people.is_terminal) as bar:
        task = bar.add_task("Rehearsing", total=1.0)
        yield lambda share: bar.update(task, completed=share)
