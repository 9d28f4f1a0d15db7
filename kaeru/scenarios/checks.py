"""Whether a scenario may be published: its start, its steps, the words of its messages, and what could never work."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from kaeru.audiences import registry as audiences
from kaeru.audiences.checks import check as check_condition
from kaeru.messages import guarding
from kaeru.messages import rules as messages
from kaeru.messages.timing import EVERYTHING, Rule
from kaeru.messages.variables import VARIABLES, WITHOUT_COUPON
from kaeru.scenarios import triggers
from kaeru.scenarios.fields import Problem, Step
from kaeru.scenarios.flow import MOST_DEPTH, MOST_STEPS, arms_of, filled, walk
from kaeru.scenarios.kinds import kinds
from kaeru.scenarios.kinds.message import channels_of
from kaeru.scenarios.kinds.wait import longest


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of the shop counts when its scenario is checked."""

    channels: frozenset[str] = frozenset({"mail"})
    """Those that are set up."""
    rules: Mapping[str, Rule] = field(default_factory=dict)
    """Sending rules by channel."""
    takes_calls: bool = True
    """Whether the shop's own system has an address for webhooks."""
    side: str = ""
    """Whose wish or fault the scenario answers: customer | shop; empty: either."""
    overruled: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Rules of the guard that the owner overruled, by the text's fingerprint."""
    choices: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What the fields of conditions can be at all in this shop, where that is a list: its reasons, …"""
    lacking: Mapping[str, str] = field(default_factory=dict)
    """What the shop's mall cannot do, by capability, with what to do instead."""


def check_flow(flow: Any, around: Surroundings | None = None) -> list[Problem]:
    """What keeps a draft from being published, in the order of its steps."""
    if not isinstance(flow, Mapping) or not isinstance(flow.get("steps"), list):
        return [Problem("steps", "not_a_list", _("The steps cannot be read. Please reload the page."))]
    around = around or Surroundings()
    problems = _check_start(flow, around) + _check_steps(flow, around)
    if not all(problem.is_warning for problem in problems):
        return problems
    if not flow["steps"]:
        return [*problems, Problem("steps", "empty", _("The scenario has no steps yet. Please add one."))]
    return problems + _check_way(filled(flow), around)


def _check_start(flow: Mapping[str, Any], around: Surroundings) -> list[Problem]:
    problems = []
    if triggers.trigger(str(flow.get("trigger"))) is None:
        problems.append(
            Problem("trigger", "bad_trigger", _("Please choose what starts the scenario.") + " " + triggers.bad_name())
        )
    for name in ("when", "exit_when"):
        if flow.get(name) is not None:
            problems += _condition(flow[name], name, around)
    goal = str(flow.get("goal") or "")
    known = {code for code, _label in triggers.AWAITABLE} - {"custom"}
    if goal and goal not in known and triggers.trigger(goal) is None:
        problems.append(Problem("goal", "bad_goal", _("Please choose the goal again.")))
    again = flow.get("again_after_days", 0)
    if type(again) is not int or not 0 <= again <= 3660:
        problems.append(Problem("again_after_days", "bad_again", _("Please enter whole days, 0 to 3660.")))
    elif again == 0 and str(flow.get("trigger")).startswith(triggers.CUSTOM_PREFIX):
        text = _("Without a pause for the same customer, two scenarios that start each other never come to rest.")
        problems.append(Problem("again_after_days", "no_pause", text, is_warning=True))
    return problems


def _condition(tree: Any, path: str, around: Surroundings) -> list[Problem]:
    found = check_condition(tree, path, audiences.fields(), around.choices)
    return [Problem(one.path, one.code, one.message) for one in found]


def _check_steps(flow: Mapping[str, Any], around: Surroundings) -> list[Problem]:
    problems: list[Problem] = []
    count = 0
    for place in walk(flow["steps"]):
        count += 1
        if count == MOST_STEPS + 1:
            problems.append(Problem("steps", "too_many", _("A scenario can have at most %d steps.") % MOST_STEPS))
        if place.depth > MOST_DEPTH:
            problems.append(Problem(place.path, "too_deep", _("Ways can be nested %d deep at most.") % MOST_DEPTH))
            continue
        known = kinds().get(str(place.step.get("kind")))
        if known is None:
            told = {"kinds": ", ".join(kinds())}
            text = _("This kind of step is not known. There are: %(kinds)s.") % told
            problems.append(Problem(place.path, "unknown_step", text))
            continue
        problems += known.check(place.step, place.path)
        for asked in known.fields:
            if asked.type == "condition" and asked.is_asked(place.step):
                problems += _condition(place.step.get(asked.name), f"{place.path}.{asked.name}", around)
        for arm in known.arms(place.step):
            if not isinstance(place.step.get(arm.name, []), list):
                problems.append(
                    Problem(f"{place.path}.{arm.name}", "not_a_list", _("This way is not a list of steps."))
                )
    return problems + _strangers(flow["steps"], "steps")


def _strangers(steps: Sequence[Any], path: str) -> list[Problem]:
    """What stands among the steps and is none (in a file edited by hand)."""
    problems = []
    for index, step in enumerate(steps):
        here = f"{path}.{index}"
        if not isinstance(step, Mapping):
            problems.append(Problem(here, "not_a_step", _("A step begins with its kind, as “kind: message”.")))
            continue
        for arm in arms_of(step):
            inner = step.get(arm.name)
            if isinstance(inner, list):
                problems += _strangers(inner, f"{here}.{arm.name}")
    return problems


@dataclass(frozen=True, slots=True)
class _Way:
    """How one comes to a step: whether a coupon is certain, and how long ago it was given at most."""

    has_coupon: bool = False
    coupon_days: int = 0
    waited: timedelta = timedelta()
    rested: bool = True
    """Whether there was a rest since the last coupon."""
    at: time | None = None
    """The time of day, where a wait has just fixed it."""


def _check_way(flow: Mapping[str, Any], around: Surroundings) -> list[Problem]:
    """Problems that only the order of the steps shows."""
    problems = [
        Problem(
            place.path,
            "may_repeat",
            _("Your system's answer to this webhook may start this scenario again."),
            is_warning=True,
        )
        for place in walk(flow["steps"])
        if place.step["kind"] == "webhook" and flow["trigger"] == triggers.CUSTOM_PREFIX + place.step["event"]
    ]
    _follow(flow["steps"], "steps", _Way(), around, problems.append)
    return problems


Tell = Callable[[Problem], None]


def _follow(steps: Sequence[Step], path: str, way: _Way, around: Surroundings, tell: Tell) -> _Way | None:
    """Walk one way; returns how one leaves it, None when nobody does."""
    for index, step in enumerate(steps):
        here = f"{path}.{index}"
        kind = kinds()[step["kind"]]
        way = _pass(step, here, way, around, tell)
        arms = kind.arms(step)
        left = [_follow(step.get(arm.name, []), f"{here}.{arm.name}", way, around, tell) for arm in arms]
        open_ways = [one for one in left if one is not None]
        if kind.ends(step) or (arms and not open_ways):
            if index + 1 < len(steps):
                text = _("No customer ever comes here: every way ends before. Please move or remove this step.")
                tell(Problem(f"{path}.{index + 1}", "unreachable", text))
            return None
        if open_ways:
            way = _Way(
                has_coupon=all(one.has_coupon for one in open_ways),
                coupon_days=min(one.coupon_days for one in open_ways),
                waited=max(one.waited for one in open_ways),
                rested=all(one.rested for one in open_ways),
            )
    return way


def _pass(step: Step, here: str, way: _Way, around: Surroundings, tell: Tell) -> _Way:
    """What this step makes of the way, telling what is wrong with it here."""
    for capability in sorted(kinds()[step["kind"]].wants(step)):
        if capability in around.lacking:
            tell(Problem(here, "mall_cannot", around.lacking[capability]))
    match step["kind"]:
        case "wait":
            at = time.fromisoformat(step["at"]) if step.get("mode") == "clock" else None
            return replace(way, waited=way.waited + _length(step), rested=True, at=at)
        case "await":
            return replace(way, waited=way.waited + longest(step), rested=True, at=None)
        case "call":
            return replace(way, rested=True, at=None)
        case "coupon":
            if way.has_coupon and not way.rested:
                text = _("Two coupons at once: please keep one, or put a wait between them.")
                tell(Problem(here, "second_coupon", text))
            return _Way(has_coupon=True, coupon_days=step["days"], rested=False)
        case "message":
            _check_message(step, here, way, around, tell)
        case "webhook" if not around.takes_calls:
            text = _("Your system has no address for webhooks yet. Please enter it in the settings of the shop.")
            tell(Problem(here, "no_address", text))
    return way


def _length(step: Step) -> timedelta:
    match step.get("mode") or "span":
        case "clock":
            return timedelta(days=7 if step.get("weekdays") else 1)
        case "open":
            return timedelta(days=4)
    return longest(step)


def _check_message(step: Step, here: str, way: _Way, around: Surroundings, tell: Tell) -> None:
    allowed = VARIABLES if way.has_coupon else WITHOUT_COUPON
    wrong = messages.check_texts(step["texts"], step["purpose"], allowed)
    usable = [name for name in channels_of(step) if name in around.channels]
    if not wrong:
        wrong = guarding.check(step["texts"], step["purpose"], side=around.side, over=usable, but=around.overruled)
    for found in wrong:
        tell(Problem(f"{here}.texts.{found.path}", found.code, found.message, found.is_warning))
    if not usable:
        text = _("None of these channels is set up. Please choose another, or set one up in the connections.")
        tell(Problem(f"{here}.channels", "no_channel", text))
    elif way.at is not None and all(_is_quiet(around.rules.get(name), step["purpose"], way.at) for name in usable):
        text = _("%(clock)s is within your quiet hours: this message always waits until they are over.")
        told = {"clock": way.at.isoformat("minutes")}
        tell(Problem(here, "always_deferred", text % told, is_warning=True))
    if step["purpose"] == "advertisement" and way.has_coupon and way.waited >= timedelta(days=way.coupon_days):
        text = _("The coupon is valid for %(days)d days and has ended when this message goes. Please shorten the wait.")
        tell(Problem(here, "after_the_end", text % {"days": way.coupon_days}))


def _is_quiet(rule: Rule | None, purpose: str, at: time) -> bool:
    if rule is None or rule.quiet_from is None or rule.quiet_to is None:
        return False
    if purpose == "notice" and rule.covers != EVERYTHING:
        return False
    if rule.quiet_from < rule.quiet_to:
        return rule.quiet_from <= at < rule.quiet_to
    return at >= rule.quiet_from or at < rule.quiet_to
