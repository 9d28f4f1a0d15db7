"""How much a test does: in each run a share that CI has time for, with KAERU_WHOLE=1 all of it."""

import os
from typing import TypeVar

T = TypeVar("T")
IS_WHOLE = os.environ.get("KAERU_WHOLE") == "1"


def in_each_run(whole: T, *, sqlite: T, postgres: T) -> T:
    """The share of the database that this run stands on; `whole` when all is asked for."""
    return whole if IS_WHOLE else {"sqlite": sqlite, "postgres": postgres}[os.environ["KAERU_TEST_DATABASE"]]
