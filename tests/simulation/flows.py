"""Scenarios that nobody would write, made of what the kinds of steps declare about themselves."""

from collections.abc import Mapping
from typing import Any

from kaeru.audiences import registry as audiences
from kaeru.audiences.operators import LISTS, WEEKDAYS
from kaeru.scenarios.checks import Surroundings, check_flow
from kaeru.scenarios.fields import Field
from kaeru.scenarios.flow import Flow, flow_of
from kaeru.scenarios.kinds import kinds
from tests.simulation.chance import Chance

OWN = ("ping", "pong", "parcel.returned")
TAGS = ("VIP", "sale", "再来店")
TRIGGERS = {
    "cancellation.requested": 10.0,
    "order.cancelled": 2.0,
    "order.delayed": 1.0,
    "custom:ping": 1.5,
    "custom:pong": 1.5,
}
WEIGHTS = {
    "message": 6.0, "coupon": 3.0, "wait": 5.0, "branch": 1.5, "split": 2.0, "await": 1.5, "call": 1.5, "notify": 0.7, "webhook": 1.5,
    "tag": 0.7, "exit": 0.4,
}  # fmt: skip
SPANS: tuple[Mapping[str, int], ...] = (
    {"minutes": 0}, {"minutes": 0}, {"minutes": 1}, {"hours": 3}, {"hours": 30}, {"days": 1}, {"days": 1}, {"days": 2}, {"days": 7, "hours": 5},
    {"days": 45}, {"months": 1}, {"months": 1, "days": 3}, {"days": 3660}, {"days": 14},
)  # fmt: skip
SHARES = ((50, 50, 0, 0), (70, 30, 0, 0), (10, 20, 70, 0), (25, 25, 25, 25), (1, 99, 0, 0), (100, 0, 0, 0))
NOTICE = {
    "ja": {
        "subject": "{{ shop.name }} ご注文{{ order.number }}",
        "body": "{{ customer.name }} 様\n{{ links.reorder }}\n{{ shop.contact }}",
    }
}
PLAIN_AD = {"ja": {"subject": "{{ shop.name }}から", "body": "{{ customer.name }} 様\n{{ links.reorder }}"}}
COUPON_AD = {
    "ja": {
        "subject": "{{ coupon.value }}",
        "body": "{{ customer.name }} 様\n{{ coupon.code }} {{ coupon.expires_on }}\n{{ links.reorder }}",
    }
}
AROUND = Surroundings(channels=frozenset({"mail", "line"}))


def random_flow(chance: Chance, around: Surroundings = AROUND) -> Flow:
    """A flow that may be published. The generator forgets most rules of grammar; `check_flow` remembers them."""
    for _ in range(30):
        flow = flow_of(
            _steps(chance, 0, {"coupon": False}),
            trigger=chance.weighed(TRIGGERS),
            when=random_condition(chance) if chance.happens(0.12) else None,
            exit_when=random_condition(chance) if chance.happens(0.1) else None,
            goal=chance.weighed(
                {"": 8.0, "order.placed": 1.0, "coupon.redeemed": 1.0, "order.shipped": 0.5, "custom:pong": 0.5}
            ),
            again_after_days=chance.choice((0, 1, 30)),
        )
        if not [problem for problem in check_flow(flow, around) if not problem.is_warning]:
            return flow
    return plain_flow()


def plain_flow() -> Flow:
    """The main job: a notice at once, a coupon and its message a day later."""
    coupon = {**kinds()["coupon"].new(), "value": 500, "budget": 3000}
    return flow_of(
        [
            {**kinds()["message"].new(), "texts": NOTICE},
            {**kinds()["wait"].new(), "days": 1},
            coupon,
            {**kinds()["message"].new(), "purpose": "advertisement", "texts": COUPON_AD, "channels": ["mail", "line"]},
        ]
    )


def loud_flow(chance: Chance) -> Flow:
    """One advertisement after the other: what caps are for."""
    ad = {**kinds()["message"].new(), "purpose": "advertisement", "texts": PLAIN_AD, "channels": ["mail", "line"]}
    steps: list[dict[str, Any]] = []
    for _ in range(4):
        steps += [dict(ad), {**kinds()["wait"].new(), **chance.choice(({"minutes": 1}, {"hours": 3}, {"days": 1}))}]
    return flow_of([*steps, dict(ad)])


def forked_flow(chance: Chance) -> Flow:
    """Many splits, one after the other: so that a few customers show whether their shares are kept."""
    steps: list[dict[str, Any]] = []
    for _ in range(5):
        split = {**kinds()["split"].new()}
        split.update(zip(("weight_a", "weight_b", "weight_c", "weight_d"), chance.choice(SHARES[:4]), strict=True))
        for arm in kinds()["split"].arms(split):
            split[arm.name] = [{**kinds()["wait"].new(), "minutes": 1, "days": 0}]
        steps.append(split)
    return flow_of(steps)


def _steps(chance: Chance, depth: int, known: dict[str, bool]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for _ in range(chance.randint(0 if depth else 1, 5 if not depth else 3)):
        usual = {name: WEIGHTS.get(name, 1.0) for name in kinds()}
        if depth >= 2:
            usual = {name: weight for name, weight in usual.items() if not kinds()[name].arms(kinds()[name].new())}
        if not made:
            usual["exit"] = 0.05
        name = chance.weighed(usual)
        made.append(_step(chance, name, depth, known))
        if name == "exit":
            break
    return made


def _step(chance: Chance, name: str, depth: int, known: dict[str, bool]) -> dict[str, Any]:
    kind = kinds()[name]
    step: dict[str, Any] = kind.new()
    for field in kind.fields:
        if field.is_asked(step):
            step[field.name] = _value(chance, field)
    if any(field.name == "weight_a" for field in kind.fields):
        step.update(zip(("weight_a", "weight_b", "weight_c", "weight_d"), chance.choice(SHARES), strict=True))
    if any(field.name == "minutes" and field.is_asked(step) for field in kind.fields):
        step.update({"months": 0, "days": 0, "hours": 0, "minutes": 0, **chance.choice(SPANS)})
    if name == "message":
        is_ad = chance.happens(0.6)
        names_coupon = is_ad and known["coupon"] and chance.happens(0.8)
        step["purpose"] = "advertisement" if is_ad else "notice"
        step["texts"] = COUPON_AD if names_coupon else PLAIN_AD if is_ad else NOTICE
    if name == "coupon":
        known["coupon"] = True
    for arm in kind.arms(step):
        step[arm.name] = _steps(chance, depth + 1, dict(known))
    return step


def _value(chance: Chance, field: Field) -> Any:
    match field.type:
        case "whole" | "money":
            few = [low for low in (field.low, field.low + 1, 3, 14, 500, 3000) if field.low <= low <= field.high]
            return chance.choice(few)
        case "choice":
            return chance.choice([code for code, _label in field.choices])
        case "choices":
            return [code for code, _label in field.choices if chance.happens(0.5)] or [field.choices[0][0]]
        case "order":
            return chance.choice((["mail"], ["mail"], ["line", "mail"], ["mail", "line"], ["line"]))
        case "text":
            return chance.choice(TAGS if field.name == "tag" else OWN)
        case "script":
            return {"ja": "お電話しました。", "en": "Hello."}
        case "clock":
            return chance.choice(("09:00", "02:30", "00:00", "23:59", "12:00"))
        case "weekdays":
            return sorted(chance.sample(range(7), chance.choice((0, 0, 1, 3))))
        case "tick":
            return chance.happens(0.5)
        case "condition":
            return random_condition(chance)
    return field.default


def random_condition(chance: Chance, depth: int = 0) -> dict[str, Any]:
    """A tree over whatever fields the rooms have registered."""
    if depth < 2 and chance.happens(0.35):
        word = chance.choice(("all", "any", "not"))
        if word == "not":
            return {"not": random_condition(chance, depth + 1)}
        return {word: [random_condition(chance, depth + 1) for _ in range(chance.randint(1, 3))]}
    field = chance.choice(audiences.fields())
    op = chance.choice(field.operators)
    told: dict[str, Any] = {"field": field.name, "op": op, "value": _asked(chance, field.type, op)}
    if field.has_days and chance.happens(0.5):
        told["days"] = chance.choice((1, 30, 365))
    return told


def _asked(chance: Chance, kind: str, op: str) -> Any:
    match kind:
        case "money" | "number" | "count":
            one = chance.choice((0, 1, 2, 3000, 10_000))
            return sorted((one, chance.choice((1, 5000)))) if op == "between" else one
        case "yes":
            return chance.happens(0.5)
        case "time":
            return ["22:00", "06:30"] if op == "between" else chance.choice(("00:00", "12:00", "18:30"))
        case "weekday":
            return chance.sample(WEEKDAYS, 3)
    words = chance.sample(("VIP", "sale", "card", "konbini", "ja", "en", "web", "app", "change_address"), 2)
    return words if op in LISTS else words[0]
