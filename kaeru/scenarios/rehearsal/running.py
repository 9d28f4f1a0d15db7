"""Puts a rehearsal together: the scenario, its past, its answer."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from kaeru.audiences.rules import needs
from kaeru.core import clock, sql
from kaeru.scenarios import assigning
from kaeru.scenarios.flow import compile_flow, program_of, walk
from kaeru.scenarios.holdout import Draw, usual_setting
from kaeru.scenarios.kinds.message import names_coupon
from kaeru.scenarios.models import Scenario
from kaeru.scenarios.program import to_json
from kaeru.scenarios.rehearsal import history
from kaeru.scenarios.rehearsal.answer import Difference, Rehearsal, compare
from kaeru.scenarios.rehearsal.simulation import Progress, Simulation
from kaeru.scenarios.rehearsal.stage import Assumptions, Case, Plan
from kaeru.tenants.models import Shop

MOST_DAYS = 366
MOST_SHOWN = 1000
"""People whose happenings are listed, where nobody says otherwise."""


class NotRehearsable(Exception):
    """The past does not hold what would start this scenario; `message` says so in the reader's language."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is rehearsed: a checked flow, as a scenario of the shop or as a file by itself."""

    flow: Mapping[str, Any]
    scenario: Scenario | None = None
    reason_id: int | None = None
    """Only cancellations with this reason; None: with any."""
    holdout: str | None = None
    """Of a file: who is held back for comparison; None: as in every new scenario."""

    def plan(self) -> Plan:
        """The program that the flow would have, with what the answer needs to know of its messages."""
        texts: list[Mapping[str, Any]] = []

        def keep(channel: str, purpose: str, said: Mapping[str, Any]) -> int:
            texts.append(said)
            return len(texts)

        out = compile_flow(self.flow, keep, str(self.scenario.id) if self.scenario else "")
        return Plan(
            program=program_of(self.flow, to_json(out.ops), out.places),
            goal=str(self.flow.get("goal") or ""),
            trigger=str(self.flow["trigger"]),
            steps={str(place.step.get("id")): place.step for place in walk(self.flow["steps"])},
            naming_coupon=frozenset(number for number, said in enumerate(texts, 1) if names_coupon(said)),
            texts={number: hash(repr(said)) for number, said in enumerate(texts, 1)},
        )


def rehearse(
    shop: Shop,
    candidate: Candidate,
    *,
    days: int = 90,
    assumptions: Assumptions | None = None,
    most_shown: int = MOST_SHOWN,
    watch: Collection[int] | None = None,
    tell: Progress | None = None,
) -> Rehearsal:
    """What the candidate would have done with the cancellations of the last `days` days. Writes nothing.

    `watch`: cancellations whose happenings are listed; None: those of the first `most_shown`. `tell` hears the share
    that is done, 0 to 1. Raises NotRehearsable.
    """
    begun = time.monotonic()
    if not 1 <= days <= MOST_DAYS:
        raise NotRehearsable(_("A rehearsal takes 1 to %(most)d days.") % {"most": MOST_DAYS})
    plan = candidate.plan()
    if plan.trigger not in history.STARTS:
        raise NotRehearsable(
            _(
                "Only scenarios that start with a cancellation can be rehearsed: delays and your own events are not kept."
            )
        )
    until = clock.now()
    answer = Rehearsal(until - timedelta(days=days), until, shop.currency)
    with reading():
        before = history.before(shop, plan.trigger, candidate.scenario)
        asked = _asked(plan, candidate, answer, [when for _reason, when in before if when is not None])
        known = history.cases(shop, asked)
        draw = _draw(candidate, known) if plan.program.holds() else None
        ground = replace(history.ground(shop, asked, candidate.scenario), before=tuple(before), draw=draw)
    answer.considered = len(known)
    if tell is not None:
        tell(0.0)

    def is_shown(case: Case, place: int) -> bool:
        if watch is not None:
            return case.id in watch
        return place in answer.cases or len(answer.cases) < most_shown

    Simulation(plan, ground, assumptions or Assumptions(), answer, is_shown).run(known, tell)
    answer.rows.sort(key=lambda row: (row.case, row.at, row.what == "end"))  # one person after the other
    answer.seconds = time.monotonic() - begun
    return answer


def rehearse_both(
    shop: Shop,
    first: Candidate,
    second: Candidate,
    *,
    days: int = 90,
    assumptions: Assumptions | None = None,
    most_shown: int = MOST_SHOWN,
    tell: Progress | None = None,
) -> tuple[Rehearsal, Rehearsal, Difference]:
    """Two candidates over the same past; the people listed are those for whom they differ. Raises NotRehearsable."""

    def run(one: Candidate, part: int, watch: Collection[int] | None, parts: int) -> Rehearsal:
        def told(share: float) -> None:
            if tell is not None:
                tell((part + share) / parts)

        return rehearse(
            shop, one, days=days, assumptions=assumptions, most_shown=most_shown, watch=watch, tell=told
        )  # fmt: skip

    ours, theirs = run(first, 0, None, 2), run(second, 1, None, 2)
    found = compare(ours, theirs)
    wanted = set(sorted(found.differing)[:most_shown])
    shown = {case.id for case in ours.cases.values()} & {case.id for case in theirs.cases.values()}
    if not wanted <= shown:
        ours, theirs = run(first, 2, wanted, 4), run(second, 3, wanted, 4)
    else:
        ours.keep_only(wanted)
        theirs.keep_only(wanted)
    return ours, theirs, found


def _draw(candidate: Candidate, known: Sequence[Case]) -> Draw:
    """Who would be held back: those who have a side in the scenario keep it."""
    one = candidate.scenario
    if one is None:
        return Draw("", "", usual_setting() if candidate.holdout is None else candidate.holdout)
    people = {case.customer_id for case in known if case.customer_id is not None}
    return assigning.draw_of(one.id, one.salt, one.holdout, people)


def _asked(plan: Plan, candidate: Candidate, answer: Rehearsal, others: list[Any]) -> history.Asked:
    program = plan.program
    wanted = {need for step in program.needs for need in step}
    keys = {need.removeprefix("value:") for need in wanted if need.startswith("value:")}
    for condition in (program.when, *others):
        if condition is not None:
            keys |= needs(condition)
    return history.Asked(
        plan.trigger, answer.start, answer.until, frozenset(keys), "phone" in wanted, candidate.reason_id
    )


@contextmanager
def reading() -> Iterator[None]:
    """One state of the database, and nothing may be written: a slip would raise. Holds up no writer.

    Inside of a transaction that is open already it is just that transaction.
    """
    if connection.in_atomic_block:
        yield
    elif sql.is_postgres():
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:  # not in a transaction: on SQLite each begins as a writer
        with _query_only():
            yield


@contextmanager
def _query_only() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = OFF")
