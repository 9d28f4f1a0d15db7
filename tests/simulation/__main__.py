"""make simulate: many worlds, or the group of one of them again."""

import argparse
import os
import sys
import time

from tests.simulation import ground


def main() -> int:
    """0 when nothing was found, 1 when something was."""
    asked = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    asked.add_argument("--seeds", type=int, default=10_000, help="how many worlds")
    asked.add_argument("--first", type=int, default=0, help="the first of them")
    asked.add_argument("--seed", type=int, help="live the group of this world again, and tell its story")
    asked.add_argument("--days", type=int, default=60)
    asked.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--together", type=int, default=0, help="worlds on one database and one clock")
    asked.add_argument("--database", default="", help="postgresql://… (emptied!); default: SQLite in memory")
    asked.add_argument("--sabotage", default="", help="break the product so, and see whether it is found")
    asked.add_argument(
        "--sabotages",
        nargs="*",
        metavar="NAME",
        help="break it in each of these ways, one after the other (default: all)",
    )
    asked.add_argument("--enumerate", action="store_true", help="one recovery, killed at each of its boundaries")
    asked.add_argument("--every", type=int, default=1, help="with --enumerate: at each so many only")
    told = asked.parse_args()
    ground.settle(told.database)
    if told.enumerate:
        from tests.simulation.enumerating import enumerate_kills

        return enumerate_kills(told.every, told.first, told.processes, told.sabotage)
    from tests.simulation import running
    from tests.simulation.life import TOGETHER

    started = time.monotonic()
    told.together = told.together or TOGETHER
    if told.seed is not None:
        return running.again(told.seed, told.days, told.together)
    processes = 1 if told.database else told.processes
    if told.sabotages is not None:
        from tests.simulation.sabotage import SABOTAGES

        plan = running.Plan(told.seeds, told.first, told.days, processes, told.together)
        return running.break_each(plan, told.sabotages or list(SABOTAGES))
    plan = running.Plan(told.seeds, told.first, told.days, processes, told.together, told.sabotage)
    return running.tell(running.run(plan), time.monotonic() - started, told.together)


if __name__ == "__main__":
    sys.exit(main())
