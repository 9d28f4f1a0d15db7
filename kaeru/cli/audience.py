"""`kaeru audience`: how many customers a condition is about, and who they are."""

import json as _json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from kaeru.audiences import registry, sql, wording
from kaeru.audiences.rules import check, parse, questions
from kaeru.cli.output import answer, fail, people
from kaeru.cli.shops import the_shop
from kaeru.core import clock, scope

LARGEST_FILE = 200_000
"""Bytes."""


def audience(
    shop: Annotated[str, typer.Option("--shop", help="The shop's short name.")],
    condition: Annotated[str, typer.Option("--condition", help="A YAML or JSON file; - reads standard input.")],
    limit: Annotated[int | None, typer.Option(min=1, help="List so many customers at most; all are counted.")] = None,
    organization: Annotated[str, typer.Option(help="Needed only where several exist.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Count and list the customers of whom a condition holds now. It can ask about customers and about the moment."""
    chosen, told = the_shop(shop, organization), _read(condition)
    offered = registry.fields(*sql.OF_PEOPLE)
    with scope.organization(chosen.organization_id):
        problems = check(told, "condition", offered)
        if not problems:
            parsed = parse(told)
            names = {question.field for question in questions(parsed)}
            problems = check(told, "condition", offered, registry.choices(chosen.id, names))
        if problems:
            if json:
                answer(
                    {"errors": [{"path": p.path, "code": p.code, "message": p.message} for p in problems]}, as_json=True
                )
            for problem in problems:
                people.print(f"{problem.path}: {problem.message}", style="red", markup=False)
            raise SystemExit(1)
        found = sql.find(chosen, parsed, clock.now(), limit)
        said = wording.describe(parsed, chosen)
    if json:
        answer(
            {"count": found.count, "customers": [str(key) for key in found.customer_ids], "condition": said},
            as_json=True,
        )
        return
    sys.stdout.write("\n".join([said, str(found.count), *map(str, found.customer_ids), ""]))


def _read(name: str) -> Any:
    try:
        text = sys.stdin.read(LARGEST_FILE + 1) if name == "-" else Path(name).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as failure:
        fail(f"{name} cannot be read: {failure}", code=2)
    if len(text.encode()) > LARGEST_FILE:
        fail(f"{name} is larger than {LARGEST_FILE:,} bytes: no condition is that long.", code=2)
    try:
        return _json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as failure:
        fail(f"{name} is neither JSON nor YAML: {' '.join(str(failure).split())[:200]}", code=2)
