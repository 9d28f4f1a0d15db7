"""The audit file: one line for each unit with its lot, so that anybody can work the figures out again, also from trials made elsewhere.

Columns (CSV, UTF-8, a head line): unit, scenario, revision, pi, arm, assigned_at, matured_at, outcome_7 … outcome_60, value_7 … value_60,
cost. Outcomes are 1 or 0, and empty while the window is not over. `mapping` names the columns of files that call them otherwise.
Lines are taken in the order of matured_at; each unit counts once, with its first line.
"""

import csv
import gzip
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO, TextIOWrapper
from math import isfinite
from pathlib import Path
from typing import Literal

from kaeru.uplift.units import Units, units

WINDOWS = (7, 14, 30, 60)
COLUMNS = (
    "unit", "scenario", "revision", "pi", "arm", "assigned_at", "matured_at",
    *(f"outcome_{days}" for days in WINDOWS), *(f"value_{days}" for days in WINDOWS), "cost",
)  # fmt: skip
FREE = ("outcome", "value", "by")
"""Further names of a mapping: the outcome and value of files with one window, and a column to show figures by."""
TREATED = frozenset({"treated", "1", "true", "yes"})
HELD = frozenset({"held", "0", "false", "no"})
YES, NO = frozenset({"1", "true", "yes", "1.0"}), frozenset({"0", "false", "no", "0.0"})
LARGEST = 5_000_000
"""Lines."""

Pi = Literal["file", "given", "sizes", "none"]


class Unreadable(Exception):
    """The file is not as it should be; the text says where, and what to do."""


@dataclass(frozen=True, slots=True)
class Left:
    """Lines that do not count."""

    not_over: int = 0
    other_arms: int = 0
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class Read:
    """A file that was read. `pi`: where the probabilities come from; "none": nothing says that a lot decided."""

    units: Units
    pi: Pi
    left: Left
    checks: dict[str, list[str]] = field(default_factory=dict)
    """Columns that were known before the lot, line by line as the units."""

    @property
    def is_random(self) -> bool:
        """Whether the file, or whoever brings it, says that a lot decided."""
        return self.pi != "none"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read."""

    window: int = 30
    mapping: Mapping[str, str] = field(default_factory=dict)
    treated: Collection[str] = TREATED
    held: Collection[str] = HELD
    pi: float | None = None
    """One probability of treatment for all, for files without the column; declares that a lot decided."""
    is_random: bool = False
    """Declares that a lot decided, with a probability that nobody noted: it is taken from the sizes of the arms."""
    checks: Collection[str] = ()


def write(rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """The file, line by line; missing and None are empty. Keys other than COLUMNS raise ValueError."""
    buffer = StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        yield _taken(buffer)
        writer.writerow({name: "" if value is None else value for name, value in row.items()})
    yield _taken(buffer)


def read_path(path: Path, how: Reading | None = None) -> Read:
    """From disk; .gz is unpacked. Raises OSError and Unreadable."""
    with path.open("rb") as opened:
        raw = gzip.GzipFile(fileobj=opened) if path.suffix == ".gz" else opened
        try:
            with TextIOWrapper(raw, "utf-8-sig", newline="") as text:
                return read(text, how)
        except (UnicodeDecodeError, EOFError) as failure:
            raise Unreadable(f"not a text in UTF-8: {failure}") from failure


def read(lines: Iterable[str], how: Reading | None = None) -> Read:
    """From lines. Raises Unreadable with the line and what is wrong with it."""
    how = how or Reading()
    reader = csv.DictReader(lines)
    names = _Names(how, tuple(reader.fieldnames or ()))
    not_over = other_arms = repeated = 0
    seen: set[str] = set()
    found: list[_Line] = []
    for number, row in enumerate(reader, 2):
        if number > LARGEST:
            raise Unreadable(f"more than {LARGEST:,} lines")
        arm = names.arm(row)
        if arm is None:
            other_arms += 1
            continue
        unit = row[names.unit] if names.unit else ""
        if names.unit and unit in seen:
            repeated += 1
            continue
        seen.add(unit)
        line = names.line(row, arm, number)
        if line is None:
            not_over += 1
        else:
            found.append(line)
    found.sort(key=lambda line: line.at)
    return _gathered(found, names, how, Left(not_over, other_arms, repeated))


@dataclass(frozen=True, slots=True)
class _Line:
    at: str
    arm: bool
    pi: float
    came: bool
    value: float
    cost: float
    by: str
    windows: tuple[int, ...]
    checks: tuple[str, ...]


class _Names:
    """Which column is which."""

    def __init__(self, how: Reading, there: tuple[str, ...]) -> None:
        unknown = [name for name in how.mapping if name not in {*COLUMNS, *FREE}]
        if unknown:
            raise Unreadable(f"nothing is called {', '.join(unknown)}; there are {', '.join((*COLUMNS, *FREE))}")
        self.how = how
        self.there = there
        missing = [column for column in (*how.mapping.values(), *how.checks) if column not in there]
        if missing:
            raise Unreadable(f"no column {', '.join(missing)}; there are {', '.join(there) or 'none'}")
        self.unit, self.at = self._of("unit"), self._of("matured_at")
        self.pi, self.cost, self.by = self._of("pi"), self._of("cost"), self._of("by")
        self.outcome = self._of("outcome") or self._of(f"outcome_{how.window}")
        self.value = self._of("value") or self._of(f"value_{how.window}")
        self.windows = {days: name for days in WINDOWS if (name := self._of(f"outcome_{days}"))}
        self._arm = self._of("arm")
        if not self._arm or not self.outcome:
            lacking = "arm" if not self._arm else f"outcome_{how.window}"
            raise Unreadable(
                f"no column {lacking}: name yours with --map {lacking}=COLUMN; there are {', '.join(there)}"
            )

    def _of(self, name: str) -> str:
        column = self.how.mapping.get(name, name)
        return column if column in self.there else ""

    def arm(self, row: dict[str, str]) -> bool | None:
        told = (row[self._arm] or "").strip()
        if told in self.how.treated or told.lower() in self.how.treated:
            return True
        return False if told in self.how.held or told.lower() in self.how.held else None

    def line(self, row: dict[str, str], arm: bool, number: int) -> _Line | None:
        came = _flag(row, self.outcome, number)
        if came is None:
            return None
        windows = tuple(_window(_flag(row, name, number)) for name in self.windows.values())
        pi = _number(row, self.pi, number) if self.pi else self.how.pi or 0.5
        if not 0 < pi < 1:
            raise Unreadable(f"line {number}: pi is {pi}; a probability of treatment lies strictly between 0 and 1")
        return _Line(
            row[self.at] if self.at else "",
            arm,
            pi,
            came,
            _number(row, self.value, number) if self.value else 0.0,
            _number(row, self.cost, number) if self.cost else 0.0,
            row[self.by] if self.by else "",
            windows,
            tuple(row[name] or "" for name in self.how.checks),
        )


def _gathered(found: list[_Line], names: _Names, how: Reading, left: Left) -> Read:
    source: Pi = "file" if names.pi else "given" if how.pi else "sizes" if how.is_random else "none"
    pi: list[float] | float = [line.pi for line in found]
    if source in ("sizes", "none"):
        treated = sum(line.arm for line in found)
        if not 0 < treated < len(found):
            raise Unreadable("one of the arms is empty: say which values are treated and held (--treated, --held)")
        pi = treated / len(found)
    windows = {days: [line.windows[at] for line in found] for at, days in enumerate(names.windows)}
    told = units(
        [line.arm for line in found],
        pi,
        [line.came for line in found],
        value=[line.value for line in found] if names.value else None,
        cost=[line.cost for line in found] if names.value and names.cost else None,
        segment=[line.by for line in found] if names.by else None,
        windows={days: column for days, column in windows.items() if max(column, default=-1) >= 0},
    )
    checks = {name: [line.checks[at] for line in found] for at, name in enumerate(how.checks)}
    return Read(told, source, left, checks)


def _flag(row: dict[str, str], column: str, number: int) -> bool | None:
    told = (row[column] or "").strip().lower()
    if told in YES or told in NO:
        return told in YES
    if not told:
        return None
    raise Unreadable(f"line {number}: {column} is {told!r}; write 1, 0, or nothing while the window is not over")


def _window(told: bool | None) -> int:
    return -1 if told is None else int(told)


def _number(row: dict[str, str], column: str, number: int) -> float:
    told = (row[column] or "").strip()
    try:
        found = float(told) if told else 0.0
    except ValueError:
        found = float("nan")
    if not isfinite(found):
        raise Unreadable(f"line {number}: {column} is {told!r}, which is no number")
    return found


def _taken(buffer: StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
