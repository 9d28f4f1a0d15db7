"""What every step kind says about itself. A new kind is one file in this folder and one test; nothing else names it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as lazy

from kaeru.scenarios.fields import Field, Problem, Said, Step, check_fields
from kaeru.scenarios.program import Jump, Op

Steps = Sequence[Step]


@dataclass(frozen=True, slots=True)
class Arm:
    """A way on inside a step: a list of steps under the key `name`."""

    name: str
    label: Said


class Compiler:
    """Writes the program of a flow, and remembers which step each operation came from."""

    def __init__(self, publish: Callable[[str, str, Mapping[str, Any]], int], name: str = "") -> None:
        self.ops: list[Op] = []
        self.places: list[str] = []
        self.publish = publish
        """(channel, purpose, texts) -> id of the template that keeps them for good."""
        self.step_id = ""
        self._name = name

    def key(self, step: Step) -> str:
        """A name for the step that no other scenario has: for its budget, and for its customers' chance."""
        return f"{self._name}:{step['id']}"

    @property
    def here(self) -> int:
        """The position of the next operation."""
        return len(self.ops)

    def emit(self, op: Op) -> int:
        """Add an operation; returns its position, for `patch` once a jump's target is known."""
        self.ops.append(op)
        self.places.append(self.step_id)
        return len(self.ops) - 1

    def patch(self, position: int, op: Op) -> None:
        """Replace an operation that was added before its target was known."""
        self.ops[position] = op

    def fork(self, ask: Callable[[int], Op], then: Steps, otherwise: Steps) -> int:
        """Add an operation that goes on with `then` or jumps to `otherwise`, and both ways; returns where `otherwise` begins,
        which is what `ask` makes the operation of.
        """
        at = self.emit(Jump(self.here + 1))  # its place; filled in once the target is known
        self.steps(then)
        end_of_then = self.emit(Jump(self.here + 1))
        target = self.here
        self.patch(at, ask(target))
        self.steps(otherwise)
        self.patch(end_of_then, Jump(self.here))
        return target

    def steps(self, steps: Steps) -> None:
        """Add a list of steps."""
        from kaeru.scenarios.kinds import kind

        for step in steps:
            before, self.step_id = self.step_id, str(step.get("id", ""))
            kind(step["kind"]).compile(step, self)
            self.step_id = before


class Kind(ABC):
    """A kind of step. Subclasses fill in what they have; see `wait.py` for a small one."""

    name: ClassVar[str]
    label: ClassVar[Said]
    hint: ClassVar[Said]
    """One sentence: what it does for the shop."""
    mark: ClassVar[str] = "exit"
    """The icon's name."""
    fields: ClassVar[tuple[Field, ...]] = ()

    def arms(self, step: Step) -> tuple[Arm, ...]:
        """Lists of steps inside this one."""
        return ()

    def new(self) -> dict[str, Any]:
        """A fresh step, as the editor adds it."""
        return {
            "kind": self.name,
            **{f.name: _copy(f.default) for f in self.fields if f.default is not None},
            **{arm.name: [] for arm in self.arms({f.name: f.default for f in self.fields})},
        }

    def check(self, step: Step, path: str) -> list[Problem]:
        """What keeps the step from being published, the steps inside it left out."""
        return check_fields(self.fields, step, path)

    @abstractmethod
    def compile(self, step: Step, out: Compiler) -> None:
        """Add the step's operations, and those of the steps inside it."""

    def wants(self, step: Step) -> frozenset[str]:
        """Capabilities that a mall must have for the step to come to anything (`connectors.base.Capabilities`)."""
        return frozenset()

    def says(self, step: Step, currency: str) -> str:
        """The step in a few words, in the reader's language."""
        return str(self.label)

    def lasts(self, step: Step) -> timedelta | None:
        """How long one rests here at most, for the map; None: not at all."""
        return None

    def ends(self, step: Step) -> bool:
        """Whether nothing that stands after this step is ever reached, its arms left out."""
        return False


def comparison_field(
    usual: Said, other: tuple[str, Said], shown_if: tuple[str, tuple[str, ...]] | None = None
) -> Field:
    """What the step means for those held back for comparison: the usual for its kind (empty), or the other way."""
    return Field(
        "comparison", "choice", lazy("Customers held back for comparison"), "", choices=(("", usual), other), shown_if=shown_if,
    )  # fmt: skip


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value
