"""How imports answer: progress while they run, the report, refusals in the same shape, exit codes that mean something."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kaeru.cli.output import answer, fail, people
from kaeru.connectors.files.errors import FileRefused
from kaeru.connectors.files.survey import Progress as Report

_STAGES = {"survey": "Looking the file over", "import": "Importing rows", "settle": "Recording what follows"}
_SHOWN = 20


def end(document: dict[str, Any], json: bool) -> None:
    """Tell the report, and end: 1 when rows were rejected."""
    if not json:
        _say(document)
    answer(document if json else {name: value for name, value in document.items() if name != "rejections"}, json)
    raise typer.Exit(1 if document["rejected"] else 0)


def refuse(
    refused: FileRefused,
    json: bool,
    changes: Iterable[str] = ("created", "updated", "unchanged", "stale"),
    what: str = "orders",
) -> None:
    """Nothing of the file was taken: say so in the same shape."""
    rejection = {"line": refused.line, "code": refused.code, "message": refused.message}
    if json:
        nothing = dict.fromkeys(changes, 0)
        told = {"rows": 0, "accepted": 0, "rejected": 0, what: nothing, "cancellations": 0, "rejections": [rejection]}
        answer(told, as_json=True)
    fail(f"The file was not imported. {f'Line {refused.line}: ' if refused.line else ''}{refused.message}", code=1)


def _say(document: dict[str, Any]) -> None:
    """Rejected rows for people: the first of them."""
    for bad in document["rejections"][:_SHOWN]:
        people.print(f"line {bad['line']}: {bad['message']} ({bad['code']})", markup=False, highlight=False)
    if document["rejected"] > _SHOWN:
        people.print(f"… {document['rejected'] - _SHOWN} more; --json lists them", markup=False)


@contextmanager
def progress() -> Iterator[Report]:
    """A bar on standard error; nothing where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=people, disable=not people.is_terminal) as bar:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(_STAGES[stage], total=total or None)
            bar.update(tasks[stage], completed=done, total=total or None)

        yield report
