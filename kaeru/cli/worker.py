"""`kaeru worker`: be one of the fleet that moves due rows over PostgreSQL."""

from typing import Annotated

import typer
from django.conf import settings

from kaeru.cli.output import fail


def worker(processes: Annotated[int, typer.Option(help="Worker processes on this host.", min=1, max=64)] = 1) -> None:
    """Run passes until stopped. Needs PostgreSQL; on SQLite `kaeru serve` runs the passes itself."""
    if not settings.IS_POSTGRES:
        fail(
            "On SQLite the passes run inside `kaeru serve`. For several hosts set KAERU_DATABASE_URL=postgresql://…",
            code=2,
        )
    from kaeru.worker import fleet
    from kaeru.worker.processes import keep_running

    if processes == 1:
        fleet.work()
    else:
        keep_running(processes)
