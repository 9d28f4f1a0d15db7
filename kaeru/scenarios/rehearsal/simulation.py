"""Lives through the past with a clock of its own. Pure.

One queue in time over all cases, because caps, budgets and "one incentive in N weeks" tie them together. Where an enrolment
goes is `rules.advance`, when a message goes is `messages.timing` and `messages.rules.verdict`, whether a coupon is given is
`offers.rules.Purse`: what decides here is what decides at night, nothing is written twice.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any
from zoneinfo import ZoneInfo

from kaeru.audiences.rules import holds
from kaeru.core.calendar import NeverOpen
from kaeru.messages import rules as messages
from kaeru.messages.timing import next_chance
from kaeru.offers.rules import Purse
from kaeru.scenarios.holdout import HELD
from kaeru.scenarios.program import Effect, Facts
from kaeru.scenarios.rehearsal.answer import Happening, Rehearsal
from kaeru.scenarios.rehearsal.stage import NOTHING, Assumptions, Case, Ground, Plan
from kaeru.scenarios.rules import Decision, advance

Progress = Callable[[float], None]
NEWS, TURN, HAND_OVER = 0, 1, 2
"""Order within one moment: what happened, then the scenario, then the outbox."""
CALL = "call.closed"
OF_OFFERS = ("goal", "exit_condition")
"""Ends after which nothing is offered any more; what the customer is owed still goes."""
UNTIL_SOMEBODY_ACTS = ("no_identity",)
"""Put off until somebody changes a setting: not looked at again here."""
_TOLD_EVERY = 2000


@dataclass(slots=True)
class _Run:
    """Where one enrolment stands."""

    case: Case
    place: int
    step: int = 0
    awaiting: str = ""
    heard: str = ""
    turn: int = 0
    """Which of its planned turns counts; earlier ones are void."""
    is_over: bool = False
    is_held: bool = False
    """For comparison."""
    has_coupon: bool = False
    coupon_until: datetime | None = None
    end: str = ""
    mark: int = 0


class Simulation:
    """One run. `run()` once."""

    def __init__(
        self,
        plan: Plan,
        ground: Ground,
        assumptions: Assumptions,
        answer: Rehearsal,
        shown: Callable[[Case, int], bool],
    ) -> None:
        self._plan, self._ground, self._assumptions, self._answer = plan, ground, assumptions, answer
        self._shown = shown
        self._queue: list[tuple[datetime, int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = 0
        self._purse = Purse()
        self._advertised: dict[int, list[datetime]] = defaultdict(list)
        self._tags: dict[int, set[str]] = defaultdict(set)
        self._zone = ZoneInfo(ground.calendar.zone)
        self._cases: Sequence[Case] = ()
        self._runs: list[_Run] = []

    def run(self, cases: Sequence[Case], tell: Progress | None = None) -> None:
        """Live through it, up to `answer.until`."""
        for at, customer in self._ground.advertised:
            self._plan_at(at, NEWS, self._got_advertisement, customer)
        for at, customer in self._ground.incentives:
            self._plan_at(at, NEWS, self._got_incentive, customer, at)
        self._cases = cases
        self._enter_next(0)
        self._live(tell)
        for run in self._runs:
            self._answer.marks[run.case.id] = run.mark
            self._answer.waiting += not run.is_over

    def _enter_next(self, place: int) -> None:
        """One case after the other comes into the queue, so that it stays short."""
        if place < len(self._cases):
            self._plan_at(self._cases[place].entered_at, NEWS, self._enter, place)

    def _enter(self, at: datetime, place: int) -> None:
        """The cancellation: it starts the scenario, unless another comes first or the condition does not apply."""
        self._enter_next(place + 1)
        case = self._cases[place]
        values = dict(self.values(case, at))
        if any(
            reason_id in (None, case.reason_id) and (when is None or holds(when, values))
            for reason_id, when in self._ground.before
        ):
            self._answer.taken_before += 1
            return
        when = self._plan.program.when
        if when is not None and not holds(when, values):
            self._answer.not_fitting += 1
            return
        run = _Run(case, place)
        self._runs.append(run)
        draw = self._ground.draw
        run.is_held = draw is not None and draw.take(case.customer_id) == HELD
        self._answer.enrolled += 1
        self._answer.held += run.is_held
        self._note(run, at, "start", "done", reason="held" if run.is_held else "")
        for then, event in case.news:
            self._plan_at(then, NEWS, self._hear, run, event, event)
        if case.end_at is not None:
            self._plan_at(max(case.end_at, at), NEWS, self._wake, run)
        self._plan_at(at, TURN, self._turn, run, 0)

    def _live(self, tell: Progress | None) -> None:
        start, until = self._answer.start, self._answer.until
        length = (until - start).total_seconds() or 1.0
        done = 0
        while self._queue:
            at, _phase, _number, what, about = heappop(self._queue)
            if at >= until:
                break
            what(at, *about)
            done += 1
            if tell is not None and done % _TOLD_EVERY == 0:
                tell(max(0.0, (at - start).total_seconds() / length))

    def _plan_at(self, at: datetime, phase: int, what: Callable[..., None], *about: Any) -> None:
        self._count += 1
        heappush(self._queue, (at, phase, self._count, what, about))

    def _note(self, run: _Run, at: datetime, what: str, outcome: str, **told: Any) -> None:
        """Keep it for the answer, when this person is shown."""
        if self._shown(run.case, run.place):
            self._answer.cases[run.place] = run.case
            self._answer.rows.append(Happening(run.place, at, what, outcome, **told))

    def _mark(self, run: _Run, *told: Any) -> None:
        run.mark = hash((run.mark, *told))

    # ── news ──

    def _got_advertisement(self, at: datetime, customer: int) -> None:
        self._advertised[customer].append(at)

    def _got_incentive(self, at: datetime, customer: int, when: datetime) -> None:
        self._purse.last_incentive[customer] = max(when, self._purse.last_incentive.get(customer, when))

    def _hear(self, at: datetime, run: _Run, event: str, said: str) -> None:
        """The event is heard by who waits for it; where it is the goal, the scenario has done its work."""
        if run.is_over:
            return
        if run.awaiting == event and not run.heard:
            run.heard = said
            self._next(run, at)
        if event == self._plan.goal:
            self._end(run, at, "goal")

    def _wake(self, at: datetime, run: _Run) -> None:
        if not run.is_over:
            self._next(run, at)

    def _next(self, run: _Run, at: datetime) -> None:
        run.turn += 1
        self._plan_at(at, TURN, self._turn, run, run.turn)

    # ── the scenario ──

    def _turn(self, at: datetime, run: _Run, number: int) -> None:
        if run.is_over or number != run.turn:
            return
        facts = self._facts(run, at)
        decision = advance(self._plan.program, run.step, facts)
        asks = [ask for effect in decision.effects if (ask := effect.asks(run.case, at)) is not None]
        why = ""
        for ask in asks:
            why = self._purse.give(ask, self._ground.terms) or why
        if why:
            decision = advance(self._plan.program, run.step, replace(facts, refused=why))
        self._follow(run, at, decision)

    def _facts(self, run: _Run, at: datetime) -> Facts:
        case, need = run.case, self._plan.program.needs[run.step]
        person = case.person
        is_over = case.end_at is not None and case.end_at <= at
        return Facts(
            now=at,
            end=case.end if is_over else "",
            calendar=self._ground.calendar,
            values=self.values(case, at),
            ways=person.ways if "ways" in need else NOTHING,
            ad_ways=person.ad_ways if "ad_ways" in need else NOTHING,
            heard=run.heard,
            seed=(case.customer_id or case.id) if "seed" in need else 0,
            has_coupon=run.has_coupon,
            can_call=person.can_call,
            is_held=run.is_held,
        )

    def values(self, case: Case, at: datetime) -> tuple[tuple[str, Any], ...]:
        """What conditions ask of the case at this moment: as it was at the beginning, save the time and new tags."""
        found = case.values
        if self._ground.moments:
            now = ((need, read((self._ground.calendar, at))) for need, read in self._ground.moments.items())
            found = (*found, *now)
        if case.customer_id in self._tags:
            new = self._tags[case.customer_id]
            found = tuple((key, frozenset({*value, *new}) if key == "customer.tag" else value) for key, value in found)
        return found

    def _follow(self, run: _Run, at: datetime, decision: Decision) -> None:
        places = self._plan.program.places
        logs = list(decision.log)
        for entry in logs:
            if entry.outcome == "skipped":
                self._answer.blocked[entry.reason] += 1
                self._note(run, at, entry.kind, "skipped", reason=entry.reason, step=places[entry.position])
        for effect in decision.effects:
            entry = next(entry for entry in logs if entry.kind == effect.kind and entry.outcome != "skipped")
            logs.remove(entry)
            self._effect(run, at, effect, places[entry.position])
        run.step, run.awaiting, run.heard = decision.step, decision.awaiting, ""
        if decision.due_at is None:
            self._end(run, at, decision.end)
            return
        run.turn += 1
        self._plan_at(decision.due_at, TURN, self._turn, run, run.turn)

    def _end(self, run: _Run, at: datetime, why: str) -> None:
        run.is_over, run.end = True, why
        self._answer.ends[why] += 1
        self._note(run, at, "end", "ended", reason=why)

    def _effect(self, run: _Run, at: datetime, effect: Any, step: str) -> None:
        match effect.kind:
            case "message" | "notify":
                self._plan_at(at, HAND_OVER, self._hand_over, run, effect, step)
            case "coupon":
                self._give(run, at, effect, step)
            case "call":
                self._call(run, at, effect, step)
            case "split":  # only that it was chosen: the way itself is what happens
                pass
            case _:
                self._other(run, at, effect, step)

    def _other(self, run: _Run, at: datetime, effect: Effect, step: str) -> None:
        self._answer.others[effect.kind] += 1
        if effect.kind == "tag" and run.case.customer_id is not None:
            self._tags[run.case.customer_id].add(str(getattr(effect, "tag", "")))
        self._mark(run, repr(effect), at)
        self._note(run, at, effect.kind, "done", step=step)

    def _give(self, run: _Run, at: datetime, effect: Any, step: str) -> None:
        cost = effect.cost(run.case)
        run.has_coupon, run.coupon_until = True, at + timedelta(days=effect.days)
        self._answer.coupons += 1
        self._answer.coupons_cost += cost
        self._answer.coupons_by_day[at.astimezone(self._zone).date()] += 1
        self._mark(run, effect.type, effect.value, effect.days, effect.minimum, at)
        self._note(run, at, "coupon", "done", step=step, cost=cost)

    def _call(self, run: _Run, at: datetime, effect: Any, step: str) -> None:
        try:
            opens = self._ground.calendar.next_open(at)
        except NeverOpen:
            opens = at
        self._answer.calls_by_day[opens.astimezone(self._zone).date()] += 1
        self._mark(run, "call", effect.script, at)
        self._note(run, at, "call", "done", step=step, until=effect.deadline_at)
        is_reached = self._assumptions.calls == "reached"
        when = min(opens, effect.deadline_at) if is_reached else effect.deadline_at
        self._plan_at(when, NEWS, self._hear, run, CALL, f"{CALL}:{self._assumptions.calls}")

    # ── the outbox ──

    def _hand_over(self, at: datetime, run: _Run, letter: Any, step: str) -> None:
        case, person = run.case, run.case.person
        is_note = letter.kind == "notify"
        is_ad = letter.purpose == "advertisement"
        sent: Collection[datetime] = self._advertised.get(case.customer_id or 0, ())
        until, why = next_chance(
            self._ground.rule(letter.channel), self._ground.calendar, self._ground.cap, is_ad, tuple(sent), at
        )  # fmt: skip
        said = messages.verdict(
            messages.Facts(
                is_advertisement=is_ad,
                has_address=is_note or letter.channel in person.ways,
                has_consent=letter.channel in person.agreed,
                has_withdrawn=letter.channel in person.withdrawn,
                suppression="" if is_note else person.stops.get(letter.channel, ""),
                has_identity=self._ground.has_identity,
                is_paused=False,
                not_needed=self._not_needed(run, letter, at),
                is_internal=is_note,
                waits_until=until if why else None,
                waits_for=why,
            )
        )
        told = {"step": step, "channel": letter.channel, "purpose": letter.purpose}
        if said is None:
            self._sent(run, at, letter, is_note, told)
        elif said.is_final:
            self._answer.blocked[said.reason] += 1
            self._note(run, at, letter.kind, "closed", reason=str(said.reason), **told)
        else:
            self._answer.deferred[str(said.reason)] += 1
            self._note(run, at, letter.kind, "deferred", reason=str(said.reason), until=said.due_at, **told)
            if said.due_at is not None and said.reason not in UNTIL_SOMEBODY_ACTS:
                self._plan_at(said.due_at, HAND_OVER, self._hand_over, run, letter, step)

    def _not_needed(self, run: _Run, letter: Any, at: datetime) -> str:
        """As `words.still_needed` has it: the offer is over, or its enrolment has ended for a reason that closes it."""
        case = run.case
        is_ad = letter.purpose == "advertisement"
        is_naming = is_ad and letter.template_id in self._plan.naming_coupon
        if is_naming and run.coupon_until is not None and run.coupon_until <= at:
            return "offer_ended"
        if case.end_at is not None and case.end_at <= at:
            return case.end
        return run.end if is_ad and run.end in OF_OFFERS else ""

    def _sent(self, run: _Run, at: datetime, letter: Any, is_note: bool, told: dict[str, str]) -> None:
        self._note(run, at, letter.kind, "sent", **told)
        self._mark(run, letter.kind, letter.channel, letter.purpose, self._plan.texts.get(letter.template_id), at)
        if is_note:
            self._answer.notes += 1
            return
        self._answer.messages[letter.channel, letter.purpose] += 1
        self._answer.messages_cost += self._assumptions.prices.get(letter.channel, 0)
        self._answer.messages_by_day[at.astimezone(self._zone).date()] += 1
        if letter.purpose == "advertisement" and run.case.customer_id is not None:
            self._advertised[run.case.customer_id].append(at)
