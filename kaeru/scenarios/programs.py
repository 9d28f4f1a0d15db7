"""Published programs, kept in memory: a Revision is frozen, so it is read once."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from kaeru.scenarios.models import Revision
from kaeru.scenarios.steps import Branch, Give, Jump, Op, Say, Wait, from_json

MOST_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Program:
    """A program, and for each position what must be known before it can be decided."""

    ops: tuple[Op, ...]
    needs: tuple[frozenset[str], ...]


_kept: OrderedDict[int, Program] = OrderedDict()


def load(revision_ids: Iterable[int]) -> dict[int, Program]:
    """The programs of these revisions, with one query for those not in memory."""
    wanted = set(revision_ids)
    missing = wanted - _kept.keys()
    if missing:
        for revision_id, stored in Revision.objects.filter(id__in=missing).values_list("id", "program"):
            ops = from_json(stored)
            _kept[revision_id] = Program(ops, tuple(_needs(ops, step) for step in range(len(ops) + 1)))
    found = {revision_id: _kept[revision_id] for revision_id in wanted if revision_id in _kept}
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
    return found


def _needs(ops: tuple[Op, ...], step: int) -> frozenset[str]:
    """Facts that any way from `step` to the next wait may ask for: `consent`, `first_order`, `order_value`."""
    needs: set[str] = set()
    waiting, seen = [step], set()
    while waiting:
        at = waiting.pop()
        if at >= len(ops) or at in seen:
            continue
        seen.add(at)
        op = ops[at]
        match op:
            case Wait():
                continue
            case Jump():
                waiting.append(op.to)
                continue
            case Branch():
                waiting.append(op.otherwise)
                needs.add(op.on)
            case Give():
                needs.add("consent")
            case Say():
                if op.purpose == "advertisement":
                    needs.add("consent")
        waiting.append(at + 1)
    return frozenset(needs)
