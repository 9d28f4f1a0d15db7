"""Who is on the way through an earlier revision moves to a newer one: where to, decided for each resting place. Pure.

A person rests after a step. In the new revision they rest after the same step. When that step is gone, they go on with the next
one of the old order that is still there; when none is, they end. Nobody goes through a step twice that kept its id: if one that
may be behind them would come again, they go on after it instead, even if that passes over a new step.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kaeru.scenarios.fields import Step
from kaeru.scenarios.flow import arms_of
from kaeru.scenarios.kinds.await_event import Await
from kaeru.scenarios.kinds.call import CLOSED, Call
from kaeru.scenarios.program import Op, Program

SAME, NEXT, PASSED, OUT = "same", "next", "passed", "out"
"""How somebody moves: after the same step · on with the next one still there · beyond steps they may have had · to the end."""


@dataclass(frozen=True, slots=True)
class Landing:
    """Where one resting place leads."""

    step: int
    """Position in the new program."""
    way: str
    """SAME | NEXT | PASSED | OUT"""
    after: str = ""
    """Id of the step that they rest at, or rested at in the old revision."""
    then: str = ""
    """Id of the step that comes next; empty: the end."""
    awaiting: str = ""
    """What they listen for there."""
    keeps_call: bool = False
    """A call that is on the list stays there."""
    is_new_rest: bool = False
    """The rest itself was changed: it may be counted again from its beginning."""

    @property
    def is_out(self) -> bool:
        """They end: nothing of what was to come is left."""
        return self.way == OUT


@dataclass(frozen=True, slots=True)
class _Spot:
    """A step in the tree: its list, its place there, and the step whose way the list is."""

    step: Step
    siblings: Sequence[Step]
    index: int
    parent: str


class Tree:
    """A flow with what was made of it: where each step stands, and where its operations are."""

    def __init__(self, steps: Sequence[Step], places: Sequence[str], length: int) -> None:
        self.spots = dict(_spots(steps, ""))
        self.places, self.length = tuple(places[:length]), length
        self._own: dict[str, list[int]] = {}
        for position, key in enumerate(self.places):
            self._own.setdefault(key, []).append(position)

    def own(self, key: str) -> list[int]:
        """Positions of the step's own operations, those of the steps inside it left out."""
        return self._own.get(key, [])

    def below(self, key: str) -> frozenset[str]:
        """The step and all inside it."""
        spot = self.spots[key]
        return frozenset({key, *(inner for inner, _spot in _spots_inside(spot.step))})

    def begin(self, key: str) -> int:
        """Position of its first operation."""
        return min(position for inner in self.below(key) for position in self.own(inner))

    def end(self, key: str) -> int:
        """Position after its last one, the steps inside it included."""
        return 1 + max(position for inner in self.below(key) for position in self.own(inner))

    def above(self, key: str) -> list[str]:
        """The steps that it stands in, the innermost first."""
        found = []
        while key := self.spots[key].parent:
            found.append(key)
        return found

    def following(self, key: str) -> Iterator[str]:
        """The steps that come after it when it is done: its list's, then those after what it stands in."""
        while key:
            spot = self.spots[key]
            for sibling in spot.siblings[spot.index + 1 :]:
                yield str(sibling["id"])
            key = spot.parent

    def inside_and_after(self, key: str) -> list[str]:
        """What may still come for who rests at the step: what is inside it, then what follows, in reading order."""
        found = [inner for inner, _spot in _spots_inside(self.spots[key].step)]
        for other in self.following(key):
            found += [other, *(inner for inner, _spot in _spots_inside(self.spots[other].step))]
        return found


def tree_of(flow: Mapping[str, Any], program: Program) -> Tree:
    """The tree of a revision. Raises ValueError when flow and program are not of one piece."""
    tree = Tree(flow.get("steps", []), program.places, len(program.ops))
    if not set(tree.places) <= tree.spots.keys():
        raise ValueError("the program has steps that the flow does not have")
    return tree


def _spots(steps: Sequence[Step], parent: str) -> Iterator[tuple[str, _Spot]]:
    for index, step in enumerate(steps):
        yield str(step["id"]), _Spot(step, steps, index, parent)
        yield from _spots_inside(step)


def _spots_inside(step: Step) -> Iterator[tuple[str, _Spot]]:
    for arm in arms_of(step):
        yield from _spots(step.get(arm.name, []), str(step["id"]))


def behind(tree: Tree, program: Program, step: int) -> frozenset[str]:
    """Steps that somebody who rests at this position may have been through, the one they rest at included.

    What the log says of each person is not asked: what stands before, on any way that leads here, counts as done.
    """
    if step == 0:
        return frozenset()
    resting = tree.places[step - 1]
    path = [resting, *tree.above(resting)]
    done = set(path)
    for key in path:
        spot = tree.spots[key]
        for sibling in spot.siblings[: spot.index]:
            done |= tree.below(str(sibling["id"]))
    # inside the step where they rest (a call, an await) nothing was done yet: its ways begin after the rest
    return frozenset(done)


def land(old: tuple[Tree, Program], new: tuple[Tree, Program], step: int) -> Landing:
    """Where somebody who rests at this position of the old program rests in the new one."""
    (before, was), (after, now) = old, new
    if step == 0:
        return Landing(0, SAME, "", after.places[0] if after.length else "")
    resting = before.places[step - 1]
    done = behind(before, was, step)
    candidates = list(_candidates(before, after, was, now, step))
    for number, (position, way, comes) in enumerate(candidates):
        if comes & done:
            continue
        if position == after.length and resting not in after.spots:
            break
        is_same = way == SAME
        old_op, new_op = was.ops[step - 1], now.ops[position - 1] if position else None
        return Landing(
            position,
            way if number == 0 else PASSED,
            resting,
            _next_step(after, now, position),
            _listens(new_op) if is_same else "",
            is_same and isinstance(old_op, Call) and isinstance(new_op, Call),
            is_same and old_op != new_op,
        )
    return Landing(after.length, OUT, resting)


def _next_step(tree: Tree, program: Program, position: int) -> str:
    """The step that comes at this position, jumps followed; empty: the end."""
    while position < tree.length and program.ops[position].name == "jump":
        position = program.ops[position].goes(position)[0]
    return tree.places[position] if position < tree.length else ""


def _listens(op: Op | None) -> str:
    return op.event if isinstance(op, Await) else CLOSED if isinstance(op, Call) else ""


def _candidates(
    before: Tree, after: Tree, was: Program, now: Program, step: int
) -> Iterator[tuple[int, str, frozenset[str]]]:
    """Positions to rest at, the best first: (position, how, ids of the steps that may come from there)."""
    resting = before.places[step - 1]
    start = resting
    if resting in after.spots:
        position = _same_rest(before, after, was, now, step)
        if position is not None:
            yield position, SAME, frozenset(after.inside_and_after(resting))
    else:
        found = next((key for key in before.inside_and_after(resting) if key in after.spots), None)
        if found is None:
            return
        start = _door(found, after, frozenset(before.above(resting)))
        yield after.begin(start), NEXT, frozenset({start, *after.inside_and_after(start)})
    at = start
    while at:
        yield after.end(at), NEXT, _after(after, at)
        spot = after.spots[at]
        rest = spot.siblings[spot.index + 1 :]
        at = str(rest[0]["id"]) if rest else spot.parent
    yield after.length, NEXT, frozenset()


def _after(tree: Tree, key: str) -> frozenset[str]:
    return frozenset(inner for other in tree.following(key) for inner in tree.below(other))


def _same_rest(before: Tree, after: Tree, was: Program, now: Program, step: int) -> int | None:
    """The position after the same operation of the same step; None when the step is of another kind now."""
    resting = before.places[step - 1]
    number = before.own(resting).index(step - 1)
    same = after.own(resting)
    if number >= len(same):
        return None
    old_op, new_op = was.ops[step - 1], now.ops[same[number]]
    is_like = type(old_op) is type(new_op) or (was_wait(old_op) and was_wait(new_op))
    return same[number] + 1 if is_like else None


def was_wait(op: Op) -> bool:
    """A rest that nothing but time ends; one kind of it may become another."""
    return op.name in ("wait", "until", "until_open")


def _door(key: str, after: Tree, known: frozenset[str]) -> str:
    """Where one comes to the step: the outermost new way around it, so that its condition is asked first."""
    door = key
    for outer in after.above(key):
        if outer in known:
            break
        door = outer
    return door
