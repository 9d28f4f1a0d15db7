"""Texts to measure the guard with: what must be blocked, what must be warned of, and what a considerate shop writes.

`bad.yaml` and `good.yaml` grew with the rules. `held_out.yaml` was written before the first rule; `second.yaml`, `third.yaml` and
`fourth.yaml` before the rules had seen them. Their first figures are in docs/reference/guard.md.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kaeru.messages.guard.judge import judge, verdict
from kaeru.messages.guard.text import Finding, Text

FOLDER = Path(__file__).parent
ON = date(2026, 11, 24)
FILES = ("bad", "good", "held_out", "second", "third", "fourth")
KNOWN = ("subject", "html", "kind", "side", "channel", "has_consent")


@dataclass(frozen=True, slots=True)
class Sample:
    """One text with what the guard should make of it."""

    file: str
    language: str
    wanted: str
    """block | warn | pass"""
    rule: str
    """Which has to speak; of a good text: which it tempts."""
    text: Text

    def judged(self) -> tuple[Finding, ...]:
        """What the guard says."""
        return judge(self.text, ON, self.language)

    def is_right(self) -> bool:
        """Bad: the verdict holds and the rule is named. Good: nothing is said at all."""
        found = self.judged()
        if self.wanted == "pass":
            return not found
        return verdict(found) == self.wanted and self.rule in {one.rule for one in found}

    @property
    def said(self) -> str:
        """The first words, for reports."""
        return " ".join((self.text.subject + " " + self.text.body + self.text.html).split())[:110]


@cache
def samples(*files: str) -> tuple[Sample, ...]:
    """All texts of these files; of all without any."""
    return tuple(one for name in files or FILES for one in _read(name))


def _read(name: str) -> Iterator[Sample]:
    told = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    for wanted, key in (("block", "bad"), ("warn", "warn")):
        for rule, by_language in told.get(key, {}).items():
            for language, entries in by_language.items():
                yield from (Sample(name, language, wanted, rule, _text(entry)) for entry in entries)
    for language, entries in told.get("good", {}).items():
        yield from (Sample(name, language, "pass", entry["near"], _text(entry)) for entry in entries)


def _text(entry: Any) -> Text:
    if isinstance(entry, str):
        return Text(body=entry)
    return Text(body=entry.get("text", ""), **{name: entry[name] for name in KNOWN if name in entry})


@dataclass(slots=True)
class Count:
    """How many texts of one kind, and how many were judged right."""

    bad: int = 0
    caught: int = 0
    good: int = 0
    alarms: int = 0
    blocked: int = 0
    """Good texts that would not have gone."""

    @property
    def recall(self) -> float:
        """Share of the bad ones that were caught."""
        return self.caught / self.bad if self.bad else 1.0

    @property
    def alarm_rate(self) -> float:
        """Share of the good ones that something was said of."""
        return self.alarms / self.good if self.good else 0.0


def count(chosen: Sequence[Sample]) -> Count:
    """The figures of these texts."""
    total = Count()
    for one in chosen:
        found = one.judged()
        if one.wanted == "pass":
            total.good += 1
            total.alarms += bool(found)
            total.blocked += verdict(found) == "block"
        else:
            total.bad += 1
            total.caught += one.is_right()
    return total


def by_rule(chosen: Sequence[Sample]) -> dict[str, list[Sample]]:
    """The texts by the rule that they are about."""
    found: dict[str, list[Sample]] = defaultdict(list)
    for one in chosen:
        found[one.rule].append(one)
    return dict(sorted(found.items()))
