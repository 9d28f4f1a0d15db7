"""How the command line speaks: one JSON document on standard output when asked, everything for people on standard error."""

import json
import sys
from typing import Any, NoReturn

from rich.console import Console

people = Console(stderr=True)
"""For progress, tables and hints."""


def answer(document: dict[str, Any], as_json: bool) -> None:
    """Print the document: JSON for scripts, or plain lines for people."""
    if as_json:
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
        return
    console = Console()
    for name, value in document.items():
        console.print(
            f"[bold]{name}[/bold]: {json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value}"
        )


def fail(message: str, code: int = 3) -> NoReturn:
    """Say what is wrong and what to do, and end. 2: wrong usage; 3: could not (database, network)."""
    people.print(message, style="red", markup=False)
    raise SystemExit(code)
