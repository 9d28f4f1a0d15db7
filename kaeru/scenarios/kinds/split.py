"""Split 振り分け: customers are divided by chance in the proportions that the shop gives, to see which way does better.

Who goes where is decided by a stable hash of the customer and the step, never by dice: the same customer goes the same way
again, and a run can be repeated.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.core import ids, sql
from kaeru.scenarios.fields import Field, Problem, Step, check_fields
from kaeru.scenarios.kinds.base import Arm, Compiler, Kind
from kaeru.scenarios.program import Effect, Facts, Jump, Op, Turn, op

_COLUMNS = ("id", "organization_id", "shop_id", "customer_id", "enrollment_id", "key", "way", "shares", "at")
LETTERS = ("a", "b", "c", "d")


def share(seed: int, key: str) -> float:
    """A stable number in [0, 1) for this customer at this step, evenly spread over customers."""
    digest = blake2b(f"{seed}/{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


@dataclass(frozen=True, slots=True)
class Chosen(Effect):
    """A way that a learning split chose, kept with the probability of each."""

    kind = "split"
    key: str
    way: str
    shares: tuple[float, ...]

    @classmethod
    def write(cls, told: Sequence[tuple[Any, Sequence[Any]]], moment: datetime) -> None:
        """One row for each customer."""
        at = sql.moment(moment)
        rows: list[tuple[Any, ...]] = []
        for one, claimed in told:
            shares = json.dumps(one.shares)
            rows += [
                (key, row.organization_id, row.shop_id, row.customer_id, row.id, one.key, one.way, shares, at)
                for key, row in zip(ids.new_ids(len(claimed)), claimed, strict=True)
            ]
        sql.insert_many("scenarios_splitchoice", _COLUMNS, rows)


@op
@dataclass(frozen=True, slots=True)
class Split(Op):
    """Go to one of `targets`, each with its weight's share of all customers."""

    name = "split"
    key: str
    weights: tuple[int, ...]
    targets: tuple[int, ...]
    learns: bool = False
    """The shares follow what the ways earn (`learning`); these are those of the beginning."""

    def run(self, here: int, facts: Facts) -> Turn:
        """The customer's way; of a learning split with the probabilities that led to it."""
        shares = dict(facts.shares).get(self.key, ()) if self.learns else ()
        known: tuple[float, ...] = shares if len(shares) == len(self.targets) else self.weights
        number = self._falls(facts.seed, known)
        effect = (
            Chosen(self.key, LETTERS[number], tuple(known if known is shares else self.usual()))
            if self.learns
            else None
        )
        return Turn(to=self.targets[number], outcome=LETTERS[number], effect=effect)

    def run_held(self, here: int, facts: Facts) -> Turn:
        """Some way, as nothing happens on it; it is no choice that teaches anything."""
        number = self._falls(facts.seed, self.weights)
        return Turn(to=self.targets[number], outcome=LETTERS[number])

    def usual(self) -> list[float]:
        """The shares of the beginning, parts of one."""
        return [weight / sum(self.weights) for weight in self.weights]

    def _falls(self, seed: int, weights: tuple[float, ...]) -> int:
        left = share(seed, self.key) * sum(weights)
        for number, weight in enumerate(weights):
            left -= weight
            if left < 0:
                return number
        return len(weights) - 1

    def goes(self, here: int) -> tuple[int, ...]:
        """All of them."""
        return self.targets

    def needs(self) -> frozenset[str]:
        """The customer's seed, and what a learning split knows."""
        return frozenset({"seed", f"learn:{self.key}"} if self.learns else {"seed"})


def _weight(step: Step, letter: str) -> int:
    value = step.get(f"weight_{letter}")
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


class SplitKind(Kind):
    """The step."""

    name = "split"
    label = lazy("Split (A/B)")
    hint = lazy("Divides customers by chance, to compare two to four ways.")
    mark = "split"
    fields = (
        Field(
            "mode",
            "choice",
            lazy("How customers are divided"),
            "",
            choices=(("", lazy("by fixed shares")), ("learn", lazy("it learns which way earns most, after coupons"))),
            hint=lazy("Learning begins with the shares below and looks every hour; each way keeps 1% at least."),
        ),
        Field("weight_a", "whole", lazy("Share of A"), 50, 0, 100, unit="%"),
        Field("weight_b", "whole", lazy("Share of B"), 50, 0, 100, unit="%"),
        Field("weight_c", "whole", lazy("Share of C"), 0, 0, 100, unit="%"),
        Field("weight_d", "whole", lazy("Share of D"), 0, 0, 100, unit="%"),
    )

    def arms(self, step: Step) -> tuple[Arm, ...]:
        """Those that have a share or steps, two at least."""
        chosen = [letter for letter in LETTERS if letter in "ab" or _weight(step, letter) or step.get(letter)]
        return tuple(Arm(letter, letter.upper()) for letter in chosen)

    def check(self, step: Step, path: str) -> list[Problem]:
        """The fields, and that the shares are all of 100 %."""
        problems = check_fields(self.fields, step, path)
        if not problems and sum(_weight(step, letter) for letter in LETTERS) != 100:
            problems.append(Problem(f"{path}.weight_a", "bad_weights", _("The shares must add up to 100%.")))
        return problems

    def compile(self, step: Step, out: Compiler) -> None:
        """Split, then each way with a jump to the end."""
        chosen = [arm.name for arm in self.arms(step) if _weight(step, arm.name)]
        at = out.emit(Jump(out.here + 1))
        targets, ends = [], []
        for letter in chosen:
            targets.append(out.here)
            out.steps(step.get(letter, []))
            ends.append(out.emit(Jump(out.here + 1)))
        out.patch(
            at,
            Split(
                out.key(step),
                tuple(_weight(step, letter) for letter in chosen),
                tuple(targets),
                step.get("mode") == "learn",
            ),
        )
        for end in ends:
            out.patch(end, Jump(out.here))

    def says(self, step: Step, currency: str) -> str:
        """A 50 % / B 50 %."""
        shares = [f"{letter.upper()} {_weight(step, letter)}%" for letter in LETTERS if _weight(step, letter)]
        told = _("Learning split") if step.get("mode") == "learn" else _("Split")
        return f"{told} {' / '.join(shares)}"


KIND = SplitKind()
