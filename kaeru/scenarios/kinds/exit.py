"""End 終了: the scenario ends here."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as lazy

from kaeru.scenarios.fields import Step
from kaeru.scenarios.kinds.base import Compiler, Kind
from kaeru.scenarios.program import Facts, Op, Turn, op


@op
@dataclass(frozen=True, slots=True)
class Exit(Op):
    """The scenario ends."""

    name = "exit"

    def run(self, here: int, facts: Facts) -> Turn:
        """End."""
        return Turn(end="exit", outcome="ended", reason="exit")

    def goes(self, here: int) -> tuple[int, ...]:
        """Nowhere."""
        return ()


class ExitKind(Kind):
    """The step."""

    name = "exit"
    label = lazy("End")
    hint = lazy("Nothing more follows on this way.")
    mark = "exit"

    def compile(self, step: Step, out: Compiler) -> None:
        """One end."""
        out.emit(Exit())

    def ends(self, step: Step) -> bool:
        """Always."""
        return True


KIND = ExitKind()
