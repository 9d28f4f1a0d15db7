"""Many groups, in several processes, and what is said about them at the end."""

import gc
import hashlib
import logging
import math
import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tests.simulation import sabotage
from tests.simulation.life import TOGETHER, Group, Lived

MOST_SHOWN = 20
FAR_OFF = 5.0
"""Standard deviations by which a split's share may not miss."""
FEW = 3.0
"""Below this variance a count is no bell: four of five may go where one in ten should."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run."""

    seeds: int
    first: int = 0
    days: int = 60
    processes: int = 2
    together: int = TOGETHER
    """Worlds in a group."""
    sabotage: str = ""
    """One of `sabotage.SABOTAGES`: the product is broken so, and stops at the first group that finds it."""


def live(number: int, together: int, days: int, broken: str = "") -> Lived:
    """One group."""
    logging.disable(logging.WARNING)
    with sabotage.broken(broken):
        return Group(number, range(number * together, (number + 1) * together), days, is_eager=bool(broken)).live()


def run(plan: Plan) -> list[Lived]:
    """All groups that hold the plan's seeds; in their order."""
    gc.collect()
    gc.freeze()
    gc.disable()
    numbers = range(plan.first // plan.together, math.ceil((plan.first + plan.seeds) / plan.together))
    asked = [(number, plan.together, plan.days, plan.sabotage) for number in numbers]
    found = []
    for lived in _each(asked, min(plan.processes, len(numbers))):
        found.append(lived)
        for finding in lived.findings[:3]:
            print(f"group {lived.group}: {finding}", file=sys.stderr, flush=True)
        if plan.sabotage and (lived.findings or shares(found)):
            break
    return sorted(found, key=lambda lived: lived.group)


Asked = tuple[int, int, int, str]


def _each(asked: list[Asked], processes: int) -> Iterator[Lived]:
    if processes <= 1:
        for one in asked:
            yield live(*one)
            gc.collect()
        return
    with multiprocessing.get_context("fork").Pool(processes, maxtasksperchild=2) as pool:
        yield from pool.imap_unordered(_live, asked)


def _live(asked: Asked) -> Lived:
    return live(*asked)


def shares(found: list[Lived]) -> list[str]:
    """Splits whose shares miss what their weights say by more than chance can explain: those of equal weights, and all together."""
    seen: Counter[tuple[tuple[int, ...], str]] = Counter()
    for lived in found:
        seen.update(lived.splits)
    wrong = []
    missed, spread = dict.fromkeys("abcd", 0.0), dict.fromkeys("abcd", 0.0)
    for weights in sorted({weights for weights, _ in seen}):
        count = sum(seen[weights, letter] for letter in "abcd")
        for letter, weight in zip("abcd", weights, strict=False):
            share = weight / sum(weights)
            off, width = seen[weights, letter] - count * share, count * share * (1 - share)
            missed[letter] += off
            spread[letter] += width
            if _is_off(off, width) or (not width and off):
                wrong.append(f"split {weights}: {seen[weights, letter]} of {count} went {letter}")
    return wrong + [
        f"splits of all weights: {missed[letter]:+.0f} went {letter}, by chance {math.sqrt(spread[letter]):.0f}"
        for letter in "abcd"
        if _is_off(missed[letter], spread[letter])
    ]


def _is_off(missed: float, spread: float) -> bool:
    """More than chance explains; few customers explain nothing."""
    return spread >= FEW and abs(missed) > FAR_OFF * math.sqrt(spread)


def break_each(plan: Plan, names: Sequence[str]) -> int:
    """Break the product in each of these ways, and say how many worlds it took to find; the exit code.

    The gate is how a checker is checked: 0 only when every one is found within the plan's worlds.
    """
    missed = 0
    for name in names:
        found = run(replace(plan, sabotage=name))
        findings = [finding for lived in found for finding in lived.findings] + shares(found)
        missed += not findings
        print(f"{name}: {'found' if findings else 'NOT FOUND'} within {len(found) * plan.together} worlds", flush=True)
        print(f"    {findings[0] if findings else ''}"[:200], flush=True)
    print(f"{len(names) - missed} of {len(names)} broken products are found")
    return 1 if missed else 0


def hash_of(found: list[Lived]) -> str:
    """One hash over everything that happened."""
    return hashlib.sha256("".join(lived.log_hash for lived in found).encode()).hexdigest()[:16]


def tell(found: list[Lived], seconds: float, together: int = TOGETHER) -> int:
    """Say what was seen; the exit code."""
    figures: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for lived in found:
        figures.update(lived.figures)
        places.update(lived.deaths)
    findings = [finding for lived in found for finding in lived.findings] + shares(found)
    worlds = figures.pop("worlds")
    print(f"{worlds} worlds in {len(found)} groups, {seconds:.0f} s, log {hash_of(found)}")
    print(", ".join(f"{name} {count}" for name, count in sorted(figures.items())))
    print(f"killed {sum(places.values())} times at {len(places)} places of the product")
    if not findings:
        print("nothing found")
        return 0
    for finding in findings[:MOST_SHOWN]:
        print(f"FOUND  {finding}")
    print(
        f"{len(findings)} findings. Again: make simulate SEED={_seed_of(findings, found, together)}{_apart(together)}"
    )
    return 1


def _apart(together: int) -> str:
    return "" if together == TOGETHER else f" TOGETHER={together}"


def _seed_of(findings: list[str], found: list[Lived], together: int) -> str:
    for finding in findings:
        number = finding.removeprefix("seed ").partition(":")[0]
        if number.isdigit():
            return number
    return str(next((lived.group * together for lived in found if lived.findings), found[0].group * together))


def again(seed: int, days: int, together: int = TOGETHER) -> int:
    """The group of this world once more, and the world's own story."""
    lived = live(seed // together, together, days)
    for line in lived.log:
        if f" {seed} " in line or " - " in line:
            print(line)
    print(f"log {lived.log_hash[:16]}")
    mine = [finding for finding in lived.findings if finding.startswith((f"seed {seed}:", "seed ?:"))]
    for finding in mine or lived.findings:
        print(f"FOUND  {finding}")
    return 1 if lived.findings else 0
