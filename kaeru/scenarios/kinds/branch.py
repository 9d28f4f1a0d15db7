"""Branch 分岐: one way for those to whom a condition applies, another for the rest."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as lazy

from kaeru.audiences.rules import Condition, holds, needs, parse
from kaeru.scenarios.fields import Field, Step
from kaeru.scenarios.kinds.base import Arm, Compiler, Kind
from kaeru.scenarios.program import Facts, Op, Turn, op


@op
@dataclass(frozen=True, slots=True)
class Branch(Op):
    """Go on if the condition holds, else at `otherwise`."""

    name = "branch"
    condition: Condition
    otherwise: int

    def run(self, here: int, facts: Facts) -> Turn:
        """One of the two ways."""
        is_so = holds(self.condition, dict(facts.values))
        return Turn(to=None if is_so else self.otherwise, outcome="then" if is_so else "else")

    def goes(self, here: int) -> tuple[int, ...]:
        """Both."""
        return (here + 1, self.otherwise)

    def needs(self) -> frozenset[str]:
        """The condition's values."""
        return frozenset(f"value:{key}" for key in needs(self.condition))


class BranchKind(Kind):
    """The step."""

    name = "branch"
    label = lazy("Branch")
    hint = lazy("Goes one way for those to whom a condition applies, and another for the rest.")
    mark = "branch"
    fields = (
        Field(
            "if", "condition", lazy("The condition"), {"field": "order.value", "op": "at_least", "value": 10000}
        ),
    )  # fmt: skip

    def arms(self, step: Step) -> tuple[Arm, ...]:
        """Two."""
        return Arm("then", lazy("If so")), Arm("else", lazy("If not"))

    def compile(self, step: Step, out: Compiler) -> None:
        """Branch, one way, jump over the other, the other."""
        condition = parse(step["if"])
        out.fork(lambda otherwise: Branch(condition, otherwise), step.get("then", []), step.get("else", []))

    def says(self, step: Step, currency: str) -> str:
        """The condition in words; what shops call their own choices is said where the shop is known."""
        return describe_for(step.get("if"), _Anywhere(currency)) or str(self.label)


class _Anywhere(NamedTuple):
    """A shop of which only the currency is known."""

    currency: str
    id: int = 0


def describe_for(told: Any, shop: Any) -> str:
    """A step's condition in words, for a shop; empty when it cannot be read."""
    from kaeru.audiences.wording import describe

    try:
        return describe(parse(told), shop)
    except ValueError:
        return ""


KIND = BranchKind()
