"""`kaeru scenario`: scenarios as files, checked, published, switched; for scripts and for those who keep them in git."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from django.db import DatabaseError
from django.utils import translation
from rich.console import Console
from rich.table import Table

from kaeru.cancellations.models import Reason
from kaeru.cli.output import answer, fail, people
from kaeru.cli.shops import the_shop
from kaeru.core import scope
from kaeru.scenarios import actions, files, holdout, queries
from kaeru.scenarios.errors import NotPublishable
from kaeru.scenarios.files import FileProblem, Imported
from kaeru.scenarios.models import Scenario
from kaeru.tenants.models import Shop

app = typer.Typer(help="Scenarios: as files, checked, published, switched.", no_args_is_help=True)
ACTOR = "cli"
ShopName = Annotated[str, typer.Option("--shop", help="The shop's short name.")]
Organization = Annotated[str, typer.Option(help="Needed only where several exist.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Language = Annotated[Literal["en", "ja"], typer.Option(help="The language of messages.")]
WhichOne = Annotated[str, typer.Argument(help="The scenario's number, its name, or the code of its reason.")]


@contextmanager
def inside(shop_name: str, organization: str, language: str) -> Iterator[Shop]:
    """The shop, with its organization in scope; a database that fails ends with exit code 3."""
    shop = the_shop(shop_name, organization)
    try:
        with scope.organization(shop.organization_id), translation.override(language):
            yield shop
    except DatabaseError as failure:
        fail(f"The database refused: {failure}. Nothing was changed; run the same command again.", code=3)


def the_scenario(shop: Shop, said: str) -> Scenario:
    """The one that is meant. Ends with exit code 2 when there is none or several."""
    every = list(queries.of_shop(shop.id))
    found = [one for one in every if str(one.id) == said]
    found = found or [one for one in every if said in (one.name, one.reason.code if one.reason else "")]
    if not found:
        names = ", ".join(f"{one.id} {one.name}" for one in every) or "none yet"
        fail(f"There is no scenario {said!r}. There are: {names}.", code=2)
    if len(found) > 1:
        fail(
            f"Several scenarios are called {said!r}: {', '.join(str(one.id) for one in found)}. Please give the number.",
            code=2,
        )
    return found[0]


def read_file(path: Path, shop: Shop) -> Imported:
    """What the file holds, looked at with the shop's eyes. Ends with exit code 2 when it cannot be opened."""
    try:
        raw = path.read_bytes()
    except OSError as failure:
        fail(f"{path} cannot be read: {failure.strerror}.", code=2)
    return files.load(raw, actions.surroundings(shop))


def show_problems(problems: Sequence[FileProblem], path: str) -> None:
    """One line for each, as compilers write them: file:line:column."""
    for one in problems:
        place = f"{path}:{one.line}:{one.column}" if one.line else f"{path} {one.path}"
        style = "yellow" if one.is_warning else "red"
        people.print(f"{place}: {one.message} ({one.code})", style=style, markup=False, highlight=False, soft_wrap=True)


def problems_of(scenario: Scenario) -> list[FileProblem]:
    """What is wrong with a scenario's draft; it has no lines."""
    return [FileProblem(0, 0, one.path, one.code, one.message, one.is_warning) for one in actions.check(scenario)]


@app.command("list")
def listing(shop: ShopName, organization: Organization = "", json: AsJson = False, language: Language = "en") -> None:
    """The shop's scenarios in their order: of several that fit, the first one starts."""
    with inside(shop, organization, language) as chosen:
        waiting = queries.waiting_by_scenario(chosen.id)
        rows = [
            {
                "id": str(one.id),
                "name": one.name,
                "reason": one.reason.code if one.reason else None,
                "trigger": one.revision.trigger if one.revision else one.draft.get("trigger"),
                "on": one.is_on,
                "holdout": holdout.write(one.holdout),
                "revision": one.revision.number if one.revision else None,
                "waiting": waiting.get(one.id, 0),
            }
            for one in queries.of_shop(chosen.id)
        ]
    if json:
        answer({"scenarios": rows}, as_json=True)
        return
    table = Table()
    for column in rows[0] if rows else ["no scenario yet"]:
        table.add_column(column, no_wrap=column == "id")
    for row in rows:
        table.add_row(*("–" if value is None else str(value) for value in row.values()))
    Console().print(table)


@app.command("export")
def export(
    scenario: WhichOne,
    shop: ShopName,
    file: Annotated[Path | None, typer.Argument(help="Where to write it; standard output when left out.")] = None,
    revision: Annotated[int, typer.Option(help="A published version instead of the draft.")] = 0,
    organization: Organization = "",
    json: AsJson = False,
) -> None:
    """Write a scenario as a file."""
    with inside(shop, organization, "en") as chosen:
        one = the_scenario(chosen, scenario)
        flow = one.draft
        if revision:
            found = next((row for row in one.revisions.all() if row.number == revision), None)
            if found is None:
                fail(f"There is no version {revision}.", code=2)
            flow = found.flow
        text = files.dump(flow, name=one.name, reason=one.reason.code if one.reason else "", holdout=one.holdout)
    if file is None:
        if json:
            answer({"scenario": str(one.id), "file": None, "text": text}, as_json=True)
        else:
            typer.echo(text, nl=False)
        return
    try:
        file.write_text(text, "utf-8")
    except OSError as failure:
        fail(f"{file} cannot be written: {failure.strerror}.", code=3)
    answer({"scenario": str(one.id), "file": str(file)}, json)


@app.command("import")
def take(
    file: Annotated[Path, typer.Argument(help="A YAML file, as `export` writes it.")],
    shop: ShopName,
    into: Annotated[str, typer.Option(help="The scenario whose draft it becomes; a new one when left out.")] = "",
    name: Annotated[str, typer.Option(help="Name of a new scenario; else the file's.")] = "",
    organization: Organization = "",
    json: AsJson = False,
    language: Language = "en",
) -> None:
    """Take a file over as a draft: nothing is published, nothing is switched on. With errors in it nothing is taken."""
    with inside(shop, organization, language) as chosen:
        found = read_file(file, chosen)
        key = ""
        if not found.errors and found.flow is not None:
            if into:
                key = str(the_scenario(chosen, into).id)
                actions.save_draft(int(key), found.flow, actor=ACTOR)
            else:
                reason = Reason.objects.filter(shop=chosen, code=found.reason).first() if found.reason else None
                if found.reason and reason is None:
                    people.print(
                        f"The shop has no reason {found.reason}: the scenario is for any reason.", style="yellow"
                    )
                title = name or found.name or file.stem
                key = str(actions.begin(chosen, actor=ACTOR, reason=reason, name=title, flow=found.flow).id)
            if found.holdout is not None:
                actions.hold_back(int(key), setting=found.holdout, actor=ACTOR)
    _tell(found.problems, str(file), json, {"scenario": key or None})


@app.command("check")
def check(
    scenario: Annotated[
        str, typer.Argument(metavar="FILE_OR_ID", help="A file, or a scenario's number, name or reason.")
    ],
    shop: ShopName,
    organization: Organization = "",
    json: AsJson = False,
    language: Language = "en",
) -> None:
    """Say what keeps a file or a draft from being published, line by line."""
    with inside(shop, organization, language) as chosen:
        path = Path(scenario)
        found = read_file(path, chosen).problems if is_file(scenario) else problems_of(the_scenario(chosen, scenario))
    _tell(found, scenario, json, {})


def is_file(said: str) -> bool:
    """Whether a file is meant rather than a scenario of the shop."""
    return Path(said).is_file() or said.endswith((".yaml", ".yml"))


def _tell(problems: Sequence[FileProblem], name: str, json: bool, more: dict[str, Any]) -> None:
    errors = [one.as_json() for one in problems if not one.is_warning]
    warnings = [one.as_json() for one in problems if one.is_warning]
    if json:
        answer({**more, "errors": errors, "warnings": warnings}, as_json=True)
    else:
        show_problems(problems, name)
        answer({**more, "errors": len(errors), "warnings": len(warnings)}, as_json=False)
    raise typer.Exit(1 if errors else 0)


@app.command("publish")
def publish(
    scenario: WhichOne,
    shop: ShopName,
    note: Annotated[str, typer.Option(help="What was changed.")] = "",
    organization: Organization = "",
    json: AsJson = False,
    language: Language = "en",
) -> None:
    """Freeze the draft as the version that new cancellations go on; those on the way stay on theirs."""
    with inside(shop, organization, language) as chosen:
        one = the_scenario(chosen, scenario)
        try:
            made = actions.publish(one.id, actor=ACTOR, note=note)
        except NotPublishable as refused:
            problems = [FileProblem(0, 0, p.path, p.code, p.message, p.is_warning) for p in refused.problems]
            _tell(problems, scenario, json, {"scenario": str(one.id), "revision": None})
            return
    answer({"scenario": str(one.id), "revision": made.number, "errors": [], "warnings": []}, json)


@app.command("switch")
def switch(
    scenario: WhichOne,
    to: Annotated[Literal["on", "off"], typer.Argument()],
    shop: ShopName,
    organization: Organization = "",
    json: AsJson = False,
) -> None:
    """Switch a scenario on, or off: then nobody new starts, and who is on the way is held where they are."""
    with inside(shop, organization, "en") as chosen:
        one = the_scenario(chosen, scenario)
        if to == "on" and one.revision is None:
            fail("Please publish the scenario before you switch it on.", code=1)
        actions.switch(one.id, is_on=to == "on", actor=ACTOR)
    answer({"scenario": str(one.id), "on": to == "on"}, json)
