"""What a month teaches: findings, the weightiest first, each with the figures it stands on. Pure; nothing is said that the data do not carry.

A comparison speaks only where customers were held back by lot and the verdict stands at any look. Counts are called counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST = 4
"""Findings on one page: who reads five things changes none."""
GREW, GREW_BY = 1.5, 5
"""A reason is named when it came half as often again as in the month before, and by so many at least."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to do or to leave alone. `code` names the sentence (`report_words.FINDINGS`), `figures` are what it stands on."""

    code: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One scenario with the answer over 30 days (`answers.answer`)."""

    name: str
    answer: Mapping[str, Any]
    saves: int = 0
    """Minor units a month that leaving its coupon out saves, by what is proven; 0: nothing is proven against it."""


@dataclass(frozen=True, slots=True)
class Material:
    """All that findings are drawn from."""

    whole: Mapping[str, Any] | None
    """The shop's answer over 30 days; None while no window is over."""
    parts: Sequence[Part] = ()
    is_pulled_forward: bool = False
    stopped: bool = False
    """Coupons were stopped because cancelling was rewarded."""
    months_left: int | None = None
    """Until an effect of ten points would be proven, at the shop's pace."""
    reasons: Sequence[tuple[str, int, int]] = ()
    """Name, cancellations of the month, of the month before."""
    waiting: int = 0
    """Customers of the month whose 30 days are not over."""
    doubtful: Sequence[str] = ()
    """Forecasts whose chances were not right: penalty | no_show | refill."""


def findings(told: Material, most: int = MOST) -> list[Finding]:
    """At most so many, what costs money first. Never empty: a month in which nothing is proven says so."""
    found: list[Finding] = []
    if told.stopped:
        found.append(Finding("farming"))
    found += _parts(told.parts)
    if told.is_pulled_forward:
        found.append(Finding("pulled_forward"))
    found += _reasons(told.reasons)
    found += [Finding("forecast", {"what": what}) for what in told.doubtful]
    standing = _standing(told)
    return [*found[: most - 1], standing] if standing.code in ALWAYS else [standing, *found][:most]


ALWAYS = frozenset({"proven_before", "nothing_yet", "no_holdout", "not_yet", "proven", "not_yet_far"})
"""Where the whole stands; a broken comparison or a harm is said first instead."""


def _standing(told: Material) -> Finding:
    whole = told.whole
    if whole is None or not whole.get("units"):
        return Finding("nothing_yet", {"waiting": told.waiting})
    verdict = whole["verdict"]
    if verdict == "blocked":
        ratio = whole["ratio"]
        return Finding("blocked", {"treated": ratio["treated"], "promised": round(ratio["promised"])})
    if verdict == "no_holdout":
        return Finding("no_holdout", {"units": whole["units"]})
    figures = {name: whole[name] for name in ("units", "uplift", "low", "high", "needed")}
    if verdict == "not_yet" and told.months_left is not None:
        return Finding("not_yet", {**figures, "months": told.months_left})
    if verdict == "proven" and whole["low"] is not None and whole["low"] <= 0:
        return Finding("proven_before", figures)
    return Finding("not_yet_far" if verdict == "not_yet" else verdict, figures)


def _parts(parts: Sequence[Part]) -> list[Finding]:
    losing = sorted((part for part in parts if part.saves > 0), key=lambda part: -part.saves)
    found = [Finding("coupon_loses", {"name": part.name, "saves": part.saves}) for part in losing]
    named = {part.name for part in losing}
    for part in parts:
        answer = part.answer
        if part.name in named or answer.get("verdict") not in ("harmful", "blocked", "proven"):
            continue
        if answer["verdict"] == "blocked":
            found.append(Finding("part_blocked", {"name": part.name, "units": answer["units"]}))
            continue
        if answer["verdict"] == "proven" and answer["low"] is not None and answer["low"] <= 0:
            continue  # proven at an earlier look: how large it is, nobody knows by now
        figures = {name: answer[name] for name in ("uplift", "low", "high", "units")}
        found.append(Finding(f"part_{answer['verdict']}", {"name": part.name, **figures}))
    weight = {"part_blocked": 0, "part_harmful": 1, "coupon_loses": 2, "part_proven": 3}
    return sorted(found, key=lambda one: weight[one.code])


def _reasons(reasons: Sequence[tuple[str, int, int]]) -> list[Finding]:
    grown = [
        (now - before, Finding("reason_grew", {"name": name, "now": now, "before": before}))
        for name, now, before in reasons
        if before and now - before >= GREW_BY and now >= before * GREW
    ]
    return [finding for _, finding in sorted(grown, key=lambda one: -one[0])[:1]]
