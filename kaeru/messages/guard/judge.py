"""Judging a text: which rules it breaks, where, why, and what to write instead. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from kaeru.messages.guard import book
from kaeru.messages.guard.checks import CHECKS
from kaeru.messages.guard.page import Page, compiled
from kaeru.messages.guard.text import Find, Finding, Hit, Rule, Severity, Text

LONGEST_EXCERPT = 80
MOST_HITS = 3
"""Findings of one rule in one text; more say nothing new."""


def judge(text: Text, on: date, language: str = "ja", *, is_absolute: bool | None = None) -> tuple[Finding, ...]:
    """What is wrong with the text by the rules of that day, those that block first.

    `language` is that of the explanations. `is_absolute` asks only the rules that nobody may overrule (True), or only the others.
    """
    day, page = on.isoformat(), Page(text)
    found: list[Finding] = []
    for rule in book.rules():
        if rule.counts_on(day) and is_absolute in (None, rule.is_absolute) and _is_about(rule, text):
            found += _findings(rule, page, language)
    return tuple(sorted(found, key=lambda one: one.severity is Severity.WARN))


def verdict(findings: Iterable[Finding]) -> str:
    """What follows from the findings: block | warn | pass."""
    severities = {one.severity for one in findings}
    return "block" if Severity.BLOCK in severities else "warn" if severities else "pass"


def _is_about(rule: Rule, text: Text) -> bool:
    return (not rule.kinds or text.kind in rule.kinds) and (not rule.channels or text.channel in rule.channels)


def _findings(rule: Rule, page: Page, language: str) -> Iterator[Finding]:
    told: set[str] = set()
    for hit in _hits(rule, page):
        excerpt = _excerpt(page, hit)
        if excerpt in told or len(told) == MOST_HITS:
            continue
        told.add(excerpt)
        yield Finding(
            rule=rule.id,
            severity=hit.severity or rule.severity,
            excerpt=excerpt,
            why=rule.why[language],
            source=rule.source,
            better=rule.better[language],
            place=page.place(hit.start) if hit.end else "body",
            title=rule.title[language],
            is_absolute=rule.is_absolute,
        )


def _excerpt(page: Page, hit: Hit) -> str:
    said = " ".join(page.whole[hit.start : hit.end].split())
    return said if len(said) <= LONGEST_EXCERPT else said[: LONGEST_EXCERPT - 1] + "…"


def _hits(rule: Rule, page: Page) -> Iterator[Hit]:
    if rule.check:
        yield from CHECKS[rule.check](page, rule)
    for find in rule.finds:
        if find.language in page.languages and _may_count(find, page) and all(page.has(source) for source in find.all):
            yield from _places(find, page)


def _may_count(find: Find, page: Page) -> bool:
    match find.when:
        case "side_shop":
            return page.text.side == "shop"
        case "shop_side":
            return page.is_shop_side
    return True


def _places(find: Find, page: Page) -> Iterator[Hit]:
    if find.scope == "text":
        for found in compiled(find.all[0]).finditer(page.normal.text):
            if not any(page.has(source) for source in find.none):
                yield Hit(*page.normal.span(found.start(), found.end()), find.severity)
        return
    said = page.said
    first, *others = (compiled(source) for source in find.all)
    harmless = [compiled(source) for source in find.none]
    for at, clause in enumerate(said):
        if first.search(clause) is None or any(one.search(clause) for one in harmless):
            continue
        near = [
            at,
            *(other for step in range(1, find.span) for other in (at + step, at - step) if 0 <= other < len(said)),
        ]
        usable = [one for one in near if one == at or not any(bad.search(said[one]) for bad in harmless)]
        places = [_place_of(other, usable, said) for other in others]
        if None not in places:
            yield _hit(page, [at, *(place for place in places if place is not None)], find.severity)


def _place_of(wanted: re.Pattern[str], places: Sequence[int], said: Sequence[str]) -> int | None:
    return next((place for place in places if wanted.search(said[place])), None)


def _hit(page: Page, clauses: Sequence[int], severity: Severity | None) -> Hit:
    start, end = page.clauses[min(clauses)][0], page.clauses[max(clauses)][1]
    return Hit(*page.normal.span(start, end), severity)
