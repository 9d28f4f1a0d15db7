"""Sow each bug and see whether the machine finds it; and that it finds nothing where none was sown.

    python -m tests.visits [--only NAME …] [--examples 30] [--workers 2] [--seed 6]

Prints how many were found of how many. Ends with 1 when one lived, or when the product as it is was found wrong.
"""

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

STEPS = 30
WHOLE = ""
"""The name of the product as it is."""


class Found(NamedTuple):
    """What came of one bug."""

    name: str
    said: str
    """What the machine found; empty: nothing."""
    by: str
    """chance | story"""
    seconds: float


def _prepare(home: Path) -> None:
    """A database of the tables as they are: without the migrations' history it is made in a second."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="kaeru.conf.settings", KAERU_HOME=str(home), KAERU_SECRET_KEY="tests-only-" + "k" * 40,
        KAERU_DATABASE_URL=f"sqlite:///{home}/visits.sqlite3", KAERU_DEMO="0", KAERU_BASE_URL="http://testserver",
    )  # fmt: skip
    import django

    django.setup()
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from kaeru.appointments.bookings import judge

    settings.MIGRATION_MODULES = {one.label: None for one in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
    with connection.schema_editor() as editor:
        judge.appoint(editor)
    connection.close()


def _own_copy(home: Path) -> None:
    """Each process plays on a database of its own, which need not survive anything."""
    from django.db import connection

    from tests.visits import ground

    copy = home / f"{os.getpid()}.sqlite3"
    shutil.copyfile(home / "visits.sqlite3", copy)
    connection.settings_dict["NAME"] = str(copy)
    connection.settings_dict["OPTIONS"] = {"init_command": "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY"}
    connection.close()
    ground.build()
    sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 the machine prints each failing story


def _hunt(name: str, examples: int, seed: int) -> Found:
    """By chance first, then by the short stories: with the bug, or (no name) in the product as it is."""
    from tests.visits.mutants_of_moving import BUGS

    begun = time.monotonic()
    with BUGS[name]() if name else nullcontext():
        said, by = _by_chance(examples, seed), "chance"
        if not said:
            said, by = _by_story(), "story"
    return Found(name, said, by if said else "", time.monotonic() - begun)


def _by_chance(examples: int, seed: int) -> str:
    from hypothesis import HealthCheck, Phase, Verbosity, settings
    from hypothesis import seed as sown
    from hypothesis.stateful import run_state_machine_as_test

    from tests.visits.machine import Visits

    how = settings(
        max_examples=examples, stateful_step_count=STEPS, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), verbosity=Verbosity.quiet, report_multiple_bugs=False, print_blob=False,
    )  # fmt: skip
    try:
        run_state_machine_as_test(sown(seed)(type("Seeded", (Visits,), {})), settings=how)
    except Exception as failure:  # whatever the bug leads to
        return _first_line(failure)
    return ""


def _by_story() -> str:
    from tests.visits import stories

    return next((f"{name}: {_first_line(failure)}" for name, failure in stories.found()), "")


def _first_line(failure: Exception) -> str:
    return f"{type(failure).__name__}: {failure}".splitlines()[0]


def _work(told: tuple[str, int, int]) -> Found:
    return _hunt(*told)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--examples", type=int, default=30, help="chances for each bug before the short stories")
    parser.add_argument("--whole", type=int, default=60, help="chances for the product as it is")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--seed", type=int, default=6)
    chosen = parser.parse_args(arguments)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kaeru-visits-") as name:
        home = Path(name)
        _prepare(home)
        from tests.visits.mutants_of_moving import BUGS

        names = chosen.only or [*BUGS]
        jobs = [(WHOLE, chosen.whole, chosen.seed), *((one, chosen.examples, chosen.seed) for one in names)]
        with multiprocessing.get_context("fork").Pool(chosen.workers, _own_copy, (home,)) as pool:
            found = list(pool.imap_unordered(_work, jobs))
    whole = next(one for one in found if one.name == WHOLE)
    killed = [one for one in found if one.name != WHOLE and one.said]
    for one in sorted(found, key=lambda one: -one.seconds):
        label = one.name or "the product as it is"
        verdict = "lives" if not one.said and one.name else one.said or "nothing found, as it must be"
        print(f"{one.seconds:6.1f} s  {label:<50} {one.by:<7} {verdict[:110]}")
    total, stories = len(found) - 1, sum(one.by == "story" for one in killed)
    seconds = time.monotonic() - begun
    print(f"killed {len(killed)} of {total} bugs in {seconds:.0f} s ({stories} by a short story, the others by chance)")
    return 0 if len(killed) == total and not whole.said else 1


if __name__ == "__main__":
    sys.exit(main())
