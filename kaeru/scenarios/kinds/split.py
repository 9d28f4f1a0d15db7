"""Split 振り分け: customers are divided by chance in the proportions that the shop gives, to see which way does better.

Who goes where is decided by a stable hash of the customer and the step, never by dice: the same customer goes the same way
again, and a run can be repeated.
"""

from dataclasses import dataclass
from hashlib import blake2b

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.scenarios.fields import Field, Problem, Step, check_fields
from kaeru.scenarios.kinds.base import Arm, Compiler, Kind
from kaeru.scenarios.program import Facts, Jump, Op, Turn, op

LETTERS = ("a", "b", "c", "d")


def share(seed: int, key: str) -> float:
    """A stable number in [0, 1) for this customer at this step, evenly spread over customers."""
    digest = blake2b(f"{seed}/{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


@op
@dataclass(frozen=True, slots=True)
class Split(Op):
    """Go to one of `targets`, each with its weight's share of all customers."""

    name = "split"
    key: str
    weights: tuple[int, ...]
    targets: tuple[int, ...]

    def run(self, here: int, facts: Facts) -> Turn:
        """The customer's way."""
        left = share(facts.seed, self.key) * sum(self.weights)
        for number, weight in enumerate(self.weights):
            left -= weight
            if left < 0:
                return Turn(to=self.targets[number], outcome=LETTERS[number])
        return Turn(to=self.targets[-1], outcome=LETTERS[len(self.targets) - 1])

    def goes(self, here: int) -> tuple[int, ...]:
        """All of them."""
        return self.targets

    def needs(self) -> frozenset[str]:
        """The customer's seed."""
        return frozenset({"seed"})


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
        out.patch(at, Split(out.key(step), tuple(_weight(step, letter) for letter in chosen), tuple(targets)))
        for end in ends:
            out.patch(end, Jump(out.here))

    def says(self, step: Step, currency: str) -> str:
        """A 50 % / B 50 %."""
        shares = [f"{letter.upper()} {_weight(step, letter)}%" for letter in LETTERS if _weight(step, letter)]
        return _("Split") + " " + " / ".join(shares)


KIND = SplitKind()
