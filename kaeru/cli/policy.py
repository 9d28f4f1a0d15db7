"""`kaeru policy`: a shop's cancellation policy as a file, checked and tried on the shop's past orders. Saving is the owner's, in the settings."""

import json as _json
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
import yaml

from kaeru.audiences import registry
from kaeru.cancellations.policy import queries
from kaeru.cancellations.policy.document import check as check_document
from kaeru.cancellations.policy.document import parse
from kaeru.cancellations.policy.malls import problems_at
from kaeru.cancellations.policy.rules import Verdict
from kaeru.cancellations.policy.trial import Trial, try_out
from kaeru.cli.output import answer, fail, people
from kaeru.cli.scenarios import inside

app = typer.Typer(help="Cancellation policies: checked, and tried on past orders.", no_args_is_help=True)
LARGEST_FILE = 200_000
"""Bytes."""
ShopName = Annotated[str, typer.Option("--shop", help="The shop's short name.")]
Organization = Annotated[str, typer.Option(help="Needed only where several exist.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A YAML or JSON file with the policy.")],
    shop: ShopName,
    days: Annotated[int, typer.Option(min=1, max=3660, help="Try it on the orders of so many days.")] = 90,
    minutes: Annotated[
        int | None,
        typer.Option(min=0, max=527_040, help="Orders without a wish are asked about so long after the order."),
    ] = None,
    organization: Organization = "",
    language: Annotated[Literal["en", "ja"], typer.Option(help="The language of messages.")] = "en",
    json: AsJson = False,
) -> None:
    """Say what is wrong with a policy, or what it would have answered on the shop's past orders. Writes nothing."""
    told = _read(file)
    with inside(shop, organization, language) as chosen:
        problems = check_document(told, registry.fields()) or problems_at(chosen, told)
        if problems:
            if json:
                answer(
                    {"errors": [{"path": p.path, "code": p.code, "message": p.message} for p in problems]}, as_json=True
                )
            for problem in problems:
                people.print(
                    f"{file} {problem.path}: {problem.message} ({problem.code})",
                    style="red",
                    markup=False,
                    soft_wrap=True,
                )
            raise typer.Exit(1)
        answer(_document(try_out(chosen, parse(told), days=days, minutes=minutes)), as_json=json)


@app.command()
def show(shop: ShopName, organization: Organization = "") -> None:
    """The policy that counts now, as JSON; version 0 is a shop that accepts every wish."""
    with inside(shop, organization, "en") as chosen:
        newest = queries.newest(chosen.id)
        answer({"version": newest.number if newest else 0, "policy": newest.document if newest else None}, as_json=True)


def _document(tried: Trial) -> dict[str, Any]:
    return {
        "days": tried.days,
        "minutes": tried.minutes,
        "orders": tried.orders,
        "wishes": tried.wishes,
        "results": {name: tried.counts.get(name, 0) for name in ("accept", "ask", "refuse", "repair_only", "gone")},
        "by_rule": {rule or "otherwise": count for rule, count in tried.by_rule.items()},
        "different": tried.different,
        "changed": [{"before": before, "now": now, "orders": count} for (before, now), count in tried.changed.items()],
        "examples": [
            {
                "order": one.number, "asked_at": one.asked_at.isoformat(), "total": one.total, "currency": one.currency,
                "before": _verdict(one.before), "now": _verdict(one.now),
            }
            for one in tried.examples
        ],
    }  # fmt: skip


def _verdict(one: Verdict) -> dict[str, str]:
    return {"result": one.result, "rule": one.rule, "ground": one.ground}


def _read(file: Path) -> Any:
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST_FILE + 1)
        text = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as failure:
        fail(f"{file} cannot be read: {failure}", code=2)
    if len(raw) > LARGEST_FILE:
        fail(f"{file} is larger than {LARGEST_FILE:,} bytes; that is no policy.", code=2)
    try:
        return _json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError) as failure:
        fail(f"{file} is neither JSON nor YAML: {failure}", code=2)
