"""Sixty days of a group of worlds: the clock moves from moment to moment, deeds and passes take turns, processes are killed."""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from kaeru.channels.base import Letter
from kaeru.core import pause, sql
from kaeru.core.passes import Pass
from kaeru.worker import registry
from tests.simulation import deeds, ground, owners, reader
from tests.simulation.chance import Chance, seeded
from tests.simulation.deeds import DEEDS, Act
from tests.simulation.host import Host
from tests.simulation.outside import Outside, standing
from tests.simulation.quick import quick
from tests.simulation.remembered import remembered
from tests.simulation.witness import Enough, Witness, ask, moment
from tests.simulation.world import World, begin

TOGETHER = 500
"""Worlds in a group."""
STARTS = tuple(
    datetime(*day, tzinfo=UTC)
    for day in (
        (2026, 10, 1, 3), (2027, 1, 31, 1), (2027, 3, 1, 0), (2027, 12, 31, 12), (2028, 1, 29, 15), (2028, 2, 28, 20), (2027, 9, 20, 6),
    )
)  # fmt: skip
"""Before changes of clocks, the ends of months and years, and 29 February."""
_GOING = (
    "NOT EXISTS (SELECT 1 FROM core_pause) AND shop_id IN (SELECT s.id FROM tenants_shop s JOIN tenants_organization o "
    "ON o.id = s.organization_id WHERE NOT s.is_paused AND NOT o.is_paused)"
)
WORK = {
    "events": "SELECT 1 FROM core_event WHERE delivered_at IS NULL",
    "enrollments": "SELECT 1 FROM scenarios_enrollment WHERE state = 'waiting' AND due_at <= %s AND " + _GOING,
    "messages": "SELECT 1 FROM messages_message WHERE state = 'waiting' AND due_at <= %s AND " + _GOING,
    "message leases": "SELECT 1 FROM messages_message WHERE state IN ('claimed', 'sending') AND claimed_until < %s",
    "held messages": "SELECT 1 FROM messages_message WHERE state = 'held'",
    "call deadlines": "SELECT 1 FROM calls_calltask WHERE state = 'waiting' AND deadline_at <= %s",
    "connectors.inbound": "SELECT 1 FROM connectors_inbounddelivery WHERE done_at IS NULL",
    "connectors.gate": "SELECT 1 FROM connectors_orderchange WHERE state IN ('waiting', 'pending') AND due_at <= %s",
    "offered repairs": "SELECT 1 FROM cancellations_repair WHERE state = 'offered' AND answer_by <= %s",
    "open swaps": "SELECT 1 FROM cancellations_swap WHERE state = 'open' AND open_until <= %s",
    "ordered swaps": "SELECT 1 FROM cancellations_swap WHERE state = 'ordered' AND undo_until <= %s",
    "shortages": "SELECT 1 FROM cancellations_shortage WHERE state = 'open'",
    "connectors.outbound": "SELECT 1 FROM connectors_outboundcall WHERE state IN ('waiting', 'sending') AND due_at <= %s",
}
"""What each pass moves. A pass that is not named here turns now and then, whatever there is."""
HELD_TURNS = 0.25
"""How often held messages are looked at while there are some: their pass turns every half minute."""
RARELY = {
    "connectors.retention", "api.kept_answers", "connectors.gate_leases", "connectors.shopify_look", "connectors.shopify_catch_up",
}  # fmt: skip
DEEDS_EACH = 14.0
"""Of one world in sixty days."""
MOMENTS_A_DAY = 5.0
AMBUSHES = 0.02
KILLS = 0.08
"""How likely a pass is killed, anywhere within the length that its last turn had."""


@dataclass
class Lived:
    """What came of a group."""

    group: int
    findings: list[str]
    log_hash: str
    figures: Counter[str]
    deaths: dict[str, int]
    splits: Counter[tuple[tuple[int, ...], str]] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)


class _Complaints(logging.Handler):
    """What the product logs as an error is a finding, unless we made it."""

    def __init__(self, witness: Witness) -> None:
        super().__init__(logging.ERROR)
        self.witness = witness

    def emit(self, record: logging.LogRecord) -> None:
        failure = record.exc_info[1] if record.exc_info else None
        if failure is not None and "on purpose" in str(failure):
            return
        self.witness.findings.append(f"seed ?: logged: {record.getMessage()} {failure!r}")


@contextmanager
def _complaints(witness: Witness) -> Iterator[None]:
    """Whoever speaks for the product's log meanwhile is the witness, and nobody else."""
    logger, handler = logging.getLogger("kaeru"), _Complaints(witness)
    before, logger.handlers, logger.propagate = logger.handlers, [handler], False
    try:
        yield
    finally:
        logger.handlers, logger.propagate = before, True


class Group:
    """The worlds of one group."""

    def __init__(self, number: int, seeds: range, days: int, *, is_eager: bool = False) -> None:
        self.number, self.days, self.kills = number, days, True
        self.chance = Chance("group", number)
        self.host = Host(self.chance.choice(STARTS), Chance("host", number))
        self.seeds = seeds
        self.worlds: list[World] = []
        self.witness = Witness({}, is_eager=is_eager)
        self.outside = Outside(self.host, Chance("outside", number), self._judge, self._ambush, self.witness.arrived)
        self.outside.heard = self._shop_hears
        self.log: list[str] = []
        self.todo: list[tuple[World, Act]] = []
        """For whoever comes between."""
        self.later: list[tuple[datetime, World, Act]] = []
        self.length: dict[str, int] = {}
        """Boundaries of each pass's last turn that moved something."""
        self.is_ending = False
        self.is_skewed = False
        """Its clock was set back at some time."""
        self.is_sqlite = connection.vendor == "sqlite"

    def live(self) -> Lived:
        """All of it."""
        ground.empty()
        with ExitStack() as stack:
            stack.enter_context(_complaints(self.witness))
            stack.enter_context(seeded(Chance("urandom", self.number)))
            stack.enter_context(self.host.running())
            self.host.start_again()
            stack.enter_context(standing(self.outside))
            stack.enter_context(quick())
            stack.enter_context(remembered())
            read = reader.Read()
            try:
                self._sixty_days()
                read = reader.read(self)
            except Enough:
                connection.close()
        text = "\n".join(self.log)
        figures = Counter(
            worlds=len(self.worlds), judged=self.witness.judged, arrived=len(self.outside.arrivals), deaths=sum(self.host.deaths.values()),
            boundaries=self.host.passed, webhooks=len(self.outside.told), **read.figures,
        )  # fmt: skip
        found = sorted(set(self.witness.findings))
        return Lived(
            self.number,
            found,
            hashlib.sha256(text.encode()).hexdigest(),
            figures,
            self.host.deaths,
            read.splits,
            self.log,
        )

    def _sixty_days(self) -> None:
        for seed in self.seeds:
            world = begin(seed)
            self.worlds.append(world)
            self.witness.worlds[world.shop.id] = world
        self.host.comes_between = self._come_between
        for at in self._moments():
            self._moment(at)
        self._end()

    def note(self, world: World | None, what: str) -> None:
        """A line of the group's own log, without keys that depend on nothing but the moment of their making."""
        self.log.append(f"{self.host.now():%Y-%m-%dT%H:%M:%S} {world.seed if world else '-'} {what}")

    # -- time

    def _moments(self) -> list[datetime]:
        """When something happens: now and then within seconds, now and then not for a day."""
        start, total = self.host.now(), self.days * 86_400.0
        many = int(self.days * MOMENTS_A_DAY)
        cuts = sorted(self.chance.random() * total for _ in range(many // 2))
        bursts = [cut + self.chance.choice((1.0, 31.0, 61.0, 1800.0)) for cut in cuts]
        return [start + timedelta(seconds=int(cut)) for cut in sorted(cuts + bursts)]

    def _moment(self, at: datetime) -> None:
        """Time goes on to `at`; what is due by then moves."""
        self.host.until(at)
        if self.chance.happens(0.002):
            by = self.chance.choice((timedelta(days=1), timedelta(hours=-2), timedelta(minutes=-1)))
            self.host.is_set(by)
            self.is_skewed |= by < timedelta(0)
            self.note(None, "clock set")
        if self.chance.happens(0.15):
            self.outside.turn()
        if self.chance.happens(0.01) and not self.is_ending:
            self._pause_everything()
        self._draw_deeds()
        for _ in range(self.chance.choice((1, 1, 2))):
            self._round()
        if self.chance.happens(0.7):
            self._drain()

    def _draw_deeds(self) -> None:
        if self.is_ending:
            return
        due = [entry for entry in self.later if entry[0] <= self.host.now()]
        self.later = [entry for entry in self.later if entry[0] > self.host.now()]
        self.todo += [(world, act) for _, world, act in due]
        count = len(self.worlds) * DEEDS_EACH / (60 * MOMENTS_A_DAY)
        whole = int(count) + self.chance.happens(count % 1)
        for _ in range(whole):
            world = self.chance.choice(self.worlds)
            which: Any = world.chance.weighed({**DEEDS, deeds.settle: 1.0, deeds.report: 1.0})
            act = which(world, self.outside) if which in (deeds.settle, deeds.report) else which(world)
            if act is not None:
                self.note(world, which.__name__)
                self.todo.append((world, act))
                if self.chance.happens(0.05):
                    self.later.append((self.host.now() + timedelta(hours=self.chance.choice((1, 30))), world, act))

    # -- what moves

    def _round(self) -> None:
        """Each pass once, in any order, with deeds between."""
        passes = [one for one in self._waiting() if self.chance.happens(0.95)]
        self.chance.shuffle(passes)
        now = len(self.todo) // 2
        self.host.likely = 0.02 if self.todo else 0.0
        for index, one in enumerate(passes):
            if index % 2 and len(self.todo) > now:
                self._do(*self.todo.pop(self.chance.randrange(len(self.todo))))
            self._turn(one)
        self.host.likely = 0.0
        while self.todo:
            self._do(*self.todo.pop(0))

    def _turn(self, one: Pass) -> int:
        moved = [0]

        def run() -> None:
            moved[0] = one.run(self.chance.choice((one.limit, one.limit, 3)) if self.kills else one.limit)

        within = None
        if self.kills and self.chance.happens(KILLS):
            within = self.chance.randint(1, self.length.get(one.name, 8))
        passed = self.host.passed
        if not self.host.may_die(run, within):
            self.note(None, f"killed in {one.name}")
            if self.chance.happens(0.3):  # longer than any lease
                self.host.passes(200)
        elif moved[0]:
            self.length[one.name] = self.host.passed - passed
        return moved[0]

    def _drain(self) -> None:
        """Until nothing that is due moves any more."""
        for _ in range(12):
            if not sum([self._turn(one) for one in self._waiting()]):
                break

    def _waiting(self) -> list[Pass]:
        """Passes that have something to do, and now and then one that has not: an idle turn costs as much as a busy one."""
        now = sql.moment(self.host.now())
        names = WORK.keys() & {one.name for one in registry.passes()}
        asked = sorted(names)
        row = ask(
            "SELECT " + ", ".join(f"EXISTS ({WORK[name]})" for name in asked),
            *[now for name in asked for _ in range(WORK[name].count("%s"))],
        )[0]
        busy = {name for name, is_so in zip(asked, row, strict=True) if is_so}
        if not self.chance.happens(HELD_TURNS):
            busy.discard("held messages")
        return [
            one for one in registry.passes()
            if one.name in busy or (one.name not in RARELY and self.chance.happens(0.03 if one.name in WORK else 0.1))
        ]  # fmt: skip

    def _do(self, world: World, act: Act) -> None:
        """A deed, told again until it is answered."""
        within = self.chance.choice((1, 2, 4, 8, 16, 30)) if self.kills and self.chance.happens(0.03) else None
        world.unsure += 1
        while not self.host.may_die(act, within):
            self.note(world, "killed in a deed")
            within = None
        world.unsure -= 1

    def _come_between(self) -> None:
        """At a boundary of a running pass: another process."""
        if self.todo and self.chance.happens(0.8):
            self.todo.pop()[1]()
        else:
            one = self.chance.choice(registry.passes())
            one.run(3)

    def _pause_everything(self) -> None:
        if self.witness.is_paused:
            pause.resume(actor="simulation")
        else:
            pause.pause("simulation", actor="simulation")
        self.witness.is_paused = not self.witness.is_paused
        self.note(None, f"paused {self.witness.is_paused}")

    # -- the outside

    def _judge(self, letter: Letter) -> None:
        self.witness.judge(letter, self.host.now())

    def _ambush(self, letter: Letter) -> None:
        world = self.witness.worlds.get(letter.shop.id)
        if world is None:
            return  # a sample that the guard looks at
        self.host.boundary()
        if self.is_ending or self.host.is_dead or not self.chance.happens(AMBUSHES):
            return
        name = "line" if letter.address.startswith("U") else "mail"

        def run() -> None:
            found = deeds.message_of(str(letter.key))
            act = owners.ambush(world, name, letter.address, found[0]) if found else None
            if act is not None:
                self.note(world, "ambush")
                act()

        from kaeru.core import scope

        with scope.everyone():
            self.host.aside(run)

    def _shop_hears(self, key: str, body: bytes) -> None:
        """The shop's system answers a scenario's webhook with an event of its own: two scenarios can call each other."""
        import json

        told = json.loads(body)
        if not str(told["type"]).startswith("scenario."):
            return
        name = {"ping": "pong", "pong": "ping"}.get(told["type"].removeprefix("scenario."))
        order = told["data"].get("order")
        rows = ask("SELECT shop_id FROM connectors_outboundcall WHERE key = %s", key)
        world = self.witness.worlds[rows[0][0]]
        one = next((one for one in world.bought if one.record.source_id == order), None)
        if name and one is not None and not self.is_ending:
            self.later.append((self.host.now() + timedelta(seconds=1), world, deeds.own(world, name, one)))

    # -- the end

    def _end(self) -> None:
        """Everything goes on again, everybody answers; a day later nothing may be late."""
        self.is_ending = True
        self.later.clear()
        self.host.comes_between = None
        self.kills = False
        self.outside.clear_up()
        if self.witness.is_paused:
            self._pause_everything()
        for world in self.worlds:
            acts: list[Callable[[], None]] = [owners.switch_to(world, which, is_on=True) for which in sorted(world.off)]
            if world.is_paused:
                acts.append(owners.pause_shop(world, is_paused=False))
            if world.is_organization_paused:
                acts.append(owners.pause_organization(world, is_paused=False))
            for act in acts:
                self._do(world, act)
        for hours in (0, 1, 6, 9, 9, 24):
            self.host.passes(hours * 3600)
            for _ in range(3):
                self._drain()
                self.host.passes(61)

    def late(self, due: Any) -> bool:
        """Whether something that was due then should have moved."""
        return moment(due) < self.host.now() - timedelta(minutes=10)
