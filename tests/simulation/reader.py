"""The checker: reads the rows that are left, nothing of the product's code, and says what must not be.

It folds each enrolment's log over the program that was frozen for it, counts effects against what the log says was done, adds up
coupons by month, and looks for anything that neither ended nor will be looked at again.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.simulation import folding
from tests.simulation.witness import ask, moment

if TYPE_CHECKING:
    from tests.simulation.life import Group
    from tests.simulation.world import World

Row = tuple[Any, ...]
CALLS_KEPT = timedelta(days=29)
"""Calls of shops' systems that are over may be forgotten after thirty days; a clock that was set back takes hours of it."""


@dataclass
class Read:
    """What the rows say besides."""

    figures: Counter[str] = field(default_factory=Counter)
    splits: Counter[tuple[tuple[int, ...], str]] = field(default_factory=Counter)


@dataclass
class _Enrollment:
    id: int
    world: World
    state: str
    step: int
    due_at: datetime
    end: str
    awaiting: str
    program: list[dict[str, Any]]
    scenario_id: int
    customer_id: int | None
    entered_at: datetime
    trigger: str
    logs: list[Row] = field(default_factory=list)


def read(group: Group) -> Read:
    """Everything, at the end of the sixty days."""
    found = Read()
    enrollments = _enrollments(group)
    for one in enrollments.values():
        _enrollment(group, one, found)
    _shares(enrollments, found)
    _effects(group, enrollments)
    _messages(group, enrollments, found)
    _coupons(group, enrollments, found)
    _calls(group, enrollments, found)
    _webhooks(group, found)
    _news(group, found)
    _returns(found)
    _starts(group, enrollments)
    _sides(group, enrollments, found)
    _tenants(group)
    for one in sorted(enrollments.values(), key=lambda one: (one.world.seed, one.entered_at, one.trigger, one.step)):
        group.note(one.world, f"{one.trigger} {one.state} {one.step} {one.end} {[log[2:4] for log in one.logs]}")
    return found


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _enrollments(group: Group) -> dict[int, _Enrollment]:
    programs = {
        key: (_json(program), scenario)
        for key, program, scenario in ask("SELECT id, program, scenario_id FROM scenarios_revision")
    }
    found = {}
    for row in ask(
        "SELECT id, shop_id, state, step, due_at, end_reason, awaiting, revision_id, customer_id, entered_at, trigger FROM scenarios_enrollment"
    ):
        program, scenario_id = programs[row[7]]
        found[row[0]] = _Enrollment(
            row[0], group.witness.worlds[row[1]], row[2], row[3], moment(row[4]), row[5], row[6], program, scenario_id, row[8],
            moment(row[9]), row[10],
        )  # fmt: skip
    for log in ask(
        "SELECT enrollment_id, id, position, outcome, kind, reason, at FROM scenarios_steplog ORDER BY position, id"
    ):
        if log[0] in found:
            found[log[0]].logs.append((log[1], log[4], log[2], log[3], log[5], moment(log[6])))
    return found


def _enrollment(group: Group, one: _Enrollment, found: Read) -> None:
    """It has ended, or will be looked at; and it stands where its log says."""
    found.figures[f"enrolments {one.state}"] += 1
    told = f"enrolment {one.trigger} ({one.state}, step {one.step}, {one.end})"
    accuse = group.witness.accuse
    match one.state:
        case "waiting":
            if group.late(one.due_at):
                accuse(one.world, f"{told}: due since {one.due_at:%Y-%m-%d %H:%M}, and nobody moves it")
        case "parked":
            accuse(one.world, f"{told}: parked, though nothing was poisoned")
        case "held":
            accuse(one.world, f"{told}: held, though everything is switched on")
        case "ended":
            if not one.end:
                accuse(one.world, f"{told}: ended without a reason")
    for wrong in folding.fold(one.program, one.logs, one.state, one.step, one.end, one.world.shop.timezone):
        accuse(one.world, f"{told}: {wrong}; its log: {[log[1:5] for log in one.logs]}")
    found.figures.update(f"step {log[1]}" for log in one.logs)


def _shares(enrollments: dict[int, _Enrollment], found: Read) -> None:
    """Who went which way at a split, each customer once: the same one goes the same way again, and proves nothing."""
    ways: dict[Any, str] = {}
    weights: dict[Any, tuple[int, ...]] = {}
    for one in enrollments.values():
        for _key, kind, position, outcome, _reason, _at in one.logs:
            if kind == "split":
                op = one.program[position]
                ways[one.customer_id, op["key"]] = outcome
                weights[one.customer_id, op["key"]] = tuple(op["weights"])
    for who, way in ways.items():
        found.splits[weights[who], way] += 1


SQL_OF = {
    "message": "SELECT source_id, template_id FROM messages_message WHERE source = 'enrollment'",
    "notify": "SELECT source_id, template_id FROM messages_message WHERE source = 'staff'",
    "coupon": "SELECT enrollment_id, 0 FROM offers_coupon WHERE enrollment_id IS NOT NULL",
    "call": "SELECT source_id, 0 FROM calls_calltask WHERE source = 'enrollment'",
    "webhook": "SELECT subject_id, 0 FROM connectors_outboundcall WHERE topic LIKE %s",
}


def _effects(group: Group, enrollments: dict[int, _Enrollment]) -> None:
    """As many effects as the log says were done: none twice, none lost. Calls that are over are forgotten after a while."""
    forgotten = group.host.now() - CALLS_KEPT
    for kind, statement in SQL_OF.items():
        there = Counter(row[0] for row in ask(statement, *(["scenario.%"] if "%s" in statement else [])))
        for key, one in enrollments.items():
            done = sum(log[1] == kind and log[3] == "done" for log in one.logs)
            if kind == "webhook" and not one.world.shop.notify_url:
                continue
            kept = sum(log[1] == kind and log[3] == "done" and log[5] > forgotten for log in one.logs)
            if not (kept if kind == "webhook" else done) <= there[key] <= done:
                group.witness.accuse(one.world, f"{done} × {kind} in the log of {one.trigger}, {there[key]} are there")
        for key in there.keys() - enrollments.keys():
            group.witness.accuse(None, f"{kind} of an enrolment that is not there: {key}")


def _messages(group: Group, enrollments: dict[int, _Enrollment], found: Read) -> None:
    """Each is settled or due, with a reason where it was put off; none arrived twice."""
    arrived = Counter(one.key for one in group.outside.arrivals)
    wanted_again = Counter(
        row[0] for row in ask("SELECT subject_id FROM core_auditentry WHERE verb = 'message.settled' AND detail LIKE %s", '%"again"%')
    ) if group.is_sqlite else Counter(
        row[0] for row in ask("SELECT subject_id FROM core_auditentry WHERE verb = 'message.settled' AND detail->>'finding' = 'again'")
    )  # fmt: skip
    for key, uid, shop_id, state, reason, due_at, created_at, purpose in ask(
        "SELECT id, key, shop_id, state, reason, due_at, created_at, purpose FROM messages_message"
    ):
        world, told = group.witness.worlds[shop_id], f"message ({purpose}, {state}, {reason})"
        text = str(uid) if "-" in str(uid) else f"{uid[:8]}-{uid[8:12]}-{uid[12:16]}-{uid[16:20]}-{uid[20:]}"
        found.figures[f"messages {state} {reason}".strip()] += 1
        copies = arrived[text]
        if copies > 1 + (wanted_again[key] if purpose == "notice" else 0):
            group.witness.accuse(world, f"{told}: arrived {copies} times")
        if state == "sent" and not copies:
            group.witness.accuse(world, f"{told}: counts as sent, and never arrived")
        if state in ("claimed", "sending"):
            group.witness.accuse(world, f"{told}: still held by a worker that is gone")
        if state == "held":
            group.witness.accuse(world, f"{told}: still held, though everything is switched on")
        if state == "waiting" and group.late(due_at):
            group.witness.accuse(world, f"{told}: due since {moment(due_at):%Y-%m-%d %H:%M}, and nobody hands it over")
        if state in ("waiting", "closed", "failed", "unknown") and not reason and moment(due_at) > moment(created_at):
            group.witness.accuse(world, f"{told}: put off without a reason")
        if state in ("closed", "failed", "unknown") and not reason:
            group.witness.accuse(world, f"{told}: ended without a reason")
        if copies and state not in ("sent", "unknown", "failed") and not reason.startswith("settled"):
            group.witness.accuse(world, f"{told}: arrived, and nobody shows it")
    for one in group.outside.arrivals:
        found.figures[f"arrived by {one.channel}"] += 1


def _month(at: datetime, zone: str) -> tuple[int, int]:
    here = at.astimezone(ZoneInfo(zone))
    return here.year, here.month


def _coupons(group: Group, enrollments: dict[int, _Enrollment], found: Read) -> None:
    """Budgets, by step and month; one incentive in so many weeks; expiry as written."""
    spent: dict[Any, int] = defaultdict(int)
    last: dict[int, datetime] = {}
    given: dict[int, int] = defaultdict(int)
    rows = ask(
        "SELECT id, shop_id, customer_id, enrollment_id, cost, issued_at, expires_at, kind, value FROM offers_coupon"
    )
    done = {
        key: [(log, one.program[log[2]]) for log in one.logs if log[1] == "coupon" and log[3] == "done"]
        for key, one in enrollments.items()
    }
    for _key, shop_id, customer_id, enrollment_id, cost, issued, expires, kind, value in sorted(
        rows, key=lambda row: (moment(row[5]), row[0])
    ):
        world, issued_at = group.witness.worlds[shop_id], moment(issued)
        found.figures["coupons"] += 1
        written = done.get(enrollment_id, [])
        if given[enrollment_id] >= len(written):
            continue  # told by _effects
        _log, op = written[given[enrollment_id]]
        given[enrollment_id] += 1
        if (op["type"], op["value"]) != (kind, value) or moment(expires) != issued_at + timedelta(days=op["days"]):
            group.witness.accuse(world, f"a coupon of {kind} {value} until {expires}: the step says {op}")
        purse = shop_id, op["budget_key"], _month(issued_at, world.shop.timezone)
        spent[purse] += cost
        if op["budget"] is not None and spent[purse] > op["budget"]:
            group.witness.accuse(world, f"coupons cost {spent[purse]} in a month, the budget is {op['budget']}")
        weeks = next((weeks for since, weeks in reversed(world.weeks) if since <= issued_at), 4)
        before = last.get(customer_id)
        if before is not None and not group.is_skewed and issued_at - before < timedelta(weeks=weeks):
            group.witness.accuse(world, f"two incentives within {issued_at - before}, one in {weeks} weeks is allowed")
        last[customer_id] = issued_at


def _calls(group: Group, enrollments: dict[int, _Enrollment], found: Read) -> None:
    """A call is closed, or has its deadline ahead; who waits for one has one, or has heard."""
    open_ones: set[int] = set()
    for shop_id, source_id, state, outcome, deadline in ask(
        "SELECT shop_id, source_id, state, outcome, deadline_at FROM calls_calltask"
    ):
        found.figures[f"calls {state} {outcome}".strip()] += 1
        world = group.witness.worlds[shop_id]
        if state == "waiting":
            open_ones.add(source_id)
            if group.late(deadline):
                group.witness.accuse(world, f"a call waits past its deadline of {deadline}")
            if source_id in enrollments and enrollments[source_id].state == "ended":
                group.witness.accuse(
                    world, f"a call waits for somebody whose scenario has ended ({enrollments[source_id].end})"
                )
        elif not outcome:
            group.witness.accuse(world, "a call closed without an outcome")
    for key, one in enrollments.items():
        is_calling = one.state == "waiting" and one.step > 0 and one.program[one.step - 1]["op"] == "call"
        if is_calling and key not in open_ones and one.due_at > group.host.now() + timedelta(minutes=30):
            group.witness.accuse(one.world, "waits for a call that nobody has on the list")


def _webhooks(group: Group, found: Read) -> None:
    """Each call to a shop's system: the same bytes on each try, and once it was answered never again."""
    states = {
        row[0]: (row[1], row[2], row[3])
        for row in ask("SELECT key, state, shop_id, due_at FROM connectors_outboundcall")
    }
    for key, (state, shop_id, due_at) in states.items():
        found.figures[f"webhooks {state}"] += 1
        world, tries = group.witness.worlds[shop_id], group.outside.told.get(key, [])
        if len({body for _, body in tries}) > 1:
            group.witness.accuse(world, "a webhook whose words changed between two tries")
        if state == "done" and not any(answer == "acted" for answer, _ in tries):
            group.witness.accuse(world, "a webhook counts as done, and never came")
        if state in ("waiting", "sending") and group.late(due_at):
            group.witness.accuse(world, f"a webhook is due since {due_at}, and nobody makes it")


def _news(group: Group, found: Read) -> None:
    """All news was delivered; what went wrong is in sight."""
    for name, error in ask("SELECT name, error FROM core_event WHERE delivered_at IS NULL"):
        group.witness.accuse(None, f"news {name} was never delivered: {error}")
    found.figures["news"] = ask("SELECT count(*) FROM core_event")[0][0]
    for shop_id, error in ask("SELECT shop_id, error FROM connectors_inbounddelivery WHERE done_at IS NULL"):
        group.witness.accuse(group.witness.worlds[shop_id], f"a delivery was never worked on: {error}")


def _returns(found: Read) -> None:
    """Who came back, and how Kaeru knew."""
    for (how,) in ask("SELECT how FROM recoveries_recovery"):
        found.figures[f"recoveries {how}"] += 1
    found.figures["redeemed"] = ask("SELECT count(*) FROM offers_coupon WHERE redeemed_at IS NOT NULL")[0][0]


def _starts(group: Group, enrollments: dict[int, _Enrollment]) -> None:
    """Who cancelled where one scenario for everybody was always on has entered it, once."""
    started = {(one.trigger, subject) for one, subject in _subjects(enrollments)}
    always: dict[int, set[str]] = defaultdict(set)
    for shop_id, scenario_id, reason_id, flow in ask(
        "SELECT s.shop_id, s.id, s.reason_id, r.flow FROM scenarios_scenario s JOIN scenarios_revision r ON r.id = s.revision_id"
    ):
        told = _json(flow)
        if reason_id is None and not told.get("when") and scenario_id not in group.witness.worlds[shop_id].spoiled:
            always[shop_id].add(told["trigger"])
    for key, shop_id, state in ask(
        "SELECT id, shop_id, state FROM cancellations_cancellationrequest WHERE NOT is_history AND is_whole AND order_id IS NOT NULL"
    ):
        is_theirs = state in ("requested", "cancelled") and "cancellation.requested" in always[shop_id]
        if is_theirs and ("cancellation.requested", key) not in started:
            world = group.witness.worlds[shop_id]
            group.witness.accuse(world, f"a cancellation ({state}) that no scenario took up")
    for world in group.worlds:
        for bought in world.bought:
            if bought.told is not None:
                _mirrored(group, world, bought)


OFFERS = ("coupon", "call", "notify", "webhook")


def _sides(group: Group, enrollments: dict[int, _Enrollment], found: Read) -> None:
    """Who is held back for comparison is so by the hash, gets no offer, and stays on that side; everybody else is left nothing out."""
    sides: dict[Any, str] = {}
    salts = dict(ask("SELECT id, salt FROM scenarios_scenario"))
    for scenario_id, customer_id, arm, pi, bucket in ask(
        "SELECT scenario_id, customer_id, arm, pi, bucket FROM scenarios_assignment"
    ):
        sides[scenario_id, customer_id] = arm
        drawn = hashlib.sha256(f"{salts[scenario_id]}\x1f{scenario_id}\x1f{customer_id}".encode()).digest()
        number = int.from_bytes(drawn[:8], "big") % 10_000
        if number != bucket or (arm == "held") != (number < round((1 - pi) * 10_000)):
            group.witness.accuse(None, f"somebody is {arm} with {bucket} at {pi}, the hash says {number}")
        found.figures[f"customers {arm}"] += 1
    for key, arm in ask("SELECT id, arm FROM scenarios_enrollment"):
        one = enrollments[key]
        side = sides.get((one.scenario_id, one.customer_id), "treated")
        if arm == "held" and side != "held":
            group.witness.accuse(one.world, f"held back for comparison, and the row says {side}")
        left = [log[1] for log in one.logs if log[3] == "skipped" and log[4] == "held"]
        offered = [
            log[1]
            for log in one.logs
            if log[3] == "done"
            and (log[1] in OFFERS or (log[1] == "message" and one.program[log[2]]["purpose"] == "advertisement"))
            and not one.program[log[2]].get("is_owed")
        ]
        if arm == "held" and offered:
            group.witness.accuse(one.world, f"held back for comparison, and got {offered}")
        if arm != "held" and left:
            group.witness.accuse(one.world, f"not held back, and {left} left out for comparison")


def _mirrored(group: Group, world: World, bought: Any) -> None:
    rows = ask("SELECT total, cancelled_at, shipped_at FROM orders_order WHERE id = %s", bought.order_id)
    if not rows:
        group.witness.accuse(world, f"order {bought.told.source_id} was taken, and is not there")
    elif (rows[0][1] is None) != (bought.told.cancelled_at is None) or (rows[0][2] is None) != (
        bought.told.shipped_at is None
    ):
        group.witness.accuse(world, f"order {bought.told.source_id} is in another state than was told last")


def _subjects(enrollments: dict[int, _Enrollment]) -> Iterable[tuple[_Enrollment, int]]:
    for key, subject in ask("SELECT id, subject_id FROM scenarios_enrollment"):
        yield enrollments[key], subject


TENANTS = (
    ("messages_message", "customers_customer", "customer_id"), ("offers_coupon", "customers_customer", "customer_id"),
    ("scenarios_enrollment", "customers_customer", "customer_id"), ("scenarios_enrollment", "orders_order", "order_id"),
    ("scenarios_enrollment", "scenarios_revision", "revision_id"), ("calls_calltask", "customers_customer", "customer_id"),
    ("offers_coupon", "scenarios_enrollment", "enrollment_id"), ("messages_message", "messages_template", "template_id"),
    ("scenarios_steplog", "scenarios_enrollment", "enrollment_id"), ("recoveries_recovery", "orders_order", "order_id"),
    ("customers_customertag", "customers_customer", "customer_id"),
)  # fmt: skip


def _tenants(group: Group) -> None:
    """No row points to another organization's."""
    for table, other, column in TENANTS:
        mixed = ask(
            f"SELECT count(*) FROM {table} a JOIN {other} b ON b.id = a.{column} WHERE a.organization_id <> b.organization_id"
        )
        if mixed[0][0]:
            group.witness.accuse(None, f"{mixed[0][0]} rows of {table} point to {other} of another organization")
