"""One world: an organization with its shop, scenarios and customers, and what the outside truly told Kaeru about it.

What stands here is noted after Kaeru has answered. The witness judges by it, never by what Kaeru's own code believes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

from kaeru.cancellations.models import Reason
from kaeru.core import clock, ids, scope
from kaeru.customers import actions as customers
from kaeru.customers.models import Identity
from kaeru.customers.rules import CustomerRecord
from kaeru.messages import actions as messages
from kaeru.messages.timing import Cap, Rule
from kaeru.offers import actions as offers
from kaeru.orders import actions as orders
from kaeru.orders.rules import LineRecord, OrderRecord
from kaeru.scenarios import actions as scenarios
from kaeru.scenarios.flow import Flow
from kaeru.scenarios.holdout import BY_ITSELF, OFF
from kaeru.scenarios.models import Scenario
from kaeru.tenants import actions as tenants
from kaeru.tenants.models import Organization, Shop
from tests.simulation.chance import Chance
from tests.simulation.flows import forked_flow, loud_flow, plain_flow, random_flow

ZONES = {
    "Asia/Tokyo": 8.0, "Europe/Berlin": 1.5, "America/New_York": 1.5, "Australia/Lord_Howe": 0.5, "Pacific/Apia": 0.5, "Asia/Kathmandu": 0.5,
    "America/Sao_Paulo": 0.3, "UTC": 0.5,
}  # fmt: skip
REASONS = ("change_address", "changed_mind")


@dataclass(slots=True, eq=False)
class Person:
    """A customer, and what they said about advertisements."""

    number: int
    key: str
    """The shop's own id of them."""
    mail: str
    phone: str
    line: str
    told_yes: bool | None
    """What the shop's system says of them with each order."""
    consent: dict[str, str] = field(default_factory=dict)
    """By channel: shop_system | cancel_page (who brought the yes), withdrawn; nothing: never asked."""
    stopped: set[str] = field(default_factory=set)
    """Channels on which they opted out."""
    dead: set[str] = field(default_factory=set)
    """Channels whose address bounced or complained: nothing at all."""
    advertised: list[datetime] = field(default_factory=list)
    """When advertisements arrived."""

    def address(self, channel: str) -> str:
        """Where the channel writes to."""
        return {"mail": self.mail, "line": self.line}[channel]

    def wants_ads(self, channel: str) -> bool:
        """Whether an advertisement may be sent."""
        is_open = channel not in self.stopped and channel not in self.dead
        return is_open and self.consent.get(channel, "withdrawn") != "withdrawn"


@dataclass(slots=True, eq=False)
class Bought:
    """An order of the shop, as its own system knows it, and as it told it last."""

    person: Person
    record: OrderRecord
    told: OrderRecord | None = None
    order_id: int = 0


@dataclass(slots=True, eq=False)
class World:
    """Everything about one seed."""

    seed: int
    chance: Chance
    organization: Organization
    shop: Shop
    people: list[Person]
    bought: list[Bought] = field(default_factory=list)
    is_paused: bool = False
    is_organization_paused: bool = False
    off: set[int] = field(default_factory=set)
    """Scenarios that were switched off."""
    rules: dict[str, Rule] = field(default_factory=dict)
    cap: Cap | None = field(default_factory=lambda: Cap(3, 7))
    weeks: list[tuple[datetime, int]] = field(default_factory=list)
    """From when on one incentive in so many weeks."""
    unsure: int = 0
    """Verbs that were cut off by a kill and not told again yet: they may count or not."""
    last_order: int = 0
    spoiled: set[int] = field(default_factory=set)
    """Scenarios that were off at some time, or changed: who should have started there is not asked."""

    def inside(self) -> Any:
        """In the scope of the organization."""
        return scope.organization(self.organization.id)

    def person(self, channel: str, address: str) -> Person | None:
        """Who lives at this address."""
        return next((person for person in self.people if person.address(channel) == address), None)

    def place(self, person: Person, *, reorder: bool = False, codes: tuple[str, ...] = ()) -> Bought:
        """The shop's own system takes an order."""
        now = clock.now()
        self.last_order += 1
        total = self.chance.choice((800, 3000, 12_000))
        record = OrderRecord(
            source_id=f"o{self.last_order}", placed_at=now, updated_at=now, currency=self.shop.currency, total=total, shipping_fee=500,
            lines=(LineRecord("手ぬぐい", 1, total, sku="t1", tags=("sale",) if self.chance.happens(0.2) else ()),), coupon_codes=codes,
            customer=CustomerRecord(person.key, f"客{self.seed}-{person.number}", person.mail, person.phone, "ja", person.told_yes),
            payment_kind=self.chance.choice(("card", "konbini", "")), sales_channel=self.chance.choice(("web", "app", "")),
        )  # fmt: skip
        self.bought.append(Bought(person, record))
        return self.bought[-1]

    def tell(self, bought: Bought, record: OrderRecord | None = None) -> Callable[[], None]:
        """Tell Kaeru an order as it is now (or as it was); the answer's note follows."""
        told = record or bought.record

        def act() -> None:
            with self.inside():
                bought.order_id = orders.mirror(self.shop, [told]).order_ids[told.source_id]
            if bought.told is None or told.updated_at >= bought.told.updated_at:
                bought.told = told
            self.heard_consent(bought.person)

        return act

    def heard_consent(self, person: Person) -> None:
        """What the shop's system said of the person's will with the order."""
        if person.told_yes is True:
            person.consent.setdefault("mail", "shop_system")
        elif person.told_yes is False and person.consent.get("mail") == "shop_system":
            person.consent["mail"] = "withdrawn"

    def change(self, bought: Bought, **fields: Any) -> None:
        """Something happens to the order in the shop's own system."""
        now = max(clock.now(), bought.record.updated_at + timedelta(seconds=1))
        bought.record = replace(bought.record, updated_at=now, **fields)


def begin(seed: int, number_of_people: int = 3, *, is_plain: bool = False) -> World:
    """A new organization with a shop that is ready: reasons, rules, scenarios, customers with an order each.

    `is_plain`: as most shops are, with the main job's scenario and a customer who agreed to advertisements.
    """
    chance = Chance("world", seed)
    owner = tenants.create_organization(f"w{seed}", f"世界{seed}")
    shop = tenants.add_shop(
        owner, f"w{seed}", f"店{seed}", actor="simulation", timezone="Asia/Tokyo" if is_plain else chance.weighed(ZONES), site_url=f"https://w{seed}.example",
        cart_url=f"https://w{seed}.example/cart?items={{items}}", sender_name=f"店{seed}", sender_mail=f"shop@w{seed}.example",
        postal_address="東京都台東区谷中1-2-3", contact=f"support@w{seed}.example", staff_mail=f"staff@w{seed}.example",
        notify_url=f"https://w{seed}.example/hook" if is_plain or chance.happens(0.9) else "",
    )  # fmt: skip
    people = [
        Person(
            n, f"c{n}", f"w{seed}c{n}@example.com", f"090-1234-{n:04d}" if chance.happens(0.6) else "",
            f"U{seed}-{n}" if chance.happens(0.4) else "", is_plain or chance.weighed({True: 7.0, None: 2.0, False: 1.0}),
        )
        for n in range(number_of_people)
    ]  # fmt: skip
    world = World(seed, chance, owner, shop, people)
    with world.inside():
        if is_plain:
            _furnish_plainly(world)
        else:
            _furnish(world)
        first = [world.place(person) for person in people]
        found = orders.mirror(shop, [one.record for one in first]).order_ids
        for one in first:
            one.told, one.order_id = one.record, found[one.record.source_id]
            world.heard_consent(one.person)
        _write_line_accounts(world)
    return world


def _write_reasons(shop: Shop) -> None:
    Reason.objects.bulk_create(
        Reason(
            id=ids.new_id(),
            organization_id=shop.organization_id,
            shop=shop,
            code=code,
            labels={"ja": code},
            position=at,
        )
        for at, code in enumerate(REASONS)
    )


def _furnish_plainly(world: World) -> None:
    _write_reasons(world.shop)
    made = scenarios.begin(world.shop, actor="simulation", reason=None, name="s0", flow=plain_flow())
    scenarios.hold_back(made.id, setting=OFF, actor="simulation")
    scenarios.publish(made.id, actor="simulation")
    Scenario.objects.filter(shop=world.shop).update(is_on=True)


def _furnish(world: World) -> None:
    """Reasons, rules of sending and of offers, scenarios."""
    chance, shop = world.chance, world.shop
    _write_reasons(shop)
    if chance.happens(0.4):
        set_rule(world)
    if chance.happens(0.5):
        set_cap(world)
    if chance.happens(0.3):
        set_weeks(world)
    reasons = list(Reason.objects.filter(shop=shop))
    for number in range(chance.choice((1, 1, 2, 2, 3))):
        flow = _flow(chance, shop, is_first=number == 0)
        reason = chance.choice([None, None, None, *reasons])
        made = scenarios.begin(shop, actor="simulation", reason=reason, name=f"s{number}", flow=flow)
        divide(world, made.id, number)
        scenarios.publish(made.id, actor="simulation")
    Scenario.objects.filter(shop=shop).update(is_on=True)


def divide(world: World, scenario_id: int, number: int) -> None:
    """Some hold people back for comparison, each with a salt that is the same in each run."""
    chance = Chance("holdout", world.seed * 1000 + number)
    setting = chance.weighed({OFF: 4.0, BY_ITSELF: 4.0, "1000": 2.0})
    Scenario.objects.filter(id=scenario_id).update(holdout=setting, salt=f"{world.seed}-{number}")


def _flow(chance: Chance, shop: Shop, *, is_first: bool) -> Flow:
    """The main job, something loud or forked, or anything at all."""
    which = chance.weighed({"plain": 7.0, "loud": 1.5, "forked": 1.5}) if is_first and chance.happens(0.5) else "any"
    if which == "plain":
        return plain_flow()
    if which != "any":
        return loud_flow(chance) if which == "loud" else forked_flow(chance)
    return random_flow(chance, scenarios.surroundings(shop))


def _write_line_accounts(world: World) -> None:
    from kaeru.customers.models import Customer

    known = dict(Customer.objects.filter(shop=world.shop).values_list("source_id", "id"))
    owner = world.organization.id
    rows = [
        Identity(organization_id=owner, shop=world.shop, customer_id=known[person.key], kind="line", value=person.line)
        for person in world.people
        if person.line
    ]
    Identity.objects.bulk_create(rows)
    for person in world.people:
        if person.line and world.chance.happens(0.6):
            customers.agree_to_advertising(known[person.key], source="cancel_page", channel="line")
            person.consent["line"] = "cancel_page"


def set_rule(world: World) -> None:
    """Another rule of sending for mail."""
    chance = world.chance
    quiet = chance.choice(((time(21), time(8)), (time(12), time(13)), (None, None), (time(0), time(23, 30))))
    rule = Rule(
        "mail", quiet[0], quiet[1], frozenset(chance.sample(range(7), chance.choice((7, 7, 5, 2)))), chance.happens(0.7),
        chance.choice(("advertisement", "everything")),
    )  # fmt: skip
    messages.set_rule(world.shop, rule, actor="simulation")
    world.rules["mail"] = rule


def set_cap(world: World) -> None:
    """Another cap."""
    cap = world.chance.choice((Cap(1, 7), Cap(1, 30), Cap(1, 30), Cap(2, 1), None))
    messages.set_cap(world.shop, cap, actor="simulation")
    world.cap = cap


def set_weeks(world: World) -> None:
    """Another pause between incentives."""
    weeks = world.chance.choice((0, 1, 4, 12))
    offers.set_incentive_limit(world.shop, weeks, actor="simulation")
    world.weeks.append((clock.now(), weeks))


def scenarios_of(world: World) -> list[int]:
    """The shop's scenarios."""
    return list(Scenario.objects.filter(shop=world.shop).order_by("id").values_list("id", flat=True))
