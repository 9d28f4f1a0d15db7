"""A mall's rules as a dated document: `programmes/*.toml`, each number with its source, and what nobody knows named as unknown.

Nothing of a mall is code: a rule that changes is a second entry of the same code with the day from which it is in force.
`docs/reference/mall-programmes.md` describes every key.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast, get_args
from zoneinfo import ZoneInfo

from kaeru.marketplaces import periods
from kaeru.marketplaces.periods import Period, Span
from kaeru.marketplaces.reading import Reading, ReadingRefused, read
from kaeru.marketplaces.rules import SEVERITIES, Few, Line, Severity, Share

FOLDER = Path(__file__).parent / "programmes"
Words = Mapping[str, str]
"""{"ja": …, "en": …}"""
Counted = Literal["cancellations", "points", "not_counted"]
Unit = Literal["orders", "items"]
_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,3}))?%")


class ProgrammeRefused(ValueError):
    """A programme's document that cannot be understood; the message names the place."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number was read."""

    id: str
    address: str
    kind: Literal["official", "third_party"]
    dated: str = ""
    """When the page says it was written; empty: it does not say."""
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """What follows behind a line."""

    code: str
    title: Words
    follows: Words
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as it is in force from a day on."""

    code: str
    title: Words
    span: Span
    counted: Counted = "cancellations"
    points_each: int = 0
    """For `points`: what one cancellation costs."""
    lines: tuple[Line, ...] = ()
    few: Few | None = None
    least_orders: int = 0
    """With fewer orders in its period it is not applied."""
    unless: str = ""
    """Not applied where the rule of this code is."""
    in_a_row: tuple[str, str] | None = None
    """(rule, stage): what is counted are the periods of that rule, the newest first, that ended at that stage or beyond."""
    since: date | None = None
    until: date | None = None
    """In force for judgements from `since` on and before `until`."""
    is_for_whole_periods: bool = False
    """A change is applied to periods that begin on or after `since`, not to the one that is running."""
    reading: Mapping[str, Any] | None = None
    """Where this rule alone is read otherwise than the programme."""
    unknown: tuple[Words, ...] = ()
    sources: tuple[str, ...] = ()

    def is_in_force(self, on: date, period: Period) -> bool:
        """Whether a judgement of this period on this day is made by it."""
        moment = period.first if self.is_for_whole_periods else on
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True)
class NamedReading:
    """A reading that this mall's rule can be given."""

    name: str
    title: Words
    reading: Reading
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Programme:
    """All that is known of a mall's rules."""

    name: str
    title: Words
    zone: ZoneInfo
    unit: Unit
    readings: tuple[NamedReading, ...]
    """The first is the one that the mall applies by default, as far as it is known."""
    rules: tuple[Rule, ...]
    stages: Mapping[str, Stage]
    sources: Mapping[str, Source]
    unknown: tuple[Words, ...] = ()
    sale: Words | None = None
    """What the mall calls its large sales; None: no line is about them."""

    @property
    def default(self) -> Reading:
        """How the mall counts, as far as it is known."""
        return self.readings[0].reading

    @property
    def codes(self) -> tuple[str, ...]:
        """The rules' codes, in the order of the document."""
        return tuple(dict.fromkeys(rule.code for rule in self.rules))

    def rule(self, code: str, on: date) -> Rule | None:
        """The rule of this code that judges on the judgement day at or before `on`; None when none is in force."""
        found = [rule for rule in self.rules if rule.code == code]
        for rule in sorted(found, key=lambda rule: rule.since or date.min, reverse=True):
            day = periods.judgement_day(rule.span, on)
            if rule.is_in_force(day, periods.judged(rule.span, day)):
                return rule
        return None

    def coming(self, code: str, on: date) -> Rule | None:
        """The rule of this code that will judge the period which is running on this day."""
        for rule in sorted(
            (rule for rule in self.rules if rule.code == code), key=lambda rule: rule.since or date.min, reverse=True
        ):
            if rule.is_in_force(periods.next_judgement(rule.span, on), periods.running(rule.span, on)):
                return rule
        return None


def names() -> list[str]:
    """The programmes that come with Kaeru."""
    return sorted(path.stem for path in FOLDER.glob("*.toml") if not path.stem.startswith("_"))


@cache
def load(name: str) -> Programme:
    """The programme of this name. Raises ProgrammeRefused when there is none."""
    if name not in names():
        raise ProgrammeRefused(f"unknown programme {name!r}; known are {', '.join(names())}")
    shared = tomllib.loads((FOLDER / "_readings.toml").read_text("utf-8"))
    return parse(name, tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")), shared.get("reading", []))


def parse(name: str, said: Mapping[str, Any], shared: list[dict[str, Any]] | None = None) -> Programme:
    """The programme that the document describes; `shared` readings come after its own. Raises ProgrammeRefused."""
    try:
        return _Parser(name).programme(said, shared or [])
    except (KeyError, TypeError, ValueError, AttributeError) as failure:
        if isinstance(failure, ProgrammeRefused):
            raise
        raise ProgrammeRefused(f"{name}: {type(failure).__name__}: {failure}") from failure


class _Parser:
    """Reads one document, with the place in mind for what it refuses."""

    def __init__(self, name: str) -> None:
        self._name = name

    def programme(self, said: Mapping[str, Any], shared: list[dict[str, Any]]) -> Programme:
        self._only(said, "title zone unit sale unknown source reading stage rule", "")
        sources = {one["id"]: self._source(one) for one in said.get("source", ())}
        stages = {one["code"]: self._stage(one) for one in said.get("stage", ())}
        readings: list[NamedReading] = []
        for one in [*said["reading"], *shared]:
            if one["name"] not in {known.name for known in readings}:
                readings.append(self._reading(one))
        programme = Programme(
            name=self._name, title=self._words(said["title"]), zone=ZoneInfo(said["zone"]), sources=sources, stages=stages,
            unit=self._one_of(said.get("unit", "orders"), get_args(Unit)), readings=tuple(readings),
            rules=tuple(self._rule(one) for one in said["rule"]), unknown=self._all_words(said.get("unknown", ())),
            sale=self._words(said["sale"]) if "sale" in said else None,
        )  # fmt: skip
        self._check(programme)
        return programme

    def _rule(self, said: Mapping[str, Any]) -> Rule:
        where = f"rule {said.get('code')}"
        self._only(
            said,
            "code title period days lag months on_day counted points_each line few least_orders unless in_a_row since until whole_periods"
            " reading unknown sources",
            where,
        )
        kind = self._one_of(said["period"], periods.KINDS)
        row = said.get("in_a_row")
        rule = Rule(
            code=said["code"], title=self._words(said["title"]), least_orders=said.get("least_orders", 0), unless=said.get("unless", ""),
            span=Span(kind, said.get("days", 0), said.get("lag", 1), said.get("months", 0), said.get("on_day", 1)),
            counted=self._one_of(said.get("counted", "cancellations"), get_args(Counted)), points_each=said.get("points_each", 0),
            lines=tuple(self._line(one) for one in said.get("line", ())),
            few=Few(said["few"]["below"], self._line(said["few"], "below")) if "few" in said else None,
            in_a_row=(row["rule"], row["stage"]) if row else None, since=said.get("since"), until=said.get("until"),
            is_for_whole_periods=said.get("whole_periods", False), reading=said.get("reading"),
            unknown=self._all_words(said.get("unknown", ())), sources=tuple(said.get("sources", ())),
        )  # fmt: skip
        if (kind == "days" and rule.span.days < 1) or (kind == "months" and rule.span.months < 1):
            raise ProgrammeRefused(f"{self._name}: {where}: period {kind} needs `{kind}`")
        if not 1 <= rule.span.on_day <= 28:
            raise ProgrammeRefused(f"{self._name}: {where}: on_day is from 1 to 28")
        if rule.counted == "points" and rule.points_each < 1:
            raise ProgrammeRefused(f"{self._name}: {where}: points need `points_each`")
        return rule

    def _line(self, said: Mapping[str, Any], *besides: str) -> Line:
        self._only(said, " ".join(("stage severity over from unknown least", *besides)), f"line {said.get('stage')}")
        limits = [name for name in ("over", "from", "unknown") if name in said]
        if len(limits) != 1:
            raise ProgrammeRefused(f"{self._name}: a line has one of over, from and unknown: {dict(said)}")
        limit = said.get("over", said.get("from"))
        return Line(
            stage=said["stage"], severity=cast("Severity", self._one_of(said.get("severity", "warn"), SEVERITIES)),
            share=self._share(limit) if isinstance(limit, str) else None, amount=limit if isinstance(limit, int) else None,
            is_strict="from" not in said, least=said.get("least", 0),
        )  # fmt: skip

    def _share(self, said: str) -> Share:
        match = _PERCENT.fullmatch(said)
        if not match:
            raise ProgrammeRefused(f"{self._name}: not a percentage: {said!r}; write 7% or 2.5%")
        decimals = match[2] or ""
        return Share(int(match[1] + decimals), 100 * 10 ** len(decimals))

    def _reading(self, said: Mapping[str, Any]) -> NamedReading:
        body = {key: value for key, value in said.items() if key not in ("name", "title", "sources")}
        try:
            return NamedReading(said["name"], self._words(said["title"]), read(body), tuple(said.get("sources", ())))
        except ReadingRefused as refused:
            raise ProgrammeRefused(f"{self._name}: reading {said['name']}: {refused}") from refused

    def _stage(self, said: Mapping[str, Any]) -> Stage:
        self._only(said, "code title follows sources", f"stage {said.get('code')}")
        return Stage(
            said["code"], self._words(said["title"]), self._words(said["follows"]), tuple(said.get("sources", ()))
        )

    def _source(self, said: Mapping[str, Any]) -> Source:
        self._only(said, "id address kind dated note", f"source {said.get('id')}")
        return Source(
            said["id"], said["address"], self._one_of(said["kind"], ("official", "third_party")), said.get("dated", ""),
            self._words(said["note"]) if "note" in said else None,
        )  # fmt: skip

    def _check(self, programme: Programme) -> None:
        """Whatever is named exists, and the lines of a rule rise."""
        named = {
            *(id for rule in programme.rules for id in rule.sources),
            *(id for stage in programme.stages.values() for id in stage.sources),
            *(id for reading in programme.readings for id in reading.sources),
        }
        if lacking := named - set(programme.sources):
            raise ProgrammeRefused(f"{self._name}: no such source: {', '.join(sorted(lacking))}")
        codes = set(programme.codes)
        for rule in programme.rules:
            lines = [*rule.lines, *([rule.few.line] if rule.few else [])]
            if lost := {line.stage for line in lines} - set(programme.stages):
                raise ProgrammeRefused(f"{self._name}: rule {rule.code}: no such stage: {', '.join(sorted(lost))}")
            other = rule.in_a_row[0] if rule.in_a_row else rule.unless
            if other and other not in codes:
                raise ProgrammeRefused(f"{self._name}: rule {rule.code}: no such rule: {other}")
            known = [line for line in rule.lines if line.is_known]
            limits = [line.share.part / line.share.whole if line.share else line.amount or 0 for line in known]
            if limits != sorted(limits):
                raise ProgrammeRefused(f"{self._name}: rule {rule.code}: the lines do not rise")
            try:
                read(rule.reading or {}, programme.default)
            except ReadingRefused as refused:
                raise ProgrammeRefused(f"{self._name}: rule {rule.code}: {refused}") from refused

    def _words(self, said: Any) -> Words:
        if (
            not isinstance(said, dict)
            or set(said) != {"ja", "en"}
            or not all(isinstance(text, str) and text for text in said.values())
        ):
            raise ProgrammeRefused(f"{self._name}: texts are {{ ja = …, en = … }}, not {said!r}")
        return dict(said)

    def _all_words(self, said: Any) -> tuple[Words, ...]:
        return tuple(self._words(one) for one in said)

    def _one_of(self, said: Any, known: Any) -> Any:
        if said not in known:
            raise ProgrammeRefused(f"{self._name}: {said!r} is none of {', '.join(known)}")
        return said

    def _only(self, said: Mapping[str, Any], known: str, where: str) -> None:
        if unknown := set(said) - set(known.split()):
            raise ProgrammeRefused(f"{self._name}: {where}: not known: {', '.join(sorted(unknown))}")
