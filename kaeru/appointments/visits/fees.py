"""キャンセル料の計算: what the salon's rule asks, what the law lets stand of it, and whether the rule was shown before. Pure.

Nothing is charged by Kaeru, ever. The bound is an estimate for the salon's own judgement, from its own figures.

Source: 消費者契約法 (Consumer Contract Act) article 9, paragraph 1, item 1: what a clause asks for a cancelled contract is void as far
as it is more than the average damage (平均的な損害) that cancellations of the same kind, for the same reason and at the same time,
do the trader; paragraph 2 (since June 2023): who asks for it, and is asked why, is to try to explain what it rests on. That a clause
must be part of the contract follows from 民法 (Civil Code) article 548-2 on standard terms.

Average damage of a freed slot: what would have been earned, less what is saved because nobody came, less what others paid for it:

    bound = price × (1 − spared share) × (1 − share of such slots that others took)

A slot that nobody knew to be free (a no-show) is taken by nobody, so its second factor is 1.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

What = Literal["cancelled", "no_show"]
LEAST_SLOTS = 20
"""Fewer freed slots than this say little about the next one; then the bound takes the careful value."""
CAREFUL_REFILL = 0.5
"""Of slots freed early enough to be offered, when the salon has no figures of its own. An assumption, shown as one."""


@dataclass(frozen=True, slots=True)
class FeeRule:
    """What the salon's rule asks; percents of the price."""

    late_hours: int = 24
    late_percent: int = 0
    no_show_percent: int = 0
    spared_percent: int = 20
    shown_since: datetime | None = None

    @property
    def asks_anything(self) -> bool:
        """Whether there is a rule at all."""
        return bool(self.late_percent or self.no_show_percent)


@dataclass(frozen=True, slots=True)
class Case:
    """One visit that did not take place. Money in the shop's minor units."""

    what: What
    price: int
    starts_at: datetime
    ended_at: datetime
    """When it was cancelled; of a no-show its start."""
    made_at: datetime
    is_online: bool
    """The client booked alone, on pages and in LINE that show the rule."""


@dataclass(frozen=True, slots=True)
class Refilled:
    """The salon's own freed slots with as much notice as this one: how many, and how many others took."""

    freed: int = 0
    taken: int = 0

    @property
    def is_enough(self) -> bool:
        """Whether the share means something."""
        return self.freed >= LEAST_SLOTS

    @property
    def share(self) -> float:
        """Of freed slots that others took; the careful value while too few are known."""
        return self.taken / self.freed if self.is_enough else CAREFUL_REFILL


@dataclass(frozen=True, slots=True)
class Fee:
    """What can be asked, and why no more. Minor units."""

    by_rule: int
    """What the salon's rule says."""
    bound: int
    """The average damage, as far as it can be estimated."""
    most: int
    """The smaller of the two; 0 when the rule was not part of the contract."""
    why: str
    """no_rule | in_time | not_shown | not_known (nobody can say whether it was shown) | over_bound | within"""
    is_assumed: bool
    """The share of slots that others took is an assumption, not the salon's own figure."""


def fee(case: Case, rule: FeeRule, refilled: Refilled) -> Fee:
    """What the rule asks for this visit, its bound, and what stands of it. Yen are cut, never rounded up."""
    is_late = case.starts_at - case.ended_at < timedelta(hours=rule.late_hours)
    percent = rule.no_show_percent if case.what == "no_show" else rule.late_percent if is_late else 0
    by_rule = case.price * min(percent, 100) // 100
    others = 0.0 if case.what == "no_show" else refilled.share
    bound = int(case.price * (100 - min(rule.spared_percent, 100)) / 100 * (1 - others) + 1e-6)
    is_assumed = case.what == "cancelled" and not refilled.is_enough
    if not rule.asks_anything or (percent == 0 and case.what == "no_show"):
        return Fee(by_rule, bound, 0, "no_rule", is_assumed)
    if percent == 0:
        return Fee(by_rule, bound, 0, "in_time" if not is_late else "no_rule", is_assumed)
    if rule.shown_since is None or case.made_at < rule.shown_since:
        return Fee(by_rule, bound, 0, "not_shown", is_assumed)
    if not case.is_online:
        return Fee(by_rule, bound, min(by_rule, bound), "not_known", is_assumed)
    return Fee(by_rule, bound, min(by_rule, bound), "over_bound" if by_rule > bound else "within", is_assumed)
